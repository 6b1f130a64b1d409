//go:build unix

package private

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// underUmasks runs f under the umasks that people and systems set.
func underUmasks(t *testing.T, f func(t *testing.T, dir string)) {
	for _, mask := range []int{0, 0o022, 0o077, 0o277, 0o777} {
		dir := t.TempDir()
		before := syscall.Umask(mask)
		f(t, dir)
		syscall.Umask(before)
	}
}

func modeOf(t *testing.T, path string) os.FileMode {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return info.Mode().Perm()
}

func TestFilesAreTheAccountsAloneUnderAnyUmask(t *testing.T) {
	underUmasks(t, func(t *testing.T, dir string) {
		under := filepath.Join(dir, "a", "b")
		if err := MkdirAll(under); err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(under, "file")
		for range 2 { // new, then in the place of one that all may read
			if err := WriteFile(path, []byte("x")); err != nil {
				t.Fatal(err)
			}
			if got := modeOf(t, path); got != File {
				t.Errorf("a file is %o", got)
			}
			if err := os.Chmod(path, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if !Holds(path, []byte("x")) || modeOf(t, path) != File {
			t.Errorf("a file that is the same is %o", modeOf(t, path))
		}
		if got := modeOf(t, under); got != Folder {
			t.Errorf("a folder is %o", got)
		}
	})
}

func TestAFolderThatIsThereStaysAsItIs(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "shared")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(os.Chmod(dir, 0o755), MkdirAll(filepath.Join(dir, "own"))); err != nil {
		t.Fatal(err)
	}
	if modeOf(t, dir) != 0o755 || modeOf(t, filepath.Join(dir, "own")) != Folder {
		t.Errorf("%o, %o", modeOf(t, dir), modeOf(t, filepath.Join(dir, "own")))
	}
}

func TestAFileThatIsTooLargeIsNotRead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	if err := WriteFile(path, make([]byte, 101)); err != nil {
		t.Fatal(err)
	}
	if _, err := ReadFile(path, 100); !errors.Is(err, ErrLarge) {
		t.Error(err)
	}
	if b, err := ReadFile(path, 101); err != nil || len(b) != 101 {
		t.Error(err)
	}
	if Holds(path, make([]byte, 100)) || Holds(path, make([]byte, 102)) {
		t.Error("a file of another length is held for the same")
	}
}
