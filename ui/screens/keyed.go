package screens

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"
)

// The widgets here are Fyne's, while which the keys of the whole window work, too:
// Fyne gives every key to what has the focus, and to nobody else.
type (
	entry struct {
		widget.Entry
		scrolled
	}
	choiceEntry struct {
		widget.SelectEntry
		scrolled
	}
	keyedSelect struct {
		widget.Select
		scrolled
	}
	keyedCheck struct {
		widget.Check
		scrolled
	}
	keyedButton struct{ widget.Button }
	keyedList   struct{ widget.List }
)

// scrolled is of a field that may stand in what scrolls, and comes into view when
// Tab reaches it.
type scrolled struct{ scroll *container.Scroll }

func (s *scrolled) in(scroll *container.Scroll) { s.scroll = scroll }

func (s *scrolled) reveal(field fyne.CanvasObject) {
	if s.scroll == nil {
		return
	}
	driver := fyne.CurrentApp().Driver()
	top := driver.AbsolutePositionForObject(field).Y - driver.AbsolutePositionForObject(s.scroll).Y
	switch below := top + field.Size().Height - s.scroll.Size().Height; {
	case top < 0:
		s.scroll.ScrollToOffset(s.scroll.Offset.AddXY(0, top))
	case below > 0:
		s.scroll.ScrollToOffset(s.scroll.Offset.AddXY(0, below))
	}
}

// FocusGained brings the field into view.
func (e *entry) FocusGained() {
	e.Entry.FocusGained()
	e.reveal(e)
}

// FocusGained brings the field into view.
func (e *choiceEntry) FocusGained() {
	e.SelectEntry.FocusGained()
	e.reveal(e)
}

// FocusGained brings the field into view.
func (s *keyedSelect) FocusGained() {
	s.Select.FocusGained()
	s.reveal(s)
}

// FocusGained brings the field into view.
func (c *keyedCheck) FocusGained() {
	c.Check.FocusGained()
	c.reveal(c)
}

func newButton(text string, do func()) *keyedButton { return newButtonWithIcon(text, nil, do) }

func newButtonWithIcon(text string, icon fyne.Resource, do func()) *keyedButton {
	b := &keyedButton{widget.Button{Text: text, Icon: icon, OnTapped: do}}
	b.ExtendBaseWidget(b)
	return b
}

func newSelect(options []string, changed func(string)) *keyedSelect {
	s := &keyedSelect{Select: widget.Select{Options: options, OnChanged: changed}}
	s.ExtendBaseWidget(s)
	return s
}

func newCheck(text string, changed func(bool)) *keyedCheck {
	c := &keyedCheck{Check: widget.Check{Text: text, OnChanged: changed}}
	c.ExtendBaseWidget(c)
	return c
}

func newList(length func() int, line func() fyne.CanvasObject, fill func(widget.ListItemID, fyne.CanvasObject)) *keyedList {
	l := &keyedList{widget.List{Length: length, CreateItem: line, UpdateItem: fill}}
	l.ExtendBaseWidget(l)
	return l
}

func newEntry() *entry {
	e := &entry{}
	e.ExtendBaseWidget(e)
	e.Wrapping = fyne.TextWrap(fyne.TextTruncateClip)
	return e
}

func newPasswordEntry() *entry {
	e := newEntry()
	e.Password = true
	return e
}

func newMultiLineEntry() *entry {
	e := newEntry()
	e.MultiLine = true
	e.Wrapping = fyne.TextWrapWord
	return e
}

func newChoiceEntry(choices []string) *choiceEntry {
	e := &choiceEntry{}
	e.ExtendBaseWidget(e)
	e.Wrapping = fyne.TextWrap(fyne.TextTruncateClip)
	e.SetOptions(choices)
	return e
}

// TypedKey leaves Escape and F1 to the window.
func (e *entry) TypedKey(key *fyne.KeyEvent) {
	if !windowKey(e, key) {
		e.Entry.TypedKey(key)
	}
}

// TypedShortcut passes on what the window may have a key for.
func (e *entry) TypedShortcut(s fyne.Shortcut) {
	e.Entry.TypedShortcut(s)
	windowShortcut(e, s)
}

// TypedKey leaves Escape and F1 to the window.
func (e *choiceEntry) TypedKey(key *fyne.KeyEvent) {
	if !windowKey(e, key) {
		e.SelectEntry.TypedKey(key)
	}
}

// TypedShortcut passes on what the window may have a key for.
func (e *choiceEntry) TypedShortcut(s fyne.Shortcut) {
	e.SelectEntry.TypedShortcut(s)
	windowShortcut(e, s)
}

// TypedKey leaves Escape and F1 to the window; Enter presses the button as the
// space bar does.
func (b *keyedButton) TypedKey(key *fyne.KeyEvent) {
	switch {
	case windowKey(b, key):
	case key.Name == fyne.KeyReturn, key.Name == fyne.KeyEnter:
		b.Tapped(nil)
	default:
		b.Button.TypedKey(key)
	}
}

// TypedKey leaves Escape and F1 to the window.
func (s *keyedSelect) TypedKey(key *fyne.KeyEvent) {
	if !windowKey(s, key) {
		s.Select.TypedKey(key)
	}
}

// TypedKey leaves Escape and F1 to the window.
func (c *keyedCheck) TypedKey(key *fyne.KeyEvent) {
	if !windowKey(c, key) {
		c.Check.TypedKey(key)
	}
}

// TypedKey leaves Escape and F1 to the window; Enter chooses as the space bar does.
func (l *keyedList) TypedKey(key *fyne.KeyEvent) {
	switch {
	case windowKey(l, key):
	case key.Name == fyne.KeyReturn, key.Name == fyne.KeyEnter:
		l.List.TypedKey(&fyne.KeyEvent{Name: fyne.KeySpace})
	default:
		l.List.TypedKey(key)
	}
}

// windowKey says whether a key is the whole window's, and does it.
func windowKey(o fyne.CanvasObject, key *fyne.KeyEvent) bool {
	if key.Name != fyne.KeyEscape && key.Name != fyne.KeyF1 {
		return false
	}
	c := fyne.CurrentApp().Driver().CanvasForObject(o)
	if c == nil || c.OnTypedKey() == nil {
		return false
	}
	c.OnTypedKey()(key)
	return true
}

// windowShortcut does what the window has for a key with Ctrl, if it has
// anything.
func windowShortcut(o fyne.CanvasObject, s fyne.Shortcut) {
	if c, ok := fyne.CurrentApp().Driver().CanvasForObject(o).(fyne.Shortcutable); ok && forWindow(s) {
		c.TypedShortcut(s)
	}
}

// forWindow says whether keys may be the window's while something is typed:
// copying, pasting and taking back, which Fyne knows by name, are the field's own.
func forWindow(s fyne.Shortcut) bool {
	_, custom := s.(*desktop.CustomShortcut)
	return custom
}
