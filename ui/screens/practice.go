package screens

import (
	"context"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"tracedesk/clinic"
	"tracedesk/device"
	"tracedesk/ui/present"
	"tracedesk/ui/say"
)

// showPractice is the practice's own: users, backups, payers, stock, the
// biller's month, the codes explained, the audit trail.
func (w *Window) showPractice() {
	head := container.NewBorder(nil, nil, newButtonWithIcon(say.L("Back"), theme.NavigateBackIcon(), w.showHome), nil, title(say.L("Practice")))
	tabs := container.NewAppTabs(
		container.NewTabItem(say.L("Users"), w.usersTab()),
		container.NewTabItem(say.L("Backups"), w.backupsTab()),
		container.NewTabItem(say.L("Payers"), w.payersTab()),
		container.NewTabItem(say.L("Stock"), w.stockTab()),
		container.NewTabItem(say.L("Services"), w.servicesTab()),
		container.NewTabItem(say.L("Codes"), w.codesTab()),
		container.NewTabItem(say.L("Audit trail"), w.auditTab()),
	)
	tabs.SelectIndex(w.practiceTab)
	tabs.OnSelected = func(*container.TabItem) { w.practiceTab = tabs.SelectedIndex() }
	w.show(screen{head: head, body: tabs, back: w.showHome})
}

func (w *Window) usersTab() fyne.CanvasObject {
	users, err := w.desk.Practice().Users()
	if err != nil {
		return warning(present.Sentence(err))
	}
	rows := column()
	admin := w.desk.User().Administrator
	for _, u := range users {
		remove := newButton(say.L("Remove…"), func() { w.removeUser(u) })
		if !admin || u.Removed || u.ID == w.desk.User().ID {
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

func (w *Window) removeUser(u clinic.User) {
	w.ask(say.L("Remove ")+u.Title()+"?", u.Title()+say.L(" will not be able to log in any more. What they did stays under their name."), say.L("Remove"), say.L("Keep"), func() {
		if err := w.desk.Practice().RemoveUser(u); err != nil {
			w.fail(err)
			return
		}
		w.showPractice()
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
			return w.desk.Practice().AddUser(u, form.first.Text)
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
			return w.desk.Practice().ChangePassphrase(old.Text, first.Text)
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
	plan, err := w.desk.Practice().BackupPlan()
	if err != nil {
		return warning(present.Sentence(err))
	}
	choose := newButtonWithIcon(say.L("Choose the folder…"), theme.FolderOpenIcon(), func() {
		w.pickFolder(func(dir string) { w.practiceAfter(w.desk.Practice().PlanBackups(dir)) })
	})
	now := primaryButton(say.L("Back up now"), theme.DocumentSaveIcon(), func() {
		w.work(say.L("Backing up"), func(context.Context, device.Progress) error { return w.desk.Practice().BackUpNow() }, w.practiceAfter)
	})
	if plan.Folder == "" {
		now.Disable()
	}
	return container.NewBorder(container.NewVBox(
		words(say.L("One encrypted file each time the window is closed or locked after something changed, read back at once. The recovery key or a user's passphrase opens it. Choose a folder on another disk or drive.")),
		facts(w.desk.Practice().BackupFacts(plan)), container.NewHBox(choose, now)), nil, nil, nil)
}

func (w *Window) auditTab() fyne.CanvasObject {
	entries, err := w.desk.Practice().Audit()
	top := container.NewVBox()
	if err != nil {
		top.Add(warning(present.Sentence(err)))
	}
	list := newList(func() int { return len(entries) }, newLine, func(i widget.ListItemID, o fyne.CanvasObject) {
		setLine(o, w.desk.Practice().AuditLine(entries[len(entries)-1-i])) // the latest first
	})
	top.Add(container.NewHBox(newButtonWithIcon(say.L("Save as CSV"), theme.DocumentSaveIcon(), func() {
		path, err := w.desk.Practice().SaveAudit(w.folder(), entries)
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
		w.work(say.L("Restoring"), func(context.Context, device.Progress) error {
			return w.desk.Access().Restore(path, dir, login.Text, passphrase.Text, key.Text)
		}, orElse(failed, func() {
			w.showUnlock(login.Text)
		}))
	})
}
