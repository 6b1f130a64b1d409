package chart_test

import (
	"flag"
	"image"
	"math"
	"path/filepath"
	"testing"

	"tracedesk/cgm"
	"tracedesk/cgm/cgmtest"
	"tracedesk/clinic"
	"tracedesk/report/chart"
	"tracedesk/report/chart/charttest"
	"tracedesk/report/chart/raster"
)

var update = flag.Bool("update", false, "write the golden pictures anew; look at them before you commit")

// hard is a wear with what is hard to draw: gaps, LOW and HIGH, few days, a
// lone reading.
func hard() *cgm.Recording {
	r := cgmtest.Wear(4, 5)
	for i := range r.Readings {
		if i > 300 && i < 320 {
			r.Readings[i].MgDL, r.Readings[i].Flag = cgm.HighMgDL, cgm.High
		}
		if i > 500 && i < 515 {
			r.Readings[i].MgDL, r.Readings[i].Flag = cgm.LowMgDL, cgm.Low
		}
	}
	lone := r.Readings[700:701]
	r.Readings = append(append(r.Readings[:640:640], lone...), r.Readings[760:]...)
	return r
}

func draw(w, h int, p chart.Palette, f func(on chart.Surface, style chart.Style)) image.Image {
	s := raster.New(w, h, 1, p.Paper)
	f(s, chart.Style{Palette: p, Settings: clinic.DefaultSettings(), Small: 10})
	return s.Image()
}

func TestChartsLookAsTheyDid(t *testing.T) {
	r := hard()
	mmol := clinic.DefaultSettings()
	mmol.Unit = cgm.MmolL
	for name, img := range map[string]image.Image{
		"profile": draw(620, 260, chart.Print, func(on chart.Surface, st chart.Style) {
			chart.Profile(on, chart.Box{X: 34, Y: 8, W: 540, H: 230}, cgmtest.Wear(10, 5).Profile(), st)
		}),
		"profile-few-days": draw(620, 260, chart.Print, func(on chart.Surface, st chart.Style) {
			chart.Profile(on, chart.Box{X: 34, Y: 8, W: 540, H: 230}, cgmtest.Wear(3, 5).Profile(), st)
		}),
		"profile-dark-mmol": draw(620, 260, chart.Dark, func(on chart.Surface, st chart.Style) {
			st.Settings = mmol
			chart.Profile(on, chart.Box{X: 34, Y: 8, W: 540, H: 230}, cgmtest.Wear(10, 5).Profile(), st)
		}),
		"days": draw(620, 480, chart.Print, func(on chart.Surface, st chart.Style) {
			for i, d := range r.Days()[:4] {
				chart.Day(on, chart.Box{X: 34, Y: 8 + float64(i)*118, W: 570, H: 90}, &d, st, chart.DayOptions{IntervalSeconds: r.IntervalSeconds, HourLabels: true, ValueLabels: true, Events: r.Events})
			}
		}),
		"ranges": draw(420, 200, chart.Print, func(on chart.Surface, st chart.Style) {
			chart.Ranges(on, chart.Box{X: 10, Y: 10, W: 400, H: 180}, cgm.Shares{VeryLow: 3, Low: 7, InRange: 55, High: 22, VeryHigh: 13}, st)
		}),
		"timeline": draw(620, 60, chart.Print, func(on chart.Surface, st chart.Style) {
			chart.Timeline(on, chart.Box{X: 10, Y: 24, W: 600, H: 16}, r, st)
		}),
	} {
		charttest.Compare(t, filepath.Join("testdata", name+".png"), img, charttest.Drawn, *update)
	}
}

// recorder is a Surface that remembers what was drawn.
type recorder struct {
	lines [][]chart.Point
	areas [][]chart.Point
	texts []string
}

func (r *recorder) Line(p []chart.Point, _ chart.Stroke)          { r.lines = append(r.lines, p) }
func (r *recorder) Area(p []chart.Point, _ chart.Color)           { r.areas = append(r.areas, p) }
func (r *recorder) Text(_ chart.Point, text string, _ chart.Text) { r.texts = append(r.texts, text) }
func (r *recorder) TextWidth(text string, t chart.Text) float64 {
	return float64(len(text)) * t.Size / 2
}

func style() chart.Style {
	return chart.Style{Palette: chart.Print, Settings: clinic.DefaultSettings(), Small: 8}
}

func TestADaysLineIsOpenWhereReadingsAreMissing(t *testing.T) {
	r := cgmtest.Wear(1, 5)
	r.Readings = append(r.Readings[:40:40], r.Readings[46:100]...)
	days := r.Days()
	var on recorder
	box := chart.Box{X: 0, Y: 0, W: 1440, H: 400} // a unit a minute, a unit a mg/dL
	chart.Day(&on, box, &days[0], style(), chart.DayOptions{IntervalSeconds: 300})
	traces := 0
	for _, l := range on.lines {
		if len(l) > 20 {
			traces++
			for i := 1; i < len(l); i++ {
				if l[i].X-l[i-1].X > 7.5 {
					t.Errorf("a line over %v minutes", l[i].X-l[i-1].X)
				}
			}
		}
	}
	if traces != 2 {
		t.Errorf("%d lines, want one on each side of the gap", traces)
	}
}

// A drawn percentile outside the hourly values that it goes through would be
// glucose that nobody had.
func TestTheProfilesCurvesStayWithinTheirHours(t *testing.T) {
	bins := make([]cgm.ProfileBin, cgm.ProfileBins)
	for h := range bins {
		v := 100.0
		if h%7 == 3 {
			v = 300
		}
		bins[h] = cgm.ProfileBin{MinuteOfDay: h*60 + 30, Readings: 100, Days: 9, P5: v - 40, P25: v - 20, P50: v, P75: v + 20, P95: v + 40}
	}
	var on recorder
	chart.Profile(&on, chart.Box{X: 0, Y: 0, W: 1440, H: 400}, bins, style())
	checked := 0
	for _, l := range on.lines {
		if len(l) < 100 {
			continue
		}
		checked++
		low, high := math.Inf(1), math.Inf(-1)
		for _, p := range l {
			low, high = min(low, 400-p.Y), max(high, 400-p.Y)
		}
		if math.Abs(high-low-200) > 1e-6 {
			t.Errorf("a curve from %v to %v leaves its hours' values", low, high)
		}
	}
	if checked != 3 {
		t.Errorf("%d curves, want 5th, 95th and median", checked)
	}
}

func TestAnHourOfOneDayIsNotDrawn(t *testing.T) {
	var on recorder
	if chart.Profile(&on, chart.Box{W: 1440, H: 400}, cgmtest.Wear(1, 5).Profile(), style()) {
		t.Error("a profile of one day was drawn")
	}
}

func TestTheTimelinesMarkStaysWithinItsBox(t *testing.T) {
	for _, days := range []int{4, 10, 90} {
		on := placed{}
		box := chart.Box{X: 50, Y: 20, W: 500, H: 12}
		chart.Timeline(&on, box, cgmtest.Wear(days, 5), style())
		if from, to := on.extent("72 h recorded"); from < box.X || to > box.Right() {
			t.Errorf("%d days: the mark's words lie from %v to %v", days, from, to)
		}
	}
}

// placed remembers where texts stand.
type placed struct {
	recorder
	at map[string][2]float64
}

func (p *placed) Text(at chart.Point, text string, t chart.Text) {
	w := p.TextWidth(text, t)
	from := at.X - map[chart.Align]float64{chart.Left: 0, chart.Center: w / 2, chart.Right: w}[t.Align]
	if p.at == nil {
		p.at = map[string][2]float64{}
	}
	p.at[text] = [2]float64{from, from + w}
}

func (p *placed) extent(text string) (from, to float64) { return p.at[text][0], p.at[text][1] }

// The goals of low and high are for totals: beside the single shares stand both.
func TestTheRangesSayTotalsAndWhetherTheirGoalsAreMet(t *testing.T) {
	mmol := style()
	mmol.Settings.Unit = cgm.MmolL
	for _, st := range []chart.Style{style(), mmol} {
		on := placed{}
		box := chart.Box{X: 20, Y: 10, W: 292, H: 144}
		chart.Ranges(&on, box, cgm.Shares{VeryLow: 1.13, Low: 3.1, InRange: 62.77, High: 22, VeryHigh: 11}, st)
		for _, want := range []string{"1.1 %", "3.1 %", "4.2 %", "62.8 %", "22.0 %", "33.0 %", "11.0 %", "goal < 1 %: not met", "goal > 70 %: not met", "goal < 5 %: not met", "goal < 4 %:", "goal < 25 %:", "not met"} {
			if _, there := on.at[want]; !there {
				t.Errorf("%q is not there: %v", want, on.at)
			}
		}
		for text, at := range on.at {
			if at[0] < box.X || at[1] > box.Right() {
				t.Errorf("%s: %q lies from %v to %v", st.Settings.Unit, text, at[0], at[1])
			}
		}
	}
}

func TestTheBarIsTrueToScale(t *testing.T) {
	var on recorder
	shares := cgm.Shares{VeryLow: 1, Low: 4, InRange: 65, High: 20, VeryHigh: 10}
	chart.Ranges(&on, chart.Box{W: 300, H: 200}, shares, style())
	var heights []float64
	for _, a := range on.areas {
		heights = append(heights, a[2].Y-a[0].Y)
	}
	for i, want := range []float64{2, 8, 130, 40, 20} {
		if i >= len(heights) || math.Abs(heights[i]-want) > 1e-9 {
			t.Fatalf("heights %v", heights)
		}
	}
}
