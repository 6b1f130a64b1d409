package workflow

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"tracedesk/assets"
	"tracedesk/cgm"
	"tracedesk/clinic"
	"tracedesk/clinic/billing"
	"tracedesk/report"
	"tracedesk/storage"
	"tracedesk/storage/private"
)

// RecoveryPage is the PDF with a store's recovery key, to print and lock away.
func RecoveryPage(s *storage.Store, key []byte, now time.Time) ([]byte, error) {
	settings, err := s.Settings()
	if err != nil {
		return nil, err
	}
	prints, err := Fingerprints(s)
	if err != nil {
		return nil, err
	}
	d, err := report.RecoveryKey(settings, s.Path(), string(key), prints, now, assets.Version)
	if err != nil {
		return nil, err
	}
	return d.PDF, nil
}

// SaveLogo keeps the picture at the path as the practice's logo; without a path
// documents have none from now on.
func SaveLogo(s *storage.Store, path string) error {
	if path == "" {
		return s.SaveLogo(nil)
	}
	file, err := private.ReadFile(path, report.MostLogoFile)
	if err != nil {
		return err
	}
	logo, err := report.PrepareLogo(file)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return s.SaveLogo(logo)
}

// FreeDate is the next date on which a code is free, and how often it was used.
type FreeDate struct {
	Code    clinic.Code
	Next    cgm.Date
	PerYear map[string]int // by the year, as “2026”
}

// FreeDates are those of a patient with the services, in the order of billing.Codes. They are
// by the strict profile, since a wear that is not ordered has no payer yet.
func FreeDates(services []clinic.Service, today cgm.Date) (out []FreeDate) {
	strict := billing.StrictProfile()
	for _, code := range billing.Codes {
		out = append(out, FreeDate{code, strict.NextFree(services, code, today), billing.PerYear(services, code)})
	}
	return out
}

// NewPatient is a patient as typed, under the practice's settings. What cannot be a
// patient is an error of clinic.Patient.Validate.
func NewPatient(set clinic.Settings, first, last, birth, number string, now time.Time) (clinic.Patient, error) {
	p := set.NewPatient(first, last, birth, number)
	return p, p.Validate(Today(now))
}

// mostProfile bounds a payer profile's file.
const mostProfile = 1 << 20

// ImportProfile keeps a payer profile from its JSON, as the next version of the one
// with its id, or as a new one. What the file leaves out is strict.
func ImportProfile(s *storage.Store, path string) (billing.PayerProfile, error) {
	text, err := private.ReadFile(path, mostProfile)
	if err != nil {
		return billing.PayerProfile{}, err
	}
	p, err := parseProfile(text)
	if err != nil {
		return p, fmt.Errorf("%s: %w", path, err)
	}
	return s.SaveProfile(p)
}

func parseProfile(text []byte) (billing.PayerProfile, error) {
	p := billing.StrictProfile()
	p.ID, p.Version, p.Name, p.Source, p.Date = "", 0, "", "", ""
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	err := d.Decode(&p)
	if err == nil && d.More() {
		err = errors.New("something follows the profile")
	}
	return p, err
}

// Fingerprints are the practice's, to compare with what is printed elsewhere.
func Fingerprints(s *storage.Store) (report.Fingerprints, error) {
	root, err := s.PracticeRoot()
	return report.Fingerprints{Root: storage.Fingerprint(root), Founding: s.Founding()}, err
}
