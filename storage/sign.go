package storage

import (
	"crypto/x509"
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
func (s *Store) Confirm(passphrase []byte) error {
	_, err := s.confirm(passphrase)
	return err
}

// confirm gives what the passphrase opens.
func (s *Store) confirm(passphrase []byte) (*seal.Opened, error) {
	login := s.User().Login
	if s.Locked() {
		return nil, ErrLocked
	}
	failed, err := s.failures()
	if err != nil {
		return nil, err
	}
	if err := s.mustWait(failed); err != nil {
		return nil, err
	}
	_, opened, err := s.keyring().Open(login, passphrase)
	if errors.Is(err, ErrPassphrase) {
		return nil, errors.Join(err, s.recordFailure(failed, login))
	}
	if err != nil || len(failed) == 0 {
		return opened, err
	}
	return opened, s.enterAudit(Entry{}, failed)
}

// Signing is what a clinician signs with: the passphrase entered again, which the
// caller overwrites afterwards, and for a late signature the attestation's reason.
type Signing struct {
	Passphrase []byte
	Attest     bool
	Reason     string
}

// Signer is a clinician's own key and certificate, to sign PDFs with.
type Signer = seal.Signer

// MakeSigned makes the PDF that a signature is bound to, signed with the
// clinician's key; the signature's own hashes are still empty.
type MakeSigned func(c *billing.Case, signed *steps.Record, by *Signer) (Issued, error)

// signer is the user's signing key, with a certificate that is valid now. An
// administrator's own is renewed in time.
func (s *Store) signer(by *seal.Opened) (*Signer, error) {
	u := s.User()
	if err := s.renewOwn(u); err != nil {
		return nil, err
	}
	var sealed seal.SealedSigner
	var c Certificate
	var root []byte
	err := s.view(func(t *tx) error {
		c, _ = t.authority.certificate(u.ID)
		root = t.authority.root
		return t.getJSON(bucketSigners, u.ID, &sealed)
	})
	switch {
	case errors.Is(err, ErrNotAny):
		return nil, ErrNoCertificate
	case err != nil:
		return nil, err
	case c.Fingerprint != seal.Fingerprint(sealed.Certificate) || !c.ValidAt(s.now()):
		return nil, ErrNoCertificate
	}
	signer, err := sealed.Open(by)
	if err == nil {
		signer.Issuer, err = x509.ParseCertificate(root)
	}
	return signer, err
}

func (s *Store) renewOwn(u clinic.User) error {
	if !u.Administrator {
		return nil
	}
	due := false
	err := s.view(func(t *tx) error {
		c, has := t.authority.certificate(u.ID)
		due = t.root != nil && (!has || c.Until.Before(t.now.Add(dueSoon)))
		return nil
	})
	if err != nil || !due {
		return err
	}
	_, err = s.Certify(u.Login, "")
	return err
}

// moveSigner keeps a signing key usable after a change of passphrase.
func (t *tx) moveSigner(by *seal.Opened, next seal.Slot) error {
	var sealed seal.SealedSigner
	err := t.getJSON(bucketSigners, next.UserID, &sealed)
	if errors.Is(err, ErrNotAny) {
		return nil
	}
	if err != nil {
		return err
	}
	if sealed, err = sealed.Move(by, next); err != nil {
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

func (s *Store) sign(
	c *billing.Case, r *steps.Record, meaning clinic.Meaning, text string, by Signing, make MakeSigned,
) (*steps.Record, error) {
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
	opened, err := s.confirm(by.Passphrase)
	if err != nil {
		return nil, err
	}
	signer, err := s.signer(opened)
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
	if r.Signature.Proof, err = signer.Prove([]byte(r.Signature.Hash)); err != nil {
		return nil, fmt.Errorf("signing: %w", err)
	}
	if err := s.keepSigned(c, r, issued); err != nil {
		return r, err
	}
	s.setAnchor()
	return r, nil
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
	return s.update(Entry{Act: Act(r.Step), Kind: KindWear, ID: c.Wear.ID, Detail: "signature " + r.Signature.Hash},
		func(t *tx) error {
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
			if err := t.putOf(wearOwner(c.Wear.ID), bucketFiles, issued.Document.ID, issued.PDF); err != nil {
				return err
			}
			if err := t.putJSON(bucketDocuments, documentKey(issued.Document), issued.Document); err != nil {
				return err
			}
			return t.record(w, r)
		})
}
