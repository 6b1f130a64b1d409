package cgm

import (
	"math"
	"testing"
)

// ofValues is readings of these values, five minutes apart, from 10:00 on.
func ofValues(values ...float64) *Recording {
	r := regular(len(values))
	for i, v := range values {
		r.Readings[i].MgDL, r.Readings[i].Flag = v, FlagOf(v)
	}
	return r
}

// TestTheFiguresOfTenReadings were worked out from the papers' formulas, apart from this
// program, for ten readings that stand on both sides of every edge.
func TestTheFiguresOfTenReadings(t *testing.T) {
	m := Analyse(ofValues(181, 54, 300, 70, 45, 250, 110, 69, 180, 140)).Metrics
	for _, c := range []struct {
		what string
		got  Figure
		want float64
	}{
		{"mean", m.Mean, 139.9}, {"SD", m.SD, 87.0778068421825}, {"CV", m.CVPercent, 62.24289266775017}, {"median", m.Median, 125},
		{"GMI", m.GMIPercent, 6.656408}, {"GMI 2026", m.GMI2026, 6.566302523966535}, {"eA1C", m.EA1CPercent, 6.501742160278747}, {"J", m.JIndex, 51.518924798887106},
		{"very low", m.VeryLowPercent, 10}, {"low", m.LowPercent, 20}, {"in range", m.InRangePercent, 40}, {"high", m.HighPercent, 20}, {"very high", m.VeryHighPercent, 10},
		{"tight range", m.TightRangePercent, 30}, {"pregnancy", m.PregnancyRangePercent, 40},
		{"GRI", m.GRI, 100}, {"GRI of lows", m.GRIHypo, 26}, {"GRI of highs", m.GRIHyper, 20},
		{"LBGI", m.LBGI, 6.312697663296564}, {"HBGI", m.HBGI, 7.369326235850307}, {"ADRR", m.ADRR, 62.61433587275467}, {"M", m.MValue, 33.428488573153494},
		{"GRADE", m.GRADE, 11.439615890249923}, {"of lows", m.GRADEHypoPercent, 33.13542959835113}, {"within", m.GRADEEuPercent, 7.406499881977418}, {"of highs", m.GRADEHyperPercent, 59.458070519671445},
		{"P5", m.P5, 49.05}, {"P25", m.P25, 69.25}, {"P75", m.P75, 180.75}, {"P95", m.P95, 277.5}, {"IQR", m.IQR, 111.5}, {"least", m.Min, 45}, {"most", m.Max, 300},
	} {
		if !c.got.Known || math.Abs(c.got.Value-c.want) > 1e-9*math.Max(1, c.want) {
			t.Errorf("%s is %+v, want %v", c.what, c.got, c.want)
		}
	}
	if m.Readings != 10 || m.DaysWithData != 1 {
		t.Errorf("%d readings on %d days", m.Readings, m.DaysWithData)
	}
}

// TestTheSDTakesTwoReadings: of 100 and 110 it is √50.
func TestTheSDTakesTwoReadings(t *testing.T) {
	if m := Analyse(ofValues(100)).Metrics; m.SD.Known || m.CVPercent.Known || m.JIndex.Known {
		t.Errorf("of one reading %+v", m.SD)
	}
	if m := Analyse(ofValues(100, 110)).Metrics; !m.SD.Known || math.Abs(m.SD.Value-math.Sqrt(50)) > 1e-9 {
		t.Errorf("%+v", m.SD)
	}
}

// TestTheGridLiesOnTheLinesBetweenReadings: 100, 120 and 90 ten minutes apart are 100,
// 110, 120, 105 and 90 on five minutes: 50 mg/dL in a third of an hour, and trapezoids
// of 105, 115, 112.5 and 97.5.
func TestTheGridLiesOnTheLinesBetweenReadings(t *testing.T) {
	r := ofValues(100, 120, 90)
	for i := range r.Readings {
		r.Readings[i].Display += WallTime(i * 300)
		r.Readings[i].System += int64(i * 300)
	}
	grid := r.MakeGrid(5)
	var got []float64
	grid.stretches(func(from, to int) { got = append(got, grid.Values[from:to]...) })
	want := []float64{100, 110, 120, 105, 90}
	if len(got) != len(want) {
		t.Fatalf("%v", got)
	}
	for i := range want {
		if math.Abs(got[i]-want[i]) > 1e-9 {
			t.Errorf("%v, not %v", got, want)
		}
	}
	if mag, auc := grid.steps(); math.Abs(mag.Value-150) > 1e-9 || math.Abs(auc.Value-107.5) > 1e-9 {
		t.Errorf("MAG %v, AUC %v", mag, auc)
	}
}

// TestADayIsComparedWithTheDayBefore: 10 mg/dL more at every time of the day.
func TestADayIsComparedWithTheDayBefore(t *testing.T) {
	r := flat(2)
	set(r, 1, 0, 1440, 130)
	m := Analyse(r).Metrics
	if math.Abs(m.MODD.Value-10) > 0.1 || m.CONGA24.Value > 0.5 {
		t.Errorf("MODD %v, CONGA %v", m.MODD, m.CONGA24)
	}
	set(r, 1, 0, 720, 110) // half a day 10 less, half a day 10 more
	m = Analyse(r).Metrics
	if math.Abs(m.MODD.Value-10) > 0.2 || math.Abs(m.CONGA24.Value-10) > 0.2 {
		t.Errorf("MODD %v, CONGA %v", m.MODD, m.CONGA24)
	}
}

// TestAnEpisodeHasItsExtremeAndMean: the lowest of a low, the highest of a high.
func TestAnEpisodeHasItsExtremeAndMean(t *testing.T) {
	r := ofValues(100, 60, 55, 59, 100, 100, 100, 200, 240, 220, 100, 100, 100)
	grid := r.MakeGrid(5)
	got := map[EpisodeKind]Episode{}
	for _, e := range grid.Episodes() {
		got[e.Kind] = e
	}
	if e := got[EpisodeLow]; e.ExtremeMgDL != 55 || math.Abs(e.MeanMgDL-58) > 1e-9 || e.Start.Clock() != "10:05" {
		t.Errorf("%+v", e)
	}
	if e := got[EpisodeHigh]; e.ExtremeMgDL != 240 || math.Abs(e.MeanMgDL-220) > 1e-9 || e.Start.Clock() != "10:35" {
		t.Errorf("%+v", e)
	}
}

// TestAHighReboundsWithinTwoHoursOfALow, two hours to the second among them.
func TestAHighReboundsWithinTwoHoursOfALow(t *testing.T) {
	for minutes, want := range map[int]bool{60: true, 120: true, 125: false} {
		r := flat(1)
		set(r, 0, 600, 605, 65)
		set(r, 0, 600+minutes, 660+minutes, 200)
		if _, got := find(r)[FindReboundHigh]; got != want {
			t.Errorf("a high %d minutes after a low: %v", minutes, got)
		}
	}
}

// TestTheNightsDriftIsTheSlopeOfItsMedian: 10 mg/dL an hour from 23:00 to 07:00, and
// anything by day.
func TestTheNightsDriftIsTheSlopeOfItsMedian(t *testing.T) {
	r := flat(3)
	for i := range r.Readings {
		g := &r.Readings[i]
		switch h := g.Display.Hour(); {
		case h == 23:
			g.MgDL = 90
		case h <= 6:
			g.MgDL = float64(100 + 10*h)
		default:
			g.MgDL = 250
		}
	}
	f, there := find(r)[FindOvernightDrift]
	if !there || math.Abs(f.Value-10) > 1e-9 {
		t.Errorf("%+v", f)
	}
}

// TestAMedianAtTheEdgeIsNotHigh, and the highest of the hours is named.
func TestAMedianAtTheEdgeIsNotHigh(t *testing.T) {
	r := flat(3)
	for d := range 3 {
		set(r, d, 0, 1440, 180)
	}
	if f, there := find(r)[FindHighHours]; there {
		t.Errorf("%+v", f)
	}
	for d := range 3 {
		set(r, d, 600, 660, 240)
		set(r, d, 660, 720, 300)
	}
	if f := find(r)[FindHighHours]; f.Extreme != 270 { // (240 + 4 × 300 + 180) / 6
		t.Errorf("%+v", f)
	}
}

// TestAnIntervalDividesADay: iglu's rounding of odd ones.
func TestAnIntervalDividesADay(t *testing.T) {
	for seconds, want := range map[int64]int{300: 300, 290: 300, 60: 60, 20: 60, 900: 900, 420: 300, 780: 900, 1200: 1200, 1260: 1200, 3600: 3600, 3000: 1200} {
		r := regular(10)
		for i := range r.Readings {
			r.Readings[i].System = int64(i) * seconds
		}
		if got := DetectInterval(r.Readings); got != want {
			t.Errorf("%d s: %d, want %d", seconds, got, want)
		}
	}
}
