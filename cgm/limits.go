package cgm

import "math"

// The edges of the five bands in mg/dL (Battelino, Diabetes Care 42 (2019) 1593).
const (
	VeryLowEdge  = 54  // under it: very low
	TargetLow    = 70  // in range from here
	TargetHigh   = 180 // in range up to here
	VeryHighEdge = 250 // over it: very high
)

// The other edges of the tight range, 70 to 140 mg/dL, and of the range in
// pregnancy, 63 to 140 mg/dL.
const (
	TightHigh    = 140
	PregnancyLow = 63
)

// StableCVPercent is the coefficient of variation up to which glucose is called
// stable (Monnier, Diabetes Care 40 (2017) 832).
const StableCVPercent = 36

// limit is one edge as each unit writes it. The edge itself is inside: a lower
// limit holds values from it on, an upper one values up to it.
type limit struct {
	mmolL, mgDL float64
	upper       bool
}

// limits are the edges of the consensus in both units.
var limits = []limit{
	{3.0, VeryLowEdge, false}, {3.5, PregnancyLow, false}, {3.9, TargetLow, false},
	{7.8, TightHigh, true}, {10.0, TargetHigh, true}, {13.9, VeryHighEdge, true},
}

// FromMmolL is a value in mmol/L as whole mg/dL. It stays in the class that its
// own unit says: 7.8 mmol/L is inside 3.9 to 7.8 and becomes 140 mg/dL, though
// the factor alone gives 141. See docs/decisions/0002.
func FromMmolL(mmolL float64) (mgDL float64) {
	mgDL = math.Round(mmolL * MgDLPerMmolL)
	mmolL = math.Round(mmolL*1000) / 1000 // 3.8999999999999999 is how a spreadsheet keeps 3.9
	for _, l := range limits {
		switch {
		case l.upper && mmolL <= l.mmolL:
			mgDL = min(mgDL, l.mgDL)
		case l.upper:
			mgDL = max(mgDL, l.mgDL+1)
		case mmolL >= l.mmolL:
			mgDL = max(mgDL, l.mgDL)
		default:
			mgDL = min(mgDL, l.mgDL-1)
		}
	}
	return mgDL
}
