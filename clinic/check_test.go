package clinic

import (
	"testing"
	"time"

	"tracedesk/cgm"
)

func wear(readings int) *cgm.Recording {
	r := &cgm.Recording{TransmitterID: "8ABCDE", Unit: cgm.MgDL, IntervalSeconds: 300}
	start := cgm.NewWallTime(2024, time.March, 4, 10, 0, 0)
	for i := range readings {
		s := int64(7200 + 300*i)
		r.Readings = append(r.Readings, cgm.Reading{System: s, Display: start + cgm.WallTime(300*i), TransmitterSeconds: s, MgDL: 120})
	}
	return r
}

// lose takes out n readings after the first hundred.
func lose(r *cgm.Recording, n int) *cgm.Recording {
	r.Readings = append(r.Readings[:100:100], r.Readings[100+n:]...)
	return r
}

func TestCheckNeedsEverySlotOf72Hours(t *testing.T) {
	twice := wear(863)
	again := twice.Readings[400]
	again.System += 40 // the same slot, from another display device
	twice.Readings = append(twice.Readings[:401:401], append([]cgm.Reading{again}, twice.Readings[401:]...)...)
	lows := wear(864)
	for i := range lows.Readings {
		lows.Readings[i].MgDL, lows.Readings[i].Flag = cgm.LowMgDL, cgm.Low
	}
	forward := wear(860)
	for i := 400; i < 860; i++ { // daylight saving begins: an hour on the wall, none on the device
		forward.Readings[i].Display += 3600
	}
	for _, c := range []struct {
		name string
		r    *cgm.Recording
		want CheckResult
	}{
		{"864 slots", wear(864), Met},
		{"863 slots", wear(863), NotMet},
		{"864 readings in 863 slots", twice, NotMet},
		{"one reading", wear(1), NotMet},
		{"LOW counts", lows, Met},
		{"a gap within 72 hours", lose(wear(864), 1), SpanOnly},
		{"a gap made up for", lose(wear(900), 36), Met},
		{"a gap not made up for", lose(wear(900), 37), SpanOnly},
		{"an hour of daylight saving", forward, NotMet},
	} {
		got := CheckRecording(c.r)
		if got.Result != c.want {
			t.Errorf("%s: %s, want %s (%+v)", c.name, got.Result, c.want, got.Coverage)
		}
		if got.MethodVersion != 1 || got.RecordingHash != c.r.Hash() {
			t.Errorf("%s: method and hash are not in the result", c.name)
		}
	}
}
