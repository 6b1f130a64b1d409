package screens

import (
	"image"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"tracedesk/clinic"
	"tracedesk/report/chart"
	"tracedesk/report/chart/raster"
)

// chartView shows a chart of package chart; one unit of the window is one
// point of the chart.
type chartView struct {
	widget.BaseWidget
	least    fyne.Size
	settings clinic.Settings
	label    string // for those who cannot see it
	draw     func(on chart.Surface, box chart.Box, style chart.Style)
}

// newChart shows what draw draws into the box of the view's size.
func newChart(least fyne.Size, settings clinic.Settings, label string, draw func(on chart.Surface, box chart.Box, style chart.Style)) *chartView {
	c := &chartView{least: least, settings: settings, label: label, draw: draw}
	c.ExtendBaseWidget(c)
	return c
}

// AccessibilityLabel is read out in place of the picture.
func (c *chartView) AccessibilityLabel() string { return c.label }

// AccessibilityRole is that of a text.
func (c *chartView) AccessibilityRole() fyne.AccessibleRole { return fyne.AccessibleRoleText }

// CreateRenderer makes the picture, anew for each size and theme.
func (c *chartView) CreateRenderer() fyne.WidgetRenderer {
	return &chartRenderer{WidgetRenderer: widget.NewSimpleRenderer(canvas.NewRaster(c.image)), view: c}
}

func (c *chartView) image(width, height int) image.Image {
	size := c.Size()
	p := palette()
	if width <= 0 || height <= 0 || size.Width <= 0 || c.draw == nil {
		return image.NewUniform(image.Transparent)
	}
	s := raster.New(width, height, float64(width)/float64(size.Width), p.Paper)
	style := chart.Style{Palette: p, Settings: c.settings, Small: float64(theme.Size(theme.SizeNameCaptionText))}
	c.draw(s, chart.Box{W: float64(size.Width), H: float64(size.Height)}, style)
	return s.Image()
}

type chartRenderer struct {
	fyne.WidgetRenderer
	view *chartView
}

func (r *chartRenderer) MinSize() fyne.Size { return r.view.least }
