package workflow

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"tracedesk/assets"
	"tracedesk/cgm"
	"tracedesk/clinic"
	"tracedesk/clinic/billing"
	"tracedesk/clinic/steps"
	"tracedesk/clinic/wording"
	"tracedesk/storage"
)

// QueueLine is one wear that waits for somebody.
type QueueLine struct {
	Stage     steps.Stage `json:"stage"`
	WearID    string      `json:"wear_id"`
	PatientID string      `json:"patient_id"`
	Patient   string      `json:"patient"`
	DueBack   string      `json:"due_back,omitempty"` // of a wear that is out
	Reviewer  string      `json:"reviewer,omitempty"` // user id
}

// Due is when a wear that is out is expected, in words.
func (l QueueLine) Due() string {
	if l.DueBack == "" {
		return ""
	}
	return ", due back " + l.DueBack
}

// Queue is the practice's work on the day, in the order of its stages; that of
// one reviewer where reviewer is a user's id.
func Queue(s *storage.Store, reviewer string, today cgm.Date) ([]QueueLine, error) {
	wears, err := s.Wears("")
	if err != nil {
		return nil, err
	}
	patients, err := s.Patients()
	if err != nil {
		return nil, err
	}
	names := make(map[string]string, len(patients))
	for _, p := range patients {
		names[p.ID] = p.Name()
	}
	var out []QueueLine
	for _, w := range wears {
		b := &w.Brief
		stage := b.Stage(today)
		if !slices.Contains(steps.Stages, stage) || reviewer != "" && b.Reviewer != reviewer {
			continue
		}
		l := QueueLine{Stage: stage, WearID: w.Wear.ID, PatientID: w.Wear.PatientID, Patient: names[w.Wear.PatientID], Reviewer: b.Reviewer}
		if b.Placed && !b.Returned && !b.Read {
			l.DueBack = b.Due().String()
		}
		out = append(out, l)
	}
	slices.SortStableFunc(out, func(a, b QueueLine) int {
		return cmp.Or(cmp.Compare(slices.Index(steps.Stages, a.Stage), slices.Index(steps.Stages, b.Stage)), cmp.Compare(a.DueBack, b.DueBack), cmp.Compare(a.Patient, b.Patient))
	})
	return out, nil
}

// TrayLine is a recording in the tray with the wears that it may belong to.
type TrayLine struct {
	ID            string          `json:"id"`
	Source        string          `json:"source"`
	TransmitterID string          `json:"transmitter_id,omitempty"`
	First         string          `json:"first"`
	Last          string          `json:"last"`
	Readings      int             `json:"readings"`
	HoursRecorded float64         `json:"hours_recorded"`
	Candidates    []CandidateLine `json:"candidates"`
}

// CandidateLine is a wear that a recording may belong to, and why.
type CandidateLine struct {
	WearID  string `json:"wear_id"`
	Patient string `json:"patient"`
	Why     string `json:"why"`
}

// Candidates are the wears that a recording may belong to, in words.
func Candidates(s *storage.Store, r *cgm.Recording) ([]CandidateLine, error) {
	found, err := s.Candidates(r)
	if err != nil {
		return nil, err
	}
	set, err := s.Settings()
	out := []CandidateLine{}
	for _, k := range found {
		why := "it was out then"
		if k.Serial {
			why = "the same transmitter"
		}
		if b := &k.Wear.Brief; b.Placed {
			why += ", placed " + set.Date(b.PlacedAt) + ", due back " + set.Date(b.Due())
		}
		if k.Wear.Wear.RecordingID != "" {
			why += ", has a recording of " + wording.Hours(k.Wear.Check.HoursRecorded)
		}
		out = append(out, CandidateLine{k.Wear.Wear.ID, k.Patient.Name() + ", " + set.Born(k.Patient), why})
	}
	return out, err
}

// Tray is what waits in the tray.
func Tray(s *storage.Store) (out []TrayLine, err error) {
	all, err := s.Tray()
	if err != nil {
		return nil, err
	}
	for _, k := range all {
		check := clinic.CheckRecording(k.Recording)
		l := TrayLine{
			ID: k.ID, Source: k.Source.FileName, TransmitterID: k.Recording.TransmitterID,
			First: k.Recording.First().String(), Last: k.Recording.Last().String(), Readings: len(k.Recording.Readings), HoursRecorded: check.Coverage.HoursRecorded,
		}
		if l.Candidates, err = Candidates(s, k.Recording); err != nil {
			return nil, err
		}
		out = append(out, l)
	}
	return out, nil
}

// ServiceLines are the services of a month, 1 to 12, for the biller, by date.
func ServiceLines(s *storage.Store, year, month int) (out []billing.ServiceLine, err error) {
	wears, err := s.Wears("")
	if err != nil {
		return nil, err
	}
	fees, err := s.Fees()
	if err != nil {
		return nil, err
	}
	for _, w := range wears {
		if !slices.ContainsFunc(w.Brief.Services, func(x clinic.Service) bool { return billing.InMonth(x.Date, year, month) }) {
			continue
		}
		c, err := s.Case(w.Wear.ID)
		if err != nil {
			return nil, err
		}
		p, err := s.Patient(w.Wear.PatientID)
		if err != nil {
			return nil, err
		}
		for _, l := range c.ServiceLines(p, fees) {
			if day, err := cgm.ParseDate(l.Date); err == nil && billing.InMonth(day, year, month) {
				out = append(out, l)
			}
		}
	}
	slices.SortStableFunc(out, func(a, b billing.ServiceLine) int {
		return cmp.Or(cmp.Compare(a.Date, b.Date), cmp.Compare(a.Patient, b.Patient), cmp.Compare(a.Code, b.Code))
	})
	return out, nil
}

// Manifest says beside an export what it is, with the hash of each file.
func Manifest(wearID string, by clinic.User, reason string, now time.Time, files any) []byte {
	b, err := json.MarshalIndent(map[string]any{
		"program": "Tracedesk " + assets.Version, "wear_id": wearID, "exported_by": by.AsPerson(), "exported_at": now.Format(time.RFC3339),
		"reason": reason, "identifiers_included": true, "files": files,
	}, "", "  ")
	if err != nil {
		panic(fmt.Sprintf("a manifest that does not marshal: %v", err)) // only plain values
	}
	return append(b, '\n')
}

// ReadProfile reads a payer profile from its JSON; what it leaves out is strict,
// and without an id it is a new one.
func ReadProfile(text []byte) (billing.PayerProfile, error) {
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

// MostProfile bounds a payer profile's file.
const MostProfile = 1 << 20
