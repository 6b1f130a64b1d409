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

// ErrLogEntry says that a line of the log is not understood.
var ErrLogEntry = errors.New("a line of the log is written as YYYY-MM-DDThh:mm,KIND,AMOUNT,TEXT with carbs, insulin, exercise, health or note")

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
		return e, fmt.Errorf("%w: “%s”", ErrLogEntry, line)
	}
	kind := slices.IndexFunc(logKinds, func(k cgm.EventKind) bool { return k.String() == strings.ToLower(strings.TrimSpace(parts[1])) })
	if kind < 0 {
		return e, fmt.Errorf("%w: “%s”", ErrLogEntry, line)
	}
	e.Kind, e.Text = logKinds[kind], strings.TrimSpace(parts[3])
	if amount := strings.TrimSpace(parts[2]); amount != "" {
		if e.Value, err = strconv.ParseFloat(amount, 64); err != nil || !(e.Value >= 0 && e.Value < 10000) {
			return e, fmt.Errorf("%w: “%s”", ErrLogEntry, line)
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

// DraftFindings words the findings: what, when, how often, how big. It only
// describes the data; causes and consequences are the clinician's.
func DraftFindings(findings []cgm.Finding, s Settings) []DraftFinding {
	out := make([]DraftFinding, 0, len(findings))
	for i := range findings {
		f := &findings[i]
		if word := findingWords[f.Kind]; word != nil {
			text := word(f, s)
			out = append(out, DraftFinding{Group: f.Group, Kind: f.Kind, Text: text, Draft: text, Days: isoDays(f.Days)})
		}
	}
	return out
}

func isoDays(days []cgm.Date) (out []string) {
	for _, d := range days {
		out = append(out, d.String())
	}
	return out
}

// missed words the goal that a finding is of.
func missed(goal int) func(*cgm.Finding, Settings) string {
	return func(f *cgm.Finding, s Settings) string {
		line := s.GoalLines(f.Shares)[goal]
		return strings.ToUpper(line[:1]) + line[1:] + "."
	}
}

var findingWords = map[cgm.FindingKind]func(*cgm.Finding, Settings) string{
	cgm.FindVeryLowGoal:  missed(cgm.GoalVeryLow),
	cgm.FindLowGoal:      missed(cgm.GoalLow),
	cgm.FindInRangeGoal:  missed(cgm.GoalInRange),
	cgm.FindHighGoal:     missed(cgm.GoalHigh),
	cgm.FindVeryHighGoal: missed(cgm.GoalVeryHigh),
	cgm.FindMeanGoal: func(f *cgm.Finding, s Settings) string {
		mean, goal := s.MeanBeside(f.Extreme, cgm.MeanGoalMgDL)
		return fmt.Sprintf("Mean glucose %s %s, %s; GMI (2018 formula) %s %%, %s.", mean, s.Unit, goalWords("<", goal, f.Extreme < cgm.MeanGoalMgDL),
			Beside(cgm.Figure{Value: f.Value, Known: true}, cgm.GMIGoalPercent, 1), goalWords("<", fmt.Sprintf("%d %%", cgm.GMIGoalPercent), f.Value < cgm.GMIGoalPercent))
	},
	cgm.FindVeryLow: func(f *cgm.Finding, s Settings) string {
		return fmt.Sprintf("Below %s for at least 15 minutes: %s; lowest %s, longest %s.", s.GlucoseWithUnit(54), often(f, s), extreme(f, s), Minutes(f.Minutes))
	},
	cgm.FindNightLow: func(f *cgm.Finding, s Settings) string {
		return fmt.Sprintf("Below %s, beginning at night (00:00–06:00), on %s%s; %s; lowest %s, longest %s.", s.GlucoseWithUnit(70), ofDays(f, "night"), onDays(f, s), window(f), extreme(f, s), Minutes(f.Minutes))
	},
	cgm.FindLow: func(f *cgm.Finding, s Settings) string {
		return fmt.Sprintf("Below %s, beginning by day (06:00–24:00): %s; lowest %s, longest %s.", s.GlucoseWithUnit(70), often(f, s), extreme(f, s), Minutes(f.Minutes))
	},
	cgm.FindExtendedLow: func(f *cgm.Finding, s Settings) string {
		return fmt.Sprintf("Below %s for more than two hours without interruption: %s; longest %s.", s.GlucoseWithUnit(70), often(f, s), Minutes(f.Minutes))
	},
	cgm.FindNoLow: func(f *cgm.Finding, s Settings) string {
		if f.Value == 0 {
			return fmt.Sprintf("No reading below %s; the lowest was %s.", s.GlucoseWithUnit(70), extreme(f, s))
		}
		return fmt.Sprintf("No episode below %s of 15 minutes or more; single readings below it, the lowest %s.", s.GlucoseWithUnit(70), extreme(f, s))
	},
	cgm.FindVeryHigh: func(f *cgm.Finding, s Settings) string {
		return fmt.Sprintf("Above %s for at least 15 minutes: %s; highest %s, longest %s.", s.GlucoseWithUnit(250), often(f, s), extreme(f, s), Minutes(f.Minutes))
	},
	cgm.FindHighHours: func(f *cgm.Finding, s Settings) string {
		if f.From == f.To {
			return fmt.Sprintf("The median profile lies above %s around the clock, highest %s.", s.GlucoseWithUnit(180), s.Recorded(f.Extreme))
		}
		return fmt.Sprintf("The median profile lies above %s from %s to %s, highest %s.", s.GlucoseWithUnit(180), Clock(f.From), Clock(f.To), s.Recorded(f.Extreme))
	},
	cgm.FindHigh: func(f *cgm.Finding, s Settings) string {
		return fmt.Sprintf("Above %s for at least 15 minutes: %s; highest %s, longest %s.", s.GlucoseWithUnit(180), often(f, s), extreme(f, s), Minutes(f.Minutes))
	},
	cgm.FindAfterMeal: func(f *cgm.Finding, s Settings) string {
		return fmt.Sprintf("After %d of %d logged meals glucose passed %s within three hours, on average %s above the value before; highest %s.", f.Count, f.Of, s.GlucoseWithUnit(180), s.GlucoseWithUnit(f.Value), extreme(f, s))
	},
	cgm.FindDawnRise: func(f *cgm.Finding, s Settings) string {
		return fmt.Sprintf("A rise from the night's lowest value to %s on %s without a low, on average by %s.", beforeBreakfast(f), ofDays(f, "night"), s.GlucoseWithUnit(f.Value))
	},
	cgm.FindReboundHigh: func(f *cgm.Finding, s Settings) string {
		return fmt.Sprintf("Above %s within two hours after a reading below %s: %s%s.", s.GlucoseWithUnit(180), s.Glucose(70), times(f.Count), onDays(f, s))
	},
	cgm.FindNoHigh: func(f *cgm.Finding, s Settings) string {
		if f.Value == 0 {
			return fmt.Sprintf("No reading above %s; the highest was %s.", s.GlucoseWithUnit(180), extreme(f, s))
		}
		return fmt.Sprintf("No episode above %s of 15 minutes or more; single readings above it, the highest %s.", s.GlucoseWithUnit(180), extreme(f, s))
	},
	cgm.FindVariable: func(f *cgm.Finding, _ Settings) string {
		side := "at or under"
		if f.Value > cgm.StableCVPercent {
			side = "over"
		}
		value := Beside(cgm.Figure{Value: f.Value, Known: true}, cgm.StableCVPercent, 1)
		return fmt.Sprintf("Coefficient of variation %s %%, %s the %d %% that is called stable.", value, side, cgm.StableCVPercent)
	},
	cgm.FindWideBand: func(f *cgm.Finding, s Settings) string {
		if f.From == f.To {
			return fmt.Sprintf("The middle half of the readings spreads over more than %s around the clock, at most %s.", s.GlucoseWithUnit(60), s.Glucose(f.Value))
		}
		return fmt.Sprintf("The middle half of the readings spreads over more than %s from %s to %s, at most %s.", s.GlucoseWithUnit(60), Clock(f.From), Clock(f.To), s.Glucose(f.Value))
	},
	cgm.FindOvernightDrift: func(f *cgm.Finding, s Settings) string {
		way, by := "rises", f.Value
		if by < 0 {
			way, by = "falls", -by
		}
		return fmt.Sprintf("Overnight (00:00–06:00) the median profile %s by %s an hour.", way, s.GlucoseWithUnit(by))
	},
	cgm.FindOutlierDay: func(f *cgm.Finding, s Settings) string {
		return fmt.Sprintf("%s differs from the other days: mean %s, while the median day has %s.", s.ShortDate(f.Days[0]), s.GlucoseWithUnit(f.Value), s.Glucose(f.Extreme))
	},
	cgm.FindGaps: func(f *cgm.Finding, s Settings) string {
		return fmt.Sprintf("%s of 30 minutes or more, %s in all; the longest %s, %s %s–%s. What happened in them is not known.", Counted(f.Count, "gap"), Minutes(f.Value), Minutes(f.Minutes), s.ShortDate(f.Days[0]), Clock(f.From), Clock(f.To))
	},
	cgm.FindClamped: func(f *cgm.Finding, _ Settings) string {
		return fmt.Sprintf("%.1f %% of the readings lie beyond the sensor's limits (%d LOW, %d HIGH): mean, SD, CV and GMI are bounds, not values.", f.Value, f.Count, f.Of)
	},
	cgm.FindCompression: func(f *cgm.Finding, s Settings) string {
		return fmt.Sprintf("Possible compression of the sensor: abrupt falls below %s at night and abrupt rises within an hour, %s on %s%s; lowest %s, longest %s. Whether the patient lay on the sensor, the data cannot show; the readings are counted as they are.", s.GlucoseWithUnit(70), Counted(f.Count, "episode"), ofDays(f, "day"), onDays(f, s), extreme(f, s), Minutes(f.Minutes))
	},
	cgm.FindFewDays: func(f *cgm.Finding, _ Settings) string {
		return fmt.Sprintf("Based on %s, %.1f %% of the time from first to last reading. The 14 days that the consensus recommends cannot be reached by a ten-day sensor; lows need longer still to be stable. Readings of the first 24 hours are less accurate.", Counted(f.OfDays, "calendar day"), f.Value)
	},
}

// beforeBreakfast is where the rise was measured to.
func beforeBreakfast(f *cgm.Finding) string {
	switch f.Count {
	case 0:
		return "06:00"
	case len(f.Days):
		return "the first logged meal"
	}
	return "the first logged meal, or to 06:00 where none was logged,"
}

// Counted is a number of things: 1 day, 2 days.
func Counted(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

func times(n int) string {
	if n == 1 {
		return "once"
	}
	return fmt.Sprintf("%d times", n)
}

// often is how many episodes, on how many days, at what time.
func often(f *cgm.Finding, s Settings) string {
	out := fmt.Sprintf("%s on %s%s", Counted(f.Count, "episode"), ofDays(f, "day"), onDays(f, s))
	if w := window(f); w != "" && f.Count > 1 {
		out += ", " + w
	}
	return out
}

func ofDays(f *cgm.Finding, what string) string {
	return fmt.Sprintf("%d of %s", len(f.Days), Counted(f.OfDays, what))
}

// mostNamedDays is how many days a sentence names before it only counts them.
const mostNamedDays = 3

func onDays(f *cgm.Finding, s Settings) string {
	if len(f.Days) > mostNamedDays || len(f.Days) == 0 {
		return ""
	}
	var names []string
	for _, d := range f.Days {
		names = append(names, s.ShortDate(d))
	}
	return " (" + strings.Join(names, "; ") + ")"
}

func window(f *cgm.Finding) string {
	if f.From == f.To {
		return "at different times of day"
	}
	return "between " + Clock(f.From) + " and " + Clock(f.To)
}

// extreme is the lowest or highest value, LOW and HIGH as words.
func extreme(f *cgm.Finding, s Settings) string {
	switch f.Extreme {
	case cgm.LowMgDL:
		return s.Recorded(f.Extreme) + " (under " + s.Glucose(40) + ")"
	case cgm.HighMgDL:
		return s.Recorded(f.Extreme) + " (over " + s.Glucose(400) + ")"
	}
	return s.Recorded(f.Extreme)
}
