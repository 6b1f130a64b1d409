package steps

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"tracedesk/cgm"
	"tracedesk/clinic"
	"tracedesk/clinic/wording"
)

// Case is all that the practice knows of one wear.
type Case struct {
	Wear           clinic.Wear
	History        []Record
	Check          *clinic.CheckRecord // nil: nothing has been read
	First, Last    cgm.WallTime        // of the recording
	Reader         string              // the recording's display device
	Documents      []clinic.Document
	Interpretation *clinic.Interpretation // as it stands, signed or not
}

// Latest is the record that holds for a step: the last that was entered.
func (c *Case) Latest(step Step) *Record {
	for i := range slices.Backward(c.History) {
		if c.History[i].Step == step {
			return &c.History[i]
		}
	}
	return nil
}

// Has says whether a step was recorded.
func (c *Case) Has(step Step) bool { return c.Latest(step) != nil }

// Order is the order that holds; an empty one where there is none.
func (c *Case) Order() *Order {
	if r := c.Latest(Ordered); r != nil {
		return r.Order
	}
	return &Order{}
}

// Placement is the insertion that holds, or nil.
func (c *Case) Placement() *Placement {
	if r := c.Latest(Placed); r != nil {
		return r.Placement
	}
	return nil
}

// Returned is the return that holds, or nil.
func (c *Case) Returned() *Return {
	if r := c.Latest(Returned); r != nil {
		return r.Return
	}
	return nil
}

// FirstRead is when the recording was read: the first time that 72 hours were
// there, or else the first time at all. Reading more into it later moves no
// date of service.
func (c *Case) FirstRead() *Record {
	var first *Record
	for i := range c.History {
		r := &c.History[i]
		if r.Step != Read {
			continue
		}
		if r.Download.HoursRecorded >= clinic.RequiredHours {
			return r
		}
		if first == nil {
			first = r
		}
	}
	return first
}

// AnswerTo is what a person said to a question last, or nil.
func (c *Case) AnswerTo(q Question) *Record {
	for i := range slices.Backward(c.History) {
		if r := &c.History[i]; r.Step == Answered && r.Answer.Question == q {
			return r
		}
	}
	return nil
}

// Override is the last override of a rule for a code, or nil.
func (c *Case) Override(rule string, code clinic.Code) *Record {
	for i := range slices.Backward(c.History) {
		if r := &c.History[i]; r.Step == Overridden && r.Override.Rule == rule && r.Override.Code == code {
			return r
		}
	}
	return nil
}

// Signing is the last signing of the interpretation, or nil.
func (c *Case) Signing() *Record { return c.Latest(Signed) }

// ServiceDate is the date of service. 95250: the day on which the sensor was
// off, the device back and the recording read, whichever came last, never the
// insertion. 95251: the day of signing, in the zone in which it was signed.
// Billing reference, section 4.
func (c *Case) ServiceDate(code clinic.Code) (day cgm.Date, known bool) {
	switch code {
	case clinic.Code95250:
		back, read := c.Latest(Returned), c.FirstRead()
		if back == nil || read == nil {
			return 0, false
		}
		return max(back.At.Date(), read.At.Date()), true
	case clinic.Code95251:
		if s := c.Signing(); s != nil {
			return s.At.Date(), true
		}
	}
	return 0, false
}

// Ended says whether the wear failed or was lost: nothing can be reported.
func (c *Case) Ended() bool { return c.Has(Failed) || c.Has(Lost) }

// OwnServices are the services of this wear, for the month guard of the
// patient's other wears: what cannot be reported for want of hours uses up no
// month.
func (c *Case) OwnServices() (out []clinic.Service) {
	if c.Ended() || c.Check == nil || c.Check.Result == clinic.NotMet {
		return nil
	}
	for _, code := range []clinic.Code{clinic.Code95250, clinic.Code95251} {
		if day, known := c.ServiceDate(code); known {
			out = append(out, clinic.Service{Code: code, Date: day, WearID: c.Wear.ID})
		}
	}
	return out
}

// Printout is the last one of the recording as it is now.
func (c *Case) Printout() *clinic.Document {
	for i := range slices.Backward(c.Documents) {
		if d := &c.Documents[i]; d.Kind == clinic.PrintoutDocument && c.Check != nil &&
			d.RecordingHash == c.Check.RecordingHash {
			return d
		}
	}
	return nil
}

// SignedNow says whether the interpretation is signed for the recording as it
// is now.
func (c *Case) SignedNow() bool {
	s := c.Signing()
	return s != nil && c.Check != nil && s.Signature.RecordingHash == c.Check.RecordingHash
}

// EndedBy is the step that ended the wear early, if one did.
func (c *Case) EndedBy() Step {
	for i := range slices.Backward(c.History) {
		if s := c.History[i].Step; s == Failed || s == Lost {
			return s
		}
	}
	return ""
}

// lateAfterDays is from how many days after the interpretation was written on a
// signature is late. The Medicare Program Integrity Manual, 3.3.2.4, allows no
// more than the short delay of transcription, without a number: product choice.
const lateAfterDays = 7

// LateBy is how many days lie between the writing and the signing, from where
// a signature is late; 0 where it is not.
func (c *Case) LateBy(now time.Time) int {
	written := c.Latest(Interpreted)
	if written == nil {
		return 0
	}
	days := int(clinic.WallTimeOf(now).Date() - written.At.Date())
	if days <= lateAfterDays {
		return 0
	}
	return days
}

// WhatChanged says what came into the recording after it was signed.
func (c *Case) WhatChanged() string {
	s := c.Signing()
	if s == nil {
		return ""
	}
	var out []string
	for i := range c.History {
		if r := &c.History[i]; r.Step == Read && r.Seq > s.Seq && r.Download.New > 0 {
			out = append(out,
				fmt.Sprintf("%s added from %s on %s.", wording.Counted(r.Download.New, "reading"),
					cmp.Or(r.Download.Source, "a receiver"), r.At.Date()))
		}
	}
	return strings.Join(out, " ")
}
