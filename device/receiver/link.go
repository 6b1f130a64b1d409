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
	ErrSilent    = errors.New("the receiver does not answer")
	ErrUnplugged = errors.New("the receiver was unplugged")
	ErrGarbled   = errors.New("the receiver's answers arrive damaged")
	ErrUnfitting = errors.New("the receiver answered something else than it was asked")
	// ErrRefused is a receiver that does not do what it was asked.
	ErrRefused = errors.New("the receiver refuses")
	// ErrBusyWithItself is one that is being set up, or has a charging fault.
	ErrBusyWithItself = errors.New("the receiver is busy with itself")
	errNotReadOnly    = errors.New("only reading commands are sent to a receiver")
)

// StatusError is a receiver that refuses a request.
type StatusError byte

func (s StatusError) Error() string {
	names := map[StatusError]string{
		2: "not acknowledged", 3: "invalid command", 4: "invalid parameter", 5: "incomplete packet", 6: "receiver error",
		7: "invalid mode",
	}
	if n := names[s]; n != "" {
		return fmt.Sprintf("the receiver answered “%s” (status %d)", n, byte(s))
	}
	return fmt.Sprintf("the receiver answered status %d", byte(s))
}

// final says whether asking again cannot help.
func (s StatusError) final() bool { return s == wire.InvalidParameter }

// Is says which of this package's errors a refusal is one of.
func (s StatusError) Is(target error) bool {
	return target == ErrRefused || target == ErrBusyWithItself && s == wire.InvalidMode || target == s
}

// lacks says whether the receiver does not have what it was asked for, in
// contrast to one that did not understand or was busy.
func lacks(err error) bool {
	var status StatusError
	return errors.As(err, &status) && (status == wire.InvalidCommand || status == wire.InvalidParameter)
}

const (
	tries        = 3
	answerWithin = 2 * time.Second         // until an answer begins
	wholeWithin  = 20 * time.Second        // until it is whole, while pieces of it come
	pieceWithin  = 150 * time.Millisecond  // a longer pause is a reason to look for the answer behind a stray start
	stalledAfter = 1300 * time.Millisecond // and after so long a pause more, the rest will not come
	lateWithin   = 4 * time.Second         // no answer comes later than that
	quietFor     = 60 * time.Millisecond   // an idle line is quiet at least so long
	drainWithin  = 300 * time.Millisecond
	afterRefusal = 100 * time.Millisecond // a receiver that is busy with itself gets so long
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
	return l.askTimes(ctx, tries, c, payload, fits)
}

// askTimes is ask with another number of tries: once for what can be done
// without.
func (l *link) askTimes(
	ctx context.Context, times int, c wire.Command, payload []byte, fits func([]byte) bool,
) ([]byte, error) {
	var err error
	for try := range times {
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
		default:
			l.pause(ctx)
		}
	}
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	return nil, err
}

func (l *link) pause(ctx context.Context) {
	select {
	case <-ctx.Done():
	case <-time.After(afterRefusal):
	}
}

func (l *link) once(ctx context.Context, c wire.Command, payload []byte, fits func([]byte) bool) ([]byte, error) {
	l.pending = nil // what lies there now is no answer to what comes
	if err := l.send(c, payload); err != nil {
		return nil, err
	}
	stop := context.AfterFunc(ctx, func() { _ = l.port.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	w := waiting{asked: time.Now()}
	for {
		code, answer, rest, ok := wire.Next(l.pending, wire.MostAnswer(c), w.hurry)
		if ok || !w.hurry { // what a hurry passed over may still become whole
			l.pending = rest
		}
		switch {
		case ok && code != wire.ACK:
			return nil, StatusError(code)
		case ok && fits(answer):
			return bytes.Clone(answer), nil
		case ok: // a stale answer
			w.unfitting, w.hurry = true, false
			continue
		}
		n, err := l.receive(w.until(time.Now(), len(l.pending) > 0))
		if err = w.received(n, err, len(l.pending) > 0 && ctx.Err() == nil); err != nil {
			return nil, err
		}
	}
}

// waiting is the state of the wait for one answer.
type waiting struct {
	asked     time.Time
	hurry     bool // pieces paused: the answer may stand behind a stray start
	unfitting bool // a whole answer came, to another question
	garbled   bool // bytes came
}

// until is how long to wait for the next bytes; begun says that some of what may
// become the answer are there.
func (w *waiting) until(now time.Time, begun bool) time.Time {
	switch {
	case !begun && w.unfitting:
		return latest(w.asked.Add(answerWithin), now.Add(stalledAfter))
	case !begun:
		return w.asked.Add(answerWithin)
	case w.hurry:
		return earliest(now.Add(stalledAfter), w.asked.Add(wholeWithin))
	}
	return earliest(now.Add(pieceWithin), w.asked.Add(wholeWithin))
}

// received notes that n bytes came, or says why the wait is over.
func (w *waiting) received(n int, err error, begun bool) error {
	switch {
	case n > 0:
		w.hurry, w.garbled = false, true
	case errors.Is(err, os.ErrDeadlineExceeded) && begun && !w.hurry && time.Since(w.asked) < wholeWithin:
		w.hurry = true
	case errors.Is(err, os.ErrDeadlineExceeded):
		return lineError(w.unfitting, w.garbled)
	default:
		return fmt.Errorf("%w: %w", ErrUnplugged, err)
	}
	return nil
}

func earliest(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

func latest(a, b time.Time) time.Time {
	if a.Before(b) {
		return b
	}
	return a
}

// lineError says why no answer came: another one, a damaged one, or none.
func lineError(unfitting, garbled bool) error {
	switch {
	case unfitting:
		return ErrUnfitting
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
