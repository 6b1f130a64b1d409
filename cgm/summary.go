package cgm

import (
	"math"
	"slices"
)

// Shares are percentages of readings in the five bands; they add to 100.
// Edges in whole mg/dL (Battelino, Diabetes Care 42 (2019) 1593): 70 and 180
// are in range, 54 is low and 250 high.
type Shares struct {
	VeryLow, Low, InRange, High, VeryHigh float64
}

// Summary describes a group of readings: a wear, a day, an hour.
type Summary struct {
	Readings         int
	Mean             float64
	SD, CVPercent    Figure // SD with n − 1
	Min, Max, Median float64
	Shares           Shares
}

// Summarise describes the readings; ok is false for none.
func Summarise(readings []Reading) (s Summary, ok bool) {
	if len(readings) == 0 {
		return Summary{}, false
	}
	return summarise(sortedValues(readings)), true
}

func summarise(v sorted) Summary {
	s := Summary{Readings: len(v), Min: v[0], Max: v[len(v)-1], Median: v.quantile(0.5), Shares: v.shares()}
	s.Mean = v.mean()
	s.SD = v.sd(s.Mean)
	if s.SD.Known {
		s.CVPercent = known(100 * s.SD.Value / s.Mean)
	}
	return s
}

// sorted is glucose values in rising order, at least one.
type sorted []float64

func sortedValues(readings []Reading) sorted {
	v := make(sorted, len(readings))
	for i := range readings {
		v[i] = readings[i].MgDL
	}
	slices.Sort(v)
	return v
}

func (v sorted) mean() float64 {
	sum := 0.0
	for _, g := range v {
		sum += g
	}
	return sum / float64(len(v))
}

func (v sorted) sd(mean float64) Figure {
	if len(v) < 2 {
		return Undefined
	}
	sum := 0.0
	for _, g := range v {
		sum += (g - mean) * (g - mean)
	}
	return known(math.Sqrt(sum / float64(len(v)-1)))
}

// quantile is the sample quantile at p by linear interpolation at (n−1)p:
// type 7 of Hyndman and Fan, American Statistician 50 (1996) 361.
func (v sorted) quantile(p float64) float64 {
	at := float64(len(v)-1) * p
	i := int(at)
	if i+1 >= len(v) {
		return v[len(v)-1]
	}
	return v[i] + (at-float64(i))*(v[i+1]-v[i])
}

// below is how many values are under the edge.
func (v sorted) below(edge float64) int {
	n, _ := slices.BinarySearch(v, edge)
	return n
}

// upTo is how many values are at or under the edge.
func (v sorted) upTo(edge float64) int { return v.below(math.Nextafter(edge, math.Inf(1))) }

func (v sorted) percent(count int) float64 { return 100 * float64(count) / float64(len(v)) }

// within is the share from low to high, both edges in.
func (v sorted) within(low, high float64) float64 {
	return v.percent(v.upTo(high) - v.below(low))
}

func (v sorted) shares() Shares {
	under54, under70, to180, to250 := v.below(54), v.below(70), v.upTo(180), v.upTo(250)
	return Shares{
		VeryLow:  v.percent(under54),
		Low:      v.percent(under70 - under54),
		InRange:  v.percent(to180 - under70),
		High:     v.percent(to250 - to180),
		VeryHigh: v.percent(len(v) - to250),
	}
}
