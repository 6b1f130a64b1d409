//go:build unix

package storage

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"tracedesk/cgm/cgmtest"
	"tracedesk/clinic"
)

// envLimit is how large a writer's files may grow, as on a disk that is full.
const envLimit = "TRACEDESK_TEST_LIMIT"

// envApart marks a test that runs in a process of its own.
const envApart = "TRACEDESK_TEST_APART"

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

// limitedTo runs f while files may grow to so many bytes only.
func limitedTo(t *testing.T, bytes uint64, f func()) {
	t.Helper()
	signal.Ignore(syscall.SIGXFSZ)
	var before syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &before); err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &before); err != nil {
			t.Fatal(err)
		}
	}()
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: bytes, Max: before.Max}); err != nil {
		t.Fatal(err)
	}
	f()
}

// TestADeletionOnAFullDiskSaysWhatHappenedAndIsFinishedLater deletes while files
// may grow to many sizes only.
func TestADeletionOnAFullDiskSaysWhatHappenedAndIsFinishedLater(t *testing.T) {
	if os.Getenv(envApart) == "" { // in a process of its own: the limit is the whole process's
		again := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$")
		again.Env = append(os.Environ(), envApart+"=yes")
		if out, err := again.CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		return
	}
	nothing, later := 0, 0
	for _, kb := range []uint64{32, 128, 512, 1024, 1200, 1400, 1600, 1800, 2000, 4096} {
		dir := t.TempDir()
		s, _ := newKeptStore(t, dir)
		keepDocument(t, s, make([]byte, 1<<20))
		p := newPatient(t, s, "Ana", "García")
		got := mustImport(t, s, p.ID, file("a"), cgmtest.Wear(5, 5))
		var failure error
		limitedTo(t, kb<<10, func() { failure = s.DeletePatient(p.ID) })
		_, err := s.Patient(p.ID)
		switch there := err == nil; {
		case errors.Is(failure, ErrNotOverwritten):
			later++
			if there || s.Unfinished() == nil {
				t.Errorf("%d kB: %v, and the patient is there", kb, failure)
			}
		case failure != nil:
			nothing++
			if !there || !strings.Contains(failure.Error(), "nothing was deleted") || !errors.Is(failure, syscall.EFBIG) {
				t.Errorf("%d kB: %v, %v", kb, failure, err)
			}
		case there:
			t.Errorf("%d kB: no error, and the patient is there", kb)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		s = stillHindered(t, dir, errors.Is(failure, ErrNotOverwritten))
		if s.Unfinished() != nil || errors.Is(failure, ErrNotOverwritten) && len(acts(t, s, ActDeleted)) != 1 {
			t.Errorf("%d kB: it was not finished: %v", kb, s.Unfinished())
		}
		if _, err := s.Wear(got.WearID); failure != nil && !errors.Is(failure, ErrNotOverwritten) && err != nil {
			t.Errorf("%d kB: a wear is lost: %v", kb, err)
		}
		if _, faults := s.Verify(); len(faults) > 0 {
			t.Errorf("%d kB: %v", kb, faults)
		}
		if left, _ := filepath.Glob(filepath.Join(dir, "*.compact*")); len(left) > 0 {
			t.Errorf("%d kB: left %v", kb, left)
		}
	}
	if nothing == 0 || later == 0 {
		t.Errorf("%d times nothing was deleted, %d times it was finished later", nothing, later)
	}
}

// stillHindered opens a store twice: while the file cannot be written anew yet,
// which is no reason not to open it, and then.
func stillHindered(t *testing.T, dir string, due bool) *Store {
	t.Helper()
	blocked := filepath.Join(dir, FileName+compactSuffix+partialSuffix)
	if err := os.MkdirAll(filepath.Join(blocked, "something"), 0o700); err != nil {
		t.Fatal(err)
	}
	s := unlocked(t, dir)
	if (s.Unfinished() != nil) != due {
		t.Errorf("due %v: %v", due, s.Unfinished())
	}
	if err := errors.Join(s.Close(), os.RemoveAll(blocked)); err != nil {
		t.Fatal(err)
	}
	return unlocked(t, dir)
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
