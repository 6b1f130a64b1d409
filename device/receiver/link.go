package receiver

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"time"
)

// Port is a line to a receiver. Reads and writes that the deadline ends give
// os.ErrDeadlineExceeded.
type Port interface {
	io.ReadWriteCloser
	SetDeadline(time.Time) error
}

// command is a reading command; the ones that write are not listed and cannot
// be sent.
type command byte

const (
	cmdPing                command = 10
	cmdFirmwareHeader      command = 11
	cmdPartitionInfo       command = 15
	cmdPageRange           command = 16
	cmdPages               command = 17
	cmdTransmitterID       command = 25
	cmdDisplayOffset       command = 29
	cmdBatteryLevel        command = 33
	cmdSystemTime          command = 34
	cmdBlindedMode         command = 39
	statusACK                      = 1
	statusInvalidCommand           = 3
	statusInvalidParameter         = 4
	mostStatus                     = 7
)

// readOnly is what may ever be sent; send refuses all else.
var readOnly = map[command]bool{
	cmdPing: true, cmdFirmwareHeader: true, cmdPartitionInfo: true, cmdPageRange: true, cmdPages: true, cmdTransmitterID: true,
	cmdDisplayOffset: true, cmdBatteryLevel: true, cmdSystemTime: true, cmdBlindedMode: true,
}

// What can go wrong on the line.
var (
	ErrSilent       = errors.New("the receiver does not answer")
	ErrUnplugged    = errors.New("the receiver was unplugged")
	ErrGarbled      = errors.New("the receiver's answers arrive damaged")
	errNotReadOnly  = errors.New("only reading commands are sent to a receiver")
	errUnfittingAck = errors.New("the receiver answered something else than it was asked")
)

// StatusError is a receiver that refuses a request.
type StatusError byte

func (s StatusError) Error() string {
	names := map[StatusError]string{2: "not acknowledged", 3: "invalid command", 4: "invalid parameter", 5: "incomplete packet", 6: "receiver error", 7: "invalid mode"}
	if n := names[s]; n != "" {
		return fmt.Sprintf("the receiver answered “%s” (status %d)", n, byte(s))
	}
	return fmt.Sprintf("the receiver answered status %d", byte(s))
}

// final says whether asking again cannot help.
func (s StatusError) final() bool { return s == statusInvalidCommand || s == statusInvalidParameter }

const (
	packetStart  = 1
	leastPacket  = 6
	mostPacket   = leastPacket + 4*pageBytes
	tries        = 3
	answerWithin = 2 * time.Second
	pieceWithin  = 150 * time.Millisecond // between the pieces of one answer
	quietFor     = 60 * time.Millisecond  // an idle line is quiet at least so long
	drainWithin  = 500 * time.Millisecond
)

// crc16 is the receiver's checksum: polynomial 0x1021, from 0, not reflected (XMODEM).
func crc16(b []byte) uint16 {
	crc := uint16(0)
	for _, c := range b {
		crc = crc<<8 ^ crcTable[byte(crc>>8)^c]
	}
	return crc
}

var crcTable = func() (table [256]uint16) {
	for i := range table {
		crc := uint16(i) << 8
		for range 8 {
			if crc&0x8000 != 0 {
				crc = crc<<1 ^ 0x1021
			} else {
				crc <<= 1
			}
		}
		table[i] = crc
	}
	return table
}()

// checked says whether b ends in the CRC of what is before it.
func checked(b []byte) bool {
	n := len(b) - 2
	return n > 0 && crc16(b[:n]) == binary.LittleEndian.Uint16(b[n:])
}

// packet frames a command or an answer.
func packet(code byte, payload []byte) []byte {
	b := make([]byte, 0, leastPacket+len(payload))
	b = append(b, packetStart)
	b = binary.LittleEndian.AppendUint16(b, uint16(leastPacket+len(payload)))
	b = append(b, code)
	b = append(b, payload...)
	return binary.LittleEndian.AppendUint16(b, crc16(b))
}

// nextPacket finds the first whole packet in b: one that begins with a start
// byte, has a length and a code that can be, and a CRC that is right. rest is
// what lies behind it; without a packet, what may still become one. While bytes
// may still come, a packet that is not whole is waited for (hurry false); in a
// hurry, its start byte is taken for a stray one.
func nextPacket(b []byte, hurry bool) (code byte, payload, rest []byte, ok bool) {
	for {
		at := bytes.IndexByte(b, packetStart)
		if at < 0 {
			return 0, nil, nil, false
		}
		b = b[at:]
		if len(b) < leastPacket {
			return 0, nil, b, false
		}
		n := int(binary.LittleEndian.Uint16(b[1:]))
		switch {
		case n < leastPacket || n > mostPacket || b[3] != statusACK && (n != leastPacket || b[3] > mostStatus):
			b = b[1:]
		case len(b) < n && !hurry:
			return 0, nil, b, false
		case len(b) >= n && checked(b[:n]):
			return b[3], b[4 : n-2], b[n:], true
		default:
			b = b[1:]
		}
	}
}

// link asks and gets answers.
type link struct {
	port    Port
	pending []byte // bytes that arrived and are no packet yet
	asked   int    // requests sent, for tests and the capture
}

// ask sends a command and gives the payload of its answer that fits; it asks
// again, three times in all, after draining what is pending.
func (l *link) ask(ctx context.Context, c command, payload []byte, fits func([]byte) bool) ([]byte, error) {
	var err error
	for try := range tries {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if try > 0 {
			l.drain()
		}
		var answer []byte
		if answer, err = l.once(ctx, c, payload, fits); err == nil {
			return answer, nil
		}
		var status StatusError
		if errors.Is(err, ErrUnplugged) || errors.Is(err, errNotReadOnly) || errors.As(err, &status) && status.final() {
			return nil, err
		}
	}
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	return nil, err
}

func (l *link) once(ctx context.Context, c command, payload []byte, fits func([]byte) bool) ([]byte, error) {
	if err := l.send(c, payload); err != nil {
		return nil, err
	}
	deadline := time.Now().Add(answerWithin)
	stop := context.AfterFunc(ctx, func() { _ = l.port.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	unfitting, hurry := false, false
	for {
		code, answer, rest, ok := nextPacket(l.pending, hurry)
		if ok || !hurry { // what a hurry passed over may still become whole
			l.pending = rest
		}
		switch {
		case ok && code != statusACK:
			return nil, StatusError(code)
		case ok && fits(answer):
			return bytes.Clone(answer), nil
		case ok:
			unfitting = true // a stale answer
			continue
		}
		wait := deadline
		if soon := time.Now().Add(pieceWithin); len(l.pending) > 0 && !hurry && soon.Before(deadline) {
			wait = soon
		}
		switch n, err := l.receive(wait); {
		case n > 0:
			hurry = false
		case errors.Is(err, os.ErrDeadlineExceeded) && time.Now().Before(deadline) && ctx.Err() == nil:
			hurry = true
		case errors.Is(err, os.ErrDeadlineExceeded):
			return nil, lineError(unfitting, len(l.pending) > 0)
		default:
			return nil, fmt.Errorf("%w: %w", ErrUnplugged, err)
		}
	}
}

// lineError says why no answer came: another one, a damaged one, or none.
func lineError(unfitting, garbled bool) error {
	switch {
	case unfitting:
		return errUnfittingAck
	case garbled:
		return ErrGarbled
	}
	return ErrSilent
}

// send is the only way to the receiver.
func (l *link) send(c command, payload []byte) error {
	if !readOnly[c] {
		return errNotReadOnly
	}
	l.asked++
	_ = l.port.SetDeadline(time.Now().Add(answerWithin))
	if _, err := l.port.Write(packet(byte(c), payload)); err != nil {
		if errors.Is(err, os.ErrDeadlineExceeded) {
			return ErrSilent
		}
		return fmt.Errorf("%w: %w", ErrUnplugged, err)
	}
	return nil
}

// receive waits for more bytes, to the deadline at most.
func (l *link) receive(deadline time.Time) (int, error) {
	if !time.Now().Before(deadline) {
		return 0, os.ErrDeadlineExceeded
	}
	_ = l.port.SetDeadline(deadline)
	var b [mostPacket]byte
	n, err := l.port.Read(b[:])
	l.pending = append(l.pending, b[:n]...)
	if n > 0 {
		return n, nil
	}
	if err == nil {
		err = io.ErrNoProgress
	}
	return 0, err
}

// drain throws away what is pending and what still arrives, until the line is
// quiet: the end of an answer that was given up, or what an aborted earlier
// session left.
func (l *link) drain() {
	end := time.Now().Add(drainWithin)
	for time.Now().Before(end) {
		if _, err := l.receive(time.Now().Add(quietFor)); err != nil {
			break
		}
	}
	l.pending = nil
}
