package present

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"tracedesk/cgm"
	"tracedesk/clinic"
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
	Stage        clinic.Stage
	Requirements []clinic.Requirement
	Profile      string
	*clinic.Case
}

// Codes in the order of the screens.
var Codes = []clinic.Code{clinic.Code95250, clinic.Code95251}

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
	if err := d.Store.Note(storage.ActViewed, storage.KindPatient, p.ID, "wear "+wearID); err != nil && !errors.Is(err, storage.ErrReadOnly) {
		return nil, err
	}
	b := c.Brief()
	return &Case{wearID, p, d.Settings(), b.Stage(workflow.Today(d.Now())), c.Requirements(), fmt.Sprintf(say.L("%s, version %d"), c.Profile.Name, c.Profile.Version), c}, nil
}

// Head is what stands above every view of a wear.
type Head struct {
	ID              string
	Identity, Below string // whose, and what recorded it
	Way             []clinic.Mark
	Read            bool // there is a recording to show
}

// Head of the case.
func (c *Case) Head() Head {
	b := c.Brief()
	return Head{c.ID, c.Identity(), c.Device(), b.Way(c.EndedBy()), c.Check != nil}
}

// Identity is whose wear it is, in one line.
func (c *Case) Identity() string { return Identity(c.Patient, c.Settings) }

// Device is the transmitter and the stage, in one line.
func (c *Case) Device() string {
	return say.L("Transmitter ") + orNotNamed(c.Wear.TransmitterID) + " · " + string(c.Stage) + say.L(" · payer profile ") + c.Profile
}

// Status is the state of the documentation for a code.
func (c *Case) Status(code clinic.Code) clinic.Status { return clinic.StatusOf(c.Requirements, code) }

// Missing are the requirements of a code that are not simply met, the ones that
// hinder first.
func (c *Case) Missing(code clinic.Code) (out []clinic.Requirement) {
	for _, q := range c.Requirements {
		if q.Code == code && q.Answer != clinic.RuleMet {
			out = append(out, q)
		}
	}
	weight := func(q clinic.Requirement) int {
		switch {
		case q.Answer == clinic.RuleNotMet:
			return 0
		case q.Answer == clinic.RuleCannotTell && q.Required:
			return 1
		case q.Answer == clinic.RuleCannotTell:
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
		if q.Code == code && q.Answer == clinic.RuleMet {
			n++
		}
	}
	return n
}

// mends says which step answers a requirement.
var mends = map[string]string{
	"B03": "place", "B04": "place", "B09": "return", "B13": "place", "B15": "reorder", "B16": "answer", "B17": "answer", "B18": "answer", "B19": "answer",
	"B20": "reorder", "B21": "reorder", "B24": "return", "B25": "answer",
}

// Mend is the step that a requirement waits for, if a step can mend it.
func Mend(q clinic.Requirement) (use string, ok bool) {
	use, ok = mends[q.Rule]
	return use, ok
}

// QuestionOf is the question that a requirement waits for an answer to.
func QuestionOf(rule string) clinic.Question {
	return map[string]clinic.Question{"B16": clinic.AskedOwnDevice, "B17": clinic.AskedRemote, "B18": clinic.AskedVisit, "B19": clinic.AskedReuse, "B25": clinic.AskedElsewhere}[rule]
}

// HistoryLine is a line of the history, with what stands below it.
type HistoryLine struct{ Title, Text string }

// Lines are the history, the latest first.
func (c *Case) Lines() (out []HistoryLine) {
	for i := range slices.Backward(c.History) {
		r := &c.History[i]
		var parts []string
		for _, d := range r.Details() {
			parts = append(parts, d.Label+": "+d.Value)
		}
		out = append(out, HistoryLine{fmt.Sprintf(say.L("%s – %s, entered by %s"), r.Step, r.When(c.Settings), r.EnteredBy.Title()), strings.Join(parts, " · ")})
	}
	return out
}

// StepForm is a step that is being entered.
type StepForm struct {
	Kind   workflow.StepKind
	Input  *workflow.StepInput
	At     string // YYYY-MM-DDThh:mm:ss
	Before bool   // it corrects an earlier record, which needs a reason
	WearID string // empty for an order
}

// NewStep begins a step of a wear, with what was recorded before; of no wear the
// order of a new one.
func (d *Desk) NewStep(kind workflow.StepKind, wearID string) (*StepForm, error) {
	r := &clinic.StepRecord{Step: kind.Step}
	kind.Begin(r)
	f := &StepForm{Kind: kind, WearID: wearID, At: clinic.WallTimeOf(d.Now()).String()}
	if wearID != "" {
		c, err := d.Store.Case(wearID)
		if err != nil {
			return nil, err
		}
		before := c.Latest(kind.Step)
		workflow.ContinueFrom(r, before)
		if before != nil && r.At != 0 {
			f.At, f.Before = r.At.String(), true
		}
	}
	var err error
	f.Input, err = workflow.NewStepInput(d.Store, r)
	return f, err
}

// Enter takes what was typed: the fields in order, when it was, and a reason.
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
	return d.Store.AddStep(f.WearID, f.Input.StepRecord, confirmed)
}

// OrderWear begins a wear of the patient, and gives its id.
func (d *Desk) OrderWear(patientID string, f *StepForm) (string, error) {
	return d.Store.OpenWear(patientID, f.Input.StepRecord)
}

// Add stores a new patient as typed.
func (d Patients) Add(first, last, birth, number string) (clinic.Patient, error) {
	p := d.Settings().NewPatient(first, last, birth, number)
	if err := p.Validate(workflow.Today(d.Now())); err != nil {
		return p, err
	}
	return d.Store.SavePatient(p)
}

// Interpretation is what is being written for a wear.
type Interpretation struct {
	*Case
	Facts  *report.Facts
	Draft  clinic.Interpretation
	Signed *clinic.StepRecord // for the recording as it is
	Stale  string             // what came into the recording since it was signed
	LateBy int                // days, from where a signature is late
}

// Open reads what is being written for a wear.
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
	if s := c.Latest(clinic.StepSigned); s != nil {
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

// Save keeps what was written.
func (d Interpretations) Save(wearID string, i clinic.Interpretation) error {
	return d.Store.SaveInterpretation(wearID, i)
}

// Preview writes the interpretation of a wear as it would look, a draft, into
// the folder; nothing is issued by it.
func (d Documents) Preview(wearID, dir string) (string, error) {
	facts, err := workflow.WearFacts(d.Store, wearID, d.Now())
	if err != nil {
		return "", err
	}
	draft, err := report.Interpretation(facts)
	if err != nil {
		return "", err
	}
	path, err := workflow.WriteNew(dir, workflow.FileName(facts, clinic.InterpretationDocument), draft.PDF)
	if err != nil {
		return "", err
	}
	return path, d.Store.Note(storage.ActExported, storage.KindWear, wearID, "preview of the interpretation")
}

// EventKinds are what a patient's log holds, as they are chosen.
var EventKinds = []string{cgm.Carbs.String(), cgm.Insulin.String(), cgm.Exercise.String(), cgm.Health.String(), cgm.Note.String()}

// AddEvent adds what was typed to the patient's log of a wear.
func (d Interpretations) AddEvent(wearID, at, kind, amount, text string) error {
	e, err := clinic.ParseLogEntry(strings.Join([]string{at, kind, strings.ReplaceAll(amount, ",", "."), text}, ","))
	if err != nil {
		return err
	}
	return workflow.AddEvent(d.Store, wearID, e, d.Now())
}

// Sign signs the interpretation; the passphrase is entered for it. A late one is
// given with an attestation, and with the reason of the delay.
func (d Interpretations) Sign(i *Interpretation, passphrase, reason string) error {
	secret := []byte(passphrase)
	defer clear(secret)
	by := storage.Signing{Passphrase: secret, Attest: i.LateBy > 0, Reason: strings.TrimSpace(reason)}
	_, err := workflow.Sign(d.Store, i.ID, by, d.Now())
	return err
}

// AddAddendum signs a text that is added; the passphrase is entered for it.
func (d Interpretations) AddAddendum(wearID, text, passphrase string) error {
	secret := []byte(passphrase)
	defer clear(secret)
	by := storage.Signing{Passphrase: secret}
	_, err := workflow.AddAddendum(d.Store, wearID, strings.TrimSpace(text), by, d.Now())
	return err
}

// Export writes the evidence packet into the folder and gives its path.
func (d Documents) Export(wearID, dir string) (string, error) {
	facts, err := workflow.Evidence(d.Store, wearID, d.Now())
	if err != nil {
		return "", err
	}
	packet, err := report.Evidence(facts)
	if err != nil {
		return "", err
	}
	path, err := workflow.WriteNew(dir, workflow.PacketName(facts), packet.PDF)
	if err != nil {
		return "", err
	}
	return path, d.Store.Note(storage.ActExported, storage.KindWear, wearID, "")
}

// ToDo are the wears of the work queue that hold every word of the query, in
// the order of the work; those that the user is to interpret where mine.
func (d *Desk) ToDo(query string, mine bool) ([]Listed, error) {
	all, err := d.Wears(query)
	if err != nil {
		return nil, err
	}
	today, me := workflow.Today(d.Now()), d.Store.User().ID
	var out []Listed
	for _, w := range all {
		if slices.Contains(clinic.Stages, w.Brief.Stage(today)) && (!mine || w.Brief.Reviewer == me) {
			out = append(out, w)
		}
	}
	slices.SortStableFunc(out, func(a, b Listed) int {
		return slices.Index(clinic.Stages, a.Brief.Stage(today)) - slices.Index(clinic.Stages, b.Brief.Stage(today))
	})
	return out, nil
}

// actions are what a wear waits for, in words.
var actions = map[clinic.Stage]string{
	clinic.StageOrdered: "record the insertion", clinic.StageOut: "out", clinic.StageDue: "due back: record the return", clinic.StageOverdue: "overdue: ask after it",
	clinic.StageToRead: "read the receiver", clinic.StageToPrint: "print", clinic.StageToInterpret: "interpret", clinic.StageToSign: "sign", clinic.StageToFile: "file", clinic.StageReady: "ready for the biller",
}

// Action is what a wear waits for.
func (d *Desk) Action(w Listed) string {
	b := &w.Brief
	stage := b.Stage(workflow.Today(d.Now()))
	text := say.L(actions[stage])
	if stage == clinic.StageOut || stage == clinic.StageDue || stage == clinic.StageOverdue {
		text += ", " + d.Settings().Date(b.Due())
	}
	return text
}

// StageOf is where a wear stands today.
func (d *Desk) StageOf(w Listed) clinic.Stage {
	return w.Brief.Stage(workflow.Today(d.Now()))
}

// Patient is one patient's wears and services.
type Patient struct {
	Wears    []Listed // the latest first
	Services []string // in words, the latest first
	Next     []Fact   // free dates, and how many this year
}

// Open gathers what is known of a patient; free dates are by the strict
// profile, since a wear that is not ordered has no payer yet.
func (d Patients) Open(p clinic.Patient) (*Patient, error) {
	wears, err := d.Store.Wears(p.ID)
	if err != nil {
		return nil, err
	}
	services, err := d.Store.Services(p.ID)
	if err != nil {
		return nil, err
	}
	if err := d.Store.Note(storage.ActViewed, storage.KindPatient, p.ID, ""); err != nil && !errors.Is(err, storage.ErrReadOnly) {
		return nil, err
	}
	out := &Patient{Wears: listedOf(wears)}
	set, strict, today := d.Settings(), clinic.StrictProfile(), workflow.Today(d.Now())
	for _, code := range Codes {
		year := today.String()[:4]
		out.Next = append(out.Next, Fact{say.L("Next free date for ") + string(code), fmt.Sprintf(say.L("%s, strictly; %d in %s"), set.Date(strict.NextFree(services, code, today)), clinic.PerYear(services, code)[year], year)})
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
	return d.Store.AddService(p.ID, clinic.Service{Code: clinic.Code(strings.TrimSpace(code)), Date: date, Where: strings.TrimSpace(where)})
}
