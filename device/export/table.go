package export

import (
	"fmt"
	"regexp"
	"strings"

	"tracedesk/cgm"
)

// table reads the rows of a Dexcom Clarity export, or of another table whose
// columns a person named. Its columns lie in any order, and most may be missing.
type table struct {
	collector
	at     [clarityColumns]int // column numbers, -1 where missing
	titles []string
	called string // by the columns' names; empty for Clarity's own header
	unit   cgm.Unit
	stamps stampReader

	kinds    map[string]rowKind // of event types as written
	lastType string
	lastKind rowKind

	lastDevice, lastID string // as written
	device             uint8
	transmitter        uint16
}

func newTable(header []string) *table {
	t := &table{kinds: map[string]rowKind{}}
	for i := range t.at {
		t.at[i] = -1
	}
	for _, title := range header {
		t.titles = append(t.titles, titleOf(title))
	}
	return t
}

// recogniseClarity knows Clarity's header by its words in any language of the
// table. Columns that a person named for this header come before the words.
func recogniseClarity(header []string, known []Columns) (rowReader, error) {
	t := newTable(header)
	unit := ""
	for i, title := range header {
		if col, bracket := words().title(title); col >= 0 && t.at[col] < 0 {
			t.at[col] = i
			if col == colGlucose {
				unit = bracket
			}
		}
	}
	named, err := t.name(header, known)
	if named || err != nil {
		return t, err
	}
	if bracket := t.fillByBrackets(header); bracket != "" {
		unit = bracket
	}
	if t.at[colTimestamp] < 0 || (t.at[colEventType] < 0 && t.at[colGlucose] < 0) {
		return nil, nil
	}
	t.fillKnownOrder(header)
	if t.at[colGlucose] < 0 {
		return nil, ErrNoGlucose
	}
	if t.unit = unitOf(unit); t.unit == "" {
		return nil, ErrUnit
	}
	if t.at[colEventType] < 0 {
		return nil, ErrNotRecognised
	}
	t.collector.unit = t.unit
	return t, nil
}

// pattern is the bracket after Clarity's title of times, in any language.
var pattern = regexp.MustCompile(`(?i)^\p{L}{4}-\p{L}{2}-\p{L}{2}\s?T?\s?\p{L}{2}:\p{L}{2}:\p{L}{2}$`)

// fillByBrackets finds times and glucose of a Clarity header whose words are in
// no language of the table: by the pattern of dates, the unit, and the unit a
// minute, each in its place. It gives the unit where it found the glucose.
func (t *table) fillByBrackets(header []string) (unit string) {
	if len(header) < clarityColumns-1 || len(header) > clarityColumns {
		return ""
	}
	_, dates := headerWord(header[colTimestamp])
	_, value := headerWord(header[colGlucose])
	_, rate := headerWord(header[colRate])
	perMinute := unitOf(strings.TrimSuffix(strings.ToLower(rate), "/min"))
	if !pattern.MatchString(dates) || perMinute == "" || perMinute != unitOf(value) {
		return ""
	}
	if t.at[colTimestamp] < 0 && !t.taken(colTimestamp) {
		t.at[colTimestamp] = colTimestamp
	}
	if t.at[colGlucose] < 0 && !t.taken(colGlucose) {
		t.at[colGlucose] = colGlucose
		return value
	}
	return ""
}

// unitOf is the unit that a title's bracket or a person writes; empty for another.
func unitOf(text string) cgm.Unit {
	switch strings.ToLower(strings.ReplaceAll(text, " ", "")) {
	case "mg/dl":
		return cgm.MgDL
	case "mmol/l":
		return cgm.MmolL
	}
	return ""
}

// fillKnownOrder gives columns whose words are in a language not listed their
// place in Clarity's fixed order, where timestamp and glucose stand in theirs
// and nothing else claims it.
func (t *table) fillKnownOrder(header []string) {
	inPlace := t.at[colTimestamp] == colTimestamp && t.at[colGlucose] == colGlucose
	if !inPlace || len(header) < colRate+1 || len(header) > clarityColumns {
		return
	}
	for col := range t.at {
		if t.at[col] < 0 && !t.taken(col) && col < len(header) {
			t.at[col] = col
		}
	}
}

// taken says whether a column of the file has a meaning already.
func (t *table) taken(column int) bool {
	for _, at := range t.at {
		if at == column {
			return true
		}
	}
	return false
}

func (t *table) format() string {
	if t.called != "" {
		return t.called
	}
	return "Dexcom Clarity CSV"
}

func (t *table) collected() *collector { return &t.collector }

func (t *table) dates() *stampReader { return &t.stamps }

func (t *table) field(fields []string, col int) string {
	if at := t.at[col]; at >= 0 && at < len(fields) {
		return fields[at]
	}
	return ""
}

// titled is the title of a column as a person sees it.
func (t *table) titled(col int) string {
	if at := t.at[col]; at >= 0 {
		return t.titles[at]
	}
	return ""
}

func (t *table) row(line, lines int, fields []string) {
	t.startRow(line)
	kind := t.kindOf(fields)
	if t.swallowed(line, lines, kind) {
		return
	}
	t.countIndex(t.field(fields, colIndex))
	when := t.field(fields, colTimestamp)
	switch {
	case when == "" && kind != glucoseRow:
		t.preamble(line, kind, fields)
	case kind == glucoseRow || kind == calibrationRow:
		t.glucose(line, kind, fields, when)
	case kind == unknownRow:
		t.unknown(line, fields, when)
	case kind == ignoredRow || kind >= deviceRow:
		t.other++
	default:
		t.logged(line, kind, fields, when)
	}
}

// swallowed notes a row that runs over several lines: a quotation mark that
// was opened and not closed takes the rows after it into itself.
func (t *table) swallowed(line, lines int, kind rowKind) bool {
	if lines == 1 || kind == noteRow {
		return false
	}
	t.swallow(line, lines)
	return true
}

// kindOf is what a row is about. Without event types every row with a glucose
// value is a reading.
func (t *table) kindOf(fields []string) rowKind {
	if t.at[colEventType] < 0 {
		if strings.TrimSpace(t.field(fields, colGlucose)) == "" {
			return ignoredRow
		}
		return glucoseRow
	}
	eventType := t.field(fields, colEventType)
	if eventType == t.lastType {
		return t.lastKind
	}
	kind, seen := t.kinds[eventType]
	if !seen {
		kind = words().rows[fold(eventType)]
		if len(t.kinds) < 256 {
			t.kinds[strings.Clone(eventType)] = kind
		}
	}
	t.lastType, t.lastKind = strings.Clone(eventType), kind
	return kind
}

func (t *table) preamble(line int, kind rowKind, fields []string) {
	t.other++
	value := trimText(t.field(fields, colPatientInfo))
	switch kind {
	case firstNameRow:
		t.person(line, &t.patient.FirstName, value)
	case lastNameRow:
		t.person(line, &t.patient.LastName, value)
	case identifierRow:
		t.person(line, &t.patient.Identifier, value)
	case birthDateRow:
		t.person(line, &t.patient.BirthDate, t.birthDate(value))
	case deviceRow:
		t.addDevice(trim(t.field(fields, colDeviceID)), trim(t.field(fields, colDeviceInfo)))
	}
}

// birthDate is the date as written; a workbook keeps it as a number of days.
func (t *table) birthDate(value string) string {
	days, isNumber := parseNumber(value)
	if t.stamps.serials == nil || !isNumber || days < 1 || days > mostSerial {
		return value
	}
	return t.stamps.serials(days).Date().String()
}

// glucose reads a reading or a calibration.
func (t *table) glucose(line int, kind rowKind, fields []string, when string) {
	g, either, message := t.reading(fields, when)
	if message != "" {
		t.badRow(line, message)
		return
	}
	if kind == calibrationRow {
		t.calibrations.add(&g, t.origin(line, fields), either)
		t.meets(either)
		return
	}
	t.addReading(&g, t.origin(line, fields), either)
}

// reading is a row's value and times; message says why it has none.
func (t *table) reading(fields []string, when string) (g cgm.Reading, either *slashed, message string) {
	t.glucoseFields(len(fields))
	at, either, ok := t.stamps.read(when)
	if !ok {
		return g, nil, fmt.Sprintf("“%s” is no timestamp", excerpt(when))
	}
	value := t.field(fields, colGlucose)
	if value == "" || strings.TrimSpace(value) == "" {
		value = t.limitIn(fields)
	}
	mgDL, flag, message := glucoseIn(t.unit, value)
	if message != "" {
		return g, nil, message
	}
	g = cgm.Reading{Display: at, TransmitterSeconds: cgm.NoTransmitterTime, MgDL: mgDL, Flag: flag}
	text := t.field(fields, colTransmitterTime)
	seconds, state := parseSeconds(text)
	switch state {
	case clockRead:
		g.TransmitterSeconds = seconds
		t.clock.read++
	case clockDamaged:
		t.clock.damaged(t.last.line, t.titled(colTransmitterTime), text)
	case clockBad:
		return g, nil, fmt.Sprintf("“%s” is no transmitter time", excerpt(text))
	}
	return g, either, ""
}

// limitIn is the subtype where it alone says LOW or HIGH.
func (t *table) limitIn(fields []string) string {
	subtype := t.field(fields, colSubtype)
	if _, isLimit := words().limits[fold(subtype)]; isLimit {
		return subtype
	}
	return ""
}

// origin is the row's line, display device and transmitter.
func (t *table) origin(line int, fields []string) origin {
	if id := t.field(fields, colDeviceID); id != t.lastDevice || len(t.devices) == 0 {
		t.lastDevice = strings.Clone(id)
		t.device = t.deviceNumber(trim(id))
	}
	if id := t.field(fields, colTransmitterID); id != t.lastID {
		t.lastID = strings.Clone(id)
		name, damaged := parseTransmitterID(id)
		if damaged {
			t.ids.damaged(line, t.titled(colTransmitterID), id)
		}
		t.transmitter = t.transmitterNumber(name)
	}
	return origin{line: uint32(line), device: t.device, transmitter: t.transmitter}
}

// Values that a sensor or meter can give, in mg/dL; a number outside is in
// another unit or another column.
const (
	leastMgDL = 20
	mostMgDL  = 600
)

// glucoseIn is a value in the given unit, as mg/dL; message says why it is none.
func glucoseIn(unit cgm.Unit, text string) (mgDL float64, flag cgm.Flag, message string) {
	if text == "" {
		return 0, 0, "the glucose value is missing"
	}
	if v, ok := parseNumber(text); ok {
		mgDL = v
		if unit == cgm.MmolL {
			mgDL = cgm.FromMmolL(v)
		}
		if mgDL >= leastMgDL && mgDL <= mostMgDL {
			return mgDL, cgm.FlagOf(mgDL), ""
		}
		return 0, 0, fmt.Sprintf("%s %s is no glucose value", excerpt(text), unit)
	}
	switch words().limits[fold(text)] {
	case cgm.Low:
		return cgm.LowMgDL, cgm.Low, ""
	case cgm.High:
		return cgm.HighMgDL, cgm.High, ""
	}
	return 0, 0, fmt.Sprintf("“%s” is no glucose value", excerpt(text))
}

// unknown takes a row whose event type is in no language of the table. With a
// glucose value it may be a reading, which is decided when all rows are known;
// without one it is an event of its own name.
func (t *table) unknown(line int, fields []string, when string) {
	name := excerpt(t.field(fields, colEventType))
	if strings.TrimSpace(t.field(fields, colGlucose)) != "" {
		g, either, message := t.reading(fields, when)
		t.addUnnamed(name, &g, t.origin(line, fields), either, message)
		return
	}
	at, either, ok := t.stamps.read(when)
	if !ok {
		t.last.bad = true // also of a row that was cut off
		t.leaveOut(line, "“%s” is no timestamp", excerpt(when))
		return
	}
	subtype := strings.TrimSpace(name + " " + trim(t.field(fields, colSubtype)))
	text := trimText(t.field(fields, colPatientInfo))
	t.addEvent(line, cgm.Event{Display: at, Kind: cgm.Note, Subtype: subtype, Text: text}, either)
}

// logged reads what the patient entered. A row whose figure cannot be read
// keeps its time and words: the event happened.
func (t *table) logged(line int, kind rowKind, fields []string, when string) {
	at, either, ok := t.stamps.read(when)
	if !ok {
		t.badRow(line, fmt.Sprintf("“%s” is no timestamp", excerpt(when)))
		return
	}
	subtype, text := t.field(fields, colSubtype), t.field(fields, colPatientInfo)
	e := cgm.Event{Display: at, Subtype: decodeText(subtype), Text: decodeText(text)}
	switch kind {
	case carbsRow:
		e.Kind = cgm.Carbs
		e.Value, _ = parseNumber(t.field(fields, colCarbs))
	case insulinRow:
		e.Kind = cgm.Insulin
		e.Value, _ = parseNumber(t.field(fields, colInsulin))
	case exerciseRow:
		e.Kind = cgm.Exercise
		e.Value = minutesOf(t.field(fields, colDuration))
	case healthRow:
		e.Kind = cgm.Health
	default:
		e.Kind = cgm.Note
	}
	t.addEvent(line, e, either)
}
