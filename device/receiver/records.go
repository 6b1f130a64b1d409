package receiver

import (
	"bytes"
	"encoding/binary"
	"encoding/xml"
	"fmt"

	"tracedesk/device/receiver/wire"
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
	TransmitterSeconds int64  // −1 where the revision has none
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
	e := egv{stamp: stampOf(b), TransmitterSeconds: -1}
	word := le.Uint16(b[8:])
	e.MgDL, e.DisplayOnly = int(word&glucoseMask), word&displayOnlyBit != 0
	e.Measured = e.System
	trend := b[10]
	if revision >= 4 {
		e.Measured, e.TransmitterSeconds = le.Uint32(b[10:]), int64(le.Uint32(b[14:]))
		trend = b[19]
	}
	if revision >= 5 {
		e.OnTransmitter, e.Backfilled = word&onTransmitterBit != 0, word&backfilledBit != 0
	}
	e.Trend, e.Noise = int(trend&0xF), int(trend>>4&0x7)
	return e
}

// insertion says that a sensor was inserted, removed or ended.
type insertion struct {
	stamp
	Time        uint32 // system seconds, noTime for none
	State       int
	Transmitter string // revision 2 and up
}

const (
	noTime  = 0xFFFFFFFF
	started = 7 // the state of a sensor that was inserted
)

func parseInsertion(revision byte, b []byte) insertion {
	i := insertion{stamp: stampOf(b), Time: le.Uint32(b[8:]), State: int(b[12])}
	if revision >= 2 {
		i.Transmitter = ascii(b[17:23])
	}
	return i
}

// at is when the sensor was inserted, or where that is not given, when the
// record was stored.
func (i insertion) at() uint32 {
	if i.Time == noTime {
		return i.System
	}
	return i.Time
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

// userSetting is written at every change of a setting, the clock included.
type userSetting struct {
	stamp
	DisplayOffset int32
	Transmitter   string
	Blinded       bool
}

func parseUserSetting(revision byte, b []byte) userSetting {
	s := userSetting{stamp: stampOf(b), DisplayOffset: int32(le.Uint32(b[12:]))}
	flags := uint32(0)
	if revision >= 5 {
		s.Transmitter, flags = ascii(b[16:22]), le.Uint32(b[22:])
	} else {
		s.Transmitter, flags = packedTransmitter(le.Uint32(b[16:])), le.Uint32(b[20:])
	}
	s.Blinded = flags&1 != 0
	return s
}

// packedAlphabet is the alphabet of G4 transmitter ids: ten digits and the
// letters without I, O, V and others that are mistaken.
const packedAlphabet = "0123456789ABCDEFGHJKLMNPQRSTUWXY"

// packedTransmitter unpacks five characters of five bits each, the first in
// the highest bits.
func packedTransmitter(v uint32) string {
	if v == 0 || v == noTime {
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

// attributes are those of the first element of an XML answer or record.
func attributes(b []byte) (map[string]string, error) {
	d := xml.NewDecoder(bytes.NewReader(b))
	for {
		token, err := d.Token()
		if err != nil {
			return nil, fmt.Errorf("the receiver's XML cannot be read: %w", err)
		}
		if e, ok := token.(xml.StartElement); ok {
			out := map[string]string{}
			for _, a := range e.Attr {
				out[a.Name.Local] = a.Value
			}
			return out, nil
		}
	}
}

// xmlRecord is the text of an XML record, behind its stamp up to the first NUL.
func xmlRecord(b []byte) []byte {
	b = b[8:]
	if i := bytes.IndexByte(b, 0); i >= 0 {
		b = b[:i]
	}
	return b
}

// partitionInfo is what the receiver says about a partition.
type partitionInfo struct {
	ID             byte   `xml:"Id,attr"`
	Name           string `xml:"Name,attr"`
	RecordRevision byte   `xml:"RecordRevision,attr"`
	RecordLength   int    `xml:"RecordLength,attr"`
}

func parsePartitionInfo(b []byte) (map[wire.Partition]partitionInfo, error) {
	var info struct {
		PageDataLength int             `xml:"PageDataLength,attr"`
		Partitions     []partitionInfo `xml:"Partition"`
	}
	if err := xml.Unmarshal(bytes.TrimRight(b, "\x00"), &info); err != nil {
		return nil, fmt.Errorf("the receiver's partition info cannot be read: %w", err)
	}
	if info.PageDataLength != 0 && info.PageDataLength != wire.DataBytes {
		return nil, fmt.Errorf("the receiver's pages hold %d bytes, not %d", info.PageDataLength, wire.DataBytes)
	}
	out := map[wire.Partition]partitionInfo{}
	for _, p := range info.Partitions {
		out[wire.Partition(p.ID)] = p
	}
	return out, nil
}

// known says whether the partition's records have a layout that is known.
func (p partitionInfo) known() error {
	length := wire.RecordLength(wire.Partition(p.ID), p.RecordRevision)
	if length == 0 || p.RecordLength != 0 && p.RecordLength != length {
		return &UnknownLayoutError{wire.Partition(p.ID).String(), p.RecordRevision, p.RecordLength}
	}
	return nil
}

// isElement says whether an answer is XML with the element of the given name.
func isElement(name string) func([]byte) bool {
	return func(b []byte) bool { return bytes.Contains(b, []byte("<"+name)) }
}
