package storage

import (
	"errors"
	"fmt"
	"slices"

	"tracedesk/clinic"
	"tracedesk/clinic/steps"
)

// Verify reads and authenticates everything: the file's structure, every
// value, every recording's and PDF's hash, that what belongs together is all
// there, and the chain of the audit trail. It goes on after a fault, and names
// all.
func (s *Store) Verify() (checked int, faults []error) {
	err := s.view(func(t *tx) error {
		faults = s.engine.Check()
		names, err := t.e.Buckets()
		if err != nil {
			return err
		}
		for _, bucket := range names {
			n, bad := t.verifyBucket(bucket)
			checked, faults = checked+n, append(faults, bad...)
		}
		for _, w := range sortedKeys(t.index.wears) {
			faults = append(faults, t.verifyWear(t.index.wears[w])...)
		}
		_, broken, err := t.audit()
		// A changed entry was named with its bucket, but not what it breaks.
		faults = append(faults, broken...)
		return err
	})
	if err != nil {
		faults = append(faults, err)
	}
	return checked, faults
}

func sortedKeys[V any](m map[string]V) []string {
	var keys []string
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// known are the buckets of this version.
var known = []string{bucketMeta, bucketUsers, bucketPatients, bucketWears, bucketRecordings, bucketDocuments, bucketFiles, bucketAudit, bucketSteps, bucketDrafts, bucketProfiles, bucketServices, bucketTray, bucketDevices, bucketForms, bucketSigners}

func (t *tx) verifyBucket(bucket string) (checked int, faults []error) {
	if !slices.Contains(known, bucket) {
		return 0, []error{fmt.Errorf("the bucket %q is not one of ours: %w", bucket, ErrDamaged)}
	}
	err := t.e.Scan(bucket, "", func(key string, raw []byte) error {
		checked++
		value, err := t.open(bucket, key, raw)
		if err == nil {
			err = t.verifyValue(bucket, key, value)
		}
		if err != nil && bucket != bucketAudit { // the chain names its own
			faults = append(faults, err)
		}
		return nil
	})
	if err != nil {
		faults = append(faults, fmt.Errorf("%s: %w", bucket, err))
	}
	return checked, faults
}

func (t *tx) verifyValue(bucket, key string, value []byte) error {
	switch bucket {
	case bucketRecordings:
		if _, err := unpack(value); err != nil {
			return fmt.Errorf("%s %s: %w", bucket, key, err)
		}
	case bucketTray:
		if _, err := unpack(value); err != nil {
			return fmt.Errorf("%s %s: %w", bucket, key, err)
		}
	case bucketSteps:
		return verifyStep(key, value)
	case bucketDocuments:
		var d clinic.Document
		if err := fromJSON(bucket, key, value, &d); err != nil {
			return err
		}
		if err := t.verifyPDF(d); err != nil {
			return fmt.Errorf("%s %s: %w", bucket, key, err)
		}
	}
	return nil
}

// verifyStep checks that what was signed is what its signature binds.
func verifyStep(key string, value []byte) error {
	var r steps.Record
	if err := fromJSON(bucketSteps, key, value, &r); err != nil {
		return err
	}
	if (r.Step == steps.Signed || r.Step == steps.Addendum) && !r.Bound() {
		return fmt.Errorf("%s %s: what was signed is not what its signature binds: %w", bucketSteps, key, ErrDamaged)
	}
	return nil
}

// verifyWear says what a wear refers to that is not there.
func (t *tx) verifyWear(w *WearSummary) (faults []error) {
	if _, ok := t.index.patients[w.Wear.PatientID]; !ok {
		faults = append(faults, fmt.Errorf("wear %s: its patient is missing: %w", w.Wear.ID, ErrDamaged))
	}
	if w.Wear.RecordingID == "" {
		return faults
	}
	if raw, err := t.e.Get(bucketRecordings, w.Wear.RecordingID); err != nil || raw == nil {
		faults = append(faults, fmt.Errorf("wear %s: its recording is missing: %w", w.Wear.ID, errors.Join(ErrDamaged, err)))
	}
	return faults
}

func (t *tx) verifyPDF(d clinic.Document) error {
	pdf, err := t.get(bucketFiles, d.ID)
	switch {
	case errors.Is(err, ErrNotAny):
		return fmt.Errorf("its PDF is missing: %w", ErrDamaged)
	case err != nil:
		return err
	case clinic.HashOf(pdf) != d.SHA256:
		return fmt.Errorf("its PDF does not match its hash: %w", ErrDamaged)
	}
	return nil
}
