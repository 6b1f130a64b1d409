package cgm

// ClockChange is a wall clock that was set, or that jumped, during a recording:
// travel, daylight saving, a wrong date that was put right.
type ClockChange struct {
	At      WallTime // what the clock showed at the first reading after it
	Before  WallTime // what it showed at the last reading before
	Seconds int64    // by how much it was set forward; negative for back
}

// ClockChanges are the jumps of the wall clock against the device's own, in the
// order in which they happened. A recording with wall-clock times alone has
// none but the hour that autumn repeats.
func (r *Recording) ClockChanges() []ClockChange {
	var out []ClockChange
	for i := 1; i < len(r.Readings); i++ {
		before, after := &r.Readings[i-1], &r.Readings[i]
		if jump := jumpBetween(before, after); jump != 0 {
			out = append(out, ClockChange{after.Display, before.Display, jump})
		}
	}
	return out
}

// jumpBetween is by how much the wall clock was set between two neighbouring
// readings; 0 for drift.
func jumpBetween(before, after *Reading) int64 {
	jump := int64(after.Display-before.Display) - (after.System - before.System)
	if jump > clockJumpSeconds || jump < -clockJumpSeconds {
		return jump
	}
	return 0
}
