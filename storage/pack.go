package storage

import (
	"bytes"
	"compress/flate"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"

	"tracedesk/cgm"
	"tracedesk/clinic"
)

// stored is a recording as it is kept: whose it is, the recording without its
// readings, which are packed behind it, its sources, and the 72-hour check of
// it with its hash, by the method that was in force.
type stored struct {
	PatientID string             `json:"patient_id"`
	Recording cgm.Recording      `json:"recording"`
	Count     int                `json:"count"`
	First     cgm.WallTime       `json:"first"`
	Last      cgm.WallTime       `json:"last"`
	Check     clinic.CheckRecord `json:"check"`
	Sources   []clinic.Source    `json:"sources"`
}

// Columns of the packed readings, in order. Each is written as zigzag varints
// of what its neighbour does not already say, so that a regular recording is
// mostly zeros, and all together are deflated.
//
//	system        second differences
//	display       differences of display − system
//	transmitter   differences of transmitter − system; a flag bit says there is one
//	value         differences, in units of 1/scale mg/dL; scale 0: 64-bit floats
//	flags         bits 0–1 cgm.Flag, bit 2 backfilled, bit 3 has transmitter time
const (
	packMagic   = "TDR2"
	packMagicV1 = "TDR1" // the head not deflated
)

// valueScales are tried in turn: whole mg/dL fit the first.
var valueScales = []float64{1, 10, 100}

// pack is magic, then deflated: length and JSON of the head, and the columns.
// The head is given too.
func pack(s *stored) (packed []byte, head stored) {
	readings := s.Recording.Readings
	head = *s
	head.Count = len(readings)
	if len(readings) > 0 {
		head.First, head.Last = s.Recording.First(), s.Recording.Last()
	}
	head.Check = clinic.CheckRecording(&s.Recording).Record()
	j := toJSON(&head)
	raw := append(binary.AppendUvarint(nil, uint64(len(j))), j...)
	z := bytes.NewBufferString(packMagic)
	w, _ := flate.NewWriter(z, flate.BestCompression) // the level is a good one
	_, _ = w.Write(append(raw, columns(readings)...)) // a buffer takes every byte
	_ = w.Close()
	return z.Bytes(), head
}

func columns(readings []cgm.Reading) []byte {
	b := make([]byte, 0, 8*len(readings))
	var last, step int64
	for i := range readings {
		d := readings[i].System - last
		b = binary.AppendVarint(b, d-step)
		last, step = readings[i].System, d
	}
	b = appendOffsets(b, readings, func(g *cgm.Reading) (int64, bool) { return int64(g.Display), true })
	b = appendOffsets(b, readings, func(g *cgm.Reading) (int64, bool) {
		return g.TransmitterSeconds, g.TransmitterSeconds != cgm.NoTransmitterTime
	})
	b = appendValues(b, readings)
	for i := range readings {
		b = append(b, flagsOf(&readings[i]))
	}
	return b
}

func appendOffsets(b []byte, readings []cgm.Reading, of func(*cgm.Reading) (int64, bool)) []byte {
	last := int64(0)
	for i := range readings {
		if v, there := of(&readings[i]); there {
			d := v - readings[i].System
			b = binary.AppendVarint(b, d-last)
			last = d
		}
	}
	return b
}

func appendValues(b []byte, readings []cgm.Reading) []byte {
	scale := scaleOf(readings)
	b = append(b, byte(scale))
	last := int64(0)
	for i := range readings {
		if scale == 0 {
			b = binary.LittleEndian.AppendUint64(b, math.Float64bits(readings[i].MgDL))
			continue
		}
		v := int64(math.Round(readings[i].MgDL * scale))
		b = binary.AppendVarint(b, v-last)
		last = v
	}
	return b
}

// scaleOf is the smallest scale that keeps every value exactly, or 0.
func scaleOf(readings []cgm.Reading) float64 {
next:
	for _, scale := range valueScales {
		for i := range readings {
			if v := readings[i].MgDL; math.Round(v*scale)/scale != v {
				continue next
			}
		}
		return scale
	}
	return 0
}

const (
	backfilledBit  = 4
	transmitterBit = 8
)

func flagsOf(g *cgm.Reading) byte {
	f := byte(g.Flag)
	if g.Backfilled {
		f |= backfilledBit
	}
	if g.TransmitterSeconds != cgm.NoTransmitterTime {
		f |= transmitterBit
	}
	return f
}

// errPacked is a packed recording that does not follow its format.
var errPacked = errors.New("a packed recording does not follow its format")

// unpack is pack's inverse; it checks the count and the hash.
func unpack(b []byte) (*stored, error) {
	raw, err := inflate(b)
	if err != nil {
		return nil, err
	}
	s, raw, err := unpackHead(raw)
	if err != nil {
		return nil, err
	}
	if s.Count < 0 || s.Count > len(raw) {
		return nil, errPacked
	}
	s.Recording.Readings = make([]cgm.Reading, s.Count)
	if err := readColumns(raw, s.Recording.Readings); err != nil {
		return nil, err
	}
	if s.Recording.Hash() != s.Check.RecordingHash {
		return nil, fmt.Errorf("the recording's readings do not match its hash: %w", ErrDamaged)
	}
	return s, nil
}

// inflate gives head and columns.
func inflate(b []byte) ([]byte, error) {
	deflated, ok := bytes.CutPrefix(b, []byte(packMagic))
	if !ok {
		return inflateV1(b)
	}
	return inflated(deflated)
}

// mostInflated bounds a packed recording: ten days take some 50 kB.
const mostInflated = 64 << 20

func inflated(deflated []byte) ([]byte, error) {
	raw, err := io.ReadAll(io.LimitReader(flate.NewReader(bytes.NewReader(deflated)), mostInflated+1))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errPacked, err)
	}
	if len(raw) > mostInflated {
		return nil, fmt.Errorf("%w: it is larger than any recording", errPacked)
	}
	return raw, nil
}

func inflateV1(b []byte) ([]byte, error) {
	b, ok := bytes.CutPrefix(b, []byte(packMagicV1))
	n, used := binary.Uvarint(b)
	if !ok || used <= 0 || n > uint64(len(b)-used) {
		return nil, errPacked
	}
	head := used + int(n)
	columns, err := inflated(b[head:])
	if err != nil {
		return nil, err
	}
	return append(b[:head:head], columns...), nil
}

// unpackHead takes the facts off the front of the columns.
func unpackHead(b []byte) (*stored, []byte, error) {
	n, used := binary.Uvarint(b)
	if used <= 0 || n > uint64(len(b)-used) {
		return nil, nil, errPacked
	}
	s := &stored{}
	if err := json.Unmarshal(b[used:used+int(n)], s); err != nil {
		return nil, nil, fmt.Errorf("%w: %w", errPacked, err)
	}
	return s, b[used+int(n):], nil
}

// columnReader takes numbers off the front; bad stays set after the first miss.
type columnReader struct {
	b   []byte
	bad bool
}

func (r *columnReader) varint() int64 {
	v, n := binary.Varint(r.b)
	if n <= 0 {
		r.bad = true
		return 0
	}
	r.b = r.b[n:]
	return v
}

func (r *columnReader) bytes(n int) []byte {
	if n > len(r.b) {
		r.bad = true
		return make([]byte, n)
	}
	out := r.b[:n]
	r.b = r.b[n:]
	return out
}

func readColumns(raw []byte, readings []cgm.Reading) error {
	// The flags lie last, one byte a reading, and say which have a transmitter time.
	flags := raw[len(raw)-len(readings):]
	r := &columnReader{b: raw[:len(raw)-len(readings)]}
	var last, step int64
	for i := range readings {
		step += r.varint()
		last += step
		readings[i].System = last
	}
	last = 0
	for i := range readings {
		last += r.varint()
		readings[i].Display = cgm.WallTime(readings[i].System + last)
	}
	last = 0
	for i := range readings {
		readings[i].TransmitterSeconds = cgm.NoTransmitterTime
		if flags[i]&transmitterBit != 0 {
			last += r.varint()
			readings[i].TransmitterSeconds = readings[i].System + last
		}
		readings[i].Flag = cgm.Flag(flags[i] & 3)
		readings[i].Backfilled = flags[i]&backfilledBit != 0
		if readings[i].Flag > cgm.High {
			return errPacked
		}
	}
	readValues(r, readings)
	if r.bad || len(r.b) != 0 {
		return errPacked
	}
	return nil
}

func readValues(r *columnReader, readings []cgm.Reading) {
	scale := float64(r.bytes(1)[0])
	last := int64(0)
	for i := range readings {
		if scale == 0 {
			readings[i].MgDL = math.Float64frombits(binary.LittleEndian.Uint64(r.bytes(8)))
			continue
		}
		last += r.varint()
		readings[i].MgDL = float64(last) / scale
	}
}

// fileMagic begins a file of packed recordings.
const fileMagic = "TDRFILE1"

// PackFile is recordings as a file: magic, then each packed, with its length
// before it as a uvarint.
func PackFile(recordings []*cgm.Recording) []byte {
	out := []byte(fileMagic)
	for _, r := range recordings {
		packed, _ := pack(&stored{Recording: *r})
		out = binary.AppendUvarint(out, uint64(len(packed)))
		out = append(out, packed...)
	}
	return out
}

// UnpackFile is PackFile's inverse; it checks each recording's hash.
func UnpackFile(b []byte) ([]*cgm.Recording, error) {
	rest, ok := bytes.CutPrefix(b, []byte(fileMagic))
	if !ok {
		return nil, errPacked
	}
	var out []*cgm.Recording
	for len(rest) > 0 {
		n, used := binary.Uvarint(rest)
		if used <= 0 || n > uint64(len(rest)-used) {
			return nil, errPacked
		}
		s, err := unpack(rest[used : used+int(n)])
		if err != nil {
			return nil, err
		}
		out = append(out, &s.Recording)
		rest = rest[used+int(n):]
	}
	return out, nil
}
