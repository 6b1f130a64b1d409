package storage

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"tracedesk/clinic"
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
)

// ofUse says whether the act only shows that the store was opened or copied: it
// makes no backup due.
func (a Act) ofUse() bool {
	switch a {
	case actNone, ActUnlocked, ActRecovered, ActBackedUp, ActBackupFailed:
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
}

func auditKey(seq uint64) string { return fmt.Sprintf("%016x", seq) }

// appendAudit chains an entry to the trail. An entry's hash is the SHA-256 of
// its stored text.
func (t *tx) appendAudit(e *Entry, now time.Time) error {
	st, err := t.state()
	if err != nil {
		return err
	}
	if e.At.IsZero() {
		e.At = now
	}
	e.At = e.At.UTC().Truncate(time.Second)
	e.Seq, e.Previous = st.Count+1, st.Head
	e.ClockBack = e.At.Unix() < st.LastAt
	text := toJSON(e)
	if err := t.put(bucketAudit, auditKey(e.Seq), text); err != nil {
		return err
	}
	st.Count, st.Head, st.LastAt = e.Seq, clinic.HashOf(text), e.At.Unix()
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
	st, err := t.state()
	if err != nil {
		return nil, nil, err
	}
	fault := func(seq uint64, what string) {
		faults = append(faults, fmt.Errorf("audit entry %d %s: %w", seq, what, ErrDamaged))
	}
	expected, previous, known := uint64(1), "", true
	err = t.e.Scan(bucketAudit, "", func(key string, stored []byte) error {
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
		var e Entry
		text, err := t.open(bucketAudit, key, stored)
		if err != nil || fromJSON(bucketAudit, key, text, &e) != nil || e.Seq != seq {
			fault(seq, "is changed")
			known = false
			return nil
		}
		if known && e.Previous != previous {
			fault(seq, "does not follow the one before it")
		}
		previous, known = clinic.HashOf(text), true
		entries = append(entries, e)
		return nil
	})
	for ; expected <= st.Count; expected++ {
		fault(expected, "is missing")
		known = false
	}
	if known && previous != st.Head {
		faults = append(faults, fmt.Errorf("the audit trail does not end as it was left: %w", ErrDamaged))
	}
	return entries, faults, err
}
