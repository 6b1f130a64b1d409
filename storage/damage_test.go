package storage

import (
	"bytes"
	"encoding/binary"
	"errors"
	"flag"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"tracedesk/cgm/cgmtest"
	"tracedesk/clinic"
	"tracedesk/storage/engine"
)

var everyByte = flag.Bool("every-byte", false, "damage a store at every byte, not at some")

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
	if err := s.Unlock("tess", []byte(testPassphrase)); err != nil {
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

// collecting has the collector run all the time until the test ends: a pointer
// that leads out of a damaged page ends the process when it is met.
func collecting(t *testing.T) {
	stop := make(chan bool)
	go func() {
		for {
			select {
			case <-stop:
				return
			default:
				runtime.GC()
			}
		}
	}()
	t.Cleanup(func() { close(stop) })
}

// damages are what is done to a file at a place.
var damages = map[string]func(file []byte, at int){
	"flipped": func(file []byte, at int) { file[at] ^= 0x41 },
	"ones":    func(file []byte, at int) { copy(file[at:], bytes.Repeat([]byte{0xff}, 8)) },
	"zeros":   func(file []byte, at int) { copy(file[at:], make([]byte, 8)) },
	"high":    func(file []byte, at int) { file[at] ^= 0x80 },
}

// smallStore is a closed store's file, with what it holds.
func smallStore(t *testing.T) (whole []byte, want string) {
	t.Helper()
	s, _ := newKeptStore(t, t.TempDir())
	p := newPatient(t, s, "Ana", "García")
	for n := range 3 { // pages of branches, too
		mustImport(t, s, p.ID, file(fmt.Sprint(n)), cgmtest.Wear(4, uint64(n)))
	}
	for n := range 120 {
		if _, err := s.SavePatient(clinic.Patient{LastName: strings.Repeat("Li", 20), Identifier: fmt.Sprint(n)}); err != nil {
			t.Fatal(err)
		}
	}
	keepDocument(t, s, bytes.Repeat([]byte("%PDF"), 3000))
	want = read(t, s)
	path := s.Path()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return fileBytes(t, path), want
}

// read is all that the store holds but its trail and state, which unlocking
// writes.
func read(t *testing.T, s *Store) string {
	t.Helper()
	var b strings.Builder
	err := s.engine.View(func(e engine.Tx) error {
		names, err := e.Buckets()
		for _, bucket := range names {
			if bucket == bucketAudit {
				continue
			}
			err = errors.Join(err, e.Scan(bucket, "", func(key string, value []byte) error {
				if key != keyState {
					fmt.Fprintf(&b, "%s %s %x\n", bucket, key, value)
				}
				return nil
			}))
		}
		return err
	})
	if err != nil {
		return err.Error()
	}
	return b.String()
}

// TestNoDamageEndsTheProcessOrPassesSilently damages a store at some bytes, with
// the flag at all of them, while the collector runs constantly. Each time the
// store is refused, or says that something is wrong, or holds all that it held.
func TestNoDamageEndsTheProcessOrPassesSilently(t *testing.T) {
	whole, want := smallStore(t)
	collecting(t)
	tries := 120
	if *everyByte {
		tries = len(whole)
	}
	noticed := 0
	for n := range tries {
		at := n
		if !*everyByte {
			at = rand.IntN(len(whole) - 8)
			if n%2 == 0 { // the heads of pages and of their entries
				at = rand.IntN(len(whole)/4096)*4096 + rand.IntN(200)
			}
		}
		for name, damage := range damages {
			file := bytes.Clone(whole)
			damage(file, min(at, len(file)-8))
			if bytes.Equal(file, whole) {
				continue
			}
			if survives(t, file, want, fmt.Sprintf("%s at %d", name, at)) {
				noticed++
			}
		}
	}
	t.Logf("%d of about %d were noticed; the others changed nothing that is held", noticed, tries*len(damages))
}

// survives opens, unlocks, verifies and reads a store, and says whether the
// damage was noticed.
func survives(t *testing.T, file []byte, want, what string) bool {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, FileName), file, 0o600); err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	s, err := Open(dir)
	if err != nil {
		return true
	}
	defer s.Close()
	if err := s.Unlock("tess", []byte(testPassphrase)); err != nil {
		return true
	}
	damaged := len(s.Damaged()) > 0
	if _, faults := s.Verify(); len(faults) > 0 || damaged {
		return true
	}
	if got := read(t, s); got != want {
		t.Errorf("%s: not noticed, and the store holds something else", what)
	}
	return false
}

// TestACraftedFirstPageIsRefused gives the first two pages other numbers, with
// the right sum.
func TestACraftedFirstPageIsRefused(t *testing.T) {
	whole, want := smallStore(t)
	collecting(t)
	const header = 16
	for field, size := range map[int]int{8: 4, 16: 8, 32: 8, 40: 8} { // page size, root, free pages, how many pages
		for _, number := range []uint64{0, 1, 2, 3, 1 << 16, 1 << 20, 1 << 31, 1<<32 - 1, 1 << 40, 1 << 52, 1<<63 - 1, 1<<64 - 2} {
			file := bytes.Clone(whole)
			for page := range 2 {
				meta := file[page*4096+header:]
				if size == 4 {
					binary.LittleEndian.PutUint32(meta[field:], uint32(number))
				} else {
					binary.LittleEndian.PutUint64(meta[field:], number)
				}
				sum := fnv.New64a()
				sum.Write(meta[:56])
				binary.LittleEndian.PutUint64(meta[56:], sum.Sum64())
			}
			survives(t, file, want, fmt.Sprintf("field %d as %d", field, number))
		}
	}
}

// TestWhatADamagedStoreStillHoldsCanBeRead damages a page of patients: the
// others are shown, and what is lost is said, not taken for missing.
func TestWhatADamagedStoreStillHoldsCanBeRead(t *testing.T) {
	whole, _ := smallStore(t)
	seen := 0
	for at := 2 * 4096; at < len(whole); at += 4096 {
		if whole[at+8] != 2 || whole[at+10] < 5 || whole[at+10] > 60 { // a leaf with some entries
			continue
		}
		dir, file := t.TempDir(), bytes.Clone(whole)
		file[at] ^= 0x40 // it says to be another page
		if err := os.WriteFile(filepath.Join(dir, FileName), file, 0o600); err != nil {
			t.Fatal(err)
		}
		s, err := Open(dir)
		if err != nil || s.Unlock("tess", []byte(testPassphrase)) != nil {
			continue // one that is needed for unlocking, or a free one
		}
		patients, err := s.Patients()
		if err == nil && len(patients) < 121 && len(patients) > 0 && len(s.Damaged()) > 0 {
			seen++
			if _, faults := s.Verify(); len(faults) == 0 {
				t.Errorf("page %d: verify finds nothing", at/4096)
			}
			if _, err := s.SavePatient(clinic.Patient{LastName: "Doe"}); !errors.Is(err, ErrReadOnly) {
				t.Errorf("page %d: %v", at/4096, err)
			}
		}
		_ = s.Close()
	}
	if seen == 0 {
		t.Error("no damaged store was read")
	}
}
