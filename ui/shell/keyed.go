package shell

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"
)

// The widgets here are Fyne's, but leave Escape, F1 and the keys with Ctrl to the
// window. Fyne gives every key to the focused widget alone.
type (
	// Entry is a line or several lines of text, or a passphrase.
	Entry struct {
		widget.Entry
		scrolled
	}
	// ChoiceEntry is a line of text with suggestions.
	ChoiceEntry struct {
		widget.SelectEntry
		scrolled
	}
	// Select is a choice among options.
	Select struct {
		widget.Select
		scrolled
	}
	// Check is a box to tick.
	Check struct {
		widget.Check
		scrolled
	}
	// Button can be pressed with Enter, too.
	Button struct{ widget.Button }
	// List is a list of lines. Enter chooses a line, too.
	List struct{ widget.List }
)

// scrolled scrolls a field into view when Tab reaches it.
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
func (e *Entry) FocusGained() {
	e.Entry.FocusGained()
	e.reveal(e)
}

// FocusGained brings the field into view.
func (e *ChoiceEntry) FocusGained() {
	e.SelectEntry.FocusGained()
	e.reveal(e)
}

// FocusGained brings the field into view.
func (s *Select) FocusGained() {
	s.Select.FocusGained()
	s.reveal(s)
}

// FocusGained brings the field into view.
func (c *Check) FocusGained() {
	c.Check.FocusGained()
	c.reveal(c)
}

// NewButton does something when it is pressed.
func NewButton(text string, do func()) *Button { return NewButtonWithIcon(text, nil, do) }

// NewButtonWithIcon is a button with an icon before its text.
func NewButtonWithIcon(text string, icon fyne.Resource, do func()) *Button {
	b := &Button{widget.Button{Text: text, Icon: icon, OnTapped: do}}
	b.ExtendBaseWidget(b)
	return b
}

// NewSelect is a choice among options; changed may be nil.
func NewSelect(options []string, changed func(string)) *Select {
	s := &Select{Select: widget.Select{Options: options, OnChanged: changed}}
	s.ExtendBaseWidget(s)
	return s
}

// NewCheck is a box to tick; changed may be nil.
func NewCheck(text string, changed func(bool)) *Check {
	c := &Check{Check: widget.Check{Text: text, OnChanged: changed}}
	c.ExtendBaseWidget(c)
	return c
}

// NewList is a list. It fills only the lines in view.
func NewList(length func() int, line func() fyne.CanvasObject, fill func(widget.ListItemID, fyne.CanvasObject)) *List {
	l := &List{widget.List{Length: length, CreateItem: line, UpdateItem: fill}}
	l.ExtendBaseWidget(l)
	return l
}

// NewEntry is a line of text.
func NewEntry() *Entry {
	e := &Entry{}
	e.ExtendBaseWidget(e)
	e.Wrapping = fyne.TextWrap(fyne.TextTruncateClip)
	return e
}

// NewPasswordEntry is a line that is not shown, and never kept through a lock.
func NewPasswordEntry() *Entry {
	e := NewEntry()
	e.Password = true
	return e
}

// NewMultiLineEntry is text of several lines.
func NewMultiLineEntry() *Entry {
	e := NewEntry()
	e.MultiLine = true
	e.Wrapping = fyne.TextWrapWord
	return e
}

// NewChoiceEntry is a line of text with suggestions.
func NewChoiceEntry(choices []string) *ChoiceEntry {
	e := &ChoiceEntry{}
	e.ExtendBaseWidget(e)
	e.Wrapping = fyne.TextWrap(fyne.TextTruncateClip)
	e.SetOptions(choices)
	return e
}

// TypedRune tells the window that somebody types.
func (e *Entry) TypedRune(r rune) {
	tellUse(e)
	e.Entry.TypedRune(r)
}

// TypedKey leaves Escape and F1 to the window.
func (e *Entry) TypedKey(key *fyne.KeyEvent) {
	if !WindowKey(e, key) {
		tellUse(e)
		e.Entry.TypedKey(key)
	}
}

// TypedShortcut passes keys with Ctrl on to the window.
func (e *Entry) TypedShortcut(s fyne.Shortcut) {
	e.Entry.TypedShortcut(s)
	windowShortcut(e, s)
}

// TypedRune tells the window that somebody types.
func (e *ChoiceEntry) TypedRune(r rune) {
	tellUse(e)
	e.SelectEntry.TypedRune(r)
}

// TypedKey leaves Escape and F1 to the window.
func (e *ChoiceEntry) TypedKey(key *fyne.KeyEvent) {
	if !WindowKey(e, key) {
		tellUse(e)
		e.SelectEntry.TypedKey(key)
	}
}

// TypedShortcut passes keys with Ctrl on to the window.
func (e *ChoiceEntry) TypedShortcut(s fyne.Shortcut) {
	e.SelectEntry.TypedShortcut(s)
	windowShortcut(e, s)
}

// TypedKey leaves Escape and F1 to the window; Enter presses the button as the
// space bar does.
func (b *Button) TypedKey(key *fyne.KeyEvent) {
	switch {
	case WindowKey(b, key):
	case key.Name == fyne.KeyReturn, key.Name == fyne.KeyEnter:
		b.Tapped(nil)
	default:
		b.Button.TypedKey(key)
	}
}

// TypedKey leaves Escape and F1 to the window.
func (s *Select) TypedKey(key *fyne.KeyEvent) {
	if !WindowKey(s, key) {
		s.Select.TypedKey(key)
	}
}

// TypedKey leaves Escape and F1 to the window.
func (c *Check) TypedKey(key *fyne.KeyEvent) {
	if !WindowKey(c, key) {
		c.Check.TypedKey(key)
	}
}

// TypedKey leaves Escape and F1 to the window; Enter chooses as the space bar does.
func (l *List) TypedKey(key *fyne.KeyEvent) {
	switch {
	case WindowKey(l, key):
	case key.Name == fyne.KeyReturn, key.Name == fyne.KeyEnter:
		l.List.TypedKey(&fyne.KeyEvent{Name: fyne.KeySpace})
	default:
		l.List.TypedKey(key)
	}
}

// WindowKey says whether a key is the window's, and presses it there.
func WindowKey(o fyne.CanvasObject, key *fyne.KeyEvent) bool {
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

// tellUse tells the window that somebody uses a field, by a key without a name, which
// does nothing else.
func tellUse(o fyne.CanvasObject) {
	if c := fyne.CurrentApp().Driver().CanvasForObject(o); c != nil && c.OnTypedKey() != nil {
		c.OnTypedKey()(&fyne.KeyEvent{})
	}
}

// windowShortcut presses a key with Ctrl in the window.
func windowShortcut(o fyne.CanvasObject, s fyne.Shortcut) {
	if c, ok := fyne.CurrentApp().Driver().CanvasForObject(o).(fyne.Shortcutable); ok && forWindow(s) {
		c.TypedShortcut(s)
	}
}

// forWindow says whether the window may take a shortcut from a field. Copy, paste
// and undo, which Fyne knows by name, belong to the field.
func forWindow(s fyne.Shortcut) bool {
	_, custom := s.(*desktop.CustomShortcut)
	return custom
}
