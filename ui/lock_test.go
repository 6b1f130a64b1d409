package ui

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/widget"

	"tracedesk/assets"
	"tracedesk/storage/storagetest"
)

// entries are those of the screen, from top to bottom.
func entries(w *Window) (out []*widget.Entry) {
	each(w, func(o fyne.CanvasObject) {
		switch e := o.(type) {
		case *widget.Entry:
			out = append(out, e)
		case *widget.SelectEntry:
			out = append(out, &e.Entry)
		}
	})
	return out
}

func TestALockedWindowShowsNoPatientAndKeepsNoKey(t *testing.T) {
	w := openWindow(t)
	drop(t, w, write(t, "export.csv", string(assets.DemoRecording)))
	tap(t, w, "Store with Demo Patient")
	w.showHome()
	says(t, w, "Lock")
	now := w.desk.Now()
	w.desk.Now = func() time.Time { return now.Add(14 * time.Minute) }
	w.lockWhenIdle()
	if w.locked() {
		t.Fatal("locked before the time")
	}
	w.tell("A dialog", "of Demo Patient")
	w.desk.Now = func() time.Time { return now.Add(15 * time.Minute) }
	w.lockWhenIdle()
	if !w.locked() || !w.desk.Store.Locked() || strings.Contains(texts(w), "Demo Patient") {
		t.Fatalf("not locked, or a patient is on the screen:\n%s", texts(w))
	}
	drop(t, w, write(t, "export.csv", string(assets.DemoRecording)))
	says(t, w, "The store is locked")

	passphrase := entries(w)[len(entries(w))-1]
	passphrase.SetText("not this one")
	tap(t, w, "Unlock")
	says(t, w, "The passphrase is not right.")
	if passphrase.Text != "" {
		t.Error("the passphrase stays typed")
	}
	passphrase.SetText(storagetest.Passphrase)
	tap(t, w, "Unlock")
	says(t, w, "Drop a Clarity export here")
}

func TestANewStoreIsSetUpWithItsRecoveryPage(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "store")
	w, err := New(test.NewTempApp(t), dir, "", "")
	if err != nil {
		t.Fatal(err)
	}
	sized(t, w)
	w.desk.Cost = storagetest.QuickCost
	says(t, w, "Set up the store")
	for i, text := range []string{"Ana Ruiz", "ana", "MD", "", "four small green words", "four small green wards"} {
		entries(w)[i].SetText(text)
	}
	tap(t, w, "Make the store")
	says(t, w, "The two passphrases are not the same")
	tap(t, w, "OK")
	entries(w)[5].SetText("four small green words")
	tap(t, w, "Make the store")
	says(t, w, "Print the recovery key")
	if w.desk.Store.User().Login != "ana" {
		t.Errorf("%+v", w.desk.Store.User())
	}
}
