package workflow

import (
	"cmp"
	"encoding/json"
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
	"tracedesk/clinic/billing"
	"tracedesk/clinic/wording"
	"tracedesk/report"
	"tracedesk/storage"
	"tracedesk/storage/private"
)

// Every file that leaves the program passes through this file, and what tells of a
// stored patient leaves an entry in the audit trail as it does.

// Place is where a file goes.
type Place struct{ folder, path string }

// InFolder gives a file its usual name in the folder, which is made if need be. A
// file that is there is never written over: the new one gets a number, unless both
// are the same to the byte.
func InFolder(dir string) Place { return Place{folder: dir} }

// AtPath is the path that a person named for the file. It replaces what is there.
func AtPath(path string) Place { return Place{path: path} }

// write writes a whole file or none, which the account alone may read.
func (to Place) write(usualName string, content []byte) (path string, err error) {
	if to.path != "" {
		return to.path, private.WriteFile(to.path, content)
	}
	return writeNew(to.folder, usualName, content)
}

// mostSameNames is how many files of one name a folder may hold.
const mostSameNames = 1000

func writeNew(dir, name string, content []byte) (string, error) {
	if err := private.MkdirAll(dir); err != nil {
		return "", fmt.Errorf("making the folder %s: %w", dir, err)
	}
	stem, ext := strings.TrimSuffix(name, filepath.Ext(name)), filepath.Ext(name)
	for n := 1; n <= mostSameNames; n++ {
		path := filepath.Join(dir, name)
		if _, err := os.Lstat(path); errors.Is(err, os.ErrNotExist) {
			return path, private.WriteFile(path, content)
		}
		if private.Holds(path, content) {
			return path, nil
		}
		name = fmt.Sprintf("%s-%d%s", stem, n+1, ext)
	}
	return "", fmt.Errorf("the folder %s holds too many files named %s", dir, stem)
}

// delivery is a file of a store on its way out, and its entry in the audit trail.
type delivery struct {
	name    string // its usual one
	content []byte
	act     storage.Act // ActExported where empty
	kind    storage.Kind
	id      string // of the record
	detail  string
}

// deliver writes a file and records it, in this order, so that the trail names no
// file that was not written. The path is given with an error of the trail, too.
func deliver(s *storage.Store, to Place, d delivery) (path string, err error) {
	if path, err = to.write(d.name, d.content); err != nil {
		return "", err
	}
	return path, s.Note(cmp.Or(d.act, storage.ActExported), d.kind, d.id, d.detail)
}

// RecordView records that somebody looked at a patient, or at a wear of the patient.
// A store that is open for reading only shows what it holds all the same.
func RecordView(s *storage.Store, patientID, wearID string) error {
	detail := ""
	if wearID != "" {
		detail = "wear " + wearID
	}
	err := s.Note(storage.ActViewed, storage.KindPatient, patientID, detail)
	if errors.Is(err, storage.ErrReadOnly) {
		return nil
	}
	return err
}

// Document is a document, and where it was written.
type Document struct {
	*report.Document
	Path string
}

// Documents are both documents of a wear.
type Documents struct {
	Facts                    *report.Facts
	Printout, Interpretation Document
}

// write writes both documents.
func (d *Documents) write(printout, interpretation Place) (err error) {
	name := FileName(d.Facts, clinic.PrintoutDocument)
	if d.Printout.Path, err = printout.write(name, d.Printout.PDF); err != nil {
		return err
	}
	name = FileName(d.Facts, clinic.InterpretationDocument)
	d.Interpretation.Path, err = interpretation.write(name, d.Interpretation.PDF)
	return err
}

// FileName is the usual name of a document in a folder.
func FileName(f *report.Facts, kind clinic.DocumentKind) string {
	return wording.DocumentName(f.Settings, f.Patient, f.Recording.First().Date(), kind) + ".pdf"
}

// DeliverFacts makes both documents of facts that come from no store, and writes
// them: no trail knows them.
func DeliverFacts(facts *report.Facts, printout, interpretation Place) (*Documents, error) {
	d, err := makeBoth(facts)
	if err != nil {
		return nil, err
	}
	return d, d.write(printout, interpretation)
}

// DeliverDocuments issues both documents of a stored wear, which records them, and
// writes them.
func DeliverDocuments(
	s *storage.Store, wearID string, printout, interpretation Place, now time.Time,
) (*Documents, error) {
	d, err := Issue(s, wearID, now)
	if err != nil {
		return nil, err
	}
	return d, d.write(printout, interpretation)
}

// DeliverAgain writes a wear's documents once more, as they were issued.
func DeliverAgain(
	s *storage.Store, f *report.Facts, to Place, documents ...clinic.Document,
) (paths []string, err error) {
	for _, doc := range documents {
		pdf, err := s.PDF(doc)
		if err != nil {
			return nil, err
		}
		if clinic.HashOf(pdf) != doc.SHA256 {
			return nil, storage.ErrDamaged
		}
		path, err := deliver(s, to, delivery{
			name: FileName(f, doc.Kind), content: pdf, kind: storage.KindDocument, id: doc.ID, detail: "wear " + doc.WearID,
		})
		if err != nil {
			return nil, err
		}
		paths = append(paths, path)
	}
	return paths, nil
}

// PrintAgain is DeliverAgain, and gives the files to the printer. The error is
// ErrNoPrinter where there is none; the files can be opened then.
func PrintAgain(
	s *storage.Store, f *report.Facts, to Place, documents ...clinic.Document,
) (paths []string, err error) {
	if paths, err = DeliverAgain(s, f, to, documents...); err != nil {
		return nil, err
	}
	if err := printFiles(paths...); err != nil {
		return paths, err
	}
	for _, doc := range documents {
		if err := s.Note(storage.ActPrinted, storage.KindDocument, doc.ID, "wear "+doc.WearID); err != nil {
			return paths, err
		}
	}
	return paths, nil
}

// DeliverPreview writes the interpretation of a wear as it would look now, as a
// draft. It issues nothing.
func DeliverPreview(s *storage.Store, wearID string, to Place, now time.Time) (path string, err error) {
	facts, err := WearFacts(s, wearID, now)
	if err != nil {
		return "", err
	}
	draft, err := report.Interpretation(facts)
	if err != nil {
		return "", err
	}
	return deliver(s, to, delivery{
		name: FileName(facts, clinic.InterpretationDocument), content: draft.PDF,
		kind: storage.KindWear, id: wearID, detail: "preview of the interpretation",
	})
}

// DeliverPatientPage writes the page for the patient of a wear.
func DeliverPatientPage(
	s *storage.Store, wearID string, f *report.Facts, language report.Language, to Place,
) (Document, error) {
	page, err := report.PatientPage(f, language)
	if err != nil {
		return Document{}, err
	}
	path, err := deliver(s, to, delivery{
		name: FileName(f, clinic.PatientDocument), content: page.PDF,
		kind: storage.KindWear, id: wearID, detail: "page for the patient",
	})
	return Document{page, path}, err
}

// DeliverPacket writes the evidence packet of a wear.
func DeliverPacket(s *storage.Store, wearID string, to Place, now time.Time) (path string, err error) {
	e, err := evidence(s, wearID, now)
	if err != nil {
		return "", err
	}
	packet, err := report.Evidence(e)
	if err != nil {
		return "", err
	}
	return deliver(s, to, delivery{name: packetName(e), content: packet.PDF, kind: storage.KindWear, id: wearID})
}

// packetName is the packet's usual name. A wear without a recording has no dates.
func packetName(e *report.EvidenceFacts) string {
	if e.Recording != nil {
		return FileName(e.Facts, clinic.EvidenceDocument)
	}
	return wording.PlainName(e.Patient.Name()) + "_" + string(clinic.EvidenceDocument) + ".pdf"
}

// EvidenceExport is an evidence packet in a folder, with the same as JSON and a
// manifest beside it.
type EvidenceExport struct {
	Files    []ExportedFile
	Pages    int    // of the packet
	Manifest string // its path
}

// ExportedFile is a file by its name in the folder.
type ExportedFile struct {
	Name   string `json:"name"`
	SHA256 string `json:"sha256"`
}

// DeliverEvidence writes the evidence of a wear into the folder: the packet as
// evidence.pdf, the same as evidence.json, and manifest.json with the hash of each
// and the reason.
func DeliverEvidence(s *storage.Store, wearID, dir, reason string, now time.Time) (*EvidenceExport, error) {
	e, err := evidence(s, wearID, now)
	if err != nil {
		return nil, err
	}
	packet, err := report.Evidence(e)
	if err != nil {
		return nil, err
	}
	text, err := json.MarshalIndent(struct {
		CaseSummary
		Trail []report.TrailLine `json:"audit_trail"`
	}{Summarize(e.Case, e.Patient, Today(now)), e.Trail}, "", "  ")
	if err != nil {
		return nil, err
	}
	text = append(text, '\n')
	path, err := deliver(s, InFolder(dir), delivery{
		name: "evidence.pdf", content: packet.PDF, kind: storage.KindWear, id: wearID, detail: reason,
	})
	if err != nil {
		return nil, err
	}
	out := &EvidenceExport{Pages: packet.Pages, Files: []ExportedFile{{filepath.Base(path), clinic.HashOf(packet.PDF)}}}
	if path, err = writeNew(dir, "evidence.json", text); err != nil {
		return nil, err
	}
	out.Files = append(out.Files, ExportedFile{filepath.Base(path), clinic.HashOf(text)})
	out.Manifest, err = writeNew(dir, "manifest.json", manifest(wearID, s.User(), reason, now, out.Files))
	return out, err
}

// manifest says beside an export what it is, with the hash of each file.
func manifest(wearID string, by clinic.User, reason string, now time.Time, files []ExportedFile) []byte {
	b, err := json.MarshalIndent(map[string]any{
		"program": "Tracedesk " + assets.Version, "wear_id": wearID,
		"exported_by": by.AsPerson(), "exported_at": now.Format(time.RFC3339),
		"reason": reason, "identifiers_included": true, "files": files,
	}, "", "  ")
	if err != nil {
		panic(fmt.Sprintf("a manifest that does not marshal: %v", err)) // only plain values
	}
	return append(b, '\n')
}

// DeliverTrail writes the audit trail as a table.
func DeliverTrail(s *storage.Store, entries []storage.Entry, to Place, now time.Time) (path string, err error) {
	return deliver(s, to, delivery{
		name: "audit-trail_" + now.Format(time.DateOnly) + ".csv", content: auditCSV(entries), kind: storage.KindAudit,
	})
}

// DeliverServices writes the services of a month, YYYY-MM, as a table for the biller.
// The error is ErrMonth where it is no month.
func DeliverServices(s *storage.Store, month string, to Place) (path string, err error) {
	lines, err := ServiceLines(s, month)
	if err != nil {
		return "", err
	}
	month = strings.TrimSpace(month)
	return deliver(s, to, delivery{
		name: "services_" + month + ".csv", content: servicesCSV(lines), kind: storage.KindService, detail: month,
	})
}

// The files below are of no stored patient, and leave no entry.

// SaveReadings writes all readings of recordings that are not stored as a table.
func SaveReadings(recordings []*cgm.Recording, to Place) (path string, err error) {
	return to.write("readings.csv", readingsCSV(recordings))
}

// SavePacked writes recordings that are not stored as the store packs them.
func SavePacked(recordings []*cgm.Recording, to Place) (path string, err error) {
	return to.write("recordings.packed", storage.PackFile(recordings))
}

// SaveCapture writes an exchange with a receiver.
func SaveCapture(exchange []byte, to Place, now time.Time) (path string, err error) {
	return to.write("receiver-capture_"+now.Format(time.DateOnly)+".jsonl", exchange)
}

// SaveRecoveryPage writes the page with a store's recovery key. In a folder it never
// takes the place of another store's page.
func SaveRecoveryPage(page []byte, to Place) (path string, err error) {
	return to.write("Tracedesk recovery key.pdf", page)
}

// SaveProfile writes a payer profile for another practice; ImportProfile reads it.
func SaveProfile(p billing.PayerProfile, to Place) (path string, err error) {
	b, err := json.MarshalIndent(p, "", "  ")
	if err != nil {
		return "", err
	}
	return to.write("payer-profile_"+wording.PlainName(strings.ToLower(p.Name))+".json", append(b, '\n'))
}

// makeBoth makes both documents.
func makeBoth(facts *report.Facts) (*Documents, error) {
	d := &Documents{Facts: facts}
	var err error
	if d.Printout.Document, err = report.Printout(facts); err != nil {
		return nil, err
	}
	if d.Interpretation.Document, err = report.Interpretation(facts); err != nil {
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
	d, err := makeBoth(facts)
	if err != nil {
		return nil, err
	}
	return d, s.SaveDocuments(
		issued(facts, wearID, clinic.PrintoutDocument, d.Printout.Document),
		issued(facts, wearID, clinic.InterpretationDocument, d.Interpretation.Document))
}

func issueSigned(s *storage.Store, wearID string, facts *report.Facts) (*Documents, error) {
	d := &Documents{Facts: facts}
	var err error
	if d.Printout.Document, err = report.Printout(facts); err != nil {
		return nil, err
	}
	if d.Interpretation.Document, err = stored(s, wearID, facts.Signed.Signature.DocumentID); err != nil {
		return nil, err
	}
	return d, s.SaveDocuments(issued(facts, wearID, clinic.PrintoutDocument, d.Printout.Document))
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

// issued is a document as the store keeps it.
func issued(f *report.Facts, wearID string, kind clinic.DocumentKind, d *report.Document) storage.Issued {
	return storage.Issued{PDF: d.PDF, Document: clinic.Document{
		Kind: kind, PatientID: f.Patient.ID, WearID: wearID, RecordingHash: f.Check.RecordingHash, SHA256: d.SHA256,
		Pages: d.Pages, MadeAt: f.MadeAt, Version: f.Version, CheckMethod: f.Check.MethodVersion,
	}}
}
