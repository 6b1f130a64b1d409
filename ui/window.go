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
	"tracedesk/ui/job"
	"tracedesk/ui/present"
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

	receiver *widget.Button // on the start screen
}

// New makes the window; Show shows it.
func New(app fyne.App, s *store.Store) *Window {
	w := &Window{app: app, desk: &present.Desk{Store: s, Now: time.Now}}
	app.Settings().SetTheme(newTheme(Appearance(app.Preferences().StringWithFallback(prefAppearance, string(AppearanceSystem)))))
	app.SetIcon(fyne.NewStaticResource("icon.png", assets.Icon))
	w.win = app.NewWindow("Tracedesk")
	w.dialogs.win = w.win
	w.win.Resize(fyne.NewSize(1240, 720))
	w.win.SetMaster()
	w.win.SetOnDropped(func(_ fyne.Position, uris []fyne.URI) { w.dropped(uris) })
	w.keys()
	w.showHome()
	return w
}

// Show shows the window, and from then on notices a receiver.
func (w *Window) Show() {
	w.win.Show()
	go w.notice(time.NewTicker(2 * time.Second).C)
}

// UsePort names the port at which a receiver is looked for.
func (w *Window) UsePort(name string) { w.desk.Port = name }

func (w *Window) keys() {
	c := w.win.Canvas()
	control := func(key fyne.KeyName, do func()) {
		c.AddShortcut(&desktop.CustomShortcut{KeyName: key, Modifier: fyne.KeyModifierShortcutDefault}, func(fyne.Shortcut) {
			if !w.busy && c.Overlays().Top() == nil {
				do()
			}
		})
	}
	control(fyne.KeyO, w.chooseFile)
	control(fyne.KeyR, w.readReceiver)
	control(fyne.KeyP, func() {
		if w.primary != nil {
			w.primary()
		}
	})
	control(fyne.KeyF, func() {
		if w.search != nil {
			c.Focus(w.search)
		}
	})
	c.SetOnTypedKey(func(e *fyne.KeyEvent) {
		if e.Name != fyne.KeyEscape || w.busy {
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

// show puts a screen into the window, below its head and above the notice.
func (w *Window) show(head, body fyne.CanvasObject) {
	foot := widget.NewLabel(notice)
	foot.SizeName = theme.SizeNameCaptionText
	foot.Importance = widget.LowImportance
	foot.Truncation = fyne.TextTruncateEllipsis
	w.win.SetContent(container.NewBorder(
		container.NewVBox(container.NewPadded(head), widget.NewSeparator()),
		container.NewVBox(widget.NewSeparator(), foot),
		nil, nil, container.NewPadded(body)))
}

// dropped opens the file that was dropped on the window.
func (w *Window) dropped(uris []fyne.URI) {
	switch {
	case w.busy:
	case len(uris) != 1:
		w.tell("One file at a time", "Drop one export file. Each is checked and stored with its patient before the next.")
	default:
		w.OpenFile(uris[0].Path())
	}
}

func (w *Window) chooseFile() {
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
		w.OpenFile(path)
	}, w.win)
	d.SetFilter(storage.NewExtensionFileFilter([]string{".csv", ".txt", ".CSV", ".TXT"}))
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
	d := dialog.NewFolderOpen(func(dir fyne.ListableURI, err error) {
		if err != nil {
			w.fail(err)
			return
		}
		if dir != nil {
			w.app.Preferences().SetString(prefFolder, dir.Path())
			chosen()
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
		w.tell("The viewer did not open", "The document is saved at "+path+". Open it from there. ("+err.Error()+")")
	}
}

// ShowFailure is a window that only says why the program cannot start.
func ShowFailure(app fyne.App, err error) {
	what, do := job.Explain(err)
	w := app.NewWindow("Tracedesk")
	w.SetMaster()
	w.SetContent(container.NewPadded(container.NewBorder(title("Tracedesk cannot start"), container.NewCenter(primaryButton("Close", theme.CancelIcon(), w.Close)), nil, nil,
		container.NewVBox(words(present.Sentence(errors.New(what))), words("What to do: "+do+".")))))
	w.Resize(fyne.NewSize(560, 260))
	w.Show()
}
