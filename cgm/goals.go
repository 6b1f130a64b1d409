package cgm

import "math"

// Goal is one goal of the consensus for adults with type 1 or type 2 diabetes, and
// how a recording stands to it (Battelino, Diabetes Care 42 (2019) 1593).
type Goal struct {
	Band    string  // very_low, low, in_range, high or very_high
	Percent float64 // of the readings, unrounded; low and high are totals with very low and very high
	Limit   float64 // in per cent
	Over    bool    // the share is to be over the limit; else under it
	Met     bool
}

// The bands of Goals, in its order.
const (
	GoalVeryLow = iota
	GoalLow
	GoalInRange
	GoalHigh
	GoalVeryHigh
)

// Other goals of the standard report: the mean in mg/dL and the GMI in per cent are
// to be under theirs, the sensor's active time in per cent over its own.
const (
	MeanGoalMgDL      = 154
	GMIGoalPercent    = 7
	ActiveGoalPercent = 70
)

// Goals are the five goals: under 54, under 70, 70 to 180, over 180 and over 250
// mg/dL. A share of exactly its limit misses it.
func Goals(s Shares) [5]Goal {
	goals := [5]Goal{
		{Band: "very_low", Percent: s.VeryLow, Limit: 1},
		{Band: "low", Percent: s.VeryLow + s.Low, Limit: 4},
		{Band: "in_range", Percent: s.InRange, Limit: 70, Over: true},
		{Band: "high", Percent: s.High + s.VeryHigh, Limit: 25},
		{Band: "very_high", Percent: s.VeryHigh, Limit: 5},
	}
	for i := range goals {
		goals[i].Percent = math.Round(goals[i].Percent*1e9) / 1e9 // 1.1 and 2.9 must add to 4
		goals[i].Met = goals[i].MetBy(goals[i].Percent)
	}
	return goals
}

// MetBy says whether a share in per cent meets the goal.
func (g Goal) MetBy(percent float64) bool {
	if g.Over {
		return percent > g.Limit
	}
	return percent < g.Limit
}
