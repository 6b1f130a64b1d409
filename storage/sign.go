package storage

import (
	"errors"
	"fmt"
	"time"

	"tracedesk/clinic"
	"tracedesk/clinic/billing"
	"tracedesk/clinic/steps"
	"tracedesk/clinic/wording"
	"tracedesk/storage/seal"
)

// ErrMoved says that the case changed while its document was made.
var ErrMoved = errors.New("the wear was changed while its document was made; try again")

// Confirm says whether the passphrase is that of the user in whose name the
// store is open. Wrong ones slow down and are recorded as at unlocking.
func (s *Store) Confirm(passphrase string) error {
	login := s.User().Login
	if s.Locked() {
		return ErrLocked
	}
	failed, err := s.failures()
	if err != nil {
		return err
	}
	if err := s.mustWait(failed); err != nil {
		return err
	}
	head := s.head()
	key, err := head.Keys.Unlock(login, passphrase)
	if errors.Is(err, ErrPassphrase) {
		return errors.Join(err, s.recordFailure(failed, login))
	}
	if err != nil {
		return err
	}
	key.Destroy()
	return s.enterAudit(Entry{}, failed)
}

// Signing is what a clinician signs with: the passphrase entered again, and for
// a late signature the attestation's reason.
type Signing struct {
	Passphrase string
	Attest     bool
	Reason     string
}

// Signer is a clinician's own key and certificate, to sign PDFs with.
type Signer = seal.Signer

// MakeSigned makes the PDF that a signature is bound to, signed with the
// clinician's key; the signature's own hashes are still empty.
type MakeSigned func(c *billing.Case, signed *steps.Record, by *Signer) (Issued, error)

// signer is the user's signing key, made at their first signature.
func (s *Store) signer(passphrase string) (*Signer, error) {
	u, keys := s.User(), s.head().Keys
	slot, ok := keys.Slot(u.Login)
	if !ok {
		return nil, ErrPassphrase
	}
	var sealed seal.SealedSigner
	err := s.view(func(t *tx) error { return t.getJSON(bucketSigners, u.ID, &sealed) })
	if err == nil {
		return sealed.Open(slot, passphrase)
	}
	if !errors.Is(err, ErrNotAny) {
		return nil, err
	}
	settings, err := s.Settings()
	if err != nil {
		return nil, err
	}
	if sealed, err = seal.NewSigner(slot, u.Title(), settings.Practice, s.now()); err != nil {
		return nil, err
	}
	err = s.update(Entry{Act: ActAdded, Kind: KindUser, ID: u.ID, Detail: "signing key, certificate " + clinic.HashOf(sealed.Certificate)}, func(t *tx) error {
		return t.putJSON(bucketSigners, u.ID, sealed)
	})
	if err != nil {
		return nil, err
	}
	return sealed.Open(slot, passphrase)
}

// moveSigner keeps a signing key usable after a change of passphrase; without
// the old one it is forgotten.
func (t *tx) moveSigner(before seal.Slot, old string, next seal.Slot) error {
	var sealed seal.SealedSigner
	err := t.getJSON(bucketSigners, next.UserID, &sealed)
	if errors.Is(err, ErrNotAny) {
		return nil
	}
	if err != nil {
		return err
	}
	if old == "" {
		return t.e.Delete(bucketSigners, next.UserID)
	}
	if sealed, err = sealed.Move(before, old, next); err != nil {
		return err
	}
	return t.putJSON(bucketSigners, next.UserID, sealed)
}

// Sign signs the interpretation of a wear: the text, the recording, the
// settings and the PDF, in the name of the user whose passphrase it is.
func (s *Store) Sign(wearID string, by Signing, make MakeSigned) (*steps.Record, error) {
	c, err := s.Case(wearID)
	if err != nil {
		return nil, err
	}
	if err := c.MaySign(s.User()); err != nil {
		return nil, err
	}
	text := *c.Interpretation
	r := &steps.Record{Step: steps.Signed, Interpretation: &text}
	return s.sign(c, r, clinic.Interpreted, text.Plain(), by, make)
}

// AddAddendum signs a text that is added to a signed interpretation, which
// stays as it is.
func (s *Store) AddAddendum(wearID, text string, by Signing, make MakeSigned) (*steps.Record, error) {
	c, err := s.Case(wearID)
	if err != nil {
		return nil, err
	}
	switch u := s.User(); {
	case !u.MaySign() || !u.AsPerson().MaySign(c.Profile.SignersOrAll()):
		return nil, clinic.ErrMayNotSign
	case c.Latest(steps.Signed) == nil:
		return nil, clinic.ErrNotSigned
	}
	return s.sign(c, &steps.Record{Step: steps.Addendum, Text: text}, clinic.Amended, text, by, make)
}

func (s *Store) sign(c *billing.Case, r *steps.Record, meaning clinic.Meaning, text string, by Signing, make MakeSigned) (*steps.Record, error) {
	now := s.now().Truncate(time.Second)
	u := s.User()
	r.EnteredAt, r.At, r.EnteredBy = now, clinic.WallTimeOf(now), u.AsPerson()
	r.Signature = &clinic.Signature{
		Meaning: meaning, By: u.AsPerson(), At: now.Format(time.RFC3339),
		TextSHA256: clinic.HashOf([]byte(text)), RecordingHash: c.Check.RecordingHash,
	}
	if err := s.attest(c, r, by); err != nil {
		return nil, err
	}
	settings, err := s.Settings()
	if err != nil {
		return nil, err
	}
	r.Signature.SettingsHash = clinic.HashOf(toJSON(settings))
	if err := s.Confirm(by.Passphrase); err != nil {
		return nil, err
	}
	signer, err := s.signer(by.Passphrase)
	if err != nil {
		return nil, err
	}
	r.Signature.Certificate = clinic.HashOf(signer.Certificate.Raw)
	issued, err := make(c, r, signer)
	if err != nil {
		return nil, fmt.Errorf("making the signed document: %w", err)
	}
	issued.Document.ID = newID()
	r.Signature.PDFSHA256, r.Signature.DocumentID = clinic.HashOf(issued.PDF), issued.Document.ID
	r.Signature.Seal()
	return r, s.keepSigned(c, r, issued)
}

// attest adds to a late signature its attestation, or says that it needs one.
func (s *Store) attest(c *billing.Case, r *steps.Record, by Signing) error {
	if r.Step != steps.Signed || c.LateBy(r.EnteredAt) == 0 {
		return nil
	}
	if !by.Attest || by.Reason == "" {
		return clinic.ErrLate
	}
	p, err := s.Patient(c.Wear.PatientID)
	if err != nil {
		return err
	}
	settings, err := s.Settings()
	if err != nil {
		return err
	}
	r.Signature.Attestation = wording.AttestationOf(r.Signature.By, c.Latest(steps.Interpreted).At.Date(), p, settings)
	r.Signature.Reason = by.Reason
	return nil
}

// keepSigned keeps signature and PDF in one act, if nothing changed meanwhile.
func (s *Store) keepSigned(c *billing.Case, r *steps.Record, issued Issued) error {
	return s.update(Entry{Act: Act(r.Step), Kind: KindWear, ID: c.Wear.ID, Detail: "signature " + r.Signature.Hash}, func(t *tx) error {
		w, err := t.wear(c.Wear.ID)
		if err != nil {
			return err
		}
		past, err := t.history(c.Wear.ID)
		if err != nil {
			return err
		}
		if len(past) != len(c.History) || w.Check.RecordingHash != r.Signature.RecordingHash {
			return ErrMoved
		}
		if err := t.put(bucketFiles, issued.Document.ID, issued.PDF); err != nil {
			return err
		}
		if err := t.putJSON(bucketDocuments, documentKey(issued.Document), issued.Document); err != nil {
			return err
		}
		return t.record(w, r)
	})
}
