package shell

import (
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"
)

// motion lies behind every screen and notices the mouse.
type motion struct {
	widget.BaseWidget
	moved func()
}

var _ desktop.Hoverable = (*motion)(nil)

func newMotion(moved func()) *motion {
	m := &motion{moved: moved}
	m.ExtendBaseWidget(m)
	return m
}

func (m *motion) CreateRenderer() fyne.WidgetRenderer {
	return widget.NewSimpleRenderer(container.NewWithoutLayout())
}
func (m *motion) MouseIn(*desktop.MouseEvent)    { m.moved() }
func (m *motion) MouseMoved(*desktop.MouseEvent) { m.moved() }
func (m *motion) MouseOut()                      {}

// used notes that somebody uses the window.
func (w *Window) used() { w.lastUse = w.program.Now() }

// watchIdle locks the window when nobody has used it for the set time.
func (w *Window) watchIdle(tick <-chan time.Time) {
	for range tick {
		fyne.Do(w.LockWhenIdle)
	}
}

// LockWhenIdle locks the window if nobody has used it for the set time.
func (w *Window) LockWhenIdle() {
	switch {
	case w.program.Locked():
	case w.busy: // reading a receiver is use
		w.used()
	case w.program.Idle(w.lastUse):
		w.program.Lock()
	}
}

// Clear closes every dialog and forgets its values, so that nothing of a patient
// stays above the next screen.
func (w *Window) Clear() {
	overlays := w.win.Canvas().Overlays()
	for top := overlays.Top(); top != nil; top = overlays.Top() {
		top.Hide()
		overlays.Remove(top)
	}
	w.messages, w.open = nil, nil
}
