package storage

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// storeV2 is the folder of a store that a program of format 2 wrote: tess, MD and
// administrator; nora, RN; dora, MD; one patient with a signed interpretation.
func storeV2(t *testing.T) (dir, recovery string) {
	t.Helper()
	dir = t.TempDir()
	z, err := gzip.NewReader(bytes.NewReader(fileBytes(t, "testdata/version2.db.gz")))
	if err != nil {
		t.Fatal(err)
	}
	plain, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, FileName), plain, 0o600); err != nil {
		t.Fatal(err)
	}
	return dir, strings.TrimSpace(string(fileBytes(t, "testdata/version2.recovery")))
}

// TestAConversionOfManyEntriesHolds has few writes in an entry, as of a large store.
func TestAConversionOfManyEntriesHolds(t *testing.T) {
	before := mostWrites
	mostWrites = 7
	defer func() { mostWrites = before }()
	dir, _ := storeV2(t)
	s := unlocked(t, dir)
	if n := len(acts(t, s, ActConverted)); n < 4 {
		t.Errorf("%d entries", n)
	}
	checkConverted(t, s)
}

// TestAStoreThatWasConvertedIsNotConvertedAgain puts the file of format 2 back.
func TestAStoreThatWasConvertedIsNotConvertedAgain(t *testing.T) {
	dir, _ := storeV2(t)
	anchor := FileAnchor{Folder: t.TempDir()}
	before := fileBytes(t, filepath.Join(dir, FileName))
	open := func() *Store {
		t.Helper()
		s, err := Open(dir)
		if err != nil {
			t.Fatal(err)
		}
		s.UseAnchor(anchor)
		return s
	}
	s := open()
	if err := s.Unlock("tess", []byte(testPassphrase)); err != nil {
		t.Fatal(err)
	}
	_ = s.Close()
	if err := os.WriteFile(s.Path(), before, 0o600); err != nil {
		t.Fatal(err)
	}
	s = open()
	defer s.Close()
	var older *OlderError
	if err := s.Unlock("tess", []byte(testPassphrase)); !errors.As(err, &older) || !s.Locked() {
		t.Fatalf("%v", err)
	}
	if !bytes.Equal(fileBytes(t, s.Path()), before) {
		t.Error("it was converted all the same")
	}
	s.AcceptOlder()
	if err := s.Unlock("tess", []byte(testPassphrase)); err != nil || len(acts(t, s, ActOlder)) != 1 {
		t.Errorf("%v", err)
	}
}

func TestAStoreOfFormat2IsConvertedByTheFirstAdministrator(t *testing.T) {
	dir, recovery := storeV2(t)
	before := fileBytes(t, filepath.Join(dir, FileName))
	s, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := s.Unlock("nora", []byte("nora's own passphrase")); !errors.Is(err, ErrUpgrade) || !s.Locked() {
		t.Fatalf("staff: %v", err)
	}
	if err := s.Unlock("tess", []byte("not this one at all")); !errors.Is(err, ErrPassphrase) {
		t.Fatalf("%v", err)
	}
	if err := s.Unlock("tess", []byte(testPassphrase)); err != nil {
		t.Fatal(err)
	}
	checkConverted(t, s)
	_ = s.Close()
	// Everybody gets in as before, and again.
	for range 2 {
		for login, passphrase := range map[string]string{"nora": "nora's own passphrase", "dora": "dora's own passphrase", "tess": testPassphrase} {
			if s, err = Open(dir); err != nil {
				t.Fatal(err)
			}
			if err := s.Unlock(login, []byte(passphrase)); err != nil {
				t.Fatalf("%s: %v", login, err)
			}
			if _, faults := s.Verify(); len(faults) > 0 {
				t.Errorf("%s: %v", login, faults)
			}
			_ = s.Close()
		}
	}
	if s, err = Open(dir); err != nil {
		t.Fatal(err)
	}
	if err := s.Recover([]byte(recovery), "tess", []byte("a passphrase after all that")); err != nil {
		t.Fatal(err)
	}
	if _, faults := s.Verify(); len(faults) > 0 {
		t.Error(faults)
	}
	_ = s.Close()
	// The backup of before is the store of before.
	again := t.TempDir()
	if err := Restore(filepath.Join(dir, BackupNameV2), again, Secret{Login: "nora", Passphrase: []byte("nora's own passphrase")}); err != nil {
		t.Fatal(err)
	}
	if s, err = Open(again); err != nil || s.before == nil {
		t.Fatalf("%v", err)
	}
	_ = s.Close()
	if other, _ := storeV2(t); !bytes.Equal(before, fileBytes(t, filepath.Join(other, FileName))) {
		t.Error("the fixture was changed")
	}
}

// checkConverted says whether all that the store of format 2 held is there.
func checkConverted(t *testing.T, s *Store) {
	t.Helper()
	if n, faults := s.Verify(); n < 20 || len(faults) > 0 {
		t.Fatalf("%d, %v", n, faults)
	}
	wears, err := s.Wears("")
	if err != nil || len(wears) != 1 {
		t.Fatalf("%v, %v", wears, err)
	}
	c := caseOf(t, s, wears[0].Wear.ID)
	if w, err := s.Wear(c.Wear.ID); err != nil || len(w.Recording.Readings) == 0 || len(c.Documents) != 1 || !c.History[len(c.History)-1].Bound() {
		t.Errorf("%v, %+v", err, c)
	}
	if plan, err := s.BackupPlan(); err != nil || plan.Folder != "/backups" || plan.Keep != 3 {
		t.Errorf("%+v, %v", plan, err)
	}
	if users, err := s.Users(); err != nil || len(users) != 3 {
		t.Errorf("%v, %v", users, err)
	}
	all, err := s.Certificates()
	earlier := slices.DeleteFunc(slices.Clone(all), func(c Certificate) bool { return !c.Earlier })
	if err != nil || len(all) != 3 || len(earlier) != 1 { // the one of then; and tess's and dora's
		t.Errorf("%d, %d, %v", len(all), len(earlier), err)
	}
	if list, _ := s.Audit(); len(list) < 10 || list[0].Act != ActCreated {
		t.Errorf("the trail of before: %d entries", len(list))
	}
}
