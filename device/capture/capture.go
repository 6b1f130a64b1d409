// Package capture keeps the whole exchange with a receiver, to find out later
// why one misbehaves: a line of JSON for each transfer, with seconds since the
// start, who sent it, how many bytes, and the bytes in hex. docs/capture.md
// describes the format. By default no glucose is in it: values are replaced by
// a constant and checksums redone.
package capture

import (
	"bufio"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"tracedesk/device/receiver"
	"tracedesk/device/receiver/wire"
)

// Transfer is one line: what was sent at once, in one direction.
type Transfer struct {
	Seconds float64 `json:"t"`
	From    string  `json:"dir"` // host or device
	Bytes   int     `json:"bytes"`
	Hex     string  `json:"hex"`
}

// The two sides.
const (
	Host   = "host"
	Device = "device"
)

// header is the first line.
type header struct {
	Format  string `json:"format"`
	Version int    `json:"version"`
	Masked  bool   `json:"masked"` // glucose and logged values are replaced
}

const (
	formatName    = "tracedesk receiver capture"
	formatVersion = 1
)

// port is a receiver.Port that keeps what passes through it.
type port struct {
	receiver.Port
	mu     sync.Mutex
	to     *json.Encoder
	start  time.Time
	masked bool
	held   []byte // bytes of the device that are no whole packet yet
	err    error
}

// Port keeps what passes through p in w; with values, glucose and what the
// patient logged are kept too. Done ends the capture and says whether all of
// it was written.
func Port(p receiver.Port, w io.Writer, values bool) (kept receiver.Port, done func() error) {
	c := &port{Port: p, to: json.NewEncoder(w), start: time.Now(), masked: !values}
	c.err = c.to.Encode(header{formatName, formatVersion, c.masked})
	return c, func() error {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.keep(Device, c.held)
		c.held = nil
		return c.err
	}
}

func (c *port) Write(b []byte) (int, error) {
	c.mu.Lock()
	c.keep(Host, b)
	c.mu.Unlock()
	return c.Port.Write(b)
}

func (c *port) Read(b []byte) (int, error) {
	n, err := c.Port.Read(b)
	if n > 0 {
		c.mu.Lock()
		c.received(b[:n])
		c.mu.Unlock()
	}
	return n, err
}

// received keeps whole packets, masked; what stands before one is kept as it
// is, since it belongs to none.
func (c *port) received(b []byte) {
	c.held = append(c.held, b...)
	for {
		code, payload, rest, ok := wire.Next(c.held, false)
		if !ok {
			break
		}
		packet := wire.Packet(code, payload)
		if junk := len(c.held) - len(rest) - len(packet); junk > 0 {
			c.keep(Device, c.held[:junk])
		}
		if c.masked {
			packet = wire.Packet(code, Mask(payload))
		}
		c.keep(Device, packet)
		c.held = append([]byte(nil), rest...)
	}
}

func (c *port) keep(from string, b []byte) {
	if len(b) == 0 || c.err != nil {
		return
	}
	c.err = c.to.Encode(Transfer{time.Since(c.start).Seconds(), from, len(b), hex.EncodeToString(b)})
}

// maskedMgDL stands for every glucose value of a masked capture.
const maskedMgDL = 100

// Mask replaces the values in the pages of an answer. States, which are no
// glucose, stay.
func Mask(payload []byte) []byte {
	if len(payload) == 0 || len(payload)%wire.PageBytes != 0 {
		return payload
	}
	out := append([]byte(nil), payload...)
	for p := out; len(p) > 0; p = p[wire.PageBytes:] {
		maskPage(p[:wire.PageBytes])
	}
	return out
}

func maskPage(page []byte) {
	kind, revision := wire.Partition(page[8]), page[9]
	length := wire.RecordLength(kind, revision)
	count := int(page[4])
	if length == 0 || count > wire.DataBytes/length || !wire.Checked(page[:wire.HeaderBytes]) {
		return // damaged: kept as it came, for it cannot be read anyway
	}
	for i := range count {
		record := page[wire.HeaderBytes+i*length:][:length]
		if wire.Checked(record) {
			maskRecord(kind, revision, record)
			crc := wire.CRC(record[:length-2])
			record[length-2], record[length-1] = byte(crc), byte(crc>>8)
		}
	}
}

func maskRecord(kind wire.Partition, revision byte, r []byte) {
	switch kind {
	case wire.EGVData, wire.BackfilledEGVData:
		maskWord(r[8:])
		if revision >= 5 {
			maskWord(r[21:])
		}
	case wire.MeterData:
		r[8], r[9] = maskedMgDL, 0
	case wire.UserEventData:
		copy(r[14:18], []byte{0, 0, 0, 0})
	}
}

const (
	lastState   = 19
	glucoseHigh = 0x03 // the word's bits 8 and 9
)

func maskWord(w []byte) {
	if v := int(w[0]) | int(w[1]&glucoseHigh)<<8; v > lastState {
		w[0], w[1] = maskedMgDL, w[1]&^glucoseHigh
	}
}

// mostLine is longer than the hex of any answer.
const mostLine = 1 << 16

// mostCapture bounds a capture: a full receiver's takes a tenth of it.
const mostCapture = 64 << 20

// errLarge is of a file that is larger than any capture.
var errLarge = errors.New("the file is larger than any capture")

// Read reads a capture: ours, or the same lines without the first.
func Read(r io.Reader) ([]Transfer, error) {
	limited := &io.LimitedReader{R: r, N: mostCapture}
	lines := bufio.NewScanner(limited)
	lines.Buffer(nil, mostLine)
	var out []Transfer
	for n := 1; lines.Scan(); n++ {
		var line struct {
			header
			Transfer
		}
		if err := json.Unmarshal(lines.Bytes(), &line); err != nil {
			return nil, fmt.Errorf("line %d is no transfer: %w", n, err)
		}
		if line.Format != "" {
			if line.Format != formatName || line.Version > formatVersion {
				return nil, fmt.Errorf("it is a “%s” of version %d, which this version does not know", line.Format, line.Version)
			}
			continue
		}
		if line.From != Host && line.From != Device {
			return nil, fmt.Errorf("line %d: “%s” is neither host nor device", n, line.From)
		}
		out = append(out, line.Transfer)
	}
	if limited.N == 0 {
		return nil, errLarge
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("reading the capture: %w", err)
	}
	return out, nil
}
