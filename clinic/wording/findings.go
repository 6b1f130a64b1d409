package wording

import (
	"fmt"
	"strings"

	"tracedesk/cgm"
	"tracedesk/clinic"
)

// DraftFindings words the findings: what, when, how often, how big. It only
// describes the data; causes and consequences are the clinician's.
func DraftFindings(findings []cgm.Finding, s clinic.Settings) []clinic.DraftFinding {
	out := make([]clinic.DraftFinding, 0, len(findings))
	for i := range findings {
		f := &findings[i]
		if word := findingWords[f.Kind]; word != nil {
			text := word(f, s)
			out = append(out, clinic.DraftFinding{Group: f.Group, Kind: f.Kind, Text: text, Draft: text, Days: isoDays(f.Days)})
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
func missed(goal int) func(*cgm.Finding, clinic.Settings) string {
	return func(f *cgm.Finding, s clinic.Settings) string {
		line := s.GoalLines(f.Shares)[goal]
		return strings.ToUpper(line[:1]) + line[1:] + "."
	}
}

var findingWords = map[cgm.FindingKind]func(*cgm.Finding, clinic.Settings) string{
	cgm.FindVeryLowGoal:  missed(cgm.GoalVeryLow),
	cgm.FindLowGoal:      missed(cgm.GoalLow),
	cgm.FindInRangeGoal:  missed(cgm.GoalInRange),
	cgm.FindHighGoal:     missed(cgm.GoalHigh),
	cgm.FindVeryHighGoal: missed(cgm.GoalVeryHigh),
	cgm.FindMeanGoal:     func(f *cgm.Finding, s clinic.Settings) string { return s.MeanLine(f.Extreme, f.Value) },
	cgm.FindVeryLow: func(f *cgm.Finding, s clinic.Settings) string {
		return fmt.Sprintf("Below %s for at least 15 minutes: %s; lowest %s, longest %s.", s.GlucoseWithUnit(54),
			often(f, s), extreme(f, s), Minutes(f.Minutes))
	},
	cgm.FindNightLow: func(f *cgm.Finding, s clinic.Settings) string {
		return fmt.Sprintf("Below %s, beginning at night (00:00–06:00), on %s%s; %s; lowest %s, longest %s.",
			s.GlucoseWithUnit(70), ofDays(f, "night"), onDays(f, s), window(f), extreme(f, s), Minutes(f.Minutes))
	},
	cgm.FindLow: func(f *cgm.Finding, s clinic.Settings) string {
		return fmt.Sprintf("Below %s, beginning by day (06:00–24:00): %s; lowest %s, longest %s.", s.GlucoseWithUnit(70),
			often(f, s), extreme(f, s), Minutes(f.Minutes))
	},
	cgm.FindExtendedLow: func(f *cgm.Finding, s clinic.Settings) string {
		return fmt.Sprintf("Below %s for more than two hours without interruption: %s; longest %s.", s.GlucoseWithUnit(70),
			often(f, s), Minutes(f.Minutes))
	},
	cgm.FindNoLow: func(f *cgm.Finding, s clinic.Settings) string {
		if f.Value == 0 {
			return fmt.Sprintf("No reading below %s; the lowest was %s.", s.GlucoseWithUnit(70), extreme(f, s))
		}
		return fmt.Sprintf("No episode below %s of 15 minutes or more; single readings below it, the lowest %s.",
			s.GlucoseWithUnit(70), extreme(f, s))
	},
	cgm.FindVeryHigh: func(f *cgm.Finding, s clinic.Settings) string {
		return fmt.Sprintf("Above %s for at least 15 minutes: %s; highest %s, longest %s.", s.GlucoseWithUnit(250),
			often(f, s), extreme(f, s), Minutes(f.Minutes))
	},
	cgm.FindHighHours: func(f *cgm.Finding, s clinic.Settings) string {
		if f.From == f.To {
			return fmt.Sprintf("The median profile lies above %s around the clock, highest %s.", s.GlucoseWithUnit(180),
				s.Recorded(f.Extreme))
		}
		return fmt.Sprintf("The median profile lies above %s from %s to %s, highest %s.", s.GlucoseWithUnit(180),
			Clock(f.From), Clock(f.To), s.Recorded(f.Extreme))
	},
	cgm.FindHigh: func(f *cgm.Finding, s clinic.Settings) string {
		return fmt.Sprintf("Above %s for at least 15 minutes: %s; highest %s, longest %s.", s.GlucoseWithUnit(180),
			often(f, s), extreme(f, s), Minutes(f.Minutes))
	},
	cgm.FindAfterMeal: func(f *cgm.Finding, s clinic.Settings) string {
		return fmt.Sprintf("After %d of %d logged meals glucose passed %s within three hours, on average %s above the "+
			"value before; highest %s.", f.Count, f.Of, s.GlucoseWithUnit(180), s.GlucoseWithUnit(f.Value), extreme(f, s))
	},
	cgm.FindDawnRise: func(f *cgm.Finding, s clinic.Settings) string {
		return fmt.Sprintf("A rise from the night's lowest value to %s on %s without a low, on average by %s.",
			beforeBreakfast(f), ofDays(f, "night"), s.GlucoseWithUnit(f.Value))
	},
	cgm.FindReboundHigh: func(f *cgm.Finding, s clinic.Settings) string {
		return fmt.Sprintf("Above %s within two hours after a reading below %s: %s%s.", s.GlucoseWithUnit(180),
			s.Glucose(70), times(f.Count), onDays(f, s))
	},
	cgm.FindNoHigh: func(f *cgm.Finding, s clinic.Settings) string {
		if f.Value == 0 {
			return fmt.Sprintf("No reading above %s; the highest was %s.", s.GlucoseWithUnit(180), extreme(f, s))
		}
		return fmt.Sprintf("No episode above %s of 15 minutes or more; single readings above it, the highest %s.",
			s.GlucoseWithUnit(180), extreme(f, s))
	},
	cgm.FindVariable: func(f *cgm.Finding, _ clinic.Settings) string {
		side := "at or under"
		if f.Value > cgm.StableCVPercent {
			side = "over"
		}
		value := clinic.Beside(cgm.Figure{Value: f.Value, Known: true}, cgm.StableCVPercent, 1)
		return fmt.Sprintf("Coefficient of variation %s %%, %s the %d %% that is called stable.", value, side,
			cgm.StableCVPercent)
	},
	cgm.FindWideBand: func(f *cgm.Finding, s clinic.Settings) string {
		if f.From == f.To {
			return fmt.Sprintf("The middle half of the readings spreads over more than %s around the clock, at most %s.",
				s.GlucoseWithUnit(60), s.Glucose(f.Value))
		}
		return fmt.Sprintf("The middle half of the readings spreads over more than %s from %s to %s, at most %s.",
			s.GlucoseWithUnit(60), Clock(f.From), Clock(f.To), s.Glucose(f.Value))
	},
	cgm.FindOvernightDrift: func(f *cgm.Finding, s clinic.Settings) string {
		way, by := "rises", f.Value
		if by < 0 {
			way, by = "falls", -by
		}
		return fmt.Sprintf("Overnight (00:00–06:00) the median profile %s by %s an hour.", way, s.GlucoseWithUnit(by))
	},
	cgm.FindOutlierDay: func(f *cgm.Finding, s clinic.Settings) string {
		return fmt.Sprintf("%s differs from the other days: mean %s, while the median day has %s.", s.ShortDate(f.Days[0]),
			s.GlucoseWithUnit(f.Value), s.Glucose(f.Extreme))
	},
	cgm.FindGaps: func(f *cgm.Finding, s clinic.Settings) string {
		return fmt.Sprintf("%s of 30 minutes or more, %s in all; the longest %s, %s %s–%s. What happened in them is not "+
			"known.", Counted(f.Count, "gap"), Minutes(f.Value), Minutes(f.Minutes), s.ShortDate(f.Days[0]), Clock(f.From),
			Clock(f.To))
	},
	cgm.FindClamped: func(f *cgm.Finding, _ clinic.Settings) string {
		return fmt.Sprintf("%.1f %% of the readings lie beyond the sensor's limits (%d LOW, %d HIGH): mean, SD, CV and "+
			"GMI are bounds, not values.", f.Value, f.Count, f.Of)
	},
	cgm.FindCompression: func(f *cgm.Finding, s clinic.Settings) string {
		return fmt.Sprintf("Possible compression of the sensor: abrupt falls below %s at night and abrupt rises within "+
			"an hour, %s on %s%s; lowest %s, longest %s. Whether the patient lay on the sensor, the data cannot show; the "+
			"readings are counted as they are.", s.GlucoseWithUnit(70), Counted(f.Count, "episode"), ofDays(f, "day"),
			onDays(f, s), extreme(f, s), Minutes(f.Minutes))
	},
	cgm.FindFewDays: func(f *cgm.Finding, _ clinic.Settings) string {
		return fmt.Sprintf("Based on %s, %.1f %% of the time from first to last reading. The 14 days that the consensus "+
			"recommends cannot be reached by a ten-day sensor; lows need longer still to be stable. Readings of the first "+
			"24 hours are less accurate.", Counted(f.OfDays, "calendar day"), f.Value)
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

// often is how many episodes, on how many days, at what time.
func often(f *cgm.Finding, s clinic.Settings) string {
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

func onDays(f *cgm.Finding, s clinic.Settings) string {
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
func extreme(f *cgm.Finding, s clinic.Settings) string {
	switch f.Extreme {
	case cgm.LowMgDL:
		return s.Recorded(f.Extreme) + " (under " + s.Glucose(40) + ")"
	case cgm.HighMgDL:
		return s.Recorded(f.Extreme) + " (over " + s.Glucose(400) + ")"
	}
	return s.Recorded(f.Extreme)
}
