package cgm

import "sort"

// Shared says how the readings of two recordings lie over each other by the
// wall clock, whatever ids and device clocks they carry.
type Shared struct {
	Same  int // readings that stand in both, with one value
	Other int // readings for whose time the other recording has another value
	Alone int // readings within the other's time for which it has none
}

// Together is how many readings lie within the other recording's time.
func (s Shared) Together() int { return s.Same + s.Other + s.Alone }

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
	tolerance := 0.0
	if a.Unit != b.Unit {
		tolerance = 1
	}
	first, last := times[0].Display, times[len(times)-1].Display
	for i := range b.Readings {
		g := &b.Readings[i]
		if g.Display < first-sameReadingSeconds || g.Display > last+sameReadingSeconds {
			continue
		}
		switch near, same := lookUp(times, g, tolerance); {
		case same:
			s.Same++
		case near:
			s.Other++
		default:
			s.Alone++
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

// lookUp says whether a reading stands near the wall time of g, and whether one
// of them has its value.
func lookUp(times []Reading, g *Reading, tolerance float64) (near, same bool) {
	i := sort.Search(len(times), func(i int) bool { return times[i].Display >= g.Display-sameReadingSeconds })
	for ; i < len(times) && times[i].Display <= g.Display+sameReadingSeconds; i++ {
		near = true
		if d := times[i].MgDL - g.MgDL; d <= tolerance && d >= -tolerance {
			return true, true
		}
	}
	return near, false
}
