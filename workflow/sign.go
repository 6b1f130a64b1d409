package workflow

import (
	"slices"
	"time"

	"tracedesk/cgm"
	"tracedesk/clinic"
	"tracedesk/clinic/billing"
	"tracedesk/clinic/steps"
	"tracedesk/clinic/wording"
	"tracedesk/report"
	"tracedesk/storage"
)

// FromOrder is an interpretation with the order's data alone.
func FromOrder(c *billing.Case) clinic.Interpretation {
	var i clinic.Interpretation
	if r := c.Latest(steps.Ordered); r != nil {
		o := r.Order
		i = clinic.Interpretation{
			OrderingClinician: o.Clinician.Title(), Indication: o.Indication, Therapy: o.Therapy, A1C: o.A1C,
		}
		i.Diagnoses = wording.Listed(o.Diagnoses)
	}
	return i
}

// Draft is the interpretation of a wear to go on writing: the saved one, or the
// order's data with findings drafted from the numbers. Assessment and plan start
// empty. If the recording has changed since it was saved, Draft drafts the findings
// anew and keeps the clinician's own words.
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

// redraft drafts the findings anew with the patient's log, and keeps those that the
// clinician added.
func redraft(i *clinic.Interpretation, r *cgm.Recording, set clinic.Settings) {
	added := slices.DeleteFunc(slices.Clone(i.Findings),
		func(f clinic.DraftFinding) bool { return f.State != clinic.FindingAdded })
	logged := *r
	logged.Events = append(slices.Clone(logged.Events), i.Events(&logged)...)
	i.Findings = append(wording.DraftFindings(cgm.Findings(&logged, cgm.Analyse(&logged)), set), added...)
}

// AddEvent adds a line to the patient's log of a wear that is not signed. It drafts
// the findings anew, unless the clinician has judged one already.
func AddEvent(s *storage.Store, wearID string, e clinic.LogEntry, now time.Time) error {
	i, err := Draft(s, wearID, now)
	if err != nil {
		return err
	}
	i.Log = append(slices.Clone(i.Log), e)
	slices.SortStableFunc(i.Log, func(a, b clinic.LogEntry) int { return int(a.At - b.At) })
	if !slices.ContainsFunc(i.Findings,
		func(f clinic.DraftFinding) bool { return f.State != "" && f.State != clinic.FindingAdded }) {
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
	document := func(_ *billing.Case, signed *steps.Record, by *storage.Signer) (storage.Issued, error) {
		facts, err := WearFacts(s, wearID, now)
		if err != nil {
			return storage.Issued{}, err
		}
		facts.Interpretation, facts.Signed = *signed.Interpretation, signed
		d, err := report.Interpretation(facts)
		if err != nil {
			return storage.Issued{}, err
		}
		return issuedSigned(facts, wearID, clinic.InterpretationDocument, d, by)
	}
	return s.Sign(wearID, by, document)
}

// AddAddendum signs an addendum to a signed interpretation.
func AddAddendum(
	s *storage.Store, wearID, text string, by storage.Signing, now time.Time,
) (*steps.Record, error) {
	document := func(c *billing.Case, signed *steps.Record, by *storage.Signer) (storage.Issued, error) {
		facts, err := WearFacts(s, wearID, now)
		if err != nil {
			return storage.Issued{}, err
		}
		facts.Signed, facts.Before = signed, c.Latest(steps.Signed)
		d, err := report.Addendum(facts)
		if err != nil {
			return storage.Issued{}, err
		}
		return issuedSigned(facts, wearID, clinic.AddendumDocument, d, by)
	}
	return s.AddAddendum(wearID, text, by, document)
}

// issuedSigned signs a made document with the clinician's key.
func issuedSigned(
	f *report.Facts, wearID string, kind clinic.DocumentKind, d *report.Document, by *storage.Signer,
) (storage.Issued, error) {
	g := f.Signed.Signature
	if err := d.Sign(by.Key, by.Certificate, g.By, string(g.Meaning), f.Signed.EnteredAt, by.Issuer); err != nil {
		return storage.Issued{}, err
	}
	out := issued(f, wearID, kind, d)
	out.Document.Signed = true
	return out, nil
}
