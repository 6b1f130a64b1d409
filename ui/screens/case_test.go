package screens

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/widget"

	"tracedesk/assets"
	"tracedesk/cgm"
	"tracedesk/cgm/cgmtest"
	"tracedesk/clinic"
	"tracedesk/clinic/steps"
	"tracedesk/clinic/stock"
	"tracedesk/storage/storagetest"
	"tracedesk/ui/shell"
)

// byLabel types into entries of a form by their labels; a label that is not
// there fails.
func byLabel(t *testing.T, w *Workstation, values map[string]string) {
	t.Helper()
	left := map[string]string{}
	for k, v := range values {
		left[k] = v
	}
	each(w, func(o fyne.CanvasObject) {
		form, ok := o.(*widget.Form)
		if !ok {
			return
		}
		for _, item := range form.Items {
			v, asked := left[item.Text]
			if !asked {
				continue
			}
			switch e := item.Widget.(type) {
			case *shell.Entry:
				e.SetText(v)
			case *shell.ChoiceEntry:
				e.SetText(v)
			default:
				continue
			}
			delete(left, item.Text)
		}
	})
	if len(left) > 0 {
		t.Fatalf("no entries for %v on\n%s", left, texts(w))
	}
}

// practiceParts are the tabs of the practice.
func practiceParts(t *testing.T, w *Workstation) (tabs *container.AppTabs) {
	t.Helper()
	w.showPractice()
	each(w, func(o fyne.CanvasObject) {
		if found, ok := o.(*container.AppTabs); ok && tabs == nil {
			tabs = found
		}
	})
	if tabs == nil {
		t.Fatal("the practice has no parts")
	}
	return tabs
}

// showPart shows a part of the practice by its name.
func showPart(t *testing.T, w *Workstation, name string) {
	t.Helper()
	tabs := practiceParts(t, w)
	for i, tab := range tabs.Items {
		if tab.Text == name {
			tabs.SelectIndex(i)
			return
		}
	}
	t.Fatalf("the practice has no part %q", name)
}

// TestAWearFromItsOrderToItsSignatureInTheWindow goes the whole way by clicking.
func TestAWearFromItsOrderToItsSignatureInTheWindow(t *testing.T) {
	w := openWindow(t)
	tap(t, w, "New wear…")
	byLabel(t, w, map[string]string{"First name": "Demo", "Last name": "Patient", "Birth date": "6/20/1964", "Record number": "DEMO-0001"})
	tap(t, w, "Go on to the order")
	byLabel(t, w, map[string]string{"When": "2026-05-01 09:00", "Ordering clinician": "Terry Tester, MD", "Supervising practitioner": "Terry Tester, MD", "To be interpreted by": "Terry Tester, MD", "Diagnoses": "diabetes"})
	tap(t, w, "Order")
	says(t, w, "no ICD-10-CM code")
	tap(t, w, "Back")
	byLabel(t, w, map[string]string{"Diagnoses": "E11.649, Z79.4"})
	tap(t, w, "Order")
	says(t, w, "The wear is ordered.", "Documentation incomplete for 95250")

	tap(t, w, "Record insertion and training")
	byLabel(t, w, map[string]string{
		"When": "2026-05-04T10:10", "By": "Terry Tester, MD", "Place": "clinic", "In person": "yes", "Mode": "blinded", "Sensor lot": "L1", "Sensor code": "5917",
		"Transmitter": "8dem01", "Reader": "DEMO-READER", "Trained by": "Terry Tester, MD", "Training in person": "yes", "Topics": "wearing, log",
	})
	tap(t, w, "Record")
	says(t, w, "Record insertion and training: recorded.", "Transmitter: 8DEM01")
	tap(t, w, "Record removal and return")
	byLabel(t, w, map[string]string{"When": "2026-05-14T11:00", "By": "Terry Tester, MD", "Place": "clinic", "In person": "yes"})
	tap(t, w, "Record")

	drop(t, w, write(t, "export.csv", string(assets.DemoRecording)))
	tap(t, w, "Store each with the wear that waits for it")
	tap(t, w, "Make both PDFs")
	tap(t, w, "Interpretation")
	says(t, w, "Findings drafted from the numbers", "Demo Patient · born Jun 20, 1964")
	tap(t, w, "Save and sign…")
	tap(t, w, "Sign")
	says(t, w, "neither kept, changed nor dropped")
	tap(t, w, "OK")
	wears, err := w.desk.Wears("")
	if err != nil || len(wears) != 1 {
		t.Fatalf("%v, %v", wears, err)
	}
	w.openInterpretation(wears[0].Wear.ID, "")
	idle(t, w)
	tap(t, w, "Keep all the rest")
	byLabel(t, w, map[string]string{"Assessment": "Lows in two nights."})
	tap(t, w, "Save and sign…")
	byLabel(t, w, map[string]string{"Passphrase": "not this one"})
	tap(t, w, "Sign")
	says(t, w, "The passphrase is not right")
	win(w).Canvas().OnTypedKey()(&fyne.KeyEvent{Name: fyne.KeyReturn}) // Enter is Back
	holds(t, w, "Passphrase", "")
	byLabel(t, w, map[string]string{"Passphrase": storagetest.Passphrase})
	tap(t, w, "Sign")
	says(t, w, "Electronically signed by Terry Tester, MD", "Lows in two nights.")

	tap(t, w, "Evidence")
	says(t, w, "Documentation complete for 95251", "B16, cannot tell")
	tap(t, w, "Answer…")
	byLabel(t, w, map[string]string{"Answer": "no"})
	tap(t, w, "Record")
	tap(t, w, "Filed")
	byLabel(t, w, map[string]string{"Filed at": "chart"})
	tap(t, w, "Record")
	says(t, w, "Documentation complete for 95250")
	w.showHome()
	says(t, w, "ready for the biller – 72 hours met")

	c, err := w.desk.Store.Case(wears[0].Wear.ID)
	if err != nil || c.Latest(steps.Signed) == nil || c.Latest(steps.Filed) == nil || !c.Latest(steps.Placed).Late() {
		t.Errorf("%+v, %v", c, err)
	}
}

// TestAFormNeverShowsAnotherPatientsData opens the same form for two patients.
func TestAFormNeverShowsAnotherPatientsData(t *testing.T) {
	w := openWindow(t)
	var ids []string
	for _, name := range []string{"Garcia", "Lee"} {
		p, err := w.desk.Store.SavePatient(clinic.Patient{LastName: name})
		if err != nil {
			t.Fatal(err)
		}
		id, err := w.desk.Store.OpenWear(p.ID, &steps.Record{Order: &steps.Order{Indication: "of " + name}})
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, id)
	}
	w.openCase(ids[0], "")
	idle(t, w)
	tap(t, w, "Record insertion and training")
	byLabel(t, w, map[string]string{"Sensor lot": "SECRET-LOT"})
	tap(t, w, "Cancel")
	w.openCase(ids[1], "")
	idle(t, w)
	tap(t, w, "Record insertion and training")
	each(w, func(o fyne.CanvasObject) {
		if e, ok := asEntry(o); ok && strings.Contains(e.Text, "SECRET-LOT") {
			t.Error("the form of another patient holds what was typed for the first")
		}
	})
	tap(t, w, "Cancel")
	tap(t, w, "Correct the order")
	seen := ""
	each(w, func(o fyne.CanvasObject) {
		if e, ok := asEntry(o); ok {
			seen += e.Text + "\n"
		}
	})
	if !strings.Contains(seen, "of Lee") || strings.Contains(seen, "of Garcia") {
		t.Errorf("the order's form shows: %s", seen)
	}
}

func TestARecordingInTheTrayIsGivenToItsWear(t *testing.T) {
	w := openWindow(t)
	s := w.desk.Store
	r := cgmtest.Wear(10, 3)
	if _, err := s.ImportMatched(clinic.Source{FileName: "reader", SHA256: "x"}, []*cgm.Recording{r}, false); err != nil {
		t.Fatal(err)
	}
	p, err := s.SavePatient(clinic.Patient{FirstName: "Ana", LastName: "Garcia"})
	if err != nil {
		t.Fatal(err)
	}
	wear, err := s.OpenWear(p.ID, &steps.Record{Order: &steps.Order{}})
	if err == nil {
		err = s.AddStep(wear, &steps.Record{Step: steps.Placed, At: cgm.NewWallTime(2026, time.May, 4, 10, 0, 0), Placement: &steps.Placement{}}, false)
	}
	if err != nil {
		t.Fatal(err)
	}
	w.showHome()
	says(t, w, "1 recording in the tray: nobody has chosen the patient yet.")
	tap(t, w, "Look at the tray…")
	says(t, w, "Ana Garcia", "it was out then")
	tap(t, w, "It is this patient's")
	says(t, w, "taken from the tray", "Ana Garcia")
	w.showHome()
	if strings.Contains(texts(w), "in the tray") {
		t.Error("it still lies in the tray")
	}
}

func TestThePracticesOwnTabs(t *testing.T) {
	w := openWindow(t)
	path := write(t, "county.json", `{"name":"County Plan","prior_authorisation":true,"yearly_cap":{"95250":2}}`)
	if _, err := w.desk.Office().ImportProfile(path); err != nil {
		t.Fatal(err)
	}
	w.showPractice()
	all := ""
	each(w, func(o fyne.CanvasObject) {
		if tabs, ok := o.(*container.AppTabs); ok && tabs.Items[0].Text == "Users" {
			for i, tab := range tabs.Items {
				tabs.SelectIndex(i)
				all += texts(w)
				if tab.Text == "Payers" {
					tap(t, w, "Save as a file")
					says(t, w, "The profile is saved as")
					tap(t, w, "OK")
				}
			}
		}
	})
	for _, want := range []string{"County Plan, version 1: hours captured, once a calendar month and 30 days apart, 95250 at most 2 a year, prior authorisation", "Nothing is listed yet", "No service with a date in this month", "Equipment of the patient's own", "guarantees no payment"} {
		if !strings.Contains(all, want) {
			t.Errorf("no tab says %q", want)
		}
	}
	practiceView{w}.askDevice(stock.Device{Kind: stock.SensorDevice})
	byLabel(t, w, map[string]string{"Lot": "L7", "Expiry": "2026-01-31", "Count": "4"})
	tap(t, w, "Save")
	if d, err := w.desk.Store.Devices(); err != nil || len(d) != 1 || w.desk.Office().DeviceLine(d[0]) != "sensors of lot L7, 4 left, expiry 2026-01-31 (expired)" {
		t.Errorf("%+v, %v", d, err)
	}
}

// TestTheReturnVisitTakesTwoClicks: the wear was prepared; the receiver is read,
// matched by serial and checked, and the printout is made, with no typing.
func TestTheReturnVisitTakesTwoClicks(t *testing.T) {
	w := openWindow(t)
	w.Preferences().SetReaderNoteSeen()
	p, err := w.desk.Store.SavePatient(clinic.Patient{FirstName: "Demo", LastName: "Patient"})
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
	w.UsePort(playReceiver(t))
	w.showHome()
	clicks := 0
	click := func(text string) { clicks++; tap(t, w, text) }
	click("Read the receiver")
	says(t, w, "Waits for it", "Demo Patient")
	click("Store and print")
	printed, _ := filepath.Glob(filepath.Join(w.folder(), "*_printout.pdf"))
	c, err := w.desk.Store.Case(wear)
	if err != nil || len(printed) != 1 || c.Latest(steps.Printed) == nil || c.Check.Result != clinic.Met || c.Wear.RecordingID == "" {
		t.Errorf("%v, %+v, %v", printed, c, err)
	}
	if tray, _ := w.desk.Reading().Tray(); len(tray) != 1 || tray[0].TransmitterID != "8OLDER" {
		t.Errorf("the other wear on the receiver is not in the tray: %+v", tray)
	}
	if clicks > 3 {
		t.Errorf("%d clicks", clicks)
	}
}

func TestAPatientsRoomShowsWearsServicesAndFreeDates(t *testing.T) {
	w := openWindow(t)
	drop(t, w, write(t, "export.csv", string(assets.DemoRecording)))
	tap(t, w, "Store with Demo Patient")
	w.showHome()
	tap(t, w, "Patients")
	patients, err := w.desk.Patients().Find("demo")
	if err != nil || len(patients) != 1 {
		t.Fatalf("%v, %v", patients, err)
	}
	w.showPatient(patients[0])
	says(t, w, "Demo Patient · born Jun 20, 1964", "May 4, 2026 to May 14, 2026: print – 72 hours met", "May 14, 2026, strictly; 0 in 2026")
	tap(t, w, "Enter a service done elsewhere…")
	byLabel(t, w, map[string]string{"Code": "95250", "Date": "5/2/2026", "Where": "Other Clinic"})
	tap(t, w, "Enter")
	says(t, w, "May 2, 2026 · 95250 · Other Clinic", "Jun 1, 2026, strictly; 1 in 2026")
}

func TestTheDemonstrationIsMarkedAndApart(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "store")
	t.Setenv("XDG_CONFIG_HOME", t.TempDir())
	w, err := New(test.NewTempApp(t), dir, "", "")
	if err != nil {
		t.Fatal(err)
	}
	sized(t, w)
	tap(t, w, "Play with made-up data")
	says(t, w, "DEMONSTRATION: everything in this store is made up.", "Demo Patient")
	if filepath.Dir(w.desk.Store.Path()) == dir {
		t.Error("the demonstration lies where the practice's own store belongs")
	}
}

func TestAPayerIsAddedAndChanged(t *testing.T) {
	w := openWindow(t)
	showPart(t, w, "Payers")
	tap(t, w, "Add a payer…")
	byLabel(t, w, map[string]string{"Payer": "Lake Health Plan", "95250": "two", "Not in one month": "95249, 99457"})
	tap(t, w, "Save")
	says(t, w, "“two” is not a whole number")
	win(w).Canvas().OnTypedKey()(&fyne.KeyEvent{Name: fyne.KeyEscape}) // so is Escape
	byLabel(t, w, map[string]string{"95250": "2"})
	tap(t, w, "Save")
	says(t, w, "Lake Health Plan, version 1: hours captured, once a calendar month and 30 days apart, 95250 at most 2 a year")
	each(w, func(o fyne.CanvasObject) { // the strict one cannot be changed
		if b, ok := o.(*widget.Button); ok && b.Text == "Change…" && !b.Disabled() {
			b.OnTapped()
		}
	})
	byLabel(t, w, map[string]string{"95250": ""})
	each(w, func(o fyne.CanvasObject) {
		if c, ok := o.(*widget.Check); ok && c.Text == "at least 30 days between" {
			c.SetChecked(false)
		}
	})
	tap(t, w, "Save")
	says(t, w, "Lake Health Plan, version 2: hours captured, once a calendar month. From:")
	all, err := w.desk.Store.Profiles()
	if err != nil || len(all) != 2 || strings.Join(all[1].DoNotCombine, "+") != "95249+99457" || len(all[1].Signers) != len(clinic.SigningCredentials) {
		t.Errorf("%+v, %v", all, err)
	}
}
