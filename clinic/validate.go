package clinic

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Why a record cannot be taken.
var (
	ErrStepEmpty  = errors.New("the record says nothing about its step")
	ErrStepFuture = errors.New("the step lies in the future")
	ErrStepReason = errors.New("a reason is needed")
	ErrOverride   = errors.New("this requirement cannot be overridden")
)

// Validate says what is wrong with a record, entered at its EnteredAt.
func Validate(r *StepRecord) error {
	if r.At > WallTimeOf(r.EnteredAt)+60 {
		return fmt.Errorf("%w: %s", ErrStepFuture, r.At)
	}
	if needsReason(r) && strings.TrimSpace(r.Reason) == "" {
		return ErrStepReason
	}
	check := stepChecks[r.Step]
	if check == nil {
		return fmt.Errorf("%w: step “%s”", ErrStepWord, r.Step)
	}
	return check(r)
}

func needsReason(r *StepRecord) bool {
	return r.Corrects || r.Step == StepFailed || r.Step == StepLost || r.Step == StepOverridden
}

var stepChecks = map[Step]func(*StepRecord) error{
	StepOrdered: func(r *StepRecord) error { return orEmpty(r.Order != nil, func() error { return validOrder(r.Order) }) },
	StepPlaced: func(r *StepRecord) error {
		return orEmpty(r.Placement != nil, func() error { return validPlacement(r.Placement) })
	},
	StepReturned: func(r *StepRecord) error {
		return orEmpty(r.Return != nil, func() error { return validReturn(r.Return) })
	},
	StepRead:        func(r *StepRecord) error { return orEmpty(r.Download != nil, nothingWrong) },
	StepPrinted:     func(r *StepRecord) error { return orEmpty(r.Print != nil, nothingWrong) },
	StepInterpreted: func(*StepRecord) error { return nil },
	StepSigned:      func(r *StepRecord) error { return orEmpty(r.Signature != nil && r.Interpretation != nil, nothingWrong) },
	StepAddendum:    func(r *StepRecord) error { return orEmpty(r.Signature != nil && r.Text != "", nothingWrong) },
	StepFiled:       func(r *StepRecord) error { return orEmpty(r.Result != nil, nothingWrong) },
	StepFailed:      func(*StepRecord) error { return nil },
	StepLost:        func(*StepRecord) error { return nil },
	StepCleaned:     func(r *StepRecord) error { return orEmpty(r.Cleaning != nil, nothingWrong) },
	StepAnswered: func(r *StepRecord) error {
		return orEmpty(r.Answer != nil, func() error { return validQuestionAnswer(r.Answer) })
	},
	StepOverridden: func(r *StepRecord) error {
		return orEmpty(r.Override != nil, func() error { return validOverride(r.Override) })
	},
	StepBilled: func(r *StepRecord) error {
		return orEmpty(r.Billing != nil, func() error { return validBilling(r.Billing) })
	},
}

func nothingWrong() error { return nil }

func orEmpty(given bool, then func() error) error {
	if !given {
		return ErrStepEmpty
	}
	return then()
}

func validOrder(o *Order) error {
	if a := o.Authorisation; a != nil {
		if err := CheckDates(a.From, a.To); err != nil {
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

func validPlacement(p *Placement) error {
	if err := CheckWord("mode", p.Mode, "", Blinded, Unblinded); err != nil {
		return err
	}
	answers := []YesNo{p.InPerson, p.IdentityChecked, p.Agreement, p.FactoryCalibrated}
	if t := p.Training; t != nil {
		answers = append(answers, t.InPerson, t.TeachBack, t.Handout, t.LogSheet)
	}
	return errors.Join(CheckDates(p.SensorExpiry, p.DueBack), validAnswers(answers...))
}

func validReturn(r *Return) error {
	return errors.Join(validAnswers(r.InPerson, r.IdentityChecked), CheckWord("place", r.Place, "", AtClinic, AtHome))
}

func validQuestionAnswer(a *QuestionAnswer) error {
	if QuestionAsked(a.Question) == nil {
		return fmt.Errorf("%w: question “%s”", ErrStepWord, a.Question)
	}
	return CheckWord("answer", string(a.Answer), string(Yes), string(No))
}

func validOverride(o *Override) error {
	rule, ok := RuleByID(o.Rule)
	if !ok || !slices.Contains(rule.Codes, o.Code) {
		return fmt.Errorf("%w: rule %s for %s", ErrStepWord, o.Rule, o.Code)
	}
	if !rule.Overridable {
		return fmt.Errorf("%w: %s", ErrOverride, rule.ID)
	}
	return nil
}

func validBilling(b *Billing) error {
	if b.Code != Code95250 && b.Code != Code95251 {
		return fmt.Errorf("%w: code %s", ErrStepWord, b.Code)
	}
	if b.Rule != "" {
		if _, ok := RuleByID(b.Rule); !ok {
			return fmt.Errorf("%w: rule %s", ErrStepWord, b.Rule)
		}
	}
	return CheckWord("state", string(b.State), string(Billed), string(Paid), string(Denied))
}

func validAnswers(all ...YesNo) error {
	for _, a := range all {
		if err := CheckWord("answer", string(a), "", string(Yes), string(No)); err != nil {
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
