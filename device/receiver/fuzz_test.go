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
