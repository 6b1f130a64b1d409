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
	"strconv"
	"strings"
	"time"

	"tracedesk/storage/engine"
	"tracedesk/storage/engine/bolt"
	"tracedesk/storage/private"
	"tracedesk/storage/seal"
)

// What can go wrong with a backup.
var (
	ErrNotBackup = errors.New("the file is no backup of Tracedesk, or it was cut short")
	ErrNotEmpty  = errors.New("the folder holds a store already; a backup is restored into an empty place")
	ErrReadBack  = errors.New("the backup could not be read back as it was written")
)

// The pattern of a backup's name, and of its name while it is written.
const (
	backupPrefix   = "tracedesk-"
	backupTime     = "20060102T150405.000"
	backupSuffix   = ".tdbackup.age"
	leftoverPrefix = ".tracedesk-backup-"
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
		prune(plan.Folder, path, s.origin(), cmp.Or(plan.Keep, DefaultKept))
	}
	s.setAnchor()
	outcomeErr := s.keepOutcome(done)
	if errors.Is(outcomeErr, ErrReadOnly) { // a store that cannot be written can be backed up
		outcomeErr = nil
	}
	return path, errors.Join(err, outcomeErr)
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
	s.backing.Lock()
	defer s.backing.Unlock()
	if err := private.MkdirAll(dir); err != nil {
		return "", fmt.Errorf("making the folder for backups: %w", err)
	}
	head := s.head()
	removeLeftovers(dir, s.origin())
	number := uint64(1)
	for _, b := range backupsIn(dir, s.origin()) {
		number = max(number, b.number+1)
	}
	f, err := private.CreateTemp(dir, leftoverPrefix+head.Store+"-*")
	if err != nil {
		return "", fmt.Errorf("writing the backup: %w", err)
	}
	err = s.writeBackup(f, number)
	err = errors.Join(err, f.Close())
	path := freeName(dir, head.Store, s.now())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err == nil {
		err = syncFolder(dir)
	}
	if err != nil {
		_ = os.Remove(f.Name())
		return "", fmt.Errorf("writing the backup: %w", err)
	}
	return path, nil
}

// freeName is a backup's path, by the time; a clock that was set back leads to
// no file that is there.
func freeName(dir, store string, at time.Time) string {
	for ; ; at = at.Add(time.Millisecond) {
		path := filepath.Join(dir, backupPrefix+store+"-"+at.UTC().Format(backupTime)+backupSuffix)
		if _, err := os.Lstat(path); err != nil {
			return path
		}
	}
}

// writeBackup writes the backup, to the disk, and reads it back from there.
func (s *Store) writeBackup(f *os.File, number uint64) error {
	return s.writeBackupOf(f, s.head().Store, s.keyring(), number)
}

func (s *Store) writeBackupOf(f *os.File, store string, keys *seal.Keyring, number uint64) error {
	out, reopen, err := keys.EncryptSelf(f, store, strconv.FormatUint(number, 10))
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

// numbered is a backup in a folder, with its number among those of its store: by
// that one is older than another, whatever the clock said and the files' names
// say.
type numbered struct {
	path   string
	number uint64 // 0 of a version that did not number them
}

// backupsIn are the backups of a store in the folder by what they are, the
// oldest first. A file that was given another name is somebody's own.
func backupsIn(dir string, of *origin) (out []numbered) {
	entries, _ := os.ReadDir(dir)
	for _, e := range entries {
		if !e.Type().IsRegular() || !strings.HasPrefix(e.Name(), backupPrefix) || !strings.HasSuffix(e.Name(), backupSuffix) {
			continue
		}
		path := filepath.Join(dir, e.Name())
		if number, ok := of.backupNumber(path); ok {
			out = append(out, numbered{path, number})
		}
	}
	slices.SortFunc(out, func(a, b numbered) int {
		return cmp.Or(cmp.Compare(a.number, b.number), cmp.Compare(a.path, b.path))
	})
	return out
}

// origin is what tells a store's backups from others.
type origin struct {
	store string
	slots []seal.Slot
}

func (s *Store) origin() *origin { return &origin{s.head().Store, s.keyring().Slots} }

// backupNumber says by the label whether a file is a backup of this store, and
// which. One of an earlier version names no store; a user of this one has a slot
// in it.
func (o *origin) backupNumber(path string) (number uint64, ok bool) {
	f, err := os.Open(path)
	if err != nil {
		return 0, false
	}
	defer f.Close()
	label, err := seal.ReadLabel(f)
	if err != nil {
		return 0, false
	}
	if len(label.Words) >= 2 {
		number, err = strconv.ParseUint(label.Words[1], 10, 63)
		return number, err == nil && label.Words[0] == o.store
	}
	return 0, len(label.Words) == 0 && slices.ContainsFunc(label.Slots, func(a seal.Slot) bool {
		return slices.ContainsFunc(o.slots, func(b seal.Slot) bool { return a.UserID == b.UserID })
	})
}

// prune removes the oldest backups of this store beyond keep, never the one that
// was just made and read back.
func prune(dir, made string, of *origin, keep int) {
	all := slices.DeleteFunc(backupsIn(dir, of), func(b numbered) bool { return b.path == made })
	for _, b := range all[:max(0, len(all)-max(0, keep-1))] {
		_ = os.Remove(b.path) // one that stays is no harm
	}
}

// oldLeftover is from when on a file that a backup of an earlier version left
// behind cannot be one that is being written.
const oldLeftover = 24 * time.Hour

// removeLeftovers removes what killed backups of this store left behind: no
// other process has it open, and this one makes one backup at a time.
func removeLeftovers(dir string, of *origin) {
	entries, _ := os.ReadDir(dir)
	for _, e := range entries {
		rest, ok := strings.CutPrefix(e.Name(), leftoverPrefix)
		if !ok || !e.Type().IsRegular() {
			continue
		}
		path := filepath.Join(dir, e.Name())
		_, ours := of.backupNumber(path)
		info, err := e.Info()
		nameless := strings.Trim(rest, "0123456789") == "" // of an earlier version
		old := err == nil && time.Since(info.ModTime()) > oldLeftover
		if ours || strings.HasPrefix(rest, of.store+"-") || nameless && old {
			_ = os.Remove(path) // the next one tries again
		}
	}
}

// What bounds a transaction of a restore.
const (
	dumpBatch = 500
	dumpBytes = 16 << 20
)

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

// largestPart bounds what a damaged or made-up backup may ask for: the largest
// values are documents, of some megabytes.
const largestPart = 256 << 20

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
type Secret struct {
	Login                   string
	Passphrase, RecoveryKey []byte // the caller overwrites them
}

func (x Secret) decrypt(b io.Reader) (io.Reader, error) {
	if len(x.RecoveryKey) > 0 {
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
	plain, err := secret.decrypt(f)
	if err != nil {
		return err
	}
	if err := private.MkdirAll(dir); err != nil {
		return fmt.Errorf("making the folder for the store: %w", err)
	}
	return build(path, func(put putFunc) error { return fillFrom(plain, put) })
}

// fillFrom puts what a backup holds into a new store: anybody who knows the
// practice's public keys can make a file that decrypts, so only what a store has
// is taken.
func fillFrom(plain io.Reader, put putFunc) error {
	whole := false
	_, err := undump(plain, func(bucket, key string, value []byte) error {
		if !slices.Contains(known, bucket) && bucket != bucketUsers { // of format 2
			return fmt.Errorf("%w: it holds “%.40q”", ErrVersion, bucket)
		}
		if bucket == bucketMeta && key == keyHeader {
			var h header
			if err := json.Unmarshal(value, &h); err != nil {
				return notBackup(err)
			}
			if h.Version > FormatVersion {
				return ErrVersion
			}
			whole = true
		}
		return put(bucket, key, value)
	})
	if err == nil && !whole {
		err = notBackup(nil)
	}
	return err
}

type putFunc = func(bucket, key string, value []byte) error

// build makes a store's file whole before it gets its name.
func build(path string, fill func(putFunc) error) error {
	partial := path + partialSuffix
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
	bytes   int
}

type value struct {
	bucket, key string
	bytes       []byte
}

func (b *batch) put(bucket, key string, bytes []byte) error {
	b.pending = append(b.pending, value{bucket, key, slices.Clone(bytes)})
	if b.bytes += len(bytes); len(b.pending) < dumpBatch && b.bytes < dumpBytes {
		return nil
	}
	return b.flush()
}

func (b *batch) flush() error {
	pending := b.pending
	b.pending, b.bytes = nil, 0
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
func (s *Store) Backups(dir string) (out []BackupFile, err error) {
	if _, err := os.ReadDir(dir); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	head := s.head()
	for _, b := range backupsIn(dir, s.origin()) {
		text := strings.TrimSuffix(strings.TrimPrefix(filepath.Base(b.path), backupPrefix+head.Store+"-"), backupSuffix)
		at, err := time.Parse(backupTime, text)
		if err != nil {
			info, err := os.Stat(b.path)
			if err != nil {
				continue // it is gone
			}
			at = info.ModTime()
		}
		out = append(out, BackupFile{b.path, at})
	}
	slices.Reverse(out)
	return out, nil
}

// BackupFile is a backup in a folder.
type BackupFile struct {
	Path string
	At   time.Time
}
