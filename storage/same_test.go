package storage

import (
	"errors"
	"math"
	"strings"
	"testing"

	"tracedesk/cgm"
	"tracedesk/cgm/cgmtest"
	"tracedesk/clinic/steps"
)

// dress is the same readings as another file gives them.
type dress struct {
	name   string
	change func(r *cgm.Recording)
}

func withoutCounts(r *cgm.Recording) {
	for i := range r.Readings {
		r.Readings[i].TransmitterSeconds = cgm.NoTransmitterTime
		r.Readings[i].System = int64(r.Readings[i].Display - cgm.DexcomEpoch)
	}
	r.NoDeviceClock = true
}

var dresses = []dress{
	{"the same id", func(*cgm.Recording) {}},
	{"the id is damaged", func(r *cgm.Recording) { r.TransmitterID = "" }},
	{"another id", func(r *cgm.Recording) { r.TransmitterID = "8OTHER" }},
	{"another device", func(r *cgm.Recording) { r.DeviceID, r.TransmitterID = "android", "" }},
	{"no transmitter columns", func(r *cgm.Recording) { r.TransmitterID = ""; withoutCounts(r) }},
	{"no transmitter times", withoutCounts},
	{"no seconds", func(r *cgm.Recording) {
		for i := range r.Readings {
			r.Readings[i].Display -= r.Readings[i].Display % 60
		}
		r.TransmitterID = ""
		withoutCounts(r)
	}},
	{"copies ten seconds later", func(r *cgm.Recording) {
		for i := range r.Readings {
			r.Readings[i].Display += 10
		}
		r.TransmitterID = ""
		withoutCounts(r)
	}},
	{"in mmol/L", func(r *cgm.Recording) {
		for i := range r.Readings {
			g := &r.Readings[i]
			g.MgDL = cgm.FromMmolL(math.Round(g.MgDL/cgm.MgDLPerMmolL*10) / 10)
		}
		r.Unit, r.TransmitterID = cgm.MmolL, ""
	}},
}

func TestTheSameReadingsAreStoredOnceWhateverTheFileCallsThem(t *testing.T) {
	whole := cgmtest.Wear(4, 5)
	for _, first := range dresses {
		for _, second := range dresses {
			t.Run(first.name+", then "+second.name, func(t *testing.T) {
				s := newStore(t)
				p := newPatient(t, s, "Ana", "García")
				a, b := part(whole, 0, 900), part(whole, 600, 1100)
				first.change(a)
				second.change(b)
				mustImport(t, s, p.ID, file("a"), a)
				got := mustImport(t, s, p.ID, file("b"), b)
				if got.New != 200 || got.There != 300 || got.Conflicts != 0 {
					t.Fatalf("%+v", got)
				}
				w, err := s.Wear(got.WearID)
				if err != nil || len(w.Recording.Readings) != 1100 {
					t.Fatalf("%d readings, %v", len(w.Recording.Readings), err)
				}
				for i := 1; i < 1100; i++ {
					d, want := w.Recording.Readings[i].System-w.Recording.Readings[i-1].System, whole.Readings[i].System-whole.Readings[i-1].System
					if d-want > 70 || want-d > 70 { // a file without seconds, or with copies, is a minute off at most
						t.Fatalf("reading %d lies %d s after the one before, want %d", i, d, want)
					}
				}
				if wears, _ := s.Wears(p.ID); len(wears) != 1 {
					t.Errorf("%d wears", len(wears))
				}
			})
		}
	}
}

func TestAnotherRunOfTheCountIsAWearOfItsOwn(t *testing.T) {
	s := newStore(t)
	p := newPatient(t, s, "Ana", "García")
	whole := cgmtest.Wear(2, 5)
	first, second := part(whole, 0, 20), part(whole, 0, 20)
	for i := range second.Readings { // the transmitter was reset; six hours later
		g := &second.Readings[i]
		g.Display += 6 * 3600
		g.MgDL += 7
	}
	both := []*cgm.Recording{first, second}
	got, err := s.Import(p, file("a"), both, false)
	if err != nil || got[0].New != 20 || got[1].New != 20 || got[0].WearID == got[1].WearID {
		t.Fatalf("%+v, %v", got, err)
	}
	again, err := s.Import(p, file("a"), both, false)
	if err != nil || !again[0].SameFile || !again[1].SameFile || again[1].WearID != got[1].WearID {
		t.Errorf("%+v, %v", again, err)
	}
	twin := part(second, 0, 20)
	twin.TransmitterID = "" // damaged: the readings alone tell
	if lone, err := s.ImportMatched(file("c"), []*cgm.Recording{twin}, false); err != nil || lone[0].WearID != got[1].WearID || lone[0].New != 0 {
		t.Errorf("%+v, %v", lone, err)
	}
	matched, err := s.ImportMatched(file("b"), both, false)
	if err != nil || matched[0].WearID != got[0].WearID || matched[1].WearID != got[1].WearID || matched[1].New != 0 {
		t.Errorf("%+v, %v", matched, err)
	}
}

func TestReadingsThatPartlyContradictAreAQuestion(t *testing.T) {
	s := newStore(t)
	p := newPatient(t, s, "Ana", "García")
	whole := cgmtest.Wear(4, 5)
	mustImport(t, s, p.ID, file("a"), whole)
	doubt := part(whole, 100, 200)
	doubt.TransmitterID = ""
	for i := range doubt.Readings[:50] {
		doubt.Readings[i].MgDL += 40
	}
	withoutCounts(doubt)
	var mismatch *MismatchError
	if _, err := s.Import(p, file("b"), []*cgm.Recording{doubt}, false); !errors.As(err, &mismatch) || !strings.Contains(mismatch.Reasons[0], "50 of its readings") {
		t.Fatalf("%v", err)
	}
	got, err := s.Import(p, file("b"), []*cgm.Recording{doubt}, true)
	if err != nil || got[0].New != 100 {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestReadingsStoredWithAnotherPatientAreAskedAboutWithoutAnID(t *testing.T) {
	s := newStore(t)
	ana, bo := newPatient(t, s, "Ana", "García"), newPatient(t, s, "Bo", "Lind")
	r := cgmtest.Wear(3, 5)
	mustImport(t, s, ana.ID, file("a"), r)
	twin := part(r, 0, len(r.Readings))
	twin.TransmitterID = ""
	var mismatch *MismatchError
	if _, err := s.Import(bo, file("b"), []*cgm.Recording{twin}, false); !errors.As(err, &mismatch) || !strings.Contains(mismatch.Reasons[0], "Ana García") {
		t.Errorf("%v", err)
	}
}

func TestTwoSensorsAtOnceAreTwoWears(t *testing.T) {
	s := newStore(t)
	p := newPatient(t, s, "Ana", "García")
	a, b := cgmtest.Wear(3, 5), cgmtest.Wear(3, 9)
	a.TransmitterID, b.TransmitterID = "", ""
	withoutCounts(a)
	withoutCounts(b)
	for i := range b.Readings {
		b.Readings[i].MgDL = a.Readings[i%len(a.Readings)].MgDL + float64(5+i%20)
	}
	first := mustImport(t, s, p.ID, file("a"), a)
	second := mustImport(t, s, p.ID, file("b"), b)
	if first.WearID == second.WearID || second.New != len(b.Readings) {
		t.Errorf("%+v", second)
	}
}

func TestAFileWithTwoPartsOfAWearStoresBoth(t *testing.T) {
	s := newStore(t)
	p := newPatient(t, s, "Ana", "García")
	whole := cgmtest.Wear(4, 5)
	mustImport(t, s, p.ID, file("before"), part(whole, 0, 300))
	got, err := s.Import(p, file("a"), []*cgm.Recording{part(whole, 0, 500), part(whole, 600, 900)}, false)
	if err != nil || got[1].SameFile || got[1].New != 300 || got[1].WearID != got[0].WearID {
		t.Fatalf("%+v, %v", got, err)
	}
	if w, err := s.Wear(got[0].WearID); err != nil || len(w.Recording.Readings) != 800 {
		t.Errorf("%v", err)
	}
}

// A Pro reader that is read again later gives the same readings: its start of the
// transmitter's clock and the times of day are off by some seconds, as two clocks
// part.
func TestAReaderReadAgainIsTheSameWear(t *testing.T) {
	s := newStore(t)
	first := cgmtest.Wear(5, 3)
	first.TransmitterID, first.InsertedAt = "31PRO1", 500_000_000
	p := newPatient(t, s, "Ada", "Example")
	got := mustImport(t, s, p.ID, file("first"), first)
	again := cgmtest.Wear(5, 3)
	again.TransmitterID, again.InsertedAt = "31PRO1", 500_000_004
	for i := range again.Readings {
		again.Readings[i].System += 4
		again.Readings[i].Display += 17
	}
	if twice := mustImport(t, s, p.ID, file("again"), again); twice.WearID != got.WearID || twice.New != 0 {
		t.Fatalf("%+v, first %+v", twice, got)
	}
}

// The second recording of a file must not take the wear that the first filled.
func TestTwoRunsOfAPlacedTransmitterAreBothKept(t *testing.T) {
	for _, matched := range []bool{false, true} {
		s := newStore(t)
		p := newPatient(t, s, "Ana", "García")
		whole := cgmtest.Wear(2, 5)
		waiting, err := s.OpenWear(p.ID, &steps.Record{At: whole.First() - 7200, Order: &steps.Order{}})
		if err != nil {
			t.Fatal(err)
		}
		placed := &steps.Record{Step: steps.Placed, At: whole.First() - 3600, Placement: &steps.Placement{Transmitter: whole.TransmitterID}}
		if err := s.AddStep(waiting, placed, false); err != nil {
			t.Fatal(err)
		}
		first, second := part(whole, 0, 20), part(whole, 0, 20)
		for i := range second.Readings {
			second.Readings[i].Display += 6 * 3600
			second.Readings[i].MgDL += 7
		}
		var got []Imported
		if both := []*cgm.Recording{first, second}; matched {
			got, err = s.ImportMatched(file("a"), both, false)
		} else {
			got, err = s.Import(p, file("a"), both, false)
		}
		if err != nil || got[0].WearID != waiting || got[1].WearID == waiting {
			t.Fatalf("matched %v: %+v, %v", matched, got, err)
		}
		for i, want := range []float64{first.Readings[3].MgDL, second.Readings[3].MgDL} {
			if w, err := s.Wear(got[i].WearID); err != nil || len(w.Recording.Readings) != 20 || w.Recording.Readings[3].MgDL != want {
				t.Errorf("matched %v, recording %d: %v", matched, i, err)
			}
		}
	}
}

// What one read says that it lacks is not forgotten when it is added to what is
// stored; and the same lack read twice is one.
func TestWhatAReadLacksIsKeptWithTheRecording(t *testing.T) {
	s := newStore(t)
	p := newPatient(t, s, "Ada", "Example")
	whole := cgmtest.Wear(5, 3)
	first, more := part(whole, 0, 600), part(whole, 300, 1200)
	got := mustImport(t, s, p.ID, file("first"), first)
	more.Lost, more.MayContinue = 3, true
	mustImport(t, s, p.ID, file("more"), more)
	mustImport(t, s, p.ID, file("again"), more)
	w, err := s.Wear(got.WearID)
	if err != nil || len(w.Recording.Readings) != 1200 || w.Recording.Lost != 3 || !w.Recording.MayContinue {
		t.Errorf("%v: %d readings, %d lost, may continue %v", err, len(w.Recording.Readings), w.Recording.Lost, w.Recording.MayContinue)
	}
}
