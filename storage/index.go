package storage

import (
	"cmp"
	"errors"
	"runtime"
	"slices"
	"strings"
	"sync"

	"tracedesk/cgm"
	"tracedesk/clinic"
)

// index is the small part of the store that lists and searches need, held in
// memory while the store is unlocked: patients, and wears without readings.
type index struct {
	patients   map[string]clinic.Patient
	wears      map[string]*WearSummary
	byPatient  map[string][]string // wear ids; an import must not look through all wears
	byDevice   map[string][]string // wear ids by transmitter
	generation uint64

	byName []clinic.Patient // sorted; nil when it has to be made anew
	byDate []*WearSummary
}

func newIndex() *index {
	return &index{
		patients: map[string]clinic.Patient{}, wears: map[string]*WearSummary{},
		byPatient: map[string][]string{}, byDevice: map[string][]string{},
	}
}

// loadIndex reads the index; it goes on past a damaged value or page, which
// verifying names.
func loadIndex(t *tx) (*index, error) {
	x := newIndex()
	patients, err := readAll[clinic.Patient](t, bucketPatients)
	if err != nil && !errors.Is(err, ErrPage) {
		return nil, err
	}
	for _, p := range patients {
		x.putPatient(*p)
	}
	wears, err := readAll[WearSummary](t, bucketWears)
	if err != nil && !errors.Is(err, ErrPage) {
		return nil, err
	}
	for _, w := range wears {
		x.putWear(w)
	}
	return x, nil
}

// readAll reads the values of a bucket on all cores: opening and parsing takes
// most of an unlocking.
func readAll[V any](t *tx, bucket string) (out []*V, err error) {
	type entry struct {
		key    string
		stored []byte
	}
	var all []entry
	err = t.e.Scan(bucket, "", func(key string, stored []byte) error {
		all = append(all, entry{key, slices.Clone(stored)}) // a fault of the mapped file is caught on this goroutine alone
		return nil
	})
	parsed := make([]*V, len(all))
	var work sync.WaitGroup
	size := (len(all) + runtime.NumCPU() - 1) / runtime.NumCPU()
	for from := 0; from < len(all); from += size {
		work.Go(func() {
			for i := from; i < min(from+size, len(all)); i++ {
				v := new(V)
				if value, err := t.open(bucket, all[i].key, all[i].stored); err == nil && fromJSON(bucket, all[i].key, value, v) == nil {
					parsed[i] = v
				}
			}
		})
	}
	work.Wait()
	return slices.DeleteFunc(parsed, func(v *V) bool { return v == nil }), err
}

func (x *index) putPatient(p clinic.Patient) {
	x.patients[p.ID] = p
	x.changed()
}

func (x *index) putWear(w *WearSummary) {
	x.dropWear(w.Wear.ID)
	x.wears[w.Wear.ID] = w
	x.byPatient[w.Wear.PatientID] = append(x.byPatient[w.Wear.PatientID], w.Wear.ID)
	x.byDevice[w.Wear.TransmitterID] = append(x.byDevice[w.Wear.TransmitterID], w.Wear.ID)
	x.changed()
}

func (x *index) dropWear(id string) {
	old, there := x.wears[id]
	if !there {
		return
	}
	without := func(of map[string][]string, key string) {
		of[key] = slices.DeleteFunc(of[key], func(k string) bool { return k == id })
	}
	without(x.byPatient, old.Wear.PatientID)
	without(x.byDevice, old.Wear.TransmitterID)
	delete(x.wears, id)
	x.changed()
}

func (x *index) dropPatient(id string) {
	delete(x.patients, id)
	x.changed()
}

// wearsOf are a patient's wears, the latest first.
func (x *index) wearsOf(patientID string) []*WearSummary { return x.wearsNamed(x.byPatient[patientID]) }

// wearsWith are the wears of a transmitter, the latest first.
func (x *index) wearsWith(transmitterID string) []*WearSummary {
	return x.wearsNamed(x.byDevice[transmitterID])
}

func (x *index) wearsNamed(ids []string) []*WearSummary {
	out := make([]*WearSummary, 0, len(ids))
	for _, id := range ids {
		out = append(out, x.wears[id])
	}
	slices.SortFunc(out, latestFirst)
	return out
}

// placedFor is that of the wears that waits for the recording: the same
// transmitter was placed, and not after the recording had ended.
func placedFor(wears []*WearSummary, r *cgm.Recording) *WearSummary {
	for _, k := range wears {
		if k.awaits(r) && k.Wear.TransmitterID != "" && strings.EqualFold(k.Wear.TransmitterID, r.TransmitterID) {
			return k
		}
	}
	return nil
}

// awaits says whether a wear has no recording yet and r could be it.
func (k *WearSummary) awaits(r *cgm.Recording) bool {
	return k.Wear.RecordingID == "" && !k.Brief.Ended && len(r.Readings) > 0 && (!k.Brief.Placed || r.Last().Date() >= k.Brief.PlacedAt)
}

func latestFirst(a, b *WearSummary) int {
	return cmp.Or(cmp.Compare(b.Last, a.Last), cmp.Compare(a.Wear.ID, b.Wear.ID))
}

func (x *index) changed() { x.byName, x.byDate, x.generation = nil, nil, x.generation+1 }

func (x *index) sortedPatients() []clinic.Patient {
	if x.byName == nil {
		x.byName = make([]clinic.Patient, 0, len(x.patients))
		for _, p := range x.patients {
			x.byName = append(x.byName, p)
		}
		slices.SortFunc(x.byName, func(a, b clinic.Patient) int {
			return cmp.Or(cmp.Compare(a.LastName, b.LastName), cmp.Compare(a.FirstName, b.FirstName), cmp.Compare(a.Identifier, b.Identifier), cmp.Compare(a.ID, b.ID))
		})
	}
	return slices.Clone(x.byName)
}

// sortedWears are the wears, the latest first.
func (x *index) sortedWears() []*WearSummary {
	if x.byDate == nil {
		x.byDate = make([]*WearSummary, 0, len(x.wears))
		for _, w := range x.wears {
			x.byDate = append(x.byDate, w)
		}
		slices.SortFunc(x.byDate, latestFirst)
	}
	return slices.Clone(x.byDate)
}

// Generation changes whenever what is listed does.
func (s *Store) Generation() uint64 {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.index == nil {
		return 0
	}
	return s.index.generation
}

// Changes counts the acts since the store was opened that a backup made before
// them lacks.
func (s *Store) Changes() uint64 {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.changes
}
