package steps

import (
	"strings"
	"testing"
)

// TestAWearsWay writes the ways as a person would draw them.
func TestAWearsWay(t *testing.T) {
	draw := func(way []Mark) string {
		var out []string
		for _, m := range way {
			switch {
			case m.Done:
				out = append(out, "+"+string(m.Step))
			case m.Next:
				out = append(out, ">"+string(m.Step))
			default:
				out = append(out, string(m.Step))
			}
		}
		return strings.Join(out, " ")
	}
	for _, c := range []struct {
		b    Brief
		end  Step
		want string
	}{
		{Brief{}, "", ">ordered placed returned read printed interpreted signed filed"},
		{Brief{Ordered: true, Placed: true}, "", "+ordered +placed >returned read printed interpreted signed filed"},
		{Brief{Read: true, Printed: true}, "", "ordered placed returned +read +printed >interpreted signed filed"},
		{Brief{Ordered: true, Placed: true, Ended: true}, Lost, "+ordered +placed +lost"},
		{Brief{Ordered: true, Placed: true, Returned: true, Read: true, Printed: true, Drafted: true, Signed: true, Filed: true}, "", "+ordered +placed +returned +read +printed +interpreted +signed +filed"},
	} {
		if got := draw(c.b.Way(c.end)); got != c.want {
			t.Errorf("%+v is drawn %q, not %q", c.b, got, c.want)
		}
	}
}
