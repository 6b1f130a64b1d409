package simulator

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"time"

	"tracedesk/device/receiver/wire"
)

// dumped is all pages of a real reader, in hex, by partition.
type dumped struct {
	Pages map[string][]string `json:"pages"`
	Empty []int               `json:"defined_but_empty"`
}

// FromDump is the Pro reader that a dump shows. Its clock goes on from its last
// settings, since a dump does not say when it was taken by that clock.
func FromDump(r io.Reader, now func() time.Time) (*Model, error) {
	var d dumped
	if err := json.NewDecoder(r).Decode(&d); err != nil {
		return nil, fmt.Errorf("it is no dump of a receiver: %w", err)
	}
	b := &proBuilder{id: proNobody}
	b.options.Now = now
	m := b.model("ProReader", nil)
	m.Pages = map[wire.Partition][]Page{}
	for _, p := range d.Empty {
		m.Pages[wire.Partition(p)] = nil
	}
	for name, pages := range d.Pages {
		p, err := strconv.Atoi(name)
		if err != nil {
			return nil, fmt.Errorf("partition “%s” is no number", name)
		}
		if m.Pages[wire.Partition(p)], err = dumpedPages(pages); err != nil {
			return nil, fmt.Errorf("partition %d: %w", p, err)
		}
	}
	if len(d.Pages) == 0 {
		return nil, fmt.Errorf("the dump holds no page of a receiver")
	}
	m.clock.system = m.lastSetting() + 60
	return m, nil
}

func dumpedPages(pages []string) (out []Page, err error) {
	for i, text := range pages {
		b, err := hex.DecodeString(text)
		if err != nil || len(b) != wire.PageBytes {
			return nil, fmt.Errorf("its page %d is no page", i)
		}
		out = append(out, Page{le.Uint32(b[10:]), b})
	}
	return out, nil
}

// lastSetting is the system second of the newest settings record.
func (m *Model) lastSetting() int64 {
	pages := m.Pages[wire.UserSettingData]
	if len(pages) == 0 {
		return 0
	}
	b := pages[len(pages)-1].Bytes
	length := wire.RecordLength(wire.UserSettingData, b[9])
	count := int(le.Uint32(b[4:]))
	if length == 0 || count == 0 || count*length > wire.DataBytes {
		return 0
	}
	return int64(le.Uint32(b[wire.HeaderBytes+(count-1)*length:]))
}
