package present

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"tracedesk/cgm"
	"tracedesk/clinic"
	"tracedesk/clinic/steps"
	"tracedesk/clinic/wording"
	"tracedesk/report"
	"tracedesk/storage"
	"tracedesk/ui/say"
	"tracedesk/workflow"
)

// Wear is a stored wear as the window shows it.
type Wear struct {
	ID        string
	Facts     *report.Facts
	Documents []clinic.Document
	way       []steps.Mark
	some      bool // it has some of its days alone
}

// Wear reads a stored wear and computes its figures.
func (d *Desk) Wear(id string) (*Wear, error) {
	facts, err := workflow.WearFacts(d.Store, id, d.Now())
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
		longest = wording.Minutes(c.LongestGapMinutes)
	}
	return []Fact{
		{say.L("Hours recorded"), wording.Hours(c.HoursRecorded)},
		{say.L("First to last reading"), wording.Hours(c.HoursSpan)},
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
		{"GMI (2018)", wording.Figure(m.GMIPercent, 1) + " %" + mark},
		{say.L("Variation (CV)"), wording.Figure(m.CVPercent, 1) + " %" + mark},
		{say.L(sensorActive), wording.Figure(m.ActivePercent, 1) + " %"},
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
	return fmt.Sprintf(say.L("%s · mean %s · %.0f %% in range · %s"), s.ShortDate(d.Date), s.GlucoseWithUnit(d.Summary.Mean), d.Summary.Shares.InRange, wording.Counted(d.Summary.Readings, "reading"))
}
