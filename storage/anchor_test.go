package storage

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// fakeProtector stands for a system's protected storage of one account: it turns
// every bit, and says whose it is.
type fakeProtector struct{ account string }

var errNotTheirs = errors.New("it is not this account's")

func (p fakeProtector) Protect(plain []byte) ([]byte, error) {
	out := []byte(p.account + ":")
	for _, b := range plain {
		out = append(out, ^b)
	}
	return out, nil
}

func (p fakeProtector) Unprotect(sealed []byte) ([]byte, error) {
	rest, ours := bytes.CutPrefix(sealed, []byte(p.account+":"))
	if !ours {
		return nil, errNotTheirs
	}
	out := []byte{}
	for _, b := range rest {
		out = append(out, ^b)
	}
	return out, nil
}

// brokenProtector is one that does not work, as without a profile.
type brokenProtector struct{ fakeProtector }

func (brokenProtector) Protect([]byte) ([]byte, error) { return nil, errNotTheirs }

func TestAMarkIsProtectedWhereTheSystemCan(t *testing.T) {
	folder, path := t.TempDir(), filepath.Join(t.TempDir(), FileName)
	ours := FileAnchor{folder, fakeProtector{"ours"}}
	want := Mark{Store: "a store", Founding: "a founding", Count: 7, Head: "a head", At: time.Date(2026, 5, 14, 16, 0, 0, 0, time.UTC)}
	if err := ours.Save(path, want); err != nil {
		t.Fatal(err)
	}
	file, err := os.ReadFile(ours.file(path))
	if err != nil || !bytes.HasPrefix(file, []byte("ours:")) || bytes.Contains(file, []byte("a founding")) {
		t.Errorf("the file holds %q, %v", file, err)
	}
	if got, err := ours.Load(path); err != nil || got == nil || *got != want {
		t.Errorf("%+v, %v", got, err)
	}
	for name, forged := range map[string]Anchor{"another account's": FileAnchor{folder, fakeProtector{"theirs"}}, "a plain file": FileAnchor{Folder: folder}} {
		if err := forged.Save(path, Mark{Store: "a store", Count: 1}); err != nil {
			t.Fatal(err)
		}
		if got, err := ours.Load(path); err == nil {
			t.Errorf("%s is taken for ours: %+v", name, got)
		}
	}
	if err := (FileAnchor{folder, brokenProtector{}}).Save(path, want); !errors.Is(err, errNotTheirs) {
		t.Errorf("what cannot be protected is kept: %v", err)
	}
}
