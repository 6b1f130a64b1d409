package receiver

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"tracedesk/cgm"
	"tracedesk/device"
	"tracedesk/device/receiver/wire"
)

// Receiver is what a receiver says about itself.
type Receiver struct {
	ProductID      string // OrionReceiver: G6; ProReader: G6 Pro reader
	ProductName    string // as it names itself
	SerialNumber   string
	Firmware       string
	BatteryPercent int   // −1 where it does not say
	Blinded        bool  // its settings say that it shows no glucose; a Pro reader's do not
	State          State // of a Pro reader; empty elsewhere
	// Unread are partitions with data that this version cannot read.
	Unread []Unread
	// ClockOffset is how far its wall clock was ahead of this computer's when
	// it was read, where it says (ClockKnown). It is never set.
	ClockOffset time.Duration
	ClockKnown  bool
}

// Unread is a partition with data that this version cannot read.
type Unread struct {
	Partition byte
	Revision  byte
	Length    int // bytes a record, 0 where it does not say
}

func (u Unread) String() string {
	e := UnknownLayoutError{wire.Partition(u.Partition), u.Revision, u.Length}
	return strings.TrimSuffix(e.Error(), ", which this version does not know")
}

// models are the names of products in words.
var models = map[string]string{
	"G4Receiver": "Dexcom G4 receiver", "G4ShareReceiver": "Dexcom G4 receiver", "G5MobileReceiver": "Dexcom G5 receiver",
	"ScoutReceiver": "Dexcom G5 receiver", "OrionReceiver": "Dexcom G6 receiver", "ProReader": "Dexcom G6 Pro reader",
}

// Model is the receiver in words. What is read does not depend on it.
func (r Receiver) Model() string {
	name := models[r.ProductID]
	switch {
	case name != "":
		return name
	case strings.HasPrefix(r.Firmware, "2."), strings.HasPrefix(r.Firmware, "3."), strings.HasPrefix(r.Firmware, "4."):
		return "Dexcom G4 receiver"
	case strings.HasPrefix(r.Firmware, "5.0."):
		return "Dexcom G5 receiver"
	}
	return strings.TrimSpace("Dexcom receiver " + r.ProductName)
}

// Names is the receiver with its serial number, for screens.
func (r Receiver) Names() string {
	if r.SerialNumber == "" {
		return r.Model() + ", serial number not known"
	}
	return r.Model() + ", serial " + r.SerialNumber
}

// Result is a whole read.
type Result struct {
	Receiver   Receiver
	Recordings []*cgm.Recording // one a wear, in order
	Problems   []string         // what was not read, and why, in words
	LeftOut    LeftOut
	Requests   int // sent to the receiver
	Pages      int // read from it
}

// LeftOut counts records that are no readings, or readings a second time.
type LeftOut struct {
	DisplayOnly int // copies made for the screen
	WarmUp      int // of a Pro reader: the sensor was warming up
	States      int // no glucose but a state of the sensor
	Twice       int // in two partitions, or stored twice
}

// Options are what a read needs beside the port.
type Options struct {
	// Now is this computer's clock; nil for the real one. Its UTC places a Pro
	// reader's readings.
	Now func() time.Time
	// Zone is the practice's time zone; nil for this computer's.
	Zone     *time.Location
	Progress device.Progress // counts pages; may be nil
	// Survey reads every other partition too, but the nickname's, so that a
	// capture of the read holds all of an unknown receiver.
	Survey Survey
}

// Survey is when a read takes the partitions too that it needs nothing of.
type Survey int

// When to survey: never, of a receiver that cannot be read, or always.
const (
	SurveyNever Survey = iota
	SurveyUnreadable
	SurveyAlways
)

// wanted says whether to survey after a read that ended so.
func (s Survey) wanted(err error) bool {
	unreadable := errors.Is(err, ErrUnread) || errors.Is(err, ErrUnsupported) || errors.Is(err, ErrImplausible)
	return s == SurveyAlways || s == SurveyUnreadable && unreadable
}

func (o Options) filled() Options {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Zone == nil {
		o.Zone = time.Local
	}
	if o.Progress == nil {
		o.Progress = func(int64, int64, string) {}
	}
	return o
}

// glucosePartitions are those that hold readings.
var glucosePartitions = []wire.Partition{wire.ProReadings, wire.EGVData, wire.BackfilledEGVData}

func holdsGlucose(p wire.Partition) bool {
	return p == wire.ProReadings || p == wire.EGVData || p == wire.BackfilledEGVData
}

// Read reads everything that makes recordings. The port is left quiet, whatever
// happens; it is the caller's to close. A result is whole. With an error the
// result still says which receiver it was, as far as that is known: a
// *NothingError where it holds no readings.
func Read(ctx context.Context, port Port, o Options) (*Result, error) {
	o = o.filled()
	r := &reader{link: &link{port: port}, progress: o.Progress}
	r.drain() // what an earlier read left
	s := &readout{reader: r, result: &Result{}, options: o, ranges: map[wire.Partition]*span{}}
	err := s.read(ctx)
	if o.Survey.wanted(err) && !errors.Is(err, ErrUnplugged) && ctx.Err() == nil {
		s.survey(ctx)
	}
	if err != nil {
		r.drain() // what is still on its way would be the next read's junk
		s.result.Recordings = nil
	}
	s.result.Requests = r.asked
	return s.result, err
}

// readout is one read in progress.
type readout struct {
	*reader
	result  *Result
	options Options
	info    map[wire.Partition]partitionInfo // nil where the receiver does not list them
	ranges  map[wire.Partition]*span         // of the partitions that were asked for; nil for an empty one
	clock   clockReading
	data    records
}

// clockReading is what both clocks showed at one moment.
type clockReading struct {
	system uint32    // the receiver's own
	utc    time.Time // this computer's
	known  bool
}

func (s *readout) read(ctx context.Context) error {
	s.progress(0, 0, "asking the receiver who it is")
	if err := s.identify(ctx); err != nil {
		return err
	}
	if err := s.systemTime(ctx); err != nil {
		return err
	}
	if err := s.askRanges(ctx); err != nil {
		return err
	}
	for _, p := range s.order() {
		if at := s.ranges[p]; at != nil {
			if err := s.partition(ctx, p, *at); err != nil {
				return err
			}
		}
	}
	if err := s.askAgain(ctx); err != nil {
		return err
	}
	if err := s.clockRuns(ctx); err != nil {
		return err
	}
	if err := s.facts(ctx); err != nil {
		return err
	}
	return s.assemble(ctx)
}

// String is a summary for logs: no readings, no names.
func (r *Result) String() string {
	return fmt.Sprintf("%s, %s, %s in %s", r.Receiver.Model(), counted(len(r.Recordings), "wear"),
		counted(r.Pages, "page"), counted(r.Requests, "request"))
}
