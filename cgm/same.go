package cgm

import "sort"

// Shared says how the readings of two recordings lie over each other by the
// wall clock, whatever ids and device clocks they carry.
type Shared struct {
	Same  int // readings that stand in both, with one value
	Other int // readings for whose time the other recording has another value
	Alone int // readings within the other's time for which it has none
}

// sameReadingSeconds is how far apart the wall clocks of one reading may stand
// in two files: a phone's cloud gives its copies some ten seconds later, and a
// spreadsheet leaves the seconds out.
const sameReadingSeconds = 60

// Compare lays the readings of b over those of a. Where the sources write in
// different units, values may differ by what the rounding to 0.1 mmol/L takes.
func Compare(a, b *Recording) (s Shared) {
	times := byDisplay(a)
	if len(times) == 0 {
		return s
	}
	tolerance := unitTolerance(a, b)
	first, last := times[0].Display, times[len(times)-1].Display
	for i := range b.Readings {
		g := &b.Readings[i]
		if g.Display < first-sameReadingSeconds || g.Display > last+sameReadingSeconds {
			continue
		}
		switch near := nearestOf(times, g, tolerance); {
		case near == nil:
			s.Alone++
		case near.MgDL-g.MgDL <= tolerance && g.MgDL-near.MgDL <= tolerance:
			s.Same++
		default:
			s.Other++
		}
	}
	return s
}

// byDisplay are the readings in order of the wall clock.
func byDisplay(r *Recording) []Reading {
	out := make([]Reading, len(r.Readings))
	copy(out, r.Readings)
	sort.SliceStable(out, func(i, j int) bool { return out[i].Display < out[j].Display })
	return out
}

// Kinship is how a recording stands to one that is kept.
type Kinship uint8

const (
	// Stranger is another sensor, or another run of a transmitter's count.
	Stranger Kinship = iota
	// Continues is more of the same transmitter's run, without a reading in both.
	Continues
	// SameReadings has readings that are kept already.
	SameReadings
	// Unclear has some readings that are kept already, and others that
	// contradict them: a person has to say.
	Unclear
)

const (
	// farthestZoneSeconds is how far travel and daylight saving set a clock.
	farthestZoneSeconds = 26 * 3600
	// certainlySame readings with one time and value in both are no chance.
	certainlySame = 12
)

// KinshipOf says how r stands to a kept recording. Transmitters and their counts
// tell where both give them; where an id is missing or was damaged, and where
// ids differ, the wall clock and the values do.
func KinshipOf(kept, r *Recording) Kinship {
	named := kept.TransmitterID != "" && kept.TransmitterID == r.TransmitterID
	if len(kept.Readings) == 0 || len(r.Readings) == 0 {
		return Stranger
	}
	a, b := countsOf(kept), countsOf(r)
	var kin Kinship
	switch {
	case named && a.kind == b.kind && a.kind != noCount:
		kin = byCount(a, b, kept, r)
	case named:
		s := Compare(kept, r)
		if kin = byWall(s, 1); s.Same+s.Other == 0 {
			kin = Continues
		}
	case kept.TransmitterID != "" && r.TransmitterID != "":
		kin = byWall(Compare(kept, r), certainlySame)
	default:
		kin = byWall(Compare(kept, r), 3)
	}
	// A transmitter carries one sensor after another. Where only one source says
	// when its sensor was inserted, a shared reading must show that it is the same.
	if kin == Continues && (kept.InsertedAt == 0) != (r.InsertedAt == 0) {
		return Stranger
	}
	// Another insertion is another sensor, unless the readings are the same: the
	// clock that it is told by may have been set between two reads.
	if kin != SameReadings && otherSensor(kept, r) {
		return Stranger
	}
	return kin
}

// otherSensor says whether both recordings name an insertion, and not the same
// one. Two reads of one device may give it some seconds apart.
func otherSensor(a, b *Recording) bool {
	const drift = 120
	apart := a.InsertedAt - b.InsertedAt
	return a.InsertedAt != 0 && b.InsertedAt != 0 && (apart > drift || apart < -drift)
}

// byWall judges what stands in both by wall clock and value.
func byWall(s Shared, least int) Kinship {
	told := s.Same + s.Other
	switch {
	case s.Same >= least && 20*s.Same >= 19*told:
		return SameReadings
	case 5*s.Same >= told && s.Same > 0:
		return Unclear
	}
	return Stranger
}

// countKind is which clock tells a recording's readings apart.
type countKind uint8

const (
	noCount          countKind = iota // the wall clock alone
	transmitterCount                  // the transmitter's
	deviceCount                       // the device's
)

// counts are a recording's readings by the clock that tells them apart.
type counts struct {
	kind        countKind
	at          map[int64]*Reading
	first, last *Reading
}

func (k countKind) of(g *Reading) int64 {
	if k == transmitterCount {
		return g.TransmitterSeconds
	}
	return g.System
}

func countsOf(r *Recording) counts {
	c := counts{kind: deviceCount}
	if r.NoDeviceClock {
		c.kind = noCount
	}
	for i := range r.Readings {
		if r.Readings[i].TransmitterSeconds != NoTransmitterTime {
			c.kind = transmitterCount
			break
		}
	}
	if c.kind == noCount {
		return c
	}
	c.at = make(map[int64]*Reading, len(r.Readings))
	for i := range r.Readings {
		g := &r.Readings[i]
		if c.kind == transmitterCount && g.TransmitterSeconds == NoTransmitterTime {
			continue
		}
		if c.at[c.kind.of(g)] = g; c.first == nil {
			c.first = g
		}
		c.last = g
	}
	return c
}

// zero is where the wall clock stood when the count began, by a reading.
func (c *counts) zero(g *Reading) int64 { return int64(g.Display) - c.kind.of(g) }

// byCount judges two recordings of one transmitter by its count: within one run
// the same count is the same reading. A count that fell while the wall clock
// went on is another run.
func byCount(a, b counts, kept, r *Recording) Kinship {
	same, other := 0, 0
	tolerance := unitTolerance(kept, r)
	for at, g := range b.at {
		k, there := a.at[at]
		if !there {
			continue
		}
		if d := int64(k.Display - g.Display); d > farthestZoneSeconds || d < -farthestZoneSeconds {
			other++
		} else if v := k.MgDL - g.MgDL; v <= tolerance && v >= -tolerance {
			same++
		} else {
			other++
		}
	}
	switch told := same + other; {
	case told == 0:
		return withoutShared(a, b)
	case 2*same > told:
		return SameReadings
	case 5*same >= told:
		return Unclear
	}
	return Stranger
}

// withoutShared judges two stretches of one transmitter's count.
func withoutShared(a, b counts) Kinship {
	low, high := a, b // by the count
	if b.kind.of(b.first) < a.kind.of(a.first) {
		low, high = b, a
	}
	apart := low.zero(low.last) - high.zero(high.first)
	if apart > farthestZoneSeconds || apart < -farthestZoneSeconds {
		return Stranger
	}
	if low.first.Display > high.last.Display && low.zero(low.first) >= int64(high.last.Display) {
		return Stranger
	}
	return Continues
}

// unitTolerance is how far values of one reading may stand apart: sources in
// different units round to 0.1 mmol/L.
func unitTolerance(a, b *Recording) float64 {
	if a.Unit != b.Unit {
		return 1
	}
	return 0
}

// Merged is what adding one recording to another did.
type Merged struct {
	New       int // readings that were not there
	There     int // readings that were
	Conflicts int // of these, with another value; the kept one stays
}

// Merge adds to a kept recording the readings of r that it has not, each at its
// place on the kept recording's clock. The two must be of one kin.
func Merge(kept, r *Recording) (m Merged) {
	match := matcher(kept, r)
	shift := shiftWithout(kept, r)
	known := false
	var added []Reading
	for i := range r.Readings {
		g := r.Readings[i]
		at := match(&g)
		if at == nil {
			g.System += shift
			added = append(added, g)
			continue
		}
		m.There++
		if v := at.MgDL - g.MgDL; v > unitTolerance(kept, r) || v < -unitTolerance(kept, r) {
			m.Conflicts++
		}
		if shift = at.System - g.System; !known { // what came before lies by the same shift
			known = true
			for n := range added {
				added[n].System = r.Readings[n].System + shift
			}
		}
	}
	m.New = len(added)
	kept.Readings = append(kept.Readings, added...)
	sort.SliceStable(kept.Readings, func(i, j int) bool { return kept.Readings[i].System < kept.Readings[j].System })
	kept.Conflicts += m.Conflicts
	kept.IntervalSeconds = DetectInterval(kept.Readings)
	return m
}

// matcher finds the kept reading that a reading of r is, or nil.
func matcher(kept, r *Recording) func(g *Reading) *Reading {
	a, b := countsOf(kept), countsOf(r)
	times := byDisplay(kept)
	tolerance := unitTolerance(kept, r)
	return func(g *Reading) *Reading {
		if a.kind == b.kind && a.kind != noCount {
			if k, there := a.at[b.kind.of(g)]; there {
				return k
			}
			if a.kind == deviceCount || g.TransmitterSeconds != NoTransmitterTime {
				return nil
			}
		}
		return nearestOf(times, g, tolerance)
	}
}

// nearestOf is the reading near the wall time of g: one of its value before one
// of another.
func nearestOf(times []Reading, g *Reading, tolerance float64) (found *Reading) {
	i := sort.Search(len(times), func(i int) bool { return times[i].Display >= g.Display-sameReadingSeconds })
	for ; i < len(times) && times[i].Display <= g.Display+sameReadingSeconds; i++ {
		if found == nil {
			found = &times[i]
		}
		if d := times[i].MgDL - g.MgDL; d <= tolerance && d >= -tolerance {
			return &times[i]
		}
	}
	return found
}

// shiftWithout is by how much r's clock lies off the kept one's where no
// reading stands in both: by the count, or by the wall clock.
func shiftWithout(kept, r *Recording) int64 {
	a, b := countsOf(kept), countsOf(r)
	if a.kind == b.kind && a.kind != noCount {
		return (a.last.System - a.kind.of(a.last)) - (b.first.System - b.kind.of(b.first))
	}
	k, g := &kept.Readings[len(kept.Readings)-1], &r.Readings[0]
	return (k.System - int64(k.Display)) - (g.System - int64(g.Display))
}
