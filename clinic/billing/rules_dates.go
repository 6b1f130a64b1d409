package billing

import (
	"cmp"
	"fmt"
	"strings"

	"tracedesk/clinic"
	"tracedesk/clinic/steps"
)

// dateRules are of the dates of service, and of how many a month and a year may have.
var dateRules = []Rule{
	{
		ID: "B06", Codes: technical, Title: "Once a month", Required: true, Overridable: true,
		Basis: "AMA wording as carried by Dexcom and Abbott",
		Mend:  NothingMends, Proof: "Dates of service above", judge: oncePerMonth,
	},
	{
		ID: "B07", Codes: reading, Title: "Once a month", Required: true, Overridable: true,
		Basis: "AMA wording as carried by Dexcom and Abbott",
		Mend:  NothingMends, Proof: "Dates of service above", judge: oncePerMonth,
	},
	{
		ID: "B08", Codes: Codes, Title: "Yearly cap", Required: true, Overridable: true,
		Basis: "the payer profile; Wisconsin Medicaid 17897 (2024) and others",
		Mend:  NothingMends, Proof: "Dates of service above", judge: yearlyCap,
	},
	{
		ID: "B09", Codes: technical, Title: "Date of service is that of removal, return and reading", Required: true,
		Overridable: true,
		Basis:       "Dexcom G6 Pro reimbursement page; Medtronic FAQ (2022–23)",
		Mend:        steps.Returned, Proof: "What happened: returned, read", judge: dateOfReturn,
	},
}

// oncePerMonth: B06 and B07.
func oncePerMonth(c *Case, code clinic.Code) verdict {
	day, known := c.ServiceDate(code)
	if !known {
		return cannotTell("The date of service is not known yet: " + missingDate(code) + ".")
	}
	facts := []string{"date of service " + day.String(), "earlier services: " + dates(prior(c.Services, code, day))}
	s, hindered := c.Profile.hinders(c.Services, code, day)
	if !hindered {
		return met("No other "+string(code)+" of this patient stands in the way.", facts...)
	}
	rule := fmt.Sprintf("%d days before", day-s.Date)
	if c.Profile.CalendarMonth && month(s.Date) == month(day) {
		rule = "in the same calendar month"
	}
	return notMet(fmt.Sprintf("%s was done on %s%s, %s. The next free date is %s.", code, s.Date, placeOf(s), rule,
		c.Profile.NextFree(c.Services, code, day)), facts...)
}

func missingDate(code clinic.Code) string {
	if code == clinic.Code95251 {
		return "the interpretation is not signed"
	}
	return "removal and return, or the reading, are not recorded"
}

func placeOf(s clinic.Service) string {
	if s.Where == "" {
		return ""
	}
	return " at " + s.Where
}

func dates(services []clinic.Service) string {
	var out []string
	for _, s := range services {
		out = append(out, s.Date.String()+placeOf(s))
	}
	return cmp.Or(strings.Join(out, ", "), "none")
}

// yearlyCap: B08.
func yearlyCap(c *Case, code clinic.Code) verdict {
	most := c.Profile.YearlyCap[code]
	if most == 0 {
		return met("This payer profile sets no yearly cap for " + string(code) + ".")
	}
	period := cmp.Or(c.Profile.CapPeriod, CalendarYear)
	day, known := c.ServiceDate(code)
	if !known {
		return cannotTell("The date of service is not known yet: "+missingDate(code)+".",
			fmt.Sprintf("at most %d in a %s", most, period))
	}
	n := c.Profile.inPeriod(c.Services, code, day)
	facts := []string{
		"date of service " + day.String(), fmt.Sprintf("%d before it in the %s, at most %d", n, period, most),
	}
	if n < most {
		return met(fmt.Sprintf("It is the %s of at most %d in the %s.", ordinal(n+1), most, period), facts...)
	}
	return notMet(fmt.Sprintf("The %s's %d are used up. The next free date is %s.", period, most,
		c.Profile.NextFree(c.Services, code, day)), facts...)
}

func ordinal(n int) string {
	suffix := "th"
	if n/10%10 != 1 {
		suffix = cmp.Or(map[int]string{1: "st", 2: "nd", 3: "rd"}[n%10], suffix)
	}
	return fmt.Sprint(n) + suffix
}

// dateOfReturn: B09.
func dateOfReturn(c *Case, code clinic.Code) verdict {
	placed, back, read := c.Latest(steps.Placed), c.Latest(steps.Returned), c.FirstRead()
	switch {
	case back == nil:
		return cannotTell("Removal and return are not recorded.")
	case read == nil:
		return cannotTell("The recording has not been read.")
	case placed == nil:
		return cannotTell("The insertion is not recorded, so that its date cannot be told from the date of service.")
	}
	day, _ := c.ServiceDate(code)
	facts := []string{"placed " + placed.At.String(), "back " + back.At.String(), "read " + read.At.String()}
	switch {
	case back.At < placed.At:
		return notMet("The removal is dated before the insertion.", facts...)
	case day <= placed.At.Date():
		return notMet("The date of service would be the day of the insertion.", facts...)
	}
	return met(fmt.Sprintf("The date of service is %s, when the sensor was off, the device back and the recording "+
		"read.", day), facts...)
}
