package receiver

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"tracedesk/cgm"
	"tracedesk/device/receiver/wire"
)

// assemble makes the recordings, or says why there are none.
func (s *readout) assemble(ctx context.Context) error {
	if s.isPro() {
		s.result.Receiver.State = s.data.state(len(s.data.pro) > 0)
		if s.result.Receiver.State == StateCollecting {
			return &NothingError{State: StateCollecting}
		}
		if len(s.data.pro) > 0 {
			if err := s.proWear(); err != nil {
				return err
			}
		}
	}
	if len(s.data.egvs) > 0 {
		current, err := s.currentTransmitter(ctx)
		if err != nil {
			return err
		}
		s.egvWears(current)
	}
	if len(s.result.Recordings) == 0 {
		return s.nothing(ctx)
	}
	return s.findUnread(ctx)
}

// egvWears makes the recordings of the glucose records of patients' receivers.
func (s *readout) egvWears(current string) {
	s.moveClocks()
	readings := s.glucose()
	slices.SortStableFunc(readings, func(a, b storedEGV) int { return cmp.Compare(a.measured, b.measured) })
	c := s.data.clocks()
	for _, w := range s.data.wears(readings, current) {
		s.result.Recordings = append(s.result.Recordings, s.recording(w, c))
	}
	if len(s.result.Recordings) == 0 {
		return
	}
	s.calibrations(c)
	s.events(c)
}

// glucose is the records that are readings, each with a time.
func (s *readout) glucose() (out []storedEGV) {
	timeless := 0
	for _, e := range s.data.egvs {
		switch {
		case e.DisplayOnly:
			s.result.LeftOut.DisplayOnly++
		case e.MgDL <= lastState:
			s.result.LeftOut.States++
		case s.impossible(e.Measured) && s.impossible(e.System):
			timeless++
			s.data.lose(e.on.partition, e.on.number, s.data.lost[e.on]+1)
		default:
			if s.impossible(e.Measured) {
				e.measured = e.stored
			}
			out = append(out, e)
		}
	}
	if timeless > 0 {
		s.problem("%s without a time %s left out.", counted(timeless, "reading"), wasOrWere(timeless))
	}
	return out
}

// impossible says whether a system second is no time: unset, or after now.
func (s *readout) impossible(system uint32) bool {
	const day = 86400
	return system == noTime || s.clock.known && int64(system) > int64(s.clock.system)+totalBack(s.data.clockMoves())+day
}

// totalBack is how far the clock was set back in all.
func totalBack(moves []clockMove) (by int64) {
	for _, m := range moves {
		by += max(0, -m.by)
	}
	return by
}

// moveClocks puts the times of records on the system clock as it runs now, where
// that was set: by as much as the settings say, else by as much as the
// transmitter's clock tells.
func (s *readout) moveClocks() {
	d := &s.data
	moves := d.clockMoves()
	for _, p := range []wire.Partition{wire.EGVData, wire.BackfilledEGVData} {
		var of []*storedEGV
		for i := range d.egvs {
			if d.egvs[i].on.partition == p {
				of = append(of, &d.egvs[i])
			}
		}
		slices.SortStableFunc(of, func(a, b *storedEGV) int { return cmp.Compare(a.on.number, b.on.number) })
		if told := s.moveEGVs(of, d.clockMoves()); len(moves) == 0 {
			moves = told
		}
	}
	for i := range d.settings {
		d.settings[i].moved = int64(d.settings[len(d.settings)-1].SystemOffset) - int64(d.settings[i].SystemOffset)
	}
	if len(d.clockMoves()) == 0 { // the settings do not know of it
		for i := range d.settings {
			d.settings[i].moved, _ = d.movedSince(moves, d.settings[i].stamp)
		}
	}
	for i := range d.insertions {
		d.insertions[i].moved, _ = d.movedSince(moves, d.insertions[i].stamp)
	}
}

// fell is by how many seconds a clock falls from one record to the next that is
// no wobble.
const fell = 60

// moveEGVs moves records, which are in their partition's order, and gives the
// moves that it found.
func (s *readout) moveEGVs(of []*storedEGV, moves []clockMove) (told []clockMove) {
	by := int64(0)
	pass := func(m clockMove) {
		by += m.by
		told = slices.Insert(told, 0, m)
	}
	for i := len(of) - 1; i >= 0; i-- {
		for n := len(moves); n > 0 && moves[n-1].by > 0 && int64(of[i].System) < moves[n-1].after()-fell; n = len(moves) {
			pass(moves[n-1])
			moves = moves[:n-1]
		}
		if i+1 < len(of) && of[i].System != noTime && of[i+1].System != noTime &&
			int64(of[i].System) > int64(of[i+1].System)+fell {
			n := len(moves)
			switch step, known := fallBetween(of[i], of[i+1]); {
			case n > 0 && moves[n-1].by < 0:
				pass(moves[n-1])
				moves = moves[:n-1]
			case known:
				pass(clockMove{
					before: int64(of[i].System), by: step, displayBefore: of[i].offset(), displayAfter: of[i+1].offset(),
				})
			default:
				s.problem("The receiver's clock was set back, by how much it does not say: the times of earlier " +
					"readings are as stored.")
			}
		}
		of[i].moved, of[i].stored, of[i].measured = by, of[i].stored+by, of[i].measured+by
	}
	return told
}

// fallBetween is by how much the clock was set between two records, as the
// transmitter's clock has it: a negative number.
func fallBetween(a, b *storedEGV) (int64, bool) {
	if a.TransmitterSeconds == cgm.NoTransmitterTime || b.TransmitterSeconds <= a.TransmitterSeconds {
		return 0, false
	}
	return (int64(b.Measured) - b.TransmitterSeconds) - (int64(a.Measured) - a.TransmitterSeconds), true
}

// recording makes one wear's recording: each reading once.
func (s *readout) recording(w wear, c clocks) *cgm.Recording {
	x := s.result.Receiver
	r := &cgm.Recording{
		TransmitterID: w.transmitter, DeviceModel: x.Model(), DeviceID: x.SerialNumber, Unit: cgm.MgDL,
		InsertedAt: w.inserted,
	}
	seen := map[int64]int{}
	unsure := 0
	for _, e := range w.egvs {
		g := cgm.Reading{System: e.measured, TransmitterSeconds: e.TransmitterSeconds, Backfilled: e.backfilled()}
		g.MgDL, g.Flag = flagged(e.MgDL)
		if at, twice := seenBefore(seen, e); twice {
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
		seen[keyOf(e)] = len(r.Readings)
		r.Readings = append(r.Readings, g)
	}
	r.Lost = s.data.lostOf(w)
	s.result.LeftOut.Twice += r.Duplicates
	r.IntervalSeconds = cgm.DetectInterval(r.Readings)
	s.sayOf(w, r, unsure)
	return r
}

// keyOf is what a reading is known by within its wear.
func keyOf(e storedEGV) int64 {
	if e.TransmitterSeconds == cgm.NoTransmitterTime {
		return -1 - e.measured // apart from the transmitter's seconds
	}
	return e.TransmitterSeconds
}

// seenBefore finds a reading's copy: of the same transmitter's second, or a
// little off.
func seenBefore(seen map[int64]int, e storedEGV) (int, bool) {
	key := keyOf(e)
	if at, twice := seen[key]; twice || key < 0 {
		return at, twice
	}
	for off := int64(1); off <= sameSeconds; off++ {
		if at, twice := seen[key-off]; twice {
			return at, true
		}
		if at, twice := seen[key+off]; twice {
			return at, true
		}
	}
	return 0, false
}

// lostOf is how many readings are known to have been on the pages of a wear, or
// right before them, and were not read.
func (d *records) lostOf(w wear) (n int) {
	counted := map[pageKey]bool{}
	for _, e := range w.egvs {
		if !counted[e.on] {
			counted[e.on] = true
			n += d.lost[e.on]
		}
	}
	return n
}

// sayOf names what a person must know of a wear.
func (s *readout) sayOf(w wear, r *cgm.Recording, unsure int) {
	if unsure > 0 {
		s.problem("Transmitter %q: the receiver does not say what its clock showed at %d of the readings; "+
			"their wall-clock times are by the clock as set at download. Elapsed time is not touched.", w.transmitter, unsure)
	}
	if r.Conflicts > 0 {
		s.problem("Transmitter %q: %s stood twice with different values; the first was kept.",
			w.transmitter, counted(r.Conflicts, "reading"))
	}
	if w.unsure {
		s.problem("Two transmitters were started within seconds of each other. Which readings are of which "+
			"was told by their clocks alone (here: transmitter %q, from %s): check them against the "+
			"chart.", w.transmitter, r.First())
	}
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

// calibrations are the fingersticks; an entry that was matched to a reading
// stands twice.
func (s *readout) calibrations(c clocks) {
	type entry struct {
		time uint32
		mgDL int
	}
	seen := map[entry]bool{}
	for _, m := range s.data.meters {
		if seen[entry{m.Time, m.MgDL}] || m.Time == noTime {
			continue
		}
		seen[entry{m.Time, m.MgDL}] = true
		system := int64(m.Time)
		offset, _ := c.at(system, m.offset())
		if r := s.of(system); r != nil {
			display := cgm.DexcomEpoch + cgm.WallTime(system+offset)
			r.Calibrations = append(r.Calibrations, cgm.Calibration{System: system, Display: display, MgDL: float64(m.MgDL)})
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
	unknown := map[int]int{}
	for _, u := range s.data.events {
		kind, ok := eventKinds[u.Type]
		if !ok || u.Time == noTime {
			unknown[u.Type]++
			continue
		}
		e := u.event(kind, c)
		if r := s.of(e.System); r != nil {
			r.Events = append(r.Events, e)
		}
	}
	var kinds []int
	for kind := range unknown {
		kinds = append(kinds, kind)
	}
	slices.Sort(kinds)
	const named = 3
	for _, kind := range kinds[:min(len(kinds), named)] {
		s.problem("%s of the unknown type %d %s left out.", counted(unknown[kind], "event"), kind, wasOrWere(unknown[kind]))
	}
	if more := len(kinds) - named; more > 0 {
		s.problem("Events of %d more unknown types were left out.", more)
	}
}

func (u userEvent) event(kind cgm.EventKind, c clocks) cgm.Event {
	offset, _ := c.at(int64(u.System), u.offset())
	e := cgm.Event{
		System: int64(u.Time) - offset, Display: cgm.DexcomEpoch + cgm.WallTime(u.Time),
		Kind: kind, Subtype: eventSubtypes[u.Type][u.Subtype], Value: float64(u.Value),
	}
	switch kind {
	case cgm.Insulin:
		e.Value /= 100 // hundredths of a unit
	case cgm.Health:
		e.Value = 0
	}
	if e.Subtype == "" && u.Subtype != 0 {
		e.Subtype = fmt.Sprintf("type %d", u.Subtype)
	}
	return e
}
