package clinic

import (
	"testing"
	"time"

	"tracedesk/cgm"
)

func TestRecordsThatCannotBeTaken(t *testing.T) {
	now := time.Date(2026, time.May, 14, 12, 0, 0, 0, time.UTC)
	ok := StepRecord{Step: StepPlaced, At: cgm.NewWallTime(2026, 5, 14, 11, 0, 0), EnteredAt: now, Placement: &Placement{}}
	if err := Validate(&ok); err != nil {
		t.Errorf("%v", err)
	}
	for what, r := range map[string]StepRecord{
		"in the future":                  {Step: StepPlaced, At: cgm.NewWallTime(2026, 5, 14, 13, 0, 0), EnteredAt: now, Placement: &Placement{}},
		"without its facts":              {Step: StepPlaced, At: cgm.NewWallTime(2026, 5, 14, 11, 0, 0), EnteredAt: now},
		"with a day that is none":        {Step: StepPlaced, EnteredAt: now, Placement: &Placement{SensorExpiry: "2026-02-30"}},
		"with a mode that is none":       {Step: StepPlaced, EnteredAt: now, Placement: &Placement{Mode: "half"}},
		"with an answer that is none":    {Step: StepPlaced, EnteredAt: now, Placement: &Placement{InPerson: "maybe"}},
		"a failure without reason":       {Step: StepFailed, EnteredAt: now},
		"an override without reason":     {Step: StepOverridden, EnteredAt: now, Override: &Override{Rule: "B01", Code: Code95250}},
		"an override of the other code":  {Step: StepOverridden, EnteredAt: now, Reason: "x", Override: &Override{Rule: "B01", Code: Code95251}},
		"a code that is no ICD-10":       {Step: StepOrdered, EnteredAt: now, Order: &Order{Diagnoses: []string{"diabetes"}}},
		"a correction without reason":    {Step: StepPlaced, EnteredAt: now, Corrects: true, Placement: &Placement{}},
		"a question that nobody asks":    {Step: StepAnswered, EnteredAt: now, Answer: &QuestionAnswer{Question: "x", Answer: Yes}},
		"a step that is none":            {Step: "dreamt", EnteredAt: now},
		"a signature without a text":     {Step: StepSigned, EnteredAt: now, Signature: &Signature{}},
		"a billing of the patient's own": {Step: StepBilled, EnteredAt: now, Billing: &Billing{Code: Code95249, State: Billed}},
	} {
		if err := Validate(&r); err == nil {
			t.Errorf("a record %s is taken", what)
		}
	}
}

func TestWhatNobodyDecidesIsNotOverridden(t *testing.T) {
	for _, rule := range []string{"B05", "B10", "B11", "B12", "B23", "B26", "B27"} {
		known, _ := RuleByID(rule)
		r := StepRecord{Step: StepOverridden, Reason: "x", EnteredAt: time.Now(), Override: &Override{Rule: rule, Code: known.Codes[0]}}
		if err := Validate(&r); err == nil {
			t.Errorf("%s can be overridden", rule)
		}
	}
}
