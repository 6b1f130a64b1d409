package screens

import (
	"fmt"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"

	"tracedesk/cgm"
	"tracedesk/cgm/cgmtest"
	"tracedesk/clinic"
	"tracedesk/report"
	"tracedesk/report/chart"
)

// traceOf shows the trace of a recording, 1000 points wide.
func traceOf(t testing.TB, r *cgm.Recording) *traceView {
	t.Helper()
	test.NewTempApp(t)
	v := newTraceView(report.NewFacts(clinic.Patient{}, r, clinic.DefaultSettings(), testTime, "x"))
	v.Resize(fyne.NewSize(1000, 360))
	return v
}

func TestTheTraceIsLookedInto(t *testing.T) {
	r := cgmtest.Wear(10, 5)
	v := traceOf(t, r)
	whole := chart.WholeWear(r)
	if v.span != whole {
		t.Fatalf("it begins with %+v", v.span)
	}
	for range 100 {
		v.Scrolled(&fyne.ScrollEvent{
			PointEvent: fyne.PointEvent{Position: fyne.NewPos(500, 100)}, Scrolled: fyne.NewDelta(0, 10),
		})
	}
	if v.span.Seconds() != leastSpan {
		t.Errorf("zoomed in to %d s", v.span.Seconds())
	}
	// What was under the mouse stays under it.
	about := whole.From + int64(float64(whole.Seconds())*(500-v.box().X)/v.box().W)
	if v.span.From > about || v.span.To < about {
		t.Errorf("%d is not in %+v any more", about, v.span)
	}
	before := v.span
	v.Dragged(&fyne.DragEvent{Dragged: fyne.NewDelta(100, 0)})
	if v.span.Seconds() != before.Seconds() || v.span.From >= before.From {
		t.Errorf("dragged to the right: %+v after %+v", v.span, before)
	}
	for range 500 {
		v.TypedKey(&fyne.KeyEvent{Name: fyne.KeyRight})
	}
	if v.span.To != whole.To {
		t.Errorf("moved beyond the end: %+v", v.span)
	}
	v.TypedKey(&fyne.KeyEvent{Name: fyne.KeyHome})
	if v.span != whole {
		t.Errorf("Home shows %+v", v.span)
	}
	v.day(&v.facts.Analysis.Days[3])
	if first := v.facts.Analysis.Days[3].Readings[0]; v.span.Seconds() != cgm.SecondsPerDay ||
		first.System < v.span.From || first.System > v.span.To {
		t.Errorf("the fourth day: %+v", v.span)
	}
}

func TestTheTraceSaysWhatIsPointedAt(t *testing.T) {
	r := cgmtest.Wear(3, 5)
	v := traceOf(t, r)
	g := &r.Readings[400]
	v.look(g.System-3600, 7200)
	x := v.box().X + v.box().W/2
	v.MouseMoved(&desktop.MouseEvent{PointEvent: fyne.PointEvent{Position: fyne.NewPos(float32(x), 100)}})
	if v.at != g || !strings.Contains(v.said.Text, g.Display.Clock()) ||
		!strings.Contains(v.said.Text, fmt.Sprintf("%.0f mg/dL", g.MgDL)) ||
		!strings.Contains(v.said.Text, "in 15 minutes") {
		t.Errorf("%+v: %s", v.at, v.said.Text)
	}
	v.MouseOut()
	if v.at != nil || !strings.Contains(v.said.Text, "Point at the trace") {
		t.Errorf("%s", v.said.Text)
	}
}

func BenchmarkTrace(b *testing.B) {
	for _, days := range []int{10, 90} {
		b.Run(fmt.Sprintf("days=%d", days), func(b *testing.B) {
			v := traceOf(b, cgmtest.Wear(days, 5))
			for n := 0; b.Loop(); n++ {
				v.look(0, int64(days*86400>>(n%6)))
				v.Picture(1000, 360)
			}
		})
	}
}
