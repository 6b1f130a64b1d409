// Package serial is a port to a receiver through the operating system's serial
// driver: the usual way on Windows and macOS, where that driver holds the
// receiver.
package serial

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"go.bug.st/serial"
	"go.bug.st/serial/enumerator"

	"tracedesk/device"
)

// Find lists the serial ports that are receivers, by the ids that the system
// gives. Under Wine ports have none: name the port by hand.
func Find() ([]string, error) {
	ports, err := enumerator.GetDetailedPortsList()
	if err != nil {
		return nil, fmt.Errorf("listing the serial ports: %w", err)
	}
	var out []string
	other := false
	for _, p := range ports {
		switch {
		case !p.IsUSB || !strings.EqualFold(p.VID, fmt.Sprintf("%04X", device.VendorID)):
		case strings.EqualFold(p.PID, fmt.Sprintf("%04X", device.ProductID)):
			out = append(out, p.Name)
		case strings.EqualFold(p.PID, fmt.Sprintf("%04X", device.ProductIDG7)):
			other = true
		}
	}
	if len(out) == 0 && other {
		return nil, fmt.Errorf("%w: it is a G7 receiver (22a3:0048)", device.ErrOtherModel)
	}
	return out, nil
}

// Open opens the named port, or with an empty name the first receiver's.
func Open(name string) (*device.Line, error) {
	if name == "" {
		found, err := Find()
		if err != nil {
			return nil, err
		}
		switch len(found) {
		case 0:
			return nil, device.ErrNoReceiver
		case 1:
			name = found[0]
		default:
			return nil, &device.SeveralError{Ports: found}
		}
	}
	p, err := serial.Open(name,
		&serial.Mode{BaudRate: 115200, DataBits: 8, Parity: serial.NoParity, StopBits: serial.OneStopBit})
	if err != nil {
		return nil, explain(name, err)
	}
	return device.NewLine(p), nil
}

func explain(name string, err error) error {
	var p *serial.PortError
	if errors.As(err, &p) {
		switch p.Code() {
		case serial.PortNotFound, serial.InvalidSerialPort:
			return fmt.Errorf("%w: %s", device.ErrNoPort, name)
		case serial.InvalidSpeed, serial.InvalidDataBits, serial.InvalidParity, serial.InvalidStopBits,
			serial.InvalidTimeoutValue:
			return fmt.Errorf("%w: %s", device.ErrSettings, name)
		case serial.PermissionDenied:
			return fmt.Errorf("%w: %s", device.ErrNoPermission, name)
		case serial.PortBusy:
			return fmt.Errorf("%w: %s", device.ErrBusy, name)
		}
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("%w: %s", device.ErrNoPort, name)
	case errors.Is(err, os.ErrPermission):
		return fmt.Errorf("%w: %s", device.ErrNoPermission, name)
	}
	return fmt.Errorf("opening %s: %w", name, err)
}
