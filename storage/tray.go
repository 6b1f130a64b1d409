package storage

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
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

// ImportMatched stores each recording with the wear of its transmitter, all or
// none. One that fits no wear, or several, waits in the tray until somebody
// says whose it is.
func (s *Store) ImportMatched(
	source clinic.Source, recordings []*cgm.Recording, confirmed bool,
) (out []Imported, err error) {
	entry := Entry{Act: ActImported, Kind: KindWear}
	err = s.updateWith(&entry, func(t *tx) error {
		out = nil
		var details []string
		for _, r := range recordings {
			one, err := t.importMatched(&entry, source, r, confirmed)
			if err != nil {
				return err
			}
			out = append(out, one)
			details = append(details, entry.Detail)
		}
		entry.ID, entry.Detail = ids(out), strings.Join(details, "; ")
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

func ids(all []Imported) string {
	var out []string
	for _, i := range all {
		out = append(out, cmp.Or(i.WearID, i.TrayID))
	}
	return strings.Join(out, " ")
}

func (t *tx) importMatched(entry *Entry, source clinic.Source, r *cgm.Recording, confirmed bool) (Imported, error) {
	found := t.candidates(r)
	if w, err := t.storedIn(r, found); err != nil {
		return Imported{}, err
	} else if w != nil {
		return t.importInto(entry, w.Wear.ID, source, r, confirmed)
	}
	if len(found) == 1 && found[0].Serial {
		return t.importInto(entry, found[0].Wear.Wear.ID, source, r, confirmed)
	}
	id, err := t.keepInTray(source, r)
	entry.Detail = "tray " + id
	return Imported{TrayID: id}, err
}

// keepInTray keeps a recording in the tray; one that lies there already is not
// kept twice.
func (t *tx) keepInTray(source clinic.Source, r *cgm.Recording) (id string, err error) {
	there, err := t.tray()
	if err != nil {
		return "", err
	}
	if i := slices.IndexFunc(there, func(k InTray) bool { return k.Recording.Hash() == r.Hash() }); i >= 0 {
		return there[i].ID, nil
	}
	id = newID()
	packed, _ := pack(&stored{Recording: *r, Sources: []clinic.Source{source}})
	return id, t.put(bucketTray, id, packed)
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

// FromTray gives a recording of the tray to a wear, or for an empty wear to the
// patient, and takes it out of the tray, in one act.
func (s *Store) FromTray(id, wearID string, patient clinic.Patient, confirmed bool) (out Imported, err error) {
	entry := Entry{Act: ActImported, Kind: KindWear}
	return out, s.updateWith(&entry, func(t *tx) error {
		all, err := t.tray()
		if err != nil {
			return err
		}
		i := slices.IndexFunc(all, func(k InTray) bool { return k.ID == id })
		if i < 0 {
			return fmt.Errorf("recording %s in the tray: %w", id, ErrNotAny)
		}
		from := all[i]
		from.Source.At = t.now.UTC().Truncate(time.Second)
		if wearID != "" {
			out, err = t.importInto(&entry, wearID, from.Source, from.Recording, confirmed)
		} else {
			var imported []Imported
			if imported, err = t.importAll(&entry, patient, from.Source, []*cgm.Recording{from.Recording},
				confirmed); err == nil {
				out = imported[0]
			}
		}
		if err != nil {
			return err
		}
		entry.Detail += ", from the tray"
		return t.delete(bucketTray, id)
	})
}
