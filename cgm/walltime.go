package cgm

import (
	"fmt"
	"time"
)

// WallTime is a moment on a wall clock without a zone, in seconds since
// 1970-01-01T00:00:00 on that same clock. It jumps where the clock was set:
// order readings by Reading.System, never by this.
type WallTime int64

// SecondsPerDay is the length of a day on a wall clock that is not set.
const SecondsPerDay = 86400

// NewWallTime is the wall time of a calendar date and time of day.
func NewWallTime(year int, month time.Month, day, hour, minute, second int) WallTime {
	return WallTime(time.Date(year, month, day, hour, minute, second, 0, time.UTC).Unix())
}

// Date is the calendar day of t.
func (t WallTime) Date() Date { return Date(floorDiv(int64(t), SecondsPerDay)) }

// SecondOfDay is the time of day, 0 to 86399.
func (t WallTime) SecondOfDay() int { return int(int64(t) - int64(t.Date())*SecondsPerDay) }

// Hour is the clock hour, 0 to 23.
func (t WallTime) Hour() int { return t.SecondOfDay() / 3600 }

// UTC is the same figures read as a UTC time, for formatting only.
func (t WallTime) UTC() time.Time { return time.Unix(int64(t), 0).UTC() }

// String is YYYY-MM-DDThh:mm:ss.
func (t WallTime) String() string { return t.UTC().Format("2006-01-02T15:04:05") }

// Clock is hh:mm.
func (t WallTime) Clock() string {
	s := t.SecondOfDay()
	return fmt.Sprintf("%02d:%02d", s/3600, s/60%60)
}

// ParseWallTime reads YYYY-MM-DDThh:mm:ss.
func ParseWallTime(s string) (WallTime, error) {
	t, err := time.Parse("2006-01-02T15:04:05", s)
	if err != nil {
		return 0, fmt.Errorf("%q is no time of the form YYYY-MM-DDThh:mm:ss", s)
	}
	return WallTime(t.Unix()), nil
}

// Date is a calendar day, in days since 1970-01-01.
type Date int64

// NewDate is the given calendar day.
func NewDate(year int, month time.Month, day int) Date {
	return NewWallTime(year, month, day, 0, 0, 0).Date()
}

// ParseDate reads YYYY-MM-DD.
func ParseDate(s string) (Date, error) {
	t, err := time.Parse("2006-01-02", s)
	if err != nil {
		return 0, fmt.Errorf("%q is no date of the form YYYY-MM-DD", s)
	}
	return WallTime(t.Unix()).Date(), nil
}

// Midnight is the first moment of the day.
func (d Date) Midnight() WallTime { return WallTime(d) * SecondsPerDay }

// Weekday is the day of the week.
func (d Date) Weekday() time.Weekday { return d.Midnight().UTC().Weekday() }

// String is YYYY-MM-DD.
func (d Date) String() string { return d.Midnight().UTC().Format("2006-01-02") }

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}
