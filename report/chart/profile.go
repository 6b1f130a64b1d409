package chart

import (
	"tracedesk/cgm"
)

// Least days behind an hour of the profile: to be drawn, and to be drawn
// without hatching (metrics reference, section 2).
const (
	leastDays   = 2
	certainDays = 3
)

// Profile draws the ambulatory glucose profile: bands from the 5th to the 95th
// and from the 25th to the 75th percentile and the median, joined by a
// monotone cubic so that no curve passes what it goes through. Hours that rest
// on two days are hatched, on one day left out. It says whether anything could
// be drawn. Labels take 1.4 × Small below the box and some width to both sides.
func Profile(on Surface, box Box, bins []cgm.ProfileBin, style Style) bool {
	f := frame{on, box, style}
	f.ground()
	f.hours(3, true)
	f.values(0, cgm.VeryLowEdge, cgm.TargetLow, cgm.TargetHigh, cgm.VeryHighEdge, AxisTop)
	runs := profileRuns(bins)
	for _, run := range runs {
		f.profileRun(run)
	}
	f.across(cgm.TargetLow, Stroke{Color: style.Palette.Muted, Width: 0.7})
	f.across(cgm.TargetHigh, Stroke{Color: style.Palette.Muted, Width: 0.7})
	box.Outline(on, Stroke{Color: style.Palette.Muted, Width: 0.6})
	if len(runs) > 0 {
		f.percentileNames(runs[len(runs)-1])
	}
	return len(runs) > 0
}

// profileRun is hours next to each other that are drawn as one; round says
// that they go once around the clock.
type profileRun struct {
	bins  []cgm.ProfileBin
	round bool
}

func profileRuns(bins []cgm.ProfileBin) []profileRun {
	var runs []profileRun
	for _, b := range bins {
		if b.Days < leastDays {
			continue
		}
		last := len(runs) - 1
		if last >= 0 && runs[last].bins[len(runs[last].bins)-1].MinuteOfDay == b.MinuteOfDay-60 {
			runs[last].bins = append(runs[last].bins, b)
			continue
		}
		runs = append(runs, profileRun{bins: []cgm.ProfileBin{b}})
	}
	if len(runs) == 1 && len(runs[0].bins) == cgm.ProfileBins {
		runs[0].round = true
	}
	return runs
}

// stepMinutes is how finely the curves are drawn.
const stepMinutes = 5

// curves are the five percentiles at every step of the run.
func (r profileRun) curves() (minutes []float64, values [5][]float64) {
	from := float64(r.bins[0].MinuteOfDay - 30)
	to := float64(r.bins[len(r.bins)-1].MinuteOfDay + 30)
	for m := from; m <= to; m += stepMinutes {
		minutes = append(minutes, m)
	}
	for p := range values {
		knots := make([]float64, len(r.bins))
		for i, b := range r.bins {
			knots[i] = b.Percentiles()[p]
		}
		c := newCurve(knots, r.round)
		for _, m := range minutes {
			values[p] = append(values[p], c.at((m-float64(r.bins[0].MinuteOfDay))/60))
		}
	}
	return minutes, values
}

func (f frame) profileRun(r profileRun) {
	minutes, v := r.curves()
	f.band(minutes, v[0], v[4], f.style.Palette.Outer)
	f.band(minutes, v[1], v[3], f.style.Palette.Inner)
	for i, m := range minutes {
		bin := r.bins[min(i*stepMinutes/60, len(r.bins)-1)]
		if bin.Days < certainDays {
			f.on.Line([]Point{{f.x(m), f.y(v[0][i])}, {f.x(m), f.y(v[4][i])}}, Stroke{Color: f.style.Palette.Paper, Width: 1})
		}
	}
	for _, p := range []int{0, 4} {
		f.curve(minutes, v[p], Stroke{Color: f.style.Palette.Muted, Width: 0.5, Dash: []float64{2, 1.5}})
	}
	f.curve(minutes, v[2], Stroke{Color: f.style.Palette.Trace, Width: 2})
	for i, m := range minutes {
		if i%4 == 0 && v[4][i] > AxisTop {
			f.triangle(f.x(m), true)
		}
	}
}

func (f frame) band(minutes, low, high []float64, c Color) {
	points := make([]Point, 0, 2*len(minutes))
	for i, m := range minutes {
		points = append(points, Point{f.x(m), f.y(high[i])})
	}
	for i := len(minutes) - 1; i >= 0; i-- {
		points = append(points, Point{f.x(minutes[i]), f.y(low[i])})
	}
	f.on.Area(points, c)
}

func (f frame) curve(minutes, values []float64, s Stroke) {
	points := make([]Point, len(minutes))
	for i, m := range minutes {
		points[i] = Point{f.x(m), f.y(values[i])}
	}
	f.on.Line(points, s)
}

// percentileNames stand at the right edge, moved apart where they would overlap.
func (f frame) percentileNames(r profileRun) {
	_, v := r.curves()
	names := [5]string{"5 %", "25 %", "50 %", "75 %", "95 %"}
	y := f.box.Bottom() + f.style.Small
	for p := range names {
		at := f.y(v[p][len(v[p])-1]) + f.style.Small*0.35
		y = min(at, y-f.style.Small*1.05)
		f.on.Text(Point{f.box.Right() + 4, y}, names[p],
			Text{Size: f.style.Small, Bold: p == 2, Color: f.style.Palette.Muted})
	}
}
