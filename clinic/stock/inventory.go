package stock

import (
	"errors"
	"fmt"
	"strings"

	"tracedesk/cgm"
	"tracedesk/clinic"
	"tracedesk/clinic/steps"
)

// DeviceKind is what a line of the inventory is.
type DeviceKind string

// The kinds.
const (
	ReaderDevice      DeviceKind = "reader"
	TransmitterDevice DeviceKind = "transmitter"
	SensorDevice      DeviceKind = "sensor"
)

// Device is a line of the practice's inventory: a reader or transmitter by its
// serial, or sensors by their lot.
type Device struct {
	ID        string        `json:"id"`
	Kind      DeviceKind    `json:"kind"`
	Serial    string        `json:"serial,omitempty"`
	Lot       string        `json:"lot,omitempty"`
	Expiry    string        `json:"expiry,omitempty"` // YYYY-MM-DD
	Count     int           `json:"count,omitempty"`  // of sensors
	Place     string        `json:"place,omitempty"`
	CleanedAt string        `json:"cleaned_at,omitempty"` // YYYY-MM-DD
	CleanedBy clinic.Person `json:"cleaned_by"`
	Retired   bool          `json:"retired,omitempty"`
}

// Why a line of the inventory cannot be taken.
var errDevice = errors.New("a reader or transmitter needs its serial, and sensors their lot")

// Validate says what is wrong with the line.
func (d *Device) Validate() error {
	if err := steps.CheckWord("kind", string(d.Kind), string(ReaderDevice), string(TransmitterDevice),
		string(SensorDevice)); err != nil {
		return err
	}
	if d.Kind == SensorDevice && strings.TrimSpace(d.Lot) == "" || d.Kind != SensorDevice &&
		strings.TrimSpace(d.Serial) == "" {
		return errDevice
	}
	if err := clinic.CheckName(d.Serial, d.Lot); err != nil {
		return err
	}
	return steps.CheckDates(d.Expiry, d.CleanedAt)
}

// Expired says whether the line may not be used on the day any more.
func (d *Device) Expired(today cgm.Date) bool { return d.Expiry != "" && d.Expiry < today.String() }

// Name is the line in a word or two.
func (d *Device) Name() string {
	if d.Kind == SensorDevice {
		return "sensors of lot " + d.Lot
	}
	return string(d.Kind) + " " + d.Serial
}

// Placed says what an insertion changes of the line, if anything.
func (d *Device) Placed(p *steps.Placement, wearID string) bool {
	switch {
	case d.Retired:
	case d.Kind == SensorDevice && d.Count > 0 && steps.SameSerial(d.Lot, p.SensorLot):
		d.Count--
		return true
	case d.Kind == TransmitterDevice && d.Serial != "" && steps.SameSerial(d.Serial, p.Transmitter):
		d.Place = "worn, wear " + wearID
		return true
	}
	return false
}

// CleanedAfter says what the cleaning after a wear changes of the line.
func (d *Device) CleanedAfter(c *steps.Case, r *steps.Record) bool {
	p := c.Placement()
	if p == nil || d.Retired || d.Kind != ReaderDevice || !steps.SameSerial(d.Serial, p.Reader) {
		return false
	}
	d.CleanedAt, d.CleanedBy = r.At.Date().String(), r.Cleaning.By
	return true
}

// Line is the line in words, on the day.
func (d *Device) Line(today cgm.Date) string {
	out := d.Name()
	if d.Kind == SensorDevice {
		out += fmt.Sprintf(", %d left", d.Count)
	}
	if d.Expiry != "" {
		out += ", expiry " + d.Expiry
	}
	if d.Expired(today) {
		out += " (expired)"
	}
	for _, part := range []struct{ label, value string }{{"", d.Place}, {"cleaned ", d.CleanedAt}} {
		if part.value != "" {
			out += ", " + part.label + part.value
		}
	}
	if d.Retired {
		out += ", not in use any more"
	}
	return out
}
