package workflow

import (
	"errors"

	"tracedesk/clinic"
	"tracedesk/report"
	"tracedesk/storage"
)

// AgainstStore says what of a document does not match the store: that it was
// never issued from it, or that its recording has changed since. Packet
// and patient's page are made anew each time and not kept: of the one each
// attached document is compared, of the other its recording.
func AgainstStore(s *storage.Store, v *report.Verdict) (faults []string, err error) {
	switch v.Document {
	case clinic.EvidenceDocument:
		for _, a := range v.Attached {
			more, err := AgainstStore(s, a)
			if err != nil {
				return nil, err
			}
			faults = append(faults, more...)
		}
		return faults, nil
	case clinic.PatientDocument:
		return recordingStored(s, v.RecordingHash)
	}
	d, err := s.DocumentByHash(v.SHA256)
	if errors.Is(err, storage.ErrNotAny) {
		return []string{"no document with this file's hash was issued from the store"}, nil
	}
	if err != nil {
		return nil, err
	}
	c, err := s.Case(d.WearID)
	if err != nil {
		return nil, err
	}
	if c.Check == nil || c.Check.RecordingHash != d.RecordingHash {
		faults = append(faults, "the recording has changed in the store since the document was made")
	}
	if !d.Signed {
		return faults, nil
	}
	for i := range c.History {
		if g := c.History[i].Signature; g != nil && g.DocumentID == d.ID && g.PDFSHA256 == v.SHA256 && g.Binds(&c.History[i]) {
			return faults, nil
		}
	}
	return append(faults, "no signature in the store binds this file"), nil
}

// recordingStored says whether a wear's recording has the hash as it is now.
func recordingStored(s *storage.Store, hash string) (faults []string, err error) {
	wears, err := s.Wears("")
	for _, w := range wears {
		if w.Check.RecordingHash == hash {
			return nil, err
		}
	}
	return []string{"no wear in the store has this recording"}, err
}
