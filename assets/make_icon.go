//go:build ignore

// Make_icon writes icon.png, the program's icon: a glucose trace through its
// target band. Run it with go generate.
package main

import (
	"fmt"
	"image/png"
	"math"
	"os"

	"tracedesk/report/chart"
	"tracedesk/report/chart/raster"
)

func main() {
	const size = 256
	p := chart.Print
	s := raster.New(size, size, 1, p.Paper)
	chart.Box{X: 12, Y: 12, W: 232, H: 232}.Fill(s, p.Trace)
	chart.Box{X: 12, Y: 104, W: 232, H: 74}.Fill(s, p.Bands[2])
	var trace []chart.Point
	for x := 28.0; x <= 228; x += 2 {
		y := 146 - 74*math.Exp(-math.Pow((x-150)/26, 2)) + 44*math.Exp(-math.Pow((x-74)/22, 2))
		trace = append(trace, chart.Point{X: x, Y: y})
	}
	s.Line(trace, chart.Stroke{Color: p.Paper, Width: 15})
	f, err := os.Create("icon.png")
	if err == nil {
		err = png.Encode(f, s.Image())
	}
	if err == nil {
		err = f.Close()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
