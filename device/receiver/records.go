package receiver

import (
	"bytes"
	"encoding/binary"

	"tracedesk/cgm"
)

var le = binary.LittleEndian

// stamp begins every record but XML: when it was stored, in seconds since
// 2009-01-01T00:00:00 on the receiver's own clock, and what the wall clock
// showed then.
type stamp struct{ System, Display uint32 }

func stampOf(b []byte) stamp { return stamp{le.Uint32(b), le.Uint32(b[4:])} }

// offset is wall clock less own clock, in seconds.
func (s stamp) offset() int64 { return int64(s.Display) - int64(s.System) }

// egv is a glucose record.
type egv struct {
	stamp
	MgDL               int // 0 to 19 are states, not glucose
	DisplayOnly        bool
	Backfilled         bool   // the record says so (revision 5)
	OnTransmitter      bool   // computed on the transmitter (revision 5)
	Measured           uint32 // own system seconds; System where the revision has none
	TransmitterSeconds int64  // cgm.NoTransmitterTime where the receiver does not know
	Trend, Noise       int
}

// The glucose word's bits.
const (
	glucoseMask      = 0x03FF
	displayOnlyBit   = 0x8000
	onTransmitterBit = 0x4000
	backfilledBit    = 0x2000
	lastState        = 19 // values up to here are states
	lastLow          = 39 // 20 up to here: LOW
	firstHigh        = 401
)

func parseEGV(revision byte, b []byte) egv {
	e := egv{stamp: stampOf(b), TransmitterSeconds: cgm.NoTransmitterTime}
	word := le.Uint16(b[8:])
	e.MgDL, e.DisplayOnly = int(word&glucoseMask), word&displayOnlyBit != 0
	e.Measured = e.System
	trend := b[10]
	if revision >= 4 {
		e.Measured = le.Uint32(b[10:])
		if seconds := le.Uint32(b[14:]); seconds != noTime {
			e.TransmitterSeconds = int64(seconds)
		}
		trend = b[19]
	}
	if revision >= 5 {
		e.OnTransmitter, e.Backfilled = word&onTransmitterBit != 0, word&backfilledBit != 0
	}
	e.Trend, e.Noise = int(trend&0xF), int(trend>>4&0x7)
	return e
}

// insertion says that a sensor was inserted, removed or ended, or on a Pro
// reader that a transmitter was asked whether it has a session.
type insertion struct {
	stamp
	Time        uint32 // system seconds, noTime for none
	State       int
	Elapsed     uint32 // the insertion in transmitter seconds, noTime where unknown
	Transmitter string // revision 2 and up
	moved       int64  // what the system clock was set by since, seconds
}

const (
	noTime  = 0xFFFFFFFF
	started = 7  // the state of a sensor that was inserted
	running = 21 // the transmitter was asked and has a session
)

func parseInsertion(revision byte, b []byte) insertion {
	i := insertion{stamp: stampOf(b), Time: le.Uint32(b[8:]), State: int(b[12]), Elapsed: noTime}
	if revision >= 2 {
		i.Elapsed, i.Transmitter = le.Uint32(b[13:]), transmitterID(b[17:23])
	}
	return i
}

// begins says whether a sensor's wear begins with it.
func (i insertion) begins() bool { return i.State == started || i.State == running }

// at is when the sensor was inserted, or where that is not given, when the
// record was stored.
func (i insertion) at() uint32 {
	if i.Time == noTime {
		return i.System
	}
	return i.Time
}

// on is at on the system clock as it runs now.
func (i insertion) on() int64 { return int64(i.at()) + i.moved }

// activation is when its transmitter's clock began, where the record says.
func (i insertion) activation() (system int64, ok bool) {
	if i.Time == noTime || i.Elapsed == noTime || i.Elapsed > i.Time {
		return 0, false
	}
	return int64(i.Time) - int64(i.Elapsed), true
}

// meter is a fingerstick value.
type meter struct {
	stamp
	MgDL int
	Time uint32 // system seconds
}

func parseMeter(revision byte, b []byte) meter {
	m := meter{stamp: stampOf(b), MgDL: int(le.Uint16(b[8:])), Time: le.Uint32(b[10:])}
	if revision >= 3 {
		m.Time = le.Uint32(b[11:])
	}
	return m
}

// userEvent is what the patient entered.
type userEvent struct {
	stamp
	Type, Subtype int
	Time          uint32 // on the display clock, set by the user
	Value         uint32
}

func parseUserEvent(b []byte) userEvent {
	return userEvent{stampOf(b), int(b[8]), int(b[9]), le.Uint32(b[10:]), le.Uint32(b[14:])}
}

// userSetting is written at every change of a setting, the clock included. The
// order of these records, not their time, is the order of the changes.
type userSetting struct {
	stamp
	SystemOffset  int32 // a change of it moves the system clock by as much
	DisplayOffset int32
	Transmitter   string // empty for none
	Blinded       bool
	Working       int   // a Pro reader's working state; 0 elsewhere
	moved         int64 // what the system clock was set by since, seconds
}

// A Pro reader's working states that matter here.
const (
	workingConnecting = 2
	workingConnected  = 3
	workingCollecting = 5
	workingCollected  = 6
	workingRead       = 8
	workingCleared    = 14
)

func parseUserSetting(revision byte, b []byte) userSetting {
	s := userSetting{stamp: stampOf(b), SystemOffset: int32(le.Uint32(b[8:])), DisplayOffset: int32(le.Uint32(b[12:]))}
	flags := uint32(0)
	if revision >= 5 {
		s.Transmitter, flags = transmitterID(b[16:22]), le.Uint32(b[22:])
	} else {
		s.Transmitter, flags = packedTransmitter(le.Uint32(b[16:])), le.Uint32(b[20:])
	}
	if revision >= 6 {
		s.Working = int(b[51])
	}
	s.Blinded = flags&1 != 0
	return s
}

// transmitterInfo is written by a Pro reader at each contact with a transmitter.
type transmitterInfo struct {
	stamp
	Transmitter string // empty for none
	Activation  uint32 // of the transmitter's clock, system seconds; noActivation where not asked yet
}

// noActivation stands in a record that was written before the transmitter was
// asked.
const noActivation = 1239676928

func parseTransmitterInfo(b []byte) transmitterInfo {
	return transmitterInfo{stamp: stampOf(b), Transmitter: transmitterID(b[8:14]), Activation: le.Uint32(b[24:])}
}

// noTransmitter are the ids of receivers without a transmitter.
var noTransmitter = map[string]bool{"400000": true, "888888": true, "333333": true}

// transmitterID is a transmitter's id, empty for none and for a text that is no id,
// since it could not stand in a recording's CSV.
func transmitterID(b []byte) string {
	id := ascii(b)
	if noTransmitter[id] || !cgm.FitsCSV(id) {
		return ""
	}
	return id
}

// packedAlphabet is the alphabet of G4 transmitter ids: ten digits and the
// letters without I, O, V and others that are mistaken.
const packedAlphabet = "0123456789ABCDEFGHJKLMNPQRSTUWXY"

// noPackedID is 60000, the id of a G4 without a transmitter.
const noPackedID = 6291456

// packedTransmitter unpacks five characters of five bits each, the first in
// the highest bits.
func packedTransmitter(v uint32) string {
	if v == 0 || v == noTime || v == noPackedID {
		return ""
	}
	var out [5]byte
	for i := range out {
		out[i] = packedAlphabet[v>>(5*(4-i))&31]
	}
	return string(out[:])
}

// ascii is a text field without its padding; empty where it holds no text.
func ascii(b []byte) string {
	b = bytes.TrimRight(b, "\x00\xff ")
	for _, c := range b {
		if c < ' ' || c > '~' {
			return ""
		}
	}
	return string(b)
}
