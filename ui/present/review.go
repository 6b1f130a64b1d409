package present

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"tracedesk/cgm"
	"tracedesk/clinic"
	"tracedesk/clinic/wording"
	"tracedesk/device"
	"tracedesk/device/connect"
	"tracedesk/device/export"
	"tracedesk/device/receiver"
	"tracedesk/storage"
	"tracedesk/ui/say"
	"tracedesk/workflow"
)

// Review is a file or receiver that was read and is not stored yet.
type Review struct {
	*workflow.Intake
	Known    []clinic.Patient // stored patients who may be the same person
	Waiting  []string         // for each recording the patient who waits for it, or empty
	some     bool             // patients are stored
	settings clinic.Settings
	Chosen   []bool // which recordings to store
}

// Read reads an export file.
func (d Reading) Read(ctx context.Context, path string, progress device.Progress) (*Review, error) {
	f, err := export.Open(ctx, path, workflow.KnownColumns(d.Settings()), progress)
	var refused *export.Error
	if errors.As(err, &refused) {
		refused.File = filepath.Base(path) // the person just chose it
	}
	if err != nil {
		return nil, err
	}
	return d.review(workflow.FromFile(f, d.Settings()))
}

// UnknownHeader is the table of a file that was refused because its header is
// in no known language; nil for other errors.
func UnknownHeader(err error) *export.UnknownHeader {
	var refused *export.Error
	if errors.As(err, &refused) {
		return refused.Unknown
	}
	return nil
}

// LearnColumns remembers which columns hold time and glucose, for this file and
// the next of its kind.
func (d Reading) LearnColumns(c clinic.ExportColumns) error {
	s, err := d.Store.Settings()
	if err != nil {
		return err
	}
	s.Columns = append(slices.DeleteFunc(s.Columns,
		func(k clinic.ExportColumns) bool { return k.Time == c.Time && k.Glucose == c.Glucose }), c)
	return d.Store.SaveSettings(s)
}

// ReadReceiver reads the receiver on a port, or without a name the only one that is
// plugged in. keep gets a capture of the exchange without glucose values, to support
// a receiver that cannot be read; then it has all partitions.
func (d Reading) ReadReceiver(
	ctx context.Context, port string, keep io.Writer, progress device.Progress,
) (*Review, error) {
	r, err := workflow.ReadReceiver(ctx, workflow.Reading{
		Port: cmp.Or(port, d.Port, connect.Auto), Patience: receiverPatience, Zone: d.Settings().Zone(),
		Keep: keep, Survey: receiver.SurveyUnreadable, Progress: progress,
	})
	if err != nil {
		return nil, err
	}
	return d.review(workflow.FromReceiver(r))
}

// ReceiverPresent says whether a receiver is plugged in; it does not open it.
func (d Reading) ReceiverPresent() bool { return connect.Present() }

// Ports gives the ports to choose from if several receivers are plugged in.
func Ports(err error) []string {
	var several *device.SeveralError
	if errors.As(err, &several) {
		return several.Ports
	}
	return nil
}

// CaptureHelps says whether a capture helps to find out why a read failed. For a
// reader that is empty or busy it does not.
func CaptureHelps(err error) bool {
	return !errors.Is(err, receiver.ErrNoReadings) || errors.Is(err, receiver.ErrUnread)
}

// SaveCapture writes the exchange of a read that failed into the folder.
func (d Reading) SaveCapture(dir string, exchange []byte) (string, error) {
	return workflow.SaveCapture(exchange, workflow.InFolder(dir), d.Now())
}

// receiverPatience is how long a receiver that was just plugged in may take
// until it can be opened.
const receiverPatience = 8 * time.Second

// review begins a review. It chooses all recordings of a file, which belongs to one
// person, and only the latest of a receiver, which goes from patient to patient.
func (d Reading) review(from *workflow.Intake) (*Review, error) {
	r := &Review{Intake: from, settings: d.Settings(), Chosen: make([]bool, len(from.Recordings))}
	for i := range r.Chosen {
		r.Chosen[i] = from.Receiver == nil || i == len(r.Chosen)-1
	}
	all, err := d.Store.Patients()
	if err != nil {
		return nil, err
	}
	r.some = len(all) > 0
	for _, p := range all {
		if p.SameAs(r.Named) {
			r.Known = append(r.Known, p)
		}
	}
	for _, rec := range from.Recordings {
		who, err := d.waitingFor(rec)
		if err != nil {
			return nil, err
		}
		r.Waiting = append(r.Waiting, who)
	}
	return r, nil
}

// waitingFor names the patient who has the only wear that waits for the recording's
// transmitter. It is empty if no wear waits, or several do.
func (d Reading) waitingFor(rec *cgm.Recording) (string, error) {
	found, err := d.Store.Candidates(rec)
	if err != nil || len(found) != 1 || !found[0].Serial {
		return "", err
	}
	return Identity(found[0].Patient, d.Settings()), nil
}

// Matches says whether a wear waits for any of the recordings.
func (r *Review) Matches() bool {
	return slices.ContainsFunc(r.Waiting, func(who string) bool { return who != "" })
}

// Certain says whether the recordings name nobody but the patients who wait.
func (r *Review) Certain() bool {
	if !r.Matches() {
		return false
	}
	if r.Named.Name() == (clinic.Patient{}).Name() {
		return true
	}
	return len(r.Known) == 1 && !slices.ContainsFunc(r.Waiting, func(who string) bool {
		return who != "" && who != Identity(r.Known[0], r.settings)
	})
}

// LikelyStored says whether the patient is probably stored: somebody fits, or the
// recordings name nobody and there are patients.
func (r *Review) LikelyStored() bool {
	return len(r.Known) > 0 || r.some && r.Named.Name() == (clinic.Patient{}).Name()
}

// KeepMatched stores each recording with the wear of its transmitter, ticked or not,
// since a reader goes from patient to patient. The others wait in the tray.
func (d Reading) KeepMatched(r *Review, confirmed bool) (Stored, error) {
	imported, err := r.Intake.StoreMatched(d.Store, confirmed, d.Now())
	if err != nil {
		return Stored{}, err
	}
	var out Stored
	stored, tray := 0, 0
	for _, i := range imported {
		if i.TrayID != "" {
			tray++
			continue
		}
		stored++
		out.WearID = i.WearID
	}
	out.Message = fmt.Sprintf(say.L("%s stored by the transmitter's serial."), wording.Counted(stored, "recording"))
	if tray > 0 {
		out.Message += fmt.Sprintf(say.L(" %s in the tray until somebody chooses the patient."),
			wording.Counted(tray, "recording"))
	}
	return out, nil
}

// Facts describe the file or the receiver.
func (r *Review) Facts() []Fact {
	if r.Receiver != nil {
		return r.receiverFacts()
	}
	named := say.L("the file names nobody")
	if r.Named.FirstName+r.Named.LastName+r.Named.Identifier != "" {
		named = Identity(r.Named, r.settings)
	}
	return []Fact{{say.L("File"), r.Name}, {say.L("Format"), r.Format}, {say.L("Patient in the file"), named}}
}

func (r *Review) receiverFacts() []Fact {
	x := r.Receiver
	out := []Fact{{say.L("Receiver"), x.Names()}, {say.L("Firmware"), x.Firmware}}
	if x.State == receiver.StateCollected {
		out = append(out, Fact{say.L("State"), say.L("collected, not yet uploaded")})
	}
	if x.BatteryPercent >= 0 {
		out = append(out, Fact{say.L("Battery"), fmt.Sprintf("%d %%", x.BatteryPercent)})
	}
	if !x.ClockKnown {
		return out
	}
	clock := say.L("as this computer's")
	if off := x.ClockOffset.Abs(); off >= time.Minute {
		length := wording.Minutes(off.Minutes())
		if days := int(off.Hours() / 24); days >= 2 {
			length = wording.Counted(days, "day")
		}
		clock = length + map[bool]string{true: say.L(" ahead of"), false: say.L(" behind")}[x.ClockOffset > 0] +
			say.L(" this computer's")
	}
	return append(out, Fact{say.L("Clock"), clock})
}

// RecordingFacts describe a recording.
func (r *Review) RecordingFacts(i int) []Fact {
	rec := r.Recordings[i]
	check := clinic.CheckRecording(rec)
	readings := fmt.Sprintf(say.L("%d, every %s"), len(rec.Readings), wording.Minutes(float64(rec.IntervalSeconds)/60))
	if low, high := rec.Count(cgm.Low), rec.Count(cgm.High); low+high > 0 {
		readings += fmt.Sprintf(" (%d LOW, %d HIGH)", low, high)
	}
	out := []Fact{
		{say.L("Transmitter"), orNotNamed(rec.TransmitterID)},
		{say.L("Device"), orNotNamed(strings.TrimSpace(rec.DeviceModel + " " + rec.DeviceID))},
		{say.L("From"), r.settings.DateTime(rec.First())},
		{say.L("To"), r.settings.DateTime(rec.Last())},
		{say.L("Readings"), readings},
		{
			say.L("Hours recorded"),
			fmt.Sprintf(say.L("%s of %s – 72 hours %s"), wording.Hours(check.Coverage.HoursRecorded),
				wording.Hours(check.Coverage.HoursSpan), check.Result),
		},
	}
	if who := r.Waiting[i]; who != "" {
		out = append(out, Fact{say.L("Waits for it"), who})
	}
	return out
}

func orNotNamed(s string) string {
	if s == "" {
		return say.L("not named")
	}
	return s
}

// mostWarnings limits the rows that are listed one by one.
const mostWarnings = 6

// leftOut lists the rows that could be read and are in no recording, since another
// value stands for the same time.
func (r *Review) leftOut() (out []string) {
	bad := map[int]bool{}
	for _, p := range r.Problems {
		bad[p.Line] = true
	}
	for _, l := range r.LeftOut {
		if !bad[l.Line] {
			out = append(out, fmt.Sprintf(say.L("Line %d was left out: %s"), l.Line, l.Reason))
		}
	}
	if more := len(out) - mostWarnings; more > 0 {
		out = append(out[:mostWarnings], fmt.Sprintf(say.L("… and %d more"), more))
	}
	return out
}

// Warnings tell a person what to know before storing the recordings.
func (r *Review) Warnings() []string {
	var out []string
	for i, p := range r.Problems {
		if i == mostWarnings {
			out = append(out, fmt.Sprintf(say.L("… and %d more"), len(r.Problems)-i))
			break
		}
		if p.Line > 0 {
			out = append(out, fmt.Sprintf(say.L("Line %d was not read: %s"), p.Line, p.Message))
		} else {
			out = append(out, p.Message)
		}
	}
	out = append(out, r.leftOut()...)
	if r.Receiver != nil {
		if note := workflow.ClockNote(*r.Receiver); note != "" {
			out = append(out, note)
		}
	}
	switch {
	case len(r.Recordings) < 2:
	case r.Receiver != nil:
		out = append(out,
			fmt.Sprintf(say.L("The receiver holds %d wears, perhaps of several patients. The latest is ticked; tick "+
				"another only if you know that it is this patient's."), len(r.Recordings)))
	default:
		out = append(out,
			fmt.Sprintf(say.L("The file holds recordings of %d transmitters. Each is stored as a wear of its own; untick "+
				"what is not this patient's."), len(r.Recordings)))
	}
	for _, rec := range r.Recordings {
		if rec.Duplicates > 0 {
			out = append(out,
				fmt.Sprintf(say.L("%s appeared twice and %s kept once."), wording.Counted(rec.Duplicates, "reading"),
					isAre(rec.Duplicates)))
		}
		for _, note := range wording.CheckNotes(clinic.CheckRecording(rec), rec) {
			if !slices.Contains(out, note) {
				out = append(out, note)
			}
		}
	}
	return out
}

func isAre(n int) string {
	if n == 1 {
		return "is"
	}
	return "are"
}

var errNoneTicked = errors.New("no recording is ticked: tick at least one, or cancel")

// Stored is the outcome of storing recordings.
type Stored struct {
	WearID  string // of the latest recording
	Message string // empty where all was new
}

// Keep stores the chosen recordings with the patient, who is new without an id.
// Until a person confirms it, data that does not fit the patient is a mismatch.
func (d Reading) Keep(r *Review, p clinic.Patient, confirmed bool) (Stored, error) {
	if p.ID == "" {
		var err error
		p, err = workflow.NewPatient(d.Settings(), p.FirstName, p.LastName, p.BirthDate, p.Identifier, d.Now())
		if err != nil {
			return Stored{}, err
		}
	}
	var chosen []*cgm.Recording
	for i, rec := range r.Recordings {
		if r.Chosen[i] {
			chosen = append(chosen, rec)
		}
	}
	if len(chosen) == 0 {
		return Stored{}, errNoneTicked
	}
	imported, err := r.Intake.Store(d.Store, p, chosen, confirmed, d.Now())
	if err != nil {
		return Stored{}, err
	}
	last := imported[len(imported)-1]
	out := Stored{WearID: last.WearID}
	switch {
	case last.SameFile:
		out.Message = say.L("This file was stored before. Nothing was changed.")
	case last.There > 0:
		out.Message = fmt.Sprintf(say.L("%s added; %d were stored before."), wording.Counted(last.New, "reading"), last.There)
	}
	return out, nil
}

// IsMismatch says whether data does not fit the patient. A person may confirm it.
func IsMismatch(err error) bool {
	var mismatch *storage.MismatchError
	return errors.As(err, &mismatch)
}

// Question asks a person about a mismatch. Without a patient it asks about every
// recording and the wear of its transmitter.
func Question(err error, p clinic.Patient) string {
	var m *storage.MismatchError
	if !errors.As(err, &m) {
		return Sentence(err)
	}
	with := say.L("You are about to store this recording with ") + p.Name()
	if p == (clinic.Patient{}) {
		with = say.L("You are about to store each recording with the wear of its transmitter")
	}
	return with + say.L(", but:\n\n– ") + strings.Join(m.Reasons, "\n– ") +
		say.L("\n\nStore it only if you have checked it against the chart. Your confirmation is kept with the recording.")
}

// entryErrors are the errors that a person can mend in the form.
var entryErrors = []error{
	clinic.ErrNoIdentity, clinic.ErrBirthDate, clinic.ErrBornInTime, clinic.ErrBornLongAgo, clinic.ErrControl,
	errNoneTicked,
}

// IsEntry says whether a person can mend the error in the form.
func IsEntry(err error) bool {
	return slices.ContainsFunc(entryErrors, func(e error) bool { return errors.Is(err, e) })
}
