package device_test

import (
	"errors"
	"io"
	"testing"
	"time"

	"tracedesk/device"
)

// stuck is a port whose driver hangs: neither a read nor the closing ends.
type stuck struct{ never chan struct{} }

func (s stuck) Read([]byte) (int, error)    { <-s.never; return 0, io.EOF }
func (s stuck) Write(b []byte) (int, error) { return len(b), nil }
func (s stuck) Close() error                { <-s.never; return nil }

// Nobody waits for a port that does not let go longer than two seconds, and it is
// said.
func TestClosingAPortThatHangsEnds(t *testing.T) {
	never := make(chan struct{})
	defer close(never)
	line := device.NewLine(stuck{never})
	ended := make(chan error, 1)
	go func() { ended <- line.Close() }()
	select {
	case err := <-ended:
		if !errors.Is(err, device.ErrHangs) {
			t.Errorf("%v", err)
		}
	case <-time.After(20 * time.Second):
		t.Fatal("it waits on")
	}
}
