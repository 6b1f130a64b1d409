package receiver_test

import (
	"context"
	"encoding/binary"
	"errors"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"tracedesk/cgm/cgmtest"
	"tracedesk/device/receiver"
	"tracedesk/device/receiver/wire"
	"tracedesk/device/simulator"
)

// hostile is a simulated receiver with two days of readings on it.
func hostile(t *testing.T, g simulator.Generation) *simulator.Server {
	t.Helper()
	r := cgmtest.Wear(2, 5)
	r.TransmitterID = "8AAAAA"
	m, err := simulator.New(simulator.Options{Generation: g, Wears: []simulator.Wear{{Recording: r}}, Zone: time.UTC, Now: noon})
	if err != nil {
		t.Fatal(err)
	}
	return &simulator.Server{Model: m}
}

func noon() time.Time { return time.Date(2027, time.May, 14, 12, 0, 0, 0, time.UTC) }

// listen reads the server; its answers go through change, where that is not nil.
func listen(t *testing.T, s *simulator.Server, change func(asked, answer []byte) []byte) (*receiver.Result, error) {
	t.Helper()
	here, there := net.Pipe()
	go func() { _ = s.Serve(there) }()
	defer here.Close()
	var port receiver.Port = here
	if change != nil {
		port = &changing{Conn: here, change: change}
	}
	return receiver.Read(context.Background(), port, receiver.Options{Now: noon, Zone: time.UTC})
}

// changing changes whole answers on their way.
type changing struct {
	net.Conn
	change        func(asked, answer []byte) []byte
	asked         []byte
	held, pending []byte
}

func (c *changing) Write(b []byte) (int, error) {
	c.asked = slices.Clone(b)
	return c.Conn.Write(b)
}

func (c *changing) Read(b []byte) (int, error) {
	for len(c.pending) == 0 {
		n, err := c.Conn.Read(b)
		if err != nil {
			return 0, err
		}
		c.held = append(c.held, b[:n]...)
		if code, payload, rest, ok := wire.Next(c.held, wire.MostXML, false); ok {
			c.held, c.pending = slices.Clone(rest), c.change(c.asked, wire.Packet(code, payload))
		}
	}
	n := copy(b, c.pending)
	c.pending = c.pending[n:]
	return n, nil
}

// A reader whose last settings record is damaged may have collected meanwhile: what
// it did is not known, and its readings are read.
func TestADamagedLastSettingHoldsUpNoRead(t *testing.T) {
	s := hostile(t, simulator.ProReader)
	pages := s.Model.Pages[wire.UserSettingData]
	last := pages[len(pages)-1].Bytes
	last[wire.HeaderBytes+60*(int(last[4])-1)+20] ^= 0x55
	r, err := listen(t, s, nil)
	if err != nil || len(r.Recordings) != 1 || r.Receiver.State != receiver.StateCollected {
		t.Errorf("%v, state %q", err, r.Receiver.State)
	}
}

// The pages of a stream that began behind others, which are gone: whole where it
// begins with the warm-up, refused where it begins in the middle of a wear.
func TestAStreamWhoseFirstPageIsNotZero(t *testing.T) {
	want, err := listen(t, hostile(t, simulator.ProReader), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		dropped int
		whole   bool
	}{{0, true}, {1, false}, {2, false}} {
		s := hostile(t, simulator.ProReader)
		pages := s.Model.Pages[wire.ProReadings]
		for i := range pages {
			b := pages[i].Bytes
			pages[i].Number += 7
			binary.LittleEndian.PutUint32(b[10:], pages[i].Number)
			binary.LittleEndian.PutUint16(b[26:], wire.CRC(b[:26]))
		}
		s.Model.Pages[wire.ProReadings] = pages[c.dropped:]
		r, err := listen(t, s, nil)
		switch {
		case c.whole && (err != nil || !slices.Equal(r.Recordings[0].Readings, want.Recordings[0].Readings)):
			t.Errorf("pages from 7 on: %v", err)
		case !c.whole && !errors.Is(err, receiver.ErrImplausible):
			t.Errorf("%d pages dropped: %v", c.dropped, err)
		}
	}
}

// A range that was the answer to another question, and tells of more pages than
// there are, loses no reading and ends no read.
func TestARangeOfAnotherPartitionIsFoundOut(t *testing.T) {
	for _, c := range []struct {
		generation simulator.Generation
		asked      wire.Partition
		answer     []byte
		said       int // problems more than usual
	}{
		{simulator.G6, wire.BackfilledEGVData, []byte{40, 0, 0, 0, 90, 0, 0, 0}, 0},
		{simulator.ProReader, wire.EGVData, []byte{0, 0, 0, 0, 9, 0, 0, 0}, 1}, // it is empty
	} {
		want, err := listen(t, hostile(t, c.generation), nil)
		if err != nil {
			t.Fatal(err)
		}
		ranges := 0
		r, err := listen(t, hostile(t, c.generation), func(asked, answer []byte) []byte {
			if wire.Command(asked[3]) == wire.PageRange && wire.Partition(asked[4]) == c.asked {
				if ranges++; ranges == 1 {
					return wire.Packet(wire.ACK, c.answer)
				}
			}
			return answer
		})
		if err != nil || len(r.Recordings) != 1 || !slices.Equal(r.Recordings[0].Readings, want.Recordings[0].Readings) {
			t.Errorf("%s: %v, problems %q", c.generation, err, r.Problems)
		}
		if len(r.Problems) != len(want.Problems)+c.said {
			t.Errorf("%s: problems %q", c.generation, r.Problems)
		}
	}
}

// A page of settings whose header is damaged costs that page alone.
func TestADamagedPageCostsItselfAlone(t *testing.T) {
	s := hostile(t, simulator.ProReader)
	all := s.Model.Pages[wire.UserSettingData]
	for len(all) < 6 { // older settings, page by page
		b := slices.Clone(all[0].Bytes)
		number := all[0].Number - 1
		binary.LittleEndian.PutUint32(b[10:], number)
		binary.LittleEndian.PutUint16(b[26:], wire.CRC(b[:26]))
		all = slices.Insert(all, 0, simulator.Page{Number: number, Bytes: b})
	}
	all[2].Bytes[26] ^= 0x55
	s.Model.Pages[wire.UserSettingData] = all
	newest := false
	s.Heard = func(c wire.Command, payload []byte) {
		if c == wire.Pages && wire.Partition(payload[0]) == wire.UserSettingData {
			n := binary.LittleEndian.Uint32(payload[1:]) + uint32(payload[5])
			newest = newest || n > all[len(all)-1].Number
		}
	}
	r, err := listen(t, s, nil)
	if err != nil || len(r.Recordings) != 1 || r.Recordings[0].TransmitterID == "" {
		t.Fatalf("%v", err)
	}
	if said := strings.Join(r.Problems, " "); !strings.Contains(said, "UserSettingData") || r.Receiver.State != receiver.StateCollected {
		t.Errorf("state %q, problems %q", r.Receiver.State, r.Problems)
	}
	if !newest {
		t.Error("the pages behind the damaged one were not read")
	}
}

// A receiver that lists no partition at all is asked for each.
func TestAnEmptyListOfPartitionsIsNone(t *testing.T) {
	for _, info := range []string{"<PartitionInfo/>", "<PartitionInfo SchemaVersion='1' PageHeaderVersion='1' PageDataLength='500'></PartitionInfo>"} {
		s := hostile(t, simulator.G6)
		s.Model.Answers[wire.PartitionInfo] = []byte(info)
		r, err := listen(t, s, nil)
		if err != nil || len(r.Recordings) != 1 || r.Recordings[0].TransmitterID != "8AAAAA" {
			t.Errorf("%s: %v", info, err)
		}
	}
}

// What can be done without ends no read, however it fails: the receiver's clock
// where only the clock check hangs on it, its wall clock, its transmitter's id,
// the fingersticks and the logged events.
func TestWhatCanBeDoneWithoutEndsNoRead(t *testing.T) {
	var all sync.WaitGroup
	defer all.Wait()
	for _, status := range []byte{wire.NAK, wire.ReceiverError} {
		for name, refused := range map[string]func(c wire.Command, of wire.Partition) bool{
			"the clock":       func(c wire.Command, _ wire.Partition) bool { return c == wire.SystemTime },
			"the wall clock":  func(c wire.Command, _ wire.Partition) bool { return c == wire.DisplayOffset },
			"the transmitter": func(c wire.Command, _ wire.Partition) bool { return c == wire.TransmitterID },
			"events":          func(c wire.Command, of wire.Partition) bool { return c == wire.Pages && of == wire.UserEventData },
			"their range":     func(c wire.Command, of wire.Partition) bool { return c == wire.PageRange && of == wire.UserEventData },
		} {
			s := hostile(t, simulator.G6)
			without := name == "the wall clock" || name == "the transmitter"
			if without { // no record tells them
				s.Model.Pages[wire.UserSettingData], s.Model.Pages[wire.InsertionTime] = nil, nil
			}
			all.Go(func() {
				r, err := listen(t, s, func(asked, answer []byte) []byte {
					if refused(wire.Command(asked[3]), wire.Partition(asked[4])) {
						return wire.Packet(status, nil)
					}
					return answer
				})
				if err != nil || len(r.Recordings) != 1 || len(r.Recordings[0].Readings) < 500 {
					t.Errorf("%s, status %d: %v", name, status, err)
				} else if len(r.Problems) == 0 {
					t.Errorf("%s, status %d: nothing is said", name, status)
				}
			})
		}
	}
	s := hostile(t, simulator.ProReader)
	_, err := listen(t, s, func(asked, answer []byte) []byte {
		if wire.Command(asked[3]) == wire.SystemTime {
			return wire.Packet(wire.ReceiverError, nil)
		}
		return answer
	})
	if err == nil || !strings.Contains(err.Error(), "clock") {
		t.Errorf("a Pro reader without a clock: %v", err)
	}
}

// A partition of one page that is not page 0 is not empty: public readers pass over
// it.
func TestOnePageAloneUnderAnotherNumber(t *testing.T) {
	s := hostile(t, simulator.G6)
	for _, p := range []wire.Partition{wire.ManufacturingData, wire.InsertionTime, wire.UserSettingData, wire.UserEventData} {
		pages := s.Model.Pages[p]
		for i := range pages {
			pages[i].Number += 9
			binary.LittleEndian.PutUint32(pages[i].Bytes[10:], pages[i].Number)
			binary.LittleEndian.PutUint16(pages[i].Bytes[26:], wire.CRC(pages[i].Bytes[:26]))
		}
	}
	r, err := listen(t, s, nil)
	if err != nil || len(r.Recordings) != 1 || r.Recordings[0].TransmitterID != "8AAAAA" || r.Receiver.SerialNumber == "" || len(r.Recordings[0].Events) == 0 {
		t.Errorf("%v, %+v", err, r.Receiver)
	}
}
