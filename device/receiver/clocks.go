package receiver

import (
	"cmp"
	"fmt"
	"slices"
	"sort"
	"time"

	"tracedesk/cgm"
)

func seconds(n int64) time.Duration { return time.Duration(n) * time.Second }

func abs(n int64) int64 { return max(n, -n) }

// duration words seconds for a person.
func duration(n int64) string {
	if n < 60 {
		return counted(int(n), "second")
	}
	if n < 3600 {
		return counted(int(n/60), "minute")
	}
	return fmt.Sprintf("%d h %d min", n/3600, n/60%60)
}

// clockMove is a change of the receiver's system clock, as its settings show it:
// patients' receivers have none, a Pro reader's clock is set by the maker's
// program, backwards too.
type clockMove struct {
	before int64 // what the old clock showed when it was moved
	by     int64
	// What the wall clock was ahead of the system clock before and after.
	displayBefore, displayAfter int64
}

func (m clockMove) after() int64 { return m.before + m.by }

// clockMoves are the changes of the system clock, in order.
func (d *records) clockMoves() (out []clockMove) {
	for i := 1; i < len(d.settings); i++ {
		was, is := d.settings[i-1], d.settings[i]
		if by := int64(is.SystemOffset) - int64(was.SystemOffset); by != 0 {
			out = append(out, clockMove{int64(is.System) - by, by, int64(was.DisplayOffset), int64(is.DisplayOffset)})
		}
	}
	return out
}

func totalOf(moves []clockMove) (by int64) {
	for _, m := range moves {
		by += m.by
	}
	return by
}

// sameOffset is how many seconds two display offsets may differ and be the same.
const sameOffset = 2

// place is one of the stretches between two moves of the system clock.
type place struct {
	stretch int   // how many moves lie before it
	by      int64 // how far the clock was moved since
	display int64 // what the wall clock was ahead in it
}

// movedSince is how far the system clock was moved after a record was written.
// The record lies between two moves, on the clock as it ran then; where a clock
// that was set back makes two places possible, the display offset of the record
// decides, then the settings that were written with it, and where these fit
// both, sure is false.
func (d *records) movedSince(moves []clockMove, at stamp) (by int64, sure bool) {
	places := placesOf(moves, at)
	if len(places) == 0 {
		return 0, len(moves) == 0
	}
	for _, fits := range []func(place) bool{
		func(p place) bool { return abs(p.display-at.offset()) <= sameOffset },
		func(p place) bool { return d.settingBeside(moves, p.stretch, at) },
	} {
		fitting := slices.DeleteFunc(slices.Clone(places), func(p place) bool { return !fits(p) })
		if !allTheSame(places) && len(fitting) > 0 {
			places = fitting
		}
	}
	return places[len(places)-1].by, allTheSame(places)
}

// placesOf are the stretches that a record's system second can lie in.
func placesOf(moves []clockMove, at stamp) (out []place) {
	const slack = 5
	for k := range len(moves) + 1 {
		system := int64(at.System)
		if k > 0 && system < moves[k-1].after()-slack || k < len(moves) && system > moves[k].before+slack {
			continue
		}
		p := place{stretch: k, by: totalOf(moves[k:])}
		if k < len(moves) {
			p.display = moves[k].displayBefore
		} else if k > 0 {
			p.display = moves[k-1].displayAfter
		}
		out = append(out, p)
	}
	return out
}

func allTheSame(places []place) bool {
	return !slices.ContainsFunc(places, func(p place) bool { return p.by != places[0].by })
}

// settingBeside says whether settings were written with a record, in the given
// stretch between two moves of the clock: a receiver writes them at whatever it
// does, and their order is known.
func (d *records) settingBeside(moves []clockMove, stretch int, at stamp) bool {
	const beside = 30 // seconds
	passed := 0
	for i, s := range d.settings {
		if i > 0 && s.SystemOffset != d.settings[i-1].SystemOffset {
			passed++
		}
		if passed == stretch && abs(int64(s.System)-int64(at.System)) <= beside {
			return len(moves) == len(d.clockMoves())
		}
	}
	return false
}

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

// clockSet is the first second that a receiver's clock can show once it was set:
// records of 2009 are from before.
const clockSet = 365 * 86400

func (d *records) clocks() clocks {
	var c clocks
	for _, s := range d.settings {
		if s.System >= clockSet && s.System != noTime {
			c.settings = append(c.settings, offsetFrom{int64(s.System) + s.moved, int64(s.DisplayOffset) - s.moved})
		}
	}
	for _, e := range d.egvs {
		if !e.backfilled() && e.System != noTime {
			c.live = append(c.live, offsetFrom{e.stored, e.ahead()})
		}
	}
	for _, h := range [][]offsetFrom{c.settings, c.live} {
		slices.SortStableFunc(h, func(a, b offsetFrom) int { return cmp.Compare(a.system, b.system) })
	}
	return c
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
	offset, sure := e.ahead(), true
	if e.backfilled() {
		offset, sure = c.at(e.measured, e.ahead())
	}
	return cgm.DexcomEpoch + cgm.WallTime(e.measured+offset), sure
}
