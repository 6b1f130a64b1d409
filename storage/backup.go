package storage

import (
	"bufio"
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"tracedesk/storage/engine"
	"tracedesk/storage/engine/bolt"
	"tracedesk/storage/seal"
)

// What can go wrong with a backup.
var (
	ErrNotBackup = errors.New("the file is no backup of Tracedesk, or it was cut short")
	ErrNotEmpty  = errors.New("the folder holds a store already; a backup is restored into an empty place")
	ErrReadBack  = errors.New("the backup could not be read back as it was written")
)

// BackupName is the pattern of a backup's name.
const (
	backupPrefix = "tracedesk-"
	backupSuffix = ".tdbackup.age"
)

// The plan, which is an administrator's, in bucketMeta.
const (
	keyBackups  = "backups"
	keyBackedUp = "backup-result" // how the last went
)

// dumpMagic begins what is inside a backup: then for each value bucket, key
// and value as they are stored, each with its length before it as a uvarint,
// and at the end three zero lengths and the SHA-256 of all before it.
const dumpMagic = "TDBACKUP2"

// DefaultKept is how many backups stay in the folder.
const DefaultKept = 10

// BackupPlan is where backups go, and how the last one went.
type BackupPlan struct {
	Folder   string    `json:"folder,omitempty"` // empty: no automatic ones
	Keep     int       `json:"keep,omitempty"`   // DefaultKept where it is 0
	LastAt   time.Time `json:"last_at,omitzero"`
	LastPath string    `json:"last_path,omitempty"`
	FailedAt time.Time `json:"failed_at,omitzero"` // zero since the last one that worked
	Failure  string    `json:"failure,omitempty"`
	// How the last one went was taken from what anybody may have written who can
	// write the file.
	Unproven bool `json:"unproven,omitempty"`
	keepAll  bool // remove none
}

// plannedBackups is what an administrator planned, as it is stored.
type plannedBackups struct {
	Folder string `json:"folder,omitempty"`
	Keep   int    `json:"keep,omitempty"`
}

// backupResult is how the last backups went, as it is stored.
type backupResult struct {
	LastAt   time.Time `json:"last_at,omitzero"`
	LastPath string    `json:"last_path,omitempty"`
	FailedAt time.Time `json:"failed_at,omitzero"`
	Failure  string    `json:"failure,omitempty"`
	Unproven bool      `json:"unproven,omitempty"`
}

// BackupPlan is the practice's plan; the zero one at first.
func (s *Store) BackupPlan() (p BackupPlan, err error) {
	var planned plannedBackups
	var result backupResult
	err = s.view(func(t *tx) error {
		for key, into := range map[string]any{keyBackups: &planned, keyBackedUp: &result} {
			if err := t.getJSON(bucketMeta, key, into); err != nil && !errors.Is(err, ErrNotAny) {
				return err
			}
		}
		return nil
	})
	return BackupPlan{
		Folder: planned.Folder, Keep: planned.Keep, LastAt: result.LastAt, LastPath: result.LastPath,
		FailedAt: result.FailedAt, Failure: result.Failure, Unproven: result.Unproven,
	}, err
}

// PlanBackups sets where automatic backups go and how many are kept. Only an
// administrator may.
func (s *Store) PlanBackups(folder string, keep int) error {
	if err := s.administrator(); err != nil {
		return err
	}
	return s.update(Entry{Act: ActChanged, Kind: KindSettings, Detail: "backups"}, func(t *tx) error {
		return t.putJSON(bucketMeta, keyBackups, plannedBackups{folder, keep})
	})
}

// Backup writes the whole store, as it is at this moment, into one file in the
// folder, encrypted for the recovery key and for every user's passphrase, reads
// it back, and then removes the oldest so that as many remain as the plan says.
// The store stays in use meanwhile. How it went is kept with the plan. It gives
// the file's path.
func (s *Store) Backup(dir string) (path string, err error) {
	plan, err := s.BackupPlan()
	if err != nil {
		return "", err
	}
	// What lies elsewhere is an administrator's to remove.
	plan.keepAll = plan.Folder != dir && !s.User().Administrator
	plan.Folder = dir
	return s.BackupBy(plan)
}

// BackupBy is Backup by a plan that was read before: the store may be locked
// since, for what is copied is sealed and needs no key.
func (s *Store) BackupBy(plan BackupPlan) (path string, err error) {
	path, err = s.backup(plan.Folder)
	done := outcome{At: s.now().UTC(), Path: path}
	switch {
	case err != nil:
		done.Failure = err.Error()
	case !plan.keepAll:
		prune(plan.Folder, s.head().Store, cmp.Or(plan.Keep, DefaultKept))
	}
	s.setAnchor()
	return path, errors.Join(err, s.keepOutcome(done))
}

// outcome is how a backup went.
type outcome struct {
	At      time.Time `json:"at"`
	Path    string    `json:"path,omitempty"`
	Failure string    `json:"failure,omitempty"`
}

func (o outcome) entry(store string) Entry {
	e := Entry{At: o.At, Act: ActBackedUp, Kind: kindStore, ID: store, Detail: filepath.Base(o.Path)}
	if o.Failure != "" {
		e.Act, e.Detail = ActBackupFailed, ""
	}
	return e
}

// keepOutcome keeps how a backup went: with the plan, or of a locked store
// unsealed until somebody unlocks it.
func (s *Store) keepOutcome(o outcome) error {
	err := s.update(o.entry(s.head().Store), func(t *tx) error { return t.putOutcome(o, false) })
	if errors.Is(err, ErrLocked) {
		return s.engine.Update(func(e engine.Tx) error { return e.Put(bucketMeta, keyOutcome, toJSON(o)) })
	}
	return err
}

func (t *tx) putOutcome(o outcome, unproven bool) error {
	var last backupResult
	if err := t.getJSON(bucketMeta, keyBackedUp, &last); err != nil && !errors.Is(err, ErrNotAny) {
		return err
	}
	if o.Failure != "" {
		last.FailedAt, last.Failure = o.At, o.Failure
	} else {
		last = backupResult{LastAt: o.At, LastPath: o.Path}
	}
	last.Unproven = unproven
	return t.putJSON(bucketMeta, keyBackedUp, last)
}

// mostPath is how much of a path or of an error's text is taken from an outcome.
const mostPath = 1000

// enterOutcome takes up how the backup of the locked store went. It was written
// without a key, so anybody may have written it who can write the file: it is marked,
// and its date is taken only where it can be true.
func (t *tx) enterOutcome(store string, now time.Time) error {
	stored, err := t.e.Get(bucketMeta, keyOutcome)
	if err != nil || stored == nil {
		return err
	}
	var o outcome
	if len(stored) <= mostUnsealed && json.Unmarshal(stored, &o) == nil { // else as good as none
		if !plausible(o.At, now) {
			o.At = now.UTC().Truncate(time.Second)
		}
		o.Path, o.Failure = o.Path[:min(len(o.Path), mostPath)], o.Failure[:min(len(o.Failure), mostPath)]
		e := o.entry(store)
		e.Unproven = true
		if err := errors.Join(t.appendAudit(&e, now), t.putOutcome(o, true)); err != nil {
			return err
		}
	}
	return t.e.Delete(bucketMeta, keyOutcome)
}

func (s *Store) backup(dir string) (string, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", fmt.Errorf("making the folder for backups: %w", err)
	}
	f, err := os.CreateTemp(dir, ".tracedesk-backup-*")
	if err != nil {
		return "", fmt.Errorf("writing the backup: %w", err)
	}
	err = s.writeBackup(f)
	err = errors.Join(err, f.Close())
	path := filepath.Join(dir, fmt.Sprintf("%s%s-%s%s", backupPrefix, s.head().Store, s.now().UTC().Format("20060102T150405.000"), backupSuffix))
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		_ = os.Remove(f.Name())
		return "", fmt.Errorf("writing the backup: %w", err)
	}
	return path, nil
}

// writeBackup writes the backup, to the disk, and reads it back from there.
func (s *Store) writeBackup(f *os.File) error {
	return s.writeBackupOf(f, s.keyring())
}

func (s *Store) writeBackupOf(f *os.File, keys *seal.Keyring) error {
	out, reopen, err := keys.EncryptSelf(f)
	if err != nil {
		return err
	}
	s.swap.RLock()
	defer s.swap.RUnlock()
	var sum []byte
	err = s.engine.View(func(e engine.Tx) error {
		sum, err = dump(e, out)
		return err
	})
	if err == nil {
		err = out.Close()
	}
	if err == nil {
		err = f.Sync()
	}
	if err != nil {
		return err
	}
	if _, err = f.Seek(0, io.SeekStart); err != nil {
		return err
	}
	plain, err := reopen(bufio.NewReader(f))
	if err != nil {
		return fmt.Errorf("%w: %w", ErrReadBack, err)
	}
	again, err := undump(plain, func(string, string, []byte) error { return nil })
	if err != nil || !bytes.Equal(again, sum) {
		return errors.Join(ErrReadBack, err)
	}
	return nil
}

// prune removes the oldest backups of this store beyond keep.
func prune(dir, store string, keep int) {
	names, _ := filepath.Glob(filepath.Join(dir, backupPrefix+store+"-*"+backupSuffix))
	slices.Sort(names) // by time
	for _, name := range names[:max(0, len(names)-keep)] {
		_ = os.Remove(name) // one that stays is no harm
	}
}

// dumpBatch bounds a transaction of a restore.
const dumpBatch = 500

func dump(e engine.Tx, w io.Writer) (sum []byte, err error) {
	out := bufio.NewWriterSize(w, 1<<16)
	d := &dumper{w: out, sum: sha256.New()}
	d.write([]byte(dumpMagic))
	names, err := e.Buckets()
	if err != nil {
		return nil, err
	}
	for _, bucket := range names {
		err := e.Scan(bucket, "", func(key string, value []byte) error {
			d.part([]byte(bucket))
			d.part([]byte(key))
			d.part(value)
			return d.err
		})
		if err != nil {
			return nil, err
		}
	}
	for range 3 {
		d.part(nil)
	}
	sum = d.sum.Sum(nil)
	d.write(sum)
	if d.err == nil {
		d.err = out.Flush()
	}
	return sum, d.err
}

type dumper struct {
	w   io.Writer
	sum hash.Hash
	err error
}

func (d *dumper) write(b []byte) {
	if d.err == nil {
		d.sum.Write(b)
		_, d.err = d.w.Write(b)
	}
}

func (d *dumper) part(b []byte) {
	d.write(binary.AppendUvarint(nil, uint64(len(b))))
	d.write(b)
}

// largestPart bounds what a damaged backup may ask for.
const largestPart = 1 << 30

// summed reads and sums what was read.
type summed struct {
	*bufio.Reader
	sum hash.Hash
}

func (r summed) ReadByte() (byte, error) {
	b, err := r.Reader.ReadByte()
	if err == nil {
		r.sum.Write([]byte{b})
	}
	return b, err
}

func (r summed) take(n uint64) ([]byte, error) {
	if n > largestPart {
		return nil, ErrNotBackup
	}
	var b bytes.Buffer
	if _, err := io.CopyN(&b, r.Reader, int64(n)); err != nil {
		return nil, err
	}
	r.sum.Write(b.Bytes())
	return b.Bytes(), nil
}

func (r summed) part() ([]byte, error) {
	n, err := binary.ReadUvarint(r)
	if err != nil {
		return nil, err
	}
	return r.take(n)
}

// undump reads a dump to its end and checks its sum.
func undump(b io.Reader, put func(bucket, key string, value []byte) error) (sum []byte, err error) {
	r := summed{bufio.NewReaderSize(b, 1<<16), sha256.New()}
	if magic, err := r.take(uint64(len(dumpMagic))); err != nil || string(magic) != dumpMagic {
		return nil, notBackup(err)
	}
	for {
		var parts [3][]byte
		for i := range parts {
			if parts[i], err = r.part(); err != nil {
				return nil, notBackup(err)
			}
		}
		if len(parts[0]) == 0 {
			break
		}
		if err := put(string(parts[0]), string(parts[1]), parts[2]); err != nil {
			return nil, err
		}
	}
	sum = r.sum.Sum(nil)
	stored, err := r.take(sha256.Size)
	if err != nil || !bytes.Equal(stored, sum) {
		return nil, notBackup(err)
	}
	if _, err := r.Reader.ReadByte(); err != io.EOF {
		return nil, ErrNotBackup
	}
	return sum, nil
}

// notBackup says why a file is no whole backup.
func notBackup(why error) error {
	if why == nil {
		return ErrNotBackup
	}
	return fmt.Errorf("%w: %w", ErrNotBackup, why)
}

// Secret opens a backup: a user's passphrase as it was then, or the recovery
// key.
type Secret struct{ Login, Passphrase, RecoveryKey string }

func (x Secret) decrypt(b io.Reader) (io.Reader, error) {
	if x.RecoveryKey != "" {
		return seal.DecryptRecovery(b, x.RecoveryKey)
	}
	return seal.Decrypt(b, x.Login, x.Passphrase)
}

// Restore makes the store of a backup in the folder dir, which must not hold
// one; all of it or nothing. It is locked as every store is.
func Restore(backup, dir string, secret Secret) error {
	path := filepath.Join(dir, FileName)
	if _, err := os.Stat(path); err == nil {
		return ErrNotEmpty
	}
	f, err := os.Open(backup)
	if err != nil {
		return fmt.Errorf("opening the backup: %w", err)
	}
	defer f.Close()
	plain, err := secret.decrypt(bufio.NewReader(f))
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("making the folder for the store: %w", err)
	}
	return build(path, func(put putFunc) error {
		_, err := undump(plain, put)
		return err
	})
}

type putFunc = func(bucket, key string, value []byte) error

// build makes a store's file whole before it gets its name.
func build(path string, fill func(putFunc) error) error {
	partial := path + ".partial"
	_ = os.Remove(partial) // of a time that was cut off
	e, err := bolt.Open(partial)
	if err != nil {
		return err
	}
	b := &batch{e: e}
	err = fill(b.put)
	if err == nil {
		err = b.flush()
	}
	err = errors.Join(err, e.Close())
	if err == nil {
		err = os.Rename(partial, path)
	}
	if err == nil {
		err = syncFolder(filepath.Dir(path))
	}
	if err != nil {
		_ = os.Remove(partial)
	}
	return err
}

// syncFolder makes a rename last; where folders cannot be synced, it is left to
// the system.
func syncFolder(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	_ = f.Sync()
	return f.Close()
}

type batch struct {
	e       engine.Engine
	pending []value
}

type value struct {
	bucket, key string
	bytes       []byte
}

func (b *batch) put(bucket, key string, bytes []byte) error {
	if b.pending = append(b.pending, value{bucket, key, slices.Clone(bytes)}); len(b.pending) < dumpBatch {
		return nil
	}
	return b.flush()
}

func (b *batch) flush() error {
	pending := b.pending
	b.pending = nil
	return b.e.Update(func(e engine.Tx) error {
		for _, v := range pending {
			if err := e.Put(v.bucket, v.key, v.bytes); err != nil {
				return err
			}
		}
		return nil
	})
}

// Backups are the backups of this store in the folder, the latest first.
func (s *Store) Backups(dir string) ([]BackupFile, error) {
	prefix := backupPrefix + s.head().Store + "-"
	names, err := filepath.Glob(filepath.Join(dir, prefix+"*"+backupSuffix))
	if err != nil {
		return nil, err
	}
	var out []BackupFile
	for _, name := range names {
		text := strings.TrimSuffix(strings.TrimPrefix(filepath.Base(name), prefix), backupSuffix)
		if at, err := time.Parse("20060102T150405.000", text); err == nil {
			out = append(out, BackupFile{name, at})
		}
	}
	slices.SortFunc(out, func(a, b BackupFile) int { return b.At.Compare(a.At) })
	return out, nil
}

// BackupFile is a backup in a folder.
type BackupFile struct {
	Path string
	At   time.Time
}
