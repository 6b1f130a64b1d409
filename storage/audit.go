package storage

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"tracedesk/storage/seal"
)

// Act is what was done.
type Act string

// What the audit trail knows.
const (
	actNone         Act = ""
	ActCreated      Act = "created"
	ActAdded        Act = "added"
	ActChanged      Act = "changed"
	ActDeleted      Act = "deleted"
	ActViewed       Act = "viewed"
	ActImported     Act = "imported"
	ActPrinted      Act = "printed"
	ActExported     Act = "exported"
	ActUnlocked     Act = "unlocked"
	ActUnlockFailed Act = "unlocking failed"
	ActRecovered    Act = "unlocked with the recovery key"
	ActPassphrase   Act = "passphrase changed"
	ActRotated      Act = "data key changed"
	ActBackedUp     Act = "backed up"
	ActBackupFailed Act = "backup failed"
	ActMigrated     Act = "sealed"
	ActConverted    Act = "converted to format 3"
	ActCertified    Act = "certificate issued"
	ActRevoked      Act = "certificate revoked"
	ActOlder        Act = "opened although it is older than it was"
	ActKept         Act = "kept"
)

// ofUse says whether the act only shows that the store was opened or copied: it
// makes no backup due.
func (a Act) ofUse() bool {
	switch a {
	case actNone, ActUnlocked, ActRecovered, ActBackedUp, ActBackupFailed, ActKept, ActOlder:
		return true
	}
	return false
}

// Kind is what it was done to.
type Kind string

// What can be acted on.
const (
	kindStore    Kind = "store"
	KindPatient  Kind = "patient"
	KindWear     Kind = "wear"
	KindDocument Kind = "document"
	KindSettings Kind = "settings"
	KindUser     Kind = "user"
	KindAudit    Kind = "audit trail"
	KindProfile  Kind = "payer profile"
	KindService  Kind = "service"
	KindTray     Kind = "tray"
	KindDevice   Kind = "device"
	KindFees     Kind = "fee table"
	KindForm     Kind = "form"
)

// Entry is one line of the audit trail: who did what to which record when. It
// names records by their ids alone.
type Entry struct {
	Seq       uint64    `json:"seq"` // from 1
	At        time.Time `json:"at"`  // the workstation's clock, UTC, whole seconds
	UserID    string    `json:"user_id,omitempty"`
	Login     string    `json:"login,omitempty"`
	Act       Act       `json:"act"`
	Kind      Kind      `json:"kind,omitempty"`
	ID        string    `json:"id,omitempty"`
	Detail    string    `json:"detail,omitempty"`
	ClockBack bool      `json:"clock_back,omitempty"` // the clock stood before the entry before
	Previous  string    `json:"previous"`             // the hash of the entry before, empty for the first
	Unproven  bool      `json:"unproven,omitempty"`   // taken from what anybody can write who can write the file
}

// act is an entry as it is stored, after its author's signature.
type act struct {
	Entry
	ActID  string   `json:"act_id"` // random
	By     string   `json:"by"`     // whose key signed it: a user's id, or recovery
	Writes []effect `json:"writes,omitempty"`
	Root   string   `json:"root"` // of the tree, once the act is done
}

// effect is a value that an act wrote, or deleted.
type effect struct {
	Key    string `json:"key"`              // bucket and key
	SHA256 string `json:"sha256,omitempty"` // of the value, not sealed; empty: deleted
}

// rights is 1 for a record of who may do what, and 0 for all else.
func (e effect) rights() int {
	if strings.HasPrefix(e.Key, bucketAuthority+"/") {
		return 1
	}
	return 0
}

func auditKey(seq uint64) string { return fmt.Sprintf("%016x", seq) }

// appendAudit adds an entry that wrote nothing of its own.
func (t *tx) appendAudit(e *Entry, now time.Time) error {
	st, err := t.state()
	if err != nil {
		return err
	}
	if e.At.IsZero() {
		e.At = now
	}
	a := act{Entry: *e, Root: st.Root}
	if a.Root == "" {
		a.Root = t.tree.root()
	}
	err = t.appendAct(&a)
	*e = a.Entry
	return err
}

// appendAct chains an act to the trail, signed by its author. Its hash is the
// SHA-256 of what is stored: the signature, then the text.
func (t *tx) appendAct(a *act) error {
	st, err := t.state()
	if err != nil {
		return err
	}
	if a.At.IsZero() {
		a.At = t.now
	}
	a.ActID, a.By = newID(), t.by()
	a.At = a.At.UTC().Truncate(time.Second)
	a.Seq, a.Previous = st.Count+1, st.Head
	a.ClockBack = a.At.Unix() < st.LastAt
	text := toJSON(a)
	stored := append(t.author.Sign(purposeOf("act", t.authority.store), text), text...)
	if err := t.put(bucketAudit, auditKey(a.Seq), stored); err != nil {
		return err
	}
	st.Count, st.Head, st.LastAt, st.Root = a.Seq, hashOf(stored), a.At.Unix(), a.Root
	return t.putJSON(bucketMeta, keyState, st)
}

// Note records an act that changes nothing else, such as viewing.
func (s *Store) Note(act Act, kind Kind, id, detail string) error {
	return s.update(Entry{Act: act, Kind: kind, ID: id, Detail: detail}, func(*tx) error { return nil })
}

// Audit is the trail, oldest first. The error names what breaks the chain; the
// entries that can be read are given all the same.
func (s *Store) Audit() (entries []Entry, err error) {
	err = s.view(func(t *tx) error {
		var faults []error
		entries, faults, err = t.audit()
		return errors.Join(append(faults, err)...)
	})
	return entries, err
}

// AuditOf is the part of the trail that names a record.
func (s *Store) AuditOf(id string) ([]Entry, error) {
	all, err := s.Audit()
	return slices.DeleteFunc(all, func(e Entry) bool { return !strings.Contains(e.ID+" "+e.Detail, id) }), err
}

// audit reads the trail and checks the chain from the first entry to the head.
func (t *tx) audit() (entries []Entry, faults []error, err error) {
	faults, err = t.trail(func(a *act, _, _ []byte) { entries = append(entries, a.Entry) })
	return entries, faults, err
}

// trail gives each act with its signature and its text, oldest first, and says what
// breaks the chain. An entry of format 2 has no signature.
func (t *tx) trail(visit func(a *act, signature, text []byte)) (faults []error, err error) {
	st, err := t.state()
	if err != nil {
		return nil, err
	}
	fault := func(seq uint64, what string) {
		faults = append(faults, fmt.Errorf("audit entry %d %s: %w", seq, what, ErrDamaged))
	}
	expected, previous, known := uint64(1), "", true
	err = t.e.Scan(bucketAudit, "", func(key string, raw []byte) error {
		seq, err := strconv.ParseUint(key, 16, 64)
		if err != nil || auditKey(seq) != key {
			faults = append(faults, fmt.Errorf("audit key %q is not one of ours: %w", key, ErrDamaged))
			return nil
		}
		for ; expected < seq; expected++ {
			fault(expected, "is missing")
			known = false
		}
		expected = seq + 1
		a, signature, text, whole := t.readAct(key, raw)
		if a == nil || a.Seq != seq {
			fault(seq, "is changed")
			known = false
			return nil
		}
		if known && a.Previous != previous {
			fault(seq, "does not follow the one before it")
		}
		previous, known = hashOf(whole), true
		visit(a, signature, text)
		return nil
	})
	for ; expected <= st.Count; expected++ {
		fault(expected, "is missing")
		known = false
	}
	if known && previous != st.Head {
		faults = append(faults, fmt.Errorf("the audit trail does not end as it was left: %w", ErrDamaged))
	}
	return faults, err
}

// readAct opens an entry; it is nil where it cannot be read.
func (t *tx) readAct(key string, raw []byte) (a *act, signature, text, whole []byte) {
	whole, err := t.open(bucketAudit, key, raw)
	if err != nil {
		return nil, nil, nil, nil
	}
	text = whole
	if !json.Valid(whole) && len(whole) > seal.SignatureSize { // else of format 2
		signature, text = whole[:seal.SignatureSize], whole[seal.SignatureSize:]
	}
	a = &act{}
	if fromJSON(bucketAudit, key, text, a) != nil {
		return nil, nil, nil, nil
	}
	return a, signature, text, whole
}
