package shell

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"tracedesk/ui/say"
)

// Screen is everything that the window shows and does at a time. Window.Show replaces
// the whole of it, so that nothing of the last screen stays. A key without a function
// on the screen does nothing.
type Screen struct {
	Head, Body fyne.CanvasObject

	Back    func()         // Escape
	Primary func()         // Ctrl+P
	Search  fyne.Focusable // Ctrl+F
	Save    func()         // Ctrl+S
	Undo    func()         // Ctrl+Z
	Views   []*Button      // Ctrl+1, Ctrl+2, …

	Focus          fyne.Focusable // has the keys at first
	Form           *Form          // typed on the screen itself, kept through a lock
	ClearSelection func()         // lets a line be chosen again that could not be opened
	Receiver       *Button        // says whether a receiver is plugged in

	// Stays is for a screen that cannot be opened again. Only its own buttons leave it:
	// no key of the window, no dropped file and no lock does.
	Stays bool
}

// disclaimer stands at the foot of every screen.
const disclaimer = "Retrospective analysis of CGM data for review by a licensed clinician. Not for real-time " +
	"monitoring, alarms or insulin-dose calculation. Not made or endorsed by Dexcom."

// Show puts a screen into the window, below its head and above the disclaimer.
func (w *Window) Show(s Screen) {
	foot := widget.NewLabel(say.L(disclaimer))
	foot.SizeName = theme.SizeNameCaptionText
	foot.Importance = widget.LowImportance
	foot.Truncation = fyne.TextTruncateEllipsis
	w.used()
	w.screen, w.open = s, nil
	if s.Form != nil {
		w.open = []*Form{s.Form}
	}
	top := container.NewVBox(container.NewPadded(s.Head), widget.NewSeparator())
	if text := w.program.Banner(); text != "" {
		top.Objects = append([]fyne.CanvasObject{Warning(text)}, top.Objects...)
	}
	w.win.SetContent(container.NewStack(newMotion(w.used), container.NewBorder(
		top,
		container.NewVBox(widget.NewSeparator(), foot),
		nil, nil, container.NewPadded(s.Body))))
	if s.Focus != nil {
		w.Focus(s.Focus)
	}
}

// Screen gives the screen that the window shows.
func (w *Window) Screen() Screen { return w.screen }

// Gate is a screen before anybody is in: narrow, in the middle.
func Gate(head, intro string, content ...fyne.CanvasObject) Screen {
	top := []fyne.CanvasObject{Heading(head)}
	if intro != "" {
		top = append(top, Words(intro))
	}
	box := container.New(narrow{}, container.NewVBox(append(top, content...)...))
	return Screen{Head: Title("Tracedesk"), Body: container.NewVScroll(box)}
}

// narrow keeps a form readable on a wide window.
type narrow struct{}

const narrowWidth = 560

func (narrow) MinSize(o []fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(min(narrowWidth, 320), o[0].MinSize().Height+60)
}

func (narrow) Layout(o []fyne.CanvasObject, size fyne.Size) {
	width := min(size.Width, narrowWidth)
	o[0].Resize(fyne.NewSize(width, size.Height-30))
	o[0].Move(fyne.NewPos((size.Width-width)/2, 30))
	o[0].Refresh() // a wrapped text knows its height only now
}
