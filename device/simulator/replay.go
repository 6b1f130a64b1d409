package simulator

import (
	"cmp"
	"encoding/hex"
	"fmt"
	"io"
	"slices"
	"time"

	"tracedesk/device/capture"
	"tracedesk/device/receiver/wire"
)

// Replay is the receiver that a captured exchange shows: the pages that it gave
// and its answers, so that whatever asks for them in whatever order gets them.
// Of a partition with holes the newest unbroken run of pages is played. Its
// clock goes on from where it was when it was captured.
func Replay(r io.Reader) (*Model, error) {
	c, err := capture.Read(r)
	if err != nil {
		return nil, err
	}
	p := replay{
		model: &Model{Pages: map[wire.Partition][]Page{}, Answers: map[wire.Command][]byte{}},
		pages: map[wire.Partition]map[uint32][]byte{},
	}
	for i, t := range c.Transfers {
		if err := p.transfer(c, t); err != nil {
			return nil, fmt.Errorf("transfer %d: %w", i+1, err)
		}
	}
	for part, byNumber := range p.pages {
		p.model.Pages[part] = newestRun(byNumber)
	}
	p.model.clock.aligned = len(p.pages[wire.ProReadings]) > 0
	if len(p.pages) == 0 {
		return nil, fmt.Errorf("the capture holds no page of a receiver")
	}
	return p.model, nil
}

// replay is a capture being read.
type replay struct {
	model   *Model
	pages   map[wire.Partition]map[uint32][]byte
	asked   []byte // command and payload of the last request
	askedAt float64
	pending []byte
}

func (p *replay) transfer(c *capture.Capture, t capture.Transfer) error {
	b, err := hex.DecodeString(t.Hex)
	if err != nil {
		return err
	}
	if t.From == capture.Host {
		if code, payload, _, ok := nextRequest(b); ok && payload != nil {
			p.asked, p.askedAt, p.pending = append([]byte{code}, payload...), t.Seconds, nil
		}
		return nil
	}
	p.pending = append(p.pending, b...)
	if len(p.asked) == 0 {
		return nil
	}
	asked := wire.Command(p.asked[0])
	code, payload, _, ok := wire.Next(p.pending, wire.MostAnswer(asked), false)
	if !ok || code != wire.ACK {
		return nil
	}
	switch {
	case asked == wire.Pages:
		keepPages(p.pages, payload)
	case asked == wire.PageRange && len(p.asked) == 2:
		if part := wire.Partition(p.asked[1]); p.model.Pages[part] == nil {
			p.model.Pages[part] = nil // defined, and empty unless pages come
		}
	case asked == wire.SystemTime && len(payload) == 4:
		p.systemTime(c, t, payload)
	case len(p.asked) == 1:
		p.model.Answers[asked] = append([]byte(nil), payload...)
	}
	return nil
}

// systemTime takes the first answer of the receiver's clock: what this computer's
// showed then is the middle between question and answer.
func (p *replay) systemTime(c *capture.Capture, t capture.Transfer, payload []byte) {
	if p.model.clock.system != 0 {
		return
	}
	p.model.clock.system = int64(le.Uint32(payload))
	if !c.Started.IsZero() {
		middle := time.Duration((p.askedAt + t.Seconds) / 2 * float64(time.Second))
		p.model.clock.from, p.model.clock.now = c.Started.Add(middle), time.Now
	}
}

// StandStill stops the played clock at the captured moment, and gives what this
// computer's clock showed then; ok is false where the capture does not say.
func (m *Model) StandStill() (at time.Time, ok bool) {
	m.clock.now = nil
	return m.clock.from, !m.clock.from.IsZero()
}

func keepPages(pages map[wire.Partition]map[uint32][]byte, payload []byte) {
	for ; len(payload) >= wire.PageBytes; payload = payload[wire.PageBytes:] {
		page := payload[:wire.PageBytes]
		p := wire.Partition(page[8])
		if pages[p] == nil {
			pages[p] = map[uint32][]byte{}
		}
		pages[p][le.Uint32(page[10:])] = append([]byte(nil), page...)
	}
}

func newestRun(byNumber map[uint32][]byte) []Page {
	var all []Page
	for n, b := range byNumber {
		all = append(all, Page{n, b})
	}
	slices.SortFunc(all, func(a, b Page) int { return cmp.Compare(a.Number, b.Number) })
	for i := len(all) - 1; i > 0; i-- {
		if all[i-1].Number+1 != all[i].Number {
			return all[i:]
		}
	}
	return all
}
