//go:build !windows

package bolt

import (
	"errors"
	"syscall"
)

// protected says whether a file could not be opened for writing since its disk
// is read only.
func protected(err error) bool { return errors.Is(err, syscall.EROFS) }
