package wording

import (
	"testing"

	"tracedesk/cgm"
	"tracedesk/clinic"
)

func TestADocumentsNameLeavesOutWhatIsNotKnown(t *testing.T) {
	day := on("2026-05-04")
	for want, p := range map[string]clinic.Patient{
		"Garcia-Ana_2026-05-04_printout": {FirstName: "Ana", LastName: "Garcia"}, "Ana_2026-05-04_printout": {FirstName: "Ana"}, "Garcia_2026-05-04_printout": {LastName: "Garcia"},
	} {
		if got := DocumentName(clinic.Settings{}, p, day, clinic.PrintoutDocument); got != want {
			t.Errorf("%q, not %q", got, want)
		}
	}
}

func on(text string) cgm.Date {
	d, err := cgm.ParseDate(text)
	if err != nil {
		panic(err)
	}
	return d
}
