package screens

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/widget"

	"tracedesk/assets"
	"tracedesk/cgm"
	"tracedesk/clinic"
	"tracedesk/clinic/steps"
	"tracedesk/storage/storagetest"
	"tracedesk/ui/shell"
)

// entries are those of the screen, from top to bottom.
func entries(w *Workstation) (out []*widget.Entry) {
	each(w, func(o fyne.CanvasObject) {
		switch e := o.(type) {
		case *shell.Entry:
			out = append(out, &e.Entry)
		case *shell.ChoiceEntry:
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
	frame(w).LockWhenIdle()
	if w.Locked() {
		t.Fatal("locked before the time")
	}
	w.Tell("A dialog", "of Demo Patient")
	w.desk.Now = func() time.Time { return now.Add(15 * time.Minute) }
	frame(w).LockWhenIdle()
	if !w.Locked() || !w.desk.Store.Locked() || strings.Contains(texts(w), "Demo Patient") {
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
	t.Setenv("XDG_CONFIG_HOME", t.TempDir())
	w, err := New(test.NewTempApp(t), dir, "", "")
	if err != nil {
		t.Fatal(err)
	}
	sized(t, w)
	w.desk.Cost = storagetest.QuickCost
	says(t, w, "Set up the store")
	for i, text := range []string{"Riverside Family Practice", "Ana Ruiz", "ana", "MD", "", "four small green words", "four small green wards"} {
		entries(w)[i].SetText(text)
	}
	tap(t, w, "Make the store")
	says(t, w, "The two passphrases are not the same")
	tap(t, w, "OK")
	entries(w)[6].SetText("four small green words")
	tap(t, w, "Make the store")
	says(t, w, "Print the recovery key")
	if w.desk.Settings().Practice != "Riverside Family Practice" {
		t.Errorf("the practice is %q", w.desk.Settings().Practice)
	}
	if w.desk.Store.User().Login != "ana" {
		t.Errorf("%+v", w.desk.Store.User())
	}
}

// fill types into the entries of the screen, from top to bottom.
func fill(t *testing.T, w *Workstation, all ...string) {
	t.Helper()
	found := entries(w)
	if len(found) < len(all) {
		t.Fatalf("%d entries for %q on\n%s", len(found), all, texts(w))
	}
	for i, text := range all {
		found[i].SetText(text)
	}
}

func TestUsersAreAddedChangeTheirPassphraseAndGo(t *testing.T) {
	w := openWindow(t)
	w.showPractice()
	tap(t, w, "Add a user…")
	fill(t, w, "Bo Lee", "bo", "RN", "", "too short", "too short")
	tap(t, w, "Add")
	says(t, w, "too short")
	tap(t, w, "Back")
	holds(t, w, "Name", "Bo Lee")
	fill(t, w, "Bo Lee", "bo", "RN", "", "bo's own passphrase", "bo's own passphrase")
	tap(t, w, "Add")
	says(t, w, "Bo Lee, RN · staff · logs in as bo")

	tap(t, w, "Change my passphrase…")
	fill(t, w, "not the one", "another fine passphrase", "another fine passphrase")
	tap(t, w, "Change")
	says(t, w, "The passphrase is not right")
	tap(t, w, "Back")
	fill(t, w, storagetest.Passphrase, "another fine passphrase", "another fine passphrase")
	tap(t, w, "Change")
	says(t, w, "Your passphrase is changed.")
	tap(t, w, "OK")

	w.Lock()
	fill(t, w, "bo", "bo's own passphrase")
	tap(t, w, "Unlock")
	w.showPractice()
	each(w, func(o fyne.CanvasObject) {
		if b, ok := o.(*widget.Button); ok && (b.Text == "Add a user…" || b.Text == "Remove…") && !b.Disabled() {
			t.Errorf("%s is offered to staff", b.Text)
		}
	})
	w.Lock()
	fill(t, w, storagetest.Login, "another fine passphrase")
	tap(t, w, "Unlock")
	w.showPractice()
	tap(t, w, "Remove…")
	says(t, w, "Remove Bo Lee, RN?")
	tap(t, w, "Remove")
	says(t, w, "Bo Lee, RN · staff · logs in as bo · removed")
}

func TestABackupAfterUseIsRestoredInTheWindow(t *testing.T) {
	w := openWindow(t)
	backups, place := t.TempDir(), filepath.Join(t.TempDir(), "new place")
	if err := w.desk.Store.PlanBackups(backups, 2); err != nil {
		t.Fatal(err)
	}
	drop(t, w, write(t, "export.csv", string(assets.DemoRecording)))
	tap(t, w, "Store with Demo Patient")
	w.Lock()
	w.backups.Wait()
	made, _ := filepath.Glob(filepath.Join(backups, "*.tdbackup.age"))
	if len(made) != 1 {
		t.Fatalf("backups: %v", made)
	}
	fill(t, w, storagetest.Login, storagetest.Passphrase)
	tap(t, w, "Unlock")
	w.Lock()
	w.backups.Wait()
	if again, _ := filepath.Glob(filepath.Join(backups, "*.tdbackup.age")); len(again) != 1 {
		t.Errorf("backed up again although nothing changed: %v", again)
	}

	t.Setenv("XDG_CONFIG_HOME", t.TempDir())
	other, err := New(test.NewTempApp(t), place, "", "")
	if err != nil {
		t.Fatal(err)
	}
	sized(t, other)
	gates{other}.askRestore(place, made[0])
	fill(t, other, storagetest.Login, "not this one")
	tap(t, other, "Restore")
	says(t, other, "The passphrase is not right")
	tap(t, other, "Back")
	fill(t, other, storagetest.Login, storagetest.Passphrase)
	tap(t, other, "Restore")
	says(t, other, "The store is locked")
	fill(t, other, storagetest.Login, storagetest.Passphrase)
	tap(t, other, "Unlock")
	if found, err := other.desk.Wears("Demo"); err != nil || len(found) != 1 {
		t.Errorf("%v, %v", found, err)
	}
}

func TestWhatIsPastRetentionIsPointedOutAndKept(t *testing.T) {
	w := openWindow(t)
	drop(t, w, write(t, "export.csv", string(assets.DemoRecording)))
	tap(t, w, "Store with Demo Patient")
	set := w.desk.Settings()
	set.RetentionYears = 6
	if err := w.desk.Store.SaveSettings(set); err != nil {
		t.Fatal(err)
	}
	w.showHome()
	if strings.Contains(texts(w), "years ago") {
		t.Error("pointed out before the time")
	}
	now := w.desk.Now()
	w.desk.Now = func() time.Time { return now.AddDate(6, 0, 1) }
	w.showHome()
	says(t, w, "1 wear ended more than 6 years ago", "Demo Patient")
}

func TestARecordingIsDealtOutToTheWearThatWaits(t *testing.T) {
	w := openWindow(t)
	p, err := w.desk.Store.SavePatient(clinic.Patient{FirstName: "Demo", LastName: "Patient", BirthDate: "1964-06-20"})
	if err != nil {
		t.Fatal(err)
	}
	wear, err := w.desk.Store.OpenWear(p.ID, &steps.Record{Order: &steps.Order{}})
	if err == nil {
		err = w.desk.Store.AddStep(wear, &steps.Record{Step: steps.Placed, At: cgm.NewWallTime(2026, time.May, 4, 10, 0, 0), Placement: &steps.Placement{Transmitter: "8DEM01"}}, false)
	}
	if err != nil {
		t.Fatal(err)
	}
	w.showHome()
	drop(t, w, write(t, "export.csv", string(assets.DemoRecording)))
	tap(t, w, "Store each with the wear that waits for it")
	says(t, w, "1 recording stored by the transmitter's serial.", "Demo Patient")
	if c, err := w.desk.Store.Case(wear); err != nil || c.Check == nil || c.Check.Result != clinic.Met {
		t.Errorf("%+v, %v", c, err)
	}
}

// TestNothingLeadsAwayFromTheRecoveryKey presses every key of the window on the page
// that is never seen again, drops a file on it, and leaves it alone for a day.
func TestNothingLeadsAwayFromTheRecoveryKey(t *testing.T) {
	w, err := New(test.NewTempApp(t), filepath.Join(t.TempDir(), "store"), "", "")
	if err != nil {
		t.Fatal(err)
	}
	sized(t, w)
	w.desk.Cost = storagetest.QuickCost
	fill(t, w, "", "Ana Ruiz", "ana", "MD", "", "four small green words", "four small green words")
	tap(t, w, "Make the store")
	for _, key := range []fyne.KeyName{fyne.KeyH, fyne.KeyN, fyne.KeyO, fyne.KeyR, fyne.KeyL} {
		press(t, w, key)
		if win(w).Canvas().Overlays().Top() != nil {
			t.Errorf("Ctrl+%s opens a dialog", key)
			frame(w).Clear()
		}
		says(t, w, "Print the recovery key")
	}
	drop(t, w, write(t, "export.csv", string(assets.DemoRecording)))
	tap(t, w, "OK")
	says(t, w, "Print the recovery key")
	w.desk.Now = func() time.Time { return testTime.AddDate(0, 0, 1) }
	frame(w).LockWhenIdle()
	says(t, w, "Print the recovery key")
	if !w.Locked() {
		t.Error("nobody was there for a day, and the store is open")
	}
	tap(t, w, "Save and open the page")
	if files, _ := filepath.Glob(filepath.Join(w.folder(), "*recovery*.pdf")); len(files) != 1 {
		t.Errorf("the page is saved as %v", files)
	}
	frame(w).Clear() // the viewer that is not there
	tap(t, w, "I have printed it")
	says(t, w, "The store is locked")
}
