package clinic

import (
	"fmt"
	"math"
	"slices"
	"strconv"

	"tracedesk/cgm"
)

// PrintedShares are the shares of the five bands in per cent as they are printed,
// with the totals that the goals of low and high are for.
type PrintedShares struct {
	Bands [5]string // very low to very high; they add to 100
	Low   string    // low and very low
	High  string    // high and very high
	goals [5]cgm.Goal
}

// nearGoal is how near a share stands to its limit, in per cent, to be printed with
// a decimal: “1 %, goal < 1 %” could be 1.13 or 0.87.
const nearGoal = 1

// mostShareDecimals is enough for one reading of a year.
const mostShareDecimals = 4

// PrintShares prints the shares in whole per cent; with one decimal where one of
// them stands near its goal, and with more where rounding would still put it on the
// other side. Totals are the sums of what is printed.
func PrintShares(s cgm.Shares) PrintedShares {
	goals := cgm.Goals(s)
	decimals := 0
	for _, g := range goals {
		if g.Percent > 0 && math.Abs(g.Percent-g.Limit) < nearGoal {
			decimals = 1
		}
	}
	for ; ; decimals++ {
		units := unitsOf(s, decimals)
		if decimals >= mostShareDecimals || tellsGoals(units, decimals, goals) {
			p := printUnits(s, units, decimals)
			p.goals = goals
			return p
		}
	}
}

// BandPercents are the five shares, very low to very high, in whole per cent
// that add to 100, where no goal stands beside them. A share that is there but
// would print as 0 is “< 1”.
func BandPercents(s cgm.Shares) [5]string { return printUnits(s, unitsOf(s, 0), 0).Bands }

// Against is the share that goal i is for (cgm.GoalVeryLow …), as printed.
func (p PrintedShares) Against(i int) string {
	switch i {
	case cgm.GoalLow:
		return p.Low
	case cgm.GoalHigh:
		return p.High
	}
	return p.Bands[i]
}

// Goal is goal i with its answer: “goal < 4 %: not met”.
func (p PrintedShares) Goal(i int) string {
	g := p.goals[i]
	return goalWords(map[bool]string{true: ">", false: "<"}[g.Over], fmt.Sprintf("%g %%", g.Limit), g.Met)
}

func goalWords(side, limit string, met bool) string {
	return "goal " + side + " " + limit + ": " + MetWord(met)
}

// MetWord says whether a goal is met.
func MetWord(met bool) string {
	if met {
		return "met"
	}
	return "not met"
}

// GoalLines are the five goals in words, one a line: “time below 70 mg/dL 3.9 %,
// goal < 4 %: met”.
func (s Settings) GoalLines(shares cgm.Shares) (lines [5]string) {
	p := PrintShares(shares)
	for i, what := range [5]string{
		"time below " + s.GlucoseWithUnit(cgm.VeryLowEdge),
		"time below " + s.GlucoseWithUnit(cgm.TargetLow),
		"time in range, " + s.Glucose(cgm.TargetLow) + "–" + s.GlucoseWithUnit(cgm.TargetHigh) + ",",
		"time above " + s.GlucoseWithUnit(cgm.TargetHigh),
		"time above " + s.GlucoseWithUnit(cgm.VeryHighEdge),
	} {
		lines[i] = what + " " + p.Against(i) + " %, " + p.Goal(i)
	}
	return lines
}

// Beside prints a value with the decimals that it needs to stand on its own side of
// the limit, at least so many; undefined is a dash.
func Beside(f cgm.Figure, limit float64, decimals int) string {
	if !f.Known {
		return "–"
	}
	for ; decimals < 6; decimals++ {
		printed, err := strconv.ParseFloat(strconv.FormatFloat(f.Value, 'f', decimals, 64), 64)
		if err == nil && (printed < limit) == (f.Value < limit) && (printed > limit) == (f.Value > limit) {
			break
		}
	}
	return strconv.FormatFloat(f.Value, 'f', decimals, 64)
}

// MeanBeside are the mean and its goal in the practice's unit, with the decimals
// that keep them apart.
func (s Settings) MeanBeside(mean, goalMgDL float64) (value, goal string) {
	decimals, per := 0, 1.0
	if s.Unit == cgm.MmolL {
		decimals, per = 1, cgm.MgDLPerMmolL
	}
	for ; ; decimals++ {
		value, goal = fmt.Sprintf("%.*f", decimals, mean/per), fmt.Sprintf("%.*f", decimals, goalMgDL/per)
		if value != goal || mean == goalMgDL || decimals == 6 {
			return value, goal
		}
	}
}

// MeanLine is the mean and the GMI of it with their goals, as a sentence.
func (s Settings) MeanLine(mean, gmiPercent float64) string {
	printed, goal := s.MeanBeside(mean, cgm.MeanGoalMgDL)
	gmi := Beside(cgm.Figure{Value: gmiPercent, Known: true}, cgm.GMIGoalPercent, 1)
	gmiGoal := goalWords("<", fmt.Sprintf("%d %%", cgm.GMIGoalPercent), gmiPercent < cgm.GMIGoalPercent)
	return fmt.Sprintf("Mean glucose %s %s, %s; GMI (2018 formula) %s %%, %s.",
		printed, s.Unit, goalWords("<", goal, mean < cgm.MeanGoalMgDL), gmi, gmiGoal)
}

// unitsOf are the shares in units of so many decimals that add to 100 per cent:
// the largest remainders are rounded up.
func unitsOf(s cgm.Shares, decimals int) (units [5]int) {
	scale := math.Pow10(decimals)
	shares := [5]float64{s.VeryLow, s.Low, s.InRange, s.High, s.VeryHigh}
	rest := int(100 * scale)
	var over [5]float64
	for i := range shares {
		scaled := math.Round(shares[i]*scale*1e9) / 1e9
		units[i] = int(scaled)
		over[i] = scaled - float64(units[i])
		rest -= units[i]
	}
	order := []int{0, 1, 2, 3, 4}
	slices.SortStableFunc(order, func(a, b int) int {
		switch {
		case over[a] > over[b]:
			return -1
		case over[a] < over[b]:
			return 1
		}
		return 0
	})
	for _, i := range order[:max(0, min(rest, len(order)))] {
		units[i]++
	}
	return units
}

// tellsGoals says whether the printed shares give the answers that the real ones do.
func tellsGoals(units [5]int, decimals int, goals [5]cgm.Goal) bool {
	scale := math.Pow10(decimals)
	against := [5]int{units[0], units[0] + units[1], units[2], units[3] + units[4], units[4]}
	for i, g := range goals {
		if g.MetBy(float64(against[i])/scale) != g.Met {
			return false
		}
	}
	return true
}

func printUnits(s cgm.Shares, units [5]int, decimals int) (p PrintedShares) {
	scale := math.Pow10(decimals)
	print := func(units int, real float64) string {
		if units == 0 && real > 0 {
			return fmt.Sprintf("< %.*f", decimals, 1/scale)
		}
		if real == 0 {
			return "0"
		}
		return fmt.Sprintf("%.*f", decimals, float64(units)/scale)
	}
	for i, share := range [5]float64{s.VeryLow, s.Low, s.InRange, s.High, s.VeryHigh} {
		p.Bands[i] = print(units[i], share)
	}
	p.Low = print(units[0]+units[1], s.VeryLow+s.Low)
	p.High = print(units[3]+units[4], s.High+s.VeryHigh)
	return p
}
