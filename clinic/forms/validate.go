package forms

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"tracedesk/clinic"
	"tracedesk/clinic/billing"
	"tracedesk/clinic/steps"
)

// Why a record cannot be taken.
var (
	ErrEmpty    = errors.New("the record says nothing about its step")
	ErrFuture   = errors.New("the step lies in the future")
	ErrReason   = errors.New("a reason is needed")
	ErrOverride = errors.New("this requirement cannot be overridden")
)

// Validate says what is wrong with a record, entered at its EnteredAt: of what
// people enter, each field says what may stand in it.
func Validate(r *steps.Record) error {
	if r.At > clinic.WallTimeOf(r.EnteredAt)+60 {
		return fmt.Errorf("%w: %s", ErrFuture, r.At)
	}
	if needsReason(r) && strings.TrimSpace(r.Reason) == "" {
		return ErrReason
	}
	kind, entered := KindFor(r.Step)
	given := kind.given
	if !entered {
		given = madeByTheProgram[r.Step]
	}
	switch {
	case given == nil:
		return fmt.Errorf("%w: step “%s”", steps.ErrWord, r.Step)
	case !given(r):
		return ErrEmpty
	}
	for _, p := range people(r) {
		if err := clinic.CheckName(p.Name, p.Credential, p.NPI); err != nil {
			return fmt.Errorf("a person of the step: %w", err)
		}
	}
	return kind.check(r)
}

// people are those whom the record names beside who entered it.
func people(r *steps.Record) (out []clinic.Person) {
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

func needsReason(r *steps.Record) bool {
	return r.Corrects || r.Step == steps.Failed || r.Step == steps.Lost || r.Step == steps.Overridden
}

// madeByTheProgram are the steps that nobody enters, with what each must hold.
var madeByTheProgram = map[steps.Step]func(*steps.Record) bool{
	steps.Read:        func(r *steps.Record) bool { return r.Download != nil },
	steps.Printed:     func(r *steps.Record) bool { return r.Print != nil },
	steps.Interpreted: func(*steps.Record) bool { return true },
	steps.Signed:      func(r *steps.Record) bool { return r.Signature != nil && r.Interpretation != nil },
	steps.Addendum:    func(r *steps.Record) bool { return r.Signature != nil && r.Text != "" },
}

// check says what is wrong with the first field that is wrong.
func (k Kind) check(r *steps.Record) error {
	r = readable(r)
	for _, f := range k.Fields {
		if f.check == nil {
			continue
		}
		if err := f.check(r); err != nil {
			return err
		}
	}
	return nil
}

// readable is a record whose parts the fields may begin, and leave the record
// itself as it is.
func readable(r *steps.Record) *steps.Record {
	c := *r
	if r.Order != nil {
		order := *r.Order
		c.Order = &order
	}
	if r.Placement != nil {
		placement := *r.Placement
		c.Placement = &placement
	}
	return &c
}

func diagnosisCodes(r *steps.Record) error {
	for _, code := range r.Order.Diagnoses {
		if !looksLikeICD10(code) {
			return fmt.Errorf("%w: “%s” is no ICD-10-CM code such as E11.65", steps.ErrWord, code)
		}
	}
	return nil
}

func questionIsAsked(r *steps.Record) error {
	if billing.QuestionAsked(r.Answer.Question) == nil {
		return fmt.Errorf("%w: question “%s”", steps.ErrWord, r.Answer.Question)
	}
	return nil
}

func answerGiven(r *steps.Record) error {
	return steps.CheckWord("answer", string(r.Answer.Answer), yesOrNo...)
}

func mayBeOverridden(r *steps.Record) error {
	o := r.Override
	rule, ok := billing.RuleByID(o.Rule)
	if !ok || !slices.Contains(rule.Codes, o.Code) {
		return fmt.Errorf("%w: rule %s for %s", steps.ErrWord, o.Rule, o.Code)
	}
	if !rule.Overridable {
		return fmt.Errorf("%w: %s", ErrOverride, rule.ID)
	}
	return nil
}

func codeIsBilled(r *steps.Record) error {
	if !slices.Contains(billing.Codes, r.Billing.Code) {
		return fmt.Errorf("%w: code %s", steps.ErrWord, r.Billing.Code)
	}
	return nil
}

func stateGiven(r *steps.Record) error {
	return steps.CheckWord("state", string(r.Billing.State), billingStates...)
}

func ruleIsKnown(r *steps.Record) error {
	if _, ok := billing.RuleByID(r.Billing.Rule); r.Billing.Rule != "" && !ok {
		return fmt.Errorf("%w: rule %s", steps.ErrWord, r.Billing.Rule)
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
