package workflow

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"tracedesk/clinic"
	"tracedesk/report"
	"tracedesk/storage"
	"tracedesk/workflow/confine"
)

// Works are the works on files from outside that run in a process of their own. Both
// programs call confine.Main with them.
var Works = map[string]confine.Work{workVerify: verifyWork}

const workVerify = "verify"

// verifyLimits bound the work on a document. A packet with all its documents takes a
// few seconds on an old workstation.
var verifyLimits = confine.Limits{MemoryBytes: 768 << 20, Time: 15 * time.Second, OutputBytes: 8 << 20}

// verified is the answer of the process.
type verified struct {
	Verdict *report.Verdict `json:"verdict,omitempty"`
	Error   string          `json:"error,omitempty"`
	NotOurs bool            `json:"not_ours,omitempty"`
}

// VerifyFile runs report.Verify on a file in a process of its own, so that no file can
// end this program. The error is report.ErrNotPDF or report.ErrNotOurs, with
// confine.ErrTooMuch if the process exceeded its limits.
func VerifyFile(ctx context.Context, path string) (*report.Verdict, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	out, err := confine.Run(ctx, workVerify, f, verifyLimits)
	if errors.Is(err, confine.ErrTooMuch) {
		return nil, fmt.Errorf("%w: %w", report.ErrNotPDF, err)
	}
	if err != nil {
		return nil, err
	}
	var answer verified
	if err := json.Unmarshal(out, &answer); err != nil {
		return nil, fmt.Errorf("%w: %w", report.ErrNotPDF, err)
	}
	switch {
	case answer.Verdict != nil:
		return answer.Verdict, nil
	case answer.NotOurs:
		return nil, saidAs{report.ErrNotOurs, answer.Error}
	}
	return nil, saidAs{report.ErrNotPDF, answer.Error}
}

// saidAs is an error of the other process with its words.
type saidAs struct {
	is    error
	words string
}

func (e saidAs) Error() string { return e.words }
func (e saidAs) Unwrap() error { return e.is }

func verifyWork(input io.Reader, output io.Writer) error {
	file, err := io.ReadAll(io.LimitReader(input, report.MostBytes+1))
	if err != nil {
		return err
	}
	var answer verified
	if answer.Verdict, err = report.Verify(file); err != nil {
		answer.Error, answer.NotOurs = err.Error(), errors.Is(err, report.ErrNotOurs)
	}
	return json.NewEncoder(output).Encode(answer)
}

// AgainstStore compares a document with the store. Faults say that it was never issued
// from the store, or that its recording has changed since. Packets and patient's pages
// are not kept in the store: it compares the documents attached to a packet, and the
// recording of a page.
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
		if g := c.History[i].Signature; g != nil && g.DocumentID == d.ID && g.PDFSHA256 == v.SHA256 &&
			c.History[i].Bound() {
			return faults, nil
		}
	}
	return append(faults, "no signature in the store binds this file"), nil
}

// recordingStored looks for a wear that has a recording with the hash now.
func recordingStored(s *storage.Store, hash string) (faults []string, err error) {
	wears, err := s.Wears("")
	for _, w := range wears {
		if w.Check.RecordingHash == hash {
			return nil, err
		}
	}
	return []string{"no wear in the store has this recording"}, err
}
