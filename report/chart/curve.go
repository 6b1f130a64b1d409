package chart

import "math"

// curve is a monotone cubic through knots one hour apart (Fritsch & Carlson,
// SIAM J Numer Anal 17 (1980) 238, with Steffen's slopes, Astron Astrophys 239
// (1990) 443): between two knots it never passes either. A round one goes on
// from the last knot to the first; the others stay level beyond their ends.
type curve struct {
	knots, slopes []float64
	round         bool
}

func newCurve(knots []float64, round bool) curve {
	c := curve{knots, make([]float64, len(knots)), round}
	for i := range knots {
		before, after := c.step(i-1), c.step(i)
		if before*after > 0 {
			limit := min(math.Abs(before), math.Abs(after), math.Abs(before+after)/4)
			c.slopes[i] = 2 * math.Copysign(limit, before)
		}
	}
	return c
}

// step is the rise from knot i to the next; none beyond the ends.
func (c curve) step(i int) float64 {
	n := len(c.knots)
	if !c.round && (i < 0 || i+1 >= n) {
		return 0
	}
	return c.knots[(i+1+n)%n] - c.knots[(i+n)%n]
}

// at is the value t hours after the first knot.
func (c curve) at(t float64) float64 {
	n := len(c.knots)
	i := int(math.Floor(t))
	u := t - float64(i)
	if c.round {
		i = (i + n) % n
	} else if t <= 0 {
		return c.knots[0]
	} else if i >= n-1 {
		return c.knots[n-1]
	}
	j := (i + 1) % n
	u2, u3 := u*u, u*u*u
	return (2*u3-3*u2+1)*c.knots[i] + (u3-2*u2+u)*c.slopes[i] + (3*u2-2*u3)*c.knots[j] + (u3-u2)*c.slopes[j]
}
