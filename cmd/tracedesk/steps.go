package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"tracedesk/cgm"
	"tracedesk/clinic"
	"tracedesk/storage"
)

// stepInput is a record in the making.
type stepInput struct {
	*clinic.StepRecord
	users []clinic.User
}

// person reads a login of the store, or “Name, Credential, NPI”.
func (in *stepInput) person(text string) clinic.Person {
	for _, u := range in.users {
		if strings.EqualFold(u.Login, strings.TrimSpace(text)) && !u.Removed {
			return u.AsPerson()
		}
	}
	parts := strings.SplitN(text, ",", 3)
	for len(parts) < 3 {
		parts = append(parts, "")
	}
	return clinic.Person{Name: strings.TrimSpace(parts[0]), Credential: strings.TrimSpace(parts[1]), NPI: strings.TrimSpace(parts[2])}
}

// evidence is one fact of a step, as a flag of its command.
type evidence struct {
	name, usage string
	put         func(in *stepInput, value string) error
}

// text, answer, list, who and number are facts that are put where at says.
func text(name, usage string, at func(*stepInput) *string) evidence {
	return evidence{name, usage, func(in *stepInput, v string) error { *at(in) = v; return nil }}
}

func yesNo(name, usage string, at func(*stepInput) *clinic.YesNo) evidence {
	return evidence{name, usage + " (yes or no)", func(in *stepInput, v string) error { *at(in) = clinic.YesNo(v); return nil }}
}

func list(name, usage string, at func(*stepInput) *[]string) evidence {
	return evidence{name, usage + ", with commas between", func(in *stepInput, v string) error {
		*at(in) = nil
		for _, one := range strings.Split(v, ",") {
			if one = strings.TrimSpace(one); one != "" {
				*at(in) = append(*at(in), one)
			}
		}
		return nil
	}}
}

func who(name, usage string, at func(*stepInput) *clinic.Person) evidence {
	return evidence{name, usage + ": a user, or “Name, Credential, NPI”", func(in *stepInput, v string) error { *at(in) = in.person(v); return nil }}
}

func number(name, usage string, at func(*stepInput) *int) evidence {
	return evidence{name, usage, func(in *stepInput, v string) (err error) {
		if *at(in), err = strconv.Atoi(v); err != nil {
			return fmt.Errorf("--%s: “%s” is no number", name, v)
		}
		return nil
	}}
}

var orderEvidence = []evidence{
	who("clinician", "who ordered it", func(in *stepInput) *clinic.Person { return &in.Order.Clinician }),
	text("indication", "the question to be answered", func(in *stepInput) *string { return &in.Order.Indication }),
	list("diagnoses", "ICD-10-CM codes", func(in *stepInput) *[]string { return &in.Order.Diagnoses }),
	text("payer-profile", "the payer profile's id, see “tracedesk profile list” (strict)", func(in *stepInput) *string { return &in.Order.ProfileID }),
	text("authorisation", "number of the prior authorisation", func(in *stepInput) *string { return &in.authorisation().Number }),
	text("authorised-from", "first day that it covers", func(in *stepInput) *string { return &in.authorisation().From }),
	text("authorised-to", "last day that it covers", func(in *stepInput) *string { return &in.authorisation().To }),
	who("supervisor", "supervising practitioner", func(in *stepInput) *clinic.Person { return &in.Order.Supervisor }),
	who("reviewer", "who is going to interpret", func(in *stepInput) *clinic.Person { return &in.Order.Reviewer }),
	text("therapy", "therapy at the time", func(in *stepInput) *string { return &in.Order.Therapy }),
	text("a1c", "laboratory A1C with its date", func(in *stepInput) *string { return &in.Order.A1C }),
}

func (in *stepInput) authorisation() *clinic.Authorisation {
	if in.Order.Authorisation == nil {
		in.Order.Authorisation = &clinic.Authorisation{}
	}
	return in.Order.Authorisation
}

func (in *stepInput) training() *clinic.Training {
	if in.Placement.Training == nil {
		in.Placement.Training = &clinic.Training{}
	}
	return in.Placement.Training
}

var placementEvidence = []evidence{
	who("by", "who placed the sensor", func(in *stepInput) *clinic.Person { return &in.Placement.By }),
	text("place", "where", func(in *stepInput) *string { return &in.Placement.Place }),
	yesNo("in-person", "face to face", func(in *stepInput) *clinic.YesNo { return &in.Placement.InPerson }),
	yesNo("identity-checked", "the patient's identity was checked", func(in *stepInput) *clinic.YesNo { return &in.Placement.IdentityChecked }),
	yesNo("agreement", "agreement to wear and to return", func(in *stepInput) *clinic.YesNo { return &in.Placement.Agreement }),
	text("mode", "blinded or unblinded", func(in *stepInput) *string { return &in.Placement.Mode }),
	text("sensor-lot", "the sensor's lot", func(in *stepInput) *string { return &in.Placement.SensorLot }),
	text("sensor-expiry", "the sensor's expiry, YYYY-MM-DD", func(in *stepInput) *string { return &in.Placement.SensorExpiry }),
	text("sensor-code", "the sensor's code", func(in *stepInput) *string { return &in.Placement.SensorCode }),
	yesNo("factory-calibrated", "calibrated by the factory", func(in *stepInput) *clinic.YesNo { return &in.Placement.FactoryCalibrated }),
	text("transmitter", "the transmitter's serial", func(in *stepInput) *string { return &in.Placement.Transmitter }),
	text("reader", "the reader's serial", func(in *stepInput) *string { return &in.Placement.Reader }),
	text("site", "site on the body", func(in *stepInput) *string { return &in.Placement.Site }),
	text("side", "left or right", func(in *stepInput) *string { return &in.Placement.Side }),
	text("skin", "the skin there", func(in *stepInput) *string { return &in.Placement.Skin }),
	text("due-back", "when it is due back, YYYY-MM-DD", func(in *stepInput) *string { return &in.Placement.DueBack }),
	who("trainer", "who trained the patient", func(in *stepInput) *clinic.Person { return &in.training().By }),
	yesNo("training-in-person", "the training was face to face", func(in *stepInput) *clinic.YesNo { return &in.training().InPerson }),
	list("topics", "what the patient was trained in", func(in *stepInput) *[]string { return &in.training().Topics }),
	yesNo("teach-back", "the patient explained it back", func(in *stepInput) *clinic.YesNo { return &in.training().TeachBack }),
	yesNo("handout", "a handout was given", func(in *stepInput) *clinic.YesNo { return &in.training().Handout }),
	yesNo("log-sheet", "a log sheet was given", func(in *stepInput) *clinic.YesNo { return &in.training().LogSheet }),
	number("training-minutes", "minutes of training", func(in *stepInput) *int { return &in.training().Minutes }),
}

var returnEvidence = []evidence{
	who("by", "who removed the sensor", func(in *stepInput) *clinic.Person { return &in.Return.By }),
	text("place", "clinic or home", func(in *stepInput) *string { return &in.Return.Place }),
	yesNo("in-person", "face to face", func(in *stepInput) *clinic.YesNo { return &in.Return.InPerson }),
	yesNo("identity-checked", "the patient's identity was checked", func(in *stepInput) *clinic.YesNo { return &in.Return.IdentityChecked }),
	text("skin", "the skin there", func(in *stepInput) *string { return &in.Return.Skin }),
	text("outcome", "how the sensor's wear ended", func(in *stepInput) *string { return &in.Return.Outcome }),
}

var cleaningEvidence = []evidence{
	text("items", "what was cleaned", func(in *stepInput) *string { return &in.Cleaning.Items }),
	text("product", "with which product", func(in *stepInput) *string { return &in.Cleaning.Product }),
	who("by", "who cleaned it", func(in *stepInput) *clinic.Person { return &in.Cleaning.By }),
}

var answerEvidence = []evidence{
	{"question", "95249, remote-monitoring, visit-same-day, visit-reuse or elsewhere", func(in *stepInput, v string) error { in.Answer.Question = clinic.Question(v); return nil }},
	yesNo("answer", "the answer", func(in *stepInput) *clinic.YesNo { return &in.Answer.Answer }),
	text("note", "a note", func(in *stepInput) *string { return &in.Answer.Note }),
}

var overrideEvidence = []evidence{
	text("rule", "the requirement, such as B01", func(in *stepInput) *string { return &in.Override.Rule }),
	{"code", "95250 or 95251", func(in *stepInput, v string) error { in.Override.Code = clinic.Code(v); return nil }},
}

var billingEvidence = []evidence{
	{"code", "95250 or 95251", func(in *stepInput, v string) error { in.Billing.Code = clinic.Code(v); return nil }},
	{"state", "billed, paid or denied", func(in *stepInput, v string) error { in.Billing.State = clinic.BillingState(v); return nil }},
	{"amount", "dollars and cents", func(in *stepInput, v string) (err error) { in.Billing.Cents, err = clinic.Cents(v); return err }},
	text("denied-because", "the payer's reason", func(in *stepInput) *string { return &in.Billing.Reason }),
	text("rule", "the requirement that should have caught it", func(in *stepInput) *string { return &in.Billing.Rule }),
}

var filedEvidence = []evidence{
	text("where", "where the documents were filed", func(in *stepInput) *string { return &in.Text }),
}

// stepKind is a step that a person enters.
type stepKind struct {
	use, short string
	step       clinic.Step
	evidence   []evidence
	begin      func(*clinic.StepRecord)
}

var stepKinds = []stepKind{
	{"place", "Record the insertion and the training", clinic.StepPlaced, placementEvidence, func(r *clinic.StepRecord) { r.Placement = &clinic.Placement{} }},
	{"return", "Record removal and return", clinic.StepReturned, returnEvidence, func(r *clinic.StepRecord) { r.Return = &clinic.Return{} }},
	{"clean", "Record the cleaning of what is used again", clinic.StepCleaned, cleaningEvidence, func(r *clinic.StepRecord) { r.Cleaning = &clinic.Cleaning{} }},
	{"answer", "Answer what only a person can know", clinic.StepAnswered, answerEvidence, func(r *clinic.StepRecord) { r.Answer = &clinic.QuestionAnswer{} }},
	{"override", "Decide that a requirement does not hinder, with the reason", clinic.StepOverridden, overrideEvidence, func(r *clinic.StepRecord) { r.Override = &clinic.Override{} }},
	{"file", "Record that the documents are filed, and decide the requirements", clinic.StepFiled, filedEvidence, func(*clinic.StepRecord) {}},
	{"fail", "End the wear: the sensor failed", clinic.StepFailed, nil, func(*clinic.StepRecord) {}},
	{"lose", "End the wear: patient or device did not come back", clinic.StepLost, nil, func(*clinic.StepRecord) {}},
	{"bill", "Note what became of a service: billed, paid, denied", clinic.StepBilled, billingEvidence, func(r *clinic.StepRecord) { r.Billing = &clinic.Billing{} }},
	{"reorder", "Correct the order", clinic.StepOrdered, orderEvidence, func(r *clinic.StepRecord) { r.Order = &clinic.Order{} }},
}

func addEvidenceFlags(cmd *cobra.Command, all []evidence) {
	for _, e := range all {
		cmd.Flags().String(e.name, "", e.usage)
	}
	cmd.Flags().String("at", "", "when it was, YYYY-MM-DDThh:mm:ss on the clinic's clock (now)")
	cmd.Flags().String("reason", "", "the reason, where one is asked for; of a correction too")
}

// stepCommands are the steps of a wear, and its order.
func stepCommands() (out []*cobra.Command) {
	order := withStore(&cobra.Command{Use: "order --store DIR --patient ID", Short: "Begin a wear with its order", Args: needNothing}, runOrder)
	order.Flags().String("patient", "", "the patient's id or record number")
	addEvidenceFlags(order, orderEvidence)
	out = append(out, order)
	for _, k := range stepKinds {
		cmd := withStore(&cobra.Command{Use: k.use + " --store DIR --wear ID", Short: k.short, Args: needNothing},
			func(cmd *cobra.Command, s *storage.Store, _ []string) error { return runStep(cmd, s, k) })
		cmd.Flags().String("wear", "", "the wear's id, see “tracedesk wear list”")
		cmd.Flags().Bool("confirm-mismatch", false, "you checked that it is this patient's although the transmitter is stored with another; it is recorded")
		addEvidenceFlags(cmd, k.evidence)
		out = append(out, cmd)
	}
	return out
}

func runOrder(cmd *cobra.Command, s *storage.Store, _ []string) error {
	if err := required(cmd, "patient"); err != nil {
		return err
	}
	name, _ := cmd.Flags().GetString("patient")
	p, err := patientNamed(s, name)
	if err != nil {
		return err
	}
	r := &clinic.StepRecord{Order: &clinic.Order{}}
	if err := fillStep(cmd, s, r, orderEvidence); err != nil {
		return err
	}
	id, err := s.OpenWear(p.ID, r)
	if err != nil {
		return stepError(err)
	}
	return answer(cmd, map[string]string{"wear_id": id}, func(w io.Writer) { fmt.Fprintf(w, "wear %s is ordered for %s\n", id, p.Name()) })
}

func runStep(cmd *cobra.Command, s *storage.Store, k stepKind) error {
	if err := required(cmd, "wear"); err != nil {
		return err
	}
	wear, _ := cmd.Flags().GetString("wear")
	confirmed, _ := cmd.Flags().GetBool("confirm-mismatch")
	c, err := s.Case(wear)
	if err != nil {
		return err
	}
	r := &clinic.StepRecord{Step: k.step}
	k.begin(r)
	continueFrom(r, c.Latest(k.step))
	if err := fillStep(cmd, s, r, k.evidence); err != nil {
		return err
	}
	if err := s.AddStep(wear, r, confirmed); err != nil {
		return stepError(err)
	}
	return answer(cmd, map[string]any{"wear_id": wear, "step": r.Step, "seq": r.Seq}, func(w io.Writer) { fmt.Fprintf(w, "wear %s: %s\n", wear, r.Step) })
}

// continueFrom begins a correction with what was recorded before, so that only
// what was wrong is given again.
func continueFrom(r, before *clinic.StepRecord) {
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

// fillStep takes what the flags give.
func fillStep(cmd *cobra.Command, s *storage.Store, r *clinic.StepRecord, all []evidence) error {
	users, err := s.Users()
	if err != nil {
		return err
	}
	in := &stepInput{r, users}
	for _, e := range all {
		if !cmd.Flags().Changed(e.name) {
			continue
		}
		v, _ := cmd.Flags().GetString(e.name)
		if err := e.put(in, v); err != nil {
			return usageError{err}
		}
	}
	r.Reason, _ = cmd.Flags().GetString("reason")
	if at, _ := cmd.Flags().GetString("at"); at != "" {
		if r.At, err = cgm.ParseWallTime(at); err != nil {
			return usageError{err}
		}
	}
	return nil
}

// stepError tells wrong entries, which are the caller's to mend, from failures.
func stepError(err error) error {
	for _, wrong := range []error{clinic.ErrStepEmpty, clinic.ErrStepFuture, clinic.ErrStepDate, clinic.ErrStepWord, clinic.ErrOverride} {
		if errors.Is(err, wrong) {
			return usageError{err}
		}
	}
	return err
}
