package wording

import (
	"fmt"

	"tracedesk/cgm"
	"tracedesk/clinic"
)

// CheckNotes are what a person must know of the recording beside the answer: rows
// and readings that are not in it, clocks that are missing, sensors that were
// joined. Every screen and document shows them.
func CheckNotes(c clinic.Check, r *cgm.Recording) []string {
	var out []string
	if r.BadRows > 0 {
		out = append(out,
			fmt.Sprintf("%s of the source could not be read: readings may be missing.", Counted(r.BadRows, "row")))
	}
	if r.Lost > 0 {
		out = append(out,
			fmt.Sprintf("%s that the device held could not be read from it and %s missing here.", Counted(r.Lost, "reading"),
				isOrAre(r.Lost)))
	}
	if r.MayContinue {
		out = append(out,
			"The recording fills the reader's memory page to its end: whether more readings followed cannot be told from it.")
	}
	if r.Conflicts > 0 {
		out = append(out,
			fmt.Sprintf("%s left out because the source gives another value for the same time.",
				Counted(r.Conflicts, "reading")))
	}
	out = append(out, clockNotes(r.ClockChanges())...)
	if r.NoDeviceClock {
		out = append(out,
			"The source gives wall-clock times only: a clock that was set during the wear cannot be told from elapsed time.")
	}
	if c.Coverage.HoursSpan > clinic.LongestWearHours {
		out = append(out,
			fmt.Sprintf("From first to last reading it is %s; one sensor is worn for ten days. The recording holds more "+
				"than one sensor, and the hours of all are counted here.", Counted(int(c.Coverage.HoursSpan/24), "day")))
	}
	return out
}

func isOrAre(n int) string {
	if n == 1 {
		return "is"
	}
	return "are"
}

// mostClockNotes is how many changes of the wall clock are told one by one.
const mostClockNotes = 4

// clockNotes name each jump of the wall clock: when, and by how much.
func clockNotes(changes []cgm.ClockChange) (out []string) {
	for i, c := range changes {
		if i == mostClockNotes {
			return append(out, fmt.Sprintf("The wall clock was set %d times more.", len(changes)-i))
		}
		how, by := "forward", c.Seconds
		if by < 0 {
			how, by = "back", -by
		}
		length := Minutes(float64(by) / 60)
		if days := by / cgm.SecondsPerDay; days >= 2 {
			length = Counted(int(days), "day")
		}
		out = append(out, fmt.Sprintf("The wall clock was set %s by %s: after %s %s it showed %s %s.",
			how, length, c.Before.Date(), c.Before.Clock(), c.At.Date(), c.At.Clock()))
	}
	return out
}

// CheckMethod says how the hours were counted, in one line.
func CheckMethod(c clinic.Check) string {
	clock := "the device's clock"
	if c.NoDeviceClock {
		clock = "the wall clock (the source gives no device clock)"
	}
	minutes := c.Coverage.IntervalSeconds / 60
	return fmt.Sprintf("method %d: unique %d-minute slots with a reading by %s, %s × %d min; not rounded up",
		c.MethodVersion, minutes, clock, Counted(c.Coverage.Slots, "slot"), minutes)
}

// CheckSentence says the answer and why, for a person.
func CheckSentence(c clinic.Check) string {
	recorded, span := Hours(c.Coverage.HoursRecorded), Hours(c.Coverage.HoursSpan)
	switch c.Result {
	case clinic.Met:
		return fmt.Sprintf("The 72-hour minimum is met: %s were recorded.", recorded)
	case clinic.SpanOnly:
		return fmt.Sprintf("The 72-hour minimum is not met by recorded hours: %s were recorded within a span of %s. "+
			"Whether the span counts is the payer's rule and needs a named person's decision and reason.", recorded, span)
	}
	return fmt.Sprintf("The 72-hour minimum is not met: %s were recorded within a span of %s.", recorded, span)
}
