package export

import (
	"regexp"
	"slices"
	"strings"

	"tracedesk/cgm"
)

// Columns say which columns of a header in no known language hold what, by
// their titles as written. Time, glucose and unit are needed; the others tell
// readings from calibrations, and one transmitter or device from another. What
// is not named is looked for in the rows. A person chose them once.
type Columns struct {
	Time            string   `json:"time"`
	Glucose         string   `json:"glucose"`
	Unit            cgm.Unit `json:"unit"`
	EventType       string   `json:"event_type,omitempty"`
	Device          string   `json:"device,omitempty"`
	Transmitter     string   `json:"transmitter,omitempty"`
	TransmitterTime string   `json:"transmitter_time,omitempty"`
}

// named are the columns that a person may name, without time and glucose.
func (k *Columns) optional() map[int]string {
	return map[int]string{
		colEventType: k.EventType, colDeviceID: k.Device,
		colTransmitterID: k.Transmitter, colTransmitterTime: k.TransmitterTime,
	}
}

// UnknownHeader is a table that no format knows, for a person to say what is
// what: its titles, its first rows, and what the columns seem to be.
type UnknownHeader struct {
	Header []string
	Rows   [][]string
	Guess  Columns // empty where nothing seems to be it
}

// name takes the columns that a person named for this header, and says whether
// there are any.
func (t *table) name(header []string, known []Columns) (bool, error) {
	for i := range known {
		k := &known[i]
		time, glucose := columnTitled(header, k.Time), columnTitled(header, k.Glucose)
		if time < 0 || glucose < 0 || time == glucose {
			continue
		}
		if _, bracket := words().title(header[glucose]); unitOf(bracket) != "" && unitOf(bracket) != k.Unit {
			return false, ErrTwoUnits
		}
		t.set(colTimestamp, time)
		t.set(colGlucose, glucose)
		for col, title := range k.optional() {
			if at := columnTitled(header, title); title != "" && at >= 0 {
				t.set(col, at)
			}
		}
		t.fillKnownOrder(header)
		t.unit, t.collector.unit = k.Unit, k.Unit
		t.called = "columns “" + k.Time + "” and “" + k.Glucose + "”"
		return true, nil
	}
	return false, nil
}

// set gives a column of the file its meaning, and takes any other from it.
func (t *table) set(col, column int) {
	for i := range t.at {
		if t.at[i] == column {
			t.at[i] = -1
		}
	}
	t.at[col] = column
}

func columnTitled(header []string, title string) int {
	return slices.IndexFunc(header, func(h string) bool { return titleOf(h) == strings.TrimSpace(title) })
}

// titleOf is a column's title as a person sees it.
func titleOf(field string) string { return trim(decodeText(field)) }

// looksFor are the columns that are worth looking for in the rows.
var looksFor = []int{colEventType, colDeviceID, colTransmitterID, colTransmitterTime}

// lacks says whether a named table may hold more than was named.
func (t *table) lacks() bool {
	return t.called != "" && slices.ContainsFunc(looksFor, func(col int) bool { return t.at[col] < 0 })
}

// lookAt looks for what was not named in the file's first rows, by what the
// columns hold.
func (t *table) lookAt(rows [][]string) {
	s := &sample{rows: rows, time: t.at[colTimestamp], glucose: t.at[colGlucose]}
	for column := range t.titles {
		if t.taken(column) {
			continue
		}
		for _, col := range looksFor {
			if t.at[col] < 0 && s.holds(col, column) {
				t.at[col] = column
				break
			}
		}
	}
}

// sample is the first rows of a table, to tell columns by what they hold.
type sample struct {
	rows          [][]string
	time, glucose int
}

// cell is a row's field, or empty.
func cell(row []string, column int) string {
	if column < 0 || column >= len(row) {
		return ""
	}
	return row[column]
}

var (
	transmitterIDs = regexp.MustCompile(`^(8[0-9A-Z]{5}|\d{12}|\d[.,]\d+E\+?11)$`)
	displayDevices = regexp.MustCompile(`(?i)^(iphone|ios|ipad|android|apple|receiver|dexcom|[a-z]{2}\d{6,})`)
)

// holds says whether most rows with a glucose value have in this column what
// the meaning asks for.
func (s *sample) holds(col, column int) bool {
	var values []string
	for _, row := range s.rows {
		if strings.TrimSpace(cell(row, s.glucose)) != "" && cell(row, s.time) != "" {
			values = append(values, trim(cell(row, column)))
		}
	}
	if len(values) == 0 {
		return false
	}
	switch {
	case col == colTransmitterTime:
		return s.runsWithTime(column)
	case col == colEventType && s.tellsRowsApart(column):
		return true
	}
	fits := map[int]func(string) bool{
		colEventType:     func(v string) bool { return words().rows[fold(v)] != unknownRow },
		colDeviceID:      displayDevices.MatchString,
		colTransmitterID: func(v string) bool { return transmitterIDs.MatchString(strings.ToUpper(v)) },
	}[col]
	return 10*count(values, fits) >= 8*len(values)
}

// mostTypes is how many event types a column of them may have.
const mostTypes = 24

// tellsRowsApart says whether a column has one word for nearly all rows with a
// glucose value and others for those without, as event types do in any language.
func (s *sample) tellsRowsApart(column int) bool {
	with, without := map[string]int{}, map[string]int{}
	rows, others := 0, 0
	for _, row := range s.rows {
		word := fold(cell(row, column))
		if strings.TrimSpace(cell(row, s.glucose)) != "" && cell(row, s.time) != "" {
			with[word]++
			rows++
		} else {
			without[word]++
			others++
		}
	}
	most := ""
	for word, n := range with {
		if n > with[most] {
			most = word
		}
	}
	few := len(with)+len(without) <= mostTypes && most != "" && !strings.ContainsAny(most, "0123456789")
	return few && others > 0 && 10*with[most] >= 8*rows && without[most] == 0 && without[""] < others
}

func count(values []string, fits func(string) bool) (n int) {
	for _, v := range values {
		if fits(v) {
			n++
		}
	}
	return n
}

// runsWithTime says whether a column counts seconds beside the wall clock, as
// the transmitter's time does and no running number.
func (s *sample) runsWithTime(column int) bool {
	stamps := stampReader{}
	var lastAt cgm.WallTime
	var lastSeconds int64
	pairs, fit, known := 0, 0, false
	for _, row := range s.rows {
		at, _, ok := stamps.read(cell(row, s.time))
		seconds, state := parseSeconds(cell(row, column))
		if !ok || state == clockBad || state == clockMissing {
			continue
		}
		if apart := int64(at - lastAt); known && apart > 0 && apart <= 3600 {
			pairs++
			if d := seconds - lastSeconds - apart; d < clockToleranceSeconds && d > -clockToleranceSeconds {
				fit++
			}
		}
		lastAt, lastSeconds, known = at, seconds, true
	}
	return pairs > 0 && 10*fit >= 8*pairs
}

// Rows of an unknown table that are shown and looked at, and the least columns
// that make one.
const (
	shownRows    = 5
	lookedAtRows = 400
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
	rows, _ := p.firstRows()
	if len(rows) == 0 {
		return nil
	}
	var fields [][]string
	for _, r := range rows {
		fields = append(fields, r.fields)
	}
	out.Guess = guess(out.Header, fields)
	for _, r := range shown(fields, columnTitled(out.Header, out.Guess.Glucose)) {
		var cells []string
		for _, f := range r {
			cells = append(cells, excerpt(f))
		}
		out.Rows = append(out.Rows, cells)
	}
	return out
}

// shown are the first rows, and at least one with a glucose value where there is any.
func shown(rows [][]string, glucose int) [][]string {
	out := slices.Clone(rows[:min(shownRows, len(rows))])
	has := func(r []string) bool { return glucose >= 0 && strings.TrimSpace(cell(r, glucose)) != "" }
	if at := slices.IndexFunc(rows, has); at >= len(out) {
		out[len(out)-1] = rows[at]
	}
	return out
}

// guess says what the columns of a table seem to be, for a person to check.
func guess(header []string, rows [][]string) (out Columns) {
	t := newTable(header)
	var stamps stampReader
	timed := func(v string) bool { _, _, ok := stamps.read(v); return ok }
	for i, title := range header {
		word, _ := headerWord(title)
		col, bracket := words().title(title)
		values := filled(rows, i)
		switch {
		case col >= 0 && t.at[col] < 0:
			t.at[col] = i
		case t.at[colTimestamp] < 0 && len(values) > 0 && count(values, timed) == len(values):
			t.at[colTimestamp] = i
		case t.at[colGlucose] < 0 && (unitOf(bracket) != "" || glucoseTitles.MatchString(word) && len(values) > 0):
			t.at[colGlucose] = i
		}
		if t.at[colGlucose] == i {
			out.Unit = unitOf(bracket)
		}
	}
	t.fillKnownOrder(header)
	t.lookAt(rows)
	if out.Unit == "" && t.at[colGlucose] >= 0 {
		out.Unit = unitByValues(filled(rows, t.at[colGlucose]))
	}
	for col, title := range map[int]*string{
		colTimestamp: &out.Time, colGlucose: &out.Glucose, colEventType: &out.EventType,
		colDeviceID: &out.Device, colTransmitterID: &out.Transmitter, colTransmitterTime: &out.TransmitterTime,
	} {
		*title = t.titled(col)
	}
	return out
}

// glucoseTitles are folded titles that speak of glucose in most languages.
var glucoseTitles = regexp.MustCompile(`gluc|gluk|glyk|glyc|glic|glük|sgv|^bg$|^gl$|zucker`)

// unitByValues is the unit that most values can only be in, or empty.
func unitByValues(values []string) cgm.Unit {
	inMmolL := func(text string) bool { v, ok := parseNumber(text); return ok && v >= 1 && v <= 33 }
	inMgDL := func(text string) bool { v, ok := parseNumber(text); return ok && v >= 39 && v <= mostMgDL }
	switch n := len(values); {
	case n == 0:
		return ""
	case 10*count(values, inMmolL) >= 8*n:
		return cgm.MmolL
	case 10*count(values, inMgDL) >= 8*n:
		return cgm.MgDL
	}
	return ""
}

// filled are the values of a column, without the empty ones.
func filled(rows [][]string, column int) (out []string) {
	for _, row := range rows {
		if v := trim(cell(row, column)); v != "" {
			out = append(out, v)
		}
	}
	return out
}
