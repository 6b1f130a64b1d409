package screens

import (
	"fmt"
	"os"
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
	"tracedesk/clinic/stock"
	"tracedesk/storage/storagetest"
	"tracedesk/ui/present"
	"tracedesk/ui/shell"
)

// withWear is a window with the bundled recording stored, and its wear.
func withWear(t *testing.T) (*Workstation, string) {
	t.Helper()
	w := openWindow(t)
	drop(t, w, write(t, "export.csv", string(assets.DemoRecording)))
	tap(t, w, "Store with Demo Patient")
	return w, firstWear(t, w)
}

func press(t *testing.T, w *Workstation, key fyne.KeyName) {
	t.Helper()
	frame(w).Press(key)
	idle(t, w)
}

func unlock(t *testing.T, w *Workstation, login string) {
	t.Helper()
	fields := entries(w)
	fields[0].SetText(login)
	fields[1].SetText(storagetest.Passphrase)
	tap(t, w, "Unlock")
}

func selectIn(t *testing.T, w *Workstation, option string) {
	t.Helper()
	found := false
	each(w, func(o fyne.CanvasObject) {
		if s, ok := o.(*widget.Select); ok {
			for _, x := range s.Options {
				if x == option {
					s.SetSelected(option)
					found = true
				}
			}
		}
	})
	if !found {
		t.Fatalf("there is no choice %q", option)
	}
	idle(t, w)
}

// TestAFormIsKeptThroughALock types into a form, locks, and finds it again;
// another user does not, and nothing of it is on the locked screen.
func TestAFormIsKeptThroughALock(t *testing.T) {
	w, id := withWear(t)
	if _, err := w.desk.Store.AddUser(clinic.User{Name: "Jo Kim", Login: "kim", Credential: "RN"}, []byte(storagetest.Passphrase)); err != nil {
		t.Fatal(err)
	}
	me := w.desk.Store.User().Login
	w.openCase(id, "")
	idle(t, w)
	tap(t, w, "Record insertion and training")
	byLabel(t, w, map[string]string{"Site": "left arm, typed before the lock", "Sensor lot": "L77"})
	w.Lock()
	if all := texts(w); strings.Contains(all, "Demo Patient") {
		t.Errorf("the locked screen shows a patient:\n%s", all)
	}
	each(w, func(o fyne.CanvasObject) {
		if e, ok := asEntry(o); ok && strings.Contains(e.Text, "typed before") {
			t.Error("the locked screen holds what was typed")
		}
	})
	if w.Typed() != nil {
		t.Error("what was typed stays in memory")
	}

	unlock(t, w, "kim")
	if strings.Contains(texts(w), "Record insertion and training –") {
		t.Error("another user gets the form")
	}
	w.Lock()
	unlock(t, w, me)
	says(t, w, "Record insertion and training – Demo Patient")
	holds(t, w, "Site", "left arm, typed before the lock")
	tap(t, w, "Record")
	c, err := w.desk.Store.Case(id)
	if err != nil || c.Latest(steps.Placed) == nil || c.Latest(steps.Placed).Placement.SensorLot != "L77" {
		t.Fatalf("%+v, %v", c, err)
	}
	w.Lock()
	unlock(t, w, me)
	if win(w).Canvas().Overlays().Top() != nil {
		t.Error("a form that was recorded comes again")
	}
}

// holds says what an entry of a form holds.
func holds(t *testing.T, w *Workstation, label, want string) {
	t.Helper()
	found := false
	each(w, func(o fyne.CanvasObject) {
		form, ok := o.(*widget.Form)
		if !ok {
			return
		}
		for _, item := range form.Items {
			if e, ok := asEntry(item.Widget); ok && item.Text == label {
				found = true
				if e.Text != want {
					t.Errorf("%s holds %q", label, e.Text)
				}
			}
		}
	})
	if !found {
		t.Errorf("there is no field %s", label)
	}
}

func TestAnInterpretationIsKeptThroughALock(t *testing.T) {
	w, id := withWear(t)
	w.openInterpretation(id, "")
	idle(t, w)
	tap(t, w, "Keep all the rest")
	byLabel(t, w, map[string]string{"Assessment": "half a sentence"})
	me := w.desk.Store.User().Login
	w.Lock()
	unlock(t, w, me)
	says(t, w, "The clinician's part", "Demo Patient")
	holds(t, w, "Assessment", "half a sentence")
	kept := 0
	each(w, func(o fyne.CanvasObject) {
		if r, ok := o.(*widget.RadioGroup); ok && r.Selected == keepIt {
			kept++
		}
	})
	if kept == 0 {
		t.Error("what was made of the findings is lost")
	}
	if c, err := w.desk.Store.Case(id); err != nil || c.Interpretation != nil {
		t.Errorf("locking recorded an interpretation: %+v, %v", c, err)
	}
}

func TestAChangeToTheFindingsIsTakenBack(t *testing.T) {
	w, id := withWear(t)
	w.openInterpretation(id, "")
	idle(t, w)
	kept := func() (n int) {
		each(w, func(o fyne.CanvasObject) {
			if r, ok := o.(*widget.RadioGroup); ok && r.Selected == keepIt {
				n++
			}
		})
		return n
	}
	tap(t, w, "Keep all the rest")
	if kept() == 0 {
		t.Fatal("nothing is kept")
	}
	press(t, w, fyne.KeyZ)
	if n := kept(); n != 0 {
		t.Errorf("%d findings are still kept", n)
	}
}

// TestTheKeysLeadThroughAWear goes to the views and back without the mouse.
func TestTheKeysLeadThroughAWear(t *testing.T) {
	w, _ := withWear(t)
	for _, step := range []struct {
		key  fyne.KeyName
		says string
	}{{fyne.Key1, "[Add an event]"}, {fyne.Key2, "72 hours: met"}, {fyne.Key3, "What happened, the latest first"}, {fyne.Key4, "The clinician's part"}, {fyne.KeyH, "Drop a Clarity export here"}, {fyne.KeyN, "New wear – whose?"}} {
		press(t, w, step.key)
		says(t, w, step.says)
	}
	press(t, w, fyne.KeyH)
	says(t, w, "New wear – whose?") // a dialog keeps the keys
}

// TestEnterAcceptsAForm presses Enter in a line of a form.
func TestEnterAcceptsAForm(t *testing.T) {
	w, id := withWear(t)
	w.openCase(id, "")
	idle(t, w)
	tap(t, w, "Did not come back")
	byLabel(t, w, map[string]string{"Reason": "moved away"})
	each(w, func(o fyne.CanvasObject) {
		if e, ok := asEntry(o); ok && e.Text == "moved away" {
			e.OnSubmitted(e.Text)
		}
	})
	idle(t, w)
	says(t, w, "Did not come back: recorded.")
}

// TestTheProfileOfSomeDays chooses days and finds figures that are those of the
// same days by hand: Saturday and Sunday of the bundled recording.
func TestTheProfileOfSomeDays(t *testing.T) {
	w, id := withWear(t)
	wear, err := w.desk.Wear(id)
	if err != nil {
		t.Fatal(err)
	}
	sum, n := 0.0, 0
	for _, g := range wear.Facts.Recording.Readings {
		if d := g.Display.Date().String(); d == "2026-05-09" || d == "2026-05-10" {
			sum += g.MgDL
			n++
		}
	}
	selectIn(t, w, "Saturday and Sunday")
	says(t, w, "Figures and profile of 2 days out of 11.", clinic.DefaultSettings().GlucoseWithUnit(sum/float64(n)))
	if strings.Contains(texts(w), "Sensor active") {
		t.Error("of some days, what was left out counts as gaps")
	}
	selectIn(t, w, "All days")
	says(t, w, "147 mg/dL", "98.9 %", "235 h 20 min")
}

// TestAnEventIsAddedByAClick clicks into the trace.
func TestAnEventIsAddedByAClick(t *testing.T) {
	w, id := withWear(t)
	w.openTrace(id)
	idle(t, w)
	var trace *traceView
	each(w, func(o fyne.CanvasObject) {
		if v, ok := o.(*traceView); ok {
			trace = v
		}
	})
	tap(t, w, "Add an event")
	says(t, w, "Click where the event belongs.")
	test.TapAt(trace, fyne.NewPos(float32(trace.middle()), 100))
	says(t, w, "Add to the patient's log – Demo Patient")
	// The wear is looked at from 2026-05-04 12:17 to 2026-05-14 10:12; its middle
	// is 2026-05-09 11:14.
	var at string
	each(w, func(o fyne.CanvasObject) {
		if e, ok := asEntry(o); ok && strings.HasPrefix(e.Text, "2026-05-") {
			at = e.Text
		}
	})
	got, err := cgm.ParseWallTime(at + ":00")
	if err != nil || got < cgm.NewWallTime(2026, time.May, 9, 11, 0, 0) || got > cgm.NewWallTime(2026, time.May, 9, 11, 30, 0) {
		t.Errorf("the click is %s, %v", at, err)
	}
	byLabel(t, w, map[string]string{"How much": "45", "Words": "toast, with jam"})
	tap(t, w, "Add")
	c, err := w.desk.Store.Case(id)
	if err != nil || c.Interpretation == nil || len(c.Interpretation.Log) != 1 || c.Interpretation.Log[0].Text != "toast, with jam" || c.Interpretation.Log[0].Value != 45 {
		t.Fatalf("%+v, %v", c, err)
	}
	if c.Latest(steps.Interpreted) != nil {
		t.Error("adding to the log is taken for an interpretation")
	}
	w.openInterpretation(id, "")
	idle(t, w)
	says(t, w, "After 11 of 11 logged meals")
}

// TestDocumentsGoToThePrinter puts a printer's command into the path that notes
// what it is given.
func TestDocumentsGoToThePrinter(t *testing.T) {
	dir := t.TempDir()
	noted := filepath.Join(dir, "noted")
	if err := os.WriteFile(filepath.Join(dir, "lp"), []byte("#!/bin/sh\nfor last; do :; done\necho \"$last\" >>"+noted+"\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir+":"+os.Getenv("PATH"))
	w, id := withWear(t)
	tap(t, w, "Make both PDFs")
	tap(t, w, "Print both")
	says(t, w, "2 documents given to the printer.")
	b, err := os.ReadFile(noted)
	if err != nil || strings.Count(string(b), ".pdf") != 2 || !strings.Contains(string(b), "_printout.pdf") || !strings.Contains(string(b), "_interpretation.pdf") {
		t.Errorf("%s, %v", b, err)
	}
	trail, err := w.desk.Store.AuditOf(id)
	printed := 0
	for _, e := range trail {
		if e.Act == "printed" && e.Kind == "document" {
			printed++
		}
	}
	if err != nil || printed < 2 {
		t.Errorf("%d printings in the audit trail, %v", printed, err)
	}

	tap(t, w, "OK")
	if err := os.WriteFile(filepath.Join(dir, "lp"), []byte("#!/bin/sh\necho 'lp: Error - No default destination.' >&2\nexit 1\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	tap(t, w, "Print both")
	says(t, w, "Print from the viewer", "No default destination")
}

func TestThePageForThePatientAndTheRoomOfDocuments(t *testing.T) {
	w, _ := withWear(t)
	selectIn(t, w, "Español")
	tap(t, w, "Page for the patient")
	if _, err := os.Stat(filepath.Join(w.folder(), "Patient-Demo_2026-05-04_summary.pdf")); err != nil {
		t.Error(err)
	}
	tap(t, w, "Make both PDFs")
	w.showFiled()
	says(t, w, "Demo Patient · born Jun 20, 1964 · DEMO-0001 · May 4, 2026 to May 14, 2026 · Printout (95250)")
	w.Screen().Search.(*shell.Entry).SetText("nobody of this name")
	says(t, w, "No document fits these words.")
}

// TestDocumentsAreNamedAsThePracticeSays leaves the patient's name out.
func TestDocumentsAreNamedAsThePracticeSays(t *testing.T) {
	w := openWindow(t)
	set := w.desk.Settings()
	set.DocumentNames = "CGM {number} {date} {kind}"
	if err := w.desk.Store.SaveSettings(set); err != nil {
		t.Fatal(err)
	}
	drop(t, w, write(t, "export.csv", string(assets.DemoRecording)))
	tap(t, w, "Store with Demo Patient")
	tap(t, w, "Make both PDFs")
	files, err := os.ReadDir(w.folder())
	if err != nil || len(files) != 2 || files[1].Name() != "CGM DEMO-0001 2026-05-04 printout.pdf" {
		t.Errorf("%v, %v", files, err)
	}
	set.DocumentNames = "{name}"
	if err := w.desk.Store.SaveSettings(set); err == nil {
		t.Error("a pattern with an unknown part is taken")
	}
}

func TestTheFeeTableIsFilledInTheWindow(t *testing.T) {
	w := openWindow(t)
	practiceView{w}.showFees()
	byLabel(t, w, map[string]string{"Payer": "Strict", "Year": "2026", "Amount": "104.31"})
	tap(t, w, "Keep this amount")
	says(t, w, "Strict · 95250 · 2026 · 104.31")
}

// TestEscapeAndHelpWorkWhileAFieldHasTheKeys types into the field itself, as the
// driver does.
func TestEscapeAndHelpWorkWhileAFieldHasTheKeys(t *testing.T) {
	w, id := withWear(t)
	w.openCase(id, "")
	idle(t, w)
	tap(t, w, "Record cleaning")
	focused := win(w).Canvas().Focused()
	if _, ok := focused.(*shell.Entry); !ok {
		t.Fatalf("the first field of a form has not the keys, but %T", focused)
	}
	focused.TypedKey(&fyne.KeyEvent{Name: fyne.KeyEscape})
	if win(w).Canvas().Overlays().Top() != nil {
		t.Error("Escape in a field leaves the form open")
	}
	w.showPatients()
	win(w).Canvas().Focused().TypedKey(&fyne.KeyEvent{Name: fyne.KeyF1})
	says(t, w, "Keys", "Ctrl+N", "new wear")
}

func TestAPatientIsDeletedOnlyByName(t *testing.T) {
	w, _ := withWear(t)
	found, err := w.desk.Patients().Find("")
	if err != nil || len(found) != 1 {
		t.Fatalf("%v, %v", found, err)
	}
	w.showPatient(found[0])
	tap(t, w, "Delete this patient…")
	says(t, w, "Demo Patient · born Jun 20, 1964 · record number DEMO-0001 and 1 wear are deleted for good")
	byLabel(t, w, map[string]string{"Last name, to confirm": "Garcia"})
	tap(t, w, "Delete for good")
	says(t, w, "That is not the last name of this patient; nothing was deleted.")
	tap(t, w, "Back")
	byLabel(t, w, map[string]string{"Last name, to confirm": "Patient"})
	tap(t, w, "Delete for good")
	says(t, w, "The patient is deleted and overwritten.")
	if found, err := w.desk.Patients().Find(""); err != nil || len(found) != 0 {
		t.Errorf("%v, %v", found, err)
	}
}

// TestANewWearByTheKeyboardAlone goes from the list of patients to the order.
func TestANewWearByTheKeyboardAlone(t *testing.T) {
	w := openWindow(t)
	for _, born := range []string{"1964-06-20", "1990-01-02"} {
		if _, err := w.desk.Patients().Add("Demo", "Patient", born, "N-"+born); err != nil {
			t.Fatal(err)
		}
	}
	press(t, w, fyne.KeyN)
	test.Type(win(w).Canvas().Focused(), "1990")
	enter := func() { win(w).Canvas().Focused().TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn}) }
	enter()
	says(t, w, "For Demo Patient · born Jan 2, 1990")
	enter()
	says(t, w, "Order – Demo Patient · born Jan 2, 1990")
}

// TestLockingOverAForm locks at once, and gives the form back.
func TestLockingOverAForm(t *testing.T) {
	w := openWindow(t)
	press(t, w, fyne.KeyN)
	byLabel(t, w, map[string]string{"Last name": "Gonzalez"})
	press(t, w, fyne.KeyL)
	says(t, w, "The store is locked")
	if win(w).Canvas().Overlays().Top() != nil {
		t.Error("a form stands over the locked window")
	}
	fill(t, w, storagetest.Login, storagetest.Passphrase)
	tap(t, w, "Unlock")
	idle(t, w)
	holds(t, w, "Last name", "Gonzalez")
}

// TestTheWindowsKeysWorkWhateverHasTheFocus goes through a form and a wear by Tab.
func TestTheWindowsKeysWorkWhateverHasTheFocus(t *testing.T) {
	w, id := withWear(t)
	screens := map[string]func(){
		"start": w.showHome, "patients": w.showPatients, "documents": w.showFiled, "profile": func() { w.openWear(id, "") }, "trace": func() { w.openTrace(id) },
		"evidence": func() { w.openCase(id, "") }, "interpretation": func() { w.openInterpretation(id, "") }, "settings": w.showSettings, "stock": func() { practiceView{w}.askDevice(stock.Device{}) },
	}
	for name, open := range screens {
		open()
		idle(t, w)
		c := win(w).Canvas()
		for range 40 {
			c.FocusNext()
			switch focused := c.Focused().(type) {
			case nil, *shell.Entry, *shell.ChoiceEntry, *shell.Button, *shell.Select, *shell.Check, *shell.List, *traceView:
			default:
				if kind := fmt.Sprintf("%T", focused); kind != "*widget.radioItem" && kind != "*widget.Button" {
					t.Errorf("%s: %s keeps Escape and F1 to itself", name, kind)
				}
			}
		}
		if top := c.Overlays().Top(); top != nil {
			c.Overlays().Remove(top)
		}
	}
	w.openWear(id, "")
	idle(t, w)
	win(w).Canvas().FocusNext()
	win(w).Canvas().Focused().TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn}) // the first button
	idle(t, w)
	says(t, w, "Both PDFs are made and saved.")
	w.openTrace(id)
	idle(t, w)
	win(w).Canvas().Focused().TypedKey(&fyne.KeyEvent{Name: fyne.KeyEscape})
	says(t, w, "Drop a Clarity export here")
}

// TestTabBringsTheFieldIntoView goes through the longest form.
func TestTabBringsTheFieldIntoView(t *testing.T) {
	w, id := withWear(t)
	win(w).Resize(fyne.NewSize(683, 384))
	w.openCase(id, "")
	idle(t, w)
	tap(t, w, "Record insertion and training")
	c := win(w).Canvas()
	reached := 0
	for range 60 {
		c.FocusNext()
		field, ok := c.Focused().(fyne.CanvasObject)
		if !ok {
			continue
		}
		if y := fyne.CurrentApp().Driver().AbsolutePositionForObject(field).Y; y < 0 || y+field.Size().Height > 384 {
			t.Fatalf("the field at %.0f is not seen", y)
		}
		reached++
	}
	if reached < 30 {
		t.Errorf("only %d fields were reached", reached)
	}
}

// TestALineIsShortenedAfterTheWindowWasMadeSmaller, and whole again after it was
// made larger.
func TestALineIsShortenedAfterTheWindowWasMadeSmaller(t *testing.T) {
	line := newWearRow()
	line.Resize(fyne.NewSize(1200, 40))
	fillWearRow(line, present.WearRow{Patient: "Demo Patient · born Jun 20, 1964 · DEMO-0001", Dates: "May 4, 2026 to May 14, 2026", Check: "print – 72 hours met"})
	whose := line.(*fyne.Container).Objects[0].(*widget.Label)
	for _, c := range []struct {
		width     float32
		shortened bool
	}{{1200, false}, {500, true}, {1200, false}} {
		line.Resize(fyne.NewSize(c.width, 40))
		if (whose.Truncation == fyne.TextTruncateEllipsis) != c.shortened {
			t.Errorf("%.0f wide: %v", c.width, whose.Truncation)
		}
	}
}

// TestNoKeyOfTheScreenBeforeWorksOnTheNext opens an interpretation, where every key
// has something to do, then each screen that is of no wear, and presses the keys
// that this screen has nothing for: another patient's evidence must not open over
// a review.
func TestNoKeyOfTheScreenBeforeWorksOnTheNext(t *testing.T) {
	w, id := withWear(t)
	patients, err := w.desk.Patients().Find("")
	if err != nil || len(patients) != 1 {
		t.Fatalf("%v, %v", patients, err)
	}
	bo := write(t, "bo.csv", strings.NewReplacer(`"Demo"`, `"Bo"`, `"Patient"`, `"Lind"`, "DEMO-0001", "B-2", "8DEM01", "8BO001").Replace(string(assets.DemoRecording)))
	views := []fyne.KeyName{fyne.Key1, fyne.Key2, fyne.Key3, fyne.Key4, fyne.KeyP, fyne.KeyS, fyne.KeyZ}
	for name, open := range map[string]func(){
		"review": func() { drop(t, w, bo) }, "start": w.showHome, "patients": w.showPatients, "patient": func() { w.showPatient(patients[0]) },
		"documents": w.showFiled, "tray": w.showTray, "practice": w.showPractice,
	} {
		w.openInterpretation(id, "")
		idle(t, w)
		open()
		before := win(w).Content()
		for _, key := range views {
			press(t, w, key)
			if win(w).Content() != before {
				t.Errorf("%s: Ctrl+%s opens another screen", name, key)
				open()
				before = win(w).Content()
			}
		}
	}
}

// TestAFileIsNotTakenOverAForm drops a file on a form that is being filled in: the
// review must not open behind it, where the end of the form would replace it.
func TestAFileIsNotTakenOverAForm(t *testing.T) {
	w, id := withWear(t)
	w.openCase(id, "")
	idle(t, w)
	tap(t, w, "Record insertion and training")
	byLabel(t, w, map[string]string{"Site": "left arm"})
	before := win(w).Content()
	drop(t, w, write(t, "export.csv", string(assets.DemoRecording)))
	if win(w).Content() != before {
		t.Error("another screen opens behind the form")
	}
	says(t, w, "The file was not read")
	tap(t, w, "OK")
	holds(t, w, "Site", "left arm")
	if f := w.Typed(); f == nil || f.ID != id {
		t.Errorf("what is typed is not known any more: %+v", f)
	}
	tap(t, w, "Cancel")
	w.Tell("A message", "is no form")
	drop(t, w, write(t, "export.csv", string(assets.DemoRecording)))
	says(t, w, "What was read")
}
