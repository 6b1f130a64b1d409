package receiver

import (
	"cmp"
	"math"
	"slices"
	"sort"

	"tracedesk/cgm"
)

// How the readings of a receiver are parted into wears.
//
// Which transmitter is in force is told first by the records: a receiver hears
// only the transmitter that is set, so that a reading which was stored when it
// was measured is of that one; so is one that was collected while the same one
// was set, unless the start of its clock is another one's. The transmitter's
// clock comes second: its start, on the receiver's clock, stays where it is but
// for the drift of two crystals.
// A transmitter gives one reading in five minutes, so that two readings closer
// than that are of two. What these do not tell apart is said, never joined.

const (
	// jitter is how many seconds the start of a transmitter's clock may seem to
	// move from one reading to the next, by rounding and radio.
	jitter = 10
	// crystal is how much two clocks may part, as a share of the time passed.
	crystal = 100e-6
	// cadence is less than lies between two readings of one transmitter, seconds.
	cadence = 270
	// sameReading is how far the start of the clock may move between two copies
	// of one reading, and sameSeconds their transmitter seconds.
	sameReading, sameSeconds = 2, 30
	// silence is how long a transmitter may give nothing while the start of its
	// clock alone says that it is still the same one, in seconds.
	silence = 86400
	// pause is the same where the records speak for another transmitter: less than
	// a new sensor's warm-up.
	pause = 3600
)

// inForce is a change of the transmitter that the receiver hears.
type inForce struct {
	system int64
	id     string
}

// wear is the readings of one sensor, before they are a recording.
type wear struct {
	transmitter string
	inserted    int64 // system seconds, 0 where no record says
	unsure      bool  // another transmitter's clock began within seconds
	egvs        []storedEGV
}

// group is the readings of one transmitter's clock.
type group struct {
	id          string // by the records in force
	likely      string // where these do not tell: by what was in force when the first was measured
	start, last int64  // of the clock, and its last reading, system seconds
	unsure      bool
	egvs        []storedEGV
}

// timeline is the transmitters in force, from the settings and the insertions.
func (d *records) timeline() (out []inForce) {
	set := ""
	for _, s := range d.settings {
		if s.Transmitter != set && s.System != noTime {
			set = s.Transmitter
			out = append(out, inForce{int64(s.System) + s.moved, set})
		}
	}
	for _, i := range d.insertions {
		if i.begins() && i.Transmitter != "" && i.at() != noTime {
			out = append(out, inForce{i.on(), i.Transmitter})
		}
	}
	out = slices.DeleteFunc(out, func(f inForce) bool { return f.id == "" })
	slices.SortStableFunc(out, func(a, b inForce) int { return cmp.Compare(a.system, b.system) })
	return out
}

// at is the transmitter in force at a system second, empty where none is known.
func at(timeline []inForce, system int64) string {
	i := sort.Search(len(timeline), func(i int) bool { return timeline[i].system > system })
	if i == 0 {
		return ""
	}
	return timeline[i-1].id
}

// wears divides the readings, which are in the order of measuring. current is
// the transmitter that the receiver names now.
func (d *records) wears(readings []storedEGV, current string) (out []wear) {
	line := d.timeline()
	groups, timeless := d.grouped(readings, line)
	for _, g := range groups {
		if g.id == "" && g.unsure {
			g.id = g.likely
		} else if g.id == "" {
			g.id = d.nameOf(g, line)
		}
	}
	d.nameTwins(groups)
	for _, g := range groups {
		out = append(out, d.byInsertion(g)...)
	}
	out = d.withoutClock(out, timeless, line)
	slices.SortStableFunc(out, func(a, b wear) int { return cmp.Compare(a.egvs[0].measured, b.egvs[0].measured) })
	// Where no record names a transmitter, the current one is that of the last
	// wear; whose the earlier ones were is not known.
	if n := len(out); n > 0 && out[n-1].transmitter == "" {
		out[n-1].transmitter = current
	}
	return out
}

// grouped groups readings by their transmitter; timeless are those without its
// clock.
func (d *records) grouped(readings []storedEGV, line []inForce) (groups []*group, timeless []storedEGV) {
	for _, e := range readings {
		if e.TransmitterSeconds == cgm.NoTransmitterTime {
			timeless = append(timeless, e)
			continue
		}
		who := d.heardFrom(e, line)
		g, left := d.belongs(groups, e, who, line)
		if g != nil {
			g.take(e, who)
			continue
		}
		g = &group{id: who, likely: at(line, e.measured), start: e.start(), last: e.measured, egvs: []storedEGV{e}}
		if left {
			g.likely, g.unsure = at(line, e.stored), true
		}
		groups = append(groups, g)
	}
	return groups, timeless
}

// heardFrom is the transmitter that a reading came from as the records have it,
// empty where only the clocks can tell: where another one was set before it was
// collected, or where its clock began with another one's.
func (d *records) heardFrom(e storedEGV, line []inForce) string {
	who := at(line, e.stored)
	switch {
	case !e.backfilled():
		return who
	case who != at(line, e.measured) || !d.mayHaveStarted(who, e.start()):
		return ""
	}
	own := d.awayFrom(e.start(), func(id string) bool { return id == who })
	other := d.awayFrom(e.start(), func(id string) bool { return id != who })
	if other <= agreeing && own-other > jitter {
		return ""
	}
	return who
}

// never is farther from a clock's start than any clock is.
const never = math.MaxInt64

// awayFrom is how many seconds the start of a clock lies from the nearest one
// that the insertions tell of the transmitters asked for; never where they tell
// none.
func (d *records) awayFrom(start int64, of func(id string) bool) int64 {
	away := int64(never)
	for _, i := range d.insertions {
		if began, ok := i.activation(); ok && i.begins() && of(i.Transmitter) {
			away = min(away, abs(began+i.moved-start))
		}
	}
	return away
}

// who is the transmitter as far as it is known.
func (g *group) who() string { return cmp.Or(g.id, g.likely) }

// start is when the transmitter's clock was 0, on the system clock.
func (e storedEGV) start() int64 { return e.measured - e.TransmitterSeconds }

func (g *group) take(e storedEGV, who string) {
	g.egvs = append(g.egvs, e)
	g.start, g.last = e.start(), max(g.last, e.measured) // follows the drift
	if g.id == "" {
		g.id = who
	}
}

// belongs finds the group that a reading is of: nil for a new one. left says that
// a group was passed over though nothing but its long silence speaks against it.
func (d *records) belongs(groups []*group, e storedEGV, who string, line []inForce) (best *group, left bool) {
	var clashing []*group
	expected := who
	if who == "" {
		expected = at(line, e.measured)
	}
	for _, g := range groups {
		off := abs(g.start - e.start())
		if float64(off) > jitter+crystal*float64(abs(e.measured-g.last)) {
			continue
		}
		if d.another(g, e, who) {
			continue // heard while another transmitter was in force
		}
		if who == "" && e.measured-g.last > silence && at(line, e.stored) != g.who() && g.who() != "" {
			left = true
			continue
		}
		if g.clashes(e) {
			clashing = append(clashing, g)
			continue
		}
		if best == nil || nearer(g, best, e, expected) {
			best = g
		}
	}
	if best == nil && len(clashing) > 0 {
		for _, g := range clashing {
			g.unsure = true
		}
	}
	return best, left && best == nil
}

// another says whether a reading that the records say is of who cannot be of the
// group's transmitter.
func (d *records) another(g *group, e storedEGV, who string) bool {
	switch {
	case who == "" || g.who() == "" || g.who() == who:
		return false
	case !e.backfilled():
		return g.id != "" && d.mayHaveStarted(who, e.start())
	case d.awayFrom(e.start(), func(id string) bool { return id == who }) <= agreeing:
		return true
	}
	return e.measured-g.last > pause
}

// nearer says whether g suits a reading better than another group does: by the
// transmitter expected, then by the start of the clock.
func nearer(g, than *group, e storedEGV, expected string) bool {
	if a, b := g.who() == expected, than.who() == expected; a != b {
		return a
	}
	return abs(g.start-e.start()) < abs(than.start-e.start())
}

// clashes says whether a group holds a reading so near that both cannot be of
// one transmitter, unless they are the same reading.
func (g *group) clashes(e storedEGV) bool {
	for _, other := range slices.Backward(g.egvs) {
		if e.measured-other.measured >= cadence {
			return false
		}
		if abs(e.measured-other.measured) < cadence && !sameEGV(e, other) {
			return true
		}
	}
	return false
}

// sameEGV says whether two records are one reading of one transmitter: stored
// twice at once, or heard and collected again with the same value.
func sameEGV(a, b storedEGV) bool {
	off := abs(a.start() - b.start())
	again := a.backfillPartition != b.backfillPartition && a.MgDL == b.MgDL && off <= sameReading
	return abs(a.TransmitterSeconds-b.TransmitterSeconds) <= sameSeconds && (off == 0 || again)
}

// mayHaveStarted says whether a transmitter's clock can have begun at a system
// second: no record says that it began elsewhere.
func (d *records) mayHaveStarted(id string, start int64) bool {
	away := d.awayFrom(start, func(other string) bool { return other == id })
	return away <= agreeing || away == never
}

// nameOf names the transmitter of readings that were all collected afterwards:
// the one in force when the first was measured; where another was in force when
// it was stored, the records of insertion decide between both.
func (d *records) nameOf(g *group, line []inForce) string {
	first := g.egvs[0]
	measured, stored := at(line, first.measured), at(line, first.stored)
	if measured == "" {
		return stored
	}
	if stored != "" && stored != measured && !d.mayHaveStarted(measured, first.start()) &&
		d.mayHaveStarted(stored, first.start()) {
		return stored
	}
	return measured
}

// nameTwins looks at groups under one name whose readings overlap: one
// transmitter cannot have two clocks at once. Where as many transmitters were
// inserted near the starts of these clocks, they are named in that order;
// otherwise none of them has a name.
func (d *records) nameTwins(groups []*group) {
	for i, g := range groups {
		var twins []*group
		for _, other := range groups[i:] {
			if other.id == g.id && g.id != "" && other.egvs[0].measured <= g.last && g.egvs[0].measured <= other.last {
				twins = append(twins, other)
			}
		}
		if len(twins) < 2 {
			continue
		}
		slices.SortFunc(twins, func(a, b *group) int { return cmp.Compare(a.egvs[0].start(), b.egvs[0].start()) })
		ids := d.startedNear(twins[0].egvs[0].start(), twins[len(twins)-1].egvs[0].start())
		for n, twin := range twins {
			twin.id, twin.unsure = "", true
			if len(ids) == len(twins) {
				twin.id = ids[n]
			}
		}
	}
}

// startedNear are the transmitters whose clocks began, by the insertions, about
// a span of time, in order.
func (d *records) startedNear(from, to int64) (out []string) {
	var near []inForce
	for _, i := range d.insertions {
		began, ok := i.activation()
		began += i.moved
		if !ok {
			began = i.on()
		}
		if i.begins() && i.Transmitter != "" && began >= from-agreeing && began <= to+agreeing {
			near = append(near, inForce{began, i.Transmitter})
		}
	}
	slices.SortStableFunc(near, func(a, b inForce) int { return cmp.Compare(a.system, b.system) })
	for _, n := range near {
		if !slices.Contains(out, n.id) {
			out = append(out, n.id)
		}
	}
	return out
}

// byInsertion divides readings of one transmitter at the insertions of its
// sensors.
func (d *records) byInsertion(g *group) (out []wear) {
	var inserted []int64
	for _, i := range d.insertions {
		if i.begins() && (i.Transmitter == "" || i.Transmitter == g.id) {
			inserted = append(inserted, i.on())
		}
	}
	slices.Sort(inserted)
	// said again at a contact
	inserted = slices.CompactFunc(inserted, func(a, b int64) bool { return abs(a-b) <= agreeing })
	last := -1
	for _, e := range g.egvs {
		n := sort.Search(len(inserted), func(k int) bool { return inserted[k] > e.measured })
		if n != last {
			w := wear{transmitter: g.id, unsure: g.unsure}
			if n > 0 {
				w.inserted = inserted[n-1]
			}
			out = append(out, w)
			last = n
		}
		out[len(out)-1].egvs = append(out[len(out)-1].egvs, e)
	}
	return out
}

// withoutClock adds the readings that carry no transmitter's clock: to the one
// wear that they lie in, else to wears by the transmitter in force.
func (d *records) withoutClock(out []wear, timeless []storedEGV, line []inForce) []wear {
	var groups []*group
	for _, e := range timeless {
		if i := wearAround(out, e); i >= 0 {
			out[i].egvs = append(out[i].egvs, e)
			continue
		}
		who := at(line, e.measured)
		if n := len(groups); n == 0 || groups[n-1].id != who {
			groups = append(groups, &group{id: who})
		}
		groups[len(groups)-1].take(e, who)
	}
	for i := range out {
		slices.SortStableFunc(out[i].egvs, func(a, b storedEGV) int { return cmp.Compare(a.measured, b.measured) })
	}
	for _, g := range groups {
		out = append(out, d.byInsertion(g)...)
	}
	return out
}

// wearAround is the one wear that a reading lies in, or −1.
func wearAround(wears []wear, e storedEGV) int {
	const near = 15 * 60
	found := -1
	for i, w := range wears {
		if len(w.egvs) == 0 || e.measured < w.egvs[0].measured-near || e.measured > w.egvs[len(w.egvs)-1].measured+near {
			continue
		}
		if found >= 0 {
			return -1 // two wears at once: it cannot be told
		}
		found = i
	}
	return found
}
