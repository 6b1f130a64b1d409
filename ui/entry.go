package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"
)

// entry and choiceEntry are Fyne's, whose keys of the whole window work, too:
// Fyne gives every key to the field that is typed in, and to nobody else.
type entry struct{ widget.Entry }

type choiceEntry struct{ widget.SelectEntry }

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
