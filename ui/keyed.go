package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"
)

// The widgets here are Fyne's, while which the keys of the whole window work, too:
// Fyne gives every key to what has the focus, and to nobody else.
type (
	entry       struct{ widget.Entry }
	choiceEntry struct{ widget.SelectEntry }
	keyedButton struct{ widget.Button }
	keyedSelect struct{ widget.Select }
	keyedCheck  struct{ widget.Check }
	keyedList   struct{ widget.List }
)

func newButton(text string, do func()) *keyedButton { return newButtonWithIcon(text, nil, do) }

func newButtonWithIcon(text string, icon fyne.Resource, do func()) *keyedButton {
	b := &keyedButton{widget.Button{Text: text, Icon: icon, OnTapped: do}}
	b.ExtendBaseWidget(b)
	return b
}

func newSelect(options []string, changed func(string)) *keyedSelect {
	s := &keyedSelect{widget.Select{Options: options, OnChanged: changed}}
	s.ExtendBaseWidget(s)
	return s
}

func newCheck(text string, changed func(bool)) *keyedCheck {
	c := &keyedCheck{widget.Check{Text: text, OnChanged: changed}}
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
// anything; moving and copying are the entry's own.
func windowShortcut(o fyne.CanvasObject, s fyne.Shortcut) {
	if _, own := s.(fyne.KeyboardShortcut); !own {
		return
	}
	if c, ok := fyne.CurrentApp().Driver().CanvasForObject(o).(fyne.Shortcutable); ok {
		c.TypedShortcut(s)
	}
}
