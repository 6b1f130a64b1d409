package report

import (
	"fmt"
	"strings"
	"time"

	"github.com/jung-kurt/gofpdf"

	"tracedesk/clinic"
	"tracedesk/clinic/billing"
	"tracedesk/clinic/forms"
	"tracedesk/clinic/steps"
	"tracedesk/clinic/wording"
	"tracedesk/report/chart"
)

// EvidenceFacts is what the packet of one wear is made from.
type EvidenceFacts struct {
	*Facts
	Case         *billing.Case
	Requirements []clinic.Requirement // as they are now
	Filed        *steps.Record        // with what was decided; nil before
	Files        []File
	Trail        []TrailLine
}

// File is a document that is attached as it was issued.
type File struct {
	Document clinic.Document
	PDF      []byte
}

// TrailLine is an entry of the audit trail.
type TrailLine struct {
	Seq    uint64    `json:"seq"`
	At     time.Time `json:"at"`
	Login  string    `json:"login,omitempty"`
	Act    string    `json:"act"`
	Detail string    `json:"detail,omitempty"`
}

// WithoutRecording are the facts of a wear for which nothing has been read.
func WithoutRecording(p clinic.Patient, s clinic.Settings, madeAt time.Time, version string) *Facts {
	return &Facts{Patient: p, Settings: s, MadeAt: madeAt, Version: version}
}

// Evidence makes the packet of one wear: what is documented for both codes,
// every requirement with the facts that it looked at, the history, the
// signatures, the documents (attached to the file as they were issued) and the
// audit trail.
func Evidence(e *EvidenceFacts) (*Document, error) {
	s := newSheet(e.Facts, evidenceTitle, "Evidence for CPT 95250 and 95251")
	s.first("For the chart and for an auditor. It says what is documented; it decides no coverage and no payment.")
	s.bookmark("Requirements", 0)
	s.evidenceHead(e)
	for _, code := range billing.Codes {
		s.requirements(e.Requirements, code)
	}
	s.decided(e)
	s.history(e)
	s.issuedDocuments(e)
	s.trail(e)
	if e.Recording != nil {
		s.pagesOf(e)
	}
	s.attach(e)
	return s.finish()
}

const evidenceTitle = "Evidence of a professional CGM wear"

// pagesOf are printout and interpretation as pages of the packet, made from what
// is stored now; the files as they were issued are attached.
func (s *sheet) pagesOf(e *EvidenceFacts) {
	s.title = printoutTitle
	s.first(printoutPurpose)
	s.bookmark("Printout", 0)
	s.printout(1)
	s.title = interpretationTitle
	s.interpretation("Interpretation", 1)
	addenda := *e.Facts
	for i := range e.Case.History {
		if r := &e.Case.History[i]; r.Step == steps.Addendum {
			addenda.Signed, addenda.Before = r, e.Case.Latest(steps.Signed)
			s.facts = &addenda
			s.addendum()
			s.bookmark("Addendum of "+readableTime(r.Signature.At), 0)
		}
	}
	s.facts, s.title = e.Facts, evidenceTitle
}

func (s *sheet) evidenceHead(e *EvidenceFacts) {
	f, c := e.Facts, e.Case
	s.factsIn(3, []fact{
		{"Patient", orNotGiven(f.Patient.FirstName + " " + f.Patient.LastName)},
		{"Birth date", f.Settings.DateOf(f.Patient.BirthDate)},
		{"Record number", orNotGiven(f.Patient.Identifier)},
		{"Transmitter", orNotGiven(c.Wear.TransmitterID)},
		{"Wear", c.Wear.ID},
		{"Payer profile", fmt.Sprintf("%s, version %d", c.Profile.Name, c.Profile.Version)},
		{"Date of service of 95250", serviceDate(f, c, clinic.Code95250)},
		{"Date of service of 95251", serviceDate(f, c, clinic.Code95251)},
		{"Profile from", orNotGiven(strings.TrimSpace(c.Profile.Source + " " + c.Profile.Date))},
	})
	if f.Recording != nil {
		s.factsIn(3, []fact{
			{"Hours recorded", wording.Hours(f.Check.Coverage.HoursRecorded)},
			{"First to last reading", wording.Hours(f.Check.Coverage.HoursSpan)},
			{"72 hours", string(f.Check.Result)},
		})
		s.paragraph(s.left(), s.width(), "Counted by "+wording.CheckMethod(f.Check)+".",
			chart.Text{Size: smallSize, Color: s.palette.Muted})
		s.paragraph(s.left(), s.width(), "Recording, SHA-256: "+f.Check.RecordingHash,
			chart.Text{Size: smallSize, Color: s.palette.Muted})
	}
	s.undrawableNote()
	for _, code := range billing.Codes {
		s.y += 4
		s.paragraph(s.left(), s.width(), billing.StatusOf(e.Requirements, code).Sentence(),
			chart.Text{Size: bodySize, Bold: true, Color: s.palette.Ink})
	}
}

func serviceDate(f *Facts, c *billing.Case, code clinic.Code) string {
	if day, known := c.ServiceDate(code); known {
		return f.Settings.Date(day)
	}
	return "not known yet"
}

func (s *sheet) requirements(all []clinic.Requirement, code clinic.Code) {
	s.heading("Requirements for " + string(code))
	for i := range all {
		if all[i].Code == code {
			s.requirement(&all[i])
		}
	}
}

// requirement is a line with the answer at the left, and below it, small, what
// was looked at.
func (s *sheet) requirement(q *clinic.Requirement) {
	const indent = 92
	s.need(bodySize*leading + smallSize*leading*float64(2+len(q.Facts)))
	top := s.y
	answer := chart.Text{Size: bodySize, Bold: q.Answer != billing.Met, Color: s.palette.Ink}
	if q.Answer == billing.NotMet {
		answer.Color = s.palette.Alert
	}
	s.Text(chart.Point{X: s.left(), Y: top + bodySize*leading}, q.Rule,
		chart.Text{Size: bodySize, Bold: true, Color: s.palette.Ink})
	s.Text(chart.Point{X: s.left() + 30, Y: top + bodySize*leading}, string(q.Answer), answer)
	s.paragraph(s.left()+indent, s.width()-indent, q.Title+". "+q.Sentence, s.body())
	small := chart.Text{Size: smallSize, Color: s.palette.Muted}
	if q.Answer == billing.Overridden {
		s.paragraph(s.left()+indent, s.width()-indent, fmt.Sprintf("Overridden by %s at %s: %s", q.By, q.At, q.Reason),
			chart.Text{Size: smallSize, Bold: true, Color: s.palette.Ink})
	}
	below := strings.Join(q.Facts, " · ")
	if rule, known := billing.RuleByID(q.Rule); known && rule.Proof != billing.NeedsNoProof {
		below = strings.TrimPrefix(below+" · Proof: "+rule.Proof, " · ")
	}
	if below != "" {
		s.paragraph(s.left()+indent, s.width()-indent, below, small)
	}
	s.y += 3
}

// decided is what was decided when the wear was filed.
func (s *sheet) decided(e *EvidenceFacts) {
	if e.Filed == nil {
		return
	}
	r := e.Filed.Result
	s.heading("As it was decided when it was filed")
	s.paragraph(s.left(), s.width(),
		fmt.Sprintf("%s, by %s, under payer profile %s, version %d.", e.Filed.When(s.facts.Settings),
			e.Filed.EnteredBy.Title(), r.ProfileID, r.ProfileVersion), s.body())
	for _, code := range billing.Codes {
		s.paragraph(s.left(), s.width(), billing.StatusOf(r.Requirements, code).Sentence(), s.body())
	}
}

func (s *sheet) history(e *EvidenceFacts) {
	s.pending = "What happened"
	s.heading("What happened, as it was entered")
	for i := range e.Case.History {
		s.step(&e.Case.History[i])
	}
	if len(e.Case.History) == 0 {
		s.paragraph(s.left(), s.width(), "Nothing is recorded.", s.body())
	}
}

func (s *sheet) step(r *steps.Record) {
	s.need(bodySize*leading*2 + smallSize*leading)
	s.y += 3
	s.paragraph(s.left(), s.width(),
		fmt.Sprintf("%d. %s – %s, entered by %s", r.Seq, r.Step, r.When(s.facts.Settings),
			orNotGiven(r.EnteredBy.Title())), chart.Text{Size: bodySize, Bold: true, Color: s.palette.Ink})
	var parts []string
	for _, d := range forms.Details(r) {
		parts = append(parts, d.Label+": "+d.Value)
	}
	s.paragraph(s.left()+14, s.width()-14, strings.Join(parts, " · "), chart.Text{Size: smallSize, Color: s.palette.Ink})
	if i := r.Interpretation; i != nil {
		for _, line := range strings.Split(strings.TrimSpace(i.Plain()), "\n") {
			s.paragraph(s.left()+14, s.width()-14, line, chart.Text{Size: smallSize, Color: s.palette.Muted})
		}
	}
}

func (s *sheet) issuedDocuments(e *EvidenceFacts) {
	s.pending = "Documents"
	s.heading("Documents, attached to this file as they were issued")
	for _, f := range e.Files {
		d := f.Document
		state := "draft"
		switch {
		case d.Signed:
			state = "signed"
		case d.Kind == clinic.PrintoutDocument:
			state = "as issued"
		}
		s.paragraph(s.left(), s.width(),
			fmt.Sprintf("%s, %s, made %s, %s", d.Kind, state, madeAt(d.MadeAt), wording.Counted(d.Pages, "page")), s.body())
		s.paragraph(s.left()+14, s.width()-14, "SHA-256 "+d.SHA256+" · recording "+d.RecordingHash,
			chart.Text{Size: smallSize, Color: s.palette.Muted})
	}
	if len(e.Files) == 0 {
		s.paragraph(s.left(), s.width(), "None yet.", s.body())
	}
}

func (s *sheet) trail(e *EvidenceFacts) {
	s.pending = "Audit trail"
	s.heading("Audit trail of this wear")
	small := chart.Text{Size: smallSize, Color: s.palette.Ink}
	for _, l := range e.Trail {
		line := fmt.Sprintf("%d · %s · %s · %s", l.Seq, l.At.UTC().Format("2006-01-02 15:04:05 UTC"), l.Login, l.Act)
		if l.Detail != "" {
			line += " · " + l.Detail
		}
		s.paragraph(s.left(), s.width(), line, small)
	}
}

// attach adds the documents as they were issued to what the packet is made from.
func (s *sheet) attach(e *EvidenceFacts) {
	packet := &attachedPacket{Case: e.Case, Requirements: e.Requirements, Filed: e.Filed, Trail: e.Trail}
	for _, f := range e.Files {
		packet.Documents = append(packet.Documents, f.Document)
	}
	all := s.proof(clinic.EvidenceDocument, packet)
	for i, f := range e.Files {
		all = append(all,
			gofpdf.Attachment{
				Content: f.PDF, Filename: attachedName(i, f.Document), Description: "SHA-256 " + f.Document.SHA256,
			})
	}
	s.pdf.SetAttachments(all)
}

func attachedName(i int, d clinic.Document) string { return fmt.Sprintf("%02d-%s.pdf", i+1, d.Kind) }
