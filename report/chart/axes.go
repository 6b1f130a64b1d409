package chart

import (
	"fmt"

	"tracedesk/cgm"
	"tracedesk/clinic"
)

// Style is what a chart is drawn with.
type Style struct {
	Palette  Palette
	Settings clinic.Settings
	Small    float64 // size of labels, in points
}

// AxisTop is the top of every glucose axis in mg/dL: one scale, so that two
// reports can be laid side by side. What lies above is marked at the edge.
const AxisTop = 400

// frame is a plot: a glucose axis upwards and the hours of a day to the right.
type frame struct {
	on    Surface
	box   Box
	style Style
}

// y is where a value lies; beyond the axis, its edge.
func (f frame) y(mgDL float64) float64 {
	return f.box.Bottom() - min(max(mgDL, 0), AxisTop)/AxisTop*f.box.H
}

// x is where a minute of the day lies.
func (f frame) x(minute float64) float64 { return f.box.X + minute/1440*f.box.W }

func (f frame) label(align Align) Text {
	return Text{Size: f.style.Small, Color: f.style.Palette.Muted, Align: align}
}

// ground draws the target band and the lines of the limits.
func (f frame) ground() {
	p := f.style.Palette
	Box{f.box.X, f.y(cgm.TargetHigh), f.box.W, f.y(cgm.TargetLow) - f.y(cgm.TargetHigh)}.Fill(f.on, p.Target)
	for _, limit := range []float64{cgm.VeryLowEdge, cgm.VeryHighEdge} {
		f.across(limit, Stroke{Color: p.Muted, Width: 0.4, Dash: []float64{2, 2}})
	}
	for _, limit := range []float64{cgm.TargetLow, cgm.TargetHigh} {
		f.across(limit, Stroke{Color: p.Muted, Width: 0.7})
	}
}

func (f frame) across(mgDL float64, s Stroke) {
	f.on.Line([]Point{{f.box.X, f.y(mgDL)}, {f.box.Right(), f.y(mgDL)}}, s)
}

// hours draws a line every step hours, and their names where labelled.
func (f frame) hours(step int, labelled bool) {
	for h := 0; h <= 24; h += step {
		x := f.x(float64(h * 60))
		f.on.Line([]Point{{x, f.box.Y}, {x, f.box.Bottom()}}, Stroke{Color: f.style.Palette.Grid, Width: 0.4})
		if labelled {
			f.on.Text(Point{x, f.box.Bottom() + f.style.Small*1.25}, fmt.Sprintf("%02d", h), f.label(Center))
		}
	}
}

// values names glucose values at the left edge, from low to high, moved apart
// where they would overlap.
func (f frame) values(mgDL ...float64) {
	y := f.box.Bottom() + 2*f.style.Small
	for _, v := range mgDL {
		y = min(f.y(v)+f.style.Small*0.35, y-f.style.Small*0.95)
		f.on.Text(Point{f.box.X - 4, y}, f.style.Settings.Glucose(v), f.label(Right))
	}
}

// triangle marks a value beyond an edge: pointing up at the top, down at the bottom.
func (f frame) triangle(x float64, high bool) {
	const r = 2.2
	y, tip := f.box.Bottom()-1, f.box.Bottom()-1
	if high {
		y = f.box.Y + 1 + 2*r
		tip = f.box.Y + 1
	} else {
		y -= 2 * r
	}
	f.on.Area([]Point{{x - r, y}, {x + r, y}, {x, tip}}, f.style.Palette.Alert)
}

// pieces cuts readings into runs that may be joined by a line: no gap of over
// one and a half intervals by the device's clock, no clock set back between.
func pieces(readings []cgm.Reading, intervalSeconds int) [][]cgm.Reading {
	var out [][]cgm.Reading
	from := 0
	for i := 1; i <= len(readings); i++ {
		if i < len(readings) {
			a, b := &readings[i-1], &readings[i]
			if 2*(b.System-a.System) <= 3*int64(intervalSeconds) && b.Display > a.Display {
				continue
			}
		}
		out = append(out, readings[from:i])
		from = i
	}
	return out
}
