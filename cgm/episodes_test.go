package cgm

import (
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
