package report

import (
	"slices"
	"strings"
	"time"

	"tracedesk/cgm"
	"tracedesk/clinic"
	"tracedesk/clinic/steps"
	"tracedesk/clinic/wording"
)

// Facts is what a document is made from.
type Facts struct {
	Patient        clinic.Patient
	Recording      *cgm.Recording
	Analysis       *cgm.Analysis
	Check          clinic.Check
	Settings       clinic.Settings
	Interpretation clinic.Interpretation
	SourceName     string        // the imported file's name, or the device's
	SourceHash     string        // its SHA-256
	Signed         *steps.Record // who signed what is printed; nil for a draft
	Before         *steps.Record // what an addendum adds to
	Logo           []byte        // of the practice, as PrepareLogo makes it
	Notes          []string      // what a reader must know of the source: unread rows, left-out readings
	MadeAt         time.Time
	Version        string
	Provenance     *Provenance // of a document that is made from a store
}

// Provenance is what a document's first page says of the store that it comes from,
// to be compared with what the practice says.
type Provenance struct {
	Root  string `json:"root_sha256"` // fingerprint of the practice's root, in hex
	Trail string `json:"trail"`       // where the audit trail stood: its length and the head's first digits
}

// sentence is the provenance as it is printed.
func (p *Provenance) sentence() string {
	return "Practice root " + Grouped(p.Root) + " · trail " + p.Trail
}

// Grouped is a fingerprint as people compare it: capitals in groups of four.
func Grouped(fingerprint string) string {
	var groups []string
	for group := range slices.Chunk([]byte(strings.ToUpper(fingerprint)), 4) {
		groups = append(groups, string(group))
	}
	return strings.Join(groups, " ")
}

// NewFacts analyses a recording with at least one reading.
func NewFacts(p clinic.Patient, r *cgm.Recording, s clinic.Settings, madeAt time.Time, version string) *Facts {
	a := cgm.Analyse(r)
	f := &Facts{
		Patient: p, Recording: r, Analysis: a, Check: clinic.CheckRecording(r), Settings: s, MadeAt: madeAt,
		Version: version,
	}
	f.Interpretation.Findings = wording.DraftFindings(cgm.Findings(r, a), s)
	f.Notes = wording.CheckNotes(f.Check, r)
	return f
}

// Document is a finished PDF.
type Document struct {
	PDF    []byte
	Pages  int
	SHA256 string
	// Undrawable are the characters of the texts that the document's font
	// cannot draw; they are printed as codes, [U+674E], and the page says so.
	Undrawable []rune
}
