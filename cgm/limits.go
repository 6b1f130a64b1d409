package cgm

// The edges of the five bands in mg/dL (Battelino, Diabetes Care 42 (2019) 1593).
const (
	VeryLowEdge  = 54  // under it: very low
	TargetLow    = 70  // in range from here
	TargetHigh   = 180 // in range up to here
	VeryHighEdge = 250 // over it: very high
)

// StableCVPercent is the coefficient of variation up to which glucose is called
// stable (Monnier, Diabetes Care 40 (2017) 832).
const StableCVPercent = 36
