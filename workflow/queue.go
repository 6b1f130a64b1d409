package workflow

import (
	"cmp"
	"slices"
	"strings"

	"tracedesk/cgm"
	"tracedesk/clinic"
	"tracedesk/clinic/steps"
	"tracedesk/clinic/wording"
	"tracedesk/storage"
)

// Queue gives the wears that wait for somebody on the day, in the order in which
// they are worked: by stage, then the one that has waited longest, then by the
// patient's name. names has the patients' names by id. With a reviewer's user id it
// gives only the wears that this user is to interpret.
func Queue(
	wears []*storage.WearSummary, names map[string]string, reviewer string, today cgm.Date,
) []*storage.WearSummary {
	all := make([]waiting, 0, len(wears))
	for _, w := range wears {
		stage := slices.Index(steps.Stages, w.Brief.Stage(today))
		if stage >= 0 && (reviewer == "" || w.Brief.Reviewer == reviewer) {
			all = append(all, waiting{w, stage, waitsSince(w), names[w.Wear.PatientID]})
		}
	}
	slices.SortFunc(all, waiting.compare)
	out := make([]*storage.WearSummary, len(all))
	for i, w := range all {
		out[i] = w.wear
	}
	return out
}

// waiting is a wear with its place in the queue.
type waiting struct {
	wear  *storage.WearSummary
	stage int // its place among clinic.Stages
	since cgm.Date
	name  string // the patient's
}

// compare looks at one key after another, since a large store has many to compare.
func (a waiting) compare(b waiting) int {
	if c := a.stage - b.stage; c != 0 {
		return c
	}
	if c := cmp.Compare(a.since, b.since); c != 0 {
		return c
	}
	if c := strings.Compare(a.name, b.name); c != 0 {
		return c
	}
	return strings.Compare(a.wear.Wear.ID, b.wear.Wear.ID)
}

// waitsSince is the day from which a wear waits: its last reading, or the day on
// which it is due back. A wear that is only ordered has none and gives 0.
func waitsSince(w *storage.WearSummary) cgm.Date {
	switch b := &w.Brief; {
	case b.Read:
		return w.Last.Date()
	case b.Placed:
		return b.Due()
	}
	return 0
}

// QueueLine is one wear that waits for somebody, in words.
type QueueLine struct {
	Stage     steps.Stage `json:"stage"`
	WearID    string      `json:"wear_id"`
	PatientID string      `json:"patient_id"`
	Patient   string      `json:"patient"`
	DueBack   string      `json:"due_back,omitempty"` // of a wear that is out
	Reviewer  string      `json:"reviewer,omitempty"` // user id
}

// Due says when a wear that is out is expected.
func (l QueueLine) Due() string {
	if l.DueBack == "" {
		return ""
	}
	return ", due back " + l.DueBack
}

// QueueLines is the Queue of a store in words.
func QueueLines(s *storage.Store, reviewer string, today cgm.Date) ([]QueueLine, error) {
	wears, err := s.Wears("")
	if err != nil {
		return nil, err
	}
	patients, err := s.Patients()
	if err != nil {
		return nil, err
	}
	names := Names(patients)
	var out []QueueLine
	for _, w := range Queue(wears, names, reviewer, today) {
		b := &w.Brief
		l := QueueLine{
			Stage: b.Stage(today), WearID: w.Wear.ID, PatientID: w.Wear.PatientID,
			Patient: names[w.Wear.PatientID], Reviewer: b.Reviewer,
		}
		if b.Placed && !b.Returned && !b.Read {
			l.DueBack = b.Due().String()
		}
		out = append(out, l)
	}
	return out, nil
}

// Names are the patients' names by id.
func Names(patients []clinic.Patient) map[string]string {
	out := make(map[string]string, len(patients))
	for _, p := range patients {
		out[p.ID] = p.Name()
	}
	return out
}

// TrayLine is a recording in the tray with the wears that it may belong to.
type TrayLine struct {
	ID            string          `json:"id"`
	FileName      string          `json:"source"`
	TransmitterID string          `json:"transmitter_id,omitempty"`
	First         string          `json:"first"`
	Last          string          `json:"last"`
	Readings      int             `json:"readings"`
	HoursRecorded float64         `json:"hours_recorded"`
	Candidates    []CandidateLine `json:"candidates"`
}

// CandidateLine is a wear that a recording may belong to, with the reason.
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

// Tray lists the recordings in the tray.
func Tray(s *storage.Store) (out []TrayLine, err error) {
	all, err := s.Tray()
	if err != nil {
		return nil, err
	}
	for _, k := range all {
		check := clinic.CheckRecording(k.Recording)
		l := TrayLine{
			ID: k.ID, FileName: k.Source.FileName, TransmitterID: k.Recording.TransmitterID,
			First: k.Recording.First().String(), Last: k.Recording.Last().String(),
			Readings: len(k.Recording.Readings), HoursRecorded: check.Coverage.HoursRecorded,
		}
		if l.Candidates, err = Candidates(s, k.Recording); err != nil {
			return nil, err
		}
		out = append(out, l)
	}
	return out, nil
}
