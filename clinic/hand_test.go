package clinic

import (
	"errors"
	"testing"

	"tracedesk/cgm"
)

// TestAnNPIHasItsCheckDigit: 1234567893 is the example of the CMS's standard.
func TestAnNPIHasItsCheckDigit(t *testing.T) {
	for npi, want := range map[string]bool{"1234567893": true, "1234567890": false, "1234567894": false, "2134567893": false, "123456789": false, "12345678930": false, "123456789x": false, "": false} {
		if got := validNPI(npi); got != want {
			t.Errorf("%q: %v", npi, got)
		}
	}
}

func TestADiagnosisHasTheShapeOfItsCodes(t *testing.T) {
	for code, want := range map[string]bool{
		"E11": true, "E11.6": true, "E11.649": true, "O24.4X12": true, "C7A.00": true, "E11.": false, "E11.64912": false, "e11.6": false, "11E": false, "E1": false, "E111": false, "E11.6-": false, "EA1": false,
	} {
		if got := looksLikeICD10(code); got != want {
			t.Errorf("%q: %v", code, got)
		}
	}
}

func TestAMonthIsThatMonth(t *testing.T) {
	for day, want := range map[string]bool{"2026-05-01": true, "2026-05-31": true, "2026-04-30": false, "2026-06-01": false, "2025-05-15": false} {
		if got := InMonth(on(day), 2026, 5); got != want {
			t.Errorf("%s is in May 2026: %v", day, got)
		}
	}
}

func TestServicesAreCountedByYearAndCode(t *testing.T) {
	got := PerYear([]Service{service(Code95250, "2025-12-31", ""), service(Code95250, "2026-01-01", ""), service(Code95250, "2026-12-31", ""), service(Code95251, "2026-03-01", "")}, Code95250)
	if got["2025"] != 1 || got["2026"] != 2 || len(got) != 2 {
		t.Errorf("%v", got)
	}
}

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

func TestWhatHindersASignatureIsNamed(t *testing.T) {
	u := User{ID: "u2", Name: "Ana Ruiz", Credential: "MD"}
	unsigned := func(change func(*Case)) *Case {
		c := whole()
		remove(StepSigned)(c)
		change(c)
		return c
	}
	for _, c := range []struct {
		what string
		c    *Case
		want error
	}{
		{"nothing", unsigned(func(*Case) {}), nil},
		{"it is not read", unsigned(func(c *Case) { c.Check = nil }), ErrNotRead},
		{"there is no text", unsigned(func(c *Case) { c.Interpretation = nil }), ErrNotWritten},
		{"nobody wrote it", unsigned(remove(StepInterpreted)), ErrNotWritten},
		{"a finding was not looked at", unsigned(func(c *Case) { c.Interpretation.Findings[0].State = "" }), ErrNotReviewed},
		{"there is no assessment", unsigned(func(c *Case) { c.Interpretation.Assessment = " " }), ErrNoAssessment},
		{"it is of another recording", unsigned(func(c *Case) { c.Check.RecordingHash = "S" }), ErrOtherData},
		{"it is signed", whole(), ErrSignedOnce},
		{"the payer takes physicians of another kind", unsigned(func(c *Case) { c.Profile.Signers = []string{"NP"} }), ErrMayNotSign},
	} {
		if err := c.c.MaySign(u); !errors.Is(err, c.want) || c.want == nil && err != nil {
			t.Errorf("%s: %v", c.what, err)
		}
	}
	if err := unsigned(func(*Case) {}).MaySign(User{Credential: "RN"}); !errors.Is(err, ErrMayNotSign) {
		t.Errorf("a nurse: %v", err)
	}
}

// TestTheStockGoesDownWithASensorAndSaysWhatItIs.
func TestTheStockGoesDownWithASensorAndSaysWhatItIs(t *testing.T) {
	sensors := Device{Kind: SensorDevice, Lot: "L1", Count: 1, Expiry: "2026-05-14"}
	if sensors.Expired(on("2026-05-14")) || !sensors.Expired(on("2026-05-15")) {
		t.Error("a sensor may be used on the day of its expiry, and not after it")
	}
	if got := sensors.Line(on("2026-05-15")); got != "sensors of lot L1, 1 left, expiry 2026-05-14 (expired)" {
		t.Error(got)
	}
	placed := &Placement{SensorLot: "l1 ", Transmitter: "8ABC01"}
	if !sensors.Placed(placed, "w") || sensors.Count != 0 || sensors.Placed(placed, "w") || sensors.Count != 0 {
		t.Errorf("%+v", sensors)
	}
	sender := Device{Kind: TransmitterDevice, Serial: "8ABC01"}
	if !sender.Placed(placed, "w") || sender.Line(0) != "transmitter 8ABC01, worn, wear w" {
		t.Error(sender.Line(0))
	}
	for _, other := range []Device{{Kind: TransmitterDevice, Serial: "8ABC02"}, {Kind: TransmitterDevice}, {Kind: SensorDevice, Lot: "L2", Count: 3}, {Kind: SensorDevice, Lot: "L1", Count: 3, Retired: true}} {
		if other.Placed(placed, "w") {
			t.Errorf("%+v was placed", other)
		}
	}
}

func TestADocumentsNameLeavesOutWhatIsNotKnown(t *testing.T) {
	day := on("2026-05-04")
	for want, p := range map[string]Patient{
		"Garcia-Ana_2026-05-04_printout": {FirstName: "Ana", LastName: "Garcia"}, "Ana_2026-05-04_printout": {FirstName: "Ana"}, "Garcia_2026-05-04_printout": {LastName: "Garcia"},
	} {
		if got := (Settings{}).DocumentName(p, day, PrintoutDocument); got != want {
			t.Errorf("%q, not %q", got, want)
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
