package workflow

import (
	"slices"
	"strings"
	"testing"

	"tracedesk/cgm"
	"tracedesk/clinic"
	"tracedesk/clinic/steps"
	"tracedesk/storage"
)

// queued is a made-up wear in the state of its brief.
func queued(id, patient string, last cgm.Date, b steps.Brief) *storage.WearSummary {
	w := &storage.WearSummary{Wear: clinic.Wear{ID: id, PatientID: patient}, Brief: b}
	if b.Read {
		w.Last = cgm.NewWallTime(2026, 5, 1, 12, 0, 0) + cgm.WallTime(86400*int64(last-cgm.NewDate(2026, 5, 1)))
	}
	return w
}

// TestTheQueueHasOneOrder gives wears in all states, some twice, on June 15.
func TestTheQueueHasOneOrder(t *testing.T) {
	day := func(d int) cgm.Date { return cgm.NewDate(2026, 6, d) }
	placed := func(d int) steps.Brief { return steps.Brief{Ordered: true, Placed: true, PlacedAt: day(d)} }
	read := func(change func(*steps.Brief)) steps.Brief {
		b := steps.Brief{Ordered: true, Placed: true, PlacedAt: day(1), Returned: true, Read: true, Printed: true}
		change(&b)
		return b
	}
	returned := placed(2)
	returned.Returned = true
	reviewed := func(b *steps.Brief) { b.Reviewer = "me" }
	wears := []*storage.WearSummary{
		queued("ordered", "zoe", 0, steps.Brief{Ordered: true}),
		queued("done", "zoe", day(1), read(func(b *steps.Brief) { b.Signed, b.Filed, b.Billed = true, true, true })),
		queued("out", "ana", 0, placed(14)),
		queued("ready", "bo", day(9), read(func(b *steps.Brief) { b.Signed, b.Filed = true, true })),
		queued("file", "bo", day(9), read(func(b *steps.Brief) { b.Signed = true })),
		queued("sign", "bo", day(9), read(func(b *steps.Brief) { b.Drafted = true })),
		queued("interpret-late", "zoe", day(3), read(reviewed)),
		queued("interpret-new", "ana", day(9), read(reviewed)),
		queued("interpret-new-2", "ana", day(9), read(func(*steps.Brief) {})),
		queued("interpret-new-bo", "bo", day(9), read(func(*steps.Brief) {})),
		queued("print", "bo", day(9), read(func(b *steps.Brief) { b.Printed = false })),
		queued("read", "bo", 0, returned),
		queued("due", "bo", 0, placed(5)),
		queued("overdue-new", "ana", 0, placed(3)),
		queued("overdue-old", "zoe", 0, placed(1)),
		queued("ended", "zoe", 0, steps.Brief{Ordered: true, Ended: true}),
	}
	names := map[string]string{"ana": "Ana Doe", "bo": "Bo Lind", "zoe": "Zoe Ash"}
	const order = "overdue-old overdue-new due read print interpret-late interpret-new interpret-new-2 " +
		"interpret-new-bo sign file ready out ordered"
	for range 2 { // in whatever order they come
		if got := ids(Queue(wears, names, "", day(15))); got != order {
			t.Errorf("the queue is %s", got)
		}
		slices.Reverse(wears)
	}
	if got := ids(Queue(wears, names, "me", day(15))); got != "interpret-late interpret-new" {
		t.Errorf("what is mine is %s", got)
	}
	stages := map[steps.Stage]bool{}
	for _, w := range wears {
		stages[w.Brief.Stage(day(15))] = true
	}
	for _, s := range steps.Stages {
		if !stages[s] {
			t.Errorf("no wear is %s", s)
		}
	}
}

func ids(wears []*storage.WearSummary) string {
	var out []string
	for _, w := range wears {
		out = append(out, w.Wear.ID)
	}
	return strings.Join(out, " ")
}
