package cgm

import (
	"slices"
	"testing"
	"time"
)

// flat is whole days of 120 mg/dL from midnight on, 288 readings a day.
func flat(days int) *Recording {
	r := &Recording{Unit: MgDL, IntervalSeconds: 300}
	start := NewWallTime(2024, time.March, 4, 0, 0, 0)
	for i := range days * 288 {
		r.Readings = append(r.Readings, Reading{System: int64(300 * i), Display: start + WallTime(300*i), TransmitterSeconds: int64(300 * i), MgDL: 120})
	}
	return r
}

// set gives a stretch of a day another value: minutes of the day, from inclusive.
func set(r *Recording, day, from, to int, mgDL float64) {
	for i := range r.Readings {
		g := &r.Readings[i]
		if m := g.Display.SecondOfDay() / 60; int(g.Display.Date()-r.First().Date()) == day && m >= from && m < to {
			g.MgDL, g.Flag = mgDL, FlagOf(mgDL)
		}
	}
}

func find(r *Recording) map[FindingKind]Finding {
	out := map[FindingKind]Finding{}
	for _, f := range Findings(r, Analyse(r)) {
		out[f.Kind] = f
	}
	return out
}

func kindsOf(found map[FindingKind]Finding) []FindingKind {
	var out []FindingKind
	for k := range found {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}

func TestAFlatRecordingHasNoEpisodeAndSaysSo(t *testing.T) {
	got := kindsOf(find(flat(5)))
	want := []FindingKind{FindVariable, FindFewDays, FindNoHigh, FindNoLow}
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("found %q, want %q", got, want)
	}
}

func TestLowsOfTheNightStandApartFromThoseOfTheDay(t *testing.T) {
	r := flat(6)
	set(r, 1, 125, 165, 60) // 02:05 for 40 minutes
	set(r, 3, 200, 230, 52) // 03:20 for 30 minutes, under 54 too
	set(r, 4, 900, 925, 65) // 15:00 for 25 minutes
	found := find(r)
	night := found[FindNightLow]
	if night.Count != 2 || len(night.Days) != 2 || night.OfDays != 6 || night.Extreme != 52 {
		t.Errorf("night: %+v", night)
	}
	// Interpolation on the grid moves no edge by more than a step.
	if night.From < 120 || night.From > 130 || night.To < 225 || night.To > 235 {
		t.Errorf("the night's window is %d to %d", night.From, night.To)
	}
	if day := found[FindLow]; day.Count != 1 || day.Extreme != 65 {
		t.Errorf("day: %+v", day)
	}
	if very := found[FindVeryLow]; very.Count != 1 || very.Days[0] != r.First().Date()+3 {
		t.Errorf("very low: %+v", very)
	}
	if _, said := found[FindNoLow]; said {
		t.Error("it says that there was no low")
	}
}

func TestAWindowMayPassMidnight(t *testing.T) {
	at := func(h, m int) WallTime { return NewWallTime(2024, time.March, 4, h, m, 0) }
	for _, c := range []struct {
		episodes []Episode
		from, to int
	}{
		{[]Episode{{Start: at(23, 30), Minutes: 60}, {Start: at(1, 0), Minutes: 30}}, 23*60 + 30, 90},
		{[]Episode{{Start: at(8, 0), Minutes: 60}}, 480, 540},
		{[]Episode{{Start: at(0, 0), Minutes: 30}, {Start: at(13, 0), Minutes: 30}}, 780, 30},
		{[]Episode{{Start: at(0, 0), Minutes: 30}, {Start: at(8, 0), Minutes: 30}, {Start: at(16, 0), Minutes: 30}}, 0, 0},
		{[]Episode{{Start: at(3, 0), Minutes: 3000}}, 0, 0},
	} {
		if from, to := clockWindow(c.episodes); from != c.from || to != c.to {
			t.Errorf("%v: %s to %s", c.episodes, Date(0).Midnight()+WallTime(from*60), Date(0).Midnight()+WallTime(to*60))
		}
	}
}

func TestHighsAfterLoggedMealsOnly(t *testing.T) {
	r := flat(3)
	set(r, 0, 8*60+30, 9*60+30, 230)
	if _, said := find(r)[FindAfterMeal]; said {
		t.Error("a meal was found without a log")
	}
	meal := func(day, minute int) Event {
		s := int64(day*SecondsPerDay + minute*60)
		return Event{System: s, Display: r.First() + WallTime(s), Kind: Carbs, Value: 40}
	}
	r.Events = []Event{meal(0, 8*60), meal(1, 8*60)}
	got := find(r)[FindAfterMeal]
	if got.Count != 1 || got.Of != 2 || got.Extreme != 230 || got.Value != 110 {
		t.Errorf("%+v", got)
	}
}

func TestReboundHighNeedsALowWithinTwoHours(t *testing.T) {
	r := flat(3)
	set(r, 0, 300, 330, 60)
	set(r, 0, 400, 450, 200) // 70 minutes later
	set(r, 1, 300, 330, 60)
	set(r, 1, 500, 550, 200) // nearly three hours later
	if got := find(r)[FindReboundHigh]; got.Count != 1 || got.Days[0] != r.First().Date() {
		t.Errorf("%+v", got)
	}
}

func TestDawnRiseOnHalfOfTheNights(t *testing.T) {
	r := flat(6)
	for day := range 4 {
		set(r, day, 300, 480, 150) // 30 above the night's 120
	}
	if got := find(r)[FindDawnRise]; len(got.Days) != 4 || got.OfDays != 6 || got.Value != 30 || got.Count != 0 {
		t.Errorf("%+v", got)
	}
	few := flat(6)
	set(few, 0, 300, 480, 150)
	if _, said := find(few)[FindDawnRise]; said {
		t.Error("one night of six is called a pattern")
	}
}

func TestTheRiseBeforeBreakfastDoesNotMeasureBreakfast(t *testing.T) {
	at := func(h, m int) int { return h*60 + m }
	meal := func(r *Recording, kind EventKind, minutes ...int) {
		for day := range 5 {
			for _, m := range minutes {
				s := day*SecondsPerDay + m*60
				r.Events = append(r.Events, Event{System: int64(s), Display: r.First() + WallTime(s), Kind: kind, Value: 40})
			}
		}
	}
	for what, c := range map[string]struct {
		from int // the minute from which glucose is up to 11:59
		log  []int
		kind EventKind
		rise bool
	}{
		"a breakfast that nobody logged":      {at(6, 30), nil, Carbs, false},
		"up at six without a log":             {at(5, 30), nil, Carbs, true},
		"a logged breakfast, up after it":     {at(7, 5), []int{at(7, 0)}, Carbs, false},
		"up before a logged breakfast":        {at(6, 30), []int{at(7, 0)}, Carbs, true},
		"up after an early breakfast":         {at(5, 30), []int{at(5, 0)}, Carbs, false},
		"the meal at the very reading":        {at(7, 0), []int{at(7, 0)}, Carbs, true},
		"the first of two meals counts":       {at(7, 5), []int{at(9, 0), at(7, 0)}, Carbs, false},
		"only lunch was logged":               {at(7, 0), []int{at(12, 30)}, Carbs, false},
		"insulin is no meal":                  {at(6, 30), []int{at(7, 0)}, Insulin, false},
		"a snack at one in the night ends it": {at(5, 30), []int{at(1, 0), at(8, 0)}, Carbs, false},
	} {
		r := flat(5)
		for day := range 5 {
			set(r, day, c.from, 12*60, 160)
		}
		meal(r, c.kind, c.log...)
		if _, found := find(r)[FindDawnRise]; found != c.rise {
			t.Errorf("%s: found is %v", what, found)
		}
	}
	gap := flat(5)
	for day := range 5 {
		set(gap, day, 300, 12*60, 160)
	}
	meal(gap, Carbs, at(9, 0))
	gap.Readings = slices.DeleteFunc(gap.Readings, func(g Reading) bool { h := g.Display.Hour(); return h >= 7 && h <= 9 })
	if _, found := find(gap)[FindDawnRise]; found {
		t.Error("it was measured from a reading two hours before breakfast")
	}
}

func TestADayUnlikeTheOthers(t *testing.T) {
	r := flat(7)
	for day, v := range []float64{118, 120, 122, 119, 121, 120, 190} {
		set(r, day, 0, 1440, v)
	}
	if got := find(r)[FindOutlierDay]; len(got.Days) != 1 || got.Days[0] != r.First().Date()+6 || got.Value != 190 {
		t.Errorf("%+v", got)
	}
}

func TestGapsAndLimitsAreSaid(t *testing.T) {
	r := flat(4)
	set(r, 0, 0, 6*60, 39)
	r.Readings = append(r.Readings[:500:500], r.Readings[512:]...)
	found := find(r)
	if g := found[FindGaps]; g.Count != 1 || g.Minutes != 65 {
		t.Errorf("gaps: %+v", g)
	}
	if c := found[FindClamped]; c.Count != 72 || c.Of != 0 {
		t.Errorf("clamped: %+v", c)
	}
}

// night is a day of readings every five minutes at 120, with the given values
// from 02:00 on.
func night(values ...float64) *Recording {
	r := &Recording{IntervalSeconds: 300}
	for n := range 288 {
		at := NewWallTime(2026, time.May, 4, 0, 0, 0) + WallTime(300*n)
		g := Reading{System: int64(300 * n), Display: at, MgDL: 120}
		if i := n - 24; i >= 0 && i < len(values) {
			g.MgDL = values[i]
		}
		r.Readings = append(r.Readings, g)
	}
	return r
}

func TestPossibleCompression(t *testing.T) {
	for what, c := range map[string]struct {
		values []float64
		found  bool
	}{
		"abrupt down and up":      {[]float64{62, 55, 52, 54, 60, 64, 118}, true},
		"a slow fall":             {[]float64{112, 105, 98, 91, 85, 80, 76, 73, 69, 66, 64, 62, 60, 110}, false},
		"a slow rise":             {[]float64{62, 55, 52, 54, 60, 64, 72, 75, 79, 84, 90, 97, 105, 112}, false},
		"over an hour":            {[]float64{62, 60, 60, 60, 60, 60, 60, 60, 60, 60, 60, 60, 60, 60, 118}, false},
		"shorter than an episode": {[]float64{62, 60, 118}, false},
		"no low at all":           {nil, false},
	} {
		r := night(c.values...)
		got := slices.ContainsFunc(Findings(r, Analyse(r)), func(f Finding) bool { return f.Kind == FindCompression && f.Group == DataLimits && f.Count == 1 })
		if got != c.found {
			t.Errorf("%s: %v", what, got)
		}
	}
	day := night()
	for i := range day.Readings[150:156] {
		day.Readings[150+i].MgDL = 55
	}
	if slices.ContainsFunc(Findings(day, Analyse(day)), func(f Finding) bool { return f.Kind == FindCompression }) {
		t.Error("found by day")
	}
}
