package screens

import (
	"context"
	"errors"
	"fmt"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"tracedesk/clinic"
	"tracedesk/clinic/wording"
	"tracedesk/device"
	"tracedesk/ui/present"
	"tracedesk/ui/say"
	"tracedesk/ui/shell"
)

// showPatients lists the patients, and searches them while a person types.
func (w *Workstation) showPatients() {
	var found []clinic.Patient
	set := w.desk.Settings()
	list := shell.NewList(func() int { return len(found) }, shell.NewBoldLine,
		func(i widget.ListItemID, row fyne.CanvasObject) {
			shell.SetLine(row, present.Identity(found[i], set))
		})
	list.OnSelected = func(i widget.ListItemID) {
		w.showPatient(found[i])
	}
	none := shell.Words(say.L("No patient fits these words."))
	load := func(query string) {
		found, _ = w.desk.Patients().Find(query)
		none.Hide()
		if len(found) == 0 {
			none.Show()
		}
		list.Refresh()
	}
	search := shell.NewSearch(say.L("Search by name, record number or birth date"), load)
	load("")
	head := container.NewBorder(nil, nil, shell.NewButtonWithIcon(say.L("Back"), theme.NavigateBackIcon(), w.showHome),
		nil, shell.Title(say.L("Patients")))
	body := container.NewBorder(container.NewPadded(search), nil, nil, nil,
		container.NewStack(list, container.NewVBox(none)))
	w.Show(shell.Screen{
		Head: head, Body: body, Back: w.showHome, Search: search, Focus: search, ClearSelection: list.UnselectAll,
	})
}

// patientView is one patient.
type patientView struct {
	*Workstation
	patient clinic.Patient
}

// showPatient is one patient: the wears over time, the services, and the next
// free date of each code.
func (w *Workstation) showPatient(p clinic.Patient) {
	v := patientView{w, p}
	room, err := w.desk.Patients().Open(p)
	if err != nil {
		w.clearSelection()
		w.Fail(err)
		return
	}
	wears := shell.Column(shell.Heading(say.L("Wears")))
	for _, x := range room.Wears {
		line := w.desk.Line(x, true)
		open := shell.NewButton(say.L("Open"), func() { w.openForWork(x, false) })
		wears.Add(container.NewBorder(nil, nil, nil, open, shell.Words(line.Dates+": "+line.Check)))
	}
	if len(room.Wears) == 0 {
		wears.Add(shell.Quiet(say.L("None yet.")))
	}
	services := shell.Column(shell.Heading(say.L("Services of both codes")), shell.Facts(room.Next))
	for _, text := range room.Services {
		services.Add(shell.Words(text))
	}
	services.Add(shell.NewButtonWithIcon(say.L("Enter a service done elsewhere…"), theme.ContentAddIcon(), v.askService))
	order := shell.PrimaryButton(say.L("New wear…"), theme.ContentAddIcon(), func() { w.askOrder(p) })
	head := container.NewBorder(nil, nil,
		container.NewCenter(shell.NewButtonWithIcon(say.L("Patients"), theme.NavigateBackIcon(), w.showPatients)),
		container.NewCenter(order), shell.Title(present.Identity(p, w.desk.Settings())))
	remove := shell.NewButton(say.L("Delete this patient…"), func() { v.askDelete(len(room.Wears)) })
	remove.Importance = widget.LowImportance
	if !w.desk.User().Administrator {
		remove.Disable()
	}
	services.Add(widget.NewSeparator())
	services.Add(container.NewHBox(remove))
	w.Show(shell.Screen{
		Head: head, Body: container.NewHSplit(shell.Scrolling(wears), shell.Scrolling(services)), Back: w.showPatients,
	})
}

// askDelete deletes a patient for good, once the last name was typed again.
func (w patientView) askDelete(wears int) {
	p := w.patient
	again := shell.NewEntry()
	text := fmt.Sprintf(say.L("%s and %s are deleted for good, with their documents and signatures, and overwritten "+
		"on this computer. That it was done stays in the audit trail; backups made before still hold them. It cannot be "+
		"undone."), present.Identity(p, w.desk.Settings()), wording.Counted(wears, "wear"))
	w.AskForm(shell.FormKey{}, say.L("Delete a patient – ")+present.Identity(p, w.desk.Settings()),
		say.L("Delete for good"),
		container.NewVBox(shell.Words(text), widget.NewForm(widget.NewFormItem(say.L("Last name, to confirm"), again))),
		func(failed func(error)) {
			if !p.HasLastName(again.Text) {
				failed(errOtherName)
				return
			}
			w.Work(say.L("Deleting"), func(context.Context, device.Progress) error { return w.desk.Patients().Delete(p) },
				orElse(w.Fail, func() {
					w.showPatients()
					w.Tell(say.L("Deleted"), say.L("The patient is deleted and overwritten."))
				}))
		})
}

var errOtherName = errors.New("that is not the last name of this patient; nothing was deleted")

// askService asks for a service that was done elsewhere.
func (w patientView) askService() {
	p := w.patient
	code, day, where := shell.NewChoiceEntry([]string{"95249", "95250", "95251", "99091"}), shell.NewEntry(),
		shell.NewEntry()
	day.SetPlaceHolder(say.L("as dates are written here"))
	w.AskItems(shell.FormKey{Kind: formService, ID: p.ID}, say.L("A service of ")+p.Name()+say.L(" done elsewhere"),
		say.L("Enter"), []*widget.FormItem{
			widget.NewFormItem(say.L("Code"), code), widget.NewFormItem(say.L("Date"), day),
			widget.NewFormItem(say.L("Where"), where),
		}, func(failed func(error)) {
			if err := w.desk.Patients().AddService(p, code.Text, day.Text, where.Text); err != nil {
				failed(err)
				return
			}
			w.showPatient(p)
		})
}
