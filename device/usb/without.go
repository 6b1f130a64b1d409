//go:build !cgo

package usb

import (
	"fmt"

	"tracedesk/device"
)

// errWithout says why a program built without a C compiler cannot use libusb.
// It reads receivers through the system's serial driver.
var errWithout = fmt.Errorf("%w that libusb could find: this program was built without it and uses the serial port",
	device.ErrNoReceiver)

// Present says whether a receiver is on the bus.
func Present() (bool, error) { return false, errWithout }

// Open opens the receiver that is plugged in.
func Open() (*device.Line, error) { return nil, errWithout }
