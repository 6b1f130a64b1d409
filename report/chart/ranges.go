package chart

import (
	"strings"

	"tracedesk/cgm"
	"tracedesk/clinic"
)

// BandNames are the five bands, very low to very high.
var BandNames = [5]string{"Very low", "Low", "In range", "High", "Very high"}

// bandLimits are the bands in mg/dL as words with the practice's numbers.
func bandLimits(s clinic.Settings) [5]string {
	g := s.Glucose
	if s.Unit == cgm.MmolL {
		return [5]string{"< " + g(54), g(54) + "–" + "3.8", g(70) + "–" + g(180), "10.1–" + g(250), "> " + g(250)}
	}
	return [5]string{"< 54", "54–69", "70–180", "181–250", "> 250"}
}

// rangesBar is the width of the bar, and rangesNames where the names begin.
const (
	rangesBar   = 30
	rangesNames = rangesBar + 18
)

// Ranges draws the shares of the five bands as a stacked bar that is true to
// scale, and beside it each band's name, limits, per cent, hours a day and goal;
// brackets join low with very low and high with very high, for whose totals the
// other goals are. Bands differ in pattern too, not only in colour.
func Ranges(on Surface, box Box, shares cgm.Shares, style Style) {
	values := [5]float64{shares.VeryLow, shares.Low, shares.InRange, shares.High, shares.VeryHigh}
	bar := Box{box.X, box.Y, rangesBar, box.H}
	rows := rangeRows(box)
	printed := clinic.PrintShares(shares)
	y := bar.Bottom()
	for i, v := range values {
		h := v / 100 * bar.H
		y -= h
		fillBand(on, Box{bar.X, y, bar.W, h}, i, style.Palette)
		// A line leads from each row to its band.
		middle := rows[i].Y + style.Small*0.8
		on.Line([]Point{{bar.Right(), y + h/2}, {bar.Right() + 10, middle}, {bar.Right() + 14, middle}}, Stroke{Color: style.Palette.Muted, Width: 0.5})
		bandRow(on, rows[i], i, v, printed, style)
	}
	bar.Outline(on, Stroke{Color: style.Palette.Ink, Width: 0.7})
	g := style.Settings.Glucose
	totalOf(on, rows[4], rows[3], "> "+g(cgm.TargetHigh), printed, cgm.GoalHigh, style)
	totalOf(on, rows[1], rows[0], "< "+g(cgm.TargetLow), printed, cgm.GoalLow, style)
}

// rangeRows are the rows of the five bands, very low to very high, from the bottom
// up: three lines for a band with a goal of its own, two for low and high.
func rangeRows(box Box) (rows [5]Box) {
	y := box.Y
	for i, lines := range [5]float64{3, 2, 3, 2, 3} { // very high first
		h := box.H * lines / 13
		rows[4-i] = Box{box.X + rangesNames, y, (box.W - rangesNames) * 0.62, h}
		y += h
	}
	return rows
}

func bandRow(on Surface, row Box, i int, share float64, printed clinic.PrintedShares, style Style) {
	line := style.Small * 1.25
	base := row.Y + line
	bold := Text{Size: style.Small * 1.15, Bold: true, Color: style.Palette.Ink}
	on.Text(Point{row.X, base}, BandNames[i], bold)
	bold.Align, bold.Size = Right, style.Small*1.3
	on.Text(Point{row.Right(), base}, printed.Bands[i]+" %", bold)
	small := Text{Size: style.Small, Color: style.Palette.Muted}
	on.Text(Point{row.X, base + line}, bandLimits(style.Settings)[i], small)
	small.Align = Right
	on.Text(Point{row.Right(), base + line}, HoursADay(share)+" a day", small)
	if i == cgm.GoalLow || i == cgm.GoalHigh {
		return
	}
	small.Align, small.Color = Left, style.Palette.Ink
	on.Text(Point{row.X, base + 2*line}, printed.Goal(i), small)
}

// totalOf is the bracket over two rows with their total and its goal.
func totalOf(on Surface, upper, lower Box, limit string, printed clinic.PrintedShares, goal int, style Style) {
	const gap, arm = 6, 4
	x := upper.Right() + gap
	on.Line([]Point{{x, upper.Y + 3}, {x + arm, upper.Y + 3}, {x + arm, lower.Bottom() - 1}, {x, lower.Bottom() - 1}}, Stroke{Color: style.Palette.Muted, Width: 0.7})
	x += arm + gap
	line := style.Small * 1.25
	base := (upper.Y+lower.Bottom())/2 - line*0.7
	on.Text(Point{x, base}, printed.Against(goal)+" %", Text{Size: style.Small * 1.3, Bold: true, Color: style.Palette.Ink})
	small := Text{Size: style.Small, Color: style.Palette.Muted}
	on.Text(Point{x, base + line}, limit+" "+string(style.Settings.Unit), small)
	words, answer, _ := strings.Cut(printed.Goal(goal), ": ")
	small.Color = style.Palette.Ink
	on.Text(Point{x, base + 2*line}, words+":", small)
	on.Text(Point{x, base + 3*line}, answer, small)
}

// HoursADay is a share of time in per cent as hours and minutes of a day.
func HoursADay(percent float64) string { return clinic.Minutes(percent / 100 * 1440) }

// fillBand fills a band with its colour and its pattern: very low solid, low
// falling lines, in range plain, high rising lines, very high crossed.
func fillBand(on Surface, b Box, i int, p Palette) {
	if b.H <= 0 {
		return
	}
	b.Fill(on, p.Bands[i])
	s := Stroke{Color: p.OnBands[i], Width: 0.5}
	if i == 1 || i == 4 {
		hatch(on, b, s, false)
	}
	if i == 3 || i == 4 {
		hatch(on, b, s, true)
	}
}

// hatch draws lines of 45 degrees, 4 points apart, clipped to the box.
func hatch(on Surface, b Box, s Stroke, rising bool) {
	for d := 4.0; d < b.W+b.H; d += 4 {
		x0, y0 := b.X, b.Y+d
		if d > b.H {
			x0, y0 = b.X+d-b.H, b.Bottom()
		}
		x1, y1 := b.X+d, b.Y
		if d > b.W {
			x1, y1 = b.Right(), b.Y+d-b.W
		}
		if !rising { // the same lines, mirrored
			x0, x1 = 2*b.X+b.W-x0, 2*b.X+b.W-x1
		}
		on.Line([]Point{{x0, y0}, {x1, y1}}, s)
	}
}
