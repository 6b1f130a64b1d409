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
// Very low stands at its limit, so that all have a decimal; the totals are sums.
func TestTheRangesAreWrittenWithTheirHours(t *testing.T) {
	s := &told{}
	chart.Ranges(s, chart.Box{W: 300, H: 140}, cgm.Shares{VeryLow: 1, Low: 4, InRange: 50, High: 25, VeryHigh: 20}, chart.Style{Palette: chart.Print, Settings: clinic.DefaultSettings(), Small: 8})
	for _, want := range []string{
		"1.0 %", "14 min a day", "4.0 %", "58 min a day", "50.0 %", "12 h a day", "25.0 %", "6 h a day", "20.0 %", "4 h 48 min a day",
		"70–180", "45.0 %", "5.0 %",
	} {
		if !slices.Contains(s.texts, want) {
			t.Errorf("%q is not written: %q", want, s.texts)
		}
	}
}

// TestTheTrianglesPointToTheirEdge: HIGH at the top, LOW at the bottom.
func TestTheTrianglesPointToTheirEdge(t *testing.T) {
	for flag, top := range map[cgm.Flag]bool{cgm.High: true, cgm.Low: false} {
		r := cgmtest.Wear(1, 5)
		for i := range r.Readings {
			r.Readings[i].MgDL, r.Readings[i].Flag = map[cgm.Flag]float64{cgm.High: 401, cgm.Low: 39}[flag], flag
		}
		day := r.Days()[0]
		s := &areas{}
		chart.Day(s, chart.Box{Y: 100, W: 300, H: 100}, &day, chart.Style{Palette: chart.Print, Settings: clinic.DefaultSettings(), Small: 8}, chart.DayOptions{IntervalSeconds: 300})
		n := 0
		for _, a := range s.all {
			if len(a) != 3 {
				continue // no triangle
			}
			n++
			if middle := (a[0].Y + a[1].Y + a[2].Y) / 3; (middle < 150) != top {
				t.Fatalf("flag %q: a triangle at %v", flag, a)
			}
		}
		if n == 0 {
			t.Errorf("flag %q: no triangle", flag)
		}
	}
}

// areas remembers the shapes.
type areas struct {
	told
	all [][]chart.Point
}

func (s *areas) Area(points []chart.Point, _ chart.Color) { s.all = append(s.all, points) }
