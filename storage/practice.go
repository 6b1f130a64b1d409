package storage

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"tracedesk/clinic"
	"tracedesk/clinic/billing"
	"tracedesk/clinic/steps"
	"tracedesk/clinic/stock"
)

func profileKey(id string, version int) string { return fmt.Sprintf("%s/%06d", id, version) }

// profile is a payer profile: the version asked for, or the latest for 0. No id
// is the built-in strict one.
func (t *tx) profile(id string, version int) (p billing.PayerProfile, err error) {
	if id == "" || id == billing.StrictID {
		return billing.StrictProfile(), nil
	}
	if version > 0 {
		return p, t.getJSON(bucketProfiles, profileKey(id, version), &p)
	}
	err = t.each(bucketProfiles, id+"/",
		func(key string, value []byte) error { return fromJSON(bucketProfiles, key, value, &p) })
	if err == nil && p.ID == "" {
		err = fmt.Errorf("payer profile %s: %w", id, ErrNotAny)
	}
	return p, err
}

// Profiles are the latest versions of all payer profiles by name, the built-in
// one first.
func (s *Store) Profiles() (out []billing.PayerProfile, err error) {
	latest := map[string]billing.PayerProfile{}
	err = s.view(func(t *tx) error {
		return t.each(bucketProfiles, "", func(key string, value []byte) error {
			var p billing.PayerProfile
			if err := fromJSON(bucketProfiles, key, value, &p); err != nil {
				return err
			}
			latest[p.ID] = p // in the order of versions
			return nil
		})
	})
	for _, id := range sortedKeys(latest) {
		out = append(out, latest[id])
	}
	slices.SortStableFunc(out, func(a, b billing.PayerProfile) int { return cmp.Compare(a.Name, b.Name) })
	return append([]billing.PayerProfile{billing.StrictProfile()}, out...), err
}

// SaveProfile keeps a payer profile as its next version, or a new one. Only an
// administrator may.
func (s *Store) SaveProfile(p billing.PayerProfile) (billing.PayerProfile, error) {
	if err := s.administrator(); err != nil {
		return p, err
	}
	if p.ID == billing.StrictID {
		return p, billing.ErrProfileStrict
	}
	if err := p.Validate(); err != nil {
		return p, err
	}
	act := ActChanged
	if p.ID == "" {
		p.ID, act = newID(), ActAdded
	}
	return p, s.update(Entry{Act: act, Kind: KindProfile, ID: p.ID}, func(t *tx) error {
		before, err := t.profile(p.ID, 0)
		if err != nil && !errors.Is(err, ErrNotAny) {
			return err
		}
		p.Version = before.Version + 1
		return t.putJSON(bucketProfiles, profileKey(p.ID, p.Version), p)
	})
}

// services are those that were entered by hand.
func (t *tx) services(patientID string) (out []clinic.Service, err error) {
	return out, t.each(bucketServices, patientID+"/", func(key string, value []byte) error {
		var x clinic.Service
		if err := fromJSON(bucketServices, key, value, &x); err != nil {
			return err
		}
		out = append(out, x)
		return nil
	})
}

// AddService enters a service of the patient that was done elsewhere, or here
// without this program.
func (s *Store) AddService(patientID string, x clinic.Service) error {
	if err := x.Validate(); err != nil {
		return err
	}
	x.ID, x.WearID = newID(), ""
	return s.update(Entry{Act: ActAdded, Kind: KindService, ID: x.ID, Detail: "patient " + patientID}, func(t *tx) error {
		if _, err := t.get(bucketPatients, patientID); err != nil {
			return fmt.Errorf("patient %s: %w", patientID, err)
		}
		x.By = t.user.AsPerson()
		return t.putJSON(bucketServices, patientID+"/"+x.ID, x)
	})
}

// Services are the patient's: entered by hand, and those of the wears.
func (s *Store) Services(patientID string) (out []clinic.Service, err error) {
	err = s.view(func(t *tx) error {
		out, err = t.services(patientID)
		for _, w := range t.index.wearsOf(patientID) {
			out = append(out, w.Brief.Services...)
		}
		return err
	})
	slices.SortStableFunc(out,
		func(a, b clinic.Service) int { return cmp.Or(cmp.Compare(a.Date, b.Date), cmp.Compare(a.Code, b.Code)) })
	return out, err
}

// keyFees is the practice's fee table, in bucketMeta.
const keyFees = "fees"

// Fees are the practice's own amounts.
func (s *Store) Fees() (out []billing.Fee, err error) {
	err = s.view(func(t *tx) error { return t.getJSON(bucketMeta, keyFees, &out) })
	if errors.Is(err, ErrNotAny) {
		err = nil
	}
	return out, err
}

// SaveFee keeps an amount in the place of the one for the same payer, code and
// year.
func (s *Store) SaveFee(f billing.Fee) error {
	if err := f.Validate(); err != nil {
		return err
	}
	fees, err := s.Fees()
	if err != nil {
		return err
	}
	fees = slices.DeleteFunc(fees, func(x billing.Fee) bool {
		_, same := billing.FeeOf([]billing.Fee{x}, f.Payer, f.Code, f.Year)
		return same
	})
	fees = append(fees, f)
	return s.update(Entry{Act: ActChanged, Kind: KindFees},
		func(t *tx) error { return t.putJSON(bucketMeta, keyFees, fees) })
}

// Devices are the inventory, by kind, then expiry, serial and lot.
func (s *Store) Devices() (out []stock.Device, err error) {
	err = s.view(func(t *tx) error {
		return t.each(bucketDevices, "", func(key string, value []byte) error {
			var d stock.Device
			if err := fromJSON(bucketDevices, key, value, &d); err != nil {
				return err
			}
			out = append(out, d)
			return nil
		})
	})
	slices.SortFunc(out, func(a, b stock.Device) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Expiry, b.Expiry),
			cmp.Compare(a.Serial+a.Lot, b.Serial+b.Lot), cmp.Compare(a.ID, b.ID))
	})
	return out, err
}

// moveDevices keeps the inventory in step with a wear: a placed sensor leaves
// its lot, the transmitter is on the patient, a cleaned reader was cleaned.
// What the inventory does not know is left alone.
func (t *tx) moveDevices(w *WearSummary, r *steps.Record) error {
	var change func(*stock.Device) bool
	switch {
	case r.Step == steps.Placed && !r.Corrects:
		change = func(d *stock.Device) bool { return d.Placed(r.Placement, w.Wear.ID) }
	case r.Step == steps.Cleaned:
		c, err := t.caseOf(w)
		if err != nil {
			return err
		}
		change = func(d *stock.Device) bool { return d.CleanedAfter(&c.Case, r) }
	default:
		return nil
	}
	var changed []stock.Device
	err := t.each(bucketDevices, "", func(key string, value []byte) error {
		var d stock.Device
		if err := fromJSON(bucketDevices, key, value, &d); err != nil {
			return err
		}
		if change(&d) {
			changed = append(changed, d)
		}
		return nil
	})
	for _, d := range changed {
		err = errors.Join(err, t.putJSON(bucketDevices, d.ID, d))
	}
	return err
}

// SaveDevice keeps a line of the inventory, giving a new one its id.
func (s *Store) SaveDevice(d stock.Device) (stock.Device, error) {
	if err := d.Validate(); err != nil {
		return d, err
	}
	act := ActChanged
	if d.ID == "" {
		d.ID, act = newID(), ActAdded
	}
	return d, s.update(Entry{Act: act, Kind: KindDevice, ID: d.ID},
		func(t *tx) error { return t.putJSON(bucketDevices, d.ID, d) })
}
