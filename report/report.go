package report

import (
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
}

// NewFacts analyses a recording with at least one reading.
func NewFacts(p clinic.Patient, r *cgm.Recording, s clinic.Settings, madeAt time.Time, version string) *Facts {
	a := cgm.Analyse(r)
	f := &Facts{Patient: p, Recording: r, Analysis: a, Check: clinic.CheckRecording(r), Settings: s, MadeAt: madeAt, Version: version}
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
