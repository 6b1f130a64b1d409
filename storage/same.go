package storage

import (
	"fmt"
	"slices"

	"tracedesk/cgm"
	"tracedesk/clinic"
)

// home is where a recording belongs among those that are stored.
type home struct {
	wear    clinic.Wear
	full    *stored  // nil where it is a wear of its own
	unclear []string // why a person has to say
}

// homeOf is the patient's wear whose recording has the readings of r already,
// whatever ids a file gives them, or else whose transmitter's run r continues.
func (t *tx) homeOf(patientID string, r *cgm.Recording) (home, error) {
	out := home{}
	for _, k := range t.wearsOf(patientID) {
		if !k.mayShare(r) {
			continue
		}
		full, err := t.recording(k.Wear)
		if err != nil {
			return out, err
		}
		switch cgm.KinshipOf(&full.Recording, r) {
		case cgm.SameReadings:
			return home{wear: k.Wear, full: full}, nil
		case cgm.Continues:
			if out.full == nil {
				out.wear, out.full = k.Wear, full
			}
		case cgm.Unclear:
			out.unclear = append(out.unclear, unclear(full, r))
		}
	}
	return out, nil
}

// wearsOf are a patient's wears as the transaction has left them: one file may
// bring several recordings, and the second must find what the first became.
func (t *tx) wearsOf(patientID string) []*WearSummary {
	out := t.index.wearsOf(patientID)
	for _, w := range t.wears {
		at := slices.IndexFunc(out, func(k *WearSummary) bool { return k.Wear.ID == w.Wear.ID })
		switch {
		case w.Wear.PatientID != patientID:
		case at >= 0:
			out[at] = w
		default:
			out = append(out, w)
		}
	}
	return out
}

// homeIn is homeOf for one wear that was chosen.
func (t *tx) homeIn(w *WearSummary, r *cgm.Recording) (out home, err error) {
	if w.Wear.RecordingID == "" {
		return out, nil
	}
	full, err := t.recording(w.Wear)
	if err != nil {
		return out, err
	}
	switch cgm.KinshipOf(&full.Recording, r) {
	case cgm.SameReadings, cgm.Continues:
		return home{wear: w.Wear, full: full}, nil
	case cgm.Unclear:
		out.unclear = []string{unclear(full, r)}
	}
	return out, nil
}

// unclear says what speaks for and against the same wear.
func unclear(full *stored, r *cgm.Recording) string {
	s := cgm.Compare(&full.Recording, r)
	return fmt.Sprintf("%d of its readings are stored already in the wear from %s, and %d others differ for the same "+
		"times; "+
		"it cannot be told whether it is that wear, and confirmed it is stored as a wear of its own",
		s.Same, full.First.Date(), s.Other)
}

// mayShare says whether a stored wear may have readings of r, so that its
// recording is worth reading: by the transmitter, or by the time.
func (k *WearSummary) mayShare(r *cgm.Recording) bool {
	if k.Wear.RecordingID == "" || len(r.Readings) == 0 {
		return false
	}
	return r.TransmitterID != "" && k.Wear.TransmitterID == r.TransmitterID || k.overlaps(r)
}

// overlaps says whether wear and recording share time, with room for a clock
// that was set.
func (k *WearSummary) overlaps(r *cgm.Recording) bool {
	const room = 26 * 3600
	first, last := min(r.First(), r.Last()), max(r.First(), r.Last()) // a clock set back may end before it began
	return first <= max(k.First, k.Last)+room && last >= min(k.First, k.Last)-room
}

// otherPatients says with whom else a recording seems to be stored: by its
// transmitter, or where ids are missing by its readings.
func (t *tx) otherPatients(patientID string, r *cgm.Recording) ([]string, error) {
	out := t.otherPatientsOf(patientID, r.TransmitterID)
	for _, k := range t.unnamedTwins(r) {
		if k.Wear.PatientID == patientID {
			continue
		}
		full, err := t.recording(k.Wear)
		if err != nil {
			return nil, err
		}
		if kin := cgm.KinshipOf(&full.Recording, r); kin == cgm.SameReadings || kin == cgm.Unclear {
			out = append(out, fmt.Sprintf("readings of it are stored with %s", t.nameOf(k.Wear.PatientID)))
		}
	}
	return out, nil
}

func (t *tx) nameOf(patientID string) string {
	if p, ok := t.index.patients[patientID]; ok {
		return p.Name()
	}
	return "another patient"
}

// unnamedTwins are the wears that only their readings can tell from r, since
// one of the two names no transmitter.
func (t *tx) unnamedTwins(r *cgm.Recording) (out []*WearSummary) {
	if len(r.Readings) == 0 {
		return nil
	}
	of := sortedKeys(t.index.wears)
	if r.TransmitterID != "" {
		of = slices.Sorted(slices.Values(t.index.byDevice[""]))
	}
	for _, id := range of {
		if k := t.index.wears[id]; k.Wear.RecordingID != "" && k.overlaps(r) {
			out = append(out, k)
		}
	}
	return out
}

// storedIn is the one wear that has the readings of r already: of those that
// its transmitter names, or where ids are missing of all at its time. It is nil
// for none or several.
func (t *tx) storedIn(r *cgm.Recording, named []Candidate) (found *WearSummary, err error) {
	look := t.unnamedTwins(r)
	for _, c := range named {
		if c.Serial && c.Wear.Wear.RecordingID != "" {
			look = append(look, c.Wear)
		}
	}
	for _, k := range look {
		full, err := t.recording(k.Wear)
		if err != nil {
			return nil, err
		}
		if cgm.KinshipOf(&full.Recording, r) != cgm.SameReadings || found == k {
			continue
		}
		if found != nil {
			return nil, nil
		}
		found = k
	}
	return found, nil
}
