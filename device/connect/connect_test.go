package connect

import (
	"context"
	"errors"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"tracedesk/device"
)

// failing is a way that gives the error.
func failing(name string, err error) way {
	return way{name, func() (*device.Line, error) { return nil, err }}
}

// TestTheWaysSuitTheSystem: on Linux libusb takes the kernel's driver off; elsewhere
// the driver holds the receiver. A named port is the only way to it.
func TestTheWaysSuitTheSystem(t *testing.T) {
	first := "the serial port"
	if runtime.GOOS == "linux" {
		first = "USB"
	}
	for how, want := range map[string][]string{Auto: {first, map[bool]string{true: "the serial port", false: "USB"}[first == "USB"]}, USB: {"USB"}, "/dev/ttyACM0": {"/dev/ttyACM0"}} {
		var got []string
		for _, w := range ways(how) {
			got = append(got, w.name)
		}
		if strings.Join(got, "|") != strings.Join(want, "|") {
			t.Errorf("%s: %q, not %q", how, got, want)
		}
	}
}

// TestTheErrorThatSaysMostIsGiven: that none is plugged in says less than any other;
// otherwise the first way's error counts.
func TestTheErrorThatSaysMostIsGiven(t *testing.T) {
	none, busy, denied := device.ErrNoReceiver, device.ErrBusy, device.ErrNoPermission
	for _, c := range []struct {
		a, b, want error
	}{{none, none, none}, {none, busy, busy}, {busy, none, busy}, {denied, busy, denied}, {busy, denied, busy}} {
		line, err := once([]way{failing("USB", c.a), failing("the serial port", c.b)})
		if line != nil || !errors.Is(err, c.want) || !strings.HasPrefix(err.Error(), "through ") {
			t.Errorf("%v and %v: %v", c.a, c.b, err)
		}
	}
	open := &device.Line{}
	for _, all := range [][]way{
		{{"USB", func() (*device.Line, error) { return open, nil }}},
		{failing("USB", busy), {"the serial port", func() (*device.Line, error) { return open, nil }}},
	} {
		if line, err := once(all); err != nil || line != open {
			t.Errorf("%v", err)
		}
	}
}

// TestAPortThatIsNotThereIsWaitedForAndSaidOnce until patience is over.
func TestAPortThatIsNotThereIsWaitedForAndSaidOnce(t *testing.T) {
	port := filepath.Join(t.TempDir(), "nothing")
	var said []string
	begun := time.Now()
	_, err := Open(context.Background(), port, 2*between, func(s string) { said = append(said, s) })
	if !errors.Is(err, device.ErrNoPort) || len(said) != 1 || time.Since(begun) < 2*between {
		t.Errorf("%v after %v, said %q", err, time.Since(begun), said)
	}
	said = nil
	if _, err := Open(context.Background(), port, -time.Second, func(s string) { said = append(said, s) }); !errors.Is(err, device.ErrNoPort) || said != nil {
		t.Errorf("without patience: %v, said %q", err, said)
	}
	ctx, stop := context.WithCancel(context.Background())
	if _, err := Open(ctx, port, time.Hour, func(string) { stop() }); !errors.Is(err, context.Canceled) {
		t.Errorf("canceled: %v", err)
	}
}
