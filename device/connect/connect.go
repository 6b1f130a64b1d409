// Package connect opens the receiver in the way that suits the system it runs
// on, and tries the other way when the first fails.
package connect

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"time"

	"tracedesk/device"
	"tracedesk/device/serial"
	"tracedesk/device/usb"
)

// How a receiver is looked for; anything else is a serial port's name.
const (
	Auto = "auto"
	USB  = "usb"
)

// way is one way to open a receiver.
type way struct {
	name string
	open func() (*device.Line, error)
}

func ways(how string) []way {
	bus := way{"USB", usb.Open}
	port := way{"the serial port", func() (*device.Line, error) { return serial.Open("") }}
	switch {
	case how == USB:
		return []way{bus}
	case how != Auto:
		return []way{{how, func() (*device.Line, error) { return serial.Open(how) }}}
	case runtime.GOOS == "linux":
		return []way{bus, port}
	}
	return []way{port, bus} // the system's driver holds the receiver
}

// Between tries while a port that was just plugged in cannot be opened yet.
const between = 300 * time.Millisecond

// Open opens the receiver. While there is none, or it cannot be opened yet, it
// tries again until patience is over: a port may exist some seconds before it
// can be opened. say is told what is waited for.
func Open(ctx context.Context, how string, patience time.Duration, say func(string)) (*device.Line, error) {
	end := time.Now().Add(patience)
	said := false
	for {
		line, err := once(ways(how))
		if err == nil {
			return line, nil
		}
		var several *device.SeveralError
		if errors.Is(err, device.ErrOtherModel) || errors.As(err, &several) || time.Now().After(end) {
			return nil, err
		}
		if !said {
			say("waiting for the receiver")
			said = true
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(between):
		}
	}
}

// once tries each way; the first error that is not “there is none” counts. Where
// several receivers are plugged in, the names of their ports are offered, since
// a port can be asked for by its name.
func once(all []way) (*device.Line, error) {
	if len(all) > 1 {
		if ports, err := serial.Find(); err == nil && len(ports) > 1 {
			return nil, &device.SeveralError{Ports: ports}
		}
	}
	var failed error
	for _, w := range all {
		line, err := w.open()
		if err == nil {
			return line, nil
		}
		err = fmt.Errorf("through %s: %w", w.name, err)
		if failed == nil || errors.Is(failed, device.ErrNoReceiver) && !errors.Is(err, device.ErrNoReceiver) {
			failed = err
		}
	}
	return nil, failed
}

// Present says whether a receiver is plugged in, without opening it.
func Present() bool {
	if found, err := serial.Find(); err == nil && len(found) > 0 {
		return true
	}
	found, err := usb.Present()
	return err == nil && found
}
