package screens

import (
	"context"
	"errors"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"tracedesk/clinic"
	"tracedesk/device"
	"tracedesk/ui/present"
	"tracedesk/ui/say"
	"tracedesk/ui/shell"
)

// gates are the screens before anybody is in.
type gates struct{ *Workstation }

// showUnlock asks for the user and the passphrase.
func (w gates) showUnlock(login string) {
	logins := w.desk.Access().Logins()
	who := shell.NewChoiceEntry(logins)
	if login == "" && len(logins) == 1 {
		login = logins[0]
	}
	who.SetText(login)
	passphrase := shell.NewPasswordEntry()
	wrong := shell.Warning("")
	why := wrong.(*fyne.Container).Objects[0].(*widget.Label)
	wrong.Hide()
	var tryUnlock func(text string)
	tryUnlock = func(text string) {
		w.Work(say.L("Unlocking"),
			func(context.Context, device.Progress) error { return w.desk.Access().Unlock(who.Text, text) }, func(err error) {
				switch {
				case err == nil:
					w.entered()
				case present.IsOlder(err):
					w.askOlder(err, func() {
						w.desk.Access().AcceptOlder()
						tryUnlock(text)
					})
				case present.NotLetIn(err):
					why.SetText(present.Sentence(err))
					wrong.Show()
					w.Focus(passphrase)
				default:
					w.Fail(err)
				}
			})
	}
	unlock := func() {
		text := passphrase.Text
		passphrase.SetText("")
		tryUnlock(text)
	}
	passphrase.OnSubmitted = func(string) { unlock() }
	forgot := shell.NewButton(say.L("Forgot the passphrase…"), func() { w.showRecover(who.Text) })
	forgot.Importance = widget.LowImportance
	s := shell.Gate(say.L("The store is locked"), "",
		widget.NewForm(widget.NewFormItem(say.L("User"), who), widget.NewFormItem(say.L("Passphrase"), passphrase)), wrong,
		container.NewHBox(shell.PrimaryButton(say.L("Unlock"), theme.LoginIcon(), unlock), forgot))
	if s.Focus = passphrase; login == "" {
		s.Focus = who
	}
	w.Show(s)
}

// askOlder asks whether a store is to be opened that is older than it was.
func (w gates) askOlder(err error, open func()) {
	w.Ask(say.L("The store is not as it was left"), err.Error()+". "+
		say.L("If you have restored a backup, open it. If not, somebody put an earlier copy in its place, and what was "+
			"recorded since is missing: find out who had access to this computer. Opening it is recorded."),
		say.L("Open it all the same"), say.L("Leave it closed"), open)
}

// showRecover gives an administrator a new passphrase with the recovery key.
func (w gates) showRecover(login string) {
	who, key := shell.NewEntry(), shell.NewMultiLineEntry()
	who.SetText(login)
	key.SetPlaceHolder("AGE-SECRET-KEY-1…")
	key.Wrapping = fyne.TextWrapBreak
	first, again := shell.NewPasswordEntry(), shell.NewPasswordEntry()
	back := func() { w.showUnlock(login) }
	recover := func() {
		if err := same(first, again); err != nil {
			w.Fail(err)
			return
		}
		w.Work(say.L("Unlocking"), func(context.Context, device.Progress) error {
			return w.desk.Access().Recover(key.Text, who.Text, first.Text)
		}, orElse(w.Fail, w.entered))
	}
	s := shell.Gate(say.L("A new passphrase with the recovery key"),
		say.L("The key is on the page that was printed when the store was made. Only an administrator can use it; an "+
			"administrator then helps everybody else. It is recorded."),
		widget.NewForm(widget.NewFormItem(say.L("Administrator"), who), widget.NewFormItem(say.L("Recovery key"), key),
			widget.NewFormItem(say.L("New passphrase"), first), widget.NewFormItem(say.L("The same again"), again)),
		container.NewHBox(shell.PrimaryButton(say.L("Set the passphrase"), theme.ConfirmIcon(), recover),
			shell.NewButton(say.L("Back"), back)))
	s.Back = back
	w.Show(s)
}

var errNotSame = errors.New("the two passphrases are not the same: type the new one twice")

// same refuses a new passphrase if the two entries differ.
func same(first, again *shell.Entry) error {
	if first.Text == again.Text {
		return nil
	}
	return errNotSame
}

// userForm are the entries of a person.
type userForm struct {
	name, login, npi, first, again *shell.Entry
	choices                        *shell.ChoiceEntry
}

func newUserForm() *userForm {
	f := &userForm{
		name: shell.NewEntry(), login: shell.NewEntry(), npi: shell.NewEntry(), first: shell.NewPasswordEntry(),
		again: shell.NewPasswordEntry(),
	}
	f.choices = shell.NewChoiceEntry(append(append([]string{}, clinic.SigningCredentials...), clinic.StaffCredentials...))
	f.name.SetPlaceHolder(say.L("as it is printed and signed"))
	f.login.SetPlaceHolder(say.L("a short name to log in with"))
	f.choices.SetPlaceHolder(say.L("MD, DO, NP, PA and CNS may sign"))
	f.npi.SetPlaceHolder(say.L("ten digits, if wished"))
	f.first.SetPlaceHolder(say.L("ten characters or more, such as four words"))
	return f
}

func (f *userForm) items() []*widget.FormItem {
	return []*widget.FormItem{
		widget.NewFormItem(say.L("Name"), f.name), widget.NewFormItem(say.L("User"), f.login),
		widget.NewFormItem(say.L("Credential"), f.choices), widget.NewFormItem("NPI", f.npi),
		widget.NewFormItem(say.L("Passphrase"), f.first), widget.NewFormItem(say.L("The same again"), f.again),
	}
}

func (f *userForm) user() clinic.User {
	return clinic.User{Name: f.name.Text, Login: f.login.Text, Credential: f.choices.Text, NPI: f.npi.Text}
}

// showSetup makes the store and its administrator, or seals one of an earlier
// version.
func (w gates) showSetup(dir string, unsealed bool) {
	form, practice := newUserForm(), shell.NewEntry()
	practice.SetPlaceHolder(say.L("printed at the head of documents; may be given later"))
	content := widget.NewForm(form.items()...)
	head, intro, act := say.L("Set up the store"),
		say.L("The store on this computer keeps patients, recordings and documents, encrypted. Begin with yourself as "+
			"its administrator; others are added later. A recovery key is made, to print and lock away."),
		say.L("Make the store")
	if unsealed {
		head, intro, act = say.L("Seal the store"),
			say.L("The store on this computer is of an earlier version, which did not encrypt. Nothing is lost: everything "+
				"is encrypted now, for you as its administrator, and a backup of the earlier file is kept, encrypted for the "+
				"recovery key."), say.L("Seal the store")
	}
	restore := shell.NewButton(say.L("Restore a backup…"), func() { w.chooseBackup(dir) })
	if !unsealed {
		content.Items = append([]*widget.FormItem{widget.NewFormItem(say.L("Practice"), practice)}, content.Items...)
	}
	setUp := func() {
		if err := same(form.first, form.again); err != nil {
			w.Fail(err)
			return
		}
		var page []byte
		w.Work(act, func(context.Context, device.Progress) (err error) {
			page, err = w.desk.Access().SetUp(dir, unsealed, practice.Text, form.user(), form.first.Text)
			return err
		}, func(err error) {
			if page != nil { // the key is shown whatever else went wrong: it is never seen again
				w.showRecoveryPage(page)
			}
			if err != nil {
				w.Fail(err)
			}
		})
	}
	buttons := container.NewHBox(shell.PrimaryButton(act, theme.ConfirmIcon(), setUp))
	if !unsealed {
		buttons.Add(restore)
		buttons.Add(shell.NewButton(say.L("Play with made-up data"), func() {
			w.Work(say.L("Making a store of made-up data"),
				func(ctx context.Context, _ device.Progress) error { return w.desk.Access().OpenDemo(ctx, dir) },
				orElse(w.Fail, w.entered))
		}))
	}
	s := shell.Gate(head, intro, content, buttons,
		shell.Quiet(say.L("Retrospective analysis of CGM data for review by a licensed clinician. It does not recommend "+
			"treatment. Computed findings are drafts until a clinician has reviewed the trace and signed.")))
	shell.Enters(content, setUp)
	s.Focus = shell.FirstField(content)
	w.Show(s)
}

// showRecoveryPage lets the person save the page with the recovery key. It is gone
// when they go on.
func (w gates) showRecoveryPage(page []byte) {
	saved := shell.Words("")
	login := w.desk.User().Login
	next := shell.PrimaryButton(say.L("I have printed it and locked it away"), theme.ConfirmIcon(), func() {
		if w.Locked() { // while it was printed
			w.showUnlock(login)
			return
		}
		w.entered()
	})
	next.Disable()
	save := shell.NewButtonWithIcon(say.L("Save and open the page"), theme.DocumentPrintIcon(), func() {
		path, err := w.desk.Access().SavePage(w.folder(), page)
		if err != nil {
			w.Fail(err)
			return
		}
		saved.SetText(say.L("Saved as ") + path + say.L(". Print it, lock the paper away, and delete the file."))
		next.Enable()
		w.OpenPath(path)
	})
	backups := shell.Words(say.L("Backups: none yet. Choose a folder on another disk or drive."))
	choose := shell.NewButtonWithIcon(say.L("Choose the folder for backups…"), theme.FolderOpenIcon(), func() {
		w.PickFolder(func(dir string) {
			if err := w.desk.Practice().PlanBackups(dir); err != nil {
				w.Fail(err)
				return
			}
			backups.SetText(say.L("Backups go to ") + dir +
				say.L(", each time the window is closed or locked after something changed."))
		})
	})
	s := shell.Gate(say.L("Print the recovery key"),
		say.L("It is the only way in when passphrases are forgotten or this computer is lost. Nobody can make another "+
			"copy later, not even we."),
		container.NewHBox(save), saved, container.NewHBox(choose), backups, container.NewHBox(next))
	s.Stays = true
	w.Show(s)
}

// chooseBackup restores a backup into the empty folder of the store.
func (w gates) chooseBackup(dir string) {
	w.PickFile(func(path string) { w.askRestore(dir, path) })
}

func (w gates) askRestore(dir, path string) {
	login, passphrase, key := shell.NewEntry(), shell.NewPasswordEntry(), shell.NewMultiLineEntry()
	w.AskItems(shell.FormKey{}, say.L("Restore a backup"), say.L("Restore"), []*widget.FormItem{
		widget.NewFormItem(say.L("User"), login), widget.NewFormItem(say.L("Passphrase then"), passphrase),
		widget.NewFormItem(say.L("or recovery key"), key),
	}, func(failed func(error)) {
		w.Work(say.L("Restoring"), func(context.Context, device.Progress) error {
			return w.desk.Access().Restore(path, dir, login.Text, passphrase.Text, key.Text)
		}, orElse(failed, func() {
			w.showUnlock(login.Text)
		}))
	})
}
