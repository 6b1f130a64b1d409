package forms

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"tracedesk/clinic"
	"tracedesk/clinic/billing"
	"tracedesk/clinic/steps"
)

// enter puts something into every field of a kind, each another word.
func enter(t *testing.T, k Kind) *Input {
	t.Helper()
	in := NewInput(nil, &steps.Record{Step: k.Step})
	k.Begin(in.Record)
	for i, f := range k.Fields {
		value := fmt.Sprintf("word %d", i)
		switch {
		case len(f.Choices) > 0:
			value = f.Choices[0]
		case strings.Contains(f.Hint, "YYYY-MM-DD"):
			value = "2026-05-14"
		case f.Name == "training-minutes", f.Name == "amount":
			value = "20"
		case f.Name == "rule":
			value = "B01"
		}
		if err := f.Put(in, value); err != nil {
			t.Fatalf("%s, %s: %v", k.Use, f.Name, err)
		}
		if got := f.Get(in); got == "" || f.Kind != PersonField && f.Name != "amount" && got != value {
			t.Errorf("%s, %s: “%s” was put, “%s” is got", k.Use, f.Name, value, got)
		}
	}
	return in
}

// empties are the facts of a record's part that hold nothing.
func empties(v reflect.Value, path string) (out []string) {
	switch {
	case v.Kind() == reflect.Pointer && !v.IsNil():
		return empties(v.Elem(), path)
	case v.Kind() == reflect.Struct && v.Type() != reflect.TypeFor[clinic.Person]():
		for i := range v.NumField() {
			out = append(out, empties(v.Field(i), path+"."+v.Type().Field(i).Name)...)
		}
	case v.IsZero():
		return []string{path}
	}
	return out
}

// TestEveryFactOfAStepCanBeEntered compares the declared fields with the types of
// the records: a fact that has no field could be neither entered nor seen.
func TestEveryFactOfAStepCanBeEntered(t *testing.T) {
	parts := 0
	for _, k := range append([]Kind{OrderKind}, Kinds...) {
		in := enter(t, k)
		r := reflect.ValueOf(*in.Record)
		for i := range r.NumField() {
			part := r.Field(i)
			if part.Kind() != reflect.Pointer || part.IsNil() {
				continue
			}
			parts++
			for _, path := range empties(part, r.Type().Field(i).Name) {
				t.Errorf("%s: no field enters %s", k.Use, path)
			}
		}
	}
	if parts != 8 { // place, return, clean, answer, override, bill, and the order twice
		t.Errorf("%d parts were looked at", parts)
	}
}

// TestEveryFieldIsSaid: what was entered stands in the history, each fact once.
// The profile's id is left out; a case names its profile.
func TestEveryFieldIsSaid(t *testing.T) {
	for _, k := range append([]Kind{OrderKind}, Kinds...) {
		in := enter(t, k)
		if k.Step == steps.Filed {
			in.Result = &clinic.Result{}
		}
		var said []string
		for _, d := range Details(in.Record) {
			if d.Label == "" {
				t.Errorf("%s: “%s” is said without a label", k.Use, d.Value)
			}
			said = append(said, d.Label+" "+d.Value)
		}
		all := strings.Join(said, "\n")
		for _, f := range k.Fields {
			value := f.Get(in)
			if f.Name == "payer-profile" || f.Name == "question" { // a question is said in its words
				continue
			}
			if !strings.Contains(all, value) {
				t.Errorf("%s: %s, “%s”, is not said in\n%s", k.Use, f.Name, value, all)
			}
		}
	}
}

func TestAnInsertionInWords(t *testing.T) {
	r := &steps.Record{Step: steps.Placed, Corrects: true, Reason: "wrong lot", Placement: &steps.Placement{
		By: clinic.Person{Name: "Jo Kim", Credential: "RN"}, InPerson: steps.Yes, Agreement: steps.Yes, SensorLot: "L1", Site: "arm", Side: "left",
		Training: &steps.Training{By: clinic.Person{Name: "Ana Ruiz", Credential: "MD", NPI: "1234567893"}, Topics: []string{"wearing", "return"}, LogSheet: steps.No, Minutes: 20},
	}}
	want := "Corrects the earlier record: yes; Reason: wrong lot; Placed by: Jo Kim, RN; In person: yes; Agreement to wear and return: yes; Sensor lot: L1; " +
		"Site: left arm; Trained by: Ana Ruiz, MD, NPI 1234567893; Topics: wearing, return; Log sheet given: no; Training: 20 min"
	var got []string
	for _, d := range Details(r) {
		got = append(got, d.Label+": "+d.Value)
	}
	if strings.Join(got, "; ") != want {
		t.Errorf("%s", strings.Join(got, "; "))
	}
}

// TestLookingAtARecordLeavesItAsItIs: a record is hashed and sealed as it was
// entered, so that saying and checking it must begin nothing in it.
func TestLookingAtARecordLeavesItAsItIs(t *testing.T) {
	order := &steps.Record{Step: steps.Ordered, EnteredAt: time.Unix(0, 0).UTC(), Order: &steps.Order{}}
	placed := &steps.Record{Step: steps.Placed, EnteredAt: time.Unix(0, 0).UTC(), Placement: &steps.Placement{}}
	for _, r := range []*steps.Record{order, placed} {
		if err := Validate(r); err != nil {
			t.Error(err)
		}
		Details(r)
	}
	if order.Order.Authorisation != nil || placed.Placement.Training != nil {
		t.Error("an authorisation or a training was begun by looking")
	}
}

func TestASideMayBeInOtherWordsAndAModeMayNot(t *testing.T) {
	for _, c := range []struct {
		p    steps.Placement
		good bool
	}{
		{steps.Placement{Side: "middle"}, true}, {steps.Placement{Mode: "blinded"}, true}, {steps.Placement{Mode: "middle"}, false},
		{steps.Placement{Training: &steps.Training{TeachBack: "perhaps"}}, false}, {steps.Placement{DueBack: "tomorrow"}, false},
	} {
		r := &steps.Record{Step: steps.Placed, EnteredAt: time.Unix(0, 0).UTC(), Placement: &c.p}
		if err := Validate(r); (err == nil) != c.good {
			t.Errorf("%+v: %v", c.p, err)
		}
	}
}

// TestARequirementThatPeopleMendHasItsForm: what is read, printed or signed has a
// way of its own; every other step that mends is entered.
func TestARequirementThatPeopleMendHasItsForm(t *testing.T) {
	elsewhere := []steps.Step{steps.Read, steps.Printed, steps.Signed, billing.NothingMends}
	forms := map[string]string{}
	for _, r := range billing.Rules {
		kind, entered := KindFor(r.Mend)
		if entered == slices.Contains(elsewhere, r.Mend) {
			t.Errorf("%s is mended by “%s”, which has a form: %v", r.ID, r.Mend, entered)
		}
		if entered {
			forms[r.ID] = kind.Use
		}
	}
	want := map[string]string{ // as the window offered them before a rule said so itself
		"B03": "place", "B04": "place", "B09": "return", "B13": "place", "B15": "reorder", "B16": "answer", "B17": "answer", "B18": "answer", "B19": "answer",
		"B20": "reorder", "B21": "reorder", "B24": "return", "B25": "answer",
	}
	if !maps.Equal(forms, want) {
		t.Errorf("%v", forms)
	}
}
