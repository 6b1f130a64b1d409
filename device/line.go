package device

import (
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"sync"
	"time"
)

// Line gives a raw port deadlines: reads end at them whatever the port's own
// way to wait is, and no byte that arrives meanwhile is lost.
type Line struct {
	raw   io.ReadWriteCloser
	out   net.Conn // what arrived, to be read
	ended chan struct{}

	mu       sync.Mutex
	deadline time.Time
}

// NewLine takes over the raw port, whose Close must end a Read that waits.
func NewLine(raw io.ReadWriteCloser) *Line {
	out, in := net.Pipe()
	l := &Line{raw: raw, out: out, ended: make(chan struct{})}
	go func() {
		defer close(l.ended)
		_, _ = io.Copy(struct{ io.Writer }{in}, struct{ io.Reader }{raw})
		_ = in.Close() // the reader finds the end: the port is gone
	}()
	return l
}

func (l *Line) Read(b []byte) (int, error) { return l.out.Read(b) }

// Write sends b, or gives os.ErrDeadlineExceeded: then the port has stopped
// taking bytes, and only Close frees it.
func (l *Line) Write(b []byte) (int, error) {
	l.mu.Lock()
	wait := time.Until(l.deadline)
	l.mu.Unlock()
	type result struct {
		n   int
		err error
	}
	done := make(chan result, 1)
	b = append([]byte(nil), b...)
	go func() {
		n, err := l.raw.Write(b)
		done <- result{n, err}
	}()
	select {
	case r := <-done:
		return r.n, r.err
	case <-time.After(wait):
		return 0, os.ErrDeadlineExceeded
	}
}

// SetDeadline ends reads and writes at t.
func (l *Line) SetDeadline(t time.Time) error {
	l.mu.Lock()
	l.deadline = t
	l.mu.Unlock()
	return l.out.SetReadDeadline(t)
}

// closeWithin is how long Close waits for a port that does not let go.
const closeWithin = 2 * time.Second

// Close gives the port back. A driver that hangs is left behind: nobody waits
// for it longer than two seconds.
func (l *Line) Close() error {
	err := l.out.Close()
	closed := make(chan error, 1)
	go func() {
		err := l.raw.Close()
		<-l.ended
		closed <- err
	}()
	select {
	case rawErr := <-closed:
		return errors.Join(err, rawErr)
	case <-time.After(closeWithin):
		return errors.Join(err, ErrHangs)
	}
}

// What keeps a receiver from being opened.
var (
	ErrNoReceiver   = errors.New("no receiver is plugged in")
	ErrNoPort       = errors.New("there is no such port on this computer")
	ErrNoPermission = errors.New("this account may not open the receiver")
	ErrBusy         = errors.New("another program has the receiver open")
	ErrSettings     = errors.New("the port refuses a receiver's settings")
	ErrOtherModel   = errors.New("this Dexcom receiver speaks another protocol and is not supported")
	ErrHangs        = errors.New("the system does not give the port back")
)

// SeveralError is more than one receiver that is plugged in: which one is meant
// is for a person to say.
type SeveralError struct {
	Ports []string // their names for the system
}

func (e *SeveralError) Error() string {
	return "several receivers are plugged in: " + strings.Join(e.Ports, ", ")
}

// Ids on the USB of the receivers that are read, and of one that is not.
const (
	VendorID    = 0x22A3
	ProductID   = 0x0047 // G4, G5 and G6
	ProductIDG7 = 0x0048
)
