//go:build unix && !linux

package storage

import (
	"errors"
	"testing"
)

func mountReadOnly(*testing.T, string) error { return errors.ErrUnsupported }
