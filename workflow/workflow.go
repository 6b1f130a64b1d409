// Package workflow is the main job, step by step, without a window: a file becomes
// recordings, recordings are stored with a patient, a stored wear becomes two
// documents, and documents become files. The window and the terminal take the
// same steps through it, so that neither can do what the other does not. It
// holds no widgets and no rules of its own.
package workflow

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"tracedesk/assets"
	"tracedesk/cgm"
	"tracedesk/clinic"
	"tracedesk/clinic/wording"
	"tracedesk/report"
	"tracedesk/storage"
	"tracedesk/storage/private"
)

// Today is the day on the workstation's clock.
func Today(now time.Time) cgm.Date { return cgm.NewDate(now.Year(), now.Month(), now.Day()) }

// Keep stores recordings of a source with a patient, who is new without an id;
// confirmed says that a person has seen what does not fit
// (storage.MismatchError).
func Keep(s *storage.Store, patient clinic.Patient, from *Source, recordings []*cgm.Recording, confirmed bool, now time.Time) ([]storage.Imported, error) {
	return s.Import(patient, from.source(now), recordings, confirmed)
}

// KeepMatched stores each recording of a source with the wear of its
// transmitter; what fits none waits in the tray.
func KeepMatched(s *storage.Store, from *Source, recordings []*cgm.Recording, confirmed bool, now time.Time) ([]storage.Imported, error) {
	return s.ImportMatched(from.source(now), recordings, confirmed)
}

// source is what is kept of where recordings came from.
func (s *Source) source(now time.Time) clinic.Source {
	out := clinic.Source{FileName: s.Name, SHA256: s.SHA256, At: now, Named: s.Named, BadRows: s.badRows(), Doubts: s.Doubts}
	if r := s.Receiver; r != nil {
		out.Firmware = r.Firmware
		if r.ClockKnown {
			offset := int64(r.ClockOffset / time.Second)
			out.ClockOffset = &offset
		}
	}
	return out
}

// SourceFacts are the facts for documents straight from one recording of a
// source.
func SourceFacts(from *Source, r *cgm.Recording, s clinic.Settings, now time.Time) *report.Facts {
	facts := report.NewFacts(from.Named, r, s, now, assets.Version)
	facts.SourceName, facts.SourceHash = from.Name, from.SHA256
	if err := from.Named.Validate(Today(now)); errors.Is(err, clinic.ErrBornInTime) || errors.Is(err, clinic.ErrBornLongAgo) || errors.Is(err, clinic.ErrBirthDate) {
		facts.Notes = append(facts.Notes, "Check the patient: "+err.Error()+" (the source gives “"+from.Named.BirthDate+"”).")
	}
	return facts
}

// WearFacts are the facts of a stored wear.
func WearFacts(s *storage.Store, wearID string, now time.Time) (*report.Facts, error) {
	w, err := s.Wear(wearID)
	if err != nil {
		return nil, err
	}
	p, err := s.Patient(w.Wear.PatientID)
	if err != nil {
		return nil, err
	}
	settings, err := s.Settings()
	if err != nil {
		return nil, err
	}
	facts := report.NewFacts(p, w.Recording, settings, now, assets.Version)
	if facts.Logo, err = s.Logo(); err != nil {
		return nil, err
	}
	var names []string
	for _, source := range w.Sources {
		names = append(names, source.FileName)
		facts.SourceHash = source.SHA256
	}
	facts.SourceName = strings.Join(names, ", ")
	c, err := s.Case(wearID)
	if err != nil {
		return nil, err
	}
	interpret(facts, c)
	return facts, nil
}

// Documents are both documents of a wear.
type Documents struct {
	Facts                    *report.Facts
	Printout, Interpretation *report.Document
}

// Make makes both documents.
func Make(facts *report.Facts) (*Documents, error) {
	d := &Documents{Facts: facts}
	var err error
	if d.Printout, err = report.Printout(facts); err != nil {
		return nil, err
	}
	if d.Interpretation, err = report.Interpretation(facts); err != nil {
		return nil, err
	}
	return d, nil
}

// Issue makes both documents of a stored wear and keeps them in the store as
// they were issued. An interpretation that is signed for the recording as it is
// stays as it was signed: it is given again, not made again.
func Issue(s *storage.Store, wearID string, now time.Time) (*Documents, error) {
	facts, err := WearFacts(s, wearID, now)
	if err != nil {
		return nil, err
	}
	if facts.Signed != nil {
		return issueSigned(s, wearID, facts)
	}
	d, err := Make(facts)
	if err != nil {
		return nil, err
	}
	return d, s.SaveDocuments(
		storage.Issued{Document: describe(facts, wearID, clinic.PrintoutDocument, d.Printout), PDF: d.Printout.PDF},
		storage.Issued{Document: describe(facts, wearID, clinic.InterpretationDocument, d.Interpretation), PDF: d.Interpretation.PDF})
}

func issueSigned(s *storage.Store, wearID string, facts *report.Facts) (*Documents, error) {
	d := &Documents{Facts: facts}
	var err error
	if d.Printout, err = report.Printout(facts); err != nil {
		return nil, err
	}
	if d.Interpretation, err = stored(s, wearID, facts.Signed.Signature.DocumentID); err != nil {
		return nil, err
	}
	return d, s.SaveDocuments(storage.Issued{Document: describe(facts, wearID, clinic.PrintoutDocument, d.Printout), PDF: d.Printout.PDF})
}

// stored is a document as it was issued.
func stored(s *storage.Store, wearID, documentID string) (*report.Document, error) {
	all, err := s.Documents(wearID)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(all, func(d clinic.Document) bool { return d.ID == documentID })
	if i < 0 {
		return nil, fmt.Errorf("document %s: %w", documentID, storage.ErrNotAny)
	}
	pdf, err := s.PDF(documentID)
	return &report.Document{PDF: pdf, Pages: all[i].Pages, SHA256: all[i].SHA256}, err
}

func describe(f *report.Facts, wearID string, kind clinic.DocumentKind, d *report.Document) clinic.Document {
	return clinic.Document{
		Kind: kind, PatientID: f.Patient.ID, WearID: wearID, RecordingHash: f.Check.RecordingHash, SHA256: d.SHA256,
		Pages: d.Pages, MadeAt: f.MadeAt, Version: f.Version, CheckMethod: f.Check.MethodVersion,
	}
}

// FileName is what a document is called in a folder.
func FileName(f *report.Facts, kind clinic.DocumentKind) string {
	return wording.DocumentName(f.Settings, f.Patient, f.Recording.First().Date(), kind) + ".pdf"
}

// Write writes both documents into the folder and gives their paths.
func (d *Documents) Write(dir string) (printout, interpretation string, err error) {
	if printout, err = WriteNew(dir, FileName(d.Facts, clinic.PrintoutDocument), d.Printout.PDF); err != nil {
		return "", "", err
	}
	interpretation, err = WriteNew(dir, FileName(d.Facts, clinic.InterpretationDocument), d.Interpretation.PDF)
	return printout, interpretation, err
}

// mostSameNames is how many files of one name a folder may hold.
const mostSameNames = 1000

// WriteNew writes a file into the folder, which is made if need be, and gives
// its path. A file of the same name is never written over: the new one gets a
// number, unless it is the same to the byte.
func WriteNew(dir, name string, content []byte) (string, error) {
	if err := private.MkdirAll(dir); err != nil {
		return "", fmt.Errorf("making the folder %s: %w", dir, err)
	}
	stem, ext := strings.TrimSuffix(name, filepath.Ext(name)), filepath.Ext(name)
	for n := 1; n <= mostSameNames; n++ {
		path := filepath.Join(dir, name)
		if _, err := os.Lstat(path); errors.Is(err, os.ErrNotExist) {
			return path, WriteFile(path, content)
		}
		if private.Holds(path, content) {
			return path, nil
		}
		name = fmt.Sprintf("%s-%d%s", stem, n+1, ext)
	}
	return "", fmt.Errorf("the folder %s holds too many files named %s", dir, stem)
}

// WriteFile writes a whole file or none, which nobody but the account may read.
func WriteFile(path string, content []byte) error { return private.WriteFile(path, content) }
