package storage

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"go.etcd.io/bbolt"

	"tracedesk/cgm"
	"tracedesk/clinic"
)

// MismatchError says that a file does not seem to belong to the chosen
// patient. A person may confirm it; the confirmation is kept with the source.
type MismatchError struct{ Reasons []string }

func (e *MismatchError) Error() string {
	return "the file does not seem to be this patient's: " + strings.Join(e.Reasons, "; ")
}

// Imported is what an import did with one recording.
type Imported struct {
	WearID      string
	RecordingID string
	New         int  // readings that were not stored before
	There       int  // readings that were
	Conflicts   int  // readings stored before with another value, which was kept
	SameFile    bool // this very file was imported before; nothing was changed
}

// Import stores the recordings of one source with the patient, all or none; a
// patient without an id is new and stored with them. A recording of a
// transmitter that the patient has already gets what is new. A source that
// names another patient, a transmitter that is stored with another one, or a
// new patient who seems to be in the store, is a *MismatchError unless confirmed.
func (s *Store) Import(patient clinic.Patient, source clinic.Source, recordings []*cgm.Recording, confirmed bool) ([]Imported, error) {
	var out []Imported
	err := s.db.Update(func(tx *bbolt.Tx) error {
		out = nil
		patient, reasons, err := admit(tx, patient)
		if err != nil {
			return err
		}
		kept, err := keptRecordings(tx)
		if err != nil {
			return err
		}
		reasons = append(reasons, patient.Mismatch(source.Named)...)
		for _, r := range recordings {
			reasons = append(reasons, otherPatients(tx, kept, patient.ID, r)...)
		}
		if len(reasons) > 0 && !confirmed {
			return &MismatchError{reasons}
		}
		source.Confirmed = reasons
		for _, r := range recordings {
			one, err := importOne(tx, kept, patient.ID, source, r)
			if err != nil {
				return err
			}
			out = append(out, one)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// admit is the stored patient, or a new one, now stored, with the reasons to
// think that they are not new.
func admit(tx *bbolt.Tx, p clinic.Patient) (clinic.Patient, []string, error) {
	if p.ID != "" {
		return p, nil, getIn(tx, bucketPatients, p.ID, &p)
	}
	known, err := patients(tx)
	if err != nil {
		return p, nil, err
	}
	var reasons []string
	for _, k := range known {
		if p.SameAs(k) {
			reasons = append(reasons, fmt.Sprintf("%s, born %s, record number %s, is in the store already", k.Name(), cmp.Or(k.BirthDate, "not given"), cmp.Or(k.Identifier, "not given")))
		}
	}
	p.ID = newID()
	return p, reasons, put(tx, bucketPatients, p.ID, toJSON(p))
}

// keptHead is a stored recording without its readings.
type keptHead struct {
	id string
	*stored
}

func keptRecordings(tx *bbolt.Tx) ([]keptHead, error) {
	var out []keptHead
	err := each(tx, bucketRecordings, func(id string, value []byte) error {
		head, _, err := unpackHead(value)
		if err != nil {
			return fmt.Errorf("recording %s: %w", id, err)
		}
		out = append(out, keptHead{id, head})
		return nil
	})
	return out, err
}

func otherPatients(tx *bbolt.Tx, kept []keptHead, patientID string, r *cgm.Recording) []string {
	var out []string
	for _, k := range kept {
		if k.PatientID == patientID || r.TransmitterID == "" || k.Recording.TransmitterID != r.TransmitterID {
			continue
		}
		var other clinic.Patient
		name := "another patient"
		if getIn(tx, bucketPatients, k.PatientID, &other) == nil {
			name = other.Name()
		}
		out = append(out, fmt.Sprintf("transmitter %s is stored with %s", r.TransmitterID, name))
	}
	return out
}

func importOne(tx *bbolt.Tx, kept []keptHead, patientID string, source clinic.Source, r *cgm.Recording) (Imported, error) {
	for _, k := range kept {
		if k.PatientID != patientID || !mayContinue(&k.Recording, r) {
			continue
		}
		full, err := loadRecording(tx, k.id)
		if err != nil {
			return Imported{}, err
		}
		// Without a transmitter, or where only one of the two says when its sensor
		// was inserted, a shared reading must show that it is the same wear.
		if named := r.TransmitterID != "" && (k.Recording.InsertedAt == 0) == (r.InsertedAt == 0); !named && !shareReadings(&full.Recording, r) {
			continue
		}
		return extend(tx, k.id, full, source, r)
	}
	source.New = len(r.Readings)
	out := Imported{WearID: newID(), RecordingID: newID(), New: len(r.Readings)}
	wear := clinic.Wear{ID: out.WearID, PatientID: patientID, RecordingID: out.RecordingID, TransmitterID: r.TransmitterID}
	if err := put(tx, bucketWears, wear.ID, toJSON(wear)); err != nil {
		return out, err
	}
	return out, put(tx, bucketRecordings, out.RecordingID, pack(&stored{PatientID: patientID, Recording: *r, Sources: []clinic.Source{source}}))
}

// mayContinue says whether r may be more of the kept recording: the same
// transmitter, or where neither source names one, the same display device; and
// not another sensor of that transmitter.
func mayContinue(kept, r *cgm.Recording) bool {
	if kept.InsertedAt != 0 && r.InsertedAt != 0 && kept.InsertedAt != r.InsertedAt {
		return false
	}
	return kept.TransmitterID == r.TransmitterID && (r.TransmitterID != "" || kept.DeviceID == r.DeviceID)
}

// identity tells readings of one transmitter apart.
type identity struct {
	transmitter bool
	seconds     int64
}

func identityOf(g *cgm.Reading) identity {
	if g.TransmitterSeconds != cgm.NoTransmitterTime {
		return identity{true, g.TransmitterSeconds}
	}
	return identity{false, g.System}
}

// shareReadings says whether a reading stands in both. Of a named transmitter
// its own seconds tell; else the wall clock must be the same too.
func shareReadings(a, b *cgm.Recording) bool {
	type moment struct {
		identity
		display cgm.WallTime
	}
	of := func(g *cgm.Reading) moment {
		m := moment{identityOf(g), g.Display}
		if m.transmitter && a.TransmitterID != "" {
			m.display = 0
		}
		return m
	}
	have := make(map[moment]bool, len(a.Readings))
	for i := range a.Readings {
		have[of(&a.Readings[i])] = true
	}
	return slices.ContainsFunc(b.Readings, func(g cgm.Reading) bool { return have[of(&g)] })
}

// extend adds to a kept recording what is new in r.
func extend(tx *bbolt.Tx, id string, full *stored, source clinic.Source, r *cgm.Recording) (Imported, error) {
	out := Imported{RecordingID: id}
	wear, err := wearOf(tx, id)
	if err != nil {
		return out, err
	}
	out.WearID = wear.ID
	if slices.ContainsFunc(full.Sources, func(s clinic.Source) bool { return s.SHA256 == source.SHA256 }) {
		out.SameFile, out.There = true, len(r.Readings)
		return out, nil
	}
	mergeReadings(&full.Recording, r, &out)
	mergeRest(&full.Recording, r)
	source.New, source.There = out.New, out.There
	full.Sources = append(full.Sources, source)
	return out, put(tx, bucketRecordings, id, pack(full))
}

func mergeReadings(kept, r *cgm.Recording, out *Imported) {
	have := make(map[identity]int, len(kept.Readings))
	for i := range kept.Readings {
		have[identityOf(&kept.Readings[i])] = i
	}
	// Two sources of one transmitter may count from different zeros; a shared
	// reading says by how much.
	offset := int64(0)
	for i := range r.Readings {
		if at, there := have[identityOf(&r.Readings[i])]; there {
			offset = kept.Readings[at].System - r.Readings[i].System
			break
		}
	}
	for _, g := range r.Readings {
		at, there := have[identityOf(&g)]
		switch {
		case !there:
			g.System += offset
			kept.Readings = append(kept.Readings, g)
			out.New++
		case kept.Readings[at].MgDL != g.MgDL:
			out.Conflicts++
			out.There++
		default:
			out.There++
		}
	}
	slices.SortStableFunc(kept.Readings, func(a, b cgm.Reading) int { return cmp.Compare(a.System, b.System) })
	kept.Conflicts += out.Conflicts
	kept.IntervalSeconds = cgm.DetectInterval(kept.Readings)
}

// mergeRest adds calibrations and events that are not there yet.
func mergeRest(kept, r *cgm.Recording) {
	for _, c := range r.Calibrations {
		if !slices.ContainsFunc(kept.Calibrations, func(k cgm.Calibration) bool { return k.Display == c.Display && k.MgDL == c.MgDL }) {
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
}

func wearOf(tx *bbolt.Tx, recordingID string) (clinic.Wear, error) {
	var found clinic.Wear
	err := each(tx, bucketWears, func(_ string, value []byte) error {
		var w clinic.Wear
		if err := json.Unmarshal(value, &w); err != nil {
			return err
		}
		if w.RecordingID == recordingID {
			found = w
		}
		return nil
	})
	if err == nil && found.ID == "" {
		err = fmt.Errorf("the wear of recording %s: %w", recordingID, ErrNotAny)
	}
	return found, err
}

func loadRecording(tx *bbolt.Tx, id string) (*stored, error) {
	value, err := fetch(tx, bucketRecordings, id)
	if err != nil {
		return nil, err
	}
	s, err := unpack(value)
	if err != nil {
		return nil, fmt.Errorf("recording %s: %w", id, err)
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
	err := s.db.View(func(tx *bbolt.Tx) error {
		var w clinic.Wear
		if err := getIn(tx, bucketWears, id, &w); err != nil {
			return err
		}
		full, err := loadRecording(tx, w.RecordingID)
		if err != nil {
			return err
		}
		out = &WearRecord{w, &full.Recording, full.Sources}
		return nil
	})
	return out, err
}

// WearSummary is a wear without its readings, for lists.
type WearSummary struct {
	Wear        clinic.Wear
	First, Last cgm.WallTime
	Check       clinic.CheckRecord
}

// Wears are the wears of a patient, or of all patients for an empty id, the
// latest first.
func (s *Store) Wears(patientID string) ([]WearSummary, error) {
	var out []WearSummary
	err := s.db.View(func(tx *bbolt.Tx) error {
		return each(tx, bucketWears, func(_ string, value []byte) error {
			var w WearSummary
			if err := json.Unmarshal(value, &w.Wear); err != nil {
				return err
			}
			if patientID != "" && w.Wear.PatientID != patientID {
				return nil
			}
			packed, err := fetch(tx, bucketRecordings, w.Wear.RecordingID)
			if err != nil {
				return err
			}
			head, _, err := unpackHead(packed)
			if err != nil {
				return fmt.Errorf("recording %s: %w", w.Wear.RecordingID, err)
			}
			w.First, w.Last, w.Check = head.First, head.Last, head.Check
			out = append(out, w)
			return nil
		})
	})
	slices.SortStableFunc(out, func(a, b WearSummary) int { return cmp.Compare(b.Last, a.Last) })
	return out, err
}

// Issued is a document with its PDF.
type Issued struct {
	Document clinic.Document
	PDF      []byte
}

// SaveDocuments keeps PDFs as they were issued, all or none, with their facts.
// Each gets an id.
func (s *Store) SaveDocuments(issued ...Issued) error {
	return s.db.Update(func(tx *bbolt.Tx) error {
		for _, i := range issued {
			i.Document.ID = newID()
			if err := put(tx, bucketFiles, i.Document.ID, i.PDF); err != nil {
				return err
			}
			if err := put(tx, bucketDocuments, i.Document.ID, toJSON(i.Document)); err != nil {
				return err
			}
		}
		return nil
	})
}

// Documents are the documents of a wear, or all for an empty id, oldest first.
func (s *Store) Documents(wearID string) ([]clinic.Document, error) {
	var out []clinic.Document
	err := s.db.View(func(tx *bbolt.Tx) error {
		return each(tx, bucketDocuments, func(_ string, value []byte) error {
			var d clinic.Document
			if err := json.Unmarshal(value, &d); err != nil {
				return err
			}
			if wearID == "" || d.WearID == wearID {
				out = append(out, d)
			}
			return nil
		})
	})
	slices.SortStableFunc(out, func(a, b clinic.Document) int { return a.MadeAt.Compare(b.MadeAt) })
	return out, err
}

// PDF is the bytes of a document as issued.
func (s *Store) PDF(documentID string) ([]byte, error) {
	var out []byte
	err := s.db.View(func(tx *bbolt.Tx) error {
		value, err := fetch(tx, bucketFiles, documentID)
		out = slices.Clone(value)
		return err
	})
	return out, err
}

// Stats is how much a store holds.
type Stats struct {
	Patients   int   `json:"patients"`
	Wears      int   `json:"wears"`
	Recordings int   `json:"recordings"`
	Readings   int   `json:"readings"`
	Documents  int   `json:"documents"`
	FileBytes  int64 `json:"file_bytes"`
}

// Stats counts what the store holds.
func (s *Store) Stats() (Stats, error) {
	var out Stats
	err := s.db.View(func(tx *bbolt.Tx) error {
		out.FileBytes = tx.Size()
		out.Patients = tx.Bucket([]byte(bucketPatients)).Stats().KeyN
		out.Wears = tx.Bucket([]byte(bucketWears)).Stats().KeyN
		out.Documents = tx.Bucket([]byte(bucketDocuments)).Stats().KeyN
		kept, err := keptRecordings(tx)
		out.Recordings = len(kept)
		for _, k := range kept {
			out.Readings += k.Count
		}
		return err
	})
	return out, err
}

// Verify reads everything and checks every checksum and hash. It goes on after
// a fault, and names all.
func (s *Store) Verify() (checked int, faults []error) {
	err := s.db.View(func(tx *bbolt.Tx) error {
		for err := range tx.Check() {
			faults = append(faults, fmt.Errorf("the file's structure: %w", err))
		}
		for _, bucket := range buckets {
			b := tx.Bucket([]byte(bucket))
			if b == nil {
				faults = append(faults, fmt.Errorf("%s is missing: %w", bucket, ErrDamaged))
				continue
			}
			_ = b.ForEach(func(k, raw []byte) error {
				checked++
				if err := verifyValue(tx, bucket, string(k), raw); err != nil {
					faults = append(faults, err)
				}
				return nil
			})
		}
		return nil
	})
	if err != nil {
		faults = append(faults, err)
	}
	return checked, faults
}

func verifyValue(tx *bbolt.Tx, bucket, key string, raw []byte) error {
	value, err := unwrap(bucket, key, raw)
	if err != nil {
		return err
	}
	switch bucket {
	case bucketRecordings:
		_, err = unpack(value)
	case bucketDocuments:
		var d clinic.Document
		if err = json.Unmarshal(value, &d); err == nil {
			err = verifyPDF(tx, d)
		}
	}
	if err != nil {
		return fmt.Errorf("%s %s: %w", bucket, key, err)
	}
	return nil
}

func verifyPDF(tx *bbolt.Tx, d clinic.Document) error {
	pdf, err := fetch(tx, bucketFiles, d.ID)
	switch {
	case errors.Is(err, ErrNotAny):
		return fmt.Errorf("its PDF is missing: %w", ErrDamaged)
	case err != nil:
		return err
	case clinic.HashOf(pdf) != d.SHA256:
		return fmt.Errorf("its PDF does not match its hash: %w", ErrDamaged)
	}
	return nil
}
