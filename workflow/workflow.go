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
	"syscall"
	"time"

	"tracedesk/assets"
	"tracedesk/cgm"
	"tracedesk/clinic"
	"tracedesk/device"
	"tracedesk/device/receiver"
	"tracedesk/report"
	"tracedesk/storage"
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
	out := clinic.Source{FileName: s.Name, SHA256: s.SHA256, At: now, Named: s.Named, BadRows: s.badRows()}
	if r := s.Receiver; r != nil {
		out.Firmware = r.Firmware
		if r.ClockKnown {
			offset := int64(r.ClockOffset / time.Second)
			out.ClockOffset = &offset
		}
	}
	return out
}

// Explain words an error for a person: what happened, and what to do, which is
// empty where the first says it.
func Explain(err error) (what, do string) {
	switch do = explainKeys(err); {
	case do != "":
	case errors.Is(err, storage.ErrNoStore):
		do = "check the folder, or make a store in it first"
	case errors.Is(err, storage.ErrExists):
		do = "use it as it is, or choose another folder"
	case errors.Is(err, storage.ErrInUse):
		do = "close the window or program that has it open"
	case errors.Is(err, storage.ErrUnsealed):
		do = "open it in the window once, or use “tracedesk store seal”; a backup is kept"
	case errors.Is(err, storage.ErrPassphrase):
		do = "check the user and the passphrase; capitals count"
	case errors.Is(err, storage.ErrRecovery):
		do = "type it as it is printed; spaces and capitals do not matter"
	case errors.Is(err, storage.ErrLocked):
		do = "unlock it first"
	case errors.Is(err, storage.ErrNoRecord):
		do = "read the receiver or import the export first"
	case errors.Is(err, clinic.ErrMayNotSign):
		do = "log in as the interpreting clinician; nobody signs for another"
	case errors.Is(err, clinic.ErrNotReviewed), errors.Is(err, clinic.ErrNoAssessment), errors.Is(err, clinic.ErrNotWritten):
		do = "finish the interpretation, then sign; nothing was signed"
	case errors.Is(err, clinic.ErrOtherData):
		do = "save the interpretation again after looking at the new readings; nothing was signed"
	case errors.Is(err, clinic.ErrLate):
		do = "sign with an attestation and the reason for the delay"
	case errors.Is(err, clinic.ErrSignedOnce):
		do = "sign an addendum; the signed text stays as it is"
	case errors.Is(err, clinic.ErrStepReason):
		do = "give the reason; it is kept with the record"
	case errors.Is(err, storage.ErrNotAllowed):
		do = "ask an administrator of the practice"
	case errors.Is(err, storage.ErrNotBackup):
		do = "try an earlier backup"
	case errors.Is(err, storage.ErrNotEmpty):
		do = "choose an empty folder; nothing was changed"
	case errors.Is(err, storage.ErrReadBack):
		do = "back up to another disk; this one may be failing"
	case errors.Is(err, storage.ErrGone):
		do = "put the folder back where it was, or connect its drive, and start again; nothing was stored meanwhile"
	case errors.Is(err, storage.ErrReadOnly):
		do = "restore it from a backup; what can be read is still shown"
	case errors.Is(err, storage.ErrVersion):
		do = "install the newer version of Tracedesk"
	case errors.Is(err, storage.ErrNotStore), errors.Is(err, storage.ErrDamaged):
		do = "do not use it further; restore it from a backup"
	case errors.Is(err, report.ErrNotPDF), errors.Is(err, report.ErrNotOurs):
		do = "choose a printout, an interpretation, an addendum or a packet that this program made"
	case errors.Is(err, device.ErrNoReceiver):
		do = "plug the receiver into this computer with a data cable, switch it on, and try again; a charging cable carries no data"
	case errors.Is(err, device.ErrNoPermission):
		do = "run “make udev” once as administrator, then unplug the receiver and plug it in again"
	case errors.Is(err, device.ErrBusy):
		do = "close the other program that reads the receiver, then try again"
	case errors.Is(err, device.ErrOtherModel), errors.Is(err, receiver.ErrUnsupported):
		do = "upload this receiver with the maker's software and open the exported file instead; a capture (tracedesk read --capture) helps to support it"
	case errors.Is(err, receiver.ErrUnplugged):
		do = "check the cable at both ends and read again; nothing was stored"
	case errors.Is(err, receiver.ErrSilent), errors.Is(err, receiver.ErrGarbled):
		do = "unplug the receiver, wait until its screen is on, plug it in again and read again; try another cable if it stays so; nothing was stored"
	case errors.Is(err, receiver.ErrNoReadings):
		do = "check that the transmitter's readings were collected onto this receiver first"
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EFBIG):
		do = "make room on the disk and try again; nothing half done was kept"
	case errors.Is(err, os.ErrPermission):
		do = "ask for access to it or choose another folder"
	}
	return strings.Join(strings.Fields(err.Error()), " "), do
}

// explainKeys says what to do about keys and rights.
func explainKeys(err error) (do string) {
	var older *storage.OlderError
	switch {
	case errors.As(err, &older):
		do = "if you have restored a backup, open it all the same (--older on the terminal); if not, find out who had access to this computer"
	case errors.Is(err, storage.ErrUpgrade):
		do = "ask an administrator to unlock it; nothing is lost, and a backup of the store as it was is kept beside it"
	case errors.Is(err, storage.ErrNoCertificate):
		do = "an administrator issues or renews it in Practice, Signatures, or with “tracedesk user certify”; nothing was signed"
	case errors.Is(err, storage.ErrHeader), errors.Is(err, storage.ErrAuthority), errors.Is(err, storage.ErrCost):
		do = "do not use it further; restore it from a backup, and find out who had access to this computer"
	}
	return do
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
	if facts.Provenance, err = provenance(s); err != nil {
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
	pdf, err := s.PDF(all[i])
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
	return f.Settings.DocumentName(f.Patient, f.Recording.First().Date(), kind) + ".pdf"
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
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", fmt.Errorf("making the folder %s: %w", dir, err)
	}
	stem, ext := strings.TrimSuffix(name, filepath.Ext(name)), filepath.Ext(name)
	for n := 1; n <= mostSameNames; n++ {
		path := filepath.Join(dir, name)
		switch there, err := os.ReadFile(path); {
		case err == nil && string(there) == string(content):
			return path, nil
		case errors.Is(err, os.ErrNotExist):
			return path, WriteFile(path, content)
		}
		name = fmt.Sprintf("%s-%d%s", stem, n+1, ext)
	}
	return "", fmt.Errorf("the folder %s holds too many files named %s", dir, stem)
}

// WriteFile writes a whole file or none: a full disk leaves no half document
// under its name. Others on this computer may read it.
func WriteFile(path string, content []byte) error { return writeFile(path, content, 0o644) }

// WriteSecret is WriteFile for the account alone.
func WriteSecret(path string, content []byte) error { return writeFile(path, content, 0o600) }

func writeFile(path string, content []byte, mode os.FileMode) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".tracedesk-*")
	if err != nil {
		return fmt.Errorf("writing %s: %w", path, err)
	}
	_, err = f.Write(content)
	if err == nil {
		err = f.Sync()
	}
	err = errors.Join(err, f.Close())
	if err == nil {
		err = os.Chmod(f.Name(), mode)
	}
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		_ = os.Remove(f.Name())
		return fmt.Errorf("writing %s: %w", path, err)
	}
	return nil
}
