// Package present is what the window shows, without the window: state and
// words, no widgets. Each screen has a presenter here, tested without a
// display; the views of package ui draw it. Long work takes a context and a
// progress function and may run on any goroutine.
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
	"sync/atomic"
	"time"

	"tracedesk/cgm"
	"tracedesk/clinic"
	"tracedesk/device"
	"tracedesk/device/connect"
	"tracedesk/device/export"
	"tracedesk/report"
	"tracedesk/storage"
	"tracedesk/storage/seal"
	"tracedesk/ui/job"
	"tracedesk/ui/say"
)

// Desk is the window on one store.
type Desk struct {
	Store *storage.Store
	Now   func() time.Time
	Port  string // how the receiver is found: connect.Auto, or a port's name

	Cost     seal.Cost // of a new store's passphrases; the usual one where it is zero
	lines    lines
	backedUp atomic.Uint64 // the store's changes at the last automatic backup
}

// lines are the stored wears as they are listed, kept while nothing changes, so
// that a search costs one look at each.
type lines struct {
	generation uint64
	settings   string
	wears      []*storage.WearSummary
	folded     []string // what is searched, in lower case
}

// Fact is a label and its value.
type Fact struct{ Label, Value string }

// Settings are the practice's, or the default ones where they cannot be read.
func (d *Desk) Settings() clinic.Settings {
	s, err := d.Store.Settings()
	if err != nil {
		return clinic.DefaultSettings()
	}
	return s
}

// Identity is a patient in one line: name, birth date, record number.
func Identity(p clinic.Patient, s clinic.Settings) string {
	number := say.L("record number not given")
	if p.Identifier != "" {
		number = say.L("record number ") + p.Identifier
	}
	return p.Name() + " · " + s.Born(p) + " · " + number
}

// StoredWear is a line of the start screen.
type StoredWear struct {
	Patient string // in one line
	Dates   string
	Check   string
	Sign    Sign
}

// Sign is what stands before a line's last words.
type Sign int

// NoSign is of a wear that waits and is in time.
const (
	NoSign Sign = iota
	SignMet
	SignWarning
)

// signOf is the sign of a wear: by its check where it was read, or whether it is
// back in time.
func (d *Desk) signOf(w *storage.WearSummary) Sign {
	switch {
	case w.Wear.RecordingID != "" && w.Check.Result == clinic.Met:
		return SignMet
	case w.Wear.RecordingID != "", d.StageOf(w) == clinic.StageOverdue:
		return SignWarning
	}
	return NoSign
}

// listed is a patient in a list's line, where the number needs no label.
func listed(p clinic.Patient, s clinic.Settings) string {
	if p.Identifier == "" {
		return Identity(p, s)
	}
	return p.Name() + " · " + s.Born(p) + " · " + p.Identifier
}

// Wears are the stored wears that hold every word of the query in their lines,
// the latest first.
func (d *Desk) Wears(query string) ([]*storage.WearSummary, error) {
	all, err := d.allLines()
	if err != nil {
		return nil, err
	}
	asked := strings.Fields(strings.ToLower(query))
	if len(asked) == 0 {
		return all.wears, nil
	}
	var out []*storage.WearSummary
	for i, text := range all.folded {
		if holdsAll(text, asked) {
			out = append(out, all.wears[i])
		}
	}
	return out, nil
}

// Line words a wear for the list, when it is shown, for a store holds many: by
// what it waits for, or by its check.
func (d *Desk) Line(w *storage.WearSummary, toDo bool) StoredWear {
	set := d.Settings()
	if w.Wear.RecordingID == "" || toDo {
		return d.waiting(w, set)
	}
	line := StoredWear{
		Dates: datesOf(w, set), Check: clinic.Hours(w.Check.HoursRecorded) + say.L(" recorded – 72 hours ") + string(w.Check.Result),
		Sign: d.signOf(w),
	}
	if p, err := d.Store.Patient(w.Wear.PatientID); err == nil {
		line.Patient = listed(p, set)
	}
	return line
}

// waiting is the line of a wear by what it waits for.
func (d *Desk) waiting(w *storage.WearSummary, set clinic.Settings) StoredWear {
	line := StoredWear{Dates: datesOf(w, set), Check: d.Action(w), Sign: d.signOf(w)}
	if w.Wear.RecordingID != "" {
		line.Check += say.L(" – 72 hours ") + string(w.Check.Result)
	}
	if p, err := d.Store.Patient(w.Wear.PatientID); err == nil {
		line.Patient = listed(p, set)
	}
	return line
}

func datesOf(w *storage.WearSummary, set clinic.Settings) string {
	if w.Wear.RecordingID == "" {
		if w.Brief.Placed {
			return say.L("placed ") + set.Date(w.Brief.PlacedAt)
		}
		return say.L("ordered")
	}
	return set.Date(w.First.Date()) + say.L(" to ") + set.Date(w.Last.Date())
}

// allLines folds every wear anew when something changed.
func (d *Desk) allLines() (*lines, error) {
	set := d.Settings()
	now := fmt.Sprintf("%+v", set)
	if generation := d.Store.Generation(); d.lines.wears != nil && d.lines.generation == generation && d.lines.settings == now && !d.Store.Locked() {
		return &d.lines, nil
	}
	next := lines{generation: d.Store.Generation(), settings: now}
	patients, err := d.Store.Patients()
	if err != nil {
		return nil, err
	}
	identity := map[string]string{}
	for _, p := range patients {
		identity[p.ID] = Identity(p, set)
	}
	if next.wears, err = d.Store.Wears(""); err != nil {
		return nil, err
	}
	next.folded = make([]string, 0, len(next.wears))
	for _, w := range next.wears {
		next.folded = append(next.folded, strings.ToLower(identity[w.Wear.PatientID]+" "+datesOf(w, set)))
	}
	d.lines = next
	return &d.lines, nil
}

func holdsWords(text, query string) bool {
	return holdsAll(strings.ToLower(text), strings.Fields(strings.ToLower(query)))
}

func holdsAll(text string, words []string) bool {
	for _, word := range words {
		if !strings.Contains(text, word) {
			return false
		}
	}
	return true
}

// Find lists the stored patients whose identity holds every word of the query.
func (d *Desk) Find(query string) ([]clinic.Patient, error) {
	all, err := d.Store.Patients()
	if err != nil {
		return nil, err
	}
	set := d.Settings()
	return slices.DeleteFunc(all, func(p clinic.Patient) bool {
		return !holdsWords(Identity(p, set)+" "+p.BirthDate, query)
	}), nil
}

// Review is a file or receiver that was read and is not stored yet.
type Review struct {
	*job.Source
	Known    []clinic.Patient // stored patients who may be the same person
	Waiting  []string         // for each recording: whose wear waits for its transmitter, or nobody's
	settings clinic.Settings
	Chosen   []bool // which recordings to store
}

// Read reads an export file.
func (d *Desk) Read(ctx context.Context, path string, progress device.Progress) (*Review, error) {
	f, err := export.Open(ctx, path, job.KnownColumns(d.Settings()), progress)
	var refused *export.Error
	if errors.As(err, &refused) {
		refused.File = filepath.Base(path) // the person just chose it
	}
	if err != nil {
		return nil, err
	}
	return d.review(job.OfFile(f, d.Settings()))
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
func (d *Desk) LearnColumns(c clinic.ExportColumns) error {
	s, err := d.Store.Settings()
	if err != nil {
		return err
	}
	s.Columns = append(slices.DeleteFunc(s.Columns, func(k clinic.ExportColumns) bool { return k.Time == c.Time && k.Glucose == c.Glucose }), c)
	return d.Store.SaveSettings(s)
}

// ReadReceiver reads the receiver that is plugged in. keep gets a capture of
// the exchange for the maker of this program, without glucose values.
func (d *Desk) ReadReceiver(ctx context.Context, keep io.Writer, progress device.Progress) (*Review, error) {
	r, err := job.ReadReceiver(ctx, cmp.Or(d.Port, connect.Auto), receiverPatience, keep, false, progress)
	if err != nil {
		return nil, err
	}
	return d.review(job.OfReceiver(r))
}

// ReceiverPresent says whether a receiver is plugged in; it does not open it.
func (d *Desk) ReceiverPresent() bool { return connect.Present() }

// SaveCapture writes the exchange of a read that failed into the folder.
func (d *Desk) SaveCapture(dir string, exchange []byte) (string, error) {
	return job.WriteNew(dir, "receiver-capture_"+d.Now().Format("2006-01-02")+".jsonl", exchange)
}

// receiverPatience is how long a receiver that was just plugged in may take
// until it can be opened.
const receiverPatience = 8 * time.Second

// review begins a review. All of a file's recordings are chosen, since a file
// is one person's; of a receiver's only the latest, since a reader goes from
// one patient to the next.
func (d *Desk) review(from *job.Source) (*Review, error) {
	r := &Review{Source: from, settings: d.Settings(), Chosen: make([]bool, len(from.Recordings))}
	for i := range r.Chosen {
		r.Chosen[i] = from.Receiver == nil || i == len(r.Chosen)-1
	}
	all, err := d.Store.Patients()
	if err != nil {
		return nil, err
	}
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

// waitingFor is the patient whose wear waits for the recording by the serial of
// its transmitter, in one line; empty where none or several do.
func (d *Desk) waitingFor(rec *cgm.Recording) (string, error) {
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

// KeepMatched stores each recording with the wear of its transmitter; what fits
// none waits in the tray. All recordings are dealt out, ticked or not: a reader
// goes from one patient to the next.
func (d *Desk) KeepMatched(r *Review, confirmed bool) (Kept, error) {
	imported, err := job.KeepMatched(d.Store, r.Source, r.Recordings, confirmed, d.Now())
	if err != nil {
		return Kept{}, err
	}
	var out Kept
	stored, tray := 0, 0
	for _, i := range imported {
		if i.TrayID != "" {
			tray++
			continue
		}
		stored++
		out.WearID = i.WearID
	}
	out.Message = fmt.Sprintf(say.L("%s stored by the transmitter's serial."), clinic.Counted(stored, "recording"))
	if tray > 0 {
		out.Message += fmt.Sprintf(say.L(" %s in the tray until somebody says whose they are."), clinic.Counted(tray, "recording"))
	}
	return out, nil
}

// Facts say what was read.
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

// clockTolerance is how far a receiver's clock may be off without a word.
const clockTolerance = 2 * time.Minute

func (r *Review) receiverFacts() []Fact {
	x := r.Receiver
	out := []Fact{{say.L("Receiver"), x.Model()}, {say.L("Serial number"), orNotNamed(x.SerialNumber)}, {say.L("Firmware"), x.Firmware}}
	if x.BatteryPercent >= 0 {
		out = append(out, Fact{say.L("Battery"), fmt.Sprintf("%d %%", x.BatteryPercent)})
	}
	if !x.ClockKnown {
		return out
	}
	clock := say.L("as this computer's")
	if off := x.ClockOffset.Abs(); off >= time.Minute {
		length := clinic.Minutes(off.Minutes())
		if days := int(off.Hours() / 24); days >= 2 {
			length = clinic.Counted(days, "day")
		}
		clock = length + map[bool]string{true: say.L(" ahead of"), false: say.L(" behind")}[x.ClockOffset > 0] + say.L(" this computer's")
	}
	return append(out, Fact{say.L("Clock"), clock})
}

// RecordingFacts say what one recording of the file is.
func (r *Review) RecordingFacts(i int) []Fact {
	rec := r.Recordings[i]
	check := clinic.CheckRecording(rec)
	readings := fmt.Sprintf(say.L("%d, every %s"), len(rec.Readings), clinic.Minutes(float64(rec.IntervalSeconds)/60))
	if low, high := rec.Count(cgm.Low), rec.Count(cgm.High); low+high > 0 {
		readings += fmt.Sprintf(" (%d LOW, %d HIGH)", low, high)
	}
	out := []Fact{
		{say.L("Transmitter"), orNotNamed(rec.TransmitterID)},
		{say.L("Device"), orNotNamed(strings.TrimSpace(rec.DeviceModel + " " + rec.DeviceID))},
		{say.L("From"), r.settings.DateTime(rec.First())},
		{say.L("To"), r.settings.DateTime(rec.Last())},
		{say.L("Readings"), readings},
		{say.L("Hours recorded"), fmt.Sprintf(say.L("%s of %s – 72 hours %s"), clinic.Hours(check.Coverage.HoursRecorded), clinic.Hours(check.Coverage.HoursSpan), check.Result)},
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

// mostWarnings is how many rows are listed one by one.
const mostWarnings = 6

// Warnings are what a person should know of the file before storing it.
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
	if r.Receiver != nil && r.Receiver.ClockOffset.Abs() >= clockTolerance {
		out = append(out, say.L("The receiver's clock differs from this computer's: times of day are by the receiver's clock. Elapsed time and the 72 hours are not touched. The clock is never set from here."))
	}
	switch {
	case len(r.Recordings) < 2:
	case r.Receiver != nil:
		out = append(out, fmt.Sprintf(say.L("The receiver holds %d wears, perhaps of several patients. The latest is ticked; tick another only if you know that it is this patient's."), len(r.Recordings)))
	default:
		out = append(out, fmt.Sprintf(say.L("The file holds recordings of %d transmitters. Each is stored as a wear of its own; untick what is not this patient's."), len(r.Recordings)))
	}
	for _, rec := range r.Recordings {
		if rec.Duplicates > 0 {
			out = append(out, fmt.Sprintf(say.L("%s stood there twice and %s kept once."), clinic.Counted(rec.Duplicates, "reading"), isAre(rec.Duplicates)))
		}
		for _, note := range clinic.CheckRecording(rec).Notes(rec) {
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

// Kept is what storing did.
type Kept struct {
	WearID  string // of the latest recording
	Message string // empty where all was new
}

// Keep stores the chosen recordings with the patient, who is new without an
// id. What does not fit is a *storage.MismatchError until confirmed.
func (d *Desk) Keep(r *Review, p clinic.Patient, confirmed bool) (Kept, error) {
	if p.ID == "" {
		p = d.Settings().NewPatient(p.FirstName, p.LastName, p.BirthDate, p.Identifier)
		if err := p.Validate(job.Today(d.Now())); err != nil {
			return Kept{}, err
		}
	}
	var chosen []*cgm.Recording
	for i, rec := range r.Recordings {
		if r.Chosen[i] {
			chosen = append(chosen, rec)
		}
	}
	if len(chosen) == 0 {
		return Kept{}, errNoneTicked
	}
	imported, err := job.Keep(d.Store, p, r.Source, chosen, confirmed, d.Now())
	if err != nil {
		return Kept{}, err
	}
	last := imported[len(imported)-1]
	out := Kept{WearID: last.WearID}
	switch {
	case last.SameFile:
		out.Message = say.L("This file was stored before. Nothing was changed.")
	case last.There > 0:
		out.Message = fmt.Sprintf(say.L("%s added; %d were stored before."), clinic.Counted(last.New, "reading"), last.There)
	}
	return out, nil
}

// Wear is a stored wear as the window shows it.
type Wear struct {
	ID        string
	Facts     *report.Facts
	Documents []clinic.Document
	way       []clinic.Mark
	some      bool // it has some of its days alone
}

// Wear reads a stored wear and computes its figures.
func (d *Desk) Wear(id string) (*Wear, error) {
	facts, err := job.WearFacts(d.Store, id, d.Now())
	if err != nil {
		return nil, err
	}
	documents, err := d.Store.Documents(id)
	if err != nil {
		return nil, err
	}
	if err := d.Store.Note(storage.ActViewed, storage.KindPatient, facts.Patient.ID, "wear "+id); err != nil && !errors.Is(err, storage.ErrReadOnly) {
		return nil, err
	}
	slices.Reverse(documents) // the latest first
	c, err := d.Store.Case(id)
	if err != nil {
		return nil, err
	}
	b := c.Brief()
	return &Wear{ID: id, Facts: facts, Documents: documents, way: b.Way(c.EndedBy())}, nil
}

// Head of the wear.
func (w *Wear) Head() Head { return Head{w.ID, w.Identity(), w.Device(), w.way, true} }

// Days of a wear that are looked at together.
const (
	AllDays  = "All days"
	Weekdays = "Monday to Friday"
	Weekend  = "Saturday and Sunday"
)

// DayChoices are the days that can be looked at: together, or each.
func (w *Wear) DayChoices() []string {
	out := []string{say.L(AllDays), say.L(Weekdays), say.L(Weekend)}
	for i := range w.Facts.Analysis.Days {
		out = append(out, w.Facts.Settings.ShortDate(w.Facts.Analysis.Days[i].Date))
	}
	return out
}

// OnDays is the wear with the chosen days alone, and how many they are; ok is
// false where there is no reading on them. The check stays that of the whole.
func (w *Wear) OnDays(choice string) (some *Wear, days int, ok bool) {
	set := w.Facts.Settings
	r := w.Facts.Recording.OnDays(func(d cgm.Date) bool {
		weekend := d.Weekday() == time.Saturday || d.Weekday() == time.Sunday
		switch choice {
		case say.L(AllDays):
			return true
		case say.L(Weekdays):
			return !weekend
		case say.L(Weekend):
			return weekend
		}
		return set.ShortDate(d) == choice
	})
	if len(r.Readings) == 0 {
		return nil, 0, false
	}
	facts := *w.Facts
	facts.Recording, facts.Analysis = r, cgm.Analyse(r)
	return &Wear{w.ID, &facts, w.Documents, w.way, choice != say.L(AllDays)}, len(facts.Analysis.Days), true
}

// Identity is whose wear it is, in one line.
func (w *Wear) Identity() string { return Identity(w.Facts.Patient, w.Facts.Settings) }

// Device is what recorded the wear and when, in one line.
func (w *Wear) Device() string {
	r, s := w.Facts.Recording, w.Facts.Settings
	id := r.TransmitterID
	if id == "" {
		id = say.L("not named")
	}
	return fmt.Sprintf(say.L("Transmitter %s · %s to %s"), id, s.DateTime(r.First()), s.DateTime(r.Last()))
}

// CheckTitle is the answer of the 72-hour check in three words.
func (w *Wear) CheckTitle() string { return say.L("72 hours: " + string(w.Facts.Check.Result)) }

// Reasons are the facts that the check's answer rests on.
func (w *Wear) Reasons() []Fact {
	c := w.Facts.Check.Coverage
	longest := "none"
	if c.LongestGapMinutes > 0 {
		longest = clinic.Minutes(c.LongestGapMinutes)
	}
	return []Fact{
		{say.L("Hours recorded"), clinic.Hours(c.HoursRecorded)},
		{say.L("First to last reading"), clinic.Hours(c.HoursSpan)},
		{say.L("Slots with a reading"), fmt.Sprintf(say.L("%d (%d needed)"), c.Slots, clinic.RequiredHours*3600/c.IntervalSeconds)},
		{say.L("Longest gap"), longest},
		{say.L("Gaps from 30 min"), fmt.Sprint(c.GapsOver30)},
	}
}

// Figures are the summary beside the profile.
func (w *Wear) Figures() []Fact {
	return slices.DeleteFunc(w.figures(), func(f Fact) bool { return w.some && f.Label == say.L(sensorActive) }) // of some days it would count the others as gaps
}

const sensorActive = "Sensor active"

func (w *Wear) figures() []Fact {
	m, s := w.Facts.Analysis.Metrics, w.Facts.Settings
	mark := ""
	if w.Facts.Recording.ClampedPercent() > 1 {
		mark = " *"
	}
	out := []Fact{
		{say.L("Mean glucose"), s.GlucoseWithUnit(m.Mean.Value) + mark},
		{"GMI (2018)", clinic.Figure(m.GMIPercent, 1) + " %" + mark},
		{say.L("Variation (CV)"), clinic.Figure(m.CVPercent, 1) + " %" + mark},
		{say.L(sensorActive), clinic.Figure(m.ActivePercent, 1) + " %"},
		{say.L("Days with data"), fmt.Sprint(m.DaysWithData)},
	}
	if mark != "" {
		out = append(out, Fact{say.L("* a bound"), fmt.Sprintf(say.L("%.1f %% LOW or HIGH"), w.Facts.Recording.ClampedPercent())})
	}
	return out
}

// DayTitle names a day with what it holds.
func (w *Wear) DayTitle(i int) string {
	d, s := &w.Facts.Analysis.Days[i], w.Facts.Settings
	return fmt.Sprintf(say.L("%s · mean %s · %.0f %% in range · %s"), s.ShortDate(d.Date), s.GlucoseWithUnit(d.Summary.Mean), d.Summary.Shares.InRange, clinic.Counted(d.Summary.Readings, "reading"))
}

// DocumentTitle names a document that was issued.
func DocumentTitle(d clinic.Document) string {
	kind := say.L("Printout (95250)")
	switch {
	case d.Kind == clinic.AddendumDocument:
		kind = say.L("Addendum, signed")
	case d.Kind == clinic.InterpretationDocument && d.Signed:
		kind = say.L("Interpretation (95251), signed")
	case d.Kind == clinic.InterpretationDocument:
		kind = say.L("Interpretation (95251), draft")
	}
	return fmt.Sprintf(say.L("%s · %s · made %s"), kind, clinic.Counted(d.Pages, "page"), d.MadeAt.Format("2006-01-02 15:04"))
}

// Issued are the paths of a wear's documents.
type Issued struct {
	Printout, Interpretation string
	Undrawable               string // characters that the documents spell out
}

// Issue makes both documents, keeps them, and writes them into the folder.
func (d *Desk) Issue(wearID, dir string) (Issued, error) {
	documents, err := job.Issue(d.Store, wearID, d.Now())
	if err != nil {
		return Issued{}, err
	}
	printout, interpretation, err := documents.Write(dir)
	return Issued{printout, interpretation, string(documents.Printout.Undrawable)}, err
}

// WriteAgain writes documents that were issued before into the folder, as they
// were issued.
func (d *Desk) WriteAgain(w *Wear, dir string, documents ...clinic.Document) (paths []string, err error) {
	for _, doc := range documents {
		pdf, err := d.Store.PDF(doc.ID)
		if err != nil {
			return nil, err
		}
		if clinic.HashOf(pdf) != doc.SHA256 {
			return nil, storage.ErrDamaged
		}
		path, err := job.WriteNew(dir, job.FileName(w.Facts, doc.Kind), pdf)
		if err == nil {
			err = d.Store.Note(storage.ActExported, storage.KindDocument, doc.ID, "wear "+w.ID)
		}
		if err != nil {
			return nil, err
		}
		paths = append(paths, path)
	}
	return paths, nil
}

// Print writes documents into the folder and gives them to the printer. Where
// there is none, the error is job.ErrNoPrinter, and they can be opened.
func (d *Desk) Print(w *Wear, dir string, documents ...clinic.Document) (paths []string, err error) {
	if paths, err = d.WriteAgain(w, dir, documents...); err != nil {
		return nil, err
	}
	if err := job.Print(paths...); err != nil {
		return paths, err
	}
	for _, doc := range documents {
		if err := d.Store.Note(storage.ActPrinted, storage.KindDocument, doc.ID, "wear "+w.ID); err != nil {
			return paths, err
		}
	}
	return paths, nil
}

// Latest are the last printout and the last interpretation of the wear, signed
// or not: what is printed together.
func (w *Wear) Latest() (out []clinic.Document) {
	for _, kind := range []clinic.DocumentKind{clinic.PrintoutDocument, clinic.InterpretationDocument} {
		if i := slices.IndexFunc(w.Documents, func(d clinic.Document) bool { return d.Kind == kind }); i >= 0 {
			out = append(out, w.Documents[i])
		}
	}
	return out
}

// mostFiled is how many documents a list shows: more are found by searching.
const mostFiled = 200

// FiledDocument is a document that was issued, with the wear it is of.
type FiledDocument struct {
	Document clinic.Document
	WearID   string
	Whose    string // patient and dates
}

// Title names it in one line.
func (f FiledDocument) Title() string { return f.Whose + " · " + DocumentTitle(f.Document) }

// Filed are the documents of the wears that hold every word of the query, the
// latest wear first; all is false where there are more than are given.
func (d *Desk) Filed(query string) (out []FiledDocument, all bool, err error) {
	wears, err := d.Wears(query)
	if err != nil {
		return nil, false, err
	}
	for _, w := range wears {
		if !w.Brief.Printed && !w.Brief.Signed && w.Wear.RecordingID == "" {
			continue // nothing can have been issued
		}
		documents, err := d.Store.Documents(w.Wear.ID)
		if err != nil {
			return nil, false, err
		}
		line := d.Line(w, false)
		for _, doc := range slices.Backward(documents) {
			if len(out) == mostFiled {
				return out, false, nil
			}
			out = append(out, FiledDocument{doc, w.Wear.ID, line.Patient + " · " + line.Dates})
		}
	}
	return out, true, nil
}

// PatientLanguages are the languages of the patient's page, as they are chosen.
var PatientLanguages = []string{"English", "Español"}

// PatientPage writes the page for the patient into the folder, which is an act.
func (d *Desk) PatientPage(w *Wear, language, dir string) (string, error) {
	code := report.English
	if language == PatientLanguages[1] {
		code = report.Spanish
	}
	page, err := report.PatientPage(w.Facts, code)
	if err != nil {
		return "", err
	}
	path, err := job.WriteNew(dir, job.FileName(w.Facts, clinic.PatientDocument), page.PDF)
	if err != nil {
		return "", err
	}
	return path, d.Store.Note(storage.ActExported, storage.KindWear, w.ID, "page for the patient")
}

// Question asks a person about what does not fit.
func Question(m *storage.MismatchError, p clinic.Patient) string {
	with := say.L("You are about to store this recording with ") + p.Name()
	if p == (clinic.Patient{}) {
		with = say.L("You are about to store each recording with the wear of its transmitter")
	}
	return with + say.L(", but:\n\n– ") + strings.Join(m.Reasons, "\n– ") +
		say.L("\n\nStore it only if you have checked that it is the same person. Your confirmation is kept with the recording.")
}

// entryErrors are what a person can mend in the form they typed in.
var entryErrors = []error{clinic.ErrNoIdentity, clinic.ErrBirthDate, clinic.ErrBornInTime, clinic.ErrBornLongAgo, clinic.ErrControl, errNoneTicked}

// IsEntry says whether an error is about what was typed or ticked.
func IsEntry(err error) bool {
	return slices.ContainsFunc(entryErrors, func(e error) bool { return errors.Is(err, e) })
}

// Sentence is an error as a sentence.
func Sentence(err error) string {
	r := []rune(err.Error())
	return strings.ToUpper(string(r[:1])) + string(r[1:]) + "."
}
