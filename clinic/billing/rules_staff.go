package billing

import (
	"cmp"
	"fmt"
	"strings"

	"tracedesk/clinic"
	"tracedesk/clinic/steps"
)

// staffRules are of what staff did with the patient.
var staffRules = []Rule{
	{
		ID: "B13", Codes: technical, Title: "Insertion and training in person", Required: true, Overridable: true,
		Basis: "Diabetes Spectrum 31(3), 2018, table; Medtronic FAQ",
		Mend:  steps.Placed, Proof: "What happened: placed", judge: inPerson,
	},
	{
		ID: "B14", Codes: technical, Title: "Reading and printing",
		Basis: "Diabetes Spectrum 31(3), 2018, table",
		Mend:  NothingMends, Proof: NeedsNoProof, judge: withoutPatient,
	},
	{
		ID: "B15", Codes: technical, Title: "Supervising practitioner", Required: true, Overridable: true,
		Basis: "Medtronic FAQ (2022–23); incident-to rules",
		Mend:  steps.Ordered, Proof: "What happened: ordered", judge: supervised,
	},
	{
		ID: "B24", Codes: technical, Title: "Removed by staff", Required: true, Overridable: true,
		Basis: "code descriptor: removal of sensor",
		Mend:  steps.Returned, Proof: "What happened: returned", judge: removedByStaff,
	},
	{
		ID: "B26", Codes: Codes, Title: "Sensor neither failed nor lost", Required: true,
		Basis: "code descriptor; Medtronic FAQ",
		Mend:  NothingMends, Proof: "What happened", judge: notEnded,
	},
}

// inPerson: B13, insertion and training; the removal's person and place is B24.
func inPerson(c *Case, _ clinic.Code) verdict {
	p := c.Placement()
	if p == nil {
		return cannotTell("The insertion is not recorded.")
	}
	t := p.Training
	if t == nil {
		t = &steps.Training{}
	}
	facts := []string{
		"placed by " + cmp.Or(p.By.Title(), "not recorded") + ", in person: " + given(p.InPerson), "trained by " +
			cmp.Or(t.By.Title(), "not recorded") + ", in person: " + given(t.InPerson),
	}
	switch {
	case p.InPerson == steps.No:
		return notMet("The insertion was not in person.", facts...)
	case t.InPerson == steps.No:
		return notMet("The training was not in person.", facts...)
	case !p.By.Given():
		return cannotTell("Who placed the sensor is not recorded.", facts...)
	case p.InPerson == "":
		return cannotTell("Whether the sensor was placed in person is not recorded.", facts...)
	case !t.By.Given():
		return cannotTell("Who trained the patient is not recorded.", facts...)
	case t.InPerson == "":
		return cannotTell("Whether the training was in person is not recorded.", facts...)
	case len(t.Topics) == 0:
		return cannotTell("What the patient was trained in is not recorded.", facts...)
	}
	return met("Insertion and training were in person.", append(facts, "topics: "+strings.Join(t.Topics, ", "))...)
}

func given(a steps.YesNo) string { return cmp.Or(string(a), "not recorded") }

// withoutPatient: B14.
func withoutPatient(*Case, clinic.Code) verdict {
	return met("Reading and printing may be done without the patient.")
}

// supervised: B15. Who may sign needs nobody above them.
func supervised(c *Case, _ clinic.Code) verdict {
	p := c.Placement()
	if p == nil || !p.By.Given() {
		return cannotTell("Who placed the sensor is not recorded.")
	}
	staff := []clinic.Person{p.By}
	if p.Training != nil && p.Training.By.Given() {
		staff = append(staff, p.Training.By)
	}
	var facts []string
	alone := true
	for _, s := range staff {
		facts = append(facts, "done by "+s.Title())
		alone = alone && s.MaySign(clinic.SigningCredentials)
	}
	supervisor := c.Order().Supervisor
	switch {
	case alone:
		return met("It was done by a practitioner.", facts...)
	case supervisor.Given():
		return met("The supervising practitioner is "+supervisor.Title()+".", facts...)
	}
	return cannotTell("The supervising practitioner is not named.", facts...)
}

// removedByStaff: B24.
func removedByStaff(c *Case, _ clinic.Code) verdict {
	back := c.Returned()
	if back == nil {
		return cannotTell("Removal and return are not recorded.")
	}
	facts := []string{
		"removed by " + cmp.Or(back.By.Title(), "not recorded") + ", place: " + cmp.Or(back.Place, "not recorded") +
			", in person: " + given(back.InPerson),
	}
	switch {
	case back.Place == steps.AtHome && c.Profile.HomeRemoval:
		return met("The sensor was removed at home, which this payer profile allows.", facts...)
	case back.Place == steps.AtHome:
		return notMet("The sensor was removed at home: staff did not perform the removal that belongs to 95250.", facts...)
	case back.InPerson == steps.No:
		return notMet("The removal was not in person.", facts...)
	case !back.By.Given():
		return cannotTell("Who removed the sensor is not recorded.", facts...)
	case back.Place == "":
		return cannotTell("Where the sensor was removed is not recorded.", facts...)
	case back.InPerson == "":
		return cannotTell("Whether the removal was in person is not recorded.", facts...)
	}
	return met("The sensor was removed by "+back.By.Title()+" in the clinic.", facts...)
}

// notEnded: B26.
func notEnded(c *Case, _ clinic.Code) verdict {
	for _, step := range []steps.Step{steps.Failed, steps.Lost} {
		if r := c.Latest(step); r != nil {
			return notMet(fmt.Sprintf("Not reportable: %s on %s. %s", step, r.At.Date(), r.Reason))
		}
	}
	return met("Neither failed nor lost.")
}
