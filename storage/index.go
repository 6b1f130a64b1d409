package storage

import (
	"cmp"
	"slices"

	"tracedesk/clinic"
)

// index is the small part of the store that lists and searches need, held in
// memory while the store is unlocked: patients, and wears without readings.
type index struct {
	patients   map[string]clinic.Patient
	wears      map[string]WearSummary
	generation uint64

	byName []clinic.Patient // sorted; nil when it has to be made anew
	byDate []WearSummary
}

func newIndex() *index {
	return &index{patients: map[string]clinic.Patient{}, wears: map[string]WearSummary{}}
}

// load reads the index; it goes on past a damaged value, which verifying names.
func loadIndex(t *tx) (*index, error) {
	x := newIndex()
	err := t.e.Scan(bucketPatients, "", func(key string, stored []byte) error {
		var p clinic.Patient
		if value, err := t.open(bucketPatients, key, stored); err == nil && fromJSON(bucketPatients, key, value, &p) == nil {
			x.patients[key] = p
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	err = t.e.Scan(bucketWears, "", func(key string, stored []byte) error {
		var w WearSummary
		if value, err := t.open(bucketWears, key, stored); err == nil && fromJSON(bucketWears, key, value, &w) == nil {
			x.wears[key] = w
		}
		return nil
	})
	return x, err
}

func (x *index) putPatient(p clinic.Patient) {
	x.patients[p.ID] = p
	x.changed()
}

func (x *index) putWear(w WearSummary) {
	x.wears[w.Wear.ID] = w
	x.changed()
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
func (x *index) sortedWears() []WearSummary {
	if x.byDate == nil {
		x.byDate = make([]WearSummary, 0, len(x.wears))
		for _, w := range x.wears {
			x.byDate = append(x.byDate, w)
		}
		slices.SortFunc(x.byDate, func(a, b WearSummary) int {
			return cmp.Or(cmp.Compare(b.Last, a.Last), cmp.Compare(a.Wear.ID, b.Wear.ID))
		})
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
