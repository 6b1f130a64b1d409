package workflow

import (
	"errors"
	"slices"
	"time"

	"tracedesk/assets"
	"tracedesk/cgm"
	"tracedesk/clinic"
	"tracedesk/clinic/billing"
	"tracedesk/clinic/forms"
	"tracedesk/clinic/steps"
	"tracedesk/clinic/wording"
	"tracedesk/report"
	"tracedesk/storage"
)

// interpret puts into the facts what is known of the interpretation: as it was
// signed, as it is being written, or what the order says.
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

// withLog draws the patient's log on the traces, without changing what is stored.
func withLog(facts *report.Facts) {
	if len(facts.Interpretation.Log) == 0 {
		return
	}
	r := *facts.Recording
	r.Events = append(slices.Clone(r.Events), facts.Interpretation.Events(&r)...)
	slices.SortStableFunc(r.Events, func(a, b cgm.Event) int { return int(a.System - b.System) })
	facts.Recording = &r
}

// FromOrder is an interpretation with what the order says, and nothing else.
func FromOrder(c *billing.Case) clinic.Interpretation {
	var i clinic.Interpretation
	if r := c.Latest(steps.Ordered); r != nil {
		o := r.Order
		i = clinic.Interpretation{OrderingClinician: o.Clinician.Title(), Indication: o.Indication, Therapy: o.Therapy, A1C: o.A1C}
		i.Diagnoses = wording.Listed(o.Diagnoses)
	}
	return i
}

// Draft is the interpretation of a wear to go on writing: as it was saved, or
// what the order says with findings drafted from the numbers. Assessment and
// plan start empty. Of a recording that has changed since it was saved, the
// findings are drafted anew, and what the clinician wrote stays.
func Draft(s *storage.Store, wearID string, now time.Time) (clinic.Interpretation, error) {
	w, err := s.Wear(wearID)
	if err != nil {
		return clinic.Interpretation{}, err
	}
	settings, err := s.Settings()
	if err != nil {
		return clinic.Interpretation{}, err
	}
	c, err := s.Case(wearID)
	if err != nil {
		return clinic.Interpretation{}, err
	}
	i := FromOrder(c)
	if c.Interpretation != nil {
		i = *c.Interpretation
	}
	if hash := w.Recording.Hash(); i.RecordingHash != hash {
		redraft(&i, w.Recording, settings)
		i.RecordingHash = hash
	}
	return i, nil
}

// redraft drafts the findings anew, with the patient's log; those that the
// clinician added stay.
func redraft(i *clinic.Interpretation, r *cgm.Recording, set clinic.Settings) {
	added := slices.DeleteFunc(slices.Clone(i.Findings), func(f clinic.DraftFinding) bool { return f.State != clinic.FindingAdded })
	logged := *r
	logged.Events = append(slices.Clone(logged.Events), i.Events(&logged)...)
	i.Findings = append(wording.DraftFindings(cgm.Findings(&logged, cgm.Analyse(&logged)), set), added...)
}

// AddEvent adds a line to the patient's log of a wear whose interpretation is
// not signed. Findings are drafted anew with it where nobody has looked at them
// yet; otherwise they stay as they were judged.
func AddEvent(s *storage.Store, wearID string, e clinic.LogEntry, now time.Time) error {
	i, err := Draft(s, wearID, now)
	if err != nil {
		return err
	}
	i.Log = append(slices.Clone(i.Log), e)
	slices.SortStableFunc(i.Log, func(a, b clinic.LogEntry) int { return int(a.At - b.At) })
	if !slices.ContainsFunc(i.Findings, func(f clinic.DraftFinding) bool { return f.State != "" && f.State != clinic.FindingAdded }) {
		w, err := s.Wear(wearID)
		if err != nil {
			return err
		}
		settings, err := s.Settings()
		if err != nil {
			return err
		}
		redraft(&i, w.Recording, settings)
	}
	return s.SaveLog(wearID, i)
}

// Sign signs the interpretation of a wear in the name of the store's user, with
// the PDF that is made for it.
func Sign(s *storage.Store, wearID string, by storage.Signing, now time.Time) (*steps.Record, error) {
	return s.Sign(wearID, by, func(c *billing.Case, signed *steps.Record, signer *storage.Signer) (storage.Issued, error) {
		facts, err := WearFacts(s, wearID, now)
		if err != nil {
			return storage.Issued{}, err
		}
		facts.Interpretation, facts.Signed = *signed.Interpretation, signed
		d, err := report.Interpretation(facts)
		return issuedSigned(facts, wearID, clinic.InterpretationDocument, d, err, signer)
	})
}

// AddAddendum signs a text that is added to a signed interpretation.
func AddAddendum(s *storage.Store, wearID, text string, by storage.Signing, now time.Time) (*steps.Record, error) {
	return s.AddAddendum(wearID, text, by, func(c *billing.Case, signed *steps.Record, signer *storage.Signer) (storage.Issued, error) {
		facts, err := WearFacts(s, wearID, now)
		if err != nil {
			return storage.Issued{}, err
		}
		facts.Signed, facts.Before = signed, c.Latest(steps.Signed)
		d, err := report.Addendum(facts)
		return issuedSigned(facts, wearID, clinic.AddendumDocument, d, err, signer)
	})
}

// issuedSigned signs a made document with the clinician's key.
func issuedSigned(f *report.Facts, wearID string, kind clinic.DocumentKind, d *report.Document, err error, by *storage.Signer) (storage.Issued, error) {
	if err != nil {
		return storage.Issued{}, err
	}
	g := f.Signed.Signature
	if err := d.Sign(by.Key, by.Certificate, g.By, string(g.Meaning), f.Signed.EnteredAt); err != nil {
		return storage.Issued{}, err
	}
	out := storage.Issued{Document: describe(f, wearID, kind, d), PDF: d.PDF}
	out.Document.Signed = true
	return out, nil
}

// Evidence gathers all that an auditor of one wear is shown.
func Evidence(s *storage.Store, wearID string, now time.Time) (*report.EvidenceFacts, error) {
	facts, err := evidenceFacts(s, wearID, now)
	if err != nil {
		return nil, err
	}
	c, err := s.Case(wearID)
	if err != nil {
		return nil, err
	}
	e := &report.EvidenceFacts{Facts: facts, Case: c, Requirements: c.Requirements()}
	if filed := c.Latest(steps.Filed); filed != nil {
		e.Filed = filed
	}
	for _, d := range c.Documents {
		pdf, err := s.PDF(d.ID)
		if err != nil {
			return nil, err
		}
		e.Files = append(e.Files, report.File{Document: d, PDF: pdf})
	}
	trail, err := s.AuditOf(wearID)
	for _, entry := range trail {
		e.Trail = append(e.Trail, report.TrailLine{Seq: entry.Seq, At: entry.At, Login: entry.Login, Act: string(entry.Act), Detail: entry.Detail})
	}
	return e, err
}

// evidenceFacts are the facts of a wear, also where nothing has been read.
func evidenceFacts(s *storage.Store, wearID string, now time.Time) (*report.Facts, error) {
	facts, err := WearFacts(s, wearID, now)
	if err == nil || !errors.Is(err, storage.ErrNoRecord) {
		return facts, err
	}
	c, err := s.Case(wearID)
	if err != nil {
		return nil, err
	}
	p, err := s.Patient(c.Wear.PatientID)
	if err != nil {
		return nil, err
	}
	settings, err := s.Settings()
	return report.WithoutRecording(p, settings, now, assets.Version), err
}

// PacketName is what the packet of a wear is called in a folder.
func PacketName(e *report.EvidenceFacts) string {
	if e.Recording != nil {
		return FileName(e.Facts, clinic.EvidenceDocument)
	}
	return wording.PlainName(e.Patient.Name()) + "_" + string(clinic.EvidenceDocument) + ".pdf"
}

// NewStepInput fills a record in for the store's users.
func NewStepInput(s *storage.Store, r *steps.Record) (*forms.Input, error) {
	users, err := s.Users()
	return forms.NewInput(users, r), err
}
