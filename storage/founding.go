package storage

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"tracedesk/clinic"
	"tracedesk/storage/seal"
)

// What can go wrong with certificates.
var (
	ErrNoCertificate = errors.New("there is no valid certificate to sign with")
	ErrNoRoot        = errors.New("the practice's root does not open for this administrator")
)

// found makes a new store: its keys, its practice root, and the records that all
// rights come from. It is unlocked for its administrator.
func (s *Store) found(setup Setup) (recoveryKey []byte, err error) {
	s.cost = setup.Cost
	recoveryKey, recipient, err := seal.NewRecovery()
	if err != nil {
		return nil, err
	}
	s.header = header{Version: FormatVersion, Store: newID(), Recovery: seal.Recovery{Recipient: recipient}}
	if s.root, err = seal.NewRoot(setup.Practice, s.header.Store, s.now()); err != nil {
		return nil, err
	}
	s.key, s.author, s.user = seal.NewKey(), seal.NewAuthor(), setup.Administrator
	s.index, s.tree, s.authority = newIndex(), newTree(), newAuthority(s.header.Store)
	return recoveryKey, s.update(Entry{Act: ActCreated, Kind: kindStore, ID: s.header.Store}, func(t *tx) error {
		if err := t.begin(clinic.DefaultLockMinutes, false); err != nil {
			return err
		}
		slot, err := seal.NewSlot(t.user.ID, t.user.Login, setup.Passphrase, setup.Cost, t.authority.founding)
		if err == nil {
			err = slot.Hold(t.key, t.author)
		}
		if err == nil {
			err = t.keepKeys(record{What: "keys"}, &t.header, slot)
		}
		if err != nil {
			return err
		}
		return t.equip(t.user, slot, "")
	})
}

// begin makes the first record, by the acting administrator, and the recovery
// key's signing key.
func (t *tx) begin(lockMinutes int, converted bool) error {
	recovery := seal.NewAuthor()
	defer recovery.Destroy()
	if err := t.header.Recovery.Hold(t.key, recovery); err != nil {
		return err
	}
	return t.enrol(record{
		What: "founded", User: &t.user, Of: t.user.ID, Key: t.author.Public(), Root: t.root.Certificate.Raw,
		Recovery: recovery.Public(), Earlier: converted, Limits: &limits{LockMinutes: lockMinutes},
	})
}

// keepKeys stores slots, and the header where it is given, and records them.
func (t *tx) keepKeys(r record, h *header, slots ...seal.Slot) error {
	r.Slots = map[string]string{}
	for _, slot := range slots {
		text := toJSON(slot)
		if err := t.put(bucketSlots, slot.UserID, text); err != nil {
			return err
		}
		r.Slots[slot.UserID] = hashOf(text)
		t.slots = append(without(t.slots, slot.UserID), slot)
	}
	if h != nil {
		text := toJSON(*h)
		if err := t.put(bucketMeta, keyHeader, text); err != nil {
			return err
		}
		r.Header = hashOf(text)
		t.header = *h
	}
	return t.enrol(r)
}

// without is the slots but the user's.
func without(slots []seal.Slot, userID string) []seal.Slot {
	return slices.DeleteFunc(slices.Clone(slots), func(x seal.Slot) bool { return x.UserID == userID })
}

func (t *tx) dropSlot(userID string) error {
	t.slots = without(t.slots, userID)
	return t.delete(bucketSlots, userID)
}

func (t *tx) slot(userID string) (seal.Slot, bool) {
	for _, s := range t.slots {
		if s.UserID == userID {
			return s, true
		}
	}
	return seal.Slot{}, false
}

// shareRoot seals the root's private key for all administrators and the recovery
// key.
func (t *tx) shareRoot() error {
	if t.root == nil {
		return ErrNoRoot
	}
	to := []string{t.header.Recovery.Recipient}
	for _, s := range t.slots {
		if t.authority.administrator(s.UserID) {
			to = append(to, s.Recipient)
		}
	}
	file, err := t.root.SealFor(to...)
	if err != nil {
		return err
	}
	return t.put(bucketMeta, keyRoot, file)
}

// certify issues a certificate to a clinician: for the key that they have, or for
// a new one. The earlier certificate is revoked where there is a reason.
func (t *tx) certify(u clinic.User, slot seal.Slot, reason string) error {
	if t.root == nil {
		return ErrNoRoot
	}
	settings, err := t.settings()
	if err != nil {
		return err
	}
	var signer seal.SealedSigner
	err = t.getJSON(bucketSigners, u.ID, &signer)
	switch {
	case errors.Is(err, ErrNotAny) || err == nil && reason != "":
		signer, err = seal.NewSigner(slot, t.root, u.Title(), settings.Practice, t.now)
	case err == nil:
		signer, err = signer.Renew(t.root, u.Title(), settings.Practice, t.now)
	}
	if err != nil {
		return err
	}
	r := record{What: "certificate", Of: u.ID, Certificate: signer.Certificate}
	if before, has := t.authority.certificate(u.ID); has && reason != "" {
		r.Revoked, r.Reason = before.Fingerprint, reason
	}
	if err := t.enrol(r); err != nil {
		return err
	}
	return t.putJSON(bucketSigners, u.ID, signer)
}

// Certify issues a certificate to a clinician, or renews it. With a reason the one
// before is revoked, and the clinician gets a new key. Only an administrator may.
func (s *Store) Certify(login, reason string) (Certificate, error) {
	var out Certificate
	err := s.aboutSlot(login, ActCertified, func(t *tx, u clinic.User, slot seal.Slot) error {
		if !u.MaySign() {
			return clinic.ErrMayNotSign
		}
		err := t.certify(u, slot, reason)
		out, _ = t.authority.certificate(u.ID)
		return err
	})
	return out, err
}

// Revoke ends the validity of a clinician's certificate, and forgets their key for
// documents. Only an administrator may.
func (s *Store) Revoke(login, reason string) error {
	return s.aboutSlot(login, ActRevoked, func(t *tx, u clinic.User, _ seal.Slot) error {
		c, has := t.authority.certificate(u.ID)
		if !has {
			return fmt.Errorf("a certificate of %s: %w", login, ErrNotAny)
		}
		if err := t.enrol(record{What: "certificate revoked", Revoked: c.Fingerprint, Reason: reason}); err != nil {
			return err
		}
		return t.delete(bucketSigners, u.ID)
	})
}

func (s *Store) aboutSlot(login string, what Act, f func(*tx, clinic.User, seal.Slot) error) error {
	if err := s.administrator(); err != nil {
		return err
	}
	slot, ok := s.keyring().Slot(login)
	if !ok {
		return fmt.Errorf("user %s: %w", login, ErrNotAny)
	}
	return s.update(Entry{Act: what, Kind: KindUser, ID: slot.UserID}, func(t *tx) error {
		return f(t, t.authority.members[slot.UserID].User, slot)
	})
}

// Founding is the fingerprint of the store's first record, from which all rights
// come. It is printed on the page with the recovery key.
func (s *Store) Founding() string {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.authority == nil {
		return ""
	}
	return s.authority.founding
}

// PracticeRoot is the practice's own certificate (DER), by which clinicians'
// certificates are checked.
func (s *Store) PracticeRoot() ([]byte, error) {
	var root []byte
	return root, s.view(func(t *tx) error { root = slices.Clone(t.authority.root); return nil })
}

// Fingerprint is the SHA-256 of a certificate, in hex.
func Fingerprint(certificate []byte) string { return seal.Fingerprint(certificate) }

// Certificates are all that were issued, oldest first.
func (s *Store) Certificates() (out []Certificate, err error) {
	return out, s.view(func(t *tx) error { out = slices.Clone(t.authority.certificates); return nil })
}

// Certified is the certificate with that SHA-256, where the practice issued it.
func (s *Store) Certified(sha256 string) (Certificate, error) {
	var out Certificate
	return out, s.view(func(t *tx) error {
		c, has := t.authority.byFingerprint(sha256)
		if !has {
			return fmt.Errorf("a certificate of this practice: %w", ErrNotAny)
		}
		out = c
		return nil
	})
}

// dueSoon is how long before its end a certificate is renewed without asking, for
// an administrator who signs.
const dueSoon = 60 * 24 * time.Hour
