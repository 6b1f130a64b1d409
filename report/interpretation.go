package report

import (
	"fmt"
	"strings"
	"time"

	"tracedesk/cgm"
	"tracedesk/clinic"
	"tracedesk/clinic/wording"
	"tracedesk/report/chart"
)

// draftMark stands on every page of an interpretation that is not signed.
const draftMark = "DRAFT, NOT SIGNED"

// Interpretation makes the interpretation for CPT 95251: the facts, figures and
// findings in words, and the clinician's assessment and plan, which the program
// never fills. It is a draft unless f.Signed says who signed it. Its parts stand
// in the order of the billing reference, section 11.
func Interpretation(f *Facts) (*Document, error) {
	state := ", draft"
	if f.Signed != nil {
		state = ", signed"
	}
	s := newSheet(f, interpretationTitle, "Interpretation of a continuous glucose recording (CPT 95251)"+state)
	s.interpretation("", 0)
	s.prove(clinic.InterpretationDocument)
	return s.finish()
}

const interpretationTitle = "Interpretation of a glucose recording"

// interpretation is all of it, from its title on; as a part of another document
// it has a bookmark of its own.
func (s *sheet) interpretation(part string, level int) {
	s.level = level
	purpose := "Clinician's interpretation, for CPT 95251. "
	if signed := s.facts.Signed; signed != nil {
		purpose += signedLine(signed.Signature)
	} else {
		s.mark = draftMark
		purpose += "Draft – not reviewed."
	}
	s.first(purpose)
	if part != "" {
		s.bookmark(part, level-1)
	}
	s.bookmark("Summary", level)
	s.people()
	s.question()
	s.device()
	s.summary()
	s.profile(leastProfile)
	s.thumbnails()
	if len(s.facts.Interpretation.Log) > 0 {
		s.logged()
	}
	s.findings()
	s.assessment()
	if s.facts.Signed != nil {
		s.signed()
	} else {
		s.signature()
	}
	s.mark = ""
}

// Addendum makes the page that a clinician adds to a signed interpretation,
// which stays as it is.
func Addendum(f *Facts) (*Document, error) {
	s := newSheet(f, addendumTitle, "Addendum to the interpretation of a continuous glucose recording (CPT 95251)")
	s.addendum()
	s.prove(clinic.AddendumDocument)
	return s.finish()
}

const addendumTitle = "Addendum to an interpretation"

func (s *sheet) addendum() {
	f := s.facts
	s.title = addendumTitle
	s.first(signedLine(f.Signed.Signature))
	s.people()
	s.heading("Addendum")
	s.written(f.Signed.Text)
	s.paragraph(s.left(), s.width(),
		fmt.Sprintf("It adds to the interpretation that was signed on %s by %s; that stays as it is.",
			f.Before.At.UTC().Format("2006-01-02 15:04"), f.Before.Signature.By.Title()),
		chart.Text{Size: smallSize, Color: s.palette.Muted})
	s.signed()
}

func signedLine(g *clinic.Signature) string {
	return "Electronically signed by " + g.By.Title() + ", " + readableTime(g.At) + "."
}

// readableTime is an RFC 3339 time as a person reads it, with its zone.
func readableTime(rfc3339 string) string {
	t, err := time.Parse(time.RFC3339, rfc3339)
	if err != nil {
		return rfc3339
	}
	return t.Format("2006-01-02 15:04:05 -0700")
}

func (s *sheet) people() {
	f := s.facts
	s.factsIn(3, []fact{
		{"Patient", orNotGiven(f.Patient.FirstName + " " + f.Patient.LastName)},
		{"Birth date", f.Settings.DateOf(f.Patient.BirthDate)},
		{"Record number", orNotGiven(f.Patient.Identifier)},
	})
	s.undrawableNote()
	s.blanks([]fact{
		{"Ordering clinician, credential", f.Interpretation.OrderingClinician},
		{"Interpreting clinician, credential, NPI", s.interpreter()},
	})
}

// interpreter is who signed, or nobody yet.
func (s *sheet) interpreter() string {
	if s.facts.Signed == nil {
		return ""
	}
	by := s.facts.Signed.Signature.By
	if by.NPI == "" {
		return by.Title()
	}
	return by.Title() + ", NPI " + by.NPI
}

func (s *sheet) question() {
	i := s.facts.Interpretation
	s.heading("Indication and therapy")
	s.blanks([]fact{{"Indication or question", i.Indication}, {"Therapy at the time", i.Therapy}})
	s.blanks([]fact{{"Laboratory A1C and its date", i.A1C}, {"Diagnoses", i.Diagnoses}})
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
		if f.value == "" && s.facts.Signed != nil {
			f.value = orNotGiven("")
		}
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
		{"Hours recorded", wording.Hours(c.Coverage.HoursRecorded)},
		{"First to last reading", wording.Hours(c.Coverage.HoursSpan)},
		{"Sensor active", clinic.Beside(f.Analysis.Metrics.ActivePercent, cgm.ActiveGoalPercent, 1) + " %"},
		{"Longest gap", longestGap(c.Coverage)},
	})
	s.paragraph(s.left(), s.width(), wording.CheckSentence(c)+" Counted by "+wording.CheckMethod(c)+".", s.body())
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

// findings are the sentences that stand, group by group.
func (s *sheet) findings() {
	s.pending = "Findings"
	if s.facts.Signed == nil {
		s.heading("Findings drafted from the numbers")
		s.paragraph(s.left(), s.width(),
			"They describe the data only. Check each against the trace, the patient's log, symptoms and meter readings.",
			chart.Text{Size: smallSize, Color: s.palette.Muted})
	} else {
		s.heading("Findings")
	}
	group := cgm.FindingGroup(255)
	for _, f := range s.facts.Interpretation.Kept() {
		if f.Group != group {
			group = f.Group
			s.need(bodySize * 4)
			s.y += bodySize * 1.7
			s.put(s.left(), s.y, clinic.GroupTitle(group), bodySize, true, chart.Left)
			s.y += 1
		}
		s.finding(f)
	}
}

// The picture beside a finding.
const (
	pictureWidth  = 96
	pictureHeight = 34
)

// finding is a sentence, and beside it the day that it can be checked on.
func (s *sheet) finding(f clinic.DraftFinding) {
	day := s.facts.ExampleDay(&f)
	width := s.width() - 14
	height := float64(len(s.wrap(f.Text, width, s.body()))) * bodySize * leading
	if day != nil {
		width -= pictureWidth + 12
		height = max(float64(len(s.wrap(f.Text, width, s.body())))*bodySize*leading, pictureHeight+smallSize*1.3)
	}
	if height < s.bottom()-topMargin-40 {
		s.need(height + 4)
	}
	top := s.y
	s.put(s.left()+4, s.y+bodySize*leading, "•", bodySize, false, chart.Left)
	s.paragraph(s.left()+14, width, f.Text, s.body())
	if day == nil {
		s.y += 2
		return
	}
	box := chart.Box{X: s.right() - pictureWidth, Y: top + smallSize*1.35, W: pictureWidth, H: pictureHeight}
	s.muted(box.X, top+smallSize*1.05, s.facts.Settings.ShortDate(day.Date), smallSize, chart.Left)
	chart.Day(s, box, day, s.style(),
		chart.DayOptions{IntervalSeconds: s.facts.Recording.IntervalSeconds, Episodes: s.facts.Analysis.Episodes})
	s.y = max(s.y, box.Bottom()) + 3
}

// ExampleDay is the first of the finding's days that the recording has.
func (f *Facts) ExampleDay(of *clinic.DraftFinding) *cgm.Day {
	for _, iso := range of.Days {
		for i := range f.Analysis.Days {
			if d := &f.Analysis.Days[i]; d.Date.String() == iso {
				return d
			}
		}
	}
	return nil
}

// assessment is what only the clinician can write; room for it where nothing is
// written and the document is not signed.
func (s *sheet) assessment() {
	s.pending = "Assessment and plan"
	i := s.facts.Interpretation
	for _, part := range []struct {
		title, text string
		lines       int
	}{
		{"Assessment", i.Assessment, 5},
		{"Plan", i.Plan, 4},
		{"Follow-up", i.FollowUp, 2},
		{"Told to the patient", i.Told, 2},
	} {
		switch {
		case strings.TrimSpace(part.text) != "":
			s.heading(part.title)
			s.written(part.text)
		case s.facts.Signed == nil:
			s.room(part.title, part.lines)
		}
	}
}

// written sets what was written, paragraph by paragraph.
func (s *sheet) written(text string) {
	for _, line := range strings.Split(strings.TrimSpace(text), "\n") {
		s.paragraph(s.left(), s.width(), line, s.body())
		s.y += 3
	}
}

// room is lines to write on.
func (s *sheet) room(title string, lines int) {
	const step = 21
	s.need(headingSize*2 + float64(lines)*step)
	s.heading(title)
	for range lines {
		s.y += step
		s.writingLine(s.left(), s.y, s.width())
	}
	s.y += 4
}

// signed is the signature as it was given, in a frame.
func (s *sheet) signed() {
	g := s.facts.Signed.Signature
	s.need(150)
	s.pending = "Signature"
	s.heading("Signature")
	top := s.y + 2
	const pad = 8
	s.y = top + pad/2
	x, width := s.left()+pad, s.width()-2*pad
	s.paragraph(x, width, signedLine(g), chart.Text{Size: bodySize, Bold: true, Color: s.palette.Ink})
	s.y += 2
	s.paragraph(x, width,
		fmt.Sprintf("Meaning: %s. The glucose trace itself was reviewed. NPI: %s.", g.Meaning,
			orNotGiven(g.By.NPI)), s.body())
	if g.Attestation != "" {
		s.paragraph(x, width, "Late signature, with attestation: "+g.Attestation, s.body())
		s.paragraph(x, width, "Reason: "+g.Reason, s.body())
	}
	s.y += 2
	s.paragraph(x, width,
		fmt.Sprintf("Bound to recording %s, text %s and settings %s (SHA-256), and to this file by its own. Later "+
			"changes are addenda and never overwrite.", g.RecordingHash, g.TextSHA256, g.SettingsHash),
		chart.Text{Size: smallSize, Color: s.palette.Muted})
	s.y += pad
	chart.Box{X: s.left(), Y: top, W: s.width(), H: s.y - top}.Outline(s, chart.Stroke{Color: s.palette.Ink, Width: 0.8})
	s.y += 2
}

func (s *sheet) signature() {
	s.need(150)
	s.heading("Review and signature")
	s.y += 6
	chart.Box{X: s.left(), Y: s.y + 1, W: 9, H: 9}.Outline(s, chart.Stroke{Color: s.palette.Ink, Width: 0.8})
	s.y -= 3
	s.paragraph(s.left()+16, s.width()-16,
		"I reviewed the glucose trace itself, not only the summary, and this interpretation is mine.", s.body())
	s.y += 10
	s.blanks([]fact{{"Signature", ""}, {"Date and time of signing", ""}})
	s.y += 4
	s.blanks([]fact{{"Printed name", ""}, {"Credential (MD, DO, NP, PA, CNS)", ""}, {"NPI", ""}})
	s.y += 4
	s.paragraph(s.left(), s.width(),
		fmt.Sprintf("Draft made from recording %s by Tracedesk %s. Computed findings are drafts until a clinician has "+
			"reviewed the trace and signed. Later changes are added as dated addenda and never overwrite.",
			s.facts.Check.RecordingHash[:8], s.facts.Version), chart.Text{Size: smallSize, Color: s.palette.Muted})
}
