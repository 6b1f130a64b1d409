package workflow

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"time"

	"tracedesk/cgm"
	"tracedesk/clinic"
	"tracedesk/device"
	"tracedesk/device/capture"
	"tracedesk/device/connect"
	"tracedesk/device/export"
	"tracedesk/device/receiver"
)

// Source is recordings that were read and are not stored yet, from an export
// file or from a receiver.
type Source struct {
	Name       string // the file's, or the receiver's serial number
	Format     string
	SHA256     string // of the file, or of the receiver's recordings
	Named      clinic.Patient
	Recordings []*cgm.Recording
	Problems   []export.Problem
	Doubts     []string           // problems that a person has to confirm before storing
	LeftOut    []export.LeftOut   // rows of a file that are in no recording
	Receiver   *receiver.Receiver // nil for a file
}

// KnownColumns are the columns that the practice chose for files with an
// unknown header.
func KnownColumns(s clinic.Settings) []export.Columns {
	var out []export.Columns
	for _, c := range s.Columns {
		out = append(out, export.Columns(c))
	}
	return out
}

// OfFile is a file as a source; whom it names is for a person to check.
func OfFile(f *export.File, s clinic.Settings) *Source {
	return &Source{
		Name: f.Name, Format: f.Format, SHA256: f.SHA256, Recordings: f.Recordings, Problems: f.Problems,
		Doubts: f.Doubts, LeftOut: f.LeftOut,
		Named: s.NewPatient(f.Patient.FirstName, f.Patient.LastName, f.Patient.BirthDate, f.Patient.Identifier),
	}
}

// OfReceiver is a read receiver as a source. A receiver names no patient.
func OfReceiver(r *receiver.Result) *Source {
	out := &Source{Name: "receiver " + r.Receiver.SerialNumber, Format: r.Receiver.Model(), Recordings: r.Recordings, Receiver: &r.Receiver}
	hash := sha256.New()
	for _, recording := range r.Recordings {
		_ = recording.WriteCSV(hash) // a hash never fails to take bytes
	}
	out.SHA256 = hex.EncodeToString(hash.Sum(nil))
	for _, p := range r.Problems {
		out.Problems = append(out.Problems, export.Problem{Message: p})
	}
	return out
}

// badRows is how many lines of a file could not be read.
func (s *Source) badRows() (n int) {
	for _, p := range s.Problems {
		if p.Line > 0 {
			n++
		}
	}
	return n
}

// ReadReceiver opens the receiver in the given way (connect.Auto, connect.USB
// or a port's name) and reads it. keep, where it is not nil, gets a capture of
// the exchange, also of one that fails; with values, glucose is in it.
func ReadReceiver(ctx context.Context, how string, patience time.Duration, keep io.Writer, values bool, progress device.Progress) (*receiver.Result, error) {
	line, err := connect.Open(ctx, how, patience, func(what string) { progress(0, 0, what) })
	if err != nil {
		return nil, err
	}
	var port receiver.Port = line
	done := func() error { return nil }
	if keep != nil {
		port, done = capture.Port(line, keep, values)
	}
	result, err := receiver.Read(ctx, port, time.Now, progress)
	if keepErr := done(); err == nil {
		err = keepErr
	}
	if closeErr := line.Close(); err == nil && closeErr != nil && !errors.Is(closeErr, io.ErrClosedPipe) {
		err = closeErr
	}
	if err != nil {
		return nil, err
	}
	return result, nil
}
