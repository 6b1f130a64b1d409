package storage

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"tracedesk/clinic"
	"tracedesk/storage/engine"
	"tracedesk/storage/seal"
)

// bucketAuthority holds the records of who may do what, by number: the founding
// first, each signed, each with the hash of the one before.
const bucketAuthority = "authority"

// byRecovery stands for the printed recovery key, where a user's id would.
const byRecovery = "recovery"

// ErrAuthority says that the records of who may do what do not hold.
var ErrAuthority = errors.New("the records of the practice's users and their rights were changed")

// record changes who may do what. It says only what it changes.
type record struct {
	Seq      uint64    `json:"seq"` // from 1
	At       time.Time `json:"at"`
	By       string    `json:"by"`       // the user's id, or recovery
	Previous string    `json:"previous"` // SHA-256 of the record before
	What     string    `json:"what"`

	User        *clinic.User      `json:"user,omitempty"` // as they are from now on
	Of          string            `json:"of,omitempty"`   // the user that key or certificate are of
	Key         []byte            `json:"key,omitempty"`  // Ed25519, that signs their acts from now on
	Slots       map[string]string `json:"slots,omitempty"`
	Header      string            `json:"header,omitempty"`
	Root        []byte            `json:"root,omitempty"`     // the practice's root, DER; founding only
	Recovery    []byte            `json:"recovery,omitempty"` // the recovery key's Ed25519 key; founding only
	Certificate []byte            `json:"certificate,omitempty"`
	Earlier     bool              `json:"earlier,omitempty"` // a certificate, or a store, from before there was a root
	Revoked     string            `json:"revoked,omitempty"` // the certificate's SHA-256
	Reason      string            `json:"reason,omitempty"`
	Limits      *limits           `json:"limits,omitempty"`
}

// limits are what only an administrator may loosen.
type limits struct {
	LockMinutes int `json:"lock_minutes"`
}

// member is a user, as the records say.
type member struct {
	User clinic.User
	Key  []byte
	Slot string // SHA-256 of the stored slot; empty for none
}

// Certificate is a clinician's certificate, as the records say.
type Certificate struct {
	UserID      string    `json:"user_id"`
	Fingerprint string    `json:"sha256"`
	DER         []byte    `json:"-"`
	Serial      string    `json:"serial"`
	From        time.Time `json:"from"`
	Until       time.Time `json:"until"`
	RevokedAt   time.Time `json:"revoked_at,omitzero"`
	Reason      string    `json:"reason,omitempty"`
	Earlier     bool      `json:"earlier,omitempty"` // before the practice had a root
}

// ValidAt says whether a signature at that time counts.
func (c Certificate) ValidAt(t time.Time) bool {
	return !t.Before(c.From.Add(-time.Minute)) && !t.After(c.Until) && (c.RevokedAt.IsZero() || !t.After(c.RevokedAt))
}

// authority is what all records together say.
type authority struct {
	store        string
	count        uint64
	head         string
	founding     string // fingerprint: SHA-256 of the first record
	members      map[string]member
	certificates []Certificate
	header       string
	root         []byte
	recovery     []byte
	limits       limits
	converted    time.Time // when the store was converted from format 2; zero otherwise
}

func (a *authority) clone() *authority {
	b := *a
	b.members, b.certificates = maps.Clone(a.members), slices.Clone(a.certificates)
	return &b
}

func recordKey(seq uint64) string { return fmt.Sprintf("%08d", seq) }

func (a *authority) administrator(by string) bool {
	m, there := a.members[by]
	return there && m.User.Administrator && !m.User.Removed
}

// keyOf is the key that checks what somebody signs now; nothing for who may not act.
func (a *authority) keyOf(by string) []byte {
	if by == byRecovery {
		return a.recovery
	}
	if m := a.members[by]; !m.User.Removed {
		return m.Key
	}
	return nil
}

func purposeOf(what, store string) string { return "tracedesk " + what + " " + store }

// take adds a stored record: its signature and its text. It refuses what its author
// had no right to.
func (a *authority) take(stored []byte) error {
	if len(stored) < seal.SignatureSize {
		return ErrAuthority
	}
	signature, text := stored[:seal.SignatureSize], stored[seal.SignatureSize:]
	var r record
	if err := json.Unmarshal(text, &r); err != nil {
		return fmt.Errorf("%w: %w", ErrAuthority, err)
	}
	if r.Seq != a.count+1 || r.Previous != a.head {
		return fmt.Errorf("record %d does not follow the one before it: %w", r.Seq, ErrAuthority)
	}
	key := a.keyOf(r.By)
	if r.Seq == 1 {
		key = r.Key
	}
	if !seal.SignedBy(key, purposeOf("record", a.store), text, signature) {
		return fmt.Errorf("record %d is not signed by who it says: %w", r.Seq, ErrAuthority)
	}
	if err := a.mayRecord(&r); err != nil {
		return fmt.Errorf("record %d, %s: %w", r.Seq, r.What, err)
	}
	sum := sha256.Sum256(stored)
	a.count, a.head = r.Seq, hex.EncodeToString(sum[:])
	if r.Seq == 1 {
		a.founding = a.head
	}
	return a.apply(&r)
}

// mayRecord says whether the author may change what the record changes.
func (a *authority) mayRecord(r *record) error {
	if r.Seq == 1 {
		founder := r.User != nil && r.User.ID == r.By && r.User.Administrator && r.Of == r.By
		if !founder || r.Root == nil || r.Recovery == nil {
			return ErrAuthority
		}
		return nil
	}
	if r.Root != nil || r.Recovery != nil {
		return ErrNotAllowed
	}
	if a.administrator(r.By) {
		return nil
	}
	if r.User != nil || r.Header != "" || r.Certificate != nil || r.Revoked != "" || r.Limits != nil {
		return ErrNotAllowed
	}
	// Everybody may change their own passphrase; the recovery key an administrator's.
	own := func(id string) bool { return id == r.By || r.By == byRecovery && a.administrator(id) }
	for id := range r.Slots {
		if !own(id) {
			return ErrNotAllowed
		}
	}
	if r.Key != nil && !own(r.Of) {
		return ErrNotAllowed
	}
	return nil
}

func (a *authority) apply(r *record) error {
	if r.User != nil {
		m := a.members[r.User.ID]
		m.User = *r.User
		a.members[r.User.ID] = m
	}
	if r.Key != nil {
		m := a.members[r.Of]
		m.Key = r.Key
		a.members[r.Of] = m
	}
	for id, sum := range r.Slots {
		m := a.members[id]
		m.Slot = sum
		a.members[id] = m
	}
	if r.Header != "" {
		a.header = r.Header
	}
	if r.Root != nil {
		a.root, a.recovery = r.Root, r.Recovery
		if r.Earlier {
			a.converted = r.At
		}
	}
	if r.Limits != nil {
		a.limits = *r.Limits
	}
	return a.applyCertificate(r)
}

func (a *authority) applyCertificate(r *record) error {
	if r.Revoked != "" {
		for i := range a.certificates {
			if c := &a.certificates[i]; c.Fingerprint == r.Revoked && c.RevokedAt.IsZero() {
				c.RevokedAt, c.Reason = r.At, r.Reason
			}
		}
	}
	if r.Certificate == nil {
		return nil
	}
	c := Certificate{UserID: r.Of, DER: r.Certificate, Fingerprint: seal.Fingerprint(r.Certificate), Earlier: r.Earlier}
	issuer := a.root
	if r.Earlier {
		issuer = r.Certificate // it vouched for itself
	}
	parsed, err := seal.ReadCertificate(issuer, r.Certificate, r.Earlier)
	if err != nil {
		return fmt.Errorf("record %d: %w: %w", r.Seq, ErrAuthority, err)
	}
	c.Serial, c.From, c.Until = parsed.SerialNumber.Text(16), parsed.NotBefore, parsed.NotAfter
	a.certificates = append(a.certificates, c)
	return nil
}

// certificate is the user's latest that is not revoked.
func (a *authority) certificate(userID string) (Certificate, bool) {
	for _, c := range slices.Backward(a.certificates) {
		if c.UserID == userID && c.RevokedAt.IsZero() && !c.Earlier {
			return c, true
		}
	}
	return Certificate{}, false
}

// byFingerprint finds a certificate of the practice.
func (a *authority) byFingerprint(sha256 string) (Certificate, bool) {
	for _, c := range a.certificates {
		if c.Fingerprint == sha256 {
			return c, true
		}
	}
	return Certificate{}, false
}

// newAuthority is that of a store without any record.
func newAuthority(store string) *authority {
	return &authority{store: store, members: map[string]member{}}
}

// loadAuthority reads the records and checks each.
func loadAuthority(t *tx, store string) (*authority, error) {
	a := newAuthority(store)
	err := t.e.Scan(bucketAuthority, "", func(key string, stored []byte) error {
		if n, err := strconv.ParseUint(key, 10, 64); err != nil || recordKey(n) != key || n != a.count+1 {
			return fmt.Errorf("record %s: %w", key, ErrAuthority)
		}
		value, err := t.open(bucketAuthority, key, stored)
		if err != nil {
			return err
		}
		return a.take(value)
	})
	if err == nil && a.count == 0 {
		err = ErrAuthority
	}
	return a, err
}

// hashOf is the SHA-256 of a stored value, in hex.
func hashOf(b []byte) string { return clinic.HashOf(b) }

// checkKeys says whether header and slots are those that the records name: nobody
// else's key may stand there, and none may be missing.
func (a *authority) checkKeys(e engine.Tx) error {
	stored, err := e.Get(bucketMeta, keyHeader)
	if err != nil {
		return err
	}
	if hashOf(stored) != a.header {
		return ErrHeader
	}
	seen := 0
	err = e.Scan(bucketSlots, "", func(id string, stored []byte) error {
		seen++
		if m := a.members[id]; m.Slot == "" || m.Slot != hashOf(stored) {
			return fmt.Errorf("%w: that of user %s", ErrHeader, id)
		}
		return nil
	})
	for _, m := range a.members {
		if m.Slot != "" {
			seen--
		}
	}
	if err == nil && seen != 0 {
		err = fmt.Errorf("%w: a user's key is missing", ErrHeader)
	}
	return err
}

// enrol signs a record in the name of who acts, and keeps it.
func (t *tx) enrol(r record) error {
	r.Seq, r.At, r.Previous = t.authority.count+1, t.now.UTC().Truncate(time.Second), t.authority.head
	r.By = t.by()
	text := toJSON(r)
	stored := append(t.author.Sign(purposeOf("record", t.authority.store), text), text...)
	next := t.authority.clone()
	if err := next.take(stored); err != nil {
		return err
	}
	t.authority = next
	return t.put(bucketAuthority, recordKey(r.Seq), stored)
}

// by is the id of who signs: the user, or the recovery key in their name.
func (t *tx) by() string {
	if t.recovering {
		return byRecovery
	}
	return t.user.ID
}
