package clinic

import (
	"slices"

	"tracedesk/cgm"
)

// Case is all that is known of one wear: what the requirements look at, and
// nothing else. They are the same when they are computed again from it.
type Case struct {
	Wear           Wear
	History        []StepRecord
	Check          *CheckRecord // nil: nothing has been read
	First, Last    cgm.WallTime // of the recording
	Reader         string       // the recording's display device
	Documents      []Document
	Interpretation *Interpretation // as it stands, signed or not
	Profile        PayerProfile
	Services       []Service // of the patient, without those of this wear
}

// latest is the record that holds for a step: the last that was entered.
func (c *Case) latest(step Step) *StepRecord {
	for i := range slices.Backward(c.History) {
		if c.History[i].Step == step {
			return &c.History[i]
		}
	}
	return nil
}

func (c *Case) has(step Step) bool { return c.latest(step) != nil }

// Latest is the record that holds for a step, or nil.
func (c *Case) Latest(step Step) *StepRecord { return c.latest(step) }

func (c *Case) order() *Order {
	if r := c.latest(StepOrdered); r != nil {
		return r.Order
	}
	return &Order{}
}

func (c *Case) placement() *Placement {
	if r := c.latest(StepPlaced); r != nil {
		return r.Placement
	}
	return nil
}

func (c *Case) returned() *Return {
	if r := c.latest(StepReturned); r != nil {
		return r.Return
	}
	return nil
}

// firstRead is when the recording was read: the first time that 72 hours were
// there, or else the first time at all. Reading more into it later moves no
// date of service.
func (c *Case) firstRead() *StepRecord {
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

// answer is what a person said to a question.
func (c *Case) answer(q Question) *StepRecord {
	for i := range slices.Backward(c.History) {
		if r := &c.History[i]; r.Step == StepAnswered && r.Answer.Question == q {
			return r
		}
	}
	return nil
}

func (c *Case) override(rule string, code Code) *StepRecord {
	for i := range slices.Backward(c.History) {
		if r := &c.History[i]; r.Step == StepOverridden && r.Override.Rule == rule && r.Override.Code == code {
			return r
		}
	}
	return nil
}

// signature is the last signing of the interpretation.
func (c *Case) signature() *StepRecord { return c.latest(StepSigned) }

// ServiceDate is the date of service. 95250: the day on which the sensor was
// off, the device back and the recording read, whichever came last, never the
// insertion. 95251: the day of signing, in the zone in which it was signed.
// Billing reference, section 4.
func (c *Case) ServiceDate(code Code) (day cgm.Date, known bool) {
	switch code {
	case Code95250:
		back, read := c.latest(StepReturned), c.firstRead()
		if back == nil || read == nil {
			return 0, false
		}
		return max(back.At.Date(), read.At.Date()), true
	case Code95251:
		if s := c.signature(); s != nil {
			return s.At.Date(), true
		}
	}
	return 0, false
}

// Ended says whether the wear failed or was lost: nothing can be reported.
func (c *Case) Ended() bool { return c.has(StepFailed) || c.has(StepLost) }

// OwnServices are the services of this wear, for the month guard of the
// patient's other wears: what cannot be reported for want of hours uses up no
// month.
func (c *Case) OwnServices() (out []Service) {
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

// Stage is where a wear stands in the practice's work.
type Stage string

// The stages, in the order of the work.
const (
	StageOrdered     Stage = "to place"
	StageOut         Stage = "out"
	StageDue         Stage = "due back"
	StageOverdue     Stage = "overdue"
	StageToRead      Stage = "to read"
	StageToPrint     Stage = "to print"
	StageToInterpret Stage = "to interpret"
	StageToSign      Stage = "to sign"
	StageToFile      Stage = "to file"
	StageReady       Stage = "ready"
	StageDone        Stage = "done"
	StageEnded       Stage = "not reportable"
)

// Stages are those of the work queue, in its order.
var Stages = []Stage{StageOverdue, StageDue, StageToRead, StageToPrint, StageToInterpret, StageToSign, StageToFile, StageReady, StageOut, StageOrdered}

// dueSoon is how many days before its day a wear counts as due.
const dueSoon = 1

// Brief is what lists need of a case; the stage is of a day.
type Brief struct {
	Ended     bool      `json:"ended,omitempty"`
	Ordered   bool      `json:"ordered,omitempty"`
	Placed    bool      `json:"placed,omitempty"`
	PlacedAt  cgm.Date  `json:"placed_at,omitempty"`
	DueBack   string    `json:"due_back,omitempty"`
	Returned  bool      `json:"returned,omitempty"`
	Read      bool      `json:"read,omitempty"`
	Printed   bool      `json:"printed,omitempty"` // of the recording as it is now
	Drafted   bool      `json:"drafted,omitempty"` // the clinician has written
	Signed    bool      `json:"signed,omitempty"`  // for the recording as it is now
	Filed     bool      `json:"filed,omitempty"`
	Billed    bool      `json:"billed,omitempty"`
	Reviewer  string    `json:"reviewer,omitempty"` // user id
	ProfileID string    `json:"profile_id,omitempty"`
	Services  []Service `json:"services,omitempty"`
}

// Brief sums the case up.
func (c *Case) Brief() Brief {
	b := Brief{
		Ended: c.Ended(), Ordered: c.has(StepOrdered), Placed: c.has(StepPlaced), Returned: c.has(StepReturned), Read: c.Check != nil,
		Printed: c.printout() != nil, Drafted: c.has(StepInterpreted), Signed: c.signedNow(), Filed: c.has(StepFiled), Billed: c.has(StepBilled),
		Reviewer: c.order().Reviewer.UserID, ProfileID: c.order().ProfileID, Services: c.OwnServices(),
	}
	if p := c.latest(StepPlaced); p != nil {
		b.PlacedAt, b.DueBack = p.At.Date(), p.Placement.DueBack
	}
	return b
}

// Stage is where the wear stands on the day.
func (b *Brief) Stage(today cgm.Date) Stage {
	switch {
	case b.Ended:
		return StageEnded
	case b.Read:
		return b.stageOfRecording()
	case b.Returned:
		return StageToRead
	case b.Placed:
		return b.stageWorn(today)
	}
	return StageOrdered
}

func (b *Brief) stageOfRecording() Stage {
	switch {
	case b.Filed && b.Signed && b.Billed:
		return StageDone
	case b.Filed && b.Signed:
		return StageReady
	case !b.Printed:
		return StageToPrint
	case b.Signed:
		return StageToFile
	case b.Drafted:
		return StageToSign
	}
	return StageToInterpret
}

// Due is the day on which the wear is expected back: the one agreed, or ten
// days after it was placed.
func (b *Brief) Due() cgm.Date {
	if d, err := cgm.ParseDate(b.DueBack); err == nil {
		return d
	}
	return b.PlacedAt + longestWearDays
}

func (b *Brief) stageWorn(today cgm.Date) Stage {
	due := b.Due()
	switch {
	case today > due:
		return StageOverdue
	case today >= due-dueSoon:
		return StageDue
	}
	return StageOut
}

// printout is the last one of the recording as it is now.
func (c *Case) printout() *Document {
	for i := range slices.Backward(c.Documents) {
		if d := &c.Documents[i]; d.Kind == PrintoutDocument && c.Check != nil && d.RecordingHash == c.Check.RecordingHash {
			return d
		}
	}
	return nil
}

// signedNow says whether the interpretation is signed for the recording as it
// is now.
func (c *Case) signedNow() bool {
	s := c.signature()
	return s != nil && c.Check != nil && s.Signature.RecordingHash == c.Check.RecordingHash
}

// Mark is a step on a wear's way: taken or not, and whether it is the next.
type Mark struct {
	Step Step
	Done bool
	Next bool
}

// Way are the steps of a wear in their order, up to its end where it ended
// early. A wear that was read without an order and an insertion has these
// steps open, and goes on from where it stands.
func (b *Brief) Way(end Step) []Mark {
	way := []Mark{
		{Step: StepOrdered, Done: b.Ordered}, {Step: StepPlaced, Done: b.Placed}, {Step: StepReturned, Done: b.Returned}, {Step: StepRead, Done: b.Read},
		{Step: StepPrinted, Done: b.Printed}, {Step: StepInterpreted, Done: b.Drafted || b.Signed}, {Step: StepSigned, Done: b.Signed}, {Step: StepFiled, Done: b.Filed},
	}
	last := -1
	for i := range way {
		if way[i].Done {
			last = i
		}
	}
	if b.Ended {
		return append(way[:last+1:last+1], Mark{Step: end, Done: true})
	}
	for i := range way[last+1:] {
		way[last+1+i].Next = true
		break
	}
	return way
}

// EndedBy is the step that ended the wear early, if one did.
func (c *Case) EndedBy() Step {
	for i := range slices.Backward(c.History) {
		if s := c.History[i].Step; s == StepFailed || s == StepLost {
			return s
		}
	}
	return ""
}
