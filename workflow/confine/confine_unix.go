//go:build unix

package confine

import (
	"os/exec"

	"golang.org/x/sys/unix"
)

// confineProcess sets the system's limits on this process: what it writes to,
// its processor time and its memory. RLIMIT_DATA counts what is held and not,
// as RLIMIT_AS does, the addresses that Go's runtime sets aside at its start.
func confineProcess(l Limits) error {
	seconds := uint64(l.Time.Seconds()) + 1
	limits := map[int]uint64{unix.RLIMIT_FSIZE: 0, unix.RLIMIT_CPU: seconds * 4, unix.RLIMIT_DATA: l.MemoryBytes}
	for what, most := range limits {
		if err := unix.Setrlimit(what, &unix.Rlimit{Cur: most, Max: most}); err != nil {
			return err
		}
	}
	return nil
}

func hide(*exec.Cmd) {}
