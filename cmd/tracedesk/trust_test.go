package main

import (
	"os"
	"path/filepath"
	"testing"

	"tracedesk/workflow"
)

// TestVerifyDecidesByTheFingerprintOrTheStore follows a signed document to somebody who
// knows the practice's root, and to somebody who knows another's.
func TestVerifyDecidesByTheFingerprintOrTheStore(t *testing.T) {
	dir := t.TempDir()
	var demo struct{ Store string }
	jsonOf(t, &demo, 0, "demo", "--out", dir)
	store := filepath.Join(dir, "store")
	if demo.Store != "" {
		store = demo.Store
	}
	as := []string{"--store", store, "--user", workflow.DemoUser.Login}
	var wears struct{ Wears []struct{ ID string } }
	jsonOf(t, &wears, 0, append([]string{"wear", "list"}, as...)...)
	wear := wears.Wears[0].ID
	for _, args := range [][]string{
		{"wear", "interpret", "--wear", wear, "--keep-all", "--assessment", "As seen."}, {"sign", "--wear", wear},
		{"wear", "report", "--wear", wear, "--out", dir},
	} {
		if r := tracedesk(t, append(args, as...)...); r.status != 0 {
			t.Fatalf("%q: %s", args, r.stderr)
		}
	}
	file := signedFile(t, dir)
	var prints struct {
		Root  string `json:"root_sha256"`
		Trail string
	}
	jsonOf(t, &prints, 0, append([]string{"store", "fingerprints"}, as...)...)
	type answer struct {
		Unchanged bool
		Proven    bool
		Issuer    string `json:"issuer_sha256"`
	}
	for what, c := range map[string]struct {
		args   []string
		status int
		proven string
	}{
		"nothing":          {nil, 0, "no"}, // and nothing is said against it
		"the fingerprint":  {[]string{"--trust", prints.Root}, 0, "yes"},
		"another":          {[]string{"--trust", prints.Root[1:] + "0"}, 3, "no"},
		"the store itself": {as, 0, "yes"},
	} {
		var got answer
		jsonOf(t, &got, c.status, append([]string{"verify", file}, c.args...)...)
		said := map[bool]string{true: "yes", false: "no"}[got.Proven]
		if said != c.proven || got.Issuer != prints.Root || !got.Unchanged {
			t.Errorf("%s: %s, %+v", what, said, got)
		}
	}
	if r := tracedesk(t, "verify", file, "--trust", "AAAA"); r.status != 2 {
		t.Errorf("half a fingerprint: exit %d", r.status)
	}
	for code, status := range map[string]int{prints.Trail: 0, "9999-0123456789ab": 3, "x": 2} {
		if r := tracedesk(t, append([]string{"store", "code", code}, as...)...); r.status != status {
			t.Errorf("%s: exit %d, want %d: %s", code, r.status, status, r.stderr)
		}
	}
}

// signedFile is the interpretation among the files.
func signedFile(t *testing.T, dir string) string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, "*interpretation*.pdf"))
	if err != nil || len(names) == 0 {
		t.Fatalf("%v, %v", names, err)
	}
	newest := names[0]
	for _, n := range names[1:] {
		a, errA := os.Stat(n)
		b, errB := os.Stat(newest)
		if errA == nil && errB == nil && a.ModTime().After(b.ModTime()) {
			newest = n
		}
	}
	return newest
}
