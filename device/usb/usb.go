//go:build cgo

// Package usb is a port to a receiver through libusb: it finds the receiver on
// the bus, takes configuration, interfaces and endpoints from its descriptors,
// takes the kernel's serial driver off them, and gives them back when closed.
package usb

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"

	"github.com/google/gousb"

	"tracedesk/device"
)

// Present says whether a receiver is on the bus, without opening it.
func Present() (found bool, err error) {
	err = withContext(func(c *gousb.Context) error {
		_, err := c.OpenDevices(func(d *gousb.DeviceDesc) bool {
			found = found || isReceiver(d)
			return false
		})
		return err
	})
	return found, err
}

func isReceiver(d *gousb.DeviceDesc) bool {
	return d.Vendor == device.VendorID && d.Product == device.ProductID
}

// newContext is libusb's, or why there is none: gousb panics where the system
// has no USB at all.
func newContext() (c *gousb.Context, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%w: USB cannot be used here: %v", device.ErrNoReceiver, r)
		}
	}()
	return gousb.NewContext(), nil
}

func withContext(do func(*gousb.Context) error) error {
	c, err := newContext()
	if err != nil {
		return err
	}
	return errors.Join(do(c), c.Close())
}

// Open opens the receiver that is plugged in. device.ErrNoReceiver,
// ErrNoPermission, ErrBusy or ErrOtherModel say why not.
func Open() (*device.Line, error) {
	c, err := newContext()
	if err != nil {
		return nil, err
	}
	p, err := open(c)
	if err != nil {
		_ = c.Close()
		return nil, err
	}
	return device.NewLine(p), nil
}

func open(c *gousb.Context) (*port, error) {
	other := false
	devices, err := c.OpenDevices(func(d *gousb.DeviceDesc) bool {
		other = other || d.Vendor == device.VendorID && d.Product == device.ProductIDG7
		return isReceiver(d)
	})
	if len(devices) == 0 {
		switch {
		case err != nil:
			return nil, explain(err)
		case other:
			return nil, fmt.Errorf("%w: it is a G7 receiver (22a3:0048)", device.ErrOtherModel)
		}
		return nil, device.ErrNoReceiver
	}
	if len(devices) > 1 {
		return nil, several(devices)
	}
	p := &port{context: c, device: devices[0]}
	p.ctx, p.cancel = context.WithCancel(context.Background())
	if err := p.claim(); err != nil {
		p.release()
		return nil, explain(err)
	}
	return p, nil
}

// several names the receivers on the bus, and lets go of them.
func several(devices []*gousb.Device) error {
	e := &device.SeveralError{}
	for _, d := range devices {
		e.Ports = append(e.Ports, fmt.Sprintf("USB bus %d, device %d", d.Desc.Bus, d.Desc.Address))
		_ = d.Close()
	}
	return e
}

// explain turns libusb's words into what can be done about it.
func explain(err error) error {
	switch {
	case errors.Is(err, gousb.ErrorAccess):
		return fmt.Errorf("%w: %w", device.ErrNoPermission, err)
	case errors.Is(err, gousb.ErrorBusy):
		return fmt.Errorf("%w: %w", device.ErrBusy, err)
	case errors.Is(err, gousb.ErrorNoDevice), errors.Is(err, gousb.ErrorNotFound):
		return fmt.Errorf("%w: %w", device.ErrNoReceiver, err)
	// gousb words some of its errors without wrapping them.
	case strings.Contains(err.Error(), gousb.ErrorAccess.Error()):
		return fmt.Errorf("%w: %w", device.ErrNoPermission, err)
	case strings.Contains(err.Error(), gousb.ErrorBusy.Error()):
		return fmt.Errorf("%w: %w", device.ErrBusy, err)
	}
	return fmt.Errorf("opening the receiver: %w", err)
}

// port is the receiver's data interface.
type port struct {
	context  *gousb.Context
	device   *gousb.Device
	config   *gousb.Config
	control  *gousb.Interface
	data     *gousb.Interface
	in       *gousb.InEndpoint
	out      *gousb.OutEndpoint
	ctx      context.Context
	cancel   context.CancelFunc
	transfer sync.RWMutex // held while libusb has a transfer of ours
	closed   sync.Once
}

// Interface classes of a serial line over USB (CDC).
const (
	classControl = gousb.ClassComm
	classData    = gousb.ClassData
)

// claim takes the interfaces: the data interface with its bulk endpoints, and
// the control interface beside it, without which the kernel's driver could not
// be given back.
func (p *port) claim() error {
	if err := p.device.SetAutoDetach(true); err != nil && !errors.Is(err, gousb.ErrorNotSupported) {
		return err
	}
	number, err := p.device.ActiveConfigNum()
	if err != nil {
		return err
	}
	if p.config, err = p.device.Config(number); err != nil {
		return err
	}
	for _, i := range p.config.Desc.Interfaces {
		if i.AltSettings[0].Class == classControl {
			if p.control, err = p.config.Interface(i.Number, 0); err != nil {
				return err
			}
		}
	}
	for _, i := range p.config.Desc.Interfaces {
		alt := i.AltSettings[0]
		if alt.Class != classData {
			continue
		}
		if p.data, err = p.config.Interface(i.Number, alt.Alternate); err != nil {
			return err
		}
		return p.endpoints(alt)
	}
	return fmt.Errorf("the device has no data interface in configuration %d", number)
}

func (p *port) endpoints(alt gousb.InterfaceSetting) (err error) {
	for _, e := range alt.Endpoints {
		switch {
		case e.TransferType != gousb.TransferTypeBulk:
		case e.Direction == gousb.EndpointDirectionIn && p.in == nil:
			if p.in, err = p.data.InEndpoint(e.Number); err != nil {
				return err
			}
		case e.Direction == gousb.EndpointDirectionOut && p.out == nil:
			if p.out, err = p.data.OutEndpoint(e.Number); err != nil {
				return err
			}
		}
	}
	if p.in == nil || p.out == nil {
		return errors.New("the device's data interface lacks a bulk endpoint")
	}
	return nil
}

// Read waits for bytes until the port is closed or unplugged.
func (p *port) Read(b []byte) (int, error) {
	p.transfer.RLock()
	defer p.transfer.RUnlock()
	for {
		if p.ctx.Err() != nil { // closed, and given back: libusb must not see it again
			return 0, os.ErrClosed
		}
		n, err := p.in.ReadContext(p.ctx, b)
		if n > 0 || err != nil {
			return n, err
		}
	}
}

func (p *port) Write(b []byte) (int, error) {
	p.transfer.RLock()
	defer p.transfer.RUnlock()
	if p.ctx.Err() != nil {
		return 0, os.ErrClosed
	}
	return p.out.WriteContext(p.ctx, b)
}

// Close ends transfers and gives the receiver back to the kernel's driver.
func (p *port) Close() error {
	p.closed.Do(func() {
		p.cancel()
		p.transfer.Lock()
		defer p.transfer.Unlock()
		p.release()
		_ = p.context.Close()
	})
	return nil
}

// release gives back what was claimed: the data interface before the control
// interface, since the driver takes both when the control interface is free.
func (p *port) release() {
	p.cancel()
	if p.data != nil {
		p.data.Close()
	}
	if p.control != nil {
		p.control.Close()
	}
	if p.config != nil {
		_ = p.config.Close()
	}
	_ = p.device.Close()
}
