package report

import (
	"tracedesk/cgm"
	"tracedesk/report/chart"
)

// The columns of the readings. Everything in them takes whole rows, so that
// lines run level across the page.
const (
	readingColumns = 9
	readingRow     = 10.6
)

// readings prints every reading with date, time and value, in columns that are
// read downwards; a bold time begins an hour.
func (s *sheet) readings() {
	c := columnWriter{s: s}
	c.page()
	s.bookmark("The recording", s.level)
	var date cgm.Date = -1 << 62
	hour := -1
	for i := range s.facts.Recording.Readings {
		g := &s.facts.Recording.Readings[i]
		if d := g.Display.Date(); d != date {
			date, hour = d, -1
			c.date(d)
		}
		c.reading(g, g.Display.Hour() != hour)
		hour = g.Display.Hour()
	}
	s.y = c.bottom
}

// columnWriter is where the next reading goes.
type columnWriter struct {
	s           *sheet
	top, bottom float64
	y           float64
	column      int
}

func (c *columnWriter) width() float64 { return c.s.width() / readingColumns }
func (c *columnWriter) x() float64     { return c.s.left() + float64(c.column)*c.width() }

// page begins a page of readings.
func (c *columnWriter) page() {
	s := c.s
	s.next()
	s.heading("The recording: every reading")
	s.paragraph(s.left(), s.width(), "Wall-clock time and "+string(s.facts.Settings.Unit)+
		", in the order of the device's clock, column by column.", chart.Text{Size: smallSize, Color: s.palette.Muted})
	c.top, c.y, c.column = s.y+5, s.y+5, 0
	rows := int((s.bottom() - c.top) / readingRow)
	c.bottom = c.top + float64(rows)*readingRow
	for n := 1; n < readingColumns; n++ {
		x := s.left() + float64(n)*c.width() - 5
		s.Line([]chart.Point{{X: x, Y: c.top + 2}, {X: x, Y: c.bottom + 2}}, chart.Stroke{Color: s.palette.Grid, Width: 0.5})
	}
}

// room moves on to the next column, or page, where so many rows are not left.
func (c *columnWriter) room(rows float64) {
	if c.y+rows*readingRow <= c.bottom+0.01 {
		return
	}
	c.column++
	c.y = c.top
	if c.column == readingColumns {
		c.page()
	}
}

func (c *columnWriter) date(d cgm.Date) {
	c.room(4)
	if c.y > c.top {
		c.y += readingRow
	}
	c.y += readingRow
	c.s.fit(c.x(), c.y, c.s.facts.Settings.ShortDate(d), smallSize, true, chart.Left, c.width()-8)
}

func (c *columnWriter) reading(g *cgm.Reading, newHour bool) {
	c.room(1)
	c.y += readingRow
	c.s.put(c.x(), c.y, g.Display.Clock(), smallSize, newHour, chart.Left)
	t := chart.Text{Size: smallSize, Color: c.s.palette.Ink, Align: chart.Right}
	if g.Flag != cgm.InRange {
		t.Bold, t.Color = true, c.s.palette.Alert
	}
	c.s.Text(chart.Point{X: c.x() + c.width() - 10, Y: c.y}, c.s.facts.Settings.Reading(g), t)
}
