package cgm

import "math"

// Metrics is every figure of a recording's readings, in mg/dL, per cent of
// readings or hours as the names say. Undefined figures are null in JSON.
// Definitions and sources: docs/metrics.md.
type Metrics struct {
	Readings      int    `json:"readings"`
	ActivePercent Figure `json:"active_percent"`
	Mean          Figure `json:"mean"`
	Median        Figure `json:"median"`
	SD            Figure `json:"sd"`
	CVPercent     Figure `json:"cv_percent"`
	GMIPercent    Figure `json:"gmi_percent"`
	GMI2026       Figure `json:"gmi_2026_percent"`
	EA1CPercent   Figure `json:"ea1c_percent"`

	VeryLowPercent        Figure `json:"time_very_low_percent"`
	LowPercent            Figure `json:"time_low_percent"`
	InRangePercent        Figure `json:"time_in_range_percent"`
	HighPercent           Figure `json:"time_high_percent"`
	VeryHighPercent       Figure `json:"time_very_high_percent"`
	TightRangePercent     Figure `json:"time_in_tight_range_percent"`
	PregnancyRangePercent Figure `json:"time_in_pregnancy_range_percent"`

	GRI      Figure `json:"gri"`
	GRIHypo  Figure `json:"gri_hypo"`
	GRIHyper Figure `json:"gri_hyper"`
	LBGI     Figure `json:"lbgi"`
	HBGI     Figure `json:"hbgi"`
	ADRR     Figure `json:"adrr"`

	P5  Figure `json:"p5"`
	P25 Figure `json:"p25"`
	P50 Figure `json:"p50"`
	P75 Figure `json:"p75"`
	P95 Figure `json:"p95"`
	IQR Figure `json:"iqr"`
	Min Figure `json:"min"`
	Max Figure `json:"max"`

	JIndex            Figure `json:"j_index"`
	MValue            Figure `json:"m_value"`
	GRADE             Figure `json:"grade"`
	GRADEHypoPercent  Figure `json:"grade_hypo_percent"`
	GRADEEuPercent    Figure `json:"grade_eu_percent"`
	GRADEHyperPercent Figure `json:"grade_hyper_percent"`

	MODD      Figure `json:"modd"`
	CONGA24   Figure `json:"conga24"`
	MAG       Figure `json:"mag"`
	MAGE      Figure `json:"mage"`
	AUCHourly Figure `json:"auc_hourly"`

	HoursRecorded     float64 `json:"hours_recorded"`
	HoursSpan         float64 `json:"hours_span"`
	LongestGapMinutes float64 `json:"longest_gap_minutes"`
	GapsOver30        int     `json:"gaps_over_30_minutes"`
	DaysWithData      int     `json:"days_with_data"`
}

// Analysis is everything computed from a recording in one go.
type Analysis struct {
	Metrics  Metrics
	Summary  Summary
	Coverage Coverage
	Profile  []ProfileBin
	Episodes []Episode
	Days     []Day
	// RecordedDays is what rates of episodes are taken by.
	RecordedDays float64
}

// Analyse computes all figures, the profile and the episodes. The recording
// must have at least one reading, in order, and an interval.
func Analyse(r *Recording) *Analysis {
	v := sortedValues(r.Readings)
	grid := r.MakeGrid(r.IntervalSeconds / 60)
	fine := grid
	if grid.StepMinutes != 5 {
		fine = r.MakeGrid(5)
	}
	a := &Analysis{
		Summary:      summarise(v),
		Coverage:     r.Coverage(),
		Profile:      r.Profile(),
		Episodes:     grid.Episodes(),
		Days:         r.Days(),
		RecordedDays: grid.RecordedDays(),
	}
	m := &a.Metrics
	m.fromSummary(a.Summary, v)
	m.fromRisk(v)
	m.ADRR = adrr(a.Days)
	m.fromCoverage(a.Coverage)
	m.ActivePercent = r.activePercent()
	m.DaysWithData = len(a.Days)
	m.MODD, m.CONGA24 = grid.dayLag()
	m.MAG, m.AUCHourly = grid.steps()
	m.MAGE = mage(&fine)
	return a
}

func (m *Metrics) fromSummary(s Summary, v sorted) {
	m.Readings = s.Readings
	m.Mean, m.Median, m.SD, m.CVPercent = known(s.Mean), known(s.Median), s.SD, s.CVPercent
	m.GMIPercent = known(GMI(s.Mean))
	m.GMI2026 = known(GMI2026(s.Mean))
	m.EA1CPercent = known(EA1C(s.Mean))
	b := s.Shares
	m.VeryLowPercent, m.LowPercent, m.InRangePercent = known(b.VeryLow), known(b.Low), known(b.InRange)
	m.HighPercent, m.VeryHighPercent = known(b.High), known(b.VeryHigh)
	m.TightRangePercent = known(v.within(TargetLow, TightHigh))
	m.PregnancyRangePercent = known(v.within(PregnancyLow, TightHigh))
	gri, hypo, hyper := GRI(b)
	m.GRI, m.GRIHypo, m.GRIHyper = known(gri), known(hypo), known(hyper)
	m.P5, m.P25, m.P50 = known(v.quantile(0.05)), known(v.quantile(0.25)), known(s.Median)
	m.P75, m.P95 = known(v.quantile(0.75)), known(v.quantile(0.95))
	m.IQR = known(m.P75.Value - m.P25.Value)
	m.Min, m.Max = known(s.Min), known(s.Max)
	if s.SD.Known {
		m.JIndex = known(0.001 * (s.Mean + s.SD.Value) * (s.Mean + s.SD.Value))
	}
}

func (m *Metrics) fromCoverage(c Coverage) {
	m.HoursRecorded, m.HoursSpan = c.HoursRecorded, c.HoursSpan
	m.LongestGapMinutes, m.GapsOver30 = c.LongestGapMinutes, c.GapsOver30
}

// GMI is the glucose management indicator, an estimate of the laboratory A1C
// in per cent from the mean in mg/dL. Bergenstal, Diabetes Care 41 (2018) 2275.
func GMI(meanMgDL float64) float64 { return 3.31 + 0.02392*meanMgDL }

// GMI2026 is the updated GMI in per cent. Bergenstal, Diabetologia 69 (2026) 2182.
func GMI2026(meanMgDL float64) float64 { return 1 / (15.36/meanMgDL + 0.0425) }

// EA1C is the estimated average A1C in per cent; never to be shown beside a
// GMI without its name. Nathan (ADAG), Diabetes Care 31 (2008) 1473.
func EA1C(meanMgDL float64) float64 { return (46.7 + meanMgDL) / 28.7 }

// GRI is the glycaemia risk index, 0 to 100, with its two components.
// Klonoff, J Diabetes Sci Technol 17 (2023) 1226.
func GRI(b Shares) (gri, hypo, hyper float64) {
	hypo = b.VeryLow + 0.8*b.Low
	hyper = b.VeryHigh + 0.5*b.High
	return min(100, 3.0*b.VeryLow+2.4*b.Low+1.6*b.VeryHigh+0.8*b.High), hypo, hyper
}

// riskScale is 10 × 1.509², as iglu rounds it.
const riskScale = 22.77

// risk is Kovatchev's symmetrising transformation of a value in mg/dL,
// negative on the low side, zero near 112.5. Kovatchev, Diabetes Care 20 (1997) 1655.
func risk(mgDL float64) float64 { return math.Pow(math.Log(mgDL), 1.084) - 5.381 }

// gradeOf is the GRADE score of one value, 0 to 50. Hill, Diabet Med 24 (2007) 753.
func gradeOf(mgDL float64) float64 {
	l := math.Log10(math.Log10(mgDL/18)) + 0.16
	s := 425 * l * l
	if math.IsNaN(s) { // at and under 18 mg/dL the inner logarithm has no logarithm
		return 50
	}
	return min(50, s)
}

// mValueReference is the r of the M-value, as iglu has it; the original used 120.
const mValueReference = 90

// fromRisk fills the figures that weigh each reading by a function of its
// value. Equal values lie together in v, so each is computed once.
func (m *Metrics) fromRisk(v sorted) {
	var lbgi, hbgi, mValue, hypo, eu, hyper float64
	for i := 0; i < len(v); {
		j := i + 1
		for j < len(v) && v[j] == v[i] {
			j++
		}
		n, g := float64(j-i), v[i]
		if f := risk(g); f < 0 {
			lbgi += n * f * f
		} else {
			hbgi += n * f * f
		}
		l := math.Abs(math.Log10(g / mValueReference))
		mValue += n * 1000 * l * l * l
		switch grade := n * gradeOf(g); {
		case g < 70:
			hypo += grade
		case g <= 140:
			eu += grade
		default:
			hyper += grade
		}
		i = j
	}
	n, grade := float64(len(v)), hypo+eu+hyper
	m.LBGI, m.HBGI = known(riskScale*lbgi/n), known(riskScale*hbgi/n)
	m.MValue = known(mValue / n)
	m.GRADE = known(grade / n)
	m.GRADEHypoPercent, m.GRADEEuPercent, m.GRADEHyperPercent = known(100*hypo/grade), known(100*eu/grade),
		known(100*hyper/grade)
}

// adrr is the average daily risk range: the risk of each day's lowest and of
// its highest reading, added, averaged over the days. Kovatchev, Diabetes Care
// 29 (2006) 2433.
func adrr(days []Day) Figure {
	sum := 0.0
	for i := range days {
		low := min(0, risk(days[i].Summary.Min))
		high := max(0, risk(days[i].Summary.Max))
		sum += riskScale * (low*low + high*high)
	}
	return known(sum / float64(len(days)))
}

// activePercent is the share of possible readings that are there, 0 to 100:
// possible from first to last, less the slots missing in gaps. Counting what
// is missing keeps a sensor whose interval drifts by a second at 100 per cent.
// iglu 4.3.0, active_percent.
func (r *Recording) activePercent() Figure {
	times, _ := r.steadyTimes()
	step := float64(r.IntervalSeconds) / 60
	missing := 0.0
	for i := 1; i < len(times); i++ {
		minutes := float64(times[i]-times[i-1]) / 60
		if math.Round(minutes) > step {
			missing += minutes - step
		}
	}
	span := float64(times[len(times)-1]-times[0]) / 60
	possible := math.RoundToEven(span/step) + 1
	percent := 100 * (possible - math.RoundToEven(missing/step)) / possible
	return known(min(100, max(0, percent)))
}
