package job

import (
	"errors"

	"tracedesk/clinic"
	"tracedesk/report"
	"tracedesk/storage"
)

// AgainstStore says what of a document does not match the store: that it was
// never issued from it, or that its recording has changed since. Of a packet,
// each attached document.
func AgainstStore(s *storage.Store, v *report.Verdict) (faults []string, err error) {
	if v.Document == clinic.EvidenceDocument {
		for _, a := range v.Attached {
			more, err := AgainstStore(s, a)
			if err != nil {
				return nil, err
			}
			faults = append(faults, more...)
		}
		return faults, nil
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
