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
	ProductID      string // OrionReceiver: G6
	ProductName    string
	SerialNumber   string
	Firmware       string
	BatteryPercent int  // −1 where it does not say
	Blinded        bool // shows no glucose
	// ClockOffset is how far its wall clock was ahead of this computer's when
	// it was read, where it says (ClockKnown). It is never set.
	ClockOffset time.Duration
	ClockKnown  bool
}

// Model is the receiver's generation in words.
func (r Receiver) Model() string {
	name := map[string]string{"G4Receiver": "Dexcom G4 receiver", "ScoutReceiver": "Dexcom G5 receiver", "OrionReceiver": "Dexcom G6 receiver"}[r.ProductID]
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
	States      int // no glucose but a state of the sensor
	Twice       int // in two partitions, or stored twice
}

// ErrNoReadings is a receiver without a single reading.
var ErrNoReadings = errors.New("the receiver holds no glucose readings")

// ErrUnsupported is a device that is no receiver of a generation that is known.
var ErrUnsupported = errors.New("this receiver is not supported")

// wanted are the partitions that make a recording, in the order of the read.
var wanted = []wire.Partition{wire.ManufacturingData, wire.InsertionTime, wire.UserSettingData, wire.EGVData, wire.BackfilledEGVData, wire.MeterData, wire.UserEventData}

// Read reads everything that makes recordings. now is this computer's clock,
// as a wall clock. The port is left quiet, whatever happens; it is the
// caller's to close. Progress counts pages.
func Read(ctx context.Context, port Port, now func() time.Time, progress device.Progress) (*Result, error) {
	if progress == nil {
		progress = func(int64, int64, string) {}
	}
	r := &reader{link: &link{port: port}, progress: progress}
	r.drain() // what an earlier read left
	s := &readout{reader: r, result: &Result{}, now: now}
	if err := s.read(ctx); err != nil {
		r.drain() // what is still on its way would be the next read's junk
		return nil, err
	}
	s.result.Requests = r.asked
	return s.result, nil
}

// readout is one read in progress.
type readout struct {
	*reader
	result *Result
	now    func() time.Time
	info   map[wire.Partition]partitionInfo
	system uint32 // the receiver's own clock
	data   records
}

// records are the parsed records of all partitions.
type records struct {
	egvs       []storedEGV
	insertions []insertion
	settings   []userSetting
	meters     []meter
	events     []userEvent
	serial     string
	taken      map[[2]uint32]int // how many records of a partition's page were taken
}

// storedEGV is a glucose record with the partition it stood in.
type storedEGV struct {
	egv
	backfillPartition bool
}

func (s *readout) read(ctx context.Context) error {
	s.progress(0, 0, "asking the receiver who it is")
	if err := s.identify(ctx); err != nil {
		return err
	}
	ranges, err := s.ranges(ctx)
	if err != nil {
		return err
	}
	for _, p := range wanted {
		if span, ok := ranges[p]; ok {
			if err := s.partition(ctx, p, span[0], span[1]); err != nil {
				return err
			}
		}
	}
	if err := s.newest(ctx, ranges); err != nil {
		return err
	}
	transmitter, err := s.facts(ctx)
	if err != nil {
		return err
	}
	s.assemble(transmitter)
	if len(s.result.Recordings) == 0 {
		return ErrNoReadings
	}
	return nil
}

// identify asks which receiver it is, and for its partitions.
func (s *readout) identify(ctx context.Context) error {
	b, err := s.ask(ctx, wire.FirmwareHeader, nil, isElement("FirmwareHeader"))
	if err != nil {
		return fmt.Errorf("asking the receiver who it is: %w", err)
	}
	header, err := attributes(b)
	if err != nil {
		return err
	}
	r := &s.result.Receiver
	r.ProductID, r.ProductName, r.Firmware, r.BatteryPercent = header["ProductId"], header["ProductName"], header["FirmwareVersion"], -1
	b, err = s.ask(ctx, wire.PartitionInfo, nil, isElement("PartitionInfo"))
	if err == nil {
		s.info, err = parsePartitionInfo(b)
	}
	if err != nil {
		return fmt.Errorf("%w: it calls itself %s %s, firmware %s: %w", ErrUnsupported, r.ProductID, r.ProductName, r.Firmware, err)
	}
	if _, has := s.info[wire.EGVData]; !has {
		return fmt.Errorf("%w: it calls itself %s %s, firmware %s, and has no glucose partition", ErrUnsupported, r.ProductID, r.ProductName, r.Firmware)
	}
	if known := map[string]bool{"G4Receiver": true, "ScoutReceiver": true, "OrionReceiver": true}; !known[r.ProductID] {
		s.problem("The receiver calls itself “%s”, which this version does not know; it was read like a receiver of the G4 to G6 family. Check the readings against the device.", r.ProductID)
	}
	return nil
}

func (s *readout) problem(format string, args ...any) {
	s.result.Problems = append(s.result.Problems, fmt.Sprintf(format, args...))
}

// ranges asks for the page ranges of what is wanted, has a known layout and is
// not empty, and the newest page of the manufacturing data.
func (s *readout) ranges(ctx context.Context) (map[wire.Partition][2]uint32, error) {
	out := map[wire.Partition][2]uint32{}
	for _, p := range wanted {
		info, has := s.info[p]
		if !has {
			continue
		}
		if err := info.known(); err != nil {
			if p == wire.EGVData || p == wire.BackfilledEGVData {
				return nil, fmt.Errorf("%w: it calls itself %s, firmware %s: %w", ErrUnsupported, s.result.Receiver.ProductID, s.result.Receiver.Firmware, err)
			}
			s.problem("%s was not read: %v.", p, err)
			continue
		}
		first, last, any, err := s.pageRange(ctx, p)
		if err != nil {
			return nil, err
		}
		if !any {
			continue
		}
		if p == wire.ManufacturingData {
			first = last // of a reworked unit the newest is in force
		}
		out[p] = [2]uint32{first, last}
		s.total += int64(last-first) + 1
	}
	return out, nil
}

// partition reads a partition's pages and parses their records.
func (s *readout) partition(ctx context.Context, p wire.Partition, first, last uint32) error {
	pages, err := s.partitionPages(ctx, p, first, last)
	var unknown *UnknownLayoutError
	if errors.As(err, &unknown) && p != wire.EGVData && p != wire.BackfilledEGVData {
		s.problem("%s was not read: %v.", p, unknown)
		return nil
	}
	if err != nil {
		return err
	}
	s.result.Pages += len(pages)
	for _, page := range pages {
		s.data.take(page)
	}
	return nil
}

// take adds a page's records. Of a page that was read before, and grew since,
// only the new ones.
func (d *records) take(p *page) {
	if d.taken == nil {
		d.taken = map[[2]uint32]int{}
	}
	key := [2]uint32{uint32(p.partition), p.number}
	for _, b := range p.records[min(d.taken[key], len(p.records)):] {
		d.add(p, b)
	}
	d.taken[key] = max(d.taken[key], len(p.records))
}

func (d *records) add(p *page, b []byte) {
	switch p.partition {
	case wire.EGVData, wire.BackfilledEGVData:
		d.egvs = append(d.egvs, storedEGV{parseEGV(p.revision, b), p.partition == wire.BackfilledEGVData})
	case wire.InsertionTime:
		d.insertions = append(d.insertions, parseInsertion(p.revision, b))
	case wire.UserSettingData:
		d.settings = append(d.settings, parseUserSetting(p.revision, b))
	case wire.MeterData:
		d.meters = append(d.meters, parseMeter(p.revision, b))
	case wire.UserEventData:
		d.events = append(d.events, parseUserEvent(b))
	case wire.ManufacturingData:
		if a, err := attributes(xmlRecord(b)); err == nil {
			d.serial = a["SerialNumber"]
		}
	}
}

// liveSeconds is how old the newest reading may be while more may come.
const liveSeconds = 15 * 60

// newest reads again the last page of readings of a receiver in use, which
// grows, and the pages that came behind it meanwhile.
func (s *readout) newest(ctx context.Context, ranges map[wire.Partition][2]uint32) error {
	b, err := s.ask(ctx, wire.SystemTime, nil, isLong)
	if isRefusal(err) {
		s.problem("The receiver does not say what its clock shows: it was not compared with this computer's.")
		return nil
	}
	if err != nil {
		return fmt.Errorf("the receiver's clock: %w", err)
	}
	s.system, s.result.Receiver.ClockKnown = le.Uint32(b), true
	for _, p := range []wire.Partition{wire.EGVData, wire.BackfilledEGVData} {
		span, has := ranges[p]
		if !has || !s.data.live(p, s.system) {
			continue
		}
		if err := s.grown(ctx, p, span[1]); err != nil {
			return err
		}
	}
	return nil
}

// grown reads a partition's last page again, and where that is full by now, the
// pages behind it.
func (s *readout) grown(ctx context.Context, p wire.Partition, lastRead uint32) error {
	if err := s.partition(ctx, p, lastRead, lastRead); err != nil {
		return err
	}
	full := wire.DataBytes / wire.RecordLength(p, s.info[p].RecordRevision)
	if s.data.taken[[2]uint32{uint32(p), lastRead}] < full {
		return nil
	}
	_, last, any, err := s.pageRange(ctx, p)
	if err != nil || !any || last <= lastRead {
		return err
	}
	return s.partition(ctx, p, lastRead+1, last)
}

// live says whether a partition's newest record is of just now.
func (d *records) live(p wire.Partition, system uint32) bool {
	for i := len(d.egvs) - 1; i >= 0; i-- {
		if d.egvs[i].backfillPartition == (p == wire.BackfilledEGVData) {
			return int64(system)-int64(d.egvs[i].System) < liveSeconds
		}
	}
	return false
}

func isLong(b []byte) bool { return len(b) == 4 }

// facts asks for the wall clock, the battery and, where no partition gives it,
// the mode and the transmitter.
func (s *readout) facts(ctx context.Context) (transmitter string, err error) {
	r := &s.result.Receiver
	if r.ClockKnown {
		if err := s.compareClocks(ctx); err != nil {
			return "", err
		}
	}
	if b, err := s.ask(ctx, wire.BatteryLevel, nil, isLong); err == nil {
		r.BatteryPercent = int(le.Uint32(b))
	} else if !isRefusal(err) {
		return "", fmt.Errorf("the receiver's battery: %w", err)
	}
	r.SerialNumber = s.data.serial
	for _, set := range s.data.settings {
		r.Blinded = set.Blinded
	}
	if len(s.data.settings) == 0 {
		if b, err := s.ask(ctx, wire.BlindedMode, nil, func(b []byte) bool { return len(b) == 1 }); err == nil {
			r.Blinded = b[0] != 0
		} else if !isRefusal(err) {
			return "", fmt.Errorf("the receiver's mode: %w", err)
		}
	}
	return s.currentTransmitter(ctx)
}

func (s *readout) compareClocks(ctx context.Context) error {
	offset, err := s.displayOffset(ctx)
	if isRefusal(err) {
		s.result.Receiver.ClockKnown = false
		return nil
	}
	if err != nil {
		return err
	}
	wall := cgm.DexcomEpoch + cgm.WallTime(int64(s.system)+offset)
	now := s.now()
	here := cgm.NewWallTime(now.Year(), now.Month(), now.Day(), now.Hour(), now.Minute(), now.Second())
	s.result.Receiver.ClockOffset = time.Duration(wall-here) * time.Second
	return nil
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
	if err != nil {
		if isRefusal(err) {
			return "", nil
		}
		return "", fmt.Errorf("the receiver's transmitter: %w", err)
	}
	return ascii(b), nil
}

// String is a summary for logs: no readings, no names.
func (r *Result) String() string {
	return r.Receiver.Model() + ", " + strconv.Itoa(len(r.Recordings)) + " wears, " + strconv.Itoa(r.Pages) + " pages in " + strconv.Itoa(r.Requests) + " requests"
}
