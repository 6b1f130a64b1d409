package cgm

import "math"

// Grid is the recording on a regular grid over whole days, for the metrics
// that compare values a fixed time apart. Linear interpolation between
// readings at most 45 minutes apart; nothing across longer gaps, before the
// first or after the last reading. Only such metrics and the episodes use it;
// no share of time does. iglu 4.3.0, CGMS2DayByDay.
type Grid struct {
	Midnight    WallTime // before the first reading
	StepMinutes int
	// Values[k] is mg/dL at Midnight + (k+1) steps, NaN where there is none;
	// whole days, so a value at midnight belongs to the day before.
	Values []float64

	known    int
	offsets  []clockJump
	readings []Reading
	times    []WallTime // of the readings, on the grid's axis
}

// maxInterpolatedSeconds is the longest distance of two readings that the grid joins.
const maxInterpolatedSeconds = 45 * 60

// clockJumpSeconds is how far display and device clock must part between two
// neighbouring readings to count as a set clock, not as drift.
const clockJumpSeconds = 120

// clockJump is a display clock that was set: from the reading at Steady time
// on, the wall clock shows Steady + Shift.
type clockJump struct {
	steady WallTime
	shift  int64
}

// MakeGrid lays the recording on a grid of the given step. The grid's axis is
// the display clock with its jumps taken out (see steady), so that a set clock
// neither tears a hole nor lays two readings on one point.
func (r *Recording) MakeGrid(stepMinutes int) Grid {
	times, jumps := r.steadyTimes()
	g := Grid{
		Midnight: r.First().Date().Midnight(), StepMinutes: stepMinutes, offsets: jumps, readings: r.Readings, times: times,
	}
	step := int64(stepMinutes) * 60
	last := times[len(times)-1]
	days := int64(last-g.Midnight+SecondsPerDay-1) / SecondsPerDay
	g.Values = make([]float64, max(1, days)*SecondsPerDay/step)
	for k := range g.Values {
		g.Values[k] = math.NaN()
	}
	for i := range times {
		g.interpolate(r, times, i, step)
	}
	return g
}

// interpolate fills the points from reading i up to, not including, the next
// reading; at the last reading only a point at it.
func (g *Grid) interpolate(r *Recording, times []WallTime, i int, step int64) {
	from := int64(times[i] - g.Midnight)
	value := r.Readings[i].MgDL
	to, slope := from+1, 0.0
	if i+1 < len(times) {
		if next := int64(times[i+1] - g.Midnight); next-from <= maxInterpolatedSeconds && next > from {
			to = next
			slope = (r.Readings[i+1].MgDL - value) / float64(next-from)
		}
	}
	for k := max(1, (from+step-1)/step); k*step < to && k <= int64(len(g.Values)); k++ {
		if math.IsNaN(g.Values[k-1]) {
			g.known++
		}
		g.Values[k-1] = value + slope*float64(k*step-from)
	}
}

// steadyTimes are the display times with every jump of the display clock taken
// out, and the jumps. Without a jump they are the display times themselves.
func (r *Recording) steadyTimes() ([]WallTime, []clockJump) {
	times := make([]WallTime, len(r.Readings))
	var jumps []clockJump
	shift := int64(0)
	for i := range r.Readings {
		g := &r.Readings[i]
		if i > 0 {
			if jump := jumpBetween(&r.Readings[i-1], g); jump != 0 {
				shift += jump
				jumps = append(jumps, clockJump{g.Display - WallTime(shift), shift})
			}
		}
		times[i] = g.Display - WallTime(shift)
	}
	return times, jumps
}

// at is where point k stands on the grid's axis.
func (g *Grid) at(k int) WallTime { return g.Midnight + WallTime((k+1)*g.StepMinutes*60) }

// display is what the wall clock showed at grid point k.
func (g *Grid) display(k int) WallTime {
	t := g.at(k)
	shift := int64(0)
	for _, j := range g.offsets {
		if t < j.steady {
			break
		}
		shift = j.shift
	}
	return t + WallTime(shift)
}

// RecordedDays is the time that the grid has values for, in days.
func (g *Grid) RecordedDays() float64 {
	return float64(g.known) * float64(g.StepMinutes) / 1440
}

// stretches calls f for each run of points with values, [from, to).
func (g *Grid) stretches(f func(from, to int)) {
	for k := 0; k < len(g.Values); k++ {
		if math.IsNaN(g.Values[k]) {
			continue
		}
		from := k
		for k < len(g.Values) && !math.IsNaN(g.Values[k]) {
			k++
		}
		f(from, k)
	}
}

// dayLag compares each value with the one 24 hours before: modd is the mean
// absolute difference (Molnar, Diabetologia 8 (1972) 342), conga the SD, n − 1,
// of the differences (McDonnell, Diabetes Technol Ther 7 (2005) 253, n = 24).
func (g *Grid) dayLag() (modd, conga Figure) {
	lag := 1440 / g.StepMinutes
	n, sum, sumAbs, sumSq := 0.0, 0.0, 0.0, 0.0
	for k := lag; k < len(g.Values); k++ {
		if d := g.Values[k] - g.Values[k-lag]; !math.IsNaN(d) {
			n++
			sum += d
			sumAbs += math.Abs(d)
			sumSq += d * d
		}
	}
	if n == 0 {
		return Undefined, Undefined
	}
	modd = known(sumAbs / n)
	if n < 2 {
		return modd, Undefined
	}
	mean := sum / n
	return modd, known(math.Sqrt(max(0, (sumSq-n*mean*mean)/(n-1))))
}

// steps walks the neighbouring pairs of values: mag is the sum of absolute
// steps by the hours they span (Hermanides, Crit Care Med 38 (2010) 838), auc
// the mean trapezoid, in mg/dL.
func (g *Grid) steps() (mag, auc Figure) {
	n, moved, area := 0.0, 0.0, 0.0
	g.stretches(func(from, to int) {
		for k := from + 1; k < to; k++ {
			n++
			moved += math.Abs(g.Values[k] - g.Values[k-1])
			area += (g.Values[k] + g.Values[k-1]) / 2
		}
	})
	if n == 0 {
		return Undefined, Undefined
	}
	return known(moved / (n * float64(g.StepMinutes) / 60)), known(area / n)
}
