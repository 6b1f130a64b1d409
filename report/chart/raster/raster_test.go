package raster

import (
	"image/color"
	"testing"

	"tracedesk/report/chart"
)

var (
	white = chart.Color{R: 255, G: 255, B: 255}
	black = chart.Color{}
	red   = chart.Color{R: 200}
)

// dark counts the pixels of a part of the picture that are not its ground.
func dark(s *Surface, x0, y0, x1, y1 int) (n int) {
	for y := y0; y < y1; y++ {
		for x := x0; x < x1; x++ {
			if s.img.RGBAAt(x, y) != (color.RGBA{255, 255, 255, 255}) {
				n++
			}
		}
	}
	return n
}

// TestAnAreaFillsItsOwnPixelsAlone: 10 × 5 points from (20, 10) at two pixels a point
// are 20 × 10 pixels from (40, 20).
func TestAnAreaFillsItsOwnPixelsAlone(t *testing.T) {
	s := New(100, 60, 2, white)
	chart.Box{X: 20, Y: 10, W: 10, H: 5}.Fill(s, red)
	if n := dark(s, 0, 0, 100, 60); n != 200 {
		t.Errorf("%d pixels", n)
	}
	if n := dark(s, 40, 20, 60, 30); n != 200 {
		t.Errorf("%d of them in their place", n)
	}
	if got := s.img.RGBAAt(50, 25); got != (color.RGBA{200, 0, 0, 255}) {
		t.Errorf("%v", got)
	}
}

// TestALineIsAsWideAsItIsDrawn, never thinner than a pixel.
func TestALineIsAsWideAsItIsDrawn(t *testing.T) {
	for _, c := range []struct {
		width, scale float64
		want         int // pixels high
	}{{4, 1, 4}, {2, 2, 4}, {0.1, 1, 1}} {
		s := New(60, 40, c.scale, white)
		y := 20 / c.scale
		if c.want == 1 {
			y = 20.5
		}
		s.Line([]chart.Point{{X: 5 / c.scale, Y: y}, {X: 55 / c.scale, Y: y}}, chart.Stroke{Color: black, Width: c.width})
		if n := dark(s, 30, 0, 31, 40); n != c.want {
			t.Errorf("%g points at %g: %d pixels high, not %d", c.width, c.scale, n, c.want)
		}
		if n := dark(s, 0, 0, 60, 40); n != 50*c.want {
			t.Errorf("%g points at %g: %d pixels, not 50 long", c.width, c.scale, n)
		}
	}
}

// TestADashHasGaps: ten on and ten off over a hundred are half of it.
func TestADashHasGaps(t *testing.T) {
	s := New(120, 20, 1, white)
	s.Line([]chart.Point{{X: 10, Y: 10}, {X: 110, Y: 10}}, chart.Stroke{Color: black, Width: 2, Dash: []float64{10, 10}})
	if n := dark(s, 0, 0, 120, 20); n < 90 || n > 130 {
		t.Errorf("%d pixels, about 100 expected", n)
	}
}

// TestATextStandsAtItsPoint: left of it, around it, or right of it.
func TestATextStandsAtItsPoint(t *testing.T) {
	for align, want := range map[chart.Align][2]bool{chart.Left: {false, true}, chart.Center: {true, true}, chart.Right: {true, false}} {
		s := New(200, 40, 1, white)
		s.Text(chart.Point{X: 100, Y: 30}, "123", chart.Text{Size: 16, Color: black, Align: align})
		left, right := dark(s, 0, 0, 100, 40) > 0, dark(s, 100, 0, 200, 40) > 0
		if left != want[0] || right != want[1] {
			t.Errorf("align %d: left %v, right %v", align, left, right)
		}
		if dark(s, 0, 31, 200, 40) > 0 {
			t.Errorf("align %d: digits hang below the line", align)
		}
	}
}

// TestTheWidthOfATextIsInPoints, whatever the scale, and bold is wider.
func TestTheWidthOfATextIsInPoints(t *testing.T) {
	size := chart.Text{Size: 12}
	one, two := New(10, 10, 1, white).TextWidth("Mean glucose", size), New(10, 10, 2, white).TextWidth("Mean glucose", size)
	if d := one - two; d > 0.5 || d < -0.5 || one < 50 || one > 100 {
		t.Errorf("%g and %g points", one, two)
	}
	bold := New(10, 10, 1, white).TextWidth("Mean glucose", chart.Text{Size: 12, Bold: true})
	if bold <= one {
		t.Errorf("bold has %g points, plain %g", bold, one)
	}
	if w := New(10, 10, 1, white).TextWidth("", size); w != 0 {
		t.Errorf("nothing has %g points", w)
	}
}

// TestWhatLiesOutsideIsLeftOut: nothing is drawn and nothing panics.
func TestWhatLiesOutsideIsLeftOut(t *testing.T) {
	s := New(50, 50, 1, white)
	far := []chart.Point{{X: -500, Y: -500}, {X: -400, Y: -500}, {X: -400, Y: -400}}
	s.Area(far, red)
	s.Line(far, chart.Stroke{Color: red, Width: 3})
	s.Text(chart.Point{X: 900, Y: 900}, "x", chart.Text{Size: 10})
	s.Area(far[:2], red)
	s.Line(far[:1], chart.Stroke{Color: red, Width: 3})
	if n := dark(s, 0, 0, 50, 50); n != 0 {
		t.Errorf("%d pixels", n)
	}
	chart.Box{X: -10, Y: -10, W: 20, H: 20}.Fill(s, red) // half in
	if n := dark(s, 0, 0, 50, 50); n != 100 {
		t.Errorf("%d pixels of a box that lies half in", n)
	}
	if b := s.Image().Bounds(); b.Dx() != 50 || b.Dy() != 50 {
		t.Errorf("%v", b)
	}
}
