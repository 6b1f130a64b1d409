package clinic

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Answer is what a rule says of a case.
type Answer string

// The answers of a requirement.
const (
	RuleMet        Answer = "met"
	RuleNotMet     Answer = "not met"
	RuleCannotTell Answer = "cannot tell"
	RuleOverridden Answer = "overridden"
)

// Question is what only a person can know of a case.
type Question string

// The questions.
const (
	AskedOwnDevice Question = "95249"
	AskedRemote    Question = "remote-monitoring"
	AskedVisit     Question = "visit-same-day"
	AskedReuse     Question = "visit-reuse"
	AskedElsewhere Question = "elsewhere"
)

// QuestionText is a question with what its answers mean.
type QuestionText struct {
	Text string
	Good YesNo // the answer with that the requirement is met; empty: any
}

// Questions are asked in these words.
var Questions = map[Question]QuestionText{
	AskedOwnDevice: {"Is 95249, for the patient's own device, reported in the same month?", No},
	AskedRemote:    {"Is remote monitoring or 99091 reported on the same glucose data in the same month?", No},
	AskedVisit:     {"Is there an E/M visit on the same day? If yes, it needs modifier 25 on the E/M code.", ""},
	AskedReuse:     {"Is the work of the interpretation counted in a visit's decision making, too?", No},
	AskedElsewhere: {"Was the same service reported by another practice this month?", No},
}

// Rule is one requirement of the billing reference, section 12.
type Rule struct {
	ID          string
	Codes       []Code
	Title       string
	Required    bool // “cannot tell” leaves the documentation incomplete
	Overridable bool
	Basis       string // where it comes from, with the date
	judge       func(c *Case, code Code) verdict
}

// verdict is a rule's answer with what it looked at.
type verdict struct {
	answer   Answer
	sentence string
	facts    []string
	final    bool // not to be overridden although the rule is
}

// Requirement is a rule's answer for one case and code, as it is kept.
type Requirement struct {
	Rule     string   `json:"rule"`
	Code     Code     `json:"code"`
	Title    string   `json:"title"`
	Required bool     `json:"required"`
	Answer   Answer   `json:"answer"`
	Sentence string   `json:"sentence"`
	Facts    []string `json:"facts,omitempty"`
	// Of an override:
	By     string `json:"by,omitempty"`
	At     string `json:"at,omitempty"`
	Reason string `json:"reason,omitempty"`
}

var (
	both      = []Code{Code95250, Code95251}
	technical = []Code{Code95250}
	reading   = []Code{Code95251}
)

// Rules are all, in the order of the reference. A rule that cannot be
// overridden is one whose fact nobody's decision changes.
var Rules = []Rule{
	{"B01", technical, "72 hours recorded", true, true, "code descriptor, as carried by Dexcom and AACE", hours},
	{"B02", reading, "72 hours recorded", true, true, "code descriptor, as carried by Dexcom and AACE", hours},
	{"B03", technical, "The device that the patient was trained on", true, true, "Dexcom, commercial reimbursement, 2018", sameDevice},
	{"B04", technical, "One sensor", true, true, "no source settles it; the strictest reading", oneSensor},
	{"B05", technical, "Printout", true, false, "code descriptor: printout of the recording", printed},
	{"B06", technical, "Once a month", true, true, "AMA wording as carried by Dexcom and Abbott", oncePerMonth},
	{"B07", reading, "Once a month", true, true, "AMA wording as carried by Dexcom and Abbott", oncePerMonth},
	{"B08", both, "Yearly cap", true, true, "the payer profile; Wisconsin Medicaid 17897 (2024) and others", yearlyCap},
	{"B09", technical, "Date of service is that of removal, return and reading", true, true, "Dexcom G6 Pro reimbursement page; Medtronic FAQ (2022–23)", dateOfReturn},
	{"B10", reading, "Date of service is that of the signature", true, false, "general knowledge; no source read", dateOfSigning},
	{"B11", reading, "Interpreted after the recording was read", true, false, "Abbott, Libre Pro coverage page", readBeforeSigned},
	{"B12", reading, "Signed by one who may", true, false, "AACE coding FAQ; Medtronic FAQ", maySign},
	{"B13", technical, "Insertion and training in person", true, true, "Diabetes Spectrum 31(3), 2018, table; Medtronic FAQ", inPerson},
	{"B14", technical, "Reading and printing", false, false, "Diabetes Spectrum 31(3), 2018, table", withoutPatient},
	{"B15", technical, "Supervising practitioner", true, true, "Medtronic FAQ (2022–23); incident-to rules", supervised},
	{"B16", technical, "Not with 95249", false, true, "general knowledge", notWithOwnDevice},
	{"B17", both, "Not with remote monitoring of the same data", false, true, "AAFP; American Medical Coding", notWithRemote},
	{"B18", both, "A visit on the same day", false, true, "AACE coding FAQ; Medtronic FAQ; Abbott", visitSameDay},
	{"B19", reading, "Interpretation not counted twice", false, true, "AACE coding FAQ; Medtronic FAQ", notReused},
	{"B20", both, "Diabetes diagnosis", true, true, "Medtronic FAQ; payers' policies", diagnosis},
	{"B21", both, "Prior authorisation", true, true, "the payer profile; Texas Medicaid and others", authorised},
	{"B22", technical, "The payer's description of the wear", false, false, "Blue Cross MN MP-038 (2023); Wisconsin Medicaid 17897", wearDescribed},
	{"B23", reading, "Signed by the interpreter", true, false, "Medicare Program Integrity Manual 3.3.2.4", signedByInterpreter},
	{"B24", technical, "Removed by staff", true, true, "code descriptor: removal of sensor", removedByStaff},
	{"B25", both, "Not reported elsewhere this month", false, true, "no program can know", notElsewhere},
	{"B26", both, "Sensor neither failed nor lost", true, false, "code descriptor; Medtronic FAQ", notEnded},
	{"B27", reading, "Corrections are addenda", true, false, "Medicare Program Integrity Manual 3.3.2.4", unchanged},
}

// RuleByID is the rule with the id.
func RuleByID(id string) (Rule, bool) {
	i := slices.IndexFunc(Rules, func(r Rule) bool { return r.ID == id })
	if i < 0 {
		return Rule{}, false
	}
	return Rules[i], true
}

// Requirements answers every rule for both codes, in the rules' order.
func (c *Case) Requirements() []Requirement {
	var out []Requirement
	for _, code := range both {
		for i := range Rules {
			if slices.Contains(Rules[i].Codes, code) {
				out = append(out, c.requirement(&Rules[i], code))
			}
		}
	}
	return out
}

func (c *Case) requirement(rule *Rule, code Code) Requirement {
	v := rule.judge(c, code)
	q := Requirement{Rule: rule.ID, Code: code, Title: rule.Title, Required: rule.Required, Answer: v.answer, Sentence: v.sentence, Facts: v.facts}
	if o := c.override(rule.ID, code); o != nil && rule.Overridable && !v.final && (v.answer == RuleNotMet || v.answer == RuleCannotTell) {
		q.Answer, q.By, q.At, q.Reason = RuleOverridden, o.EnteredBy.Title(), o.At.String(), o.Reason
	}
	return q
}

// Status is the state of the documentation for one code.
type Status struct {
	Code       Code     `json:"code"`
	Complete   bool     `json:"complete"`
	NotMet     []string `json:"not_met,omitempty"`     // rule ids
	CannotTell []string `json:"cannot_tell,omitempty"` // of what is required
	Open       []string `json:"open,omitempty"`        // questions that are not required
	Overridden []string `json:"overridden,omitempty"`
}

// StatusOf sums the requirements up for a code: complete is what has nothing
// not met, and nothing required that cannot be told.
func StatusOf(all []Requirement, code Code) Status {
	s := Status{Code: code}
	for i := range all {
		q := &all[i]
		switch {
		case q.Code != code, q.Answer == RuleMet:
		case q.Answer == RuleNotMet:
			s.NotMet = append(s.NotMet, q.Rule)
		case q.Answer == RuleOverridden:
			s.Overridden = append(s.Overridden, q.Rule)
		case q.Required:
			s.CannotTell = append(s.CannotTell, q.Rule)
		default:
			s.Open = append(s.Open, q.Rule)
		}
	}
	s.Complete = len(s.NotMet)+len(s.CannotTell) == 0
	return s
}

// Sentence says the state, never that anything is payable.
func (s Status) Sentence() string {
	out := "Documentation incomplete for " + string(s.Code) + " under these settings"
	if s.Complete {
		out = "Documentation complete for " + string(s.Code) + " under these settings"
	}
	for _, part := range []struct {
		rules []string
		word  string
	}{{s.NotMet, "not met"}, {s.CannotTell, "cannot tell"}, {s.Overridden, "overridden"}, {s.Open, "not answered"}} {
		if len(part.rules) > 0 {
			out += "; " + part.word + ": " + strings.Join(part.rules, ", ")
		}
	}
	return out + "."
}

// Result is what was decided when a wear was filed, with the profile that it
// was decided under: it stays, whatever changes later.
type Result struct {
	ProfileID      string        `json:"profile_id"`
	ProfileVersion int           `json:"profile_version"`
	RecordingHash  string        `json:"recording_sha256,omitempty"`
	Requirements   []Requirement `json:"requirements"`
	Services       []Service     `json:"services,omitempty"`
}

// Result decides the case as it is.
func (c *Case) Result() *Result {
	r := &Result{ProfileID: c.Profile.ID, ProfileVersion: c.Profile.Version, Requirements: c.Requirements(), Services: c.OwnServices()}
	if c.Check != nil {
		r.RecordingHash = c.Check.RecordingHash
	}
	return r
}

func met(sentence string, facts ...string) verdict { return verdict{RuleMet, sentence, facts, false} }
func notMet(sentence string, facts ...string) verdict {
	return verdict{RuleNotMet, sentence, facts, false}
}
func cannotTell(sentence string, facts ...string) verdict {
	return verdict{RuleCannotTell, sentence, facts, false}
}

func (v verdict) finally() verdict { v.final = true; return v }

// hours: B01 and B02. What was not recorded within 72 hours at all, nobody can
// decide to have been; of a span, a person may decide.
func hours(c *Case, _ Code) verdict {
	k := c.Check
	if k == nil {
		return cannotTell("No recording has been read.")
	}
	facts := []string{
		fmt.Sprintf("%s recorded: %s", Hours(k.HoursRecorded), Counted(k.Slots, "slot")), "first to last reading " + Hours(k.HoursSpan),
		fmt.Sprintf("longest gap %s, %s from 30 minutes on", Minutes(k.LongestGapMinutes), Counted(k.GapsOver30, "gap")), fmt.Sprintf("method %d", k.MethodVersion),
	}
	switch {
	case k.Result == Met:
		return met(Hours(k.HoursRecorded)+" were recorded; 72 are asked for.", facts...)
	case k.Result == SpanOnly && c.Profile.Hours == HoursSpan:
		return met(fmt.Sprintf("From first to last reading it is %s, which this payer profile counts; %s were recorded.", Hours(k.HoursSpan), Hours(k.HoursRecorded)), facts...)
	case k.Result == SpanOnly:
		return notMet(fmt.Sprintf("Only %s were recorded, within a span of %s; 72 recorded hours are asked for.", Hours(k.HoursRecorded), Hours(k.HoursSpan)), facts...)
	}
	return notMet(fmt.Sprintf("Only %s were recorded; 72 are asked for.", Hours(k.HoursRecorded)), facts...).finally()
}

// sameDevice: B03, by the transmitter, and the reader where both times name one.
func sameDevice(c *Case, _ Code) verdict {
	p := c.placement()
	switch {
	case p == nil || p.Transmitter == "":
		return cannotTell("The transmitter's serial was not recorded when the sensor was placed.")
	case c.Check == nil:
		return cannotTell("No recording has been read.", "placed: transmitter "+p.Transmitter)
	case c.Wear.TransmitterID == "":
		return cannotTell("The recording does not name its transmitter.", "placed: transmitter "+p.Transmitter)
	}
	facts := []string{"placed: transmitter " + p.Transmitter + withReader(p.Reader), "read: transmitter " + c.Wear.TransmitterID + withReader(c.Reader)}
	if !sameSerial(p.Transmitter, c.Wear.TransmitterID) {
		return notMet(fmt.Sprintf("Transmitter %s was placed, and the recording is of transmitter %s.", p.Transmitter, c.Wear.TransmitterID), facts...)
	}
	if p.Mode == Blinded && p.Reader != "" && c.Reader != "" && !sameSerial(p.Reader, c.Reader) {
		return notMet(fmt.Sprintf("Reader %s was recorded at the start, and the recording is of %s.", p.Reader, c.Reader), facts...)
	}
	return met("The recording is of transmitter "+p.Transmitter+", which was placed.", facts...)
}

func withReader(serial string) string {
	if serial == "" {
		return ""
	}
	return ", reader " + serial
}

func sameSerial(a, b string) bool {
	return strings.EqualFold(strings.TrimSpace(a), strings.TrimSpace(b))
}

// oneSensor: B04.
func oneSensor(c *Case, _ Code) verdict {
	p := c.placement()
	if p == nil || p.SensorLot == "" && p.SensorCode == "" {
		return cannotTell("Neither the sensor's lot nor its code was recorded.")
	}
	facts := []string{"sensor lot " + cmp.Or(p.SensorLot, "not recorded") + ", code " + cmp.Or(p.SensorCode, "not recorded")}
	if c.Check == nil {
		return cannotTell("No recording has been read.", facts...)
	}
	facts = append(facts, "first to last reading "+Hours(c.Check.HoursSpan))
	if c.Check.HoursSpan <= longestWearHours {
		return met("The recording is no longer than one sensor is worn.", facts...)
	}
	if c.Profile.CombineSensors {
		return met("The recording is longer than one sensor is worn; this payer profile allows several sensors of one training.", facts...)
	}
	return notMet("The recording is longer than one sensor is worn: it holds more than one, whose hours must not be added.", facts...)
}

// printed: B05.
func printed(c *Case, _ Code) verdict {
	if c.Check == nil {
		return cannotTell("No recording has been read.")
	}
	if d := c.printout(); d != nil {
		return met(fmt.Sprintf("The printout of this recording was made on %s, %s.", d.MadeAt.Format("2006-01-02 15:04"), Counted(d.Pages, "page")), "SHA-256 "+d.SHA256)
	}
	for _, d := range c.Documents {
		if d.Kind == PrintoutDocument {
			return notMet("The recording has changed since it was printed; print it again.", "printed: recording "+d.RecordingHash, "now: recording "+c.Check.RecordingHash)
		}
	}
	return notMet("The recording has not been printed.")
}

// oncePerMonth: B06 and B07.
func oncePerMonth(c *Case, code Code) verdict {
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
	return notMet(fmt.Sprintf("%s was done on %s%s, %s. The next free date is %s.", code, s.Date, placeOf(s), rule, c.Profile.NextFree(c.Services, code, day)), facts...)
}

func missingDate(code Code) string {
	if code == Code95251 {
		return "the interpretation is not signed"
	}
	return "removal and return, or the reading, are not recorded"
}

func placeOf(s Service) string {
	if s.Where == "" {
		return ""
	}
	return " at " + s.Where
}

func dates(services []Service) string {
	var out []string
	for _, s := range services {
		out = append(out, s.Date.String()+placeOf(s))
	}
	return cmp.Or(strings.Join(out, ", "), "none")
}

// yearlyCap: B08.
func yearlyCap(c *Case, code Code) verdict {
	most := c.Profile.YearlyCap[code]
	if most == 0 {
		return met("This payer profile sets no yearly cap for " + string(code) + ".")
	}
	period := cmp.Or(c.Profile.CapPeriod, CalendarYear)
	day, known := c.ServiceDate(code)
	if !known {
		return cannotTell("The date of service is not known yet: "+missingDate(code)+".", fmt.Sprintf("at most %d in a %s", most, period))
	}
	n := c.Profile.inPeriod(c.Services, code, day)
	facts := []string{"date of service " + day.String(), fmt.Sprintf("%d before it in the %s, at most %d", n, period, most)}
	if n < most {
		return met(fmt.Sprintf("It is the %s of at most %d in the %s.", ordinal(n+1), most, period), facts...)
	}
	return notMet(fmt.Sprintf("The %s's %d are used up. The next free date is %s.", period, most, c.Profile.NextFree(c.Services, code, day)), facts...)
}

func ordinal(n int) string {
	suffix := "th"
	if n/10%10 != 1 {
		suffix = cmp.Or(map[int]string{1: "st", 2: "nd", 3: "rd"}[n%10], suffix)
	}
	return fmt.Sprint(n) + suffix
}

// dateOfReturn: B09.
func dateOfReturn(c *Case, code Code) verdict {
	placed, back, read := c.latest(StepPlaced), c.latest(StepReturned), c.firstRead()
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
	return met(fmt.Sprintf("The date of service is %s, when the sensor was off, the device back and the recording read.", day), facts...)
}

// dateOfSigning: B10.
func dateOfSigning(c *Case, code Code) verdict {
	if day, known := c.ServiceDate(code); known {
		return met("The date of service is "+day.String()+", when the interpretation was signed.", "signed "+c.signature().At.String())
	}
	return cannotTell("The interpretation is not signed.")
}

// readBeforeSigned: B11.
func readBeforeSigned(c *Case, _ Code) verdict {
	signed, read := c.signature(), c.firstRead()
	switch {
	case read == nil:
		return cannotTell("The recording has not been read.")
	case signed == nil:
		return cannotTell("The interpretation is not signed.")
	}
	facts := []string{"read " + read.At.String(), "signed " + signed.At.String()}
	if signed.At < read.At {
		return notMet("The interpretation is dated before the recording was read.", facts...)
	}
	return met("The recording was read before it was interpreted.", facts...)
}

// maySign: B12, by the credential at signing.
func maySign(c *Case, _ Code) verdict {
	s := c.signature()
	if s == nil {
		return cannotTell("The interpretation is not signed.")
	}
	by := s.Signature.By
	facts := []string{"signed by " + by.Title(), "may sign: " + strings.Join(c.Profile.SignersOrAll(), ", ")}
	if by.MaySign(c.Profile.SignersOrAll()) {
		return met(by.Title()+" may sign.", facts...)
	}
	return notMet(cmp.Or(by.Credential, "Nobody without a credential")+" may not sign an interpretation under this payer profile.", facts...)
}

// inPerson: B13, insertion and training; the removal's person and place is B24.
func inPerson(c *Case, _ Code) verdict {
	p := c.placement()
	if p == nil {
		return cannotTell("The insertion is not recorded.")
	}
	t := p.Training
	if t == nil {
		t = &Training{}
	}
	facts := []string{"placed by " + cmp.Or(p.By.Title(), "not recorded") + ", in person: " + given(p.InPerson), "trained by " + cmp.Or(t.By.Title(), "not recorded") + ", in person: " + given(t.InPerson)}
	switch {
	case p.InPerson == No:
		return notMet("The insertion was not in person.", facts...)
	case t.InPerson == No:
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

func given(a YesNo) string { return cmp.Or(string(a), "not recorded") }

// withoutPatient: B14.
func withoutPatient(*Case, Code) verdict {
	return met("Reading and printing may be done without the patient.")
}

// supervised: B15. Who may sign needs nobody above them.
func supervised(c *Case, _ Code) verdict {
	p := c.placement()
	if p == nil || !p.By.Given() {
		return cannotTell("Who placed the sensor is not recorded.")
	}
	staff := []Person{p.By}
	if p.Training != nil && p.Training.By.Given() {
		staff = append(staff, p.Training.By)
	}
	var facts []string
	alone := true
	for _, s := range staff {
		facts = append(facts, "done by "+s.Title())
		alone = alone && s.MaySign(SigningCredentials)
	}
	supervisor := c.order().Supervisor
	switch {
	case alone:
		return met("It was done by a practitioner.", facts...)
	case supervisor.Given():
		return met("The supervising practitioner is "+supervisor.Title()+".", facts...)
	}
	return cannotTell("The supervising practitioner is not named.", facts...)
}

// asked answers from what a person said, and from the patient's services.
func asked(c *Case, q Question, code Code, others ...string) verdict {
	day, known := c.ServiceDate(code)
	for _, s := range c.Services {
		if known && slices.Contains(others, string(s.Code)) && month(s.Date) == month(day) {
			return notMet(fmt.Sprintf("%s was done on %s%s, in the same month.", s.Code, s.Date, placeOf(s)))
		}
	}
	r := c.answer(q)
	if r == nil {
		return cannotTell("Not answered: " + Questions[q].Text)
	}
	facts := []string{"says " + r.EnteredBy.Title() + ", " + r.At.String()}
	if r.Answer.Note != "" {
		facts = append(facts, r.Answer.Note)
	}
	if good := Questions[q].Good; good != "" && r.Answer.Answer != good {
		return notMet("Answered with "+string(r.Answer.Answer)+": "+Questions[q].Text, facts...)
	}
	return met("Answered with "+string(r.Answer.Answer)+": "+Questions[q].Text, facts...)
}

func notWithOwnDevice(c *Case, code Code) verdict {
	return asked(c, AskedOwnDevice, code, string(Code95249))
}

func notWithRemote(c *Case, code Code) verdict {
	return asked(c, AskedRemote, code, c.Profile.notCombined()...)
}

func visitSameDay(c *Case, code Code) verdict { return asked(c, AskedVisit, code) }
func notReused(c *Case, code Code) verdict    { return asked(c, AskedReuse, code) }
func notElsewhere(c *Case, code Code) verdict { return asked(c, AskedElsewhere, code) }

// diabetesFamilies are the ICD-10-CM categories of diabetes, in pregnancy too.
// Billing reference, section 8.
var diabetesFamilies = []string{"E08", "E09", "E10", "E11", "E13", "O24"}

// diagnosis: B20.
func diagnosis(c *Case, _ Code) verdict {
	codes := c.order().Diagnoses
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
func authorised(c *Case, code Code) verdict {
	if !c.Profile.PriorAuthorisation {
		return met("This payer profile asks for no prior authorisation.")
	}
	a := c.order().Authorisation
	if a == nil || a.Number == "" {
		return notMet("This payer profile asks for a prior authorisation, and none is recorded.")
	}
	facts := []string{fmt.Sprintf("authorisation %s, %s to %s", a.Number, cmp.Or(a.From, "not limited"), cmp.Or(a.To, "not limited"))}
	day, known := c.ServiceDate(code)
	if !known {
		return cannotTell("The date of service is not known yet: "+missingDate(code)+".", facts...)
	}
	if a.From != "" && day.String() < a.From || a.To != "" && day.String() > a.To {
		return notMet("The authorisation does not cover the date of service, "+day.String()+".", facts...)
	}
	return met("Authorisation "+a.Number+" covers the date of service.", facts...)
}

// wearDescribed: B22, for information.
func wearDescribed(c *Case, _ Code) verdict {
	if c.Check == nil {
		return cannotTell("No recording has been read.")
	}
	length := "The wear lasted " + Hours(c.Check.HoursSpan) + " from first to last reading"
	if c.Profile.WearDescription == "" {
		return met(length + "; this payer profile describes no length.")
	}
	return met(length + "; this payer describes: " + c.Profile.WearDescription + ". For information.")
}

// signedByInterpreter: B23.
func signedByInterpreter(c *Case, _ Code) verdict {
	s := c.signature()
	if s == nil {
		return notMet("The interpretation is not signed.")
	}
	facts := []string{"signed by " + s.Signature.By.Title() + " at " + s.At.String(), "recording " + s.Signature.RecordingHash}
	if !c.signedNow() {
		return notMet("The recording has changed since the interpretation was signed. "+c.WhatChanged(), facts...)
	}
	return met("Signed by "+s.Signature.By.Title()+".", facts...)
}

// removedByStaff: B24.
func removedByStaff(c *Case, _ Code) verdict {
	back := c.returned()
	if back == nil {
		return cannotTell("Removal and return are not recorded.")
	}
	facts := []string{"removed by " + cmp.Or(back.By.Title(), "not recorded") + ", place: " + cmp.Or(back.Place, "not recorded") + ", in person: " + given(back.InPerson)}
	switch {
	case back.Place == AtHome && c.Profile.HomeRemoval:
		return met("The sensor was removed at home, which this payer profile allows.", facts...)
	case back.Place == AtHome:
		return notMet("The sensor was removed at home: staff did not perform the removal that belongs to 95250.", facts...)
	case back.InPerson == No:
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
func notEnded(c *Case, _ Code) verdict {
	for _, step := range []Step{StepFailed, StepLost} {
		if r := c.latest(step); r != nil {
			return notMet(fmt.Sprintf("Not reportable: %s on %s. %s", step, r.At.Date(), r.Reason))
		}
	}
	return met("Neither failed nor lost.")
}

// unchanged: B27. What was signed must still be what its signature binds.
func unchanged(c *Case, _ Code) verdict {
	addenda := 0
	for i := range c.History {
		r := &c.History[i]
		if r.Step == StepAddendum {
			addenda++
		}
		if (r.Step == StepSigned || r.Step == StepAddendum) && !r.Signature.Binds(r) {
			return notMet("What was signed at "+r.At.String()+" is not what its signature binds.", "signature "+r.Signature.Hash)
		}
	}
	if c.signature() == nil {
		return met("Nothing is signed yet, so nothing could be changed after it.")
	}
	return met(fmt.Sprintf("What was signed is as it was signed; addenda since: %d.", addenda))
}

// WhatChanged says what came into the recording after it was signed.
func (c *Case) WhatChanged() string {
	s := c.signature()
	if s == nil {
		return ""
	}
	var out []string
	for i := range c.History {
		if r := &c.History[i]; r.Step == StepRead && r.Seq > s.Seq && r.Download.New > 0 {
			out = append(out, fmt.Sprintf("%s added from %s on %s.", Counted(r.Download.New, "reading"), cmp.Or(r.Download.Source, "a receiver"), r.At.Date()))
		}
	}
	return strings.Join(out, " ")
}
