package ui

import (
	"context"
	"errors"
	"runtime/debug"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"tracedesk/clinic"
	"tracedesk/device"
	"tracedesk/storage"
	"tracedesk/ui/present"
	"tracedesk/ui/say"
)

// motion lies behind every screen and tells that the mouse moved.
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
func (w *Window) used() { w.lastUse = w.desk.Now() }

func (w *Window) locked() bool { return w.desk.Store == nil || w.desk.Store.Locked() }

// watchIdle locks the window when nobody has used it for the set time.
func (w *Window) watchIdle(tick <-chan time.Time) {
	for range tick {
		fyne.Do(w.lockWhenIdle)
	}
}

func (w *Window) lockWhenIdle() {
	switch {
	case w.locked():
	case w.busy: // reading a receiver is use
		w.used()
	case w.desk.Idle(w.lastUse):
		w.lock()
	}
}

// lock takes the keys out of memory and every patient off the screen, at once;
// a backup that is due is made after that, of what is sealed.
func (w *Window) lock() {
	if w.locked() {
		return
	}
	login := w.desk.Store.User().Login
	w.keepForm()
	plan, due, err := w.desk.DueBackup()
	w.desk.Lock()
	overlays := w.win.Canvas().Overlays()
	for top := overlays.Top(); top != nil; top = overlays.Top() {
		top.Hide()
		overlays.Remove(top)
	}
	w.notes = nil
	w.showUnlock(login)
	go debug.FreeOSMemory() // what was of patients is given up at once; unlocking needs room, too
	if err != nil || !due {
		return
	}
	w.backups.Go(func() { _ = w.desk.BackUp(plan) }) // how it went is said after unlocking
}

// entered shows what there is to do after unlocking.
func (w *Window) entered() {
	w.showHome()
	go debug.FreeOSMemory() // what unlocking a large store took beside what it keeps
	if path := w.pending; path != "" {
		w.pending = ""
		w.OpenFile(path)
		return
	}
	w.takeForm()
}

// gate is a screen before anybody is in: narrow, in the middle.
func (w *Window) gate(head, intro string, content ...fyne.CanvasObject) {
	w.escape, w.primary, w.search, w.receiver, w.again = nil, nil, nil, nil, nil
	top := []fyne.CanvasObject{heading(head)}
	if intro != "" {
		top = append(top, words(intro))
	}
	box := container.New(narrow{}, container.NewVBox(append(top, content...)...))
	w.show(title("Tracedesk"), container.NewVScroll(box))
}

// narrow keeps a form readable on a wide window.
type narrow struct{}

const narrowWidth = 560

func (narrow) MinSize(o []fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(min(narrowWidth, 320), o[0].MinSize().Height+60)
}

func (narrow) Layout(o []fyne.CanvasObject, size fyne.Size) {
	width := min(size.Width, narrowWidth)
	o[0].Resize(fyne.NewSize(width, size.Height-30))
	o[0].Move(fyne.NewPos((size.Width-width)/2, 30))
	o[0].Refresh() // a wrapped text knows its height only now
}

// showUnlock asks who works, and for their passphrase.
func (w *Window) showUnlock(login string) {
	logins := w.desk.Store.Logins()
	who := newChoiceEntry(logins)
	if login == "" && len(logins) == 1 {
		login = logins[0]
	}
	who.SetText(login)
	passphrase := newPasswordEntry()
	wrong := warning("")
	why := wrong.(*fyne.Container).Objects[0].(*widget.Label)
	wrong.Hide()
	var tryUnlock func(text string)
	tryUnlock = func(text string) {
		w.work(say.L("Unlocking"), func(context.Context, device.Progress) error { return w.desk.Store.Unlock(who.Text, text) }, func(err error) {
			var wait *storage.WaitError
			var older *storage.OlderError
			switch {
			case err == nil:
				w.entered()
			case errors.As(err, &older):
				w.askOlder(older, func() {
					w.desk.Store.AcceptOlder()
					tryUnlock(text)
				})
			case errors.Is(err, storage.ErrPassphrase), errors.As(err, &wait):
				why.SetText(present.Sentence(err))
				wrong.Show()
				w.win.Canvas().Focus(passphrase)
			default:
				w.fail(err)
			}
		})
	}
	unlock := func() {
		text := passphrase.Text
		passphrase.SetText("")
		tryUnlock(text)
	}
	passphrase.OnSubmitted = func(string) { unlock() }
	forgot := newButton(say.L("Forgot the passphrase…"), func() { w.showRecover(who.Text) })
	forgot.Importance = widget.LowImportance
	w.gate(say.L("The store is locked"), "", widget.NewForm(widget.NewFormItem(say.L("User"), who), widget.NewFormItem(say.L("Passphrase"), passphrase)), wrong,
		container.NewHBox(primaryButton(say.L("Unlock"), theme.LoginIcon(), unlock), forgot))
	if login == "" {
		w.win.Canvas().Focus(who)
	} else {
		w.win.Canvas().Focus(passphrase)
	}
}

// askOlder asks whether a store is to be opened that is older than it was.
func (w *Window) askOlder(older *storage.OlderError, open func()) {
	w.ask(say.L("The store is not as it was left"), older.Error()+". "+say.L("If you have restored a backup, open it. If not, somebody put an earlier copy in its place, and what was recorded since is missing: find out who had access to this computer. Opening it is recorded."), say.L("Open it all the same"), say.L("Leave it closed"), open)
}

// showRecover gives an administrator a new passphrase with the recovery key.
func (w *Window) showRecover(login string) {
	who, key := newEntry(), newMultiLineEntry()
	who.SetText(login)
	key.SetPlaceHolder("AGE-SECRET-KEY-1…")
	key.Wrapping = fyne.TextWrapBreak
	first, again := newPasswordEntry(), newPasswordEntry()
	back := func() { w.showUnlock(login) }
	recover := func() {
		if err := same(first, again); err != nil {
			w.fail(err)
			return
		}
		w.work(say.L("Unlocking"), func(context.Context, device.Progress) error {
			return w.desk.Store.Recover(key.Text, who.Text, first.Text)
		}, orElse(w.fail, w.entered))
	}
	w.gate(say.L("A new passphrase with the recovery key"), say.L("The key is on the page that was printed when the store was made. Only an administrator can use it; an administrator then helps everybody else. It is recorded."),
		widget.NewForm(widget.NewFormItem(say.L("Administrator"), who), widget.NewFormItem(say.L("Recovery key"), key), widget.NewFormItem(say.L("New passphrase"), first), widget.NewFormItem(say.L("The same again"), again)),
		container.NewHBox(primaryButton(say.L("Set the passphrase"), theme.ConfirmIcon(), recover), newButton(say.L("Back"), back)))
	w.escape = back
}

var errNotSame = errors.New("the two passphrases are not the same: type the new one twice")

// same refuses a new passphrase that was not typed twice alike.
func same(first, again *entry) error {
	if first.Text == again.Text {
		return nil
	}
	return errNotSame
}

// userForm are the entries of a person.
type userForm struct {
	name, login, npi, first, again *entry
	choices                        *choiceEntry
}

func newUserForm() *userForm {
	f := &userForm{name: newEntry(), login: newEntry(), npi: newEntry(), first: newPasswordEntry(), again: newPasswordEntry()}
	f.choices = newChoiceEntry(append(append([]string{}, clinic.SigningCredentials...), clinic.StaffCredentials...))
	f.name.SetPlaceHolder(say.L("as it is printed and signed"))
	f.login.SetPlaceHolder(say.L("a short name to log in with"))
	f.choices.SetPlaceHolder(say.L("MD, DO, NP, PA and CNS may sign"))
	f.npi.SetPlaceHolder(say.L("ten digits, if wished"))
	f.first.SetPlaceHolder(say.L("ten characters or more, such as four words"))
	return f
}

func (f *userForm) items() []*widget.FormItem {
	return []*widget.FormItem{
		widget.NewFormItem(say.L("Name"), f.name), widget.NewFormItem(say.L("User"), f.login), widget.NewFormItem(say.L("Credential"), f.choices), widget.NewFormItem("NPI", f.npi),
		widget.NewFormItem(say.L("Passphrase"), f.first), widget.NewFormItem(say.L("The same again"), f.again),
	}
}

func (f *userForm) user() clinic.User {
	return clinic.User{Name: f.name.Text, Login: f.login.Text, Credential: f.choices.Text, NPI: f.npi.Text}
}

// showSetup makes the store and its administrator, or seals one of an earlier
// version.
func (w *Window) showSetup(dir string, unsealed bool) {
	form, practice := newUserForm(), newEntry()
	practice.SetPlaceHolder(say.L("printed at the head of documents; may be given later"))
	content := widget.NewForm(form.items()...)
	head, intro, act := say.L("Set up the store"), say.L("The store on this computer keeps patients, recordings and documents, encrypted. Begin with yourself as its administrator; others are added later. A recovery key is made, to print and lock away."), say.L("Make the store")
	if unsealed {
		head, intro, act = say.L("Seal the store"), say.L("The store on this computer is of an earlier version, which did not encrypt. Nothing is lost: everything is encrypted now, for you as its administrator, and a backup of the earlier file is kept, encrypted for the recovery key."), say.L("Seal the store")
	}
	restore := newButton(say.L("Restore a backup…"), func() { w.chooseBackup(dir) })
	if !unsealed {
		content.Items = append([]*widget.FormItem{widget.NewFormItem(say.L("Practice"), practice)}, content.Items...)
	}
	setUp := func() {
		if err := same(form.first, form.again); err != nil {
			w.fail(err)
			return
		}
		var page []byte
		w.work(act, func(context.Context, device.Progress) (err error) {
			page, err = w.desk.SetUp(dir, unsealed, practice.Text, form.user(), form.first.Text)
			return err
		}, func(err error) {
			if page != nil { // the key is shown whatever else went wrong: it is never seen again
				w.showRecoveryPage(page)
			}
			if err != nil {
				w.fail(err)
			}
		})
	}
	buttons := container.NewHBox(primaryButton(act, theme.ConfirmIcon(), setUp))
	if !unsealed {
		buttons.Add(restore)
		buttons.Add(newButton(say.L("Play with made-up data"), func() {
			w.work(say.L("Making a store of made-up data"), func(ctx context.Context, _ device.Progress) error { return w.desk.OpenDemo(ctx, dir) }, orElse(w.fail, w.entered))
		}))
	}
	w.gate(head, intro, content, buttons,
		quiet(say.L("Retrospective analysis of CGM data for review by a licensed clinician. It does not recommend treatment. Computed findings are drafts until a clinician has reviewed the trace and signed.")))
	enters(content, setUp)
	w.focusFirst(content)
}

// showRecoveryPage lets the person save the page with the recovery key, which
// exists only until they go on.
func (w *Window) showRecoveryPage(page []byte) {
	saved := words("")
	next := primaryButton(say.L("I have printed it and locked it away"), theme.ConfirmIcon(), w.entered)
	next.Disable()
	save := newButtonWithIcon(say.L("Save and open the page"), theme.DocumentPrintIcon(), func() {
		path, err := w.desk.SavePage(w.folder(), page)
		if err != nil {
			w.fail(err)
			return
		}
		saved.SetText(say.L("Saved as ") + path + say.L(". Print it, lock the paper away, and delete the file."))
		next.Enable()
		w.openPath(path)
	})
	backups := words(say.L("Backups: none yet. Choose a folder on another disk or drive."))
	choose := newButtonWithIcon(say.L("Choose the folder for backups…"), theme.FolderOpenIcon(), func() {
		w.pickFolder(func(dir string) {
			if err := w.desk.Store.PlanBackups(dir, 0); err != nil {
				w.fail(err)
				return
			}
			backups.SetText(say.L("Backups go to ") + dir + say.L(", each time the window is closed or locked after something changed."))
		})
	})
	w.gate(say.L("Print the recovery key"), say.L("It is the only way in when passphrases are forgotten or this computer is lost. Nobody can make another copy later, not even we."),
		container.NewHBox(save), saved, container.NewHBox(choose), backups, container.NewHBox(next))
}
