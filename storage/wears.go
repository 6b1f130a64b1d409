package storage

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"tracedesk/cgm"
	"tracedesk/clinic"
	"tracedesk/clinic/billing"
	"tracedesk/clinic/forms"
	"tracedesk/clinic/steps"
)

// ErrSignOnly says that a step comes by signing, or by what the program did
// itself, and not by entering it.
var ErrSignOnly = errors.New("this step cannot be entered by hand")

// stepKey keeps a wear's history together and in order.
func stepKey(wearID string, seq int) string { return fmt.Sprintf("%s/%06d", wearID, seq) }

// wear is a stored wear as it is within the transaction.
func (t *tx) wear(id string) (*WearSummary, error) {
	w := &WearSummary{}
	if err := t.getJSON(bucketWears, id, w); err != nil {
		return nil, fmt.Errorf("wear %s: %w", id, err)
	}
	return w, nil
}

// history is what happened to a wear, in the order in which it was entered.
func (t *tx) history(wearID string) (out []steps.Record, err error) {
	return out, t.each(bucketSteps, wearID+"/", func(key string, value []byte) error {
		var r steps.Record
		if err := fromJSON(bucketSteps, key, value, &r); err != nil {
			return err
		}
		out = append(out, r)
		return nil
	})
}

// record adds to a wear's history, and brings its summary up to date.
func (t *tx) record(w *WearSummary, r *steps.Record) error {
	past, err := t.history(w.Wear.ID)
	if err != nil {
		return err
	}
	r.ID, r.Seq = newID(), len(past)+1
	if r.Signature == nil { // a signature holds its own time
		r.EnteredAt = t.now.Truncate(time.Second)
	}
	if r.At == 0 {
		r.At = clinic.WallTimeOf(r.EnteredAt)
	}
	r.EnteredBy = t.user.AsPerson()
	if err := forms.Validate(r); err != nil {
		return err
	}
	if err := t.putJSON(bucketSteps, stepKey(w.Wear.ID, r.Seq), r); err != nil {
		return err
	}
	return t.refresh(w)
}

// refresh stores the summary with what its case says now.
func (t *tx) refresh(w *WearSummary) error {
	c, err := t.caseOf(w)
	if err != nil {
		return err
	}
	w.Brief = c.Brief()
	return t.putWear(w)
}

// recordPrint notes a printout in its wear's history.
func (t *tx) recordPrint(d clinic.Document) error {
	w, err := t.wear(d.WearID)
	if err != nil {
		return err
	}
	return t.record(w,
		&steps.Record{
			Step:  steps.Printed,
			Print: &steps.Print{DocumentID: d.ID, SHA256: d.SHA256, Pages: d.Pages, RecordingHash: d.RecordingHash},
		})
}

// caseOf gathers all that the requirements look at.
func (t *tx) caseOf(w *WearSummary) (*billing.Case, error) {
	c := &billing.Case{Case: steps.Case{Wear: w.Wear, First: w.First, Last: w.Last, Reader: w.DeviceID}}
	if w.Wear.RecordingID != "" {
		check := w.Check
		c.Check = &check
	}
	var err error
	if c.History, err = t.history(w.Wear.ID); err != nil {
		return nil, err
	}
	if c.Documents, err = t.documents(w.Wear.ID); err != nil {
		return nil, err
	}
	if c.Interpretation, err = t.draft(w.Wear.ID); err != nil {
		return nil, err
	}
	if c.Profile, err = t.profileFor(c); err != nil {
		return nil, err
	}
	c.Services, err = t.servicesBeside(w)
	return c, err
}

func (t *tx) draft(wearID string) (*clinic.Interpretation, error) {
	i := &clinic.Interpretation{}
	err := t.getJSON(bucketDrafts, wearID, i)
	if errors.Is(err, ErrNotAny) {
		return nil, nil
	}
	return i, err
}

// profileFor is the payer profile of a case: of what was filed the version that
// it was decided by, else the latest of the order's.
func (t *tx) profileFor(c *billing.Case) (billing.PayerProfile, error) {
	if filed := c.Latest(steps.Filed); filed != nil {
		return t.profile(filed.Result.ProfileID, filed.Result.ProfileVersion)
	}
	id := ""
	if o := c.Latest(steps.Ordered); o != nil {
		id = o.Order.ProfileID
	}
	return t.profile(id, 0)
}

// servicesBeside are a patient's services, without those of the wear.
func (t *tx) servicesBeside(w *WearSummary) ([]clinic.Service, error) {
	out, err := t.services(w.Wear.PatientID)
	if err != nil {
		return nil, err
	}
	for _, other := range t.index.wearsOf(w.Wear.PatientID) {
		if other.Wear.ID != w.Wear.ID {
			out = append(out, other.Brief.Services...)
		}
	}
	return out, nil
}

// Case is all that is known of a wear.
func (s *Store) Case(wearID string) (c *billing.Case, err error) {
	return c, s.view(func(t *tx) error {
		w, err := t.wear(wearID)
		if err != nil {
			return err
		}
		if c, err = t.caseOf(w); err != nil {
			return err
		}
		if err := t.whole(wearID); err != nil {
			return err
		}
		return t.signed(c)
	})
}

// whole says whether all that belongs to a wear is there.
func (t *tx) whole(wearID string) error {
	p, err := t.manifestOf(wearOwner(wearID))
	if err != nil {
		return err
	}
	for _, name := range sortedKeys(p.manifest) {
		bucket, key, _ := strings.Cut(name, "/")
		if stored, err := t.e.Get(bucket, key); err != nil || stored == nil {
			return errors.Join(fmt.Errorf("%s %s is missing: %w", bucket, key, ErrDamaged), err)
		}
	}
	return nil
}

// signed says whether each signature in a case is by a certificate of the practice.
func (t *tx) signed(c *billing.Case) error {
	for i := range c.History {
		r := &c.History[i]
		if r.Signature == nil {
			continue
		}
		if err := t.authority.proves(r, r.EnteredAt, r.EnteredAt.Before(t.authority.converted)); err != nil {
			return fmt.Errorf("steps %s: %w: %w", stepKey(c.Wear.ID, r.Seq), ErrDamaged, err)
		}
	}
	return nil
}

// OpenWear begins a wear of the patient with its order, and gives its id.
func (s *Store) OpenWear(patientID string, order *steps.Record) (wearID string, err error) {
	order.Step = steps.Ordered
	wearID = newID()
	entry := Entry{Act: Act(steps.Ordered), Kind: KindWear, ID: wearID, Detail: "patient " + patientID}
	return wearID, s.update(entry, func(t *tx) error {
		if _, err := t.get(bucketPatients, patientID); err != nil {
			return fmt.Errorf("patient %s: %w", patientID, err)
		}
		if _, err := t.profile(profileOf(order), 0); err != nil {
			return err
		}
		return t.record(&WearSummary{Wear: clinic.Wear{ID: wearID, PatientID: patientID}}, order)
	})
}

func profileOf(r *steps.Record) string {
	if r.Order == nil {
		return ""
	}
	return r.Order.ProfileID
}

// notByHand are the steps that the program records itself.
var notByHand = []steps.Step{steps.Read, steps.Printed, steps.Interpreted, steps.Signed, steps.Addendum}

// AddStep adds to a wear's history. A step that is there already is corrected
// by it, which needs a reason. A transmitter that is with another patient is a
// *MismatchError unless confirmed. Filing decides the requirements.
func (s *Store) AddStep(wearID string, r *steps.Record, confirmed bool) error {
	if slices.Contains(notByHand, r.Step) {
		return ErrSignOnly
	}
	return s.update(Entry{Act: Act(r.Step), Kind: KindWear, ID: wearID}, func(t *tx) error {
		w, err := t.wear(wearID)
		if err != nil {
			return err
		}
		if err := t.prepareStep(w, r, confirmed); err != nil {
			return err
		}
		if err := t.record(w, r); err != nil {
			return err
		}
		return t.moveDevices(w, r)
	})
}

func (t *tx) prepareStep(w *WearSummary, r *steps.Record, confirmed bool) error {
	c, err := t.caseOf(w)
	if err != nil {
		return err
	}
	switch r.Step {
	case steps.Ordered, steps.Placed, steps.Returned:
		r.Corrects = c.Latest(r.Step) != nil
	case steps.Filed:
		r.Result = c.Result()
	}
	if r.Step == steps.Ordered {
		_, err := t.profile(profileOf(r), 0)
		return err
	}
	if r.Step != steps.Placed || r.Placement == nil {
		return nil
	}
	r.Placement.Transmitter = strings.ToUpper(strings.TrimSpace(r.Placement.Transmitter))
	if reasons := t.otherPatientsOf(w.Wear.PatientID, r.Placement.Transmitter); len(reasons) > 0 && !confirmed {
		return &MismatchError{reasons}
	}
	if w.Wear.RecordingID == "" {
		w.Wear.TransmitterID = r.Placement.Transmitter
	}
	return nil
}

// SaveInterpretation keeps what the clinician has written, for the recording as
// it is. What is signed for it is not changed any more: clinic.ErrSignedOnce.
func (s *Store) SaveInterpretation(wearID string, i clinic.Interpretation) error {
	return s.update(Entry{Act: Act(steps.Interpreted), Kind: KindWear, ID: wearID}, func(t *tx) error {
		w, err := t.putDraft(wearID, i)
		if err != nil {
			return err
		}
		return t.record(w, &steps.Record{Step: steps.Interpreted})
	})
}

// SaveLog keeps the draft with another patient's log; it is no step of the wear,
// since nobody has interpreted anything.
func (s *Store) SaveLog(wearID string, i clinic.Interpretation) error {
	return s.update(Entry{Act: ActChanged, Kind: KindWear, ID: wearID, Detail: "patient's log"}, func(t *tx) error {
		_, err := t.putDraft(wearID, i)
		return err
	})
}

// putDraft keeps what is being written for a wear that is read and not signed.
func (t *tx) putDraft(wearID string, i clinic.Interpretation) (*WearSummary, error) {
	w, err := t.wear(wearID)
	switch {
	case err != nil:
		return nil, err
	case w.Wear.RecordingID == "":
		return nil, ErrNoRecord
	case w.Brief.Signed:
		return nil, clinic.ErrSignedOnce
	}
	i.RecordingHash = w.Check.RecordingHash
	return w, t.putJSON(bucketDrafts, wearID, i)
}

// Candidate is a wear that a recording may belong to.
type Candidate struct {
	Wear    *WearSummary
	Patient clinic.Patient
	Serial  bool // by the transmitter's serial, not only by its dates
}

// Candidates are the wears that a recording may belong to: those of its
// transmitter, or where there is none, those out at the time.
func (s *Store) Candidates(r *cgm.Recording) (out []Candidate, err error) {
	err = s.view(func(t *tx) error { out = t.candidates(r); return nil })
	return out, err
}

func (t *tx) candidates(r *cgm.Recording) (out []Candidate) {
	add := func(w *WearSummary, serial bool) {
		out = append(out, Candidate{w, t.index.patients[w.Wear.PatientID], serial})
	}
	if r.TransmitterID != "" {
		for _, w := range t.index.wearsWith(r.TransmitterID) {
			if w.Wear.RecordingID != "" || w.awaits(r) {
				add(w, true)
			}
		}
	}
	if len(out) > 0 || len(r.Readings) == 0 {
		return out
	}
	for _, id := range sortedKeys(t.index.wears) {
		if w := t.index.wears[id]; w.awaits(r) && w.Brief.Placed && w.Brief.PlacedAt <= r.Last().Date() {
			add(w, false)
		}
	}
	return out
}

// ImportInto is Import for one recording into a chosen wear: of a recording that names no
// transmitter, or another than was placed, which has to
// be confirmed.
func (s *Store) ImportInto(
	wearID string, source clinic.Source, r *cgm.Recording, confirmed bool,
) (out Imported, err error) {
	entry := Entry{Act: ActImported, Kind: KindWear}
	return out, s.updateWith(&entry, func(t *tx) error {
		out, err = t.importInto(&entry, wearID, source, r, confirmed)
		return err
	})
}

func (t *tx) importInto(
	entry *Entry, wearID string, source clinic.Source, r *cgm.Recording, confirmed bool,
) (out Imported, err error) {
	w, err := t.wear(wearID)
	if err != nil {
		return out, err
	}
	var p clinic.Patient
	if err := t.getJSON(bucketPatients, w.Wear.PatientID, &p); err != nil {
		return out, err
	}
	others, err := t.otherPatients(p.ID, r)
	if err != nil {
		return out, err
	}
	h, err := t.homeIn(w, r)
	if err != nil {
		return out, err
	}
	reasons := append(append(append(slices.Clone(source.Doubts), p.Mismatch(source.Named)...), others...), h.unclear...)
	if placed := w.Wear.TransmitterID; placed != "" && r.TransmitterID != "" &&
		!strings.EqualFold(placed, r.TransmitterID) {
		reasons = append(reasons,
			fmt.Sprintf("transmitter %s was placed, and the recording is of %s", placed, r.TransmitterID))
	}
	if len(reasons) > 0 && !confirmed {
		return out, &MismatchError{reasons}
	}
	source.Confirmed = reasons
	if out, err = t.into(w, source, r); err != nil {
		return out, err
	}
	entry.describe(p.ID, source, []Imported{out})
	return out, nil
}

// into stores a recording as that of the wear, or as more of it.
func (t *tx) into(w *WearSummary, source clinic.Source, r *cgm.Recording) (Imported, error) {
	if w.Wear.RecordingID == "" {
		return t.firstInto(w.Wear, source, r)
	}
	h, err := t.homeIn(w, r)
	if err != nil {
		return Imported{}, err
	}
	if h.full == nil { // another sensor, or the transmitter's count began again
		return t.importOne(w.Wear.PatientID, source, r)
	}
	return t.extend(w.Wear, h.full, source, r)
}
