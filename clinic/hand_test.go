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

func TestSettingsWordTheirEdges(t *testing.T) {
	s := DefaultSettings()
	for mgDL, want := range map[float64]string{12: "up 12 mg/dL", -12: "down 12 mg/dL", 0: "unchanged"} {
		if got := s.Change(mgDL); got != want {
			t.Errorf("%g: %s", mgDL, got)
		}
	}
	for minutes, want := range map[int]int{0: 15, -5: 15, 1: 1, 60: 60} {
		if got := (Settings{LockMinutes: minutes}).LockAfter(); got != want {
			t.Errorf("%d: locks after %d", minutes, got)
		}
	}
	for name, want := range map[string]bool{"": true, "America/Chicago": true, "Local": false, "Nowhere/Town": false} {
		if _, err := ParseZone(name); (err == nil) != want {
			t.Errorf("%q: %v", name, err)
		}
	}
	for want, g := range map[string]cgm.Reading{"LOW": {MgDL: 39, Flag: cgm.Low}, "HIGH": {MgDL: 401, Flag: cgm.High}, "38": {MgDL: 38, Flag: cgm.Low}, "39": {MgDL: 39}, "402": {MgDL: 402, Flag: cgm.High}} {
		if got := s.Reading(&g); got != want {
			t.Errorf("%+v is %s, not %s", g, got, want)
		}
	}
}

// TestTheSharesAddToAHundred: the largest remainders are rounded up, and what is there
// is never said to be nothing.
func TestTheSharesAddToAHundred(t *testing.T) {
	for _, c := range []struct {
		shares cgm.Shares
		want   [5]string
	}{
		{cgm.Shares{VeryLow: 0.4, Low: 1.3, InRange: 70.3, High: 20, VeryHigh: 8}, [5]string{"1", "1", "70", "20", "8"}},
		{cgm.Shares{VeryLow: 0.2, Low: 1.7, InRange: 70.1, High: 20, VeryHigh: 8}, [5]string{"< 1", "2", "70", "20", "8"}},
		{cgm.Shares{InRange: 100}, [5]string{"0", "0", "100", "0", "0"}},
	} {
		if got := BandPercents(c.shares); got != c.want {
			t.Errorf("%+v: %q, want %q", c.shares, got, c.want)
		}
	}
}
