// Package storagetest makes stores for tests: unlocked, and with passphrases
// that cost nothing to guess.
package storagetest

import (
	"testing"
	"time"

	"tracedesk/clinic"
	"tracedesk/storage"
	"tracedesk/storage/seal"
)

// Who a test store's administrator is.
const (
	Login      = "tester"
	Passphrase = "correct horse battery"
)

// QuickCost makes a passphrase cheap to check; for tests alone.
var QuickCost = seal.Cost{Passes: 1, MemoryKiB: 8, Threads: 1}

// Setup is that of a test store.
func Setup() storage.Setup {
	return storage.Setup{
		Administrator: clinic.User{Login: Login, Name: "Terry Tester", Credential: "MD"}, Passphrase: []byte(Passphrase),
		Cost: QuickCost,
	}
}

// New is an empty store, unlocked for its administrator, and closed when the
// test ends.
func New(t testing.TB) *storage.Store { return NewAt(t, time.Now) }

// NewAt is New with a clock of the test's own.
func NewAt(t testing.TB, now func() time.Time) *storage.Store {
	t.Helper()
	setup := Setup()
	setup.Now = now
	s, _, err := storage.Create(t.TempDir(), setup)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}
