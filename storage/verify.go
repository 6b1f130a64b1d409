package storage

import (
	"errors"
	"fmt"
	"slices"

	"tracedesk/clinic"
	"tracedesk/clinic/steps"
)

// Verify reads and authenticates everything: the file's structure; the audit
// trail with the signature and the rights of each act's author; every value against
// the act that wrote it last; every recording's and PDF's hash; and that what belongs
// together is all there. It goes on after a fault, and names all.
func (s *Store) Verify() (checked int, faults []error) {
	err := s.view(func(t *tx) error {
		faults = s.engine.Check()
		found, err := t.prove()
		if err != nil {
			return err
		}
		named := map[string]bool{}
		for _, f := range found {
			faults = append(faults, f.err)
			named[f.name] = true
		}
		names, err := t.e.Buckets()
		if err != nil {
			return err
		}
		for _, bucket := range names {
			n, bad := t.verifyBucket(bucket, named)
			checked, faults = checked+n, append(faults, bad...)
		}
		for _, w := range sortedKeys(t.index.wears) {
			faults = append(faults, t.verifyWear(t.index.wears[w], named)...)
		}
		return nil
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
var known = []string{
	bucketMeta, bucketPatients, bucketWears, bucketRecordings, bucketDocuments, bucketFiles, bucketAudit, bucketSteps,
	bucketDrafts, bucketProfiles, bucketServices, bucketTray, bucketDevices, bucketForms, bucketSigners, bucketSlots,
	bucketAuthority, bucketManifests,
}

func (t *tx) verifyBucket(bucket string, named map[string]bool) (checked int, faults []error) {
	if !slices.Contains(known, bucket) {
		return 0, []error{fmt.Errorf("the bucket %q is not one of ours: %w", bucket, ErrDamaged)}
	}
	err := t.e.Scan(bucket, "", func(key string, raw []byte) error {
		checked++
		if _, is := manifestAt(bucket, key); is || bucket == bucketAudit || named[nameOf(bucket, key)] {
			return nil // the proof names its own
		}
		value, err := t.open(bucket, key, raw)
		if err == nil {
			err = t.verifyValue(bucket, key, value, named)
		}
		if err != nil {
			faults = append(faults, err)
		}
		return nil
	})
	if err != nil {
		faults = append(faults, fmt.Errorf("%s: %w", bucket, err))
	}
	return checked, faults
}

func (t *tx) verifyValue(bucket, key string, value []byte, named map[string]bool) error {
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
		if err := t.verifyPDF(d); err != nil && !named[nameOf(bucketFiles, d.ID)] {
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
func (t *tx) verifyWear(w *WearSummary, named map[string]bool) (faults []error) {
	if _, ok := t.index.patients[w.Wear.PatientID]; !ok {
		faults = append(faults, fmt.Errorf("wear %s: its patient is missing: %w", w.Wear.ID, ErrDamaged))
	}
	if w.Wear.RecordingID == "" || named[nameOf(bucketRecordings, w.Wear.RecordingID)] {
		return faults
	}
	if raw, err := t.e.Get(bucketRecordings, w.Wear.RecordingID); err != nil || raw == nil {
		faults = append(faults, fmt.Errorf("wear %s: its recording is missing: %w", w.Wear.ID, errors.Join(ErrDamaged, err)))
	}
	return faults
}

func (t *tx) verifyPDF(d clinic.Document) error {
	pdf, err := t.getOf(wearOwner(d.WearID), bucketFiles, d.ID)
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
