package cgm

import "testing"

func TestGoalsAreOfTotalsAndUnrounded(t *testing.T) {
	for what, c := range map[string]struct {
		s    Shares
		want string // met (+) or missed (-), very low to very high
	}{
		"all in range":                  {Shares{InRange: 100}, "+++++"},
		"1.13 % very low":               {Shares{VeryLow: 1.13, InRange: 98.87}, "-++++"},
		"exactly 1 % very low":          {Shares{VeryLow: 1, InRange: 99}, "-++++"},
		"0.99 % very low":               {Shares{VeryLow: 0.99, InRange: 99.01}, "+++++"},
		"low alone under 4, with total": {Shares{VeryLow: 0.5, Low: 3.6, InRange: 95.9}, "+-+++"},
		"1.1 and 2.9 are exactly 4":     {Shares{VeryLow: 1.1, Low: 2.9, InRange: 96}, "--+++"},
		"high alone under 25, total 27": {Shares{InRange: 73, High: 23, VeryHigh: 4}, "+++-+"},
		"exactly 70 % in range":         {Shares{InRange: 70, High: 24, VeryHigh: 6}, "++---"},
	} {
		got := ""
		for _, g := range Goals(c.s) {
			got += map[bool]string{true: "+", false: "-"}[g.Met]
		}
		if got != c.want {
			t.Errorf("%s: %s, want %s", what, got, c.want)
		}
	}
}

func TestEachMissedGoalIsAFinding(t *testing.T) {
	r := flat(2)
	set(r, 0, 0, 60, 50)      // 60 of 2880 minutes under 54: 2.1 %
	set(r, 0, 60, 120, 60)    // and 60 under 70: 4.2 % in all
	set(r, 1, 0, 600, 200)    // 600 over 180
	set(r, 1, 600, 1000, 300) // and 400 over 250: 35 % in all
	found := find(r)
	for kind, want := range map[FindingKind]struct {
		group FindingGroup
		value float64
	}{
		FindVeryLowGoal: {Lows, 100 * 60. / 2880}, FindLowGoal: {Lows, 100 * 120. / 2880}, FindInRangeGoal: {Highs, 100 * 1760. / 2880},
		FindHighGoal: {Highs, 100 * 1000. / 2880}, FindVeryHighGoal: {Highs, 100 * 400. / 2880}, FindMeanGoal: {Highs, 0},
	} {
		got, said := found[kind]
		if !said || got.Group != want.group || (want.value > 0 && (got.Value < want.value-1e-6 || got.Value > want.value+1e-6)) {
			t.Errorf("%s: %+v, want %+v", kind, got, want)
		}
	}
	if met := find(flat(5)); len(met) != 4 {
		t.Errorf("all goals are met, and it finds %v", kindsOf(met))
	}
	low := flat(2)
	set(low, 0, 0, 1000, 60)
	if got := find(low)[FindInRangeGoal]; got.Group != Lows {
		t.Errorf("time in range is missed by lows, and stands under %v", got.Group)
	}
}
