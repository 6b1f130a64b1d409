package present

import (
	"fmt"
	"slices"
	"strings"

	"tracedesk/cgm"
	"tracedesk/clinic"
	"tracedesk/clinic/billing"
	"tracedesk/clinic/forms"
	"tracedesk/clinic/steps"
	"tracedesk/report"
	"tracedesk/storage"
	"tracedesk/ui/say"
	"tracedesk/workflow"
)

// Case is a wear's documentation as the window shows it.
type Case struct {
	ID           string
	Patient      clinic.Patient
	Settings     clinic.Settings
	Stage        steps.Stage
	Requirements []clinic.Requirement
	Profile      string
	*billing.Case
}

// Case gathers a wear's documentation.
func (d *Desk) Case(wearID string) (*Case, error) {
	c, err := d.Store.Case(wearID)
	if err != nil {
		return nil, err
	}
	p, err := d.Store.Patient(c.Wear.PatientID)
	if err != nil {
		return nil, err
	}
	if err := workflow.RecordView(d.Store, p.ID, wearID); err != nil {
		return nil, err
	}
	b := c.Brief()
	return &Case{wearID, p, d.Settings(), b.Stage(workflow.Today(d.Now())), c.Requirements(),
		fmt.Sprintf(say.L("%s, version %d"), c.Profile.Name, c.Profile.Version), c}, nil
}

// Head is what stands above every view of a wear.
type Head struct {
	ID              string
	Identity, Below string // the patient, and the device
	Way             []steps.Mark
	Read            bool // there is a recording to show
}

// Head of the case.
func (c *Case) Head() Head {
	b := c.Brief()
	return Head{c.ID, c.Identity(), c.Device(), b.Way(c.EndedBy()), c.Check != nil}
}

// Identity names the patient in one line.
func (c *Case) Identity() string { return Identity(c.Patient, c.Settings) }

// Device is the transmitter and the stage, in one line.
func (c *Case) Device() string {
	return say.L("Transmitter ") + orNotNamed(c.Wear.TransmitterID) + " · " + string(c.Stage) +
		say.L(" · payer profile ") + c.Profile
}

// Status is the state of the documentation for a code.
func (c *Case) Status(code clinic.Code) billing.Status { return billing.StatusOf(c.Requirements, code) }

// Missing are the requirements of a code that are not met, or met only by an
// exception. Those that block the service come first.
func (c *Case) Missing(code clinic.Code) (out []clinic.Requirement) {
	for _, q := range c.Requirements {
		if q.Code == code && q.Answer != billing.Met {
			out = append(out, q)
		}
	}
	weight := func(q clinic.Requirement) int {
		switch {
		case q.Answer == billing.NotMet:
			return 0
		case q.Answer == billing.CannotTell && q.Required:
			return 1
		case q.Answer == billing.CannotTell:
			return 2
		}
		return 3
	}
	slices.SortStableFunc(out, func(a, b clinic.Requirement) int { return weight(a) - weight(b) })
	return out
}

// Met counts the requirements of a code that are met.
func (c *Case) Met(code clinic.Code) (n int) {
	for _, q := range c.Requirements {
		if q.Code == code && q.Answer == billing.Met {
			n++
		}
	}
	return n
}

// Mend gives the step that can answer a requirement, if people enter it.
func Mend(q clinic.Requirement) (kind forms.Kind, ok bool) {
	rule, _ := billing.RuleByID(q.Rule)
	return forms.KindFor(rule.Mend)
}

// QuestionOf gives the question that a requirement asks, if it asks one.
func QuestionOf(rule string) steps.Question {
	if r, _ := billing.RuleByID(rule); r.Asks != nil {
		return r.Asks.ID
	}
	return ""
}

// HistoryLine is a line of the history with its details.
type HistoryLine struct{ Title, Text string }

// Lines give the history, the latest first.
func (c *Case) Lines() (out []HistoryLine) {
	for i := range slices.Backward(c.History) {
		r := &c.History[i]
		var parts []string
		for _, d := range forms.Details(r) {
			parts = append(parts, d.Label+": "+d.Value)
		}
		out = append(out,
			HistoryLine{
				fmt.Sprintf(say.L("%s – %s, entered by %s"), r.Step, r.When(c.Settings), r.EnteredBy.Title()),
				strings.Join(parts, " · "),
			})
	}
	return out
}

// StepForm is a step that is being entered.
type StepForm struct {
	Kind   forms.Kind
	Input  *forms.Input
	At     string // YYYY-MM-DDThh:mm:ss
	Before bool   // it corrects an earlier record, which needs a reason
	WearID string // empty for an order
}

// NewStep begins a step of a wear, with what was recorded before, or without a wear
// the order of a new one.
func (d *Desk) NewStep(kind forms.Kind, wearID string) (*StepForm, error) {
	in, corrects, err := workflow.NewStep(d.Store, kind, wearID)
	if err != nil {
		return nil, err
	}
	f := &StepForm{Kind: kind, Input: in, WearID: wearID, At: clinic.WallTimeOf(d.Now()).String()}
	if corrects && in.At != 0 {
		f.At, f.Before = in.At.String(), true
	}
	return f, nil
}

// Enter takes over the typed values of the fields in order, the time, and the reason.
func (f *StepForm) Enter(values []string, at, reason string) error {
	for i, field := range f.Kind.Fields {
		if values[i] == field.Get(f.Input) {
			continue
		}
		if err := field.Put(f.Input, values[i]); err != nil {
			return err
		}
	}
	f.Input.Tidy()
	f.Input.Reason = strings.TrimSpace(reason)
	if at = strings.TrimSpace(at); len(at) == len("2006-01-02T15:04") {
		at += ":00"
	}
	t, err := cgm.ParseWallTime(strings.Replace(at, " ", "T", 1))
	f.Input.At = t
	return err
}

// KeepStep records an entered step of a wear.
func (d *Desk) KeepStep(f *StepForm, confirmed bool) error {
	return d.Store.AddStep(f.WearID, f.Input.Record, confirmed)
}

// OrderWear begins a wear of the patient, and gives its id.
func (d *Desk) OrderWear(patientID string, f *StepForm) (string, error) {
	return d.Store.OpenWear(patientID, f.Input.Record)
}

// Add stores a new patient as typed.
func (d Patients) Add(first, last, birth, number string) (clinic.Patient, error) {
	p, err := workflow.NewPatient(d.Settings(), first, last, birth, number, d.Now())
	if err != nil {
		return p, err
	}
	return d.Store.SavePatient(p)
}

// Interpretation is the interpretation of a wear while it is written.
type Interpretation struct {
	*Case
	Facts  *report.Facts
	Draft  clinic.Interpretation
	Signed *steps.Record // for the recording as it is
	Stale  string        // says how the recording has changed since it was signed
	LateBy int           // days, from where a signature is late
}

// Open reads the interpretation of a wear, and drafts one where there is none.
func (d Interpretations) Open(wearID string) (*Interpretation, error) {
	c, err := d.Case(wearID)
	if err != nil {
		return nil, err
	}
	draft, err := workflow.Draft(d.Store, wearID, d.Now())
	if err != nil {
		return nil, err
	}
	facts, err := workflow.WearFacts(d.Store, wearID, d.Now())
	if err != nil {
		return nil, err
	}
	i := &Interpretation{Case: c, Facts: facts, Draft: draft, LateBy: c.LateBy(d.Now())}
	if s := c.Latest(steps.Signed); s != nil {
		if c.Check != nil && s.Signature.RecordingHash == c.Check.RecordingHash {
			i.Signed = s
		} else {
			i.Stale = say.L("The recording has changed since the interpretation was signed. ") + c.WhatChanged()
		}
	}
	return i, nil
}

// ExampleDay is the day on which a finding can be checked, or nil.
func (i *Interpretation) ExampleDay(f *clinic.DraftFinding) *cgm.Day { return i.Facts.ExampleDay(f) }

// Save keeps the interpretation.
func (d Interpretations) Save(wearID string, i clinic.Interpretation) error {
	return d.Store.SaveInterpretation(wearID, i)
}

// Preview writes the interpretation of a wear as it would look now into the folder.
func (d Documents) Preview(wearID, dir string) (string, error) {
	return workflow.DeliverPreview(d.Store, wearID, workflow.InFolder(dir), d.Now())
}

// EventKinds are the kinds of events in a patient's log, in the order of the choice.
var EventKinds = []string{
	cgm.Carbs.String(), cgm.Insulin.String(), cgm.Exercise.String(), cgm.Health.String(), cgm.Note.String(),
}

// AddEvent adds a typed event to the patient's log of a wear.
func (d Interpretations) AddEvent(wearID, at, kind, amount, text string) error {
	e, err := clinic.ParseLogEntry(strings.Join([]string{at, kind, strings.ReplaceAll(amount, ",", "."), text}, ","))
	if err != nil {
		return err
	}
	return workflow.AddEvent(d.Store, wearID, e, d.Now())
}

// Sign signs the interpretation with the user's passphrase. A late signature needs
// the reason for the delay and attests to it.
func (d Interpretations) Sign(i *Interpretation, passphrase, reason string) error {
	secret := []byte(passphrase)
	defer clear(secret)
	by := storage.Signing{Passphrase: secret, Attest: i.LateBy > 0, Reason: strings.TrimSpace(reason)}
	_, err := workflow.Sign(d.Store, i.ID, by, d.Now())
	return err
}

// AddAddendum signs an addendum with the user's passphrase.
func (d Interpretations) AddAddendum(wearID, text, passphrase string) error {
	secret := []byte(passphrase)
	defer clear(secret)
	by := storage.Signing{Passphrase: secret}
	_, err := workflow.AddAddendum(d.Store, wearID, strings.TrimSpace(text), by, d.Now())
	return err
}

// Export writes the evidence packet into the folder and gives its path.
func (d Documents) Export(wearID, dir string) (string, error) {
	return workflow.DeliverPacket(d.Store, wearID, workflow.InFolder(dir), d.Now())
}

// ToDo gives the wears of the work queue that hold every word of the query, in the
// order of workflow.Queue. With mine it gives those that the user is to interpret.
func (d *Desk) ToDo(query string, mine bool) (out []Listed, err error) {
	all, err := d.allLines()
	if err != nil {
		return nil, err
	}
	asked, me := strings.Fields(strings.ToLower(query)), d.Store.User().ID
	for _, i := range all.queueOn(workflow.Today(d.Now())) {
		w := all.wears[i]
		if (!mine || w.Brief.Reviewer == me) && holdsAll(all.folded[i], asked) {
			out = append(out, w)
		}
	}
	return out, nil
}

// actions name the next action at each stage.
var actions = map[steps.Stage]string{
	steps.StageOrdered: "record the insertion", steps.StageOut: "out", steps.StageDue: "due back: record the return",
	steps.StageOverdue: "overdue: ask after it",
	steps.StageToRead:  "read the receiver", steps.StageToPrint: "print", steps.StageToInterpret: "interpret",
	steps.StageToSign: "sign", steps.StageToFile: "file", steps.StageReady: "ready for the biller",
}

// Action names the next action for a wear.
func (d *Desk) Action(w Listed) string {
	b := &w.Brief
	stage := b.Stage(workflow.Today(d.Now()))
	text := say.L(actions[stage])
	if stage == steps.StageOut || stage == steps.StageDue || stage == steps.StageOverdue {
		text += ", " + d.Settings().Date(b.Due())
	}
	return text
}

// StageOf gives the stage of a wear today.
func (d *Desk) StageOf(w Listed) steps.Stage {
	return w.Brief.Stage(workflow.Today(d.Now()))
}

// Patient has the wears and services of a patient.
type Patient struct {
	Wears    []Listed // the latest first
	Services []string // in words, the latest first
	Next     []Fact   // free dates, and how many this year
}

// Open gathers what is known of a patient.
func (d Patients) Open(p clinic.Patient) (*Patient, error) {
	wears, err := d.Store.Wears(p.ID)
	if err != nil {
		return nil, err
	}
	services, err := d.Store.Services(p.ID)
	if err != nil {
		return nil, err
	}
	if err := workflow.RecordView(d.Store, p.ID, ""); err != nil {
		return nil, err
	}
	out := &Patient{Wears: listedOf(wears)}
	set, today := d.Settings(), workflow.Today(d.Now())
	year := today.String()[:4]
	for _, free := range workflow.FreeDates(services, today) {
		value := fmt.Sprintf(say.L("%s, strictly; %d in %s"), set.Date(free.Next), free.PerYear[year], year)
		out.Next = append(out.Next, Fact{say.L("Next free date for ") + string(free.Code), value})
	}
	for _, s := range slices.Backward(services) {
		where := s.Where
		if s.WearID != "" {
			where = "here"
		}
		out.Services = append(out.Services, fmt.Sprintf("%s · %s · %s", set.Date(s.Date), s.Code, orNotNamed(where)))
	}
	return out, nil
}

// ByID is a stored patient.
func (d Patients) ByID(id string) (clinic.Patient, error) { return d.Store.Patient(id) }

// Delete deletes a patient for good, with all wears and documents.
func (d Patients) Delete(p clinic.Patient) error { return d.Store.DeletePatient(p.ID) }

// AddService enters a service of the patient that was done elsewhere.
func (d Patients) AddService(p clinic.Patient, code, day, where string) error {
	date, err := d.Settings().ParseDate(day)
	if err != nil {
		return err
	}
	return d.Store.AddService(p.ID,
		clinic.Service{Code: clinic.Code(strings.TrimSpace(code)), Date: date, Where: strings.TrimSpace(where)})
}
