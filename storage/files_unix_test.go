//go:build unix

package storage

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"tracedesk/cgm/cgmtest"
	"tracedesk/clinic"
)

// alone looks at all that lies under a folder.
func alone(t *testing.T, dir, what string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || path == dir {
			return err
		}
		info, err := d.Info()
		if err == nil && info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s: others may use %s: %o", what, filepath.Base(path), info.Mode().Perm())
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestAllFilesOfAStoreAreTheAccountsAlone(t *testing.T) {
	for _, mask := range []int{0, 0o022, 0o277} {
		dir := t.TempDir()
		before := syscall.Umask(mask)
		s, recovery, err := Create(filepath.Join(dir, "store"), testSetup())
		if err != nil {
			t.Fatal(err)
		}
		p := newPatient(t, s, "Ana", "García")
		mustImport(t, s, p.ID, file("a"), cgmtest.Wear(1, 1))
		alone(t, dir, "open")
		path, err := s.Backup(filepath.Join(dir, "backups"))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(s.Path(), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(s.DeletePatient(p.ID), s.Close(), Restore(path, filepath.Join(dir, "restored"), Secret{RecoveryKey: []byte(recovery)})); err != nil {
			t.Fatalf("%o: %v", mask, err)
		}
		again, err := Open(filepath.Join(dir, "restored"))
		if err != nil || again.ReadOnly() != nil {
			t.Fatalf("%o: %v", mask, err)
		}
		alone(t, dir, "restored")
		_ = again.Close()
		syscall.Umask(before)
	}
}

// TestAStoreThatMayNotBeWrittenIsOpenForReading: a file without permission to
// write, in a folder without, and with a change in it that was cut off.
func TestAStoreThatMayNotBeWrittenIsOpenForReading(t *testing.T) {
	dir := t.TempDir()
	s, recovery := newKeptStore(t, dir)
	p := newPatient(t, s, "Ana", "García")
	got := mustImport(t, s, p.ID, file("a"), cgmtest.Wear(3, 5))
	path := s.Path()
	if err := errors.Join(s.Close(), os.Chmod(path, 0o400), os.Chmod(dir, 0o500)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.Chmod(dir, 0o700) })
	before := fileBytes(t, path)
	s = unlocked(t, dir)
	if !errors.Is(s.ReadOnly(), ErrReadOnlyMedium) || len(s.Damaged()) > 0 {
		t.Errorf("%v, %v", s.ReadOnly(), s.Damaged())
	}
	if w, err := s.Wear(got.WearID); err != nil || len(w.Recording.Readings) == 0 {
		t.Errorf("%v", err)
	}
	if _, faults := s.Verify(); len(faults) > 0 {
		t.Error(faults)
	}
	for what, act := range map[string]func() error{
		"patient":  func() error { _, err := s.SavePatient(clinic.Patient{LastName: "Doe"}); return err },
		"settings": func() error { return s.SaveSettings(clinic.DefaultSettings()) },
		"delete":   func() error { return s.DeletePatient(p.ID) },
		"rotate":   s.Rotate,
		"note":     func() error { return s.Note(ActViewed, KindPatient, p.ID, "") },
		"logo":     func() error { return s.SaveLogo(nil) },
		"import": func() error {
			_, err := s.Import(p, file("b"), nil, false)
			return err
		},
	} {
		if err := act(); !errors.Is(err, ErrReadOnly) {
			t.Errorf("%s: %v", what, err)
		}
	}
	s.Lock()
	if err := s.Unlock("tess", []byte("not this one")); !errors.Is(err, ErrPassphrase) {
		t.Errorf("%v", err)
	}
	if err := s.Unlock("tess", []byte(testPassphrase)); err != nil {
		t.Error(err)
	}
	backup, err := s.Backup(t.TempDir()) // which is written elsewhere
	if err != nil {
		t.Fatal(err)
	}
	if err := Restore(backup, filepath.Join(t.TempDir(), "again"), Secret{RecoveryKey: []byte(recovery)}); err != nil {
		t.Error(err)
	}
	if string(fileBytes(t, path)) != string(before) {
		t.Error("the file was changed")
	}
	if s.ReadOnly() == nil {
		t.Error("the store is written")
	}
}

// TestAMediumThatIsReadOnlyIsNoHindrance mounts one, where that is allowed.
func TestAMediumThatIsReadOnlyIsNoHindrance(t *testing.T) {
	dir := t.TempDir()
	s, _ := newKeptStore(t, dir)
	newPatient(t, s, "Ana", "García")
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(s.Path()+oldSuffix, []byte("of a change that was cut off"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := mountReadOnly(t, dir); err != nil {
		t.Skipf("nothing can be mounted here: %v", err)
	}
	s = unlocked(t, dir)
	if patients, err := s.Patients(); err != nil || len(patients) != 1 || !errors.Is(s.ReadOnly(), ErrReadOnlyMedium) {
		t.Errorf("%v, %v, %v", patients, err, s.ReadOnly())
	}
	_ = s.Close()
}
