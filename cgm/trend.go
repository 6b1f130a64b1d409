package cgm

// Trend is how glucose changed over so many minutes up to a reading, in mg/dL:
// the reading minus the one that long before by the device's clock. It is not
// known where that one is missing, or either lies beyond the sensor's limits.
func (r *Recording) Trend(g *Reading, minutes int) (change float64, known bool) {
	for i := range r.Readings {
		p := &r.Readings[i]
		if d := g.System - p.System - int64(minutes)*60; 2*max(d, -d) < int64(r.IntervalSeconds) {
			return g.MgDL - p.MgDL, g.Flag == InRange && p.Flag == InRange
		}
	}
	return 0, false
}
