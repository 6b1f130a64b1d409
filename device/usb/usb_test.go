//go:build cgo

package usb

import (
	"errors"
	"fmt"
	"testing"

	"github.com/google/gousb"

	"tracedesk/device"
)

// TestLibusbsErrorsSayWhatCanBeDone, also those that gousb words without wrapping.
func TestLibusbsErrorsSayWhatCanBeDone(t *testing.T) {
	for _, c := range []struct {
		err, want error
	}{
		{gousb.ErrorAccess, device.ErrNoPermission}, {gousb.ErrorBusy, device.ErrBusy}, {gousb.ErrorNoDevice, device.ErrNoReceiver}, {gousb.ErrorNotFound, device.ErrNoReceiver},
		{fmt.Errorf("claiming: %w", gousb.ErrorBusy), device.ErrBusy}, {fmt.Errorf("claiming: %v", gousb.ErrorBusy), device.ErrBusy}, {fmt.Errorf("opening: %v", gousb.ErrorAccess), device.ErrNoPermission},
	} {
		if got := explain(c.err); !errors.Is(got, c.want) {
			t.Errorf("%v: %v, not %v", c.err, got, c.want)
		}
	}
	other := explain(gousb.ErrorOverflow)
	for _, never := range []error{device.ErrNoPermission, device.ErrBusy, device.ErrNoReceiver} {
		if errors.Is(other, never) {
			t.Errorf("an overflow is called %v", never)
		}
	}
	if !errors.Is(other, gousb.ErrorOverflow) {
		t.Error("what libusb said is lost")
	}
}

// TestAReceiverIsToldByItsIds: 22a3:0047, and neither a G7 nor another maker's.
func TestAReceiverIsToldByItsIds(t *testing.T) {
	for ids, want := range map[[2]gousb.ID]bool{{0x22A3, 0x0047}: true, {0x22A3, 0x0048}: false, {0x0047, 0x22A3}: false, {0x22A4, 0x0047}: false} {
		if got := isReceiver(&gousb.DeviceDesc{Vendor: ids[0], Product: ids[1]}); got != want {
			t.Errorf("%s:%s: %v", ids[0], ids[1], got)
		}
	}
}

// TestWithoutAReceiverOpeningSaysSo is what every machine can look at that has none.
func TestWithoutAReceiverOpeningSaysSo(t *testing.T) {
	if found, err := Present(); err != nil && !errors.Is(err, device.ErrNoReceiver) || found {
		t.Skipf("there is a receiver here, or USB that cannot be read: %v, %v", found, err)
	}
	line, err := Open()
	if line != nil || !errors.Is(err, device.ErrNoReceiver) {
		t.Errorf("%v", err)
	}
}
