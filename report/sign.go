package report

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"fmt"
	"time"

	"github.com/digitorus/pdf"
	"github.com/digitorus/pdfsign/sign"

	"tracedesk/clinic"
)

// Sign signs a finished document with the signer's key, so that any viewer
// shows that it is unchanged: an approval signature over the whole file, after
// ISO 32000-1, 12.8, with the signing certificate's attribute that PAdES asks
// for (ETSI EN 319 142-1). The certificate is one that nobody but the practice
// vouches for, by its root, which is put in, too; no network is asked.
func (d *Document) Sign(key crypto.Signer, certificate *x509.Certificate, by clinic.Person, reason string, at time.Time, issuers ...*x509.Certificate) error {
	in := bytes.NewReader(d.PDF)
	r, err := pdf.NewReader(in, in.Size())
	if err != nil {
		return fmt.Errorf("signing the PDF: %w", err)
	}
	var out bytes.Buffer
	err = sign.Sign(in, &out, r, in.Size(), sign.SignData{
		Signature: sign.SignDataSignature{
			CertType: sign.ApprovalSignature,
			Info:     sign.SignDataSignatureInfo{Name: by.Title(), Reason: reason, Date: at},
		},
		Signer: key, Certificate: certificate, DigestAlgorithm: crypto.SHA256,
		CertificateChains: [][]*x509.Certificate{append([]*x509.Certificate{certificate}, issuers...)},
	})
	if err != nil {
		return fmt.Errorf("signing the PDF: %w", err)
	}
	d.PDF = out.Bytes()
	d.SHA256 = clinic.HashOf(d.PDF)
	return nil
}
