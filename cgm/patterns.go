package cgm

import (
	"cmp"
	"math"
	"slices"
	"sort"
)

// FindingKind names a pattern that is looked for in a recording.
type FindingKind string

// The patterns, in the order of their weight for a reader: lows first, then
// highs, then variability, then what the data cannot show. Criteria and their
// sources stand at the function that looks for each.
const (
	FindVeryLowGoal    FindingKind = "goal for very low missed"
	FindLowGoal        FindingKind = "goal for low missed"
	FindVeryLow        FindingKind = "very low episodes"
	FindNightLow       FindingKind = "low at night"
	FindLow            FindingKind = "low by day"
	FindExtendedLow    FindingKind = "extended low"
	FindNoLow          FindingKind = "no low episode"
	FindInRangeGoal    FindingKind = "goal for time in range missed"
	FindHighGoal       FindingKind = "goal for high missed"
	FindVeryHighGoal   FindingKind = "goal for very high missed"
	FindMeanGoal       FindingKind = "goal for the mean missed"
	FindVeryHigh       FindingKind = "very high episodes"
	FindHighHours      FindingKind = "median high for hours"
	FindHigh           FindingKind = "high episodes"
	FindAfterMeal      FindingKind = "high after logged meals"
	FindDawnRise       FindingKind = "rise before breakfast"
	FindReboundHigh    FindingKind = "high after low"
	FindNoHigh         FindingKind = "no high episode"
	FindVariable       FindingKind = "coefficient of variation"
	FindWideBand       FindingKind = "wide band"
	FindOvernightDrift FindingKind = "overnight drift"
	FindOutlierDay     FindingKind = "day unlike the others"
	FindGaps           FindingKind = "gaps"
	FindClamped        FindingKind = "readings at the sensor's limits"
	FindCompression    FindingKind = "possible compression"
	FindFewDays        FindingKind = "few days"
)

// FindingGroup is where a finding stands in the interpretation.
type FindingGroup uint8

// The groups, in the order of the interpretation.
const (
	Lows FindingGroup = iota
	Highs
	Variability
	DataLimits
)

// Finding is one pattern with its evidence, for a person to check against the
// trace. Fields that a kind does not use are zero.
type Finding struct {
	Kind    FindingKind
	Group   FindingGroup
	Count   int     // episodes, meals, gaps
	Of      int     // of how many
	Days    []Date  // on which days or nights
	OfDays  int     // of how many with enough data
	From    int     // minute of the day, the window of the evidence
	To      int     // minute of the day
	Extreme float64 // mg/dL, lowest or highest
	Minutes float64 // longest
	Value   float64 // what the kind measures: per cent, mg/dL, mg/dL per hour
	Shares  Shares  // what a goal was missed by
}

// Edges of the patterns. P: a product's choice, no value in the literature.
const (
	nightEndHour         = 6   // night is 00:00 to 06:00 (Danne 2017)
	usableShare          = 0.7 // of a night's or day's readings must be there
	dawnRiseMgDL         = 20  // Sci Rep 14 (2024), s41598-024-52461-1, after Monnier
	breakfastEndHour     = 11  // P; a first meal logged later is not breakfast
	mealPeakMinutes      = 180 // a meal's peak lies within 3 hours
	reboundMinutes       = 120 // Hansen & Bibby, J Diabetes Sci Technol 2024
	driftMgDLPerHour     = 5   // P
	wideBandMgDL         = 60  // P, 25th to 75th percentile
	wideBandHours        = 2   // P
	clampedNoticePercent = 5   // P
	outlierMADs          = 2   // P
	compressionMgDL      = 25  // P, within compressionMinutes, down and up again
	compressionMinutes   = 15  // P
	compressionLongest   = 60  // P; “about an hour”
)

const minutesPerDay = 1440

// on adds a day to the evidence, once.
func (x *Finding) on(d Date) {
	if !slices.Contains(x.Days, d) {
		x.Days = append(x.Days, d)
	}
}

// Findings looks for the patterns in an analysed recording. It describes and
// counts; it draws no conclusion. In each group at least one finding stands,
// be it that there was none.
func Findings(r *Recording, a *Analysis) []Finding {
	f := finder{r: r, a: a}
	for _, look := range []func(){
		f.lowGoals, f.veryLow, f.nightLow, f.dayLow, f.extendedLow, f.noLow,
		f.highGoals, f.meanGoal, f.veryHigh, f.highHours, f.high, f.afterMeals, f.dawnRise, f.reboundHigh, f.noHigh,
		f.variable, f.wideBand, f.overnightDrift, f.outlierDays,
		f.gaps, f.clamped, f.compression, f.fewDays,
	} {
		look()
	}
	return f.out
}

type finder struct {
	r   *Recording
	a   *Analysis
	out []Finding
}

func (f *finder) add(x Finding) { f.out = append(f.out, x) }

func (f *finder) episodes(kind EpisodeKind, keep func(*Episode) bool) []Episode {
	var out []Episode
	for i := range f.a.Episodes {
		if e := &f.a.Episodes[i]; e.Kind == kind && (keep == nil || keep(e)) {
			out = append(out, *e)
		}
	}
	return out
}

func atNight(e *Episode) bool { return e.Start.Hour() < nightEndHour }
func byDay(e *Episode) bool   { return !atNight(e) }

// fromEpisodes sums up episodes of one kind; nothing for none.
func (f *finder) fromEpisodes(kind FindingKind, group FindingGroup, episodes []Episode) {
	if len(episodes) == 0 {
		return
	}
	x := Finding{Kind: kind, Group: group, Count: len(episodes), OfDays: len(f.a.Days), Extreme: episodes[0].ExtremeMgDL}
	for _, e := range episodes {
		if (group == Lows) == (e.ExtremeMgDL < x.Extreme) {
			x.Extreme = e.ExtremeMgDL
		}
		x.Minutes = max(x.Minutes, e.Minutes)
		x.on(e.Start.Date())
	}
	x.From, x.To = clockWindow(episodes)
	f.add(x)
}

// clockWindow is the stretch of the clock that holds all the episodes, when
// that is at most 12 hours; else 0 and 0.
func clockWindow(episodes []Episode) (from, to int) {
	var covered [minutesPerDay]bool
	for _, e := range episodes {
		start := e.Start.SecondOfDay() / 60
		for m := range min(int(e.Minutes), minutesPerDay) {
			covered[(start+m)%minutesPerDay] = true
		}
	}
	// The window begins where the longest free stretch ends.
	free, run := 0, 0
	for m := range 2 * minutesPerDay { // twice around, for a stretch over midnight
		if covered[m%minutesPerDay] {
			run = 0
			continue
		}
		if run++; run > free {
			free, from = run, (m+1)%minutesPerDay
		}
	}
	if length := minutesPerDay - free; free < minutesPerDay && length <= 12*60 {
		return from, (from + length) % minutesPerDay
	}
	return 0, 0
}

// goal adds a goal that is missed.
func (f *finder) goal(i int, kind FindingKind, group FindingGroup) {
	shares := f.a.Summary.Shares
	if g := Goals(shares)[i]; !g.Met {
		f.add(Finding{Kind: kind, Group: group, Value: g.Percent, Shares: shares})
	}
}

func (f *finder) lowGoals() {
	f.goal(GoalVeryLow, FindVeryLowGoal, Lows)
	f.goal(GoalLow, FindLowGoal, Lows)
	if f.moreLow() {
		f.goal(GoalInRange, FindInRangeGoal, Lows)
	}
}

func (f *finder) highGoals() {
	if !f.moreLow() {
		f.goal(GoalInRange, FindInRangeGoal, Highs)
	}
	f.goal(GoalHigh, FindHighGoal, Highs)
	f.goal(GoalVeryHigh, FindVeryHighGoal, Highs)
}

// moreLow says whether more time is under the range than over it: there a missed
// time in range stands.
func (f *finder) moreLow() bool {
	s := f.a.Summary.Shares
	return s.VeryLow+s.Low > s.High+s.VeryHigh
}

// meanGoal is the mean in mg/dL (Extreme) and the GMI in per cent (Value), where
// one of them misses its goal.
func (f *finder) meanGoal() {
	if mean := f.a.Summary.Mean; mean >= MeanGoalMgDL || GMI(mean) >= GMIGoalPercent {
		f.add(Finding{Kind: FindMeanGoal, Group: Highs, Extreme: mean, Value: GMI(mean)})
	}
}

// Level-2 lows: Battelino 2023.
func (f *finder) veryLow() {
	f.fromEpisodes(FindVeryLow, Lows, f.episodes(EpisodeVeryLow, nil))
}

// Nocturnal lows: level-1 episodes that begin from 00:00 to 06:00 (Danne 2017).
func (f *finder) nightLow() {
	before := len(f.out)
	f.fromEpisodes(FindNightLow, Lows, f.episodes(EpisodeLow, atNight))
	if len(f.out) > before {
		x := &f.out[before]
		nights := f.usableNights()
		for _, d := range x.Days {
			if !slices.Contains(nights, d) {
				nights = append(nights, d)
			}
		}
		x.OfDays = len(nights)
	}
}

func (f *finder) dayLow() { f.fromEpisodes(FindLow, Lows, f.episodes(EpisodeLow, byDay)) }
func (f *finder) extendedLow() {
	f.fromEpisodes(FindExtendedLow, Lows, f.episodes(EpisodeExtendedLow, nil))
}

func (f *finder) noLow() {
	if len(f.episodes(EpisodeLow, nil)) == 0 {
		f.add(Finding{
			Kind: FindNoLow, Group: Lows, Extreme: f.a.Summary.Min, Value: f.a.Summary.Shares.VeryLow + f.a.Summary.Shares.Low,
		})
	}
}

// Level-2 highs: Battelino 2023.
func (f *finder) veryHigh() {
	f.fromEpisodes(FindVeryHigh, Highs, f.episodes(EpisodeVeryHigh, nil))
}

func (f *finder) high() { f.fromEpisodes(FindHigh, Highs, f.episodes(EpisodeHigh, nil)) }

func (f *finder) noHigh() {
	if len(f.episodes(EpisodeHigh, nil)) == 0 {
		f.add(Finding{
			Kind: FindNoHigh, Group: Highs, Extreme: f.a.Summary.Max, Value: f.a.Summary.Shares.High +
				f.a.Summary.Shares.VeryHigh,
		})
	}
}

// highHours finds stretches of the clock where the profile's median is over
// 180 mg/dL, in bins of at least three days.
func (f *finder) highHours() {
	f.profileRuns(func(b *ProfileBin) bool { return b.P50 > 180 }, func(run []ProfileBin) {
		x := Finding{
			Kind: FindHighHours, Group: Highs, From: run[0].MinuteOfDay - 30,
			To: (run[len(run)-1].MinuteOfDay + 30) % minutesPerDay,
		}
		for _, b := range run {
			x.Extreme = max(x.Extreme, b.P50)
		}
		f.add(x)
	})
}

// profileRuns calls found for each run of neighbouring hours that pass, once
// around the clock.
func (f *finder) profileRuns(pass func(*ProfileBin) bool, found func([]ProfileBin)) {
	hours := map[int]ProfileBin{}
	for i := range f.a.Profile {
		if b := &f.a.Profile[i]; b.Days >= 3 && pass(b) {
			hours[b.MinuteOfDay/60] = *b
		}
	}
	if len(hours) == ProfileBins {
		found(f.a.Profile)
		return
	}
	for h := range ProfileBins {
		_, before := hours[(h+ProfileBins-1)%ProfileBins]
		if _, now := hours[h]; !now || before {
			continue
		}
		var run []ProfileBin
		for k := h; ; k++ {
			b, now := hours[k%ProfileBins]
			if !now {
				break
			}
			run = append(run, b)
		}
		found(run)
	}
}

// afterMeals looks at logged meals: the highest reading within three hours
// over 180 mg/dL. Without a log nothing is said of meals.
func (f *finder) afterMeals() {
	x := Finding{Kind: FindAfterMeal, Group: Highs}
	for _, e := range f.r.Events {
		if e.Kind != Carbs {
			continue
		}
		x.Of++
		before, peak, found := f.mealReadings(e.System)
		if !found || peak <= 180 {
			continue
		}
		x.Count++
		x.Extreme = max(x.Extreme, peak)
		x.Value += peak - before
		x.on(e.Display.Date())
	}
	if x.Count > 0 {
		x.Value /= float64(x.Count)
		f.add(x)
	}
}

// mealReadings is the last reading before the meal, if it is near, and the
// highest within three hours after it.
func (f *finder) mealReadings(meal int64) (before, peak float64, found bool) {
	readings := f.r.Readings
	at := sort.Search(len(readings), func(i int) bool { return readings[i].System > meal })
	if at > 0 && meal-readings[at-1].System < maxInterpolatedSeconds {
		before, found = readings[at-1].MgDL, true
	}
	for ; at < len(readings) && readings[at].System-meal <= mealPeakMinutes*60; at++ {
		peak = max(peak, readings[at].MgDL)
	}
	return before, peak, found && peak > 0
}

// usableNights are the dates with enough readings from 00:00 to 06:00.
func (f *finder) usableNights() []Date {
	var out []Date
	full := float64(nightEndHour*3600) / float64(f.r.IntervalSeconds)
	for i := range f.a.Days {
		n := 0
		for _, g := range f.a.Days[i].Readings {
			if g.Display.Hour() < nightEndHour {
				n++
			}
		}
		if float64(n) >= usableShare*full {
			out = append(out, f.a.Days[i].Date)
		}
	}
	return out
}

// dawnRise: a rise of at least 20 mg/dL from the night's lowest reading to the
// last before breakfast, in nights without a low, on at least half of the usable
// nights. No consensus defines it. Count is how many of the days have a breakfast
// in the log.
func (f *finder) dawnRise() {
	nights := f.usableNights()
	x := Finding{Kind: FindDawnRise, Group: Highs, OfDays: len(nights)}
	for i := range f.a.Days {
		day := &f.a.Days[i]
		if !slices.Contains(nights, day.Date) {
			continue
		}
		end, logged := f.breakfast(day.Date)
		rise, found := riseUntil(day, end)
		if !found || rise < dawnRiseMgDL {
			continue
		}
		x.Days = append(x.Days, day.Date)
		x.Value += rise
		if logged {
			x.Count++
		}
	}
	if len(x.Days) >= 3 && 2*len(x.Days) >= len(nights) {
		x.Value /= float64(len(x.Days))
		f.add(x)
	}
}

// breakfast is when the day's first meal was logged; where none is up to
// breakfastEndHour, the night's end: what comes after it may be a meal that
// nobody logged.
func (f *finder) breakfast(d Date) (at WallTime, logged bool) {
	at = d.Midnight() + breakfastEndHour*3600
	for i := range f.r.Events {
		if e := &f.r.Events[i]; e.Kind == Carbs && e.Display.Date() == d && e.Display <= at {
			at, logged = e.Display, true
		}
	}
	if !logged {
		at = d.Midnight() + nightEndHour*3600
	}
	return at, logged
}

// riseUntil is the day's last reading up to end less the night's lowest; not found
// with a low in it, or without a reading near the end.
func riseUntil(day *Day, end WallTime) (mgDL float64, found bool) {
	nadir, last := math.Inf(1), (*Reading)(nil)
	for i := range day.Readings {
		g := &day.Readings[i]
		if g.Display > end {
			continue
		}
		last = g
		if g.Display.Hour() < nightEndHour {
			nadir = min(nadir, g.MgDL)
		}
	}
	if last == nil || end-last.Display > maxInterpolatedSeconds || nadir < TargetLow {
		return 0, false
	}
	return last.MgDL - nadir, true
}

// compression: lows at night that begin by an abrupt fall and end by an abrupt
// rise within about an hour, as lying on the sensor makes them. It is a
// possibility, never left out of any figure.
func (f *finder) compression() {
	abrupt := f.episodes(EpisodeLow, func(e *Episode) bool {
		return atNight(e) && e.Minutes <= compressionLongest && f.abrupt(e)
	})
	if len(abrupt) == 0 {
		return
	}
	f.fromEpisodes(FindCompression, Lows, abrupt)
	f.out[len(f.out)-1].Group = DataLimits
}

// abrupt says whether glucose fell into a low and rose out of it by
// compressionMgDL within compressionMinutes, where readings show it.
func (f *finder) abrupt(e *Episode) bool {
	first, last := -1, -1
	for i := range f.r.Readings {
		g := &f.r.Readings[i]
		if g.MgDL < 70 && g.Display >= e.Start-60 && g.Display <= e.Start+WallTime(e.Minutes*60) {
			if last = i; first < 0 {
				first = i
			}
		}
	}
	if first < 1 || last == len(f.r.Readings)-1 {
		return false
	}
	near := func(a, b *Reading) bool { return b.System-a.System <= compressionMinutes*60 }
	fell, rose := false, false
	for i := first - 1; i >= 0 && near(&f.r.Readings[i], &f.r.Readings[first]); i-- {
		fell = fell || f.r.Readings[i].MgDL-f.r.Readings[first].MgDL >= compressionMgDL
	}
	for i := last + 1; i < len(f.r.Readings) && near(&f.r.Readings[last], &f.r.Readings[i]); i++ {
		rose = rose || f.r.Readings[i].MgDL-f.r.Readings[last].MgDL >= compressionMgDL
	}
	return fell && rose
}

// reboundHigh: a high episode that begins within two hours after a reading
// under 70 (Hansen & Bibby 2024).
func (f *finder) reboundHigh() {
	x := Finding{Kind: FindReboundHigh, Group: Highs}
	readings := f.r.Readings
	next, lastLow := 0, WallTime(math.MinInt64/2)
	for _, e := range f.episodes(EpisodeHigh, nil) {
		for ; next < len(readings) && readings[next].Display < e.Start; next++ {
			if readings[next].MgDL < TargetLow {
				lastLow = readings[next].Display
			}
		}
		if e.Start-lastLow > reboundMinutes*60 {
			continue
		}
		x.Count++
		x.Extreme = max(x.Extreme, e.ExtremeMgDL)
		x.on(e.Start.Date())
	}
	if x.Count > 0 {
		f.add(x)
	}
}

// variable always says the coefficient of variation, where there is one.
func (f *finder) variable() {
	if cv := f.a.Metrics.CVPercent; cv.Known {
		f.add(Finding{Kind: FindVariable, Group: Variability, Value: cv.Value})
	}
}

func (f *finder) wideBand() {
	f.profileRuns(func(b *ProfileBin) bool { return b.P75-b.P25 > wideBandMgDL }, func(run []ProfileBin) {
		if len(run) < wideBandHours {
			return
		}
		x := Finding{
			Kind: FindWideBand, Group: Variability, From: run[0].MinuteOfDay - 30,
			To: (run[len(run)-1].MinuteOfDay + 30) % minutesPerDay,
		}
		for _, b := range run {
			x.Value = max(x.Value, b.P75-b.P25)
		}
		f.add(x)
	})
}

// overnightDrift is the least-squares slope of the median profile 00:00–06:00.
func (f *finder) overnightDrift() {
	n, sx, sy, sxx, sxy := 0.0, 0.0, 0.0, 0.0, 0.0
	for _, b := range f.a.Profile {
		if b.MinuteOfDay < nightEndHour*60 && b.Days >= 3 {
			x := float64(b.MinuteOfDay) / 60
			n, sx, sy, sxx, sxy = n+1, sx+x, sy+b.P50, sxx+x*x, sxy+x*b.P50
		}
	}
	if n < nightEndHour {
		return
	}
	slope := (n*sxy - sx*sy) / (n*sxx - sx*sx)
	if math.Abs(slope) > driftMgDLPerHour {
		f.add(Finding{Kind: FindOvernightDrift, Group: Variability, From: 0, To: nightEndHour * 60, Value: slope})
	}
}

// outlierDays are whole days whose mean is over two median absolute deviations
// off the median day; at least five whole days are needed to say so.
func (f *finder) outlierDays() {
	full := usableShare * float64(SecondsPerDay) / float64(f.r.IntervalSeconds)
	var whole []Day
	var means []float64
	for _, d := range f.a.Days {
		if float64(d.Summary.Readings) >= full {
			whole = append(whole, d)
			means = append(means, d.Summary.Mean)
		}
	}
	if len(whole) < 5 {
		return
	}
	slices.Sort(means)
	median := sorted(means).quantile(0.5)
	off := make([]float64, len(means))
	for i, m := range means {
		off[i] = math.Abs(m - median)
	}
	slices.Sort(off)
	limit := outlierMADs * 1.4826 * sorted(off).quantile(0.5)
	for _, d := range whole {
		if dev := d.Summary.Mean - median; limit > 0 && math.Abs(dev) > limit {
			f.add(Finding{
				Kind: FindOutlierDay, Group: Variability, Days: []Date{d.Date}, Value: d.Summary.Mean, Extreme: median,
				OfDays: len(whole),
			})
		}
	}
}

// gaps lists the longest of the gaps of at least half an hour.
func (f *finder) gaps() {
	c := f.a.Coverage
	if c.GapsOver30 == 0 {
		return
	}
	longest := slices.MaxFunc(c.Gaps, func(a, b Gap) int { return cmp.Compare(a.Minutes, b.Minutes) })
	total := 0.0
	for _, g := range c.Gaps {
		if g.Minutes >= 30 {
			total += g.Minutes
		}
	}
	f.add(Finding{Kind: FindGaps, Group: DataLimits, Count: c.GapsOver30, Minutes: longest.Minutes, Value: total,
		Days: []Date{longest.From.Date()},
		From: longest.From.SecondOfDay() / 60, To: longest.To.SecondOfDay() / 60})
}

func (f *finder) clamped() {
	if p := f.r.ClampedPercent(); p > clampedNoticePercent {
		f.add(Finding{Kind: FindClamped, Group: DataLimits, Value: p, Count: f.r.Count(Low), Of: f.r.Count(High)})
	}
}

// fewDays always says on how many days the recording rests.
func (f *finder) fewDays() {
	f.add(Finding{Kind: FindFewDays, Group: DataLimits, OfDays: len(f.a.Days), Value: f.a.Metrics.ActivePercent.Value})
}
