package screens

import (
	"fmt"
	"math"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"tracedesk/cgm"
	"tracedesk/report"
	"tracedesk/report/chart"
	"tracedesk/ui/say"
	"tracedesk/ui/shell"
)

// traceView shows the whole wear. The wheel zooms, dragging and the arrow keys move,
// and a line below names the reading under the mouse.
type traceView struct {
	shell.Chart
	facts *report.Facts
	span  chart.Span
	said  *widget.Label
	at    *cgm.Reading // that the mouse points at

	add    func(at cgm.WallTime) // an event, where a person clicked; nil where none can be added
	adding bool                  // the next click says where
}

var (
	_ fyne.Scrollable   = (*traceView)(nil)
	_ fyne.Draggable    = (*traceView)(nil)
	_ fyne.Focusable    = (*traceView)(nil)
	_ fyne.Tappable     = (*traceView)(nil)
	_ desktop.Hoverable = (*traceView)(nil)

	_ fyne.DoubleTappable = (*traceView)(nil)
)

func newTraceView(f *report.Facts) *traceView {
	v := &traceView{facts: f, span: chart.WholeWear(f.Recording), said: widget.NewLabel("")}
	v.Least, v.Settings, v.Label = fyne.NewSize(320, 110), f.Settings, say.L("The trace of the whole wear")
	v.Draw = v.paint
	v.ExtendBaseWidget(v)
	v.say()
	return v
}

// box is the plot within the view.
func (v *traceView) box() chart.Box {
	small := float64(theme.Size(theme.SizeNameCaptionText))
	size := v.Size()
	return chart.Box{X: small * 3, Y: 6, W: float64(size.Width) - small*3 - 14, H: float64(size.Height) - 6 - small*2.9}
}

func (v *traceView) paint(on chart.Surface, _ chart.Box, style chart.Style) {
	chart.Trace(on, v.box(), v.facts.Recording, v.facts.Analysis.Episodes, v.span, style)
	if v.at != nil {
		chart.Mark(on, v.box(), v.span, v.at, style)
	}
}

// leastSpan limits zooming in.
const leastSpan = 2 * 3600

// look moves to another span, within the wear.
func (v *traceView) look(from, seconds int64) {
	whole := chart.WholeWear(v.facts.Recording)
	seconds = min(max(seconds, leastSpan), whole.Seconds())
	from = min(max(from, whole.From), whole.To-seconds)
	v.span = chart.Span{From: from, To: from + seconds}
	v.at = nil
	v.say()
	v.Refresh()
}

// zoom changes the span by a factor about the place x.
func (v *traceView) zoom(factor, x float64) {
	box := v.box()
	share := min(max((x-box.X)/box.W, 0), 1)
	about := float64(v.span.From) + share*float64(v.span.Seconds())
	seconds := min(max(float64(v.span.Seconds())*factor, leastSpan),
		float64(chart.WholeWear(v.facts.Recording).Seconds()))
	v.look(int64(math.Round(about-share*seconds)), int64(math.Round(seconds)))
}

// Scrolled zooms about the mouse.
func (v *traceView) Scrolled(e *fyne.ScrollEvent) {
	switch {
	case e.Scrolled.DY > 0:
		v.zoom(0.8, float64(e.Position.X))
	case e.Scrolled.DY < 0:
		v.zoom(1.25, float64(e.Position.X))
	}
}

// Dragged moves along the wear.
func (v *traceView) Dragged(e *fyne.DragEvent) {
	v.look(v.span.From-int64(float64(e.Dragged.DX)/v.box().W*float64(v.span.Seconds())), v.span.Seconds())
}

// DragEnd ends a drag.
func (v *traceView) DragEnd() {}

// Tapped gives the trace the keys, or chooses the time of an event.
func (v *traceView) Tapped(e *fyne.PointEvent) {
	if c := fyne.CurrentApp().Driver().CanvasForObject(v); c != nil {
		c.Focus(v)
	}
	if v.adding {
		v.addAt(float64(e.Position.X))
	}
}

// DoubleTapped adds an event there.
func (v *traceView) DoubleTapped(e *fyne.PointEvent) { v.addAt(float64(e.Position.X)) }

// addAt asks for an event at the place x.
func (v *traceView) addAt(x float64) {
	v.adding = false
	v.say()
	if v.add != nil {
		v.add(v.wallTime(x))
	}
}

// wallTime gives the wall clock's time at the place x, to the minute, from the
// nearest reading.
func (v *traceView) wallTime(x float64) cgm.WallTime {
	box := v.box()
	system := v.span.From + int64(min(max((x-box.X)/box.W, 0), 1)*float64(v.span.Seconds()))
	readings := v.facts.Recording.Readings
	nearest := &readings[0]
	for i := range readings {
		if distance(readings[i].System, system) < distance(nearest.System, system) {
			nearest = &readings[i]
		}
	}
	t := nearest.Display + cgm.WallTime(system-nearest.System)
	return t - t%60
}

func distance(a, b int64) int64 { return max(a-b, b-a) }

// FocusGained and FocusLost do nothing: the keys are told below the trace.
func (v *traceView) FocusGained() {}

// FocusLost does nothing.
func (v *traceView) FocusLost() {}

// TypedRune zooms with plus and minus.
func (v *traceView) TypedRune(r rune) {
	switch r {
	case '+':
		v.zoomIn()
	case '-':
		v.zoomOut()
	case 'e', 'E':
		v.addAt(v.middle())
	}
}

// TypedKey moves with the arrows, and shows the whole wear with Home.
func (v *traceView) TypedKey(e *fyne.KeyEvent) {
	step := v.span.Seconds() / 4
	switch e.Name {
	case fyne.KeyLeft:
		v.look(v.span.From-step, v.span.Seconds())
	case fyne.KeyRight:
		v.look(v.span.From+step, v.span.Seconds())
	case fyne.KeyUp:
		v.zoomIn()
	case fyne.KeyDown:
		v.zoomOut()
	case fyne.KeyHome:
		v.whole()
	default:
		shell.WindowKey(v, e)
	}
}

func (v *traceView) middle() float64 { b := v.box(); return b.X + b.W/2 }
func (v *traceView) zoomIn()         { v.zoom(0.5, v.middle()) }
func (v *traceView) zoomOut()        { v.zoom(2, v.middle()) }
func (v *traceView) whole() {
	w := chart.WholeWear(v.facts.Recording)
	v.look(w.From, w.Seconds())
}

// day shows one calendar day.
func (v *traceView) day(d *cgm.Day) {
	g := &d.Readings[0]
	v.look(g.System-int64(g.Display.SecondOfDay()), cgm.SecondsPerDay)
}

// MouseIn and MouseMoved say what the mouse points at.
func (v *traceView) MouseIn(e *desktop.MouseEvent) { v.MouseMoved(e) }

// MouseMoved says what the mouse points at.
func (v *traceView) MouseMoved(e *desktop.MouseEvent) {
	const reach = 8
	at := chart.Nearest(v.facts.Recording, v.box(), v.span, float64(e.Position.X), reach)
	if at != v.at {
		v.at = at
		v.say()
		v.Refresh()
	}
}

// MouseOut points at nothing.
func (v *traceView) MouseOut() {
	v.at = nil
	v.say()
	v.Refresh()
}

// trendMinutes is the length of a trend.
const trendMinutes = 15

// say words the reading under the mouse: time, value, and trend.
func (v *traceView) say() {
	set := v.facts.Settings
	if v.adding {
		v.said.SetText(say.L("Click where the event belongs."))
		return
	}
	if v.at == nil {
		v.said.SetText(say.L("Point at the trace to read it. Wheel, + and − zoom · drag and arrows move · Home: all · " +
			"double click or E: add an event"))
		return
	}
	text := set.DateTime(v.at.Display) + "  " + set.Reading(v.at) + " " + string(set.Unit)
	if change, ok := v.facts.Recording.Trend(v.at, trendMinutes); ok {
		text += fmt.Sprintf(say.L("  %s in %d minutes"), set.Change(change), trendMinutes)
	}
	v.said.SetText(text)
}

// tab is the trace with its buttons.
func (v *traceView) tab() fyne.CanvasObject {
	var names []string
	for i := range v.facts.Analysis.Days {
		names = append(names, v.Settings.ShortDate(v.facts.Analysis.Days[i].Date))
	}
	days := shell.NewSelect(names, nil)
	days.PlaceHolder = say.L("Jump to a day")
	days.OnChanged = func(string) {
		if i := days.SelectedIndex(); i >= 0 {
			v.day(&v.facts.Analysis.Days[i])
		}
	}
	button := func(icon fyne.Resource, do func()) *shell.Button { return shell.NewButtonWithIcon("", icon, do) }
	key := func(k fyne.KeyName) func() { return func() { v.TypedKey(&fyne.KeyEvent{Name: k}) } }
	bar := container.NewHBox(days, shell.NewButton(say.L("Whole wear"), v.whole),
		button(theme.ZoomInIcon(), v.zoomIn), button(theme.ZoomOutIcon(), v.zoomOut),
		button(theme.NavigateBackIcon(), key(fyne.KeyLeft)), button(theme.NavigateNextIcon(), key(fyne.KeyRight)))
	if v.add != nil {
		bar.Add(shell.NewButtonWithIcon(say.L("Add an event"), theme.ContentAddIcon(), func() {
			v.adding = true
			v.say()
		}))
	}
	v.said.Truncation = fyne.TextTruncateEllipsis
	return container.NewBorder(bar, v.said, nil, nil, v)
}
