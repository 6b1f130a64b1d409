package storage

import (
	"encoding/json"
	"fmt"
	"time"

	"tracedesk/clinic"
	"tracedesk/storage/engine"
	"tracedesk/storage/seal"
)

// tx is a transaction that seals: the only way into and out of the engine.
type tx struct {
	e     engine.Tx
	key   *seal.Key
	index *index      // as it was before the transaction
	user  clinic.User // who acts
	now   time.Time
	after []func(*index) // what the transaction changes in it, once it is kept
	wears []*WearSummary // those that the transaction has put
}

// view gives a consistent state to f, of an unlocked store.
func (s *Store) view(f func(*tx) error) error {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.key == nil {
		return ErrLocked
	}
	return s.engine.View(func(e engine.Tx) error { return f(&tx{e: e, key: s.key, index: s.index}) })
}

// update keeps all that f did, with an entry in the audit trail, or nothing.
// f may add to the entry.
func (s *Store) update(entry Entry, f func(*tx) error) error {
	return s.updateWith(&entry, f)
}

func (s *Store) updateWith(entry *Entry, f func(*tx) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.key == nil {
		return ErrLocked
	}
	var after []func(*index)
	err := s.engine.Update(func(e engine.Tx) error {
		t := &tx{e: e, key: s.key, index: s.index, user: s.user, now: s.now()}
		if err := f(t); err != nil {
			return err
		}
		if entry.Act != actNone {
			entry.UserID, entry.Login = s.user.ID, s.user.Login
			if err := t.appendAudit(entry, t.now); err != nil {
				return err
			}
		}
		after = t.after
		return nil
	})
	if err != nil {
		return err
	}
	for _, change := range after {
		change(s.index)
	}
	if !entry.Act.ofUse() {
		s.changes++
	}
	return nil
}

func (t *tx) put(bucket, key string, value []byte) error {
	if !unsealed(bucket, key) {
		value = t.key.Seal(bucket, key, value)
	}
	if err := t.e.Put(bucket, key, value); err != nil {
		return fmt.Errorf("writing %s: %w", bucket, err)
	}
	return nil
}

// get is a value of the key, the caller's own, or ErrNotAny.
func (t *tx) get(bucket, key string) ([]byte, error) {
	stored, err := t.e.Get(bucket, key)
	switch {
	case err != nil:
		return nil, fmt.Errorf("reading %s: %w", bucket, err)
	case stored == nil:
		return nil, ErrNotAny
	}
	return t.open(bucket, key, stored)
}

func (t *tx) open(bucket, key string, stored []byte) ([]byte, error) {
	if unsealed(bucket, key) {
		return append([]byte(nil), stored...), nil
	}
	return t.key.Open(bucket, key, stored)
}

// each visits the values whose keys have the prefix.
func (t *tx) each(bucket, prefix string, f func(key string, value []byte) error) error {
	return t.e.Scan(bucket, prefix, func(key string, stored []byte) error {
		value, err := t.open(bucket, key, stored)
		if err != nil {
			return err
		}
		return f(key, value)
	})
}

func (t *tx) putJSON(bucket, key string, v any) error { return t.put(bucket, key, toJSON(v)) }

func (t *tx) getJSON(bucket, key string, into any) error {
	value, err := t.get(bucket, key)
	if err != nil {
		return err
	}
	return fromJSON(bucket, key, value, into)
}

func toJSON(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // only types of ours, which always marshal
	}
	return b
}

func fromJSON(bucket, key string, value []byte, into any) error {
	if err := json.Unmarshal(value, into); err != nil {
		return fmt.Errorf("%s %s: %w: %w", bucket, key, ErrDamaged, err)
	}
	return nil
}

func (t *tx) putPatient(p clinic.Patient) error {
	t.after = append(t.after, func(x *index) { x.putPatient(p) })
	return t.putJSON(bucketPatients, p.ID, p)
}

func (t *tx) putWear(w *WearSummary) error {
	t.after = append(t.after, func(x *index) { x.putWear(w) })
	t.wears = append(t.wears, w)
	return t.putJSON(bucketWears, w.Wear.ID, w)
}

// putHeader stores the header, and its hash in the sealed state.
func (t *tx) putHeader(h header) error {
	stored := toJSON(h)
	if err := t.put(bucketMeta, keyHeader, stored); err != nil {
		return err
	}
	st, err := t.state()
	if err != nil {
		return err
	}
	st.Header = clinic.HashOf(stored)
	return t.putJSON(bucketMeta, keyState, st)
}

// state is the sealed state; that of a store that is being made is empty.
func (t *tx) state() (st state, err error) {
	stored, err := t.e.Get(bucketMeta, keyState)
	if err != nil || stored == nil {
		return st, err
	}
	return st, t.getJSON(bucketMeta, keyState, &st)
}
