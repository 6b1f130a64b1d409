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

// Validate says what is wrong with a record, entered at its EnteredAt.
func Validate(r *steps.Record) error {
	if r.At > clinic.WallTimeOf(r.EnteredAt)+60 {
		return fmt.Errorf("%w: %s", ErrFuture, r.At)
	}
	if needsReason(r) && strings.TrimSpace(r.Reason) == "" {
		return ErrReason
	}
	check := stepChecks[r.Step]
	if check == nil {
		return fmt.Errorf("%w: step “%s”", steps.ErrWord, r.Step)
	}
	return check(r)
}

func needsReason(r *steps.Record) bool {
	return r.Corrects || r.Step == steps.Failed || r.Step == steps.Lost || r.Step == steps.Overridden
}

var stepChecks = map[steps.Step]func(*steps.Record) error{
	steps.Ordered: func(r *steps.Record) error {
		return orEmpty(r.Order != nil, func() error { return validOrder(r.Order) })
	},
	steps.Placed: func(r *steps.Record) error {
		return orEmpty(r.Placement != nil, func() error { return validPlacement(r.Placement) })
	},
	steps.Returned: func(r *steps.Record) error {
		return orEmpty(r.Return != nil, func() error { return validReturn(r.Return) })
	},
	steps.Read:        func(r *steps.Record) error { return orEmpty(r.Download != nil, nothingWrong) },
	steps.Printed:     func(r *steps.Record) error { return orEmpty(r.Print != nil, nothingWrong) },
	steps.Interpreted: func(*steps.Record) error { return nil },
	steps.Signed: func(r *steps.Record) error {
		return orEmpty(r.Signature != nil && r.Interpretation != nil, nothingWrong)
	},
	steps.Addendum: func(r *steps.Record) error { return orEmpty(r.Signature != nil && r.Text != "", nothingWrong) },
	steps.Filed:    func(r *steps.Record) error { return orEmpty(r.Result != nil, nothingWrong) },
	steps.Failed:   func(*steps.Record) error { return nil },
	steps.Lost:     func(*steps.Record) error { return nil },
	steps.Cleaned:  func(r *steps.Record) error { return orEmpty(r.Cleaning != nil, nothingWrong) },
	steps.Answered: func(r *steps.Record) error {
		return orEmpty(r.Answer != nil, func() error { return validQuestionAnswer(r.Answer) })
	},
	steps.Overridden: func(r *steps.Record) error {
		return orEmpty(r.Override != nil, func() error { return validOverride(r.Override) })
	},
	steps.Billed: func(r *steps.Record) error {
		return orEmpty(r.Billing != nil, func() error { return validBilling(r.Billing) })
	},
}

func nothingWrong() error { return nil }

func orEmpty(given bool, then func() error) error {
	if !given {
		return ErrEmpty
	}
	return then()
}

func validOrder(o *steps.Order) error {
	if a := o.Authorisation; a != nil {
		if err := steps.CheckDates(a.From, a.To); err != nil {
			return err
		}
	}
	for _, code := range o.Diagnoses {
		if !looksLikeICD10(code) {
			return fmt.Errorf("%w: “%s” is no ICD-10-CM code such as E11.65", steps.ErrWord, code)
		}
	}
	return nil
}

func validPlacement(p *steps.Placement) error {
	if err := steps.CheckWord("mode", p.Mode, "", steps.Blinded, steps.Unblinded); err != nil {
		return err
	}
	answers := []steps.YesNo{p.InPerson, p.IdentityChecked, p.Agreement, p.FactoryCalibrated}
	if t := p.Training; t != nil {
		answers = append(answers, t.InPerson, t.TeachBack, t.Handout, t.LogSheet)
	}
	return errors.Join(steps.CheckDates(p.SensorExpiry, p.DueBack), validAnswers(answers...))
}

func validReturn(r *steps.Return) error {
	return errors.Join(validAnswers(r.InPerson, r.IdentityChecked), steps.CheckWord("place", r.Place, "", steps.AtClinic, steps.AtHome))
}

func validQuestionAnswer(a *steps.QuestionAnswer) error {
	if billing.QuestionAsked(a.Question) == nil {
		return fmt.Errorf("%w: question “%s”", steps.ErrWord, a.Question)
	}
	return steps.CheckWord("answer", string(a.Answer), string(steps.Yes), string(steps.No))
}

func validOverride(o *steps.Override) error {
	rule, ok := billing.RuleByID(o.Rule)
	if !ok || !slices.Contains(rule.Codes, o.Code) {
		return fmt.Errorf("%w: rule %s for %s", steps.ErrWord, o.Rule, o.Code)
	}
	if !rule.Overridable {
		return fmt.Errorf("%w: %s", ErrOverride, rule.ID)
	}
	return nil
}

func validBilling(b *steps.Billing) error {
	if b.Code != clinic.Code95250 && b.Code != clinic.Code95251 {
		return fmt.Errorf("%w: code %s", steps.ErrWord, b.Code)
	}
	if b.Rule != "" {
		if _, ok := billing.RuleByID(b.Rule); !ok {
			return fmt.Errorf("%w: rule %s", steps.ErrWord, b.Rule)
		}
	}
	return steps.CheckWord("state", string(b.State), string(steps.StateBilled), string(steps.StatePaid), string(steps.StateDenied))
}

func validAnswers(all ...steps.YesNo) error {
	for _, a := range all {
		if err := steps.CheckWord("answer", string(a), "", string(steps.Yes), string(steps.No)); err != nil {
			return err
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
