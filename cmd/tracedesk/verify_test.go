package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestVerifyAnswersWhateverTheFileIs: unchanged is status 0, changed 3, and no
// document 1 with one line, within seconds.
func TestVerifyAnswersWhateverTheFileIs(t *testing.T) {
	dir := t.TempDir()
	printout := filepath.Join(dir, "printout.pdf")
	if r := tracedesk(t, "demo", "--out", dir); r.status != 0 {
		t.Fatalf("%+v", r)
	}
	whole, err := os.ReadFile(printout)
	if err != nil {
		t.Fatal(err)
	}
	brackets := fmt.Appendf(nil, "%%PDF-1.7\n%s\nstartxref\n9\n%%%%EOF", bytes.Repeat([]byte("["), 20<<20))
	for _, c := range []struct {
		name   string
		file   []byte
		status int
	}{
		{"whole", whole, 0},
		{"added to", append(bytes.Clone(whole), "% added\n"...), 3},
		{"begun by another", append([]byte("%PDF-1.4\n"), whole...), 1},
		{"brackets", brackets, 1},
		{"cut off", whole[:len(whole)/2], 1},
		{"empty", nil, 1},
	} {
		path := filepath.Join(dir, "file.pdf")
		if err := os.WriteFile(path, c.file, 0o600); err != nil {
			t.Fatal(err)
		}
		begun := time.Now()
		r := tracedesk(t, "verify", "--json", path)
		if took := time.Since(begun); r.status != c.status || took > 10*time.Second {
			t.Errorf("%s: %+v after %v", c.name, r, took)
		}
		if c.status == 1 {
			if strings.Count(r.stderr, "\n") != 1 || r.stdout != "" {
				t.Errorf("%s: %q, %q", c.name, r.stdout, r.stderr)
			}
			continue
		}
		var v struct{ Unchanged, Proven *bool }
		if err := json.Unmarshal([]byte(r.stdout), &v); err != nil || *v.Unchanged != (c.status == 0) ||
			*v.Proven != (c.status == 0) {
			t.Errorf("%s: %s, %v", c.name, r.stdout, err)
		}
	}
	if r := tracedesk(t, "verify", printout); r.status != 0 || !strings.Contains(r.stdout, "whoever has this program can make such a document") {
		t.Errorf("an unsigned one: %+v", r)
	}
	store := []string{"verify", "--store", filepath.Join(dir, "store"), printout}
	if r := tracedesk(t, store...); r.status != 0 || strings.Contains(r.stdout, "whoever has") {
		t.Errorf("one that the store holds: %+v", r)
	}
	if r := tracedesk(t, "verify", filepath.Join(dir, "none.pdf")); r.status != 1 || !strings.Contains(r.stderr, "none.pdf") {
		t.Errorf("%+v", r)
	}
}
