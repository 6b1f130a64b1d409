package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tracedesk/storage"
	"tracedesk/workflow"
)

// TestAStoreOnAReadOnlyDiskIsShown takes the permission to write from the store's
// file: everything can be looked at, and an export says that it has no entry.
func TestAStoreOnAReadOnlyDiskIsShown(t *testing.T) {
	out := t.TempDir()
	if r := tracedesk(t, "demo", "--out", out); r.status != 0 {
		t.Fatal(r.stderr)
	}
	store := filepath.Join(out, "store")
	if err := os.Chmod(filepath.Join(store, storage.FileName), 0o400); err != nil {
		t.Fatal(err)
	}
	var wears struct{ Wears []struct{ ID string } }
	jsonOf(t, &wears, 0, "wear", "list", "--store", store)
	wear := wears.Wears[0].ID
	var shown workflow.CaseSummary
	r := jsonOf(t, &shown, 0, "wear", "show", "--store", store, "--wear", wear)
	if shown.WearID != wear || !strings.Contains(r.stderr, "nothing can be entered") {
		t.Errorf("%+v, %s", shown, r.stderr)
	}
	if r := tracedesk(t, "queue", "--store", store); r.status != 0 || !strings.Contains(r.stdout, wear) {
		t.Errorf("%+v", r)
	}
	if r := tracedesk(t, "export", "--store", store, "--wear", wear, "--out", t.TempDir()); r.status != 1 {
		t.Errorf("an export without an entry in the trail: %+v", r)
	}
}
