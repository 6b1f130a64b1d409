package chart

import (
	"sort"

	"tracedesk/cgm"
)

// Span is a stretch of the device's clock, in its seconds.
type Span struct{ From, To int64 }

// Seconds is how long the span is.
func (s Span) Seconds() int64 { return s.To - s.From }

// WholeWear is the span of all readings.
func WholeWear(r *cgm.Recording) Span {
	return Span{r.Readings[0].System, r.Readings[len(r.Readings)-1].System + int64(r.IntervalSeconds)}
}

// traceAt is where a moment of the device's clock lies in the box.
func (s Span) traceAt(box Box, system int64) float64 {
	return box.X + float64(system-s.From)/float64(s.Seconds())*box.W
}

// Trace draws the readings of a span of the wear on the device's clock: gaps
// left open, LOW and HIGH as triangles, episodes as bars along the edges, logged
// events along the top. Hours and days below are the wall clock's, which may
// have been set within it. Labels take 2.8 × Small below the box.
func Trace(on Surface, box Box, r *cgm.Recording, episodes []cgm.Episode, span Span, style Style) {
	f := frame{on, box, style}
	f.ground()
	f.values(0, cgm.VeryLowEdge, cgm.TargetLow, cgm.TargetHigh, cgm.VeryHighEdge, AxisTop)
	from, to := within(r, span)
	f.ticks(r, from, to, span)
	box.Outline(on, Stroke{Color: style.Palette.Muted, Width: 0.5})
	for _, piece := range pieces(r.Readings[from:to], r.IntervalSeconds) {
		f.trace(thinned(piece, span, box), func(g *cgm.Reading) float64 { return clamped(span.traceAt(box, g.System), box) })
	}
	for i := range episodes {
		f.episodeOf(&episodes[i], r, span)
	}
	for _, e := range r.Events {
		if e.System >= span.From && e.System < span.To {
			f.eventAt(span.traceAt(box, e.System), e.Kind)
		}
	}
}

func clamped(x float64, box Box) float64 { return min(max(x, box.X), box.Right()) }

// within are the readings of the span, and one beside each end so that the line
// runs out of it.
func within(r *cgm.Recording, span Span) (from, to int) {
	from = sort.Search(len(r.Readings), func(i int) bool { return r.Readings[i].System >= span.From })
	to = sort.Search(len(r.Readings), func(i int) bool { return r.Readings[i].System >= span.To })
	return max(0, from-1), min(len(r.Readings), to+1)
}

// thinned keeps of many readings for each point of width the first, the lowest
// and the highest, which look the same.
func thinned(piece []cgm.Reading, span Span, box Box) []cgm.Reading {
	if float64(len(piece)) < 4*box.W*float64(piece[len(piece)-1].System-piece[0].System+1)/float64(span.Seconds()) {
		return piece
	}
	var out []cgm.Reading
	for i := 0; i < len(piece); {
		column := int(span.traceAt(box, piece[i].System))
		low, high, j := i, i, i
		for ; j < len(piece) && int(span.traceAt(box, piece[j].System)) == column; j++ {
			if piece[j].MgDL < piece[low].MgDL {
				low = j
			}
			if piece[j].MgDL > piece[high].MgDL {
				high = j
			}
		}
		keep := []int{i, low, high, j - 1}
		sort.Ints(keep)
		for n, k := range keep {
			if n == 0 || k != keep[n-1] {
				out = append(out, piece[k])
			}
		}
		i = j
	}
	return out
}

// tickHours is how many hours lie between two lines of a span.
func tickHours(span Span) int {
	switch hours := span.Seconds() / 3600; {
	case hours <= 8:
		return 1
	case hours <= 30:
		return 3
	case hours <= 80:
		return 12
	}
	return 24
}

// ticks draws lines at full hours of the wall clock, with the hour, and below
// each midnight the day.
func (f frame) ticks(r *cgm.Recording, from, to int, span Span) {
	step := cgm.WallTime(tickHours(span) * 3600)
	lastHour, lastDay := f.box.X-100, f.box.X-100
	for i := from + 1; i < to; i++ {
		a, b := &r.Readings[i-1], &r.Readings[i]
		for tick := (a.Display/step + 1) * step; tick <= b.Display; tick += step {
			x := span.traceAt(f.box, a.System+int64(tick-a.Display))
			if x < f.box.X || x > f.box.Right() {
				continue
			}
			f.on.Line([]Point{{x, f.box.Y}, {x, f.box.Bottom()}}, Stroke{Color: f.style.Palette.Grid, Width: 0.4})
			if step < 24*3600 && x-lastHour > f.style.Small*3 {
				f.on.Text(Point{x, f.box.Bottom() + f.style.Small*1.25}, tick.Clock(), f.label(Center))
				lastHour = x
			}
			day := f.style.Settings.ShortDate(tick.Date())
			if width := f.on.TextWidth(day, f.label(Left)); tick.SecondOfDay() == 0 && x-lastDay > width+8 && x+
				width <= f.box.Right()+8 {
				f.on.Text(Point{x, f.box.Bottom() + f.style.Small*2.5}, day, f.label(Left))
				lastDay = x
			}
		}
	}
}

// episodeOf draws an episode's bar; its beginning is by the wall clock, so that
// the reading there says where that is on the device's.
func (f frame) episodeOf(e *cgm.Episode, r *cgm.Recording, span Span) {
	i := sort.Search(len(r.Readings), func(i int) bool { return r.Readings[i].Display >= e.Start })
	if i == len(r.Readings) {
		return
	}
	start := r.Readings[i].System - int64(r.Readings[i].Display-e.Start)
	left, right := clamped(span.traceAt(f.box, start), f.box),
		clamped(span.traceAt(f.box, start+int64(e.Minutes*60)), f.box)
	if right > left {
		f.bar(e.Kind, left, right)
	}
}

// Nearest is the reading that lies nearest to a place in the box, at most reach
// away from it; nil where there is none.
func Nearest(r *cgm.Recording, box Box, span Span, x, reach float64) *cgm.Reading {
	from, to := within(r, span)
	var best *cgm.Reading
	least := reach
	for i := from; i < to; i++ {
		g := &r.Readings[i]
		d := span.traceAt(box, g.System) - x
		if d = max(d, -d); d <= least && g.System >= span.From && g.System < span.To {
			best, least = g, d
		}
	}
	return best
}

// Mark draws a reading that somebody points at.
func Mark(on Surface, box Box, span Span, g *cgm.Reading, style Style) {
	f := frame{on, box, style}
	x, y := span.traceAt(box, g.System), f.y(g.MgDL)
	on.Line([]Point{{x, box.Y}, {x, box.Bottom()}}, Stroke{Color: style.Palette.Muted, Width: 0.6})
	Box{x - 3, y - 3, 6, 6}.Fill(on, style.Palette.Ink)
}
