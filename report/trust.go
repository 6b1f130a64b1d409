package report

import (
	"bytes"
	"crypto/x509"
	"fmt"

	"github.com/digitorus/pdf"
	"github.com/digitorus/pkcs7"
)

// SigningCertificate is the certificate that a signed document was signed with, and
// the root that issued it, where the signature carries that, too. It says nothing of
// whether the signature fits; Verify does.
func SigningCertificate(file []byte) (certificate, issuer *x509.Certificate, err error) {
	signature, err := onlySigned(file)
	if err != nil {
		return nil, nil, err
	}
	p7, err := pkcs7.Parse(signature)
	if err != nil {
		return nil, nil, fmt.Errorf("reading the signature: %w", err)
	}
	// The one that the signature names: others that lie beside it prove nothing.
	if certificate = p7.GetOnlySigner(); certificate == nil {
		return nil, nil, fmt.Errorf("reading the signature: %w", ErrNotOurs)
	}
	for _, c := range p7.Certificates {
		if c.IsCA && certificate.CheckSignatureFrom(c) == nil {
			issuer = c
		}
	}
	return certificate, issuer, nil
}

// onlySigned is the content of the file's only signature field.
func onlySigned(file []byte) (signature []byte, err error) {
	defer func() {
		if r := recover(); r != nil { // the reader panics on a damaged file
			err = fmt.Errorf("%w: %v", ErrNotPDF, r)
		}
	}()
	r, err := pdf.NewReader(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNotPDF, err)
	}
	fields := r.Trailer().Key("Root").Key("AcroForm").Key("Fields")
	if fields.Len() != 1 {
		return nil, fmt.Errorf("reading the signature: %w", ErrNotOurs)
	}
	return []byte(fields.Index(0).Key("V").Key("Contents").RawString()), nil
}
