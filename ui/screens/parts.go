package screens

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"tracedesk/ui/present"
)

// title is a heading of a screen, in letters as large as the width allows: it often
// says whose all below is. heading is that of a part.
func title(text string) fyne.CanvasObject {
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
	for _, name = range []fyne.ThemeSizeName{theme.SizeNameHeadingText, theme.SizeNameSubHeadingText, theme.SizeNameText} {
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

// newLine and newBoldLine are lines of a list, of one text.
func newLine() fyne.CanvasObject { return container.New(rowLayout{1}, widget.NewLabel("")) }

func newBoldLine() fyne.CanvasObject {
	return container.New(rowLayout{1}, widget.NewLabelWithStyle("", fyne.TextAlignLeading, fyne.TextStyle{Bold: true}))
}

// rowLayout gives a line's columns their shares of the width, so that lines stand
// in columns; a column without a share is a sign. A text is shortened only where
// it has to be: Fyne measures a text that may be shortened some ten times.
type rowLayout []float32

const signWidth = 20

func (l rowLayout) width(i int, all float32) float32 {
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

func (l rowLayout) MinSize(parts []fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(signWidth, parts[0].MinSize().Height)
}

func (l rowLayout) Layout(parts []fyne.CanvasObject, size fyne.Size) {
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

// fit lets a text be shortened where the width does not hold it.
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

// setLine shows the texts of a line's columns; a sign's is skipped.
func setLine(line fyne.CanvasObject, texts ...string) {
	row := line.(*fyne.Container)
	for i, text := range texts {
		if l, ok := row.Objects[i].(*widget.Label); ok {
			l.SetText(text)
		}
	}
	row.Layout.Layout(row.Objects, row.Size())
}

// searchField is searched as one types, which is use of the window.
func (w *Window) searchField(hint string, load func(query string)) *entry {
	e := newEntry()
	e.SetPlaceHolder(hint)
	e.OnChanged = func(query string) {
		w.used()
		load(query)
	}
	return e
}

func primaryButton(text string, icon fyne.Resource, do func()) *keyedButton {
	b := newButtonWithIcon(text, icon, do)
	b.Importance = widget.HighImportance
	return b
}

// column stands its parts below each other, each as high as its text needs at
// the width that there is. Fyne's own box asks before the text has broken into
// its lines.
func column(parts ...fyne.CanvasObject) *fyne.Container {
	return container.New(&columnLayout{}, parts...)
}

// scrolling is a column that scrolls.
func scrolling(c *fyne.Container) *container.Scroll {
	scroll := container.NewScroll(c) // to the side, too, where a screen is very small
	if l, ok := c.Layout.(*columnLayout); ok {
		l.scroll = scroll
	}
	return scroll
}

type columnLayout struct{ scroll *container.Scroll }

// beside is the room at the right, where the scroll bar comes to stand.
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
