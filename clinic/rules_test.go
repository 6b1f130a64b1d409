package clinic

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"tracedesk/cgm"
)

var (
	nurse  = Person{"u1", "Jo Kim", "RN", ""}
	doctor = Person{"u2", "Ana Ruiz", "MD", "1234567893"}
)

func at(text string) cgm.WallTime {
	t, err := cgm.ParseWallTime(text)
	if err != nil {
		panic(err)
	}
	return t
}

func on(text string) cgm.Date {
	d, err := cgm.ParseDate(text)
	if err != nil {
		panic(err)
	}
	return d
}

// checkOf is the check of a recording without gaps of so many 5-minute slots.
func checkOf(slots int, spanHours float64) *CheckRecord {
	k := &CheckRecord{Slots: slots, Readings: slots, HoursRecorded: float64(slots) / 12, HoursSpan: spanHours, MethodVersion: 1, RecordingHash: "R"}
	switch {
	case slots >= 864:
		k.Result = Met
	case spanHours >= 72:
		k.Result = SpanOnly
	default:
		k.Result = NotMet
	}
	return k
}

// add puts a record at the end of a history, as storing it does.
func add(c *Case, r StepRecord) *StepRecord {
	r.Seq = len(c.History) + 1
	if r.EnteredBy == (Person{}) {
		r.EnteredBy = nurse
	}
	if r.EnteredAt.IsZero() {
		r.EnteredAt = r.At.UTC()
	}
	c.History = append(c.History, r)
	return &c.History[len(c.History)-1]
}

// signedAt signs the case's interpretation.
func signedAt(c *Case, by Person, when string, recording string) {
	i := *c.Interpretation
	g := &Signature{Meaning: Interpreted, By: by, At: when + "-05:00", TextSHA256: HashOf([]byte(i.Plain())), RecordingHash: recording, PDFSHA256: "P"}
	g.Seal()
	add(c, StepRecord{Step: StepSigned, At: at(when), EnteredBy: by, Interpretation: &i, Signature: g})
}

// whole is a wear with every piece of evidence, removed and read on 14 May and
// signed on the 15th.
func whole() *Case {
	c := &Case{
		Wear: Wear{ID: "w", PatientID: "p", RecordingID: "r", TransmitterID: "8ABC01"}, Check: checkOf(2800, 238), Reader: "SM1",
		First: at("2026-05-04T12:17:00"), Last: at("2026-05-14T10:12:00"), Profile: StrictProfile(),
		Interpretation: &Interpretation{Findings: []DraftFinding{{Text: "Low on two nights.", State: FindingKept}}, Assessment: "Lows at night.", RecordingHash: "R"},
		Documents:      []Document{{Kind: PrintoutDocument, RecordingHash: "R", SHA256: "P", Pages: 9}},
	}
	add(c, StepRecord{Step: StepOrdered, At: at("2026-05-01T09:00:00"), Order: &Order{Clinician: doctor, Supervisor: doctor, Reviewer: doctor, Indication: "Lows?", Diagnoses: []string{"E11.649", "Z79.4"}}})
	add(c, StepRecord{Step: StepPlaced, At: at("2026-05-04T10:10:00"), Placement: &Placement{
		By: nurse, Place: AtClinic, InPerson: Yes, Mode: Blinded, SensorLot: "L1", SensorCode: "5917", Transmitter: "8ABC01", Reader: "SM1", DueBack: "2026-05-14",
		Training: &Training{By: nurse, InPerson: Yes, Topics: []string{"wearing"}, Minutes: 20},
	}})
	add(c, StepRecord{Step: StepReturned, At: at("2026-05-14T11:00:00"), Return: &Return{By: nurse, Place: AtClinic, InPerson: Yes}})
	add(c, StepRecord{Step: StepRead, At: at("2026-05-14T11:20:00"), Download: &Download{RecordingHash: "R", HoursRecorded: 233.3, Readings: 2800, New: 2800}})
	for q := range Questions {
		add(c, StepRecord{Step: StepAnswered, At: at("2026-05-14T11:30:00"), Answer: &QuestionAnswer{Question: q, Answer: No}})
	}
	add(c, StepRecord{Step: StepInterpreted, At: at("2026-05-15T08:00:00"), EnteredBy: doctor})
	signedAt(c, doctor, "2026-05-15T08:10:00", "R")
	return c
}

func answers(c *Case) map[string]Requirement {
	out := map[string]Requirement{}
	for _, q := range c.Requirements() {
		out[q.Rule+"/"+string(q.Code)] = q
	}
	return out
}

func TestAWholeWearIsComplete(t *testing.T) {
	c := whole()
	for key, q := range answers(c) {
		if q.Answer != RuleMet {
			t.Errorf("%s is %s: %s", key, q.Answer, q.Sentence)
		}
	}
	for _, code := range both {
		s := StatusOf(c.Requirements(), code)
		if !s.Complete || strings.Contains(strings.ToLower(s.Sentence()), "billable") {
			t.Errorf("%s", s.Sentence())
		}
	}
	for code, want := range map[Code]string{Code95250: "2026-05-14", Code95251: "2026-05-15"} {
		if day, known := c.ServiceDate(code); !known || day.String() != want {
			t.Errorf("%s on %s", code, day)
		}
	}
}

// remove takes a step out of the history.
func remove(step Step) func(*Case) {
	return func(c *Case) {
		c.History = slices.DeleteFunc(c.History, func(r StepRecord) bool { return r.Step == step })
	}
}

func placing(change func(*Placement)) func(*Case) {
	return func(c *Case) { change(c.latest(StepPlaced).Placement) }
}

func returning(change func(*Return)) func(*Case) {
	return func(c *Case) { change(c.latest(StepReturned).Return) }
}

func ordering(change func(*Order)) func(*Case) {
	return func(c *Case) { change(c.latest(StepOrdered).Order) }
}

func unanswered(q Question) func(*Case) {
	return func(c *Case) {
		c.History = slices.DeleteFunc(c.History, func(r StepRecord) bool { return r.Step == StepAnswered && r.Answer.Question == q })
	}
}

// TestEachPieceOfEvidenceTakenOut says for each which requirements change, and
// a word by which the sentence names what is missing. Written from the billing
// reference, sections 10 to 12.
func TestEachPieceOfEvidenceTakenOut(t *testing.T) {
	for _, c := range []struct {
		what   string
		out    func(*Case)
		change map[string]string // rule/code: word
	}{
		{"diagnoses", ordering(func(o *Order) { o.Diagnoses = nil }), map[string]string{"B20/95250": "diagnosis", "B20/95251": "diagnosis"}},
		{"supervisor", ordering(func(o *Order) { o.Supervisor = Person{} }), map[string]string{"B15/95250": "supervising"}},
		{"indication", ordering(func(o *Order) { o.Indication = "" }), nil},
		{"who placed", placing(func(p *Placement) { p.By = Person{} }), map[string]string{"B13/95250": "placed", "B15/95250": "placed"}},
		{"placed in person", placing(func(p *Placement) { p.InPerson = "" }), map[string]string{"B13/95250": "in person"}},
		{"transmitter", placing(func(p *Placement) { p.Transmitter = "" }), map[string]string{"B03/95250": "transmitter"}},
		{"reader", placing(func(p *Placement) { p.Reader = "" }), nil},
		{"sensor lot and code", placing(func(p *Placement) { p.SensorLot, p.SensorCode = "", "" }), map[string]string{"B04/95250": "lot"}},
		{"sensor lot alone", placing(func(p *Placement) { p.SensorLot = "" }), nil},
		{"training", placing(func(p *Placement) { p.Training = nil }), map[string]string{"B13/95250": "trained"}},
		{"training in person", placing(func(p *Placement) { p.Training.InPerson = "" }), map[string]string{"B13/95250": "training"}},
		{"topics", placing(func(p *Placement) { p.Training.Topics = nil }), map[string]string{"B13/95250": "trained in"}},
		{"minutes", placing(func(p *Placement) { p.Training.Minutes = 0 }), nil},
		{"insertion", remove(StepPlaced), map[string]string{"B03/95250": "transmitter", "B04/95250": "lot", "B09/95250": "insertion", "B13/95250": "insertion", "B15/95250": "placed"}},
		{"who removed", returning(func(r *Return) { r.By = Person{} }), map[string]string{"B24/95250": "removed"}},
		{"where removed", returning(func(r *Return) { r.Place = "" }), map[string]string{"B24/95250": "where"}},
		{"removed in person", returning(func(r *Return) { r.InPerson = "" }), map[string]string{"B24/95250": "in person"}},
		{"return", remove(StepReturned), map[string]string{"B06/95250": "return", "B09/95250": "return", "B24/95250": "return"}},
		{"reading", remove(StepRead), map[string]string{"B06/95250": "reading", "B09/95250": "read", "B11/95251": "read"}},
		{"printout", func(c *Case) { c.Documents = nil }, map[string]string{"B05/95250": "printed"}},
		{"signature", remove(StepSigned), map[string]string{"B07/95251": "signed", "B10/95251": "signed", "B11/95251": "signed", "B12/95251": "signed", "B23/95251": "signed"}},
		{"answer about 95249", unanswered(AskedOwnDevice), map[string]string{"B16/95250": "95249"}},
		{"answer about remote monitoring", unanswered(AskedRemote), map[string]string{"B17/95250": "remote", "B17/95251": "remote"}},
		{"answer about the visit", unanswered(AskedVisit), map[string]string{"B18/95250": "visit", "B18/95251": "visit"}},
		{"answer about reuse", unanswered(AskedReuse), map[string]string{"B19/95251": "decision making"}},
		{"answer about elsewhere", unanswered(AskedElsewhere), map[string]string{"B25/95250": "another practice", "B25/95251": "another practice"}},
	} {
		k := whole()
		c.out(k)
		before, after := answers(whole()), answers(k)
		for key, q := range after {
			word, expected := c.change[key]
			switch {
			case expected && q.Answer == before[key].Answer:
				t.Errorf("without %s: %s is still %s", c.what, key, q.Answer)
			case expected && !strings.Contains(strings.ToLower(q.Sentence), word):
				t.Errorf("without %s: %s does not name it: %s", c.what, key, q.Sentence)
			case !expected && q.Answer != before[key].Answer:
				t.Errorf("without %s: %s is %s: %s", c.what, key, q.Answer, q.Sentence)
			}
		}
	}
}

// service is one of the patient's others.
func service(code Code, day, where string) Service {
	return Service{Code: code, Date: on(day), Where: where}
}

// moved is the whole wear with the service of 95250 on the day.
func moved(day string) *Case {
	c := whole()
	d := on(day)
	c.latest(StepPlaced).At = (d - 10).Midnight() + 10*3600
	c.latest(StepReturned).At = d.Midnight() + 11*3600
	c.latest(StepRead).At = d.Midnight() + 12*3600
	c.latest(StepSigned).At = d.Midnight() + 13*3600
	return c
}

func TestTheMonthGuardAtItsEdges(t *testing.T) {
	calendar, thirty := StrictProfile(), StrictProfile()
	calendar.ThirtyDays, thirty.CalendarMonth = false, false
	neither := StrictProfile()
	neither.CalendarMonth, neither.ThirtyDays = false, false
	for _, c := range []struct {
		what     string
		profile  PayerProfile
		day      string
		before   string
		answer   Answer
		nextFree string
	}{
		{"first and last of a month", StrictProfile(), "2026-05-31", "2026-05-01", RuleNotMet, "2026-06-01"},
		{"the same, calendar alone", calendar, "2026-05-31", "2026-05-01", RuleNotMet, "2026-06-01"},
		{"the same, thirty days alone: 30 days lie between", thirty, "2026-05-31", "2026-05-01", RuleMet, ""},
		{"29 days, next month", StrictProfile(), "2026-06-29", "2026-05-31", RuleNotMet, "2026-06-30"},
		{"30 days, next month", StrictProfile(), "2026-06-30", "2026-05-31", RuleMet, ""},
		{"31 days", StrictProfile(), "2026-07-01", "2026-05-31", RuleMet, ""},
		{"last of April, first of May", StrictProfile(), "2026-05-01", "2026-04-30", RuleNotMet, "2026-05-30"},
		{"the same, calendar alone", calendar, "2026-05-01", "2026-04-30", RuleMet, ""},
		{"January to March over a February of 28 days: 29 days", StrictProfile(), "2026-03-01", "2026-01-31", RuleNotMet, "2026-03-02"},
		{"over a February of 29 days: 30 days", StrictProfile(), "2028-03-01", "2028-01-31", RuleMet, ""},
		{"within a February", StrictProfile(), "2026-02-28", "2026-02-01", RuleNotMet, "2026-03-03"},
		{"over the year's end", StrictProfile(), "2027-01-05", "2026-12-28", RuleNotMet, "2027-01-27"},
		{"the same day", StrictProfile(), "2026-05-14", "2026-05-14", RuleNotMet, "2026-06-13"},
		{"a later service does not count", StrictProfile(), "2026-05-14", "2026-05-20", RuleMet, ""},
		{"a payer that counts neither", neither, "2026-05-15", "2026-05-14", RuleMet, ""},
	} {
		k := moved(c.day)
		k.Profile = c.profile
		k.Services = []Service{service(Code95250, c.before, "Other Clinic")}
		q := answers(k)["B06/95250"]
		if q.Answer != c.answer {
			t.Errorf("%s: %s: %s", c.what, q.Answer, q.Sentence)
		}
		if c.nextFree != "" && !strings.Contains(q.Sentence, "next free date is "+c.nextFree) {
			t.Errorf("%s: %s", c.what, q.Sentence)
		}
		if c.answer == RuleNotMet && !(strings.Contains(q.Sentence, c.before) && strings.Contains(q.Sentence, "Other Clinic")) {
			t.Errorf("%s: it does not name the other service: %s", c.what, q.Sentence)
		}
		if other := answers(k)["B07/95251"]; other.Answer != RuleMet {
			t.Errorf("%s: a 95250 counts against 95251: %s", c.what, other.Sentence)
		}
	}
}

func TestAServiceBelongsToTheMonthOfItsReturn(t *testing.T) {
	c := whole()
	c.latest(StepPlaced).At = at("2026-04-27T10:00:00")
	c.latest(StepReturned).At = at("2026-05-07T10:00:00")
	c.latest(StepRead).At = at("2026-05-07T10:30:00")
	c.Services = []Service{service(Code95250, "2026-04-02", "")}
	if q := answers(c)["B06/95250"]; q.Answer != RuleMet {
		t.Errorf("inserted in April, back in May: %s", q.Sentence)
	}
	c.Services = []Service{service(Code95250, "2026-05-01", "")}
	if q := answers(c)["B06/95250"]; q.Answer != RuleNotMet {
		t.Errorf("another in May: %s", q.Sentence)
	}
}

func TestTheYearlyCapAtItsEdges(t *testing.T) {
	four := StrictProfile()
	four.YearlyCap = map[Code]int{Code95250: 4}
	rolling := four
	rolling.YearlyCap, rolling.CapPeriod = map[Code]int{Code95250: 1}, TwelveMonths
	quarter := []Service{service(Code95250, "2026-01-10", ""), service(Code95250, "2026-03-10", ""), service(Code95250, "2026-06-10", "")}
	for _, c := range []struct {
		what     string
		profile  PayerProfile
		services []Service
		day      string
		answer   Answer
		next     string
	}{
		{"the fourth of four", four, quarter, "2026-09-10", RuleMet, ""},
		{"the fifth", four, append(slices.Clone(quarter), service(Code95250, "2026-09-10", "")), "2026-12-20", RuleNotMet, "2027-01-01"},
		{"another year", four, append(slices.Clone(quarter), service(Code95250, "2026-09-10", "")), "2027-01-10", RuleMet, ""},
		{"one in twelve months, a day early", rolling, []Service{service(Code95250, "2025-05-15", "")}, "2026-05-14", RuleNotMet, "2026-05-15"},
		{"one in twelve months, to the day", rolling, []Service{service(Code95250, "2025-05-14", "")}, "2026-05-14", RuleMet, ""},
		{"other codes do not count", rolling, []Service{service(Code95251, "2026-04-01", "")}, "2026-05-14", RuleMet, ""},
	} {
		k := moved(c.day)
		k.Profile, k.Services = c.profile, c.services
		q := answers(k)["B08/95250"]
		if q.Answer != c.answer || c.next != "" && !strings.Contains(q.Sentence, "next free date is "+c.next) {
			t.Errorf("%s: %s: %s", c.what, q.Answer, q.Sentence)
		}
	}
}

func TestHoursAtTheirEdgesAndTwoPayers(t *testing.T) {
	span := StrictProfile()
	span.Hours = HoursSpan
	for _, c := range []struct {
		slots  int
		span   float64
		strict Answer
		byspan Answer
	}{
		{864, 72, RuleMet, RuleMet},
		{863, 72, RuleNotMet, RuleMet}, // 71 h 55 min is not 72 h
		{863, 71.99, RuleNotMet, RuleNotMet},
		{500, 100, RuleNotMet, RuleMet},
		{0, 0, RuleNotMet, RuleNotMet},
	} {
		for profile, want := range map[*PayerProfile]Answer{ptr(StrictProfile()): c.strict, &span: c.byspan} {
			k := whole()
			k.Check, k.Profile = checkOf(c.slots, c.span), *profile
			for _, key := range []string{"B01/95250", "B02/95251"} {
				if q := answers(k)[key]; q.Answer != want {
					t.Errorf("%d slots in %g h, %s: %s is %s: %s", c.slots, c.span, profile.Hours, key, q.Answer, q.Sentence)
				}
			}
		}
	}
}

func ptr[T any](v T) *T { return &v }

func override(c *Case, rule string, code Code) {
	add(c, StepRecord{Step: StepOverridden, At: at("2026-05-16T09:00:00"), EnteredBy: doctor, Reason: "The payer said so by telephone.", Override: &Override{Rule: rule, Code: code}})
}

func TestOverrides(t *testing.T) {
	c := whole()
	c.Check = checkOf(500, 100)
	override(c, "B01", Code95250)
	q := answers(c)["B01/95250"]
	if q.Answer != RuleOverridden || q.By != "Ana Ruiz, MD" || q.Reason == "" || q.At != "2026-05-16T09:00:00" {
		t.Errorf("%+v", q)
	}
	if q := answers(c)["B02/95251"]; q.Answer != RuleNotMet {
		t.Error("an override of one code holds for the other")
	}
	if s := StatusOf(c.Requirements(), Code95250); !s.Complete || !slices.Contains(s.Overridden, "B01") {
		t.Errorf("%+v", s)
	}
	c.Check = checkOf(500, 60)
	if q := answers(c)["B01/95250"]; q.Answer != RuleNotMet {
		t.Errorf("hours that are not there were decided to be: %s", q.Answer)
	}
	c = whole()
	override(c, "B16", Code95250)
	if q := answers(c)["B16/95250"]; q.Answer != RuleMet {
		t.Error("an override hides that the requirement is met")
	}
	for _, rule := range []string{"B05", "B10", "B11", "B12", "B23", "B26", "B27"} {
		known, _ := RuleByID(rule)
		r := StepRecord{Step: StepOverridden, Reason: "x", EnteredAt: time.Now(), Override: &Override{Rule: rule, Code: known.Codes[0]}}
		if err := r.Validate(); err == nil {
			t.Errorf("%s can be overridden", rule)
		}
	}
}

func TestDevicesAndSensors(t *testing.T) {
	for _, c := range []struct {
		what   string
		change func(*Case)
		rule   string
		answer Answer
	}{
		{"another transmitter", placing(func(p *Placement) { p.Transmitter = "8XYZ99" }), "B03/95250", RuleNotMet},
		{"the same in small letters", placing(func(p *Placement) { p.Transmitter = "8abc01" }), "B03/95250", RuleMet},
		{"another reader", placing(func(p *Placement) { p.Reader = "SM2" }), "B03/95250", RuleNotMet},
		{"another reader, unblinded: a phone", placing(func(p *Placement) { p.Reader, p.Mode = "SM2", Unblinded }), "B03/95250", RuleMet},
		{"a recording without a transmitter", func(c *Case) { c.Wear.TransmitterID = "" }, "B03/95250", RuleCannotTell},
		{"two sensors", func(c *Case) { c.Check = checkOf(4000, 400) }, "B04/95250", RuleNotMet},
		{"two sensors, allowed", func(c *Case) { c.Check, c.Profile.CombineSensors = checkOf(4000, 400), true }, "B04/95250", RuleMet},
		{"removed at home", returning(func(r *Return) { r.Place = AtHome }), "B24/95250", RuleNotMet},
		{"removed at home, allowed", func(c *Case) { c.returned().Place, c.Profile.HomeRemoval = AtHome, true }, "B24/95250", RuleMet},
		{"trained by telephone", placing(func(p *Placement) { p.Training.InPerson = No }), "B13/95250", RuleNotMet},
		{"placed by the doctor alone", func(c *Case) {
			c.placement().By, c.placement().Training.By, c.order().Supervisor = doctor, doctor, Person{}
		}, "B15/95250", RuleMet},
		{"printed before more was read", func(c *Case) { c.Documents[0].RecordingHash = "OLD" }, "B05/95250", RuleNotMet},
		{"read on the day of insertion", func(c *Case) {
			c.latest(StepReturned).At, c.latest(StepRead).At = at("2026-05-04T18:00:00"), at("2026-05-04T18:00:00")
		}, "B09/95250", RuleNotMet},
		{"back before it was placed", func(c *Case) { c.latest(StepReturned).At = at("2026-05-01T18:00:00") }, "B09/95250", RuleNotMet},
		{"signed before it was read", func(c *Case) { c.latest(StepRead).At = at("2026-05-16T18:00:00") }, "B11/95251", RuleNotMet},
		{"no diabetes among the codes", ordering(func(o *Order) { o.Diagnoses = []string{"E16.2"} }), "B20/95250", RuleNotMet},
		{"diabetes in pregnancy", ordering(func(o *Order) { o.Diagnoses = []string{"O24.419"} }), "B20/95251", RuleMet},
		{"failed", func(c *Case) {
			add(c, StepRecord{Step: StepFailed, At: at("2026-05-06T08:00:00"), Reason: "fell off"})
		}, "B26/95250", RuleNotMet},
		{"a nurse signed", func(c *Case) { remove(StepSigned)(c); signedAt(c, nurse, "2026-05-15T08:00:00", "R") }, "B12/95251", RuleNotMet},
		{"a payer without PAs", func(c *Case) {
			c.Profile.Signers = []string{"MD", "DO"}
			remove(StepSigned)(c)
			signedAt(c, Person{Name: "Pat", Credential: "PA"}, "2026-05-15T08:00:00", "R")
		}, "B12/95251", RuleNotMet},
		{"more was read after signing", func(c *Case) { c.Check.RecordingHash = "NEW" }, "B23/95251", RuleNotMet},
		{"a signed text was changed", func(c *Case) { c.latest(StepSigned).Interpretation.Plan = "something else" }, "B27/95251", RuleNotMet},
		{"a signature was changed", func(c *Case) { c.latest(StepSigned).Signature.By = nurse }, "B27/95251", RuleNotMet},
		{"95249 in the month", func(c *Case) { c.Services = []Service{service(Code95249, "2026-05-02", "")} }, "B16/95250", RuleNotMet},
		{"95249 in another month", func(c *Case) { c.Services = []Service{service(Code95249, "2026-04-30", "")} }, "B16/95250", RuleMet},
		{"99091 in the month", func(c *Case) { c.Services = []Service{service("99091", "2026-05-31", "")} }, "B17/95251", RuleNotMet},
		{"a code of the profile's own", func(c *Case) {
			c.Profile.DoNotCombine = []string{"98975"}
			c.Services = []Service{service("98975", "2026-05-31", "")}
		}, "B17/95250", RuleNotMet},
	} {
		k := whole()
		c.change(k)
		if q := answers(k)[c.rule]; q.Answer != c.answer {
			t.Errorf("%s: %s is %s: %s", c.what, c.rule, q.Answer, q.Sentence)
		}
	}
}

func TestPriorAuthorisation(t *testing.T) {
	for _, c := range []struct {
		a      *Authorisation
		answer Answer
	}{
		{nil, RuleNotMet},
		{&Authorisation{Number: "A1"}, RuleMet},
		{&Authorisation{Number: "A1", From: "2026-05-14", To: "2026-05-14"}, RuleMet},
		{&Authorisation{Number: "A1", From: "2026-05-15"}, RuleNotMet},
		{&Authorisation{Number: "A1", To: "2026-05-13"}, RuleNotMet},
		{&Authorisation{From: "2026-05-01"}, RuleNotMet},
	} {
		k := whole()
		k.Profile.PriorAuthorisation = true
		k.order().Authorisation = c.a
		if q := answers(k)["B21/95250"]; q.Answer != c.answer {
			t.Errorf("%+v: %s: %s", c.a, q.Answer, q.Sentence)
		}
	}
}

// TestTheDayIsThatOfTheClinicsClock: signed at 23:30 in a zone five hours west
// is the same day there, though it is the next in London.
func TestTheDayIsThatOfTheClinicsClock(t *testing.T) {
	zone := time.FixedZone("", -5*3600)
	c := whole()
	remove(StepSigned)(c)
	now := time.Date(2026, time.May, 31, 23, 30, 0, 0, zone)
	add(c, StepRecord{Step: StepSigned, At: WallTimeOf(now), EnteredAt: now, EnteredBy: doctor, Interpretation: c.Interpretation, Signature: &Signature{By: doctor, RecordingHash: "R"}})
	if day, _ := c.ServiceDate(Code95251); day.String() != "2026-05-31" {
		t.Errorf("the service is on %s", day)
	}
	r := StepRecord{At: WallTimeOf(now), EnteredAt: now}
	if r.Late() {
		t.Error("entered at once, and called late")
	}
	r.EnteredAt = now.Add(time.Hour)
	if !r.Late() {
		t.Error("entered on the next day, and not called late")
	}
}

func TestEveryRuleSaysWhereItComesFrom(t *testing.T) {
	seen := map[string]bool{}
	for _, r := range Rules {
		if r.Basis == "" || r.Title == "" || seen[r.ID] {
			t.Errorf("%+v", r)
		}
		seen[r.ID] = true
	}
	for n := 1; n <= 27; n++ {
		if id := fmt.Sprintf("B%02d", n); !seen[id] {
			t.Errorf("%s is missing", id)
		}
	}
}

func TestWhatIsMissingLeavesItIncompleteAndQuestionsStayOpen(t *testing.T) {
	c := whole()
	placing(func(p *Placement) { p.SensorLot, p.SensorCode = "", "" })(c)
	unanswered(AskedRemote)(c)
	s := StatusOf(c.Requirements(), Code95250)
	if s.Complete || !slices.Equal(s.CannotTell, []string{"B04"}) || !slices.Equal(s.Open, []string{"B17"}) {
		t.Errorf("%+v", s)
	}
	if s := StatusOf(c.Requirements(), Code95251); !s.Complete || !slices.Equal(s.Open, []string{"B17"}) {
		t.Errorf("%+v", s)
	}
	override(c, "B17", Code95250)
	if a := answers(c); a["B17/95250"].Answer != RuleOverridden || a["B17/95251"].Answer != RuleCannotTell {
		t.Errorf("%s, %s", a["B17/95250"].Answer, a["B17/95251"].Answer)
	}
}

func TestTheServiceIsOnTheLaterOfReturnAndReading(t *testing.T) {
	c := whole()
	c.latest(StepRead).At = at("2026-05-18T09:00:00")
	if day, _ := c.ServiceDate(Code95250); day != on("2026-05-18") {
		t.Errorf("read later: %s", day)
	}
	c.latest(StepRead).At = at("2026-05-10T09:00:00")
	if day, _ := c.ServiceDate(Code95250); day != on("2026-05-14") {
		t.Errorf("read before the return: %s", day)
	}
	// Reading more afterwards moves nothing; a first part without 72 hours does not count.
	add(c, StepRecord{Step: StepRead, At: at("2026-06-20T09:00:00"), Download: &Download{RecordingHash: "R2", HoursRecorded: 234}})
	if day, _ := c.ServiceDate(Code95250); day != on("2026-05-14") {
		t.Errorf("more was read: %s", day)
	}
	c.History[3].Download.HoursRecorded = 20
	if day, _ := c.ServiceDate(Code95250); day != on("2026-06-20") {
		t.Errorf("72 hours were read in June: %s", day)
	}
}

// oddCase is the whole wear with its records in any order, some left out, some
// twice, with odd times, another check, and other services.
func oddCase(rnd *rand.Rand) *Case {
	c := whole()
	var history []StepRecord
	for _, i := range rnd.Perm(len(c.History)) {
		for range rnd.IntN(3) {
			r := c.History[i]
			if rnd.IntN(3) == 0 {
				r.At += cgm.WallTime(rnd.IntN(40*86400) - 20*86400)
			}
			history = append(history, r)
		}
	}
	for rnd.IntN(2) == 0 {
		rule := Rules[rnd.IntN(len(Rules))]
		history = append(history, StepRecord{Step: StepOverridden, EnteredBy: doctor, Reason: "odd", Override: &Override{Rule: rule.ID, Code: rule.Codes[0]}})
	}
	if rnd.IntN(6) == 0 {
		history = append(history, StepRecord{Step: []Step{StepFailed, StepLost}[rnd.IntN(2)], Reason: "odd"})
	}
	for i := range history {
		history[i].Seq = i + 1
	}
	c.History = history
	if slots := rnd.IntN(3000); rnd.IntN(2) == 0 {
		c.Check = checkOf(slots, float64(slots)/12+float64(rnd.IntN(100)))
	}
	for rnd.IntN(2) == 0 {
		c.Services = append(c.Services, Service{Code: []Code{Code95249, Code95250, Code95251, "99091"}[rnd.IntN(4)], Date: on("2026-05-14") + cgm.Date(rnd.IntN(80)-40)})
	}
	c.Profile.CombineSensors, c.Profile.HomeRemoval, c.Profile.CalendarMonth = rnd.IntN(2) == 0, rnd.IntN(2) == 0, rnd.IntN(2) == 0
	return c
}

func TestNoOrderOfEventsIsCompleteWithSomethingNotMet(t *testing.T) {
	complete := 0
	for seed := range uint64(20000) {
		c := oddCase(rand.New(rand.NewPCG(seed, 1)))
		all := c.Requirements()
		for _, code := range both {
			s := StatusOf(all, code)
			for _, q := range all {
				if bad := q.Answer == RuleNotMet || q.Required && q.Answer == RuleCannotTell; q.Code == code && bad && s.Complete {
					t.Fatalf("seed %d: complete for %s with %s %s: %s", seed, code, q.Rule, q.Answer, q.Sentence)
				}
				if q.Sentence == "" || q.Code == code && q.Answer == RuleOverridden && (q.By == "" || q.Reason == "") {
					t.Fatalf("seed %d: %+v", seed, q)
				}
			}
			if !s.Complete {
				continue
			}
			complete++
			switch { // what no override may decide
			case c.Check == nil || c.Check.Result == NotMet, c.Ended(), code == Code95250 && c.printout() == nil, code == Code95251 && !c.signedNow():
				t.Fatalf("seed %d: complete for %s: %+v", seed, code, c.Check)
			}
		}
		again := throughJSON(t, c)
		if fmt.Sprint(again.Requirements()) != fmt.Sprint(all) || fmt.Sprint(again.Brief()) != fmt.Sprint(c.Brief()) {
			t.Fatalf("seed %d: another result from the stored facts", seed)
		}
	}
	if complete < 100 {
		t.Errorf("only %d complete cases among them", complete)
	}
}

func throughJSON(t *testing.T, c *Case) *Case {
	t.Helper()
	b, err := json.Marshal(c)
	out := &Case{}
	if err == nil {
		err = json.Unmarshal(b, out)
	}
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestStages(t *testing.T) {
	for _, c := range []struct {
		what   string
		change func(*Case)
		today  string
		stage  Stage
	}{
		{"ordered", func(c *Case) { c.History, c.Check = c.History[:1], nil }, "2026-05-04", StageOrdered},
		{"out", func(c *Case) { c.History, c.Check = c.History[:2], nil }, "2026-05-12", StageOut},
		{"due tomorrow", func(c *Case) { c.History, c.Check = c.History[:2], nil }, "2026-05-13", StageDue},
		{"due today", func(c *Case) { c.History, c.Check = c.History[:2], nil }, "2026-05-14", StageDue},
		{"overdue", func(c *Case) { c.History, c.Check = c.History[:2], nil }, "2026-05-15", StageOverdue},
		{"no day agreed: ten days", func(c *Case) { c.History, c.Check = c.History[:2], nil; c.placement().DueBack = "" }, "2026-05-15", StageOverdue},
		{"returned", func(c *Case) { c.History, c.Check = c.History[:3], nil }, "2026-05-20", StageToRead},
		{"read", func(c *Case) { c.History, c.Documents = c.History[:4], nil }, "2026-05-20", StageToPrint},
		{"printed", func(c *Case) { c.History = c.History[:4] }, "2026-05-20", StageToInterpret},
		{"written", remove(StepSigned), "2026-05-20", StageToSign},
		{"signed", func(*Case) {}, "2026-05-20", StageToFile},
		{"filed", func(c *Case) { add(c, StepRecord{Step: StepFiled, Result: c.Result()}) }, "2026-05-20", StageReady},
		{"billed", func(c *Case) {
			add(c, StepRecord{Step: StepFiled, Result: c.Result()})
			add(c, StepRecord{Step: StepBilled, Billing: &Billing{Code: Code95250, State: Billed}})
		}, "2026-05-20", StageDone},
		{"more read after filing", func(c *Case) {
			add(c, StepRecord{Step: StepFiled, Result: c.Result()})
			c.Check.RecordingHash = "NEW"
		}, "2026-05-20", StageToPrint},
		{"lost", func(c *Case) { add(c, StepRecord{Step: StepLost, Reason: "never came back"}) }, "2026-05-20", StageEnded},
	} {
		k := whole()
		c.change(k)
		b := k.Brief()
		if got := b.Stage(on(c.today)); got != c.stage {
			t.Errorf("%s: %s, not %s", c.what, got, c.stage)
		}
	}
}

func TestRecordsThatCannotBeTaken(t *testing.T) {
	now := time.Date(2026, time.May, 14, 12, 0, 0, 0, time.UTC)
	ok := StepRecord{Step: StepPlaced, At: at("2026-05-14T11:00:00"), EnteredAt: now, Placement: &Placement{}}
	if err := ok.Validate(); err != nil {
		t.Errorf("%v", err)
	}
	for what, r := range map[string]StepRecord{
		"in the future":                  {Step: StepPlaced, At: at("2026-05-14T13:00:00"), EnteredAt: now, Placement: &Placement{}},
		"without its facts":              {Step: StepPlaced, At: at("2026-05-14T11:00:00"), EnteredAt: now},
		"with a day that is none":        {Step: StepPlaced, EnteredAt: now, Placement: &Placement{SensorExpiry: "2026-02-30"}},
		"with a mode that is none":       {Step: StepPlaced, EnteredAt: now, Placement: &Placement{Mode: "half"}},
		"with an answer that is none":    {Step: StepPlaced, EnteredAt: now, Placement: &Placement{InPerson: "maybe"}},
		"a failure without reason":       {Step: StepFailed, EnteredAt: now},
		"an override without reason":     {Step: StepOverridden, EnteredAt: now, Override: &Override{Rule: "B01", Code: Code95250}},
		"an override of the other code":  {Step: StepOverridden, EnteredAt: now, Reason: "x", Override: &Override{Rule: "B01", Code: Code95251}},
		"a code that is no ICD-10":       {Step: StepOrdered, EnteredAt: now, Order: &Order{Diagnoses: []string{"diabetes"}}},
		"a correction without reason":    {Step: StepPlaced, EnteredAt: now, Corrects: true, Placement: &Placement{}},
		"a question that nobody asks":    {Step: StepAnswered, EnteredAt: now, Answer: &QuestionAnswer{Question: "x", Answer: Yes}},
		"a step that is none":            {Step: "dreamt", EnteredAt: now},
		"a signature without a text":     {Step: StepSigned, EnteredAt: now, Signature: &Signature{}},
		"a billing of the patient's own": {Step: StepBilled, EnteredAt: now, Billing: &Billing{Code: Code95249, State: Billed}},
	} {
		if err := r.Validate(); err == nil {
			t.Errorf("a record %s is taken", what)
		}
	}
}

// TestAPersonOfAStepHasAName puts what cannot stand on one line of a document into each
// person of each step.
func TestAPersonOfAStepHasAName(t *testing.T) {
	now := time.Date(2026, time.May, 14, 12, 0, 0, 0, time.UTC)
	records := func(p Person) map[string]StepRecord {
		return map[string]StepRecord{
			"ordered by":     {Step: StepOrdered, Order: &Order{Clinician: p}},
			"supervised by":  {Step: StepOrdered, Order: &Order{Supervisor: p}},
			"interpreted by": {Step: StepOrdered, Order: &Order{Reviewer: p}},
			"placed by":      {Step: StepPlaced, Placement: &Placement{By: p}},
			"trained by":     {Step: StepPlaced, Placement: &Placement{Training: &Training{By: p}}},
			"removed by":     {Step: StepReturned, Return: &Return{By: p}},
			"cleaned by":     {Step: StepCleaned, Cleaning: &Cleaning{By: p}},
		}
	}
	for p, want := range map[Person]error{
		{Name: "Jo Kim", Credential: "RN", NPI: "1234567893"}: nil,
		{Name: "Jo\nKim"}:                    ErrControl,
		{Name: "Jo", Credential: "\u202eNR"}: ErrControl,
		{Name: strings.Repeat("J", 201)}:     ErrLongName,
		{Name: "Jo", NPI: "12\x0034"}:        ErrControl,
	} {
		for what, r := range records(p) {
			r.EnteredAt = now
			if err := r.Validate(); !errors.Is(err, want) {
				t.Errorf("%s %q: %v, not %v", what, p, err, want)
			}
		}
	}
}

func TestAmountsToTheCent(t *testing.T) {
	for text, want := range map[string]int64{"104.31": 10431, "104": 10400, "$0.05": 5, " 7.00 ": 700} {
		if got, err := Cents(text); err != nil || got != want || Dollars(got) != fmt.Sprintf("%d.%02d", want/100, want%100) {
			t.Errorf("%q: %d, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "104.3", "-1.00", "1,000.00", "x", ".50", "1.005"} {
		if _, err := Cents(text); err == nil {
			t.Errorf("%q is taken", text)
		}
	}
}

// TestThePagesOfTheCodes: each question of the issue has an answer, each
// statement its source, and no page promises anything.
func TestThePagesOfTheCodes(t *testing.T) {
	if len(CodePages) != 3 {
		t.Fatal(len(CodePages))
	}
	for _, p := range CodePages {
		text := ""
		for _, s := range p.Sections {
			text += s.Heading + "\n"
			for _, x := range s.Statements {
				if x.Text == "" || x.Source == "" || x.Date == "" {
					t.Errorf("%s: %+v", p.Code, x)
				}
				text += x.Text + "\n"
			}
		}
		for _, want := range []string{"What it covers", "in person", "How often", "Why it is denied", "What differs by payer", "72 hours"} {
			if !strings.Contains(text, want) {
				t.Errorf("%s says nothing about %q", p.Code, want)
			}
		}
		if !strings.Contains(p.Notice, "guarantees no payment") || strings.Contains(text, "billable") {
			t.Errorf("%s: %s", p.Code, p.Notice)
		}
	}
}

func TestLogEntries(t *testing.T) {
	for line, want := range map[string]LogEntry{
		"2026-05-05T08:05:30,carbs,45,toast, jam": {at("2026-05-05T08:05:30"), cgm.Carbs, 45, "toast, jam"},
		"2026-05-05 08:05, Insulin ,4.5":          {at("2026-05-05T08:05:00"), cgm.Insulin, 4.5, ""},
		"2026-05-05 21:00,note,,slept badly":      {at("2026-05-05T21:00:00"), cgm.Note, 0, "slept badly"},
	} {
		got, err := ParseLogEntry(line)
		if err != nil || got != want {
			t.Errorf("%q: %+v, %v", line, got, err)
		}
		if again, err := ParseLogEntry(got.Line()); err != nil || again != got {
			t.Errorf("%q: written and read again %+v, %v", line, again, err)
		}
	}
	for _, line := range []string{"", "08:05,carbs,45", "2026-05-05 08:05,tea,1", "2026-05-05 08:05,carbs,many", "2026-05-05 08:05,carbs,-1", "2026-05-05 08:05,carbs,NaN"} {
		if _, err := ParseLogEntry(line); err == nil {
			t.Errorf("%q is taken", line)
		}
	}
}
