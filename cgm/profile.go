package cgm

import "slices"

// ProfileBins is the number of one-hour bins of the ambulatory profile.
const ProfileBins = 24

// ProfileBin is one hour of the ambulatory profile: percentiles in mg/dL of
// the readings of all days at that hour, smoothed with the neighbouring hours.
type ProfileBin struct {
	MinuteOfDay            int // the bin's middle: 30, 90 … 1410
	Readings               int
	Days                   int // calendar days with a reading in the bin
	P5, P25, P50, P75, P95 float64
}

// Percentiles is the bin's five percentiles from low to high.
func (b ProfileBin) Percentiles() [5]float64 { return [5]float64{b.P5, b.P25, b.P50, b.P75, b.P95} }

// Profile is the ambulatory glucose profile: hourly percentiles (type 7) of
// the raw readings pooled by the display clock, smoothed around the clock with
// weights 1-4-1; an empty neighbour drops out and the weights are renewed. A
// bin without readings is not in the result. The rule of the standard report
// as Tidepool's licensed implementation draws it; see metrics-detail, section 9.
func (r *Recording) Profile() []ProfileBin {
	var values [ProfileBins]sorted
	var days [ProfileBins]int
	var lastDay [ProfileBins]Date
	for h := range lastDay {
		lastDay[h] = -1 << 62
	}
	for i := range r.Readings {
		g := &r.Readings[i]
		h := g.Display.Hour()
		values[h] = append(values[h], g.MgDL)
		if d := g.Display.Date(); d != lastDay[h] {
			lastDay[h] = d
			days[h]++
		}
	}
	return smoothProfile(&values, &days)
}

func smoothProfile(values *[ProfileBins]sorted, days *[ProfileBins]int) []ProfileBin {
	var raw [ProfileBins][5]float64
	for h := range raw {
		raw[h] = percentilesOf(values[h])
	}
	var out []ProfileBin
	for h := range raw {
		if len(values[h]) == 0 {
			continue
		}
		var smooth [5]float64
		for p := range smooth {
			smooth[p] = smoothBin(&raw, values, h, p)
		}
		out = append(out,
			ProfileBin{h*60 + 30, len(values[h]), days[h], smooth[0], smooth[1], smooth[2], smooth[3], smooth[4]})
	}
	return out
}

func percentilesOf(v sorted) (p [5]float64) {
	if len(v) == 0 {
		return p
	}
	slices.Sort(v)
	for i, at := range [5]float64{0.05, 0.25, 0.5, 0.75, 0.95} {
		p[i] = v.quantile(at)
	}
	return p
}

func smoothBin(raw *[ProfileBins][5]float64, values *[ProfileBins]sorted, h, p int) float64 {
	sum, weight := 4*raw[h][p], 4.0
	for _, n := range [2]int{(h + ProfileBins - 1) % ProfileBins, (h + 1) % ProfileBins} {
		if len(values[n]) > 0 {
			sum += raw[n][p]
			weight++
		}
	}
	return sum / weight
}
