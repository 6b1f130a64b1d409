package clinic

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"tracedesk/cgm"
)

// Meaning is what a signature says of its text. 21 CFR 11.50.
type Meaning string

// The meanings.
const (
	Interpreted Meaning = "interpreted"
	Amended     Meaning = "amended by addendum"
)

// Signature binds a person, a time and a meaning to a text, the recording, the
// settings and the PDF: Hash is over all of them. It is made when a clinician
// enters the passphrase again, never by the program. It proves, within the
// sealed store and its audit trail, that nothing of these was changed.
type Signature struct {
	Meaning       Meaning `json:"meaning"`
	By            Person  `json:"by"`
	At            string  `json:"at"` // RFC 3339, with the zone
	TextSHA256    string  `json:"text_sha256"`
	RecordingHash string  `json:"recording_sha256"`
	SettingsHash  string  `json:"settings_sha256"`
	PDFSHA256     string  `json:"pdf_sha256"`
	DocumentID    string  `json:"document_id,omitempty"`
	Certificate   string  `json:"certificate_sha256,omitempty"` // of the key that the PDF is signed with
	Attestation   string  `json:"attestation,omitempty"`        // of a late signature
	Reason        string  `json:"reason,omitempty"`             // why it is late
	Hash          string  `json:"hash"`
	Proof         []byte  `json:"proof,omitempty"` // of the hash, by the certificate's key
}

// Seal fills the hash in.
func (s *Signature) Seal() { s.Hash = s.sum() }

func (s *Signature) sum() string {
	bare := *s
	bare.Hash, bare.Proof = "", nil
	b, err := json.Marshal(bare)
	if err != nil {
		panic(err) // only strings
	}
	return HashOf(b)
}

// Binds says whether the signature is of the record's text and unchanged.
func (s *Signature) Binds(r *StepRecord) bool {
	if s == nil {
		return false
	}
	text := r.Text
	if r.Interpretation != nil {
		text = r.Interpretation.Plain()
	}
	return s.Hash == s.sum() && s.TextSHA256 == HashOf([]byte(text))
}

// LateAfterDays is from how many days after the interpretation was written on a
// signature is late. The Medicare Program Integrity Manual, 3.3.2.4, allows no
// more than the short delay of transcription, without a number: product choice.
const LateAfterDays = 7

// Why something cannot be signed.
var (
	ErrMayNotSign = errors.New("only a physician, nurse practitioner, physician assistant or clinical nurse specialist may sign an interpretation")
	ErrNotRead    = errors.New("there is no recording to interpret")
	ErrNotWritten = errors.New("the interpretation has not been written yet")
	ErrSignedOnce = errors.New("the interpretation is signed already; what is to be said further is an addendum")
	ErrNotSigned  = errors.New("there is no signed interpretation to add to")
	ErrLate       = errors.New("the signature would be late: it needs an attestation, with the reason")
)

// MaySign says what hinders the user from signing the case's interpretation now.
func (c *Case) MaySign(u User) error {
	written := c.latest(StepInterpreted)
	switch {
	case !u.MaySign() || !u.AsPerson().MaySign(c.Profile.SignersOrAll()):
		return ErrMayNotSign
	case c.Check == nil:
		return ErrNotRead
	case c.Interpretation == nil || written == nil:
		return ErrNotWritten
	case c.signedNow():
		return ErrSignedOnce
	}
	return c.Interpretation.Ready(c.Check.RecordingHash)
}

// LateBy is how many days lie between the writing and the signing, from where
// a signature is late; 0 where it is not.
func (c *Case) LateBy(now time.Time) int {
	written := c.latest(StepInterpreted)
	if written == nil {
		return 0
	}
	days := int(wallOf(now).Date() - written.At.Date())
	if days <= LateAfterDays {
		return 0
	}
	return days
}

// AttestationOf is the statement of a late signature, after the form that the
// Medicare Program Integrity Manual, 3.3.2.4, gives for an attestation.
func AttestationOf(by Person, day cgm.Date, p Patient, s Settings) string {
	return fmt.Sprintf("I, %s, attest that the interpretation of the glucose recording of %s, %s, dated %s, accurately reflects what I noted in my capacity as %s when I interpreted it. I understand that a false statement or the concealment of a material fact may be prosecuted.",
		by.Title(), p.Name(), s.Born(p), s.Date(day), by.Credential)
}
