package confine

import "golang.org/x/sys/unix"

// NoDumps keeps the program's memory, in which keys and patients are while a
// store is unlocked, out of core files, and other programs of the account from
// attaching to it. See prctl(2), PR_SET_DUMPABLE.
func NoDumps() {
	_ = unix.Setrlimit(unix.RLIMIT_CORE, &unix.Rlimit{}) // lowering a limit is always allowed
	_ = unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0)
}
