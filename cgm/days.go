package cgm

import (
	"cmp"
	"slices"
)

// Day is one calendar day of a recording, by the display clock.
type Day struct {
	Date     Date
	Readings []Reading // in the device's order; a repeated hour keeps both
	Summary  Summary
}

// Days divides the recording into calendar days, in order of date. A day
// without readings is left out.
func (r *Recording) Days() []Day {
	byDate := map[Date]int{}
	var days []Day
	for i := 0; i < len(r.Readings); {
		date := r.Readings[i].Display.Date()
		j := i + 1
		for j < len(r.Readings) && r.Readings[j].Display.Date() == date {
			j++
		}
		if at, again := byDate[date]; again { // a clock set back over midnight
			days[at].Readings = append(days[at].Readings[:len(days[at].Readings):len(days[at].Readings)], r.Readings[i:j]...)
		} else {
			byDate[date] = len(days)
			days = append(days, Day{Date: date, Readings: r.Readings[i:j]})
		}
		i = j
	}
	slices.SortFunc(days, func(a, b Day) int { return cmp.Compare(a.Date, b.Date) })
	for i := range days {
		days[i].Summary, _ = Summarise(days[i].Readings)
	}
	return days
}

// OnDays is the recording with the readings of those calendar days alone that
// keep says; everything else stays. It has the same readings, not copies. It is
// for looking, not for counting hours: a day left out is a gap in it.
func (r *Recording) OnDays(keep func(Date) bool) *Recording {
	out := *r
	out.Readings = nil
	for i := range r.Readings {
		if keep(r.Readings[i].Display.Date()) {
			out.Readings = append(out.Readings, r.Readings[i])
		}
	}
	return &out
}
