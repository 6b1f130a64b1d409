package storage

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"tracedesk/clinic"
	"tracedesk/clinic/wording"
	"tracedesk/storage/engine"
	"tracedesk/storage/engine/bolt"
	"tracedesk/storage/private"
	"tracedesk/storage/seal"
)

// What can go wrong with a store as a whole.
var (
	ErrNoStore  = errors.New("there is no store in this folder")
	ErrExists   = errors.New("there is a store in this folder already")
	ErrInUse    = engine.ErrInUse
	ErrNotAny   = errors.New("there is no such entry in the store")
	ErrVersion  = errors.New("the store was written by a newer version of Tracedesk")
	ErrNotStore = engine.ErrNotStore
	ErrReadOnly = engine.ErrReadOnly
	ErrPage     = engine.ErrDamaged // ErrDamaged is of a value

	ErrReadOnlyMedium = engine.ErrReadOnlyMedium // an ErrReadOnly
	ErrGone           = engine.ErrGone
	ErrDamaged        = seal.ErrDamaged
	ErrLocked         = errors.New("the store is locked")
	ErrNoRecord       = errors.New("nothing has been read for this wear yet")
	ErrUnsealed       = errors.New("the store is of an earlier version and not sealed yet")
	ErrCost           = seal.ErrCost
	ErrUpgrade        = errors.New("the store is of an earlier format, which an administrator has to convert by " +
		"unlocking it once")
	ErrLockLimit = errors.New("only an administrator may let the window stay open for longer without use")
)

// FileName is the store's one file, in the folder that the practice chose.
const FileName = "tracedesk.db"

// FormatVersion is the version of the stored format, docs/format.md.
const FormatVersion = 3

// The buckets.
const (
	bucketMeta       = "meta"
	bucketUsers      = "users" // of format 2
	bucketPatients   = "patients"
	bucketWears      = "wears"
	bucketRecordings = "recordings"
	bucketDocuments  = "documents" // facts about each PDF, by wear and document id
	bucketFiles      = "files"     // the PDFs' bytes, by document id
	bucketAudit      = "audit"
	bucketSteps      = "steps"    // a wear's history, by wear id and number
	bucketDrafts     = "drafts"   // interpretations as they are written, by wear id
	bucketProfiles   = "profiles" // payer profiles, by id and version
	bucketServices   = "services" // done elsewhere, by patient id and id
	bucketTray       = "tray"     // recordings that belong to nobody yet
	bucketDevices    = "devices"  // the inventory
	bucketForms      = "forms"    // typed and not recorded, by user id
	bucketSigners    = "signers"  // clinicians' signing keys, by user id
	bucketSlots      = "slots"    // how each user gets in, by user id
)

// In bucketMeta: the first three are not sealed, the others are. What stands in
// failures and backed-up anybody may have written.
const (
	keyHeader   = "header"
	keyFailures = "failures"
	keyOutcome  = "backed-up" // of a backup made while the store was locked
	keyState    = "state"
	keySettings = "settings"
	keyLogo     = "logo"
	keyRoot     = "root" // the private key of the practice's root, for administrators
)

// unsealed says which values are stored as they are: what unlocking needs.
func unsealed(bucket, key string) bool {
	return bucket == bucketSlots || bucket == bucketMeta && (key == keyHeader || key == keyFailures || key == keyOutcome)
}

// header is what can be read without a passphrase, beside the slots. It holds no
// patient facts; the records of who may do what name its hash and that of each slot.
type header struct {
	Version  int           `json:"version"`
	Store    string        `json:"store"` // random
	Recovery seal.Recovery `json:"recovery"`
}

// state is sealed, and written with every act.
type state struct {
	Header string `json:"header_sha256,omitempty"` // of format 2
	Count  uint64 `json:"audit_count"`
	Head   string `json:"audit_head"` // the hash of the last entry
	LastAt int64  `json:"last_at"`    // Unix seconds of the last entry
	Root   string `json:"root"`       // of the tree over all values
	// What was found changed at an unlocking, by owner: it stays so.
	Suspect []string `json:"suspect,omitempty"`
}

// Store is the practice's store. It may be used from several goroutines. It is
// locked until somebody unlocks it; then it acts in their name.
type Store struct {
	path   string
	engine engine.Engine
	now    func() time.Time

	backing sync.Mutex // held while a backup is made

	swap sync.RWMutex // held while the engine's file is replaced, or read without mu

	mu     sync.RWMutex
	header header
	slots  []seal.Slot
	before *headerV2 // of a store that is still of format 2
	key    *seal.Key // nil while locked
	user   clinic.User
	index  *index

	unfinished error        // why a deletion could not be finished; see Unfinished
	author     *seal.Author // signs what the user does
	root       *seal.Root   // the practice's, while an administrator is in
	recovering bool         // the recovery key signs, until the user has a key again
	authority  *authority
	tree       *tree
	unproven   []error // what unlocking found changed

	cost        seal.Cost // of the passphrases set from now on
	anchor      Anchor
	acceptOlder bool

	changes uint64 // acts since it was opened that a backup would lack
}

// Setup is what a new store begins with: its administrator.
type Setup struct {
	Practice      string // its name, for the root's certificate; may be empty
	Administrator clinic.User
	Passphrase    []byte           // the caller overwrites it
	Cost          seal.Cost        // of guessing a passphrase; DefaultCost where it is zero
	Now           func() time.Time // the workstation's clock where it is nil
}

func (a *Setup) prepare() error {
	a.Administrator.Administrator = true
	a.Administrator.ID = newID()
	if a.Cost == (seal.Cost{}) {
		a.Cost = seal.DefaultCost
	}
	if a.Now == nil {
		a.Now = time.Now
	}
	if err := a.Administrator.Validate(); err != nil {
		return err
	}
	return a.Administrator.CheckPassphrase(a.Passphrase)
}

// Create makes a new, empty store in the folder dir, and the folder if need
// be, unlocked for its administrator. The recovery key is nowhere else: it is
// to be printed, and then overwritten. ErrExists if there is a store.
func Create(dir string, setup Setup) (s *Store, recoveryKey []byte, err error) {
	path := filepath.Join(dir, FileName)
	if _, err := os.Stat(path); err == nil {
		return nil, nil, ErrExists
	}
	if err := setup.prepare(); err != nil {
		return nil, nil, err
	}
	if err := private.MkdirAll(dir); err != nil {
		return nil, nil, fmt.Errorf("making the folder for the store: %w", err)
	}
	return create(path, setup)
}

func create(path string, setup Setup) (*Store, []byte, error) {
	e, err := bolt.Open(path)
	if err != nil {
		return nil, nil, err
	}
	s := &Store{path: path, engine: e, now: setup.Now}
	secret, err := s.found(setup)
	if err != nil {
		_ = e.Close()
		_ = os.Remove(path) // it was ours and is empty
		return nil, nil, err
	}
	hold(path, s.now())
	return s, secret, nil
}

// Open opens the store in the folder dir, locked. ErrNoStore, ErrInUse,
// ErrVersion, ErrUnsealed or ErrNotStore say why not.
func Open(dir string) (*Store, error) {
	path := filepath.Join(dir, FileName)
	if err := settle(path); err != nil {
		return nil, err
	}
	if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
		return nil, ErrNoStore
	}
	e, err := bolt.Open(path)
	if err != nil {
		return nil, heldBy(path, err)
	}
	removeUnfinished(path)
	s := &Store{path: path, engine: e, now: time.Now, cost: seal.DefaultCost}
	if err := s.engine.View(s.readHeader); err != nil {
		return nil, errors.Join(err, e.Close())
	}
	hold(path, s.now())
	return s, nil
}

func (s *Store) readHeader(e engine.Tx) error {
	stored, err := e.Get(bucketMeta, keyHeader)
	if err != nil {
		return err
	}
	if stored == nil {
		return whatElse(e)
	}
	if err := json.Unmarshal(stored, &s.header); err != nil {
		return fmt.Errorf("%w: its header cannot be read", ErrNotStore)
	}
	switch {
	case s.header.Version > FormatVersion:
		return ErrVersion
	case s.header.Version < FormatVersion:
		return s.readHeaderV2(stored)
	}
	return s.readSlots(e)
}

func (s *Store) readSlots(e engine.Tx) error {
	s.slots = nil
	return e.Scan(bucketSlots, "", func(key string, stored []byte) error {
		var slot seal.Slot
		if err := json.Unmarshal(stored, &slot); err != nil || slot.UserID != key {
			return nil // unlocking says that it is none of ours
		}
		s.slots = append(s.slots, slot)
		return nil
	})
}

// whatElse says what a file without a header is.
func whatElse(e engine.Tx) error {
	if old, err := e.Get(bucketMeta, keyFormatV1); err != nil || old != nil {
		return errors.Join(err, ErrUnsealed)
	}
	return fmt.Errorf("%w: it is another program's", ErrNotStore)
}

// Close locks the store and ends its use.
func (s *Store) Close() error {
	s.setAnchor()
	s.Lock()
	release(s.path)
	return s.engine.Close()
}

// Path is the store's file.
func (s *Store) Path() string { return s.path }

// Damaged says what is wrong with the file's structure; such a store can only
// be read.
func (s *Store) Damaged() []error {
	if errors.Is(s.ReadOnly(), engine.ErrReadOnlyDamaged) {
		return s.engine.Check()
	}
	return nil
}

// ReadOnly says why the store can only be read, an ErrReadOnly; nil where it is
// written, too.
func (s *Store) ReadOnly() error {
	if err := s.engine.Update(func(engine.Tx) error { return errNothing }); errors.Is(err, ErrReadOnly) {
		return err
	}
	return nil
}

// errNothing ends an update in which nothing was to be kept.
var errNothing = errors.New("nothing")

// newID is a random id without meaning.
func newID() string {
	var b [10]byte
	_, _ = rand.Read(b[:]) // never fails
	return hex.EncodeToString(b[:])
}

// SavePatient stores the patient, giving a new one its id; clinic.ErrControl and
// clinic.ErrLongName say why a name cannot be taken.
func (s *Store) SavePatient(p clinic.Patient) (clinic.Patient, error) {
	if err := p.CheckNames(); err != nil {
		return p, err
	}
	act := ActChanged
	if p.ID == "" {
		p.ID, act = newID(), ActAdded
	}
	return p, s.update(Entry{Act: act, Kind: KindPatient, ID: p.ID}, func(t *tx) error { return t.putPatient(p) })
}

// Patient is the patient with the id, or ErrNotAny.
func (s *Store) Patient(id string) (p clinic.Patient, err error) {
	return p, s.view(func(t *tx) error { return t.getJSON(bucketPatients, id, &p) })
}

// Patients are all patients, by last name, first name and record number.
func (s *Store) Patients() ([]clinic.Patient, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.key == nil {
		return nil, ErrLocked
	}
	return s.index.sortedPatients(), nil
}

// Settings are the practice's, or the default ones.
func (s *Store) Settings() (clinic.Settings, error) {
	settings := clinic.DefaultSettings()
	err := s.view(func(t *tx) (err error) { settings, err = t.settings(); return err })
	return settings, err
}

// SaveSettings stores the practice's settings. The window locks after what an
// administrator chose, at the latest: ErrLockLimit for a longer time by staff.
func (s *Store) SaveSettings(settings clinic.Settings) error {
	if err := clinic.CheckName(settings.Practice, settings.Address); err != nil {
		return err
	}
	if err := wording.CheckDocumentNames(settings.DocumentNames); err != nil {
		return err
	}
	return s.update(Entry{Act: ActChanged, Kind: KindSettings}, func(t *tx) error {
		if most := t.authority.limits.LockMinutes; settings.LockAfter() != most {
			switch {
			case t.user.Administrator:
				l := limits{LockMinutes: settings.LockAfter()}
				if err := t.enrol(record{What: "limits", Limits: &l}); err != nil {
					return err
				}
			case settings.LockAfter() > most:
				return ErrLockLimit
			}
		}
		return t.putJSON(bucketMeta, keySettings, settings)
	})
}

// Logo is the practice's, or nothing.
func (s *Store) Logo() (logo []byte, err error) {
	err = s.view(func(t *tx) error { logo, err = t.get(bucketMeta, keyLogo); return err })
	if errors.Is(err, ErrNotAny) {
		err = nil
	}
	return logo, err
}

// SaveLogo keeps the practice's logo; an empty one removes it.
func (s *Store) SaveLogo(logo []byte) error {
	return s.update(Entry{Act: ActChanged, Kind: KindSettings, Detail: "logo"}, func(t *tx) error {
		if len(logo) == 0 {
			return t.delete(bucketMeta, keyLogo)
		}
		return t.put(bucketMeta, keyLogo, logo)
	})
}
