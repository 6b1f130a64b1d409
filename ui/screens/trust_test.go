package screens

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"fyne.io/fyne/v2/test"

	"tracedesk/clinic"
	"tracedesk/clinic/forms"
	"tracedesk/report"
	"tracedesk/storage"
	"tracedesk/storage/storagetest"
	"tracedesk/workflow"
)

// TestTheWindowAsksBeforeItOpensAnOlderStore puts an earlier copy in the store's place.
func TestTheWindowAsksBeforeItOpensAnOlderStore(t *testing.T) {
	t.Setenv("XDG_CONFIG_HOME", t.TempDir())
	dir := t.TempDir()
	s, _, err := storage.Create(dir, storagetest.Setup())
	if err != nil {
		t.Fatal(err)
	}
	_ = s.Close()
	path := filepath.Join(dir, storage.FileName)
	earlier, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	w, err := New(test.NewTempApp(t), dir, storagetest.Login, storagetest.Passphrase)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.desk.Store.SavePatient(clinic.Patient{LastName: "Doe"}); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, earlier, 0o600); err != nil {
		t.Fatal(err)
	}
	if w, err = New(test.NewTempApp(t), dir, storagetest.Login, storagetest.Passphrase); err != nil {
		t.Fatal(err)
	}
	sized(t, w)
	says(t, w, "The store is locked") // a passphrase of the environment decides nothing
	ask := func() {
		t.Helper()
		found := entries(w)
		found[len(found)-1].SetText(storagetest.Passphrase)
		tap(t, w, "Unlock")
		says(t, w, "the store is older than it was")
	}
	ask()
	tap(t, w, "Leave it closed")
	if !w.Locked() {
		t.Error("it was opened")
	}
	ask()
	tap(t, w, "Open it all the same")
	if w.Locked() {
		t.Error("it was not opened")
	}
}

// TestSignaturesShowTheRootAndWhoMaySign renews and revokes a certificate.
func TestSignaturesShowTheRootAndWhoMaySign(t *testing.T) {
	w := openWindow(t)
	prints, err := workflow.Fingerprints(w.desk.Store)
	if err != nil {
		t.Fatal(err)
	}
	showPart(t, w, "Signatures")
	says(t, w, report.Grouped(prints.Root))
	says(t, w, "valid until 2028-05-14")
	tap(t, w, "Renew")
	if all, err := w.desk.Store.Certificates(); err != nil || len(all) != 2 {
		t.Errorf("%d certificates, %v", len(all), err)
	}
	tap(t, w, "Revoke…")
	tap(t, w, "Revoke")
	says(t, w, forms.ErrReason.Error()[1:])
	tap(t, w, "Back")
	fill(t, w, "the computer was stolen")
	tap(t, w, "Revoke")
	if text := texts(w); !strings.Contains(text, "the computer was stolen") {
		t.Errorf("it does not say why: %s", text)
	}
}
