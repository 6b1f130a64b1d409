package capture_test

import (
	"bytes"
	"context"
	"encoding/hex"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tracedesk/cgm"
	"tracedesk/cgm/cgmtest"
	"tracedesk/device/capture"
	"tracedesk/device/receiver"
	"tracedesk/device/receiver/wire"
	"tracedesk/device/simulator"
)

func now() time.Time { return time.Date(2026, time.May, 14, 12, 0, 0, 0, time.UTC) }

// read reads a simulated receiver; what passes goes to keep.
func read(t *testing.T, m *simulator.Model, keep *bytes.Buffer, values bool) *receiver.Result {
	t.Helper()
	here, there := net.Pipe()
	go func() { _ = (&simulator.Server{Model: m}).Serve(there) }()
	defer here.Close()
	var port receiver.Port = here
	done := func() error { return nil }
	if keep != nil {
		port, done = capture.Port(here, keep, capture.Options{Values: values})
	}
	r, err := receiver.Read(context.Background(), port, receiver.Options{Now: now, Zone: time.UTC})
	if err != nil {
		t.Fatal(err)
	}
	if err := done(); err != nil {
		t.Fatal(err)
	}
	return r
}

func played(t *testing.T) *simulator.Model {
	t.Helper()
	r := cgmtest.Wear(3, 5)
	for i := range r.Readings {
		if i > 100 && i < 110 {
			r.Readings[i].MgDL, r.Readings[i].Flag = cgm.LowMgDL, cgm.Low
		}
	}
	r.Calibrations = []cgm.Calibration{{System: r.Readings[50].System, Display: r.Readings[50].Display, MgDL: 222}}
	m, err := simulator.New(simulator.Options{Generation: simulator.G6, Wears: []simulator.Wear{{Recording: r, Mixed: true}}, Extras: true})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestACaptureWithValuesReplaysToTheSameRecording(t *testing.T) {
	var kept bytes.Buffer
	want := read(t, played(t), &kept, true)
	m, err := simulator.Replay(&kept)
	if err != nil {
		t.Fatal(err)
	}
	got := read(t, m, nil, false)
	if len(got.Recordings) != 1 || got.Recordings[0].Hash() != want.Recordings[0].Hash() {
		t.Error("the replayed recording is another one")
	}
}

func TestAMaskedCaptureHasEveryReadingAndNoValue(t *testing.T) {
	var kept bytes.Buffer
	want := read(t, played(t), &kept, false)
	c, err := capture.Read(bytes.NewReader(kept.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range c.Transfers {
		b, err := hex.DecodeString(x.Hex)
		if err != nil || x.Bytes != len(b) {
			t.Fatalf("%v, %d bytes", err, x.Bytes)
		}
		if _, _, rest, ok := wire.Next(b, wire.MostXML, false); x.From == capture.Device && (!ok || len(rest) > 0) {
			t.Errorf("a masked answer is no packet: %s", x.Hex)
		}
	}
	m, err := simulator.Replay(&kept)
	if err != nil {
		t.Fatal(err)
	}
	got := read(t, m, nil, false)
	r, w := got.Recordings[0], want.Recordings[0]
	if len(r.Readings) != len(w.Readings) || got.LeftOut != want.LeftOut {
		t.Fatalf("%d readings, left out %+v; want %d, %+v", len(r.Readings), got.LeftOut, len(w.Readings), want.LeftOut)
	}
	for i := range r.Readings {
		if r.Readings[i].System != w.Readings[i].System || r.Readings[i].MgDL != 100 || r.Readings[i].Flag != cgm.InRange {
			t.Fatalf("reading %d is %+v", i, r.Readings[i])
		}
	}
	if r.Calibrations[0].MgDL != 100 {
		t.Errorf("a fingerstick of %v is left", r.Calibrations[0].MgDL)
	}
	for _, e := range r.Events {
		if e.Value != 0 {
			t.Errorf("an event with %v is left", e.Value)
		}
	}
}

// The captured conversation of the maker's own software with a real receiver,
// replayed, gives the recording of its pages.
func TestTheCapturedConversationReplays(t *testing.T) {
	path := filepath.Join("..", "..", "..", "shared", "reference", "receiver-vectors", "studio-session-g4.jsonl")
	f, err := os.Open(path)
	if err != nil {
		t.Skipf("the captured conversation is not here (%s): not replayed", path)
	}
	defer f.Close()
	m, err := simulator.Replay(f)
	if err != nil {
		t.Fatal(err)
	}
	r := read(t, m, nil, false)
	states, copies, glucose := 0, 0, map[uint32]int{}
	for _, p := range m.Pages[wire.EGVData] {
		for i := range int(p.Bytes[4]) {
			b := p.Bytes[wire.HeaderBytes+13*i:]
			word := int(b[8]) | int(b[9])<<8
			system := uint32(b[0]) | uint32(b[1])<<8 | uint32(b[2])<<16 | uint32(b[3])<<24
			switch v := word & 0x3FF; {
			case word&0x8000 != 0:
				copies++
			case v < 20:
				states++
			default:
				glucose[system] = v
			}
		}
	}
	if r.LeftOut.DisplayOnly != copies || r.LeftOut.States != states {
		t.Errorf("left out %+v, want %d copies and %d states", r.LeftOut, copies, states)
	}
	found := 0
	for _, recording := range r.Recordings {
		for _, g := range recording.Readings {
			found++
			if v := glucose[uint32(g.System)]; float64(v) != g.MgDL && g.Flag == cgm.InRange {
				t.Errorf("at %d: %v, want %d", g.System, g.MgDL, v)
			}
		}
	}
	if found != len(glucose) || found == 0 {
		t.Errorf("%d readings, want %d", found, len(glucose))
	}
	if !strings.EqualFold(r.Receiver.SerialNumber, "SM30140752") || r.Receiver.Model() != "Dexcom G4 receiver" {
		t.Errorf("%+v", r.Receiver)
	}
	t.Logf("%s: %d readings, problems %q, transmitter %q", r, found, r.Problems, r.Recordings[0].TransmitterID)
}

func TestWhatIsNoCaptureIsRefused(t *testing.T) {
	for _, text := range []string{"", "hello\n", `{"format":"something else","version":1}` + "\n", `{"t":1,"dir":"nobody","hex":"00"}` + "\n", `{"t":1,"dir":"device","hex":"zz"}` + "\n"} {
		if _, err := simulator.Replay(strings.NewReader(text)); err == nil {
			t.Errorf("%q is taken for a capture", text)
		}
	}
}

func FuzzReplay(f *testing.F) {
	var kept bytes.Buffer
	r := cgmtest.Wear(1, 5)
	r.Readings, r.Events = r.Readings[:30], nil
	m, err := simulator.New(simulator.Options{Generation: simulator.G6, Wears: []simulator.Wear{{Recording: r}}})
	if err != nil {
		f.Fatal(err)
	}
	here, there := net.Pipe()
	go func() { _ = (&simulator.Server{Model: m}).Serve(there) }()
	port, done := capture.Port(here, &kept, capture.Options{Values: true})
	if _, err := receiver.Read(context.Background(), port, receiver.Options{Now: now, Zone: time.UTC}); err != nil {
		f.Fatal(err)
	}
	_ = done()
	_ = here.Close()
	f.Add(kept.Bytes())
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := simulator.Replay(bytes.NewReader(b))
		if err == nil && len(m.Pages) == 0 {
			t.Fatal("a capture without a page")
		}
	})
}
