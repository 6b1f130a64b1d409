package workflow

import (
	"errors"
	"slices"
	"strings"
	"time"

	"tracedesk/assets"
	"tracedesk/cgm"
	"tracedesk/clinic"
	"tracedesk/clinic/billing"
	"tracedesk/clinic/steps"
	"tracedesk/report"
	"tracedesk/storage"
)

// IntakeFacts are the facts for documents straight from one recording of an
// intake, without a store.
func IntakeFacts(from *Intake, r *cgm.Recording, s clinic.Settings, now time.Time) *report.Facts {
	facts := report.NewFacts(from.Named, r, s, now, assets.Version)
	facts.SourceName, facts.SourceHash = from.Name, from.SHA256
	err := from.Named.Validate(Today(now))
	for _, doubtful := range []error{clinic.ErrBornInTime, clinic.ErrBornLongAgo, clinic.ErrBirthDate} {
		if errors.Is(err, doubtful) {
			note := "Check the patient: " + err.Error() + " (the source gives “" + from.Named.BirthDate + "”)."
			facts.Notes = append(facts.Notes, note)
			break
		}
	}
	return facts
}

// WearFacts are the facts of a stored wear. The error is storage.ErrNoRecord
// where nothing has been read for it yet.
func WearFacts(s *storage.Store, wearID string, now time.Time) (*report.Facts, error) {
	w, err := s.Wear(wearID)
	if err != nil {
		return nil, err
	}
	p, settings, err := patientAndSettings(s, w.Wear.PatientID)
	if err != nil {
		return nil, err
	}
	facts := report.NewFacts(p, w.Recording, settings, now, assets.Version)
	if facts.Logo, err = s.Logo(); err != nil {
		return nil, err
	}
	if facts.Provenance, err = provenance(s); err != nil {
		return nil, err
	}
	var names []string
	for _, source := range w.Sources {
		names = append(names, source.FileName)
		facts.SourceHash = source.SHA256
	}
	facts.SourceName = strings.Join(names, ", ")
	c, err := s.Case(wearID)
	if err != nil {
		return nil, err
	}
	interpret(facts, c)
	return facts, nil
}

func patientAndSettings(s *storage.Store, patientID string) (clinic.Patient, clinic.Settings, error) {
	p, err := s.Patient(patientID)
	if err != nil {
		return p, clinic.Settings{}, err
	}
	settings, err := s.Settings()
	return p, settings, err
}

// interpret puts the interpretation into the facts: the signed one if it is signed
// for the recording as it is, else the draft, else the order's data.
func interpret(facts *report.Facts, c *billing.Case) {
	drafted := facts.Interpretation.Findings
	switch signed := c.Latest(steps.Signed); {
	case signed != nil && signed.Signature.RecordingHash == facts.Check.RecordingHash:
		facts.Interpretation, facts.Signed = *signed.Interpretation, signed
	case c.Interpretation != nil:
		facts.Interpretation = *c.Interpretation
	default:
		facts.Interpretation = FromOrder(c)
		facts.Interpretation.Findings = drafted
	}
	withLog(facts)
}

// withLog adds the patient's log to a copy of the recording, for the traces.
func withLog(facts *report.Facts) {
	if len(facts.Interpretation.Log) == 0 {
		return
	}
	r := *facts.Recording
	r.Events = append(slices.Clone(r.Events), facts.Interpretation.Events(&r)...)
	slices.SortStableFunc(r.Events, func(a, b cgm.Event) int { return int(a.System - b.System) })
	facts.Recording = &r
}

// evidence gathers everything about a wear for an auditor.
func evidence(s *storage.Store, wearID string, now time.Time) (*report.EvidenceFacts, error) {
	facts, err := evidenceFacts(s, wearID, now)
	if err != nil {
		return nil, err
	}
	c, err := s.Case(wearID)
	if err != nil {
		return nil, err
	}
	e := &report.EvidenceFacts{Facts: facts, Case: c, Requirements: c.Requirements(), Filed: c.Latest(steps.Filed)}
	for _, d := range c.Documents {
		pdf, err := s.PDF(d)
		if err != nil {
			return nil, err
		}
		e.Files = append(e.Files, report.File{Document: d, PDF: pdf})
	}
	trail, err := s.AuditOf(wearID)
	for _, entry := range trail {
		line := report.TrailLine{
			Seq: entry.Seq, At: entry.At, Login: entry.Login, Act: string(entry.Act), Detail: entry.Detail,
		}
		e.Trail = append(e.Trail, line)
	}
	return e, err
}

// evidenceFacts are WearFacts, also for a wear without a recording.
func evidenceFacts(s *storage.Store, wearID string, now time.Time) (*report.Facts, error) {
	facts, err := WearFacts(s, wearID, now)
	if err == nil || !errors.Is(err, storage.ErrNoRecord) {
		return facts, err
	}
	c, err := s.Case(wearID)
	if err != nil {
		return nil, err
	}
	p, settings, err := patientAndSettings(s, c.Wear.PatientID)
	if err != nil {
		return nil, err
	}
	facts = report.WithoutRecording(p, settings, now, assets.Version)
	facts.Provenance, err = provenance(s)
	return facts, err
}

// CaseSummary is the case of a wear in JSON, for the terminal and the evidence.
type CaseSummary struct {
	WearID         string                 `json:"wear_id"`
	Patient        clinic.Patient         `json:"patient"`
	Stage          steps.Stage            `json:"stage"`
	TransmitterID  string                 `json:"transmitter_id,omitempty"`
	Profile        billing.PayerProfile   `json:"profile"`
	Status         []billing.Status       `json:"status"` // in the order of billing.Codes
	Services       []clinic.Service       `json:"services"`
	Requirements   []clinic.Requirement   `json:"requirements"`
	Check          *clinic.CheckRecord    `json:"check,omitempty"`
	History        []steps.Record         `json:"history"`
	Interpretation *clinic.Interpretation `json:"interpretation,omitempty"`
	Documents      []clinic.Document      `json:"documents"`
}

// Summarize sums a patient's case up on the day.
func Summarize(c *billing.Case, p clinic.Patient, today cgm.Date) CaseSummary {
	b := c.Brief()
	out := CaseSummary{
		WearID: c.Wear.ID, Patient: p, Stage: b.Stage(today), TransmitterID: c.Wear.TransmitterID, Profile: c.Profile,
		Services: append([]clinic.Service{}, c.OwnServices()...), Requirements: c.Requirements(), Check: c.Check,
		History: append([]steps.Record{}, c.History...), Interpretation: c.Interpretation,
		Documents: append([]clinic.Document{}, c.Documents...),
	}
	for _, code := range billing.Codes {
		out.Status = append(out.Status, billing.StatusOf(out.Requirements, code))
	}
	return out
}
