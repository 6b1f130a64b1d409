package wording

import (
	"strings"
	"testing"
	"time"

	"tracedesk/cgm"
	"tracedesk/clinic"
)

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

func TestFindingsInWords(t *testing.T) {
	set := clinic.DefaultSettings()
	day := cgm.NewDate(2024, time.March, 4)
	for _, c := range []struct {
		f    cgm.Finding
		want string
	}{
		{cgm.Finding{Kind: cgm.FindNightLow, Count: 3, Days: []cgm.Date{day, day + 2, day + 3}, OfDays: 9, From: 130, To: 285, Extreme: 48, Minutes: 45},
			"Below 70 mg/dL, beginning at night (00:00–06:00), on 3 of 9 nights (Mon, Mar 4; Wed, Mar 6; Thu, Mar 7); between 02:10 and 04:45; lowest 48, longest 45 min."},
		{cgm.Finding{Kind: cgm.FindVeryLow, Count: 1, Days: []cgm.Date{day}, OfDays: 9, From: 130, To: 150, Extreme: 39, Minutes: 20},
			"Below 54 mg/dL for at least 15 minutes: 1 episode on 1 of 9 days (Mon, Mar 4); lowest LOW (under 40), longest 20 min."},
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
		text := strings.ToLower(word(&f, clinic.DefaultSettings()))
		for _, w := range words {
			if strings.Contains(text, w) {
				t.Errorf("%s: “%s” in %q", kind, w, text)
			}
		}
	}
}
