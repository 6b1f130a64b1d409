package receiver

import (
	"context"
	"errors"
	"fmt"
	"time"

	"tracedesk/cgm"
	"tracedesk/device/receiver/wire"
)

// identify asks which receiver it is, and for its partitions.
func (s *readout) identify(ctx context.Context) error {
	r := &s.result.Receiver
	r.BatteryPercent = -1
	b, err := s.ask(ctx, wire.FirmwareHeader, nil, isElement("FirmwareHeader"))
	if err != nil && !lacks(err) {
		return fmt.Errorf("asking the receiver who it is: %w", err)
	}
	if header, wrong := element(b, "FirmwareHeader"); wrong == nil {
		r.ProductID, r.ProductName, r.Firmware = header["ProductId"], header["ProductName"], header["FirmwareVersion"]
	}
	b, err = s.ask(ctx, wire.PartitionInfo, nil, isElement("PartitionInfo"))
	switch {
	case lacks(err):
		s.problem("The receiver does not list its partitions; they were asked for one by one.")
	case err != nil:
		return fmt.Errorf("asking the receiver for its partitions: %w", err)
	default:
		if err := s.takeInfo(b); err != nil {
			return err
		}
	}
	if models[r.ProductID] == "" {
		s.problem("The receiver calls itself “%s”, which this version does not know; it was read by the "+
			"layout of its data. Check the readings against the device.", r.ProductID)
	}
	return nil
}

func (s *readout) takeInfo(b []byte) error {
	info, unclear, err := parsePartitionInfo(b)
	if err != nil {
		return s.unsupported(err)
	}
	if len(info)+len(unclear) == 0 {
		s.problem("The receiver lists no partition; they were asked for one by one.")
		return nil
	}
	s.info = info
	for _, what := range unclear {
		s.problem("The receiver lists %s; its pages say how they are laid out.", what)
	}
	return nil
}

// unsupported says that this receiver is not supported, and names all that
// somebody who wants to change that has to know.
func (s *readout) unsupported(why error) error {
	r := s.result.Receiver
	return fmt.Errorf("%w: it calls itself %s (%s), firmware %s: %w", ErrUnsupported, r.ProductID, r.ProductName,
		r.Firmware, why)
}

func (s *readout) problem(format string, args ...any) {
	s.result.Problems = append(s.result.Problems, fmt.Sprintf(format, args...))
}

// systemTime asks for the receiver's own clock, and looks at this computer's
// between question and answer.
func (s *readout) systemTime(ctx context.Context) error {
	before := s.options.Now()
	b, err := s.ask(ctx, wire.SystemTime, nil, isLong)
	after := s.options.Now()
	if s.without(ctx, err) {
		s.problem("The receiver does not say what its clock shows: it was not compared with this computer's.")
		s.clock.known = false
		return nil
	}
	if err != nil {
		return fmt.Errorf("the receiver's clock: %w", err)
	}
	s.clock = clockReading{le.Uint32(b), before.Add(after.Sub(before) / 2), true}
	return nil
}

// without says whether the read can go on after a question that can be done
// without has failed. Where the line is dead, the next question finds it out.
func (s *readout) without(ctx context.Context, err error) bool {
	return err != nil && ctx.Err() == nil && !errors.Is(err, ErrUnplugged)
}

// logged says whether a partition holds what the patient entered, or the serial
// number: nothing that readings hang on.
func logged(p wire.Partition) bool {
	return p == wire.MeterData || p == wire.UserEventData || p == wire.ManufacturingData
}

func isLong(b []byte) bool { return len(b) == 4 }

// facts asks for what can be done without: the wall clock and the battery.
func (s *readout) facts(ctx context.Context) error {
	r := &s.result.Receiver
	r.SerialNumber = s.data.serial
	if n := len(s.data.settings); n > 0 {
		r.Blinded = s.data.settings[n-1].Blinded
	}
	if err := s.compareClocks(ctx); err != nil {
		return err
	}
	b, err := s.askTimes(ctx, 1, wire.BatteryLevel, nil, isLong) // some units stumble over it: asked for last, and once
	switch {
	case err == nil:
		r.BatteryPercent = int(le.Uint32(b))
	case ctx.Err() != nil:
		return ctx.Err()
	case !isRefusal(err):
		s.problem("The receiver did not say how full its battery is.")
	}
	return nil
}

// compareClocks compares the receiver's wall clock with this computer's, in the
// practice's time zone.
func (s *readout) compareClocks(ctx context.Context) error {
	if !s.clock.known {
		return nil
	}
	offset, err := s.displayOffset(ctx)
	if s.without(ctx, err) {
		s.problem("The receiver does not say what its wall clock shows: it was not compared with this computer's.")
		return nil
	}
	if err != nil {
		return err
	}
	wall := cgm.DexcomEpoch + cgm.WallTime(int64(s.clock.system)+offset)
	s.result.Receiver.ClockOffset = time.Duration(wall-wallIn(s.clock.utc, s.options.Zone)) * time.Second
	s.result.Receiver.ClockKnown = true
	return nil
}

// wallIn is what a clock on the wall shows at a moment in a zone.
func wallIn(t time.Time, zone *time.Location) cgm.WallTime {
	t = t.In(zone)
	return cgm.NewWallTime(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second())
}

func isRefusal(err error) bool {
	var status StatusError
	return errors.As(err, &status)
}

// displayOffset is wall clock less own clock now: of the newest setting, or as
// the receiver says.
func (s *readout) displayOffset(ctx context.Context) (int64, error) {
	if n := len(s.data.settings); n > 0 {
		return int64(s.data.settings[n-1].DisplayOffset), nil
	}
	b, err := s.ask(ctx, wire.DisplayOffset, nil, isLong)
	if err != nil {
		return 0, fmt.Errorf("the receiver's clock: %w", err)
	}
	return int64(int32(le.Uint32(b))), nil
}

// currentTransmitter is asked for only where no record names one.
func (s *readout) currentTransmitter(ctx context.Context) (string, error) {
	for _, i := range s.data.insertions {
		if i.Transmitter != "" {
			return "", nil
		}
	}
	for i := len(s.data.settings) - 1; i >= 0; i-- {
		if id := s.data.settings[i].Transmitter; id != "" {
			return id, nil
		}
	}
	b, err := s.ask(ctx, wire.TransmitterID, nil, func(b []byte) bool { return len(b) == 5 || len(b) == 6 })
	if s.without(ctx, err) {
		s.problem("The receiver does not say which transmitter it has: no record names that of the last wear.")
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("the receiver's transmitter: %w", err)
	}
	return transmitterID(b), nil
}
