package clinic

import (
	"testing"
	"time"

	"tracedesk/cgm"
)

func TestGlucoseInBothUnits(t *testing.T) {
	mgdl, mmol := DefaultSettings(), DefaultSettings()
	mmol.Unit = cgm.MmolL
	for _, c := range []struct {
		mgDL         float64
		plain, molar string
	}{{70, "70", "3.9"}, {180, "180", "10.0"}, {54, "54", "3.0"}, {250, "250", "13.9"}, {123.5, "124", "6.9"}} {
		if got := mgdl.Glucose(c.mgDL); got != c.plain {
			t.Errorf("%v is %s mg/dL, want %s", c.mgDL, got, c.plain)
		}
		if got := mmol.Glucose(c.mgDL); got != c.molar {
			t.Errorf("%v is %s mmol/L, want %s", c.mgDL, got, c.molar)
		}
	}
	low, fortyAsNumber := cgm.Reading{MgDL: cgm.LowMgDL, Flag: cgm.Low}, cgm.Reading{MgDL: 40}
	if mmol.Reading(&low) != "LOW" || mgdl.Reading(&fortyAsNumber) != "40" {
		t.Error("LOW is not a word, or 40 not a number")
	}
	for mgDL, want := range map[float64]string{cgm.LowMgDL: "LOW", cgm.HighMgDL: "HIGH", 38: "38", 40: "40", 400: "400", 450: "450"} {
		if got, same := mgdl.Recorded(mgDL), mgdl.Reading(&cgm.Reading{MgDL: mgDL, Flag: cgm.FlagOf(mgDL)}); got != want || same != want {
			t.Errorf("%v is %s as an extreme and %s as a reading, want %s", mgDL, got, same, want)
		}
	}
}

func TestDatesByTheSettings(t *testing.T) {
	d := cgm.NewDate(2024, time.March, 4)
	us, iso := DefaultSettings(), DefaultSettings()
	iso.ISODates = true
	if us.Date(d) != "Mar 4, 2024" || iso.Date(d) != "2024-03-04" || us.ShortDate(d) != "Mon, Mar 4" {
		t.Error(us.Date(d), iso.Date(d), us.ShortDate(d))
	}
	if us.DateOf("") != "not given" || us.DateOf("June?") != "June?" {
		t.Error("a date that is none")
	}
}
