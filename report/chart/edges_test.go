package chart_test

import (
	"slices"
	"testing"

	"tracedesk/cgm"
	"tracedesk/cgm/cgmtest"
	"tracedesk/clinic"
	"tracedesk/report/chart"
)

// told is a surface that remembers what is drawn on it.
type told struct {
	lines []chart.Stroke
	texts []string
}

func (s *told) Line(_ []chart.Point, st chart.Stroke)         { s.lines = append(s.lines, st) }
func (s *told) Area([]chart.Point, chart.Color)               {}
func (s *told) Text(_ chart.Point, text string, _ chart.Text) { s.texts = append(s.texts, text) }
func (s *told) TextWidth(text string, t chart.Text) float64   { return float64(len(text)) * t.Size / 2 }
func (s *told) of(c chart.Color) (n int) {
	for _, l := range s.lines {
		if l.Color == c {
			n++
		}
	}
	return n
}

// TestHoursWithTwoDaysAreMarked by white lines, twelve an hour; those with three days
// are not.
func TestHoursWithTwoDaysAreMarked(t *testing.T) {
	for days, want := range map[int]int{2: 12, 3: 0, 9: 0} {
		bins := cgmtest.Wear(10, 5).Profile()
		for i := range bins {
			bins[i].Days = 10
		}
		bins[10].Days = days
		s := &told{}
		if !chart.Profile(s, chart.Box{W: 400, H: 200}, bins, chart.Style{Palette: chart.Print, Settings: clinic.DefaultSettings(), Small: 8}) {
			t.Fatal("there is no profile")
		}
		if got := s.of(chart.Print.Paper); got != want {
			t.Errorf("%d days: %d white lines, want %d", days, got, want)
		}
	}
}

// TestAnHourWithOneDayIsNoProfile: it needs two.
func TestAnHourWithOneDayIsNoProfile(t *testing.T) {
	bins := cgmtest.Wear(10, 5).Profile()
	for i := range bins {
		bins[i].Days = 1
	}
	if chart.Profile(&told{}, chart.Box{W: 400, H: 200}, bins, chart.Style{Palette: chart.Print, Settings: clinic.DefaultSettings(), Small: 8}) {
		t.Error("one day makes a profile")
	}
}

// TestTheRangesAreWrittenWithTheirHours: of 24 h, 1 per cent is 14 min and 50 are 12 h.
// Very low stands at its goal, so that all shares have a decimal.
func TestTheRangesAreWrittenWithTheirHours(t *testing.T) {
	s := &told{}
	chart.Ranges(s, chart.Box{W: 300, H: 140}, cgm.Shares{VeryLow: 1, Low: 4, InRange: 50, High: 25, VeryHigh: 20}, chart.Style{Palette: chart.Print, Settings: clinic.DefaultSettings(), Small: 8})
	for _, want := range [][]string{
		{"Very low", "1.0 %", "< 54", "14 min a day"},
		{"Low", "4.0 %", "54–69", "58 min a day"},
		{"In range", "50.0 %", "70–180", "12 h a day"},
		{"High", "25.0 %", "181–250", "6 h a day"},
		{"Very high", "20.0 %", "> 250", "4 h 48 min a day"},
		{"45.0 %", "> 180 mg/dL"},
		{"5.0 %", "< 70 mg/dL"},
	} {
		at := slices.Index(s.texts, want[0])
		if at < 0 || len(s.texts) < at+len(want) || !slices.Equal(s.texts[at:at+len(want)], want) {
			t.Errorf("%q is not written: %q", want, s.texts)
		}
	}
}
