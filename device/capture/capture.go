// Package capture keeps the whole exchange with a receiver, to find out later
// why one misbehaves, or to support one that is not known: a line of JSON for
// each transfer, with seconds since the start, who sent it, how many bytes, and
// the bytes in hex; the last line says what is inside. docs/capture.md describes
// the format. By default no glucose is in it: values are replaced by a constant,
// checksums redone, and what has no known layout is withheld.
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
	Seconds  float64 `json:"t"`
	From     string  `json:"dir"` // host or device
	Bytes    int     `json:"bytes"`
	Hex      string  `json:"hex,omitempty"`
	Withheld bool    `json:"withheld,omitempty"` // bytes that may hold values and are left out
}

// The two sides.
const (
	Host   = "host"
	Device = "device"
)

// header is the first line.
type header struct {
	Format  string     `json:"format,omitempty"`
	Version int        `json:"version,omitempty"`
	Masked  bool       `json:"masked,omitempty"`  // glucose and logged values are replaced
	Started *time.Time `json:"started,omitempty"` // this computer's clock, UTC
}

const (
	formatName    = "tracedesk receiver capture"
	formatVersion = 2
)

// Options say what a capture may hold.
type Options struct {
	Values  bool             // glucose and what the patient logged, as they are
	Unknown bool             // data without a known layout, which may hold values
	Now     func() time.Time // this computer's clock; nil for the real one
}

// port is a receiver.Port that keeps what passes through it.
type port struct {
	receiver.Port
	options Options
	mu      sync.Mutex
	to      *json.Encoder
	start   time.Time
	held    []byte       // bytes of the device that are no whole packet yet
	asked   wire.Command // the last one
	inside  summary
	err     error
}

// Port keeps what passes through p in w. Done ends the capture with its summary
// and says whether all of it was written.
func Port(p receiver.Port, w io.Writer, o Options) (kept receiver.Port, done func() error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	c := &port{Port: p, options: o, to: json.NewEncoder(w), start: o.Now(), inside: summary{}}
	started := c.start.UTC()
	c.err = c.to.Encode(header{formatName, formatVersion, !o.Values, &started})
	return c, func() error {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.stray(c.held)
		c.held = nil
		if c.err == nil {
			c.err = c.to.Encode(c.inside.line())
		}
		return c.err
	}
}

func (c *port) Write(b []byte) (int, error) {
	c.mu.Lock()
	c.keep(Host, b)
	if len(b) > 3 {
		c.asked = wire.Command(b[3])
	}
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

// received keeps whole packets, masked, and what stands before one as bytes that
// belong to none.
func (c *port) received(b []byte) {
	c.held = append(c.held, b...)
	for {
		code, payload, rest, ok := wire.Next(c.held, wire.MostAnswer(c.asked), false)
		if !ok {
			return
		}
		packet := wire.Packet(code, payload)
		c.stray(c.held[:len(c.held)-len(rest)-len(packet)])
		c.answer(code, payload)
		c.held = append([]byte(nil), rest...)
	}
}

// stray keeps bytes that belong to no packet. They may be the rest of a page, so
// that a masked capture only says how many they were.
func (c *port) stray(b []byte) {
	if len(b) == 0 || c.err != nil {
		return
	}
	if c.options.Values {
		c.keep(Device, b)
		return
	}
	c.inside.stray += len(b)
	c.err = c.to.Encode(Transfer{Seconds: c.seconds(), From: Device, Bytes: len(b), Withheld: true})
}

// answer keeps a whole answer.
func (c *port) answer(code byte, payload []byte) {
	switch {
	case len(payload) > 0 && len(payload)%wire.PageBytes == 0:
		payload = c.pages(payload)
	case !c.options.Values && !harmless(payload):
		c.stray(wire.Packet(code, payload))
		return
	}
	c.keep(Device, wire.Packet(code, payload))
}

// harmless says whether an answer that is no page can hold no glucose: XML, a
// range, a page's header, or a number.
func harmless(payload []byte) bool {
	return len(payload) <= wire.HeaderBytes || payload[0] == '<'
}

func (c *port) pages(payload []byte) []byte {
	out := append([]byte(nil), payload...)
	for p := out; len(p) > 0; p = p[wire.PageBytes:] {
		page := p[:wire.PageBytes]
		if c.options.Values {
			c.inside.add(page, asItIs)
			continue
		}
		c.inside.add(page, maskPage(page, c.options.Unknown))
	}
	return out
}

func (c *port) seconds() float64 { return c.options.Now().Sub(c.start).Seconds() }

func (c *port) keep(from string, b []byte) {
	if len(b) == 0 || c.err != nil {
		return
	}
	c.err = c.to.Encode(Transfer{Seconds: c.seconds(), From: from, Bytes: len(b), Hex: hex.EncodeToString(b)})
}

// mostLine is longer than the hex of any answer.
const mostLine = 4 * wire.MostXML

// Capture is a capture as it was kept.
type Capture struct {
	Started   time.Time // zero where an older capture does not say
	Masked    bool
	Transfers []Transfer
}

// mostCapture bounds a capture: a full receiver's takes a tenth of it.
const mostCapture = 64 << 20

// errLarge is of a file that is larger than any capture.
var errLarge = errors.New("the file is larger than any capture")

// Read reads a capture: ours, or the same lines without the first.
func Read(r io.Reader) (*Capture, error) {
	limited := &io.LimitedReader{R: r, N: mostCapture}
	lines := bufio.NewScanner(limited)
	lines.Buffer(nil, mostLine)
	out := &Capture{}
	for n := 1; lines.Scan(); n++ {
		var line struct {
			header
			Transfer
			Summary json.RawMessage `json:"summary"`
		}
		if err := json.Unmarshal(lines.Bytes(), &line); err != nil {
			return nil, fmt.Errorf("line %d is no transfer: %w", n, err)
		}
		switch {
		case line.Format != "":
			if line.Format != formatName || line.Version > formatVersion {
				return nil, fmt.Errorf("it is a “%s” of version %d, which this version does not know", line.Format, line.Version)
			}
			out.Masked = line.Masked
			if line.Started != nil {
				out.Started = *line.Started
			}
		case line.Summary != nil:
		case line.From != Host && line.From != Device:
			return nil, fmt.Errorf("line %d: “%s” is neither host nor device", n, line.From)
		case !line.Withheld:
			out.Transfers = append(out.Transfers, line.Transfer)
		}
	}
	if limited.N == 0 {
		return nil, errLarge
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("reading the capture: %w", err)
	}
	return out, nil
}
