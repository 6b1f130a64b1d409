package steps

import (
	"tracedesk/cgm"
	"tracedesk/clinic"
)

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
var Stages = []Stage{
	StageOverdue, StageDue, StageToRead, StageToPrint, StageToInterpret, StageToSign, StageToFile, StageReady, StageOut,
	StageOrdered,
}

// dueSoon is how many days before its day a wear counts as due.
const dueSoon = 1

// Brief is what lists need of a case; the stage is of a day.
type Brief struct {
	Ended     bool             `json:"ended,omitempty"`
	Ordered   bool             `json:"ordered,omitempty"`
	Placed    bool             `json:"placed,omitempty"`
	PlacedAt  cgm.Date         `json:"placed_at,omitempty"`
	DueBack   string           `json:"due_back,omitempty"`
	Returned  bool             `json:"returned,omitempty"`
	Read      bool             `json:"read,omitempty"`
	Printed   bool             `json:"printed,omitempty"` // of the recording as it is now
	Drafted   bool             `json:"drafted,omitempty"` // the clinician has written
	Signed    bool             `json:"signed,omitempty"`  // for the recording as it is now
	Filed     bool             `json:"filed,omitempty"`
	Billed    bool             `json:"billed,omitempty"`
	Reviewer  string           `json:"reviewer,omitempty"` // user id
	ProfileID string           `json:"profile_id,omitempty"`
	Services  []clinic.Service `json:"services,omitempty"`
}

// Brief sums the case up.
func (c *Case) Brief() Brief {
	b := Brief{
		Ended: c.Ended(), Ordered: c.Has(Ordered), Placed: c.Has(Placed), Returned: c.Has(Returned), Read: c.Check != nil,
		Printed: c.Printout() != nil, Drafted: c.Has(Interpreted), Signed: c.SignedNow(), Filed: c.Has(Filed),
		Billed:   c.Has(Billed),
		Reviewer: c.Order().Reviewer.UserID, ProfileID: c.Order().ProfileID, Services: c.OwnServices(),
	}
	if p := c.Latest(Placed); p != nil {
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
	return b.PlacedAt + clinic.LongestWearDays
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
		{Step: Ordered, Done: b.Ordered}, {Step: Placed, Done: b.Placed}, {Step: Returned, Done: b.Returned},
		{Step: Read, Done: b.Read},
		{Step: Printed, Done: b.Printed}, {Step: Interpreted, Done: b.Drafted || b.Signed}, {Step: Signed, Done: b.Signed},
		{Step: Filed, Done: b.Filed},
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
