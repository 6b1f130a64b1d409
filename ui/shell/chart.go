package shell

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

// Drawing draws a chart into a box of a surface.
type Drawing func(on chart.Surface, box chart.Box, style chart.Style)

// Chart shows a chart of package chart; one unit of the window is one
// point of the chart.
type Chart struct {
	widget.BaseWidget
	Least    fyne.Size
	Settings clinic.Settings
	Label    string // for those who cannot see it
	Draw     Drawing
}

// NewChart shows what draw draws into the box of the view's size.
func NewChart(least fyne.Size, settings clinic.Settings, label string, draw Drawing) *Chart {
	c := &Chart{Least: least, Settings: settings, Label: label, Draw: draw}
	c.ExtendBaseWidget(c)
	return c
}

// AccessibilityLabel is read out in place of the picture.
func (c *Chart) AccessibilityLabel() string { return c.Label }

// AccessibilityRole is that of a text.
func (c *Chart) AccessibilityRole() fyne.AccessibleRole { return fyne.AccessibleRoleText }

// CreateRenderer makes the picture, anew for each size and theme.
func (c *Chart) CreateRenderer() fyne.WidgetRenderer {
	return &chartRenderer{WidgetRenderer: widget.NewSimpleRenderer(canvas.NewRaster(c.Picture)), view: c}
}

// Picture is the chart in so many pixels.
func (c *Chart) Picture(width, height int) image.Image {
	size := c.Size()
	p := palette()
	if width <= 0 || height <= 0 || size.Width <= 0 || c.Draw == nil {
		return image.NewUniform(image.Transparent)
	}
	s := raster.New(width, height, float64(width)/float64(size.Width), p.Paper)
	style := chart.Style{Palette: p, Settings: c.Settings, Small: float64(theme.Size(theme.SizeNameCaptionText))}
	c.Draw(s, chart.Box{W: float64(size.Width), H: float64(size.Height)}, style)
	return s.Image()
}

type chartRenderer struct {
	fyne.WidgetRenderer
	view *Chart
}

func (r *chartRenderer) MinSize() fyne.Size { return r.view.Least }
