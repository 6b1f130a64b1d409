// Package engine is what the store needs of whatever keeps its bytes: view and
// update transactions over buckets of keys and sealed values. An engine sees
// neither a patient nor a plain value; what is above it does not know which
// engine runs. Package bolt is the one of a single workstation.
package engine

import (
	"errors"
	"fmt"
)

// What an engine says of its file or server.
var (
	ErrInUse    = errors.New("the store is open in another window or program")
	ErrNotStore = errors.New("the file is not a Tracedesk store, or it is damaged")
	ErrDamaged  = errors.New("a part of the store is damaged")
	ErrGone     = errors.New("the store's file is not in its folder any more")
	ErrReadOnly = errors.New("the store is open for reading only")
)

// Why a store is open for reading only; each is an ErrReadOnly.
var (
	ErrReadOnlyDamaged = fmt.Errorf("%w: it is damaged, and nothing shall get worse", ErrReadOnly)
	ErrReadOnlyMedium  = fmt.Errorf("%w: its file or its disk may not be written to", ErrReadOnly)
)

// Engine keeps buckets of keys and values. It may be used from several
// goroutines: any number of views, one update at a time.
type Engine interface {
	// View gives a consistent state to f.
	View(f func(Tx) error) error
	// Update keeps all that f did when it returns nil, durably, or else nothing.
	Update(f func(Tx) error) error
	// Check reads the engine's own structure and names every fault.
	Check() []error
	// Size is how many bytes are taken, where the engine can tell.
	Size() int64
	Close() error
}

// Tx is a transaction. Values that it gives are valid while it lasts, and not
// to be changed. Buckets come to be with their first value.
type Tx interface {
	// Get is the value of the key, or nil.
	Get(bucket, key string) ([]byte, error)
	Put(bucket, key string, value []byte) error
	Delete(bucket, key string) error
	// Scan visits the keys with the prefix in ascending order until f fails.
	Scan(bucket, prefix string, f func(key string, value []byte) error) error
	// Buckets are the names of all buckets, in ascending order.
	Buckets() ([]string, error)
}
