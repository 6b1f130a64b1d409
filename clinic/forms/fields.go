package forms

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"

	"tracedesk/clinic"
	"tracedesk/clinic/billing"
	"tracedesk/clinic/steps"
	"tracedesk/clinic/wording"
)

// Input is a record in the making.
type Input struct {
	*steps.Record
	users []clinic.User
}

// NewInput fills the record in for the users of a store.
func NewInput(users []clinic.User, r *steps.Record) *Input { return &Input{r, users} }

// Person reads a login of the store, or “Name, Credential, NPI”.
func (in *Input) Person(text string) clinic.Person {
	for _, u := range in.users {
		if !u.Removed && (strings.EqualFold(u.Login, strings.TrimSpace(text)) || u.Title() == strings.TrimSpace(text)) {
			return u.AsPerson()
		}
	}
	parts := strings.SplitN(text, ",", 3)
	for len(parts) < 3 {
		parts = append(parts, "")
	}
	return clinic.Person{
		Name: strings.TrimSpace(parts[0]), Credential: strings.TrimSpace(parts[1]), NPI: strings.TrimSpace(parts[2]),
	}
}

// Tidy removes an authorisation or a training without any entry.
func (in *Input) Tidy() {
	if in.Order != nil && in.Order.Authorisation != nil && *in.Order.Authorisation == (steps.Authorisation{}) {
		in.Order.Authorisation = nil
	}
	if p := in.Placement; p != nil && p.Training != nil && reflect.DeepEqual(*p.Training, steps.Training{}) {
		p.Training = nil
	}
}

// People are the names of the store's users as documents print them.
func (in *Input) People() (names []string) {
	for _, u := range in.users {
		if !u.Removed {
			names = append(names, u.Title())
		}
	}
	return names
}

// FieldKind is how a field is entered.
type FieldKind uint8

// The kinds.
const (
	TextField FieldKind = iota
	ChoiceField
	PersonField
)

// Field is one fact of a step, declared once: a flag on the terminal, an entry in
// the window, what may stand in it, and how screens and documents say it.
type Field struct {
	Name    string // of the flag
	Label   string
	Hint    string
	Kind    FieldKind
	Choices []string
	Put     func(in *Input, value string) error
	Get     func(in *Input) string

	check func(r *steps.Record) error  // nil: anything may stand in it
	said  string                       // the label in words, where it is another
	words func(r *steps.Record) string // nil: it is not said by itself
}

// as labels the field otherwise where it is said.
func (f Field) as(label string) Field { f.said = label; return f }

// saidAs words the field otherwise, perhaps with others; without a label it is
// labelled by its question.
func (f Field) saidAs(label string, words func(*steps.Record) string) Field {
	f.said, f.words = label, words
	return f
}

// unsaid leaves the field to the words of another, or to nobody's.
func (f Field) unsaid() Field { f.words = nil; return f }

// checked says what may stand in the field.
func (f Field) checked(check func(*steps.Record) error) Field { f.check = check; return f }

// suggested lets the field hold other words than its choices.
func (f Field) suggested() Field { f.check = nil; return f }

func textField(name, label, hint string, at func(*steps.Record) *string) Field {
	return Field{Name: name, Label: label, Hint: hint, said: label,
		Put:   func(in *Input, v string) error { *at(in.Record) = strings.TrimSpace(v); return nil },
		Get:   func(in *Input) string { return *at(in.Record) },
		words: func(r *steps.Record) string { return *at(r) }}
}

func dateField(name, label, hint string, at func(*steps.Record) *string) Field {
	return textField(name, label, hint, at).checked(func(r *steps.Record) error { return steps.CheckDates(*at(r)) })
}

func choiceField(name, label, hint string, choices []string, at func(*steps.Record) *string) Field {
	f := textField(name, label, hint, at)
	f.Kind, f.Choices = ChoiceField, choices
	known := append([]string{""}, choices...)
	return f.checked(func(r *steps.Record) error { return steps.CheckWord(name, *at(r), known...) })
}

var yesOrNo = []string{string(steps.Yes), string(steps.No)}

func yesNoField(name, label, hint string, at func(*steps.Record) *steps.YesNo) Field {
	word := func(r *steps.Record) *string { return (*string)(at(r)) }
	return choiceField(name, label, hint+" (yes or no)", yesOrNo, word).checked(func(r *steps.Record) error {
		return steps.CheckWord("answer", *word(r), "", yesOrNo[0], yesOrNo[1])
	})
}

func listField(name, label, hint string, at func(*steps.Record) *[]string) Field {
	return Field{Name: name, Label: label, Hint: hint + ", with commas between", said: label,
		Put: func(in *Input, v string) error {
			*at(in.Record) = nil
			for _, one := range strings.Split(v, ",") {
				if one = strings.TrimSpace(one); one != "" {
					*at(in.Record) = append(*at(in.Record), one)
				}
			}
			return nil
		},
		Get:   func(in *Input) string { return wording.Listed(*at(in.Record)) },
		words: func(r *steps.Record) string { return wording.Listed(*at(r)) }}
}

func personField(name, label, hint string, at func(*steps.Record) *clinic.Person) Field {
	return Field{Name: name, Label: label, Hint: hint + ": a user, or “Name, Credential, NPI”", said: label,
		Kind:  PersonField,
		Put:   func(in *Input, v string) error { *at(in.Record) = in.Person(v); return nil },
		Get:   func(in *Input) string { return at(in.Record).Title() },
		words: func(r *steps.Record) string { return personInWords(*at(r)) }}
}

func numberField(name, label, hint, unit string, at func(*steps.Record) *int) Field {
	return Field{Name: name, Label: label, Hint: hint, said: label,
		Put: func(in *Input, v string) (err error) {
			if strings.TrimSpace(v) == "" {
				*at(in.Record) = 0
				return nil
			}
			if *at(in.Record), err = strconv.Atoi(strings.TrimSpace(v)); err != nil {
				return fmt.Errorf("%s: “%s” is no number", label, v)
			}
			return nil
		},
		Get: func(in *Input) string {
			if n := *at(in.Record); n != 0 {
				return strconv.Itoa(n)
			}
			return ""
		},
		words: func(r *steps.Record) string { return numberInWords(*at(r), unit) }}
}

func amountField(name, label, hint string, at func(*steps.Record) *int64) Field {
	amount := func(r *steps.Record) string {
		if n := *at(r); n != 0 {
			return billing.Dollars(n)
		}
		return ""
	}
	return Field{Name: name, Label: label, Hint: hint, said: label, words: amount,
		Put: func(in *Input, v string) (err error) {
			if strings.TrimSpace(v) == "" {
				return nil
			}
			*at(in.Record), err = billing.Cents(v)
			return err
		},
		Get: func(in *Input) string { return amount(in.Record) }}
}
