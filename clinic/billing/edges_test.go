package billing

import (
	"testing"
	"time"

	"tracedesk/clinic"
	"tracedesk/clinic/steps"
)

// TestADateOfServiceTakesTheReadWithExactly72Hours: 863 slots of 5 minutes are
// 71 h 55 min and 864 are 72 h. The sensor came back on 14 May; it was read short on
// that day, whole on the 16th, and once more on the 20th.
func TestADateOfServiceTakesTheReadWithExactly72Hours(t *testing.T) {
	c := whole()
	remove(steps.Read)(c)
	for _, r := range []struct {
		day   string
		slots int
	}{{"2026-05-14T11:20:00", 863}, {"2026-05-16T09:00:00", 864}, {"2026-05-20T09:00:00", 2800}} {
		add(c, steps.Record{Step: steps.Read, At: at(r.day), Download: &steps.Download{RecordingHash: "R", HoursRecorded: float64(r.slots*5) / 60, Readings: r.slots}})
	}
	if day, known := c.ServiceDate(clinic.Code95250); !known || day != on("2026-05-16") {
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
		k.Latest(steps.Returned).At, k.Latest(steps.Read).At = at(c.back), at(c.read)
		if day, known := k.ServiceDate(clinic.Code95250); !known || day != on(c.want) {
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
	remove(steps.Interpreted)(c)
	if got := c.LateBy(time.Date(2027, time.May, 15, 8, 0, 0, 0, zone)); got != 0 {
		t.Errorf("what was not written is late by %d", got)
	}
}

// TestAShortWearUsesUpNoMonth: under 72 recorded hours within less than 72 hours
// nothing can be reported, so that the next wear of the month stands in nobody's way.
func TestAShortWearUsesUpNoMonth(t *testing.T) {
	for _, c := range []struct {
		what     string
		check    *clinic.CheckRecord
		end      steps.Step
		services int
		next     clinic.Answer
	}{
		{"864 slots", checkOf(864, 72), "", 2, NotMet},
		{"863 slots in 72 hours: a payer may count the span", checkOf(863, 72), "", 2, NotMet},
		{"863 slots in 71 h 55 min", checkOf(863, 863.0/12), "", 0, Met},
		{"nothing read", nil, "", 0, Met},
		{"whole, but called failed", checkOf(864, 72), steps.Failed, 0, Met},
		{"whole, but called lost", checkOf(864, 72), steps.Lost, 0, Met},
	} {
		first := whole()
		first.Check = c.check
		if c.end != "" {
			add(first, steps.Record{Step: c.end, At: at("2026-05-15T12:00:00"), Reason: "x"})
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
		placed, trained clinic.Person
		supervisor      clinic.Person
		want            clinic.Answer
	}{
		{"both by a practitioner", doctor, doctor, clinic.Person{}, Met},
		{"placed by a practitioner, trained by a nurse", doctor, nurse, clinic.Person{}, CannotTell},
		{"placed by a nurse, trained by a practitioner", nurse, doctor, clinic.Person{}, CannotTell},
		{"both by a nurse", nurse, nurse, clinic.Person{}, CannotTell},
		{"both by a nurse who is supervised", nurse, nurse, doctor, Met},
		{"placed by a practitioner, nobody trained", doctor, clinic.Person{}, clinic.Person{}, Met},
		{"placed by nobody", clinic.Person{}, doctor, doctor, CannotTell},
	} {
		k := whole()
		k.Order().Supervisor = c.supervisor
		k.Placement().By, k.Placement().Training.By = c.placed, c.trained
		if q := answers(k)["B15/95250"]; q.Answer != c.want {
			t.Errorf("%s: %s: %s", c.what, q.Answer, q.Sentence)
		}
	}
}

// TestOneSensorIsWornForTenDaysAndAHalf: 252 h are 10 days and the 12 hours of
// grace; a minute more is another sensor.
func TestOneSensorIsWornForTenDaysAndAHalf(t *testing.T) {
	for hours, want := range map[float64]clinic.Answer{240: Met, 252: Met, 252 + 1.0/60: NotMet} {
		k := whole()
		k.Check = checkOf(2800, hours)
		if q := answers(k)["B04/95250"]; q.Answer != want {
			t.Errorf("%g h: %s: %s", hours, q.Answer, q.Sentence)
		}
	}
}
