package receiver_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"tracedesk/cgm"
	"tracedesk/cgm/cgmtest"
	"tracedesk/device/receiver"
	"tracedesk/device/receiver/wire"
	"tracedesk/device/simulator"
)

// at is this computer's clock during a read.
func at() time.Time { return time.Date(2026, time.May, 14, 13, 0, 0, 0, time.UTC) }

// play reads a simulated receiver over a line.
func play(t testing.TB, s *simulator.Server) (*receiver.Result, error) {
	t.Helper()
	return playWith(t, context.Background(), s, nil)
}

// playAt reads a simulated receiver with options of its own.
func playAt(t testing.TB, s *simulator.Server, o receiver.Options) (*receiver.Result, error) {
	t.Helper()
	return playOptions(t, context.Background(), s, o)
}

func playWith(t testing.TB, ctx context.Context, s *simulator.Server, progress func(done, total int64, what string)) (*receiver.Result, error) {
	t.Helper()
	return playOptions(t, ctx, s, receiver.Options{Now: at, Zone: time.UTC, Progress: progress})
}

func playOptions(t testing.TB, ctx context.Context, s *simulator.Server, o receiver.Options) (*receiver.Result, error) {
	t.Helper()
	here, there := net.Pipe()
	served := make(chan error, 1)
	go func() { served <- s.Serve(there) }()
	result, err := receiver.Read(ctx, here, o)
	_ = here.Close()
	if serveErr := <-served; serveErr != nil {
		t.Errorf("the simulator: %v", serveErr)
	}
	if r := s.Refused(); len(r) > 0 {
		t.Errorf("writing commands were sent: %v", r)
	}
	return result, err
}

// wearOf is a wear on a wall clock without jitter, for comparing to the second.
func wearOf(days int, seed uint64, id string, start cgm.WallTime) *cgm.Recording {
	r := cgmtest.Wear(days, seed)
	r.TransmitterID = id
	for i := range r.Readings {
		g := &r.Readings[i]
		g.Display = start + cgm.WallTime(g.System-r.Readings[0].System)
	}
	for i := range r.Events {
		r.Events[i].Display = start + cgm.WallTime(r.Events[i].System-r.Readings[0].System)
	}
	return r
}

var (
	firstStart  = cgm.NewWallTime(2026, time.April, 20, 9, 30, 0)
	secondStart = cgm.NewWallTime(2026, time.May, 4, 11, 0, 0)
)

func model(t testing.TB, o simulator.Options) *simulator.Server {
	t.Helper()
	m, err := simulator.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return &simulator.Server{Model: m}
}

// same compares a read recording with the one that was played: every reading,
// in order, by elapsed time, wall clock, value and flag.
func same(t *testing.T, name string, got, want *cgm.Recording) {
	t.Helper()
	if len(got.Readings) != len(want.Readings) {
		t.Errorf("%s: %d readings, want %d", name, len(got.Readings), len(want.Readings))
		return
	}
	for i := range want.Readings {
		g, w := got.Readings[i], want.Readings[i]
		if g.System-got.Readings[0].System != w.System-want.Readings[0].System || g.Display != w.Display || g.MgDL != w.MgDL || g.Flag != w.Flag {
			t.Errorf("%s, reading %d: %+v, want %+v", name, i, g, w)
			return
		}
	}
}

func TestEveryGenerationGivesEveryReadingOnce(t *testing.T) {
	for _, g := range []simulator.Generation{simulator.G4, simulator.G5, simulator.G6} {
		for _, pieces := range []bool{false, true} {
			a, b := wearOf(4, 5, "8AAAAA", firstStart), wearOf(10, 6, "8BBBBB", secondStart)
			a.Calibrations = []cgm.Calibration{{System: a.Readings[100].System, Display: a.Readings[100].Display, MgDL: 131}}
			s := model(t, simulator.Options{Generation: g, Serial: "SM1234", Wears: []simulator.Wear{{Recording: a}, {Recording: b}}, Extras: true, Blinded: true})
			s.Pieces = pieces
			r, err := play(t, s)
			if err != nil {
				t.Fatalf("%s: %v", g, err)
			}
			if len(r.Recordings) != 2 || len(r.Problems) != 0 {
				t.Fatalf("%s: %d recordings, problems %q", g, len(r.Recordings), r.Problems)
			}
			same(t, string(g)+" first", r.Recordings[0], a)
			same(t, string(g)+" second", r.Recordings[1], b)
			if g != simulator.G4 && (r.Recordings[0].TransmitterID != "8AAAAA" || r.Recordings[1].TransmitterID != "8BBBBB") {
				t.Errorf("%s: transmitters %s and %s", g, r.Recordings[0].TransmitterID, r.Recordings[1].TransmitterID)
			}
			if r.LeftOut.DisplayOnly == 0 || r.LeftOut.States != 3*r.LeftOut.DisplayOnly {
				t.Errorf("%s: left out %+v", g, r.LeftOut)
			}
			if r.Receiver.SerialNumber != "SM1234" || r.Receiver.BatteryPercent != 87 || !r.Receiver.Blinded {
				t.Errorf("%s: %+v", g, r.Receiver)
			}
			if c := r.Recordings[0].Calibrations; len(c) != 1 || c[0] != (cgm.Calibration{System: r.Recordings[0].Readings[100].System, Display: a.Readings[100].Display, MgDL: 131}) {
				t.Errorf("%s: calibrations %+v", g, c)
			}
			if len(r.Recordings[1].Events) != len(b.Events) || r.Recordings[1].Events[0].Display != b.Events[0].Display || r.Recordings[1].Events[0].Value != b.Events[0].Value {
				t.Errorf("%s: events %+v", g, r.Recordings[1].Events)
			}
		}
	}
}

func TestBackfilledAndMixedWears(t *testing.T) {
	a, b := wearOf(10, 5, "8AAAAA", firstStart), wearOf(10, 6, "8BBBBB", secondStart)
	for name, wears := range map[string][]simulator.Wear{
		"backfilled": {{Recording: a, Backfilled: true}, {Recording: b, Backfilled: true}},
		"mixed":      {{Recording: a, Mixed: true}, {Recording: b, Mixed: true}},
		"one each":   {{Recording: a}, {Recording: b, Backfilled: true}},
	} {
		r, err := play(t, model(t, simulator.Options{Generation: simulator.G6, Wears: wears}))
		if err != nil || len(r.Recordings) != 2 {
			t.Fatalf("%s: %v", name, err)
		}
		same(t, name, r.Recordings[0], a)
		same(t, name, r.Recordings[1], b)
		if name == "mixed" && r.LeftOut.Twice == 0 {
			t.Error("no reading stood in both partitions")
		}
		if got := r.Recordings[1].Readings[3].Backfilled; name == "backfilled" && !got {
			t.Error("a backfilled reading does not say so")
		}
	}
}

// Two patients are given their sensors within minutes, and both wears are
// collected later: the readings must not mix.
func TestTwoPatientsAtTheSameTimeAreKeptApart(t *testing.T) {
	a, b := wearOf(10, 5, "8AAAAA", secondStart), wearOf(10, 6, "8BBBBB", secondStart+7*60)
	r, err := play(t, model(t, simulator.Options{Generation: simulator.G6, Wears: []simulator.Wear{{Recording: a, Backfilled: true}, {Recording: b, Backfilled: true}}}))
	if err != nil || len(r.Recordings) != 2 {
		t.Fatalf("%v, %d recordings", err, len(r.Recordings))
	}
	same(t, "first", r.Recordings[0], a)
	same(t, "second", r.Recordings[1], b)
	if r.Recordings[0].TransmitterID != "8AAAAA" || r.Recordings[1].TransmitterID != "8BBBBB" {
		t.Errorf("%s and %s", r.Recordings[0].TransmitterID, r.Recordings[1].TransmitterID)
	}
}

// The wall clock is set back an hour in the middle of the wear: elapsed time
// is not touched, and every reading keeps the clock it was measured under.
func TestASetClock(t *testing.T) {
	for _, backfilled := range []bool{false, true} {
		a := wearOf(5, 5, "8AAAAA", secondStart)
		for i := range a.Readings {
			if i >= 700 {
				a.Readings[i].Display -= 3600
			}
		}
		r, err := play(t, model(t, simulator.Options{Generation: simulator.G6, Wears: []simulator.Wear{{Recording: a, Backfilled: backfilled}}}))
		if err != nil || len(r.Recordings) != 1 {
			t.Fatalf("%v", err)
		}
		same(t, fmt.Sprint("backfilled ", backfilled), r.Recordings[0], a)
	}
}

func TestTheClockIsComparedWithThisComputers(t *testing.T) {
	a := wearOf(10, 5, "8AAAAA", secondStart)
	a.Events = nil
	s := model(t, simulator.Options{Generation: simulator.G6, Wears: []simulator.Wear{{Recording: a}}})
	r, err := play(t, s)
	if err != nil {
		t.Fatal(err)
	}
	// The simulated receiver is read an hour after its last record.
	last := a.Last() + 3600
	want := time.Duration(int64(last)-at().Unix()) * time.Second
	if d := r.Receiver.ClockOffset - want; d < -time.Minute || d > time.Minute {
		t.Errorf("the clock is %v ahead, want about %v", r.Receiver.ClockOffset, want)
	}
}

func TestPagesThatVanishOrGrow(t *testing.T) {
	a := wearOf(10, 5, "8AAAAA", secondStart)
	a.Events = nil
	s := model(t, simulator.Options{Generation: simulator.G6, NoBackfill: true, Wears: []simulator.Wear{{Recording: a}}})
	whole, err := play(t, s)
	if err != nil {
		t.Fatal(err)
	}
	s = model(t, simulator.Options{Generation: simulator.G6, NoBackfill: true, Wears: []simulator.Wear{{Recording: a}}})
	s.Faults = []simulator.Fault{{Name: "vanish", Place: firstEGVRequest}}
	r, err := play(t, s)
	if err != nil {
		t.Fatal(err)
	}
	// The page that the ring dropped is gone; all behind it is there.
	if lost := len(whole.Recordings[0].Readings) - len(r.Recordings[0].Readings); lost != 500/25 || !slices.Equal(r.Recordings[0].Readings, whole.Recordings[0].Readings[lost:]) {
		t.Errorf("%d readings lost", lost)
	}
	for _, n := range []int{2824, 2821} { // the page fills up; a new one begins
		a.Readings = a.Readings[:n]
		s = model(t, simulator.Options{Generation: simulator.G6, NoBackfill: true, Wears: []simulator.Wear{{Recording: a}}, Growing: true})
		s.Faults = []simulator.Fault{{Name: "grow", Place: firstEGVRequest + 30}}
		if r, err = play(t, s); err != nil {
			t.Fatal(err)
		}
		same(t, "grown", r.Recordings[0], a)
		if r.LeftOut.Twice != 0 {
			t.Errorf("%d readings counted twice", r.LeftOut.Twice)
		}
	}
}

// firstEGVRequest is the request that asks for the first pages of readings of a
// G6 with one wear: two answers about itself and its clock, the ranges, and the
// pages of three small partitions before it.
const firstEGVRequest = 3 + 7 + 3 + 1

func TestAReceiverThatGivesOnePageAtATime(t *testing.T) {
	a := wearOf(4, 5, "8AAAAA", secondStart)
	s := model(t, simulator.Options{Generation: simulator.G6, Wears: []simulator.Wear{{Recording: a}}})
	s.Model.Single = true
	r, err := play(t, s)
	if err != nil {
		t.Fatal(err)
	}
	same(t, "single pages", r.Recordings[0], a)
}

func TestFewRequests(t *testing.T) {
	for _, inUse := range []bool{false, true} {
		a := wearOf(10, 5, "8AAAAA", secondStart)
		a.Events = nil
		s := model(t, simulator.Options{Generation: simulator.G6, NoBackfill: true, Wears: []simulator.Wear{{Recording: a}}, Growing: inUse})
		start := time.Now()
		r, err := play(t, s)
		if err != nil {
			t.Fatal(err)
		}
		if 4*(s.Requests()-17) > r.Pages {
			t.Errorf("in use %v: %d requests for %d pages", inUse, s.Requests(), r.Pages)
		}
		t.Logf("in use %v: %s in %v", inUse, r, time.Since(start))
	}
}

// TestEveryFaultAtEveryRequest: whatever goes wrong at whichever request, the
// result is the whole recording or an error, and no hang. A fault that strikes once
// ends no read but where the plug is pulled.
func TestEveryFaultAtEveryRequest(t *testing.T) {
	synctest.Test(t, everyFaultAtEveryRequest) // what waits for an answer waits for no clock of ours
}

func everyFaultAtEveryRequest(t *testing.T) {
	a := wearOf(2, 5, "8AAAAA", secondStart)
	options := simulator.Options{Generation: simulator.G6, Wears: []simulator.Wear{{Recording: a, Mixed: true}}, Extras: true}
	clean := model(t, options)
	whole, err := play(t, clean)
	if err != nil {
		t.Fatal(err)
	}
	goroutines := runtime.NumGoroutine()
	var all sync.WaitGroup
	room := make(chan struct{}, 1024) // most of the time they wait
	for name := range simulator.FaultNames {
		if name == "vanish" || name == "grow" || name == "empty" { // they change what the receiver holds
			continue
		}
		for place := 1; place <= clean.Requests(); place++ {
			for _, stays := range []bool{false, true} {
				all.Go(func() {
					room <- struct{}{}
					defer func() { <-room }()
					struck(t, options, whole, simulator.Fault{Name: name, Place: place, Stays: stays})
				})
			}
		}
	}
	all.Wait()
	for range 100 {
		if runtime.NumGoroutine() <= goroutines {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Errorf("%d goroutines, %d before", runtime.NumGoroutine(), goroutines)
}

func struck(t *testing.T, options simulator.Options, whole *receiver.Result, f simulator.Fault) {
	s := model(t, options)
	s.Faults = []simulator.Fault{f}
	start := time.Now()
	r, err := play(t, s)
	took := time.Since(start)
	switch {
	case took > time.Minute: // it hangs
		t.Errorf("%+v: it took %v", f, took)
	case err != nil && !f.Stays && f.Name != "unplug":
		t.Errorf("%+v ended the read: %v", f, err)
	case err == nil && f.Name == "record-crc" && f.Stays && saidToBeShort(r, whole):
	case err == nil && (len(r.Recordings) != 1 || !slices.Equal(r.Recordings[0].Readings, whole.Recordings[0].Readings)):
		t.Errorf("%+v: another recording than without the fault", f)
	}
}

// saidToBeShort says whether a read of a receiver with damaged records has all
// that are not damaged, and says how many are missing.
func saidToBeShort(r, whole *receiver.Result) bool {
	if len(r.Recordings) != 1 || len(r.Problems) == 0 {
		return false
	}
	short, all := r.Recordings[0], whole.Recordings[0].Readings
	for _, g := range short.Readings {
		if !slices.ContainsFunc(all, func(w cgm.Reading) bool { return w.TransmitterSeconds == g.TransmitterSeconds && w.MgDL == g.MgDL }) {
			return false
		}
	}
	return short.Lost > 0 && len(short.Readings)+short.Lost >= len(all)
}

func TestCancelLeavesTheLineClean(t *testing.T) {
	a := wearOf(10, 5, "8AAAAA", secondStart)
	s := model(t, simulator.Options{Generation: simulator.G6, Wears: []simulator.Wear{{Recording: a}}})
	here, there := net.Pipe()
	go func() { _ = s.Serve(there) }()
	defer here.Close()
	ctx, cancel := context.WithCancel(context.Background())
	_, err := receiver.Read(ctx, here, receiver.Options{Now: at, Zone: time.UTC, Progress: func(done, total int64, _ string) {
		if done > 20 {
			cancel()
		}
	}})
	if !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	r, err := receiver.Read(context.Background(), here, receiver.Options{Now: at, Zone: time.UTC})
	if err != nil {
		t.Fatal(err)
	}
	same(t, "after a cancelled read", r.Recordings[0], a)
}

func TestWhatIsNotKnownIsNamed(t *testing.T) {
	a := wearOf(2, 5, "8AAAAA", secondStart)
	r, err := play(t, model(t, simulator.Options{Generation: simulator.G6, ProductID: "PegasusReceiver", Wears: []simulator.Wear{{Recording: a}}}))
	if err != nil || len(r.Problems) != 1 || !strings.Contains(r.Problems[0], "PegasusReceiver") {
		t.Errorf("%v, %+v", err, r)
	}
	s := model(t, simulator.Options{Generation: simulator.G6, Wears: []simulator.Wear{{Recording: a, Mixed: true}}})
	info := string(s.Model.Answers[wire.PartitionInfo])
	s.Model.Answers[wire.PartitionInfo] = []byte(strings.Replace(info, "Id='12' RecordRevision='6' RecordLength='60'", "Id='12' RecordRevision='7' RecordLength='64'", 1))
	r, err = play(t, s)
	if err != nil || len(r.Problems) != 1 || !strings.Contains(r.Problems[0], "UserSettingData") || !strings.Contains(r.Problems[0], "revision 7 with 64 bytes") {
		t.Fatalf("%v, %+v", err, r)
	}
	same(t, "without settings", r.Recordings[0], a)
	_, err = play(t, model(t, simulator.Options{Generation: simulator.G6, EGVRevision: 9, Wears: []simulator.Wear{{Recording: a}}}))
	if !errors.Is(err, receiver.ErrUnsupported) || !strings.Contains(err.Error(), "OrionReceiver") || !strings.Contains(err.Error(), "revision 9") {
		t.Errorf("%v", err)
	}
	if _, err := play(t, model(t, simulator.Options{Generation: simulator.G6})); !errors.Is(err, receiver.ErrNoReadings) {
		t.Errorf("%v", err)
	}
}

// recorder keeps what is written to a receiver.
type recorder struct {
	net.Conn
	sent bytes.Buffer
}

func (r *recorder) Write(b []byte) (int, error) {
	r.sent.Write(b)
	return r.Conn.Write(b)
}

// TestNothingButReadingCommandsIsSent looks at every byte that a whole read
// sends.
func TestNothingButReadingCommandsIsSent(t *testing.T) {
	a := wearOf(3, 5, "8AAAAA", secondStart)
	s := model(t, simulator.Options{Generation: simulator.G6, Wears: []simulator.Wear{{Recording: a, Mixed: true}}})
	s.Faults = []simulator.Fault{{Name: "nak", Place: 7}, {Name: "garbage", Place: 12}}
	here, there := net.Pipe()
	go func() { _ = s.Serve(there) }()
	line := &recorder{Conn: here}
	if _, err := receiver.Read(context.Background(), line, receiver.Options{Now: at, Zone: time.UTC}); err != nil {
		t.Fatal(err)
	}
	_ = here.Close()
	reading := map[byte]bool{11: true, 15: true, 16: true, 17: true, 25: true, 29: true, 33: true, 34: true, 39: true}
	b := line.sent.Bytes()
	for len(b) > 0 {
		n := int(b[1]) | int(b[2])<<8
		if b[0] != 1 || n < 6 || n > len(b) || !reading[b[3]] {
			t.Fatalf("sent % x", b[:min(len(b), 12)])
		}
		b = b[n:]
	}
}
