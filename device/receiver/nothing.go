package receiver

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"tracedesk/cgm"
	"tracedesk/device/receiver/wire"
)

// State is what a Pro reader's settings say of the wear on it. It serves the
// words for people, and is never a condition for reading what is there.
type State string

// The states; a receiver that is no Pro reader has none.
const (
	StateUnknown    State = "unknown"
	StateIdle       State = "idle"       // nothing was collected since the settings go back
	StateCollecting State = "collecting" // it is collecting just now
	StateCollected  State = "collected"  // and not uploaded
	StateCleared    State = "cleared"    // uploaded and cleared by the maker's program
)

// What keeps a receiver's readings from being read.
var (
	// ErrNoReadings is a receiver without a single reading.
	ErrNoReadings = errors.New("the receiver holds no glucose readings")
	// ErrCollecting is a reader that is collecting from the transmitter.
	ErrCollecting = errors.New("the reader is collecting from the transmitter just now")
	// ErrUnsupported is a device with a layout that is not known.
	ErrUnsupported = errors.New("this receiver is not supported")
	// ErrUnread is a receiver with data that this version cannot read.
	ErrUnread = errors.New("the receiver holds data that this version of Tracedesk cannot read")
	// ErrImplausible is readings that were not believed.
	ErrImplausible = errors.New("the receiver's readings are not laid out as expected, and nothing was read")
)

// NothingError is a receiver without readings: what is known of why.
type NothingError struct {
	State  State
	Met    []Met    // the transmitters that it met, the latest last
	Unread []Unread // where readings may be that this version cannot read
}

// Met is a transmitter that a reader was in touch with.
type Met struct {
	TransmitterID string
	At            cgm.WallTime // by the reader's clock
}

func (e *NothingError) Error() string {
	met := ""
	if n := len(e.Met); n > 0 {
		last := e.Met[n-1]
		met = fmt.Sprintf("; it met %s, the last one %s on %s by its clock", counted(n, "transmitter"), last.TransmitterID,
			last.At.Date())
	}
	switch {
	case len(e.Unread) > 0:
		var all []string
		for _, u := range e.Unread {
			all = append(all, u.String())
		}
		return ErrUnread.Error() + ": " + strings.Join(all, "; ")
	case e.State == StateCollecting:
		return ErrCollecting.Error()
	case e.State == StateCleared:
		return "the reader's recording was already uploaded and cleared: nothing is left on it" + met
	case e.State == StateIdle:
		return "the reader has collected no recording" + met
	}
	return ErrNoReadings.Error() + met
}

// Is says which of the errors of this package it is one of.
func (e *NothingError) Is(target error) bool {
	switch target {
	case ErrUnread:
		return len(e.Unread) > 0
	case ErrCollecting:
		return len(e.Unread) == 0 && e.State == StateCollecting
	}
	return target == ErrNoReadings
}

// nothing says why there are no readings.
func (s *readout) nothing(ctx context.Context) error {
	if err := s.findUnread(ctx); err != nil {
		return err
	}
	e := &NothingError{State: s.result.Receiver.State, Unread: s.result.Receiver.Unread}
	for _, i := range s.data.insertions {
		if i.Transmitter == "" {
			continue
		}
		e.Met = slices.DeleteFunc(e.Met, func(m Met) bool { return m.TransmitterID == i.Transmitter })
		e.Met = append(e.Met, Met{i.Transmitter, cgm.DexcomEpoch + cgm.WallTime(i.Display)})
	}
	return e
}

// aside are partitions that hold no readings of their own, and the companion,
// which is cleared with what it accompanies.
var aside = map[wire.Partition]bool{
	wire.ManufacturingData: true, wire.FirmwareParameterData: true, wire.PCSoftwareParameter: true,
	wire.SensorData: true, wire.CalSet: true,
	6: true, wire.InsertionTime: true, wire.ReceiverLogData: true, 9: true, wire.MeterData: true,
	wire.UserEventData:   true,
	wire.UserSettingData: true, 13: true, wire.TransmitterInfoData: true, 16: true, 17: true,
}

// findUnread looks for data in partitions that are not known, and in the
// companion of readings that are not there.
func (s *readout) findUnread(ctx context.Context) error {
	for p := range wire.Defined {
		if _, asked := s.ranges[p]; asked || aside[p] || !s.listed(p) || p == wire.ProCompanion &&
			s.ranges[wire.ProReadings] != nil {
			continue
		}
		at, err := s.pageRange(ctx, p)
		if lacks(err) || err == nil && at == nil {
			continue
		}
		if err != nil {
			return err
		}
		info := s.info[p]
		u := Unread{byte(p), info.revision, info.length}
		s.result.Receiver.Unread = append(s.result.Receiver.Unread, u)
		s.problem("%s; it was not read.", u)
	}
	return nil
}

// state tells from the settings, in the order of their records, what became of
// the wear on a Pro reader.
func (d *records) state(hasReadings bool) State {
	out := StateUnknown
	if len(d.settings) > 0 {
		out = StateIdle
	}
	for _, set := range d.settings {
		switch set.Working {
		case workingCollecting:
			out = StateCollecting
		case workingCollected, workingRead:
			out = StateCollected
		case workingCleared:
			out = StateCleared
		default: // a session that was looked at leaves the recording as it is
			if out == StateCollecting {
				out = StateIdle
			}
		}
	}
	if d.unknownEnd && out == StateCollecting {
		out = StateUnknown // it may have ended
	}
	switch {
	case hasReadings && out != StateCollecting:
		return StateCollected
	case !hasReadings && out == StateCollected:
		return StateUnknown
	}
	return out
}
