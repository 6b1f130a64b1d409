package storage

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"tracedesk/cgm"
	"tracedesk/clinic"
	"tracedesk/clinic/steps"
	"tracedesk/clinic/wording"
)

// MismatchError says what a person has to check before a file is stored: that
// it does not seem to belong to the chosen patient, or that something in it can
// be read in two ways. A person may confirm it; the confirmation is kept with
// the source.
type MismatchError struct{ Reasons []string }

func (e *MismatchError) Error() string {
	return "this has to be checked before it is stored: " + strings.Join(e.Reasons, "; ")
}

// Imported is what an import did with one recording.
type Imported struct {
	WearID      string
	RecordingID string
	New         int    // readings that were not stored before
	There       int    // readings that were
	Conflicts   int    // readings stored before with another value, which was kept
	SameFile    bool   // this very file was imported before; nothing was changed
	TrayID      string // where it waits because it fits no wear, or several
}

// Import stores the recordings of one source with the patient, all or none; a
// patient without an id is new and stored with them. A recording of a
// transmitter that the patient has already gets what is new. A source that
// names another patient, a transmitter that is stored with another one, or a
// new patient who seems to be in the store, is a *MismatchError unless confirmed.
func (s *Store) Import(
	patient clinic.Patient, source clinic.Source, recordings []*cgm.Recording, confirmed bool,
) ([]Imported, error) {
	entry := Entry{Act: ActImported, Kind: KindWear}
	var out []Imported
	err := s.updateWith(&entry, func(t *tx) (err error) {
		out, err = t.importAll(&entry, patient, source, recordings, confirmed)
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

func (t *tx) importAll(
	entry *Entry, patient clinic.Patient, source clinic.Source, recordings []*cgm.Recording, confirmed bool,
) ([]Imported, error) {
	patient, reasons, err := t.admit(patient)
	if err != nil {
		return nil, err
	}
	reasons = append(append(reasons, source.Doubts...), patient.Mismatch(source.Named)...)
	for _, r := range recordings {
		others, err := t.otherPatients(patient.ID, r)
		if err != nil {
			return nil, err
		}
		h, err := t.homeOf(patient.ID, r)
		if err != nil {
			return nil, err
		}
		reasons = append(append(reasons, others...), h.unclear...)
	}
	if len(reasons) > 0 && !confirmed {
		return nil, &MismatchError{reasons}
	}
	source.Confirmed = reasons
	var out []Imported
	for _, r := range recordings {
		one, err := t.importOne(patient.ID, source, r)
		if err != nil {
			return nil, err
		}
		out = append(out, one)
	}
	entry.describe(patient.ID, source, out)
	return out, nil
}

// describe says in the audit trail what was imported, by ids and counts.
func (e *Entry) describe(patientID string, source clinic.Source, imported []Imported) {
	var ids []string
	added, there := 0, 0
	for _, i := range imported {
		ids = append(ids, i.WearID)
		added, there = added+i.New, there+i.There
	}
	e.ID = strings.Join(ids, " ")
	e.Detail = fmt.Sprintf("patient %s, source %s, %d readings new, %d there", patientID, source.SHA256, added, there)
	if n := len(source.Confirmed); n > 0 {
		e.Detail += fmt.Sprintf(", %s confirmed", wording.Counted(n, "mismatch"))
	}
}

// admit is the stored patient, or a new one, now stored, with the reasons to
// think that they are not new.
func (t *tx) admit(p clinic.Patient) (clinic.Patient, []string, error) {
	if p.ID != "" {
		return p, nil, t.getJSON(bucketPatients, p.ID, &p)
	}
	if err := p.CheckNames(); err != nil {
		return p, nil, err
	}
	var reasons []string
	for _, k := range t.index.patients {
		if p.SameAs(k) {
			reasons = append(reasons,
				fmt.Sprintf("%s, born %s, record number %s, is in the store already", k.Name(), cmp.Or(k.BirthDate, "not given"),
					cmp.Or(k.Identifier, "not given")))
		}
	}
	slices.Sort(reasons) // a map's order is any
	p.ID = newID()
	return p, reasons, t.putPatient(p)
}

// otherPatientsOf says with whom else a transmitter is stored.
func (t *tx) otherPatientsOf(patientID, transmitterID string) []string {
	var out []string
	if transmitterID == "" {
		return nil
	}
	for _, k := range t.index.wearsWith(transmitterID) {
		if k.Wear.PatientID == patientID {
			continue
		}
		out = append(out, fmt.Sprintf("transmitter %s is stored with %s", transmitterID, t.nameOf(k.Wear.PatientID)))
	}
	return out
}

func (t *tx) importOne(patientID string, source clinic.Source, r *cgm.Recording) (Imported, error) {
	h, err := t.homeOf(patientID, r)
	if err != nil {
		return Imported{}, err
	}
	if h.full != nil {
		return t.extend(h.wear, h.full, source, r)
	}
	wear := clinic.Wear{ID: newID(), PatientID: patientID, TransmitterID: r.TransmitterID}
	if k := placedFor(t.wearsOf(patientID), r); k != nil {
		wear = k.Wear
	}
	return t.firstInto(wear, source, r)
}

// firstInto stores a recording as that of a wear that has none.
func (t *tx) firstInto(wear clinic.Wear, source clinic.Source, r *cgm.Recording) (Imported, error) {
	source.New = len(r.Readings)
	wear.RecordingID, wear.TransmitterID = newID(), r.TransmitterID
	out := Imported{WearID: wear.ID, RecordingID: wear.RecordingID, New: len(r.Readings)}
	return out, t.putRecording(wear, &stored{PatientID: wear.PatientID, Recording: *r, Sources: []clinic.Source{source}})
}

// putRecording stores a wear's recording, what lists say of it, and in its
// history that it was read.
func (t *tx) putRecording(w clinic.Wear, full *stored) error {
	packed, head := pack(full)
	if err := t.putOf(wearOwner(w.ID), bucketRecordings, w.RecordingID, packed); err != nil {
		return err
	}
	return t.record(summarise(w, &head), downloadOf(&head))
}

// downloadOf is the reading of the last source of a recording.
func downloadOf(head *stored) *steps.Record {
	from := head.Sources[len(head.Sources)-1]
	return &steps.Record{Step: steps.Read, Download: &steps.Download{
		Source: from.FileName, SourceSHA256: from.SHA256, RecordingHash: head.Check.RecordingHash,
		HoursRecorded: head.Check.HoursRecorded,
		Readings:      head.Check.Readings, New: from.New, Transmitter: head.Recording.TransmitterID,
		Reader:   head.Recording.DeviceID,
		Firmware: from.Firmware, ClockOffset: from.ClockOffset, Confirmed: from.Confirmed,
	}}
}

func summarise(w clinic.Wear, head *stored) *WearSummary {
	return &WearSummary{
		Wear: w, First: head.First, Last: head.Last, Check: head.Check,
		DeviceID: head.Recording.DeviceID, InsertedAt: head.Recording.InsertedAt,
	}
}

// extend adds to a kept recording what is new in r.
func (t *tx) extend(wear clinic.Wear, full *stored, source clinic.Source, r *cgm.Recording) (Imported, error) {
	out := Imported{RecordingID: wear.RecordingID, WearID: wear.ID}
	sameFile := slices.ContainsFunc(full.Sources, func(s clinic.Source) bool { return s.SHA256 == source.SHA256 })
	merged := cgm.Merge(&full.Recording, r)
	if sameFile && merged.New == 0 {
		out.SameFile, out.There = true, len(r.Readings)
		return out, nil
	}
	out.New, out.There, out.Conflicts = merged.New, merged.There, merged.Conflicts
	mergeRest(&full.Recording, r)
	if full.Recording.TransmitterID == "" && out.New > 0 { // a file with an id names what was kept without one
		full.Recording.TransmitterID, wear.TransmitterID = r.TransmitterID, r.TransmitterID
	}
	source.New, source.There = out.New, out.There
	full.Sources = append(full.Sources, source)
	return out, t.putRecording(wear, full)
}

// mergeRest adds calibrations and events that are not there yet, and what either
// source lacks.
func mergeRest(kept, r *cgm.Recording) {
	for _, c := range r.Calibrations {
		if !slices.ContainsFunc(kept.Calibrations,
			func(k cgm.Calibration) bool { return k.Display == c.Display && k.MgDL == c.MgDL }) {
			kept.Calibrations = append(kept.Calibrations, c)
		}
	}
	for _, e := range r.Events {
		if !slices.ContainsFunc(kept.Events, func(k cgm.Event) bool {
			return k.Display == e.Display && k.Kind == e.Kind && k.Value == e.Value && k.Text == e.Text
		}) {
			kept.Events = append(kept.Events, e)
		}
	}
	slices.SortStableFunc(kept.Calibrations, func(a, b cgm.Calibration) int { return cmp.Compare(a.System, b.System) })
	slices.SortStableFunc(kept.Events, func(a, b cgm.Event) int { return cmp.Compare(a.System, b.System) })
	kept.BadRows += r.BadRows
	kept.Lost = max(kept.Lost, r.Lost) // one damage that is read twice is one
	kept.MayContinue = kept.MayContinue || r.MayContinue
}

// recording is a stored recording, its hash checked.
func (t *tx) recording(w clinic.Wear) (*stored, error) {
	value, err := t.getOf(wearOwner(w.ID), bucketRecordings, w.RecordingID)
	if err != nil {
		return nil, err
	}
	s, err := unpack(value)
	if err != nil {
		return nil, fmt.Errorf("recording %s: %w", w.RecordingID, err)
	}
	return s, nil
}

// WearRecord is a wear with what is stored for it.
type WearRecord struct {
	Wear      clinic.Wear
	Recording *cgm.Recording
	Sources   []clinic.Source
}

// Wear reads a wear with its recording.
func (s *Store) Wear(id string) (*WearRecord, error) {
	var out *WearRecord
	err := s.view(func(t *tx) error {
		var w WearSummary
		if err := t.getJSON(bucketWears, id, &w); err != nil {
			return err
		}
		if err := t.whole(id); err != nil {
			return err
		}
		if w.Wear.RecordingID == "" {
			return ErrNoRecord
		}
		full, err := t.recording(w.Wear)
		if err != nil {
			return err
		}
		out = &WearRecord{w.Wear, &full.Recording, full.Sources}
		return nil
	})
	return out, err
}

// WearSummary is a wear without its readings, for lists. It is stored as the
// wear.
type WearSummary struct {
	Wear  clinic.Wear        `json:"wear"`
	First cgm.WallTime       `json:"first"`
	Last  cgm.WallTime       `json:"last"`
	Check clinic.CheckRecord `json:"check"`
	// Of the recording, to tell what more of it would be.
	DeviceID   string `json:"device_id,omitempty"`
	InsertedAt int64  `json:"inserted_at,omitempty"`

	Brief steps.Brief `json:"brief"` // of its case
}

// Wears are the wears of a patient, or of all patients for an empty id, the
// latest first. They are the store's own, and not to be changed.
func (s *Store) Wears(patientID string) ([]*WearSummary, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.key == nil {
		return nil, ErrLocked
	}
	if patientID != "" {
		return s.index.wearsOf(patientID), nil
	}
	return s.index.sortedWears(), nil
}

// Issued is a document with its PDF.
type Issued struct {
	Document clinic.Document
	PDF      []byte
}

// documentKey keeps a wear's documents together.
func documentKey(d clinic.Document) string { return d.WearID + "/" + d.ID }

// SaveDocuments keeps PDFs as they were issued, all or none, with their facts.
// Each gets an id.
func (s *Store) SaveDocuments(issued ...Issued) error {
	entry := Entry{Act: ActPrinted, Kind: KindDocument}
	return s.updateWith(&entry, func(t *tx) error {
		var ids []string
		for _, i := range issued {
			i.Document.ID = newID()
			ids = append(ids, i.Document.ID)
			if err := t.putOf(wearOwner(i.Document.WearID), bucketFiles, i.Document.ID, i.PDF); err != nil {
				return err
			}
			if err := t.putJSON(bucketDocuments, documentKey(i.Document), i.Document); err != nil {
				return err
			}
			entry.Detail = "wear " + i.Document.WearID
			if i.Document.Kind == clinic.PrintoutDocument {
				if err := t.recordPrint(i.Document); err != nil {
					return err
				}
			}
		}
		entry.ID = strings.Join(ids, " ")
		return nil
	})
}

// Documents are the documents of a wear, oldest first.
func (s *Store) Documents(wearID string) ([]clinic.Document, error) {
	var out []clinic.Document
	err := s.view(func(t *tx) (err error) {
		out, err = t.documents(wearID)
		return err
	})
	return out, err
}

func (t *tx) documents(wearID string) (out []clinic.Document, err error) {
	err = t.each(bucketDocuments, wearID+"/", func(key string, value []byte) error {
		var d clinic.Document
		if err := fromJSON(bucketDocuments, key, value, &d); err != nil {
			return err
		}
		out = append(out, d)
		return nil
	})
	slices.SortStableFunc(out, func(a, b clinic.Document) int {
		return cmp.Or(a.MadeAt.Compare(b.MadeAt), cmp.Compare(b.Kind, a.Kind)) // of one time the printout first
	})
	return out, err
}

// DocumentByHash is the document with the SHA-256 of its PDF, or ErrNotAny.
func (s *Store) DocumentByHash(sha256 string) (found clinic.Document, err error) {
	return found, s.view(func(t *tx) error {
		err := t.any(bucketDocuments, func(key string, value []byte) error {
			var d clinic.Document
			if err := fromJSON(bucketDocuments, key, value, &d); err == nil && d.SHA256 == sha256 {
				found = d
			}
			return nil
		})
		if err == nil && found.ID == "" {
			err = fmt.Errorf("a document of this hash: %w", ErrNotAny)
		}
		return err
	})
}

// PDF is the bytes of a document as issued.
func (s *Store) PDF(d clinic.Document) (pdf []byte, err error) {
	return pdf, s.view(func(t *tx) error {
		pdf, err = t.getOf(wearOwner(d.WearID), bucketFiles, d.ID)
		return err
	})
}

// Stats is how much a store holds.
type Stats struct {
	Patients     int   `json:"patients"`
	Wears        int   `json:"wears"`
	Recordings   int   `json:"recordings"`
	Readings     int   `json:"readings"`
	Documents    int   `json:"documents"`
	Users        int   `json:"users"`
	AuditEntries int   `json:"audit_entries"`
	FileBytes    int64 `json:"file_bytes"`
}

// Stats counts what the store holds.
func (s *Store) Stats() (Stats, error) {
	var out Stats
	err := s.view(func(t *tx) error {
		out.FileBytes, out.Users = s.engine.Size(), len(t.authority.members)
		out.Patients, out.Wears = len(t.index.patients), len(t.index.wears)
		for _, w := range t.index.wears {
			out.Readings += w.Check.Readings
		}
		for bucket, n := range map[string]*int{
			bucketRecordings: &out.Recordings,
			bucketDocuments:  &out.Documents, bucketAudit: &out.AuditEntries,
		} {
			if err := t.e.Scan(bucket, "", func(string, []byte) error { *n++; return nil }); err != nil {
				return err
			}
		}
		return nil
	})
	return out, err
}
