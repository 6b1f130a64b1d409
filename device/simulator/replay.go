package simulator

import (
	"cmp"
	"encoding/hex"
	"fmt"
	"io"
	"slices"

	"tracedesk/device/capture"
	"tracedesk/device/receiver/wire"
)

// Replay is the receiver that a captured exchange shows: the pages that it gave
// and its answers, so that whatever asks for them in whatever order gets them.
// Of a partition with holes the newest unbroken run of pages is played.
func Replay(r io.Reader) (*Model, error) {
	transfers, err := capture.Read(r)
	if err != nil {
		return nil, err
	}
	m := &Model{Pages: map[wire.Partition][]Page{}, Answers: map[wire.Command][]byte{}}
	pages := map[wire.Partition]map[uint32][]byte{}
	var asked, pending []byte
	for i, t := range transfers {
		b, err := hex.DecodeString(t.Hex)
		if err != nil {
			return nil, fmt.Errorf("transfer %d: %w", i+1, err)
		}
		if t.From == capture.Host {
			if code, payload, _, ok := nextRequest(b); ok {
				asked, pending = append([]byte{code}, payload...), nil
			}
			continue
		}
		pending = append(pending, b...)
		code, payload, _, ok := wire.Next(pending, false)
		if !ok || code != wire.ACK || len(asked) == 0 {
			continue
		}
		switch c := wire.Command(asked[0]); {
		case c == wire.Pages:
			keepPages(pages, payload)
		case len(asked) == 1:
			m.Answers[c] = append([]byte(nil), payload...)
		}
	}
	for p, byNumber := range pages {
		m.Pages[p] = newestRun(byNumber)
	}
	if len(m.Pages) == 0 {
		return nil, fmt.Errorf("the capture holds no page of a receiver")
	}
	return m, nil
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
