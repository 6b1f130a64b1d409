package storage

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"tracedesk/clinic"
	"tracedesk/storage/engine"
	"tracedesk/storage/seal"
)

// tx is a transaction that seals: the only way into and out of the engine. What it
// reads is checked against the owner's manifest, what it writes is entered there.
type tx struct {
	e     engine.Tx
	key   *seal.Key
	index *index      // as it was before the transaction
	user  clinic.User // who acts
	now   time.Time
	after []func(*index) // what the transaction changes in it, once it is kept
	wears []*WearSummary // those that the transaction has put

	author     *seal.Author // who signs
	recovering bool         // the recovery key does, in the user's name
	authority  *authority
	header     header
	slots      []seal.Slot
	root       *seal.Root // the practice's, where an administrator acts
	tree       *tree
	pages      map[string]*sheet
	writes     []effect
}

func (s *Store) newTx(e engine.Tx) *tx {
	return &tx{
		e: e, key: s.key, index: s.index, user: s.user, now: s.now(), author: s.author, recovering: s.recovering,
		authority: s.authority, header: s.header, slots: s.slots, root: s.root, tree: s.tree, pages: map[string]*sheet{},
	}
}

// view gives a consistent state to f, of an unlocked store.
func (s *Store) view(f func(*tx) error) error {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.key == nil {
		return ErrLocked
	}
	return s.engine.View(func(e engine.Tx) error { return f(s.newTx(e)) })
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
	var t *tx
	undo := func() {}
	err := s.engine.Update(func(e engine.Tx) (err error) {
		t = s.newTx(e)
		if err := f(t); err != nil {
			return err
		}
		undo, err = t.finish(entry)
		return err
	})
	if err != nil {
		undo()
		return err
	}
	s.authority, s.header, s.slots = t.authority, t.header, t.slots
	for _, change := range t.after {
		change(s.index)
	}
	if !entry.Act.ofUse() {
		s.changes++
	}
	return nil
}

// mostWrites bounds an entry; an act that writes more has several. A variable for
// tests.
var mostWrites = 1000

// finish enters the act with all that it wrote. undo takes back what it changed in
// memory.
func (t *tx) finish(entry *Entry) (undo func(), err error) {
	undo, err = t.flush()
	if err != nil || entry.Act == actNone && len(t.writes) == 0 {
		return undo, err
	}
	if entry.Act == actNone { // what somebody typed and did not record
		entry.Act, entry.Kind = ActKept, KindForm
	}
	entry.UserID, entry.Login = t.user.ID, t.user.Login
	// Rights first, since what follows may rest on them.
	slices.SortStableFunc(t.writes, func(a, b effect) int {
		return cmp.Compare(b.rights(), a.rights())
	})
	a := act{Entry: *entry, Root: t.tree.root(), Writes: t.writes}
	for len(a.Writes) > mostWrites && err == nil {
		one := a
		one.Writes = a.Writes[:mostWrites]
		a.Writes = a.Writes[mostWrites:]
		err = t.appendAct(&one)
	}
	if err == nil {
		err = t.appendAct(&a)
	}
	*entry = a.Entry
	return undo, err
}

func (t *tx) put(bucket, key string, value []byte) error {
	return t.putOf(ownerOf(bucket, key), bucket, key, value)
}

// putOf writes a value that belongs to the owner.
func (t *tx) putOf(owner, bucket, key string, value []byte) error {
	if committed(bucket, key) {
		if err := t.list(owner, bucket, key, value); err != nil {
			return err
		}
	}
	if !unsealed(bucket, key) {
		value = t.key.Seal(bucket, key, value)
	}
	if err := t.e.Put(bucket, key, value); err != nil {
		return fmt.Errorf("writing %s: %w", bucket, err)
	}
	return nil
}

func (t *tx) delete(bucket, key string) error {
	return t.deleteOf(ownerOf(bucket, key), bucket, key)
}

// deleteOf deletes a value that belongs to the owner.
func (t *tx) deleteOf(owner, bucket, key string) error {
	if committed(bucket, key) {
		if err := t.list(owner, bucket, key, nil); err != nil {
			return err
		}
	}
	return t.e.Delete(bucket, key)
}

// get is a value of the key, the caller's own, or ErrNotAny.
func (t *tx) get(bucket, key string) ([]byte, error) {
	return t.getOf(ownerOf(bucket, key), bucket, key)
}

// getOf is a value that belongs to the owner, as it was written last.
func (t *tx) getOf(owner, bucket, key string) ([]byte, error) {
	stored, err := t.e.Get(bucket, key)
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", bucket, err)
	}
	var value []byte
	if stored != nil {
		if value, err = t.open(bucket, key, stored); err != nil {
			return nil, err
		}
	}
	if committed(bucket, key) {
		p, err := t.manifestOf(owner)
		if err == nil {
			err = p.check(bucket, key, value)
		}
		if err != nil {
			return nil, err
		}
	}
	if stored == nil {
		return nil, ErrNotAny
	}
	return value, nil
}

func (t *tx) open(bucket, key string, stored []byte) ([]byte, error) {
	if unsealed(bucket, key) {
		return append([]byte{}, stored...), nil
	}
	return t.key.Open(bucket, key, stored)
}

// each visits the values whose keys have the prefix, all of one owner: those that
// were written last, and all of them.
func (t *tx) each(bucket, prefix string, f func(key string, value []byte) error) error {
	p, err := t.manifestOf(ownerOf(bucket, prefix))
	if err != nil {
		return err
	}
	left := 0
	for name := range p.manifest {
		if strings.HasPrefix(name, nameOf(bucket, prefix)) {
			left++
		}
	}
	err = t.e.Scan(bucket, prefix, func(key string, stored []byte) error {
		value, err := t.open(bucket, key, stored)
		if err == nil {
			err = p.check(bucket, key, value)
		}
		if err != nil {
			return err
		}
		left--
		return f(key, value)
	})
	if err != nil || left == 0 {
		return err
	}
	for _, name := range sortedKeys(p.manifest) {
		if key, of := strings.CutPrefix(name, bucket+"/"); of && strings.HasPrefix(key, prefix) {
			if stored, err := t.e.Get(bucket, key); err != nil || stored == nil {
				return fmt.Errorf("%s %s is missing: %w", bucket, key, ErrDamaged)
			}
		}
	}
	return nil
}

// any visits all values of a bucket whose owners are many; what is missing, only
// verifying tells.
func (t *tx) any(bucket string, f func(key string, value []byte) error) error {
	return t.e.Scan(bucket, "", func(key string, stored []byte) error {
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

// state is the sealed state; that of a store that is being made is empty.
func (t *tx) state() (st state, err error) {
	stored, err := t.e.Get(bucketMeta, keyState)
	if err != nil || stored == nil {
		return st, err
	}
	return st, t.getJSON(bucketMeta, keyState, &st)
}
