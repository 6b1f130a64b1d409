package export

import (
	"fmt"
	"slices"
	"strconv"

	"tracedesk/cgm"
)

// origin is where a glucose row came from: the number of its display device,
// and of its transmitter's group.
type origin struct {
	device uint8
	group  uint16
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

// group is the rows of one transmitter: of one id, or where the file gives no
// id, of one start of the transmitter's clock.
type group struct {
	transmitter string
	start       int64 // display − transmitter seconds of the latest row
	hasStart    bool
	rows        int
}

type displayDevice struct{ id, model string }

type pendingEvent struct {
	event  cgm.Event
	either *slashed
}

// collector gathers what the rows of a file say until the file is read, when
// assemble makes recordings of it.
type collector struct {
	unit         cgm.Unit
	patient      Patient
	rows         glucoseRows
	calibrations glucoseRows
	events       []pendingEvent
	devices      []displayDevice
	groups       []group
	problems     []Problem
	bad          int // rows that could not be read

	slashed, badMonthFirst, badDayFirst bool

	secondPersonLine int
	cutOffLine       int

	lastGroup uint16 // of the newest glucose row

	index struct{ least, most, count int }
	last  lastRow
}

// lastRow is what is remembered of the newest row, to tell a file that was cut
// off from one that ends without a line end.
type lastRow struct {
	line                 int
	bad, short, newGroup bool
	fields               int // of the glucose rows before
}

// expect says what is going to be read.
func (c *collector) expect(in *source, size int64) {
	c.rows.in, c.rows.size = in, size
}

func (c *collector) startRow(line int) {
	c.last.line = line
	c.last.bad, c.last.short, c.last.newGroup = false, false, false
}

func (c *collector) glucoseFields(n int) {
	if c.last.short = n < c.last.fields; !c.last.short {
		c.last.fields = n
	}
}

func (c *collector) badRow(line int, message string) {
	c.bad++
	c.last.bad = true
	c.problems = append(c.problems, Problem{line, message})
}

// ended says how the text ended. A last row without a line end is whole only
// if it reads like the rows before it.
func (c *collector) ended(quoted bool, lastByte byte) {
	if lastByte == '\n' || lastByte == '\r' {
		return
	}
	openQuote := quoted && lastByte != '"'
	if c.last.bad || c.last.short || openQuote || c.last.newGroup && len(c.groups) > 1 {
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

// addGlucose takes a glucose row into rows or calibrations.
func (c *collector) addGlucose(to *glucoseRows, g *cgm.Reading, transmitter string, device uint8, either *slashed) {
	if either != nil {
		c.slashed = true
		c.badMonthFirst = c.badMonthFirst || !either.isMonth
		c.badDayFirst = c.badDayFirst || !either.isDay
	}
	if transmitter == "" || int(c.lastGroup) >= len(c.groups) || c.groups[c.lastGroup].transmitter != transmitter {
		c.lastGroup = c.groupOf(g, transmitter)
	}
	if to == &c.rows {
		c.groups[c.lastGroup].rows++
	}
	to.add(g, origin{device, c.lastGroup}, either)
}

// sameStartSeconds is how far the start of a transmitter, as the display clock
// puts it, may move while it still is the same transmitter: daylight saving
// and travel, not another wear.
const sameStartSeconds = 26 * 3600

func (c *collector) groupOf(r *cgm.Reading, transmitter string) uint16 {
	start, hasStart := int64(0), r.TransmitterSeconds != cgm.NoTransmitterTime
	if hasStart {
		start = int64(r.Display) - r.TransmitterSeconds
	}
	for i := len(c.groups) - 1; i >= 0; i-- {
		g := &c.groups[i]
		sameID := transmitter != "" && g.transmitter == transmitter
		near := hasStart && g.hasStart && start-g.start < sameStartSeconds && g.start-start < sameStartSeconds
		noClocks := g.transmitter == "" && !hasStart && !g.hasStart
		if sameID || transmitter == "" && (near || noClocks || !hasStart && len(c.groups) == 1) {
			if hasStart {
				g.start, g.hasStart = start, true
			}
			return uint16(i)
		}
	}
	if len(c.groups) > 1<<15 {
		return 0
	}
	c.groups = append(c.groups, group{transmitter: transmitter, start: start, hasStart: hasStart})
	c.last.newGroup = true
	return uint16(len(c.groups) - 1)
}

func (c *collector) addEvent(e cgm.Event, either *slashed) {
	c.events = append(c.events, pendingEvent{e, either})
}

// settleDates decides for the whole file whether slashed dates begin with the
// month or the day: what makes every date exist; where both do, what makes the
// recording shorter, since a wear lasts days, not months.
func (c *collector) settleDates() {
	if !c.slashed || c.badDayFirst && !c.badMonthFirst {
		return
	}
	dayFirst := c.badMonthFirst && !c.badDayFirst
	if !c.badMonthFirst && !c.badDayFirst {
		var month, day cgm.WallTime
		for i := 1; i < len(c.rows.dayFirst); i++ {
			month += abs(c.rows.readings[i].Display - c.rows.readings[i-1].Display)
			day += abs(c.rows.dayFirst[i] - c.rows.dayFirst[i-1])
		}
		dayFirst = day < month
	}
	if !dayFirst {
		return
	}
	c.rows.readDayFirst()
	c.calibrations.readDayFirst()
	for i := range c.events {
		if e := &c.events[i]; e.either != nil {
			e.event.Display = e.either.dayFirst
		}
	}
}

func abs(t cgm.WallTime) cgm.WallTime { return max(t, -t) }

// mixedDates says that no one order of day and month makes all dates exist.
func (c *collector) mixedDates() bool { return c.slashed && c.badMonthFirst && c.badDayFirst }

// notes are the problems of the file as a whole.
func (c *collector) notes(recordings []*cgm.Recording) []Problem {
	out := c.problems
	if missing := c.index.most - c.index.least + 1 - c.index.count; c.index.count > 0 && missing > 0 {
		out = append(out, Problem{0, fmt.Sprintf("the Index column skips %d numbers: rows were removed from this file after it was exported", missing)})
	}
	for _, r := range recordings {
		if r.Conflicts > 0 {
			out = append(out, Problem{0, fmt.Sprintf("%d readings were left out because another value was given for the same time; those of the device with more readings (%s) were kept", r.Conflicts, orUnnamed(r.DeviceID))})
		}
	}
	return out
}

func orUnnamed(id string) string {
	if id == "" {
		return "not named"
	}
	return id
}
