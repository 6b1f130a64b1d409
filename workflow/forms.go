package workflow

import (
	"tracedesk/clinic/forms"
	"tracedesk/clinic/steps"
	"tracedesk/storage"
)

// NewStep begins a step of a wear, or without a wear the order of a new one. It
// continues from what was recorded before, so that a correction gives again only
// what was wrong; corrects says that there is such a record.
func NewStep(s *storage.Store, kind forms.Kind, wearID string) (in *forms.Input, corrects bool, err error) {
	r := &steps.Record{Step: kind.Step}
	kind.Begin(r)
	if wearID != "" {
		c, err := s.Case(wearID)
		if err != nil {
			return nil, false, err
		}
		before := c.Latest(kind.Step)
		corrects = before != nil
		forms.ContinueFrom(r, before)
	}
	in, err = NewStepInput(s, r)
	return in, corrects, err
}

// NewStepInput lets the record be filled in with the store's users.
func NewStepInput(s *storage.Store, r *steps.Record) (*forms.Input, error) {
	users, err := s.Users()
	return forms.NewInput(users, r), err
}
