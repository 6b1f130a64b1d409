// Package ui is the window: what is shown and clicked. It is the only package
// that knows Fyne. Each screen is a view that holds widgets and no rules, over
// a presenter in ui/present that holds state and no widgets. What a goroutine
// found reaches the views through fyne.Do; one controller shows dialogs.
package ui

import (
	"errors"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/dialog"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/storage"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"tracedesk/assets"
	store "tracedesk/storage"
	_ "tracedesk/ui/memory" // before Fyne
	"tracedesk/ui/present"
	"tracedesk/ui/say"
)

// AppID names the program to the desktop environment and its preferences.
const AppID = "org.tracedesk.desktop"

// Metadata is what Fyne asks of the program; the same as FyneApp.toml says for
// packaged builds.
func Metadata() fyne.AppMetadata {
	return fyne.AppMetadata{ID: AppID, Name: "Tracedesk", Version: assets.Version, Migrations: map[string]bool{"fyneDo": true}}
}

// Preferences of the workstation; those of the practice are in the store.
const (
	prefAppearance = "appearance"
	prefFolder     = "folder"
)

// notice is at the foot of every screen.
const notice = "Retrospective analysis of CGM data for review by a licensed clinician. Not for real-time monitoring, alarms or insulin-dose calculation. Not made or endorsed by Dexcom."

// Window is the program's one window on one store.
type Window struct {
	app  fyne.App
	win  fyne.Window
	desk *present.Desk
	dialogs
	escape  func() // what the Escape key does on this screen
	primary func() // what Ctrl+P does on this screen
	search  fyne.Focusable
	views   []*keyedButton // of the wear on the screen
	again   func()         // lets a line be chosen again that could not be opened
	save    func()         // what Ctrl+S does on this screen
	undo    func()         // what Ctrl+Z does on this screen

	practiceTab int // the part of the practice that was looked at last

	shortcuts map[fyne.KeyName]func() // with Ctrl

	receiver *keyedButton   // on the start screen
	lastUse  time.Time      // of mouse or keyboard
	backups  sync.WaitGroup // that are made while the store is locked
	pending  string         // the file to open once the store is unlocked
}

// New makes the window on the store in the folder dir; Show shows it. Without a
// store there, or with one that is not sealed yet, it begins with setting one
// up; it is unlocked at once for login where passphrase is not empty. An error
// says why the store cannot be opened.
func New(app fyne.App, dir, login, passphrase string) (*Window, error) {
	w := newWindow(app)
	if anchor, err := store.UserAnchor(); err == nil {
		w.desk.Anchor = anchor
	}
	s, err := store.Open(dir)
	switch {
	case errors.Is(err, store.ErrNoStore), errors.Is(err, store.ErrUnsealed):
		w.showSetup(dir, errors.Is(err, store.ErrUnsealed))
		return w, nil
	case err != nil:
		return nil, err
	}
	w.desk.Store = s
	s.UseAnchor(w.desk.Anchor)
	if passphrase != "" {
		err := s.Unlock(login, passphrase)
		var older *store.OlderError
		if err != nil && !errors.As(err, &older) {
			return nil, errors.Join(err, s.Close())
		}
		if err == nil {
			w.entered()
			return w, nil
		}
	}
	w.showUnlock(login)
	return w, nil
}

func newWindow(app fyne.App) *Window {
	w := &Window{app: app, desk: &present.Desk{Now: time.Now}}
	app.Settings().SetTheme(newTheme(Appearance(app.Preferences().StringWithFallback(prefAppearance, string(AppearanceSystem)))))
	app.SetIcon(fyne.NewStaticResource("icon.png", assets.Icon))
	w.win = app.NewWindow("Tracedesk")
	w.dialogs.win = w.win
	w.win.Resize(fyne.NewSize(1240, 720))
	w.win.SetMaster()
	w.win.SetOnDropped(func(_ fyne.Position, uris []fyne.URI) { w.dropped(uris) })
	w.keys()
	w.used()
	return w
}

// Close backs the store up where the practice planned it, and ends its use.
func (w *Window) Close() error {
	if w.desk.Store == nil {
		return nil
	}
	w.backups.Wait()
	return errors.Join(w.desk.BackUpAfterUse(), w.desk.Store.Close())
}

// Show shows the window, and from then on notices a receiver.
func (w *Window) Show() {
	w.win.Show()
	go w.notice(time.NewTicker(2 * time.Second).C)
	go w.watchIdle(time.NewTicker(5 * time.Second).C)
}

// UsePort names the port at which a receiver is looked for.
func (w *Window) UsePort(name string) { w.desk.Port = name }

func (w *Window) keys() {
	c := w.win.Canvas()
	w.shortcuts = map[fyne.KeyName]func(){}
	control := func(key fyne.KeyName, do func()) {
		w.shortcuts[key] = func() {
			w.used()
			if !w.busy && !w.locked() && c.Overlays().Top() == nil {
				do()
			}
		}
		c.AddShortcut(&desktop.CustomShortcut{KeyName: key, Modifier: fyne.KeyModifierShortcutDefault}, func(fyne.Shortcut) { w.shortcuts[key]() })
	}
	control(fyne.KeyO, w.chooseFile)
	control(fyne.KeyR, w.readReceiver)
	w.shortcuts[fyne.KeyL] = func() { // over a form, too, which is kept
		if !w.busy {
			w.lock()
		}
	}
	c.AddShortcut(&desktop.CustomShortcut{KeyName: fyne.KeyL, Modifier: fyne.KeyModifierShortcutDefault}, func(fyne.Shortcut) { w.shortcuts[fyne.KeyL]() })
	control(fyne.KeyP, func() { perform(w.primary) })
	control(fyne.KeyN, w.newWear)
	control(fyne.KeyH, w.showHome)
	for i, key := range []fyne.KeyName{fyne.Key1, fyne.Key2, fyne.Key3, fyne.Key4} {
		control(key, func() {
			if i < len(w.views) && !w.views[i].Disabled() {
				w.views[i].OnTapped()
			}
		})
	}
	control(fyne.KeyS, func() { perform(w.save) })
	control(fyne.KeyZ, func() { perform(w.undo) })
	c.AddShortcut(&fyne.ShortcutUndo{}, func(fyne.Shortcut) { w.shortcuts[fyne.KeyZ]() }) // as Fyne reports it
	control(fyne.KeyF, func() {
		if w.search != nil {
			c.Focus(w.search)
		}
	})
	c.SetOnTypedKey(func(e *fyne.KeyEvent) {
		w.used()
		if e.Name == fyne.KeyF1 && c.Overlays().Top() == nil {
			help := keysHelp()
			size, most := help.MinSize().AddWidthHeight(40, 120), c.Size()
			d := dialog.NewCustom(say.L("Keys"), "OK", container.NewScroll(help), w.win)
			d.Resize(fyne.NewSize(min(size.Width, most.Width-40), min(size.Height, most.Height-40)))
			w.note(d)
			return
		}
		switch {
		case w.busy:
			return
		case e.Name == fyne.KeyReturn, e.Name == fyne.KeyEnter:
			w.closeNote()
			return
		case e.Name != fyne.KeyEscape, w.closeNote():
			return
		}
		if top := c.Overlays().Top(); top != nil { // a dialog goes away, unanswered
			top.Hide()
			c.Overlays().Remove(top)
		} else if w.escape != nil {
			w.escape()
		}
	})
}

// perform does what a screen has for a key, if it has anything.
func perform(do func()) {
	if do != nil {
		do()
	}
}

// keysHelp is what F1 shows.
func keysHelp() fyne.CanvasObject {
	control := "Ctrl+"
	if runtime.GOOS == "darwin" {
		control = "Cmd+"
	}
	keys := []present.Fact{
		{Label: control + "O", Value: say.L("open an export")},
		{Label: control + "R", Value: say.L("read the receiver")},
		{Label: control + "N", Value: say.L("new wear")},
		{Label: control + "F", Value: say.L("search")},
		{Label: control + "H", Value: say.L("what is to be done")},
		{Label: control + "1 … 4", Value: say.L("trace, profile, evidence, interpretation of the wear")},
		{Label: control + "P", Value: say.L("print, or make both PDFs")},
		{Label: control + "S", Value: say.L("save the interpretation")},
		{Label: control + "Z", Value: say.L("take back the last change to a finding")},
		{Label: control + "L", Value: say.L("lock")},
		{Label: "Tab", Value: say.L("the next field or button; with Shift the one before")},
		{Label: "Space", Value: say.L("press the button")},
		{Label: "Enter", Value: say.L("accept the form")},
		{Label: "Escape", Value: say.L("back")},
	}
	half := len(keys) / 2
	return container.NewHBox(container.NewVBox(figures(keys[:half])), container.NewVBox(figures(keys[half:])))
}

// show puts a screen into the window, below its head and above the notice.
func (w *Window) show(head, body fyne.CanvasObject) {
	foot := widget.NewLabel(say.L(notice))
	foot.SizeName = theme.SizeNameCaptionText
	foot.Importance = widget.LowImportance
	foot.Truncation = fyne.TextTruncateEllipsis
	w.used()
	w.open, w.save, w.undo = nil, nil, nil
	top := container.NewVBox(container.NewPadded(head), widget.NewSeparator())
	if !w.locked() && w.desk.Settings().Demo {
		top.Objects = append([]fyne.CanvasObject{warning(say.L("DEMONSTRATION: everything in this store is made up. Real patients belong into the practice's own store."))}, top.Objects...)
	}
	w.win.SetContent(container.NewStack(newMotion(w.used), container.NewBorder(
		top,
		container.NewVBox(widget.NewSeparator(), foot),
		nil, nil, container.NewPadded(body))))
}

// dropped opens the file that was dropped on the window.
func (w *Window) dropped(uris []fyne.URI) {
	switch {
	case w.busy || w.locked():
	case len(uris) != 1:
		w.tell(say.L("One file at a time"), say.L("Drop one export file. Each is checked and stored with its patient before the next."))
	default:
		w.OpenFile(uris[0].Path())
	}
}

func (w *Window) chooseFile() {
	w.pickFile(storage.NewExtensionFileFilter([]string{".csv", ".txt", ".CSV", ".TXT"}), w.OpenFile)
}

// pickFile lets a person choose a file that the filter takes, or any for nil.
func (w *Window) pickFile(filter storage.FileFilter, picked func(path string)) {
	d := dialog.NewFileOpen(func(file fyne.URIReadCloser, err error) {
		if err != nil {
			w.fail(err)
			return
		}
		if file == nil {
			return
		}
		path := file.URI().Path()
		_ = file.Close()
		picked(path)
	}, w.win)
	d.SetFilter(filter)
	d.Show() // before Resize, which needs what Show makes
	d.Resize(w.win.Canvas().Size())
}

// folder is where documents are saved.
func (w *Window) folder() string {
	if dir := w.app.Preferences().String(prefFolder); dir != "" {
		return dir
	}
	home, err := os.UserHomeDir()
	if err != nil {
		home = "."
	}
	return filepath.Join(home, "Documents", "Tracedesk")
}

func (w *Window) chooseFolder(chosen func()) {
	w.pickFolder(func(dir string) {
		w.app.Preferences().SetString(prefFolder, dir)
		chosen()
	})
}

func (w *Window) pickFolder(picked func(dir string)) {
	d := dialog.NewFolderOpen(func(dir fyne.ListableURI, err error) {
		if err != nil {
			w.fail(err)
			return
		}
		if dir != nil {
			picked(dir.Path())
		}
	}, w.win)
	d.Show() // before Resize, which needs what Show makes
	d.Resize(w.win.Canvas().Size())
}

// openPath shows a document in the system's viewer.
func (w *Window) openPath(path string) {
	absolute, err := filepath.Abs(path)
	if err == nil {
		err = w.app.OpenURL(&url.URL{Scheme: "file", Path: filepath.ToSlash(absolute)})
	}
	if err != nil {
		w.tell(say.L("The viewer did not open"), say.L("The document is saved at ")+path+say.L(". Open it from there. (")+err.Error()+")")
	}
}

// ShowFailure is a window that only says why the program cannot start.
func ShowFailure(app fyne.App, err error) {
	what, do := explained(err)
	w := app.NewWindow("Tracedesk")
	w.SetMaster()
	w.SetContent(container.NewPadded(container.NewBorder(title(say.L("Tracedesk cannot start")), container.NewCenter(primaryButton(say.L("Close"), theme.CancelIcon(), w.Close)), nil, nil,
		container.NewVBox(words(present.Sentence(errors.New(what))), words(say.L("What to do: ")+do+".")))))
	w.Resize(fyne.NewSize(560, 260))
	w.Show()
}
