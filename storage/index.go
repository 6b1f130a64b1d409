package storage

import (
	"cmp"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
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
	faults     []error // what unlocking found changed

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
// verifying names. What is not as its manifest says is a fault of the index.
func loadIndex(t *tx, listed manifest) (*index, error) {
	x := newIndex()
	patients, err := indexed[clinic.Patient](t, x, bucketPatients, listed)
	if err != nil && !errors.Is(err, ErrPage) {
		return nil, err
	}
	for _, p := range patients {
		x.putPatient(*p)
	}
	wears, err := indexed[WearSummary](t, x, bucketWears, listed)
	if err != nil && !errors.Is(err, ErrPage) {
		return nil, err
	}
	for _, w := range wears {
		x.putWear(w)
	}
	for _, name := range sortedKeys(listed) {
		bucket, key, _ := strings.Cut(name, "/")
		x.faults = append(x.faults, fmt.Errorf("%s %s is missing: %w", bucket, key, ErrDamaged))
	}
	return x, nil
}

// indexed reads the values of a bucket, and takes each off the list.
func indexed[V any](t *tx, x *index, bucket string, listed manifest) (out []*V, err error) {
	type checked struct {
		v   *V
		sum digest
	}
	all, err := eachParallel(t, bucket, false, func(value []byte) (checked, bool) {
		v := new(V)
		return checked{v, sha256.Sum256(value)}, json.Unmarshal(value, v) == nil
	})
	for _, one := range all {
		name := nameOf(bucket, one.key)
		if listed[name] != one.value.sum {
			x.faults = append(x.faults, fmt.Errorf("%s %s is not what was written last: %w", bucket, one.key, ErrDamaged))
		}
		delete(listed, name)
		out = append(out, one.value.v)
	}
	return out, err
}

// keyed is a value with its key.
type keyed[V any] struct {
	key   string
	value V
}

// eachParallel opens and parses the values of a bucket, or the manifests in it, on all
// cores, which takes most of an unlocking. What does not open or parse is left out.
func eachParallel[V any](
	t *tx, bucket string, manifests bool, parse func(value []byte) (V, bool),
) (out []keyed[V], err error) {
	var all []keyed[[]byte]
	err = t.e.Scan(bucket, "", func(key string, stored []byte) error {
		if _, is := manifestAt(bucket, key); is != manifests {
			return nil
		}
		// Copied: a fault of the mapped file is caught on this goroutine alone.
		all = append(all, keyed[[]byte]{key, slices.Clone(stored)})
		return nil
	})
	parsed := make([]*V, len(all))
	var work sync.WaitGroup
	size := (len(all) + runtime.NumCPU() - 1) / runtime.NumCPU()
	for from := 0; from < len(all); from += size {
		work.Go(func() {
			for i := from; i < min(from+size, len(all)); i++ {
				if value, err := t.open(bucket, all[i].key, all[i].value); err == nil {
					if v, ok := parse(value); ok {
						parsed[i] = &v
					}
				}
			}
		})
	}
	work.Wait()
	for i, v := range parsed {
		if v != nil {
			out = append(out, keyed[V]{all[i].key, *v})
		}
	}
	return out, err
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
	return k.Wear.RecordingID == "" && !k.Brief.Ended && len(r.Readings) > 0 &&
		(!k.Brief.Placed || r.Last().Date() >= k.Brief.PlacedAt)
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
			return cmp.Or(cmp.Compare(a.LastName, b.LastName), cmp.Compare(a.FirstName, b.FirstName),
				cmp.Compare(a.Identifier, b.Identifier), cmp.Compare(a.ID, b.ID))
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
