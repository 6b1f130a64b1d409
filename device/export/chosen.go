package export

import (
	"fmt"
	"slices"
	"strings"

	"tracedesk/cgm"
)

// Columns say which columns of a header in no known language hold the time and
// the glucose, by their titles as written, and in which unit. A person chose
// them once.
type Columns struct {
	Time    string   `json:"time"`
	Glucose string   `json:"glucose"`
	Unit    cgm.Unit `json:"unit"`
}

// UnknownHeader is a table that no format knows, for a person to say what is
// what: its titles and its first rows.
type UnknownHeader struct {
	Header []string
	Rows   [][]string
}

// chosen reads the two columns that a person chose. A row without a value in
// the glucose column is another kind of row and is passed over.
type chosen struct {
	collector
	stamps        stampReader
	columns       Columns
	time, glucose int
}

// recogniseChosen looks for columns that were chosen before.
func recogniseChosen(header []string, known []Columns) rowReader {
	for _, k := range known {
		c := &chosen{columns: k, time: columnTitled(header, k.Time), glucose: columnTitled(header, k.Glucose)}
		if c.time >= 0 && c.glucose >= 0 && c.time != c.glucose {
			c.collector.unit = k.Unit
			return c
		}
	}
	return nil
}

func columnTitled(header []string, title string) int {
	return slices.IndexFunc(header, func(h string) bool { return titleOf(h) == title })
}

// titleOf is a column's title as a person sees it.
func titleOf(field string) string { return strings.TrimSpace(decodeText(field)) }

func (c *chosen) name() string {
	return "columns “" + c.columns.Time + "” and “" + c.columns.Glucose + "”"
}
func (c *chosen) collected() *collector { return &c.collector }

func (c *chosen) row(line, lines int, fields []string) {
	if len(fields) <= max(c.time, c.glucose) || strings.TrimSpace(fields[c.glucose]) == "" {
		return
	}
	c.startRow(line)
	if lines != 1 {
		c.badRow(line, "a quotation mark is opened and not closed")
		return
	}
	c.glucoseFields(len(fields))
	at, either, ok := c.stamps.read(fields[c.time])
	if !ok {
		c.badRow(line, fmt.Sprintf("“%s” is no timestamp", excerpt(fields[c.time])))
		return
	}
	mgDL, flag, message := glucoseIn(c.columns.Unit, fields[c.glucose])
	if message != "" {
		c.badRow(line, message)
		return
	}
	g := cgm.Reading{Display: at, TransmitterSeconds: cgm.NoTransmitterTime, MgDL: mgDL, Flag: flag}
	c.addGlucose(&c.rows, &g, "", 0, either)
}

// Rows of an unknown table that are shown, and the least columns that make one.
const (
	shownRows    = 5
	leastColumns = 2
)

// unknownHeader is what a person is shown of a table that no format knows; nil
// for what is no table.
func (p *parser) unknownHeader(header []string) *UnknownHeader {
	if len(header) < leastColumns {
		return nil
	}
	out := &UnknownHeader{}
	for _, h := range header {
		out.Header = append(out.Header, titleOf(h))
	}
	for range shownRows {
		fields, err := p.rows.read()
		if err != nil {
			break
		}
		var row []string
		for _, f := range fields {
			row = append(row, excerpt(f))
		}
		out.Rows = append(out.Rows, row)
	}
	if len(out.Rows) == 0 {
		return nil
	}
	return out
}
