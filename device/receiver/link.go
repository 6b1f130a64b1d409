package receiver

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"tracedesk/device/receiver/wire"
)

// Port is a line to a receiver. Reads and writes that the deadline ends give
// os.ErrDeadlineExceeded.
type Port interface {
	io.ReadWriteCloser
	SetDeadline(time.Time) error
}

// readOnly is what may ever be sent; send refuses all else.
var readOnly = map[wire.Command]bool{
	wire.FirmwareHeader: true, wire.PartitionInfo: true, wire.PageRange: true, wire.Pages: true, wire.TransmitterID: true,
	wire.DisplayOffset: true, wire.BatteryLevel: true, wire.SystemTime: true, wire.BlindedMode: true,
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
func (s StatusError) final() bool { return s == wire.InvalidCommand || s == wire.InvalidParameter }

const (
	tries        = 3
	answerWithin = 2 * time.Second        // until an answer begins
	wholeWithin  = 3 * time.Second        // until it is whole, while pieces of it come
	pieceWithin  = 150 * time.Millisecond // between the pieces of one answer
	lateWithin   = 4 * time.Second        // no answer comes later than that
	stalledAfter = 500 * time.Millisecond // an answer whose pieces stop so long will not become whole
	quietFor     = 60 * time.Millisecond  // an idle line is quiet at least so long
	drainWithin  = 300 * time.Millisecond
)

// link asks and gets answers.
type link struct {
	port    Port
	pending []byte // bytes that arrived and are no packet yet
	asked   int    // requests sent
	// trouble is until when an answer that was waited for in vain may still
	// come, in front of another one.
	trouble time.Time
}

func (l *link) troubled() bool { return time.Now().Before(l.trouble) }

// ask sends a command and gives the payload of its answer that fits; it asks
// again, three times in all, after draining what is pending.
func (l *link) ask(ctx context.Context, c wire.Command, payload []byte, fits func([]byte) bool) ([]byte, error) {
	var err error
	for try := range tries {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		// A late answer to an earlier question is told by what it holds, where
		// it is pages or XML; elsewhere it has to be waited for.
		if try > 0 || l.troubled() && c != wire.Pages {
			l.drain()
		}
		var answer []byte
		if answer, err = l.once(ctx, c, payload, fits); err == nil {
			return answer, nil
		}
		var status StatusError
		switch {
		case errors.Is(err, ErrUnplugged), errors.Is(err, errNotReadOnly), errors.As(err, &status) && status.final():
			return nil, err
		case status == 0:
			l.trouble = time.Now().Add(lateWithin)
		}
	}
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	return nil, err
}

func (l *link) once(ctx context.Context, c wire.Command, payload []byte, fits func([]byte) bool) ([]byte, error) {
	l.pending = nil // what lies there now is no answer to what comes
	if err := l.send(c, payload); err != nil {
		return nil, err
	}
	asked := time.Now()
	deadline := asked.Add(answerWithin)
	stop := context.AfterFunc(ctx, func() { _ = l.port.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	unfitting, hurry, junk := false, false, false
	for {
		code, answer, rest, ok := wire.Next(l.pending, hurry)
		if ok || !hurry { // what a hurry passed over may still become whole
			l.pending = rest
		}
		switch {
		case ok && code != wire.ACK:
			return nil, StatusError(code)
		case ok && fits(answer):
			return bytes.Clone(answer), nil
		case ok:
			unfitting, junk = true, len(l.pending) > 0 // a stale answer
			continue
		}
		wait, stall := deadline, pieceWithin
		if hurry {
			stall = stalledAfter
		}
		if soon := time.Now().Add(stall); junk && soon.Before(deadline) {
			wait = soon
		}
		switch n, err := l.receive(wait); {
		case n > 0:
			junk, hurry, deadline = true, false, asked.Add(wholeWithin)
		case errors.Is(err, os.ErrDeadlineExceeded) && !hurry && time.Now().Before(deadline) && ctx.Err() == nil:
			hurry = true
		case errors.Is(err, os.ErrDeadlineExceeded):
			return nil, lineError(unfitting, junk)
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
func (l *link) send(c wire.Command, payload []byte) error {
	if !readOnly[c] {
		return errNotReadOnly
	}
	l.asked++
	_ = l.port.SetDeadline(time.Now().Add(answerWithin))
	if _, err := l.port.Write(wire.Packet(byte(c), payload)); err != nil {
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
	var b [wire.MostPacket]byte
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
// read left.
func (l *link) drain() {
	end := time.Now().Add(drainWithin)
	for time.Now().Before(end) {
		if _, err := l.receive(time.Now().Add(quietFor)); err != nil {
			break
		}
	}
	l.pending = nil
}
