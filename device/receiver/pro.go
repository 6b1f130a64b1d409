package receiver

import (
	"errors"
	"fmt"
	"slices"

	"tracedesk/cgm"
	"tracedesk/device/receiver/wire"
)

// A G6 Pro reader keeps a wear as one stream of eight-byte readings on the
// transmitter's clock, without a checksum of its own. Source: the
// receiver-protocol reference, section 4.10, worked out on the bytes of a real
// reader.

// proReading is one entry of the stream.
type proReading struct {
	seconds uint32 // of the transmitter's clock
	word    uint16
	state   byte
	rate    int8 // tenths of mg/dL/min, noRate for none
}

const (
	proReadingBytes = 8
	// longestTransmitter is more than any transmitter lives, in seconds.
	longestTransmitter = 400 * 86400
	// stepTolerance is how far a step may be off a multiple of the interval.
	stepTolerance = 5
	proInterval   = 300
	// proWord is above every word that is no display-only copy.
	proWord = 0x1000
)

// States of the transmitter's algorithm. A reading counts in three of them.
const (
	stateWarmUp           = 2
	stateGood             = 6
	stateNeedsCalibration = 7
	stateInsufficientCal  = 14
	lastKnownState        = 30
)

func parseProReading(b []byte) proReading {
	return proReading{le.Uint32(b), le.Uint16(b[4:]), b[6], int8(b[7])}
}

// mgDL is the reading's value in mg/dL, its states included.
func (p proReading) mgDL() int { return int(p.word & glucoseMask) }

// displayOnly says whether the entry is a copy made for the screen.
func (p proReading) displayOnly() bool { return p.word&^glucoseMask != 0 }

// counts says whether the entry is a glucose reading.
func (p proReading) counts() bool {
	good := p.state == stateGood || p.state == stateNeedsCalibration || p.state == stateInsufficientCal
	return good && p.mgDL() > lastState && !p.displayOnly()
}

// proStream joins the pages of partition 20 and checks all that can be checked
// before an entry is believed.
func proStream(pages []*page) ([]proReading, error) {
	b, err := joined(pages)
	if err != nil {
		return nil, err
	}
	if len(b)%proReadingBytes != 0 {
		return nil, fmt.Errorf("its %d bytes are no whole number of readings", len(b))
	}
	out := make([]proReading, 0, len(b)/proReadingBytes)
	for ; len(b) > 0; b = b[proReadingBytes:] {
		out = append(out, parseProReading(b))
	}
	if first := pages[0].number; first > 0 && len(out) > 0 && out[0].state != stateWarmUp {
		return nil, fmt.Errorf("it begins with page %d, in the middle of a wear", first)
	}
	return out, plausible(out)
}

// joined is the bytes in use of all pages. A page that is cut, doubled or lost
// shows by its number, by its filling, or by what stands behind it.
func joined(pages []*page) (b []byte, err error) {
	for i, p := range pages {
		last := i == len(pages)-1
		switch {
		case p.number != pages[0].number+uint32(i):
			return nil, fmt.Errorf("page %d stands where page %d belongs", p.number, pages[0].number+uint32(i))
		case !last && len(p.stream) != len(pages[0].stream), last && len(p.stream) > len(pages[0].stream):
			return nil, fmt.Errorf("page %d holds %d bytes, the first one %d", p.number, len(p.stream), len(pages[0].stream))
		case !uniform(p.tail):
			return nil, fmt.Errorf("page %d holds more than it says", p.number)
		}
		b = append(b, p.stream...)
	}
	return b, nil
}

// uniform says whether b is filled with one of the values of unused memory.
func uniform(b []byte) bool {
	for _, c := range b {
		if c != b[0] || c != 0 && c != 0xFF {
			return false
		}
	}
	return true
}

// plausible checks what readings of a transmitter are like.
func plausible(all []proReading) error {
	regular, steps := 0, 0
	for i, p := range all {
		switch {
		case p.seconds >= longestTransmitter:
			return fmt.Errorf("reading %d is %d days after the transmitter was started", i+1, p.seconds/86400)
		case p.word >= proWord && p.word&displayOnlyBit == 0:
			return fmt.Errorf("reading %d has the value word %#04x", i+1, p.word)
		case i == 0:
			continue
		case p.seconds == all[i-1].seconds && !p.displayOnly() && !all[i-1].displayOnly():
			return fmt.Errorf("readings %d and %d are of the same second", i, i+1)
		case p.seconds < all[i-1].seconds:
			continue // the transmitter's clock began anew
		}
		steps++
		if off := (p.seconds - all[i-1].seconds + stepTolerance) % proInterval; off <= 2*stepTolerance {
			regular++
		}
	}
	if 10*regular < 9*steps {
		return fmt.Errorf("only %d of %d steps are whole multiples of five minutes", regular, steps)
	}
	return nil
}

// wearsOf parts the stream where the transmitter's clock falls back.
func wearsOf(all []proReading) (out [][]proReading) {
	start := 0
	for i := 1; i <= len(all); i++ {
		if i == len(all) || all[i].seconds < all[i-1].seconds {
			out = append(out, all[start:i])
			start = i
		}
	}
	return out
}

// proWear makes the recording of a Pro reader. What is not as expected ends the
// read, with everything in the error that support for it needs.
func (s *readout) proWear() error {
	all, err := proStream(s.data.pro)
	if err == nil && len(all) > 0 {
		if wears := wearsOf(all); len(wears) > 1 {
			err = fmt.Errorf("it holds %d recordings, one behind the other; which transmitters they are of cannot be told",
				len(wears))
		}
	}
	var r *cgm.Recording
	if err == nil {
		r, err = s.proRecording(all)
	}
	if err != nil {
		info := s.info[wire.ProReadings]
		if len(s.data.pro) > 0 {
			info.revision = s.data.pro[0].revision
		}
		x := s.result.Receiver
		return fmt.Errorf("%w: %s (%s), firmware %s, partition %d, revision %d, length %d: %w",
			ErrImplausible, x.ProductID, x.ProductName, x.Firmware, wire.ProReadings, info.revision, max(info.length, 1), err)
	}
	if len(r.Readings) > 0 {
		s.result.Recordings = append(s.result.Recordings, r)
	}
	return nil
}

// proRecording places the readings and names their transmitter.
func (s *readout) proRecording(all []proReading) (*cgm.Recording, error) {
	x := s.result.Receiver
	r := &cgm.Recording{DeviceModel: x.Model(), DeviceID: x.SerialNumber, Unit: cgm.MgDL, IntervalSeconds: proInterval}
	r.MayContinue = len(s.data.pro[len(s.data.pro)-1].tail) == 0
	unknown := 0
	for _, p := range all {
		switch {
		case p.displayOnly():
			s.result.LeftOut.DisplayOnly++
		case p.counts():
			r.Readings = append(r.Readings, p.reading())
		case p.state == stateWarmUp:
			s.result.LeftOut.WarmUp++
		default:
			s.result.LeftOut.States++
			if p.state == 0 || p.state > lastKnownState {
				unknown++
			}
		}
	}
	if unknown > 0 {
		s.problem("%s in a state that this version does not know %s not counted as readings.",
			counted(unknown, "entry"), wasOrWere(unknown))
	}
	if len(r.Readings) == 0 {
		return r, nil
	}
	var err error
	if r.TransmitterID, err = s.data.collectedFrom(); err != nil {
		return nil, err
	}
	return r, s.place(r)
}

// reading is the entry as a reading, not yet placed in time.
func (p proReading) reading() cgm.Reading {
	g := cgm.Reading{TransmitterSeconds: int64(p.seconds), Backfilled: true}
	g.MgDL, g.Flag = flagged(p.mgDL())
	return g
}

// flagged is a value with its flag: LOW and HIGH as the constants that stand for
// them.
func flagged(mgDL int) (float64, cgm.Flag) {
	switch {
	case mgDL <= lastLow:
		return cgm.LowMgDL, cgm.Low
	case mgDL >= firstHigh:
		return cgm.HighMgDL, cgm.High
	}
	return float64(mgDL), cgm.InRange
}

var errNoTransmitterNamed = errors.New("no record names the transmitter that they were collected from")

// collectedFrom is the transmitter that the readings were collected from: the
// one that was set when the reader collected last. Where the settings no longer
// go back so far, both records must agree.
func (d *records) collectedFrom() (string, error) {
	collecting, collected, set, asked := "", "", "", ""
	for _, s := range d.settings {
		switch {
		case s.Working == workingCleared:
			collecting, collected = "", ""
		case s.Transmitter == "":
			continue
		case s.Working == workingCollecting:
			collecting = s.Transmitter
		case s.Working == workingCollected:
			collected = s.Transmitter
		}
		if s.Transmitter != "" {
			set = s.Transmitter
		}
	}
	if collecting != "" {
		collected = collecting
	}
	for _, t := range d.transmitters {
		if t.Transmitter != "" && t.Activation != noActivation {
			asked = t.Transmitter
		}
	}
	switch {
	case collected != "":
		return collected, nil
	case asked == "" && set == "":
		return "", errNoTransmitterNamed
	case asked != "" && set != "" && asked != set:
		return "", fmt.Errorf("%w: the settings name %s, the reader was last in touch with %s", errNoTransmitterNamed,
			set, asked)
	case asked != "":
		return asked, nil
	}
	return set, nil
}

// futureTolerance is how far in the future the last reading may seem to lie, in
// seconds: two clocks that drift for some months.
const futureTolerance = 10 * 60

// place puts the readings on the reader's clock and on the wall's. Their time is
// the computer's UTC less what has passed since on the reader's clock, which
// needs neither a right clock nor a right offset of the reader's.
func (s *readout) place(r *cgm.Recording) error {
	if !s.clock.known {
		return errors.New("the reader does not say what its clock shows")
	}
	start, err := s.activation(r.TransmitterID)
	if err != nil {
		return err
	}
	r.InsertedAt = start
	now := int64(s.clock.system)
	last := start + r.Readings[len(r.Readings)-1].TransmitterSeconds
	if last > now+futureTolerance {
		return fmt.Errorf("the last reading would lie %d minutes in the future by the reader's own clock", (last-now)/60)
	}
	for i := range r.Readings {
		g := &r.Readings[i]
		g.System = start + g.TransmitterSeconds
		g.Display = wallIn(s.clock.utc.Add(seconds(g.System-now)), s.options.Zone)
	}
	return nil
}

// agreeing is how far the two records of a transmitter's activation may lie
// apart, in seconds: the drift of two clocks over a transmitter's life.
const agreeing = 120

// activation is when the transmitter's clock began, on the reader's system clock
// as it runs now.
func (s *readout) activation(id string) (int64, error) {
	byContact, contact := s.data.contact(id)
	byInsertion, inserted := s.data.inserted(id)
	moves := s.data.clockMoves()
	switch {
	case contact != nil:
		out := byContact + s.moved(moves, *contact)
		if inserted != nil {
			if other := byInsertion + s.moved(moves, *inserted); abs(other-out) > agreeing {
				s.problem("The reader gives two starts of transmitter %s, %s apart. The later contact was taken; "+
					"check the times of day.", id, duration(abs(other-out)))
			}
		}
		return out, nil
	case inserted != nil:
		return byInsertion + s.moved(moves, *inserted), nil
	}
	return 0, fmt.Errorf("no record says when transmitter %s was started", id)
}

// contact is the last record of a contact with the transmitter that says when
// its clock began.
func (d *records) contact(id string) (int64, *stamp) {
	for _, t := range slices.Backward(d.transmitters) {
		if t.Transmitter == id && t.Activation != noActivation && t.Activation != noTime {
			return int64(t.Activation), &t.stamp
		}
	}
	return 0, nil
}

// inserted is the same of the last insertion that says it.
func (d *records) inserted(id string) (int64, *stamp) {
	for _, i := range slices.Backward(d.insertions) {
		if at, ok := i.activation(); ok && i.Transmitter == id {
			return at, &i.stamp
		}
	}
	return 0, nil
}

// moved is how far the system clock was moved since a record was written, or
// says that it cannot be told.
func (s *readout) moved(moves []clockMove, at stamp) int64 {
	by, sure := s.data.movedSince(moves, at)
	if !sure {
		s.problem("The reader's clock was set about when the sensor was started; whether before or after "+
			"cannot be told. Times of day may be off by %s.", duration(abs(totalOf(moves))))
	}
	return by
}
