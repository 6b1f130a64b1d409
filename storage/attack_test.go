package storage

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"tracedesk/cgm/cgmtest"
	"tracedesk/storage/engine"
	"tracedesk/storage/engine/bolt"
)

// tampered changes a closed store's file as somebody can who may write it and has
// no passphrase: it knows bbolt, and nothing of the keys.
func tampered(t *testing.T, path string, change func(engine.Tx) error) {
	t.Helper()
	e, err := bolt.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(e.Update(change), e.Close()); err != nil {
		t.Fatal(err)
	}
}

// deleteAll takes every key with the prefix out of a bucket.
func deleteAll(e engine.Tx, bucket, prefix string) error {
	var keys []string
	err := e.Scan(bucket, prefix, func(key string, _ []byte) error { keys = append(keys, key); return nil })
	for _, key := range keys {
		err = errors.Join(err, e.Delete(bucket, key))
	}
	return err
}

// TestAWearThatWasPutBackWholeDoesNotOpen puts a wear's values back to an earlier day
// with its manifest, so that they fit each other: only the tree tells, also after the
// next act and the next start.
func TestAWearThatWasPutBackWholeDoesNotOpen(t *testing.T) {
	dir := t.TempDir()
	s, _ := newKeptStore(t, dir)
	p := newPatient(t, s, "Ana", "García")
	got := mustImport(t, s, p.ID, file("a"), cgmtest.Wear(4, 5))
	other := mustImport(t, s, newPatient(t, s, "Bo", "Lind").ID, file("b"), of("8OTHER", 6))
	_ = s.Close()
	before := rawValues(t, s.Path())
	s = unlocked(t, dir)
	if _, err := signOne(s, got.WearID); err != nil {
		t.Fatal(err)
	}
	_ = s.Close()
	tampered(t, s.Path(), func(e engine.Tx) error {
		err := errors.Join(deleteAll(e, bucketSteps, got.WearID), deleteAll(e, bucketDocuments, got.WearID), deleteAll(e, bucketFiles, ""),
			e.Delete(bucketDrafts, got.WearID))
		for at, v := range before {
			if strings.HasPrefix(at[1], got.WearID) {
				err = errors.Join(err, e.Put(at[0], at[1], v))
			}
		}
		return err
	})
	for range 2 {
		s = unlocked(t, dir)
		if len(s.Unproven()) == 0 || !slices.Contains(stateOf(t, s).Suspect, wearOwner(got.WearID)) {
			t.Errorf("unlocking says %v", s.Unproven())
		}
		if _, err := s.Case(got.WearID); !errors.Is(err, ErrDamaged) {
			t.Errorf("%v", err)
		}
		if _, err := s.Wear(got.WearID); !errors.Is(err, ErrDamaged) {
			t.Errorf("%v", err)
		}
		if _, err := s.Case(other.WearID); err != nil {
			t.Errorf("another wear: %v", err)
		}
		newPatient(t, s, "Cy", "Moe") // an act in between does not make it good
		if _, faults := s.Verify(); len(faults) == 0 {
			t.Error("verify says nothing")
		}
		_ = s.Close()
	}
}

func stateOf(t *testing.T, s *Store) (st state) {
	t.Helper()
	if err := s.view(func(x *tx) (err error) { st, err = x.state(); return err }); err != nil {
		t.Fatal(err)
	}
	return st
}

// TestRecordsDeletedWithoutAPassphraseAreNamed deletes what somebody might like to
// be gone, with a tool for bbolt files alone.
func TestRecordsDeletedWithoutAPassphraseAreNamed(t *testing.T) {
	for what, c := range map[string]struct {
		change func(e engine.Tx, wear, patient, document, step string) error
		want   func(wear, patient, document, step string) []string
	}{
		"all steps": {
			func(e engine.Tx, wear, _, _, _ string) error { return deleteAll(e, bucketSteps, wear) },
			func(wear, _, _, _ string) []string { return []string{"steps " + wear + "/000001"} },
		},
		"a signed interpretation": {
			func(e engine.Tx, _, _, _, step string) error { return e.Delete(bucketSteps, step) },
			func(_, _, _, step string) []string { return []string{"steps " + step} },
		},
		"a document with its PDF": {
			func(e engine.Tx, wear, _, document, _ string) error {
				return errors.Join(e.Delete(bucketDocuments, wear+"/"+document), e.Delete(bucketFiles, document))
			},
			func(wear, _, document, _ string) []string {
				return []string{"documents " + wear + "/" + document, "files " + document}
			},
		},
		"a whole patient": {
			func(e engine.Tx, wear, patient, _, _ string) error {
				return errors.Join(deleteAll(e, bucketSteps, wear), deleteAll(e, bucketDocuments, wear), deleteAll(e, bucketFiles, ""),
					e.Delete(bucketWears, wear), deleteAll(e, bucketRecordings, ""), e.Delete(bucketPatients, patient), e.Delete(bucketDrafts, wear))
			},
			func(wear, patient, _, _ string) []string { return []string{"patients " + patient, "wears " + wear} },
		},
	} {
		t.Run(what, func(t *testing.T) {
			dir := t.TempDir()
			s, _ := newKeptStore(t, dir)
			p := newPatient(t, s, "Ana", "García")
			got := mustImport(t, s, p.ID, file("a"), cgmtest.Wear(4, 5))
			if _, err := signOne(s, got.WearID); err != nil {
				t.Fatal(err)
			}
			now := caseOf(t, s, got.WearID)
			document, step := now.Documents[0].ID, stepKey(got.WearID, len(now.History))
			_ = s.Close()
			tampered(t, s.Path(), func(e engine.Tx) error { return c.change(e, got.WearID, p.ID, document, step) })
			s = unlocked(t, dir)
			_, faults := s.Verify()
			text := ""
			if all := errors.Join(faults...); all != nil {
				text = all.Error()
			}
			for _, want := range c.want(got.WearID, p.ID, document, step) {
				if !strings.Contains(text, want) {
					t.Errorf("verify does not name %q:\n%s", want, text)
				}
			}
			if _, err := s.Case(got.WearID); err == nil {
				t.Error("the wear opens as if nothing had happened")
			}
		})
	}
}
