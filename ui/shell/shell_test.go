package shell

import (
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/widget"

	"tracedesk/ui/present"
)

// program is one without a store: it counts what the window asks of it.
type program struct {
	now    time.Time
	locked bool
	done   map[string]int
}

func (p *program) Now() time.Time           { return p.now }
func (p *program) Locked() bool             { return p.locked }
func (p *program) Idle(last time.Time) bool { return p.now.Sub(last) >= 15*time.Minute }
func (p *program) Lock()                    { p.locked = true }
func (p *program) Banner() string           { return "" }
func (p *program) OpenFile(path string)     { p.done["file"]++ }
func (p *program) KeysHelp() []present.Fact { return nil }
func (p *program) count(what string) func() { return func() { p.done[what]++ } }
func (p *program) Keys() []Key {
	return []Key{{Name: fyne.KeyH, Do: p.count("home")}, {Name: fyne.KeyL, Do: p.Lock, Above: true}}
}

func newWindow(t *testing.T) (*Window, *program) {
	t.Helper()
	p := &program{now: time.Date(2026, time.May, 14, 16, 0, 0, 0, time.UTC), done: map[string]int{}}
	w := New(test.NewTempApp(t), p)
	t.Cleanup(w.win.Close)
	return w, p
}

// blank is a screen that has nothing for any key.
func blank() Screen { return Screen{Head: Title("Blank"), Body: container.NewVBox()} }

// TestAScreenReplacesAllOfTheOneBefore presses every key that a screen may have
// something for, there and on the next screen, which has nothing.
func TestAScreenReplacesAllOfTheOneBefore(t *testing.T) {
	w, p := newWindow(t)
	field := NewEntry()
	var views []*Button
	for _, name := range []string{"1", "2", "3", "4"} {
		views = append(views, NewButton(name, p.count(name)))
	}
	full := Screen{
		Head: Title("Full"), Body: field, Search: field,
		Back: p.count("back"), Primary: p.count("primary"), Save: p.count("save"), Undo: p.count("undo"),
		Views: views,
		Form:  NewForm(FormKey{"text", "id"}, field, nil),
	}
	pressAll := func() {
		w.Focus(nil)
		for _, key := range strings.Split("P S Z F 1 2 3 4", " ") {
			w.Press(fyne.KeyName(key))
		}
		w.typedKey(&fyne.KeyEvent{Name: fyne.KeyEscape})
	}
	w.Show(full)
	pressAll()
	for _, what := range []string{"back", "primary", "save", "undo", "1", "2", "3", "4"} {
		if p.done[what] != 1 {
			t.Errorf("%s was done %d times", what, p.done[what])
		}
	}
	if w.win.Canvas().Focused() != field || w.Typed() == nil {
		t.Error("the search has not the keys, or what is typed is not known")
	}
	clear(p.done)
	w.Show(blank())
	pressAll()
	if len(p.done) != 0 || w.win.Canvas().Focused() != nil || w.Typed() != nil {
		t.Errorf("of the screen before, there still work: %v", p.done)
	}
}

// TestNoKeyWorksForNobody locks the window, and opens a dialog.
func TestNoKeyWorksForNobody(t *testing.T) {
	w, p := newWindow(t)
	w.Show(blank())
	w.Tell("A message", "is shown")
	w.Press(fyne.KeyH)
	w.Press(fyne.KeyL)
	if !p.locked {
		t.Error("a dialog keeps Ctrl+L")
	}
	w.Clear()
	w.Press(fyne.KeyH)
	w.Drop([]fyne.URI{nil})
	if len(p.done) != 0 {
		t.Errorf("done above a dialog, or while locked: %v", p.done)
	}
	p.locked = false
	w.Press(fyne.KeyH)
	if p.done["home"] != 1 {
		t.Error("the key does not work at all")
	}
}

// TestTypingIsUse types into a field for longer than the window waits.
func TestTypingIsUse(t *testing.T) {
	w, p := newWindow(t)
	for name, field := range map[string]interface {
		fyne.CanvasObject
		fyne.Focusable
	}{"entry": NewEntry(), "choice": NewChoiceEntry(nil)} {
		w.Show(Screen{Head: Title("Typing"), Body: container.NewVBox(field), Focus: field})
		for range 4 {
			p.now = p.now.Add(10 * time.Minute)
			test.Type(field, "a")
			w.LockWhenIdle()
		}
		p.now = p.now.Add(10 * time.Minute)
		field.TypedKey(&fyne.KeyEvent{Name: fyne.KeyBackspace})
		p.now = p.now.Add(10 * time.Minute)
		if w.LockWhenIdle(); p.locked {
			t.Errorf("%s: locked while somebody typed", name)
		}
		p.now = p.now.Add(5 * time.Minute)
		if w.LockWhenIdle(); !p.locked {
			t.Errorf("%s: not locked although nobody typed any more", name)
		}
		p.locked = false
	}
}

func TestAPassphraseIsNeverKept(t *testing.T) {
	test.NewTempApp(t)
	e := NewPasswordEntry()
	e.SetText("secret")
	if got := inputsOf(widget.NewForm(widget.NewFormItem("Passphrase", e),
		widget.NewFormItem("Text", NewEntry()))); len(got) != 1 {
		t.Errorf("%d fields", len(got))
	}
}

// TestTheTimeThatIsLeft is worked by hand.
func TestTheTimeThatIsLeft(t *testing.T) {
	for _, c := range []struct {
		taken time.Duration
		share float64
		want  string
	}{
		{500 * time.Millisecond, 0.5, ""}, {10 * time.Second, 0.25, "about 31 s left"},
		{time.Minute, 0.2, "about 5 min left"}, {time.Minute, 1, ""}, {time.Minute, 0, ""},
	} {
		if got := remaining(c.taken, c.share); got != c.want {
			t.Errorf("%s for %g: %q, not %q", c.taken, c.share, got, c.want)
		}
	}
}

// TestAFieldKeepsItsOwnKeys: Ctrl+Z in a field takes back what was typed there, and
// no finding.
func TestAFieldKeepsItsOwnKeys(t *testing.T) {
	for _, own := range []fyne.Shortcut{
		&fyne.ShortcutUndo{}, &fyne.ShortcutRedo{}, &fyne.ShortcutCopy{}, &fyne.ShortcutPaste{}, &fyne.ShortcutCut{},
		&fyne.ShortcutSelectAll{},
	} {
		if forWindow(own) {
			t.Errorf("%s goes to the window, too", own.ShortcutName())
		}
	}
	if !forWindow(&desktop.CustomShortcut{KeyName: fyne.KeyL, Modifier: fyne.KeyModifierShortcutDefault}) {
		t.Error("Ctrl+L does not lock while something is typed")
	}
}
