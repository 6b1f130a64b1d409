package billing

import (
	"errors"
	"testing"

	"tracedesk/clinic"
	"tracedesk/clinic/steps"
)

func TestAMonthIsThatMonth(t *testing.T) {
	for day, want := range map[string]bool{"2026-05-01": true, "2026-05-31": true, "2026-04-30": false, "2026-06-01": false, "2025-05-15": false} {
		if got := InMonth(on(day), 2026, 5); got != want {
			t.Errorf("%s is in May 2026: %v", day, got)
		}
	}
}

func TestServicesAreCountedByYearAndCode(t *testing.T) {
	got := PerYear([]clinic.Service{service(clinic.Code95250, "2025-12-31", ""), service(clinic.Code95250, "2026-01-01", ""), service(clinic.Code95250, "2026-12-31", ""), service(clinic.Code95251, "2026-03-01", "")}, clinic.Code95250)
	if got["2025"] != 1 || got["2026"] != 2 || len(got) != 2 {
		t.Errorf("%v", got)
	}
}

func TestWhatHindersASignatureIsNamed(t *testing.T) {
	u := clinic.User{ID: "u2", Name: "Ana Ruiz", Credential: "MD"}
	unsigned := func(change func(*Case)) *Case {
		c := whole()
		remove(steps.Signed)(c)
		change(c)
		return c
	}
	for _, c := range []struct {
		what string
		c    *Case
		want error
	}{
		{"nothing", unsigned(func(*Case) {}), nil},
		{"it is not read", unsigned(func(c *Case) { c.Check = nil }), clinic.ErrNotRead},
		{"there is no text", unsigned(func(c *Case) { c.Interpretation = nil }), clinic.ErrNotWritten},
		{"nobody wrote it", unsigned(remove(steps.Interpreted)), clinic.ErrNotWritten},
		{"a finding was not looked at", unsigned(func(c *Case) { c.Interpretation.Findings[0].State = "" }), clinic.ErrNotReviewed},
		{"there is no assessment", unsigned(func(c *Case) { c.Interpretation.Assessment = " " }), clinic.ErrNoAssessment},
		{"it is of another recording", unsigned(func(c *Case) { c.Check.RecordingHash = "S" }), clinic.ErrOtherData},
		{"it is signed", whole(), clinic.ErrSignedOnce},
		{"the payer takes physicians of another kind", unsigned(func(c *Case) { c.Profile.Signers = []string{"NP"} }), clinic.ErrMayNotSign},
	} {
		if err := c.c.MaySign(u); !errors.Is(err, c.want) || c.want == nil && err != nil {
			t.Errorf("%s: %v", c.what, err)
		}
	}
	if err := unsigned(func(*Case) {}).MaySign(clinic.User{Credential: "RN"}); !errors.Is(err, clinic.ErrMayNotSign) {
		t.Errorf("a nurse: %v", err)
	}
}
