package bolt

import (
	"errors"

	"golang.org/x/sys/windows"
)

// protected says whether a file could not be opened for writing since its disk
// is read only.
func protected(err error) bool { return errors.Is(err, windows.ERROR_WRITE_PROTECT) }
