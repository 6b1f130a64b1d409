package cgm

import "math"

// The widths of MAGE's moving averages, in points of the 5-minute grid, and
// the longest hole that a segment may have inside.
const (
	mageShort     = 5
	mageLong      = 32
	mageHole      = 180 / 5
	mageMinSDMgDL = 1
)

// mage is the mean amplitude of glycaemic excursions in mg/dL, the
// moving-average version, of a 5-minute grid: per segment the mean height of
// the rises and of the falls of at least one SD, weighted by the segments'
// lengths. Undefined without a segment of 32 points, empty ones counted.
// Service, Diabetes 19 (1970) 644; Fernandes, J Diabetes Sci Technol 16 (2022)
// 576; iglu 4.3.0 (version "ma").
func mage(g *Grid) Figure {
	sum, weight := 0.0, 0.0
	g.mageSegments(func(v []float64) {
		minutes := float64(len(v) - 1)
		for _, height := range mageOfSegment(v) {
			sum += height * minutes
			weight += minutes
		}
	})
	if weight == 0 {
		return Undefined
	}
	return known(sum / weight)
}

// mageSegments calls f for each part of the grid between holes of over three
// hours; shorter holes stay inside as NaN.
func (g *Grid) mageSegments(f func([]float64)) {
	from, end := -1, 0
	g.stretches(func(first, to int) {
		if from >= 0 && first-end > mageHole {
			f(g.Values[from:end])
			from = first
		}
		if from < 0 {
			from = first
		}
		end = to
	})
	if from >= 0 {
		f(g.Values[from:end])
	}
}

// mageOfSegment is the mean rise and the mean fall, those that there are.
func mageOfSegment(v []float64) []float64 {
	if len(v) < mageLong {
		return nil
	}
	sd := sdOfPresent(v)
	if !(sd >= mageMinSDMgDL) {
		return nil
	}
	turns := turningPoints(v, crossings(v))
	var heights []float64
	if mean, any := meanExcursion(turns, sd, false); any {
		heights = append(heights, mean)
	}
	for i := range turns {
		turns[i] = -turns[i]
	}
	if mean, any := meanExcursion(turns, sd, true); any {
		heights = append(heights, mean)
	}
	return heights
}

func sdOfPresent(v []float64) float64 {
	n, mean, sq := 0.0, meanOfPresent(v), 0.0
	for _, g := range v {
		if !math.IsNaN(g) {
			n++
			sq += (g - mean) * (g - mean)
		}
	}
	return math.Sqrt(sq / (n - 1))
}

// trailingMean is the mean of the values present in the last width points;
// the points before the first full window take that window's mean.
func trailingMean(v []float64, width int) []float64 {
	out := make([]float64, len(v))
	for i := width - 1; i < len(v); i++ {
		out[i] = meanOfPresent(v[i+1-width : i+1])
	}
	for i := range width - 1 {
		out[i] = out[width-1]
	}
	return out
}

// meanOfPresent takes a second pass over the residuals, as R's mean does: two
// windows over the same values must not differ by a rounding error, which
// would count as a crossing.
func meanOfPresent(v []float64) float64 {
	n, sum := 0.0, 0.0
	for _, g := range v {
		if !math.IsNaN(g) {
			n++
			sum += g
		}
	}
	mean, rest := sum/n, 0.0
	for _, g := range v {
		if !math.IsNaN(g) {
			rest += g - mean
		}
	}
	return mean + rest/n
}

// crossing is a point where the short average crosses the long one; peak says
// that the values up to the next crossing turn at a maximum.
type crossing struct {
	at   int
	peak bool
}

// crossings are the first point, each point where the difference of the averages
// has another sign than at the point before, or, where that sign is 0 or was passed
// inside a hole, than at the last crossing, and the last point. Only a point with
// a value right before it is one: the first value after a hole is not. A sign that
// changes at the last point is a crossing of its own. As iglu 4.3.0 has it.
func crossings(v []float64) []crossing {
	short, long := trailingMean(v, mageShort), trailingMean(v, mageLong)
	delta := func(i int) float64 { return short[i] - long[i] }
	out := []crossing{{0, delta(0) > 0}}
	last := delta(0)
	for i := 1; i < len(v); i++ {
		if math.IsNaN(v[i]) || math.IsNaN(v[i-1]) {
			continue
		}
		d, before := delta(i), delta(i-1)
		if !(d*before < 0) {
			before = last
		}
		if !math.IsNaN(d) && d*before < 0 {
			out = append(out, crossing{i, d > before})
			last = d
		}
	}
	return append(out, crossing{len(v) - 1, delta(len(v)-1) > 0})
}

// turningPoints are the extreme values between neighbouring crossings, each
// looked for from the turning point before it on.
func turningPoints(v []float64, cross []crossing) []float64 {
	var out []float64
	from := cross[0].at
	for c := 0; c+1 < len(cross); c++ {
		best := -1
		for i := from; i <= cross[c+1].at; i++ {
			if math.IsNaN(v[i]) {
				continue
			}
			if best < 0 || (cross[c].peak && v[i] > v[best]) || (!cross[c].peak && v[i] < v[best]) {
				best = i
			}
		}
		if best < 0 {
			continue
		}
		out = append(out, v[best])
		from = best
	}
	return out
}

// meanExcursion is the mean height of the rises in m of at least sd, smaller
// back-and-forth joined into the larger one. Falls are the rises of −m, except
// that the search for the next one begins at the end of the one before.
func meanExcursion(m []float64, sd float64, falls bool) (mean float64, found bool) {
	count, sum := 0, 0.0
	for s, low, j := 0, 0, 0; j < len(m); {
		if m[j] < m[low] {
			low = j
		}
		if m[j]-m[low] < sd {
			j++
			continue
		}
		top, turned := climb(m, j, sd)
		count++
		sum += m[top] - m[low]
		s, j = turned, turned
		if falls {
			s = top
		}
		low = lowest(m, s, j)
	}
	if count == 0 {
		return 0, false
	}
	return sum / float64(count), true
}

// climb follows a rise from j to its top, and on to where it has turned: the
// first point over sd under the top, or the last point.
func climb(m []float64, j int, sd float64) (top, turned int) {
	top = j
	for k := j; k < len(m); k++ {
		if m[k] > m[top] {
			top = k
		}
		if m[top]-m[k] > sd {
			return top, k
		}
	}
	return top, len(m) - 1
}

func lowest(m []float64, from, to int) int {
	low := from
	for i := from; i <= to; i++ {
		if m[i] < m[low] {
			low = i
		}
	}
	return low
}
