package storage

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"tracedesk/cgm/cgmtest"
	"tracedesk/clinic"
	"tracedesk/clinic/steps"
	"tracedesk/storage/engine"
)

// BenchmarkAct measures what an act's proof costs: its manifests, the tree, the hashes
// of what it wrote and the signature. The same values are written in turn with it and,
// as format 2 did, without: sealed, with a chained entry and the state.
func BenchmarkAct(b *testing.B) {
	s, _ := newKeptStore(b, b.TempDir())
	fill(b, s, 1000)
	full := stored{Recording: *cgmtest.Wear(10, 3), Sources: []clinic.Source{file("made")}}
	pdf := make([]byte, 100_000)
	for name, values := range map[string]func() []value{
		"patient": func() []value {
			id := newID()
			return []value{{bucketPatients, id, toJSON(clinic.Patient{ID: id, LastName: id, BirthDate: "1964-06-20"})}}
		},
		"import": func() []value {
			id := newID()
			packed, head := pack(&full)
			w := summarise(clinic.Wear{ID: id, RecordingID: id}, &head)
			return []value{
				{bucketPatients, newID(), toJSON(clinic.Patient{LastName: id})}, {bucketRecordings, id, packed},
				{bucketSteps, stepKey(id, 1), toJSON(downloadOf(&head))}, {bucketWears, id, toJSON(w)},
			}
		},
		"document": func() []value {
			id := newID()
			return []value{
				{bucketFiles, id, pdf}, {bucketDocuments, id + "/" + id, toJSON(clinic.Document{ID: id, WearID: id})},
				{bucketSteps, stepKey(id, 1), toJSON(steps.Record{})}, {bucketWears, id, toJSON(WearSummary{})},
			}
		},
	} {
		b.Run(name, func(b *testing.B) { compareAct(b, s, values) })
	}
}

func compareAct(b *testing.B, s *Store, values func() []value) {
	var proved, bare []time.Duration
	for b.Loop() {
		begun := time.Now()
		provedAct(b, s, values())
		between := time.Now()
		bareAct(b, s, values())
		proved, bare = append(proved, between.Sub(begun)), append(bare, time.Since(between))
	}
	slices.Sort(proved)
	slices.Sort(bare)
	b.ReportMetric(float64(proved[len(proved)/2]), "proved-ns")
	b.ReportMetric(float64(bare[len(bare)/2]), "bare-ns")
}

func provedAct(b *testing.B, s *Store, values []value) {
	last := values[len(values)-1] // the wear, or the patient alone
	owner := ownerOf(last.bucket, last.key)
	err := s.update(Entry{Act: ActImported, Kind: KindWear}, func(t *tx) error {
		for _, v := range values {
			if err := t.putOf(owner, v.bucket, v.key, v.bytes); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
}

func bareAct(b *testing.B, s *Store, values []value) {
	err := s.engine.Update(func(e engine.Tx) error {
		t := s.newTx(e)
		st, err := t.state()
		if err != nil {
			return err
		}
		entry := toJSON(Entry{Seq: st.Count, At: t.now, UserID: t.user.ID, Login: t.user.Login, Act: ActImported, Previous: st.Head})
		key := fmt.Sprintf("%016x", uint64(1)<<40+uint64(time.Now().UnixNano()))
		_ = hashOf(entry)
		for _, v := range append(values, value{bucketAudit, key, entry}, value{bucketMeta, "state of the benchmark", toJSON(st)}) {
			if err := e.Put(v.bucket, v.key, t.key.Seal(v.bucket, v.key, v.bytes)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
}
