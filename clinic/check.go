package clinic

import (
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
		HoursRecorded: c.Coverage.HoursRecorded, HoursSpan: c.Coverage.HoursSpan, Readings: c.Coverage.Readings,
		Slots:             c.Coverage.Slots,
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

// LongestWearDays is how long one sensor is worn at the most.
const LongestWearDays = 10

// LongestWearHours is the longest wear of one G6 Pro sensor, ten days, and half
// a day of grace for a device that reports its last readings late.
const LongestWearHours = LongestWearDays*24 + 12
