package present

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"tracedesk/cgm"
	"tracedesk/clinic"
	"tracedesk/clinic/steps"
	"tracedesk/clinic/wording"
	"tracedesk/report"
	"tracedesk/ui/say"
	"tracedesk/workflow"
)

// Wear is a stored wear as the window shows it.
type Wear struct {
	ID        string
	Facts     *report.Facts
	Documents []clinic.Document
	way       []steps.Mark
	some      bool // of its days, not all
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
	if err := workflow.RecordView(d.Store, facts.Patient.ID, id); err != nil {
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

// The choices of days.
const (
	AllDays  = "All days"
	Weekdays = "Monday to Friday"
	Weekend  = "Saturday and Sunday"
)

// DayChoices are the choices of days: groups, then each day.
func (w *Wear) DayChoices() []string {
	out := []string{say.L(AllDays), say.L(Weekdays), say.L(Weekend)}
	for i := range w.Facts.Analysis.Days {
		out = append(out, w.Facts.Settings.ShortDate(w.Facts.Analysis.Days[i].Date))
	}
	return out
}

// OnDays gives the wear with the chosen days alone, and their number. ok is false
// if they have no readings. The check stays that of the whole wear.
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

// Identity names the patient in one line.
func (w *Wear) Identity() string { return Identity(w.Facts.Patient, w.Facts.Settings) }

// Device gives the transmitter and the times of the wear in one line.
func (w *Wear) Device() string {
	r, s := w.Facts.Recording, w.Facts.Settings
	id := r.TransmitterID
	if id == "" {
		id = say.L("not named")
	}
	return fmt.Sprintf(say.L("Transmitter %s · %s to %s"), id, s.DateTime(r.First()), s.DateTime(r.Last()))
}

// CheckTitle gives the result of the 72-hour check in three words.
func (w *Wear) CheckTitle() string { return say.L("72 hours: " + string(w.Facts.Check.Result)) }

// Reasons are the facts behind the check's result.
func (w *Wear) Reasons() []Fact {
	c := w.Facts.Check.Coverage
	longest := "none"
	if c.LongestGapMinutes > 0 {
		longest = wording.Minutes(c.LongestGapMinutes)
	}
	return []Fact{
		{say.L("Hours recorded"), wording.Hours(c.HoursRecorded)},
		{say.L("First to last reading"), wording.Hours(c.HoursSpan)},
		{
			say.L("Slots with a reading"),
			fmt.Sprintf(say.L("%d (%d needed)"), c.Slots, clinic.RequiredHours*3600/c.IntervalSeconds),
		},
		{say.L("Longest gap"), longest},
		{say.L("Gaps from 30 min"), fmt.Sprint(c.GapsOver30)},
	}
}

// Figures are the summary beside the profile.
func (w *Wear) Figures() []Fact {
	// With some days alone, the share of active time would count the others as gaps.
	return slices.DeleteFunc(w.figures(), func(f Fact) bool { return w.some && f.Label == say.L(sensorActive) })
}

const sensorActive = "Sensor active"

func (w *Wear) figures() []Fact {
	m, s := w.Facts.Analysis.Metrics, w.Facts.Settings
	mark := ""
	if w.Facts.Recording.ClampedPercent() > 1 {
		mark = " *"
	}
	mean, _ := s.MeanBeside(m.Mean.Value, cgm.MeanGoalMgDL)
	out := []Fact{
		{say.L("Mean glucose"), mean + " " + string(s.Unit) + mark},
		{"GMI (2018)", clinic.Beside(m.GMIPercent, cgm.GMIGoalPercent, 1) + " %" + mark},
		{say.L("Variation (CV)"), clinic.Beside(m.CVPercent, cgm.StableCVPercent, 1) + " %" + mark},
		{say.L(sensorActive), clinic.Beside(m.ActivePercent, cgm.ActiveGoalPercent, 1) + " %"},
		{say.L("Days with data"), fmt.Sprint(m.DaysWithData)},
	}
	if mark != "" {
		out = append(out,
			Fact{say.L("* a bound"), fmt.Sprintf(say.L("%.1f %% LOW or HIGH"), w.Facts.Recording.ClampedPercent())})
	}
	return out
}

// RangesInWords are the time in ranges and its goals, for those who hear the chart.
func (w *Wear) RangesInWords() string {
	shares := w.Facts.Analysis.Summary.Shares
	p := clinic.PrintShares(shares)
	bands := fmt.Sprintf(say.L("Time in ranges: very low %s, low %s, in range %s, high %s, very high %s per cent"),
		p.Bands[0], p.Bands[1], p.Bands[2], p.Bands[3], p.Bands[4])
	goals := w.Facts.Settings.GoalLines(shares)
	return bands + ". " + strings.Join(goals[:], "; ")
}

// DayTitle names a day with its figures.
func (w *Wear) DayTitle(i int) string {
	d, s := &w.Facts.Analysis.Days[i], w.Facts.Settings
	return fmt.Sprintf(say.L("%s · mean %s · %.0f %% in range · %s"), s.ShortDate(d.Date),
		s.GlucoseWithUnit(d.Summary.Mean), d.Summary.Shares.InRange, wording.Counted(d.Summary.Readings, "reading"))
}
