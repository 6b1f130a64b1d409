package cgm

import (
	"testing"
	"time"
)

func TestTimesOfDay(t *testing.T) {
	r := &Recording{IntervalSeconds: 300}
	add := func(hour, minute int, v float64) {
		r.Readings = append(r.Readings, Reading{Display: NewWallTime(2026, time.May, 4, hour, minute, 0), MgDL: v})
	}
	add(0, 0, 50)
	add(5, 59, 60)
	add(6, 0, 100)
	add(11, 59, 120)
	add(18, 0, 200)
	add(23, 59, 260)
	got := r.TimesOfDay()
	for i, want := range []struct {
		readings int
		mean     float64
		veryLow  float64
		veryHigh float64
	}{{2, 55, 50, 0}, {2, 110, 0, 0}, {0, 0, 0, 0}, {2, 230, 0, 50}} {
		s := got[i].Summary
		if s.Readings != want.readings || s.Mean != want.mean || s.Shares.VeryLow != want.veryLow || s.Shares.VeryHigh != want.veryHigh {
			t.Errorf("%s: %+v", got[i].Name, s)
		}
	}
}
