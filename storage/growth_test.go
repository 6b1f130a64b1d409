package storage

import (
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"testing"

	"tracedesk/cgm"
	"tracedesk/cgm/cgmtest"
	"tracedesk/clinic"
	"tracedesk/storage/engine"
)

// wearsEach is how many wears a patient of a large store has.
const wearsEach = 3

// fill stores patients with wears of ten days, each in a transaction of their
// own, and gives how many bytes their packed recordings take.
func fill(tb testing.TB, s *Store, patients int) (packedBytes int) {
	tb.Helper()
	var kinds []stored
	for seed := range uint64(8) {
		kinds = append(kinds, stored{Recording: *cgmtest.Wear(10, seed), Sources: []clinic.Source{file("made")}})
	}
	for n := range patients {
		err := s.update(Entry{Act: ActImported, Kind: KindWear}, func(t *tx) error {
			size, err := t.fillOne(n, kinds)
			packedBytes += size
			return err
		})
		if err != nil {
			tb.Fatal(err)
		}
	}
	return packedBytes
}

func (t *tx) fillOne(n int, kinds []stored) (size int, err error) {
	p := clinic.Patient{ID: newID(), FirstName: "Given" + strconv.Itoa(n%97), LastName: "Family" + strconv.Itoa(n), BirthDate: "1964-06-20", Identifier: strconv.Itoa(100000 + n)}
	if err := t.putPatient(p); err != nil {
		return 0, err
	}
	for k := range wearsEach {
		full := kinds[(n+k)%len(kinds)]
		full.PatientID, full.Recording.TransmitterID = p.ID, fmt.Sprintf("8%05d", (n*wearsEach+k)%100000)
		w := clinic.Wear{ID: newID(), PatientID: p.ID, RecordingID: newID(), TransmitterID: full.Recording.TransmitterID}
		packed, head := pack(&full)
		size += len(packed)
		if err := t.putOf(wearOwner(w.ID), bucketRecordings, w.RecordingID, packed); err != nil {
			return 0, err
		}
		if err := t.putWear(summarise(w, &head)); err != nil {
			return 0, err
		}
	}
	return size, nil
}

// sealedBytes is how much the values of a store are, with their keys.
func sealedBytes(tb testing.TB, s *Store) (n int) {
	tb.Helper()
	err := s.engine.View(func(e engine.Tx) error {
		for _, bucket := range known {
			if err := e.Scan(bucket, "", func(key string, value []byte) error { n += len(key) + len(value); return nil }); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		tb.Fatal(err)
	}
	return n
}

// resident is the process's memory in MB where the system tells: all of it, and
// without the pages of mapped files, which the system takes back when it needs
// them.
func resident() (all, own float64) {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0, 0
	}
	kb := func(name string) float64 {
		_, rest, _ := strings.Cut(string(status), name+":")
		fields := strings.Fields(rest)
		if len(fields) == 0 {
			return 0
		}
		v, _ := strconv.ParseFloat(fields[0], 64)
		return v / 1024
	}
	return kb("VmRSS"), kb("RssAnon")
}

// BenchmarkGrowth measures what must stay quick when the store grows; each is
// the whole act, with its transaction and its entry in the audit trail.
func BenchmarkGrowth(b *testing.B) {
	for _, patients := range []int{100, 1000, 10000} {
		b.Run("patients="+strconv.Itoa(patients), func(b *testing.B) { growth(b, patients) })
	}
}

func growth(b *testing.B, patients int) {
	dir := b.TempDir()
	s, _ := newKeptStore(b, dir)
	packed := fill(b, s, patients)
	size, sealed := s.engine.Size(), sealedBytes(b, s)
	if err := s.Close(); err != nil {
		b.Fatal(err)
	}
	runtime.GC()
	debug.FreeOSMemory()
	reopen := func(b *testing.B) *Store {
		s, err := Open(dir)
		if err != nil {
			b.Fatal(err)
		}
		return s
	}
	b.Run("open", func(b *testing.B) {
		for b.Loop() {
			_ = reopen(b).Close()
		}
		b.ReportMetric(float64(size)/float64(packed), "file/packed")
		b.ReportMetric(float64(size)/float64(sealed), "file/sealed")
	})
	s = reopen(b)
	defer s.Close()
	b.Run("unlock", func(b *testing.B) {
		for b.Loop() {
			if err := s.Unlock("tess", []byte(testPassphrase)); err != nil {
				b.Fatal(err)
			}
		}
	})
	wears, err := s.Wears("")
	if err != nil {
		b.Fatal(err)
	}
	b.Run("wear", func(b *testing.B) {
		for n := 0; b.Loop(); n++ {
			if _, err := s.Wear(wears[n*7919%len(wears)].Wear.ID); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("import", func(b *testing.B) {
		r := cgmtest.Wear(10, 99)
		for b.Loop() {
			r.TransmitterID = newID()
			if _, err := s.Import(clinic.Patient{LastName: newID()}, file(newID()), []*cgm.Recording{r}, false); err != nil {
				b.Fatal(err)
			}
		}
		all, own := resident()
		b.ReportMetric(all, "MB-resident")
		b.ReportMetric(own, "MB-own")
	})
}
