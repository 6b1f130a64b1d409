package clinic

import (
	"errors"
	"testing"

	"tracedesk/cgm"
)

// TestABirthMayLieAsFarBackAsPeopleLive: 130 years of 366 days.
func TestABirthMayLieAsFarBackAsPeopleLive(t *testing.T) {
	today := on("2026-05-14")
	for day, want := range map[cgm.Date]error{today: nil, today + 1: ErrBornInTime, today - 130*366: nil, today - 130*366 - 1: ErrBornLongAgo} {
		p := Patient{LastName: "X", BirthDate: day.String()}
		if err := p.Validate(today); !errors.Is(err, want) || want == nil && err != nil {
			t.Errorf("born on %s: %v", day, err)
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

// TestAnNPIHasItsCheckDigit: 1234567893 is the example of the CMS's standard.
func TestAnNPIHasItsCheckDigit(t *testing.T) {
	for npi, want := range map[string]bool{"1234567893": true, "1234567890": false, "1234567894": false, "2134567893": false, "123456789": false, "12345678930": false, "123456789x": false, "": false} {
		if got := validNPI(npi); got != want {
			t.Errorf("%q: %v", npi, got)
		}
	}
}
