package wording

import (
	"strings"
	"testing"
	"time"

	"tracedesk/cgm"
	"tracedesk/clinic"
)

// wear is a recording of so many readings without a gap.
func wear(readings int) *cgm.Recording {
	r := &cgm.Recording{TransmitterID: "8ABCDE", Unit: cgm.MgDL, IntervalSeconds: 300}
	start := cgm.NewWallTime(2024, time.March, 4, 10, 0, 0)
	for i := range readings {
		s := int64(7200 + 300*i)
		r.Readings = append(r.Readings, cgm.Reading{System: s, Display: start + cgm.WallTime(300*i), TransmitterSeconds: s, MgDL: 120})
	}
	return r
}

func TestHoursAreNeverRoundedUp(t *testing.T) {
	check := clinic.CheckRecording(wear(863))
	if got := Hours(check.Coverage.HoursRecorded); got != "71 h 55 min" {
		t.Errorf("863 slots are %s", got)
	}
	if s := CheckSentence(check); !strings.Contains(s, "not met: 71 h 55 min") {
		t.Error(s)
	}
	if got := Hours(clinic.CheckRecording(wear(1)).Coverage.HoursRecorded); got != "5 min" {
		t.Errorf("one slot is %s", got)
	}
	if got := Hours(71.99999); got != "71 h 59 min" {
		t.Error(got)
	}
}

func TestNotesNameWhatIsNotInTheRecording(t *testing.T) {
	if notes := CheckNotes(clinic.CheckRecording(wear(864)), wear(864)); len(notes) != 0 {
		t.Errorf("notes about a plain recording: %q", notes)
	}
	r := wear(100 * 288)
	r.BadRows, r.Conflicts, r.NoDeviceClock = 1, 2, true
	notes := strings.Join(CheckNotes(clinic.CheckRecording(r), r), "\n")
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
	notes := strings.Join(CheckNotes(clinic.CheckRecording(r), r), "\n")
	for _, want := range []string{"set back by 1 h", "it showed " + (at - 3600).Date().String() + " " + (at - 3600).Clock(), "set forward by 365 days"} {
		if !strings.Contains(notes, want) {
			t.Errorf("%q is not said in %q", want, notes)
		}
	}
}
