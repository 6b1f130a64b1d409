// Package bolt is the engine of a single workstation: one bbolt file, used by
// one process at a time. A file whose structure is damaged is read by a reader of
// its own, and never written; one that may not be written is opened for reading.
package bolt

import (
	"errors"
	"fmt"
	"os"
	"runtime/debug"
	"strings"
	"time"

	"go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"

	"tracedesk/storage/engine"
	"tracedesk/storage/private"
)

// lockWait is how long a second start waits for the first to end.
const lockWait = time.Second

// mostFaults is how many faults of the structure are named.
const mostFaults = 20

// Bolt is an open file.
type Bolt struct {
	db       *bbolt.DB   // holds the lock, too, where it is not read through
	file     os.FileInfo // when it was opened
	faults   []error     // of the structure, when it was opened
	noted    []error     // what is no fault, and yet to be named
	readOnly error       // why nothing is written; nil where it is
	salvaged *salvaged   // what is read in place of the mapped file
}

var _ engine.Engine = (*Bolt)(nil)

// Open opens the file, and makes it where there is none. ErrInUse or
// ErrNotStore say why not. A damaged file, and one that may not be written, is
// open for reading only.
func Open(path string) (*Bolt, error) {
	b := &Bolt{}
	info, err := os.Stat(path)
	fresh := err != nil || info.Size() == 0
	if err == nil && !writable(path, info) {
		b.readOnly = engine.ErrReadOnlyMedium
	}
	if !fresh {
		if err := b.inspect(path); err != nil {
			return nil, err
		}
	}
	err = guard(func() error {
		b.db, err = open(path, b.readOnly != nil)
		return err
	})
	if err == nil && fresh {
		err = os.Chmod(path, private.File) // whatever the umask is
	}
	if err == nil {
		b.file, err = os.Stat(path)
	}
	if err != nil {
		return nil, errors.Join(err, b.Close())
	}
	return b, nil
}

// writable says whether the file may be written: by its permissions, which an
// administrator's account need not heed, and by trying.
func writable(path string, info os.FileInfo) bool {
	if info.Mode().Perm()&0o222 == 0 {
		return false
	}
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err == nil {
		_ = f.Close()
	}
	return !errors.Is(err, os.ErrPermission) && !protected(err)
}

func open(path string, readOnly bool) (*bbolt.DB, error) {
	db, err := bbolt.Open(path, private.File, &bbolt.Options{Timeout: lockWait, ReadOnly: readOnly})
	switch {
	case errors.Is(err, berrors.ErrTimeout):
		return nil, engine.ErrInUse
	case errors.Is(err, berrors.ErrInvalid), errors.Is(err, berrors.ErrChecksum),
		errors.Is(err, berrors.ErrVersionMismatch):
		return nil, fmt.Errorf("%w: %w", engine.ErrNotStore, err)
	case err != nil:
		return nil, fmt.Errorf("opening the store: %w", err)
	}
	return db, nil
}

// inspect reads the structure of an existing file before bbolt does: a file that
// was cut off would end the process, and a wrong list of free pages would have
// good ones written over. What it finds decides how the file is read.
func (b *Bolt) inspect(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("opening the store: %w", err)
	}
	defer f.Close()
	if _, _, err := latestMeta(f); err != nil {
		return err
	}
	var db *bbolt.DB
	err = guard(func() error { // the lock: nobody writes while it is read
		db, err = open(path, true)
		return err
	})
	if err != nil {
		return err
	}
	defer db.Close()
	m, g, err := b.check(f)
	if err != nil {
		return err
	}
	if b.faults = g.faults; len(b.faults) == 0 {
		return nil
	}
	b.readOnly = engine.ErrReadOnlyDamaged
	b.salvaged, err = salvage(path, m)
	return err
}

// errFirstPage is of a file of which bbolt takes the state before the last: of
// the two pages that name the states, one is whole.
var errFirstPage = fmt.Errorf("%w: one of its first two pages is not whole: the last act before may be missing",
	engine.ErrDamaged)

// check reads the structure of a file that nobody else writes.
func (b *Bolt) check(f *os.File) (meta, *pages, error) {
	info, err := f.Stat()
	if err != nil {
		return meta{}, nil, fmt.Errorf("opening the store: %w", err)
	}
	m, both, err := latestMeta(f)
	if err != nil {
		return m, nil, err
	}
	size := uint64(info.Size())
	if m.pages > size/m.pageSize {
		return m, nil, fmt.Errorf("%w: it was cut off after %d of %d bytes", engine.ErrNotStore, size, m.pages*m.pageSize)
	}
	if !both && len(b.noted) == 0 {
		b.noted = append(b.noted, errFirstPage)
	}
	g := &pages{f: f, size: size}
	g.walk(m)
	return m, g, nil
}

// guard makes an error of what bbolt panics with on a damaged page, and of a
// fault in reading the mapped file.
func guard(f func() error) (err error) {
	before := debug.SetPanicOnFault(true)
	defer debug.SetPanicOnFault(before)
	defer func() {
		if r := recover(); r != nil {
			text, _, _ := strings.Cut(fmt.Sprint(r), "\n")
			err = fmt.Errorf("%w: %s", engine.ErrDamaged, text)
		}
	}()
	return f()
}

// View implements engine.Engine.
func (b *Bolt) View(f func(engine.Tx) error) error {
	if b.salvaged != nil {
		return f(b.salvaged)
	}
	return guard(func() error {
		return b.db.View(func(t *bbolt.Tx) error {
			x := &tx{t: t}
			err := f(x)
			if x.scanned > muchScanned {
				forget(t)
			}
			return err
		})
	})
}

// Update implements engine.Engine.
func (b *Bolt) Update(f func(engine.Tx) error) error {
	if b.readOnly != nil {
		return b.readOnly
	}
	// What is written into a file that was deleted would be lost with the program.
	if now, err := os.Stat(b.db.Path()); err != nil || !os.SameFile(now, b.file) {
		return engine.ErrGone
	}
	return guard(func() error { return b.db.Update(func(t *bbolt.Tx) error { return f(&tx{t: t}) }) })
}

// Check implements engine.Engine.
func (b *Bolt) Check() (faults []error) {
	if len(b.faults) > 0 {
		return b.faults
	}
	err := b.db.View(func(*bbolt.Tx) error { // while it lasts, no page is used anew
		f, err := os.Open(b.db.Path())
		if err != nil {
			return fmt.Errorf("checking the store: %w", err)
		}
		defer f.Close()
		_, g, err := b.check(f)
		if err == nil {
			faults = g.faults
		}
		return err
	})
	if err != nil {
		faults = append(faults, err)
	}
	return append(faults, b.noted...)
}

// Size implements engine.Engine.
func (b *Bolt) Size() (size int64) {
	if b.salvaged != nil {
		return b.file.Size()
	}
	_ = b.db.View(func(t *bbolt.Tx) error { size = t.Size(); return nil })
	return size
}

// Close implements engine.Engine.
func (b *Bolt) Close() (err error) {
	if b.salvaged != nil {
		err = b.salvaged.f.Close()
	}
	if b.db != nil {
		err = errors.Join(err, b.db.Close())
	}
	return err
}

// muchScanned is from how many bytes on a scan's pages are given back.
const muchScanned = 4 << 20

type tx struct {
	t       *bbolt.Tx
	scanned int // bytes of keys and values
}

func (x *tx) Get(bucket, key string) ([]byte, error) {
	b := x.t.Bucket([]byte(bucket))
	if b == nil {
		return nil, nil
	}
	return b.Get([]byte(key)), nil
}

func (x *tx) Put(bucket, key string, value []byte) error {
	b, err := x.t.CreateBucketIfNotExists([]byte(bucket))
	if err != nil {
		return err
	}
	return b.Put([]byte(key), value)
}

func (x *tx) Delete(bucket, key string) error {
	b := x.t.Bucket([]byte(bucket))
	if b == nil {
		return nil
	}
	return b.Delete([]byte(key))
}

func (x *tx) Scan(bucket, prefix string, f func(key string, value []byte) error) error {
	b := x.t.Bucket([]byte(bucket))
	if b == nil {
		return nil
	}
	c := b.Cursor()
	for k, v := c.Seek([]byte(prefix)); k != nil && strings.HasPrefix(string(k), prefix); k, v = c.Next() {
		x.scanned += len(k) + len(v)
		if err := f(string(k), v); err != nil {
			return err
		}
	}
	return nil
}

func (x *tx) Buckets() (names []string, err error) {
	err = x.t.ForEach(func(name []byte, _ *bbolt.Bucket) error {
		names = append(names, string(name))
		return nil
	})
	return names, err
}
