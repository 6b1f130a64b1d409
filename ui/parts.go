package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"tracedesk/ui/present"
)

// title is a heading of a screen; heading of a part of it.
func title(text string) *widget.Label {
	l := widget.NewLabelWithStyle(text, fyne.TextAlignLeading, fyne.TextStyle{Bold: true})
	l.SizeName = theme.SizeNameHeadingText
	l.Truncation = fyne.TextTruncateEllipsis
	return l
}

func heading(text string) *widget.Label {
	l := widget.NewLabelWithStyle(text, fyne.TextAlignLeading, fyne.TextStyle{Bold: true})
	l.SizeName = theme.SizeNameSubHeadingText
	return l
}

// words is text that wraps.
func words(text string) *widget.Label {
	l := widget.NewLabel(text)
	l.Wrapping = fyne.TextWrapWord
	return l
}

// quiet is text of less weight.
func quiet(text string) *widget.Label {
	l := words(text)
	l.Importance = widget.LowImportance
	l.SizeName = theme.SizeNameCaptionText
	return l
}

// warning is text behind a sign, so that it is not told by colour alone.
func warning(text string) fyne.CanvasObject {
	l := words(text)
	l.Importance = widget.WarningImportance
	return container.NewBorder(nil, nil, container.NewVBox(widget.NewIcon(theme.WarningIcon())), nil, l)
}

// facts are labels and values in two columns; the values wrap. figures are the
// same with short values.
func facts(list []present.Fact) fyne.CanvasObject { return twoColumns(list, words) }

func figures(list []present.Fact) fyne.CanvasObject {
	return twoColumns(list, func(text string) *widget.Label {
		return widget.NewLabelWithStyle(text, fyne.TextAlignLeading, fyne.TextStyle{Bold: true})
	})
}

func twoColumns(list []present.Fact, value func(string) *widget.Label) fyne.CanvasObject {
	grid := container.New(layout.NewFormLayout())
	for _, f := range list {
		label := widget.NewLabel(f.Label)
		label.Importance = widget.LowImportance
		value := value(f.Value)
		value.Selectable = true
		grid.Add(label)
		grid.Add(value)
	}
	return grid
}

func bold(text string) *widget.Label {
	l := widget.NewLabelWithStyle(text, fyne.TextAlignLeading, fyne.TextStyle{Bold: true})
	l.Truncation = fyne.TextTruncateEllipsis
	return l
}

func primaryButton(text string, icon fyne.Resource, do func()) *widget.Button {
	b := widget.NewButtonWithIcon(text, icon, do)
	b.Importance = widget.HighImportance
	return b
}
