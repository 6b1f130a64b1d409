package present

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tracedesk/assets"
	"tracedesk/cgm"
	"tracedesk/clinic"
	"tracedesk/clinic/steps"
	"tracedesk/storage"
	"tracedesk/storage/storagetest"
	"tracedesk/workflow"
)

func newDesk(t *testing.T) *Desk {
	t.Helper()
	return &Desk{Store: storagetest.New(t), Now: func() time.Time { return time.Date(2026, time.May, 14, 16, 0, 0, 0, time.UTC) }}
}

// demo is the bundled recording as a file, changed.
func demo(t *testing.T, change func(string) string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "export.csv")
	text := string(assets.DemoRecording)
	if change != nil {
		text = change(text)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func read(t *testing.T, d *Desk, path string) *Review {
	t.Helper()
	r, err := d.Reading().Read(context.Background(), path, nil)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func value(facts []Fact, label string) string {
	for _, f := range facts {
		if f.Label == label {
			return f.Value
		}
	}
	return "no such fact"
}

func TestTheWholeJob(t *testing.T) {
	d := newDesk(t)
	r := read(t, d, demo(t, nil))
	if got := value(r.Facts(), "Patient in the file"); got != "Demo Patient · born Jun 20, 1964 · record number DEMO-0001" {
		t.Error(got)
	}
	if got := value(r.RecordingFacts(0), "Hours recorded"); got != "235 h 20 min of 238 h – 72 hours met" {
		t.Error(got)
	}
	if len(r.Warnings()) != 0 || len(r.Known) != 0 {
		t.Errorf("warnings %q, known %v", r.Warnings(), r.Known)
	}
	kept, err := d.Reading().Keep(r, r.Named, false)
	if err != nil || kept.Message != "" {
		t.Fatalf("%+v, %v", kept, err)
	}
	w, err := d.Wear(kept.WearID)
	if err != nil || w.CheckTitle() != "72 hours: met" || len(w.Documents) != 0 {
		t.Fatalf("%+v, %v", w, err)
	}
	dir := t.TempDir()
	issued, err := d.Documents().Issue(kept.WearID, dir)
	if err != nil {
		t.Fatal(err)
	}
	w, _ = d.Wear(kept.WearID)
	if len(w.Documents) != 2 {
		t.Fatalf("%d documents", len(w.Documents))
	}
	for _, doc := range w.Documents {
		paths, err := d.Documents().WriteAgain(w, dir, doc)
		if err != nil || len(paths) != 1 || paths[0] != issued.Printout.Path && paths[0] != issued.Interpretation.Path {
			t.Errorf("a document written again is %s, %v", paths, err)
		}
	}
	files, _ := os.ReadDir(dir)
	if len(files) != 2 {
		t.Errorf("%d files in the folder", len(files))
	}
	if wears, _ := d.Wears("demo 2026"); len(wears) != 1 || d.Line(wears[0], false).Status != StatusMet {
		t.Errorf("%+v", wears)
	}
	if wears, _ := d.Wears("demo smith"); len(wears) != 0 {
		t.Error("a search for another name finds the wear")
	}
}

func TestTheSameFileAgainSaysSo(t *testing.T) {
	d := newDesk(t)
	path := demo(t, nil)
	r := read(t, d, path)
	if _, err := d.Reading().Keep(r, r.Named, false); err != nil {
		t.Fatal(err)
	}
	again := read(t, d, path)
	if len(again.Known) != 1 {
		t.Fatalf("the patient is not known: %v", again.Known)
	}
	kept, err := d.Reading().Keep(again, again.Known[0], false)
	if err != nil || kept.Message != "This file was stored before. Nothing was changed." {
		t.Errorf("%+v, %v", kept, err)
	}
}

func TestAnotherPatientsFileIsAQuestion(t *testing.T) {
	d := newDesk(t)
	bo, err := d.Store.SavePatient(clinic.Patient{FirstName: "Bo", LastName: "Lind", BirthDate: "1950-01-01"})
	if err != nil {
		t.Fatal(err)
	}
	r := read(t, d, demo(t, nil))
	_, err = d.Reading().Keep(r, bo, false)
	var mismatch *storage.MismatchError
	if !errors.As(err, &mismatch) {
		t.Fatal(err)
	}
	question := Question(err, bo)
	for _, want := range []string{"Bo Lind", "“Demo” in the file", "“1964-06-20” in the file"} {
		if !strings.Contains(question, want) {
			t.Errorf("the question does not say %q: %s", want, question)
		}
	}
	if wears, _ := d.Wears(""); len(wears) != 0 {
		t.Error("it was stored before the answer")
	}
	if _, err := d.Reading().Keep(r, bo, true); err != nil {
		t.Error(err)
	}
}

func TestWhatIsTypedIsChecked(t *testing.T) {
	d := newDesk(t)
	r := read(t, d, demo(t, nil))
	for _, p := range []clinic.Patient{
		{FirstName: "Ana", BirthDate: "5/15/2026"},
		{FirstName: "Ana", BirthDate: "June"},
		{BirthDate: "1/2/1960"},
	} {
		if _, err := d.Reading().Keep(r, p, false); !IsEntry(err) {
			t.Errorf("%+v: %v", p, err)
		}
	}
	r.Chosen[0] = false
	if _, err := d.Reading().Keep(r, clinic.Patient{FirstName: "Ana"}, false); !IsEntry(err) {
		t.Error(err)
	}
	if all, _ := d.Store.Patients(); len(all) != 0 {
		t.Errorf("%d patients were stored", len(all))
	}
}

func TestWarnings(t *testing.T) {
	d := newDesk(t)
	r := read(t, d, demo(t, func(s string) string {
		s = strings.Replace(s, `"2026-05-05T10:02:08","EGV"`, `"2026-05-05T10:02:08","Wat"`, 1)
		return strings.Replace(s, `,"122",`, `,"abc",`, 1)
	}))
	text := strings.Join(r.Warnings(), "\n")
	if !strings.Contains(text, "was not read: “abc” is no glucose value") || !strings.Contains(text, "readings may be missing") {
		t.Error(text)
	}
}

// TestTheWindowsQueueIsTheTerminals compares both, of wears that came in another order.
func TestTheWindowsQueueIsTheTerminals(t *testing.T) {
	d := newDesk(t)
	storagetest.Fill(t, d.Store, 12)
	all, err := d.Wears("")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.Documents().Issue(all[3].Wear.ID, t.TempDir()); err != nil {
		t.Fatal(err)
	}
	lines, err := workflow.QueueLines(d.Store, "", workflow.Today(d.Now()))
	if err != nil {
		t.Fatal(err)
	}
	toDo, err := d.ToDo("", false)
	if err != nil || len(toDo) != len(lines) || len(lines) != 12 {
		t.Fatalf("%d in the window, %d on the terminal: %v", len(toDo), len(lines), err)
	}
	for i, w := range toDo {
		if w.Wear.ID != lines[i].WearID {
			t.Errorf("%d. is %s in the window, %s on the terminal", i+1, w.Wear.ID, lines[i].WearID)
		}
	}
	if last := toDo[11]; last.Wear.ID != all[3].Wear.ID {
		t.Errorf("the wear that is printed is not the last: %+v", last)
	}
}

// TestTheQueueFollowsTheDay has a wear that is out, and then overdue, beside one to print.
func TestTheQueueFollowsTheDay(t *testing.T) {
	d := newDesk(t)
	storagetest.Fill(t, d.Store, 1)
	p, err := d.Patients().Add("Demo", "Patient", "1964-06-20", "DEMO-0001")
	if err != nil {
		t.Fatal(err)
	}
	out, err := d.Store.OpenWear(p.ID, &steps.Record{At: cgm.NewWallTime(2026, 5, 1, 9, 0, 0), Order: &steps.Order{}})
	if err != nil {
		t.Fatal(err)
	}
	placed := &steps.Record{
		Step: steps.Placed, At: cgm.NewWallTime(2026, 5, 12, 10, 0, 0), Placement: &steps.Placement{},
	}
	if err := d.Store.AddStep(out, placed, false); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		month time.Month
		place int
	}{{time.May, 1}, {time.June, 0}} {
		d.Now = func() time.Time { return time.Date(2026, c.month, 14, 16, 0, 0, 0, time.UTC) }
		wears, err := d.ToDo("", false)
		if err != nil || len(wears) != 2 || wears[c.place].Wear.ID != out {
			t.Errorf("in %s: %+v, %v", c.month, wears, err)
		}
	}
	for query, want := range map[string]int{"demo patient": 1, "given0": 1, "demo given0": 0} {
		if wears, err := d.ToDo(query, false); err != nil || len(wears) != want {
			t.Errorf("%s: %d wears, %v", query, len(wears), err)
		}
	}
	if mine, err := d.ToDo("", true); err != nil || len(mine) != 0 {
		t.Errorf("mine: %d wears, %v", len(mine), err)
	}
}

// TestTheStatusIconOfALine warns of what is overdue, not of what only waits.
func TestTheStatusIconOfALine(t *testing.T) {
	d := newDesk(t)
	p, err := d.Patients().Add("Demo", "Patient", "1964-06-20", "DEMO-0001")
	if err != nil {
		t.Fatal(err)
	}
	id, err := d.Store.OpenWear(p.ID, &steps.Record{At: cgm.NewWallTime(2026, 5, 1, 9, 0, 0), Order: &steps.Order{}})
	if err != nil {
		t.Fatal(err)
	}
	sign := func(what string, want StatusIcon) {
		t.Helper()
		wears, err := d.ToDo("", false)
		if err != nil || len(wears) != 1 {
			t.Fatalf("%s: %v, %v", what, wears, err)
		}
		if line := d.Line(wears[0], true); line.Status != want || line.Patient != "Demo Patient · born Jun 20, 1964 · DEMO-0001" {
			t.Errorf("%s: %+v", what, line)
		}
	}
	sign("ordered", NoStatus)
	if err := d.Store.AddStep(id, &steps.Record{Step: steps.Placed, At: cgm.NewWallTime(2026, 5, 4, 10, 0, 0), Placement: &steps.Placement{Transmitter: "8DEM01"}}, false); err != nil {
		t.Fatal(err)
	}
	sign("out", NoStatus)
	d.Now = func() time.Time { return time.Date(2026, time.June, 14, 16, 0, 0, 0, time.UTC) }
	sign("overdue", StatusWarning)
}
