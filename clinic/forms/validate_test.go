package forms

import (
	"testing"
	"time"

	"tracedesk/cgm"
	"tracedesk/clinic"
	"tracedesk/clinic/billing"
	"tracedesk/clinic/steps"
)

func TestRecordsThatCannotBeTaken(t *testing.T) {
	now := time.Date(2026, time.May, 14, 12, 0, 0, 0, time.UTC)
	ok := steps.Record{Step: steps.Placed, At: cgm.NewWallTime(2026, 5, 14, 11, 0, 0), EnteredAt: now, Placement: &steps.Placement{}}
	if err := Validate(&ok); err != nil {
		t.Errorf("%v", err)
	}
	for what, r := range map[string]steps.Record{
		"in the future":                  {Step: steps.Placed, At: cgm.NewWallTime(2026, 5, 14, 13, 0, 0), EnteredAt: now, Placement: &steps.Placement{}},
		"without its facts":              {Step: steps.Placed, At: cgm.NewWallTime(2026, 5, 14, 11, 0, 0), EnteredAt: now},
		"with a day that is none":        {Step: steps.Placed, EnteredAt: now, Placement: &steps.Placement{SensorExpiry: "2026-02-30"}},
		"with a mode that is none":       {Step: steps.Placed, EnteredAt: now, Placement: &steps.Placement{Mode: "half"}},
		"with an answer that is none":    {Step: steps.Placed, EnteredAt: now, Placement: &steps.Placement{InPerson: "maybe"}},
		"a failure without reason":       {Step: steps.Failed, EnteredAt: now},
		"an override without reason":     {Step: steps.Overridden, EnteredAt: now, Override: &steps.Override{Rule: "B01", Code: clinic.Code95250}},
		"an override of the other code":  {Step: steps.Overridden, EnteredAt: now, Reason: "x", Override: &steps.Override{Rule: "B01", Code: clinic.Code95251}},
		"a code that is no ICD-10":       {Step: steps.Ordered, EnteredAt: now, Order: &steps.Order{Diagnoses: []string{"diabetes"}}},
		"a correction without reason":    {Step: steps.Placed, EnteredAt: now, Corrects: true, Placement: &steps.Placement{}},
		"a question that nobody asks":    {Step: steps.Answered, EnteredAt: now, Answer: &steps.QuestionAnswer{Question: "x", Answer: steps.Yes}},
		"a step that is none":            {Step: "dreamt", EnteredAt: now},
		"a signature without a text":     {Step: steps.Signed, EnteredAt: now, Signature: &clinic.Signature{}},
		"a billing of the patient's own": {Step: steps.Billed, EnteredAt: now, Billing: &steps.Billing{Code: clinic.Code95249, State: steps.StateBilled}},
	} {
		if err := Validate(&r); err == nil {
			t.Errorf("a record %s is taken", what)
		}
	}
}

func TestWhatNobodyDecidesIsNotOverridden(t *testing.T) {
	for _, rule := range []string{"B05", "B10", "B11", "B12", "B23", "B26", "B27"} {
		known, _ := billing.RuleByID(rule)
		r := steps.Record{Step: steps.Overridden, Reason: "x", EnteredAt: time.Now(), Override: &steps.Override{Rule: rule, Code: known.Codes[0]}}
		if err := Validate(&r); err == nil {
			t.Errorf("%s can be overridden", rule)
		}
	}
}

func TestADiagnosisHasTheShapeOfItsCodes(t *testing.T) {
	for code, want := range map[string]bool{
		"E11": true, "E11.6": true, "E11.649": true, "O24.4X12": true, "C7A.00": true, "E11.": false, "E11.64912": false, "e11.6": false, "11E": false, "E1": false, "E111": false, "E11.6-": false, "EA1": false,
	} {
		if got := looksLikeICD10(code); got != want {
			t.Errorf("%q: %v", code, got)
		}
	}
}
