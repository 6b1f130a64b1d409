package ui

import (
	"context"
	"errors"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"tracedesk/clinic"
	"tracedesk/device"
	"tracedesk/storage"
	"tracedesk/ui/present"
	"tracedesk/ui/say"
)

// showPractice is the practice's own: users, backups, payers, stock, the
// biller's month, the codes explained, the audit trail.
func (w *Window) showPractice() {
	w.escape, w.primary, w.search, w.receiver = w.showHome, nil, nil, nil
	head := container.NewBorder(nil, nil, newButtonWithIcon(say.L("Back"), theme.NavigateBackIcon(), w.showHome), nil, title(say.L("Practice")))
	tabs := container.NewAppTabs(
		container.NewTabItem(say.L("Users"), w.usersTab()),
		container.NewTabItem(say.L("Backups"), w.backupsTab()),
		container.NewTabItem(say.L("Payers"), w.payersTab()),
		container.NewTabItem(say.L("Stock"), w.stockTab()),
		container.NewTabItem(say.L("Services"), w.servicesTab()),
		container.NewTabItem(say.L("Codes"), w.codesTab()),
		container.NewTabItem(say.L("Audit trail"), w.auditTab()),
		container.NewTabItem(say.L("Signatures"), w.certificatesTab()),
	)
	tabs.SelectIndex(w.practiceTab)
	tabs.OnSelected = func(*container.TabItem) { w.practiceTab = tabs.SelectedIndex() }
	w.show(head, tabs)
}

func (w *Window) usersTab() fyne.CanvasObject {
	users, err := w.desk.Store.Users()
	if err != nil {
		return warning(present.Sentence(err))
	}
	rows := column()
	admin := w.desk.Store.User().Administrator
	for _, u := range users {
		remove := newButton(say.L("Remove…"), func() { w.removeUser(u) })
		if !admin || u.Removed || u.ID == w.desk.Store.User().ID {
			remove.Disable()
		}
		rows.Add(container.NewBorder(nil, nil, nil, remove, words(present.UserLine(u))))
	}
	add := newButtonWithIcon(say.L("Add a user…"), theme.ContentAddIcon(), w.addUser)
	if !admin {
		add.Disable()
	}
	change := newButtonWithIcon(say.L("Change my passphrase…"), theme.AccountIcon(), w.changePassphrase)
	return container.NewBorder(container.NewHBox(add, change), nil, nil, nil, scrolling(rows))
}

// certificatesTab shows the practice's root, and who may sign by it until when.
func (w *Window) certificatesTab() fyne.CanvasObject {
	prints, err := w.desk.RootFacts()
	all, listErr := w.desk.Store.Certificates()
	users, usersErr := w.desk.Store.Users()
	if err := errors.Join(err, listErr, usersErr); err != nil {
		return warning(present.Sentence(err))
	}
	rows := column()
	admin := w.desk.Store.User().Administrator
	for _, u := range users {
		if u.MaySign() {
			renew := newButton(say.L("Renew"), func() { w.certify(u, "") })
			revoke := newButton(say.L("Revoke…"), func() { w.askRevoke(u) })
			if !admin {
				renew.Disable()
				revoke.Disable()
			}
			rows.Add(container.NewBorder(nil, nil, nil, container.NewHBox(renew, revoke), words(present.UserLine(u))))
		}
		for _, c := range all {
			if c.UserID == u.ID {
				rows.Add(quiet(w.desk.CertificateLine(u, c)))
			}
		}
	}
	return container.NewBorder(container.NewVBox(
		words(say.L("Clinicians sign with certificates that the practice's own root issues. Give its fingerprint to whoever wants to check your documents; it stands on every document's first page.")),
		facts(prints)), nil, nil, nil, scrolling(rows))
}

func (w *Window) certify(u clinic.User, reason string) {
	_, err := w.desk.Store.Certify(u.Login, reason)
	w.practiceAfter(err)
}

func (w *Window) askRevoke(u clinic.User) {
	reason := newEntry()
	w.form(kept{}, say.L("Revoke the certificate of ")+u.Title(), say.L("Revoke"), []*widget.FormItem{
		widget.NewFormItem(say.L("Reason"), reason),
	}, func(failed func(error)) {
		if strings.TrimSpace(reason.Text) == "" {
			failed(clinic.ErrStepReason)
			return
		}
		w.practiceOr(failed)(w.desk.Store.Revoke(u.Login, reason.Text))
	})
}

func (w *Window) removeUser(u clinic.User) {
	w.ask(say.L("Remove ")+u.Title()+"?", u.Title()+say.L(" will not be able to log in any more. What they did stays under their name."), say.L("Remove"), say.L("Keep"), func() {
		w.work(say.L("Removing the user"), func(context.Context, device.Progress) error {
			return w.desk.Store.RemoveUser(u.Login)
		}, w.practiceAfter)
	})
}

func (w *Window) addUser() {
	form := newUserForm()
	admin := newCheck(say.L("may add and remove users"), nil)
	w.form(kept{}, say.L("Add a user"), say.L("Add"), append(form.items(), widget.NewFormItem(say.L("Administrator"), admin)), func(failed func(error)) {
		if err := same(form.first, form.again); err != nil {
			failed(err)
			return
		}
		u := form.user()
		u.Administrator = admin.Checked
		w.work(say.L("Adding the user"), func(context.Context, device.Progress) error {
			_, err := w.desk.Store.AddUser(u, form.first.Text)
			return err
		}, w.practiceOr(failed))
	})
}

func (w *Window) changePassphrase() {
	old, first, again := newPasswordEntry(), newPasswordEntry(), newPasswordEntry()
	w.form(kept{}, say.L("Change my passphrase"), say.L("Change"), []*widget.FormItem{
		widget.NewFormItem(say.L("Passphrase now"), old), widget.NewFormItem(say.L("New passphrase"), first), widget.NewFormItem(say.L("The same again"), again),
	}, func(failed func(error)) {
		if err := same(first, again); err != nil {
			failed(err)
			return
		}
		w.work(say.L("Changing the passphrase"), func(context.Context, device.Progress) error {
			return w.desk.Store.ChangePassphrase(old.Text, first.Text)
		}, func(err error) {
			w.practiceOr(failed)(err)
			if err == nil {
				w.tell(say.L("Changed"), say.L("Your passphrase is changed. Backups made before still open with the earlier one."))
			}
		})
	})
}

// practiceOr shows what the practice has now, or what failed.
func (w *Window) practiceOr(failed func(error)) func(error) {
	return orElse(failed, w.showPractice)
}

func (w *Window) practiceAfter(err error) { w.practiceOr(w.fail)(err) }

func (w *Window) backupsTab() fyne.CanvasObject {
	plan, err := w.desk.Store.BackupPlan()
	if err != nil {
		return warning(present.Sentence(err))
	}
	choose := newButtonWithIcon(say.L("Choose the folder…"), theme.FolderOpenIcon(), func() {
		w.pickFolder(func(dir string) { w.practiceAfter(w.desk.Store.PlanBackups(dir, plan.Keep)) })
	})
	if !w.desk.Store.User().Administrator {
		choose.Disable()
	}
	now := primaryButton(say.L("Back up now"), theme.DocumentSaveIcon(), func() {
		w.work(say.L("Backing up"), func(context.Context, device.Progress) error {
			_, err := w.desk.Store.Backup(plan.Folder)
			return err
		}, w.practiceAfter)
	})
	if plan.Folder == "" {
		now.Disable()
	}
	return container.NewBorder(container.NewVBox(
		words(say.L("One encrypted file each time the window is closed or locked after something changed, read back at once. The recovery key or a user's passphrase opens it. Choose a folder on another disk or drive.")),
		facts(w.desk.BackupFacts(plan)), container.NewHBox(choose, now)), nil, nil, nil)
}

func (w *Window) auditTab() fyne.CanvasObject {
	entries, err := w.desk.Store.Audit()
	top := container.NewVBox()
	if err != nil {
		top.Add(warning(present.Sentence(err)))
	}
	list := newList(func() int { return len(entries) }, newLine, func(i widget.ListItemID, o fyne.CanvasObject) {
		setLine(o, w.desk.AuditLine(entries[len(entries)-1-i])) // the latest first
	})
	top.Add(container.NewHBox(newButtonWithIcon(say.L("Save as CSV"), theme.DocumentSaveIcon(), func() {
		path, err := w.desk.SaveAudit(w.folder(), entries)
		if err != nil {
			w.fail(err)
			return
		}
		w.tell(say.L("Saved"), say.L("The audit trail is saved as ")+path+".")
	})))
	return container.NewBorder(top, nil, nil, nil, list)
}

// chooseBackup restores a backup into the empty place of the store.
func (w *Window) chooseBackup(dir string) {
	w.pickFile(nil, func(path string) { w.askRestore(dir, path) })
}

func (w *Window) askRestore(dir, path string) {
	login, passphrase, key := newEntry(), newPasswordEntry(), newMultiLineEntry()
	w.form(kept{}, say.L("Restore a backup"), say.L("Restore"), []*widget.FormItem{
		widget.NewFormItem(say.L("User"), login), widget.NewFormItem(say.L("Passphrase then"), passphrase), widget.NewFormItem(say.L("or recovery key"), key),
	}, func(failed func(error)) {
		by := storage.Secret{Login: login.Text, Passphrase: passphrase.Text, RecoveryKey: key.Text}
		w.work(say.L("Restoring"), func(context.Context, device.Progress) error {
			if err := storage.Restore(path, dir, by); err != nil {
				return err
			}
			return w.desk.Open(dir)
		}, orElse(failed, func() {
			w.showUnlock(login.Text)
		}))
	})
}
