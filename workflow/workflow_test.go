package workflow

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"tracedesk/cgm"
	"tracedesk/cgm/cgmtest"
	"tracedesk/clinic"
	"tracedesk/clinic/billing"
	"tracedesk/clinic/steps"
	"tracedesk/device"
	"tracedesk/device/export"
	"tracedesk/device/receiver"
	"tracedesk/report"
	"tracedesk/storage"
	"tracedesk/storage/storagetest"
)

// testTime is when these tests happen: the day on which the bundled wear came back.
var testTime = time.Date(2026, time.May, 14, 16, 0, 0, 0, time.UTC)

func newStore(t *testing.T) *storage.Store {
	t.Helper()
	return storagetest.NewAt(t, func() time.Time { return testTime })
}

// whole is a wear of five days, and aWear its first thousand readings, of four calendar days.
func whole(transmitter string, seed uint64) *cgm.Recording {
	r := cgmtest.Wear(5, seed)
	r.TransmitterID = transmitter
	return r
}

// aWear is a source of one recording, as a file gives it.
func aWear(transmitter string, seed uint64) *Intake {
	r := whole(transmitter, seed)
	r.Readings = r.Readings[:1000]
	return &Intake{Name: transmitter + ".csv", SHA256: clinic.HashOf([]byte(transmitter)), Recordings: []*cgm.Recording{r}}
}

// keptWear stores a wear with a new patient of that first name.
func keptWear(t *testing.T, s *storage.Store, first, transmitter string, seed uint64) (wear, patient string) {
	t.Helper()
	from := aWear(transmitter, seed)
	got, err := from.Store(s, clinic.Patient{FirstName: first, LastName: "García", BirthDate: "1964-06-20", Identifier: first}, from.Recordings, false, testTime)
	if err != nil {
		t.Fatal(err)
	}
	w, err := s.Wear(got[0].WearID)
	if err != nil {
		t.Fatal(err)
	}
	return got[0].WearID, w.Wear.PatientID
}

// writtenDraft is a wear's interpretation, ready to be signed.
func writtenDraft(t *testing.T, s *storage.Store, wear string) {
	t.Helper()
	i, err := Draft(s, wear, testTime)
	if err != nil {
		t.Fatal(err)
	}
	for n := range i.Findings {
		i.Findings[n].State = clinic.FindingKept
	}
	i.Assessment = "Lows at night."
	if err := s.SaveInterpretation(wear, i); err != nil {
		t.Fatal(err)
	}
}

var signing = storage.Signing{Passphrase: []byte(storagetest.Passphrase)}

// TestACaseThatChangesWhileItIsSignedIsNotSigned: between the reading of the case and
// the keeping of its signature somebody records a step, adds readings, or takes a
// reading of another value. Nothing of the signature may be left.
func TestACaseThatChangesWhileItIsSignedIsNotSigned(t *testing.T) {
	for what, change := range map[string]func(s *storage.Store, wear string) error{
		"nothing changes": nil,
		"a step is recorded": func(s *storage.Store, wear string) error {
			return s.AddStep(wear, &steps.Record{Step: steps.Returned, At: cgm.NewWallTime(2026, 5, 14, 11, 0, 0), Return: &steps.Return{}}, false)
		},
		"readings come in": func(s *storage.Store, wear string) error {
			_, err := s.ImportInto(wear, clinic.Source{FileName: "more.csv", SHA256: "m"}, whole("8AAA01", 3), true)
			return err
		},
	} {
		t.Run(what, func(t *testing.T) {
			s := newStore(t)
			wear, _ := keptWear(t, s, "Ana", "8AAA01", 3)
			writtenDraft(t, s, wear)
			before, err := s.Case(wear)
			if err != nil {
				t.Fatal(err)
			}
			_, err = s.Sign(wear, signing, func(c *billing.Case, signed *steps.Record, by *storage.Signer) (storage.Issued, error) {
				if change != nil {
					if err := change(s, wear); err != nil {
						t.Fatal(err)
					}
				}
				return storage.Issued{Document: clinic.Document{Kind: clinic.InterpretationDocument, PatientID: c.Wear.PatientID, WearID: wear, Signed: true}, PDF: []byte("%PDF")}, nil
			})
			after, caseErr := s.Case(wear)
			if caseErr != nil {
				t.Fatal(caseErr)
			}
			signed := after.Latest(steps.Signed) != nil
			if change == nil {
				if err != nil || !signed || len(after.Documents) != len(before.Documents)+1 {
					t.Errorf("%v, signed %v", err, signed)
				}
				return
			}
			if !errors.Is(err, storage.ErrMoved) || signed || len(after.Documents) != len(before.Documents) {
				t.Errorf("%v, signed %v, %d documents", err, signed, len(after.Documents))
			}
		})
	}
}

// TestWhatIsSignedIsGivenAgainAsItWas: issuing once more makes a new printout, and the
// signed interpretation to the byte.
func TestWhatIsSignedIsGivenAgainAsItWas(t *testing.T) {
	s := newStore(t)
	wear, _ := keptWear(t, s, "Ana", "8AAA01", 3)
	writtenDraft(t, s, wear)
	first, err := Issue(s, wear, testTime)
	if err != nil {
		t.Fatal(err)
	}
	r, err := Sign(s, wear, signing, testTime)
	if err != nil {
		t.Fatal(err)
	}
	again, err := Issue(s, wear, testTime.Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	if again.Interpretation.SHA256 != r.Signature.PDFSHA256 || clinic.HashOf(again.Interpretation.PDF) != r.Signature.PDFSHA256 || again.Interpretation.SHA256 == first.Interpretation.SHA256 {
		t.Errorf("%s is given, %s was signed", again.Interpretation.SHA256, r.Signature.PDFSHA256)
	}
	v, err := report.Verify(again.Interpretation.PDF)
	if err != nil || !v.Unchanged || v.SignedBy != "Terry Tester, MD" {
		t.Errorf("%+v, %v", v, err)
	}
	if faults, err := AgainstStore(s, v); err != nil || len(faults) != 0 {
		t.Errorf("%q, %v", faults, err)
	}
	added, err := AddAddendum(s, wear, "The log came later.", signing, testTime)
	if err != nil || added.Signature.Meaning != clinic.Amended {
		t.Fatalf("%+v, %v", added, err)
	}
	packet, err := evidence(s, wear, testTime)
	if err != nil || len(packet.Files) != 5 || packet.Filed != nil || len(packet.Trail) == 0 {
		t.Errorf("%d files, %v", len(packet.Files), err)
	}
	if name := packetName(packet); !strings.HasSuffix(name, ".pdf") {
		t.Error(name)
	}
}

// TestADraftIsMadeAnewWhereTheRecordingChanged: what the clinician wrote stays, and the
// findings are those of the readings that are there now.
func TestADraftIsMadeAnewWhereTheRecordingChanged(t *testing.T) {
	s := newStore(t)
	wear, _ := keptWear(t, s, "Ana", "8AAA01", 3)
	i, err := Draft(s, wear, testTime)
	if err != nil || i.Assessment != "" || i.Plan != "" {
		t.Fatalf("%+v, %v", i, err)
	}
	days := func(i clinic.Interpretation) string {
		for _, f := range i.Findings {
			if f.Kind == cgm.FindFewDays {
				return f.Text[:len("Based on 5 calendar days")]
			}
		}
		return "nothing"
	}
	if got := days(i); got != "Based on 4 calendar days" {
		t.Error(got)
	}
	i.Assessment = "Lows at night."
	i.Findings[0].State = clinic.FindingDropped
	i.Findings = append(i.Findings, clinic.DraftFinding{Text: "Mine.", State: clinic.FindingAdded})
	if err := s.SaveInterpretation(wear, i); err != nil {
		t.Fatal(err)
	}
	if same, _ := Draft(s, wear, testTime); same.Findings[0].State != clinic.FindingDropped {
		t.Error("what was judged is forgotten though nothing changed")
	}
	if _, err := s.ImportInto(wear, clinic.Source{FileName: "more.csv", SHA256: "m"}, whole("8AAA01", 3), true); err != nil {
		t.Fatal(err)
	}
	next, err := Draft(s, wear, testTime)
	if err != nil || next.Assessment != "Lows at night." || days(next) != "Based on 6 calendar days" || next.Findings[0].State != "" {
		t.Errorf("%q, %s, %v", next.Assessment, days(next), err)
	}
	if last := next.Findings[len(next.Findings)-1]; last.Text != "Mine." || last.State != clinic.FindingAdded {
		t.Errorf("%+v", last)
	}
}

// TestALoggedMealStandsInItsPlace, and leaves findings alone that were judged.
func TestALoggedMealStandsInItsPlace(t *testing.T) {
	s := newStore(t)
	wear, _ := keptWear(t, s, "Ana", "8AAA01", 3)
	late, early := cgmtest.Start+90000, cgmtest.Start+7200
	for _, at := range []cgm.WallTime{late, early} {
		if err := AddEvent(s, wear, clinic.LogEntry{At: at, Kind: cgm.Carbs, Value: 45}, testTime); err != nil {
			t.Fatal(err)
		}
	}
	i, err := Draft(s, wear, testTime)
	if err != nil || len(i.Log) != 2 || i.Log[0].At != early || i.Log[1].At != late {
		t.Fatalf("%+v, %v", i.Log, err)
	}
	facts, err := WearFacts(s, wear, testTime)
	if err != nil {
		t.Fatal(err)
	}
	own := len(whole("8AAA01", 3).Events)
	if len(facts.Recording.Events) != own+2 || !slices.IsSortedFunc(facts.Recording.Events, func(a, b cgm.Event) int { return int(a.System - b.System) }) {
		t.Errorf("%d events of %d and 2", len(facts.Recording.Events), own)
	}
	if w, _ := s.Wear(wear); len(w.Recording.Events) != own {
		t.Error("the stored recording was changed")
	}
	i.Findings[0].State = clinic.FindingDropped
	if err := s.SaveInterpretation(wear, i); err != nil {
		t.Fatal(err)
	}
	if err := AddEvent(s, wear, clinic.LogEntry{At: early + 3600, Kind: cgm.Carbs, Value: 10}, testTime); err != nil {
		t.Fatal(err)
	}
	if j, _ := Draft(s, wear, testTime); j.Findings[0].State != clinic.FindingDropped || len(j.Log) != 3 {
		t.Errorf("%+v", j.Findings[0])
	}
}

// TestTheQueueIsInTheOrderOfTheWork: by stage, then by the day due, then by name.
func TestTheQueueIsInTheOrderOfTheWork(t *testing.T) {
	s := newStore(t)
	me := s.User().AsPerson()
	for _, w := range []struct{ first, placed, due string }{
		{"Zoe", "", ""}, {"Bo", "2026-05-03", "2026-05-12"}, {"Ana", "2026-05-03", "2026-05-11"}, {"Cleo", "2026-05-04", ""}, {"Dan", "2026-05-12", ""}, {"Amy", "", ""},
	} {
		p, err := s.SavePatient(clinic.Patient{FirstName: w.first, LastName: "X", BirthDate: "1964-06-20", Identifier: w.first})
		if err != nil {
			t.Fatal(err)
		}
		order := &steps.Order{}
		if w.first == "Bo" {
			order.Reviewer = me
		}
		id, err := s.OpenWear(p.ID, &steps.Record{At: cgm.NewWallTime(2026, 5, 1, 9, 0, 0), Order: order})
		if err != nil {
			t.Fatal(err)
		}
		if w.placed == "" {
			continue
		}
		at, err := cgm.ParseWallTime(w.placed + "T10:00:00")
		if err != nil {
			t.Fatal(err)
		}
		if err := s.AddStep(id, &steps.Record{Step: steps.Placed, At: at, Placement: &steps.Placement{DueBack: w.due}}, false); err != nil {
			t.Fatal(err)
		}
	}
	words := func(reviewer string) (out []string) {
		all, err := QueueLines(s, reviewer, Today(testTime))
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range all {
			out = append(out, fmt.Sprintf("%s %s%s", strings.TrimSuffix(l.Patient, " X"), l.Stage, l.Due()))
		}
		return out
	}
	want := []string{"Ana overdue, due back 2026-05-11", "Bo overdue, due back 2026-05-12", "Cleo due back, due back 2026-05-14", "Dan out, due back 2026-05-22", "Amy to place", "Zoe to place"}
	if got := words(""); !slices.Equal(got, want) {
		t.Errorf("%q, not %q", got, want)
	}
	if got := words(me.UserID); !slices.Equal(got, want[1:2]) {
		t.Errorf("mine: %q", got)
	}
}

// TestARecordingWithoutAnOwnerWaitsInTheTrayWithItsCandidates.
func TestARecordingWithoutAnOwnerWaitsInTheTray(t *testing.T) {
	s := newStore(t)
	p, err := s.SavePatient(clinic.Patient{FirstName: "Ana", LastName: "García", BirthDate: "1964-06-20"})
	if err != nil {
		t.Fatal(err)
	}
	id, err := s.OpenWear(p.ID, &steps.Record{At: cgm.NewWallTime(2026, 5, 1, 9, 0, 0), Order: &steps.Order{}})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.AddStep(id, &steps.Record{Step: steps.Placed, At: cgm.NewWallTime(2026, 5, 4, 10, 0, 0), Placement: &steps.Placement{Transmitter: "8OTHER"}}, false); err != nil {
		t.Fatal(err)
	}
	from := aWear("8AAA01", 3)
	got, err := from.StoreMatched(s, false, testTime)
	if err != nil || got[0].TrayID == "" {
		t.Fatalf("%+v, %v", got, err)
	}
	tray, err := Tray(s)
	if err != nil || len(tray) != 1 {
		t.Fatalf("%+v, %v", tray, err)
	}
	l, r := tray[0], from.Recordings[0]
	if l.FileName != "8AAA01.csv" || l.TransmitterID != "8AAA01" || l.Readings != len(r.Readings) || l.First != r.First().String() || l.Last != r.Last().String() {
		t.Errorf("%+v", l)
	}
	if len(l.Candidates) != 1 || l.Candidates[0].Patient != "Ana García, born Jun 20, 1964" || l.Candidates[0].Why != "it was out then, placed May 4, 2026, due back May 14, 2026" {
		t.Errorf("%+v", l.Candidates)
	}
}

// TestAFileInTheFolderIsNeverWrittenOver: another content gets a number, the same none.
func TestAFileInTheFolderIsNeverWrittenOver(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new folder")
	write := func(content string) string {
		path, err := writeNew(dir, "printout.pdf", []byte(content))
		if err != nil {
			t.Fatal(err)
		}
		return filepath.Base(path)
	}
	for _, c := range []struct{ content, want string }{{"a", "printout.pdf"}, {"b", "printout-2.pdf"}, {"a", "printout.pdf"}, {"c", "printout-3.pdf"}, {"b", "printout-2.pdf"}} {
		if got := write(c.content); got != c.want {
			t.Errorf("%q is %s, not %s", c.content, got, c.want)
		}
	}
	for name, want := range map[string]string{"printout.pdf": "a", "printout-2.pdf": "b", "printout-3.pdf": "c"} {
		if b, err := os.ReadFile(filepath.Join(dir, name)); err != nil || string(b) != want {
			t.Errorf("%s: %q, %v", name, b, err)
		}
	}
	if info, err := os.Stat(filepath.Join(dir, "printout.pdf")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
}

// TestAReceiversClockIsSaidFromTwoMinutesOn: 119 s are not.
func TestAReceiversClockIsSaidFromTwoMinutesOn(t *testing.T) {
	for off, said := range map[time.Duration]bool{0: false, 119 * time.Second: false, -119 * time.Second: false, 2 * time.Minute: true, -2 * time.Minute: true} {
		for _, r := range []receiver.Receiver{{ClockKnown: true, ClockOffset: off}, {ClockKnown: true, ClockOffset: off, State: receiver.StateCollected}} {
			if got := ClockNote(r); (got != "") != said || got != "" && !strings.Contains(got, "never set from here") {
				t.Errorf("%v: %q", off, got)
			}
		}
	}
	if got := ClockNote(receiver.Receiver{ClockOffset: time.Hour}); got != "" {
		t.Errorf("of an unknown clock: %q", got)
	}
}

// TestTheMostTellingRemedyIsGiven, also of an error that is wrapped.
func TestTheMostTellingRemedyIsGiven(t *testing.T) {
	for _, c := range []struct {
		err  error
		want string
	}{
		{storage.ErrReadOnly, "restore it from a backup"}, {storage.ErrReadOnlyMedium, "copy the store's folder"}, {fmt.Errorf("x: %w", storage.ErrPassphrase), "capitals count"},
		{clinic.ErrLate, "attestation"}, {clinic.ErrSignedOnce, "addendum"}, {device.ErrBusy, "close the other program"}, {syscall.ENOSPC, "make room"},
		{&device.SeveralError{Ports: []string{"a", "b"}}, "unplug all but one"}, {os.ErrPermission, "choose another folder"},
		{&receiver.NothingError{State: receiver.StateCleared}, "Clarity export of that upload"}, {&receiver.NothingError{State: receiver.StateIdle}, "collect first"}, {&receiver.NothingError{}, "collected onto this receiver"},
	} {
		what, do := Explain(c.err)
		if !strings.Contains(do, c.want) || what == "" {
			t.Errorf("%v: %q", c.err, do)
		}
	}
	if what, do := Explain(errors.New("two\n lines")); what != "two lines" || do != "" {
		t.Errorf("%q, %q", what, do)
	}
}

func TestAProfileIsStrictWhereItSaysNothing(t *testing.T) {
	p, err := parseProfile([]byte(`{"name":"County","home_removal":true}`))
	if err != nil || p.ID != "" || p.Version != 0 || !p.HomeRemoval || !p.CalendarMonth || !p.ThirtyDays || p.Hours != billing.HoursCaptured || p.Source != "" {
		t.Errorf("%+v, %v", p, err)
	}
	for _, wrong := range []string{"", "[]", `{"nmae":"x"}`, `{"name":"x"} {"name":"y"}`} {
		if _, err := parseProfile([]byte(wrong)); err == nil {
			t.Errorf("%q is a profile", wrong)
		}
	}
}

// TestTheServicesOfAMonthAreThatMonths: 95250 on 14 May, 95251 signed on the same day.
func TestTheServicesOfAMonthAreThatMonths(t *testing.T) {
	s := newStore(t)
	wear, _ := keptWear(t, s, "Ana", "8AAA01", 3)
	if err := s.AddStep(wear, &steps.Record{Step: steps.Returned, At: cgm.NewWallTime(2026, 5, 9, 11, 0, 0), Return: &steps.Return{}}, false); err != nil {
		t.Fatal(err)
	}
	writtenDraft(t, s, wear)
	if _, err := Sign(s, wear, signing, testTime); err != nil {
		t.Fatal(err)
	}
	for month, want := range map[int]string{4: "", 5: "2026-05-14 95250 · 2026-05-14 95251", 6: ""} {
		lines, err := ServiceLines(s, fmt.Sprintf("2026-%02d", month))
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, l := range lines {
			got = append(got, l.Date+" "+string(l.Code))
		}
		if strings.Join(got, " · ") != want {
			t.Errorf("month %d: %q", month, got)
		}
	}
	if lines, _ := ServiceLines(s, "2025-05"); len(lines) != 0 {
		t.Errorf("in another year: %+v", lines)
	}
}

// TestASourceCountsTheRowsThatHaveALine: a problem of the whole file is no row.
func TestASourceCountsTheRowsThatHaveALine(t *testing.T) {
	s := &Intake{Name: "x.csv", SHA256: "h", Problems: []export.Problem{{Message: "of all"}, {Line: 3, Message: "a"}, {Line: 9, Message: "b"}}, Doubts: []string{"d"}}
	got := s.source(testTime)
	if got.BadRows != 2 || got.FileName != "x.csv" || got.SHA256 != "h" || !got.At.Equal(testTime) || len(got.Doubts) != 1 || got.ClockOffset != nil {
		t.Errorf("%+v", got)
	}
	s.Receiver = &receiver.Receiver{Firmware: "5.1", ClockKnown: true, ClockOffset: -90 * time.Second}
	if got := s.source(testTime); got.ClockOffset == nil || *got.ClockOffset != -90 || got.Firmware != "5.1" {
		t.Errorf("%+v", got)
	}
}

// TestADemonstrationIsMadeOnceAndMarked. Its passphrase is the program's own.
func TestADemonstrationIsMadeOnceAndMarked(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "demo")
	s, err := OpenDemo(dir)
	if err != nil {
		t.Fatal(err)
	}
	if set, err := s.Settings(); err != nil || !set.Demo {
		t.Errorf("%+v, %v", set, err)
	}
	var wears []string
	for range 2 {
		id, err := StoreDemo(context.Background(), s, testTime)
		if err != nil {
			t.Fatal(err)
		}
		wears = append(wears, id)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if wears[0] != wears[1] {
		t.Errorf("two wears of one recording: %q", wears)
	}
	if s, err = OpenDemo(dir); err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	w, err := s.Wear(wears[0])
	if err != nil || len(w.Recording.Readings) != 2824 || len(w.Recording.Events) == 0 {
		t.Errorf("%v", err)
	}
}
