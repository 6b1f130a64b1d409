package wording

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"tracedesk/cgm"
	"tracedesk/clinic"
)

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
		text := strings.ToLower(word(&f, clinic.DefaultSettings()))
		for _, w := range words {
			if strings.Contains(text, w) {
				t.Errorf("%s: “%s” in %q", kind, w, text)
			}
		}
	}
}

func TestGoalsInWords(t *testing.T) {
	set := clinic.DefaultSettings()
	shares := cgm.Shares{VeryLow: 1.13, Low: 3.2, InRange: 65.67, High: 22, VeryHigh: 8}
	want := []string{
		"Time below 54 mg/dL 1.1 %, goal < 1 %: not met.",
		"Time below 70 mg/dL 4.3 %, goal < 4 %: not met.",
		"Time in range, 70–180 mg/dL, 65.7 %, goal > 70 %: not met.",
		"Time above 180 mg/dL 30.0 %, goal < 25 %: not met.",
		"Time above 250 mg/dL 8.0 %, goal < 5 %: not met.",
		"Mean glucose 178 mg/dL, goal < 154: not met; GMI (2018 formula) 7.6 %, goal < 7 %: not met.",
	}
	var findings []cgm.Finding
	for _, kind := range []cgm.FindingKind{cgm.FindVeryLowGoal, cgm.FindLowGoal, cgm.FindInRangeGoal, cgm.FindHighGoal, cgm.FindVeryHighGoal} {
		findings = append(findings, cgm.Finding{Kind: kind, Shares: shares})
	}
	findings = append(findings, cgm.Finding{Kind: cgm.FindMeanGoal, Extreme: 178, Value: cgm.GMI(178)})
	for i, d := range DraftFindings(findings, set) {
		if d.Text != want[i] {
			t.Errorf("got  %s\nwant %s", d.Text, want[i])
		}
	}
	if fmt.Sprint(set.GoalLines(cgm.Shares{InRange: 100})[0]) != "time below 54 mg/dL 0 %, goal < 1 %: met" {
		t.Error(set.GoalLines(cgm.Shares{InRange: 100})[0])
	}
}
