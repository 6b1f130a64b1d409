package clinic

import (
	"strings"
	"testing"
	"time"

	"tracedesk/cgm"
)

func wear(readings int) *cgm.Recording {
	r := &cgm.Recording{TransmitterID: "8ABCDE", Unit: cgm.MgDL, IntervalSeconds: 300}
	start := cgm.NewWallTime(2024, time.March, 4, 10, 0, 0)
	for i := range readings {
		s := int64(7200 + 300*i)
		r.Readings = append(r.Readings, cgm.Reading{System: s, Display: start + cgm.WallTime(300*i), TransmitterSeconds: s, MgDL: 120})
	}
	return r
}

// lose takes out n readings after the first hundred.
func lose(r *cgm.Recording, n int) *cgm.Recording {
	r.Readings = append(r.Readings[:100:100], r.Readings[100+n:]...)
	return r
}

func TestCheckNeedsEverySlotOf72Hours(t *testing.T) {
	twice := wear(863)
	again := twice.Readings[400]
	again.System += 40 // the same slot, from another display device
	twice.Readings = append(twice.Readings[:401:401], append([]cgm.Reading{again}, twice.Readings[401:]...)...)
	lows := wear(864)
	for i := range lows.Readings {
		lows.Readings[i].MgDL, lows.Readings[i].Flag = cgm.LowMgDL, cgm.Low
	}
	forward := wear(860)
	for i := 400; i < 860; i++ { // daylight saving begins: an hour on the wall, none on the device
		forward.Readings[i].Display += 3600
	}
	for _, c := range []struct {
		name string
		r    *cgm.Recording
		want CheckResult
	}{
		{"864 slots", wear(864), Met},
		{"863 slots", wear(863), NotMet},
		{"864 readings in 863 slots", twice, NotMet},
		{"one reading", wear(1), NotMet},
		{"LOW counts", lows, Met},
		{"a gap within 72 hours", lose(wear(864), 1), SpanOnly},
		{"a gap made up for", lose(wear(900), 36), Met},
		{"a gap not made up for", lose(wear(900), 37), SpanOnly},
		{"an hour of daylight saving", forward, NotMet},
	} {
		got := CheckRecording(c.r)
		if got.Result != c.want {
			t.Errorf("%s: %s, want %s (%+v)", c.name, got.Result, c.want, got.Coverage)
		}
		if got.MethodVersion != 1 || got.RecordingHash != c.r.Hash() {
			t.Errorf("%s: method and hash are not in the result", c.name)
		}
	}
}

func TestHoursAreNeverRoundedUp(t *testing.T) {
	check := CheckRecording(wear(863))
	if got := Hours(check.Coverage.HoursRecorded); got != "71 h 55 min" {
		t.Errorf("863 slots are %s", got)
	}
	if s := check.Sentence(); !strings.Contains(s, "not met: 71 h 55 min") {
		t.Error(s)
	}
	if got := Hours(CheckRecording(wear(1)).Coverage.HoursRecorded); got != "5 min" {
		t.Errorf("one slot is %s", got)
	}
	if got := Hours(71.99999); got != "71 h 59 min" {
		t.Error(got)
	}
}

func TestNotesNameWhatIsNotInTheRecording(t *testing.T) {
	if notes := CheckRecording(wear(864)).Notes(wear(864)); len(notes) != 0 {
		t.Errorf("notes about a plain recording: %q", notes)
	}
	r := wear(100 * 288)
	r.BadRows, r.Conflicts, r.NoDeviceClock = 1, 2, true
	notes := strings.Join(CheckRecording(r).Notes(r), "\n")
	for _, want := range []string{"1 row of the source", "2 readings left out", "wall-clock times only", "100 days; one sensor"} {
		if !strings.Contains(notes, want) {
			t.Errorf("no note says %q: %s", want, notes)
		}
	}
}

func TestNotesSayWhenTheWallClockWasSetAndByHowMuch(t *testing.T) {
	r := wear(864)
	at := r.Readings[100].Display
	for i := range r.Readings {
		if i >= 100 {
			r.Readings[i].Display -= 3600
		}
		if i >= 300 {
			r.Readings[i].Display += 365 * cgm.SecondsPerDay
		}
	}
	notes := strings.Join(CheckRecording(r).Notes(r), "\n")
	for _, want := range []string{"set back by 1 h", "it showed " + (at - 3600).Date().String() + " " + (at - 3600).Clock(), "set forward by 365 days"} {
		if !strings.Contains(notes, want) {
			t.Errorf("%q is not said in %q", want, notes)
		}
	}
}
