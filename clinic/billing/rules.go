package billing

import (
	"slices"
	"strings"

	"tracedesk/clinic"
	"tracedesk/clinic/steps"
)

// The answers of a requirement.
const (
	Met        clinic.Answer = "met"
	NotMet     clinic.Answer = "not met"
	CannotTell clinic.Answer = "cannot tell"
	Overridden clinic.Answer = "overridden"
)

// Asked is a question to a person, with what its answers mean.
type Asked struct {
	ID   steps.Question
	Text string
	Good steps.YesNo // the answer with that the requirement is met; empty: any
}

// Case is a wear as its payer looks at it: what the requirements rest on, and
// nothing else. They are the same when they are computed again from it.
type Case struct {
	steps.Case
	Profile  PayerProfile
	Services []clinic.Service // of the patient, without those of this wear
}

// Rule is one requirement of the billing reference, section 12, with all that
// is known of it: a new one is one more Rule, in the file of its theme.
type Rule struct {
	ID          string
	Codes       []clinic.Code
	Title       string
	Required    bool // “cannot tell” leaves the documentation incomplete
	Overridable bool
	Basis       string     // where it comes from, with the date
	Mend        steps.Step // the step that mends it, or NothingMends
	Asks        *Asked     // the question that it rests on; nil: none
	Proof       string     // the parts of the evidence packet that show it, or NeedsNoProof
	judge       func(c *Case, code clinic.Code) verdict
}

// A rule says these in so many words: what is left empty was forgotten.
const (
	NothingMends steps.Step = "nothing"
	NeedsNoProof string     = "none"
)

// verdict is a rule's answer with what it looked at.
type verdict struct {
	answer   clinic.Answer
	sentence string
	facts    []string
	final    bool // not to be overridden although the rule is
}

// The codes that a rule may be of.
var (
	Codes     = []clinic.Code{clinic.Code95250, clinic.Code95251}
	technical = []clinic.Code{clinic.Code95250}
	reading   = []clinic.Code{clinic.Code95251}
)

// Rules are all, in the order of the reference. A rule that cannot be
// overridden is one whose fact nobody's decision changes.
var Rules = inOrder(recordingRules, dateRules, signingRules, staffRules, payerRules)

func inOrder(themes ...[]Rule) []Rule {
	all := slices.Concat(themes...)
	slices.SortFunc(all, func(a, b Rule) int { return strings.Compare(a.ID, b.ID) })
	return all
}

// QuestionAsked is the question with the id, or nil.
func QuestionAsked(id steps.Question) *Asked {
	for i := range Rules {
		if a := Rules[i].Asks; a != nil && a.ID == id {
			return a
		}
	}
	return nil
}

// Questions are all that are asked, in the order of the rules.
func Questions() (out []steps.Question) {
	for i := range Rules {
		if a := Rules[i].Asks; a != nil {
			out = append(out, a.ID)
		}
	}
	return out
}

// RuleByID is the rule with the id.
func RuleByID(id string) (Rule, bool) {
	i := slices.IndexFunc(Rules, func(r Rule) bool { return r.ID == id })
	if i < 0 {
		return Rule{}, false
	}
	return Rules[i], true
}

// Requirements answers every rule for both codes, in the rules' order.
func (c *Case) Requirements() []clinic.Requirement {
	var out []clinic.Requirement
	for _, code := range Codes {
		for i := range Rules {
			if slices.Contains(Rules[i].Codes, code) {
				out = append(out, c.requirement(&Rules[i], code))
			}
		}
	}
	return out
}

func (c *Case) requirement(rule *Rule, code clinic.Code) clinic.Requirement {
	v := rule.judge(c, code)
	q := clinic.Requirement{
		Rule: rule.ID, Code: code, Title: rule.Title, Required: rule.Required, Answer: v.answer, Sentence: v.sentence,
		Facts: v.facts,
	}
	if o := c.Override(rule.ID, code); o != nil && rule.Overridable && !v.final &&
		(v.answer == NotMet || v.answer == CannotTell) {
		q.Answer, q.By, q.At, q.Reason = Overridden, o.EnteredBy.Title(), o.At.String(), o.Reason
	}
	return q
}

// Status is the state of the documentation for one code.
type Status struct {
	Code       clinic.Code `json:"code"`
	Complete   bool        `json:"complete"`
	NotMet     []string    `json:"not_met,omitempty"`     // rule ids
	CannotTell []string    `json:"cannot_tell,omitempty"` // of what is required
	Open       []string    `json:"open,omitempty"`        // questions that are not required
	Overridden []string    `json:"overridden,omitempty"`
}

// StatusOf sums the requirements up for a code: complete is what has nothing
// not met, and nothing required that cannot be told.
func StatusOf(all []clinic.Requirement, code clinic.Code) Status {
	s := Status{Code: code}
	for i := range all {
		q := &all[i]
		switch {
		case q.Code != code, q.Answer == Met:
		case q.Answer == NotMet:
			s.NotMet = append(s.NotMet, q.Rule)
		case q.Answer == Overridden:
			s.Overridden = append(s.Overridden, q.Rule)
		case q.Required:
			s.CannotTell = append(s.CannotTell, q.Rule)
		default:
			s.Open = append(s.Open, q.Rule)
		}
	}
	s.Complete = len(s.NotMet)+len(s.CannotTell) == 0
	return s
}

// Sentence says the state, never that anything is payable.
func (s Status) Sentence() string {
	out := "Documentation incomplete for " + string(s.Code) + " under these settings"
	if s.Complete {
		out = "Documentation complete for " + string(s.Code) + " under these settings"
	}
	for _, part := range []struct {
		rules []string
		word  string
	}{{s.NotMet, "not met"}, {s.CannotTell, "cannot tell"}, {s.Overridden, "overridden"}, {s.Open, "not answered"}} {
		if len(part.rules) > 0 {
			out += "; " + part.word + ": " + strings.Join(part.rules, ", ")
		}
	}
	return out + "."
}

// Result decides the case as it is.
func (c *Case) Result() *clinic.Result {
	r := &clinic.Result{
		ProfileID: c.Profile.ID, ProfileVersion: c.Profile.Version, Requirements: c.Requirements(),
		Services: c.OwnServices(),
	}
	if c.Check != nil {
		r.RecordingHash = c.Check.RecordingHash
	}
	return r
}

func met(sentence string, facts ...string) verdict { return verdict{Met, sentence, facts, false} }
func notMet(sentence string, facts ...string) verdict {
	return verdict{NotMet, sentence, facts, false}
}
func cannotTell(sentence string, facts ...string) verdict {
	return verdict{CannotTell, sentence, facts, false}
}

func (v verdict) finally() verdict { v.final = true; return v }
