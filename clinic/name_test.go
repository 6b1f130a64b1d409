package clinic_test

import (
	"errors"
	"strings"
	"testing"

	"tracedesk/clinic"
	"tracedesk/clinic/billing"
	"tracedesk/clinic/stock"
)

// TestANameIsOneLineOfWhatCanBePrinted tries each kind at every place that takes
// a name.
func TestANameIsOneLineOfWhatCanBePrinted(t *testing.T) {
	takes := map[string]func(string) error{
		"first name":  func(s string) error { return clinic.Patient{FirstName: s, LastName: "Doe"}.CheckNames() },
		"last name":   func(s string) error { return clinic.Patient{LastName: s}.CheckNames() },
		"number":      func(s string) error { return clinic.Patient{Identifier: s}.CheckNames() },
		"user":        func(s string) error { return clinic.User{Login: "ana", Name: s}.Validate() },
		"credential":  func(s string) error { return clinic.User{Login: "ana", Name: "Ana", Credential: s}.Validate() },
		"fee":         func(s string) error { return (&billing.Fee{Payer: s, Code: clinic.Code95250, Year: 2026}).Validate() },
		"serial":      func(s string) error { return (&stock.Device{Kind: stock.ReaderDevice, Serial: s}).Validate() },
		"done where":  func(s string) error { return (&clinic.Service{Code: clinic.Code95250, Where: s}).Validate() },
		"profile":     func(s string) error { p := billing.StrictProfile(); p.Name = s; return p.Validate() },
		"the check":   func(s string) error { return clinic.CheckName(s) },
		"second name": func(s string) error { return clinic.CheckName("Ana", s) },
	}
	for what, take := range takes {
		for _, good := range []string{"Zoë O’Hara, \"Jr.\"", "Nguyễn Thị Minh", "محمد\u200f علي", strings.Repeat("ă", 200)} {
			if err := take(good); err != nil {
				t.Errorf("%s %q: %v", what, good, err)
			}
		}
		for _, bad := range []string{"A\nna", "A\tna", "A\x00na", "A\u2028na", "A\u202ena", "A\u2066na", "A\x7f", "A\u0085", "A\xff"} {
			if err := take(bad); !errors.Is(err, clinic.ErrControl) {
				t.Errorf("%s %q: %v", what, bad, err)
			}
		}
		if err := take(strings.Repeat("ă", 201)); !errors.Is(err, clinic.ErrLongName) {
			t.Errorf("%s of 201 characters: %v", what, err)
		}
	}
	if err := (clinic.User{Login: strings.Repeat("a", 201), Name: "Ana"}).Validate(); !errors.Is(err, clinic.ErrLongName) {
		t.Errorf("a login of 201 characters: %v", err)
	}
}
