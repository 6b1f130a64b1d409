package forms

import (
	"encoding/json"
	"slices"
	"strings"

	"tracedesk/clinic"
	"tracedesk/clinic/billing"
	"tracedesk/clinic/steps"
)

// What may be chosen; the questions are those that a rule asks.
var (
	codeNames     = words(billing.Codes)
	questionNames = words(billing.Questions())
	billingStates = words([]steps.BillingState{steps.StateBilled, steps.StatePaid, steps.StateDenied})
)

func words[S ~string](all []S) (out []string) {
	for _, one := range all {
		out = append(out, string(one))
	}
	return out
}

// alternatives are words of which one is meant: a, b or c.
func alternatives(words []string) string {
	last := len(words) - 1
	return strings.Join(words[:last], ", ") + " or " + words[last]
}

var orderFields = []Field{
	personField("clinician", "Ordering clinician", "who ordered it",
		func(r *steps.Record) *clinic.Person { return &r.Order.Clinician }),
	textField("indication", "Indication", "the question to be answered",
		func(r *steps.Record) *string { return &r.Order.Indication }),
	listField("diagnoses", "Diagnoses", "ICD-10-CM codes",
		func(r *steps.Record) *[]string { return &r.Order.Diagnoses }).checked(diagnosisCodes),
	textField("therapy", "Therapy", "therapy at the time", func(r *steps.Record) *string { return &r.Order.Therapy }),
	textField("a1c", "A1C", "laboratory A1C with its date", func(r *steps.Record) *string { return &r.Order.A1C }),
	textField("payer-profile", "Payer profile", "the payer profile's id, see “tracedesk profile list” (strict)",
		func(r *steps.Record) *string { return &r.Order.ProfileID }).unsaid(),
	personField("supervisor", "Supervising practitioner", "supervising practitioner",
		func(r *steps.Record) *clinic.Person { return &r.Order.Supervisor }),
	personField("reviewer", "To be interpreted by", "who is going to interpret",
		func(r *steps.Record) *clinic.Person { return &r.Order.Reviewer }),
	textField("authorisation", "Authorisation", "number of the prior authorisation",
		func(r *steps.Record) *string { return &authorisation(r).Number },
	).saidAs("Prior authorisation", authorisationInWords),
	dateField("authorised-from", "Authorised from", "first day that it covers",
		func(r *steps.Record) *string { return &authorisation(r).From }).unsaid(),
	dateField("authorised-to", "Authorised to", "last day that it covers",
		func(r *steps.Record) *string { return &authorisation(r).To }).unsaid(),
}

// authorisation is the order's, begun where there is none.
func authorisation(r *steps.Record) *steps.Authorisation {
	if r.Order.Authorisation == nil {
		r.Order.Authorisation = &steps.Authorisation{}
	}
	return r.Order.Authorisation
}

// training is the insertion's, begun where there is none.
func training(r *steps.Record) *steps.Training {
	if r.Placement.Training == nil {
		r.Placement.Training = &steps.Training{}
	}
	return r.Placement.Training
}

var placementFields = []Field{
	personField("by", "By", "who placed the sensor",
		func(r *steps.Record) *clinic.Person { return &r.Placement.By }).as("Placed by"),
	textField("place", "Place", "where", func(r *steps.Record) *string { return &r.Placement.Place }),
	yesNoField("in-person", "In person", "face to face",
		func(r *steps.Record) *steps.YesNo { return &r.Placement.InPerson }),
	yesNoField("identity-checked", "Identity checked", "the patient's identity was checked",
		func(r *steps.Record) *steps.YesNo { return &r.Placement.IdentityChecked }),
	yesNoField("agreement", "Agreement", "agreement to wear and to return",
		func(r *steps.Record) *steps.YesNo { return &r.Placement.Agreement }).as("Agreement to wear and return"),
	choiceField("mode", "Mode", "blinded or unblinded", []string{steps.Blinded, steps.Unblinded},
		func(r *steps.Record) *string { return &r.Placement.Mode }),
	textField("sensor-lot", "Sensor lot", "the sensor's lot",
		func(r *steps.Record) *string { return &r.Placement.SensorLot }),
	dateField("sensor-expiry", "Sensor expiry", "the sensor's expiry, YYYY-MM-DD",
		func(r *steps.Record) *string { return &r.Placement.SensorExpiry }),
	textField("sensor-code", "Sensor code", "the sensor's code",
		func(r *steps.Record) *string { return &r.Placement.SensorCode }),
	yesNoField("factory-calibrated", "Factory calibrated", "calibrated by the factory",
		func(r *steps.Record) *steps.YesNo { return &r.Placement.FactoryCalibrated }),
	textField("transmitter", "Transmitter", "the transmitter's serial",
		func(r *steps.Record) *string { return &r.Placement.Transmitter }),
	textField("reader", "Reader", "the reader's serial",
		func(r *steps.Record) *string { return &r.Placement.Reader }),
	textField("site", "Site", "site on the body",
		func(r *steps.Record) *string { return &r.Placement.Site }).unsaid(),
	choiceField("side", "Side", "left or right", []string{"left", "right"},
		func(r *steps.Record) *string { return &r.Placement.Side }).suggested().saidAs("Site", siteInWords),
	textField("skin", "Skin", "the skin there", func(r *steps.Record) *string { return &r.Placement.Skin }),
	dateField("due-back", "Due back", "when it is due back, YYYY-MM-DD",
		func(r *steps.Record) *string { return &r.Placement.DueBack }),
	personField("trainer", "Trained by", "who trained the patient",
		func(r *steps.Record) *clinic.Person { return &training(r).By }),
	yesNoField("training-in-person", "Training in person", "the training was face to face",
		func(r *steps.Record) *steps.YesNo { return &training(r).InPerson }),
	listField("topics", "Topics", "what the patient was trained in",
		func(r *steps.Record) *[]string { return &training(r).Topics }),
	yesNoField("teach-back", "Teach-back", "the patient explained it back",
		func(r *steps.Record) *steps.YesNo { return &training(r).TeachBack }),
	yesNoField("handout", "Handout", "a handout was given",
		func(r *steps.Record) *steps.YesNo { return &training(r).Handout }).as("Handout given"),
	yesNoField("log-sheet", "Log sheet", "a log sheet was given",
		func(r *steps.Record) *steps.YesNo { return &training(r).LogSheet }).as("Log sheet given"),
	numberField("training-minutes", "Training minutes", "minutes of training", "min",
		func(r *steps.Record) *int { return &training(r).Minutes }).as("Training"),
}

var returnFields = []Field{
	personField("by", "By", "who removed the sensor",
		func(r *steps.Record) *clinic.Person { return &r.Return.By }).as("Removed by"),
	choiceField("place", "Place", "clinic or home", []string{steps.AtClinic, steps.AtHome},
		func(r *steps.Record) *string { return &r.Return.Place }),
	yesNoField("in-person", "In person", "face to face",
		func(r *steps.Record) *steps.YesNo { return &r.Return.InPerson }),
	yesNoField("identity-checked", "Identity checked", "the patient's identity was checked",
		func(r *steps.Record) *steps.YesNo { return &r.Return.IdentityChecked }),
	textField("skin", "Skin", "the skin there", func(r *steps.Record) *string { return &r.Return.Skin }),
	textField("outcome", "Outcome", "how the sensor's wear ended",
		func(r *steps.Record) *string { return &r.Return.Outcome }),
}

var cleaningFields = []Field{
	textField("items", "Items", "what was cleaned", func(r *steps.Record) *string { return &r.Cleaning.Items }),
	textField("product", "Product", "with which product",
		func(r *steps.Record) *string { return &r.Cleaning.Product }),
	personField("by", "By", "who cleaned it", func(r *steps.Record) *clinic.Person { return &r.Cleaning.By }),
}

var answerFields = []Field{
	choiceField("question", "Question", alternatives(questionNames), questionNames,
		func(r *steps.Record) *string { return (*string)(&r.Answer.Question) }).checked(questionIsAsked).unsaid(),
	yesNoField("answer", "Answer", "the answer",
		func(r *steps.Record) *steps.YesNo { return &r.Answer.Answer },
	).checked(answerGiven).saidAs("", answerInWords),
	textField("note", "Note", "a note", func(r *steps.Record) *string { return &r.Answer.Note }),
}

var overrideFields = []Field{
	textField("rule", "Requirement", "the requirement, such as B01",
		func(r *steps.Record) *string { return &r.Override.Rule }).unsaid(),
	choiceField("code", "Code", "95250 or 95251", codeNames,
		func(r *steps.Record) *string { return (*string)(&r.Override.Code) },
	).checked(mayBeOverridden).saidAs("Requirement", overrideInWords),
}

var billingFields = []Field{
	choiceField("code", "Code", "95250 or 95251", codeNames,
		func(r *steps.Record) *string { return (*string)(&r.Billing.Code) }).checked(codeIsBilled),
	choiceField("state", "State", "billed, paid or denied", billingStates,
		func(r *steps.Record) *string { return (*string)(&r.Billing.State) }).checked(stateGiven),
	amountField("amount", "Amount", "dollars and cents", func(r *steps.Record) *int64 { return &r.Billing.Cents }),
	textField("denied-because", "Denied because", "the payer's reason",
		func(r *steps.Record) *string { return &r.Billing.Reason }),
	textField("rule", "Requirement", "the requirement that should have caught it",
		func(r *steps.Record) *string { return &r.Billing.Rule }).checked(ruleIsKnown).as("Should have been caught by"),
}

var filedFields = []Field{
	textField("where", "Filed at", "where the documents were filed",
		func(r *steps.Record) *string { return &r.Text }),
}

// Kind is a step that a person enters.
type Kind struct {
	Use    string // the command
	Title  string
	Short  string
	Step   steps.Step
	Fields []Field
	Begin  func(*steps.Record)      // makes the part that the fields are of
	given  func(*steps.Record) bool // the record has it
}

// OrderKind is the order that begins a wear.
var OrderKind = Kind{
	"order", "New wear", "Begin a wear with its order", steps.Ordered, orderFields,
	func(r *steps.Record) { r.Order = &steps.Order{} },
	func(r *steps.Record) bool { return r.Order != nil },
}

// Kinds are the steps that a person enters, but for the first order.
var Kinds = []Kind{
	{
		"place", "Record insertion and training", "Record the insertion and the training", steps.Placed, placementFields,
		func(r *steps.Record) { r.Placement = &steps.Placement{} },
		func(r *steps.Record) bool { return r.Placement != nil },
	},
	{
		"return", "Record removal and return", "Record removal and return", steps.Returned, returnFields,
		func(r *steps.Record) { r.Return = &steps.Return{} },
		func(r *steps.Record) bool { return r.Return != nil },
	},
	{
		"clean", "Record cleaning", "Record the cleaning of reusable parts", steps.Cleaned, cleaningFields,
		func(r *steps.Record) { r.Cleaning = &steps.Cleaning{} },
		func(r *steps.Record) bool { return r.Cleaning != nil },
	},
	{
		"answer", "Answer a question", "Answer what only a person can know", steps.Answered, answerFields,
		func(r *steps.Record) { r.Answer = &steps.QuestionAnswer{} },
		func(r *steps.Record) bool { return r.Answer != nil },
	},
	{
		"override", "Override a requirement", "Decide that a requirement does not hinder, with the reason",
		steps.Overridden, overrideFields,
		func(r *steps.Record) { r.Override = &steps.Override{} },
		func(r *steps.Record) bool { return r.Override != nil },
	},
	{
		"file", "Filed", "Record that the documents are filed, and decide the requirements", steps.Filed, filedFields,
		func(*steps.Record) {},
		func(r *steps.Record) bool { return r.Result != nil },
	},
	{
		"fail", "The sensor failed", "End the wear: the sensor failed", steps.Failed, nil,
		func(*steps.Record) {},
		func(*steps.Record) bool { return true },
	},
	{
		"lose", "Did not come back", "End the wear: patient or device did not come back", steps.Lost, nil,
		func(*steps.Record) {},
		func(*steps.Record) bool { return true },
	},
	{
		"bill", "Note billing", "Note what became of a service: billed, paid, denied", steps.Billed, billingFields,
		func(r *steps.Record) { r.Billing = &steps.Billing{} },
		func(r *steps.Record) bool { return r.Billing != nil },
	},
	{
		"reorder", "Correct the order", "Correct the order", steps.Ordered, orderFields,
		func(r *steps.Record) { r.Order = &steps.Order{} },
		func(r *steps.Record) bool { return r.Order != nil },
	},
}

// KindOf is the kind of a command.
func KindOf(use string) Kind {
	for _, k := range Kinds {
		if k.Use == use {
			return k
		}
	}
	panic("no step " + use)
}

// KindFor is the kind by which people enter a step of a wear, if they do.
func KindFor(step steps.Step) (Kind, bool) {
	i := slices.IndexFunc(Kinds, func(k Kind) bool { return k.Step == step })
	if i < 0 {
		return Kind{}, false
	}
	return Kinds[i], true
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
