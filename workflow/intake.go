package workflow

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"net"
	"time"
	_ "time/tzdata" // a workstation may have no time zones of its own

	"tracedesk/cgm"
	"tracedesk/clinic"
	"tracedesk/device"
	"tracedesk/device/capture"
	"tracedesk/device/connect"
	"tracedesk/device/export"
	"tracedesk/device/receiver"
	"tracedesk/device/simulator"
	"tracedesk/storage"
)

// Intake is what was read from an export file or from a receiver, and is not stored yet.
type Intake struct {
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

// FromFile is the intake of a file. A person has to check whom it names.
func FromFile(f *export.File, s clinic.Settings) *Intake {
	return &Intake{
		Name: f.Name, Format: f.Format, SHA256: f.SHA256, Recordings: f.Recordings, Problems: f.Problems,
		Doubts: f.Doubts, LeftOut: f.LeftOut,
		Named: s.NewPatient(f.Patient.FirstName, f.Patient.LastName, f.Patient.BirthDate, f.Patient.Identifier),
	}
}

// FromReceiver is the intake of a receiver, which names no patient.
func FromReceiver(r *receiver.Result) *Intake {
	out := &Intake{
		Name: "receiver " + r.Receiver.SerialNumber, Format: r.Receiver.Model(),
		Recordings: r.Recordings, Receiver: &r.Receiver,
	}
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
func (in *Intake) badRows() (n int) {
	for _, p := range in.Problems {
		if p.Line > 0 {
			n++
		}
	}
	return n
}

// source is what the store keeps of where the recordings came from.
func (in *Intake) source(now time.Time) clinic.Source {
	out := clinic.Source{
		FileName: in.Name, SHA256: in.SHA256, At: now, Named: in.Named, BadRows: in.badRows(), Doubts: in.Doubts,
	}
	if r := in.Receiver; r != nil {
		out.Firmware = r.Firmware
		if r.ClockKnown {
			offset := int64(r.ClockOffset / time.Second)
			out.ClockOffset = &offset
		}
	}
	return out
}

// Store stores recordings of the intake with a patient, who is new without an id.
// What does not fit the patient is a storage.MismatchError, unless a person has
// confirmed it.
func (in *Intake) Store(
	s *storage.Store, p clinic.Patient, recordings []*cgm.Recording, confirmed bool, now time.Time,
) ([]storage.Imported, error) {
	return s.Import(p, in.source(now), recordings, confirmed)
}

// StoreMatched stores each recording of the intake with the wear of its
// transmitter. What fits none waits in the tray.
func (in *Intake) StoreMatched(s *storage.Store, confirmed bool, now time.Time) ([]storage.Imported, error) {
	return s.ImportMatched(in.source(now), in.Recordings, confirmed)
}

// ClockTolerance is the largest offset of a receiver's clock without a note.
const ClockTolerance = 2 * time.Minute

// ClockNote says what a wrong receiver's clock means for the times of day. It is
// empty if the clock is right.
func ClockNote(r receiver.Receiver) string {
	switch {
	case !r.ClockKnown || r.ClockOffset.Abs() < ClockTolerance:
		return ""
	case r.State != "":
		return "The reader's clock differs from this computer's. Times of day here are by this computer's clock and the " +
			"practice's time zone; the maker's reports may use the reader's clock. It is never set from here."
	}
	return "The receiver's clock differs from this computer's: times of day are by the receiver's clock. Elapsed " +
		"time and the 72 hours are not touched. The clock is never set from here."
}

// Reading is how a receiver is read.
type Reading struct {
	Port     string        // connect.Auto, connect.USB or a port's name
	Patience time.Duration // how long a receiver that is just plugged in may take
	Zone     *time.Location
	// Keep gets a capture of the exchange, also if the read fails. It may be nil.
	// Survey captures partitions that the read would skip.
	Keep     io.Writer
	Capture  capture.Options
	Survey   receiver.Survey
	Progress device.Progress
}

// ReadReceiver opens the receiver and reads it. With an error the result still says
// which receiver it was, or is nil if that is not known.
func ReadReceiver(ctx context.Context, how Reading) (*receiver.Result, error) {
	if how.Progress == nil {
		how.Progress = func(int64, int64, string) {}
	}
	line, err := connect.Open(ctx, how.Port, how.Patience, func(what string) { how.Progress(0, 0, what) })
	if err != nil {
		return nil, err
	}
	var port receiver.Port = line
	done := func() error { return nil }
	if how.Keep != nil {
		port, done = capture.Port(line, how.Keep, how.Capture)
	}
	result, err := receiver.Read(ctx, port, receiver.Options{Zone: how.Zone, Progress: how.Progress, Survey: how.Survey})
	if keepErr := done(); err == nil {
		err = keepErr
	}
	if closeErr := line.Close(); err == nil && closeErr != nil && !errors.Is(closeErr, io.ErrClosedPipe) &&
		!errors.Is(closeErr, device.ErrHangs) {
		err = closeErr
	}
	return result, err
}

// ReplayCapture reads the receiver in a capture, with the clocks as they were then, so
// that it gives the same readings at the same times.
func ReplayCapture(ctx context.Context, kept io.Reader, zone *time.Location) (*receiver.Result, error) {
	m, err := simulator.Replay(kept)
	if err != nil {
		return nil, err
	}
	o := receiver.Options{Zone: zone}
	if at, ok := m.StandStill(); ok {
		o.Now = func() time.Time { return at }
	}
	return readPlayed(ctx, m, o)
}

// readPlayed reads a simulated receiver.
func readPlayed(ctx context.Context, m *simulator.Model, o receiver.Options) (*receiver.Result, error) {
	here, there := net.Pipe()
	served := make(chan error, 1)
	go func() { served <- (&simulator.Server{Model: m}).Serve(there) }()
	r, err := receiver.Read(ctx, here, o)
	return r, errors.Join(err, here.Close(), <-served)
}
