package clinic

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"tracedesk/cgm"
)

// WearCase is all that the practice knows of one wear.
type WearCase struct {
	Wear           Wear
	History        []StepRecord
	Check          *CheckRecord // nil: nothing has been read
	First, Last    cgm.WallTime // of the recording
	Reader         string       // the recording's display device
	Documents      []Document
	Interpretation *Interpretation // as it stands, signed or not
}

// Latest is the record that holds for a step: the last that was entered.
func (c *WearCase) Latest(step Step) *StepRecord {
	for i := range slices.Backward(c.History) {
		if c.History[i].Step == step {
			return &c.History[i]
		}
	}
	return nil
}

func (c *WearCase) Has(step Step) bool { return c.Latest(step) != nil }

func (c *WearCase) Order() *Order {
	if r := c.Latest(StepOrdered); r != nil {
		return r.Order
	}
	return &Order{}
}

func (c *WearCase) Placement() *Placement {
	if r := c.Latest(StepPlaced); r != nil {
		return r.Placement
	}
	return nil
}

func (c *WearCase) Returned() *Return {
	if r := c.Latest(StepReturned); r != nil {
		return r.Return
	}
	return nil
}

// FirstRead is when the recording was read: the first time that 72 hours were
// there, or else the first time at all. Reading more into it later moves no
// date of service.
func (c *WearCase) FirstRead() *StepRecord {
	var first *StepRecord
	for i := range c.History {
		r := &c.History[i]
		if r.Step != StepRead {
			continue
		}
		if r.Download.HoursRecorded >= RequiredHours {
			return r
		}
		if first == nil {
			first = r
		}
	}
	return first
}

// AnswerTo is what a person said to a question.
func (c *WearCase) AnswerTo(q Question) *StepRecord {
	for i := range slices.Backward(c.History) {
		if r := &c.History[i]; r.Step == StepAnswered && r.Answer.Question == q {
			return r
		}
	}
	return nil
}

func (c *WearCase) Override(rule string, code Code) *StepRecord {
	for i := range slices.Backward(c.History) {
		if r := &c.History[i]; r.Step == StepOverridden && r.Override.Rule == rule && r.Override.Code == code {
			return r
		}
	}
	return nil
}

// Signing is the last signing of the interpretation.
func (c *WearCase) Signing() *StepRecord { return c.Latest(StepSigned) }

// ServiceDate is the date of service. 95250: the day on which the sensor was
// off, the device back and the recording read, whichever came last, never the
// insertion. 95251: the day of signing, in the zone in which it was signed.
// Billing reference, section 4.
func (c *WearCase) ServiceDate(code Code) (day cgm.Date, known bool) {
	switch code {
	case Code95250:
		back, read := c.Latest(StepReturned), c.FirstRead()
		if back == nil || read == nil {
			return 0, false
		}
		return max(back.At.Date(), read.At.Date()), true
	case Code95251:
		if s := c.Signing(); s != nil {
			return s.At.Date(), true
		}
	}
	return 0, false
}

// Ended says whether the wear failed or was lost: nothing can be reported.
func (c *WearCase) Ended() bool { return c.Has(StepFailed) || c.Has(StepLost) }

// OwnServices are the services of this wear, for the month guard of the
// patient's other wears: what cannot be reported for want of hours uses up no
// month.
func (c *WearCase) OwnServices() (out []Service) {
	if c.Ended() || c.Check == nil || c.Check.Result == NotMet {
		return nil
	}
	for _, code := range []Code{Code95250, Code95251} {
		if day, known := c.ServiceDate(code); known {
			out = append(out, Service{Code: code, Date: day, WearID: c.Wear.ID})
		}
	}
	return out
}

// Printout is the last one of the recording as it is now.
func (c *WearCase) Printout() *Document {
	for i := range slices.Backward(c.Documents) {
		if d := &c.Documents[i]; d.Kind == PrintoutDocument && c.Check != nil && d.RecordingHash == c.Check.RecordingHash {
			return d
		}
	}
	return nil
}

// SignedNow says whether the interpretation is signed for the recording as it
// is now.
func (c *WearCase) SignedNow() bool {
	s := c.Signing()
	return s != nil && c.Check != nil && s.Signature.RecordingHash == c.Check.RecordingHash
}

// EndedBy is the step that ended the wear early, if one did.
func (c *WearCase) EndedBy() Step {
	for i := range slices.Backward(c.History) {
		if s := c.History[i].Step; s == StepFailed || s == StepLost {
			return s
		}
	}
	return ""
}

// LateAfterDays is from how many days after the interpretation was written on a
// signature is late. The Medicare Program Integrity Manual, 3.3.2.4, allows no
// more than the short delay of transcription, without a number: product choice.
const LateAfterDays = 7

// LateBy is how many days lie between the writing and the signing, from where
// a signature is late; 0 where it is not.
func (c *WearCase) LateBy(now time.Time) int {
	written := c.Latest(StepInterpreted)
	if written == nil {
		return 0
	}
	days := int(WallTimeOf(now).Date() - written.At.Date())
	if days <= LateAfterDays {
		return 0
	}
	return days
}

// WhatChanged says what came into the recording after it was signed.
func (c *WearCase) WhatChanged() string {
	s := c.Signing()
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
