package billing

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"tracedesk/cgm"
	"tracedesk/clinic"
	"tracedesk/clinic/steps"
)

// HoursRule is which hours the 72 are asked of.
type HoursRule string

// The two readings of the sources. Billing reference, section 2.
const (
	HoursCaptured HoursRule = "captured" // unique slots with a reading; the stricter
	HoursSpan     HoursRule = "span"     // from first to last reading
)

// CapPeriod is what a yearly cap counts over.
type CapPeriod string

// The periods.
const (
	CalendarYear CapPeriod = "calendar year"
	TwelveMonths CapPeriod = "12 months"
)

// PayerProfile is how one payer, as the practice understands it, reads the
// rules. A changed profile is another version; what was decided by an earlier
// one stays as it was decided.
type PayerProfile struct {
	ID      string `json:"id"`
	Version int    `json:"version"` // from 1
	Name    string `json:"name"`
	Source  string `json:"source,omitempty"` // the policy that this was taken from
	Date    string `json:"date,omitempty"`   // of that policy, YYYY-MM-DD

	Hours              HoursRule           `json:"hours"`
	CalendarMonth      bool                `json:"calendar_month"` // at most one a calendar month
	ThirtyDays         bool                `json:"thirty_days"`    // at least 30 days between
	YearlyCap          map[clinic.Code]int `json:"yearly_cap,omitempty"`
	CapPeriod          CapPeriod           `json:"cap_period,omitempty"` // calendar year where it is empty
	PriorAuthorisation bool                `json:"prior_authorisation"`
	Signers            []string            `json:"signers"` // credentials that may sign the interpretation
	HomeRemoval        bool                `json:"home_removal"`
	CombineSensors     bool                `json:"combine_sensors"`
	DoNotCombine       []string            `json:"do_not_combine,omitempty"`   // further codes, not in the same month
	WearDescription    string              `json:"wear_description,omitempty"` // such as: 3 to 5 days
}

// StrictID is the built-in profile, which reads every rule as strictly as any
// source does. Billing reference, section 12.
const StrictID = "strict"

// remoteMonitoringCodes use the same glucose data. Billing reference, section 7.
var remoteMonitoringCodes = []string{"99091", "99453", "99454", "99457", "99458"}

// StrictProfile is the built-in one.
func StrictProfile() PayerProfile {
	return PayerProfile{
		ID: StrictID, Version: 1, Name: "Strict", Source: "the strictest reading of each source", Date: "2026-11-01",
		Hours: HoursCaptured, CalendarMonth: true, ThirtyDays: true, CapPeriod: CalendarYear,
		Signers: slices.Clone(clinic.SigningCredentials),
	}
}

// Why a profile cannot be taken.
var (
	ErrProfileName   = errors.New("a payer profile needs a name")
	ErrProfileStrict = errors.New("the built-in strict profile cannot be changed; copy it under another name")
	ErrProfileWord   = errors.New("the payer profile holds something unknown")
)

// Validate says what is wrong with the profile.
func (p *PayerProfile) Validate() error {
	switch {
	case strings.TrimSpace(p.Name) == "":
		return ErrProfileName
	case p.Hours != HoursCaptured && p.Hours != HoursSpan:
		return fmt.Errorf("%w: hours “%s”, not captured or span", ErrProfileWord, p.Hours)
	case p.CapPeriod != "" && p.CapPeriod != CalendarYear && p.CapPeriod != TwelveMonths:
		return fmt.Errorf("%w: cap period “%s”", ErrProfileWord, p.CapPeriod)
	}
	for code, n := range p.YearlyCap {
		if code != clinic.Code95250 && code != clinic.Code95251 || n < 0 {
			return fmt.Errorf("%w: a yearly cap of %d for %s", ErrProfileWord, n, code)
		}
	}
	for _, c := range p.Signers {
		if !slices.Contains(clinic.SigningCredentials, c) {
			return fmt.Errorf("%w: “%s” may not sign; %s may", ErrProfileWord, c, strings.Join(clinic.SigningCredentials, ", "))
		}
	}
	if err := clinic.CheckName(p.Name, p.Source); err != nil {
		return err
	}
	return steps.CheckDates(p.Date)
}

// SignersOrAll are the credentials that may sign.
func (p *PayerProfile) SignersOrAll() []string {
	if len(p.Signers) == 0 {
		return clinic.SigningCredentials
	}
	return p.Signers
}

// notCombined are the codes beside 95249 that must not stand in the same month.
func (p *PayerProfile) notCombined() []string {
	return append(slices.Clone(remoteMonitoringCodes), p.DoNotCombine...)
}

// daysBetween is what ThirtyDays asks for at the least.
const daysBetween = 30

// month is a calendar month, counted from year 0.
func month(d cgm.Date) int {
	t := d.Midnight().UTC()
	return t.Year()*12 + int(t.Month()) - 1
}

// prior are the services of the code up to the day, the day itself included.
func prior(services []clinic.Service, code clinic.Code, day cgm.Date) (out []clinic.Service) {
	for _, s := range services {
		if s.Code == code && s.Date <= day {
			out = append(out, s)
		}
	}
	slices.SortStableFunc(out, func(a, b clinic.Service) int { return int(a.Date - b.Date) })
	return out
}

// hinders is an earlier service because of which none may stand on the day.
func (p *PayerProfile) hinders(services []clinic.Service, code clinic.Code, day cgm.Date) (clinic.Service, bool) {
	for _, s := range slices.Backward(prior(services, code, day)) {
		if p.CalendarMonth && month(s.Date) == month(day) || p.ThirtyDays && day-s.Date < daysBetween {
			return s, true
		}
	}
	return clinic.Service{}, false
}

// NextFree is the first day from the given one on that neither the month nor
// the yearly cap forbids.
func (p *PayerProfile) NextFree(services []clinic.Service, code clinic.Code, from cgm.Date) cgm.Date {
	const longest = 3 * 366
	for day := from; day < from+longest; day++ {
		if _, hindered := p.hinders(services, code, day); !hindered && p.withinCap(services, code, day) {
			return day
		}
	}
	return from + longest
}

// inPeriod counts the services of the cap's period that end on the day.
func (p *PayerProfile) inPeriod(services []clinic.Service, code clinic.Code, day cgm.Date) (n int) {
	t := day.Midnight().UTC()
	from := cgm.NewDate(t.Year(), 1, 1)
	if p.CapPeriod == TwelveMonths {
		from = cgm.NewDate(t.Year()-1, t.Month(), t.Day()) + 1
	}
	for _, s := range prior(services, code, day) {
		if s.Date >= from {
			n++
		}
	}
	return n
}

// withinCap says whether one more service may stand on the day.
func (p *PayerProfile) withinCap(services []clinic.Service, code clinic.Code, day cgm.Date) bool {
	most := p.YearlyCap[code]
	return most == 0 || p.inPeriod(services, code, day) < most
}
