package workflow

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"tracedesk/clinic"
	"tracedesk/clinic/billing"
	"tracedesk/clinic/steps"
	"tracedesk/storage"
)

// StepInput is a record in the making.
type StepInput struct {
	*steps.Record
	users []clinic.User
}

// NewStepInput fills the record in for the store's users.
func NewStepInput(s *storage.Store, r *steps.Record) (*StepInput, error) {
	users, err := s.Users()
	return &StepInput{r, users}, err
}

// Person reads a login of the store, or “Name, Credential, NPI”.
func (in *StepInput) Person(text string) clinic.Person {
	for _, u := range in.users {
		if !u.Removed && (strings.EqualFold(u.Login, strings.TrimSpace(text)) || u.Title() == strings.TrimSpace(text)) {
			return u.AsPerson()
		}
	}
	parts := strings.SplitN(text, ",", 3)
	for len(parts) < 3 {
		parts = append(parts, "")
	}
	return clinic.Person{Name: strings.TrimSpace(parts[0]), Credential: strings.TrimSpace(parts[1]), NPI: strings.TrimSpace(parts[2])}
}

// Tidy takes away what was begun and holds nothing.
func (in *StepInput) Tidy() {
	if in.Order != nil && in.Order.Authorisation != nil && *in.Order.Authorisation == (steps.Authorisation{}) {
		in.Order.Authorisation = nil
	}
	if p := in.Placement; p != nil && p.Training != nil && reflect.DeepEqual(*p.Training, steps.Training{}) {
		p.Training = nil
	}
}

// People are the users of the store as they are printed.
func (in *StepInput) People() (names []string) {
	for _, u := range in.users {
		if !u.Removed {
			names = append(names, u.Title())
		}
	}
	return names
}

// FieldKind is how a field is entered.
type FieldKind uint8

// The kinds.
const (
	TextField FieldKind = iota
	ChoiceField
	PersonField
)

// Field is one fact of a step: a flag on the terminal, an entry in the window.
type Field struct {
	Name    string // of the flag
	Label   string
	Hint    string
	Kind    FieldKind
	Choices []string
	Put     func(in *StepInput, value string) error
	Get     func(in *StepInput) string
}

func textField(name, label, hint string, at func(*StepInput) *string) Field {
	return Field{Name: name, Label: label, Hint: hint,
		Put: func(in *StepInput, v string) error { *at(in) = strings.TrimSpace(v); return nil },
		Get: func(in *StepInput) string { return *at(in) }}
}

func choiceField(name, label, hint string, choices []string, at func(*StepInput) *string) Field {
	f := textField(name, label, hint, at)
	f.Kind, f.Choices = ChoiceField, choices
	return f
}

func yesNoField(name, label, hint string, at func(*StepInput) *steps.YesNo) Field {
	return choiceField(name, label, hint+" (yes or no)", []string{string(steps.Yes), string(steps.No)}, func(in *StepInput) *string { return (*string)(at(in)) })
}

func listField(name, label, hint string, at func(*StepInput) *[]string) Field {
	return Field{Name: name, Label: label, Hint: hint + ", with commas between",
		Put: func(in *StepInput, v string) error {
			*at(in) = nil
			for _, one := range strings.Split(v, ",") {
				if one = strings.TrimSpace(one); one != "" {
					*at(in) = append(*at(in), one)
				}
			}
			return nil
		},
		Get: func(in *StepInput) string { return strings.Join(*at(in), ", ") }}
}

func personField(name, label, hint string, at func(*StepInput) *clinic.Person) Field {
	return Field{Name: name, Label: label, Hint: hint + ": a user, or “Name, Credential, NPI”", Kind: PersonField,
		Put: func(in *StepInput, v string) error { *at(in) = in.Person(v); return nil },
		Get: func(in *StepInput) string { return at(in).Title() }}
}

func numberField(name, label, hint string, at func(*StepInput) *int) Field {
	return Field{Name: name, Label: label, Hint: hint,
		Put: func(in *StepInput, v string) (err error) {
			if strings.TrimSpace(v) == "" {
				*at(in) = 0
				return nil
			}
			if *at(in), err = strconv.Atoi(strings.TrimSpace(v)); err != nil {
				return fmt.Errorf("%s: “%s” is no number", label, v)
			}
			return nil
		},
		Get: func(in *StepInput) string {
			if n := *at(in); n != 0 {
				return strconv.Itoa(n)
			}
			return ""
		}}
}

func amountField(name, label, hint string, at func(*StepInput) *int64) Field {
	return Field{Name: name, Label: label, Hint: hint,
		Put: func(in *StepInput, v string) (err error) {
			if strings.TrimSpace(v) == "" {
				return nil
			}
			*at(in), err = billing.Cents(v)
			return err
		},
		Get: func(in *StepInput) string {
			if n := *at(in); n != 0 {
				return billing.Dollars(n)
			}
			return ""
		}}
}

var codeNames = []string{string(clinic.Code95250), string(clinic.Code95251)}

// questionNames are those that a rule asks, in the rules' order.
func questionNames() (out []string) {
	for _, q := range billing.Questions() {
		out = append(out, string(q))
	}
	return out
}

var orderFields = []Field{
	personField("clinician", "Ordering clinician", "who ordered it", func(in *StepInput) *clinic.Person { return &in.Order.Clinician }),
	textField("indication", "Indication", "the question to be answered", func(in *StepInput) *string { return &in.Order.Indication }),
	listField("diagnoses", "Diagnoses", "ICD-10-CM codes", func(in *StepInput) *[]string { return &in.Order.Diagnoses }),
	textField("payer-profile", "Payer profile", "the payer profile's id, see “tracedesk profile list” (strict)", func(in *StepInput) *string { return &in.Order.ProfileID }),
	textField("authorisation", "Authorisation", "number of the prior authorisation", func(in *StepInput) *string { return &in.authorisation().Number }),
	textField("authorised-from", "Authorised from", "first day that it covers", func(in *StepInput) *string { return &in.authorisation().From }),
	textField("authorised-to", "Authorised to", "last day that it covers", func(in *StepInput) *string { return &in.authorisation().To }),
	personField("supervisor", "Supervising practitioner", "supervising practitioner", func(in *StepInput) *clinic.Person { return &in.Order.Supervisor }),
	personField("reviewer", "To be interpreted by", "who is going to interpret", func(in *StepInput) *clinic.Person { return &in.Order.Reviewer }),
	textField("therapy", "Therapy", "therapy at the time", func(in *StepInput) *string { return &in.Order.Therapy }),
	textField("a1c", "A1C", "laboratory A1C with its date", func(in *StepInput) *string { return &in.Order.A1C }),
}

func (in *StepInput) authorisation() *steps.Authorisation {
	if in.Order.Authorisation == nil {
		in.Order.Authorisation = &steps.Authorisation{}
	}
	return in.Order.Authorisation
}

func (in *StepInput) training() *steps.Training {
	if in.Placement.Training == nil {
		in.Placement.Training = &steps.Training{}
	}
	return in.Placement.Training
}

var placementFields = []Field{
	personField("by", "By", "who placed the sensor", func(in *StepInput) *clinic.Person { return &in.Placement.By }),
	textField("place", "Place", "where", func(in *StepInput) *string { return &in.Placement.Place }),
	yesNoField("in-person", "In person", "face to face", func(in *StepInput) *steps.YesNo { return &in.Placement.InPerson }),
	yesNoField("identity-checked", "Identity checked", "the patient's identity was checked", func(in *StepInput) *steps.YesNo { return &in.Placement.IdentityChecked }),
	yesNoField("agreement", "Agreement", "agreement to wear and to return", func(in *StepInput) *steps.YesNo { return &in.Placement.Agreement }),
	choiceField("mode", "Mode", "blinded or unblinded", []string{steps.Blinded, steps.Unblinded}, func(in *StepInput) *string { return &in.Placement.Mode }),
	textField("sensor-lot", "Sensor lot", "the sensor's lot", func(in *StepInput) *string { return &in.Placement.SensorLot }),
	textField("sensor-expiry", "Sensor expiry", "the sensor's expiry, YYYY-MM-DD", func(in *StepInput) *string { return &in.Placement.SensorExpiry }),
	textField("sensor-code", "Sensor code", "the sensor's code", func(in *StepInput) *string { return &in.Placement.SensorCode }),
	yesNoField("factory-calibrated", "Factory calibrated", "calibrated by the factory", func(in *StepInput) *steps.YesNo { return &in.Placement.FactoryCalibrated }),
	textField("transmitter", "Transmitter", "the transmitter's serial", func(in *StepInput) *string { return &in.Placement.Transmitter }),
	textField("reader", "Reader", "the reader's serial", func(in *StepInput) *string { return &in.Placement.Reader }),
	textField("site", "Site", "site on the body", func(in *StepInput) *string { return &in.Placement.Site }),
	choiceField("side", "Side", "left or right", []string{"left", "right"}, func(in *StepInput) *string { return &in.Placement.Side }),
	textField("skin", "Skin", "the skin there", func(in *StepInput) *string { return &in.Placement.Skin }),
	textField("due-back", "Due back", "when it is due back, YYYY-MM-DD", func(in *StepInput) *string { return &in.Placement.DueBack }),
	personField("trainer", "Trained by", "who trained the patient", func(in *StepInput) *clinic.Person { return &in.training().By }),
	yesNoField("training-in-person", "Training in person", "the training was face to face", func(in *StepInput) *steps.YesNo { return &in.training().InPerson }),
	listField("topics", "Topics", "what the patient was trained in", func(in *StepInput) *[]string { return &in.training().Topics }),
	yesNoField("teach-back", "Teach-back", "the patient explained it back", func(in *StepInput) *steps.YesNo { return &in.training().TeachBack }),
	yesNoField("handout", "Handout", "a handout was given", func(in *StepInput) *steps.YesNo { return &in.training().Handout }),
	yesNoField("log-sheet", "Log sheet", "a log sheet was given", func(in *StepInput) *steps.YesNo { return &in.training().LogSheet }),
	numberField("training-minutes", "Training minutes", "minutes of training", func(in *StepInput) *int { return &in.training().Minutes }),
}

var returnFields = []Field{
	personField("by", "By", "who removed the sensor", func(in *StepInput) *clinic.Person { return &in.Return.By }),
	choiceField("place", "Place", "clinic or home", []string{steps.AtClinic, steps.AtHome}, func(in *StepInput) *string { return &in.Return.Place }),
	yesNoField("in-person", "In person", "face to face", func(in *StepInput) *steps.YesNo { return &in.Return.InPerson }),
	yesNoField("identity-checked", "Identity checked", "the patient's identity was checked", func(in *StepInput) *steps.YesNo { return &in.Return.IdentityChecked }),
	textField("skin", "Skin", "the skin there", func(in *StepInput) *string { return &in.Return.Skin }),
	textField("outcome", "Outcome", "how the sensor's wear ended", func(in *StepInput) *string { return &in.Return.Outcome }),
}

var cleaningFields = []Field{
	textField("items", "Items", "what was cleaned", func(in *StepInput) *string { return &in.Cleaning.Items }),
	textField("product", "Product", "with which product", func(in *StepInput) *string { return &in.Cleaning.Product }),
	personField("by", "By", "who cleaned it", func(in *StepInput) *clinic.Person { return &in.Cleaning.By }),
}

// alternatives are words of which one is meant: a, b or c.
func alternatives(words []string) string {
	last := len(words) - 1
	return strings.Join(words[:last], ", ") + " or " + words[last]
}

var answerFields = []Field{
	choiceField("question", "Question", alternatives(questionNames()), questionNames(), func(in *StepInput) *string { return (*string)(&in.Answer.Question) }),
	yesNoField("answer", "Answer", "the answer", func(in *StepInput) *steps.YesNo { return &in.Answer.Answer }),
	textField("note", "Note", "a note", func(in *StepInput) *string { return &in.Answer.Note }),
}

var overrideFields = []Field{
	textField("rule", "Requirement", "the requirement, such as B01", func(in *StepInput) *string { return &in.Override.Rule }),
	choiceField("code", "Code", "95250 or 95251", codeNames, func(in *StepInput) *string { return (*string)(&in.Override.Code) }),
}

var billingFields = []Field{
	choiceField("code", "Code", "95250 or 95251", codeNames, func(in *StepInput) *string { return (*string)(&in.Billing.Code) }),
	choiceField("state", "State", "billed, paid or denied", []string{string(steps.StateBilled), string(steps.StatePaid), string(steps.StateDenied)}, func(in *StepInput) *string { return (*string)(&in.Billing.State) }),
	amountField("amount", "Amount", "dollars and cents", func(in *StepInput) *int64 { return &in.Billing.Cents }),
	textField("denied-because", "Denied because", "the payer's reason", func(in *StepInput) *string { return &in.Billing.Reason }),
	textField("rule", "Requirement", "the requirement that should have caught it", func(in *StepInput) *string { return &in.Billing.Rule }),
}

var filedFields = []Field{
	textField("where", "Filed at", "where the documents were filed", func(in *StepInput) *string { return &in.Text }),
}

// StepKind is a step that a person enters.
type StepKind struct {
	Use    string // the command
	Title  string
	Short  string
	Step   steps.Step
	Fields []Field
	Begin  func(*steps.Record)
}

// OrderKind is the order that begins a wear.
var OrderKind = StepKind{"order", "New wear", "Begin a wear with its order", steps.Ordered, orderFields, func(r *steps.Record) { r.Order = &steps.Order{} }}

// StepKinds are the steps that a person enters, but for the first order.
var StepKinds = []StepKind{
	{"place", "Record insertion and training", "Record the insertion and the training", steps.Placed, placementFields, func(r *steps.Record) { r.Placement = &steps.Placement{} }},
	{"return", "Record removal and return", "Record removal and return", steps.Returned, returnFields, func(r *steps.Record) { r.Return = &steps.Return{} }},
	{"clean", "Record cleaning", "Record the cleaning of what is used again", steps.Cleaned, cleaningFields, func(r *steps.Record) { r.Cleaning = &steps.Cleaning{} }},
	{"answer", "Answer a question", "Answer what only a person can know", steps.Answered, answerFields, func(r *steps.Record) { r.Answer = &steps.QuestionAnswer{} }},
	{"override", "Override a requirement", "Decide that a requirement does not hinder, with the reason", steps.Overridden, overrideFields, func(r *steps.Record) { r.Override = &steps.Override{} }},
	{"file", "Filed", "Record that the documents are filed, and decide the requirements", steps.Filed, filedFields, func(*steps.Record) {}},
	{"fail", "The sensor failed", "End the wear: the sensor failed", steps.Failed, nil, func(*steps.Record) {}},
	{"lose", "Did not come back", "End the wear: patient or device did not come back", steps.Lost, nil, func(*steps.Record) {}},
	{"bill", "Note billing", "Note what became of a service: billed, paid, denied", steps.Billed, billingFields, func(r *steps.Record) { r.Billing = &steps.Billing{} }},
	{"reorder", "Correct the order", "Correct the order", steps.Ordered, orderFields, func(r *steps.Record) { r.Order = &steps.Order{} }},
}

// StepKindOf is the kind of a command.
func StepKindOf(use string) StepKind {
	for _, k := range StepKinds {
		if k.Use == use {
			return k
		}
	}
	panic("no step " + use)
}

// StepKindFor is the kind by which people enter a step of a wear, if they do.
func StepKindFor(step steps.Step) (StepKind, bool) {
	i := slices.IndexFunc(StepKinds, func(k StepKind) bool { return k.Step == step })
	if i < 0 {
		return StepKind{}, false
	}
	return StepKinds[i], true
}

// ContinueFrom begins a correction with what was recorded before, so that only
// what was wrong is given again.
func ContinueFrom(r, before *steps.Record) {
	if before == nil {
		return
	}
	copied := func(from, to any) {
		b, err := json.Marshal(from)
		if err == nil {
			err = json.Unmarshal(b, to)
		}
		if err != nil {
			panic(err) // only types of ours
		}
	}
	switch {
	case r.Order != nil:
		copied(before.Order, r.Order)
	case r.Placement != nil:
		copied(before.Placement, r.Placement)
	case r.Return != nil:
		copied(before.Return, r.Return)
	default:
		return
	}
	r.At = before.At
}
