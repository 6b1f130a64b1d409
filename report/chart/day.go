package chart

import (
	"tracedesk/cgm"
)

// DayOptions say what a day's trace carries beside the line.
type DayOptions struct {
	IntervalSeconds int
	HourLabels      bool // under the plot; they take 1.4 × Small below the box
	ValueLabels     bool // left of the plot
	Events          []cgm.Event
	Episodes        []cgm.Episode // as bars along the edges: low ones at the bottom, high ones at the top
}

// Day draws one day's readings on a 24-hour axis: gaps left open, a lone
// reading as a dot, LOW and HIGH as triangles at the edge, logged events as
// small signs along the top.
func Day(on Surface, box Box, day *cgm.Day, style Style, opt DayOptions) {
	f := frame{on, box, style}
	f.ground()
	f.hours(3, opt.HourLabels)
	if opt.ValueLabels {
		f.values(cgm.VeryLowEdge, cgm.TargetLow, cgm.TargetHigh, cgm.VeryHighEdge, AxisTop)
	}
	box.Outline(on, Stroke{Color: style.Palette.Muted, Width: 0.5})
	for _, piece := range pieces(day.Readings, opt.IntervalSeconds) {
		f.trace(piece, func(g *cgm.Reading) float64 { return f.x(float64(g.Display.SecondOfDay()) / 60) })
	}
	for i := range opt.Episodes {
		f.episode(&opt.Episodes[i], day.Date)
	}
	for _, e := range opt.Events {
		if e.Display.Date() == day.Date {
			f.event(e)
		}
	}
}

// Bars of episodes: thick for the kinds of the second level.
const (
	thinBar  = 1.4
	thickBar = 3.2
)

// episode draws the part of an episode that lies in the day.
func (f frame) episode(e *cgm.Episode, day cgm.Date) {
	from := max(float64(e.Start-day.Midnight())/60, 0)
	to := min(float64(e.Start-day.Midnight())/60+e.Minutes, 1440)
	if to <= from {
		return
	}
	f.bar(e.Kind, f.x(from), f.x(to))
}

// bar marks an episode along an edge: low ones at the bottom, high ones at the
// top, thick for the second level.
func (f frame) bar(kind cgm.EpisodeKind, left, right float64) {
	height := thinBar
	if kind == cgm.EpisodeVeryLow || kind == cgm.EpisodeVeryHigh {
		height = thickBar
	}
	bar := Box{left, f.box.Bottom() - height, right - left, height}
	color := f.style.Palette.Alert
	if kind == cgm.EpisodeHigh || kind == cgm.EpisodeVeryHigh {
		bar.Y, color = f.box.Y, f.style.Palette.Ink
	}
	bar.Fill(f.on, color)
}

// trace draws one unbroken run of readings.
func (f frame) trace(piece []cgm.Reading, x func(*cgm.Reading) float64) {
	points := make([]Point, len(piece))
	for i := range piece {
		g := &piece[i]
		points[i] = Point{x(g), f.y(g.MgDL)}
		if g.Flag != cgm.InRange {
			f.triangle(points[i].X, g.Flag == cgm.High)
		}
	}
	if len(points) == 1 {
		dot := Box{points[0].X - 0.9, points[0].Y - 0.9, 1.8, 1.8}
		dot.Fill(f.on, f.style.Palette.Trace)
		return
	}
	f.on.Line(points, Stroke{Color: f.style.Palette.Trace, Width: 1.1})
}

// eventSigns are the letters of logged events.
var eventSigns = map[cgm.EventKind]string{
	cgm.Carbs: "C", cgm.Insulin: "I", cgm.Exercise: "X", cgm.Health: "H", cgm.Note: "N",
}

func (f frame) event(e cgm.Event) { f.eventAt(f.x(float64(e.Display.SecondOfDay())/60), e.Kind) }

// eventAt marks a logged event along the top.
func (f frame) eventAt(x float64, kind cgm.EventKind) {
	f.on.Line([]Point{{x, f.box.Y + f.style.Small*1.3}, {x, f.box.Y + f.style.Small*1.3 + 4}},
		Stroke{Color: f.style.Palette.Ink, Width: 0.6})
	f.on.Text(Point{x, f.box.Y + f.style.Small*1.15}, eventSigns[kind],
		Text{Size: f.style.Small * 0.95, Bold: true, Color: f.style.Palette.Ink, Align: Center})
}
