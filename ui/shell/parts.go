package shell

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"tracedesk/ui/present"
)

// Title is the heading of a screen, in letters as large as the width allows: it
// usually names the patient.
func Title(text string) fyne.CanvasObject {
	l := widget.NewLabelWithStyle(text, fyne.TextAlignLeading, fyne.TextStyle{Bold: true})
	l.SizeName = theme.SizeNameHeadingText
	l.Truncation = fyne.TextTruncateEllipsis
	return container.New(titleLayout{}, l)
}

type titleLayout struct{}

func (titleLayout) MinSize(parts []fyne.CanvasObject) fyne.Size { return parts[0].MinSize() }

func (titleLayout) Layout(parts []fyne.CanvasObject, size fyne.Size) {
	l := parts[0].(*widget.Label)
	var name fyne.ThemeSizeName
	for _, name = range []fyne.ThemeSizeName{
		theme.SizeNameHeadingText, theme.SizeNameSubHeadingText, theme.SizeNameText,
	} {
		if fyne.MeasureText(l.Text, theme.Size(name), l.TextStyle).Width+2*theme.InnerPadding() <= size.Width {
			break
		}
	}
	if l.SizeName != name {
		l.SizeName = name
		l.Refresh()
	}
	l.Resize(fyne.NewSize(size.Width, l.MinSize().Height))
	l.Move(fyne.NewPos(0, (size.Height-l.MinSize().Height)/2))
}

// Heading is the title of a part of a screen.
func Heading(text string) *widget.Label {
	l := widget.NewLabelWithStyle(text, fyne.TextAlignLeading, fyne.TextStyle{Bold: true})
	l.SizeName = theme.SizeNameSubHeadingText
	return l
}

// Words is text that wraps.
func Words(text string) *widget.Label {
	l := widget.NewLabel(text)
	l.Wrapping = fyne.TextWrapWord
	return l
}

// Quiet is text of less weight.
func Quiet(text string) *widget.Label {
	l := Words(text)
	l.Importance = widget.LowImportance
	l.SizeName = theme.SizeNameCaptionText
	return l
}

// Warning is text with an icon, so that it does not rest on color alone.
func Warning(text string) fyne.CanvasObject {
	l := Words(text)
	l.Importance = widget.WarningImportance
	return container.NewBorder(nil, nil, container.NewVBox(widget.NewIcon(theme.WarningIcon())), nil, l)
}

// Facts are labels and values in two columns; the values wrap.
func Facts(list []present.Fact) fyne.CanvasObject { return twoColumns(list, Words) }

// Figures are labels and short values in two columns.
func Figures(list []present.Fact) fyne.CanvasObject {
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
		grid.Add(label)
		grid.Add(value)
	}
	return grid
}

// Bold is a line of bold text, which may be shortened.
func Bold(text string) *widget.Label {
	l := widget.NewLabelWithStyle(text, fyne.TextAlignLeading, fyne.TextStyle{Bold: true})
	l.Truncation = fyne.TextTruncateEllipsis
	return l
}

// NewLine is a line of a list with a text.
func NewLine() fyne.CanvasObject { return container.New(RowLayout{1}, widget.NewLabel("")) }

// NewBoldLine is a line of a list with a bold text.
func NewBoldLine() fyne.CanvasObject {
	return container.New(RowLayout{1}, widget.NewLabelWithStyle("", fyne.TextAlignLeading, fyne.TextStyle{Bold: true}))
}

// RowLayout gives a line's columns their shares of the width. A column without a
// share is an icon. It shortens a text only if it must, since Fyne measures a text
// that may be shortened some ten times.
type RowLayout []float32

const signWidth = 20

func (l RowLayout) width(i int, all float32) float32 {
	if l[i] == 0 {
		return signWidth
	}
	for _, share := range l {
		if share == 0 {
			all -= signWidth
		}
	}
	return l[i] * all
}

func (l RowLayout) MinSize(parts []fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(signWidth, parts[0].MinSize().Height)
}

func (l RowLayout) Layout(parts []fyne.CanvasObject, size fyne.Size) {
	x := float32(0)
	for i, o := range parts {
		width := l.width(i, size.Width)
		o.Move(fyne.NewPos(x, 0))
		if label, ok := o.(*widget.Label); ok {
			fit(label, width)
		}
		o.Resize(fyne.NewSize(width, size.Height))
		x += width
	}
}

// fit lets a text be shortened if it is wider than its column.
func fit(l *widget.Label, width float32) {
	truncation := fyne.TextTruncateOff
	if fyne.MeasureText(l.Text, theme.TextSize(), l.TextStyle).Width+2*theme.InnerPadding() > width {
		truncation = fyne.TextTruncateEllipsis
	}
	if l.Truncation != truncation {
		l.Truncation = truncation
		l.Refresh()
	}
}

// SetLine shows the texts of a line's columns. It skips icons.
func SetLine(line fyne.CanvasObject, texts ...string) {
	row := line.(*fyne.Container)
	for i, text := range texts {
		if l, ok := row.Objects[i].(*widget.Label); ok {
			l.SetText(text)
		}
	}
	row.Layout.Layout(row.Objects, row.Size())
}

// NewSearch is an entry that searches while a person types.
func NewSearch(hint string, load func(query string)) *Entry {
	e := NewEntry()
	e.SetPlaceHolder(hint)
	e.OnChanged = load
	return e
}

// PrimaryButton is the main action of a screen.
func PrimaryButton(text string, icon fyne.Resource, do func()) *Button {
	b := NewButtonWithIcon(text, icon, do)
	b.Importance = widget.HighImportance
	return b
}

// Column puts its parts below each other, each as high as its text needs at the
// width of the column. Fyne's box asks for the height before the text has wrapped.
func Column(parts ...fyne.CanvasObject) *fyne.Container {
	return container.New(&columnLayout{}, parts...)
}

// Scrolling is a column that scrolls.
func Scrolling(c *fyne.Container) *container.Scroll {
	scroll := container.NewScroll(c) // to the side, too, where a screen is very small
	if l, ok := c.Layout.(*columnLayout); ok {
		l.scroll = scroll
	}
	return scroll
}

type columnLayout struct{ scroll *container.Scroll }

// beside is the room for the scroll bar at the right.
func (l *columnLayout) beside() float32 {
	if l.scroll == nil {
		return 0
	}
	return theme.Padding() * 3
}

func (l *columnLayout) MinSize(parts []fyne.CanvasObject) (size fyne.Size) {
	for _, o := range parts {
		if o.Visible() {
			least := o.MinSize()
			size.Width = max(size.Width, least.Width)
			size.Height += least.Height + theme.Padding()
		}
	}
	size.Width += l.beside()
	return size
}

func (l *columnLayout) Layout(parts []fyne.CanvasObject, size fyne.Size) {
	y := float32(0)
	width := size.Width - l.beside()
	for _, o := range parts {
		if !o.Visible() {
			continue
		}
		o.Resize(fyne.NewSize(width, o.MinSize().Height))
		height := o.MinSize().Height // now that it knows its width
		o.Resize(fyne.NewSize(width, height))
		o.Move(fyne.NewPos(0, y))
		y += height + theme.Padding()
	}
	if l.scroll != nil && y > size.Height+1 {
		l.scroll.Refresh() // it asked for the height before, too
	}
}
