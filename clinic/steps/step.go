package steps

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"tracedesk/cgm"
	"tracedesk/clinic"
)

// Step is what happened to a wear, or what was noted about it.
type Step string

// The way of a wear in the clinic, with failed and lost as its other ends.
const (
	Ordered     Step = "ordered"
	Placed      Step = "placed"
	Returned    Step = "returned"
	Read        Step = "read"
	Printed     Step = "printed"
	Interpreted Step = "interpreted"
	Signed      Step = "signed"
	Filed       Step = "filed"
	Failed      Step = "failed"
	Lost        Step = "lost"
)

// What may be noted beside it.
const (
	Cleaned    Step = "cleaned"
	Answered   Step = "answered"
	Overridden Step = "overridden"
	Addendum   Step = "addendum"
	Billed     Step = "billed"
)

// YesNo is an answer that may be missing.
type YesNo string

// The answers; empty: not given.
const (
	Yes YesNo = "yes"
	No  YesNo = "no"
)

// StepRecord is one line of a wear's history. The history is only added to: a
// correction is another record of the same step, which holds from then on.
type Record struct {
	ID        string        `json:"id"`
	Seq       int           `json:"seq"` // in the wear, from 1
	Step      Step          `json:"step"`
	At        cgm.WallTime  `json:"at"`         // when it happened, on the clinic's wall clock
	EnteredAt time.Time     `json:"entered_at"` // when it was entered, with the clinic's zone
	EnteredBy clinic.Person `json:"entered_by"`
	Corrects  bool          `json:"corrects,omitempty"` // an earlier record of this step was wrong or incomplete
	Reason    string        `json:"reason,omitempty"`   // of a correction, a failure, a loss

	Order          *Order                 `json:"order,omitempty"`
	Placement      *Placement             `json:"placement,omitempty"`
	Return         *Return                `json:"return,omitempty"`
	Download       *Download              `json:"download,omitempty"`
	Print          *Print                 `json:"print,omitempty"`
	Interpretation *clinic.Interpretation `json:"interpretation,omitempty"` // as it was signed
	Signature      *clinic.Signature      `json:"signature,omitempty"`
	Text           string                 `json:"text,omitempty"` // of an addendum; where it was filed
	Cleaning       *Cleaning              `json:"cleaning,omitempty"`
	Answer         *QuestionAnswer        `json:"answer,omitempty"`
	Override       *Override              `json:"override,omitempty"`
	Billing        *Billing               `json:"billing,omitempty"`
	Result         *clinic.Result         `json:"result,omitempty"` // of the requirements, when it was filed
}

// Order is what a wear begins with. Billing reference, sections 8 and 10.
type Order struct {
	Clinician     clinic.Person  `json:"clinician"`
	Indication    string         `json:"indication,omitempty"`
	Diagnoses     []string       `json:"diagnoses,omitempty"` // ICD-10-CM codes
	ProfileID     string         `json:"profile_id,omitempty"`
	Authorisation *Authorisation `json:"authorisation,omitempty"`
	Supervisor    clinic.Person  `json:"supervisor"`
	Reviewer      clinic.Person  `json:"reviewer"` // who is going to interpret
	Therapy       string         `json:"therapy,omitempty"`
	A1C           string         `json:"a1c,omitempty"` // value and date as typed
}

// Authorisation is the payer's prior one, with the days that it covers.
type Authorisation struct {
	Number string `json:"number"`
	From   string `json:"from,omitempty"` // YYYY-MM-DD
	To     string `json:"to,omitempty"`
}

// Modes of a G6 Pro.
const (
	Blinded   = "blinded"
	Unblinded = "unblinded"
)

// Where something was done.
const (
	AtClinic = "clinic"
	AtHome   = "home"
)

// Placement is the insertion with the training that belongs to it.
type Placement struct {
	By                clinic.Person `json:"by"`
	Place             string        `json:"place,omitempty"`
	InPerson          YesNo         `json:"in_person,omitempty"`
	IdentityChecked   YesNo         `json:"identity_checked,omitempty"`
	Agreement         YesNo         `json:"agreement,omitempty"` // to wear and to return the device
	Mode              string        `json:"mode,omitempty"`
	SensorLot         string        `json:"sensor_lot,omitempty"`
	SensorExpiry      string        `json:"sensor_expiry,omitempty"` // YYYY-MM-DD
	SensorCode        string        `json:"sensor_code,omitempty"`
	FactoryCalibrated YesNo         `json:"factory_calibrated,omitempty"`
	Transmitter       string        `json:"transmitter,omitempty"`
	Reader            string        `json:"reader,omitempty"`
	Site              string        `json:"site,omitempty"`
	Side              string        `json:"side,omitempty"`
	Skin              string        `json:"skin,omitempty"`
	DueBack           string        `json:"due_back,omitempty"` // YYYY-MM-DD
	Training          *Training     `json:"training,omitempty"`
}

// Training of the patient.
type Training struct {
	By        clinic.Person `json:"by"`
	InPerson  YesNo         `json:"in_person,omitempty"`
	Topics    []string      `json:"topics,omitempty"`
	TeachBack YesNo         `json:"teach_back,omitempty"`
	Handout   YesNo         `json:"handout,omitempty"`
	LogSheet  YesNo         `json:"log_sheet,omitempty"`
	Minutes   int           `json:"minutes,omitempty"`
}

// Return is the removal of the sensor and the return of the device.
type Return struct {
	By              clinic.Person `json:"by"` // who removed it; nobody where the patient did
	Place           string        `json:"place,omitempty"`
	InPerson        YesNo         `json:"in_person,omitempty"`
	IdentityChecked YesNo         `json:"identity_checked,omitempty"`
	Skin            string        `json:"skin,omitempty"`
	Outcome         string        `json:"outcome,omitempty"` // of the sensor's wear
}

// Download is the reading of the recording, from a receiver or a file.
type Download struct {
	Source        string   `json:"source,omitempty"` // file name or device
	SourceSHA256  string   `json:"source_sha256,omitempty"`
	RecordingHash string   `json:"recording_sha256"`
	HoursRecorded float64  `json:"hours_recorded"`
	Readings      int      `json:"readings"`
	New           int      `json:"new"`
	Transmitter   string   `json:"transmitter,omitempty"`
	Reader        string   `json:"reader,omitempty"`
	Firmware      string   `json:"firmware,omitempty"`
	ClockOffset   *int64   `json:"clock_offset_seconds,omitempty"` // receiver minus workstation
	Confirmed     []string `json:"confirmed,omitempty"`            // mismatches of the patient that a person confirmed
}

// Print is a printout as it was issued.
type Print struct {
	DocumentID    string `json:"document_id"`
	SHA256        string `json:"sha256"`
	Pages         int    `json:"pages"`
	RecordingHash string `json:"recording_sha256"`
}

// Cleaning of what is used again.
type Cleaning struct {
	Items   string        `json:"items,omitempty"`
	Product string        `json:"product,omitempty"`
	By      clinic.Person `json:"by"`
}

// QuestionAnswer is what only a person can know.
type QuestionAnswer struct {
	Question Question `json:"question"`
	Answer   YesNo    `json:"answer"`
	Note     string   `json:"note,omitempty"`
}

// Override is a person's decision that a requirement which is not met, or
// cannot be told, does not hinder; the reason is the record's.
type Override struct {
	Rule string      `json:"rule"`
	Code clinic.Code `json:"code"`
}

// BillingState is what became of a service at the payer.
type BillingState string

// The states.
const (
	StateBilled BillingState = "billed"
	StatePaid   BillingState = "paid"
	StateDenied BillingState = "denied"
)

// Billing is what became of a service.
type Billing struct {
	Code   clinic.Code  `json:"code"`
	State  BillingState `json:"state"`
	Cents  int64        `json:"cents,omitempty"`
	Reason string       `json:"reason,omitempty"` // of a denial
	Rule   string       `json:"rule,omitempty"`   // that should have caught it
}

// Late says whether the record was entered on a later day than it happened.
func (r *Record) Late() bool { return clinic.WallTimeOf(r.EnteredAt).Date() > r.At.Date() }

// Why a word or a date cannot be taken.
var (
	ErrDate = errors.New("a date is not of the form YYYY-MM-DD")
	ErrWord = errors.New("a word is not one of those that are known")
)

// CheckWord is ErrWord where the word is none of those that are known.
func CheckWord(what, word string, known ...string) error {
	if slices.Contains(known, word) {
		return nil
	}
	return fmt.Errorf("%w: %s “%s”", ErrWord, what, word)
}

// CheckDates is ErrDate where a date is not of the form YYYY-MM-DD; one may be empty.
func CheckDates(all ...string) error {
	for _, d := range all {
		if _, err := cgm.ParseDate(d); d != "" && err != nil {
			return fmt.Errorf("%w: “%s”", ErrDate, d)
		}
	}
	return nil
}

// When says when the step was, and where it was entered on a later day, when.
func (r *Record) When(s clinic.Settings) string {
	out := s.DateTime(r.At)
	if r.Late() {
		out += ", entered late: " + s.DateTime(clinic.WallTimeOf(r.EnteredAt))
	}
	return out
}

// Question is what only a person can know of a case.
type Question string

// SameSerial says whether two serials or lots are of one device; capitals do not count.
func SameSerial(a, b string) bool {
	return strings.EqualFold(strings.TrimSpace(a), strings.TrimSpace(b))
}

// Bound says whether the record's signature is of its text and unchanged.
func (r *Record) Bound() bool {
	if r.Interpretation != nil {
		return r.Signature.Binds(r.Interpretation.Plain())
	}
	return r.Signature.Binds(r.Text)
}
