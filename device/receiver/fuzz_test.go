package receiver

import (
	"testing"
	"time"

	"tracedesk/cgm"
	"tracedesk/device/receiver/wire"
)

// FuzzPackets: whatever arrives, what is taken for a packet is one.
func FuzzPackets(f *testing.F) {
	f.Add([]byte{1, 6, 0, 1, 0x35, 0xD4})
	f.Add(append([]byte{1, 1, 1, 9, 9}, wire.Packet(1, []byte("<FirmwareHeader/>"))...))
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, hurry := range []bool{false, true} {
			code, payload, rest, ok := wire.Next(b, wire.MostXML, hurry)
			if len(rest) > len(b) || ok && string(wire.Packet(code, payload)) == "" {
				t.Fatal("more came out than went in")
			}
			if ok && code != wire.ACK && len(payload) > 4 {
				t.Fatal("a refusal with data")
			}
		}
	})
}

// FuzzPages: a page with whatever records either is refused, or everything
// after it works.
func FuzzPages(f *testing.F) {
	page := func(kind, revision byte, record []byte) []byte {
		b := make([]byte, wire.PageBytes)
		b[4], b[8], b[9] = 1, kind, revision
		copy(b[wire.HeaderBytes:], record)
		return b
	}
	f.Add(page(4, 5, make([]byte, 25)), true)
	f.Add(page(7, 3, make([]byte, 25)), true)
	f.Add(page(12, 3, make([]byte, 48)), true)
	f.Add(page(0, 1, []byte("12345678<a SerialNumber='x'/>")), true)
	f.Fuzz(func(t *testing.T, b []byte, mend bool) {
		if len(b) < wire.PageBytes {
			return
		}
		b = b[:wire.PageBytes]
		if mend { // give damaged pages right checksums, to get past them
			mendPage(b)
		}
		p, err := parsePage(b)
		if err != nil {
			return
		}
		s := &readout{result: &Result{}, options: Options{}.filled()}
		s.clock = clockReading{system: 500000000, utc: time.Unix(1790000000, 0), known: true}
		s.data.take(p)
		s.egvWears("8FUZZ1")
		if len(s.data.pro) > 0 {
			_ = s.proWear()
		}
		for _, r := range s.result.Recordings {
			for i := range r.Readings {
				if g := r.Readings[i]; g.MgDL < cgm.LowMgDL || g.MgDL > 1023 || i > 0 && g.System < r.Readings[i-1].System {
					t.Fatalf("reading %d: %+v", i, g)
				}
			}
		}
	})
}

func mendPage(b []byte) {
	seal := func(b []byte) {
		crc := wire.CRC(b[:len(b)-2])
		b[len(b)-2], b[len(b)-1] = byte(crc), byte(crc>>8)
	}
	length := wire.RecordLength(wire.Partition(b[8]), b[9])
	b[5], b[6], b[7] = 0, 0, 0
	seal(b[:wire.HeaderBytes])
	for i := range int(b[4]) {
		if end := wire.HeaderBytes + (i+1)*length; length > 0 && end <= len(b) {
			seal(b[end-length : end])
		}
	}
}

// FuzzProStream: whatever bytes stand in the pages of partition 20, they are
// refused, or every reading is one that they hold, in order and in time.
func FuzzProStream(f *testing.F) {
	stream := func(readings ...[8]byte) (b []byte) {
		for _, r := range readings {
			b = append(b, r[:]...)
		}
		return b
	}
	f.Add(stream([8]byte{117, 1, 0, 0, 5, 0, 2, 127}, [8]byte{161, 2, 0, 0, 100, 0, 6, 3}, [8]byte{205, 3, 0, 0, 39, 0, 6, 127}), uint16(500))
	f.Add(stream([8]byte{117, 1, 0, 0, 100, 128, 6, 127}, [8]byte{0, 0, 0, 0, 100, 0, 6, 127}), uint16(8))
	f.Fuzz(func(t *testing.T, b []byte, fill uint16) {
		fill = min(fill, wire.DataBytes)
		if fill == 0 || len(b) > 60*wire.DataBytes {
			return
		}
		s := &readout{result: &Result{}, options: Options{Zone: time.UTC}.filled()}
		s.clock = clockReading{system: 500000000, utc: time.Unix(1790000000, 0), known: true}
		s.data.transmitters = []transmitterInfo{{stamp{499000000, 499000000}, "8FUZZ1", 498000000}}
		for n := uint32(0); len(b) > 0; n++ {
			held := b[:min(len(b), int(fill))]
			b = b[len(held):]
			s.data.take(&page{partition: wire.ProReadings, revision: 5, number: n, stream: held, tail: make([]byte, wire.DataBytes-len(held))})
		}
		if len(s.data.pro) == 0 || s.proWear() != nil {
			return
		}
		for _, r := range s.result.Recordings {
			for i, g := range r.Readings {
				if g.MgDL < cgm.LowMgDL || g.MgDL > 1023 || i > 0 && g.System <= r.Readings[i-1].System || g.TransmitterSeconds >= longestTransmitter {
					t.Fatalf("reading %d: %+v", i, g)
				}
			}
		}
	})
}

// FuzzTransmitterInfo: whatever stands in partitions 14, 7 and 12, a wear is
// placed by it or refused.
func FuzzTransmitterInfo(f *testing.F) {
	record := append([]byte{1, 0, 0, 30, 1, 0, 0, 30}, "31FUZZ\x02\x18\x02\x58\xb5\x2e\x00\x00\x0b\x00\x01\x00\x00\x29\x00\x00\x00\x2a\x03"...)
	f.Add(record, []byte{}, []byte{}, uint32(900_000_000))
	f.Add(record, make([]byte, 23), make([]byte, 58), uint32(1))
	f.Fuzz(func(t *testing.T, info, inserted, settings []byte, now uint32) {
		s := &readout{result: &Result{}, options: Options{Zone: time.UTC}.filled()}
		s.clock = clockReading{system: now, utc: time.Unix(1790000000, 0), known: true}
		for ; len(info) >= 33; info = info[33:] {
			s.data.transmitters = append(s.data.transmitters, parseTransmitterInfo(info[:33]))
		}
		for ; len(inserted) >= 23; inserted = inserted[23:] {
			s.data.insertions = append(s.data.insertions, parseInsertion(2, inserted[:23]))
		}
		for ; len(settings) >= 58; settings = settings[58:] {
			s.data.settings = append(s.data.settings, parseUserSetting(6, settings[:58]))
		}
		_ = s.data.state(true)
		s.data.take(&page{partition: wire.ProReadings, revision: 5, stream: []byte{161, 2, 0, 0, 100, 0, 6, 3, 205, 3, 0, 0, 90, 0, 6, 127}, tail: make([]byte, 484)})
		if s.proWear() != nil {
			return
		}
		r := s.result.Recordings[0]
		if r.TransmitterID == "" || len(r.Readings) != 2 || r.Readings[1].System-r.Readings[0].System != 300 || r.Readings[1].System > int64(now)+futureTolerance {
			t.Fatalf("%+v", r)
		}
	})
}
