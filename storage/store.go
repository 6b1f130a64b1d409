package storage

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"time"

	"go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"

	"tracedesk/clinic"
)

// What can go wrong with a store as a whole.
var (
	ErrNoStore  = errors.New("there is no store in this folder")
	ErrExists   = errors.New("there is a store in this folder already")
	ErrInUse    = errors.New("the store is open in another window or program")
	ErrNotAny   = errors.New("there is no such entry in the store")
	ErrVersion  = errors.New("the store was written by a newer version of Tracedesk")
	ErrNotStore = errors.New("the file is not a Tracedesk store, or it is damaged")
)

// FileName is the store's one file, in the folder that the practice chose.
const FileName = "tracedesk.db"

// FormatVersion is the version of the stored format, docs/format.md.
const FormatVersion = 1

// The buckets.
const (
	bucketMeta       = "meta"
	bucketPatients   = "patients"
	bucketWears      = "wears"
	bucketRecordings = "recordings"
	bucketDocuments  = "documents" // facts about each PDF
	bucketFiles      = "files"     // the PDFs' bytes, by document id
)

var buckets = []string{bucketMeta, bucketPatients, bucketWears, bucketRecordings, bucketDocuments, bucketFiles}

const (
	keyFormat   = "format"
	keySettings = "settings"
)

// lockWait is how long a second start waits for the first to end.
const lockWait = time.Second

// Store is the practice's store. It may be used from several goroutines.
type Store struct {
	db   *bbolt.DB
	path string
}

// Create makes a new, empty store in the folder dir, and the folder if need
// be. ErrExists if there is one.
func Create(dir string) (*Store, error) {
	if _, err := os.Stat(filepath.Join(dir, FileName)); err == nil {
		return nil, ErrExists
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("making the folder for the store: %w", err)
	}
	return open(dir)
}

// Open opens the store in the folder dir. ErrNoStore, ErrInUse, ErrVersion or
// ErrNotStore say why not.
func Open(dir string) (*Store, error) {
	if _, err := os.Stat(filepath.Join(dir, FileName)); errors.Is(err, os.ErrNotExist) {
		return nil, ErrNoStore
	}
	return open(dir)
}

func open(dir string) (*Store, error) {
	path := filepath.Join(dir, FileName)
	if err := whole(path); err != nil {
		return nil, err
	}
	db, err := openFile(path, false)
	if err != nil {
		return nil, err
	}
	s := &Store{db: db, path: path}
	if err := s.prepare(); err != nil {
		_ = db.Close()
		return nil, err
	}
	return s, nil
}

func openFile(path string, readOnly bool) (*bbolt.DB, error) {
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{Timeout: lockWait, ReadOnly: readOnly})
	switch {
	case errors.Is(err, berrors.ErrTimeout):
		return nil, ErrInUse
	case errors.Is(err, berrors.ErrInvalid), errors.Is(err, berrors.ErrChecksum), errors.Is(err, berrors.ErrVersionMismatch):
		return nil, fmt.Errorf("%w: %w", ErrNotStore, err)
	case err != nil:
		return nil, fmt.Errorf("opening the store: %w", err)
	}
	return db, nil
}

// whole says whether an existing file is as long as its pages ask for. Opening
// for writing touches all of them, and one that was cut off in copying would
// end the process; opening for reading touches only the first.
func whole(path string) error {
	info, err := os.Stat(path)
	if err != nil || info.Size() == 0 {
		return nil // a new store
	}
	db, err := openFile(path, true)
	if err != nil {
		return err
	}
	defer db.Close()
	return db.View(func(tx *bbolt.Tx) error {
		if tx.Size() > info.Size() {
			return fmt.Errorf("%w: it was cut off after %d of %d bytes", ErrNotStore, info.Size(), tx.Size())
		}
		return nil
	})
}

// prepare writes what a new file lacks and checks the format of an old one.
func (s *Store) prepare() error {
	var format struct {
		Version int `json:"version"`
	}
	err := s.get(bucketMeta, keyFormat, &format)
	switch {
	case err == nil && format.Version > FormatVersion:
		return ErrVersion
	case err == nil || !errors.Is(err, ErrNotAny):
		return err
	}
	return s.db.Update(func(tx *bbolt.Tx) error {
		if name, _ := tx.Cursor().First(); name != nil {
			return fmt.Errorf("%w: it is another program's", ErrNotStore)
		}
		for _, name := range buckets {
			if _, err := tx.CreateBucketIfNotExists([]byte(name)); err != nil {
				return fmt.Errorf("preparing the store: %w", err)
			}
		}
		format.Version = FormatVersion
		return put(tx, bucketMeta, keyFormat, toJSON(format))
	})
}

// Close ends the use of the store.
func (s *Store) Close() error { return s.db.Close() }

// Path is the store's file.
func (s *Store) Path() string { return s.path }

// put and fetch are the only ways into and out of the file.
func put(tx *bbolt.Tx, bucket, key string, value []byte) error {
	if err := tx.Bucket([]byte(bucket)).Put([]byte(key), wrap(bucket, key, value)); err != nil {
		return fmt.Errorf("writing %s: %w", bucket, err)
	}
	return nil
}

func fetch(tx *bbolt.Tx, bucket, key string) ([]byte, error) {
	b := tx.Bucket([]byte(bucket))
	if b == nil {
		return nil, ErrNotAny
	}
	stored := b.Get([]byte(key))
	if stored == nil {
		return nil, ErrNotAny
	}
	return unwrap(bucket, key, stored)
}

func each(tx *bbolt.Tx, bucket string, f func(key string, value []byte) error) error {
	return tx.Bucket([]byte(bucket)).ForEach(func(k, stored []byte) error {
		value, err := unwrap(bucket, string(k), stored)
		if err != nil {
			return err
		}
		return f(string(k), value)
	})
}

// get reads one JSON value.
func (s *Store) get(bucket, key string, into any) error {
	return s.db.View(func(tx *bbolt.Tx) error { return getIn(tx, bucket, key, into) })
}

func getIn(tx *bbolt.Tx, bucket, key string, into any) error {
	value, err := fetch(tx, bucket, key)
	if err != nil {
		return err
	}
	return json.Unmarshal(value, into)
}

// newID is a random id without meaning.
func newID() string {
	var b [10]byte
	_, _ = rand.Read(b[:]) // never fails
	return hex.EncodeToString(b[:])
}

// SavePatient stores the patient, giving a new one its id.
func (s *Store) SavePatient(p clinic.Patient) (clinic.Patient, error) {
	if p.ID == "" {
		p.ID = newID()
	}
	return p, s.db.Update(func(tx *bbolt.Tx) error { return put(tx, bucketPatients, p.ID, toJSON(p)) })
}

// Patient is the patient with the id, or ErrNotAny.
func (s *Store) Patient(id string) (p clinic.Patient, err error) {
	return p, s.get(bucketPatients, id, &p)
}

// Patients are all patients, by last name, first name and record number.
func (s *Store) Patients() (out []clinic.Patient, err error) {
	err = s.db.View(func(tx *bbolt.Tx) error {
		out, err = patients(tx)
		return err
	})
	return out, err
}

func patients(tx *bbolt.Tx) ([]clinic.Patient, error) {
	var out []clinic.Patient
	err := each(tx, bucketPatients, func(_ string, value []byte) error {
		var p clinic.Patient
		if err := json.Unmarshal(value, &p); err != nil {
			return err
		}
		out = append(out, p)
		return nil
	})
	sort.SliceStable(out, func(i, j int) bool { return sortName(out[i]) < sortName(out[j]) })
	return out, err
}

func sortName(p clinic.Patient) string {
	return p.LastName + "\x00" + p.FirstName + "\x00" + p.Identifier
}

// Settings are the practice's, or the default ones.
func (s *Store) Settings() (clinic.Settings, error) {
	settings := clinic.DefaultSettings()
	err := s.get(bucketMeta, keySettings, &settings)
	if errors.Is(err, ErrNotAny) {
		err = nil
	}
	return settings, err
}

// SaveSettings stores the practice's settings.
func (s *Store) SaveSettings(settings clinic.Settings) error {
	return s.db.Update(func(tx *bbolt.Tx) error { return put(tx, bucketMeta, keySettings, toJSON(settings)) })
}
