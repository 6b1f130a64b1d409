package clinic

import (
	"math"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"tracedesk/cgm"
)

func TestSharesArePrintedSoThatTheirGoalsCanBeSeen(t *testing.T) {
	for _, c := range []struct {
		in          cgm.Shares
		bands       string
		low, high   string
		goalOfOne   int
		answerOfOne string
	}{
		{cgm.Shares{VeryLow: 1.13, Low: 2.5, InRange: 80.37, High: 15, VeryHigh: 1}, "1.1 2.5 80.4 15.0 1.0", "3.6", "16.0", cgm.GoalVeryLow, "goal < 1 %: not met"},
		{cgm.Shares{VeryLow: 0.96, InRange: 99.04}, "0.96 0 99.04 0 0", "0.96", "0", cgm.GoalVeryLow, "goal < 1 %: met"},
		{cgm.Shares{InRange: 75.4, High: 24.6}, "0 0 75.4 24.6 0", "0", "24.6", cgm.GoalHigh, "goal < 25 %: met"},
		{cgm.Shares{InRange: 60, High: 30, VeryHigh: 10}, "0 0 60 30 10", "0", "40", cgm.GoalHigh, "goal < 25 %: not met"},
		{cgm.Shares{VeryLow: 0.03, InRange: 99.97}, "< 0.1 0 100.0 0 0", "< 0.1", "0", cgm.GoalVeryLow, "goal < 1 %: met"},
		{cgm.Shares{Low: 0.3, InRange: 99.7}, "0 < 1 100 0 0", "< 1", "0", cgm.GoalLow, "goal < 4 %: met"},
		{cgm.Shares{InRange: 70, High: 28, VeryHigh: 2}, "0 0 70.0 28.0 2.0", "0", "30.0", cgm.GoalInRange, "goal > 70 %: not met"},
		{cgm.Shares{InRange: 70.04, High: 27.96, VeryHigh: 2}, "0 0 70.04 27.96 2.00", "0", "29.96", cgm.GoalInRange, "goal > 70 %: met"},
	} {
		p := PrintShares(c.in)
		if got := strings.Join(p.Bands[:], " "); got != c.bands || p.Low != c.low || p.High != c.high || p.Goal(c.goalOfOne) != c.answerOfOne {
			t.Errorf("%+v: %s; low %s, high %s; %s", c.in, got, p.Low, p.High, p.Goal(c.goalOfOne))
		}
	}
}

// The printed numbers alone must give the answer that the unrounded ones give, the
// bands must add to 100, and the totals must be the sums of their bands.
func TestPrintedSharesNeverContradictTheirGoals(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	number := func(s string) float64 { v, _ := strconv.ParseFloat(s, 64); return v } // “< 1” counts as 0
	for range 20000 {
		n := 288 + rnd.IntN(26000)
		cut := [4]int{}
		for i, near := range [4]float64{0.01, 0.04, 0.75, 0.95} {
			cut[i] = int(float64(n) * (near + (rnd.Float64()-0.5)*0.02))
		}
		share := func(from, to int) float64 { return 100 * float64(to-from) / float64(n) }
		s := cgm.Shares{VeryLow: share(0, cut[0]), Low: share(cut[0], cut[1]), InRange: share(cut[1], cut[2]), High: share(cut[2], cut[3]), VeryHigh: share(cut[3], n)}
		p, sum := PrintShares(s), 0.0
		for _, b := range p.Bands {
			sum += number(b)
		}
		if math.Abs(sum-100) > 1e-6 || math.Abs(number(p.Low)-number(p.Bands[0])-number(p.Bands[1])) > 1e-6 || math.Abs(number(p.High)-number(p.Bands[3])-number(p.Bands[4])) > 1e-6 {
			t.Fatalf("%+v is printed as %+v", s, p)
		}
		for i, g := range cgm.Goals(s) {
			if g.MetBy(number(p.Against(i))) != g.Met {
				t.Fatalf("%+v, %s: printed as %s, %s", s, g.Band, p.Against(i), p.Goal(i))
			}
		}
	}
}

func TestAValueStandsOnItsSideOfTheLimit(t *testing.T) {
	for _, c := range []struct {
		value, limit float64
		decimals     int
		want         string
	}{{6.97, 7, 1, "6.97"}, {7.04, 7, 1, "7.04"}, {6.4, 7, 1, "6.4"}, {36, 36, 1, "36.0"}, {36.0004, 36, 1, "36.0004"}, {99.8, 70, 1, "99.8"}} {
		if got := Beside(cgm.Figure{Value: c.value, Known: true}, c.limit, c.decimals); got != c.want {
			t.Errorf("%v beside %v is %s, want %s", c.value, c.limit, got, c.want)
		}
	}
	mgdl, mmol := DefaultSettings(), DefaultSettings()
	mmol.Unit = cgm.MmolL
	for _, c := range []struct {
		s    Settings
		mean float64
		want string
	}{{mgdl, 140.2, "140 < 154"}, {mgdl, 153.8, "153.8 < 154.0"}, {mmol, 153.8, "8.54 < 8.55"}, {mmol, 140, "7.8 < 8.5"}, {mgdl, 154, "154 < 154"}} {
		value, goal := c.s.MeanBeside(c.mean, cgm.MeanGoalMgDL)
		if got := value + " < " + goal; got != c.want {
			t.Errorf("%v: %s, want %s", c.mean, got, c.want)
		}
	}
}

func TestPrintedSharesAddTo100(t *testing.T) {
	for _, c := range []struct {
		in   cgm.Shares
		want string
	}{
		{cgm.Shares{VeryLow: 0.5, Low: 2.25, InRange: 70.5, High: 20.5, VeryHigh: 6.25}, "1 2 71 20 6"}, // three remainders are equal: the first two win
		{cgm.Shares{InRange: 100}, "0 0 100 0 0"},
		{cgm.Shares{VeryLow: 0.1, InRange: 99.9}, "< 1 0 100 0 0"},
		{cgm.Shares{VeryLow: 100}, "100 0 0 0 0"},
		{cgm.Shares{VeryLow: 1. / 3 * 100, Low: 1. / 3 * 100, InRange: 1. / 3 * 100}, "34 33 33 0 0"},
	} {
		p := BandPercents(c.in)
		if got := strings.Join(p[:], " "); got != c.want {
			t.Errorf("%+v prints as %s, want %s", c.in, got, c.want)
		}
	}
}
