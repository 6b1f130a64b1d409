package cgm

import (
	"encoding/csv"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// The expected values come from other programs (iglu in R, Tidepool's viz) and
// live outside the project; where they are not, these tests say so.
const shared = "../../shared"

func goldens(t testing.TB) string {
	dir := filepath.Join(shared, "reference", "goldens")
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("the expected values are not here (%s): not compared", dir)
	}
	return dir
}

// seriesNames are the 22 series of goldens/detail.
func seriesNames(t testing.TB) []string {
	files, _ := filepath.Glob(filepath.Join(goldens(t), "detail", "iglu", "*.json"))
	if len(files) == 0 {
		t.Fatal("no series in goldens/detail/iglu")
	}
	for i, f := range files {
		files[i] = strings.TrimSuffix(filepath.Base(f), ".json")
	}
	return files
}

// loadSeries reads a series by its column names, with a reader of its own: the
// importer has its own tests.
func loadSeries(t testing.TB, name string) *Recording {
	dir := goldens(t)
	path, timeCol, valueCol := filepath.Join(dir, name+".csv"), "time", "gl"
	if strings.HasPrefix(name, "clarity-") {
		path = filepath.Join(shared, "samples", "clarity", name+".csv")
		timeCol, valueCol = "Timestamp (YYYY-MM-DDThh:mm:ss)", "Glucose Value (mg/dL)"
	} else if _, err := os.Stat(path); err != nil {
		path = filepath.Join(dir, "detail", "input", name+".csv")
	}
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rd := csv.NewReader(f)
	rd.FieldsPerRecord = -1
	rows, err := rd.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	col := map[string]int{}
	for i, name := range rows[0] {
		col[strings.TrimPrefix(name, "\ufeff")] = i
	}
	r := &Recording{Unit: MgDL}
	for _, row := range rows[1:] {
		v, err := strconv.ParseFloat(row[col[valueCol]], 64)
		if err != nil || row[col[timeCol]] == "" {
			continue
		}
		at, err := ParseWallTime(strings.Replace(row[col[timeCol]], " ", "T", 1))
		if err != nil {
			t.Fatal(err)
		}
		r.Readings = append(r.Readings, Reading{System: int64(at), Display: at, TransmitterSeconds: NoTransmitterTime, MgDL: v, Flag: FlagOf(v)})
	}
	r.IntervalSeconds = DetectInterval(r.Readings)
	return r
}

func readJSON(t testing.TB, into any, parts ...string) {
	b, err := os.ReadFile(filepath.Join(append([]string{goldens(t)}, parts...)...))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, into); err != nil {
		t.Fatal(err)
	}
}

func near(t *testing.T, what string, got Figure, want *float64, relative float64) {
	t.Helper()
	if want == nil {
		if got.Known {
			t.Errorf("%s = %v, want undefined", what, got.Value)
		}
		return
	}
	if !got.Known || math.Abs(got.Value-*want) > relative*math.Max(math.Abs(*want), 1e-9) {
		t.Errorf("%s = %v, want %v", what, got, *want)
	}
}

func TestMetricsAgreeWithIglu(t *testing.T) {
	var expected map[string]map[string]json.RawMessage
	readJSON(t, &expected, "expected.json")
	for name, figures := range expected {
		t.Run(name, func(t *testing.T) {
			a := Analyse(loadSeries(t, name))
			m := a.Metrics
			get := func(key, field string) *float64 {
				var values map[string]any
				if err := json.Unmarshal(figures[key], &values); err != nil {
					t.Fatalf("%s: %v", key, err)
				}
				v, ok := values[field].(float64)
				if !ok {
					return nil
				}
				return &v
			}
			minus := func(a, b *float64) *float64 { d := *a - *b; return &d }
			const tight = 1e-6
			near(t, "mean", m.Mean, get("mean", "mean"), tight)
			near(t, "median", m.Median, get("median", "median"), tight)
			near(t, "sd", m.SD, get("sd", "SD"), tight)
			near(t, "cv", m.CVPercent, get("cv", "CV"), tight)
			near(t, "gmi", m.GMIPercent, get("gmi", "GMI"), tight)
			near(t, "ea1c", m.EA1CPercent, get("ea1c", "eA1C"), tight)
			near(t, "very low", m.VeryLowPercent, get("below", "below_54"), tight)
			near(t, "low", m.LowPercent, minus(get("below", "below_70"), get("below", "below_54")), tight)
			near(t, "in range", m.InRangePercent, get("in_range", "in_range_70_180"), tight)
			near(t, "high", m.HighPercent, minus(get("above", "above_180"), get("above", "above_250")), tight)
			near(t, "very high", m.VeryHighPercent, get("above", "above_250"), tight)
			near(t, "tight", m.TightRangePercent, get("in_range", "in_range_70_140"), tight)
			near(t, "pregnancy", m.PregnancyRangePercent, get("in_range", "in_range_63_140"), tight)
			near(t, "gri", m.GRI, get("gri", "GRI"), tight)
			near(t, "lbgi", m.LBGI, get("lbgi", "LBGI"), tight)
			near(t, "hbgi", m.HBGI, get("hbgi", "HBGI"), tight)
			near(t, "adrr", m.ADRR, get("adrr", "ADRR"), tight)
			near(t, "iqr", m.IQR, get("iqr", "IQR"), tight)
			near(t, "range", known(m.Max.Value-m.Min.Value), get("range", "range"), tight)
			for key, got := range map[string]Figure{"5": m.P5, "25": m.P25, "50": m.P50, "75": m.P75, "95": m.P95} {
				near(t, "p"+key, got, get("quantile", key), tight)
			}
			near(t, "j index", m.JIndex, get("j_index", "J_index"), tight)
			near(t, "m value", m.MValue, get("m_value", "M_value"), tight)
			near(t, "grade", m.GRADE, get("grade", "GRADE"), tight)
			near(t, "modd", m.MODD, get("modd", "MODD"), tight)
			near(t, "conga24", m.CONGA24, get("conga24", "CONGA"), tight)
			near(t, "mag", m.MAG, get("mag", "MAG"), tight)
			near(t, "mage", m.MAGE, get("mage_ma", "MAGE"), tight)
			near(t, "auc", m.AUCHourly, get("auc", "hourly_auc"), 0.005)
			if want := get("active_percent", "active_percent"); math.Abs(m.ActivePercent.Value-*want) > 0.01 {
				t.Errorf("active = %v, want %v", m.ActivePercent, *want)
			}
			var episodes []igluEpisodes
			if err := json.Unmarshal(figures["episodes"], &episodes); err != nil {
				t.Fatal(err)
			}
			compareEpisodeTotals(t, a, episodes)
		})
	}
}

type igluEpisodes struct {
	Type, Level string
	PerDay      float64  `json:"avg_ep_per_day"`
	Duration    float64  `json:"avg_ep_duration"`
	Mean        *float64 `json:"avg_ep_gl"`
	Total       int      `json:"total_episodes"`
}

var igluKind = map[string]EpisodeKind{
	"hypo lv1": EpisodeLow, "hypo lv2": EpisodeVeryLow, "hypo extended": EpisodeExtendedLow,
	"hyper lv1": EpisodeHigh, "hyper lv2": EpisodeVeryHigh,
}

func compareEpisodeTotals(t *testing.T, a *Analysis, want []igluEpisodes) {
	t.Helper()
	compared := 0
	for _, w := range want {
		kind, ours := igluKind[w.Type+" "+w.Level]
		if !ours {
			continue
		}
		compared++
		count, minutes := 0, 0.0
		for _, e := range a.Episodes {
			if e.Kind == kind {
				count++
				minutes += e.Minutes
			}
		}
		if count != w.Total {
			t.Errorf("%s: %d episodes, want %d", kind, count, w.Total)
			continue
		}
		if count > 0 && math.Abs(minutes/float64(count)-w.Duration) > 1e-6 {
			t.Errorf("%s: mean %v minutes, want %v", kind, minutes/float64(count), w.Duration)
		}
		if rate := float64(count) / a.RecordedDays; count > 0 && math.Abs(rate-w.PerDay) > 1e-6 {
			t.Errorf("%s: %v a day, want %v", kind, rate, w.PerDay)
		}
	}
	if compared < 5 {
		t.Errorf("only %d kinds compared", compared)
	}
}

type igluGroup struct {
	ID                             string
	N                              int
	Min, Max, Mean, Median, SD, CV *float64
	Below54                        *float64 `json:"below_54"`
	Below70                        *float64 `json:"below_70"`
	InRange                        *float64 `json:"in_range_70_180"`
	Above180                       *float64 `json:"above_180"`
	Above250                       *float64 `json:"above_250"`
}

type igluDetail struct {
	Wear struct {
		N      int
		Active float64 `json:"active_percent_automatic"`
		Days   int     `json:"calendar_days_with_data"`
	}
	Basic, Risk map[string]*float64
	Ranges      map[string]*float64
	GRI         map[string]*float64
	Quality     map[string]*float64
	Variability map[string]any
	Episodes    []struct {
		Type, Start, Last string
		Points            int
		Minutes           float64
		Mean              float64 `json:"mean_gl"`
		Min               float64 `json:"min_gl"`
		Max               float64 `json:"max_gl"`
	} `json:"episodes_list"`
	Totals   []igluEpisodes `json:"episodes_summary"`
	PerDay   []igluGroup    `json:"per_day"`
	PerHour  []igluGroup    `json:"per_hour"`
	DayNight []igluGroup    `json:"day_night"`
}

func TestDetailAgreesWithIglu(t *testing.T) {
	for _, name := range seriesNames(t) {
		t.Run(name, func(t *testing.T) {
			var want igluDetail
			readJSON(t, &want, "detail", "iglu", name+".json")
			r := loadSeries(t, name)
			a := Analyse(r)
			m := a.Metrics
			if m.Readings != want.Wear.N || m.DaysWithData != want.Wear.Days {
				t.Errorf("%d readings on %d days, want %d on %d", m.Readings, m.DaysWithData, want.Wear.N, want.Wear.Days)
			}
			const tight = 1e-9
			near(t, "active", m.ActivePercent, &want.Wear.Active, 1e-4)
			for key, got := range map[string]Figure{"mean": m.Mean, "median": m.Median, "sd": m.SD, "cv": m.CVPercent, "gmi": m.GMIPercent, "ea1c": m.EA1CPercent, "iqr": m.IQR, "p0": m.Min, "p5": m.P5, "p25": m.P25, "p50": m.P50, "p75": m.P75, "p95": m.P95, "p100": m.Max} {
				near(t, key, got, want.Basic[key], tight)
			}
			for key, got := range map[string]Figure{"below_54": m.VeryLowPercent, "from54_to_below70": m.LowPercent, "in_range_70_180": m.InRangePercent, "above180_to_250": m.HighPercent, "above_250": m.VeryHighPercent, "in_range_70_140": m.TightRangePercent, "in_range_63_140": m.PregnancyRangePercent} {
				near(t, key, got, want.Ranges[key], tight)
			}
			for key, got := range map[string]Figure{"gri": m.GRI, "hypo_component": m.GRIHypo, "hyper_component": m.GRIHyper} {
				near(t, key, got, want.GRI[key], tight)
			}
			for key, got := range map[string]Figure{"lbgi": m.LBGI, "hbgi": m.HBGI, "adrr": m.ADRR} {
				near(t, key, got, want.Risk[key], tight)
			}
			for key, got := range map[string]Figure{"j_index": m.JIndex, "m_value_r90": m.MValue, "grade": m.GRADE, "grade_hypo_pct_lt70": m.GRADEHypoPercent, "grade_eugly_pct_70_140": m.GRADEEuPercent, "grade_hyper_pct_gt140": m.GRADEHyperPercent} {
				near(t, key, got, want.Quality[key], tight)
			}
			for key, got := range map[string]Figure{"modd": m.MODD, "conga24": m.CONGA24, "mag_5min": m.MAG, "mage_avg": m.MAGE} {
				if key == "mag_5min" && r.IntervalSeconds != 300 {
					continue
				}
				near(t, key, got, number(want.Variability[key]), tight)
			}
			// iglu's area leaves out trapezoids by wrong day labels: 0.1 % in
			// a wear, over 1 % where a gap of months makes most labels wrong.
			if a.Coverage.LongestGapMinutes < 30*1440 {
				near(t, "auc", m.AUCHourly, number(want.Variability["hourly_auc"]), 0.005)
			}
			compareEpisodeTotals(t, a, want.Totals)
			grid := r.MakeGrid(r.IntervalSeconds / 60)
			compareEpisodes(t, a, &grid, &want)
			comparePeriods(t, r, a, &want)
		})
	}
}

func number(v any) *float64 {
	if f, ok := v.(float64); ok {
		return &f
	}
	return nil
}

// compareEpisodes takes the extremes that iglu has from the grid, as iglu does; ours
// are those of the readings, which lie as far out or farther.
func compareEpisodes(t *testing.T, a *Analysis, grid *Grid, want *igluDetail) {
	kinds := map[string]EpisodeKind{"lv1_hypo": EpisodeLow, "lv2_hypo": EpisodeVeryLow, "ext_hypo": EpisodeExtendedLow, "lv1_hyper": EpisodeHigh, "lv2_hyper": EpisodeVeryHigh}
	for key, kind := range kinds {
		var ours []Episode
		for _, e := range a.Episodes {
			if e.Kind == kind {
				ours = append(ours, e)
			}
		}
		i := 0
		for _, w := range want.Episodes {
			if w.Type != key {
				continue
			}
			if i >= len(ours) {
				t.Errorf("%s: too few episodes", kind)
				break
			}
			e := ours[i]
			i++
			lowest, highest := gridExtremes(grid, &e)
			near(t, "lowest grid value", known(lowest), &w.Min, 1e-9)
			near(t, "highest grid value", known(highest), &w.Max, 1e-9)
			if high := strings.HasSuffix(key, "hyper"); (high && e.ExtremeMgDL < highest-1e-9) || (!high && e.ExtremeMgDL > lowest+1e-9) {
				t.Errorf("%s %d: extreme %v, on the grid %v to %v", kind, i, e.ExtremeMgDL, lowest, highest)
			}
			if start := strings.Replace(w.Start, " ", "T", 1); e.Start.String() != start || e.Minutes != w.Minutes {
				t.Errorf("%s %d: %s for %v min, want %s for %v", kind, i, e.Start, e.Minutes, start, w.Minutes)
			}
			near(t, "mean", known(e.MeanMgDL), &w.Mean, 1e-9)
		}
		if i != len(ours) {
			t.Errorf("%s: %d episodes, want %d", kind, len(ours), i)
		}
	}
}

func gridExtremes(g *Grid, e *Episode) (lowest, highest float64) {
	first := int(e.Start-g.at(0)) / 60 / g.StepMinutes
	values := g.Values[first : first+int(e.Minutes)/g.StepMinutes]
	return slices.Min(values), slices.Max(values)
}

func comparePeriods(t *testing.T, r *Recording, a *Analysis, want *igluDetail) {
	for i, w := range want.PerDay {
		if i >= len(a.Days) || a.Days[i].Date.String() != w.ID {
			t.Errorf("day %d is not %s", i, w.ID)
			continue
		}
		compareGroup(t, a.Days[i].Summary, w)
	}
	byHour := map[string][]Reading{}
	dayNight := map[string][]Reading{}
	for _, g := range r.Readings {
		h := g.Display.Hour()
		byHour[twoDigits(h)] = append(byHour[twoDigits(h)], g)
		part := "day_06-24"
		if h < 6 {
			part = "night_00-06"
		}
		dayNight[part] = append(dayNight[part], g)
	}
	for _, w := range want.PerHour {
		s, _ := Summarise(byHour[w.ID])
		compareGroup(t, s, w)
	}
	for _, w := range want.DayNight {
		s, _ := Summarise(dayNight[w.ID])
		compareGroup(t, s, w)
	}
}

func twoDigits(h int) string { return string([]byte{'0' + byte(h/10), '0' + byte(h%10)}) }

func compareGroup(t *testing.T, s Summary, w igluGroup) {
	t.Helper()
	if s.Readings != w.N {
		t.Errorf("%s: %d readings, want %d", w.ID, s.Readings, w.N)
		return
	}
	if w.N == 0 {
		return
	}
	for what, pair := range map[string]struct {
		got  Figure
		want *float64
	}{
		"min": {known(s.Min), w.Min}, "max": {known(s.Max), w.Max}, "mean": {known(s.Mean), w.Mean}, "median": {known(s.Median), w.Median},
		"sd": {s.SD, w.SD}, "cv": {s.CVPercent, w.CV}, "below 54": {known(s.Shares.VeryLow), w.Below54},
		"below 70": {known(s.Shares.VeryLow + s.Shares.Low), w.Below70}, "in range": {known(s.Shares.InRange), w.InRange},
		"above 180": {known(s.Shares.High + s.Shares.VeryHigh), w.Above180}, "above 250": {known(s.Shares.VeryHigh), w.Above250},
	} {
		near(t, w.ID+" "+what, pair.got, pair.want, 1e-9)
	}
}

func TestProfileAgreesWithTidepool(t *testing.T) {
	compared := 0
	for _, name := range seriesNames(t) {
		var want struct {
			Smoothed []struct {
				Minute int     `json:"minute_centre"`
				P5     float64 `json:"p05"`
				P25    float64 `json:"p25"`
				P50    float64 `json:"p50"`
				P75    float64 `json:"p75"`
				P95    float64 `json:"p95"`
			} `json:"agp_smoothed"`
		}
		readJSON(t, &want, "detail", "tidepool", name+".json")
		if len(want.Smoothed) == 0 {
			continue
		}
		compared++
		bins := map[int]ProfileBin{}
		for _, b := range loadSeries(t, name).Profile() {
			bins[b.MinuteOfDay] = b
		}
		for _, w := range want.Smoothed {
			got := bins[w.Minute].Percentiles()
			for i, p := range [5]float64{w.P5, w.P25, w.P50, w.P75, w.P95} {
				near(t, name, known(got[i]), &p, 1e-9)
			}
		}
	}
	if compared == 0 {
		t.Error("no profile was compared")
	}
}

func TestGridAgreesWithIglu(t *testing.T) {
	files, _ := filepath.Glob(filepath.Join(goldens(t), "detail", "grid", "*.csv"))
	if len(files) == 0 {
		t.Fatal("no grids")
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".csv")
		r := loadSeries(t, name)
		g := r.MakeGrid(r.IntervalSeconds / 60)
		f, err := os.Open(file)
		if err != nil {
			t.Fatal(err)
		}
		rows, err := csv.NewReader(f).ReadAll()
		f.Close()
		if err != nil {
			t.Fatal(err)
		}
		k := 0
		for _, row := range rows[1:] {
			for _, cell := range row[1:] {
				got := math.NaN()
				if k < len(g.Values) {
					got = g.Values[k]
				}
				want, err := strconv.ParseFloat(cell, 64)
				if missing := err != nil; missing != math.IsNaN(got) || (!missing && math.Abs(got-want) > 1e-9*want) {
					t.Fatalf("%s, point %d: %v, want %q", name, k, got, cell)
				}
				k++
			}
		}
	}
}
