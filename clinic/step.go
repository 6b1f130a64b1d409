package clinic

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"tracedesk/cgm"
)

// Step is what happened to a wear, or what was noted about it.
type Step string

// The way of a wear in the clinic, with failed and lost as its other ends.
const (
	StepOrdered     Step = "ordered"
	StepPlaced      Step = "placed"
	StepReturned    Step = "returned"
	StepRead        Step = "read"
	StepPrinted     Step = "printed"
	StepInterpreted Step = "interpreted"
	StepSigned      Step = "signed"
	StepFiled       Step = "filed"
	StepFailed      Step = "failed"
	StepLost        Step = "lost"
)

// What may be noted beside it.
const (
	StepCleaned    Step = "cleaned"
	StepAnswered   Step = "answered"
	StepOverridden Step = "overridden"
	StepAddendum   Step = "addendum"
	StepBilled     Step = "billed"
)

// YesNo is an answer that may be missing.
type YesNo string

// The answers; empty: not given.
const (
	Yes YesNo = "yes"
	No  YesNo = "no"
)

// Person is who did something: a user of the program, or somebody named.
type Person struct {
	UserID     string `json:"user_id,omitempty"`
	Name       string `json:"name,omitempty"`
	Credential string `json:"credential,omitempty"`
	NPI        string `json:"npi,omitempty"`
}

// AsPerson is the user as the person who does something now.
func (u User) AsPerson() Person { return Person{u.ID, u.Name, u.Credential, u.NPI} }

// Given says whether anybody is named.
func (p Person) Given() bool { return strings.TrimSpace(p.Name) != "" }

// Title is the name with the credential.
func (p Person) Title() string { return User{Name: p.Name, Credential: p.Credential}.Title() }

// MaySign says whether the person has one of the credentials.
func (p Person) MaySign(credentials []string) bool { return slices.Contains(credentials, p.Credential) }

// StepRecord is one line of a wear's history. The history is only added to: a
// correction is another record of the same step, which holds from then on.
type StepRecord struct {
	ID        string       `json:"id"`
	Seq       int          `json:"seq"` // in the wear, from 1
	Step      Step         `json:"step"`
	At        cgm.WallTime `json:"at"`         // when it happened, on the clinic's wall clock
	EnteredAt time.Time    `json:"entered_at"` // when it was entered, with the clinic's zone
	EnteredBy Person       `json:"entered_by"`
	Corrects  bool         `json:"corrects,omitempty"` // an earlier record of this step was wrong or incomplete
	Reason    string       `json:"reason,omitempty"`   // of a correction, a failure, a loss

	Order          *Order          `json:"order,omitempty"`
	Placement      *Placement      `json:"placement,omitempty"`
	Return         *Return         `json:"return,omitempty"`
	Download       *Download       `json:"download,omitempty"`
	Print          *Print          `json:"print,omitempty"`
	Interpretation *Interpretation `json:"interpretation,omitempty"` // as it was signed
	Signature      *Signature      `json:"signature,omitempty"`
	Text           string          `json:"text,omitempty"` // of an addendum; where it was filed
	Cleaning       *Cleaning       `json:"cleaning,omitempty"`
	Answer         *QuestionAnswer `json:"answer,omitempty"`
	Override       *Override       `json:"override,omitempty"`
	Billing        *Billing        `json:"billing,omitempty"`
	Result         *Result         `json:"result,omitempty"` // of the requirements, when it was filed
}

// Order is what a wear begins with. Billing reference, sections 8 and 10.
type Order struct {
	Clinician     Person         `json:"clinician"`
	Indication    string         `json:"indication,omitempty"`
	Diagnoses     []string       `json:"diagnoses,omitempty"` // ICD-10-CM codes
	ProfileID     string         `json:"profile_id,omitempty"`
	Authorisation *Authorisation `json:"authorisation,omitempty"`
	Supervisor    Person         `json:"supervisor"`
	Reviewer      Person         `json:"reviewer"` // who is going to interpret
	Therapy       string         `json:"therapy,omitempty"`
	A1C           string         `json:"a1c,omitempty"` // value and date as typed
}

// Authorisation is the payer's prior one, with the days that it covers.
type Authorisation struct {
	Number string `json:"number"`
	From   string `json:"from,omitempty"` // YYYY-MM-DD
	To     string `json:"to,omitempty"`
}

// Modes of a G6 Pro.
const (
	Blinded   = "blinded"
	Unblinded = "unblinded"
)

// Where something was done.
const (
	AtClinic = "clinic"
	AtHome   = "home"
)

// Placement is the insertion with the training that belongs to it.
type Placement struct {
	By                Person    `json:"by"`
	Place             string    `json:"place,omitempty"`
	InPerson          YesNo     `json:"in_person,omitempty"`
	IdentityChecked   YesNo     `json:"identity_checked,omitempty"`
	Agreement         YesNo     `json:"agreement,omitempty"` // to wear and to return the device
	Mode              string    `json:"mode,omitempty"`
	SensorLot         string    `json:"sensor_lot,omitempty"`
	SensorExpiry      string    `json:"sensor_expiry,omitempty"` // YYYY-MM-DD
	SensorCode        string    `json:"sensor_code,omitempty"`
	FactoryCalibrated YesNo     `json:"factory_calibrated,omitempty"`
	Transmitter       string    `json:"transmitter,omitempty"`
	Reader            string    `json:"reader,omitempty"`
	Site              string    `json:"site,omitempty"`
	Side              string    `json:"side,omitempty"`
	Skin              string    `json:"skin,omitempty"`
	DueBack           string    `json:"due_back,omitempty"` // YYYY-MM-DD
	Training          *Training `json:"training,omitempty"`
}

// Training of the patient.
type Training struct {
	By        Person   `json:"by"`
	InPerson  YesNo    `json:"in_person,omitempty"`
	Topics    []string `json:"topics,omitempty"`
	TeachBack YesNo    `json:"teach_back,omitempty"`
	Handout   YesNo    `json:"handout,omitempty"`
	LogSheet  YesNo    `json:"log_sheet,omitempty"`
	Minutes   int      `json:"minutes,omitempty"`
}

// Return is the removal of the sensor and the return of the device.
type Return struct {
	By              Person `json:"by"` // who removed it; nobody where the patient did
	Place           string `json:"place,omitempty"`
	InPerson        YesNo  `json:"in_person,omitempty"`
	IdentityChecked YesNo  `json:"identity_checked,omitempty"`
	Skin            string `json:"skin,omitempty"`
	Outcome         string `json:"outcome,omitempty"` // of the sensor's wear
}

// Download is the reading of the recording, from a receiver or a file.
type Download struct {
	Source        string   `json:"source,omitempty"` // file name or device
	SourceSHA256  string   `json:"source_sha256,omitempty"`
	RecordingHash string   `json:"recording_sha256"`
	HoursRecorded float64  `json:"hours_recorded"`
	Readings      int      `json:"readings"`
	New           int      `json:"new"`
	Transmitter   string   `json:"transmitter,omitempty"`
	Reader        string   `json:"reader,omitempty"`
	Firmware      string   `json:"firmware,omitempty"`
	ClockOffset   *int64   `json:"clock_offset_seconds,omitempty"` // receiver minus workstation
	Confirmed     []string `json:"confirmed,omitempty"`            // mismatches of the patient that a person confirmed
}

// Print is a printout as it was issued.
type Print struct {
	DocumentID    string `json:"document_id"`
	SHA256        string `json:"sha256"`
	Pages         int    `json:"pages"`
	RecordingHash string `json:"recording_sha256"`
}

// Cleaning of what is used again.
type Cleaning struct {
	Items   string `json:"items,omitempty"`
	Product string `json:"product,omitempty"`
	By      Person `json:"by"`
}

// QuestionAnswer is what only a person can know.
type QuestionAnswer struct {
	Question Question `json:"question"`
	Answer   YesNo    `json:"answer"`
	Note     string   `json:"note,omitempty"`
}

// Override is a person's decision that a requirement which is not met, or
// cannot be told, does not hinder; the reason is the record's.
type Override struct {
	Rule string `json:"rule"`
	Code Code   `json:"code"`
}

// BillingState is what became of a service at the payer.
type BillingState string

// The states.
const (
	Billed BillingState = "billed"
	Paid   BillingState = "paid"
	Denied BillingState = "denied"
)

// Billing is what became of a service.
type Billing struct {
	Code   Code         `json:"code"`
	State  BillingState `json:"state"`
	Cents  int64        `json:"cents,omitempty"`
	Reason string       `json:"reason,omitempty"` // of a denial
	Rule   string       `json:"rule,omitempty"`   // that should have caught it
}

// Late says whether the record was entered on a later day than it happened.
func (r *StepRecord) Late() bool { return wallOf(r.EnteredAt).Date() > r.At.Date() }

// wallOf is the wall clock of a time in its own zone.
func wallOf(t time.Time) cgm.WallTime {
	return cgm.NewWallTime(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second())
}

// WallTimeOf is the wall clock of a time in its own zone.
func WallTimeOf(t time.Time) cgm.WallTime { return wallOf(t) }

// Why a record cannot be taken.
var (
	ErrStepEmpty  = errors.New("the record says nothing about its step")
	ErrStepFuture = errors.New("the step lies in the future")
	ErrStepReason = errors.New("a reason is needed")
	ErrStepDate   = errors.New("a date is not of the form YYYY-MM-DD")
	ErrStepWord   = errors.New("a word is not one of those that are known")
	ErrOverride   = errors.New("this requirement cannot be overridden")
	ErrNobody     = errors.New("a person is missing who did it")
)

// Validate says what is wrong with a record, entered at its EnteredAt.
func (r *StepRecord) Validate() error {
	if r.At > wallOf(r.EnteredAt)+60 {
		return fmt.Errorf("%w: %s", ErrStepFuture, r.At)
	}
	if needsReason(r) && strings.TrimSpace(r.Reason) == "" {
		return ErrStepReason
	}
	check := stepChecks[r.Step]
	if check == nil {
		return fmt.Errorf("%w: step “%s”", ErrStepWord, r.Step)
	}
	for _, p := range r.people() {
		if err := CheckName(p.Name, p.Credential, p.NPI); err != nil {
			return fmt.Errorf("a person of the step: %w", err)
		}
	}
	return check(r)
}

// people are those whom the record names beside who entered it.
func (r *StepRecord) people() (out []Person) {
	if o := r.Order; o != nil {
		out = append(out, o.Clinician, o.Supervisor, o.Reviewer)
	}
	if p := r.Placement; p != nil {
		out = append(out, p.By)
		if p.Training != nil {
			out = append(out, p.Training.By)
		}
	}
	if r.Return != nil {
		out = append(out, r.Return.By)
	}
	if r.Cleaning != nil {
		out = append(out, r.Cleaning.By)
	}
	return out
}

func needsReason(r *StepRecord) bool {
	return r.Corrects || r.Step == StepFailed || r.Step == StepLost || r.Step == StepOverridden
}

var stepChecks = map[Step]func(*StepRecord) error{
	StepOrdered:     func(r *StepRecord) error { return orEmpty(r.Order != nil, r.Order.validate) },
	StepPlaced:      func(r *StepRecord) error { return orEmpty(r.Placement != nil, r.Placement.validate) },
	StepReturned:    func(r *StepRecord) error { return orEmpty(r.Return != nil, r.Return.validate) },
	StepRead:        func(r *StepRecord) error { return orEmpty(r.Download != nil, nothingWrong) },
	StepPrinted:     func(r *StepRecord) error { return orEmpty(r.Print != nil, nothingWrong) },
	StepInterpreted: func(*StepRecord) error { return nil },
	StepSigned:      func(r *StepRecord) error { return orEmpty(r.Signature != nil && r.Interpretation != nil, nothingWrong) },
	StepAddendum:    func(r *StepRecord) error { return orEmpty(r.Signature != nil && r.Text != "", nothingWrong) },
	StepFiled:       func(r *StepRecord) error { return orEmpty(r.Result != nil, nothingWrong) },
	StepFailed:      func(*StepRecord) error { return nil },
	StepLost:        func(*StepRecord) error { return nil },
	StepCleaned:     func(r *StepRecord) error { return orEmpty(r.Cleaning != nil, nothingWrong) },
	StepAnswered:    func(r *StepRecord) error { return orEmpty(r.Answer != nil, r.Answer.validate) },
	StepOverridden:  func(r *StepRecord) error { return orEmpty(r.Override != nil, r.Override.validate) },
	StepBilled:      func(r *StepRecord) error { return orEmpty(r.Billing != nil, r.Billing.validate) },
}

func nothingWrong() error { return nil }

func orEmpty(given bool, then func() error) error {
	if !given {
		return ErrStepEmpty
	}
	return then()
}

func (o *Order) validate() error {
	if a := o.Authorisation; a != nil {
		if err := validDates(a.From, a.To); err != nil {
			return err
		}
	}
	for _, code := range o.Diagnoses {
		if !looksLikeICD10(code) {
			return fmt.Errorf("%w: “%s” is no ICD-10-CM code such as E11.65", ErrStepWord, code)
		}
	}
	return nil
}

func (p *Placement) validate() error {
	if err := oneOf("mode", p.Mode, "", Blinded, Unblinded); err != nil {
		return err
	}
	answers := []YesNo{p.InPerson, p.IdentityChecked, p.Agreement, p.FactoryCalibrated}
	if t := p.Training; t != nil {
		answers = append(answers, t.InPerson, t.TeachBack, t.Handout, t.LogSheet)
	}
	return errors.Join(validDates(p.SensorExpiry, p.DueBack), validAnswers(answers...))
}

func (r *Return) validate() error {
	return errors.Join(validAnswers(r.InPerson, r.IdentityChecked), oneOf("place", r.Place, "", AtClinic, AtHome))
}

func (a *QuestionAnswer) validate() error {
	if Questions[a.Question].Text == "" {
		return fmt.Errorf("%w: question “%s”", ErrStepWord, a.Question)
	}
	return oneOf("answer", string(a.Answer), string(Yes), string(No))
}

func (o *Override) validate() error {
	rule, ok := RuleByID(o.Rule)
	if !ok || !slices.Contains(rule.Codes, o.Code) {
		return fmt.Errorf("%w: rule %s for %s", ErrStepWord, o.Rule, o.Code)
	}
	if !rule.Overridable {
		return fmt.Errorf("%w: %s", ErrOverride, rule.ID)
	}
	return nil
}

func (b *Billing) validate() error {
	if b.Code != Code95250 && b.Code != Code95251 {
		return fmt.Errorf("%w: code %s", ErrStepWord, b.Code)
	}
	if b.Rule != "" {
		if _, ok := RuleByID(b.Rule); !ok {
			return fmt.Errorf("%w: rule %s", ErrStepWord, b.Rule)
		}
	}
	return oneOf("state", string(b.State), string(Billed), string(Paid), string(Denied))
}

func oneOf(what, word string, known ...string) error {
	if slices.Contains(known, word) {
		return nil
	}
	return fmt.Errorf("%w: %s “%s”", ErrStepWord, what, word)
}

func validAnswers(all ...YesNo) error {
	for _, a := range all {
		if err := oneOf("answer", string(a), "", string(Yes), string(No)); err != nil {
			return err
		}
	}
	return nil
}

func validDates(all ...string) error {
	for _, d := range all {
		if _, err := cgm.ParseDate(d); d != "" && err != nil {
			return fmt.Errorf("%w: “%s”", ErrStepDate, d)
		}
	}
	return nil
}

// looksLikeICD10 takes a letter, a digit, a digit or letter, and after a point
// up to four more; whether there is such a code, a coder knows.
func looksLikeICD10(code string) bool {
	head, tail, point := strings.Cut(code, ".")
	digit := func(c byte) bool { return c >= '0' && c <= '9' }
	upper := func(c byte) bool { return c >= 'A' && c <= 'Z' }
	if len(head) != 3 || !upper(head[0]) || !digit(head[1]) || !digit(head[2]) && !upper(head[2]) {
		return false
	}
	if point && (tail == "" || len(tail) > 4) {
		return false
	}
	for i := range len(tail) {
		if !digit(tail[i]) && !upper(tail[i]) {
			return false
		}
	}
	return true
}
