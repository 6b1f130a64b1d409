package cgm

import "testing"

// anonymous takes a recording's id and its counts away: the wall clock alone is left.
func anonymous(r *Recording) *Recording {
	r.TransmitterID, r.NoDeviceClock = "", true
	for i := range r.Readings {
		r.Readings[i].TransmitterSeconds = NoTransmitterTime
		r.Readings[i].System = int64(r.Readings[i].Display)
	}
	return r
}

// raised adds to every value from the n-th on.
func raised(r *Recording, n int) *Recording {
	for i := n; i < len(r.Readings); i++ {
		r.Readings[i].MgDL += 7
	}
	return r
}

// moved sets the wall clock of a recording by so many seconds.
func moved(r *Recording, seconds WallTime) *Recording {
	for i := range r.Readings {
		r.Readings[i].Display += seconds
	}
	return r
}

func renamed(r *Recording, id string) *Recording {
	r.TransmitterID = id
	return r
}

func inserted(r *Recording, at int64) *Recording {
	r.InsertedAt = at
	return r
}

// TestHowARecordingStandsToOneThatIsKept is over the first 60 of 100 readings; counts are
// the transmitter's where nothing else is said.
func TestHowARecordingStandsToOneThatIsKept(t *testing.T) {
	kept := func() *Recording { return counting(0, 60, 0) }
	for _, c := range []struct {
		what    string
		kept, r *Recording
		want    Kinship
	}{
		{"the same readings", kept(), counting(40, 100, 0), SameReadings},
		{"the same on another zero", kept(), counting(40, 100, 5_000), SameReadings},
		{"more of the run", kept(), counting(60, 100, 0), Continues},
		{"what came before", counting(40, 100, 0), counting(0, 40, 0), Continues},
		{"the same counts, a wall clock a day off", kept(), moved(counting(40, 100, 0), 86400), SameReadings},
		{"the same counts, two days later: another run", kept(), moved(counting(40, 100, 0), 2*86400), Stranger},
		{"counts that continue, a week later", kept(), moved(counting(60, 100, 0), 7*86400), Stranger},
		{"a third of the shared contradict", kept(), raised(counting(40, 100, 0), 13), SameReadings},
		{"half of the shared contradict", kept(), raised(counting(40, 100, 0), 10), Unclear},
		{"nine of ten contradict", kept(), raised(counting(40, 100, 0), 2), Stranger},
		{"nothing", kept(), &Recording{TransmitterID: "8ABCDE"}, Stranger},
		{"to nothing", &Recording{TransmitterID: "8ABCDE"}, counting(0, 60, 0), Stranger},
		{"another id, the same readings", kept(), renamed(counting(40, 100, 0), "8OTHER"), SameReadings},
		{"another id, too few to be no chance", kept(), renamed(counting(49, 60, 0), "8OTHER"), Unclear},
		{"another id, none shared", kept(), renamed(counting(60, 100, 0), "8OTHER"), Stranger},
		{"no id, three shared", kept(), anonymous(counting(57, 100, 0)), SameReadings},
		{"no id, two shared", kept(), anonymous(counting(58, 100, 0)), Unclear},
		{"no id, none shared", kept(), anonymous(counting(60, 100, 0)), Stranger},
		{"no id, all others", kept(), raised(anonymous(counting(0, 60, 0)), 0), Stranger},
		{"another insertion", inserted(kept(), 1000), inserted(counting(60, 100, 0), 900_000), Stranger},
		{"the same insertion, two minutes apart", inserted(kept(), 1000), inserted(counting(60, 100, 0), 1120), Continues},
		{"the same, a second more", inserted(kept(), 1000), inserted(counting(60, 100, 0), 1121), Stranger},
		{"only one says its insertion, none shared", inserted(kept(), 1000), counting(60, 100, 0), Stranger},
		{"only one says its insertion, some shared", inserted(kept(), 1000), counting(40, 100, 0), SameReadings},
	} {
		if got := KinshipOf(c.kept, c.r); got != c.want {
			t.Errorf("%s: %d, want %d", c.what, got, c.want)
		}
	}
}

// TestReadingsAreTheSameWithinAMinute, and in another unit within 1 mg/dL.
func TestReadingsAreTheSameWithinAMinute(t *testing.T) {
	for seconds, want := range map[WallTime]Shared{0: {Same: 60}, 60: {Same: 60}, -60: {Same: 60}, 61: {Alone: 59}, 150: {Alone: 59}} {
		if got := Compare(counting(0, 60, 0), moved(counting(0, 60, 0), seconds)); got != want {
			t.Errorf("%d s apart: %+v, want %+v", seconds, got, want)
		}
	}
	for by, want := range map[float64]Shared{1: {Same: 60}, 1.5: {Other: 60}} {
		other := counting(0, 60, 0)
		other.Unit = MmolL
		for i := range other.Readings {
			other.Readings[i].MgDL += by
		}
		if got := Compare(counting(0, 60, 0), other); got != want {
			t.Errorf("%g mg/dL apart, in another unit: %+v", by, got)
		}
	}
	if got := Compare(&Recording{}, counting(0, 5, 0)); got != (Shared{}) {
		t.Errorf("%+v", got)
	}
}
