package clinic

import (
	"fmt"

	"tracedesk/cgm"
)

// CheckResult is the answer of the 72-hour check.
type CheckResult string

// The three answers. Span only: from first to last reading it is 72 hours, but
// fewer hours were recorded; it needs a person's decision and reason.
const (
	Met      CheckResult = "met"
	SpanOnly CheckResult = "span only"
	NotMet   CheckResult = "not met"
)

// CheckMethodVersion is the version of the way in which the hours are counted.
// A stored check keeps its own, so that an auditor can repeat it.
const CheckMethodVersion = 1

// RequiredHours is the least recording that 95250 and 95251 ask for.
const RequiredHours = 72

// Check is the 72-hour check of one recording: the facts, the answer, the
// method and the recording that it was made from.
type Check struct {
	Result        CheckResult
	Coverage      cgm.Coverage
	MethodVersion int
	RecordingHash string // SHA-256 of the recording's canonical CSV
	NoDeviceClock bool
}

// CheckRecord is a check as it is kept and handed on: the answer with the
// figures and the method that it rests on.
type CheckRecord struct {
	HoursRecorded     float64     `json:"hours_recorded"`
	HoursSpan         float64     `json:"hours_span"`
	Readings          int         `json:"readings"`
	Slots             int         `json:"slots"`
	LongestGapMinutes float64     `json:"longest_gap_minutes"`
	GapsOver30        int         `json:"gaps_over_30_minutes"`
	Result            CheckResult `json:"result"`
	MethodVersion     int         `json:"method_version"`
	RecordingHash     string      `json:"recording_sha256"`
}

// Record is the check as it is kept.
func (c Check) Record() CheckRecord {
	return CheckRecord{
		HoursRecorded: c.Coverage.HoursRecorded, HoursSpan: c.Coverage.HoursSpan, Readings: c.Coverage.Readings, Slots: c.Coverage.Slots,
		LongestGapMinutes: c.Coverage.LongestGapMinutes, GapsOver30: c.Coverage.GapsOver30,
		Result: c.Result, MethodVersion: c.MethodVersion, RecordingHash: c.RecordingHash,
	}
}

// CheckRecording counts the hours recorded: unique slots (of 5 minutes on a
// Dexcom sensor) with a reading, by the device's own clock, times the slot's
// length. It is met from 72 hours on, never rounded up: 864 slots of 5 minutes
// are 72 hours and 863 are not. LOW and HIGH are readings. The strictest
// reading of the sources; see the billing reference, section 2.
func CheckRecording(r *cgm.Recording) Check {
	c := r.Coverage()
	result := NotMet
	switch {
	case c.Slots*c.IntervalSeconds >= RequiredHours*3600:
		result = Met
	case c.HoursSpan >= RequiredHours:
		result = SpanOnly
	}
	return Check{result, c, CheckMethodVersion, r.Hash(), r.NoDeviceClock}
}

// longestWearDays is how long one sensor is worn at the most.
const longestWearDays = 10

// longestWearHours is the longest wear of one G6 Pro sensor, ten days, and half
// a day of grace for a device that reports its last readings late.
const longestWearHours = longestWearDays*24 + 12

// Notes are what a person must know of the recording beside the answer: rows
// and readings that are not in it, clocks that are missing, sensors that were
// joined. Every screen and document shows them.
func (c Check) Notes(r *cgm.Recording) []string {
	var out []string
	if r.BadRows > 0 {
		out = append(out, fmt.Sprintf("%s of the source could not be read: readings may be missing.", Counted(r.BadRows, "row")))
	}
	if r.Lost > 0 {
		out = append(out, fmt.Sprintf("%s that the device held could not be read from it and %s missing here.", Counted(r.Lost, "reading"), isOrAre(r.Lost)))
	}
	if r.MayContinue {
		out = append(out, "The recording fills the reader's memory page to its end: whether more readings followed cannot be told from it.")
	}
	if r.Conflicts > 0 {
		out = append(out, fmt.Sprintf("%s left out because the source gives another value for the same time.", Counted(r.Conflicts, "reading")))
	}
	out = append(out, clockNotes(r.ClockChanges())...)
	if r.NoDeviceClock {
		out = append(out, "The source gives wall-clock times only: a clock that was set during the wear cannot be told from elapsed time.")
	}
	if c.Coverage.HoursSpan > longestWearHours {
		out = append(out, fmt.Sprintf("From first to last reading it is %s; one sensor is worn for ten days. The recording holds more than one sensor, and the hours of all are counted here.", Counted(int(c.Coverage.HoursSpan/24), "day")))
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

// Method says how the hours were counted, in one line.
func (c Check) Method() string {
	clock := "the device's clock"
	if c.NoDeviceClock {
		clock = "the wall clock (the source gives no device clock)"
	}
	minutes := c.Coverage.IntervalSeconds / 60
	return fmt.Sprintf("method %d: unique %d-minute slots with a reading by %s, %s × %d min; not rounded up", c.MethodVersion, minutes, clock, Counted(c.Coverage.Slots, "slot"), minutes)
}

// Sentence says the answer and why, for a person.
func (c Check) Sentence() string {
	recorded, span := Hours(c.Coverage.HoursRecorded), Hours(c.Coverage.HoursSpan)
	switch c.Result {
	case Met:
		return fmt.Sprintf("The 72-hour minimum is met: %s were recorded.", recorded)
	case SpanOnly:
		return fmt.Sprintf("The 72-hour minimum is not met by recorded hours: %s were recorded within a span of %s. Whether the span counts is the payer's rule and needs a named person's decision and reason.", recorded, span)
	}
	return fmt.Sprintf("The 72-hour minimum is not met: %s were recorded within a span of %s.", recorded, span)
}
