package steps

import (
	"testing"

	"tracedesk/cgm"
)

// TestWhatIsDueIsDueTheDayBefore: agreed for 14 May; or ten days after 4 May.
func TestWhatIsDueIsDueTheDayBefore(t *testing.T) {
	for _, due := range []string{"2026-05-14", ""} {
		b := Brief{Placed: true, PlacedAt: on("2026-05-04"), DueBack: due}
		for day, want := range map[string]Stage{"2026-05-12": StageOut, "2026-05-13": StageDue, "2026-05-14": StageDue, "2026-05-15": StageOverdue} {
			if got := b.Stage(on(day)); got != want {
				t.Errorf("due %q, on %s: %s, not %s", due, day, got, want)
			}
		}
	}
}

func on(text string) cgm.Date {
	d, err := cgm.ParseDate(text)
	if err != nil {
		panic(err)
	}
	return d
}
