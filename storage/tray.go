package storage

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"tracedesk/cgm"
	"tracedesk/clinic"
)

// InTray is a recording that belongs to nobody yet.
type InTray struct {
	ID        string
	Recording *cgm.Recording
	Source    clinic.Source
}

// KeepInTray keeps recordings that match no wear until somebody says whose they
// are. One that lies there already is not kept twice.
func (s *Store) KeepInTray(source clinic.Source, recordings []*cgm.Recording) (ids []string, err error) {
	entry := Entry{Act: ActAdded, Kind: KindTray}
	return ids, s.updateWith(&entry, func(t *tx) error {
		there, err := t.tray()
		if err != nil {
			return err
		}
		for _, r := range recordings {
			if i := slices.IndexFunc(there, func(k InTray) bool { return k.Recording.Hash() == r.Hash() }); i >= 0 {
				ids = append(ids, there[i].ID)
				continue
			}
			id := newID()
			packed, _ := pack(&stored{Recording: *r, Sources: []clinic.Source{source}})
			if err := t.put(bucketTray, id, packed); err != nil {
				return err
			}
			ids = append(ids, id)
		}
		entry.ID = fmt.Sprint(ids)
		return nil
	})
}

func (t *tx) tray() (out []InTray, err error) {
	return out, t.each(bucketTray, "", func(key string, value []byte) error {
		full, err := unpack(value)
		if err != nil {
			return fmt.Errorf("%s %s: %w", bucketTray, key, err)
		}
		out = append(out, InTray{key, &full.Recording, full.Sources[0]})
		return nil
	})
}

// Tray is what waits there, the earliest source first.
func (s *Store) Tray() (out []InTray, err error) {
	err = s.view(func(t *tx) error { out, err = t.tray(); return err })
	slices.SortStableFunc(out, func(a, b InTray) int { return a.Source.At.Compare(b.Source.At) })
	return out, err
}

// FromTray gives a recording of the tray to a wear that waits for one, or for
// an empty wear to the patient. It leaves the tray once it is stored there: cut
// off in between, it lies in both, which the next try sees.
func (s *Store) FromTray(id, wearID string, patient clinic.Patient, confirmed bool) (Imported, error) {
	all, err := s.Tray()
	if err != nil {
		return Imported{}, err
	}
	i := slices.IndexFunc(all, func(k InTray) bool { return k.ID == id })
	if i < 0 {
		return Imported{}, fmt.Errorf("recording %s in the tray: %w", id, ErrNotAny)
	}
	from := all[i]
	from.Source.At = s.now().UTC().Truncate(time.Second)
	var out Imported
	if wearID != "" {
		out, err = s.ImportInto(wearID, from.Source, from.Recording, confirmed)
	} else {
		var imported []Imported
		if imported, err = s.Import(patient, from.Source, []*cgm.Recording{from.Recording}, confirmed); err == nil {
			out = imported[0]
		}
	}
	if err != nil {
		return out, err
	}
	err = s.update(Entry{Act: ActDeleted, Kind: KindTray, ID: id, Detail: "wear " + out.WearID}, func(t *tx) error { return t.e.Delete(bucketTray, id) })
	return out, errors.Join(err)
}
