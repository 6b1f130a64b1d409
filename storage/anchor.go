package storage

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// Mark is where the trail of a store stood when it was last seen.
type Mark struct {
	Store    string    `json:"store"`
	Founding string    `json:"founding"` // fingerprint of the first record
	Count    uint64    `json:"count"`    // entries in the trail
	Head     string    `json:"head"`     // the hash of the last
	Records  uint64    `json:"records"`  // of who may do what
	At       time.Time `json:"at"`       // of the last entry
}

// Anchor keeps marks outside the store's file, so that a store that was put back to
// an earlier state, or exchanged, is noticed. Whoever can change both is not: the
// threat model says so.
type Anchor interface {
	// Load gives the mark of the store in that file, or nil.
	Load(path string) (*Mark, error)
	Save(path string, m Mark) error
}

// OlderError says that a store is older than it was when it was last seen, or
// another one. AcceptOlder opens it all the same.
type OlderError struct {
	Seen, Now Mark
	Other     bool // another store lies in its place
}

func (e *OlderError) Error() string {
	switch {
	case e.Now.At.IsZero():
		return "the store is of an earlier format than when it was last seen here, as of " + dated(e.Seen.At)
	case e.Other:
		return "another store lies where this one was; it was last seen on " + dated(e.Seen.At)
	}
	return fmt.Sprintf("the store is older than it was: it ends on %s, with %d entries of the trail, and was last "+
		"seen here as of %s, with %d",
		dated(e.Now.At), e.Now.Count, dated(e.Seen.At), e.Seen.Count)
}

func dated(t time.Time) string { return t.Local().Format("2006-01-02 15:04") }

// UseAnchor sets where the store's mark is kept. Without one nothing is noticed.
func (s *Store) UseAnchor(a Anchor) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.anchor = a
}

// AcceptOlder lets the next unlocking open a store that is older than it was, such
// as one that was restored from a backup. It is recorded.
func (s *Store) AcceptOlder() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.acceptOlder = true
}

func (s *Store) mark() (m Mark, err error) {
	return m, s.view(func(t *tx) error {
		st, err := t.state()
		m = Mark{
			Store: t.authority.store, Founding: t.authority.founding, Count: st.Count, Head: st.Head,
			Records: t.authority.count, At: time.Unix(st.LastAt, 0).UTC(),
		}
		return err
	})
}

// seen is the store's mark, or nil. One that cannot be read is as good as none.
func (s *Store) seen() *Mark {
	if s.anchor == nil {
		return nil
	}
	m, err := s.anchor.Load(s.path)
	if err != nil {
		return nil
	}
	return m
}

// checkAnchor compares the store with its mark.
func (s *Store) checkAnchor() error {
	seen := s.seen()
	if seen == nil {
		return nil
	}
	now, err := s.mark()
	if err != nil {
		return err
	}
	older := &OlderError{Seen: *seen, Now: now, Other: seen.Founding != now.Founding}
	if !older.Other {
		var hash string
		err := s.view(func(t *tx) error { hash, err = t.hashAt(seen.Count); return err })
		if err != nil {
			return err
		}
		if hash == seen.Head && now.Records >= seen.Records {
			return nil
		}
	}
	if !s.acceptOlder {
		return older
	}
	s.acceptOlder = false
	detail := fmt.Sprintf("seen %d %s", seen.Count, seen.At.UTC().Format(time.RFC3339))
	return s.Note(ActOlder, kindStore, s.header.Store, detail)
}

// setAnchor moves the mark on to where the trail stands now. That it cannot is no
// reason to stop.
func (s *Store) setAnchor() {
	if s.anchor == nil || s.Locked() {
		return
	}
	if m, err := s.mark(); err == nil {
		_ = s.anchor.Save(s.path, m)
	}
}

// Protector is the protected storage of an operating system: only the same account
// opens what it sealed, and notices what was changed.
type Protector interface {
	Protect(plain []byte) ([]byte, error)
	Unprotect(sealed []byte) ([]byte, error)
}

// FileAnchor keeps marks as small files in a folder of the user's own, protected
// where there is something for it.
type FileAnchor struct {
	Folder    string
	Protector Protector // nil: the files are as they are
}

// UserAnchor is the one in the user's folder for settings, protected by the system
// where it can: on Windows.
func UserAnchor() (Anchor, error) {
	dir, err := os.UserConfigDir()
	if err != nil {
		return nil, err
	}
	return FileAnchor{filepath.Join(dir, "tracedesk", "anchors"), systemProtector}, nil
}

// file is the mark's file: by where the store lies, so that an exchanged one is
// noticed, too.
func (a FileAnchor) file(path string) string {
	if abs, err := filepath.Abs(path); err == nil {
		path = abs
	}
	return filepath.Join(a.Folder, hashOf([]byte(path))[:32]+".json")
}

// Load implements Anchor.
func (a FileAnchor) Load(path string) (*Mark, error) {
	b, err := os.ReadFile(a.file(path))
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	var m Mark
	if err == nil && a.Protector != nil {
		b, err = a.Protector.Unprotect(b)
	}
	if err == nil {
		err = json.Unmarshal(b, &m)
	}
	if err != nil {
		return nil, fmt.Errorf("reading where the trail stood: %w", err)
	}
	return &m, nil
}

// Save implements Anchor.
func (a FileAnchor) Save(path string, m Mark) error {
	content := toJSON(m)
	if a.Protector != nil {
		var err error
		if content, err = a.Protector.Protect(content); err != nil {
			return fmt.Errorf("keeping where the trail stands: %w", err)
		}
	}
	if err := os.MkdirAll(a.Folder, 0o700); err != nil {
		return fmt.Errorf("keeping where the trail stands: %w", err)
	}
	f, err := os.CreateTemp(a.Folder, ".mark-*") // readable by its owner alone
	if err != nil {
		return fmt.Errorf("keeping where the trail stands: %w", err)
	}
	_, err = f.Write(content)
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), a.file(path))
	}
	if err != nil {
		_ = os.Remove(f.Name())
		return fmt.Errorf("keeping where the trail stands: %w", err)
	}
	return nil
}
