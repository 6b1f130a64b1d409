package screens

import (
	"context"
	"errors"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"tracedesk/clinic"
	"tracedesk/clinic/forms"
	"tracedesk/device"
	"tracedesk/ui/present"
	"tracedesk/ui/say"
	"tracedesk/ui/shell"
)

// practiceView is the practice's screen with its tabs.
type practiceView struct{ *Workstation }

// showPractice shows users, backups, payers, stock, the biller's month, the codes
// explained, and the audit trail.
func (w *Workstation) showPractice() {
	v := practiceView{w}
	head := container.NewBorder(nil, nil, shell.NewButtonWithIcon(say.L("Back"), theme.NavigateBackIcon(), w.showHome),
		nil, shell.Title(say.L("Practice")))
	tabs := container.NewAppTabs(
		container.NewTabItem(say.L("Users"), v.usersTab()),
		container.NewTabItem(say.L("Backups"), v.backupsTab()),
		container.NewTabItem(say.L("Payers"), v.payersTab()),
		container.NewTabItem(say.L("Stock"), v.stockTab()),
		container.NewTabItem(say.L("Services"), v.servicesTab()),
		container.NewTabItem(say.L("Codes"), v.codesTab()),
		container.NewTabItem(say.L("Audit trail"), v.auditTab()),
		container.NewTabItem(say.L("Signatures"), v.certificatesTab()),
	)
	tabs.SelectIndex(w.practiceTab)
	tabs.OnSelected = func(*container.TabItem) { w.practiceTab = tabs.SelectedIndex() }
	w.Show(shell.Screen{Head: head, Body: tabs, Back: w.showHome})
}

func (w practiceView) usersTab() fyne.CanvasObject {
	users, err := w.desk.Practice().Users()
	if err != nil {
		return shell.Warning(present.Sentence(err))
	}
	rows := shell.Column()
	admin := w.desk.User().Administrator
	for _, u := range users {
		remove := shell.NewButton(say.L("Remove…"), func() { w.removeUser(u) })
		if !admin || u.Removed || u.ID == w.desk.User().ID {
			remove.Disable()
		}
		rows.Add(container.NewBorder(nil, nil, nil, remove, shell.Words(present.UserLine(u))))
	}
	add := shell.NewButtonWithIcon(say.L("Add a user…"), theme.ContentAddIcon(), w.addUser)
	if !admin {
		add.Disable()
	}
	change := shell.NewButtonWithIcon(say.L("Change my passphrase…"), theme.AccountIcon(), w.changePassphrase)
	return container.NewBorder(container.NewHBox(add, change), nil, nil, nil, shell.Scrolling(rows))
}

// certificatesTab shows the practice's root, and who may sign by it until when.
func (w practiceView) certificatesTab() fyne.CanvasObject {
	prints, err := w.desk.Practice().RootFacts()
	all, listErr := w.desk.Practice().Certificates()
	users, usersErr := w.desk.Practice().Users()
	if err := errors.Join(err, listErr, usersErr); err != nil {
		return shell.Warning(present.Sentence(err))
	}
	rows := shell.Column()
	admin := w.desk.User().Administrator
	for _, u := range users {
		if u.MaySign() {
			renew := shell.NewButton(say.L("Renew"), func() { w.certify(u, "") })
			revoke := shell.NewButton(say.L("Revoke…"), func() { w.askRevoke(u) })
			if !admin {
				renew.Disable()
				revoke.Disable()
			}
			rows.Add(container.NewBorder(nil, nil, nil, container.NewHBox(renew, revoke), shell.Words(present.UserLine(u))))
		}
		for _, c := range all {
			if c.UserID == u.ID {
				rows.Add(shell.Quiet(w.desk.Practice().CertificateLine(u, c)))
			}
		}
	}
	return container.NewBorder(container.NewVBox(
		shell.Words(say.L("Clinicians sign with certificates that the practice's own root issues. Give its fingerprint "+
			"to whoever wants to check your documents; it stands on every document's first page.")),
		shell.Facts(prints)), nil, nil, nil, shell.Scrolling(rows))
}

func (w practiceView) certify(u clinic.User, reason string) {
	w.practiceAfter(w.desk.Practice().Certify(u, reason))
}

func (w practiceView) askRevoke(u clinic.User) {
	reason := shell.NewEntry()
	w.AskItems(shell.FormKey{}, say.L("Revoke the certificate of ")+u.Title(), say.L("Revoke"), []*widget.FormItem{
		widget.NewFormItem(say.L("Reason"), reason),
	}, func(failed func(error)) {
		if strings.TrimSpace(reason.Text) == "" {
			failed(forms.ErrReason)
			return
		}
		w.practiceOr(failed)(w.desk.Practice().Revoke(u, reason.Text))
	})
}

func (w practiceView) removeUser(u clinic.User) {
	w.Ask(say.L("Remove ")+u.Title()+"?", u.Title()+
		say.L(" will not be able to log in any more. What they did stays under their name."), say.L("Remove"),
		say.L("Keep"), func() {
			w.Work(say.L("Removing the user"), func(context.Context, device.Progress) error {
				return w.desk.Practice().RemoveUser(u)
			}, w.practiceAfter)
		})
}

func (w practiceView) addUser() {
	form := newUserForm()
	admin := shell.NewCheck(say.L("may add and remove users"), nil)
	w.AskItems(shell.FormKey{}, say.L("Add a user"), say.L("Add"),
		append(form.items(), widget.NewFormItem(say.L("Administrator"), admin)), func(failed func(error)) {
			if err := same(form.first, form.again); err != nil {
				failed(err)
				return
			}
			u := form.user()
			u.Administrator = admin.Checked
			w.Work(say.L("Adding the user"), func(context.Context, device.Progress) error {
				return w.desk.Practice().AddUser(u, form.first.Text)
			}, w.practiceOr(failed))
		})
}

func (w practiceView) changePassphrase() {
	old, first, again := shell.NewPasswordEntry(), shell.NewPasswordEntry(), shell.NewPasswordEntry()
	w.AskItems(shell.FormKey{}, say.L("Change my passphrase"), say.L("Change"), []*widget.FormItem{
		widget.NewFormItem(say.L("Passphrase now"), old), widget.NewFormItem(say.L("New passphrase"), first),
		widget.NewFormItem(say.L("The same again"), again),
	}, func(failed func(error)) {
		if err := same(first, again); err != nil {
			failed(err)
			return
		}
		w.Work(say.L("Changing the passphrase"), func(context.Context, device.Progress) error {
			return w.desk.Practice().ChangePassphrase(old.Text, first.Text)
		}, func(err error) {
			w.practiceOr(failed)(err)
			if err == nil {
				w.Tell(say.L("Changed"), say.L("Your passphrase is changed. Backups made before still open with the earlier one."))
			}
		})
	})
}

// practiceOr shows the practice again, or the failure.
func (w practiceView) practiceOr(failed func(error)) func(error) {
	return orElse(failed, w.showPractice)
}

func (w practiceView) practiceAfter(err error) { w.practiceOr(w.Fail)(err) }

func (w practiceView) backupsTab() fyne.CanvasObject {
	plan, err := w.desk.Practice().BackupPlan()
	if err != nil {
		return shell.Warning(present.Sentence(err))
	}
	choose := shell.NewButtonWithIcon(say.L("Choose the folder…"), theme.FolderOpenIcon(), func() {
		w.PickFolder(func(dir string) { w.practiceAfter(w.desk.Practice().PlanBackups(dir)) })
	})
	if !w.desk.User().Administrator {
		choose.Disable()
	}
	now := shell.PrimaryButton(say.L("Back up now"), theme.DocumentSaveIcon(), func() {
		w.Work(say.L("Backing up"), func(context.Context, device.Progress) error { return w.desk.Practice().BackUpNow() },
			w.practiceAfter)
	})
	if plan.Folder == "" {
		now.Disable()
	}
	return container.NewBorder(container.NewVBox(
		shell.Words(say.L("One encrypted file each time the window is closed or locked after something changed, read "+
			"back at once. The recovery key or a user's passphrase opens it. Choose a folder on another disk or drive.")),
		shell.Facts(w.desk.Practice().BackupFacts(plan)), container.NewHBox(choose, now)), nil, nil, nil)
}

func (w practiceView) auditTab() fyne.CanvasObject {
	entries, err := w.desk.Practice().Audit()
	top := container.NewVBox()
	if err != nil {
		top.Add(shell.Warning(present.Sentence(err)))
	}
	list := shell.NewList(func() int { return len(entries) }, shell.NewLine,
		func(i widget.ListItemID, o fyne.CanvasObject) {
			shell.SetLine(o, w.desk.Practice().AuditLine(entries[len(entries)-1-i])) // the latest first
		})
	top.Add(container.NewHBox(shell.NewButtonWithIcon(say.L("Save as CSV"), theme.DocumentSaveIcon(), func() {
		path, err := w.desk.Practice().SaveAudit(w.folder(), entries)
		if err != nil {
			w.Fail(err)
			return
		}
		w.Tell(say.L("Saved"), say.L("The audit trail is saved as ")+path+".")
	})))
	return container.NewBorder(top, nil, nil, nil, list)
}
