package report

import (
	"fmt"

	"tracedesk/cgm"
	"tracedesk/clinic"
	"tracedesk/report/chart"
)

// draftMark stands on every page of an interpretation until signing exists.
const draftMark = "DRAFT, NOT SIGNED"

// Interpretation makes the interpretation for CPT 95251, as a draft: the facts,
// figures and findings in words, and room for the clinician's assessment, plan
// and signature, which the program never fills. Its parts stand in the order of
// the billing reference, section 11.
func Interpretation(f *Facts) (*Document, error) {
	s := newSheet(f, "Interpretation of a glucose recording", "Interpretation of a continuous glucose recording (CPT 95251), draft")
	s.mark = draftMark
	s.first("Clinician's interpretation, for CPT 95251. Draft – not reviewed.")
	s.people()
	s.question()
	s.device()
	s.summary()
	s.profile(leastProfile)
	s.thumbnails()
	s.findings()
	s.assessment()
	s.signature()
	return s.finish()
}

func (s *sheet) people() {
	f := s.facts
	s.factsIn(3, []fact{
		{"Patient", orNotGiven(f.Patient.FirstName + " " + f.Patient.LastName)},
		{"Birth date", f.Settings.DateOf(f.Patient.BirthDate)},
		{"Record number", orNotGiven(f.Patient.Identifier)},
	})
	s.undrawableNote()
	s.blanks([]fact{{"Ordering clinician, credential", f.Interpretation.OrderingClinician}, {"Interpreting clinician, credential, NPI", ""}})
}

func (s *sheet) question() {
	i := s.facts.Interpretation
	s.heading("Indication and therapy")
	s.blanks([]fact{{"Indication or question", i.Indication}, {"Therapy at the time", i.Therapy}})
	s.blanks([]fact{{"Laboratory A1C and its date", i.A1C}, {"Diagnoses", ""}})
}

// blanks sets facts side by side; one that is not given is a line to write on.
func (s *sheet) blanks(facts []fact) {
	const gap = 18
	width := (s.width() - gap*float64(len(facts)-1)) / float64(len(facts))
	top, deepest := s.y, s.y
	for i, f := range facts {
		x := s.left() + float64(i)*(width+gap)
		y := top + smallSize*leading
		s.muted(x, y, f.label, smallSize, chart.Left)
		if f.value == "" {
			y += 17
			s.writingLine(x, y, width)
		}
		for _, line := range s.wrap(f.value, width, s.body()) {
			y += bodySize * 1.3
			s.put(x, y, line, bodySize, false, chart.Left)
		}
		deepest = max(deepest, y)
	}
	s.y = deepest + 5
}

func (s *sheet) writingLine(x, y, width float64) {
	s.Line([]chart.Point{{X: x, Y: y}, {X: x + width, Y: y}}, chart.Stroke{Color: s.palette.Muted, Width: 0.6})
}

func (s *sheet) device() {
	f, r, c := s.facts, s.facts.Recording, s.facts.Check
	s.heading("Device and recording")
	s.factsIn(4, []fact{
		{"Transmitter", orNotGiven(r.TransmitterID)},
		{"Display device", orNotGiven(deviceName(r))},
		{"First reading", f.Settings.DateTime(r.First())},
		{"Last reading", f.Settings.DateTime(r.Last())},
		{"Hours recorded", clinic.Hours(c.Coverage.HoursRecorded)},
		{"First to last reading", clinic.Hours(c.Coverage.HoursSpan)},
		{"Sensor active", clinic.Figure(f.Analysis.Metrics.ActivePercent, 1) + " %"},
		{"Longest gap", longestGap(c.Coverage)},
	})
	s.paragraph(s.left(), s.width(), c.Sentence()+" Counted by "+c.Method()+".", s.body())
	for _, note := range f.Notes {
		s.paragraph(s.left(), s.width(), note, chart.Text{Size: smallSize, Bold: true, Color: s.palette.Ink})
	}
	s.y += 2
}

// thumbnails are the daily curves, small, seven in a row.
func (s *sheet) thumbnails() {
	const across, height = 7, 46
	days := s.facts.Analysis.Days
	const rowHeight = height + smallSize*1.5 + 5
	s.need(rowHeight + 30)
	s.heading("Daily curves")
	width := s.width() / across
	for i := range days {
		column := i % across
		if column == 0 {
			s.need(rowHeight)
		}
		x := s.left() + float64(column)*width
		s.muted(x, s.y+smallSize*1.2, s.facts.Settings.ShortDate(days[i].Date), smallSize, chart.Left)
		box := chart.Box{X: x, Y: s.y + smallSize*1.6, W: width - 4, H: height}
		chart.Day(s, box, &days[i], s.style(), chart.DayOptions{IntervalSeconds: s.facts.Recording.IntervalSeconds})
		if column == across-1 || i == len(days)-1 {
			s.y += rowHeight
		}
	}
}

// findings are the drafted sentences, group by group.
func (s *sheet) findings() {
	s.heading("Findings drafted from the numbers")
	s.paragraph(s.left(), s.width(), "They describe the data only. Check each against the trace, the patient's log, symptoms and meter readings.", chart.Text{Size: smallSize, Color: s.palette.Muted})
	group := cgm.FindingGroup(255)
	for _, f := range s.facts.Interpretation.Findings {
		if f.Group != group {
			group = f.Group
			s.need(bodySize * 4)
			s.y += bodySize * 1.7
			s.put(s.left(), s.y, clinic.GroupTitle(group), bodySize, true, chart.Left)
			s.y += 1
		}
		s.need(bodySize * leading)
		s.put(s.left()+4, s.y+bodySize*leading, "•", bodySize, false, chart.Left)
		s.paragraph(s.left()+14, s.width()-14, f.Text, s.body())
		s.y += 2
	}
}

// assessment leaves room for what only the clinician can write.
func (s *sheet) assessment() {
	for _, part := range []struct {
		title string
		lines int
	}{
		{"Assessment", 5},
		{"Plan and follow-up", 5},
		{"Told to the patient", 2},
	} {
		const step = 21
		s.need(headingSize*2 + float64(part.lines)*step)
		s.heading(part.title)
		for range part.lines {
			s.y += step
			s.writingLine(s.left(), s.y, s.width())
		}
		s.y += 4
	}
}

func (s *sheet) signature() {
	s.need(150)
	s.heading("Review and signature")
	s.y += 6
	chart.Box{X: s.left(), Y: s.y + 1, W: 9, H: 9}.Outline(s, chart.Stroke{Color: s.palette.Ink, Width: 0.8})
	s.y -= 3
	s.paragraph(s.left()+16, s.width()-16, "I reviewed the glucose trace itself, not only the summary, and this interpretation is mine.", s.body())
	s.y += 10
	s.blanks([]fact{{"Signature", ""}, {"Date and time of signing", ""}})
	s.y += 4
	s.blanks([]fact{{"Printed name", ""}, {"Credential (MD, DO, NP, PA, CNS)", ""}, {"NPI", ""}})
	s.y += 4
	s.paragraph(s.left(), s.width(), fmt.Sprintf("Draft made from recording %s by Tracedesk %s. Computed findings are drafts until a clinician has reviewed the trace and signed. Later changes are added as dated addenda and never overwrite.", s.facts.Check.RecordingHash[:8], s.facts.Version), chart.Text{Size: smallSize, Color: s.palette.Muted})
}
