package chart

// Point is a place on a Surface, in points from its upper left corner.
type Point struct{ X, Y float64 }

// Color is an opaque sRGB colour.
type Color struct{ R, G, B uint8 }

// Stroke is how a line is drawn; a Dash of lengths on and off, nil for solid.
type Stroke struct {
	Color Color
	Width float64
	Dash  []float64
}

// Align is where a text stands to its point.
type Align uint8

// The three alignments.
const (
	Left Align = iota
	Center
	Right
)

// Text is how a text is set; Size is the font's, in points.
type Text struct {
	Size  float64
	Bold  bool
	Color Color
	Align Align
}

// Surface is what charts are drawn on.
type Surface interface {
	// Line draws an open line through the points.
	Line(points []Point, s Stroke)
	// Area fills the closed shape through the points.
	Area(points []Point, fill Color)
	// Text sets a line of text with its baseline at the point.
	Text(at Point, text string, t Text)
	// TextWidth is the width that Text would take.
	TextWidth(text string, t Text) float64
}

// Box is a rectangle.
type Box struct{ X, Y, W, H float64 }

// Right and Bottom are the far edges.
func (b Box) Right() float64 { return b.X + b.W }

// Bottom is the lower edge.
func (b Box) Bottom() float64 { return b.Y + b.H }

func (b Box) corners() []Point {
	return []Point{{b.X, b.Y}, {b.Right(), b.Y}, {b.Right(), b.Bottom()}, {b.X, b.Bottom()}}
}

// Fill fills the box.
func (b Box) Fill(on Surface, c Color) { on.Area(b.corners(), c) }

// Outline draws the box's edges.
func (b Box) Outline(on Surface, s Stroke) {
	c := b.corners()
	on.Line(append(c, c[0]), s)
}

// Palette is the colours of a medium.
type Palette struct {
	Paper, Ink, Muted, Grid Color
	Target                  Color    // behind the target range
	Trace                   Color    // the line of readings
	Outer, Inner            Color    // the profile's 5–95 and 25–75 bands
	Bands                   [5]Color // very low, low, in range, high, very high
	OnBands                 [5]Color // lines and text upon them
	Alert                   Color    // low
}

// Print is the palette of paper: it also reads in grey, where the bands are
// told apart by pattern and label.
var Print = Palette{
	Paper: Color{255, 255, 255}, Ink: Color{20, 24, 30}, Muted: Color{84, 92, 102}, Grid: Color{205, 210, 216},
	Target: Color{232, 243, 234}, Trace: Color{22, 60, 110},
	Outer: Color{207, 220, 238}, Inner: Color{140, 172, 215},
	Bands:   [5]Color{{122, 16, 22}, {205, 70, 62}, {120, 184, 128}, {242, 210, 92}, {226, 128, 48}},
	OnBands: [5]Color{{255, 255, 255}, {255, 255, 255}, {20, 24, 30}, {120, 96, 10}, {110, 52, 4}},
	Alert:   Color{170, 20, 26},
}

// Dark is the palette of a dark screen.
var Dark = Palette{
	Paper: Color{24, 27, 32}, Ink: Color{236, 239, 243}, Muted: Color{164, 172, 182}, Grid: Color{66, 72, 80},
	Target: Color{30, 52, 40}, Trace: Color{132, 182, 255},
	Outer: Color{44, 62, 90}, Inner: Color{62, 98, 152},
	Bands:   [5]Color{{176, 42, 48}, {226, 100, 92}, {96, 168, 108}, {226, 192, 74}, {230, 138, 60}},
	OnBands: [5]Color{{255, 255, 255}, {255, 255, 255}, {12, 16, 20}, {90, 70, 4}, {90, 40, 2}},
	Alert:   Color{255, 128, 120},
}
