package cgm

import (
	"fmt"
	"testing"
)

// A value in mmol/L belongs to the class that its own unit says, on both sides
// of every limit (metrics reference, section 1; consensus limits in mmol/L).
func TestAValueInMmolBelongsToTheClassOfItsOwnUnit(t *testing.T) {
	type classes struct{ veryLow, low, inRange, high, veryHigh, tight, pregnancy bool }
	for _, c := range []struct {
		mmolL float64
		want  classes
	}{
		{2.9, classes{veryLow: true}},
		{3.0, classes{low: true}},
		{3.4, classes{low: true}},
		{3.5, classes{low: true, pregnancy: true}},
		{3.8, classes{low: true, pregnancy: true}},
		{3.9, classes{inRange: true, tight: true, pregnancy: true}},
		{7.8, classes{inRange: true, tight: true, pregnancy: true}},
		{7.9, classes{inRange: true}},
		{10.0, classes{inRange: true}},
		{10.1, classes{high: true}},
		{13.9, classes{high: true}},
		{14.0, classes{veryHigh: true}},
		{3.8999999999999999, classes{inRange: true, tight: true, pregnancy: true}},
		{7.8000000000000007, classes{inRange: true, tight: true, pregnancy: true}},
	} {
		v := sorted{FromMmolL(c.mmolL)}
		s, all := v.shares(), 100.0
		got := classes{
			s.VeryLow == all, s.Low == all, s.InRange == all, s.High == all, s.VeryHigh == all,
			v.within(TargetLow, TightHigh) == all, v.within(PregnancyLow, TightHigh) == all,
		}
		if got != c.want {
			t.Errorf("%v mmol/L, as %v mg/dL: %+v, want %+v", c.mmolL, v[0], got, c.want)
		}
	}
}

func TestAValueInMmolIsShownAsItWasWritten(t *testing.T) {
	for tenths := 20; tenths <= 250; tenths++ {
		mmolL := float64(tenths) / 10
		if got := fmt.Sprintf("%.1f", FromMmolL(mmolL)/MgDLPerMmolL); got != fmt.Sprintf("%.1f", mmolL) {
			t.Errorf("%v mmol/L is shown as %s", mmolL, got)
		}
	}
}
