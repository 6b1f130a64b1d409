package wording

import (
	"fmt"
	"math"
	"strings"
)

// Hours is a number of hours as hours and minutes, rounded down: a recording
// must never look longer than it is.
func Hours(h float64) string {
	minutes := int(math.Floor(h*60 + 1e-6))
	if minutes < 60 {
		return fmt.Sprintf("%d min", minutes)
	}
	if minutes%60 == 0 {
		return fmt.Sprintf("%d h", minutes/60)
	}
	return fmt.Sprintf("%d h %d min", minutes/60, minutes%60)
}

// Minutes is a length of time in minutes, as hours and minutes from an hour on.
func Minutes(m float64) string {
	whole := int(math.Round(m))
	switch {
	case whole < 60:
		return fmt.Sprintf("%d min", whole)
	case whole%60 == 0:
		return fmt.Sprintf("%d h", whole/60)
	}
	return fmt.Sprintf("%d h %d min", whole/60, whole%60)
}

// Clock is a minute of the day as hh:mm.
func Clock(minute int) string { return fmt.Sprintf("%02d:%02d", minute/60%24, minute%60) }

// Listed is several words in one line.
func Listed(words []string) string { return strings.Join(words, ", ") }

// Counted is a number of things: 1 day, 2 days.
func Counted(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

func times(n int) string {
	if n == 1 {
		return "once"
	}
	return fmt.Sprintf("%d times", n)
}
