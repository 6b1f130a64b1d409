package report

import (
	"fmt"

	"tracedesk/cgm"
	"tracedesk/clinic"
	"tracedesk/clinic/wording"
	"tracedesk/report/chart"
)

// column of a table: its title, where it stands, and how.
type column struct {
	title string
	x     float64 // share of the width
	align chart.Align
}

// head sets a table's titles with a rule beneath.
func (s *sheet) head(columns []column) {
	s.y += bodySize * leading
	for _, c := range columns {
		s.muted(s.left()+c.x*s.width(), s.y, c.title, smallSize, c.align)
	}
	s.y += 3
	s.rule(0.4)
}

func (s *sheet) rowOf(columns []column, cells []string, bold bool) {
	s.y += bodySize * 1.5
	for i, c := range columns {
		s.put(s.left()+c.x*s.width(), s.y, cells[i], bodySize, bold, c.align)
	}
}

var timeColumns = []column{
	{"", 0, chart.Left}, {"Readings", 0.27, chart.Right}, {"Mean", 0.36, chart.Right}, {"Lowest", 0.45, chart.Right},
	{"Highest", 0.54, chart.Right},
	{"Very low", 0.64, chart.Right}, {"Low", 0.71, chart.Right}, {"In range", 0.81, chart.Right},
	{"High", 0.9, chart.Right}, {"Very high", 1, chart.Right},
}

// timesOfDay is the statistics of each quarter of the day, and of the whole.
func (s *sheet) timesOfDay() {
	s.need(150)
	s.pending = "Statistics by time of day"
	s.heading("Statistics by time of day")
	s.head(timeColumns)
	for _, q := range s.facts.Recording.TimesOfDay() {
		s.rowOf(timeColumns, s.timeCells(fmt.Sprintf("%s, %02d–%02d", q.Name, q.From, q.To), q.Summary), false)
	}
	whole := s.timeCells("Whole day", s.facts.Analysis.Summary)
	bands := clinic.PrintShares(s.facts.Analysis.Summary.Shares).Bands
	copy(whole[len(whole)-len(bands):], bands[:]) // as in the summary
	s.rowOf(timeColumns, whole, true)
	s.y += 4
	s.paragraph(s.left(), s.width(),
		fmt.Sprintf("In %s and per cent of the readings of that time, rounded so that each row adds to 100. Very low < "+
			"%s, low to < %s, in range to %s, high to %s, very high above.",
			s.facts.Settings.Unit, s.facts.Settings.Glucose(54), s.facts.Settings.Glucose(70), s.facts.Settings.Glucose(180),
			s.facts.Settings.Glucose(250)), chart.Text{Size: smallSize, Color: s.palette.Muted})
}

func (s *sheet) timeCells(name string, q cgm.Summary) []string {
	if q.Readings == 0 {
		return []string{name, "0", "–", "–", "–", "–", "–", "–", "–", "–"}
	}
	set := s.facts.Settings
	cells := []string{name, fmt.Sprint(q.Readings), set.Glucose(q.Mean), set.Recorded(q.Min), set.Recorded(q.Max)}
	for _, p := range clinic.BandPercents(q.Shares) {
		cells = append(cells, p)
	}
	return cells
}

// episodeWords name the kinds of episodes with their level.
func (s *sheet) episodeWords(k cgm.EpisodeKind) string {
	set := s.facts.Settings
	return map[cgm.EpisodeKind]string{
		cgm.EpisodeLow: "Low, < " + set.Glucose(70), cgm.EpisodeVeryLow: "Very low, < " + set.Glucose(54),
		cgm.EpisodeExtendedLow: "Low for over 2 h",
		cgm.EpisodeHigh:        "High, > " + set.Glucose(180), cgm.EpisodeVeryHigh: "Very high, > " + set.Glucose(250),
	}[k]
}

var episodeColumns = []column{
	{"Begins", 0, chart.Left}, {"Kind", 0.24, chart.Left}, {"Lasts", 0.62, chart.Right},
	{"Lowest or highest", 0.8, chart.Right}, {"Mean", 1, chart.Right},
}

// episodes lists every episode in order of its beginning.
func (s *sheet) episodes() {
	s.need(120)
	s.pending = "Episodes"
	s.heading("Episodes of 15 minutes or more")
	all := s.facts.Analysis.EpisodesInOrder()
	if len(all) == 0 {
		s.paragraph(s.left(), s.width(), "None below "+s.facts.Settings.GlucoseWithUnit(70)+" or above "+
			s.facts.Settings.GlucoseWithUnit(180)+".", s.body())
		return
	}
	s.head(episodeColumns)
	for i := range all {
		e := &all[i]
		if s.y+bodySize*1.5 > s.bottom() {
			s.next()
			s.head(episodeColumns)
		}
		s.rowOf(episodeColumns,
			[]string{s.facts.Settings.DateTime(e.Start), s.episodeWords(e.Kind), wording.Minutes(e.Minutes),
				s.facts.Settings.Recorded(e.ExtremeMgDL), s.facts.Settings.Glucose(e.MeanMgDL)}, e.Kind == cgm.EpisodeVeryLow)
	}
	s.y += 4
	s.paragraph(s.left(), s.width(),
		"Each begins with 15 minutes past its level and ends with 15 minutes back, or where the data end; very low and "+
			"very high ones stand within low and high ones. Lowest and highest are readings; the mean is that of the "+
			"regular grid.", chart.Text{Size: smallSize, Color: s.palette.Muted})
}
