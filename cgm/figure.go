package cgm

import (
	"encoding/json"
	"math"
)

// Figure is a number that may be undefined, as an SD of one reading is.
type Figure struct {
	Value float64
	Known bool
}

// Undefined is the figure of too little data.
var Undefined = Figure{}

func known(v float64) Figure {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return Undefined
	}
	return Figure{v, true}
}

// MarshalJSON writes the number, unrounded, or null.
func (f Figure) MarshalJSON() ([]byte, error) {
	if !f.Known {
		return []byte("null"), nil
	}
	return json.Marshal(f.Value)
}

// UnmarshalJSON takes a number, or null for a figure that is undefined.
func (f *Figure) UnmarshalJSON(b []byte) error {
	if string(b) == "null" {
		*f = Figure{}
		return nil
	}
	f.Known = true
	return json.Unmarshal(b, &f.Value)
}
