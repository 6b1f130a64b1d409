package screens

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"tracedesk/ui/say"
)

// screen is all that the window shows and does at one time. Window.show replaces
// the whole of it, so that nothing of the screen before stays: a key that a screen
// has nothing for does nothing.
type screen struct {
	head, body fyne.CanvasObject

	back    func()         // Escape
	primary func()         // Ctrl+P
	search  fyne.Focusable // Ctrl+F
	save    func()         // Ctrl+S
	undo    func()         // Ctrl+Z
	views   []*keyedButton // Ctrl+1, Ctrl+2, …

	focus          fyne.Focusable // has the keys at first
	form           *openForm      // typed on the screen itself, kept through a lock
	clearSelection func()         // lets a line be chosen again that could not be opened
	receiver       *keyedButton   // says whether a receiver is plugged in
}

// show puts a screen into the window, below its head and above the disclaimer.
func (w *Window) show(s screen) {
	foot := widget.NewLabel(say.L(disclaimer))
	foot.SizeName = theme.SizeNameCaptionText
	foot.Importance = widget.LowImportance
	foot.Truncation = fyne.TextTruncateEllipsis
	w.used()
	w.screen, w.open = s, nil
	if s.form != nil {
		w.open = []*openForm{s.form}
	}
	top := container.NewVBox(container.NewPadded(s.head), widget.NewSeparator())
	if !w.locked() && w.desk.Settings().Demo {
		top.Objects = append([]fyne.CanvasObject{warning(say.L("DEMONSTRATION: everything in this store is made up. Real patients belong into the practice's own store."))}, top.Objects...)
	}
	w.win.SetContent(container.NewStack(newMotion(w.used), container.NewBorder(
		top,
		container.NewVBox(widget.NewSeparator(), foot),
		nil, nil, container.NewPadded(s.body))))
	if s.focus != nil {
		w.win.Canvas().Focus(s.focus)
	}
}
