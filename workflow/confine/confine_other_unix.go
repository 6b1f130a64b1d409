//go:build unix && !linux

package confine

import "golang.org/x/sys/unix"

// NoDumps keeps the program's memory, in which keys and patients are while a
// store is unlocked, out of core files.
func NoDumps() {
	_ = unix.Setrlimit(unix.RLIMIT_CORE, &unix.Rlimit{}) // lowering a limit is always allowed
}
