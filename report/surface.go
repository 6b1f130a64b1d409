package report

import (
	"github.com/jung-kurt/gofpdf"

	"tracedesk/report/chart"
)

// A sheet is a chart.Surface: charts are vectors and real text in the PDF.
var _ chart.Surface = (*sheet)(nil)

// Line draws an open line.
func (s *sheet) Line(points []chart.Point, st chart.Stroke) {
	if len(points) < 2 {
		return
	}
	s.pdf.SetDrawColor(int(st.Color.R), int(st.Color.G), int(st.Color.B))
	s.pdf.SetLineWidth(st.Width)
	s.pdf.SetDashPattern(st.Dash, 0)
	s.pdf.MoveTo(points[0].X, points[0].Y)
	for _, p := range points[1:] {
		s.pdf.LineTo(p.X, p.Y)
	}
	s.pdf.DrawPath("D")
}

// Area fills a closed shape.
func (s *sheet) Area(points []chart.Point, fill chart.Color) {
	if len(points) < 3 {
		return
	}
	s.pdf.SetFillColor(int(fill.R), int(fill.G), int(fill.B))
	shape := make([]gofpdf.PointType, len(points))
	for i, p := range points {
		shape[i] = gofpdf.PointType{X: p.X, Y: p.Y}
	}
	s.pdf.Polygon(shape, "F")
}

// Text sets a line of text; what the font cannot draw is spelled out.
func (s *sheet) Text(at chart.Point, text string, t chart.Text) {
	if text == "" {
		return
	}
	text = spelled(text)
	s.font(t)
	switch t.Align {
	case chart.Center:
		at.X -= s.pdf.GetStringWidth(text) / 2
	case chart.Right:
		at.X -= s.pdf.GetStringWidth(text)
	}
	if t.Color != s.text {
		s.pdf.SetTextColor(int(t.Color.R), int(t.Color.G), int(t.Color.B))
		s.text = t.Color
	}
	s.pdf.Text(at.X, at.Y, text)
}

// TextWidth is the width of a line of text.
func (s *sheet) TextWidth(text string, t chart.Text) float64 {
	s.font(t)
	return s.pdf.GetStringWidth(spelled(text))
}

func (s *sheet) font(t chart.Text) {
	if s.size == t.Size && s.bold == t.Bold {
		return
	}
	style := ""
	if t.Bold {
		style = "B"
	}
	s.pdf.SetFont(family, style, t.Size)
	s.size, s.bold = t.Size, t.Bold
}
