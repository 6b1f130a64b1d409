package clinic

import (
	"testing"

	"tracedesk/cgm"
)

func TestLogEntries(t *testing.T) {
	for line, want := range map[string]LogEntry{
		"2026-05-05T08:05:30,carbs,45,toast, jam": {cgm.NewWallTime(2026, 5, 5, 8, 5, 30), cgm.Carbs, 45, "toast, jam"},
		"2026-05-05 08:05, Insulin ,4.5":          {cgm.NewWallTime(2026, 5, 5, 8, 5, 0), cgm.Insulin, 4.5, ""},
		"2026-05-05 21:00,note,,slept badly":      {cgm.NewWallTime(2026, 5, 5, 21, 0, 0), cgm.Note, 0, "slept badly"},
	} {
		got, err := ParseLogEntry(line)
		if err != nil || got != want {
			t.Errorf("%q: %+v, %v", line, got, err)
		}
		if again, err := ParseLogEntry(got.Line()); err != nil || again != got {
			t.Errorf("%q: written and read again %+v, %v", line, again, err)
		}
	}
	for _, line := range []string{"", "08:05,carbs,45", "2026-05-05 08:05,tea,1", "2026-05-05 08:05,carbs,many", "2026-05-05 08:05,carbs,-1", "2026-05-05 08:05,carbs,NaN"} {
		if _, err := ParseLogEntry(line); err == nil {
			t.Errorf("%q is taken", line)
		}
	}
}
