// Package present is what the window shows, without the window: state and
// words, no widgets. Each screen has a presenter here, tested without a
// display; the views of ui/screens draw it. Long work takes a context and a
// progress function and may run on any goroutine.
package present

import (
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"tracedesk/cgm"
	"tracedesk/clinic"
	"tracedesk/clinic/steps"
	"tracedesk/clinic/wording"
	"tracedesk/storage"
	"tracedesk/storage/seal"
	"tracedesk/ui/say"
	"tracedesk/workflow"
)

// Desk is the window on one store. It lists and opens wears itself; what else people
// do is in groups by who needs it: Access before anybody is in, Reading for what
// comes in, Patients, Interpretations, Documents, the Practice's own, and its Office.
// Views know these alone, and never the store behind them.
type Desk struct {
	Store *storage.Store
	Now   func() time.Time
	Port  string // how the receiver is found: connect.Auto, or a port's name

	Anchor   storage.Anchor // where the store's trail stood is kept; nowhere where it is nil
	Cost     seal.Cost      // of a new store's passphrases; the usual one where it is zero
	lines    lines
	backedUp atomic.Uint64 // the store's changes at the last automatic backup
}

// lines are the stored wears with the words that a search looks at. They are kept
// until the store or the settings change.
type lines struct {
	generation uint64
	settings   string
	wears      []Listed
	names      map[string]string // the patients' by id
	folded     []string          // what is searched, in lower case
	queue      []int             // the places in wears of those that wait on the day, in their order
	day        cgm.Date
}

// Fact is a label and its value.
type Fact struct{ Label, Value string }

// The groups of a desk. Each is the desk itself with some methods more.
type (
	// Access opens and locks the store, and knows who is in.
	Access struct{ *Desk }
	// Reading takes in what files and receivers hold.
	Reading struct{ *Desk }
	// Patients are found, added and deleted.
	Patients struct{ *Desk }
	// Interpretations are written and signed.
	Interpretations struct{ *Desk }
	// Documents are issued, written, printed and found again.
	Documents struct{ *Desk }
	// Practice is what an administrator looks after: people, backups, audit trail.
	Practice struct{ *Desk }
	// Office is what a biller looks after: settings, payers, stock, services, fees.
	Office struct{ *Desk }
)

// Access opens and locks the store, and knows who is in.
func (d *Desk) Access() Access { return Access{d} }

// Reading takes in what files and receivers hold.
func (d *Desk) Reading() Reading { return Reading{d} }

// Patients are found, added and deleted.
func (d *Desk) Patients() Patients { return Patients{d} }

// Interpretations are written and signed.
func (d *Desk) Interpretations() Interpretations { return Interpretations{d} }

// Documents are issued, written, printed and found again.
func (d *Desk) Documents() Documents { return Documents{d} }

// Practice is what an administrator looks after.
func (d *Desk) Practice() Practice { return Practice{d} }

// Office is what a biller looks after.
func (d *Desk) Office() Office { return Office{d} }

// User is the user who is logged in, or nobody while the store is locked.
func (d *Desk) User() clinic.User { return d.Store.User() }

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

// Listed is a stored wear as it is found in a list.
type Listed struct{ *storage.WearSummary }

// WearRow is a wear as a row of the start screen.
type WearRow struct {
	Patient string // in one line
	Dates   string
	Check   string
	Status  StatusIcon
}

// StatusIcon stands before a line's last words.
type StatusIcon int

// NoStatus is for a wear that is out and in time.
const (
	NoStatus StatusIcon = iota
	StatusMet
	StatusWarning
)

// statusOf gives the icon of a wear: of its check, or a warning if it is overdue.
func (d *Desk) statusOf(w Listed) StatusIcon {
	switch {
	case w.Wear.RecordingID != "" && w.Check.Result == clinic.Met:
		return StatusMet
	case w.Wear.RecordingID != "", d.StageOf(w) == steps.StageOverdue:
		return StatusWarning
	}
	return NoStatus
}

// listed names a patient in a list. The record number has no label there.
func listed(p clinic.Patient, s clinic.Settings) string {
	if p.Identifier == "" {
		return Identity(p, s)
	}
	return p.Name() + " · " + s.Born(p) + " · " + p.Identifier
}

// Wears are the stored wears that hold every word of the query in their lines,
// the latest first.
func (d *Desk) Wears(query string) ([]Listed, error) {
	all, err := d.allLines()
	if err != nil {
		return nil, err
	}
	asked := strings.Fields(strings.ToLower(query))
	if len(asked) == 0 {
		return all.wears, nil
	}
	var out []Listed
	for i, text := range all.folded {
		if holdsAll(text, asked) {
			out = append(out, all.wears[i])
		}
	}
	return out, nil
}

// Line words a wear for a list: its next action, or its check. Lists call it for
// the lines in view alone, since a store holds many.
func (d *Desk) Line(w Listed, toDo bool) WearRow {
	set := d.Settings()
	if w.Wear.RecordingID == "" || toDo {
		return d.waiting(w, set)
	}
	line := WearRow{
		Dates: datesOf(w, set), Check: wording.Hours(w.Check.HoursRecorded) + say.L(" recorded – 72 hours ") +
			string(w.Check.Result),
		Status: d.statusOf(w),
	}
	if p, err := d.Store.Patient(w.Wear.PatientID); err == nil {
		line.Patient = listed(p, set)
	}
	return line
}

// waiting words a wear by its next action.
func (d *Desk) waiting(w Listed, set clinic.Settings) WearRow {
	line := WearRow{Dates: datesOf(w, set), Check: d.Action(w), Status: d.statusOf(w)}
	if w.Wear.RecordingID != "" {
		line.Check += say.L(" – 72 hours ") + string(w.Check.Result)
	}
	if p, err := d.Store.Patient(w.Wear.PatientID); err == nil {
		line.Patient = listed(p, set)
	}
	return line
}

func datesOf(w Listed, set clinic.Settings) string {
	if w.Wear.RecordingID == "" {
		if w.Brief.Placed {
			return say.L("placed ") + set.Date(w.Brief.PlacedAt)
		}
		return say.L("ordered")
	}
	return set.Date(w.First.Date()) + say.L(" to ") + set.Date(w.Last.Date())
}

// allLines gives the lines, and makes them anew if something has changed.
func (d *Desk) allLines() (*lines, error) {
	set := d.Settings()
	now := fmt.Sprintf("%+v", set)
	if generation := d.Store.Generation(); d.lines.wears != nil && d.lines.generation == generation &&
		d.lines.settings == now && !d.Store.Locked() {
		return &d.lines, nil
	}
	patients, err := d.Store.Patients()
	if err != nil {
		return nil, err
	}
	next := lines{generation: d.Store.Generation(), settings: now, names: workflow.Names(patients)}
	identity := map[string]string{}
	for _, p := range patients {
		identity[p.ID] = Identity(p, set)
	}
	wears, err := d.Store.Wears("")
	if err != nil {
		return nil, err
	}
	next.wears = listedOf(wears)
	next.folded = make([]string, 0, len(next.wears))
	for _, w := range next.wears {
		next.folded = append(next.folded, strings.ToLower(identity[w.Wear.PatientID]+" "+datesOf(w, set)))
	}
	d.lines = next
	return &d.lines, nil
}

// queueOn sorts the queue once a day, and not at each letter of a search.
func (l *lines) queueOn(today cgm.Date) []int {
	if l.queue != nil && l.day == today {
		return l.queue
	}
	wears, places := make([]*storage.WearSummary, len(l.wears)), make(map[string]int, len(l.wears))
	for i, w := range l.wears {
		wears[i], places[w.Wear.ID] = w.WearSummary, i
	}
	l.queue, l.day = []int{}, today
	for _, w := range workflow.Queue(wears, l.names, "", today) {
		l.queue = append(l.queue, places[w.Wear.ID])
	}
	return l.queue
}

func listedOf(wears []*storage.WearSummary) []Listed {
	out := make([]Listed, len(wears))
	for i, w := range wears {
		out[i] = Listed{w}
	}
	return out
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

// Find lists the stored patients that match every word of the query.
func (d Patients) Find(query string) ([]clinic.Patient, error) {
	all, err := d.Store.Patients()
	if err != nil {
		return nil, err
	}
	set := d.Settings()
	return slices.DeleteFunc(all, func(p clinic.Patient) bool {
		return !holdsWords(Identity(p, set)+" "+p.BirthDate, query)
	}), nil
}

// Sentence is an error as a sentence. One that begins with the name of a file
// keeps the name as it is.
func Sentence(err error) string {
	text := strings.TrimSuffix(err.Error(), ".") + "."
	if first, _, _ := strings.Cut(text, " "); strings.ContainsAny(strings.TrimRight(first, ".,:"), "./\\") {
		return text
	}
	r := []rune(text)
	return strings.ToUpper(string(r[:1])) + string(r[1:])
}
