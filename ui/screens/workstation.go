// Package screens holds the screens of the window, one a file. A screen is a view that
// holds widgets and no rules, over a presenter in ui/present that holds state and no
// widgets; it is handed to the shell as a value. What a goroutine found reaches a
// view through fyne.Do. Screens never touch the store: they ask present.Desk.
package screens

import (
	"context"
	"errors"
	"runtime/debug"
	"sync"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"

	"tracedesk/device"
	"tracedesk/ui/present"
	"tracedesk/ui/shell"
)

// Shell is what the screens need of the window that they stand in.
type Shell interface {
	// Open opens the window, Show replaces its screen, Screen gives the screen that is
	// shown, and Focus gives a part of it the keys.
	Open()
	Show(shell.Screen)
	Screen() shell.Screen
	Focus(fyne.Focusable)

	// Work does long work beside the window; messages and questions stand above it.
	Work(title string, do func(context.Context, device.Progress) error, done func(error))
	Tell(title, text string)
	Fail(err error)
	FailWith(err error, beside ...fyne.CanvasObject)
	Ask(title, text, yes, no string, answered func())
	Confirm(title, yes, no string, content fyne.CanvasObject, size fyne.Size, answered func(ok bool))

	// Forms. Typed reads what a person has typed, Fill types it again, Clear closes all.
	AskItems(key shell.FormKey, title, act string, items []*widget.FormItem, do func(failed func(error)))
	AskForm(key shell.FormKey, title, act string, content fyne.CanvasObject, do func(failed func(error))) (confirm func())
	Typed() *present.KeptForm
	Fill(*present.KeptForm)
	Clear()

	// Files and folders of this workstation, and what it remembers.
	PickFile(picked func(path string), endings ...string)
	PickFolder(picked func(dir string))
	OpenPath(path string)
	Preferences() shell.Preferences
	CloseMessage() bool
}

// Workstation has the screens of the window on one store, and their order.
type Workstation struct {
	Shell
	desk *present.Desk

	practiceTab int            // the part of the practice that was looked at last
	backups     sync.WaitGroup // that are made while the store is locked
	pending     string         // the file to open once the store is unlocked
}

// New makes the window on the store in the folder dir, and Start opens it. Without a
// store there, or with one that is not sealed yet, it begins with setting one up. With
// a passphrase it unlocks the store for the login. An error says why the store cannot
// be opened.
func New(app fyne.App, dir, login, passphrase string) (*Workstation, error) {
	w := newWorkstation(app)
	w.desk.Access().UseOwnAnchor()
	if err := w.desk.Access().Open(dir); err != nil {
		unsealed, setUp := present.NoStoreYet(err)
		if !setUp {
			return nil, err
		}
		gates{w}.showSetup(dir, unsealed)
		return w, nil
	}
	if passphrase != "" {
		err := w.desk.Access().Unlock(login, passphrase)
		if err == nil {
			w.entered()
			return w, nil
		}
		if !present.IsOlder(err) { // which is asked at the locked window
			return nil, errors.Join(err, w.desk.Access().Close())
		}
	}
	gates{w}.showUnlock(login)
	return w, nil
}

func newWorkstation(app fyne.App) *Workstation {
	w := &Workstation{desk: &present.Desk{Now: time.Now}}
	w.Shell = shell.New(app, program{w})
	return w
}

// Close backs the store up where the practice planned it, and ends its use.
func (w *Workstation) Close() error {
	w.backups.Wait()
	return errors.Join(w.desk.Access().BackUpAfterUse(), w.desk.Access().Close())
}

// Start opens the window, and from then on notices a receiver.
func (w *Workstation) Start() {
	w.Open()
	go w.watchReceiver(time.NewTicker(2 * time.Second).C)
}

// UsePort names the port at which a receiver is looked for.
func (w *Workstation) UsePort(name string) { w.desk.Port = name }

// Locked says whether nobody is in.
func (w *Workstation) Locked() bool { return w.desk.Access().Locked() }

// Lock removes the keys from memory and every patient from the screen, at once. A
// backup that is due follows. A screen that stays shows no patient, and asks for the
// passphrase at its end.
func (w *Workstation) Lock() {
	if w.Locked() {
		return
	}
	login := w.desk.User().Login
	if typed := w.Typed(); typed != nil {
		w.desk.Access().KeepForm(*typed)
	}
	plan, due, err := w.desk.Access().DueBackup()
	w.desk.Access().Lock()
	if !w.Screen().Stays {
		w.Clear()
		gates{w}.showUnlock(login)
	}
	go debug.FreeOSMemory() // what was of patients is given up at once; unlocking needs room, too
	if err != nil || !due {
		return
	}
	w.backups.Go(func() { _ = w.desk.Access().BackUp(plan) }) // how it went is said after unlocking
}

// entered shows the start screen after unlocking, then the dropped file or the kept form.
func (w *Workstation) entered() {
	w.showHome()
	go debug.FreeOSMemory() // what unlocking a large store took beside what it keeps
	if path := w.pending; path != "" {
		w.pending = ""
		w.OpenFile(path)
		return
	}
	w.takeForm()
}

func (w *Workstation) chooseFile() {
	w.PickFile(w.OpenFile, ".csv", ".txt", ".xlsx", ".CSV", ".TXT", ".XLSX")
}

// folder is where documents are saved.
func (w *Workstation) folder() string { return w.Preferences().Folder() }

// clearSelection lets a person choose the same line of the list again.
func (w *Workstation) clearSelection() {
	if clear := w.Screen().ClearSelection; clear != nil {
		clear()
	}
}

// doing does work that gives a result and hands it to the next step, or the error to
// failed.
func doing[V any](w *Workstation, title string, do func() (V, error), failed func(error), then func(V)) {
	var v V
	w.Work(title, func(context.Context, device.Progress) (err error) {
		v, err = do()
		return err
	}, orElse(failed, func() { then(v) }))
}

// orElse ends work: with then, or with failed and the error.
func orElse(failed func(error), then func()) func(error) {
	return func(err error) {
		if err != nil {
			failed(err)
			return
		}
		then()
	}
}
