//go:build unix

package workflow

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tracedesk/storage"
)

// TestAPrintLeavesItsEntry prints both documents on a printer that takes them, on one
// that refuses, and where there is none: only what was printed is entered as printed.
func TestAPrintLeavesItsEntry(t *testing.T) {
	s, wear := storedWear(t)
	d, err := Issue(s, wear, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	documents, err := s.Documents(wear)
	if err != nil || len(documents) != 2 {
		t.Fatalf("%d documents, %v", len(documents), err)
	}
	for _, c := range []struct {
		what, script, acts string
		want               error
	}{
		{"taken", "exit 0", "exported exported printed printed", nil},
		{"refused", "echo lp: no default destination >&2; exit 1", "exported exported", ErrNoPrinter},
		{"no program", "", "exported exported", ErrNoPrinter},
	} {
		bin, dir := t.TempDir(), t.TempDir()
		if c.script != "" {
			script := []byte("#!/bin/sh\n" + c.script + "\n")
			if err := os.WriteFile(filepath.Join(bin, "lp"), script, 0o700); err != nil {
				t.Fatal(err)
			}
		}
		t.Setenv("PATH", bin)
		before := len(trail(t, s))
		paths, err := PrintAgain(s, d.Facts, InFolder(dir), documents...)
		if !errors.Is(err, c.want) || len(paths) != 2 {
			t.Errorf("%s: %d files, %v", c.what, len(paths), err)
		}
		var acts []string
		for _, e := range trail(t, s)[before:] {
			acts = append(acts, string(e.Act))
			if e.Kind != storage.KindDocument || e.Detail != "wear "+wear {
				t.Errorf("%s: the entry is of %s “%s”", c.what, e.Kind, e.Detail)
			}
		}
		if got := strings.Join(acts, " "); got != c.acts {
			t.Errorf("%s: the trail has %s", c.what, got)
		}
	}
}
