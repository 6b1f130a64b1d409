package simulator

import (
	"io"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"tracedesk/cgm"
	"tracedesk/cgm/cgmtest"
	"tracedesk/device/receiver/wire"
)

// line is the end of a line to a simulated receiver.
func line(t *testing.T, s *Server) net.Conn {
	t.Helper()
	here, there := net.Pipe()
	done := make(chan error, 1)
	go func() { done <- s.Serve(there) }()
	t.Cleanup(func() {
		_ = here.Close()
		if err := <-done; err != nil {
			t.Errorf("the simulator: %v", err)
		}
	})
	return here
}

// ask sends bytes and gives the answer.
func ask(t *testing.T, conn net.Conn, request []byte) (status byte, payload []byte) {
	t.Helper()
	if _, err := conn.Write(request); err != nil {
		t.Fatal(err)
	}
	if err := conn.SetReadDeadline(time.Now().Add(5 * time.Second)); err != nil {
		t.Fatal(err)
	}
	var got []byte
	buf := make([]byte, 4096)
	for {
		n, err := conn.Read(buf)
		got = append(got, buf[:n]...)
		if status, payload, _, ok := wire.Next(got, wire.MostXML, false); ok {
			return status, payload
		}
		if err != nil {
			t.Fatalf("%v after % X", err, got)
		}
	}
}

func newG6(t *testing.T, wears ...Wear) *Server {
	t.Helper()
	m, err := New(Options{Generation: G6, Serial: "SM42", Wears: wears})
	if err != nil {
		t.Fatal(err)
	}
	return &Server{Model: m}
}

func TestAReceiverAnswersWhatItIsAsked(t *testing.T) {
	s := newG6(t, Wear{Recording: cgmtest.Wear(2, 5)})
	conn := line(t, s)
	pages := s.Model.Pages[wire.EGVData]
	if len(pages) < 5 {
		t.Fatalf("%d pages", len(pages))
	}
	request := func(p wire.Partition, first uint32, n byte) []byte {
		return wire.Packet(byte(wire.Pages), append(le.AppendUint32([]byte{byte(p)}, first), n))
	}
	first := pages[0].Number
	broken := wire.Packet(byte(wire.Ping), nil)
	broken[len(broken)-1] ^= 1
	for _, c := range []struct {
		what    string
		request []byte
		status  byte
		length  int
		said    string
	}{
		{"ping", wire.Packet(byte(wire.Ping), nil), wire.ACK, 0, ""},
		{"ping behind other bytes", append([]byte("AT\r"), wire.Packet(byte(wire.Ping), nil)...), wire.ACK, 0, ""},
		{"a wrong checksum", broken, wire.NAK, 0, ""},
		{"an unknown command", wire.Packet(99, nil), wire.InvalidCommand, 0, ""},
		{"a range", wire.Packet(byte(wire.PageRange), []byte{byte(wire.EGVData)}), wire.ACK, 8, ""},
		{"a range of nothing", wire.Packet(byte(wire.PageRange), []byte{31}), wire.InvalidParameter, 1, "\x00"},
		{"a page", request(wire.EGVData, first, 1), wire.ACK, wire.PageBytes, ""},
		{"four pages", request(wire.EGVData, first, 4), wire.ACK, 4 * wire.PageBytes, ""},
		{"five pages", request(wire.EGVData, first, 5), wire.InvalidParameter, 1, "\x02"},
		{"no page", request(wire.EGVData, first, 0), wire.InvalidParameter, 1, "\x02"},
		{"a page behind the last", request(wire.EGVData, pages[len(pages)-1].Number+1, 1), wire.InvalidParameter, 1, "\x01"},
		{"the last and one more", request(wire.EGVData, pages[len(pages)-1].Number, 2), wire.InvalidParameter, 1, "\x01"},
		{"a page of nothing", request(31, 0, 1), wire.InvalidParameter, 1, "\x00"},
	} {
		status, payload := ask(t, conn, c.request)
		if status != c.status || c.what != "ping" && len(payload) != c.length && !strings.Contains(c.what, "ping") || c.said != "" && string(payload) != c.said {
			t.Errorf("%s: status %d, %d bytes %q", c.what, status, len(payload), payload[:min(len(payload), 8)])
		}
	}
}

// TestACommandThatWritesIsRefusedAndKept: the reader's tests look at this list.
func TestACommandThatWritesIsRefusedAndKept(t *testing.T) {
	s := newG6(t)
	conn := line(t, s)
	for _, c := range []byte{26, 42, 60} {
		if status, _ := ask(t, conn, wire.Packet(c, nil)); status != wire.InvalidCommand {
			t.Errorf("command %d: status %d", c, status)
		}
	}
	ask(t, conn, wire.Packet(byte(wire.Ping), nil))
	if got := s.Refused(); !slices.Equal(got, []byte{26, 42, 60}) || s.Requests() != 4 {
		t.Errorf("%v of %d", got, s.Requests())
	}
}

// TestAFaultStrikesItsRequestAlone, and one that stays all after it.
func TestAFaultStrikesItsRequestAlone(t *testing.T) {
	for text, want := range map[string][]byte{
		"nak@2": {wire.ACK, wire.NAK, wire.ACK}, "nak@2+": {wire.ACK, wire.NAK, wire.NAK},
		"busy@1": {wire.InvalidMode, wire.ACK, wire.ACK}, "error@3": {wire.ACK, wire.ACK, wire.ReceiverError}, "invalid@3+": {wire.ACK, wire.ACK, wire.InvalidCommand},
	} {
		f, err := ParseFault(text)
		if err != nil {
			t.Fatal(err)
		}
		s := newG6(t)
		s.Faults = []Fault{f}
		conn := line(t, s)
		var got []byte
		for range 3 {
			status, _ := ask(t, conn, wire.Packet(byte(wire.Ping), nil))
			got = append(got, status)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", text, got, want)
		}
	}
	for _, text := range []string{"", "nak", "nak@", "nak@0", "nak@-1", "nak@x", "nothing@1", "@1", "nak@1++"} {
		if f, err := ParseFault(text); err == nil {
			t.Errorf("%q is taken for %+v", text, f)
		}
	}
}

func TestAReceiverThatThereIsNotIsRefused(t *testing.T) {
	if _, err := New(Options{Generation: "g8"}); err == nil {
		t.Error("there is a generation g8")
	}
	if _, err := New(Options{Generation: G4, Wears: []Wear{{Recording: cgmtest.Wear(1, 5), Backfilled: true}}}); err == nil {
		t.Error("a G4 collects readings afterwards")
	}
}

// TestEveryReadingIsInTheMemoryOnce: a G6 keeps twenty records of 25 bytes on a page of
// 500.
func TestEveryReadingIsInTheMemoryOnce(t *testing.T) {
	r := cgmtest.Wear(3, 5)
	s := newG6(t, Wear{Recording: r})
	n := 0
	for _, p := range []wire.Partition{wire.EGVData, wire.BackfilledEGVData} {
		for i, page := range s.Model.Pages[p] {
			count := int(le.Uint32(page.Bytes[4:]))
			if len(page.Bytes) != wire.PageBytes || le.Uint32(page.Bytes[10:]) != page.Number || count > 20 || i+1 < len(s.Model.Pages[p]) && count != 20 {
				t.Errorf("page %d of %s has %d records", i, p, count)
			}
			n += count
		}
	}
	if n != len(r.Readings) {
		t.Errorf("%d records for %d readings", n, len(r.Readings))
	}
}

// TestALimitIsAWordBeyondIt: the protocol has 20 to 39 for LOW and 401 up for HIGH.
func TestALimitIsAWordBeyondIt(t *testing.T) {
	for g, want := range map[cgm.Reading][2]int{
		{MgDL: cgm.LowMgDL, Flag: cgm.Low}: {20, 39}, {MgDL: cgm.HighMgDL, Flag: cgm.High}: {401, 1023}, {MgDL: 40}: {40, 40}, {MgDL: 400}: {400, 400},
	} {
		for _, w := range []uint16{word(&g), proWord(&g)} {
			if int(w) < want[0] || int(w) > want[1] {
				t.Errorf("%+v is the word %d", g, w)
			}
		}
	}
}

func TestAPseudoTerminalIsALinkThatGoes(t *testing.T) {
	link := filepath.Join(t.TempDir(), "receiver")
	p, err := OpenPty(link)
	if err != nil {
		t.Skipf("there are no pseudo-terminals here: %v", err)
	}
	served := make(chan error, 1)
	go func() { served <- newG6(t).Serve(p) }()
	end, err := OpenTTY(link)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := end.Write(wire.Packet(byte(wire.Ping), nil)); err != nil {
		t.Fatal(err)
	}
	answer := make([]byte, 6)
	if _, err := io.ReadFull(end, answer); err != nil || answer[3] != wire.ACK {
		t.Errorf("% X, %v", answer, err)
	}
	_ = end.Close()
	_ = p.Close()
	<-served
	if _, err := os.Lstat(link); err == nil {
		t.Error("the link stays")
	}
}

func TestADumpThatIsNoneIsRefused(t *testing.T) {
	page := strings.Repeat("00", wire.PageBytes)
	for text, good := range map[string]bool{
		"": false, "[]": false, "{}": false, `{"pages":{"4":["00"]}}`: false, `{"pages":{"four":["` + page + `"]}}`: false, `{"pages":{"4":["` + strings.Repeat("zz", wire.PageBytes) + `"]}}`: false,
		`{"pages":{"4":["` + page + `"]},"defined_but_empty":[7]}`: true,
	} {
		m, err := FromDump(strings.NewReader(text), time.Now)
		if (err == nil) != good {
			t.Errorf("%.40q: %v", text, err)
		}
		if good && (len(m.Pages[4]) != 1 || len(m.Pages) != 2) {
			t.Errorf("%d partitions", len(m.Pages))
		}
	}
}
