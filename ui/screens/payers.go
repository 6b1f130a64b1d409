package screens

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"tracedesk/clinic"
	"tracedesk/device"
	"tracedesk/ui/present"
	"tracedesk/ui/say"
	"tracedesk/ui/shell"
	"tracedesk/workflow"
)

// payersTab lists the payer profiles, which come from files and go to files.
func (w *Workstation) payersTab() fyne.CanvasObject {
	all, err := w.desk.Office().Profiles()
	if err != nil {
		return shell.Warning(present.Sentence(err))
	}
	admin := w.desk.User().Administrator
	rows := shell.Column(shell.Words(say.L("How each payer reads the rules. A changed profile is another version; what was filed under an earlier one stays as it was decided.")))
	for _, p := range all {
		save := shell.NewButton(say.L("Save as a file"), func() {
			path, err := w.desk.Office().ExportProfile(p, w.folder())
			if err != nil {
				w.Fail(err)
				return
			}
			w.Tell(say.L("Saved"), say.L("The profile is saved as ")+path+say.L(". Another practice reads it there."))
		})
		change := shell.NewButton(say.L("Change…"), func() { w.askProfile(p) })
		if !admin || p.ID == clinic.StrictID {
			change.Disable()
		}
		rows.Add(container.NewBorder(nil, nil, nil, container.NewHBox(container.NewVBox(change), container.NewVBox(save)), shell.Words(present.ProfileLine(p))))
	}
	read := shell.NewButtonWithIcon(say.L("Read a profile from a file…"), theme.FolderOpenIcon(), func() {
		w.PickFile(func(path string) {
			_, err := w.desk.Office().ImportProfile(path)
			w.practiceAfter(err)
		})
	})
	add := shell.NewButtonWithIcon(say.L("Add a payer…"), theme.ContentAddIcon(), func() {
		p := clinic.StrictProfile()
		p.ID, p.Version, p.Name, p.Source, p.Date = "", 0, "", "", ""
		w.askProfile(p)
	})
	if !admin {
		read.Disable()
		add.Disable()
	}
	return container.NewBorder(container.NewHBox(add, read), nil, nil, nil, shell.Scrolling(rows))
}

// askProfile asks how a payer reads the rules.
func (w *Workstation) askProfile(p clinic.PayerProfile) {
	line := func(text, hint string) *shell.Entry {
		e := shell.NewEntry()
		e.SetText(text)
		e.SetPlaceHolder(hint)
		return e
	}
	tick := func(text string, on bool) *shell.Check {
		c := shell.NewCheck(text, nil)
		c.SetChecked(on)
		return c
	}
	name, source, date := line(p.Name, ""), line(p.Source, say.L("the policy that this was taken from")), line(p.Date, "YYYY-MM-DD")
	hours := widget.NewRadioGroup([]string{say.L(hoursCaptured), say.L(hoursSpan)}, nil)
	hours.Required = true
	hours.SetSelected(hours.Options[slices.Index(present.HoursChoices, p.Hours)])
	month, thirty := tick(say.L("at most one a calendar month"), p.CalendarMonth), tick(say.L("at least 30 days between"), p.ThirtyDays)
	var caps []*shell.Entry
	for _, code := range present.Codes {
		caps = append(caps, line(present.CapText(p, code), say.L("a year; empty for no limit")))
	}
	period := shell.NewSelect([]string{say.L(calendarYear), say.L(twelveMonths)}, nil)
	period.SetSelectedIndex(max(0, slices.Index(present.CapPeriods, p.CapPeriod)))
	prior, home, combine := tick(say.L("asked for before the wear"), p.PriorAuthorisation), tick(say.L("the sensor may be removed at home"), p.HomeRemoval), tick(say.L("sensors of one training may be counted together"), p.CombineSensors)
	further := line(strings.Join(p.DoNotCombine, ", "), say.L("codes, with commas between"))
	signers := widget.NewCheckGroup(clinic.SigningCredentials, nil)
	signers.Horizontal = true
	signers.SetSelected(p.SignersOrAll())
	w.AskItems(shell.FormKey{}, say.L("Payer profile"), say.L("Save"), []*widget.FormItem{
		widget.NewFormItem(say.L("Payer"), name), widget.NewFormItem(say.L("Source"), source), widget.NewFormItem(say.L("Its date"), date),
		widget.NewFormItem(say.L("The 72 hours are"), hours), widget.NewFormItem(say.L("How often"), container.NewVBox(month, thirty)),
		widget.NewFormItem("95250", caps[0]), widget.NewFormItem("95251", caps[1]), widget.NewFormItem(say.L("Counted over"), period),
		widget.NewFormItem(say.L("Authorisation"), prior), widget.NewFormItem(say.L("Removal"), home), widget.NewFormItem(say.L("Sensors"), combine),
		widget.NewFormItem(say.L("Not in one month"), further), widget.NewFormItem(say.L("May sign"), signers),
	}, func(failed func(error)) {
		if len(signers.Selected) == 0 {
			failed(errNoSigner)
			return
		}
		p.Name, p.Source, p.Date = name.Text, source.Text, date.Text
		p.Hours, p.CapPeriod = present.HoursChoices[slices.Index(hours.Options, hours.Selected)], present.CapPeriods[period.SelectedIndex()]
		p.CalendarMonth, p.ThirtyDays, p.PriorAuthorisation, p.HomeRemoval, p.CombineSensors = month.Checked, thirty.Checked, prior.Checked, home.Checked, combine.Checked
		p.Signers = signers.Selected
		w.practiceOr(failed)(w.desk.Office().SaveProfile(p, []string{caps[0].Text, caps[1].Text}, further.Text))
	})
}

var errNoSigner = errors.New("no credential is ticked that may sign: tick at least one")

// The choices of a payer profile, in the order of the presenter's.
const (
	hoursCaptured = "readings, each 5-minute slot once (captured)"
	hoursSpan     = "from the first to the last reading (span)"
	calendarYear  = "the calendar year"
	twelveMonths  = "twelve months back"
)

// stockTab is the inventory.
func (w *Workstation) stockTab() fyne.CanvasObject {
	all, err := w.desk.Office().Devices()
	if err != nil {
		return shell.Warning(present.Sentence(err))
	}
	rows := shell.Column()
	for _, d := range all {
		change := shell.NewButton(say.L("Change…"), func() { w.askDevice(d) })
		rows.Add(container.NewBorder(nil, nil, nil, change, shell.Words(w.desk.Office().DeviceLine(d))))
	}
	if len(all) == 0 {
		rows.Add(shell.Words(say.L("Nothing is listed yet. Add the reader and the boxes of sensors: inserting a sensor then counts its lot down, and cleaning is noted with the reader.")))
	}
	add := shell.NewButtonWithIcon(say.L("Add…"), theme.ContentAddIcon(), func() { w.askDevice(clinic.Device{Kind: clinic.ReaderDevice}) })
	return container.NewBorder(container.NewHBox(add), nil, nil, nil, shell.Scrolling(rows))
}

func (w *Workstation) askDevice(d clinic.Device) {
	kind := shell.NewSelect([]string{string(clinic.ReaderDevice), string(clinic.TransmitterDevice), string(clinic.SensorDevice)}, nil)
	kind.SetSelected(string(d.Kind))
	entry := func(text, hint string) *shell.Entry {
		e := shell.NewEntry()
		e.SetText(text)
		e.SetPlaceHolder(hint)
		return e
	}
	count := ""
	if d.Count > 0 {
		count = fmt.Sprint(d.Count)
	}
	serial, lot, expiry, number, place := entry(d.Serial, say.L("of a reader or transmitter")), entry(d.Lot, say.L("of sensors")), entry(d.Expiry, "YYYY-MM-DD"), entry(count, say.L("of sensors")), entry(d.Place, say.L("where it is"))
	retired := shell.NewCheck(say.L("not in use any more"), nil)
	retired.SetChecked(d.Retired)
	w.AskItems(shell.FormKey{}, say.L("Reader, transmitter or sensors"), say.L("Save"), []*widget.FormItem{
		widget.NewFormItem(say.L("Kind"), kind), widget.NewFormItem(say.L("Serial"), serial), widget.NewFormItem(say.L("Lot"), lot), widget.NewFormItem(say.L("Expiry"), expiry),
		widget.NewFormItem(say.L("Count"), number), widget.NewFormItem(say.L("Place"), place), widget.NewFormItem("", retired),
	}, func(failed func(error)) {
		d.Kind, d.Serial, d.Lot, d.Expiry, d.Place, d.Retired = clinic.DeviceKind(kind.Selected), serial.Text, lot.Text, expiry.Text, place.Text, retired.Checked
		if err := w.desk.Office().SaveDevice(d, number.Text); err != nil {
			failed(err)
			return
		}
		w.showPractice()
	})
}

// servicesTab is the biller's month.
func (w *Workstation) servicesTab() fyne.CanvasObject {
	month := shell.NewEntry()
	month.SetText(w.desk.Office().ThisMonth())
	rows := shell.Column()
	var lines []clinic.ServiceLine
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
func (w *Workstation) showFees() {
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

// showFiled is the room of the documents that were issued.
func (w *Workstation) showFiled() {
	var found []present.FiledDocument
	more := shell.Quiet("")
	list := shell.NewList(func() int { return len(found) }, shell.NewLine, func(i widget.ListItemID, row fyne.CanvasObject) {
		shell.SetLine(row, found[i].Title())
	})
	list.OnSelected = func(i widget.ListItemID) {
		w.openWear(found[i].WearID, "")
	}
	load := func(query string) {
		documents, all, err := w.desk.Documents().Filed(query)
		if err != nil {
			w.Fail(err)
			return
		}
		found = documents
		more.SetText(map[bool]string{false: say.L("More are found by searching.")}[all])
		if len(found) == 0 {
			more.SetText(say.L("No document fits these words. Documents are made in a wear's profile."))
		}
		list.Refresh()
	}
	search := shell.NewSearch(say.L("Search by name, record number or date"), load)
	load("")
	head := container.NewBorder(nil, nil, shell.NewButtonWithIcon(say.L("Back"), theme.NavigateBackIcon(), w.showHome), nil, shell.Title(say.L("Documents that were made")))
	body := container.NewBorder(container.NewPadded(search), more, nil, nil, list)
	w.Show(shell.Screen{Head: head, Body: body, Back: w.showHome, Search: search, Focus: search, ClearSelection: list.UnselectAll})
}

// codesTab explains the three codes.
func (w *Workstation) codesTab() fyne.CanvasObject {
	tabs := container.NewAppTabs()
	for _, p := range clinic.CodePages {
		box := shell.Column()
		for _, s := range p.Sections {
			box.Add(shell.Heading(s.Heading))
			for _, x := range s.Statements {
				box.Add(shell.Words(x.Text))
				box.Add(shell.Quiet(x.Source + ", " + x.Date))
			}
		}
		box.Add(shell.Words(p.Notice))
		tabs.Append(container.NewTabItem(string(p.Code)+" "+p.Title, shell.Scrolling(box)))
	}
	return tabs
}

// trayNotice is shown on the start screen while recordings wait for an owner.
func (w *Workstation) trayNotice() fyne.CanvasObject {
	waiting, err := w.desk.Reading().Tray()
	if err != nil {
		return shell.Warning(present.Sentence(err))
	}
	if len(waiting) == 0 {
		return nil
	}
	open := shell.NewButton(say.L("Look at the tray…"), w.showTray)
	return container.NewBorder(nil, nil, nil, open, shell.Warning(clinic.Counted(len(waiting), "recording")+say.L(" in the tray: nobody has said yet whose.")))
}

// showTray lists what waits, each with the wears that it may belong to.
func (w *Workstation) showTray() {
	waiting, err := w.desk.Reading().Tray()
	if err != nil {
		w.Fail(err)
		return
	}
	rows := shell.Column()
	for _, l := range waiting {
		rows.Add(shell.Heading(say.L("Transmitter ") + l.TransmitterID + say.L(", from ") + l.Source))
		rows.Add(shell.Words(fmt.Sprintf(say.L("%s to %s, %s, %s recorded"), l.First, l.Last, clinic.Counted(l.Readings, "reading"), clinic.Hours(l.HoursRecorded))))
		for _, k := range l.Candidates {
			give := shell.NewButton(say.L("It is this patient's"), func() { w.giveFromTray(l, k, false) })
			rows.Add(container.NewBorder(nil, nil, nil, give, shell.Words(k.Patient+": "+k.Why)))
		}
		if len(l.Candidates) == 0 {
			rows.Add(shell.Quiet(say.L("No wear was out then. Order and insertion of the wear can be recorded now; it is then offered here.")))
		}
		rows.Add(widget.NewSeparator())
	}
	head := container.NewBorder(nil, nil, shell.NewButtonWithIcon(say.L("Back"), theme.NavigateBackIcon(), w.showHome), nil, shell.Title(say.L("Recordings that wait for an owner")))
	w.Show(shell.Screen{Head: head, Body: shell.Scrolling(rows), Back: w.showHome})
}

func (w *Workstation) giveFromTray(l workflow.TrayLine, to workflow.CandidateLine, confirmed bool) {
	var kept present.Kept
	w.Work(say.L("Storing"), func(context.Context, device.Progress) (err error) {
		kept, err = w.desk.Reading().FromTray(l.ID, to.WearID, clinic.Patient{}, confirmed)
		return err
	}, func(err error) {
		switch {
		case present.IsMismatch(err):
			w.Ask(say.L("Stop: is this the right patient?"), say.L("You are about to give the recording to ")+to.Patient+say.L(", but ")+present.Sentence(err)+say.L(" Your confirmation is kept."), say.L("Yes, I checked – store it"), say.L("No, go back"), func() { w.giveFromTray(l, to, true) })
		case err != nil:
			w.Fail(err)
		default:
			w.openWear(kept.WearID, kept.Message)
		}
	})
}
