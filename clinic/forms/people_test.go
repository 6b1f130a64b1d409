package forms

import (
	"errors"
	"strings"
	"testing"
	"time"

	"tracedesk/clinic"
	"tracedesk/clinic/steps"
)

// TestAPersonOfAStepHasAName puts what cannot stand on one line of a document into each
// person of each step.
func TestAPersonOfAStepHasAName(t *testing.T) {
	now := time.Date(2026, time.May, 14, 12, 0, 0, 0, time.UTC)
	records := func(p clinic.Person) map[string]steps.Record {
		return map[string]steps.Record{
			"ordered by":     {Step: steps.Ordered, Order: &steps.Order{Clinician: p}},
			"supervised by":  {Step: steps.Ordered, Order: &steps.Order{Supervisor: p}},
			"interpreted by": {Step: steps.Ordered, Order: &steps.Order{Reviewer: p}},
			"placed by":      {Step: steps.Placed, Placement: &steps.Placement{By: p}},
			"trained by":     {Step: steps.Placed, Placement: &steps.Placement{Training: &steps.Training{By: p}}},
			"removed by":     {Step: steps.Returned, Return: &steps.Return{By: p}},
			"cleaned by":     {Step: steps.Cleaned, Cleaning: &steps.Cleaning{By: p}},
		}
	}
	for p, want := range map[clinic.Person]error{
		{Name: "Jo Kim", Credential: "RN", NPI: "1234567893"}: nil,
		{Name: "Jo\nKim"}:                    clinic.ErrControl,
		{Name: "Jo", Credential: "\u202eNR"}: clinic.ErrControl,
		{Name: strings.Repeat("J", 201)}:     clinic.ErrLongName,
		{Name: "Jo", NPI: "12\x0034"}:        clinic.ErrControl,
	} {
		for what, r := range records(p) {
			r.EnteredAt = now
			if err := Validate(&r); !errors.Is(err, want) {
				t.Errorf("%s %q: %v, not %v", what, p, err, want)
			}
		}
	}
}
