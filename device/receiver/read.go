package receiver

import (
	"context"
	"errors"
	"fmt"
	"strconv"
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
	Survey bool
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
	if o.Survey && !errors.Is(err, ErrUnplugged) && ctx.Err() == nil {
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
		s.problem("The receiver calls itself “%s”, which this version does not know; it was read by the layout of its data. Check the readings against the device.", r.ProductID)
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
	return fmt.Errorf("%w: it calls itself %s (%s), firmware %s: %w", ErrUnsupported, r.ProductID, r.ProductName, r.Firmware, why)
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

// listed says whether the receiver has a partition, as far as it says.
func (s *readout) listed(p wire.Partition) bool {
	_, has := s.info[p]
	return has || s.info == nil
}

// askRanges asks for the page ranges of what is wanted. A receiver whose
// glucose is nowhere that it lists is asked for the places that are known.
func (s *readout) askRanges(ctx context.Context) error {
	for _, p := range glucosePartitions {
		if s.listed(p) {
			if err := s.askRange(ctx, p); err != nil {
				return err
			}
		}
	}
	for _, p := range glucosePartitions {
		if _, asked := s.ranges[p]; !asked && !s.anyGlucose() {
			if err := s.askRange(ctx, p); err != nil {
				return err
			}
		}
	}
	for _, p := range s.order() {
		if _, asked := s.ranges[p]; asked || holdsGlucose(p) || !s.listed(p) {
			continue
		}
		if err := s.askRange(ctx, p); err != nil {
			return err
		}
	}
	return nil
}

func (s *readout) anyGlucose() bool {
	for _, p := range glucosePartitions {
		if s.ranges[p] != nil {
			return true
		}
	}
	return false
}

// isPro says whether the readings are where a Pro reader has them, or where
// nothing is, that the receiver has a Pro reader's partitions.
func (s *readout) isPro() bool {
	if s.anyGlucose() {
		return s.ranges[wire.ProReadings] != nil
	}
	_, has := s.ranges[wire.ProReadings]
	return has
}

// order is the order in which partitions are read: what names the wear before
// the readings.
func (s *readout) order() []wire.Partition {
	out := []wire.Partition{wire.ManufacturingData, wire.InsertionTime, wire.UserSettingData}
	if s.isPro() {
		out = append(out, wire.TransmitterInfoData, wire.ProReadings)
	}
	if s.ranges[wire.EGVData] != nil || s.ranges[wire.BackfilledEGVData] != nil {
		out = append(out, wire.EGVData, wire.BackfilledEGVData, wire.MeterData, wire.UserEventData)
	}
	return out
}

// askRange asks for one partition's range. An undefined partition has none;
// one with data whose layout is not known is named, and where it holds glucose
// the read ends there.
func (s *readout) askRange(ctx context.Context, p wire.Partition) error {
	at, err := s.pageRange(ctx, p)
	_, named := s.info[p]
	switch {
	case err == nil:
	case errors.Is(err, StatusError(wire.InvalidParameter)) && !named:
		return nil
	case lacks(err) && !holdsGlucose(p), logged(p) && s.without(ctx, err):
		s.problem("%s was not read: %v.", p, err)
		return nil
	default:
		return err
	}
	s.ranges[p] = at
	if at == nil {
		return nil
	}
	if info, has := s.info[p]; has {
		if err := info.known(p); err != nil {
			return s.cannotRead(p, err)
		}
	}
	if p == wire.ManufacturingData {
		at.first = at.last // of a reworked unit the newest is in force
	}
	s.total += int64(at.last-at.first) + 1
	return nil
}

// cannotRead is a partition with data whose layout is not known.
func (s *readout) cannotRead(p wire.Partition, err error) error {
	s.ranges[p] = nil
	var layout *UnknownLayoutError
	if errors.As(err, &layout) {
		s.result.Receiver.Unread = append(s.result.Receiver.Unread, Unread{byte(p), layout.Revision, layout.Length})
	}
	if holdsGlucose(p) {
		return s.unsupported(err)
	}
	s.problem("%s was not read: %v.", p, err)
	return nil
}

// partition reads a partition's pages and parses their records. What holds no
// glucose ends no read by being damaged.
func (s *readout) partition(ctx context.Context, p wire.Partition, at span) error {
	read, err := s.partitionPages(ctx, p, at)
	var layout *UnknownLayoutError
	switch {
	case errors.As(err, &layout):
		return s.cannotRead(p, layout)
	case lacks(err) && !holdsGlucose(p), logged(p) && s.without(ctx, err):
		s.problem("%s was not read whole: %v.", p, err)
	case err != nil:
		return err
	}
	s.result.Pages += len(read.pages)
	if read.vanished > 0 && holdsGlucose(p) {
		s.lose(p, read)
	}
	for _, number := range read.damaged {
		s.problem("Page %d of %s is damaged in the receiver's memory and was left out.", number, p)
	}
	for _, page := range read.pages {
		if page.damaged > 0 {
			s.problem("%s of page %d of %s %s damaged in the receiver's memory and left out.",
				counted(page.damaged, "record"), page.number, p, wasOrWere(page.damaged))
		}
		s.data.take(page)
	}
	return nil
}

// lose notes readings that the receiver dropped between range and read.
func (s *readout) lose(p wire.Partition, read pagesRead) {
	s.problem("The receiver dropped %s of %s while it was read: its oldest readings are not in the recording.", counted(int(read.vanished), "page"), p)
	if len(read.pages) > 0 {
		first := read.pages[0]
		s.data.lose(p, first.number, int(read.vanished)*(wire.DataBytes/wire.RecordLength(p, first.revision)))
	}
}

func counted(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return strconv.Itoa(n) + " " + what + "s"
}

func wasOrWere(n int) string {
	if n == 1 {
		return "was"
	}
	return "were"
}

// liveSeconds is how old the newest reading may be while more may come.
const liveSeconds = 15 * 60

// askAgain takes the ranges of the readings once more, and reads what came
// meanwhile, the last page too where it may have grown: a range that belonged
// to another question is found out here.
func (s *readout) askAgain(ctx context.Context) error {
	for _, p := range glucosePartitions {
		before, asked := s.ranges[p]
		if !asked || before == nil && s.anyGlucose() && s.isPro() {
			continue
		}
		now, err := s.pageRange(ctx, p)
		if err != nil {
			return err
		}
		if now == nil {
			if before != nil {
				s.problem("%s became empty while the receiver was read. What was on it before is in the recording; another program may have cleared it.", p)
			}
			continue
		}
		if err := s.readNew(ctx, p, before, *now); err != nil {
			return err
		}
	}
	return nil
}

func (s *readout) readNew(ctx context.Context, p wire.Partition, before *span, now span) error {
	s.ranges[p] = &now
	if before == nil {
		return s.partition(ctx, p, now)
	}
	if now.first < before.first {
		if err := s.partition(ctx, p, span{now.first, min(before.first-1, now.last)}); err != nil {
			return err
		}
	}
	switch {
	case now.last > before.last:
		return s.partition(ctx, p, span{max(before.last, now.first), now.last})
	case s.data.live(p, s.clock):
		return s.partition(ctx, p, span{before.last, before.last})
	case p == wire.ProReadings && s.data.full(now.last):
		return s.nothingBehind(ctx, p, now.last)
	}
	return nil
}

// nothingBehind makes sure that a stream ends where its last page is full: no
// page may stand behind it.
func (s *readout) nothingBehind(ctx context.Context, p wire.Partition, last uint32) error {
	_, err := s.pagesFrom(ctx, 1, p, last+1, 1)
	var status StatusError
	switch {
	case errors.As(err, &status) && status == wire.InvalidParameter:
		return nil
	case err == nil:
		return fmt.Errorf("%w: page %d of %s was not in its range", ErrImplausible, last+1, p)
	}
	return fmt.Errorf("page %d of %s: %w", last+1, p, err)
}

// clockRuns asks for the receiver's clock once more: a Pro reader's readings
// hang on it, and an answer to another question looks the same.
func (s *readout) clockRuns(ctx context.Context) error {
	if !s.clock.known || s.ranges[wire.ProReadings] == nil {
		return nil
	}
	before := s.clock
	if err := s.systemTime(ctx); err != nil {
		return err
	}
	here := s.clock.utc.Sub(before.utc)
	there := seconds(int64(s.clock.system) - int64(before.system))
	if (there - here).Abs() > clockTolerance {
		return fmt.Errorf("%w: the reader's clock went on by %s while this computer's went on by %s", ErrImplausible, there, here.Round(time.Second))
	}
	return nil
}

// clockTolerance is how far two clocks may part during one read.
const clockTolerance = 5 * time.Second

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

// String is a summary for logs: no readings, no names.
func (r *Result) String() string {
	return fmt.Sprintf("%s, %s, %s in %s", r.Receiver.Model(), counted(len(r.Recordings), "wear"), counted(r.Pages, "page"), counted(r.Requests, "request"))
}
