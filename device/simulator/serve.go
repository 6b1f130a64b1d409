package simulator

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strconv"
	"strings"
	"sync"
	"time"

	"tracedesk/device/receiver/wire"
)

// Fault is a way to misbehave, from the given request on, counted from 1.
type Fault struct {
	Name  string
	Place int  // the request that it strikes
	Stays bool // it strikes all after it, too
}

// FaultNames are the faults with what each does.
var FaultNames = map[string]string{
	"garbage":    "random bytes in front of the answer",
	"stale":      "half an old answer in front of the answer",
	"packet-crc": "a wrong checksum in the packet",
	"header-crc": "a wrong checksum in a page header",
	"record-crc": "a wrong checksum in a record",
	"nak":        "not acknowledged",
	"error":      "receiver error",
	"silence":    "no answer",
	"half":       "half an answer and no more",
	"unplug":     "the line is cut in the middle of the answer",
	"vanish":     "the first page of the partition is dropped before it is read",
	"grow":       "the last page of readings grew since it was read",
	"empty":      "the page range is that of an empty partition",
	"delay":      "the answer comes a second late",
	"pause":      "the answer pauses for a second in its middle",
	"modem":      "an echo of modem commands in front of the answer",
	"crc-length": "a wrong length in the packet",
	"busy":       "invalid mode: the receiver is busy with itself",
	"invalid":    "the command is not known",
	"single":     "more than one page at a time is refused",
	"wrong-page": "another page than was asked for",
	"erased":     "the readings of a Pro reader are cleared",
	"late":       "the answer comes after three seconds, in front of the next one",
}

// ParseFault reads NAME@PLACE, or NAME@PLACE+ for a fault that stays.
func ParseFault(s string) (Fault, error) {
	name, place, ok := strings.Cut(s, "@")
	f := Fault{Name: name, Stays: strings.HasSuffix(place, "+")}
	n, err := strconv.Atoi(strings.TrimSuffix(place, "+"))
	if _, known := FaultNames[name]; !known || !ok || err != nil || n < 1 {
		return f, fmt.Errorf("“%s” is no fault: NAME@REQUEST, as nak@3, or silence@5+ to stay", s)
	}
	f.Place = n
	return f, nil
}

// Server answers on a line.
type Server struct {
	Model  *Model
	Faults []Fault
	Pieces bool                             // answers arrive in pieces of random size
	Delay  func(wire.Command) time.Duration // nil: at once
	Refuse Refusal                          // how several pages at a time are refused; empty: they are given
	Flip   *Flip                            // a byte that is damaged; nil for none
	// Heard is told of every request; nil for nobody.
	Heard func(c wire.Command, payload []byte)

	mu       sync.Mutex
	requests int
	several  int    // requests for several pages
	refused  []byte // writing commands that were sent
	old      []byte // the last answer
	pauses   bool   // the next answer pauses in its middle
	late     []byte // an answer that was held back
	random   *rand.Rand
}

// Requests is how many requests came.
func (s *Server) Requests() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.requests
}

// Refused are the commands that were refused because they write.
func (s *Server) Refused() []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]byte(nil), s.refused...)
}

// outgoing is an answer on its way.
type outgoing struct {
	packet []byte
	pauses bool // for a second in its middle
}

// Refusal is a way in which a receiver does not give several pages at a time.
type Refusal string

// The ways beside a refusal with the number of the wrong parameter (Model.Single).
const (
	RefuseNAK     Refusal = "nak"
	RefuseSilence Refusal = "silence"
	RefuseShort   Refusal = "short"
	RefuseBare    Refusal = "bare"
)

// Flip is a byte of each page of a partition that is damaged: in the receiver's
// memory, or on the wire.
type Flip struct {
	Partition wire.Partition
	At        int
	OnTheWire bool
}

// Several is how many requests came for several pages at a time.
func (s *Server) Several() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.several
}

// errUnplug ends a line.
var errUnplug = errors.New("unplugged")

// Serve answers until the line ends. A line that is cut by a fault is closed.
// Answers are written beside the reading of requests, as a real line has room
// for some of them.
func (s *Server) Serve(line io.ReadWriteCloser) error {
	s.random = rand.New(rand.NewPCG(11, 7))
	answers := make(chan outgoing, 64)
	written := make(chan error, 1)
	go func() {
		var err error
		for out := range answers {
			if err == nil {
				err = s.write(line, out)
			}
		}
		written <- err
	}()
	err := s.serve(line, answers)
	close(answers)
	if errors.Is(err, errUnplug) {
		err = <-written
		_ = line.Close()
	} else {
		_ = line.Close() // lets a write that nobody reads end
		<-written
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrClosedPipe) || errors.Is(err, errUnplug) {
		return nil
	}
	return err
}

func (s *Server) serve(line io.Reader, answers chan<- outgoing) error {
	var pending []byte
	buf := make([]byte, 256)
	for {
		n, err := line.Read(buf)
		pending = append(pending, buf[:n]...)
		for {
			code, payload, rest, ok := nextRequest(pending)
			pending = rest
			if !ok {
				break
			}
			if payload == nil {
				answers <- outgoing{packet: wire.Packet(wire.NAK, nil)}
				continue
			}
			out, err := s.answer(wire.Command(code), payload)
			if len(out) > 0 {
				answers <- outgoing{out, s.pauses}
			}
			if err != nil {
				return err
			}
		}
		if err != nil {
			return err
		}
	}
}

// nextRequest finds the next request: a packet whose code is a command. The
// payload is nil where its checksum is wrong.
func nextRequest(b []byte) (code byte, payload, rest []byte, ok bool) {
	for len(b) > 0 {
		if b[0] != 1 {
			b = b[1:]
			continue
		}
		if len(b) < 6 {
			return 0, nil, b, false
		}
		n := int(le.Uint16(b[1:]))
		if n < 6 || n > 64 {
			b = b[1:]
			continue
		}
		if len(b) < n {
			return 0, nil, b, false
		}
		if !wire.Checked(b[:n]) {
			return b[3], nil, b[n:], true
		}
		return b[3], b[4 : n-2 : n-2], b[n:], true
	}
	return 0, nil, nil, false
}

// writing are the commands that change a receiver.
var writing = map[wire.Command]bool{
	26: true, 28: true, 30: true, 32: true, 36: true, 38: true, 40: true, 42: true, 45: true, 46: true,
	47: true, 60: true,
}

// answer is what goes out for a request, misbehaving as told.
func (s *Server) answer(c wire.Command, payload []byte) ([]byte, error) {
	s.mu.Lock()
	s.requests++
	n := s.requests
	if writing[c] {
		s.refused = append(s.refused, byte(c))
	}
	several := c == wire.Pages && len(payload) == 6 && payload[5] > 1
	if several {
		s.several++
	}
	s.mu.Unlock()
	if s.Heard != nil {
		s.Heard(c, payload)
	}
	if several && s.Refuse != "" {
		return s.refuse(c, payload), nil
	}
	strikes := map[string]bool{}
	for _, f := range s.Faults {
		if n == f.Place || f.Stays && n > f.Place {
			strikes[f.Name] = true
		}
	}
	if s.Delay != nil {
		time.Sleep(s.Delay(c))
	}
	if strikes["delay"] {
		time.Sleep(time.Second)
	}
	s.change(c, payload, strikes)
	out := s.reply(c, payload, strikes)
	switch {
	case strikes["silence"]:
		return nil, nil
	case strikes["late"]:
		s.late = out
		return nil, nil
	case strikes["half"]:
		out = out[:len(out)/2]
	case strikes["unplug"]:
		return out[:len(out)/2], errUnplug
	case strikes["modem"]:
		out = append([]byte("AT\r\r\nATE0\r"), out...)
	case strikes["crc-length"]:
		out = append([]byte(nil), out...)
		out[1] ^= 0x10
	case strikes["garbage"]:
		junk := make([]byte, 1+s.random.IntN(40))
		for i := range junk {
			junk[i] = byte(s.random.IntN(256))
		}
		out = append(junk, out...)
	case strikes["stale"]:
		out = append(append([]byte(nil), s.old[len(s.old)/2:]...), out...)
	}
	s.pauses = strikes["pause"]
	out = append(s.late, out...)
	s.late, s.old = nil, out
	return out, nil
}

// refuse answers a request for several pages.
func (s *Server) refuse(c wire.Command, payload []byte) []byte {
	switch s.Refuse {
	case RefuseNAK:
		return wire.Packet(wire.NAK, nil)
	case RefuseBare:
		return wire.Packet(wire.InvalidParameter, nil)
	case RefuseShort:
		_, answer := s.content(c, payload)
		return wire.Packet(wire.ACK, answer[:wire.PageBytes])
	}
	return nil
}

// change moves the memory on between two requests.
func (s *Server) change(c wire.Command, payload []byte, strikes map[string]bool) {
	if s.Model.busy != nil {
		s.Model.busy.asked(s.Model, c)
	}
	if strikes["erased"] {
		s.Model.Pages[wire.ProReadings], s.Model.Pages[wire.ProCompanion] = nil, nil
	}
	if len(payload) == 0 {
		return
	}
	p := wire.Partition(payload[0])
	if pages := s.Model.Pages[p]; strikes["vanish"] && c == wire.Pages && len(pages) > 1 {
		s.Model.Pages[p] = pages[1:]
	}
	if strikes["grow"] && s.Model.grown != nil {
		s.Model.Pages[wire.EGVData] = s.Model.grown
	}
}

func (s *Server) reply(c wire.Command, payload []byte, strikes map[string]bool) []byte {
	status, answer := s.content(c, payload)
	switch {
	case strikes["nak"]:
		status, answer = wire.NAK, nil
	case strikes["error"]:
		status, answer = wire.ReceiverError, nil
	case strikes["busy"]:
		status, answer = wire.InvalidMode, nil
	case strikes["invalid"]:
		status, answer = wire.InvalidCommand, nil
	case strikes["single"] && c == wire.Pages && payload[5] > 1:
		status, answer = wire.InvalidParameter, []byte{2}
	case strikes["wrong-page"] && c == wire.Pages && status == wire.ACK:
		answer = renumbered(answer)
	case strikes["empty"] && c == wire.PageRange:
		answer = []byte{255, 255, 255, 255, 255, 255, 255, 255}
	case strikes["header-crc"] && c == wire.Pages && len(answer) > 0:
		answer = append([]byte(nil), answer...)
		answer[26] ^= 0x55
	case strikes["record-crc"] && c == wire.Pages && len(answer) > 0:
		answer = append([]byte(nil), answer...)
		answer[wire.HeaderBytes+9] ^= 0x55
	}
	flips := s.Flip != nil && c == wire.Pages && status == wire.ACK && wire.Partition(payload[0]) == s.Flip.Partition
	if flips && !s.Flip.OnTheWire {
		answer = append([]byte(nil), answer...)
		answer[s.Flip.At] ^= 0x55
	}
	out := wire.Packet(status, answer)
	if flips && s.Flip.OnTheWire {
		out[4+s.Flip.At] ^= 0x55
	}
	if strikes["packet-crc"] {
		out[len(out)-1] ^= 0x55
	}
	return out
}

// renumbered is pages under numbers that nobody asked for.
func renumbered(answer []byte) []byte {
	out := append([]byte(nil), answer...)
	for p := out; len(p) >= wire.PageBytes; p = p[wire.PageBytes:] {
		le.PutUint32(p[10:], le.Uint32(p[10:])+7)
		le.PutUint16(p[26:], wire.CRC(p[:26]))
	}
	return out
}

// content is what a sound receiver answers.
func (s *Server) content(c wire.Command, payload []byte) (status byte, answer []byte) {
	switch {
	case c == wire.PageRange && len(payload) == 1:
		return s.pageRange(wire.Partition(payload[0]))
	case c == wire.Pages && len(payload) == 6:
		return s.pages(wire.Partition(payload[0]), le.Uint32(payload[1:]), int(payload[5]))
	case c == pageHeader && len(payload) == 5:
		status, answer = s.pages(wire.Partition(payload[0]), le.Uint32(payload[1:]), 1)
		return status, answer[:min(len(answer), wire.HeaderBytes)]
	case c == wire.SystemTime:
		return wire.ACK, le.AppendUint32(nil, s.Model.clock.read())
	case c == rtc:
		return wire.ACK, le.AppendUint32(nil, s.Model.clock.read()-s.Model.systemOffset())
	}
	if a, known := s.Model.Answers[c]; known && len(payload) == 0 {
		return wire.ACK, a
	}
	return wire.InvalidCommand, nil
}

// systemOffset is how far the system time is ahead of the RTC, in seconds.
func (m *Model) systemOffset() uint32 {
	if a := m.Answers[systemTimeOffset]; len(a) == 4 {
		return le.Uint32(a)
	}
	return 0
}

func (s *Server) pageRange(p wire.Partition) (status byte, answer []byte) {
	pages, defined := s.Model.Pages[p]
	if !defined {
		return wire.InvalidParameter, []byte{wire.NoPartition}
	}
	first, last := uint32(wire.Empty), uint32(wire.Empty)
	if len(pages) > 0 {
		first, last = pages[0].Number, pages[len(pages)-1].Number
	}
	return wire.ACK, le.AppendUint32(le.AppendUint32(nil, first), last)
}

func (s *Server) pages(p wire.Partition, first uint32, n int) (status byte, answer []byte) {
	pages, defined := s.Model.Pages[p]
	switch {
	case !defined:
		return wire.InvalidParameter, []byte{wire.NoPartition}
	case n < 1 || n > s.atOnce():
		return wire.InvalidParameter, []byte{2}
	case len(pages) == 0 || first < pages[0].Number || int(first-pages[0].Number)+n > len(pages):
		return wire.InvalidParameter, []byte{wire.NoPage}
	}
	for _, page := range pages[first-pages[0].Number:][:n] {
		answer = append(answer, page.Bytes...)
	}
	return wire.ACK, answer
}

// atOnce is how many pages it gives in one answer.
func (s *Server) atOnce() int {
	if s.Model.Single {
		return 1
	}
	return wire.PagesAtOnce
}

// write sends an answer, whole or in pieces.
func (s *Server) write(line io.Writer, o outgoing) error {
	out, pauses := o.packet, o.pauses
	for len(out) > 0 {
		n := len(out)
		switch {
		case s.Pieces:
			n = 1 + s.random.IntN(min(n, 90))
		case pauses && n > 1:
			n = n / 2
		}
		if _, err := line.Write(out[:n]); err != nil {
			return err
		}
		out = out[n:]
		if pauses {
			time.Sleep(time.Second)
			pauses = false
		}
	}
	return nil
}

// CapturedDelay is how long a real receiver took to answer, as the captured
// conversation has it.
func CapturedDelay(c wire.Command) time.Duration {
	switch c {
	case wire.FirmwareHeader:
		return 33 * time.Millisecond
	case wire.PartitionInfo:
		return 219 * time.Millisecond
	case wire.Pages:
		return 46 * time.Millisecond
	}
	return 16 * time.Millisecond
}
