package clinic

import (
	"testing"
	"time"
)

// TestADateOfServiceTakesTheReadWithExactly72Hours: 863 slots of 5 minutes are
// 71 h 55 min and 864 are 72 h. The sensor came back on 14 May; it was read short on
// that day, whole on the 16th, and once more on the 20th.
func TestADateOfServiceTakesTheReadWithExactly72Hours(t *testing.T) {
	c := whole()
	remove(StepRead)(c)
	for _, r := range []struct {
		day   string
		slots int
	}{{"2026-05-14T11:20:00", 863}, {"2026-05-16T09:00:00", 864}, {"2026-05-20T09:00:00", 2800}} {
		add(c, StepRecord{Step: StepRead, At: at(r.day), Download: &Download{RecordingHash: "R", HoursRecorded: float64(r.slots*5) / 60, Readings: r.slots}})
	}
	if day, known := c.ServiceDate(Code95250); !known || day != on("2026-05-16") {
		t.Errorf("the date of service is %s", day)
	}
}

// TestTheLaterOfReturnAndReadIsTheDateOfService tries both orders.
func TestTheLaterOfReturnAndReadIsTheDateOfService(t *testing.T) {
	for _, c := range []struct{ back, read, want string }{
		{"2026-05-14T11:00:00", "2026-05-14T23:59:59", "2026-05-14"},
		{"2026-05-14T23:59:59", "2026-05-15T00:00:00", "2026-05-15"},
		{"2026-05-17T08:00:00", "2026-05-15T09:00:00", "2026-05-17"},
	} {
		k := whole()
		k.latest(StepReturned).At, k.latest(StepRead).At = at(c.back), at(c.read)
		if day, known := k.ServiceDate(Code95250); !known || day != on(c.want) {
			t.Errorf("back %s, read %s: %s", c.back, c.read, day)
		}
	}
}

// TestASignatureIsLateFromTheEighthDay: it was written on 15 May. The 22nd is the
// seventh day, whatever the hour, and the 23rd the eighth.
func TestASignatureIsLateFromTheEighthDay(t *testing.T) {
	zone := time.FixedZone("", -5*3600)
	c := whole()
	for _, k := range []struct {
		now  time.Time
		late int
	}{
		{time.Date(2026, time.May, 15, 8, 0, 0, 0, zone), 0},
		{time.Date(2026, time.May, 21, 12, 0, 0, 0, zone), 0},
		{time.Date(2026, time.May, 22, 0, 0, 0, 0, zone), 0},
		{time.Date(2026, time.May, 22, 23, 59, 59, 0, zone), 0},
		{time.Date(2026, time.May, 23, 0, 0, 0, 0, zone), 8},
		{time.Date(2026, time.June, 14, 9, 0, 0, 0, zone), 30},
	} {
		if got := c.LateBy(k.now); got != k.late {
			t.Errorf("at %s it is late by %d, want %d", k.now, got, k.late)
		}
	}
	remove(StepInterpreted)(c)
	if got := c.LateBy(time.Date(2027, time.May, 15, 8, 0, 0, 0, zone)); got != 0 {
		t.Errorf("what was not written is late by %d", got)
	}
}

// TestAShortWearUsesUpNoMonth: under 72 recorded hours within less than 72 hours
// nothing can be reported, so that the next wear of the month stands in nobody's way.
func TestAShortWearUsesUpNoMonth(t *testing.T) {
	for _, c := range []struct {
		what     string
		check    *CheckRecord
		end      Step
		services int
		next     Answer
	}{
		{"864 slots", checkOf(864, 72), "", 2, RuleNotMet},
		{"863 slots in 72 hours: a payer may count the span", checkOf(863, 72), "", 2, RuleNotMet},
		{"863 slots in 71 h 55 min", checkOf(863, 863.0/12), "", 0, RuleMet},
		{"nothing read", nil, "", 0, RuleMet},
		{"whole, but called failed", checkOf(864, 72), StepFailed, 0, RuleMet},
		{"whole, but called lost", checkOf(864, 72), StepLost, 0, RuleMet},
	} {
		first := whole()
		first.Check = c.check
		if c.end != "" {
			add(first, StepRecord{Step: c.end, At: at("2026-05-15T12:00:00"), Reason: "x"})
		}
		own := first.OwnServices()
		if len(own) != c.services {
			t.Errorf("%s: %d services", c.what, len(own))
		}
		second := moved("2026-05-28")
		second.Services = own
		if q := answers(second)["B06/95250"]; q.Answer != c.next {
			t.Errorf("%s: the next wear of the month: %s: %s", c.what, q.Answer, q.Sentence)
		}
	}
}

// TestWhoeverDidAPartMustBeSupervised: a practitioner needs nobody above them for
// what they did, but the nurse who did the other half does.
func TestWhoeverDidAPartMustBeSupervised(t *testing.T) {
	for _, c := range []struct {
		what            string
		placed, trained Person
		supervisor      Person
		want            Answer
	}{
		{"both by a practitioner", doctor, doctor, Person{}, RuleMet},
		{"placed by a practitioner, trained by a nurse", doctor, nurse, Person{}, RuleCannotTell},
		{"placed by a nurse, trained by a practitioner", nurse, doctor, Person{}, RuleCannotTell},
		{"both by a nurse", nurse, nurse, Person{}, RuleCannotTell},
		{"both by a nurse who is supervised", nurse, nurse, doctor, RuleMet},
		{"placed by a practitioner, nobody trained", doctor, Person{}, Person{}, RuleMet},
		{"placed by nobody", Person{}, doctor, doctor, RuleCannotTell},
	} {
		k := whole()
		k.order().Supervisor = c.supervisor
		k.placement().By, k.placement().Training.By = c.placed, c.trained
		if q := answers(k)["B15/95250"]; q.Answer != c.want {
			t.Errorf("%s: %s: %s", c.what, q.Answer, q.Sentence)
		}
	}
}

// TestOneSensorIsWornForTenDaysAndAHalf: 252 h are 10 days and the 12 hours of
// grace; a minute more is another sensor.
func TestOneSensorIsWornForTenDaysAndAHalf(t *testing.T) {
	for hours, want := range map[float64]Answer{240: RuleMet, 252: RuleMet, 252 + 1.0/60: RuleNotMet} {
		k := whole()
		k.Check = checkOf(2800, hours)
		if q := answers(k)["B04/95250"]; q.Answer != want {
			t.Errorf("%g h: %s: %s", hours, q.Answer, q.Sentence)
		}
	}
}

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
