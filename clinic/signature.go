package clinic

import (
	"encoding/json"
	"errors"
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

// Why something cannot be signed.
var (
	ErrMayNotSign = errors.New("only a physician, nurse practitioner, physician assistant or clinical nurse " +
		"specialist may sign an interpretation")
	ErrNotRead    = errors.New("there is no recording to interpret")
	ErrNotWritten = errors.New("the interpretation has not been written yet")
	ErrSignedOnce = errors.New("the interpretation is signed already; what is to be said further is an addendum")
	ErrNotSigned  = errors.New("there is no signed interpretation to add to")
	ErrLate       = errors.New("the signature would be late: it needs an attestation, with the reason")
)

// Binds says whether the signature is of the text and unchanged.
func (s *Signature) Binds(text string) bool {
	return s != nil && s.Hash == s.sum() && s.TextSHA256 == HashOf([]byte(text))
}
