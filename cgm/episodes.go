package cgm

import (
	"cmp"
	"slices"
	"sort"
)

// EpisodeKind names an episode by the level that it passes.
type EpisodeKind string

// The kinds of episodes (Danne, Diabetes Care 40 (2017) 1631; Battelino,
// Lancet Diabetes Endocrinol 11 (2023) 42).
const (
	EpisodeLow         EpisodeKind = "low"          // < 70 mg/dL
	EpisodeVeryLow     EpisodeKind = "very_low"     // < 54
	EpisodeHigh        EpisodeKind = "high"         // > 180
	EpisodeVeryHigh    EpisodeKind = "very_high"    // > 250
	EpisodeExtendedLow EpisodeKind = "extended_low" // < 70 for over 120 uninterrupted minutes
)

// Episode is a time past a level: it begins with the first of at least 15
// minutes there and ends before the first of at least 15 minutes back, or
// where the data end; shorter returns belong to it.
type Episode struct {
	Kind        EpisodeKind
	Start       WallTime // on the display clock
	Minutes     float64  // grid points × step
	ExtremeMgDL float64  // the lowest or highest reading, never an interpolated value
	ExtremeFlag Flag     // of that reading: Low or High where the device gave the word
	MeanMgDL    float64  // of the grid values
}

// episodeRule is one kind: past tells the points that count, need how many in
// a row begin one.
type episodeRule struct {
	kind EpisodeKind
	past func(mgDL float64) bool
	high bool
	need int
}

func episodeRules(stepMinutes int) []episodeRule {
	run := (15 + stepMinutes - 1) / stepMinutes
	extended := 120/stepMinutes + 1
	return []episodeRule{
		{EpisodeLow, func(g float64) bool { return g < 70 }, false, run},
		{EpisodeVeryLow, func(g float64) bool { return g < 54 }, false, run},
		{EpisodeHigh, func(g float64) bool { return g > 180 }, true, run},
		{EpisodeVeryHigh, func(g float64) bool { return g > 250 }, true, run},
		{EpisodeExtendedLow, func(g float64) bool { return g < 70 }, false, extended},
	}
}

// Episodes lists the recording's episodes, kind by kind, each in order of time.
func (g *Grid) Episodes() []Episode {
	var out []Episode
	back := (15 + g.StepMinutes - 1) / g.StepMinutes
	for _, rule := range episodeRules(g.StepMinutes) {
		g.stretches(func(from, to int) {
			out = g.episodesIn(out, rule, back, from, to)
		})
	}
	return out
}

func (g *Grid) episodesIn(out []Episode, rule episodeRule, back, from, to int) []Episode {
	start, run, returned := -1, 0, 0
	for k := from; k < to; k++ {
		if rule.past(g.Values[k]) {
			run++
			returned = 0
			if start < 0 && run >= rule.need {
				start = k - run + 1
			}
			continue
		}
		run = 0
		returned++
		if start >= 0 && returned >= back {
			out = append(out, g.episode(rule, start, k-returned+1))
			start = -1
		}
	}
	if start >= 0 {
		out = append(out, g.episode(rule, start, to))
	}
	return out
}

func (g *Grid) episode(rule episodeRule, from, to int) Episode {
	e := Episode{Kind: rule.kind, Start: g.display(from), Minutes: float64((to - from) * g.StepMinutes)}
	sum := 0.0
	for _, v := range g.Values[from:to] {
		sum += v
	}
	e.MeanMgDL = sum / float64(to-from)
	for i, reading := range g.readingsWithin(from, to) {
		if i == 0 || (rule.high && reading.MgDL > e.ExtremeMgDL) || (!rule.high && reading.MgDL < e.ExtremeMgDL) {
			e.ExtremeMgDL, e.ExtremeFlag = reading.MgDL, reading.Flag
		}
	}
	return e
}

// readingsWithin are the readings that made the points [from, to) of one stretch:
// those after the point before and before the point after. There is at least one,
// for a line between two readings is never past both of them.
func (g *Grid) readingsWithin(from, to int) []Reading {
	after, before := g.at(from-1), g.at(to)
	first := sort.Search(len(g.times), func(i int) bool {
		return g.times[i] > after || (from == 0 && g.times[i] == after) // midnight itself is no point of the first day
	})
	last := first + sort.Search(len(g.times)-first, func(i int) bool { return g.times[first+i] >= before })
	return g.readings[first:last]
}

// EpisodesInOrder are all episodes by their beginning; of one beginning the
// milder kind first.
func (a *Analysis) EpisodesInOrder() []Episode {
	out := slices.Clone(a.Episodes)
	slices.SortStableFunc(out, func(x, y Episode) int { return cmp.Compare(x.Start, y.Start) })
	return out
}
