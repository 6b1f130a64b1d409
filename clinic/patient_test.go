package clinic

import (
	"errors"
	"testing"
	"time"

	"tracedesk/cgm"
)

func TestValidate(t *testing.T) {
	today := cgm.NewDate(2026, time.March, 4)
	for _, c := range []struct {
		p    Patient
		want error
	}{
		{Patient{FirstName: "Zoë", LastName: "O’Hara, \"Jr.\"", BirthDate: "1964-06-20"}, nil},
		{Patient{Identifier: "A-1"}, nil},
		{Patient{FirstName: "Ana", BirthDate: "2026-03-04"}, nil},
		{Patient{FirstName: "Ana", BirthDate: "2026-03-05"}, ErrBornInTime},
		{Patient{FirstName: "Ana", BirthDate: "1850-01-01"}, ErrBornLongAgo},
		{Patient{FirstName: "Ana", BirthDate: "2026-02-30"}, ErrBirthDate},
		{Patient{FirstName: "  "}, ErrNoIdentity},
		{Patient{FirstName: "A\nna"}, ErrControl},
	} {
		if err := c.p.Validate(today); !errors.Is(err, c.want) {
			t.Errorf("%+v: %v, want %v", c.p, err, c.want)
		}
	}
}

func TestMismatchNamesOnlyWhatBothGiveAndDiffers(t *testing.T) {
	ours := Patient{FirstName: "Ana", LastName: "García", BirthDate: "1964-06-20"}
	if got := ours.Mismatch(Patient{FirstName: "ANA ", LastName: "garcía", Identifier: "7"}); len(got) != 0 {
		t.Errorf("%q", got)
	}
	if got := ours.Mismatch(Patient{FirstName: "Anna", BirthDate: "1964-06-21"}); len(got) != 2 {
		t.Errorf("%q", got)
	}
}

func TestDatesAreReadAsThePracticeTypesThem(t *testing.T) {
	us, iso := DefaultSettings(), DefaultSettings()
	iso.ISODates = true
	if p := us.NewPatient(" Ana ", "", "6/20/1964", ""); p.BirthDate != "1964-06-20" || p.FirstName != "Ana" {
		t.Errorf("%+v", p)
	}
	if p := us.NewPatient("", "", "20.6.1964", ""); p.BirthDate != "20.6.1964" {
		t.Errorf("a date that cannot be read became %q", p.BirthDate)
	}
	if _, err := iso.ParseDate("6/20/1964"); err == nil {
		t.Error("a practice with ISO dates took month/day/year")
	}
}

func TestSameAs(t *testing.T) {
	ana := Patient{FirstName: "Ana", LastName: "García", BirthDate: "1964-06-20", Identifier: "A-1"}
	for _, c := range []struct {
		other Patient
		want  bool
	}{
		{Patient{Identifier: "a-1"}, true},
		{Patient{FirstName: "ANA", LastName: "GARCÍA", BirthDate: "1964-06-20"}, true},
		{Patient{FirstName: "Ana", LastName: "García"}, false},
		{Patient{FirstName: "Ana", LastName: "García", BirthDate: "1964-06-21", Identifier: "A-2"}, false},
		{Patient{}, false},
	} {
		if got := ana.SameAs(c.other); got != c.want {
			t.Errorf("%+v: %v", c.other, got)
		}
	}
}
