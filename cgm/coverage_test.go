package cgm

import (
	"testing"
	"time"
)

// regular is n readings of 100 mg/dL, five minutes apart.
func regular(n int) *Recording {
	r := &Recording{Unit: MgDL, IntervalSeconds: 300}
	start := NewWallTime(2024, time.March, 4, 10, 0, 0)
	for i := range n {
		s := int64(7200 + 300*i)
		r.Readings = append(r.Readings, Reading{System: s, Display: start + WallTime(300*i), TransmitterSeconds: s, MgDL: 100})
	}
	return r
}

func without(r *Recording, from, to int) *Recording {
	r.Readings = append(r.Readings[:from:from], r.Readings[to:]...)
	return r
}

func TestCoverageCountsSlotsByTheDevicesClock(t *testing.T) {
	jitter := regular(10)
	for i := range jitter.Readings { // a second or two early or late is the same slot
		jitter.Readings[i].System += int64((i+2)%3 - 1)
	}
	twice := regular(10)
	extra := twice.Readings[4]
	extra.System += 60
	twice.Readings = append(twice.Readings[:5:5], append([]Reading{extra}, twice.Readings[5:]...)...)
	setClock := regular(10)
	for i := 5; i < 10; i++ { // the wall clock was set forward by an hour
		setClock.Readings[i].Display += 3600
	}
	for _, c := range []struct {
		name        string
		r           *Recording
		slots       int
		hours, span float64
		longest     float64
		over30      int
	}{
		{"none", regular(0), 0, 0, 0, 0, 0},
		{"one reading", regular(1), 1, 5.0 / 60, 5.0 / 60, 0, 0},
		{"864 readings are 72 hours", regular(864), 864, 72, 72, 0, 0},
		{"863 readings are not", regular(863), 863, 71 + 55.0/60, 71 + 55.0/60, 0, 0},
		{"jitter", jitter, 10, 50.0 / 60, 50.0 / 60, 0, 0},
		{"a slot twice", twice, 10, 50.0 / 60, 50.0 / 60, 0, 0},
		{"a set clock", setClock, 10, 50.0 / 60, 50.0 / 60, 0, 0},
		{"a gap of 25 minutes", without(regular(20), 5, 9), 16, 80.0 / 60, 100.0 / 60, 25, 0},
		{"a gap of 30 minutes", without(regular(20), 5, 10), 15, 75.0 / 60, 100.0 / 60, 30, 1},
	} {
		got := c.r.Coverage()
		if got.Slots != c.slots || got.HoursRecorded != c.hours || got.LongestGapMinutes != c.longest || got.GapsOver30 != c.over30 {
			t.Errorf("%s: %+v", c.name, got)
		}
		if d := got.HoursSpan - c.span; d > 1e-3 || d < -1e-3 {
			t.Errorf("%s: a span of %v h, want %v", c.name, got.HoursSpan, c.span)
		}
	}
}

func TestRecordedByLeavesOutGaps(t *testing.T) {
	r := without(regular(1000), 100, 112) // an hour is missing
	at, ok := r.RecordedBy(72)
	if want := int64(7200 + 300*(864+12)); !ok || at != want {
		t.Errorf("72 hours recorded at %d, want %d", at, want)
	}
	if _, ok := regular(863).RecordedBy(72); ok {
		t.Error("863 readings reached 72 hours")
	}
}

func TestAGapIsNamedByTheWallClock(t *testing.T) {
	gaps := without(regular(20), 5, 10).Coverage().Gaps
	if len(gaps) != 1 || gaps[0].From.Clock() != "10:20" || gaps[0].To.Clock() != "10:50" || gaps[0].After != 4 {
		t.Errorf("%+v", gaps)
	}
}

func TestTheHashIsThatOfTheCSV(t *testing.T) {
	// printf 'system_seconds,…\n7200,2024-03-04T10:00:00,100,,,7200,false\n' | sha256sum
	const want = "bf544d4553ec0640ec319f068c5be34f9dcbe9006082afa8c1df25adfa74ac08"
	if got := regular(1).Hash(); got != want {
		t.Errorf("hash %s, want %s", got, want)
	}
}
