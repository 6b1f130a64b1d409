package report

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"encoding/asn1"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode"
	"unicode/utf16"

	"github.com/digitorus/pdf"
	"github.com/digitorus/pdfsign/sign"
	"github.com/digitorus/pkcs7"
	"golang.org/x/text/unicode/norm"

	"tracedesk/clinic"
)

// Sign signs a finished document with the signer's key, so that any viewer
// shows that it is unchanged: an approval signature over the whole file, after
// ISO 32000-1, 12.8, with the signing certificate's attribute that PAdES asks
// for (ETSI EN 319 142-1). The certificate is one that nobody but the practice
// vouches for, by its root, which is put in, too; no network is asked.
func (d *Document) Sign(
	key crypto.Signer, certificate *x509.Certificate, by clinic.Person, reason string, at time.Time, issuers ...*x509.Certificate,
) error {
	chain := append([]*x509.Certificate{certificate}, issuers...)
	signed, err := signing{key, chain, by, reason, at}.over(d.PDF)
	if err != nil {
		return fmt.Errorf("signing the PDF: %w", err)
	}
	d.PDF, d.SHA256 = signed, clinic.HashOf(signed)
	return nil
}

// signing is who signs a PDF and what the signature says.
type signing struct {
	key    crypto.Signer
	chain  []*x509.Certificate // the signer's first, then who issued it
	by     clinic.Person
	reason string
	at     time.Time
}

// over is the PDF with its signature, an update after it.
func (s signing) over(file []byte) ([]byte, error) {
	in := bytes.NewReader(file)
	r, err := pdf.NewReader(in, in.Size())
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	err = sign.Sign(in, &out, r, in.Size(), sign.SignData{
		Signature: sign.SignDataSignature{
			CertType: sign.ApprovalSignature,
			Info:     sign.SignDataSignatureInfo{Name: writable(s.by.Title()), Reason: s.reason, Date: s.at},
		},
		Signer: s.key, Certificate: s.chain[0], CertificateChains: [][]*x509.Certificate{s.chain},
		DigestAlgorithm: crypto.SHA256,
	})
	return out.Bytes(), err
}

// writable is a name as the library can write it: in UTF-16 without escaping,
// where a byte of a letter may be a bracket that ends the text. Such a name is
// written without its marks; the pages have it whole.
func writable(name string) string {
	whole := true
	for _, u := range utf16.Encode([]rune(name)) {
		whole = whole && !strings.ContainsRune(ending, rune(u>>8)) && !strings.ContainsRune(ending, rune(u&0xff))
	}
	ascii := strings.IndexFunc(name, func(r rune) bool { return r > unicode.MaxASCII }) < 0
	if whole || ascii {
		return name
	}
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.Is(unicode.Mn, r):
			return -1
		case r > unicode.MaxASCII:
			return '?'
		}
		return r
	}, norm.NFD.String(name))
}

// ending are the bytes that a text in brackets cannot hold as they are.
const ending = "()\\\r\n"

// nobody signs nothing: it makes the update around a signature again.
type nobody struct{ public crypto.PublicKey }

func (n nobody) Public() crypto.PublicKey { return n.public }

func (nobody) Sign(io.Reader, []byte, crypto.SignerOpts) ([]byte, error) {
	return make([]byte, 64), nil
}

// mostSignature bounds a signature with its certificates, in hex.
const mostSignature = 64 << 10

var (
	contentsBegin = []byte("/Contents<")

	errNoSignature = errors.New("it says that it is signed, and carries no signature")
	errNotOver     = errors.New("its signature does not fit the file")
	errOtherUpdate = errors.New("what was added to it is not one signature over the whole file: " +
		"something was added or changed after it was signed")
	errOtherSigner  = errors.New("it is signed with another certificate than it names")
	errManySigners  = errors.New("its signature is not of one person")
	errLooseContent = errors.New("its signature's room holds something beside the signature")
)

// signatureOf checks the signature of a file whose first revision ends at end,
// and gives the signer's certificate and those with it. What follows the first
// revision is made again from what the document says of its signature, and has
// to be the same to the byte, but for the signature itself: so the range that is
// checked is the one of the signature's own dictionary, there is one signature,
// and it is over the whole file.
func signatureOf(file []byte, end int, g *clinic.Signature, at time.Time) (chain []*x509.Certificate, err error) {
	from, to, err := signatureRoom(file, end)
	if err != nil {
		return nil, err
	}
	message, err := cmsIn(file[from:to])
	if err != nil {
		return nil, err
	}
	if chain, err = chainOf(message); err != nil {
		return nil, err
	}
	again, err := signing{nobody{chain[0].PublicKey}, chain, g.By, string(g.Meaning), at}.over(file[:end])
	if err != nil {
		return chain, fmt.Errorf("its signature cannot be made again: %w", err)
	}
	if len(again) != len(file) || !bytes.Equal(again[:from], file[:from]) || !bytes.Equal(again[to:], file[to:]) {
		return chain, errOtherUpdate
	}
	message.Content = append(bytes.Clone(file[:from-1]), file[to+1:]...) // all but <…>
	if err := message.Verify(); err != nil {
		return chain, fmt.Errorf("%w: %w", errNotOver, err)
	}
	return chain, nil
}

// signatureRoom is where the first signature's hex digits stand after the first
// revision.
func signatureRoom(file []byte, end int) (from, to int, err error) {
	i := bytes.Index(file[end:], contentsBegin)
	if i < 0 {
		return 0, 0, errNoSignature
	}
	from = end + i + len(contentsBegin)
	n := bytes.IndexByte(file[from:min(len(file), from+mostSignature+1)], '>')
	if n < 0 {
		return 0, 0, errNoSignature
	}
	return from, from + n, nil
}

// cmsIn is the signature in the room that was left for it; the rest is zeros.
func cmsIn(room []byte) (*pkcs7.PKCS7, error) {
	b, err := hex.DecodeString(string(room))
	if err != nil {
		return nil, errNoSignature
	}
	var whole asn1.RawValue
	rest, err := asn1.Unmarshal(b, &whole)
	if err != nil {
		return nil, errNoSignature
	}
	if len(bytes.Trim(rest, "\x00")) > 0 {
		return nil, errLooseContent
	}
	message, err := pkcs7.Parse(whole.FullBytes)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errNoSignature, err)
	}
	if len(message.Content) > 0 {
		return nil, errLooseContent
	}
	return message, nil
}

// mostChain bounds the certificates of a signature.
const mostChain = 4

// chainOf are the certificates of a signature, the signer's first.
func chainOf(message *pkcs7.PKCS7) ([]*x509.Certificate, error) {
	signer := message.GetOnlySigner()
	if signer == nil || len(message.Certificates) > mostChain {
		return nil, errManySigners
	}
	chain := []*x509.Certificate{signer}
	for _, c := range message.Certificates {
		if !c.Equal(signer) {
			chain = append(chain, c)
		}
	}
	return chain, nil
}

// issuerIn is who of a chain issued its first certificate, which may be itself;
// nil where it is not among them.
func issuerIn(chain []*x509.Certificate) *x509.Certificate {
	signer := chain[0]
	for _, c := range chain {
		if !bytes.Equal(signer.RawIssuer, c.RawSubject) {
			continue
		}
		if c.CheckSignature(signer.SignatureAlgorithm, signer.RawTBSCertificate, signer.Signature) == nil {
			return c
		}
	}
	return nil
}
