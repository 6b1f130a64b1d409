package export

import (
	"fmt"
	"slices"

	"tracedesk/cgm"
)

// settleDates decides for the whole file whether slashed dates begin with the
// month or the day: what makes every date exist; where both do, what makes the
// recording shorter, since a wear lasts days, not months. Where that tells
// nothing, the file's own habits decide, and it is said.
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
		if dayFirst = day < month; day == month {
			dayFirst = c.dashed || c.european
			c.sayAmbiguous(dayFirst)
		}
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

// sayAmbiguous says that the dates could be read in two ways, where it matters.
func (c *collector) sayAmbiguous(dayFirst bool) {
	for i := range c.rows.dayFirst {
		month, day := c.rows.readings[i].Display, c.rows.dayFirst[i]
		if month == day {
			continue
		}
		first, taken, other := "month", month, day
		if dayFirst {
			first, taken, other = "day", day, month
		}
		c.doubt("the dates may have the month or the day first, and nothing in the file tells which; "+
			"they were read %s first: %s, and not %s", first, taken.Date(), other.Date())
		return
	}
}

// mixedDates says that no one order of day and month makes all dates exist.
func (c *collector) mixedDates() bool { return c.slashed && c.badMonthFirst && c.badDayFirst }

// noteAll says what a person should know of the file as a whole.
func (c *collector) noteAll(recordings []*cgm.Recording) {
	if missing := c.index.most - c.index.least + 1 - c.index.count; c.index.count > 0 && missing > 0 {
		c.say("the Index column skips %d numbers: rows were removed from this file after it was exported", missing)
	}
	for i, r := range recordings {
		ofSame := func(k *cgm.Recording) bool { return k.TransmitterID == r.TransmitterID }
		if r.TransmitterID != "" && slices.ContainsFunc(recordings[:i], ofSame) {
			c.say("transmitter %s counts its time from the start again before %s: "+
				"it was reset or used again, and each run is a recording of its own", r.TransmitterID, r.First())
		}
		c.doubtClock(r)
		if r.Conflicts > 0 {
			c.say("%d readings were left out because another value was given for the same time; "+
				"those of the device with more readings (%s) were kept", r.Conflicts, orUnnamed(r.DeviceID))
		}
	}
}

// doubtClock says that the wall clock of a recording contradicts the
// transmitter's by more than people travel.
func (c *collector) doubtClock(r *cgm.Recording) {
	var far []cgm.ClockChange
	for _, change := range r.ClockChanges() {
		if d := max(change.Seconds, -change.Seconds); d > farthestZone {
			far = append(far, change)
		}
	}
	if len(far) == 0 {
		return
	}
	first, more := far[0], ""
	if len(far) > 1 {
		more = fmt.Sprintf(", and so %d times more", len(far)-1)
	}
	days := max(first.Seconds, -first.Seconds) / cgm.SecondsPerDay
	c.doubt("the wall clock and the transmitter's clock disagree: after %s the wall clock shows %s, %d days off, "+
		"while the transmitter's went on%s; day and month may be exchanged in some rows, or a device had a wrong date",
		first.Before, first.At, days, more)
}
