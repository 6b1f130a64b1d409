package seal

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"io"
	"math/big"
	"time"

	"filippo.io/age"
)

// ErrNoSigner says that a signing key does not open with the passphrase.
var ErrNoSigner = errors.New("the signing key does not open")

// certificateYears is how long a signing certificate is valid: longer than
// records are kept, since nobody renews it.
const certificateYears = 30

// Signer is a clinician's own key for signing documents, with the certificate
// that names them: issued by itself, for no authority knows a practice offline.
type Signer struct {
	Key         crypto.Signer
	Certificate *x509.Certificate
}

// SealedSigner is a signer as it is kept: the certificate is open, the key is an
// age file for the user's own identity, which only their passphrase opens.
type SealedSigner struct {
	Certificate []byte `json:"certificate"` // DER
	Key         []byte `json:"key"`         // an age file of the PKCS #8 key
}

// NewSigner makes a key (ECDSA on P-256) and its certificate for somebody of the
// practice, and seals the key for the slot.
func NewSigner(slot Slot, name, practice string, now time.Time) (SealedSigner, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return SealedSigner{}, fmt.Errorf("making a signing key: %w", err)
	}
	subject := pkix.Name{CommonName: name}
	if practice != "" {
		subject.Organization = []string{practice}
	}
	template := &x509.Certificate{
		SerialNumber: new(big.Int).SetBytes(random(16)), Subject: subject,
		NotBefore: now.Add(-time.Hour), NotAfter: now.AddDate(certificateYears, 0, 0),
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageContentCommitment, SignatureAlgorithm: x509.ECDSAWithSHA256,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return SealedSigner{}, fmt.Errorf("making a signing certificate: %w", err)
	}
	plain, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return SealedSigner{}, fmt.Errorf("keeping a signing key: %w", err)
	}
	defer clear(plain)
	sealed, err := sealFor(slot, plain)
	return SealedSigner{der, sealed}, err
}

func sealFor(slot Slot, plain []byte) ([]byte, error) {
	to, err := age.ParseX25519Recipient(slot.Recipient)
	if err != nil {
		return nil, fmt.Errorf("the key of %s: %w", slot.Login, ErrDamaged)
	}
	var out bytes.Buffer
	w, err := age.Encrypt(&out, to)
	if err == nil {
		_, err = w.Write(plain)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		return nil, fmt.Errorf("sealing a signing key: %w", err)
	}
	return out.Bytes(), nil
}

// Open opens a signer with the passphrase of the slot's user. ErrPassphrase for
// a wrong one; ErrNoSigner where the key was sealed for an earlier slot.
func (s SealedSigner) Open(slot Slot, passphrase string) (*Signer, error) {
	plain, err := s.openKey(slot, passphrase)
	if err != nil {
		return nil, err
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
	return &Signer{signer, certificate}, nil
}

func (s SealedSigner) openKey(slot Slot, passphrase string) ([]byte, error) {
	identity, err := slot.identity(passphrase)
	if err != nil {
		return nil, err
	}
	r, err := age.Decrypt(bytes.NewReader(s.Key), identity)
	if err != nil {
		return nil, ErrNoSigner
	}
	plain, err := io.ReadAll(r)
	if err != nil {
		return nil, ErrNoSigner
	}
	return plain, nil
}

// Move seals the key for another slot of the same user, whose old passphrase
// opens it.
func (s SealedSigner) Move(old Slot, passphrase string, next Slot) (SealedSigner, error) {
	plain, err := s.openKey(old, passphrase)
	if err != nil {
		return s, err
	}
	defer clear(plain)
	s.Key, err = sealFor(next, plain)
	return s, err
}
