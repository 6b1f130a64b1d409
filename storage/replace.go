package storage

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

// oldSuffix is of a store's file while another takes its place.
const oldSuffix = ".old"

// replace puts the file made beside path in its place, and overwrites the one
// that was there. Whatever moment it is cut off at, settle finishes or takes it
// back.
func replace(path, made string) error {
	old := path + oldSuffix
	err := os.Rename(path, old)
	if err == nil {
		if err = os.Rename(made, path); err != nil {
			err = errors.Join(err, os.Rename(old, path))
		}
	}
	if err == nil {
		err = syncFolder(filepath.Dir(path))
	}
	if err != nil {
		return fmt.Errorf("putting the new file in place: %w", err)
	}
	return shred(old)
}

// settle ends a replacement that was cut off.
func settle(path string) error {
	old := path + oldSuffix
	if _, err := os.Stat(old); err != nil {
		return nil
	}
	if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
		return os.Rename(old, path)
	}
	if err := shred(old); err != nil && !errors.Is(err, os.ErrPermission) && !errors.Is(err, syscall.EROFS) {
		return err
	}
	return nil // where nothing can be written, the next start on another disk ends it
}

// What a file is called that is being made beside a store.
const (
	compactSuffix = ".compact"
	partialSuffix = ".partial"
)

// removeUnfinished removes what was being made beside a store when its program
// was ended. Whoever calls it has the store open, so nobody else makes one.
func removeUnfinished(path string) {
	for _, suffix := range []string{compactSuffix, compactSuffix + partialSuffix, partialSuffix} {
		_ = os.Remove(path + suffix) // one that stays is removed by the next
	}
}

// shred overwrites a file and removes it. What a solid-state disk or a file
// system with copies keeps beside is out of its reach; docs/format.md says so.
func shred(path string) error {
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return fmt.Errorf("overwriting the earlier file: %w", err)
	}
	info, err := f.Stat()
	zeros := make([]byte, 1<<20)
	for left := int64(0); err == nil && left < info.Size(); left += int64(len(zeros)) {
		_, err = f.Write(zeros[:min(int64(len(zeros)), info.Size()-left)])
	}
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("overwriting the earlier file: %w", err)
	}
	return os.Remove(path)
}
