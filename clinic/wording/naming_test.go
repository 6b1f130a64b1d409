package wording

import (
	"errors"
	"strings"
	"testing"

	"tracedesk/cgm"
	"tracedesk/clinic"
)

func TestDocumentsAreNamedByThePattern(t *testing.T) {
	p := clinic.Patient{FirstName: "Thị Minh", LastName: "O'Neill/Nguyễn", BirthDate: "1964-06-20", Identifier: "A:7"}
	day := cgm.NewDate(2026, 5, 4)
	for _, c := range []struct {
		pattern string
		p       clinic.Patient
		want    string
	}{
		{"", p, "O-Neill-Nguyễn-Thị-Minh_2026-05-04_printout"},
		{"", clinic.Patient{LastName: "Kim"}, "Kim_2026-05-04_printout"},
		{"{number}_{birth}_{kind}", p, "A-7_1964-06-20_printout"},
		{"CGM ({date}) {kind}", p, "CGM (2026-05-04) printout"},
		{"../{kind}", p, "O-Neill-Nguyễn-Thị-Minh_2026-05-04_printout"}, // no pattern
		{"{first}.{kind}", clinic.Patient{LastName: "Kim"}, "printout"},
		{"{kind} {first}", clinic.Patient{LastName: "Kim"}, "printout"},
		{"{last}.{kind}", clinic.Patient{LastName: "con"}, "_con.printout"},
		{"{last} .{kind}", clinic.Patient{LastName: "LPT1"}, "_LPT1 .printout"},
		{"{kind} {first}", clinic.Patient{FirstName: strings.Repeat("ă", 200)}, "printout " + strings.Repeat("ă", 60)},
		{"{nonsense}", p, "O-Neill-Nguyễn-Thị-Minh_2026-05-04_printout"},
	} {
		if got := DocumentName(clinic.Settings{DocumentNames: c.pattern}, c.p, day, clinic.PrintoutDocument); got != c.want {
			t.Errorf("%q gives %q, not %q", c.pattern, got, c.want)
		}
	}
	for _, pattern := range []string{"../{kind}", ".{kind}", "{kind}.", "{kind} ", " {kind}", `a\{kind}`, "/{kind}", "C:{kind}", "{kind}?", "{kind}*", `"{kind}"`, "<{kind}>", "{kind}|x", "NUL.{kind}", "con .{kind}", "COM¹.{kind}", "{kind}\u202e", "a\n{kind}", strings.Repeat("a", 200) + "{kind}"} {
		if err := CheckDocumentNames(pattern); !errors.Is(err, errFileName) {
			t.Errorf("%q: %v", pattern, err)
		}
	}
	for pattern, bad := range map[string]bool{"CON{kind}": false, "CGM 2026 {kind}": false, "": false, "{kind}": false, "{last}{kind}": false, "{last}": true, "{kind}{patient}": true} {
		if err := CheckDocumentNames(pattern); errors.Is(err, errDocumentNames) != bad {
			t.Errorf("%q: %v", pattern, err)
		}
	}
}
