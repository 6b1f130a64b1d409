package clinic

import (
	"strings"
	"testing"
)

func TestABirthDateIsTheSameInAnyWayOfWriting(t *testing.T) {
	ours := Patient{LastName: "Muster", BirthDate: "1968-02-23"}
	for _, theirs := range []string{"2/23/68", "02/23/1968", "23/2/1968", "23.02.1968", "23.2.68", "23-2-1968", "1968/02/23", "1968-02-23 00:00:00", "1968-02-23T00:00:00", "2/23/1968 12:00:00 AM", "23-Feb-68", "23-Feb-1968", "Feb 23, 1968", "23 February 1968", " 1968-02-23 "} {
		if got := ours.Mismatch(Patient{BirthDate: theirs}); len(got) != 0 {
			t.Errorf("%q: %q", theirs, got)
		}
		if !ours.SameAs(Patient{LastName: "muster", BirthDate: theirs}) {
			t.Errorf("%q: not the same person", theirs)
		}
	}
	for _, theirs := range []string{"2/24/68", "2/23/69", "1968-02-24", "23.3.1968", "2/23/196", "1968", "no date", "2/23.68"} {
		if got := ours.Mismatch(Patient{BirthDate: theirs}); len(got) != 1 {
			t.Errorf("%q: %q", theirs, got)
		}
	}
}

func TestABirthDateThatFitsOnlyWithDayAndMonthExchangedIsAsked(t *testing.T) {
	ours := Patient{BirthDate: "1968-02-03"}
	if got := ours.Mismatch(Patient{BirthDate: "2/3/68"}); len(got) != 0 {
		t.Errorf("%q", got)
	}
	if got := ours.Mismatch(Patient{BirthDate: "3/2/68"}); len(got) != 1 || !strings.Contains(got[0], "exchanged") {
		t.Errorf("%q", got)
	}
	if got := ours.Mismatch(Patient{BirthDate: "3.2.68"}); len(got) != 0 {
		t.Errorf("points: %q", got)
	}
}
