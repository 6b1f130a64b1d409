package export

import (
	"fmt"
	"slices"
	"strconv"

	"tracedesk/cgm"
)

// origin is where a glucose row came from: its line, and the numbers of its
// display device and of its transmitter. Transmitter 0 has no name.
type origin struct {
	line        uint32
	transmitter uint16
	device      uint8
}

// glucoseRows are rows as they wait to be put in order: Display holds the
// timestamp, with a slashed date read month first. dayFirst is the other way
// to read the dates, kept from the first slashed date on.
type glucoseRows struct {
	readings []cgm.Reading
	origins  []origin
	dayFirst []cgm.WallTime
	in       *source // what is being read, to foresee how many rows will come
	size     int64
}

func (r *glucoseRows) add(g *cgm.Reading, from origin, either *slashed) {
	if either != nil || r.dayFirst != nil {
		r.addDayFirst(g, either)
	}
	if len(r.readings) == cap(r.readings) {
		r.grow()
	}
	r.readings = append(r.readings, *g)
	r.origins = append(r.origins, from)
}

// mostGrowth bounds how far the rows so far are trusted to say what follows.
const mostGrowth = 16

// grow makes room for as many rows as the file will have if it goes on as it
// began, so that long files are not copied over and over.
func (r *glucoseRows) grow() {
	n := len(r.readings)
	more := max(n/4, 256)
	if r.in != nil && r.in.n > 0 {
		foreseen := int64(n) * r.size / r.in.n
		more = max(more, int(min(foreseen-int64(n)+foreseen/64, (mostGrowth-1)*int64(n))))
	}
	r.readings = slices.Grow(r.readings, more)
	r.origins = slices.Grow(r.origins, more)
}

func (r *glucoseRows) addDayFirst(g *cgm.Reading, either *slashed) {
	for i := len(r.dayFirst); i < len(r.readings); i++ {
		r.dayFirst = append(r.dayFirst, r.readings[i].Display)
	}
	at := g.Display
	if either != nil {
		at = either.dayFirst
	}
	r.dayFirst = append(r.dayFirst, at)
}

// readDayFirst takes the other reading of slashed dates.
func (r *glucoseRows) readDayFirst() {
	for i := range r.dayFirst {
		r.readings[i].Display = r.dayFirst[i]
	}
}

type displayDevice struct{ id, model string }

type pendingEvent struct {
	line   int
	event  cgm.Event
	either *slashed
}

// unnamedKind is the rows with glucose values of an event type that is in no
// language of the table.
type unnamedKind struct {
	name string
	rows glucoseRows
}

// mostUnnamedKinds is how many such event types are told apart.
const mostUnnamedKinds = 8

// damage is what a spreadsheet did to a column.
type damage struct {
	read, hurt int // fields with their value, and fields without it
	line       int // of the first that was hurt
	column     string
	example    string
}

// text says which column it was, and how it looks now.
func (d *damage) text() string {
	return fmt.Sprintf("the column “%s” was changed by a spreadsheet (line %d: “%s”): ", d.column, d.line, d.example)
}

func (d *damage) damaged(line int, column, text string) {
	if d.hurt++; d.hurt == 1 {
		d.line, d.column, d.example = line, column, excerpt(text)
	}
}

// collector gathers what the rows of a file say until the file is read, when
// assemble makes recordings of it. It accounts for every row.
type collector struct {
	account
	unit         cgm.Unit
	patient      Patient
	rows         glucoseRows
	calibrations glucoseRows
	unnamed      []unnamedKind
	events       []pendingEvent
	devices      []displayDevice
	transmitters []string // by number; the first has no name
	ids, clock   damage

	// Slashed dates: whether there are any, and on which order one does not exist.
	slashed, badMonthFirst, badDayFirst bool
	dashed                              bool
	european                            bool // the table is parted by semicolons

	secondPersonLine int
	cutOffLine       int

	index struct{ least, most, count int }
	last  lastRow
}

// lastRow is what is remembered of the newest row, to tell a file that was cut
// off from one that ends without a line end.
type lastRow struct {
	line                       int
	bad, short, newTransmitter bool
	fields                     int // of the glucose rows before
}

// expect says what is going to be read.
func (c *collector) expect(in *source, size int64) {
	c.rows.in, c.rows.size = in, size
}

func (c *collector) startRow(line int) {
	c.rowsSeen++
	c.last.line = line
	c.last.bad, c.last.short, c.last.newTransmitter = false, false, false
}

func (c *collector) glucoseFields(n int) {
	if c.last.short = n < c.last.fields; !c.last.short {
		c.last.fields = n
	}
}

func (c *collector) badRow(line int, message string) {
	c.last.bad = true
	c.account.badRow(line, message)
}

// swallow accounts for a row that runs over several lines, which took the rows
// after it into itself.
func (c *collector) swallow(line, lines int) {
	c.badRow(line, "a quotation mark is opened and not closed")
	for n := 1; n < lines; n++ {
		c.rowsSeen++
		c.bad++
		c.leaveOut(line+n, "it lies within the quotation marks that are opened in line %d", line)
	}
}

// ended says how the text ended. A last row without a line end is whole only
// if it reads like the rows before it.
func (c *collector) ended(quoted, openQuote bool, lastByte byte) {
	if lastByte == '\n' || lastByte == '\r' {
		return
	}
	openQuote = openQuote || quoted && lastByte != '"'
	if c.last.bad || c.last.short || openQuote || c.last.newTransmitter && len(c.transmitters) > 2 {
		c.cutOffLine = c.last.line
	}
}

// countIndex follows Clarity's numbering of the rows.
func (c *collector) countIndex(text string) {
	n, err := strconv.Atoi(text)
	if err != nil {
		return
	}
	if c.index.count == 0 || n < c.index.least {
		c.index.least = n
	}
	c.index.most = max(c.index.most, n)
	c.index.count++
}

// person sets a fact about the patient; another value for the same fact is
// another person.
func (c *collector) person(line int, fact *string, value string) {
	switch {
	case value == "" || *fact == value:
	case *fact == "":
		*fact = value
	case c.secondPersonLine == 0:
		c.secondPersonLine = line
	}
}

func (c *collector) addDevice(id, model string) {
	n := c.deviceNumber(id)
	if c.devices[n].model == "" {
		c.devices[n].model = model
	}
}

// deviceNumber numbers the display devices of the file. A file has one or two;
// past 255 they share a number, which only makes them one device.
func (c *collector) deviceNumber(id string) uint8 {
	for i := range c.devices {
		if c.devices[i].id == id {
			return uint8(i)
		}
	}
	if len(c.devices) > 255 {
		return 255
	}
	c.devices = append(c.devices, displayDevice{id: id})
	return uint8(len(c.devices) - 1)
}

// mostTransmitters is how many transmitters one file is believed to have.
const mostTransmitters = 1 << 14

// transmitterNumber numbers the transmitters of the file; 0 is that without a
// name.
func (c *collector) transmitterNumber(id string) uint16 {
	if len(c.transmitters) == 0 {
		c.transmitters = []string{""}
	}
	for i, known := range c.transmitters {
		if known == id {
			return uint16(i)
		}
	}
	if len(c.transmitters) > mostTransmitters {
		return 0
	}
	c.transmitters = append(c.transmitters, id)
	c.last.newTransmitter = true
	return uint16(len(c.transmitters) - 1)
}

// meets notes what a slashed date says of the order of day and month.
func (c *collector) meets(either *slashed) {
	if either == nil {
		return
	}
	c.slashed = true
	c.dashed = c.dashed || either.dashed
	c.badMonthFirst = c.badMonthFirst || !either.isMonth
	c.badDayFirst = c.badDayFirst || !either.isDay
}

// addReading takes a reading.
func (c *collector) addReading(g *cgm.Reading, from origin, either *slashed) {
	c.meets(either)
	c.rows.add(g, from, either)
}

// addUnnamed takes a row with a glucose value of an event type that nobody
// knows; message says why its value or time cannot be read.
func (c *collector) addUnnamed(name string, g *cgm.Reading, from origin, either *slashed, message string) {
	at := slices.IndexFunc(c.unnamed, func(k unnamedKind) bool { return k.name == name })
	if at < 0 && len(c.unnamed) < mostUnnamedKinds {
		c.unnamed = append(c.unnamed, unnamedKind{name: name})
		at = len(c.unnamed) - 1
	}
	if at < 0 || message != "" {
		c.badRow(int(from.line), unknownType(name))
		return
	}
	c.meets(either)
	c.unnamed[at].rows.add(g, from, either)
}

func unknownType(name string) string {
	return fmt.Sprintf("the event type “%s” is not known", name)
}

func (c *collector) addEvent(line int, e cgm.Event, either *slashed) {
	c.meets(either)
	c.events = append(c.events, pendingEvent{line, e, either})
}

// settleUnnamed decides what the rows of unknown event types are. Where no row
// is of a known type of readings and one unknown type has nearly all values,
// it is the readings' type in a language that is not in the table, and the rest
// is something else. So are rows that lack the transmitter's time where the
// readings have it: an alert or a calibration under another name. Other rows
// may be readings, and are left out as rows that could not be read.
func (c *collector) settleUnnamed() {
	guessed := c.takeUnnamed()
	for i := range c.unnamed {
		k := &c.unnamed[i]
		uncounted := k.rows.counted() == 0 && 10*c.rows.counted() >= 9*len(c.rows.readings) && len(c.rows.readings) > 0
		for _, from := range k.rows.origins {
			switch {
			case guessed:
				c.leaveOut(int(from.line), "%s, and it is not that of the readings", unknownType(k.name))
			case uncounted:
				c.leaveOut(int(from.line), "%s, and the row has no transmitter time, as readings have", unknownType(k.name))
			default:
				c.account.badRow(int(from.line), unknownType(k.name))
			}
		}
	}
	c.unnamed = nil
}

// takeUnnamed takes the rows of an unknown event type for the readings, where
// nothing else can be them.
func (c *collector) takeUnnamed() bool {
	all := 0
	for i := range c.unnamed {
		all += len(c.unnamed[i].rows.readings)
	}
	for i := range c.unnamed {
		k := c.unnamed[i]
		if n := len(k.rows.readings); len(c.rows.readings) == 0 && n >= 2 && 10*n >= 9*all {
			k.rows.in, k.rows.size = c.rows.in, c.rows.size
			c.rows = k.rows
			c.unnamed = slices.Delete(c.unnamed, i, i+1)
			c.say("the event type “%s” is not known; its %d rows are taken as the readings, "+
				"since nearly all rows with glucose values are of it", k.name, n)
			return true
		}
	}
	return false
}

// counted is how many rows have the transmitter's time.
func (r *glucoseRows) counted() (n int) {
	for i := range r.readings {
		if r.readings[i].TransmitterSeconds != cgm.NoTransmitterTime {
			n++
		}
	}
	return n
}
