//go:build unix

package storage

import (
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"tracedesk/clinic"
)

// envLimit is how large a writer's files may grow, as on a disk that is full.
const envLimit = "TRACEDESK_TEST_LIMIT"

func limitFiles(bytes string) error {
	if bytes == "" {
		return nil
	}
	n, err := strconv.ParseUint(bytes, 10, 64)
	if err != nil {
		return err
	}
	signal.Ignore(syscall.SIGXFSZ)
	return syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: n, Max: n})
}

// TestAFullDiskLosesNothingThatWasConfirmed lets writers run into the end of
// the disk at many places.
func TestAFullDiskLosesNothingThatWasConfirmed(t *testing.T) {
	confirmedInAll := 0
	for kb := 64; kb <= 1024; kb += 61 {
		dir, confirmed := t.TempDir(), map[string]string{}
		s, _ := newKeptStore(t, dir)
		_ = s.Close()
		out, _ := writer(dir, fmt.Sprintf("%s=%d", envLimit, kb*1024)).Output() // it ends with an error
		failure := readConfirmed(strings.Split(string(out), "\n"), confirmed)
		if !strings.Contains(failure, syscall.EFBIG.Error()) {
			t.Errorf("%d kB: %q", kb, failure)
		}
		holds(t, dir, confirmed)
		confirmedInAll += len(confirmed)
	}
	if confirmedInAll < 50 {
		t.Errorf("only %d things were confirmed in all", confirmedInAll)
	}
}

func TestAStoreWhoseFileIsGoneTakesNothing(t *testing.T) {
	for what, away := range map[string]func(dir string) error{
		"deleted": func(dir string) error { return os.Remove(filepath.Join(dir, FileName)) },
		"moved":   func(dir string) error { return os.Rename(dir, dir+"-elsewhere") },
		"replaced": func(dir string) error {
			return errors.Join(os.Remove(filepath.Join(dir, FileName)), os.WriteFile(filepath.Join(dir, FileName), nil, 0o600))
		},
	} {
		dir := filepath.Join(t.TempDir(), "store")
		s, _ := newKeptStore(t, dir)
		if err := away(dir); err != nil {
			t.Fatal(err)
		}
		if _, err := s.SavePatient(clinic.Patient{LastName: "Doe"}); !errors.Is(err, ErrGone) {
			t.Errorf("%s: %v", what, err)
		}
	}
}
