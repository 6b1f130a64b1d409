// Package bolt is the engine of a single workstation: one bbolt file, used by
// one process at a time. A file whose structure is damaged is opened for
// reading only, and a fault in reading it is an error, not the end of the
// program.
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
)

// lockWait is how long a second start waits for the first to end.
const lockWait = time.Second

// mostFaults is how many faults of the structure are named.
const mostFaults = 20

// Bolt is an open file.
type Bolt struct {
	db     *bbolt.DB
	file   os.FileInfo // when it was opened
	faults []error     // of the structure, when it was opened
}

var _ engine.Engine = (*Bolt)(nil)

// Open opens the file, and makes it where there is none. ErrInUse or
// ErrNotStore say why not. A damaged file is open for reading only.
func Open(path string) (*Bolt, error) {
	faults, err := inspect(path)
	if err != nil {
		return nil, err
	}
	b := &Bolt{faults: faults}
	err = guard(func() error {
		b.db, err = open(path, len(faults) > 0)
		return err
	})
	if err != nil {
		return nil, err
	}
	if b.file, err = os.Stat(path); err != nil {
		return nil, errors.Join(fmt.Errorf("opening the store: %w", err), b.db.Close())
	}
	return b, nil
}

func open(path string, readOnly bool) (*bbolt.DB, error) {
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{Timeout: lockWait, ReadOnly: readOnly})
	switch {
	case errors.Is(err, berrors.ErrTimeout):
		return nil, engine.ErrInUse
	case errors.Is(err, berrors.ErrInvalid), errors.Is(err, berrors.ErrChecksum), errors.Is(err, berrors.ErrVersionMismatch):
		return nil, fmt.Errorf("%w: %w", engine.ErrNotStore, err)
	case err != nil:
		return nil, fmt.Errorf("opening the store: %w", err)
	}
	return db, nil
}

// inspect reads the structure of an existing file before anything is opened
// for writing: a file that was cut off would end the process, and a wrong list
// of free pages would have good ones written over.
func inspect(path string) (faults []error, err error) {
	info, err := os.Stat(path)
	if err != nil || info.Size() == 0 {
		return nil, nil // a new store
	}
	err = guard(func() error {
		db, err := open(path, true)
		if err != nil {
			return err
		}
		defer db.Close()
		return db.View(func(tx *bbolt.Tx) error {
			if tx.Size() > info.Size() {
				return fmt.Errorf("%w: it was cut off after %d of %d bytes", engine.ErrNotStore, info.Size(), tx.Size())
			}
			if faults = checkGeometry(path, db.Info().PageSize); len(faults) == 0 {
				faults = check(tx)
			}
			return nil
		})
	})
	if errors.Is(err, engine.ErrDamaged) { // so badly that the check itself gave up
		return []error{err}, nil
	}
	return faults, err
}

func check(tx *bbolt.Tx) (faults []error) {
	err := guard(func() error {
		for err := range tx.Check() {
			if len(faults) < mostFaults {
				faults = append(faults, fmt.Errorf("%w: %w", engine.ErrDamaged, err))
			}
		}
		return nil
	})
	if err != nil {
		faults = append(faults, err)
	}
	return faults
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
	if b.db.IsReadOnly() {
		return engine.ErrReadOnly
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
	_ = b.db.View(func(t *bbolt.Tx) error { faults = check(t); return nil })
	return faults
}

// Size implements engine.Engine.
func (b *Bolt) Size() (size int64) {
	_ = b.db.View(func(t *bbolt.Tx) error { size = t.Size(); return nil })
	return size
}

// Close implements engine.Engine.
func (b *Bolt) Close() error { return b.db.Close() }

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
