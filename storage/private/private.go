// Package private writes files for the account alone: whatever the umask is, and
// whatever the file that is replaced was, nobody else may read them. All files of
// the program go through here, since nearly all tell of patients: the store and
// its backups, documents, tables, captures. On Windows the folder's permissions
// decide, which are the account's own under its profile.
package private

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// The permissions of files and folders.
const (
	File   os.FileMode = 0o600
	Folder os.FileMode = 0o700
)

// MkdirAll makes a folder and those above it, which are the account's alone;
// those that are there stay as they are.
func MkdirAll(dir string) error {
	var made []string
	for at := filepath.Clean(dir); ; at = filepath.Dir(at) {
		if _, err := os.Stat(at); err == nil || at == filepath.Dir(at) {
			break
		}
		made = append(made, at)
	}
	for i := len(made) - 1; i >= 0; i-- { // one by one: under a hard umask the next could not be made
		if err := os.Mkdir(made[i], Folder); err != nil && !errors.Is(err, os.ErrExist) {
			return err
		}
		if err := os.Chmod(made[i], Folder); err != nil {
			return err
		}
	}
	info, err := os.Stat(dir)
	if err == nil && !info.IsDir() {
		return fmt.Errorf("%s is a file, not a folder", dir)
	}
	return err
}

// CreateTemp is os.CreateTemp, for the account alone under any umask.
func CreateTemp(dir, pattern string) (*os.File, error) {
	f, err := os.CreateTemp(dir, pattern)
	if err != nil {
		return nil, err
	}
	if err := f.Chmod(File); err != nil && !errors.Is(err, errors.ErrUnsupported) {
		return nil, errors.Join(err, f.Close(), os.Remove(f.Name()))
	}
	return f, nil
}

// Tighten takes a file that is there from everybody else. A file system without
// permissions, such as that of a USB stick, is no reason to fail.
func Tighten(path string) {
	if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() && info.Mode().Perm()&0o077 != 0 {
		_ = os.Chmod(path, info.Mode().Perm()&File)
	}
}

// WriteFile writes a whole file or none: a full disk leaves no half document
// under its name.
func WriteFile(path string, content []byte) error {
	f, err := CreateTemp(filepath.Dir(path), ".tracedesk-*")
	if err != nil {
		return fmt.Errorf("writing %s: %w", path, err)
	}
	_, err = f.Write(content)
	if err == nil {
		err = f.Sync()
	}
	err = errors.Join(err, f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		_ = os.Remove(f.Name())
		return fmt.Errorf("writing %s: %w", path, err)
	}
	return nil
}

// Holds says whether a file holds just that, and then takes it from everybody
// else.
func Holds(path string, content []byte) bool {
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	there, err := io.ReadAll(io.LimitReader(f, int64(len(content))+1))
	if err != nil || !bytes.Equal(there, content) {
		return false
	}
	Tighten(path)
	return true
}

// ErrLarge is of a file that is larger than any of its kind.
var ErrLarge = errors.New("the file is larger than any of its kind")

// ReadFile reads a file of at most so many bytes.
func ReadFile(path string, most int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	content, err := io.ReadAll(io.LimitReader(f, most+1))
	if err == nil && int64(len(content)) > most {
		err = fmt.Errorf("%s: %w", path, ErrLarge)
	}
	return content, err
}
