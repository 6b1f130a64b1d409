package cgm

import "testing"

func TestTrend(t *testing.T) {
	r := &Recording{IntervalSeconds: 300, Readings: []Reading{{System: 0, MgDL: 100}, {System: 300, MgDL: 110}, {System: 602, MgDL: 120}, {System: 899, MgDL: 131}, {System: 1800, MgDL: 39, Flag: Low}, {System: 2700, MgDL: 90}}}
	if c, ok := r.Trend(&r.Readings[3], 15); !ok || c != 31 {
		t.Errorf("%g, %v", c, ok)
	}
	for _, i := range []int{0, 2, 4, 5} { // nothing before, a gap, or LOW
		if c, ok := r.Trend(&r.Readings[i], 15); ok {
			t.Errorf("reading %d: %g", i, c)
		}
	}
}
