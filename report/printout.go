package report

import (
	"fmt"

	"tracedesk/cgm"
	"tracedesk/clinic"
	"tracedesk/clinic/wording"
	"tracedesk/report/chart"
)

const (
	printoutTitle   = "Glucose recording"
	printoutPurpose = "Printout of the recording, for CPT 95250"
)

// Printout makes the printout of the recording, for CPT 95250: the summary on
// page one, every day's trace, the statistics by time of day, the episodes, what
// was logged, and the recording itself.
func Printout(f *Facts) (*Document, error) {
	s := newSheet(f, printoutTitle, "Printout of a continuous glucose recording (CPT 95250)")
	s.first(printoutPurpose)
	s.printout(0)
	s.prove(clinic.PrintoutDocument)
	return s.finish()
}

// printout is all of it below the title; its bookmarks stand at the level.
func (s *sheet) printout(level int) {
	s.level = level
	s.bookmark("Summary", level)
	s.identity()
	s.check()
	s.summary()
	s.profile(s.restOfPage())
	s.days()
	s.timesOfDay()
	s.episodes()
	s.logged()
	s.readings()
}

// identity says whose recording it is and which devices made it.
func (s *sheet) identity() {
	f, r := s.facts, s.facts.Recording
	s.factsIn(4, []fact{
		{"Patient", orNotGiven(f.Patient.FirstName + " " + f.Patient.LastName)},
		{"Birth date", f.Settings.DateOf(f.Patient.BirthDate)},
		{"Record number", orNotGiven(f.Patient.Identifier)},
		{"Transmitter", orNotGiven(r.TransmitterID)},
		{"Display device", orNotGiven(deviceName(r))},
		{"First reading", f.Settings.DateTime(r.First())},
		{"Last reading", f.Settings.DateTime(r.Last())},
		{"Source", orNotGiven(f.SourceName)},
	})
	s.undrawableNote()
}

func deviceName(r *cgm.Recording) string {
	if r.DeviceModel == "" || r.DeviceID == "" {
		return r.DeviceModel + r.DeviceID
	}
	return r.DeviceModel + ", " + r.DeviceID
}

func (s *sheet) undrawableNote() {
	p := s.facts.Patient
	if missing := Undrawable(p.FirstName + p.LastName + p.Identifier); len(missing) > 0 {
		s.paragraph(s.left(), s.width(),
			fmt.Sprintf("This document's font cannot draw %d of the characters above; they are printed as their Unicode "+
				"numbers. Check the patient by record number and birth date.", len(missing)),
			chart.Text{Size: smallSize, Bold: true, Color: s.palette.Alert})
		s.y += 4
	}
}

// check is the 72-hour statement in a frame, with the wear drawn beneath.
func (s *sheet) check() {
	c := s.facts.Check
	top := s.y + 4
	const pad = 8
	s.y = top + pad/2
	x, width := s.left()+pad, s.width()-2*pad
	answer := map[clinic.CheckResult]string{clinic.Met: "72 hours: met", clinic.SpanOnly: "72 hours: span only",
		clinic.NotMet: "72 hours: not met"}[c.Result]
	s.y += headingSize * 1.2
	s.put(x, s.y, answer, headingSize, true, chart.Left)
	s.paragraph(x, width, wording.CheckSentence(c), s.body())
	s.y += 3
	s.columns(x, width, []fact{
		{"Hours recorded", wording.Hours(c.Coverage.HoursRecorded)},
		{"First to last reading", wording.Hours(c.Coverage.HoursSpan)},
		{"Longest gap", longestGap(c.Coverage)},
		{"Gaps from 30 min", fmt.Sprint(c.Coverage.GapsOver30)},
		{"Readings", fmt.Sprint(c.Coverage.Readings)},
	})
	s.y += 18
	chart.Timeline(s, chart.Box{X: x, Y: s.y, W: width, H: 12}, s.facts.Recording, s.style())
	s.y += 12 + smallSize*1.4
	s.paragraph(x, width, "Counted by "+wording.CheckMethod(c)+".", chart.Text{Size: smallSize, Color: s.palette.Muted})
	for _, note := range s.facts.Notes {
		s.paragraph(x, width, note, chart.Text{Size: smallSize, Bold: true, Color: s.palette.Ink})
	}
	s.y += pad
	chart.Box{X: s.left(), Y: top, W: s.width(), H: s.y - top}.Outline(s, chart.Stroke{Color: s.palette.Ink, Width: 0.8})
	s.y += 2
}

func longestGap(c cgm.Coverage) string {
	if c.LongestGapMinutes == 0 {
		return "none"
	}
	return wording.Minutes(c.LongestGapMinutes)
}

// columns sets facts side by side in a row.
func (s *sheet) columns(x, width float64, facts []fact) {
	w := width / float64(len(facts))
	for i, f := range facts {
		at := x + float64(i)*w
		s.muted(at, s.y+smallSize*1.2, f.label, smallSize, chart.Left)
		s.put(at, s.y+smallSize*1.2+bodySize*1.3, f.value, bodySize+1, true, chart.Left)
	}
	s.y += smallSize*1.2 + bodySize*1.3
}

// summary is the statistics at the left and the ranges at the right.
func (s *sheet) summary() {
	const height = 152
	s.need(height + 30)
	s.heading("Summary")
	top := s.y
	left := s.width() * 0.44
	s.statistics(left - 16)
	chart.Ranges(s, chart.Box{X: s.left() + left, Y: top + 4, W: s.width() - left, H: height - 8},
		s.facts.Analysis.Summary.Shares, s.style())
	s.y = top + height
	s.clampedNote()
}

func (s *sheet) clampedNote() {
	r := s.facts.Recording
	if p := r.ClampedPercent(); p > 1 {
		s.paragraph(s.left(), s.width(),
			fmt.Sprintf("%.1f %% of the readings are LOW or HIGH, beyond what the sensor measures, and counted as %s and "+
				"%s: mean, SD, CV and GMI are bounds (marked *).",
				p, s.facts.Settings.Glucose(cgm.LowMgDL), s.facts.Settings.Glucose(cgm.HighMgDL)),
			chart.Text{Size: smallSize, Color: s.palette.Ink})
	}
}

// statistics is the table of figures: label, value, and what is agreed on.
func (s *sheet) statistics(width float64) {
	m, set := s.facts.Analysis.Metrics, s.facts.Settings
	mark := ""
	if s.facts.Recording.ClampedPercent() > 1 {
		mark = " *"
	}
	unit := " " + string(set.Unit)
	mean, meanGoal := set.MeanBeside(m.Mean.Value, cgm.MeanGoalMgDL)
	rows := []struct{ label, value, goal string }{
		{"Mean glucose", mean + unit + mark, "< " + meanGoal + ": " + clinic.MetWord(m.Mean.Value < cgm.MeanGoalMgDL)},
		{"GMI (2018 formula)", clinic.Beside(m.GMIPercent, cgm.GMIGoalPercent, 1) + " %" + mark,
			fmt.Sprintf("< %d %%: %s", cgm.GMIGoalPercent, clinic.MetWord(m.GMIPercent.Value < cgm.GMIGoalPercent))},
		{"Variation (CV)", clinic.Beside(m.CVPercent, cgm.StableCVPercent, 1) + " %" + mark, cvGoal(m.CVPercent)},
		{"SD", glucoseFigure(set, m.SD) + mark, ""},
		{"Median", set.RecordedWithUnit(m.Median.Value), ""},
		{"Lowest, highest", s.extremes(), ""},
		{"Sensor active", clinic.Beside(m.ActivePercent, cgm.ActiveGoalPercent, 1) + " %",
			fmt.Sprintf("> %d %%: %s", cgm.ActiveGoalPercent, clinic.MetWord(m.ActivePercent.Value > cgm.ActiveGoalPercent))},
		{"Calendar days with data", fmt.Sprint(m.DaysWithData), "14"},
	}
	const goals = 73 // the widest goal with its answer
	y := s.y
	s.muted(s.left()+width, y+smallSize*0.6, "goal", smallSize, chart.Right)
	y += 4
	for _, row := range rows {
		y += 15.5
		s.muted(s.left(), y, row.label, bodySize, chart.Left)
		s.put(s.left()+width-goals, y, row.value, bodySize, true, chart.Right)
		s.muted(s.left()+width, y, row.goal, smallSize, chart.Right)
	}
}

// cvGoal is the goal of the variation; of one reading there is none.
func cvGoal(cv cgm.Figure) string {
	goal := fmt.Sprintf("to %d %%", cgm.StableCVPercent)
	if !cv.Known {
		return goal
	}
	return goal + ": " + clinic.MetWord(cv.Value <= cgm.StableCVPercent)
}

func glucoseFigure(set clinic.Settings, f cgm.Figure) string {
	if !f.Known {
		return "–"
	}
	return set.GlucoseWithUnit(f.Value)
}

func (s *sheet) extremes() string {
	all, set := s.facts.Analysis.Summary, s.facts.Settings
	return set.Recorded(all.Min) + ", " + set.Recorded(all.Max)
}

// The profile's height: what the page has left, within reason.
const (
	leastProfile = 118
	mostProfile  = 240
	profileWords = 78 // heading, hours and the lines beneath
)

func (s *sheet) restOfPage() float64 {
	return min(mostProfile, max(leastProfile, s.bottom()-s.y-profileWords))
}

// profile is the ambulatory profile over the whole width.
func (s *sheet) profile(height float64) {
	s.need(height + 60)
	s.heading("Glucose profile: all days by time of day")
	days := s.facts.Analysis.Metrics.DaysWithData
	box := chart.Box{X: s.left() + 26, Y: s.y + 4, W: s.width() - 26 - 28, H: height}
	if !chart.Profile(s, box, s.facts.Analysis.Profile, s.style()) {
		s.put(box.X+box.W/2, box.Y+20, "No profile: an hour needs readings from at least two days.", bodySize, false,
			chart.Center)
	}
	s.y = box.Bottom() + smallSize*1.4
	s.paragraph(s.left(), s.width(),
		fmt.Sprintf("%s against the hour of the day: median, 25th to 75th and 5th to 95th percentile of hourly values, "+
			"smoothed 1-4-1. Based on %s with data; 14 are recommended. White lines: hours with two days only.",
			s.facts.Settings.Unit, wording.Counted(days, "day")), chart.Text{Size: smallSize, Color: s.palette.Muted})
}

// daysAPage is a week, so that pages of traces can be laid side by side.
const daysAPage = 7

// days draws every day's trace, on pages of their own, seven a page.
func (s *sheet) days() {
	days := s.facts.Analysis.Days
	for i := range days {
		if i%daysAPage == 0 {
			s.next()
			s.bookmark("Daily traces from "+s.facts.Settings.ShortDate(days[i].Date), s.level)
			s.heading("Daily traces")
			s.dayLegend()
			s.dayHeight = (s.bottom() - s.y) / daysAPage
		}
		s.day(&days[i])
	}
}

func (s *sheet) dayLegend() {
	set := s.facts.Settings
	s.paragraph(s.left(), s.width(),
		fmt.Sprintf("Midnight to midnight by the wall clock. Band: target range. Open: no readings. Triangles at the "+
			"edge: LOW or HIGH. Along the top: C carbohydrates, I insulin, X exercise, H health, N note. Bars at the "+
			"bottom: episodes below %s, thick below %s; at the top: above %s, thick above %s.", set.Glucose(70),
			set.Glucose(54), set.Glucose(180), set.Glucose(250)), chart.Text{Size: smallSize, Color: s.palette.Muted})
	s.y += 6
}

func (s *sheet) day(d *cgm.Day) {
	const labels = 108
	top := s.y
	set := s.facts.Settings
	weekend := d.Date.Weekday()%6 == 0
	if weekend { // Saturday and Sunday stand out by a bar at their left
		chart.Box{X: s.left(), Y: top + 2, W: 2.5, H: s.dayHeight - 21}.Fill(s, s.palette.Muted)
	}
	x := s.left() + 7
	s.put(x, top+11, set.ShortDate(d.Date), bodySize, true, chart.Left)
	lines := []string{
		"mean " + set.GlucoseWithUnit(d.Summary.Mean),
		fmt.Sprintf("%s to %s", set.Recorded(d.Summary.Min), set.Recorded(d.Summary.Max)),
		fmt.Sprintf("%.0f %% in range", d.Summary.Shares.InRange),
		wording.Counted(d.Summary.Readings, "reading"),
	}
	for i, line := range lines {
		s.muted(x, top+23+float64(i)*11, line, smallSize, chart.Left)
	}
	box := chart.Box{X: s.left() + labels + 24, Y: top + 3, W: s.width() - labels - 24 - 6, H: s.dayHeight - 21}
	chart.Day(s, box, d, s.style(),
		chart.DayOptions{
			IntervalSeconds: s.facts.Recording.IntervalSeconds, HourLabels: true, Events: s.facts.Recording.Events,
			Episodes: s.facts.Analysis.Episodes,
		})
	for _, v := range []float64{cgm.TargetLow, cgm.TargetHigh, chart.AxisTop} {
		s.muted(box.X-4, box.Bottom()-v/chart.AxisTop*box.H+smallSize*0.35, set.Glucose(v), smallSize, chart.Right)
	}
	s.y += s.dayHeight
}

// logged lists events and calibrations, where there are any.
func (s *sheet) logged() {
	r := s.facts.Recording
	if len(r.Events)+len(r.Calibrations) == 0 {
		return
	}
	s.need(60)
	s.y += 6
	s.heading("Logged by the patient or entered in the device")
	for _, e := range r.Events {
		s.paragraph(s.left(), s.width(), s.facts.Settings.DateTime(e.Display)+"  "+eventText(e), s.body())
	}
	for _, c := range r.Calibrations {
		s.paragraph(s.left(), s.width(),
			fmt.Sprintf("%s  fingerstick %s", s.facts.Settings.DateTime(c.Display),
				s.facts.Settings.GlucoseWithUnit(c.MgDL)), s.body())
	}
}

func eventText(e cgm.Event) string {
	out := e.Kind.String()
	switch e.Kind {
	case cgm.Carbs:
		out = fmt.Sprintf("carbohydrates %g g", e.Value)
	case cgm.Insulin:
		out = fmt.Sprintf("insulin %g units", e.Value)
	case cgm.Exercise:
		out = fmt.Sprintf("exercise %g min", e.Value)
	}
	if e.Subtype != "" {
		out += ", " + e.Subtype
	}
	if e.Text != "" {
		out += ": " + e.Text
	}
	return out
}
