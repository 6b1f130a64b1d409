// Package raster draws charts into an image: the screen's Surface. It sets
// type in the documents' own fonts, so that a chart on the screen and on paper
// are alike.
package raster

import (
	"image"
	"image/color"
	"image/draw"
	"math"
	"sync"

	"github.com/srwiley/rasterx"
	"golang.org/x/image/font"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/fixed"

	"tracedesk/assets"
	"tracedesk/report/chart"
)

// Surface is an image that charts are drawn on; scale is pixels a point.
type Surface struct {
	img   *image.RGBA
	scale float64
}

var _ chart.Surface = (*Surface)(nil)

// New is an empty image of width and height pixels on the given ground.
func New(width, height int, scale float64, ground chart.Color) *Surface {
	img := image.NewRGBA(image.Rect(0, 0, width, height))
	draw.Draw(img, img.Bounds(), image.NewUniform(rgba(ground)), image.Point{}, draw.Src)
	return &Surface{img, scale}
}

// Image is what was drawn.
func (s *Surface) Image() image.Image { return s.img }

func rgba(c chart.Color) color.RGBA { return color.RGBA{c.R, c.G, c.B, 255} }

func (s *Surface) at(p chart.Point) fixed.Point26_6 {
	return rasterx.ToFixedP(p.X*s.scale, p.Y*s.scale)
}

func (s *Surface) fixed(points float64) fixed.Int26_6 { return fixed.Int26_6(points * s.scale * 64) }

// around is the part of the image that the points lie in, with so many pixels
// about them. A shape is painted there alone: painting looks at every pixel of
// its room, and a chart has hundreds of small shapes.
func (s *Surface) around(points []chart.Point, margin float64) image.Rectangle {
	left, top, right, bottom := math.Inf(1), math.Inf(1), math.Inf(-1), math.Inf(-1)
	for _, p := range points {
		left, right = min(left, p.X*s.scale), max(right, p.X*s.scale)
		top, bottom = min(top, p.Y*s.scale), max(bottom, p.Y*s.scale)
	}
	r := image.Rect(int(math.Floor(left-margin)), int(math.Floor(top-margin)), int(math.Ceil(right+margin)),
		int(math.Ceil(bottom+margin)))
	return r.Intersect(s.img.Bounds())
}

// from is a point as seen from the upper left corner of the room.
func (s *Surface) from(room image.Rectangle, p chart.Point) fixed.Point26_6 {
	return rasterx.ToFixedP(p.X*s.scale-float64(room.Min.X), p.Y*s.scale-float64(room.Min.Y))
}

// scanner paints into the room; it takes the whole of the image that it is given.
func (s *Surface) scanner(room image.Rectangle) *rasterx.ScannerGV {
	part := s.img.SubImage(room).(*image.RGBA)
	return rasterx.NewScannerGV(room.Dx(), room.Dy(), part, room)
}

// thinnest is the width in pixels below which a line would look grey.
const thinnest = 1

// Line draws an open line.
func (s *Surface) Line(points []chart.Point, st chart.Stroke) {
	if len(points) < 2 {
		return
	}
	dash := make([]float64, len(st.Dash))
	for i, d := range st.Dash {
		dash[i] = d * s.scale
	}
	width := max(s.fixed(st.Width), thinnest*64)
	room := s.around(points, float64(width)/64+1)
	if room.Empty() {
		return
	}
	lines := rasterx.NewDasher(room.Dx(), room.Dy(), s.scanner(room))
	lines.SetStroke(width, 4*64, rasterx.ButtCap, rasterx.ButtCap, rasterx.RoundGap, rasterx.Round, dash, 0)
	lines.SetColor(rgba(st.Color))
	lines.Start(s.from(room, points[0]))
	for _, p := range points[1:] {
		lines.Line(s.from(room, p))
	}
	lines.Stop(false)
	lines.Draw()
}

// Area fills a closed shape.
func (s *Surface) Area(points []chart.Point, fill chart.Color) {
	if len(points) < 3 {
		return
	}
	room := s.around(points, 1)
	if room.Empty() {
		return
	}
	shapes := rasterx.NewFiller(room.Dx(), room.Dy(), s.scanner(room))
	shapes.SetColor(rgba(fill))
	shapes.Start(s.from(room, points[0]))
	for _, p := range points[1:] {
		shapes.Line(s.from(room, p))
	}
	shapes.Stop(true)
	shapes.Draw()
}

// Text sets a line of text.
func (s *Surface) Text(at chart.Point, text string, t chart.Text) {
	d := s.drawer(t)
	d.Src = image.NewUniform(rgba(t.Color))
	d.Dot = s.at(at)
	switch t.Align {
	case chart.Center:
		d.Dot.X -= d.MeasureString(text) / 2
	case chart.Right:
		d.Dot.X -= d.MeasureString(text)
	}
	d.DrawString(text)
}

// TextWidth is the width of a line of text in points.
func (s *Surface) TextWidth(text string, t chart.Text) float64 {
	return float64(s.drawer(t).MeasureString(text)) / 64 / s.scale
}

func (s *Surface) drawer(t chart.Text) *font.Drawer {
	return &font.Drawer{Dst: s.img, Face: face(t.Bold, t.Size*s.scale)}
}

var fonts = sync.OnceValue(func() [2]*opentype.Font {
	var out [2]*opentype.Font
	for i, data := range [2][]byte{assets.SansRegular, assets.SansBold} {
		f, err := opentype.Parse(data)
		if err != nil {
			panic(err) // the fonts are built in and tested
		}
		out[i] = f
	}
	return out
})

type faceKey struct {
	bold   bool
	pixels float64
}

var (
	facesMu sync.Mutex
	faces   = map[faceKey]font.Face{}
)

// face gives the font at a size in pixels. Faces are kept: there are as many
// as there are sizes of type on the screen.
func face(bold bool, pixels float64) font.Face {
	key := faceKey{bold, pixels}
	facesMu.Lock()
	defer facesMu.Unlock()
	if f := faces[key]; f != nil {
		return f
	}
	which := fonts()[0]
	if bold {
		which = fonts()[1]
	}
	f, err := opentype.NewFace(which, &opentype.FaceOptions{Size: pixels, DPI: 72, Hinting: font.HintingNone})
	if err != nil {
		panic(err) // it refuses no options that are given here
	}
	faces[key] = f
	return f
}
