package cgm

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"
)

// offGrid is a day of readings at 120 mg/dL, every five minutes from 00:02:30 on,
// with the given values from 02:02:30 on: no grid point has a reading's value.
func offGrid(values ...float64) *Recording {
	r := night(values...)
	for i := range r.Readings {
		g := &r.Readings[i]
		g.System += 150
		g.Display += 150
		g.Flag = FlagOf(g.MgDL)
	}
	return r
}

func TestAnEpisodesExtremeIsAReading(t *testing.T) {
	for what, c := range map[string]struct {
		r       *Recording
		kind    EpisodeKind
		extreme float64
		flag    Flag
	}{
		"a low between two grid points":      {offGrid(65, 61, 46, 61, 65), EpisodeLow, 46, InRange},
		"one LOW between two grid points":    {offGrid(65, 61, 39, 61, 65), EpisodeLow, 39, Low},
		"a high between two grid points":     {offGrid(190, 199, 240, 199, 190), EpisodeHigh, 240, InRange},
		"one HIGH between two grid points":   {offGrid(390, 390, 401, 390, 390), EpisodeVeryHigh, 401, High},
		"the lowest at the last reading":     {cut(offGrid(69, 66, 63, 60, 57, 46), 30), EpisodeLow, 46, InRange},
		"the lowest before a hole":           {without(offGrid(69, 66, 63, 60, 57, 46), 30, 42), EpisodeLow, 46, InRange},
		"the lowest at the first reading":    {from(offGrid(46, 57, 60, 63, 66), 24), EpisodeLow, 46, InRange},
		"the lowest at the first midnight":   {fromMidnight(46, 57, 60, 63, 66), EpisodeLow, 46, InRange},
		"the lowest before the first points": {offGrid(60, 69, 69, 69, 69), EpisodeLow, 60, InRange},
		"the clock was set in the episode":   {setClock(offGrid(65, 61, 46, 61, 65), 26), EpisodeLow, 46, InRange},
		"the clock was set before it":        {setClock(offGrid(65, 61, 46, 61, 65), 10), EpisodeLow, 46, InRange},
	} {
		found := false
		for _, e := range Analyse(c.r).Episodes {
			if e.Kind == c.kind {
				found = true
				if e.ExtremeMgDL != c.extreme || e.ExtremeFlag != c.flag {
					t.Errorf("%s: extreme %v %q, want %v %q", what, e.ExtremeMgDL, e.ExtremeFlag, c.extreme, c.flag)
				}
			}
		}
		if !found {
			t.Errorf("%s: no episode", what)
		}
	}
}

func TestALowHasOneValueInSummaryEpisodeAndFinding(t *testing.T) {
	r := offGrid(65, 61, 46, 61, 65)
	a := Analyse(r)
	if found := find(r)[FindNightLow]; found.Extreme != a.Summary.Min || a.Episodes[0].ExtremeMgDL != a.Summary.Min {
		t.Errorf("lowest %v, episode %v, finding %v", a.Summary.Min, a.Episodes[0].ExtremeMgDL, found.Extreme)
	}
}

func cut(r *Recording, to int) *Recording {
	r.Readings = r.Readings[:to]
	return r
}

func from(r *Recording, first int) *Recording {
	r.Readings = r.Readings[first:]
	return r
}

func fromMidnight(values ...float64) *Recording {
	r := flat(1)
	for i, v := range values {
		r.Readings[i].MgDL = v
	}
	return r
}

// setClock sets the display clock an hour forward from a reading on.
func setClock(r *Recording, at int) *Recording {
	for i := range r.Readings[at:] {
		r.Readings[at+i].Display += WallTime(time.Hour / time.Second)
	}
	return r
}

// Whatever the interval, the holes and the clock: the extreme is a value that was
// read, and past the episode's level.
func TestExtremesOfRandomRecordingsAreReadingsPastTheLevel(t *testing.T) {
	rnd := rand.New(rand.NewPCG(3, 4))
	seen := 0
	for n := range 300 {
		r := &Recording{IntervalSeconds: []int{60, 300, 300, 900}[n%4]}
		at, shift, glucose := int64(rnd.IntN(SecondsPerDay)), int64(0), 120.0
		midnight := NewWallTime(2025, time.March, 3, 0, 0, 0)
		values := map[float64]bool{}
		for range 600 {
			glucose = min(450, max(20, glucose+60*(rnd.Float64()-0.5)-(glucose-150)*0.02))
			v := min(HighMgDL, max(LowMgDL, math.Round(glucose)))
			values[v] = true
			r.Readings = append(r.Readings, Reading{System: at, Display: midnight + WallTime(at+shift), MgDL: v, Flag: FlagOf(v)})
			at += int64(r.IntervalSeconds) + int64(rnd.IntN(9)) - 4
			if rnd.IntN(20) == 0 {
				at += int64(rnd.IntN(7200))
			}
			if rnd.IntN(100) == 0 {
				shift += int64(rnd.IntN(7200)) - 3600
			}
		}
		for _, e := range Analyse(r).Episodes {
			seen++
			past := map[EpisodeKind]bool{EpisodeLow: e.ExtremeMgDL < 70, EpisodeVeryLow: e.ExtremeMgDL < 54, EpisodeExtendedLow: e.ExtremeMgDL < 70,
				EpisodeHigh: e.ExtremeMgDL > 180, EpisodeVeryHigh: e.ExtremeMgDL > 250}[e.Kind]
			if !past || !values[e.ExtremeMgDL] || e.ExtremeFlag != FlagOf(e.ExtremeMgDL) {
				t.Fatalf("recording %d: %+v", n, e)
			}
		}
	}
	if seen < 1000 {
		t.Errorf("only %d episodes", seen)
	}
}
