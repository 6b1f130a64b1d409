package receiver

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"tracedesk/device/receiver/wire"
)

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
	s.problem("The receiver dropped %s of %s while it was read: its oldest readings are not in the "+
		"recording.", counted(int(read.vanished), "page"), p)
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
				s.problem("%s became empty while the receiver was read. What was on it before is in the recording; "+
					"another program may have cleared it.", p)
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
		return fmt.Errorf("%w: the reader's clock went on by %s while this computer's went on by %s", ErrImplausible,
			there, here.Round(time.Second))
	}
	return nil
}

// clockTolerance is how far two clocks may part during one read.
const clockTolerance = 5 * time.Second
