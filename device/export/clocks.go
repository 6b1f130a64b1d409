package export

import (
	"cmp"
	"math"
	"slices"

	"tracedesk/cgm"
)

// A transmitter counts seconds, and its count is the key to a reading: the same
// count of one transmitter is the same reading. That holds within one run of
// the count alone. A transmitter that was reset, or that is used again, counts
// from zero under the same id; and what a spreadsheet rounded counts nothing.
// So the rows are laid out in strands along which count and wall clock go
// together. Strands are then tied into runs: a wall clock that was set leaves
// two strands of one run, a count that fell begins another.

const (
	// clockToleranceSeconds is how far wall clock and count may part between
	// neighbouring readings: delays and drift, and no set clock.
	clockToleranceSeconds = 120
	// driftShare bounds a quartz: 100 parts in a million for each of two clocks.
	driftShare = 5000
	// farthestZone is how far travel and daylight saving together set a clock.
	farthestZone = 26 * 3600
	// sameCountSeconds is how near two counts are the same slot.
	sameCountSeconds = 140
	// goesOnSeconds is how soon a count goes on after a clock was set: the
	// readings were never interrupted, or by one or two slots.
	goesOnSeconds = 900
	// mostStrands is how many strands a file of sound counts may have: a sensor
	// every ten days is 183 in five years. Beyond the first few there are five
	// rows for each.
	mostStrands = 600
	fewStrands  = 4
	// strandsApart is how many strands may begin between two of one run.
	strandsApart = 40
)

// item is a glucose row on its way into a recording.
type item struct {
	cgm.Reading
	origin
	run int // index of its run, or -1
}

// strand is rows of one transmitter along which count and wall clock go together.
type strand struct {
	transmitter uint16
	items       []int // in order of the count
	first, last cgm.WallTime
}

// zero is the wall time at which the strand's count began.
func (s *strand) zero(items []item) int64 {
	g := &items[s.items[0]]
	return int64(g.Display) - g.TransmitterSeconds
}

// run is one run of a transmitter's count.
type run struct {
	transmitter uint16
	strands     []*strand
}

// strandsOf lays out the rows that have a count; ok is false where the counts
// and the wall clock do not go together at all.
func strandsOf(items []item) (out []*strand, ok bool) {
	order := make([]int, 0, len(items))
	for i := range items {
		if items[i].TransmitterSeconds != cgm.NoTransmitterTime {
			order = append(order, i)
		}
	}
	slices.SortStableFunc(order, func(a, b int) int {
		x, y := &items[a], &items[b]
		return cmp.Or(cmp.Compare(x.TransmitterSeconds, y.TransmitterSeconds), cmp.Compare(x.Display, y.Display))
	})
	for _, i := range order {
		s := nearestStrand(out, items, i)
		if s == nil {
			if len(out) == mostStrands {
				return nil, false
			}
			s = &strand{transmitter: items[i].transmitter, first: items[i].Display, last: items[i].Display}
			out = append(out, s)
		}
		if s.transmitter == 0 {
			s.transmitter = items[i].transmitter
		}
		s.items = append(s.items, i)
		s.first, s.last = min(s.first, items[i].Display), max(s.last, items[i].Display)
	}
	return out, len(out) <= fewStrands || len(out)*5 <= len(order)
}

// nearestStrand is the strand that item i goes on with, or nil.
func nearestStrand(strands []*strand, items []item, i int) (best *strand) {
	g := &items[i]
	least := int64(math.MaxInt64)
	for _, s := range strands {
		if !sameTransmitter(s.transmitter, g.transmitter) {
			continue
		}
		before := &items[s.items[len(s.items)-1]]
		counted := g.TransmitterSeconds - before.TransmitterSeconds
		parted := int64(g.Display-before.Display) - counted
		if parted = max(parted, -parted); parted <= clockToleranceSeconds+counted/driftShare && parted < least {
			best, least = s, parted
		}
	}
	return best
}

// sameTransmitter says whether two rows may be of one transmitter: a row
// without an id may be of any.
func sameTransmitter(a, b uint16) bool { return a == b || a == 0 || b == 0 }

// relation is how two strands of one transmitter stand to each other.
type relation uint8

const (
	oneRun    relation = iota // the wall clock was set, or two displays showed different times
	twoRuns                   // the count began again
	noMeaning                 // neither can be: the counts are no counts
)

// bond is the relation of a pair of strands. A bond that is tied by the count
// alone, where one goes on when the other ends or both have the same rows, is
// sure; the surest of the others is that with the least gap.
type bond struct {
	a, b *strand
	relation
	sure bool
	gap  int64
}

// runsOf ties strands into runs; ok is false where the counts are none.
func runsOf(items []item, strands []*strand) (out []*run, ok bool) {
	slices.SortStableFunc(strands, func(a, b *strand) int { return cmp.Compare(a.first, b.first) })
	var bonds []bond
	of := map[*strand]*run{}
	for n, b := range strands {
		of[b] = &run{transmitter: b.transmitter, strands: []*strand{b}}
		for _, a := range strands[max(0, n-strandsApart):n] {
			if !sameTransmitter(a.transmitter, b.transmitter) {
				continue
			}
			bound := relate(items, a, b)
			if bound.relation == noMeaning {
				return nil, false
			}
			bonds = append(bonds, bound)
		}
	}
	slices.SortStableFunc(bonds, func(x, y bond) int { return cmp.Or(surer(x, y), cmp.Compare(x.gap, y.gap)) })
	apart := map[[2]*strand]int64{}
	for _, x := range bonds {
		if x.relation == twoRuns {
			if x.sure {
				x.gap = -1
			}
			apart[[2]*strand{x.a, x.b}], apart[[2]*strand{x.b, x.a}] = x.gap, x.gap
		}
	}
	for _, x := range bonds {
		if a, b := of[x.a], of[x.b]; x.relation == oneRun && a != b && a.mayTake(b, x, apart) {
			a.take(b, of)
		}
	}
	for _, s := range strands {
		if r := of[s]; !slices.Contains(out, r) {
			out = append(out, r)
		}
	}
	for n, r := range out {
		for _, s := range r.strands {
			for _, i := range s.items {
				items[i].run = n
			}
		}
	}
	return out, !restless(items, out)
}

func surer(x, y bond) int {
	switch {
	case x.sure == y.sure:
		return 0
	case x.sure:
		return -1
	}
	return 1
}

// mayTake says whether a bond makes two runs one: they are of one transmitter,
// and no strand of the one is apart from one of the other by a surer bond.
// apart holds the gap of such bonds, and less than 0 for those that are sure.
func (r *run) mayTake(other *run, by bond, apart map[[2]*strand]int64) bool {
	if !sameTransmitter(r.transmitter, other.transmitter) {
		return false
	}
	limit := by.gap
	if by.sure {
		limit = 0
	}
	for _, a := range r.strands {
		for _, b := range other.strands {
			if gap, are := apart[[2]*strand{a, b}]; are && gap < limit {
				return false
			}
		}
	}
	return true
}

func (r *run) take(other *run, of map[*strand]*run) {
	for _, s := range other.strands {
		of[s] = r
	}
	r.strands = append(r.strands, other.strands...)
	r.transmitter = max(r.transmitter, other.transmitter) // one of them may have no name
}

// restless says whether the wall clock would have been set more often than
// people do: then the counts are rounded.
func restless(items []item, runs []*run) bool {
	for _, r := range runs {
		if len(r.strands) > 1 && r.changes(items) > max(6, r.size()/20) {
			return true
		}
	}
	return false
}

func (r *run) size() (n int) {
	for _, s := range r.strands {
		n += len(s.items)
	}
	return n
}

// changes is how often the run goes from one strand to another. Copies that
// another display gave at its own time are none.
func (r *run) changes(items []item) (n int) {
	type step struct {
		count  int64
		strand int
	}
	steps := make([]step, 0, r.size())
	for of, s := range r.strands {
		for _, i := range s.items {
			steps = append(steps, step{items[i].TransmitterSeconds, of})
		}
	}
	slices.SortStableFunc(steps, func(a, b step) int {
		return cmp.Or(cmp.Compare(a.count, b.count), cmp.Compare(a.strand, b.strand))
	})
	last := steps[0]
	for _, s := range steps[1:] {
		if s.count-last.count <= sameCountSeconds {
			continue
		}
		if s.strand != last.strand {
			n++
		}
		last = s
	}
	return n
}

// relate says how strand b, which begins later by the wall clock, stands to a.
func relate(items []item, a, b *strand) bond {
	m := meet(items, a, b)
	out := bond{a: a, b: b, gap: m.gap, sure: true}
	if m.same == 0 {
		out.sure = m.gap <= goesOnSeconds
		out.relation = m.across(items)
		return out
	}
	apart := b.zero(items) - a.zero(items)
	apart = max(apart, -apart)
	// The count of b may have begun again after the last reading of a.
	restarted := b.zero(items) >= int64(a.last) || b.first > a.last
	// Where it may have, copies must name another display.
	copies := 10*m.equal >= 9*m.same && (m.displays == m.same || m.same >= leastCopies && !restarted)
	switch {
	case copies && apart <= farthestZone:
	case restarted || apart > farthestZone || m.displays == m.same:
		out.relation = twoRuns
	default:
		out.relation = noMeaning
	}
	return out
}

// across judges two strands without a count in common.
func (m *meeting) across(items []item) relation {
	if m.gap <= goesOnSeconds {
		return oneRun
	}
	low, high := &items[m.low], &items[m.high]
	parted := int64(high.Display-low.Display) - m.gap
	parted = max(parted, -parted)
	restarted := m.highOf.zero(items) >= int64(m.lowOf.last)
	if fell := high.Display < low.Display; fell { // the count, while the wall clock went on
		restarted = parted > farthestZone || m.lowOf.zero(items) >= int64(m.highOf.last)
	} else if parted <= farthestZone {
		return oneRun
	}
	if restarted {
		return twoRuns
	}
	return oneRun
}

// meeting is where two strands come nearest by the count.
type meeting struct {
	same     int // rows with the same count
	equal    int // of these, copies by their value
	displays int // of these, from another display device

	gap           int64 // the least distance of neighbouring rows of both
	low, high     int   // the items of that gap
	lowOf, highOf *strand
}

// meet walks both strands in order of the count.
func meet(items []item, a, b *strand) meeting {
	m := meeting{gap: math.MaxInt64}
	for i, j := 0, 0; i < len(a.items) && j < len(b.items); {
		x, y := &items[a.items[i]], &items[b.items[j]]
		d := y.TransmitterSeconds - x.TransmitterSeconds
		switch {
		case d > sameCountSeconds:
			m.nearer(d, a.items[i], b.items[j], a, b)
			i++
		case d < -sameCountSeconds:
			m.nearer(-d, b.items[j], a.items[i], b, a)
			j++
		default:
			m.same++
			if x.MgDL == y.MgDL && d <= copySeconds && d >= -copySeconds {
				m.equal++
			}
			if x.device != y.device {
				m.displays++
			}
			i, j = i+1, j+1
		}
	}
	return m
}

func (m *meeting) nearer(gap int64, low, high int, lowOf, highOf *strand) {
	if gap < m.gap {
		m.gap, m.low, m.high, m.lowOf, m.highOf = gap, low, high, lowOf, highOf
	}
}
