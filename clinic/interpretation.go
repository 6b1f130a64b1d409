package clinic

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"tracedesk/cgm"
)

// Interpretation is what the clinician writes for 95251: what was typed of the
// patient, findings drafted from the numbers of which each is kept, changed or
// dropped, and assessment, plan and follow-up, which start empty and are never
// drafted. Billing reference, section 11.
type Interpretation struct {
	OrderingClinician string         `json:"ordering_clinician,omitempty"`
	Indication        string         `json:"indication,omitempty"`
	Diagnoses         string         `json:"diagnoses,omitempty"`
	Therapy           string         `json:"therapy,omitempty"`
	A1C               string         `json:"a1c,omitempty"` // value and date as typed
	Findings          []DraftFinding `json:"findings"`
	Assessment        string         `json:"assessment,omitempty"`
	Plan              string         `json:"plan,omitempty"`
	FollowUp          string         `json:"follow_up,omitempty"`
	Told              string         `json:"told,omitempty"` // to the patient
	Log               []LogEntry     `json:"log,omitempty"`  // meals and medicines that the patient noted
	RecordingHash     string         `json:"recording_sha256,omitempty"`
}

// FindingState is what the clinician made of a drafted finding.
type FindingState string

// The states; empty: not looked at yet.
const (
	FindingKept    FindingState = "kept"
	FindingChanged FindingState = "changed"
	FindingDropped FindingState = "dropped"
	FindingAdded   FindingState = "added"
)

// DraftFinding is one finding in words, with the group that it stands in, what
// was drafted, and the days on which it can be checked against the trace.
type DraftFinding struct {
	Group cgm.FindingGroup `json:"group"`
	Kind  cgm.FindingKind  `json:"kind,omitempty"`
	Text  string           `json:"text"`
	Draft string           `json:"draft,omitempty"` // as the program worded it
	Days  []string         `json:"days,omitempty"`  // YYYY-MM-DD, the example day first
	State FindingState     `json:"state,omitempty"`
}

// LogEntry is a line of the patient's log: a meal, a medicine, exercise, a note.
type LogEntry struct {
	At    cgm.WallTime  `json:"at"`
	Kind  cgm.EventKind `json:"kind"`
	Value float64       `json:"value,omitempty"` // grams, units or minutes
	Text  string        `json:"text,omitempty"`
}

// errLogEntry says that a line of the log is not understood.
var errLogEntry = errors.New("a line of the log is written as YYYY-MM-DDThh:mm,KIND,AMOUNT,TEXT with carbs, " +
	"insulin, exercise, health or note")

var logKinds = []cgm.EventKind{cgm.Carbs, cgm.Insulin, cgm.Exercise, cgm.Health, cgm.Note}

// ParseLogEntry reads a line of the patient's log: when, what, how much (grams,
// units, minutes; may be empty), and words, with commas between.
func ParseLogEntry(line string) (e LogEntry, err error) {
	parts := strings.SplitN(line, ",", 4)
	for len(parts) < 4 {
		parts = append(parts, "")
	}
	at := strings.Replace(strings.TrimSpace(parts[0]), " ", "T", 1)
	if len(at) == len("2006-01-02T15:04") {
		at += ":00"
	}
	if e.At, err = cgm.ParseWallTime(at); err != nil {
		return e, fmt.Errorf("%w: “%s”", errLogEntry, line)
	}
	kind := slices.IndexFunc(logKinds,
		func(k cgm.EventKind) bool { return k.String() == strings.ToLower(strings.TrimSpace(parts[1])) })
	if kind < 0 {
		return e, fmt.Errorf("%w: “%s”", errLogEntry, line)
	}
	e.Kind, e.Text = logKinds[kind], strings.TrimSpace(parts[3])
	if amount := strings.TrimSpace(parts[2]); amount != "" {
		if e.Value, err = strconv.ParseFloat(amount, 64); err != nil || !(e.Value >= 0 && e.Value < 10000) {
			return e, fmt.Errorf("%w: “%s”", errLogEntry, line)
		}
	}
	return e, nil
}

// Line is the entry as ParseLogEntry reads it.
func (e LogEntry) Line() string {
	amount := ""
	if e.Value != 0 {
		amount = strconv.FormatFloat(e.Value, 'g', -1, 64)
	}
	return strings.Join([]string{e.At.String(), e.Kind.String(), amount, e.Text}, ",")
}

// Events are the log's lines as events of the recording, to be drawn on its
// traces: they stand where the wall clock stood.
func (i *Interpretation) Events(r *cgm.Recording) (out []cgm.Event) {
	for _, e := range i.Log {
		out = append(out, cgm.Event{System: systemAt(r, e.At), Display: e.At, Kind: e.Kind, Value: e.Value, Text: e.Text})
	}
	return out
}

// systemAt is the device's clock at a wall time, by the reading nearest to it.
func systemAt(r *cgm.Recording, at cgm.WallTime) int64 {
	if len(r.Readings) == 0 {
		return int64(at)
	}
	best := &r.Readings[0]
	for i := range r.Readings {
		if g := &r.Readings[i]; distance(g.Display, at) < distance(best.Display, at) {
			best = g
		}
	}
	return best.System + int64(at-best.Display)
}

func distance(a, b cgm.WallTime) cgm.WallTime { return max(a-b, b-a) }

// Kept are the findings that stand: all but those that were dropped.
func (i *Interpretation) Kept() []DraftFinding {
	return slices.DeleteFunc(slices.Clone(i.Findings), func(f DraftFinding) bool { return f.State == FindingDropped })
}

// AddFinding adds a finding of the clinician's own at the end of its group.
func (i *Interpretation) AddFinding(group cgm.FindingGroup, text string) {
	at := len(i.Findings)
	for n := range slices.Backward(i.Findings) {
		if i.Findings[n].Group <= group {
			break
		}
		at = n
	}
	i.Findings = slices.Insert(i.Findings, at, DraftFinding{Group: group, Text: text, State: FindingAdded})
}

// Why an interpretation cannot be signed.
var (
	ErrNotReviewed  = errors.New("a finding was neither kept, changed nor dropped")
	ErrNoAssessment = errors.New("the assessment is empty")
	ErrOtherData    = errors.New("the recording has changed since the interpretation was written; look at it again")
)

// Ready says what hinders the interpretation from being signed for a recording:
// each finding must have been looked at, and the assessment is the clinician's.
func (i *Interpretation) Ready(recordingHash string) error {
	for _, f := range i.Findings {
		if f.State == "" {
			return fmt.Errorf("%w: “%s”", ErrNotReviewed, f.Text)
		}
	}
	switch {
	case strings.TrimSpace(i.Assessment) == "":
		return ErrNoAssessment
	case i.RecordingHash != recordingHash:
		return ErrOtherData
	}
	return nil
}

// Plain is the interpretation as text, as it is signed: a heading and its lines,
// in the order of the report.
func (i *Interpretation) Plain() string {
	var b strings.Builder
	part := func(title, text string) {
		if strings.TrimSpace(text) != "" {
			fmt.Fprintf(&b, "%s\n%s\n\n", title, strings.TrimSpace(text))
		}
	}
	part("Ordering clinician", i.OrderingClinician)
	part("Indication", i.Indication)
	part("Diagnoses", i.Diagnoses)
	part("Therapy at the time", i.Therapy)
	part("Laboratory A1C", i.A1C)
	group := cgm.FindingGroup(255)
	var lines []string
	for _, f := range i.Kept() {
		if f.Group != group {
			group = f.Group
			lines = append(lines, GroupTitle(group)+":")
		}
		lines = append(lines, "- "+f.Text)
	}
	part("Findings", strings.Join(lines, "\n"))
	part("Assessment", i.Assessment)
	part("Plan", i.Plan)
	part("Follow-up", i.FollowUp)
	part("Told to the patient", i.Told)
	return b.String()
}

// GroupTitle is the heading of a group of findings.
func GroupTitle(g cgm.FindingGroup) string {
	return [...]string{"Low glucose", "High glucose", "Variability", "What the data cannot show"}[g]
}
