package report

import (
	"bytes"
	"fmt"
	"sort"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jung-kurt/gofpdf"

	"tracedesk/assets"
	"tracedesk/clinic"
	"tracedesk/report/chart"
)

// The grid: margins and sizes in points, one for all pages.
const (
	sideMargin   = 45
	topMargin    = 42
	bottomMargin = 58 // the footer stands in it

	titleSize   = 18
	headingSize = 12
	bodySize    = 10
	smallSize   = 8.8
	footerSize  = 8

	leading = 1.35
)

// notice stands in every footer.
const notice = "Retrospective analysis of CGM data for review by a licensed clinician. Not for real-time " +
	"monitoring, alarms or insulin-dose calculation; it does not recommend treatment. Not made, endorsed or " +
	"supported by Dexcom, Inc."

// sheet is a document in the making: gofpdf behind the few things that pages
// need. y is where the next thing goes.
type sheet struct {
	pdf     *gofpdf.Fpdf
	facts   *Facts
	palette chart.Palette
	title   string
	mark    string // printed on every page, as DRAFT, NOT SIGNED
	w, h    float64
	y       float64
	level   int    // of the bookmarks within a document
	pending string // bookmark of the next heading, wherever that comes to stand
	says    description

	dayHeight float64 // of one day's trace, labels and all

	bold bool // what gofpdf is set to, not to set it again
	size float64
	text chart.Color
}

const family = "noto"

func newSheet(f *Facts, title, subject string) *sheet {
	size := "Letter"
	if f.Settings.Paper == clinic.A4 {
		size = "A4"
	}
	pdf := gofpdf.New("P", "pt", size, "")
	pdf.SetAutoPageBreak(false, 0)
	pdf.SetMargins(0, 0, 0)
	pdf.SetCellMargin(0)
	pdf.AddUTF8FontFromBytes(family, "", assets.SansRegular)
	pdf.AddUTF8FontFromBytes(family, "B", assets.SansBold)
	pdf.SetCreationDate(f.MadeAt)
	pdf.SetModificationDate(f.MadeAt)
	pdf.SetCatalogSort(true)
	pdf.SetLineCapStyle("butt")
	pdf.SetLineJoinStyle("round")
	s := &sheet{pdf: pdf, facts: f, palette: chart.Print, title: title}
	s.says = description{
		Title: title, Subject: subject, Author: f.Settings.Practice, Program: "Tracedesk " + f.Version, Language: "en-US",
		At: f.MadeAt,
	}
	s.w, s.h = pdf.GetPageSize()
	return s
}

func (s *sheet) left() float64   { return sideMargin }
func (s *sheet) right() float64  { return s.w - sideMargin }
func (s *sheet) width() float64  { return s.w - 2*sideMargin }
func (s *sheet) bottom() float64 { return s.h - bottomMargin }

// style is how charts are drawn here.
func (s *sheet) style() chart.Style {
	return chart.Style{Palette: s.palette, Settings: s.facts.Settings, Small: smallSize}
}

// first begins the document with its title.
func (s *sheet) first(purpose string) {
	s.pdf.AddPage()
	s.y = topMargin + titleSize*0.8
	s.put(s.left(), s.y, s.title, titleSize, true, chart.Left)
	s.sender()
	s.y += bodySize * 1.5
	t := chart.Text{Size: bodySize, Color: s.palette.Muted}
	if room := s.width() - s.stamp(s.y); s.TextWidth(purpose, t) > room {
		t.Size *= room / s.TextWidth(purpose, t)
	}
	s.Text(chart.Point{X: s.left(), Y: s.y}, purpose, t)
	s.y += 8
	s.rule(1.2)
	s.y += 6
}

// sender is the practice at the upper right: logo, name and address.
func (s *sheet) sender() {
	set, right := s.facts.Settings, s.right()
	if width := s.logo(); width > 0 {
		right -= width + 8
	}
	room := right - s.left() - s.TextWidth(s.title, chart.Text{Size: titleSize, Bold: true}) - 16
	if set.Practice != "" {
		s.fit(right, s.y, set.Practice, bodySize, true, chart.Right, room)
	}
	if set.Address != "" {
		t := chart.Text{Size: smallSize, Color: s.palette.Muted, Align: chart.Right}
		if w := s.TextWidth(set.Address, t); w > room {
			t.Size *= room / w
		}
		s.Text(chart.Point{X: right, Y: s.y - bodySize*1.35}, set.Address, t)
	}
}

// bookmark names this place in the viewer's outline.
func (s *sheet) bookmark(text string, level int) {
	s.pdf.Bookmark(text, level, s.y)
	s.says.Bookmarks = append(s.says.Bookmarks, level)
}

// next begins another page, with whose it is at its head.
func (s *sheet) next() {
	s.pdf.AddPage()
	s.y = topMargin
	p := s.facts.Patient
	who := p.Name() + " · " + s.facts.Settings.Born(p)
	s.fit(s.left(), s.y, who, bodySize, true, chart.Left, s.width()*0.55)
	if s.marks() == "" {
		s.muted(s.right(), s.y, s.title, bodySize, chart.Right)
	}
	s.stamp(s.y)
	s.y += 6
	s.rule(0.8)
	s.y += 6
}

// marks are what every page is stamped with.
func (s *sheet) marks() string {
	switch {
	case !s.facts.Settings.Demo:
		return s.mark
	case s.mark == "":
		return demoMark
	}
	return demoMark + ", " + s.mark
}

// demoMark stands on every page from a store of made-up data.
const demoMark = "DEMONSTRATION"

// stamp prints the mark of an unfinished document, or of a demonstration, at the
// right, and says what room it takes.
func (s *sheet) stamp(baseline float64) (width float64) {
	mark := s.marks()
	if mark == "" {
		return 0
	}
	t := chart.Text{Size: headingSize, Bold: true, Color: s.palette.Alert, Align: chart.Right}
	w := s.TextWidth(mark, t)
	chart.Box{X: s.right() - w - 10, Y: baseline - headingSize*0.95, W: w + 10, H: headingSize * 1.3}.Outline(s,
		chart.Stroke{Color: s.palette.Alert, Width: 1})
	t.Align = chart.Right
	s.Text(chart.Point{X: s.right() - 5, Y: baseline}, mark, t)
	return w + 16
}

// need makes sure that so much height is left on the page.
func (s *sheet) need(height float64) {
	if s.y+height > s.bottom() {
		s.next()
	}
}

func (s *sheet) rule(width float64) {
	s.Line([]chart.Point{{X: s.left(), Y: s.y}, {X: s.right(), Y: s.y}}, chart.Stroke{Color: s.palette.Ink, Width: width})
}

// put sets text in ink; muted in grey; fit makes it smaller where it is too wide.
func (s *sheet) put(x, baseline float64, text string, size float64, bold bool, align chart.Align) {
	s.Text(chart.Point{X: x, Y: baseline}, text, chart.Text{Size: size, Bold: bold, Color: s.palette.Ink, Align: align})
}

func (s *sheet) muted(x, baseline float64, text string, size float64, align chart.Align) {
	s.Text(chart.Point{X: x, Y: baseline}, text, chart.Text{Size: size, Color: s.palette.Muted, Align: align})
}

func (s *sheet) fit(x, baseline float64, text string, size float64, bold bool, align chart.Align, width float64) {
	t := chart.Text{Size: size, Bold: bold, Color: s.palette.Ink, Align: align}
	if w := s.TextWidth(text, t); w > width {
		t.Size *= width / w
	}
	s.Text(chart.Point{X: x, Y: baseline}, text, t)
}

func (s *sheet) heading(text string) {
	s.need(headingSize * 3.4)
	if p := s.pending; p != "" {
		s.pending = ""
		s.bookmark(p, s.level)
	}
	s.y += headingSize * 1.6
	s.put(s.left(), s.y, text, headingSize, true, chart.Left)
	s.y += headingSize * 0.6
}

// paragraph sets text over the width from x on, breaking between words.
func (s *sheet) paragraph(x, width float64, text string, t chart.Text) {
	for _, line := range s.wrap(text, width, t) {
		s.need(t.Size * leading)
		s.y += t.Size * leading
		s.Text(chart.Point{X: x, Y: s.y}, line, t)
	}
}

func (s *sheet) body() chart.Text { return chart.Text{Size: bodySize, Color: s.palette.Ink} }

// wrap breaks text into lines of at most the width; a word that is too long
// for a line is broken inside.
func (s *sheet) wrap(text string, width float64, t chart.Text) []string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(text) {
		if len(word) <= longestWord {
			if next := strings.TrimPrefix(line+" "+word, " "); s.TextWidth(next, t) <= width {
				line = next
				continue
			}
		}
		if line != "" {
			lines = append(lines, line)
		}
		line = word
		for n := s.fitting(line, width, t); n < len(line); n = s.fitting(line, width, t) {
			lines = append(lines, line[:n])
			line = line[n:]
		}
	}
	if line != "" {
		lines = append(lines, line)
	}
	return lines
}

// longestWord is from how many bytes on a word is too long for any line.
const longestWord = 1000

// fitting is how many bytes of a word fit into the width, one character at
// least. It looks at no more of the word than about what fits, so that a word of
// any length is laid out in a time in proportion to it.
func (s *sheet) fitting(word string, width float64, t chart.Text) int {
	ends := make([]int, 1, 64) // where the characters end that were looked at
	for more := 16; ; more *= 2 {
		for range more {
			at := ends[len(ends)-1]
			if at == len(word) {
				break
			}
			_, size := utf8.DecodeRuneInString(word[at:])
			ends = append(ends, at+size)
		}
		if last := ends[len(ends)-1]; s.TextWidth(word[:last], t) > width {
			break
		} else if last == len(word) {
			return last
		}
	}
	n := sort.Search(len(ends)-1, func(i int) bool { return s.TextWidth(word[:ends[i+1]], t) > width })
	return ends[max(n, 1)]
}

// fact is a label and its value.
type fact struct{ label, value string }

// factsIn sets facts in columns, row by row, each value wrapped under its
// label; it leaves y below the last row.
func (s *sheet) factsIn(columns int, facts []fact) {
	const gap = 14
	width := (s.width() - gap*float64(columns-1)) / float64(columns)
	for len(facts) > 0 {
		row := facts[:min(columns, len(facts))]
		facts = facts[len(row):]
		top, deepest := s.y, s.y
		for i, f := range row {
			x := s.left() + float64(i)*(width+gap)
			y := top + smallSize*leading
			s.muted(x, y, f.label, smallSize, chart.Left)
			for _, line := range s.wrap(f.value, width, s.body()) {
				y += bodySize * 1.25
				s.put(x, y, line, bodySize, false, chart.Left)
			}
			deepest = max(deepest, y)
		}
		s.y = deepest + 5
	}
}

// finish writes the footers, now that the number of pages is known, and gives
// the document.
func (s *sheet) finish() (*Document, error) {
	pages := s.pdf.PageCount()
	for page := 1; page <= pages; page++ {
		s.pdf.SetPage(page)
		s.bold, s.size = false, 0 // another page, another state
		// gofpdf draws text of the colour that it last filled with without naming it,
		// which on this page was another.
		s.pdf.SetFillColor(255, 255, 255)
		s.footer(page, pages)
	}
	var out bytes.Buffer
	if err := s.pdf.Output(&out); err != nil {
		return nil, fmt.Errorf("writing the PDF: %w", err)
	}
	file, err := archived(out.Bytes(), s.says)
	if err != nil {
		return nil, fmt.Errorf("writing the PDF: %w", err)
	}
	f := s.facts
	text := f.Patient.FirstName + f.Patient.LastName + f.Patient.Identifier + f.Settings.Practice + f.SourceName
	return &Document{PDF: file, Pages: pages, SHA256: clinic.HashOf(file), Undrawable: Undrawable(text)}, nil
}

func (s *sheet) footer(page, pages int) {
	y := s.h - bottomMargin + 14
	s.Line([]chart.Point{{X: s.left(), Y: y}, {X: s.right(), Y: y}}, chart.Stroke{Color: s.palette.Muted, Width: 0.5})
	f := s.facts
	if f.Provenance != nil && page == 1 {
		s.fit(s.left(), y-4, f.Provenance.sentence(), footerSize-1, false, chart.Left, s.width())
	}
	y += footerSize * 1.4
	number := fmt.Sprintf("page %d of %d", page, pages)
	t := chart.Text{Size: footerSize, Color: s.palette.Ink}
	room := s.width() - s.TextWidth(number, t) - 12
	who := fmt.Sprintf("made %s · Tracedesk %s", madeAt(f.MadeAt), f.Version)
	if f.Recording != nil {
		who = s.footing()
	}
	s.fit(s.left(), y, who, footerSize, false, chart.Left, room)
	s.put(s.right(), y, number, footerSize, false, chart.Right)
	if f.Recording == nil {
		return
	}
	small := chart.Text{Size: footerSize - 0.5, Color: s.palette.Muted}
	for _, line := range s.wrap(notice, s.width(), small) {
		y += small.Size * 1.25
		s.Text(chart.Point{X: s.left(), Y: y}, line, small)
	}
}

// footing says whose document it is and what it was made from.
func (s *sheet) footing() string {
	f := s.facts
	return fmt.Sprintf("%s · record number %s · recording %s · made %s · Tracedesk %s",
		f.Patient.Name(), orNotGiven(f.Patient.Identifier), f.Check.RecordingHash[:8], madeAt(f.MadeAt), f.Version)
}

func madeAt(t time.Time) string { return t.Format("2006-01-02 15:04 -0700") }

func orNotGiven(s string) string {
	if strings.TrimSpace(s) == "" {
		return "not given"
	}
	return s
}
