package chart

import (
	"fmt"

	"tracedesk/cgm"
	"tracedesk/clinic"
)

// Timeline draws what was recorded along the whole wear: a bar where there are
// readings, open where there are none, with the days beneath and the 72nd
// recorded hour marked. It is drawn on the device's clock, labelled by the
// wall clock. Labels take 1.4 × Small below the box.
func Timeline(on Surface, box Box, r *cgm.Recording, style Style) {
	first := r.Readings[0].System
	span := r.Readings[len(r.Readings)-1].System - first + int64(r.IntervalSeconds)
	x := func(system int64) float64 { return box.X + float64(system-first)/float64(span)*box.W }
	bar := func(from, to int) {
		left := x(r.Readings[from].System)
		right := x(r.Readings[to].System + int64(r.IntervalSeconds))
		Box{left, box.Y, max(right-left, 0.4), box.H}.Fill(on, style.Palette.Inner)
	}
	from := 0
	for _, gap := range r.Coverage().Gaps {
		bar(from, gap.After)
		from = gap.After + 1
	}
	bar(from, len(r.Readings)-1)
	box.Outline(on, Stroke{Color: style.Palette.Muted, Width: 0.6})
	timelineDays(on, box, r, style, x)
	if at, reached := r.RecordedBy(clinic.RequiredHours); reached {
		mark := x(at)
		on.Line([]Point{{mark, box.Y - 4}, {mark, box.Bottom()}}, Stroke{Color: style.Palette.Ink, Width: 1.2})
		label, t := fmt.Sprintf("%d h recorded", clinic.RequiredHours),
			Text{Size: style.Small, Bold: true, Color: style.Palette.Ink, Align: Center}
		switch half := on.TextWidth(label, t) / 2; {
		case mark < box.X+half:
			t.Align = Left
		case mark > box.Right()-half:
			t.Align = Right
		}
		on.Text(Point{mark, box.Y - 6}, label, t)
	}
}

func timelineDays(on Surface, box Box, r *cgm.Recording, style Style, x func(int64) float64) {
	lastX := box.X - 100
	last := r.First().Date()
	for i := range r.Readings {
		d := r.Readings[i].Display.Date()
		if d == last {
			continue
		}
		last = d
		at := x(r.Readings[i].System)
		on.Line([]Point{{at, box.Y}, {at, box.Bottom() + 2}}, Stroke{Color: style.Palette.Muted, Width: 0.5})
		label := style.Settings.ShortDate(d)
		t := Text{Size: style.Small, Color: style.Palette.Muted}
		if at-lastX > on.TextWidth(label, t)+6 && at+on.TextWidth(label, t) < box.Right() {
			on.Text(Point{at + 1, box.Bottom() + style.Small*1.25}, label, t)
			lastX = at
		}
	}
}
