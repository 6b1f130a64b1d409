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

// TestLengthsAtTheirEdges: lengths are never printed longer than they are, and in minutes to the nearest.
func TestLengthsAtTheirEdges(t *testing.T) {
	for h, want := range map[float64]string{0.999: "59 min", 1: "1 h", 71.9999: "71 h 59 min", 72: "72 h"} {
		if got := Hours(h); got != want {
			t.Errorf("%g h: %s", h, got)
		}
	}
	for m, want := range map[float64]string{59.4: "59 min", 59.5: "1 h", 61: "1 h 1 min", 120: "2 h"} {
		if got := Minutes(m); got != want {
			t.Errorf("%g min: %s", m, got)
		}
	}
}
