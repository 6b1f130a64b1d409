package receiver

import (
	"cmp"
	"fmt"
	"slices"
	"sort"

	"tracedesk/cgm"
)

// clocks is the history of the display clock: from a system second on, the
// wall clock showed that much more.
type clocks struct {
	settings []offsetFrom // from the user settings, in order
	live     []offsetFrom // of readings that were stored when they were measured
}

type offsetFrom struct {
	system int64
	offset int64
}

func (d *records) clocks() clocks {
	var c clocks
	for _, s := range d.settings {
		c.settings = append(c.settings, offsetFrom{int64(s.System), int64(s.DisplayOffset)})
	}
	for _, e := range d.egvs {
		if !e.backfilled() {
			c.live = append(c.live, offsetFrom{int64(e.System), e.offset()})
		}
	}
	for _, h := range [][]offsetFrom{c.settings, c.live} {
		slices.SortStableFunc(h, func(a, b offsetFrom) int { return cmp.Compare(a.system, b.system) })
	}
	return c
}

// backfilled says whether a record was stored after the reading was measured.
func (e storedEGV) backfilled() bool {
	const late = 10 * 60
	return e.backfillPartition || e.Backfilled || int64(e.System)-int64(e.Measured) > late
}

func before(history []offsetFrom, system int64) (int64, bool) {
	i := sort.Search(len(history), func(i int) bool { return history[i].system > system })
	if i == 0 {
		return 0, false
	}
	return history[i-1].offset, true
}

// at is the display offset in force at a system second: as the settings say,
// else as the last live reading before shows, else what the record itself was
// stored with, which is the clock as set at download; sure is false for that.
func (c clocks) at(system, own int64) (offset int64, sure bool) {
	if o, ok := before(c.settings, system); ok {
		return o, true
	}
	if o, ok := before(c.live, system); ok {
		return o, true
	}
	if len(c.settings) > 0 {
		return c.settings[0].offset, false
	}
	return own, false
}

// display is the wall clock of a reading. A live one carries its own.
func (c clocks) display(e storedEGV) (t cgm.WallTime, sure bool) {
	offset, sure := e.offset(), true
	if e.backfilled() {
		offset, sure = c.at(int64(e.Measured), e.offset())
	}
	return cgm.DexcomEpoch + cgm.WallTime(int64(e.Measured)+offset), sure
}

// wear is the readings of one sensor, before they are a recording.
type wear struct {
	transmitter string
	inserted    int64 // system seconds, 0 where no record says
	egvs        []storedEGV
}

// sameStart is how many seconds the start of a transmitter's clock may seem to
// move from one reading to the next while it is the same transmitter, besides
// the drift of two seconds a reading over a gap. It is short: two patients may
// be given their sensors within minutes.
const sameStart = 120

// wears divides the readings: by the start of their transmitter's clock where
// they have one, and by the insertions of sensors.
func (d *records) wears(readings []storedEGV, current string) []wear {
	var out []wear
	for _, group := range byStart(readings) {
		out = append(out, d.byInsertion(group)...)
	}
	slices.SortStableFunc(out, func(a, b wear) int { return cmp.Compare(a.egvs[0].Measured, b.egvs[0].Measured) })
	// Where no record names a transmitter, the current one is that of the last
	// wear; whose the earlier ones were is not known.
	if n := len(out); n > 0 && out[n-1].transmitter == "" {
		out[n-1].transmitter = current
	}
	return out
}

// byStart groups readings, in order of measuring, by the moment at which their
// transmitter's clock was 0.
func byStart(readings []storedEGV) [][]storedEGV {
	type group struct {
		start, last int64
		egvs        []storedEGV
	}
	var groups []*group
	var timeless []storedEGV
next:
	for _, e := range readings {
		if e.TransmitterSeconds < 0 {
			timeless = append(timeless, e)
			continue
		}
		start := int64(e.Measured) - e.TransmitterSeconds
		for _, g := range groups {
			may := sameStart + (int64(e.Measured)-g.last)/150
			if d := g.start - start; d < may && d > -may {
				g.egvs = append(g.egvs, e)
				g.start, g.last = start, int64(e.Measured) // follows the drift
				continue next
			}
		}
		groups = append(groups, &group{start, int64(e.Measured), []storedEGV{e}})
	}
	var out [][]storedEGV
	if len(timeless) > 0 {
		out = append(out, timeless)
	}
	for _, g := range groups {
		out = append(out, g.egvs)
	}
	return out
}

// nearStart is how far from the start of its clock a transmitter's sensor may
// be inserted while the transmitter is new.
const nearStart = 24 * 3600

// byInsertion divides readings of one transmitter at the insertions of its
// sensors, and names the transmitter.
func (d *records) byInsertion(readings []storedEGV) []wear {
	id := d.transmitterOf(readings[0])
	var at []int64
	for _, i := range d.insertions {
		if i.State == started && (i.Transmitter == "" || i.Transmitter == id) {
			at = append(at, int64(i.at()))
		}
	}
	slices.Sort(at)
	var out []wear
	last := -2
	for _, e := range readings {
		n := sort.Search(len(at), func(k int) bool { return at[k] > int64(e.Measured) })
		if n != last {
			w := wear{transmitter: id}
			if n > 0 {
				w.inserted = at[n-1]
			}
			out = append(out, w)
			last = n
		}
		out[len(out)-1].egvs = append(out[len(out)-1].egvs, e)
	}
	return out
}

// transmitterOf names the transmitter of a group of readings by its first: the
// sensor inserted nearest to the start of the transmitter's clock, or where the
// transmitter is older, the last inserted before the reading; else the one that
// the settings name at the time; else none.
func (d *records) transmitterOf(first storedEGV) string {
	best, nearest := "", int64(nearStart)
	latest, latestAt := "", int64(-1)
	for _, i := range d.insertions {
		if i.State != started || i.Transmitter == "" {
			continue
		}
		at := int64(i.at())
		if first.TransmitterSeconds >= 0 {
			start := int64(first.Measured) - first.TransmitterSeconds
			if away := max(at-start, start-at); away < nearest {
				best, nearest = i.Transmitter, away
			}
		}
		if at <= int64(first.Measured) && at >= latestAt {
			latest, latestAt = i.Transmitter, at
		}
	}
	if best != "" {
		return best
	}
	if latest != "" {
		return latest
	}
	set := ""
	for _, s := range d.settings {
		if s.Transmitter != "" && (set == "" || s.System <= first.System) {
			set = s.Transmitter
		}
	}
	return set
}

// assemble makes the recordings.
func (s *readout) assemble(current string) {
	var readings []storedEGV
	for _, e := range s.data.egvs {
		switch {
		case e.DisplayOnly:
			s.result.LeftOut.DisplayOnly++
		case e.MgDL <= lastState:
			s.result.LeftOut.States++
		default:
			readings = append(readings, e)
		}
	}
	slices.SortStableFunc(readings, func(a, b storedEGV) int { return cmp.Compare(a.Measured, b.Measured) })
	c := s.data.clocks()
	for _, w := range s.data.wears(readings, current) {
		r := s.recording(w, c)
		s.result.Recordings = append(s.result.Recordings, r)
	}
	s.calibrations(c)
	s.events(c)
}

// recording makes one wear's recording: each reading once.
func (s *readout) recording(w wear, c clocks) *cgm.Recording {
	r := &cgm.Recording{TransmitterID: w.transmitter, DeviceModel: s.result.Receiver.Model(), DeviceID: s.result.Receiver.SerialNumber, Unit: cgm.MgDL, InsertedAt: w.inserted}
	seen := map[int64]int{}
	unsure := 0
	for _, e := range w.egvs {
		key := e.TransmitterSeconds
		if key < 0 {
			key = int64(e.Measured)
		}
		g := cgm.Reading{System: int64(e.Measured), TransmitterSeconds: e.TransmitterSeconds, MgDL: float64(e.MgDL), Backfilled: e.backfilled()}
		switch {
		case e.MgDL <= lastLow:
			g.MgDL, g.Flag = cgm.LowMgDL, cgm.Low
		case e.MgDL >= firstHigh:
			g.MgDL, g.Flag = cgm.HighMgDL, cgm.High
		}
		if at, twice := seen[key]; twice {
			if r.Readings[at].MgDL != g.MgDL {
				r.Conflicts++
			} else {
				r.Duplicates++
			}
			continue
		}
		var sure bool
		if g.Display, sure = c.display(e); !sure {
			unsure++
		}
		seen[key] = len(r.Readings)
		r.Readings = append(r.Readings, g)
	}
	s.result.LeftOut.Twice += r.Duplicates
	r.IntervalSeconds = cgm.DetectInterval(r.Readings)
	if unsure > 0 {
		s.problem("Transmitter %q: the receiver does not say what its clock showed at %d of the readings; their wall-clock times are by the clock as set at download. Elapsed time is not touched.", w.transmitter, unsure)
	}
	if r.Conflicts > 0 {
		s.problem("Transmitter %q: %d readings stood twice with different values; the first was kept.", w.transmitter, r.Conflicts)
	}
	return r
}

// of finds the recording that a system second lies in, or comes just after.
func (s *readout) of(system int64) *cgm.Recording {
	var found *cgm.Recording
	for _, r := range s.result.Recordings {
		if found == nil || r.Readings[0].System-2*3600 <= system {
			found = r
		}
	}
	return found
}

func (s *readout) calibrations(c clocks) {
	for _, m := range s.data.meters {
		system := int64(m.Time)
		offset, _ := c.at(system, m.offset())
		if r := s.of(system); r != nil {
			r.Calibrations = append(r.Calibrations, cgm.Calibration{System: system, Display: cgm.DexcomEpoch + cgm.WallTime(system+offset), MgDL: float64(m.MgDL)})
		}
	}
}

var (
	eventKinds    = map[int]cgm.EventKind{1: cgm.Carbs, 2: cgm.Insulin, 3: cgm.Health, 4: cgm.Exercise}
	eventSubtypes = map[int]map[int]string{
		2: {1: "Fast-Acting", 2: "Long-Acting"},
		3: {1: "Illness", 2: "Stress", 3: "High Symptoms", 4: "Low Symptoms", 5: "Cycle", 6: "Alcohol"},
		4: {1: "Light", 2: "Medium", 3: "Heavy"},
	}
)

func (s *readout) events(c clocks) {
	for _, u := range s.data.events {
		kind, ok := eventKinds[u.Type]
		if !ok {
			s.problem("An event of the unknown type %d was left out.", u.Type)
			continue
		}
		offset, _ := c.at(int64(u.System), u.offset())
		e := cgm.Event{System: int64(u.Time) - offset, Display: cgm.DexcomEpoch + cgm.WallTime(u.Time), Kind: kind, Subtype: eventSubtypes[u.Type][u.Subtype], Value: float64(u.Value)}
		switch kind {
		case cgm.Insulin:
			e.Value /= 100 // hundredths of a unit
		case cgm.Health:
			e.Value = 0
		}
		if e.Subtype == "" && u.Subtype != 0 {
			e.Subtype = fmt.Sprintf("type %d", u.Subtype)
		}
		if r := s.of(e.System); r != nil {
			r.Events = append(r.Events, e)
		}
	}
}
