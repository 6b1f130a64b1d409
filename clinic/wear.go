package clinic

import (
	"crypto/sha256"
	"encoding/hex"
	"time"

	"tracedesk/cgm"
)

// Wear is one sensor worn by one patient, and the recording that came of it.
type Wear struct {
	ID            string `json:"id"`
	PatientID     string `json:"patient_id"`
	RecordingID   string `json:"recording_id"`
	TransmitterID string `json:"transmitter_id,omitempty"`
}

// PastRetention says whether a recording that ended on the given day is older
// than the practice keeps them.
func (s Settings) PastRetention(last, today cgm.Date) bool {
	if s.RetentionYears <= 0 {
		return false
	}
	y, m, d := last.Midnight().UTC().Date()
	return today > cgm.NewDate(y+s.RetentionYears, m, d)
}

// Source is where readings of a recording came from: one imported file.
type Source struct {
	FileName string    `json:"file_name"`
	SHA256   string    `json:"sha256"`
	At       time.Time `json:"at"` // when it was imported
	New      int       `json:"new"`
	There    int       `json:"there"` // readings that were stored before
	// Named is whom the file names as the patient; Confirmed is what did not
	// fit and was confirmed by a person.
	Named     Patient  `json:"named"`
	Confirmed []string `json:"confirmed,omitempty"`
	BadRows   int      `json:"bad_rows,omitempty"`
	// Doubts are what a person has to confirm of the file itself, such as dates
	// that can be read in two ways.
	Doubts []string `json:"doubts,omitempty"`
	// Of a receiver:
	Firmware    string `json:"firmware,omitempty"`
	ClockOffset *int64 `json:"clock_offset_seconds,omitempty"` // receiver minus workstation
}

// DocumentKind is which document a PDF is.
type DocumentKind string

// The documents.
const (
	PrintoutDocument       DocumentKind = "printout"       // for 95250
	InterpretationDocument DocumentKind = "interpretation" // for 95251
	AddendumDocument       DocumentKind = "addendum"       // to a signed interpretation
	EvidenceDocument       DocumentKind = "evidence"       // all of a wear, for an auditor
	PatientDocument        DocumentKind = "summary"        // a page for the patient; not kept
)

// Document is a PDF as it was issued.
type Document struct {
	ID            string       `json:"id"`
	Kind          DocumentKind `json:"kind"`
	PatientID     string       `json:"patient_id"`
	WearID        string       `json:"wear_id"`
	RecordingHash string       `json:"recording_sha256"` // what it was made from
	SHA256        string       `json:"sha256"`           // of the PDF's bytes
	Pages         int          `json:"pages"`
	MadeAt        time.Time    `json:"made_at"`
	Version       string       `json:"version"` // of the program
	CheckMethod   int          `json:"check_method"`
	Signed        bool         `json:"signed,omitempty"`
}

// HashOf is the SHA-256 of a document's or file's bytes, in hex.
func HashOf(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}
