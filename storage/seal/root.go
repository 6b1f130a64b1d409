package seal

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"errors"
	"fmt"
	"math/big"
	"time"
)

// How long certificates are valid. A root outlives the years that records are
// kept; a clinician's is renewed by an administrator.
const (
	rootYears        = 30
	certificateYears = 2
)

// ErrNotIssued says that a certificate is none of the practice's.
var ErrNotIssued = errors.New("the certificate was not issued by the practice")

// Root is the practice's own authority for certificates, opened. Nobody outside
// vouches for it: whoever trusts it compares its fingerprint with the practice's.
type Root struct {
	Certificate *x509.Certificate
	der         []byte // the private key, PKCS #8
}

// NewRoot makes the root of a practice (ECDSA on P-256), whose name may be empty.
func NewRoot(practice, store string, now time.Time) (*Root, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("making the practice's root: %w", err)
	}
	template := &x509.Certificate{
		SerialNumber: new(big.Int).SetBytes(random(16)),
		Subject:      named("Practice root "+store, practice),
		NotBefore:    now.Add(-time.Hour), NotAfter: now.AddDate(rootYears, 0, 0),
		KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign, SignatureAlgorithm: x509.ECDSAWithSHA256,
		BasicConstraintsValid: true, IsCA: true, MaxPathLenZero: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, fmt.Errorf("making the practice's root: %w", err)
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, fmt.Errorf("making the practice's root: %w", err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	return &Root{certificate, private}, err
}

func named(name, practice string) pkix.Name {
	subject := pkix.Name{CommonName: name}
	if practice != "" {
		subject.Organization = []string{practice}
	}
	return subject
}

// SealFor makes an age file of the root's private key for the recipients.
func (r *Root) SealFor(recipients ...string) ([]byte, error) { return encryptFor(r.der, recipients...) }

// Root opens the practice's root with what a passphrase opened.
func (o *Opened) Root(certificate, file []byte) (*Root, error) {
	der, err := o.Read(file)
	if err != nil {
		return nil, err
	}
	parsed, err := x509.ParseCertificate(certificate)
	if err != nil {
		return nil, fmt.Errorf("the practice's root: %w", ErrDamaged)
	}
	return &Root{parsed, der}, nil
}

// Destroy overwrites the private key.
func (r *Root) Destroy() { clear(r.der) }

// issue makes a certificate of somebody's key, valid from now on.
func (r *Root) issue(public crypto.PublicKey, name, practice string, now time.Time) ([]byte, error) {
	key, err := x509.ParsePKCS8PrivateKey(r.der)
	if err != nil {
		return nil, fmt.Errorf("the practice's root: %w", ErrDamaged)
	}
	template := &x509.Certificate{
		SerialNumber: new(big.Int).SetBytes(random(16)), Subject: named(name, practice),
		NotBefore: now.Add(-time.Minute), NotAfter: now.AddDate(certificateYears, 0, 0),
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageContentCommitment, SignatureAlgorithm: x509.ECDSAWithSHA256,
		BasicConstraintsValid: true,
	}
	return x509.CreateCertificate(rand.Reader, template, r.Certificate, public, key)
}

// CheckIssued says whether the certificate was issued by the root.
func CheckIssued(root, certificate []byte) (*x509.Certificate, error) {
	parent, err := x509.ParseCertificate(root)
	if err != nil {
		return nil, fmt.Errorf("the practice's root: %w", ErrDamaged)
	}
	c, err := x509.ParseCertificate(certificate)
	if err != nil {
		return nil, fmt.Errorf("a certificate: %w", ErrDamaged)
	}
	if c.CheckSignatureFrom(parent) != nil {
		return nil, ErrNotIssued
	}
	return c, nil
}

// Fingerprint is the SHA-256 of a certificate, in hex.
func Fingerprint(certificate []byte) string {
	sum := sha256.Sum256(certificate)
	return hex.EncodeToString(sum[:])
}

// ReadCertificate parses a certificate that the issuer issued; an earlier one
// vouches for itself, from before there was a root.
func ReadCertificate(issuer, certificate []byte, earlier bool) (*x509.Certificate, error) {
	if !earlier {
		return CheckIssued(issuer, certificate)
	}
	c, err := x509.ParseCertificate(certificate)
	if err != nil {
		return nil, fmt.Errorf("a certificate: %w", ErrDamaged)
	}
	return c, c.CheckSignature(c.SignatureAlgorithm, c.RawTBSCertificate, c.Signature)
}
