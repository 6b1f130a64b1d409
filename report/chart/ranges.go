package chart

import (
	"fmt"

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

// Ranges draws the shares of the five bands as a stacked bar that is true to
// scale, and beside it each band's name, limits, per cent, hours a day and
// target. Bands differ in pattern too, not only in colour.
func Ranges(on Surface, box Box, shares cgm.Shares, style Style) {
	values := [5]float64{shares.VeryLow, shares.Low, shares.InRange, shares.High, shares.VeryHigh}
	const barWidth = 34
	bar := Box{box.X, box.Y, barWidth, box.H}
	rowHeight := box.H / 5
	y := bar.Bottom()
	for i, v := range values {
		h := v / 100 * bar.H
		y -= h
		band := Box{bar.X, y, bar.W, h}
		fillBand(on, band, i, style.Palette)
		// Rows stand in even steps from very high down; a line leads from each
		// to its band.
		middle := box.Y + rowHeight*(float64(4-i)+0.5)
		on.Line([]Point{{bar.Right(), y + h/2}, {bar.Right() + 12, middle}, {bar.Right() + 16, middle}}, Stroke{Color: style.Palette.Muted, Width: 0.5})
		bandRow(on, Box{bar.Right() + 20, middle - rowHeight/2, box.W - barWidth - 20, rowHeight}, i, v, shares, style)
	}
	bar.Outline(on, Stroke{Color: style.Palette.Ink, Width: 0.7})
}

func bandRow(on Surface, row Box, i int, share float64, shares cgm.Shares, style Style) {
	size := style.Small * 1.15
	text := Text{Size: size, Color: style.Palette.Ink}
	base := row.Y + row.H/2
	bold := text
	bold.Bold = true
	on.Text(Point{row.X, base}, BandNames[i], bold)
	small := Text{Size: style.Small, Color: style.Palette.Muted}
	on.Text(Point{row.X, base + style.Small*1.3}, bandLimits(style.Settings)[i]+" "+string(style.Settings.Unit), small)
	bold.Align, bold.Size = Right, size*1.15
	percent := row.X + row.W*0.62
	on.Text(Point{percent, base}, wording.BandPercents(shares)[i]+" %", bold)
	small.Align = Right
	on.Text(Point{percent, base + style.Small*1.3}, HoursADay(share)+" a day", small)
	on.Text(Point{row.Right(), base}, targetText(i, style.Settings), small)
}

// targetText is the share of the consensus for adults with type 1 or type 2
// diabetes (Battelino, Diabetes Care 42 (2019) 1593). Those of low and high are
// totals: under 70 includes under 54.
func targetText(i int, s clinic.Settings) string {
	return [5]string{
		"target < 1 %",
		fmt.Sprintf("< %s: target < 4 %%", s.Glucose(70)),
		"target > 70 %",
		fmt.Sprintf("> %s: target < 25 %%", s.Glucose(180)),
		"target < 5 %",
	}[i]
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
