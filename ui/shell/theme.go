package shell

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"

	"tracedesk/assets"
	"tracedesk/report/chart"
)

// Appearance is how light the window is.
type Appearance string

// The appearances; the system's own is the default.
const (
	AppearanceSystem Appearance = "As the system"
	AppearanceLight  Appearance = "Light"
	AppearanceDark   Appearance = "Dark"
	// AppearanceContrast is for eyes that need it: black on white, and lines
	// around what can be used.
	AppearanceContrast Appearance = "High contrast"
)

// contrastColors are the colors of the high contrast, where they differ from the light
// appearance.
var contrastColors = map[fyne.ThemeColorName]color.NRGBA{
	theme.ColorNameBackground:  {255, 255, 255, 255},
	theme.ColorNameForeground:  {0, 0, 0, 255},
	theme.ColorNameDisabled:    {32, 32, 32, 255},
	theme.ColorNamePlaceHolder: {70, 70, 70, 255},
	theme.ColorNamePrimary:     {0, 40, 150, 255},
	theme.ColorNameButton:      {225, 225, 225, 255},
	theme.ColorNameInputBorder: {0, 0, 0, 255},
	theme.ColorNameSeparator:   {0, 0, 0, 255},
	theme.ColorNameScrollBar:   {0, 0, 0, 255},
	theme.ColorNameWarning:     {100, 55, 0, 255},
	theme.ColorNameError:       {150, 0, 0, 255},
	theme.ColorNameSuccess:     {0, 90, 20, 255},
	theme.ColorNameFocus:       {0, 40, 150, 255},
}

// deskTheme is Fyne's theme with the documents' type and a chosen appearance.
type deskTheme struct {
	fyne.Theme
	appearance Appearance
}

func newTheme(a Appearance) fyne.Theme { return &deskTheme{theme.DefaultTheme(), a} }

var (
	sansRegular = fyne.NewStaticResource("NotoSans-Regular.ttf", assets.SansRegular)
	sansBold    = fyne.NewStaticResource("NotoSans-Bold.ttf", assets.SansBold)
)

func (t *deskTheme) Font(style fyne.TextStyle) fyne.Resource {
	switch {
	case style.Monospace, style.Symbol:
		return t.Theme.Font(style)
	case style.Bold:
		return sansBold
	}
	return sansRegular
}

func (t *deskTheme) Color(name fyne.ThemeColorName, variant fyne.ThemeVariant) color.Color {
	switch t.appearance {
	case AppearanceLight:
		variant = theme.VariantLight
	case AppearanceDark:
		variant = theme.VariantDark
	case AppearanceContrast:
		variant = theme.VariantLight
		if c, ok := contrastColors[name]; ok {
			return c
		}
	}
	if name == theme.ColorNameDisabled { // also that of quiet text, which must be read
		p := chart.Print
		if variant == theme.VariantDark {
			p = chart.Dark
		}
		return color.NRGBA{p.Muted.R, p.Muted.G, p.Muted.B, 255}
	}
	if name == theme.ColorNameInputBorder { // fields and choices must be seen; Fyne's are nearly the ground's
		if variant == theme.VariantDark {
			return color.NRGBA{0x80, 0x80, 0x88, 0xFF}
		}
		return color.NRGBA{0x88, 0x88, 0x90, 0xFF}
	}
	if name == theme.ColorNameWarning && variant == theme.VariantLight {
		return color.NRGBA{0x8A, 0x50, 0x00, 0xFF} // Fyne's is too light to read on white
	}
	return t.Theme.Color(name, variant)
}

// Size makes rows a little tighter than Fyne's: a wear must fit on a small screen.
func (t *deskTheme) Size(name fyne.ThemeSizeName) float32 {
	if name == theme.SizeNameInnerPadding {
		return 5
	}
	return t.Theme.Size(name)
}

// palette has the charts' colors for the window's background.
func palette() chart.Palette {
	ground := chartColor(theme.Color(theme.ColorNameBackground))
	p := chart.Print
	if int(ground.R)+int(ground.G)+int(ground.B) < 3*128 {
		p = chart.Dark
	}
	p.Paper = ground
	return p
}

func chartColor(c color.Color) chart.Color {
	r, g, b, _ := c.RGBA()
	return chart.Color{R: uint8(r >> 8), G: uint8(g >> 8), B: uint8(b >> 8)}
}
