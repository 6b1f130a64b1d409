package billing

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"tracedesk/cgm"
	"tracedesk/clinic"
	"tracedesk/clinic/steps"
)

// Fee is an expected amount of the practice's own table.
type Fee struct {
	Payer      string      `json:"payer"` // the payer profile's name
	Code       clinic.Code `json:"code"`
	Year       int         `json:"year"`
	Cents      int64       `json:"cents"`
	Outpatient bool        `json:"outpatient,omitempty"` // paid under an outpatient schedule, counted apart
}

// Why a fee cannot be taken.
var (
	ErrFee    = errors.New("a fee needs a payer, a code of five digits, a year and an amount that is not negative")
	ErrAmount = errors.New("the amount is not dollars and cents such as 104.31")
)

// Validate says what is wrong with the fee.
func (f *Fee) Validate() error {
	if strings.TrimSpace(f.Payer) == "" || f.Year < 2000 || f.Year > 2200 || f.Cents < 0 ||
		(&clinic.Service{Code: f.Code}).Validate() != nil {
		return ErrFee
	}
	return clinic.CheckName(f.Payer)
}

// FeeOf is the amount of a service, if the table has one.
func FeeOf(fees []Fee, payer string, code clinic.Code, year int) (Fee, bool) {
	for _, f := range fees {
		if strings.EqualFold(f.Payer, payer) && f.Code == code && f.Year == year {
			return f, true
		}
	}
	return Fee{}, false
}

// Cents reads an amount of dollars: 104, 104.3 is refused, 104.31.
func Cents(text string) (int64, error) {
	dollars, cents, point := strings.Cut(strings.TrimPrefix(strings.TrimSpace(text), "$"), ".")
	if !point {
		cents = "00"
	}
	digits := dollars + cents
	if dollars == "" || len(cents) != 2 || len(digits) > 12 || strings.Trim(digits, "0123456789") != "" {
		return 0, fmt.Errorf("%w: “%s”", ErrAmount, text)
	}
	var n int64
	for _, r := range digits {
		n = n*10 + int64(r-'0')
	}
	return n, nil
}

// Dollars is an amount to the cent.
func Dollars(cents int64) string { return fmt.Sprintf("%d.%02d", cents/100, cents%100) }

// ServiceLine is a service as the biller sees it.
type ServiceLine struct {
	PatientID  string          `json:"patient_id"`
	Patient    string          `json:"patient"`
	BirthDate  string          `json:"birth_date,omitempty"`
	Identifier string          `json:"identifier,omitempty"`
	WearID     string          `json:"wear_id"`
	Code       clinic.Code     `json:"code"`
	Date       string          `json:"date_of_service"`
	Diagnoses  []string        `json:"diagnoses,omitempty"`
	Reminders  []string        `json:"reminders,omitempty"` // of modifiers
	Place      string          `json:"place,omitempty"`
	Supervisor clinic.Person   `json:"supervisor"`
	Signer     clinic.Person   `json:"signer"`
	Payer      string          `json:"payer"`
	Profile    string          `json:"profile"` // with its version
	Status     Status          `json:"status"`
	Exceptions []string        `json:"exceptions,omitempty"`
	Expected   *int64          `json:"expected_cents,omitempty"` // of the practice's own table
	Outpatient bool            `json:"outpatient,omitempty"`
	Billing    []steps.Billing `json:"billing,omitempty"`
}

// ServiceLines are the case's services with known dates, for the biller. Of a
// filed case they are as they were decided.
func (c *Case) ServiceLines(p clinic.Patient, fees []Fee) (out []ServiceLine) {
	requirements := c.Requirements()
	if filed := c.Latest(steps.Filed); filed != nil {
		requirements = filed.Result.Requirements
	}
	for _, code := range Codes {
		day, known := c.ServiceDate(code)
		if !known {
			continue
		}
		line := ServiceLine{
			PatientID: p.ID, Patient: p.Name(), BirthDate: p.BirthDate, Identifier: p.Identifier, WearID: c.Wear.ID,
			Code: code, Date: day.String(),
			Diagnoses: c.Order().Diagnoses, Reminders: c.reminders(code), Supervisor: c.Order().Supervisor,
			Place: c.placeOfService(code),
			Payer: c.Profile.Name, Profile: fmt.Sprintf("%s, version %d", c.Profile.Name, c.Profile.Version),
			Status: StatusOf(requirements, code), Exceptions: exceptions(requirements, code), Billing: c.billing(code),
		}
		if s := c.Signing(); s != nil {
			line.Signer = s.Signature.By
		}
		if f, ok := FeeOf(fees, c.Profile.Name, code, day.Midnight().UTC().Year()); ok {
			line.Expected, line.Outpatient = &f.Cents, f.Outpatient
		}
		out = append(out, line)
	}
	return out
}

// reminders are about modifiers; none stands on the CGM codes by default.
// Billing reference, section 6.
func (c *Case) reminders(code clinic.Code) []string {
	if r := c.AnswerTo(askedVisit.ID); r != nil && r.Answer.Answer == steps.Yes {
		return []string{"modifier 25 on the E/M visit of the day, not on " + string(code)}
	}
	return nil
}

func (c *Case) placeOfService(code clinic.Code) string {
	if back := c.Returned(); code == clinic.Code95250 && back != nil {
		return back.Place
	}
	return ""
}

func exceptions(all []clinic.Requirement, code clinic.Code) (out []string) {
	for i := range all {
		q := &all[i]
		if q.Code != code {
			continue
		}
		switch q.Answer {
		case Overridden:
			out = append(out, fmt.Sprintf("%s overridden by %s: %s", q.Rule, q.By, q.Reason))
		case NotMet:
			out = append(out, q.Rule+" not met: "+q.Sentence)
		}
	}
	return out
}

// billing is what became of the code, in order.
func (c *Case) billing(code clinic.Code) (out []steps.Billing) {
	for i := range c.History {
		if r := &c.History[i]; r.Step == steps.Billed && r.Billing.Code == code {
			out = append(out, *r.Billing)
		}
	}
	return out
}

// ExpectedTotals adds the amounts up, those of an outpatient schedule apart.
func ExpectedTotals(lines []ServiceLine) (medical, outpatient int64) {
	for _, l := range lines {
		switch {
		case l.Expected == nil:
		case l.Outpatient:
			outpatient += *l.Expected
		default:
			medical += *l.Expected
		}
	}
	return medical, outpatient
}

// PerYear counts a patient's services of a code by calendar year.
func PerYear(services []clinic.Service, code clinic.Code) map[string]int {
	out := map[string]int{}
	for _, s := range services {
		if s.Code == code {
			out[s.Date.String()[:4]]++
		}
	}
	return out
}

// DenialCount is how often a reason was given, and the rule that should have
// caught it.
type DenialCount struct {
	Reason string `json:"reason"`
	Rule   string `json:"rule,omitempty"`
	Count  int    `json:"count"`
}

// CountDenials counts the denials of services by reason and rule, the most
// frequent first.
func CountDenials(lines []ServiceLine) []DenialCount {
	counts := map[DenialCount]int{}
	for _, l := range lines {
		for _, b := range l.Billing {
			if b.State == steps.StateDenied {
				counts[DenialCount{Reason: b.Reason, Rule: b.Rule}]++
			}
		}
	}
	var out []DenialCount
	for d, n := range counts {
		d.Count = n
		out = append(out, d)
	}
	slices.SortFunc(out, func(a, b DenialCount) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Reason, b.Reason), cmp.Compare(a.Rule, b.Rule))
	})
	return out
}

// InMonth says whether a day lies in the month, 1 to 12, of the year.
func InMonth(d cgm.Date, year, m int) bool { return month(d) == year*12+m-1 }
