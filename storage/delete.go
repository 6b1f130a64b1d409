package storage

import (
	"errors"
	"fmt"
	"os"

	"tracedesk/storage/engine"
	"tracedesk/storage/engine/bolt"
)

// keyCompact is sealed and stands in bucketMeta while deleted values still lie
// in the file.
const keyCompact = "compact"

// ErrNotOverwritten is of something that was deleted, while what it was still
// lies, sealed, in the file. It is overwritten at the next unlocking.
var ErrNotOverwritten = errors.New("it is deleted, but the file could not be written anew without it yet")

// DeletePatient removes a patient with all wears, recordings and documents,
// and then overwrites the file so that nothing of them stays in it. The audit
// trail keeps that it was done, by ids. Backups keep theirs. Only an
// administrator may. Where the disk is full, either nothing was deleted, or the
// error is ErrNotOverwritten.
func (s *Store) DeletePatient(id string) error {
	if err := s.administrator(); err != nil {
		return err
	}
	entry := Entry{Act: ActDeleted, Kind: KindPatient, ID: id}
	err := s.updateWith(&entry, func(t *tx) error {
		if _, err := t.get(bucketPatients, id); err != nil {
			return fmt.Errorf("patient %s: %w", id, err)
		}
		wears := 0
		for _, w := range t.index.wearsOf(id) {
			wears++
			if err := t.deleteWear(w); err != nil {
				return err
			}
		}
		if err := t.deleteAll(bucketServices, id+"/"); err != nil {
			return err
		}
		if err := t.deleteAll(bucketForms, ""); err != nil { // a form may be about the patient
			return err
		}
		entry.Detail = fmt.Sprintf("with %d wears", wears)
		t.after = append(t.after, func(x *index) { x.dropPatient(id) })
		if err := t.delete(bucketPatients, id); err != nil {
			return err
		}
		return t.putJSON(bucketMeta, keyCompact, true)
	})
	if err != nil {
		return fmt.Errorf("nothing was deleted: %w", err)
	}
	if err := s.compact(); err != nil {
		s.keepUnfinished(err)
		return fmt.Errorf("patient %s: %w: %w", id, ErrNotOverwritten, err)
	}
	return nil
}

func (t *tx) deleteWear(w *WearSummary) error {
	documents, err := t.documents(w.Wear.ID)
	if err != nil {
		return err
	}
	for _, d := range documents {
		if err := errors.Join(t.deleteOf(wearOwner(w.Wear.ID), bucketFiles, d.ID),
			t.delete(bucketDocuments, documentKey(d))); err != nil {
			return err
		}
	}
	if err := errors.Join(t.deleteAll(bucketSteps, w.Wear.ID+"/"), t.delete(bucketDrafts, w.Wear.ID)); err != nil {
		return err
	}
	t.after = append(t.after, func(x *index) { x.dropWear(w.Wear.ID) })
	return errors.Join(t.deleteOf(wearOwner(w.Wear.ID), bucketRecordings, w.Wear.RecordingID),
		t.delete(bucketWears, w.Wear.ID))
}

// deleteAll deletes the values whose keys have the prefix.
func (t *tx) deleteAll(bucket, prefix string) error {
	var keys []string // first: a bucket is not changed while it is scanned
	err := t.e.Scan(bucket, prefix, func(key string, _ []byte) error { keys = append(keys, key); return nil })
	for _, key := range keys {
		err = errors.Join(err, t.delete(bucket, key))
	}
	return err
}

// compact writes the store into another file, without what was deleted, and
// overwrites the earlier one. The store stays unlocked.
func (s *Store) compact() error {
	s.swap.Lock()
	defer s.swap.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	made := s.path + compactSuffix
	err := build(made, func(put putFunc) error {
		return s.engine.View(func(e engine.Tx) error {
			names, err := e.Buckets()
			if err != nil {
				return err
			}
			for _, bucket := range names {
				err := e.Scan(bucket, "", func(key string, value []byte) error {
					if bucket == bucketMeta && key == keyCompact {
						return nil
					}
					return put(bucket, key, value)
				})
				if err != nil {
					return err
				}
			}
			return nil
		})
	})
	if err != nil {
		return fmt.Errorf("compacting the store: %w", err)
	}
	if err := s.engine.Close(); err != nil {
		return err
	}
	err = replace(s.path, made)
	if err != nil {
		_ = os.Remove(made)
	}
	e, again := bolt.Open(s.path)
	if again == nil {
		s.engine = e
	}
	return errors.Join(err, again)
}

// Unfinished says why something that was deleted still lies in the file; nil
// where nothing does.
func (s *Store) Unfinished() error {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.unfinished
}

func (s *Store) keepUnfinished(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.unfinished = nil
	if err != nil {
		s.unfinished = fmt.Errorf("something was deleted, and the file could not be written anew without it yet: %w", err)
	}
}

// compactIfDue finishes a deletion whose compaction was cut off. Where it cannot
// yet, the store is used nevertheless: Unfinished says so.
func (s *Store) compactIfDue() error {
	due := false
	err := s.view(func(t *tx) error { return t.getJSON(bucketMeta, keyCompact, &due) })
	if err != nil || !due {
		if errors.Is(err, ErrNotAny) {
			err = nil
		}
		return err
	}
	s.keepUnfinished(s.compact())
	return nil
}
