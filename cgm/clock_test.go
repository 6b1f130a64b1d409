package cgm

import "testing"

func TestClockChangesSayWhenAndByHowMuch(t *testing.T) {
	start := NewWallTime(2026, 3, 8, 1, 0, 0)
	r := &Recording{}
	for i := range 40 {
		g := Reading{System: int64(7200 + 300*i), Display: start + WallTime(300*i)}
		switch {
		case i >= 30:
			g.Display += 3600 - 6*3600 // then six time zones to the west
		case i >= 12:
			g.Display += 3600 // 01:55 is followed by 03:00
		}
		g.Display += WallTime(i % 3) // drift is no change
		r.Readings = append(r.Readings, g)
	}
	got := r.ClockChanges()
	if len(got) != 2 {
		t.Fatalf("%+v", got)
	}
	for i, want := range []struct {
		at      string
		seconds int64
	}{{"2026-03-08T03:00:00", 3600}, {"2026-03-07T22:30:00", -6 * 3600}} {
		if d := got[i].Seconds - want.seconds; got[i].At.String() != want.at || d > 3 || d < -3 {
			t.Errorf("change %d: %s by %d s, want %s by %d", i, got[i].At, got[i].Seconds, want.at, want.seconds)
		}
	}
	if (&Recording{}).ClockChanges() != nil {
		t.Error("a recording without readings has a clock change")
	}
}
