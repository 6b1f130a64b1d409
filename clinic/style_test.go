package clinic

import (
	"strings"
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

func TestPrintedSharesAddTo100(t *testing.T) {
	for _, c := range []struct {
		in   cgm.Shares
		want string
	}{
		{cgm.Shares{VeryLow: 0.5, Low: 2.25, InRange: 70.5, High: 20.5, VeryHigh: 6.25}, "1 2 71 20 6"}, // three remainders are equal: the first two win
		{cgm.Shares{InRange: 100}, "0 0 100 0 0"},
		{cgm.Shares{VeryLow: 0.1, InRange: 99.9}, "< 1 0 100 0 0"},
		{cgm.Shares{VeryLow: 100}, "100 0 0 0 0"},
		{cgm.Shares{VeryLow: 1. / 3 * 100, Low: 1. / 3 * 100, InRange: 1. / 3 * 100}, "34 33 33 0 0"},
	} {
		p := BandPercents(c.in)
		if got := strings.Join(p[:], " "); got != c.want {
			t.Errorf("%+v prints as %s, want %s", c.in, got, c.want)
		}
	}
}

func TestLengthsOfTime(t *testing.T) {
	for minutes, want := range map[float64]string{5: "5 min", 59.6: "1 h", 60: "1 h", 95: "1 h 35 min", 1440: "24 h"} {
		if got := Minutes(minutes); got != want {
			t.Errorf("%v minutes are %s, want %s", minutes, got, want)
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

func TestFindingsInWords(t *testing.T) {
	set := DefaultSettings()
	day := cgm.NewDate(2024, time.March, 4)
	for _, c := range []struct {
		f    cgm.Finding
		want string
	}{
		{cgm.Finding{Kind: cgm.FindNightLow, Count: 3, Days: []cgm.Date{day, day + 2, day + 3}, OfDays: 9, From: 130, To: 285, Extreme: 48, Minutes: 45},
			"Below 70 mg/dL, beginning at night (00:00–06:00), on 3 of 9 nights (Mon, Mar 4; Wed, Mar 6; Thu, Mar 7); between 02:10 and 04:45; lowest 48, longest 45 min."},
		{cgm.Finding{Kind: cgm.FindVeryLow, Count: 1, Days: []cgm.Date{day}, OfDays: 9, From: 130, To: 150, Extreme: 39, Minutes: 20},
			"Below 54 mg/dL for at least 15 minutes: 1 episode on 1 of 9 days (Mon, Mar 4); lowest LOW (under 40), longest 20 min."},
		{cgm.Finding{Kind: cgm.FindDawnRise, Days: []cgm.Date{day, day + 1, day + 2}, OfDays: 5, Value: 31},
			"A rise from the night's lowest value to 06:00 on 3 of 5 nights without a low, on average by 31 mg/dL."},
		{cgm.Finding{Kind: cgm.FindDawnRise, Count: 1, Days: []cgm.Date{day, day + 1, day + 2}, OfDays: 5, Value: 31},
			"A rise from the night's lowest value to the first logged meal, or to 06:00 where none was logged, on 3 of 5 nights without a low, on average by 31 mg/dL."},
		{cgm.Finding{Kind: cgm.FindVariable, Value: 36.4}, "Coefficient of variation 36.4 %, over the 36 % that is called stable."},
	} {
		got := DraftFindings([]cgm.Finding{c.f}, set)
		if len(got) != 1 || got[0].Text != c.want {
			t.Errorf("got  %+v\nwant %s", got, c.want)
		}
	}
}

// Drafts describe; a word of advice in them would make the program something
// that it must not be (safeguards, section 1).
func TestDraftsNeverAdvise(t *testing.T) {
	words := []string{"should", "recommend you", "increase", "decrease", "reduce", "adjust", "dose", "titrat", "consider", "billable", "suggest", "prescri"}
	for kind, word := range findingWords {
		f := cgm.Finding{Kind: kind, Count: 2, Of: 3, Days: []cgm.Date{0}, OfDays: 5, From: 60, To: 120, Extreme: 60, Minutes: 30, Value: 12}
		text := strings.ToLower(word(&f, DefaultSettings()))
		for _, w := range words {
			if strings.Contains(text, w) {
				t.Errorf("%s: “%s” in %q", kind, w, text)
			}
		}
	}
}
