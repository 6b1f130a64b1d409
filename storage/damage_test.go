package storage

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"tracedesk/cgm/cgmtest"
	"tracedesk/clinic"
)

// TestAFlippedByteOnAnyPageIsAnErrorAndMakesNothingWorse changes every page of
// a small store in several places. Opening, unlocking, verifying and reading
// must end with an answer or an error; what is given must be right; and the
// file must not be changed by it when its structure is damaged.
func TestAFlippedByteOnAnyPageIsAnErrorAndMakesNothingWorse(t *testing.T) {
	s, _ := newKeptStore(t, t.TempDir())
	p := newPatient(t, s, "Ana", "García")
	r := cgmtest.Wear(10, 5)
	got := mustImport(t, s, p.ID, file("a"), r)
	keepDocument(t, s, bytes.Repeat([]byte("%PDF"), 3000))
	path := s.Path()
	_ = s.Close()
	whole := fileBytes(t, path)
	page := os.Getpagesize()
	noticed, tried := 0, 0
	for at := 0; at < len(whole); at += page {
		if bytes.Equal(whole[at:at+page], make([]byte, page)) {
			continue // never used
		}
		for _, offset := range []int{0, 3, 8, 10, 12, 16, 20, 24, 28, 40, page / 2, page - 5} {
			tried++
			if tryFlipped(t, whole, at+offset, got.WearID, r.Hash()) {
				noticed++
			}
		}
	}
	if noticed < tried/10 {
		t.Errorf("only %d of %d flips were noticed", noticed, tried)
	}
}

// tryFlipped says whether the flipped byte was noticed.
func tryFlipped(t *testing.T, whole []byte, at int, wearID, hash string) bool {
	t.Helper()
	dir := t.TempDir()
	path := filepath.Join(dir, FileName)
	flipped := bytes.Clone(whole)
	flipped[at] ^= 0x41
	if err := os.WriteFile(path, flipped, 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := Open(dir)
	if err != nil {
		return true
	}
	defer s.Close()
	if err := s.Unlock("tess", testPassphrase); err != nil {
		return true
	}
	if w, err := s.Wear(wearID); err == nil && w.Recording.Hash() != hash {
		t.Errorf("byte %d: another recording was given", at)
	}
	_, faults := s.Verify()
	if len(s.Damaged()) > 0 {
		if _, err := s.SavePatient(clinic.Patient{LastName: "Lind"}); !errors.Is(err, ErrReadOnly) {
			t.Errorf("byte %d: a damaged store was written: %v", at, err)
		}
		if after := fileBytes(t, path); !bytes.Equal(after, flipped) {
			t.Errorf("byte %d: a damaged file was changed", at)
		}
	}
	return len(faults) > 0
}
