package cgm

import (
	"math"
	"testing"
	"time"
)

// run is readings one after the other, five minutes apart, of which the first is
// so many minutes after the recording's beginning.
type run struct {
	minute int
	mgDL   []float64
}

func times(n int, mgDL float64) []float64 {
	out := make([]float64, n)
	for i := range out {
		out[i] = mgDL
	}
	return out
}

func joined(parts ...[]float64) (out []float64) {
	for _, p := range parts {
		out = append(out, p...)
	}
	return out
}

// The series are made up. The values are those of iglu 4.3.0's mage, run on them in
// R 4.2.2 with its default arguments and the time zone UTC.
func TestMAGEOfSmallSeriesIsIglus(t *testing.T) {
	for what, c := range map[string]struct {
		hour, minute int
		runs         []run
		want         float64
	}{
		"the averages are equal before they cross": {8, 0, []run{{0, joined(times(8, 120), times(33, 100), times(13, 220), times(10, 140))}}, 100},
		"they cross at the last reading":           {8, 0, []run{{0, joined(times(5, 100), times(5, 160), times(10, 80), times(23, 120), times(1, 60))}}, 60},
		"they cross inside holes": {8, 0, []run{
			{0, []float64{170, 170, 180, 180, 150, 150, 150, 150, 120, 120, 150, 180}}, {120, []float64{210}}, {225, []float64{180}},
			{275, []float64{180, 150, 120, 130, 130}}, {400, []float64{120, 90}}, {455, []float64{60, 40}},
			{525, []float64{40, 40, 40, 40, 40, 50, 40, 40, 70, 40, 40, 40}}, {645, []float64{70}}, {750, []float64{100, 90}},
			{805, []float64{120}}, {855, []float64{110}}, {905, []float64{140, 150}},
			{960, []float64{180, 210, 200, 210, 210, 180, 180, 180, 210, 210, 240, 270}},
		}, 185},
		"fewer than 32 values over more than 32 points": {2, 30, []run{
			{0, []float64{142}}, {155, []float64{154}}, {260, []float64{215, 221, 230, 237, 240}}, {385, []float64{244, 251, 98, 102, 106}},
			{590, []float64{103}}, {640, []float64{106}}, {835, []float64{107}},
		}, 131},
	} {
		start := NewWallTime(2025, time.March, 3, c.hour, c.minute, 0)
		r := &Recording{Unit: MgDL, IntervalSeconds: 300}
		for _, part := range c.runs {
			for i, v := range part.mgDL {
				at := start + WallTime(60*(part.minute+5*i))
				r.Readings = append(r.Readings, Reading{System: int64(at), Display: at, TransmitterSeconds: NoTransmitterTime, MgDL: v})
			}
		}
		got := Analyse(r).Metrics.MAGE
		if !got.Known || math.Abs(got.Value-c.want) > 1e-9*c.want {
			t.Errorf("%s: MAGE %v, iglu has %v", what, got, c.want)
		}
	}
}
