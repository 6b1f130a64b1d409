package billing

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"tracedesk/clinic"
	"tracedesk/clinic/steps"
)

// What only a person can know.
var (
	askedOwnDevice = &Asked{
		ID: "95249", Text: "Is 95249, for the patient's own device, reported in the same month?", Good: steps.No,
	}
	askedRemote = &Asked{
		ID:   "remote-monitoring",
		Text: "Is remote monitoring or 99091 reported on the same glucose data in the same month?", Good: steps.No,
	}
	askedVisit = &Asked{
		ID: "visit-same-day", Text: "Is there an E/M visit on the same day? If yes, it needs modifier 25 on the E/M code.",
	}
	askedReuse = &Asked{
		ID: "visit-reuse", Text: "Is the work of the interpretation counted in a visit's decision making, too?",
		Good: steps.No,
	}
	askedElsewhere = &Asked{
		ID: "elsewhere", Text: "Was the same service reported by another practice this month?", Good: steps.No,
	}
)

// payerRules are of what only people and payers know.
var payerRules = []Rule{
	{
		ID: "B16", Codes: technical, Title: "Not with 95249", Overridable: true,
		Basis: "general knowledge",
		Asks:  askedOwnDevice,
		Mend:  steps.Answered, Proof: "What happened: answered", judge: notWithOwnDevice,
	},
	{
		ID: "B17", Codes: Codes, Title: "Not with remote monitoring of the same data", Overridable: true,
		Basis: "AAFP; American Medical Coding",
		Asks:  askedRemote,
		Mend:  steps.Answered, Proof: "What happened: answered", judge: notWithRemote,
	},
	{
		ID: "B18", Codes: Codes, Title: "A visit on the same day", Overridable: true,
		Basis: "AACE coding FAQ; Medtronic FAQ; Abbott",
		Asks:  askedVisit,
		Mend:  steps.Answered, Proof: "What happened: answered", judge: visitSameDay,
	},
	{
		ID: "B19", Codes: reading, Title: "Interpretation not counted twice", Overridable: true,
		Basis: "AACE coding FAQ; Medtronic FAQ",
		Asks:  askedReuse,
		Mend:  steps.Answered, Proof: "What happened: answered", judge: notReused,
	},
	{
		ID: "B20", Codes: Codes, Title: "Diabetes diagnosis", Required: true, Overridable: true,
		Basis: "Medtronic FAQ; payers' policies",
		Mend:  steps.Ordered, Proof: "What happened: ordered", judge: diagnosis,
	},
	{
		ID: "B21", Codes: Codes, Title: "Prior authorisation", Required: true, Overridable: true,
		Basis: "the payer profile; Texas Medicaid and others",
		Mend:  steps.Ordered, Proof: "What happened: ordered", judge: authorised,
	},
	{
		ID: "B25", Codes: Codes, Title: "Not reported elsewhere this month", Overridable: true,
		Basis: "no program can know",
		Asks:  askedElsewhere,
		Mend:  steps.Answered, Proof: "What happened: answered", judge: notElsewhere,
	},
}

// asked answers from what a person said, and from the patient's services.
func asked(c *Case, q *Asked, code clinic.Code, others ...string) verdict {
	day, known := c.ServiceDate(code)
	for _, s := range c.Services {
		if known && slices.Contains(others, string(s.Code)) && month(s.Date) == month(day) {
			return notMet(fmt.Sprintf("%s was done on %s%s, in the same month.", s.Code, s.Date, placeOf(s)))
		}
	}
	r := c.AnswerTo(q.ID)
	if r == nil {
		return cannotTell("Not answered: " + q.Text)
	}
	facts := []string{"says " + r.EnteredBy.Title() + ", " + r.At.String()}
	if r.Answer.Note != "" {
		facts = append(facts, r.Answer.Note)
	}
	if good := q.Good; good != "" && r.Answer.Answer != good {
		return notMet("Answered with "+string(r.Answer.Answer)+": "+q.Text, facts...)
	}
	return met("Answered with "+string(r.Answer.Answer)+": "+q.Text, facts...)
}

func notWithOwnDevice(c *Case, code clinic.Code) verdict {
	return asked(c, askedOwnDevice, code, string(clinic.Code95249))
}

func notWithRemote(c *Case, code clinic.Code) verdict {
	return asked(c, askedRemote, code, c.Profile.notCombined()...)
}

func visitSameDay(c *Case, code clinic.Code) verdict { return asked(c, askedVisit, code) }

func notReused(c *Case, code clinic.Code) verdict { return asked(c, askedReuse, code) }

func notElsewhere(c *Case, code clinic.Code) verdict { return asked(c, askedElsewhere, code) }

// diabetesFamilies are the ICD-10-CM categories of diabetes, in pregnancy too.
// Billing reference, section 8.
var diabetesFamilies = []string{"E08", "E09", "E10", "E11", "E13", "O24"}

// diagnosis: B20.
func diagnosis(c *Case, _ clinic.Code) verdict {
	codes := c.Order().Diagnoses
	if len(codes) == 0 {
		return cannotTell("No diagnosis code is recorded.")
	}
	facts := []string{"diagnoses: " + strings.Join(codes, ", ")}
	for _, d := range codes {
		family, _, _ := strings.Cut(d, ".")
		if slices.Contains(diabetesFamilies, family) {
			return met(d+" is a diagnosis of diabetes.", facts...)
		}
	}
	return notMet("No diagnosis of diabetes is among the codes; payers usually ask for one.", facts...)
}

// authorised: B21.
func authorised(c *Case, code clinic.Code) verdict {
	if !c.Profile.PriorAuthorisation {
		return met("This payer profile asks for no prior authorisation.")
	}
	a := c.Order().Authorisation
	if a == nil || a.Number == "" {
		return notMet("This payer profile asks for a prior authorisation, and none is recorded.")
	}
	facts := []string{
		fmt.Sprintf("authorisation %s, %s to %s", a.Number, cmp.Or(a.From, "not limited"), cmp.Or(a.To, "not limited")),
	}
	day, known := c.ServiceDate(code)
	if !known {
		return cannotTell("The date of service is not known yet: "+missingDate(code)+".", facts...)
	}
	if a.From != "" && day.String() < a.From || a.To != "" && day.String() > a.To {
		return notMet("The authorisation does not cover the date of service, "+day.String()+".", facts...)
	}
	return met("Authorisation "+a.Number+" covers the date of service.", facts...)
}
