package wording

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"tracedesk/cgm"
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

// Figure is a number with the given decimals, or a dash where it is undefined.
func Figure(f cgm.Figure, decimals int) string {
	if !f.Known {
		return "–"
	}
	return fmt.Sprintf("%.*f", decimals, f.Value)
}

// BandPercents are the five shares, very low to very high, in whole per cent
// that add to 100 (largest remainder). A low share that is there but would
// print as 0 is “< 1”.
func BandPercents(s cgm.Shares) [5]string {
	shares := [5]float64{s.VeryLow, s.Low, s.InRange, s.High, s.VeryHigh}
	whole := wholePercents(shares)
	var out [5]string
	for i, w := range whole {
		out[i] = fmt.Sprint(w)
		if w == 0 && shares[i] > 0 {
			out[i] = "< 1"
		}
	}
	return out
}

func wholePercents(shares [5]float64) (whole [5]int) {
	rest := 100
	order := []int{0, 1, 2, 3, 4}
	for i, s := range shares {
		whole[i] = int(s)
		rest -= whole[i]
	}
	slices.SortStableFunc(order, func(a, b int) int {
		ra, rb := shares[a]-float64(whole[a]), shares[b]-float64(whole[b])
		switch {
		case ra > rb:
			return -1
		case ra < rb:
			return 1
		}
		return 0
	})
	for _, i := range order {
		if rest <= 0 {
			break
		}
		whole[i]++
		rest--
	}
	return whole
}

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
