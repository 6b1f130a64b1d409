package screens

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/storage"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/widget"

	"tracedesk/assets"
	"tracedesk/cgm"
	"tracedesk/cgm/cgmtest"
	"tracedesk/clinic"
	"tracedesk/clinic/billing"
	"tracedesk/clinic/steps"
	"tracedesk/device/export"
	"tracedesk/device/simulator"
	"tracedesk/report/chart/charttest"
	"tracedesk/storage/storagetest"
	"tracedesk/ui/shell"
)

var update = flag.Bool("update", false, "make the pictures in docs/screens anew; look at them before you commit")

// testTime is when the window's tests happen.
var testTime = time.Date(2026, time.May, 14, 16, 0, 0, 0, time.UTC)

// frame is the shell that a workstation's screens stand in, and win its window.
func frame(w *Workstation) *shell.Window { return w.Shell.(*shell.Window) }

func win(w *Workstation) fyne.Window { return frame(w).Fyne() }

// openWindow is a window on an empty store, as large as a small screen.
func openWindow(t *testing.T) *Workstation {
	t.Helper()
	s := storagetest.NewAt(t, func() time.Time { return testTime })
	w := newWorkstation(test.NewTempApp(t))
	w.desk.Store = s
	w.showHome()
	sized(t, w)
	return w
}

// sized gives a window its size, patience, its time and its folder.
func sized(t *testing.T, w *Workstation) {
	t.Helper()
	w.desk.Now = func() time.Time { return testTime }
	frame(w).Patience = time.Hour // a progress dialog would come on the timer's goroutine
	w.Preferences().SetFolder(t.TempDir())
	win(w).Resize(fyne.NewSize(1366, 720))
	t.Cleanup(func() {
		idle(t, w)
		win(w).Close()
		if w.desk.Store != nil {
			_ = w.desk.Store.Close()
		}
	})
}

// idle waits until long work is done, and the work that it started in turn.
func idle(t *testing.T, w *Workstation) {
	t.Helper()
	deadline := time.Now().Add(20 * time.Second)
	for quiet := 0; quiet < 8; time.Sleep(5 * time.Millisecond) {
		// The test driver does fyne.Do on the calling goroutine: only when a work's own
		// has ended, nothing of it moves any more.
		if quiet++; frame(w).Running() {
			quiet = 0
		}
		if time.Now().After(deadline) {
			t.Fatal("the work does not end")
		}
	}
}

func write(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func drop(t *testing.T, w *Workstation, paths ...string) {
	t.Helper()
	var uris []fyne.URI
	for _, p := range paths {
		uris = append(uris, storage.NewFileURI(p))
	}
	frame(w).Drop(uris)
	idle(t, w)
}

// each visits every object that is on the screen, dialogs on top first.
func each(w *Workstation, visit func(fyne.CanvasObject)) {
	roots := []fyne.CanvasObject{win(w).Content()}
	if top := win(w).Canvas().Overlays().Top(); top != nil {
		roots = []fyne.CanvasObject{top}
	}
	for _, root := range roots {
		for _, o := range test.LaidOutObjects(root) {
			visit(fynes(o))
		}
	}
}

// fynes is a widget of ours as Fyne's.
func fynes(o fyne.CanvasObject) fyne.CanvasObject {
	switch x := o.(type) {
	case *shell.Button:
		return &x.Button
	case *shell.Select:
		return &x.Select
	case *shell.Check:
		return &x.Check
	case *shell.List:
		return &x.List
	}
	return o
}

func texts(w *Workstation) string {
	var b strings.Builder
	each(w, func(o fyne.CanvasObject) {
		if l, ok := o.(*widget.Label); ok && l.Visible() {
			b.WriteString(l.Text + "\n")
		}
		if x, ok := o.(*widget.Button); ok {
			b.WriteString("[" + x.Text + "]\n")
		}
	})
	return b.String()
}

func tap(t *testing.T, w *Workstation, text string) {
	t.Helper()
	var found *widget.Button
	each(w, func(o fyne.CanvasObject) {
		if b, ok := o.(*widget.Button); ok && strings.HasPrefix(b.Text, text) && b.Visible() && !b.Disabled() {
			found = b
		}
	})
	if found == nil {
		t.Fatalf("there is no button %q on\n%s", text, texts(w))
	}
	test.Tap(found)
	idle(t, w)
}

func says(t *testing.T, w *Workstation, wants ...string) {
	t.Helper()
	all := texts(w)
	for _, want := range wants {
		if !strings.Contains(all, want) {
			t.Errorf("the screen does not say %q:\n%s", want, all)
		}
	}
}

func TestFromADroppedFileToBothPDFs(t *testing.T) {
	w := openWindow(t)
	says(t, w, "Drop a Clarity export here", "Nothing is stored yet")
	drop(t, w, write(t, "export.csv", string(assets.DemoRecording)))
	says(t, w, "What was read", "8DEM01", "May 4, 2026 12:17", "235 h 20 min of 238 h – 72 hours met", "[Store with Demo Patient]")
	tap(t, w, "Store with Demo Patient")
	says(t, w, "Demo Patient · born Jun 20, 1964 · record number DEMO-0001", "72 hours: met", "2824 (864 needed)", "None made yet")
	tap(t, w, "Make both PDFs")
	says(t, w, "Both PDFs are made", "Printout (95250)", "Interpretation (95251), draft")
	files, _ := filepath.Glob(filepath.Join(w.folder(), "*.pdf"))
	if len(files) != 2 {
		t.Errorf("%q in the folder", files)
	}
	w.Screen().Back()
	says(t, w, "Demo Patient · born Jun 20, 1964", "72 hours met")
}

// playReceiver answers on a pseudo-terminal like a receiver with the bundled
// recording and an older wear.
func playReceiver(t *testing.T, faults ...simulator.Fault) (port string) {
	t.Helper()
	f, err := export.Bundled(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	older := cgmtest.Wear(2, 9)
	older.TransmitterID = "8OLDER"
	for i := range older.Readings {
		older.Readings[i].Display -= 30 * cgm.SecondsPerDay
	}
	older.Events = nil
	m, err := simulator.New(simulator.Options{Generation: simulator.G6, Serial: "SM77", Wears: []simulator.Wear{{Recording: older, Backfilled: true}, {Recording: f.Recordings[0]}}})
	if err != nil {
		t.Fatal(err)
	}
	port = filepath.Join(t.TempDir(), "receiver")
	line, err := simulator.OpenPty(port)
	if err != nil {
		t.Skipf("there are no pseudo-terminals here: %v", err)
	}
	go func() { _ = (&simulator.Server{Model: m, Faults: faults}).Serve(line) }()
	t.Cleanup(func() { _ = line.Close() })
	return port
}

func TestFromTheReceiverToTheCheck(t *testing.T) {
	w := openWindow(t)
	w.UsePort(playReceiver(t))
	tap(t, w, "Read the receiver")
	says(t, w, "clears the reader", "[Cancel]") // said once, before anything is read
	tap(t, w, "Read it now")
	says(t, w, "Dexcom G6 receiver", "SM77", "87 %", "behind this computer's", "The receiver holds 2 wears", "8OLDER", "8DEM01", "[Choose the patient first]", "names no patient")
	win(w).Canvas().Focus(nil)
	each(w, func(o fyne.CanvasObject) {
		if c, ok := o.(*widget.Check); ok && c.Checked != (c.Text == "Store recording 2") {
			t.Errorf("%q is ticked: %v", c.Text, c.Checked)
		}
		if e, ok := asEntry(o); ok && e.PlaceHolder == "the practice's own number" {
			e.SetText("A-17")
		}
	})
	if !w.Preferences().ReaderNoteSeen() {
		t.Error("the note would be said again")
	}
	tap(t, w, "Store with A-17")
	says(t, w, "record number A-17", "72 hours: met")
	if wears, _ := w.desk.Wears(""); len(wears) != 1 {
		t.Errorf("%d wears were stored; only one was ticked", len(wears))
	}
}

func TestAReceiverThatIsPluggedInIsNoticed(t *testing.T) {
	w := openWindow(t)
	w.sayReceiver(true)
	says(t, w, "[A receiver is plugged in – read it]")
	w.sayReceiver(false)
	says(t, w, "[Read the receiver]")
}

func TestAReadThatFailsOffersTheExchange(t *testing.T) {
	w := openWindow(t)
	w.UsePort(playReceiver(t, simulator.Fault{Name: "unplug", Place: 12}))
	w.Preferences().SetReaderNoteSeen()
	tap(t, w, "Read the receiver")
	says(t, w, "unplugged", "check the cable at both ends", "nothing was stored")
	tap(t, w, "Save the diagnostic capture")
	says(t, w, "no glucose values")
	if files, _ := filepath.Glob(filepath.Join(w.folder(), "receiver-capture_2026-05-14.jsonl")); len(files) != 1 {
		t.Error("the exchange is not in the folder")
	}
}

func TestAFileThatIsNoExportSaysWhatToDo(t *testing.T) {
	w := openWindow(t)
	drop(t, w, write(t, "letter.csv", "Dear colleague\nthank you\n"))
	says(t, w, "That did not work", "letter.csv", "choose the CSV file that Clarity exported")
	tap(t, w, "OK")
	says(t, w, "Nothing is stored yet")
}

func TestTheColumnsOfAnUnknownHeaderAreAskedForAndRemembered(t *testing.T) {
	w := openWindow(t)
	var b strings.Builder
	b.WriteString("Mittauspäivä;Laji;Glukoosi\n")
	for i := range 40 {
		fmt.Fprintf(&b, "2024-03-04 %02d:%02d;EGV;%d,5\n", 10+i/12, i%12*5, 5+i%4)
	}
	file := write(t, "suomi.csv", b.String())
	drop(t, w, file)
	says(t, w, "Which columns are these?", "Mittauspäivä", "2024-03-04 10:00", "5,5")
	tap(t, w, "Read the file")
	says(t, w, "Not all is chosen")
	tap(t, w, "OK")
	drop(t, w, file)
	n := 0
	each(w, func(o fyne.CanvasObject) {
		switch x := o.(type) {
		case *widget.Select:
			if n < 2 { // the others are what the rows say
				x.SetSelected([]string{"Mittauspäivä", "Glukoosi"}[n])
			}
			n++
		case *widget.RadioGroup:
			x.SetSelected("mmol/L")
		}
	})
	tap(t, w, "Read the file")
	says(t, w, "40, every 5 min")
	w.showHome()
	drop(t, w, file)
	says(t, w, "40, every 5 min")
}

func TestSeveralFilesAtOnceAreRefused(t *testing.T) {
	w := openWindow(t)
	drop(t, w, "a.csv", "b.csv")
	says(t, w, "One file at a time")
}

func TestAnotherPatientNeedsAConfirmation(t *testing.T) {
	w := openWindow(t)
	drop(t, w, write(t, "export.csv", string(assets.DemoRecording)))
	tap(t, w, "Store with Demo Patient")
	w.showHome()
	bo := strings.NewReplacer(`"Demo"`, `"Bo"`, `"Patient"`, `"Lind"`, "DEMO-0001", "B-2").Replace(string(assets.DemoRecording))
	drop(t, w, write(t, "bo.csv", bo))
	says(t, w, "[Store with Bo Lind]")
	tap(t, w, "Store with Bo Lind")
	says(t, w, "Stop: is this the right patient?", "transmitter 8DEM01 is stored with Demo Patient")
	tap(t, w, "No, go back")
	if wears, _ := w.desk.Wears(""); len(wears) != 1 {
		t.Fatalf("%d wears after “no”", len(wears))
	}
	tap(t, w, "Store with Bo Lind")
	tap(t, w, "Yes, I checked")
	says(t, w, "Bo Lind · born Jun 20, 1964 · record number B-2")
}

func TestAFormNeverShowsTheLastPatientsData(t *testing.T) {
	w := openWindow(t)
	drop(t, w, write(t, "export.csv", string(assets.DemoRecording)))
	tap(t, w, "Cancel")
	nameless := strings.NewReplacer(`"Demo"`, `""`, `"Patient"`, `""`, "DEMO-0001", "", "1964-06-20", "").Replace(string(assets.DemoRecording))
	drop(t, w, write(t, "nameless.csv", nameless))
	says(t, w, "the file names nobody", "[Choose the patient first]")
	each(w, func(o fyne.CanvasObject) {
		if e, ok := asEntry(o); ok && e.Text != "" {
			t.Errorf("a field holds %q", e.Text)
		}
	})
}

// Every dialog opens, from its button and its key, and goes away again.
func TestEveryDialogOpens(t *testing.T) {
	w := openWindow(t)
	drop(t, w, write(t, "export.csv", string(assets.DemoRecording)))
	tap(t, w, "Store with Demo Patient")
	for name, open := range map[string]func(){
		"folder":   func() { tap(t, w, "Change…") },
		"file":     func() { w.showHome(); tap(t, w, "Open a file…") },
		"settings": func() { w.showHome(); tap(t, w, "Settings") },
	} {
		open()
		if win(w).Canvas().Overlays().Top() == nil {
			t.Errorf("no dialog for %s", name)
			continue
		}
		tap(t, w, "Cancel")
		if win(w).Canvas().Overlays().Top() != nil {
			t.Errorf("the dialog for %s stays", name)
		}
		if name != "folder" {
			w.openWear(firstWear(t, w), "")
			idle(t, w)
		}
	}
}

func TestEscapeClosesTheDialogAndThenLeadsBack(t *testing.T) {
	w := openWindow(t)
	drop(t, w, write(t, "export.csv", string(assets.DemoRecording)))
	escape := func() { win(w).Canvas().OnTypedKey()(&fyne.KeyEvent{Name: fyne.KeyEscape}) }
	w.Tell("Something", "is said")
	escape()
	if win(w).Canvas().Overlays().Top() != nil {
		t.Error("the dialog stays")
	}
	says(t, w, "What was read")
	escape()
	says(t, w, "Drop a Clarity export here")
}

func firstWear(t *testing.T, w *Workstation) string {
	t.Helper()
	wears, err := w.desk.Wears("")
	if err != nil || len(wears) == 0 {
		t.Fatalf("%v, %v", wears, err)
	}
	return wears[0].Wear.ID
}

func TestSettingsChangeWhatIsShown(t *testing.T) {
	w := openWindow(t)
	set := clinic.DefaultSettings()
	set.Unit, set.ISODates = "mmol/L", true
	if err := w.desk.Store.SaveSettings(set); err != nil {
		t.Fatal(err)
	}
	drop(t, w, write(t, "export.csv", string(assets.DemoRecording)))
	tap(t, w, "Store with Demo Patient")
	says(t, w, "born 1964-06-20", "mmol/L", "2026-05-04 12:17")
}

// TestScreens sets each screen, light and dark, against its picture in
// docs/screens, which the README shows.
func TestScreens(t *testing.T) {
	for _, a := range []shell.Appearance{shell.AppearanceLight, shell.AppearanceDark} {
		w := openWindow(t)
		w.Preferences().SetAppearance(a)
		name := strings.ToLower(string(a))
		w.showHome()
		picture(t, w, "start-empty-"+name)
		drop(t, w, write(t, "Clarity_Export_Patient_Demo.csv", string(assets.DemoRecording)))
		picture(t, w, "review-"+name)
		tap(t, w, "Store with Demo Patient")
		tap(t, w, "Make both PDFs")
		id := ""
		if wears, err := w.desk.Wears(""); err == nil {
			id = wears[0].Wear.ID
		}
		w.Preferences().SetFolder("/home/clinic/Documents/Tracedesk")
		w.openWear(id, "")
		idle(t, w)
		picture(t, w, "wear-"+name)
		w.openTrace(id)
		idle(t, w)
		picture(t, w, "trace-"+name)
		w.showFiled()
		picture(t, w, "documents-"+name)
		w.showPatients()
		picture(t, w, "patients-"+name)
		if found, err := w.desk.Patients().Find(""); err == nil {
			w.showPatient(found[0])
		}
		picture(t, w, "patient-"+name)
		w.showHome()
		picture(t, w, "start-"+name)
		w.openInterpretation(id, "")
		idle(t, w)
		picture(t, w, "interpretation-"+name)
		placed := &steps.Record{Step: steps.Placed, At: cgm.NewWallTime(2026, time.May, 4, 10, 10, 0), Placement: &steps.Placement{By: clinic.Person{Name: "Jo Kim", Credential: "RN"}, InPerson: steps.Yes, Transmitter: "8DEM01"}}
		if err := w.desk.Store.AddStep(id, placed, false); err != nil {
			t.Fatal(err)
		}
		w.openCase(id, "")
		idle(t, w)
		picture(t, w, "evidence-"+name)
		tap(t, w, "Record insertion and training")
		picture(t, w, "form-"+name)
		tap(t, w, "Cancel")
		w.showHome()
		drop(t, w, write(t, "broken.csv", "x"))
		picture(t, w, "error-"+name)
		tap(t, w, "OK")
		w.showPractice()
		picture(t, w, "practice-"+name)
		for _, part := range []string{"Backups", "Payers", "Stock", "Services", "Codes", "Audit trail"} {
			showPart(t, w, part)
			w.showPractice() // as it is come back to
			file, _, _ := strings.Cut(strings.ToLower(part), " ")
			picture(t, w, "practice-"+file+"-"+name)
		}
		showPart(t, w, "Users")
		w.showPractice()
		for form, ask := range map[string]func(){"settings": w.showSettings, "payer": func() { practiceView{w}.askProfile(billing.StrictProfile()) }, "new-wear": w.newWear, "fees": practiceView{w}.showFees} {
			ask()
			picture(t, w, form+"-"+name)
			tap(t, w, "Cancel")
		}
		w.showHome()
		win(w).Canvas().OnTypedKey()(&fyne.KeyEvent{Name: fyne.KeyF1})
		picture(t, w, "keys-"+name)
		tap(t, w, "OK")
		w.Lock()
		picture(t, w, "locked-"+name)
		gates{w}.showSetup(t.TempDir(), false)
		picture(t, w, "setup-"+name)
		gates{w}.showRecoveryPage(nil)
		picture(t, w, "recovery-"+name)
	}
}

func picture(t *testing.T, w *Workstation, name string) {
	t.Helper()
	compareWords(t, w, name)
	charttest.Compare(t, filepath.Join("..", "..", "docs", "screens", name+".png"), win(w).Canvas().Capture(), charttest.Drawn, *update)
}

// asEntry is an entry of ours as Fyne's.
func asEntry(o fyne.CanvasObject) (*widget.Entry, bool) {
	switch x := o.(type) {
	case *shell.Entry:
		return &x.Entry, true
	case *shell.ChoiceEntry:
		return &x.Entry, true
	}
	return nil, false
}
