package present

import (
	"strings"
	"testing"
	"time"

	"tracedesk/cgm"
	"tracedesk/cgm/cgmtest"
	"tracedesk/clinic"
	"tracedesk/device/export"
	"tracedesk/device/receiver"
	"tracedesk/workflow"
)

// TestAMatchIsCertainOnlyWhereOnePersonIsMeant: a wear waits for the recording by its
// transmitter. The name in the file must lead to its patient and to nobody else.
func TestAMatchIsCertainOnlyWhereOnePersonIsMeant(t *testing.T) {
	set := clinic.DefaultSettings()
	ana := clinic.Patient{ID: "1", FirstName: "Ana", LastName: "García", BirthDate: "1964-06-20", Identifier: "A-1"}
	twin := ana
	twin.ID, twin.Identifier = "2", "A-2"
	bo := clinic.Patient{ID: "3", FirstName: "Bo", LastName: "Lind", BirthDate: "1950-01-01"}
	whose := func(p clinic.Patient) string { return Identity(p, set) }
	for _, c := range []struct {
		what    string
		named   clinic.Patient
		known   []clinic.Patient
		waiting []string
		want    bool
	}{
		{"nobody waits", ana, []clinic.Patient{ana}, []string{""}, false},
		{"the file names nobody", clinic.Patient{}, nil, []string{whose(ana)}, true},
		{"it names who waits", ana, []clinic.Patient{ana}, []string{whose(ana)}, true},
		{"it names somebody else who is known", bo, []clinic.Patient{bo}, []string{whose(ana)}, false},
		{"it names somebody who is not known", bo, nil, []string{whose(ana)}, false},
		{"two known patients fit the name, and one of them waits", ana, []clinic.Patient{ana, twin}, []string{whose(ana)}, false},
		{"the same, the other way around", ana, []clinic.Patient{twin, ana}, []string{whose(ana)}, false},
		{"two recordings, both of who waits", ana, []clinic.Patient{ana}, []string{whose(ana), whose(ana)}, true},
		{"two recordings, one waits for nobody", ana, []clinic.Patient{ana}, []string{"", whose(ana)}, true},
		{"two recordings, one of another's wear", ana, []clinic.Patient{ana}, []string{whose(ana), whose(bo)}, false},
	} {
		r := &Review{Intake: &workflow.Intake{Named: c.named}, Known: c.known, Waiting: c.waiting, settings: set}
		if got := r.Certain(); got != c.want {
			t.Errorf("%s: certain is %v", c.what, got)
		}
	}
}

func TestAPatientIsLookedForWhereOneFitsOrNobodyIsNamed(t *testing.T) {
	ana := clinic.Patient{FirstName: "Ana"}
	for _, c := range []struct {
		named clinic.Patient
		known []clinic.Patient
		some  bool
		want  bool
	}{
		{ana, []clinic.Patient{ana}, true, true}, {ana, nil, true, false}, {ana, nil, false, false},
		{clinic.Patient{}, nil, true, true}, {clinic.Patient{}, nil, false, false},
	} {
		r := &Review{Intake: &workflow.Intake{Named: c.named}, Known: c.known, some: c.some}
		if got := r.LikelyStored(); got != c.want {
			t.Errorf("%+v: %v", c, got)
		}
	}
}

// TestAReceiversFactsSayHowItsClockStands: under a minute it is this computer's; whole
// days are counted from two on.
func TestAReceiversFactsSayHowItsClockStands(t *testing.T) {
	for off, want := range map[time.Duration]string{
		0: "as this computer's", 59 * time.Second: "as this computer's", -59 * time.Second: "as this computer's",
		time.Minute: "1 min ahead of this computer's", -time.Minute: "1 min behind this computer's", 90 * time.Minute: "1 h 30 min ahead of this computer's",
		-47 * time.Hour: "47 h behind this computer's", 48 * time.Hour: "2 days ahead of this computer's", -1000 * time.Hour: "41 days behind this computer's",
	} {
		r := &Review{Intake: &workflow.Intake{Receiver: &receiver.Receiver{BatteryPercent: 87, ClockKnown: true, ClockOffset: off}}}
		facts := r.Facts()
		if got := value(facts, "Clock"); got != want {
			t.Errorf("%v: %q, not %q", off, got, want)
		}
		if got := value(facts, "Battery"); got != "87 %" {
			t.Error(got)
		}
	}
	unknown := &Review{Intake: &workflow.Intake{Receiver: &receiver.Receiver{BatteryPercent: -1}}}
	if facts := unknown.Facts(); value(facts, "Clock") != "no such fact" || value(facts, "Battery") != "no such fact" {
		t.Errorf("%+v", facts)
	}
	collected := &Review{Intake: &workflow.Intake{Receiver: &receiver.Receiver{State: receiver.StateCollected, BatteryPercent: -1}}}
	if got := value(collected.Facts(), "State"); got != "collected, not yet uploaded" {
		t.Error(got)
	}
}

func TestARecordingsFactsCountItsLimits(t *testing.T) {
	r := cgmtest.Wear(1, 5)
	r.Readings = r.Readings[:100]
	for i := range r.Readings {
		r.Readings[i].MgDL, r.Readings[i].Flag = 120, cgm.InRange
	}
	for i := range 3 {
		r.Readings[i].MgDL, r.Readings[i].Flag = cgm.LowMgDL, cgm.Low
	}
	r.Readings[9].MgDL, r.Readings[9].Flag = cgm.HighMgDL, cgm.High
	r.TransmitterID, r.DeviceModel, r.DeviceID = "", "", ""
	review := &Review{Intake: &workflow.Intake{Recordings: []*cgm.Recording{r}}, Waiting: []string{"Ana"}, settings: clinic.DefaultSettings()}
	facts := review.RecordingFacts(0)
	for label, want := range map[string]string{"Readings": "100, every 5 min (3 LOW, 1 HIGH)", "Transmitter": "not named", "Device": "not named", "Waits for it": "Ana"} {
		if got := value(facts, label); got != want {
			t.Errorf("%s: %q, not %q", label, got, want)
		}
	}
}

// TestWarningsListSixRowsAndCountTheRest is of what could not be read and of what was
// left out.
func TestWarningsListSixRowsAndCountTheRest(t *testing.T) {
	s := &workflow.Intake{Recordings: []*cgm.Recording{cgmtest.Wear(4, 5)}}
	for n := range 8 {
		s.Problems = append(s.Problems, export.Problem{Line: n + 2, Message: "x"})
	}
	for n := range 7 {
		s.LeftOut = append(s.LeftOut, export.LeftOut{Line: n + 20, Reason: "y"})
	}
	s.LeftOut = append(s.LeftOut, export.LeftOut{Line: 2, Reason: "told already"})
	s.Recordings[0].Duplicates = 1
	text := strings.Join((&Review{Intake: s}).Warnings(), "\n")
	for want, n := range map[string]int{"was not read: x": 6, "was left out: y": 6, "… and 2 more": 1, "… and 1 more": 1, "told already": 0, "1 reading appeared twice and is kept once": 1} {
		if got := strings.Count(text, want); got != n {
			t.Errorf("%q is said %d times, not %d:\n%s", want, got, n, text)
		}
	}
	two := &workflow.Intake{Recordings: []*cgm.Recording{cgmtest.Wear(4, 5), cgmtest.Wear(4, 6)}}
	if text := strings.Join((&Review{Intake: two}).Warnings(), "\n"); !strings.Contains(text, "recordings of 2 transmitters") {
		t.Error(text)
	}
	two.Receiver = &receiver.Receiver{}
	if text := strings.Join((&Review{Intake: two}).Warnings(), "\n"); !strings.Contains(text, "holds 2 wears, perhaps of several patients") {
		t.Error(text)
	}
}

// TestOfAReceiverTheLatestIsTicked: a reader goes from one patient to the next, while a
// file is one person's.
func TestOfAReceiverTheLatestIsTicked(t *testing.T) {
	d := newDesk(t)
	recordings := []*cgm.Recording{cgmtest.Wear(1, 5), cgmtest.Wear(2, 6), cgmtest.Wear(3, 7)}
	for _, of := range []*receiver.Receiver{nil, {}} {
		r, err := d.Reading().review(&workflow.Intake{Recordings: recordings, Receiver: of})
		if err != nil {
			t.Fatal(err)
		}
		for i, chosen := range r.Chosen {
			if want := of == nil || i == 2; chosen != want {
				t.Errorf("of a receiver %v: recording %d is ticked: %v", of != nil, i, chosen)
			}
		}
	}
}

// TestTheColumnsOfAFileAreRememberedOnce: chosen again, they take the place of the
// earlier choice.
func TestTheColumnsOfAFileAreRememberedOnce(t *testing.T) {
	d := newDesk(t)
	for _, unit := range []cgm.Unit{"mg/dL", "mmol/L", "mmol/L"} {
		if err := d.Reading().LearnColumns(clinic.ExportColumns{Time: "Zeit", Glucose: "Wert", Unit: unit}); err != nil {
			t.Fatal(err)
		}
	}
	if c := d.Settings().Columns; len(c) != 1 || c[0].Unit != "mmol/L" {
		t.Errorf("%+v", c)
	}
}
