package billing

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"tracedesk/cgm"
	"tracedesk/clinic"
	"tracedesk/clinic/steps"
)

var (
	nurse  = clinic.Person{UserID: "u1", Name: "Jo Kim", Credential: "RN"}
	doctor = clinic.Person{UserID: "u2", Name: "Ana Ruiz", Credential: "MD", NPI: "1234567893"}
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
func checkOf(slots int, spanHours float64) *clinic.CheckRecord {
	k := &clinic.CheckRecord{Slots: slots, Readings: slots, HoursRecorded: float64(slots) / 12, HoursSpan: spanHours, MethodVersion: 1, RecordingHash: "R"}
	switch {
	case slots >= 864:
		k.Result = clinic.Met
	case spanHours >= 72:
		k.Result = clinic.SpanOnly
	default:
		k.Result = clinic.NotMet
	}
	return k
}

// add puts a record at the end of a history, as storing it does.
func add(c *Case, r steps.Record) *steps.Record {
	r.Seq = len(c.History) + 1
	if r.EnteredBy == (clinic.Person{}) {
		r.EnteredBy = nurse
	}
	if r.EnteredAt.IsZero() {
		r.EnteredAt = r.At.UTC()
	}
	c.History = append(c.History, r)
	return &c.History[len(c.History)-1]
}

// signedAt signs the case's interpretation.
func signedAt(c *Case, by clinic.Person, when string, recording string) {
	i := *c.Interpretation
	g := &clinic.Signature{Meaning: clinic.Interpreted, By: by, At: when + "-05:00", TextSHA256: clinic.HashOf([]byte(i.Plain())), RecordingHash: recording, PDFSHA256: "P"}
	g.Seal()
	add(c, steps.Record{Step: steps.Signed, At: at(when), EnteredBy: by, Interpretation: &i, Signature: g})
}

// whole is a wear with every piece of evidence, removed and read on 14 May and
// signed on the 15th.
func whole() *Case {
	c := &Case{Profile: StrictProfile(), Case: steps.Case{
		Wear: clinic.Wear{ID: "w", PatientID: "p", RecordingID: "r", TransmitterID: "8ABC01"}, Check: checkOf(2800, 238), Reader: "SM1",
		First: at("2026-05-04T12:17:00"), Last: at("2026-05-14T10:12:00"),
		Interpretation: &clinic.Interpretation{Findings: []clinic.DraftFinding{{Text: "Low on two nights.", State: clinic.FindingKept}}, Assessment: "Lows at night.", RecordingHash: "R"},
		Documents:      []clinic.Document{{Kind: clinic.PrintoutDocument, RecordingHash: "R", SHA256: "P", Pages: 9}},
	}}
	add(c, steps.Record{Step: steps.Ordered, At: at("2026-05-01T09:00:00"), Order: &steps.Order{Clinician: doctor, Supervisor: doctor, Reviewer: doctor, Indication: "Lows?", Diagnoses: []string{"E11.649", "Z79.4"}}})
	add(c, steps.Record{Step: steps.Placed, At: at("2026-05-04T10:10:00"), Placement: &steps.Placement{
		By: nurse, Place: steps.AtClinic, InPerson: steps.Yes, Mode: steps.Blinded, SensorLot: "L1", SensorCode: "5917", Transmitter: "8ABC01", Reader: "SM1", DueBack: "2026-05-14",
		Training: &steps.Training{By: nurse, InPerson: steps.Yes, Topics: []string{"wearing"}, Minutes: 20},
	}})
	add(c, steps.Record{Step: steps.Returned, At: at("2026-05-14T11:00:00"), Return: &steps.Return{By: nurse, Place: steps.AtClinic, InPerson: steps.Yes}})
	add(c, steps.Record{Step: steps.Read, At: at("2026-05-14T11:20:00"), Download: &steps.Download{RecordingHash: "R", HoursRecorded: 233.3, Readings: 2800, New: 2800}})
	for _, q := range Questions() {
		add(c, steps.Record{Step: steps.Answered, At: at("2026-05-14T11:30:00"), Answer: &steps.QuestionAnswer{Question: q, Answer: steps.No}})
	}
	add(c, steps.Record{Step: steps.Interpreted, At: at("2026-05-15T08:00:00"), EnteredBy: doctor})
	signedAt(c, doctor, "2026-05-15T08:10:00", "R")
	return c
}

func answers(c *Case) map[string]clinic.Requirement {
	out := map[string]clinic.Requirement{}
	for _, q := range c.Requirements() {
		out[q.Rule+"/"+string(q.Code)] = q
	}
	return out
}

func TestAWholeWearIsComplete(t *testing.T) {
	c := whole()
	for key, q := range answers(c) {
		if q.Answer != Met {
			t.Errorf("%s is %s: %s", key, q.Answer, q.Sentence)
		}
	}
	for _, code := range Codes {
		s := StatusOf(c.Requirements(), code)
		if !s.Complete || strings.Contains(strings.ToLower(s.Sentence()), "billable") {
			t.Errorf("%s", s.Sentence())
		}
	}
	for code, want := range map[clinic.Code]string{clinic.Code95250: "2026-05-14", clinic.Code95251: "2026-05-15"} {
		if day, known := c.ServiceDate(code); !known || day.String() != want {
			t.Errorf("%s on %s", code, day)
		}
	}
}

// remove takes a step out of the history.
func remove(step steps.Step) func(*Case) {
	return func(c *Case) {
		c.History = slices.DeleteFunc(c.History, func(r steps.Record) bool { return r.Step == step })
	}
}

func placing(change func(*steps.Placement)) func(*Case) {
	return func(c *Case) { change(c.Latest(steps.Placed).Placement) }
}

func returning(change func(*steps.Return)) func(*Case) {
	return func(c *Case) { change(c.Latest(steps.Returned).Return) }
}

func ordering(change func(*steps.Order)) func(*Case) {
	return func(c *Case) { change(c.Latest(steps.Ordered).Order) }
}

func unanswered(q steps.Question) func(*Case) {
	return func(c *Case) {
		c.History = slices.DeleteFunc(c.History, func(r steps.Record) bool { return r.Step == steps.Answered && r.Answer.Question == q })
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
		{"diagnoses", ordering(func(o *steps.Order) { o.Diagnoses = nil }), map[string]string{"B20/95250": "diagnosis", "B20/95251": "diagnosis"}},
		{"supervisor", ordering(func(o *steps.Order) { o.Supervisor = clinic.Person{} }), map[string]string{"B15/95250": "supervising"}},
		{"indication", ordering(func(o *steps.Order) { o.Indication = "" }), nil},
		{"who placed", placing(func(p *steps.Placement) { p.By = clinic.Person{} }), map[string]string{"B13/95250": "placed", "B15/95250": "placed"}},
		{"placed in person", placing(func(p *steps.Placement) { p.InPerson = "" }), map[string]string{"B13/95250": "in person"}},
		{"transmitter", placing(func(p *steps.Placement) { p.Transmitter = "" }), map[string]string{"B03/95250": "transmitter"}},
		{"reader", placing(func(p *steps.Placement) { p.Reader = "" }), nil},
		{"sensor lot and code", placing(func(p *steps.Placement) { p.SensorLot, p.SensorCode = "", "" }), map[string]string{"B04/95250": "lot"}},
		{"sensor lot alone", placing(func(p *steps.Placement) { p.SensorLot = "" }), nil},
		{"training", placing(func(p *steps.Placement) { p.Training = nil }), map[string]string{"B13/95250": "trained"}},
		{"training in person", placing(func(p *steps.Placement) { p.Training.InPerson = "" }), map[string]string{"B13/95250": "training"}},
		{"topics", placing(func(p *steps.Placement) { p.Training.Topics = nil }), map[string]string{"B13/95250": "trained in"}},
		{"minutes", placing(func(p *steps.Placement) { p.Training.Minutes = 0 }), nil},
		{"insertion", remove(steps.Placed), map[string]string{"B03/95250": "transmitter", "B04/95250": "lot", "B09/95250": "insertion", "B13/95250": "insertion", "B15/95250": "placed"}},
		{"who removed", returning(func(r *steps.Return) { r.By = clinic.Person{} }), map[string]string{"B24/95250": "removed"}},
		{"where removed", returning(func(r *steps.Return) { r.Place = "" }), map[string]string{"B24/95250": "where"}},
		{"removed in person", returning(func(r *steps.Return) { r.InPerson = "" }), map[string]string{"B24/95250": "in person"}},
		{"return", remove(steps.Returned), map[string]string{"B06/95250": "return", "B09/95250": "return", "B24/95250": "return"}},
		{"reading", remove(steps.Read), map[string]string{"B06/95250": "reading", "B09/95250": "read", "B11/95251": "read"}},
		{"printout", func(c *Case) { c.Documents = nil }, map[string]string{"B05/95250": "printed"}},
		{"signature", remove(steps.Signed), map[string]string{"B07/95251": "signed", "B10/95251": "signed", "B11/95251": "signed", "B12/95251": "signed", "B23/95251": "signed"}},
		{"answer about 95249", unanswered("95249"), map[string]string{"B16/95250": "95249"}},
		{"answer about remote monitoring", unanswered("remote-monitoring"), map[string]string{"B17/95250": "remote", "B17/95251": "remote"}},
		{"answer about the visit", unanswered("visit-same-day"), map[string]string{"B18/95250": "visit", "B18/95251": "visit"}},
		{"answer about reuse", unanswered("visit-reuse"), map[string]string{"B19/95251": "decision making"}},
		{"answer about elsewhere", unanswered("elsewhere"), map[string]string{"B25/95250": "another practice", "B25/95251": "another practice"}},
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
func service(code clinic.Code, day, where string) clinic.Service {
	return clinic.Service{Code: code, Date: on(day), Where: where}
}

// moved is the whole wear with the service of 95250 on the day.
func moved(day string) *Case {
	c := whole()
	d := on(day)
	c.Latest(steps.Placed).At = (d - 10).Midnight() + 10*3600
	c.Latest(steps.Returned).At = d.Midnight() + 11*3600
	c.Latest(steps.Read).At = d.Midnight() + 12*3600
	c.Latest(steps.Signed).At = d.Midnight() + 13*3600
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
		answer   clinic.Answer
		nextFree string
	}{
		{"first and last of a month", StrictProfile(), "2026-05-31", "2026-05-01", NotMet, "2026-06-01"},
		{"the same, calendar alone", calendar, "2026-05-31", "2026-05-01", NotMet, "2026-06-01"},
		{"the same, thirty days alone: 30 days lie between", thirty, "2026-05-31", "2026-05-01", Met, ""},
		{"29 days, next month", StrictProfile(), "2026-06-29", "2026-05-31", NotMet, "2026-06-30"},
		{"30 days, next month", StrictProfile(), "2026-06-30", "2026-05-31", Met, ""},
		{"31 days", StrictProfile(), "2026-07-01", "2026-05-31", Met, ""},
		{"last of April, first of May", StrictProfile(), "2026-05-01", "2026-04-30", NotMet, "2026-05-30"},
		{"the same, calendar alone", calendar, "2026-05-01", "2026-04-30", Met, ""},
		{"January to March over a February of 28 days: 29 days", StrictProfile(), "2026-03-01", "2026-01-31", NotMet, "2026-03-02"},
		{"over a February of 29 days: 30 days", StrictProfile(), "2028-03-01", "2028-01-31", Met, ""},
		{"within a February", StrictProfile(), "2026-02-28", "2026-02-01", NotMet, "2026-03-03"},
		{"over the year's end", StrictProfile(), "2027-01-05", "2026-12-28", NotMet, "2027-01-27"},
		{"the same day", StrictProfile(), "2026-05-14", "2026-05-14", NotMet, "2026-06-13"},
		{"a later service does not count", StrictProfile(), "2026-05-14", "2026-05-20", Met, ""},
		{"a payer that counts neither", neither, "2026-05-15", "2026-05-14", Met, ""},
	} {
		k := moved(c.day)
		k.Profile = c.profile
		k.Services = []clinic.Service{service(clinic.Code95250, c.before, "Other Clinic")}
		q := answers(k)["B06/95250"]
		if q.Answer != c.answer {
			t.Errorf("%s: %s: %s", c.what, q.Answer, q.Sentence)
		}
		if c.nextFree != "" && !strings.Contains(q.Sentence, "next free date is "+c.nextFree) {
			t.Errorf("%s: %s", c.what, q.Sentence)
		}
		if c.answer == NotMet && !(strings.Contains(q.Sentence, c.before) && strings.Contains(q.Sentence, "Other Clinic")) {
			t.Errorf("%s: it does not name the other service: %s", c.what, q.Sentence)
		}
		if other := answers(k)["B07/95251"]; other.Answer != Met {
			t.Errorf("%s: a 95250 counts against 95251: %s", c.what, other.Sentence)
		}
	}
}

func TestAServiceBelongsToTheMonthOfItsReturn(t *testing.T) {
	c := whole()
	c.Latest(steps.Placed).At = at("2026-04-27T10:00:00")
	c.Latest(steps.Returned).At = at("2026-05-07T10:00:00")
	c.Latest(steps.Read).At = at("2026-05-07T10:30:00")
	c.Services = []clinic.Service{service(clinic.Code95250, "2026-04-02", "")}
	if q := answers(c)["B06/95250"]; q.Answer != Met {
		t.Errorf("inserted in April, back in May: %s", q.Sentence)
	}
	c.Services = []clinic.Service{service(clinic.Code95250, "2026-05-01", "")}
	if q := answers(c)["B06/95250"]; q.Answer != NotMet {
		t.Errorf("another in May: %s", q.Sentence)
	}
}

func TestTheYearlyCapAtItsEdges(t *testing.T) {
	four := StrictProfile()
	four.YearlyCap = map[clinic.Code]int{clinic.Code95250: 4}
	rolling := four
	rolling.YearlyCap, rolling.CapPeriod = map[clinic.Code]int{clinic.Code95250: 1}, TwelveMonths
	quarter := []clinic.Service{service(clinic.Code95250, "2026-01-10", ""), service(clinic.Code95250, "2026-03-10", ""), service(clinic.Code95250, "2026-06-10", "")}
	for _, c := range []struct {
		what     string
		profile  PayerProfile
		services []clinic.Service
		day      string
		answer   clinic.Answer
		next     string
	}{
		{"the fourth of four", four, quarter, "2026-09-10", Met, ""},
		{"the fifth", four, append(slices.Clone(quarter), service(clinic.Code95250, "2026-09-10", "")), "2026-12-20", NotMet, "2027-01-01"},
		{"another year", four, append(slices.Clone(quarter), service(clinic.Code95250, "2026-09-10", "")), "2027-01-10", Met, ""},
		{"one in twelve months, a day early", rolling, []clinic.Service{service(clinic.Code95250, "2025-05-15", "")}, "2026-05-14", NotMet, "2026-05-15"},
		{"one in twelve months, to the day", rolling, []clinic.Service{service(clinic.Code95250, "2025-05-14", "")}, "2026-05-14", Met, ""},
		{"other codes do not count", rolling, []clinic.Service{service(clinic.Code95251, "2026-04-01", "")}, "2026-05-14", Met, ""},
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
		strict clinic.Answer
		byspan clinic.Answer
	}{
		{864, 72, Met, Met},
		{863, 72, NotMet, Met}, // 71 h 55 min is not 72 h
		{863, 71.99, NotMet, NotMet},
		{500, 100, NotMet, Met},
		{0, 0, NotMet, NotMet},
	} {
		for profile, want := range map[*PayerProfile]clinic.Answer{ptr(StrictProfile()): c.strict, &span: c.byspan} {
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

func override(c *Case, rule string, code clinic.Code) {
	add(c, steps.Record{Step: steps.Overridden, At: at("2026-05-16T09:00:00"), EnteredBy: doctor, Reason: "The payer said so by telephone.", Override: &steps.Override{Rule: rule, Code: code}})
}

func TestOverrides(t *testing.T) {
	c := whole()
	c.Check = checkOf(500, 100)
	override(c, "B01", clinic.Code95250)
	q := answers(c)["B01/95250"]
	if q.Answer != Overridden || q.By != "Ana Ruiz, MD" || q.Reason == "" || q.At != "2026-05-16T09:00:00" {
		t.Errorf("%+v", q)
	}
	if q := answers(c)["B02/95251"]; q.Answer != NotMet {
		t.Error("an override of one code holds for the other")
	}
	if s := StatusOf(c.Requirements(), clinic.Code95250); !s.Complete || !slices.Contains(s.Overridden, "B01") {
		t.Errorf("%+v", s)
	}
	c.Check = checkOf(500, 60)
	if q := answers(c)["B01/95250"]; q.Answer != NotMet {
		t.Errorf("hours that are not there were decided to be: %s", q.Answer)
	}
	c = whole()
	override(c, "B16", clinic.Code95250)
	if q := answers(c)["B16/95250"]; q.Answer != Met {
		t.Error("an override hides that the requirement is met")
	}
}

func TestDevicesAndSensors(t *testing.T) {
	for _, c := range []struct {
		what   string
		change func(*Case)
		rule   string
		answer clinic.Answer
	}{
		{"another transmitter", placing(func(p *steps.Placement) { p.Transmitter = "8XYZ99" }), "B03/95250", NotMet},
		{"the same in small letters", placing(func(p *steps.Placement) { p.Transmitter = "8abc01" }), "B03/95250", Met},
		{"another reader", placing(func(p *steps.Placement) { p.Reader = "SM2" }), "B03/95250", NotMet},
		{"another reader, unblinded: a phone", placing(func(p *steps.Placement) { p.Reader, p.Mode = "SM2", steps.Unblinded }), "B03/95250", Met},
		{"a recording without a transmitter", func(c *Case) { c.Wear.TransmitterID = "" }, "B03/95250", CannotTell},
		{"two sensors", func(c *Case) { c.Check = checkOf(4000, 400) }, "B04/95250", NotMet},
		{"two sensors, allowed", func(c *Case) { c.Check, c.Profile.CombineSensors = checkOf(4000, 400), true }, "B04/95250", Met},
		{"removed at home", returning(func(r *steps.Return) { r.Place = steps.AtHome }), "B24/95250", NotMet},
		{"removed at home, allowed", func(c *Case) { c.Returned().Place, c.Profile.HomeRemoval = steps.AtHome, true }, "B24/95250", Met},
		{"trained by telephone", placing(func(p *steps.Placement) { p.Training.InPerson = steps.No }), "B13/95250", NotMet},
		{"placed by the doctor alone", func(c *Case) {
			c.Placement().By, c.Placement().Training.By, c.Order().Supervisor = doctor, doctor, clinic.Person{}
		}, "B15/95250", Met},
		{"printed before more was read", func(c *Case) { c.Documents[0].RecordingHash = "OLD" }, "B05/95250", NotMet},
		{"read on the day of insertion", func(c *Case) {
			c.Latest(steps.Returned).At, c.Latest(steps.Read).At = at("2026-05-04T18:00:00"), at("2026-05-04T18:00:00")
		}, "B09/95250", NotMet},
		{"back before it was placed", func(c *Case) { c.Latest(steps.Returned).At = at("2026-05-01T18:00:00") }, "B09/95250", NotMet},
		{"signed before it was read", func(c *Case) { c.Latest(steps.Read).At = at("2026-05-16T18:00:00") }, "B11/95251", NotMet},
		{"no diabetes among the codes", ordering(func(o *steps.Order) { o.Diagnoses = []string{"E16.2"} }), "B20/95250", NotMet},
		{"diabetes in pregnancy", ordering(func(o *steps.Order) { o.Diagnoses = []string{"O24.419"} }), "B20/95251", Met},
		{"failed", func(c *Case) {
			add(c, steps.Record{Step: steps.Failed, At: at("2026-05-06T08:00:00"), Reason: "fell off"})
		}, "B26/95250", NotMet},
		{"a nurse signed", func(c *Case) { remove(steps.Signed)(c); signedAt(c, nurse, "2026-05-15T08:00:00", "R") }, "B12/95251", NotMet},
		{"a payer without PAs", func(c *Case) {
			c.Profile.Signers = []string{"MD", "DO"}
			remove(steps.Signed)(c)
			signedAt(c, clinic.Person{Name: "Pat", Credential: "PA"}, "2026-05-15T08:00:00", "R")
		}, "B12/95251", NotMet},
		{"more was read after signing", func(c *Case) { c.Check.RecordingHash = "NEW" }, "B23/95251", NotMet},
		{"a signed text was changed", func(c *Case) { c.Latest(steps.Signed).Interpretation.Plan = "something else" }, "B27/95251", NotMet},
		{"a signature was changed", func(c *Case) { c.Latest(steps.Signed).Signature.By = nurse }, "B27/95251", NotMet},
		{"95249 in the month", func(c *Case) { c.Services = []clinic.Service{service(clinic.Code95249, "2026-05-02", "")} }, "B16/95250", NotMet},
		{"95249 in another month", func(c *Case) { c.Services = []clinic.Service{service(clinic.Code95249, "2026-04-30", "")} }, "B16/95250", Met},
		{"99091 in the month", func(c *Case) { c.Services = []clinic.Service{service("99091", "2026-05-31", "")} }, "B17/95251", NotMet},
		{"a code of the profile's own", func(c *Case) {
			c.Profile.DoNotCombine = []string{"98975"}
			c.Services = []clinic.Service{service("98975", "2026-05-31", "")}
		}, "B17/95250", NotMet},
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
		a      *steps.Authorisation
		answer clinic.Answer
	}{
		{nil, NotMet},
		{&steps.Authorisation{Number: "A1"}, Met},
		{&steps.Authorisation{Number: "A1", From: "2026-05-14", To: "2026-05-14"}, Met},
		{&steps.Authorisation{Number: "A1", From: "2026-05-15"}, NotMet},
		{&steps.Authorisation{Number: "A1", To: "2026-05-13"}, NotMet},
		{&steps.Authorisation{From: "2026-05-01"}, NotMet},
	} {
		k := whole()
		k.Profile.PriorAuthorisation = true
		k.Order().Authorisation = c.a
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
	remove(steps.Signed)(c)
	now := time.Date(2026, time.May, 31, 23, 30, 0, 0, zone)
	add(c, steps.Record{Step: steps.Signed, At: clinic.WallTimeOf(now), EnteredAt: now, EnteredBy: doctor, Interpretation: c.Interpretation, Signature: &clinic.Signature{By: doctor, RecordingHash: "R"}})
	if day, _ := c.ServiceDate(clinic.Code95251); day.String() != "2026-05-31" {
		t.Errorf("the service is on %s", day)
	}
	r := steps.Record{At: clinic.WallTimeOf(now), EnteredAt: now}
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
	placing(func(p *steps.Placement) { p.SensorLot, p.SensorCode = "", "" })(c)
	unanswered("remote-monitoring")(c)
	s := StatusOf(c.Requirements(), clinic.Code95250)
	if s.Complete || !slices.Equal(s.CannotTell, []string{"B04"}) || !slices.Equal(s.Open, []string{"B17"}) {
		t.Errorf("%+v", s)
	}
	if s := StatusOf(c.Requirements(), clinic.Code95251); !s.Complete || !slices.Equal(s.Open, []string{"B17"}) {
		t.Errorf("%+v", s)
	}
	override(c, "B17", clinic.Code95250)
	if a := answers(c); a["B17/95250"].Answer != Overridden || a["B17/95251"].Answer != CannotTell {
		t.Errorf("%s, %s", a["B17/95250"].Answer, a["B17/95251"].Answer)
	}
}

func TestTheServiceIsOnTheLaterOfReturnAndReading(t *testing.T) {
	c := whole()
	c.Latest(steps.Read).At = at("2026-05-18T09:00:00")
	if day, _ := c.ServiceDate(clinic.Code95250); day != on("2026-05-18") {
		t.Errorf("read later: %s", day)
	}
	c.Latest(steps.Read).At = at("2026-05-10T09:00:00")
	if day, _ := c.ServiceDate(clinic.Code95250); day != on("2026-05-14") {
		t.Errorf("read before the return: %s", day)
	}
	// Reading more afterwards moves nothing; a first part without 72 hours does not count.
	add(c, steps.Record{Step: steps.Read, At: at("2026-06-20T09:00:00"), Download: &steps.Download{RecordingHash: "R2", HoursRecorded: 234}})
	if day, _ := c.ServiceDate(clinic.Code95250); day != on("2026-05-14") {
		t.Errorf("more was read: %s", day)
	}
	c.History[3].Download.HoursRecorded = 20
	if day, _ := c.ServiceDate(clinic.Code95250); day != on("2026-06-20") {
		t.Errorf("72 hours were read in June: %s", day)
	}
}

// oddCase is the whole wear with its records in any order, some left out, some
// twice, with odd times, another check, and other services.
func oddCase(rnd *rand.Rand) *Case {
	c := whole()
	var history []steps.Record
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
		history = append(history, steps.Record{Step: steps.Overridden, EnteredBy: doctor, Reason: "odd", Override: &steps.Override{Rule: rule.ID, Code: rule.Codes[0]}})
	}
	if rnd.IntN(6) == 0 {
		history = append(history, steps.Record{Step: []steps.Step{steps.Failed, steps.Lost}[rnd.IntN(2)], Reason: "odd"})
	}
	for i := range history {
		history[i].Seq = i + 1
	}
	c.History = history
	if slots := rnd.IntN(3000); rnd.IntN(2) == 0 {
		c.Check = checkOf(slots, float64(slots)/12+float64(rnd.IntN(100)))
	}
	for rnd.IntN(2) == 0 {
		c.Services = append(c.Services, clinic.Service{Code: []clinic.Code{clinic.Code95249, clinic.Code95250, clinic.Code95251, "99091"}[rnd.IntN(4)], Date: on("2026-05-14") + cgm.Date(rnd.IntN(80)-40)})
	}
	c.Profile.CombineSensors, c.Profile.HomeRemoval, c.Profile.CalendarMonth = rnd.IntN(2) == 0, rnd.IntN(2) == 0, rnd.IntN(2) == 0
	return c
}

func TestNoOrderOfEventsIsCompleteWithSomethingNotMet(t *testing.T) {
	complete := 0
	for seed := range uint64(20000) {
		c := oddCase(rand.New(rand.NewPCG(seed, 1)))
		all := c.Requirements()
		for _, code := range Codes {
			s := StatusOf(all, code)
			for _, q := range all {
				if bad := q.Answer == NotMet || q.Required && q.Answer == CannotTell; q.Code == code && bad && s.Complete {
					t.Fatalf("seed %d: complete for %s with %s %s: %s", seed, code, q.Rule, q.Answer, q.Sentence)
				}
				if q.Sentence == "" || q.Code == code && q.Answer == Overridden && (q.By == "" || q.Reason == "") {
					t.Fatalf("seed %d: %+v", seed, q)
				}
			}
			if !s.Complete {
				continue
			}
			complete++
			switch { // what no override may decide
			case c.Check == nil || c.Check.Result == clinic.NotMet, c.Ended(), code == clinic.Code95250 && c.Printout() == nil, code == clinic.Code95251 && !c.SignedNow():
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
		stage  steps.Stage
	}{
		{"ordered", func(c *Case) { c.History, c.Check = c.History[:1], nil }, "2026-05-04", steps.StageOrdered},
		{"out", func(c *Case) { c.History, c.Check = c.History[:2], nil }, "2026-05-12", steps.StageOut},
		{"due tomorrow", func(c *Case) { c.History, c.Check = c.History[:2], nil }, "2026-05-13", steps.StageDue},
		{"due today", func(c *Case) { c.History, c.Check = c.History[:2], nil }, "2026-05-14", steps.StageDue},
		{"overdue", func(c *Case) { c.History, c.Check = c.History[:2], nil }, "2026-05-15", steps.StageOverdue},
		{"no day agreed: ten days", func(c *Case) { c.History, c.Check = c.History[:2], nil; c.Placement().DueBack = "" }, "2026-05-15", steps.StageOverdue},
		{"returned", func(c *Case) { c.History, c.Check = c.History[:3], nil }, "2026-05-20", steps.StageToRead},
		{"read", func(c *Case) { c.History, c.Documents = c.History[:4], nil }, "2026-05-20", steps.StageToPrint},
		{"printed", func(c *Case) { c.History = c.History[:4] }, "2026-05-20", steps.StageToInterpret},
		{"written", remove(steps.Signed), "2026-05-20", steps.StageToSign},
		{"signed", func(*Case) {}, "2026-05-20", steps.StageToFile},
		{"filed", func(c *Case) { add(c, steps.Record{Step: steps.Filed, Result: c.Result()}) }, "2026-05-20", steps.StageReady},
		{"billed", func(c *Case) {
			add(c, steps.Record{Step: steps.Filed, Result: c.Result()})
			add(c, steps.Record{Step: steps.Billed, Billing: &steps.Billing{Code: clinic.Code95250, State: steps.StateBilled}})
		}, "2026-05-20", steps.StageDone},
		{"more read after filing", func(c *Case) {
			add(c, steps.Record{Step: steps.Filed, Result: c.Result()})
			c.Check.RecordingHash = "NEW"
		}, "2026-05-20", steps.StageToPrint},
		{"lost", func(c *Case) { add(c, steps.Record{Step: steps.Lost, Reason: "never came back"}) }, "2026-05-20", steps.StageEnded},
	} {
		k := whole()
		c.change(k)
		b := k.Brief()
		if got := b.Stage(on(c.today)); got != c.stage {
			t.Errorf("%s: %s, not %s", c.what, got, c.stage)
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

// TestEveryRuleHasAllOfItself walks the rules: what mends one, which question it
// asks and where its proof stands are said by the rule, or it says that there is
// nothing of the kind. Nothing else knows rules by their ids.
func TestEveryRuleHasAllOfItself(t *testing.T) {
	mending := []steps.Step{steps.Ordered, steps.Placed, steps.Returned, steps.Read, steps.Printed, steps.Signed, steps.Answered, NothingMends}
	parts := []string{"Printout", "What happened", "Documents", "Dates of service above", "Interpretation", "Audit trail"} // of the packet
	for i, r := range Rules {
		if want := fmt.Sprintf("B%02d", i+1); r.ID != want {
			t.Errorf("%s stands where %s is expected", r.ID, want)
		}
		if len(r.Codes) == 0 || r.Title == "" || r.Basis == "" || r.judge == nil {
			t.Errorf("%s lacks its codes, title, basis or judgement: %+v", r.ID, r)
		}
		if !slices.Contains(mending, r.Mend) {
			t.Errorf("%s does not say what mends it: “%s”", r.ID, r.Mend)
		}
		if asks := r.Asks != nil; asks != (r.Mend == steps.Answered) {
			t.Errorf("%s asks a question: %v, and is mended by “%s”", r.ID, asks, r.Mend)
		}
		if r.Asks != nil && (r.Asks.ID == "" || r.Asks.Text == "") {
			t.Errorf("%s asks without words: %+v", r.ID, r.Asks)
		}
		cannotFail := r.judge(&Case{}, r.Codes[0]).answer == Met && !r.Required
		if (r.Proof == NeedsNoProof) != cannotFail {
			t.Errorf("%s has the proof “%s”; it is met whatever happened: %v", r.ID, r.Proof, cannotFail)
		}
		named := slices.ContainsFunc(parts, func(part string) bool { return strings.HasPrefix(r.Proof, part) })
		if r.Proof != NeedsNoProof && !named {
			t.Errorf("%s has its proof in “%s”, which is no part of the packet", r.ID, r.Proof)
		}
	}
}

func TestAQuestionIsAskedByOneRule(t *testing.T) {
	want := []steps.Question{"95249", "remote-monitoring", "visit-same-day", "visit-reuse", "elsewhere"} // as they are stored
	if got := Questions(); !slices.Equal(got, want) {
		t.Errorf("%v", got)
	}
	if QuestionAsked("elsewhere") == nil || QuestionAsked("") != nil || QuestionAsked("weather") != nil {
		t.Error("a question is not known by its id alone")
	}
}

// TestACaseIsKeptInOneForm pins the names and the order in which a packet's proof
// holds a case: a document is made again from it byte for byte.
func TestACaseIsKeptInOneForm(t *testing.T) {
	b, err := json.Marshal(&Case{})
	want := `{"Wear":{"id":"","patient_id":"","recording_id":""},"History":null,"Check":null,"First":0,"Last":0,` +
		`"Reader":"","Documents":null,"Interpretation":null,"Profile":{"id":"","version":0,"name":"","hours":"","calendar_month":false,"thirty_days":false,` +
		`"prior_authorisation":false,"signers":null,"home_removal":false,"combine_sensors":false},"Services":null}`
	if err != nil || string(b) != want {
		t.Errorf("%v, %s", err, b)
	}
}
