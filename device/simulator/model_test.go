package simulator

import (
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"tracedesk/cgm/cgmtest"
	"tracedesk/device/receiver/wire"
)

// Source of what is expected here: the receiver-protocol reference, sections 4.3,
// 4.8 and 6, and what Tidepool's driver and DexcTrack ask for.

// asking asks a served model one thing after another.
func asking(t *testing.T, m *Model) func(c wire.Command, payload ...byte) (status byte, answer []byte) {
	t.Helper()
	here, there := net.Pipe()
	go func() { _ = (&Server{Model: m}).Serve(there) }()
	t.Cleanup(func() { _ = here.Close() })
	_ = here.SetDeadline(time.Now().Add(10 * time.Second))
	return func(c wire.Command, payload ...byte) (byte, []byte) {
		t.Helper()
		if _, err := here.Write(wire.Packet(byte(c), payload)); err != nil {
			t.Fatal(err)
		}
		var head [4]byte
		if _, err := io.ReadFull(here, head[:]); err != nil {
			t.Fatal(err)
		}
		rest := make([]byte, int(le.Uint16(head[1:]))-len(head))
		if _, err := io.ReadFull(here, rest); err != nil {
			t.Fatal(err)
		}
		return head[3], rest[:len(rest)-2]
	}
}

func played(t *testing.T, g Generation) *Model {
	t.Helper()
	r := cgmtest.Wear(2, 5)
	r.TransmitterID = "8AAAAA"
	for i := range r.Readings {
		r.Readings[i].TransmitterSeconds = 20_000 + r.Readings[i].System - r.Readings[0].System
	}
	m, err := New(Options{Generation: g, Wears: []Wear{{Recording: r}}, Zone: time.UTC})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// A real receiver has more partitions than hold something: these are defined and
// empty, and the others are not there.
func TestPartitionsWithoutRecordsAreDefinedAndEmpty(t *testing.T) {
	for g, count := range map[Generation]int{G4: 13, G5: 18, G6: 18, ProReader: 20} {
		ask := asking(t, played(t, g))
		_, info := ask(wire.PartitionInfo)
		if n := strings.Count(string(info), "<Partition "); n != count {
			t.Errorf("%s lists %d partitions, want %d", g, n, count)
		}
		if status, answer := ask(wire.PageRange, byte(wire.CalSet)); status != wire.ACK || string(answer) != "\xff\xff\xff\xff\xff\xff\xff\xff" {
			t.Errorf("%s, calibrations: status %d, % x", g, status, answer)
		}
		if status, answer := ask(wire.PageRange, 15); status != wire.InvalidParameter || len(answer) != 1 || answer[0] != wire.NoPartition {
			t.Errorf("%s, partition 15: status %d, % x", g, status, answer)
		}
	}
}

// A ring that never went around begins with page 0: DexcTrack passes over one page
// alone under another number.
func TestSmallRingsBeginWithPageZero(t *testing.T) {
	for _, g := range []Generation{G4, G5, G6} {
		ask := asking(t, played(t, g))
		for _, p := range []wire.Partition{wire.ManufacturingData, wire.InsertionTime, wire.UserSettingData} {
			if status, answer := ask(wire.PageRange, byte(p)); status != wire.ACK || le.Uint32(answer) != 0 {
				t.Errorf("%s, %s: status %d, % x", g, p, status, answer)
			}
		}
	}
}

// The settings of a receiver in use are those of one that was set up, and the RTC
// and the system offset make the system time.
func TestSettingsOfAReceiverInUse(t *testing.T) {
	for g, at := range map[Generation]int{G4: 41, G5: 43, G6: 43} {
		m := played(t, g)
		ask, page := asking(t, m), m.Pages[wire.UserSettingData][0].Bytes
		if setUp := page[wire.HeaderBytes+at]; setUp < 5 {
			t.Errorf("%s: set-up state %d", g, setUp)
		}
		_, system := ask(wire.SystemTime)
		_, clock := ask(rtc)
		_, offset := ask(systemTimeOffset)
		if le.Uint32(clock)+le.Uint32(offset) != le.Uint32(system) || le.Uint32(offset) != le.Uint32(page[wire.HeaderBytes+8:]) {
			t.Errorf("%s: RTC %d, offset %d, system time %d", g, le.Uint32(clock), le.Uint32(offset), le.Uint32(system))
		}
	}
}

// An insertion of revision 2 says when it was on the transmitter's clock.
func TestAnInsertionSaysItsTransmittersAge(t *testing.T) {
	for _, g := range []Generation{G5, G6} {
		page := played(t, g).Pages[wire.InsertionTime][0].Bytes
		if age := le.Uint32(page[wire.HeaderBytes+13:]); age != 20_000-warmUp {
			t.Errorf("%s: inserted at %d s of the transmitter's clock", g, age)
		}
	}
}

// The clock of a replayed capture is asked and answered about a moment that lies
// whole seconds behind the captured one: a reader takes the middle between
// question and answer, and the times of a Pro reader's wear hang on it.
func TestAReplayedClockIsRightInTheMiddleOfQuestionAndAnswer(t *testing.T) {
	const captured = 500_000_000
	c := clock{system: captured, from: time.Now().Add(-10*time.Second + 150*time.Millisecond), now: time.Now, aligned: true}
	before := time.Now()
	shows := c.read()
	after := time.Now()
	middle := before.Add(after.Sub(before) / 2)
	if off := middle.Sub(c.from) - time.Duration(shows-captured)*time.Second; off.Abs() > 40*time.Millisecond {
		t.Errorf("it shows %d s after the captured moment, in the middle it was %v off", shows-captured, off)
	}
}
