package cgm

import (
	"slices"
	"testing"
	"time"
)

// TestAGapBeginsAfterOneAndAHalfIntervals: 1.5 × 300 s are 450 s. What is exactly
// that is no gap; a second more is. 30 minutes are 1800 s and count among the long.
func TestAGapBeginsAfterOneAndAHalfIntervals(t *testing.T) {
	for _, c := range []struct {
		seconds    int64
		gaps, long int
	}{{449, 0, 0}, {450, 0, 0}, {451, 1, 0}, {600, 1, 0}, {1799, 1, 0}, {1800, 1, 1}} {
		r := regular(20)
		for i := 10; i < 20; i++ {
			r.Readings[i].System += c.seconds - 300
		}
		got := r.Coverage()
		if len(got.Gaps) != c.gaps || got.GapsOver30 != c.long || c.gaps == 1 && got.LongestGapMinutes != float64(c.seconds)/60 {
			t.Errorf("%d s: %+v", c.seconds, got)
		}
	}
}

// TestAReadingFallsIntoTheNearestSlot: with slots of 300 s a reading 149 s late is in
// its own, and 150 s late in the next.
func TestAReadingFallsIntoTheNearestSlot(t *testing.T) {
	for late, slots := range map[int64]int{0: 2, 149: 2, 150: 3, 151: 3} {
		r := regular(3)
		r.Readings[2].System = r.Readings[1].System + late // the third is near the second, or in the slot after it
		if got := r.Coverage().Slots; got != slots {
			t.Errorf("%d s late: %d slots, want %d", late, got, slots)
		}
	}
}

// nights are mornings of readings every five minutes from 00:00 to 07:55; those
// that rise go from 100 to 100 + by at 06:00.
func nights(all, rising int, by float64) *Recording {
	r := flat(all)
	r.Readings = slices.DeleteFunc(r.Readings, func(g Reading) bool { return g.Display.Hour() >= 8 })
	for i := range r.Readings {
		g := &r.Readings[i]
		g.MgDL = 100
		if int(g.Display.Date()-r.First().Date()) < rising && g.Display.Hour() >= 6 {
			g.MgDL += by
		}
	}
	return r
}

// TestARiseIsAPatternFromHalfOfTheNightsOn: at least 20 mg/dL, on at least three
// nights and on at least half of them.
func TestARiseIsAPatternFromHalfOfTheNightsOn(t *testing.T) {
	for _, c := range []struct {
		all, rising int
		by          float64
		want        bool
	}{
		{6, 3, 25, true},  // exactly half
		{7, 3, 25, false}, // less than half
		{7, 4, 25, true},
		{3, 3, 25, true},
		{2, 2, 25, false}, // too few nights
		{6, 3, 20, true},  // exactly 20 mg/dL
		{6, 3, 19, false},
	} {
		f, got := find(nights(c.all, c.rising, c.by))[FindDawnRise]
		if got != c.want {
			t.Errorf("%d of %d nights rise by %g: found is %v", c.rising, c.all, c.by, got)
		}
		if got && (len(f.Days) != c.rising || f.OfDays != c.all || f.Value != c.by) {
			t.Errorf("%d of %d nights rise by %g: %+v", c.rising, c.all, c.by, f)
		}
	}
}

// TestANightIsUsableWithSevenTenthsOfItsReadings: of 72 five-minute readings 50.4, so
// that 51 are enough and 50 are not.
func TestANightIsUsableWithSevenTenthsOfItsReadings(t *testing.T) {
	for left, want := range map[int]int{72: 6, 51: 6, 50: 5} {
		r := nights(6, 3, 25)
		first := r.First().Date()
		n := 0
		r.Readings = slices.DeleteFunc(r.Readings, func(g Reading) bool {
			if g.Display.Date() != first+5 || g.Display.Hour() >= 6 {
				return false
			}
			n++
			return n > left
		})
		if got := find(r)[FindDawnRise].OfDays; got != want {
			t.Errorf("%d of a night's 72 readings: %d usable nights, want %d", left, got, want)
		}
	}
}

// TestHoursWithTwoDaysAreNoPattern: the profile's median is over 180 at 10:00 and at
// 11:00, but 11:00 was recorded on two days alone.
func TestHoursWithTwoDaysAreNoPattern(t *testing.T) {
	for days, to := range map[int]int{2: 11 * 60, 3: 12 * 60} {
		r := flat(3)
		for d := range 3 {
			set(r, d, 9*60, 13*60, 300) // far over, so that the neighbours' weight takes nothing down
		}
		first := r.First().Date()
		r.Readings = slices.DeleteFunc(r.Readings, func(g Reading) bool {
			return g.Display.Hour() >= 11 && int(g.Display.Date()-first) >= days
		})
		f, there := find(r)[FindHighHours]
		if !there || f.From > 9*60 || days == 2 && f.To != to || days == 3 && f.To < to {
			t.Errorf("%d days at 11:00: %+v", days, f)
		}
	}
}

// TestAClockThatIsSetBackMovesNoElapsedTime: after 50 readings the wall clock goes an
// hour back. A low begins 20 readings later; the wall clock shows it an hour earlier
// than the device's clock would say.
func TestAClockThatIsSetBackMovesNoElapsedTime(t *testing.T) {
	r := regular(100) // from 10:00 on
	for i := 50; i < 100; i++ {
		r.Readings[i].Display -= 3600
	}
	for i := 70; i < 80; i++ {
		r.Readings[i].MgDL = 60
	}
	changes := r.ClockChanges()
	if len(changes) != 1 || changes[0].Seconds != -3600 || changes[0].Before != r.Readings[49].Display || changes[0].At != r.Readings[50].Display {
		t.Errorf("%+v", changes)
	}
	a := Analyse(r)
	if c := a.Coverage; c.Slots != 100 || len(c.Gaps) != 0 || c.HoursSpan != 100.0/12 {
		t.Errorf("%+v", c)
	}
	want := NewWallTime(2024, time.March, 4, 14, 50, 0) // 10:00 + 70 × 5 min are 15:50, less an hour
	lows := slices.DeleteFunc(slices.Clone(a.Episodes), func(e Episode) bool { return e.Kind != EpisodeLow })
	if len(lows) != 1 || lows[0].Start != want || lows[0].Minutes != 50 {
		t.Errorf("%+v, want one from %s for 50 minutes", lows, want)
	}
	if got := a.Metrics.ActivePercent.Value; got != 100 {
		t.Errorf("active %g %%", got)
	}
}

// TestAClockIsSetFromMoreThanTwoMinutesOn: 120 s are what two clocks may drift.
func TestAClockIsSetFromMoreThanTwoMinutesOn(t *testing.T) {
	for by, want := range map[WallTime]int{-121: 1, -120: 0, 120: 0, 121: 1} {
		r := regular(10)
		for i := 5; i < 10; i++ {
			r.Readings[i].Display += by
		}
		if got := r.ClockChanges(); len(got) != want {
			t.Errorf("%d s: %+v", by, got)
		}
	}
}

// counting is readings from to to of one run; zero is where the source's own clock
// begins to count, while the transmitter's count is the same in both.
func counting(from, to int, zero int64) *Recording {
	r := regular(100)
	r.TransmitterID = "8ABCDE"
	r.Readings = r.Readings[from:to]
	for i := range r.Readings {
		r.Readings[i].System += zero
		r.Readings[i].MgDL = float64(100 + (from+i)%40)
	}
	return r
}

// TestSourcesWhoseClocksBeginElsewhereBecomeOneRecording: each reading that is added
// lies at its own place on the kept recording's clock.
func TestSourcesWhoseClocksBeginElsewhereBecomeOneRecording(t *testing.T) {
	for _, c := range []struct {
		what      string
		kept, add *Recording
		news      int
	}{
		{"later, overlapping", counting(0, 60, 0), counting(40, 100, 436_000_000), 40},
		{"earlier, overlapping", counting(40, 100, 436_000_000), counting(0, 60, 0), 40},
		{"later, without a shared reading", counting(0, 50, 0), counting(50, 100, 436_000_000), 50},
		{"earlier, without a shared reading", counting(50, 100, 436_000_000), counting(0, 50, -7200), 50},
		{"on both sides", counting(30, 60, 12_345), counting(0, 100, -999), 70},
	} {
		first := c.kept.Readings[0]
		m := Merge(c.kept, c.add)
		if m.New != c.news || m.Conflicts != 0 || len(c.kept.Readings) != 100 {
			t.Errorf("%s: %+v, %d readings", c.what, m, len(c.kept.Readings))
			continue
		}
		zero := first.System - first.TransmitterSeconds
		for i, g := range c.kept.Readings {
			if g.System != zero+7200+int64(i)*300 || g.TransmitterSeconds != 7200+int64(i)*300 || g.MgDL != float64(100+i%40) {
				t.Errorf("%s: reading %d is %+v", c.what, i, g)
				break
			}
		}
	}
}

// TestALimitIsAValueBeyondTheSensor: a Dexcom sensor measures 40 to 400 mg/dL.
func TestALimitIsAValueBeyondTheSensor(t *testing.T) {
	for mgDL, want := range map[float64]Flag{39: Low, 39.9: Low, 40: InRange, 400: InRange, 400.1: High, 401: High} {
		if got := FlagOf(mgDL); got != want {
			t.Errorf("%g mg/dL is %q, want %q", mgDL, got, want)
		}
	}
}

// TestTheGridJoinsReadingsUpToThreeQuartersOfAnHour: 45 min are nine steps, so that
// eight points lie between; at 50 min nothing is made up.
func TestTheGridJoinsReadingsUpToThreeQuartersOfAnHour(t *testing.T) {
	for missing, known := range map[int]int{8: 20, 9: 11} { // 45 and 50 minutes from reading to reading
		r := without(regular(20), 5, 5+missing)
		grid := r.MakeGrid(5)
		n := 0
		grid.stretches(func(from, to int) { n += to - from })
		if n != known {
			t.Errorf("%d readings missing: %d points of the grid, want %d", missing, n, known)
		}
	}
}

// TestAnEpisodeTakesFifteenMinutes: three points of five minutes begin it and three
// back end it; two do neither.
func TestAnEpisodeTakesFifteenMinutes(t *testing.T) {
	for _, c := range []struct {
		values   []float64
		episodes []float64 // minutes
	}{
		{[]float64{100, 100, 60, 60, 100, 100, 100}, nil},
		{[]float64{100, 100, 60, 60, 60, 100, 100, 100}, []float64{15}},
		{[]float64{100, 60, 60, 60, 100, 100, 60, 100, 100, 100}, []float64{30}},                // a return of 10 minutes belongs to it
		{[]float64{100, 60, 60, 60, 70, 70, 70, 60, 60, 60, 100}, []float64{15, 20}},            // 70 is in range
		{[]float64{100, 69, 69, 69, 100, 100}, []float64{25}},                                   // the data end before 15 minutes back
		{[]float64{100, 100, 100, 60, 60, 69.9, 70, 70, 70, 100, 100, 100, 100}, []float64{15}}, // 69.9 is low
	} {
		r := regular(len(c.values))
		for i, v := range c.values {
			r.Readings[i].MgDL = v
		}
		grid := r.MakeGrid(5)
		var got []float64
		for _, e := range grid.Episodes() {
			if e.Kind == EpisodeLow {
				got = append(got, e.Minutes)
			}
		}
		if !slices.Equal(got, c.episodes) {
			t.Errorf("%v: episodes of %v minutes, want %v", c.values, got, c.episodes)
		}
	}
}
