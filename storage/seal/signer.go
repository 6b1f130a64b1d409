package seal

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"fmt"
	"time"
)

// ErrNoSigner says that a signing key does not open with the passphrase.
var ErrNoSigner = errors.New("the signing key does not open")

// Signer is a clinician's own key for signing documents, with the certificate
// that the practice's root issued.
type Signer struct {
	Key         crypto.Signer
	Certificate *x509.Certificate
	Issuer      *x509.Certificate // nil of a certificate before there was a root
}

// SealedSigner is a signer as it is kept: the certificate is open, the key is an
// age file for the user's own identity, which only their passphrase opens.
type SealedSigner struct {
	Certificate []byte `json:"certificate"` // DER
	Key         []byte `json:"key"`         // an age file of the PKCS #8 key
}

// NewSigner makes a key (ECDSA on P-256) for a clinician, seals it for their slot
// and has the root issue its certificate.
func NewSigner(slot Slot, root *Root, name, practice string, now time.Time) (SealedSigner, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return SealedSigner{}, fmt.Errorf("making a signing key: %w", err)
	}
	der, err := root.issue(key.Public(), name, practice, now)
	if err != nil {
		return SealedSigner{}, fmt.Errorf("making a signing certificate: %w", err)
	}
	plain, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return SealedSigner{}, fmt.Errorf("keeping a signing key: %w", err)
	}
	defer clear(plain)
	sealed, err := encryptFor(plain, slot.Recipient)
	return SealedSigner{der, sealed}, err
}

// Renew issues another certificate for the same key.
func (s SealedSigner) Renew(root *Root, name, practice string, now time.Time) (SealedSigner, error) {
	before, err := x509.ParseCertificate(s.Certificate)
	if err != nil {
		return s, fmt.Errorf("a certificate: %w", ErrDamaged)
	}
	if s.Certificate, err = root.issue(before.PublicKey, name, practice, now); err != nil {
		return s, fmt.Errorf("making a signing certificate: %w", err)
	}
	return s, nil
}

// Open opens a signer with what its user's passphrase opened.
func (s SealedSigner) Open(by *Opened) (*Signer, error) {
	plain, err := by.Read(s.Key)
	if err != nil {
		return nil, ErrNoSigner
	}
	defer clear(plain)
	key, err := x509.ParsePKCS8PrivateKey(plain)
	if err != nil {
		return nil, fmt.Errorf("a signing key: %w", ErrDamaged)
	}
	signer, ok := key.(crypto.Signer)
	certificate, err := x509.ParseCertificate(s.Certificate)
	if !ok || err != nil {
		return nil, fmt.Errorf("a signing key: %w", ErrDamaged)
	}
	return &Signer{Key: signer, Certificate: certificate}, nil
}

// Move seals the key for another slot of the same user, with what the old
// passphrase opened.
func (s SealedSigner) Move(by *Opened, next Slot) (SealedSigner, error) {
	plain, err := by.Read(s.Key)
	if err != nil {
		return s, ErrNoSigner
	}
	defer clear(plain)
	s.Key, err = encryptFor(plain, next.Recipient)
	return s, err
}

// Prove signs a text's SHA-256 with the clinician's key.
func (s *Signer) Prove(text []byte) ([]byte, error) {
	sum := sha256.Sum256(text)
	return s.Key.Sign(rand.Reader, sum[:], crypto.SHA256)
}

// Proved says whether the proof is the certificate's key's, of the text.
func Proved(certificate *x509.Certificate, text, proof []byte) bool {
	key, ok := certificate.PublicKey.(*ecdsa.PublicKey)
	sum := sha256.Sum256(text)
	return ok && ecdsa.VerifyASN1(key, sum[:], proof)
}
