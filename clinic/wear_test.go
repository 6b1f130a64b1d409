package clinic

import (
	"testing"
	"time"

	"tracedesk/cgm"
)

func TestRetentionEndsAfterTheAnniversary(t *testing.T) {
	day := func(y int, m time.Month, d int) cgm.Date { return cgm.NewDate(y, m, d) }
	six := Settings{RetentionYears: 6}
	for _, c := range []struct {
		last, today cgm.Date
		past        bool
	}{
		{day(2020, 5, 14), day(2026, 5, 14), false},
		{day(2020, 5, 14), day(2026, 5, 15), true},
		{day(2020, 2, 29), day(2026, 3, 1), false}, // there is no 29th in 2026
		{day(2020, 2, 29), day(2026, 3, 2), true},
	} {
		if got := six.PastRetention(c.last, c.today); got != c.past {
			t.Errorf("%s on %s: %v", c.last, c.today, got)
		}
	}
	if (Settings{}).PastRetention(day(1990, 1, 1), day(2026, 1, 1)) {
		t.Error("pointed out although nothing is set")
	}
}
