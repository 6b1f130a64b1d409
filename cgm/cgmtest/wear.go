// Package cgmtest makes recordings for tests, benchmarks and the bundled
// demonstration: of any length, the same ones every time, of nobody.
package cgmtest

import (
	"math"
	"math/rand/v2"
	"time"

	"tracedesk/cgm"
)

// Start is when the made recordings begin, on the wall clock.
var Start = cgm.NewWallTime(2026, time.May, 4, 12, 17, 8)

// WarmUpSeconds is the transmitter's age at the first reading.
const WarmUpSeconds = 2 * 3600

const interval = 300

// meal is a rise of glucose after eating.
type meal struct {
	at    float64 // hours since the first midnight
	grams float64
}

// Wear makes the recording of a made-up adult: meals with their rises, a
// morning rise, two low nights in ten, slow drift, gaps now and then, and
// values cut off at the sensor's limits.
func Wear(days int, seed uint64) *cgm.Recording {
	rnd := rand.New(rand.NewPCG(seed, 7))
	r := &cgm.Recording{
		TransmitterID: "8DEM01", DeviceModel: "Dexcom G6 Pro", DeviceID: "DEMO-READER", Unit: cgm.MgDL,
		IntervalSeconds: interval,
	}
	meals := mealsOf(days+1, rnd, r)
	noise, gap := 0.0, 0
	for n := range days*288 - WarmUpSeconds/interval {
		noise = 0.92*noise + rnd.NormFloat64()*2.2
		if gap == 0 && rnd.IntN(700) == 0 {
			gap = 2 + rnd.IntN(12)
		}
		if gap > 0 {
			gap--
			continue
		}
		seconds := int64(WarmUpSeconds + interval*n)
		display := Start + cgm.WallTime(interval*n) + cgm.WallTime(rnd.IntN(3)-1)
		hours := float64(display-Start.Date().Midnight()) / 3600
		r.Readings = append(r.Readings, reading(seconds, display, glucose(hours, meals)+noise))
	}
	return r
}

func reading(seconds int64, display cgm.WallTime, v float64) cgm.Reading {
	g := cgm.Reading{System: seconds, Display: display, TransmitterSeconds: seconds, MgDL: math.Round(v)}
	switch {
	case v < 40:
		g.MgDL, g.Flag = cgm.LowMgDL, cgm.Low
	case v > 400:
		g.MgDL, g.Flag = cgm.HighMgDL, cgm.High
	}
	return g
}

func mealsOf(days int, rnd *rand.Rand, r *cgm.Recording) []meal {
	var out []meal
	for d := range days {
		for _, m := range []meal{{7.4, 45}, {12.6, 55}, {18.9, 70}} {
			m.at += float64(d)*24 + rnd.NormFloat64()*0.35
			m.grams *= 0.7 + 0.6*rnd.Float64()
			out = append(out, m)
			at := Start.Date().Midnight() + cgm.WallTime(m.at*3600)
			if d%3 == 1 && at > Start {
				r.Events = append(r.Events,
					cgm.Event{
						System: int64(at-Start) + WarmUpSeconds, Display: at, Kind: cgm.Carbs, Value: math.Round(m.grams/5) * 5,
					})
			}
		}
	}
	return out
}

// glucose is the made-up patient's glucose at hours since the first midnight.
func glucose(hours float64, meals []meal) float64 {
	day, clock := int(hours/24), math.Mod(hours, 24)
	v := 118 + 10*math.Sin(hours/31)
	if clock > 3 && clock < 9 { // the morning rise
		v += 26 * math.Sin((clock-3)/6*math.Pi)
	}
	if day%5 == 2 && clock > 1 && clock < 4.4 { // a low night
		v -= (78 + 6*float64(day%3)) * math.Sin((clock-1)/3.4*math.Pi)
	}
	for _, m := range meals {
		if t := hours - m.at; t > 0 && t < 7 {
			v += m.grams * 5.6 * t * math.Exp(-t/0.8)
		}
	}
	return v
}
