package screens

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"tracedesk/clinic"
	"tracedesk/clinic/billing"
	"tracedesk/ui/present"
	"tracedesk/ui/say"
	"tracedesk/ui/shell"
)

// servicesTab is the biller's month.
func (w practiceView) servicesTab() fyne.CanvasObject {
	month := shell.NewEntry()
	month.SetText(w.desk.Office().ThisMonth())
	rows := shell.Column()
	var lines []billing.ServiceLine
	load := func() {
		found, err := w.desk.Office().Services(month.Text)
		rows.RemoveAll()
		if err != nil {
			rows.Add(shell.Warning(present.Sentence(err)))
			return
		}
		lines = found
		for _, l := range lines {
			rows.Add(shell.Words(present.ServiceText(l)))
		}
		if len(lines) == 0 {
			rows.Add(shell.Words(say.L("No service with a date in this month.")))
		}
	}
	month.OnSubmitted = func(string) { load() }
	show := shell.NewButton(say.L("Show"), load)
	save := shell.NewButtonWithIcon(say.L("Save as CSV"), theme.DocumentSaveIcon(), func() {
		path, err := w.desk.Office().SaveServices(month.Text, w.folder(), lines)
		if err != nil {
			w.Fail(err)
			return
		}
		w.Tell(say.L("Saved"), say.L("The services are saved as ")+path+".")
	})
	load()
	fees := shell.NewButton(say.L("Fee table…"), w.showFees)
	top := container.NewBorder(nil, nil, widget.NewLabel(say.L("Month")), container.NewHBox(show, save, fees), month)
	return container.NewBorder(top, shell.Quiet(say.L("It says whether the documentation is complete under each wear's payer profile. Whether a service is paid, the payer decides.")), nil, nil, shell.Scrolling(rows))
}

// showFees lists the practice's own amounts, and takes another.
func (w practiceView) showFees() {
	lines, err := w.desk.Office().FeeLines()
	if err != nil {
		w.Fail(err)
		return
	}
	box := container.NewVBox(shell.Quiet(say.L("What the practice expects from each payer, for the list of services. The amounts are its own: the program knows none.")))
	for _, l := range lines {
		box.Add(shell.Words(l))
	}
	entry := func(hint string) *shell.Entry {
		e := shell.NewEntry()
		e.SetPlaceHolder(hint)
		return e
	}
	payer, year, amount := entry(say.L("as in the payer profile")), entry("YYYY"), entry(say.L("dollars and cents"))
	outpatient := shell.NewCheck(say.L("paid under an outpatient schedule, counted apart"), nil)
	code := shell.NewSelect([]string{string(clinic.Code95250), string(clinic.Code95251)}, nil)
	code.SetSelectedIndex(0)
	box.Add(widget.NewForm(widget.NewFormItem(say.L("Payer"), payer), widget.NewFormItem(say.L("Code"), code), widget.NewFormItem(say.L("Year"), year), widget.NewFormItem(say.L("Amount"), amount), widget.NewFormItem("", outpatient)))
	w.AskForm(shell.FormKey{}, say.L("Fee table"), say.L("Keep this amount"), box, func(failed func(error)) {
		if err := w.desk.Office().SaveFee(payer.Text, code.Selected, year.Text, amount.Text, outpatient.Checked); err != nil {
			failed(err)
			return
		}
		w.showFees()
	})
}
