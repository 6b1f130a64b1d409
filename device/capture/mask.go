package capture

import (
	"encoding/binary"
	"fmt"
	"slices"

	"tracedesk/device/receiver/wire"
)

// content is what a capture holds of a page.
type content string

const (
	asItIs   content = "as it is"
	masked   content = "glucose values replaced"
	withheld content = "withheld: its layout is not known"
	included content = "included as it is, though its layout is not known: it may hold glucose values"
)

// maskedMgDL stands for every glucose value of a masked capture.
const maskedMgDL = 100

var le = binary.LittleEndian

// harmlessPartitions hold no value of a patient: they are kept as they are.
var harmlessPartitions = map[wire.Partition]bool{
	wire.ManufacturingData: true, wire.FirmwareParameterData: true, wire.InsertionTime: true, wire.ReceiverLogData: true,
	wire.UserSettingData: true, wire.TransmitterInfoData: true,
}

// maskPage replaces the values of a page in place. Only a page with a right
// header and a known layout is masked; of any other the data are withheld,
// unless a person agreed to include them.
func maskPage(page []byte, unknown bool) content {
	kind, revision := wire.Partition(page[8]), page[9]
	length, count := wire.RecordLength(kind, revision), le.Uint32(page[4:])
	known := wire.Checked(page[:wire.HeaderBytes]) && length > 0 && count <= uint32(wire.DataBytes/max(length, 1))
	data := page[wire.HeaderBytes:]
	switch {
	case kind == wire.PCSoftwareParameter: // a nickname: nobody may agree to that
		clear(data)
		return withheld
	case known && harmlessPartitions[kind]:
		return asItIs
	case known && kind == wire.ProReadings && maskStream(data[:count]):
		clear(data[count:])
		return masked
	case known && maskers[kind] != nil:
		for i := range int(count) {
			maskRecord(kind, revision, data[i*length:][:length])
		}
		clear(data[int(count)*length:])
		return masked
	case unknown:
		return included
	}
	clear(data)
	return withheld
}

// maskers replace the values of a record of a known layout.
var maskers = map[wire.Partition]func(revision byte, r []byte){
	wire.EGVData: maskEGV, wire.BackfilledEGVData: maskEGV,
	wire.MeterData:     func(_ byte, r []byte) { r[8], r[9] = maskedMgDL, 0 },
	wire.UserEventData: func(_ byte, r []byte) { clear(r[14:18]) },
	wire.SensorData:    func(_ byte, r []byte) { clear(r[8:16]) },
	wire.CalSet:        func(_ byte, r []byte) { clear(r[8 : len(r)-2]) },
}

// maskRecord masks a record. A right checksum is redone, a wrong one stays wrong.
func maskRecord(kind wire.Partition, revision byte, r []byte) {
	right := wire.Checked(r)
	maskers[kind](revision, r)
	crc := wire.CRC(r[:len(r)-2])
	if !right {
		crc ^= 0xFFFF
	}
	le.PutUint16(r[len(r)-2:], crc)
}

func maskEGV(revision byte, r []byte) {
	maskWord(r[8:])
	if revision >= 4 {
		r[18] = noRate
	}
	if revision >= 5 {
		maskWord(r[21:])
	}
}

const (
	lastState   = 19
	glucoseHigh = 0x03 // the word's bits 8 and 9
	noRate      = 0x7F // from rates, values could be added up
)

func maskWord(w []byte) {
	if v := int(w[0]) | int(w[1]&glucoseHigh)<<8; v > lastState {
		w[0], w[1] = maskedMgDL, w[1]&^glucoseHigh
	}
}

// maskStream masks the eight-byte readings of a Pro reader's page, which begin at
// its start or in its middle. It says no where neither looks like readings: what
// is not recognised is not masked.
func maskStream(b []byte) bool {
	const size, half = 8, 4
	for _, from := range []int{0, half} {
		if !readingsFrom(b, from) {
			continue
		}
		if from == half { // the end of a reading that began on the page before
			maskWord(b)
			b[3] = noRate
		}
		for ; from < len(b); from += size {
			r := b[from:min(from+size, len(b))]
			if len(r) > half {
				maskWord(r[half:])
			}
			if len(r) == size {
				r[size-1] = noRate
			}
		}
		return true
	}
	return false
}

// readingsFrom says whether the seconds at each eighth byte rise in the steps of
// a transmitter.
func readingsFrom(b []byte, from int) bool {
	const size, step, tolerance, longest = 8, 300, 5, 400 * 86400
	if from > 0 && len(b) < from {
		return false
	}
	regular, steps, before := 0, 0, uint32(0)
	for at := from; at+4 <= len(b); at += size {
		seconds := le.Uint32(b[at:])
		if seconds >= longest {
			return false
		}
		if at > from {
			steps++
			if seconds > before && (seconds-before+tolerance)%step <= 2*tolerance {
				regular++
			}
		}
		before = seconds
	}
	return steps > 0 && 10*regular >= 9*steps
}

// summary counts what a capture holds.
type summary struct {
	parts []part
	stray int
}

// part is what a capture holds of one partition in one revision.
type part struct {
	Partition byte    `json:"partition"`
	Name      string  `json:"name"`
	Revision  byte    `json:"revision"`
	Pages     int     `json:"pages"`
	Content   content `json:"content"`
}

func (s *summary) add(page []byte, what content) {
	p := part{page[8], wire.Partition(page[8]).String(), page[9], 1, what}
	for i := range s.parts {
		if q := &s.parts[i]; q.Partition == p.Partition && q.Revision == p.Revision && q.Content == what {
			q.Pages++
			return
		}
	}
	s.parts = append(s.parts, p)
}

// Summary is a capture's last line.
type Summary struct {
	Parts []part   `json:"partitions"`
	Words []string `json:"in_words"`
}

func (s *summary) line() any {
	out := Summary{Parts: slices.Clone(s.parts)}
	for _, p := range s.parts {
		out.Words = append(out.Words, fmt.Sprintf("%d pages of %s, revision %d: %s", p.Pages, p.Name, p.Revision, p.Content))
	}
	if s.stray > 0 {
		out.Words = append(out.Words, fmt.Sprintf("%d bytes that belong to no answer: withheld", s.stray))
	}
	out.Words = append(out.Words,
		"Serial numbers, transmitter ids, settings and times are kept. No name of a patient is on a receiver.")
	return struct {
		Summary Summary `json:"summary"`
	}{out}
}
