// Package shell is the window that the screens stand in: its frame, keys, dialogs,
// theme, the lock when nobody uses it, and our widgets. It knows no screen, no
// presenter's state and no store. What it shows is a Screen, a value, which the
// next one replaces as a whole; what it asks of the program is a Program.
package shell

import (
	"errors"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/dialog"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/storage"
	"fyne.io/fyne/v2/theme"

	"tracedesk/assets"
	_ "tracedesk/ui/memory" // before Fyne
	"tracedesk/ui/present"
	"tracedesk/ui/say"
)

// AppID names the program to the desktop environment and its preferences.
const AppID = "org.tracedesk.desktop"

// Metadata gives Fyne the program's data. FyneApp.toml says the same for packaged
// builds.
func Metadata() fyne.AppMetadata {
	return fyne.AppMetadata{
		ID: AppID, Name: "Tracedesk", Version: assets.Version, Migrations: map[string]bool{"fyneDo": true},
	}
}

// Program is the program behind the window.
type Program interface {
	Now() time.Time
	Locked() bool             // nobody is in: no key works, and no file is taken
	Idle(last time.Time) bool // it should lock, last used then
	Lock()                    // it was not used for long
	Banner() string           // stands above every screen; may be empty
	OpenFile(path string)     // was dropped
	Keys() []Key              // work on every screen
	KeysHelp() []present.Fact // all keys, as F1 tells of them
}

// Key does something with Ctrl on every screen.
type Key struct {
	Name  fyne.KeyName
	Do    func()
	Above bool // works above a dialog, too, and decides itself whether somebody is in
}

// Window is the program's one window, with the dialogs above it.
type Window struct {
	app     fyne.App
	win     fyne.Window
	program Program
	dialogs

	screen    Screen
	shortcuts map[fyne.KeyName]func() // with Ctrl
	lastUse   time.Time               // of mouse or keyboard
}

// New makes the window of a program, with nothing in it yet; Open opens it.
func New(app fyne.App, program Program) *Window {
	w := &Window{app: app, program: program}
	app.Settings().SetTheme(newTheme(w.Preferences().Appearance()))
	app.SetIcon(fyne.NewStaticResource("icon.png", assets.Icon))
	w.win = app.NewWindow("Tracedesk")
	w.dialogs.win = w.win
	w.win.Resize(fyne.NewSize(1240, 720))
	w.win.SetMaster()
	w.win.SetOnDropped(func(_ fyne.Position, uris []fyne.URI) { w.Drop(uris) })
	w.keys()
	w.used()
	return w
}

// Open opens the window. From then on it locks when nobody uses it.
func (w *Window) Open() {
	w.win.Show()
	go w.watchIdle(time.NewTicker(5 * time.Second).C)
}

// Fyne is the window as Fyne has it.
func (w *Window) Fyne() fyne.Window { return w.win }

// Focus gives a field or a view the keys.
func (w *Window) Focus(o fyne.Focusable) { w.win.Canvas().Focus(o) }

func (w *Window) keys() {
	c := w.win.Canvas()
	w.shortcuts = map[fyne.KeyName]func(){}
	for _, key := range w.program.Keys() {
		if key.Above {
			w.shortcut(key.Name, func() {
				if !w.busy && !w.screen.Stays {
					key.Do()
				}
			})
			continue
		}
		w.control(key.Name, key.Do)
	}
	for i, key := range []fyne.KeyName{fyne.Key1, fyne.Key2, fyne.Key3, fyne.Key4} {
		w.control(key, func() {
			if views := w.screen.Views; i < len(views) && !views[i].Disabled() {
				views[i].OnTapped()
			}
		})
	}
	w.control(fyne.KeyP, func() { perform(w.screen.Primary) })
	w.control(fyne.KeyS, func() { perform(w.screen.Save) })
	w.control(fyne.KeyZ, func() { perform(w.screen.Undo) })
	c.AddShortcut(&fyne.ShortcutUndo{}, func(fyne.Shortcut) { w.Press(fyne.KeyZ) }) // as Fyne reports it
	w.control(fyne.KeyF, func() {
		if w.screen.Search != nil {
			w.Focus(w.screen.Search)
		}
	})
	c.SetOnTypedKey(w.typedKey)
}

// control gives a key with Ctrl a function while somebody is logged in and no dialog
// is open.
func (w *Window) control(key fyne.KeyName, do func()) {
	w.shortcut(key, func() {
		w.used()
		if !w.busy && !w.screen.Stays && !w.program.Locked() && w.win.Canvas().Overlays().Top() == nil {
			do()
		}
	})
}

func (w *Window) shortcut(key fyne.KeyName, do func()) {
	w.shortcuts[key] = do
	with := &desktop.CustomShortcut{KeyName: key, Modifier: fyne.KeyModifierShortcutDefault}
	w.win.Canvas().AddShortcut(with, func(fyne.Shortcut) { do() })
}

// Press presses a key with Ctrl.
func (w *Window) Press(key fyne.KeyName) { perform(w.shortcuts[key]) }

// typedKey handles a key that no widget took, or that is the window's own. A key
// without a name only shows that somebody types.
func (w *Window) typedKey(e *fyne.KeyEvent) {
	w.used()
	c := w.win.Canvas()
	if e.Name == fyne.KeyF1 && c.Overlays().Top() == nil {
		w.showKeys()
		return
	}
	switch {
	case w.busy:
		return
	case e.Name == fyne.KeyReturn, e.Name == fyne.KeyEnter:
		w.CloseMessage()
		return
	case e.Name != fyne.KeyEscape, w.CloseMessage():
		return
	}
	if top := c.Overlays().Top(); top != nil { // a dialog goes away, unanswered
		top.Hide()
		c.Overlays().Remove(top)
	} else {
		perform(w.screen.Back)
	}
}

// perform calls a screen's function for a key, if it has one.
func perform(do func()) {
	if do != nil {
		do()
	}
}

// showKeys shows the list of keys.
func (w *Window) showKeys() {
	keys := w.program.KeysHelp()
	half := len(keys) / 2
	help := container.NewHBox(container.NewVBox(Figures(keys[:half])), container.NewVBox(Figures(keys[half:])))
	size, most := help.MinSize().AddWidthHeight(40, 120), w.win.Canvas().Size()
	d := dialog.NewCustom(say.L("Keys"), "OK", container.NewScroll(help), w.win)
	d.Resize(fyne.NewSize(min(size.Width, most.Width-40), min(size.Height, most.Height-40)))
	w.message(d)
}

// Drop opens the file that was dropped on the window, and closes a message for it. A
// form or a question has to be answered first, since its end would replace the screen
// that the file opened.
func (w *Window) Drop(uris []fyne.URI) {
	if w.busy || w.program.Locked() {
		return
	}
	for w.CloseMessage() {
	}
	switch {
	case w.screen.Stays, w.win.Canvas().Overlays().Top() != nil:
		w.Tell(say.L("The file was not read"), say.L("Finish or cancel what is open first, and drop the file again."))
	case len(uris) != 1:
		w.Tell(say.L("One file at a time"),
			say.L("Drop one export file. Each is checked and stored with its patient before the next."))
	default:
		w.program.OpenFile(uris[0].Path())
	}
}

// PickFile lets a person choose a file with one of the endings, or any file.
func (w *Window) PickFile(picked func(path string), endings ...string) {
	d := dialog.NewFileOpen(func(file fyne.URIReadCloser, err error) {
		if err != nil {
			w.Fail(err)
			return
		}
		if file == nil {
			return
		}
		path := file.URI().Path()
		_ = file.Close()
		picked(path)
	}, w.win)
	if len(endings) > 0 {
		d.SetFilter(storage.NewExtensionFileFilter(endings))
	}
	d.Show() // before Resize, which needs what Show makes
	d.Resize(w.win.Canvas().Size())
}

// PickFolder lets a person choose a folder.
func (w *Window) PickFolder(picked func(dir string)) {
	d := dialog.NewFolderOpen(func(dir fyne.ListableURI, err error) {
		if err != nil {
			w.Fail(err)
			return
		}
		if dir != nil {
			picked(dir.Path())
		}
	}, w.win)
	d.Show() // before Resize, which needs what Show makes
	d.Resize(w.win.Canvas().Size())
}

// OpenPath shows a document in the system's viewer.
func (w *Window) OpenPath(path string) {
	absolute, err := filepath.Abs(path)
	if err == nil {
		err = w.app.OpenURL(&url.URL{Scheme: "file", Path: filepath.ToSlash(absolute)})
	}
	if err != nil {
		w.Tell(say.L("The viewer did not open"),
			say.L("The document is saved at ")+path+say.L(". Open it from there. (")+err.Error()+")")
	}
}

// Preferences gives the workstation's preferences. The practice's are in the store.
func (w *Window) Preferences() Preferences { return Preferences{w.app} }

// Preferences remember the choices of this workstation.
type Preferences struct{ app fyne.App }

const (
	prefAppearance = "appearance"
	prefFolder     = "folder"
	prefReaderNote = "reader-note-seen"
)

// Folder is where documents are saved.
func (p Preferences) Folder() string {
	if dir := p.app.Preferences().String(prefFolder); dir != "" {
		return dir
	}
	home, err := os.UserHomeDir()
	if err != nil {
		home = "."
	}
	return filepath.Join(home, "Documents", "Tracedesk")
}

// ReaderNoteSeen says whether a person has read that uploading clears a reader.
func (p Preferences) ReaderNoteSeen() bool { return p.app.Preferences().Bool(prefReaderNote) }

// SetReaderNoteSeen remembers that a person has read it.
func (p Preferences) SetReaderNoteSeen() { p.app.Preferences().SetBool(prefReaderNote, true) }

// SetFolder changes the folder for documents.
func (p Preferences) SetFolder(dir string) { p.app.Preferences().SetString(prefFolder, dir) }

// Appearance is how light the window is.
func (p Preferences) Appearance() Appearance {
	return Appearance(p.app.Preferences().StringWithFallback(prefAppearance, string(AppearanceSystem)))
}

// SetAppearance changes the appearance at once.
func (p Preferences) SetAppearance(a Appearance) {
	p.app.Preferences().SetString(prefAppearance, string(a))
	p.app.Settings().SetTheme(newTheme(a))
}

// ShowFailure shows a window that says why the program cannot start.
func ShowFailure(app fyne.App, err error) {
	what, do := explained(err)
	w := app.NewWindow("Tracedesk")
	w.SetMaster()
	head, button := Title(say.L("Tracedesk cannot start")), PrimaryButton(say.L("Close"), theme.CancelIcon(), w.Close)
	body := container.NewVBox(Words(present.Sentence(errors.New(what))), Words(say.L("What to do: ")+do+"."))
	w.SetContent(container.NewPadded(container.NewBorder(head, container.NewCenter(button), nil, nil, body)))
	w.Resize(fyne.NewSize(560, 260))
	w.Show()
}
