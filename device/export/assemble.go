package export

import (
	"cmp"
	"slices"
	"sort"

	"tracedesk/cgm"
)

const (
	// sameSlotSeconds is how far apart two display devices may log one reading.
	sameSlotSeconds = 150
	// copySeconds is how far apart copies of one reading with one value may
	// stand, whatever device they name: those shared through a phone's cloud
	// come some ten seconds later.
	copySeconds = 30
)

// assemble makes a recording of each run of each transmitter's count, and for
// rows without a count of each transmitter.
func (c *collector) assemble() []*cgm.Recording {
	c.settleDates()
	c.settleDamage()
	out := c.recordings()
	slices.SortStableFunc(out, func(a, b *cgm.Recording) int { return cmp.Compare(a.First(), b.First()) })
	out = c.withoutCopies(out)
	places := make([]*place, len(out))
	for i, r := range out {
		r.BadRows = c.bad
		places[i] = newPlace(r)
	}
	c.placeCalibrations(places)
	c.placeEvents(places)
	c.noteAll(out)
	c.close()
	return out
}

// settleDamage drops what a spreadsheet made of transmitter times and ids.
func (c *collector) settleDamage() {
	if d := &c.clock; d.hurt > 0 {
		if 10*d.hurt > d.hurt+d.read {
			c.dropCounts()
			c.say("%sthe transmitter's times are no key to the readings, which are put in order by the wall clock", d.text())
		} else {
			c.say("%s%d rows are put in order by the rows beside them", d.text(), d.hurt)
		}
	}
	if d := &c.ids; d.hurt > 0 {
		c.say("%sthe transmitter is not known", d.text())
	}
}

// dropCounts takes the wall clock for all rows.
func (c *collector) dropCounts() {
	for _, rows := range []*glucoseRows{&c.rows, &c.calibrations} {
		for i := range rows.readings {
			rows.readings[i].TransmitterSeconds = cgm.NoTransmitterTime
		}
	}
}

// recordings makes the recordings without calibrations and events.
func (c *collector) recordings() []*cgm.Recording {
	if hasClock, plain := c.plain(); plain {
		return []*cgm.Recording{c.plainRecording(hasClock)}
	}
	items := c.items()
	strands, ok := strandsOf(items)
	var runs []*run
	if ok {
		runs, ok = runsOf(items, strands)
	}
	if !ok {
		c.say("the transmitter's times do not go with the wall clock (a spreadsheet rounds them): " +
			"the readings are put in order by the wall clock")
		c.dropCounts()
		items, runs = c.items(), nil
	}
	joinNeighbours(items, runs)
	return c.fromItems(items, runs)
}

// plain says whether the rows are those of one transmitter and one device, each
// once and in order, as they nearly always are; hasClock whether by its count.
func (c *collector) plain() (hasClock, plain bool) {
	readings, origins := c.rows.readings, c.rows.origins
	hasClock = readings[0].TransmitterSeconds != cgm.NoTransmitterTime
	least := int64(copySeconds)
	if !hasClock {
		least = sameSlotSeconds // an hour that stands twice is denser
	}
	for i := 1; i < len(readings); i++ {
		g, before := &readings[i], &readings[i-1]
		if origins[i].device != origins[0].device || origins[i].transmitter != origins[0].transmitter {
			return false, false
		}
		shown, counted := int64(g.Display-before.Display), g.TransmitterSeconds-before.TransmitterSeconds
		if !hasClock {
			if g.TransmitterSeconds != cgm.NoTransmitterTime || shown <= least {
				return false, false
			}
			continue
		}
		parted := shown - counted
		if g.TransmitterSeconds == cgm.NoTransmitterTime || counted <= least || max(parted, -parted) > clockToleranceSeconds {
			return false, false
		}
	}
	return hasClock, true
}

// plainRecording gives the rows away as they lie.
func (c *collector) plainRecording(hasClock bool) *cgm.Recording {
	from := c.rows.origins[0]
	r := c.newRecording(from.transmitter, from.device)
	r.Readings, r.NoDeviceClock = c.rows.readings, !hasClock
	for i := range r.Readings {
		g := &r.Readings[i]
		if g.System = g.TransmitterSeconds; !hasClock {
			g.System = wallSystem(g.Display)
		}
	}
	r.IntervalSeconds = cgm.DetectInterval(r.Readings)
	return r
}

// wallSystem stands for the device's clock where the source gives none.
func wallSystem(t cgm.WallTime) int64 { return int64(t - cgm.DexcomEpoch) }

func (c *collector) newRecording(transmitter uint16, device uint8) *cgm.Recording {
	r := &cgm.Recording{Unit: c.unit, TransmitterID: c.transmitterID(transmitter)}
	if int(device) < len(c.devices) {
		r.DeviceID, r.DeviceModel = c.devices[device].id, c.devices[device].model
	}
	return r
}

func (c *collector) transmitterID(n uint16) string {
	if int(n) < len(c.transmitters) {
		return c.transmitters[n]
	}
	return ""
}

func (c *collector) items() []item {
	items := make([]item, len(c.rows.readings))
	for i := range items {
		items[i] = item{c.rows.readings[i], c.rows.origins[i], -1}
		items[i].System = items[i].TransmitterSeconds
	}
	return items
}

// fromItems makes a recording of each run, and of what is in none by the wall
// clock.
func (c *collector) fromItems(items []item, runs []*run) (out []*cgm.Recording) {
	byRun := make([][]item, len(runs))
	byTransmitter := make([][]item, max(1, len(c.transmitters)))
	for i := range items {
		g := &items[i]
		if g.run >= 0 {
			byRun[g.run] = append(byRun[g.run], *g)
			continue
		}
		g.System = wallSystem(g.Display)
		byTransmitter[g.transmitter] = append(byTransmitter[g.transmitter], *g)
	}
	for n, rows := range byRun {
		if len(rows) > 0 {
			out = append(out, c.recording(runs[n].transmitter, rows, true))
		}
	}
	if named := onlyNamed(byTransmitter); named > 0 { // rows without an id beside those of one transmitter
		byTransmitter[named] = append(byTransmitter[named], byTransmitter[0]...)
		byTransmitter[0] = nil
		slices.SortStableFunc(byTransmitter[named], func(a, b item) int { return cmp.Compare(a.line, b.line) })
	}
	for n, rows := range byTransmitter {
		if len(rows) > 0 {
			out = append(out, c.recording(uint16(n), rows, false))
		}
	}
	return out
}

// onlyNamed is the one transmitter with a name that has rows, or 0.
func onlyNamed(byTransmitter [][]item) (named int) {
	for n := 1; n < len(byTransmitter); n++ {
		switch {
		case len(byTransmitter[n]) == 0:
		case named > 0:
			return 0
		default:
			named = n
		}
	}
	return named
}

// recording puts rows in order, each reading once.
func (c *collector) recording(transmitter uint16, rows []item, hasClock bool) *cgm.Recording {
	var perDevice [256]int
	for i := range rows {
		perDevice[rows[i].device]++
	}
	main := 0
	for d := range perDevice {
		if perDevice[d] > perDevice[main] {
			main = d
		}
	}
	r := c.newRecording(transmitter, uint8(main))
	r.NoDeviceClock = !hasClock || 10*countedOf(rows) < len(rows) // a few counts do not tell of all
	bySystem := func(a, b item) int { return cmp.Or(cmp.Compare(a.System, b.System), cmp.Compare(a.line, b.line)) }
	slices.SortStableFunc(rows, bySystem)
	if !hasClock {
		rows = c.tellHoursApart(r, rows)
		slices.SortStableFunc(rows, bySystem)
	}
	r.Readings = c.keepOnce(r, rows, &perDevice)
	r.IntervalSeconds = cgm.DetectInterval(r.Readings)
	return r
}

func countedOf(rows []item) (n int) {
	for i := range rows {
		if rows[i].TransmitterSeconds != cgm.NoTransmitterTime {
			n++
		}
	}
	return n
}

// tellHoursApart sets the second run of a repeated hour, and all that follows,
// an hour later on the clock that stands for the device's.
func (c *collector) tellHoursApart(r *cgm.Recording, rows []item) []item {
	once, copies := splitCopies(rows)
	second, end := repeatedHour(once)
	if len(second) == 0 {
		return rows
	}
	for _, i := range second {
		once[i].System += 3600
	}
	for i := range once {
		if once[i].Display >= end {
			once[i].System += 3600
		}
	}
	r.Duplicates += len(copies)
	c.say("the hour to %s stands twice, as when a clock is set back: "+
		"its %d later readings are kept as the second run of it", end, len(second))
	return once
}

// splitCopies takes the copies out of rows in order of time.
func splitCopies(rows []item) (once, copies []item) {
	for _, next := range rows {
		isCopy := false
		for n := len(once) - 1; n >= 0 && next.System-once[n].System <= copySeconds && !isCopy; n-- {
			isCopy = once[n].MgDL == next.MgDL
		}
		if isCopy {
			copies = append(copies, next)
		} else {
			once = append(once, next)
		}
	}
	return once, copies
}

// keepOnce leaves each reading once. Rows with one time are one reading; so are
// rows with one value some seconds apart, and rows of two display devices
// within half an interval, where the device with more readings is kept.
func (c *collector) keepOnce(r *cgm.Recording, rows []item, perDevice *[256]int) []cgm.Reading {
	kept := make([]item, 0, len(rows))
	for _, next := range rows {
		if len(kept) == 0 {
			kept = append(kept, next)
			continue
		}
		last := &kept[len(kept)-1]
		apart := next.System - last.System
		same, otherDevice := next.MgDL == last.MgDL, next.device != last.device
		if apart > 0 && (apart > copySeconds || !same) && (apart > sameSlotSeconds || !otherDevice) {
			kept = append(kept, next)
			continue
		}
		left := next
		if otherDevice && perDevice[next.device] > perDevice[last.device] {
			left, *last = *last, next
		}
		if same {
			r.Duplicates++
			continue
		}
		r.Conflicts++
		c.leaveOut(int(left.line), "another value is given for the same time in line %d, which was kept", last.line)
	}
	readings := make([]cgm.Reading, len(kept))
	for i := range kept {
		readings[i] = kept[i].Reading
	}
	return readings
}

// leastCopies is how many readings two recordings must share to be copies.
const leastCopies = 12

// withoutCopies drops a recording whose every reading stands in another, at the
// same wall clock and with the same value: two sensors never agree so.
func (c *collector) withoutCopies(all []*cgm.Recording) []*cgm.Recording {
	gone := map[*cgm.Recording]bool{}
	for _, r := range all {
		for _, of := range all {
			if r == of || gone[r] || gone[of] || len(r.Readings) < leastCopies || len(r.Readings) > len(of.Readings) {
				continue
			}
			if r.First() > of.Last() || r.Last() < of.First() {
				continue
			}
			if shared := cgm.Compare(of, r); shared.Same == len(r.Readings) {
				gone[r] = true
				of.Duplicates += rowsOf(r)
				c.say("the readings of transmitter %s all stand under transmitter %s, too; they are kept once",
					orUnnamed(r.TransmitterID), orUnnamed(of.TransmitterID))
			}
		}
	}
	return slices.DeleteFunc(all, func(r *cgm.Recording) bool { return gone[r] })
}

func orUnnamed(id string) string {
	if id == "" {
		return "not named"
	}
	return id
}

// place is a recording with its readings in order of the wall clock, to find
// where something else belongs.
type place struct {
	r     *cgm.Recording
	order []int // indices of readings by display
}

func newPlace(r *cgm.Recording) *place {
	p := &place{r: r, order: make([]int, len(r.Readings))}
	sorted := true
	for i := range p.order {
		p.order[i] = i
		sorted = sorted && (i == 0 || r.Readings[i].Display >= r.Readings[i-1].Display)
	}
	if !sorted {
		slices.SortStableFunc(p.order, func(a, b int) int {
			return cmp.Compare(r.Readings[a].Display, r.Readings[b].Display)
		})
	}
	return p
}

// nearest is the reading next to t by the wall clock.
func (p *place) nearest(t cgm.WallTime) *cgm.Reading {
	at := func(n int) *cgm.Reading { return &p.r.Readings[p.order[n]] }
	i := sort.Search(len(p.order), func(n int) bool { return at(n).Display >= t })
	if i == len(p.order) || i > 0 && t-at(i-1).Display < at(i).Display-t {
		i--
	}
	return at(i)
}

func (p *place) distance(t cgm.WallTime) cgm.WallTime { return abs(p.nearest(t).Display - t) }

// systemAt is the device time at which the display clock showed t: by the
// reading next to it.
func (p *place) systemAt(t cgm.WallTime) int64 {
	g := p.nearest(t)
	return g.System + int64(t-g.Display)
}

// nearestPlace is the recording that t lies nearest to, of those that may be of
// the transmitter; nil where none may.
func (c *collector) nearestPlace(places []*place, t cgm.WallTime, transmitter string) (best *place) {
	for _, p := range places {
		if transmitter != "" && p.r.TransmitterID != "" && p.r.TransmitterID != transmitter {
			continue
		}
		if best == nil || p.distance(t) < best.distance(t) {
			best = p
		}
	}
	return best
}

func (c *collector) placeCalibrations(places []*place) {
	for i, g := range c.calibrations.readings {
		from := c.calibrations.origins[i]
		id := c.transmitterID(from.transmitter)
		p := c.nearestPlace(places, g.Display, id)
		if p == nil {
			c.leaveOut(int(from.line), "it is a calibration of transmitter %s, of which the file has no reading", id)
			continue
		}
		system := p.systemAt(g.Display)
		counted := g.TransmitterSeconds != cgm.NoTransmitterTime
		if d := g.TransmitterSeconds - system; counted && max(d, -d) < goesOnSeconds {
			system = g.TransmitterSeconds
		}
		p.r.Calibrations = append(p.r.Calibrations, cgm.Calibration{System: system, Display: g.Display, MgDL: g.MgDL})
	}
	for _, p := range places {
		r, n := p.r, len(p.r.Calibrations)
		slices.SortStableFunc(r.Calibrations, func(a, b cgm.Calibration) int { return cmp.Compare(a.System, b.System) })
		r.Calibrations = slices.CompactFunc(r.Calibrations, func(a, b cgm.Calibration) bool {
			return b.System-a.System <= sameSlotSeconds && a.MgDL == b.MgDL
		})
		c.other += n - len(r.Calibrations)
	}
}

func (c *collector) placeEvents(places []*place) {
	for i := range c.events {
		e := &c.events[i]
		p := c.nearestPlace(places, e.event.Display, "")
		e.event.System = p.systemAt(e.event.Display)
		p.r.Events = append(p.r.Events, e.event)
	}
	for _, p := range places {
		r, n := p.r, len(p.r.Events)
		slices.SortStableFunc(r.Events, func(a, b cgm.Event) int {
			return cmp.Or(cmp.Compare(a.System, b.System), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Subtype, b.Subtype),
				cmp.Compare(a.Text, b.Text), cmp.Compare(a.Value, b.Value))
		})
		r.Events = slices.Compact(r.Events)
		c.other += n - len(r.Events)
	}
}
