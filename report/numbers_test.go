package report

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"tracedesk/cgm"
	"tracedesk/clinic"
)

// found is a table's row: where a document prints something, and what stands in
// the brackets of all its matches, in the order of the pages.
type found struct {
	what    string
	pattern string
	want    []string
}

// paper is a printed document that is looked through: what was found again is
// taken out of it, so that in the end no number may be left.
type paper struct {
	t    *testing.T
	name string
	text string
}

// take looks for a row and takes it out.
func (p *paper) take(row found) {
	p.t.Helper()
	of := regexp.MustCompile(`(?m)` + row.pattern)
	var got []string
	for _, m := range of.FindAllStringSubmatch(p.text, -1) {
		got = append(got, m[1:]...)
	}
	if !slices.Equal(got, row.want) {
		p.t.Errorf("%s: %s is printed as %q, want %q", p.name, row.what, got, row.want)
	}
	p.text = of.ReplaceAllString(p.text, " ")
}

// words takes constants out that the forms print: each must be there.
func (p *paper) words(patterns ...string) {
	p.t.Helper()
	for _, pattern := range patterns {
		of := regexp.MustCompile(`(?m)` + flow(pattern))
		if !of.MatchString(p.text) {
			p.t.Errorf("%s: %q is not printed", p.name, pattern)
		}
		p.text = of.ReplaceAllString(p.text, " ")
	}
}

// nothingLeft fails for every number that no row has found again.
func (p *paper) nothingLeft() {
	p.t.Helper()
	for _, line := range strings.Split(p.text, "\n") {
		if strings.ContainsAny(line, "0123456789") {
			p.t.Errorf("%s prints a number that is not found again: %q", p.name, strings.TrimSpace(line))
		}
	}
}

// answers are what the documents must print, worked out here from the readings
// and from the metrics' JSON, not by the functions that print.
type answers struct {
	f    *Facts
	json map[string]float64
	iso  bool
	unit string
	set  map[string]string // the limits as printed
}

func answersOf(t *testing.T, f *Facts) *answers {
	t.Helper()
	b, err := json.Marshal(f.Analysis.Metrics)
	if err != nil {
		t.Fatal(err)
	}
	a := &answers{f: f, json: map[string]float64{}, iso: f.Settings.ISODates, unit: string(f.Settings.Unit)}
	if err := json.Unmarshal(b, &a.json); err != nil {
		t.Fatal(err)
	}
	a.set = map[string]string{"54": "54", "70": "70", "180": "180", "250": "250", "154": "154", "400": "400", "69": "69", "181": "181"}
	if f.Settings.Unit == cgm.MmolL {
		a.set = map[string]string{"54": "3.0", "70": "3.9", "180": "10.0", "250": "13.9", "154": "8.5", "400": "22.2", "69": "3.8", "181": "10.1"}
	}
	return a
}

// glucose is a value as printed.
func (a *answers) glucose(mgDL float64) string {
	if a.f.Settings.Unit == cgm.MmolL {
		return strconv.FormatFloat(mgDL/18.018, 'f', 1, 64)
	}
	return strconv.FormatFloat(mgDL, 'f', 0, 64)
}

// measured is a reading as printed.
func (a *answers) measured(g cgm.Reading) string {
	switch {
	case g.MgDL == 39:
		return "LOW"
	case g.MgDL == 401:
		return "HIGH"
	}
	return a.glucose(g.MgDL)
}

func (a *answers) figure(key string, decimals int) string {
	return strconv.FormatFloat(a.json[key], 'f', decimals, 64)
}

func (a *answers) date(w cgm.WallTime) string {
	if a.iso {
		return w.UTC().Format("2006-01-02")
	}
	return w.UTC().Format("Jan 2, 2006")
}

func (a *answers) short(w cgm.WallTime) string {
	if a.iso {
		return w.UTC().Format("Mon 01-02")
	}
	return w.UTC().Format("Mon, Jan 2")
}

func (a *answers) dateTime(w cgm.WallTime) string { return a.date(w) + " " + w.UTC().Format("15:04") }

// length is a number of minutes in words.
func length(minutes int) string {
	switch {
	case minutes < 60:
		return fmt.Sprintf("%d min", minutes)
	case minutes%60 == 0:
		return fmt.Sprintf("%d h", minutes/60)
	}
	return fmt.Sprintf("%d h %d min", minutes/60, minutes%60)
}

// slots are the readings' slots of five minutes, counted here.
func (a *answers) slots() int {
	seen := map[int64]bool{}
	first := a.f.Recording.Readings[0].System
	for _, g := range a.f.Recording.Readings {
		seen[int64(math.Floor(float64(g.System-first)/300+0.5))] = true
	}
	return len(seen)
}

// group is a number of readings, summed up here.
type group struct {
	readings       []cgm.Reading
	lowest, higest cgm.Reading
	sum            float64
	share          [5]float64 // very low to very high
}

func (a *answers) group(of func(cgm.Reading) bool) (g group) {
	for _, r := range a.f.Recording.Readings {
		if !of(r) {
			continue
		}
		if len(g.readings) == 0 {
			g.lowest, g.higest = r, r
		}
		g.readings = append(g.readings, r)
		if r.MgDL < g.lowest.MgDL {
			g.lowest = r
		}
		if r.MgDL > g.higest.MgDL {
			g.higest = r
		}
		g.sum += r.MgDL
		band := 0
		for _, edge := range []float64{53.9999, 69.9999, 180, 250} {
			if r.MgDL > edge {
				band++
			}
		}
		g.share[band]++
	}
	for i := range g.share {
		g.share[i] *= 100 / float64(len(g.readings))
	}
	return g
}

func (g group) mean() float64 { return g.sum / float64(len(g.readings)) }

// units are the shares in units of so many decimals that add to 100 per cent: the
// largest remainders get what the rounding down leaves.
func (g group) units(decimals int) (units [5]int) {
	scale := math.Pow10(decimals)
	rest := int(100 * scale)
	for i, s := range g.share {
		units[i] = int(s * scale)
		rest -= units[i]
	}
	for ; rest > 0; rest-- {
		most := 0
		for i := range units {
			if g.share[i]*scale-float64(units[i]) > g.share[most]*scale-float64(units[most])+1e-9 { // a tie is the first's
				most = i
			}
		}
		units[most]++
	}
	return units
}

// percent is a number of such units as printed, of a share that is really so much.
func percent(units, decimals int, share float64) string {
	switch scale := math.Pow10(decimals); {
	case share == 0:
		return "0"
	case units == 0:
		return "< " + strconv.FormatFloat(1/scale, 'f', decimals, 64)
	default:
		return strconv.FormatFloat(float64(units)/scale, 'f', decimals, 64)
	}
}

// bands are the five shares as printed, very low to very high.
func (g group) bands(decimals int) (out []string) {
	for i, n := range g.units(decimals) {
		out = append(out, percent(n, decimals, g.share[i]))
	}
	return out
}

// consensus are the goals: very low, low with very low, in range, high with very
// high, very high.
var consensus = [5]struct {
	side  string
	limit float64
}{{"<", 1}, {"<", 4}, {">", 70}, {"<", 25}, {"<", 5}}

// totals are the shares that the goals are for.
func (g group) totals() [5]float64 {
	s := g.share
	return [5]float64{s[0], s[0] + s[1], s[2], s[3] + s[4], s[4]}
}

// decimals are how the summary prints the shares: with one decimal where a share
// stands within 1 % of its goal. No golden recording needs two.
func (g group) decimals() int {
	for i, share := range g.totals() {
		if share > 0 && math.Abs(share-consensus[i].limit) < 1 {
			return 1
		}
	}
	return 0
}

// answer says whether a value is on the goal's side of the limit.
func answer(value float64, side string, limit float64) string {
	if side == "<" && value < limit || side == ">" && value > limit || side == "to" && value <= limit {
		return "met"
	}
	return "not met"
}

// byDay are the readings of each calendar day.
func (a *answers) byDay() (out []group) {
	days := map[cgm.Date]bool{}
	for _, r := range a.f.Recording.Readings {
		days[r.Display.Date()] = true
	}
	for _, d := range slices.Sorted(maps.Keys(days)) {
		out = append(out, a.group(func(r cgm.Reading) bool { return r.Display.Date() == d }))
	}
	return out
}

func each[T any](of []T, f func(T) []string) (out []string) {
	for _, v := range of {
		out = append(out, f(v)...)
	}
	return out
}

func counted(n int, what string) string {
	if n != 1 {
		what += "s"
	}
	return fmt.Sprintf("%d %s", n, what)
}

// value is how a pattern takes a glucose value or a word in place of it.
const value = `(LOW|HIGH|\d+\.\d|\d{2,3})`

// flow is a pattern of words that may run over the end of a line.
func flow(pattern string) string {
	return strings.ReplaceAll(strings.ReplaceAll(pattern, "[ ]", `\x20`), " ", `\s+`)
}

// spaced is a text with a blank between a number and its unit, which the layout of a
// page may leave out.
func spaced(text string) string {
	for _, r := range [][2]string{{`<\s?(\d)`, `< $1`}, {`(\d)\s?(h|%)( |$)`, `$1 $2$3`}} {
		text = regexp.MustCompile(`(?m)`+r[0]).ReplaceAllString(text, r[1])
	}
	return text
}

// The headings before and after the statistics and the ranges.
const summaryBegins, summaryEnds = "Summary", "Glucose profile: all days by time of day"

// paperOf is the text of a document, to be looked through. The summary stands in
// three columns; it is put in in the order in which it was drawn, in one line.
func paperOf(t *testing.T, name string, d *Document) *paper {
	t.Helper()
	before, rest, begins := strings.Cut(foldBlanks(strings.Join(textOf(t, d), "\n")), summaryBegins+"\n")
	_, after, ends := strings.Cut(rest, summaryEnds)
	_, drawn, _ := strings.Cut(foldBlanks(strings.Join(textIn(t, d, "-raw"), "\n")), summaryBegins+"\n")
	drawn, _, drew := strings.Cut(drawn, summaryEnds)
	if !begins || !ends || !drew {
		t.Fatalf("%s: there is no summary before a profile", name)
	}
	summary := summaryBegins + " " + strings.Join(strings.Fields(drawn), " ") + "\n"
	return &paper{t, name, spaced(before + summary + summaryEnds + after)}
}

// every are the rows of what stands on every page.
func (a *answers) every(pages int) []found {
	hash := a.f.Recording.Hash()[:8]
	var numbers, hashes []string
	for n := range pages {
		numbers = append(numbers, fmt.Sprint(n+1), fmt.Sprint(pages))
		hashes = append(hashes, hash)
	}
	return []found{
		{"the page's number", `page (\d+) of (\d+)$`, numbers},
		{"the recording's hash", `· recording ([0-9a-f]+) ·`, hashes},
		{"the record number", `· record number (\S+)`, slices.Repeat([]string{"A-17"}, pages)},
		{"when it was made", `made (2026-05-14 11:02 -0500) · Tracedesk 9.9.9`, slices.Repeat([]string{"2026-05-14 11:02 -0500"}, pages)},
		{"the birth date above", `born (\w+ \d+, \d+|\d{4}-\d\d-\d\d)`, slices.Repeat([]string{a.date(cgm.NewWallTime(1964, time.June, 20, 0, 0, 0))}, pages-1)},
	}
}

// summary are the rows of the statistics and the ranges, and of the profile's days.
func (a *answers) summary() []found {
	days := fmt.Sprint(len(a.byDay()))
	all := strings.Join([]string{a.statistics(), a.ranges(), a.combined()}, " ")
	return []found{
		{"the summary", `^Summary goal (.+)$`, []string{all}},
		{"the profile's days", `Based\s+on (\d+) days with data; 14 are recommended`, []string{days}},
	}
}

// statistics are the figures at the left with their goals.
func (a *answers) statistics() string {
	all := a.group(func(cgm.Reading) bool { return true })
	mean, gmi, cv, active := a.json["mean"], a.json["gmi_percent"], a.json["cv_percent"], a.json["active_percent"]
	return strings.Join([]string{
		"Mean glucose", a.glucose(mean), a.unit, "<", a.set["154"] + ":", answer(mean, "<", 154),
		"GMI (2018 formula)", a.figure("gmi_percent", 1), "% < 7 %:", answer(gmi, "<", 7),
		"Variation (CV)", a.figure("cv_percent", 1), "% to 36 %:", answer(cv, "to", 36),
		"SD", a.glucose(a.json["sd"]), a.unit,
		"Median", a.glucose(a.json["median"]), a.unit,
		"Lowest, highest", a.measured(all.lowest) + ",", a.measured(all.higest),
		"Sensor active", a.figure("active_percent", 1), "% > 70 %:", answer(active, ">", 70),
		"Calendar days with data", fmt.Sprint(len(a.byDay())), "14",
	}, " ")
}

// goal is goal i of the consensus as printed, with its answer.
func (g group) goal(i int) string {
	c := consensus[i]
	return fmt.Sprintf("goal %s %g %%: %s", c.side, c.limit, answer(g.totals()[i], c.side, c.limit))
}

// ranges are the five bands, very low to very high: share, limits, time a day, and
// the goal where the band has its own.
func (a *answers) ranges() string {
	all, s := a.group(func(cgm.Reading) bool { return true }), a.set
	names := [5]string{"Very low", "Low", "In range", "High", "Very high"}
	limits := [5]string{"< " + s["54"], s["54"] + "–" + s["69"], s["70"] + "–" + s["180"], s["181"] + "–" + s["250"], "> " + s["250"]}
	var out []string
	for i, share := range all.bands(all.decimals()) {
		out = append(out, names[i], share, "%", limits[i], length(int(math.Round(all.share[i]*14.4))), "a day")
		if i%2 == 0 {
			out = append(out, all.goal(i))
		}
	}
	return strings.Join(out, " ")
}

// combined are the two totals beside the brackets: each is the sum of the bands as
// they are printed, with its limit and its goal.
func (a *answers) combined() string {
	all := a.group(func(cgm.Reading) bool { return true })
	n, decimals, totals := all.units(all.decimals()), all.decimals(), all.totals()
	return strings.Join([]string{
		percent(n[3]+n[4], decimals, totals[3]), "% >", a.set["180"], a.unit, all.goal(3),
		percent(n[0]+n[1], decimals, totals[1]), "% <", a.set["70"], a.unit, all.goal(1),
	}, " ")
}

// recorded are the rows of the check.
func (a *answers) recorded() (hours, span, gap string, gaps int) {
	r := a.f.Recording.Readings
	longest := int64(0)
	for i := 1; i < len(r); i++ {
		d := r[i].System - r[i-1].System
		if longest = max(longest, d); d >= 1800 {
			gaps++
		}
	}
	span = length(int(r[len(r)-1].System-r[0].System+300) / 60)
	return length(a.slots() * 5), span, length(int(longest / 60)), gaps
}

// forms are the numbers that the forms print whatever was recorded.
func (a *answers) forms() []string {
	return []string{`CPT 9525[01]`, `The 72-hour minimum`, `25th to 75th and 5th to 95th percentile`, `smoothed 1-4-1`}
}

// axes takes the labels of the charts out, where a line has nothing else.
func (p *paper) axes(a *answers) {
	p.t.Helper()
	s := a.set
	p.words(`^(?:(?:00|03|06|09|12|15|18|21|24)(?:[ ]|$))+$`,
		`^(?:(?:`+s["400"]+`|`+s["250"]+`|`+s["180"]+`|`+s["70"]+`|`+s["54"]+`|`+a.glucose(0)+`|(?:95|75|50|25|5)[ ]%)(?:[ ]|$))+$`)
}

// TestEveryNumberOfThePrintoutIsFoundAgain looks for each printed number in the
// metrics' JSON and in the readings; one that is wrong, and one that nobody
// knows, are named.
func TestEveryNumberOfThePrintoutIsFoundAgain(t *testing.T) {
	for kind, f := range map[string]*Facts{"letter": goldenFacts()["letter"], "a4": goldenFacts()["a4"]} {
		d := madeOf(t, f, Printout)
		a := answersOf(t, f)
		p := paperOf(t, "printout, "+kind, d)
		for _, row := range a.every(d.Pages) {
			p.take(row)
		}
		r, s := f.Recording, a.set
		hours, span, gap, gaps := a.recorded()
		p.words(a.forms()...)
		p.take(found{"the hours", ` is met: (.+) were recorded`, []string{hours}})
		p.take(found{"the check's figures", `^(\d+ h(?: \d+ min)?) (\d+ h(?: \d+ min)?) ((?:\d+ h )?\d+ min) (\d+) (\d+)$`, []string{hours, span, gap, fmt.Sprint(gaps), fmt.Sprint(len(r.Readings))}})
		p.take(found{"the method", flow(`method (\d+): unique (\d+)-minute slots with a reading by the device's clock, (\d+) slots × (\d+) min`), []string{"1", "5", fmt.Sprint(a.slots()), "5"}})
		for _, row := range a.summary() {
			p.take(row)
		}
		days := a.byDay()
		p.take(found{"the days' means", `^mean ([0-9.]+) ` + a.unit + `$`, each(days, func(g group) []string { return []string{a.glucose(g.mean())} })})
		p.take(found{"the days' ranges", `^` + value + ` to ` + value + `$`, each(days, func(g group) []string { return []string{a.measured(g.lowest), a.measured(g.higest)} })})
		p.take(found{"the days' time in range", `^(\d+) % in range ` + s["180"] + `$`, each(days, func(g group) []string { return []string{fmt.Sprintf("%.0f", g.share[2])} })})
		p.take(found{"the days' readings", `^(\d+ readings?)$`, each(days, func(g group) []string { return []string{counted(len(g.readings), "reading")} })})
		p.quarters(a)
		p.episodes(a)
		p.logged(a)
		p.readings(a)
		p.identity(a)
		p.words(`episodes below `+s["70"]+`, thick below `+s["54"]+`; at the top:`, `above `+s["180"]+`, thick above `+s["250"],
			`rounded so that each row adds to 100`, `Very low < `+s["54"]+`, low to < `+s["70"]+`, in range to `+s["180"]+`,?`, `high to `+s["250"]+`,`,
			`Episodes of 15 minutes or more`, `begins with 15 minutes past its level and ends with 15 minutes back`,
			`72 h(?:ours: met| recorded)`, `Gaps from 30 min`)
		p.axes(a)
		p.nothingLeft()
	}
}

// quarters takes the table of the times of day out.
func (p *paper) quarters(a *answers) {
	p.t.Helper()
	row := func(g group, decimals int) string {
		figures := []string{fmt.Sprint(len(g.readings)), a.glucose(g.mean()), a.measured(g.lowest), a.measured(g.higest)}
		return strings.Join(append(figures, g.bands(decimals)...), " ")
	}
	var want []string
	for q, name := range []string{"Night", "Morning", "Afternoon", "Evening"} {
		g := a.group(func(r cgm.Reading) bool { return r.Display.UTC().Hour()/6 == q })
		want = append(want, name, fmt.Sprintf("%02d", q*6), fmt.Sprintf("%02d", q*6+6), row(g, 0))
	}
	p.take(found{"a quarter of the day", `^(Night|Morning|Afternoon|Evening), (\d\d)–(\d\d) (.+)$`, want})
	all := a.group(func(cgm.Reading) bool { return true })
	p.take(found{"the whole day", `^Whole day (.+)$`, []string{row(all, all.decimals())}}) // as in the summary
}

// episodes takes the list of the episodes out.
func (p *paper) episodes(a *answers) {
	p.t.Helper()
	words := map[cgm.EpisodeKind]string{
		cgm.EpisodeLow: "Low, < " + a.set["70"], cgm.EpisodeVeryLow: "Very low, < " + a.set["54"], cgm.EpisodeExtendedLow: "Low for over 2 h",
		cgm.EpisodeHigh: "High, > " + a.set["180"], cgm.EpisodeVeryHigh: "Very high, > " + a.set["250"],
	}
	extreme := func(v float64) string {
		switch {
		case v <= 39:
			return "LOW"
		case v >= 401:
			return "HIGH"
		}
		return a.glucose(v)
	}
	all := slices.Clone(a.f.Analysis.Episodes)
	slices.SortStableFunc(all, func(x, y cgm.Episode) int { return int(x.Start - y.Start) })
	p.take(found{"an episode", `^(\S.+\d\d:\d\d) ((?:Low|Very low|High|Very high)[^\n]*)$`, each(all, func(e cgm.Episode) []string {
		return []string{a.dateTime(e.Start), strings.Join([]string{words[e.Kind], length(int(e.Minutes)), extreme(e.ExtremeMgDL), a.glucose(e.MeanMgDL)}, " ")}
	})})
}

// logged takes what the patient logged out.
func (p *paper) logged(a *answers) {
	p.t.Helper()
	p.take(found{"what was logged", `^(\S.+\d\d:\d\d) carbohydrates (\d+) g$`, each(a.f.Recording.Events, func(e cgm.Event) []string {
		return []string{a.dateTime(e.Display), strconv.FormatFloat(e.Value, 'f', -1, 64)}
	})})
}

// readings takes every reading out, in whatever order the columns are read.
func (p *paper) readings(a *answers) {
	p.t.Helper()
	before, list, _ := strings.Cut(p.text, "The recording: every reading")
	var want, got []string
	for _, g := range a.f.Recording.Readings {
		want = append(want, g.Display.UTC().Format("15:04")+" "+a.measured(g))
	}
	of := regexp.MustCompile(`\d\d:\d\d ` + value)
	got = of.FindAllString(list, -1)
	list = of.ReplaceAllString(list, " ")
	slices.Sort(want)
	slices.Sort(got)
	if !slices.Equal(got, want) {
		p.t.Errorf("%s: %d readings are printed, and not the %d that were recorded", p.name, len(got), len(want))
	}
	p.text = before + list
	days := regexp.MustCompile(`(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),? (?:[A-Z]\w+ \d{1,2}|\d\d-\d\d)`)
	known := each(a.byDay(), func(g group) []string { return []string{a.short(g.readings[0].Display)} })
	p.text = days.ReplaceAllStringFunc(p.text, func(day string) string {
		if slices.Contains(known, day) {
			return " "
		}
		return day
	})
}

// identity takes the patient, the devices and the first and last reading out.
func (p *paper) identity(a *answers) {
	p.t.Helper()
	r := a.f.Recording
	first, last := a.dateTime(r.Readings[0].Display), a.dateTime(r.Readings[len(r.Readings)-1].Display)
	p.words(`\bA-17\b`, `\b8DEM01\b`, `Dexcom G6 Pro`, regexp.QuoteMeta(a.date(cgm.NewWallTime(1964, time.June, 20, 0, 0, 0))))
	p.take(found{"first and last reading", `(` + regexp.QuoteMeta(first) + `) (` + regexp.QuoteMeta(last) + `)`, []string{first, last}})
}

// TestEveryNumberOfTheInterpretationIsFoundAgain is the same for the
// interpretation. The numbers of the findings are those of the sentences that
// the clinician was shown.
func TestEveryNumberOfTheInterpretationIsFoundAgain(t *testing.T) {
	for kind, f := range map[string]*Facts{"letter": goldenFacts()["letter"], "a4": goldenFacts()["a4"]} {
		d := madeOf(t, f, Interpretation)
		a := answersOf(t, f)
		p := paperOf(t, "interpretation, "+kind, d)
		for _, row := range a.every(d.Pages) {
			p.take(row)
		}
		hours, span, gap, _ := a.recorded()
		p.words(append(a.forms(), `Laboratory A1C`)...)
		p.take(found{"the hours", ` is met: (.+) were recorded`, []string{hours}})
		p.take(found{"the device's figures", `^(\d+ h(?: \d+ min)?) (\d+ h(?: \d+ min)?) ([0-9.]+) % ((?:\d+ h )?\d+ min)$`, []string{hours, span, a.figure("active_percent", 1), gap}})
		p.take(found{"the method", flow(`method (\d+): unique (\d+)-minute slots with a reading by the device's clock, (\d+) slots × (\d+) min`), []string{"1", "5", fmt.Sprint(a.slots()), "5"}})
		for _, row := range a.summary() {
			p.take(row)
		}
		p.identity(a)
		p.axes(a)
		p.findings(a)
		p.take(found{"the recording that the draft was made from", `from recording ([0-9a-f]{8}) by Tracedesk 9.9.9`, []string{f.Recording.Hash()[:8]}})
		p.nothingLeft()
	}
}

// findings takes the findings out: the numbers of their sentences, each once,
// and the days of the small curves.
func (p *paper) findings(a *answers) {
	p.t.Helper()
	var left []string // what is still to be found
	captions := each(a.byDay(), func(g group) []string { return []string{a.short(g.readings[0].Display)} })
	for _, f := range a.f.Interpretation.Kept() {
		left = append(left, numbers.FindAllString(f.Text, -1)...)
		if day := a.f.ExampleDay(&f); day != nil {
			captions = append(captions, a.short(day.Date.Midnight()))
		}
	}
	for _, caption := range captions {
		left = append(left, numbers.FindAllString(caption, -1)...)
	}
	begin := strings.Index(p.text, "Daily curves")
	if begin < 0 {
		p.t.Fatalf("%s has no daily curves", p.name)
	}
	end := begin + strings.Index(p.text[begin:], "Draft made")
	part := numbers.ReplaceAllStringFunc(p.text[begin:end], func(n string) string {
		if at := slices.Index(left, n); at >= 0 {
			left = slices.Delete(left, at, at+1)
			return " "
		}
		return n
	})
	if len(left) > 0 {
		p.t.Errorf("%s: of the findings it does not print %q", p.name, left)
	}
	p.text = p.text[:begin] + part + p.text[end:]
}

// TestTheSentencesOfTheFindingsHaveTheMetricsNumbers holds the sentences that
// rest on one figure against the JSON.
func TestTheSentencesOfTheFindingsHaveTheMetricsNumbers(t *testing.T) {
	f := goldenFacts()["letter"]
	a := answersOf(t, f)
	want := map[cgm.FindingKind]string{
		cgm.FindVariable: "Coefficient of variation " + a.figure("cv_percent", 1) + " %",
		cgm.FindFewDays:  fmt.Sprintf("Based on %d calendar days, %s %% of the time", len(a.byDay()), a.figure("active_percent", 1)),
		cgm.FindGaps:     a.figure("gaps_over_30_minutes", 0) + " gap",
	}
	for _, finding := range f.Interpretation.Findings {
		if text, ok := want[finding.Kind]; ok {
			if !strings.HasPrefix(finding.Text, text) {
				t.Errorf("%s: %q does not begin with %q", finding.Kind, finding.Text, text)
			}
			delete(want, finding.Kind)
		}
	}
	if len(want) > 0 {
		t.Errorf("there are no findings of %v", want)
	}
}

// TestThePatientsPageHasTheMetricsNumbers finds each number of it again.
func TestThePatientsPageHasTheMetricsNumbers(t *testing.T) {
	f := goldenFacts()["letter"]
	a := answersOf(t, f)
	all := a.group(func(cgm.Reading) bool { return true })
	half := func(percent float64) string {
		n := math.Floor(percent*0.48 + 0.5)
		return strings.NewReplacer(".5", "½", ".0", "").Replace(strconv.FormatFloat(n/2, 'f', 1, 64))
	}
	below, above := half(all.share[0]+all.share[1]), half(all.share[3]+all.share[4])
	below = strings.TrimPrefix(below, "0½")
	if below == "" {
		below = "½"
	}
	first, last := f.Recording.First().UTC().Format("January 2, 2006"), f.Recording.Last().UTC().Format("January 2, 2006")
	d := madeOf(t, f, func(f *Facts) (*Document, error) { return PatientPage(f, English) })
	p := &paper{t, "the patient's page", strings.Join(strings.Fields(textOf(t, d)[0]), " ")}
	p.take(found{"the time", `From (\w+ \d+, \d+) to (\w+ \d+, \d+) the sensor measured your glucose for (\d+) hours`, []string{first, last, fmt.Sprint(a.slots() * 5 / 60)}})
	p.take(found{"the ranges", `Of every 24 hours, about (\S+) were between 70 and 180 mg/dL, about (.+) below, and about (\S+) above`, []string{half(all.share[2]), below, above}})
	p.take(found{"the mean", `Your average was (\d+) mg/dL`, []string{a.glucose(a.json["mean"])}})
	p.take(found{"the page", `page (\d+) of (\d+)`, []string{"1", "1"}})
	if clinic.RequiredHours != 72 {
		t.Error("the patient's page was written for 72 hours")
	}
}
