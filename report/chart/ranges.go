package chart

import (
	"strings"

	"tracedesk/cgm"
	"tracedesk/clinic"
	"tracedesk/clinic/wording"
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
	rows := rangeRows(box, style.Small)
	printed := clinic.PrintShares(shares)
	y := bar.Bottom()
	for i, v := range values {
		h := v / 100 * bar.H
		y -= h
		fillBand(on, Box{bar.X, y, bar.W, h}, i, style.Palette)
		// A line leads from each row to its band.
		middle := rows[i].Y + style.Small*0.8
		x := bar.Right()
		on.Line([]Point{{x, y + h/2}, {x + 10, middle}, {x + 14, middle}}, Stroke{Color: style.Palette.Muted, Width: 0.5})
		bandRow(on, rows[i], i, v, printed, style)
	}
	bar.Outline(on, Stroke{Color: style.Palette.Ink, Width: 0.7})
	totals(on, rows, box.Right(), printed, style)
}

// rangeRows are the rows of the five bands, very low to very high, from the bottom
// up: three lines for a band with a goal of its own, two for low and high. On a wide
// screen they stay so narrow that the eye finds the number of a name.
func rangeRows(box Box, small float64) (rows [5]Box) {
	y, width := box.Y, min((box.W-rangesNames)*0.62, small*20)
	for i, lines := range [5]float64{3, 2, 3, 2, 3} { // very high first
		h := box.H * lines / 13
		rows[4-i] = Box{box.X + rangesNames, y, width, h}
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

// The brackets beside the rows.
const (
	bracketGap = 6
	bracketArm = 4
)

// totals are the brackets over high and over low, each with the total and its goal:
// in one line, or in two where one of them would pass the right edge.
func totals(on Surface, rows [5]Box, right float64, printed clinic.PrintedShares, style Style) {
	x := rows[0].Right() + 2*bracketGap + bracketArm
	text, wrap := Text{Size: style.Small}, false
	for _, goal := range []int{cgm.GoalLow, cgm.GoalHigh} {
		wrap = wrap || x+on.TextWidth(printed.Goal(goal), text) > right
	}
	g := style.Settings.GlucoseWithUnit
	for _, total := range []struct {
		goal         int
		upper, lower Box
		limit        string
	}{
		{cgm.GoalHigh, rows[4], rows[3], "> " + g(cgm.TargetHigh)},
		{cgm.GoalLow, rows[1], rows[0], "< " + g(cgm.TargetLow)},
	} {
		bracket(on, total.upper, total.lower, style)
		lines := []string{total.limit, printed.Goal(total.goal)}
		if wrap {
			words, answer, _ := strings.Cut(lines[1], ": ")
			lines = []string{total.limit, words + ":", answer}
		}
		line := style.Small * 1.25
		y := (total.upper.Y+total.lower.Bottom())/2 - line*0.7
		bold := Text{Size: style.Small * 1.3, Bold: true, Color: style.Palette.Ink}
		on.Text(Point{x, y}, printed.Against(total.goal)+" %", bold)
		text.Color = style.Palette.Muted
		for _, words := range lines {
			y += line
			on.Text(Point{x, y}, words, text)
			text.Color = style.Palette.Ink
		}
	}
}

func bracket(on Surface, upper, lower Box, style Style) {
	x, top, bottom := upper.Right()+bracketGap, upper.Y+3, lower.Bottom()-1
	on.Line([]Point{{x, top}, {x + bracketArm, top}, {x + bracketArm, bottom}, {x, bottom}},
		Stroke{Color: style.Palette.Muted, Width: 0.7})
}

// HoursADay is a share of time in per cent as hours and minutes of a day.
func HoursADay(percent float64) string { return wording.Minutes(percent / 100 * 1440) }

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
