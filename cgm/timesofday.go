package cgm

// TimeOfDay is a quarter of the day on the wall clock.
type TimeOfDay struct {
	Name     string
	From, To int     // hours
	Summary  Summary // zero without readings
}

// timesOfDay are the quarters that the printout tells apart: the night is that
// of the consensus (Danne 2017), the others are of the same length.
var timesOfDay = []TimeOfDay{
	{Name: "Night", From: 0, To: 6}, {Name: "Morning", From: 6, To: 12}, {Name: "Afternoon", From: 12, To: 18},
	{Name: "Evening", From: 18, To: 24},
}

// TimesOfDay describes the readings of each quarter of the day.
func (r *Recording) TimesOfDay() []TimeOfDay {
	parts := make([][]Reading, len(timesOfDay))
	for _, g := range r.Readings {
		at := g.Display.Hour() / 6
		parts[at] = append(parts[at], g)
	}
	out := make([]TimeOfDay, len(timesOfDay))
	for i, q := range timesOfDay {
		out[i] = q
		out[i].Summary, _ = Summarise(parts[i])
	}
	return out
}
