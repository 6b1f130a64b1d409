package cgm

// Gap is a time without readings, between two neighbouring readings that are
// more than one and a half intervals apart on the device's clock.
type Gap struct {
	After   int // index of the reading before the gap
	From    WallTime
	To      WallTime
	Minutes float64 // on the device's clock, from reading to reading
}

// Coverage says how much of a wear was recorded, by the device's clock alone,
// so that neither daylight saving nor a set clock adds or takes an hour.
type Coverage struct {
	Readings          int
	Slots             int     // unique slots with a reading
	IntervalSeconds   int     // length of a slot
	HoursRecorded     float64 // Slots × interval
	HoursSpan         float64 // last − first + one interval
	LongestGapMinutes float64 // 0 without a gap
	GapsOver30        int     // gaps of at least 30 minutes
	Gaps              []Gap   // all, in order
}

// Coverage counts the recording's slots and gaps. A reading belongs to the slot
// nearest to it, counted from the first reading, and a slot counts once
// however many readings fall into it. (billing reference, section 2.)
func (r *Recording) Coverage() Coverage {
	c := Coverage{Readings: len(r.Readings), IntervalSeconds: r.IntervalSeconds}
	if len(r.Readings) == 0 {
		return c
	}
	step := int64(r.IntervalSeconds)
	r.slots(func(int) bool { c.Slots++; return true })
	for i := 1; i < len(r.Readings); i++ {
		c.addGap(r, i, step)
	}
	c.HoursRecorded = float64(int64(c.Slots)*step) / 3600
	c.HoursSpan = float64(r.Readings[len(r.Readings)-1].System-r.Readings[0].System+step) / 3600
	return c
}

// slots calls f with the index of the first reading of each slot, until f says stop.
func (r *Recording) slots(f func(i int) bool) {
	step := int64(r.IntervalSeconds)
	slot := int64(-1)
	for i := range r.Readings {
		if s := (r.Readings[i].System - r.Readings[0].System + step/2) / step; s != slot {
			slot = s
			if !f(i) {
				return
			}
		}
	}
}

// RecordedBy is the device time at which the given number of hours had been
// recorded; ok is false where they never were.
func (r *Recording) RecordedBy(hours int) (system int64, ok bool) {
	left := hours * 3600 / r.IntervalSeconds
	r.slots(func(i int) bool {
		left--
		if left == 0 {
			system, ok = r.Readings[i].System+int64(r.IntervalSeconds), true
		}
		return !ok
	})
	return system, ok
}

func (c *Coverage) addGap(r *Recording, i int, step int64) {
	before, after := &r.Readings[i-1], &r.Readings[i]
	seconds := after.System - before.System
	if 2*seconds <= 3*step {
		return
	}
	g := Gap{After: i - 1, From: before.Display, To: after.Display, Minutes: float64(seconds) / 60}
	c.Gaps = append(c.Gaps, g)
	c.LongestGapMinutes = max(c.LongestGapMinutes, g.Minutes)
	if seconds >= 30*60 {
		c.GapsOver30++
	}
}
