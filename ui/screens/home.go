package screens

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"tracedesk/clinic/steps"
	"tracedesk/ui/present"
	"tracedesk/ui/say"
	"tracedesk/ui/shell"
)

// homeView is the start screen.
type homeView struct{ *Workstation }

// showHome is the start screen: the place to drop a file, and the stored wears.
func (w *Workstation) showHome() {
	v := homeView{w}
	head := container.NewBorder(nil, nil, nil, container.NewHBox(
		container.NewCenter(widget.NewLabel(w.desk.User().Title())),
		shell.NewButtonWithIcon(say.L("Patients"), theme.SearchIcon(), w.showPatients),
		shell.NewButtonWithIcon(say.L("Documents"), theme.DocumentIcon(), w.showFiled),
		shell.NewButtonWithIcon(say.L("Practice"), theme.AccountIcon(), w.showPractice),
		shell.NewButtonWithIcon(say.L("Settings"), theme.SettingsIcon(), w.showSettings),
		shell.NewButtonWithIcon(say.L("Lock"), theme.LogoutIcon(), w.Lock),
	), shell.Title("Tracedesk"))
	receiver := shell.NewButtonWithIcon(say.L(readReceiver), theme.DownloadIcon(), w.readReceiver)
	top := container.NewVBox(v.dropZone(receiver))
	for _, text := range w.desk.Practice().StoreWarnings() {
		top.Add(shell.Warning(text))
	}
	if notice := v.trayNotice(); notice != nil {
		top.Add(notice)
	}
	list := v.storedWears()
	list.Head, list.Body, list.Receiver = head, container.NewBorder(top, nil, nil, nil, list.Body), receiver
	w.Show(list)
}

func (w homeView) dropZone(receiver fyne.CanvasObject) fyne.CanvasObject {
	frame := canvas.NewRectangle(theme.Color(theme.ColorNameInputBackground))
	frame.StrokeColor, frame.StrokeWidth, frame.CornerRadius = theme.Color(theme.ColorNamePrimary), 2, 8
	drop := shell.Heading(say.L("Drop a Clarity export here"))
	drop.Alignment = fyne.TextAlignCenter
	open := shell.PrimaryButton(say.L("Open a file…"), theme.FolderOpenIcon(), w.chooseFile)
	hint := shell.Quiet(say.L("A CSV file that was exported from Dexcom Clarity, or plug the receiver in. It is " +
		"read, checked for 72 hours and stored on this computer; nothing leaves it."))
	hint.Alignment = fyne.TextAlignCenter
	inside := container.NewVBox(layout.NewSpacer(), drop, container.NewCenter(container.NewHBox(open, receiver)), hint,
		layout.NewSpacer())
	return container.NewStack(frame, container.NewPadded(container.NewPadded(inside)))
}

// The lists of the start screen: the work queue, the user's part of it, and all wears.
const (
	listToDo = "To do"
	listMine = "Mine"
	listAll  = "All wears"
)

// openForWork opens the view of a wear in which its next action is done. A wear
// without a recording has only its evidence.
func (w *Workstation) openForWork(wear present.Listed, toDo bool) {
	id := wear.Wear.ID
	switch stage := w.desk.StageOf(wear); {
	case wear.Wear.RecordingID == "":
		w.openCase(id, "")
	case toDo && (stage == steps.StageToInterpret || stage == steps.StageToSign):
		w.openInterpretation(id, "")
	case toDo && (stage == steps.StageToFile || stage == steps.StageReady):
		w.openCase(id, "")
	default:
		w.openWear(id, "")
	}
}

// storedWears is the list of wears, which is searched while a person types, as the
// body of the start screen.
func (w homeView) storedWears() shell.Screen {
	var wears []present.Listed
	toDo, mine := true, false
	empty := shell.Words("")
	empty.Alignment = fyne.TextAlignCenter
	list := shell.NewList(
		func() int { return len(wears) },
		newWearRow,
		func(i widget.ListItemID, row fyne.CanvasObject) { fillWearRow(row, w.desk.Line(wears[i], toDo)) },
	)
	list.OnSelected = func(i widget.ListItemID) {
		w.openForWork(wears[i], toDo)
	}
	load := func(query string) {
		found, err := w.desk.Wears(query)
		some := len(found) > 0
		if toDo {
			found, err = w.desk.ToDo(query, mine)
		}
		if err != nil {
			w.Fail(err)
			return
		}
		wears = found
		empty.SetText("")
		switch {
		case len(found) > 0:
		case query == "" && some:
			empty.SetText(say.L("There is nothing to do. Drop an export above, or order a new wear."))
		case query == "":
			empty.SetText(say.L("Nothing is stored yet. Drop an export above, or order a new wear, to begin."))
		default:
			empty.SetText(say.L("No stored wear fits these words."))
		}
		list.Refresh()
	}
	search := shell.NewSearch(say.L("Search by name, record number or date"), load)
	which := widget.NewRadioGroup([]string{say.L(listToDo), say.L(listMine), say.L(listAll)}, nil)
	which.Horizontal, which.Required = true, true
	which.SetSelected(say.L(listToDo))
	which.OnChanged = func(chosen string) {
		toDo, mine = chosen != say.L(listAll), chosen == say.L(listMine)
		load(search.Text)
	}
	load("")
	order := shell.NewButtonWithIcon(say.L("New wear…"), theme.ContentAddIcon(), w.newWear)
	top := container.NewBorder(nil, nil, container.NewCenter(which), container.NewCenter(order),
		container.NewPadded(search))
	body := container.NewBorder(top, nil, nil, nil,
		container.NewStack(list, container.NewCenter(container.NewGridWrap(fyne.NewSize(500, 60), empty))))
	return shell.Screen{Body: body, Search: search, ClearSelection: list.UnselectAll} // a list draws all its lines for it
}

// newWearRow is a row with the patient, the dates, an icon, and the next action.
func newWearRow() fyne.CanvasObject {
	whose := widget.NewLabelWithStyle("", fyne.TextAlignLeading, fyne.TextStyle{Bold: true})
	return container.New(shell.RowLayout{0.42, 0.25, 0, 0.33}, whose, widget.NewLabel(""), widget.NewIcon(nil),
		widget.NewLabel(""))
}

func fillWearRow(row fyne.CanvasObject, wear present.WearRow) {
	shell.SetLine(row, wear.Patient, wear.Dates, "", wear.Check)
	row.(*fyne.Container).Objects[2].(*widget.Icon).SetResource(statusIcon(wear.Status))
}

func statusIcon(s present.StatusIcon) fyne.Resource {
	if s == present.NoStatus {
		return nil
	}
	return checkIcon(s == present.StatusMet)
}

func checkIcon(met bool) fyne.Resource {
	if met {
		return theme.NewSuccessThemedResource(theme.ConfirmIcon())
	}
	return theme.NewWarningThemedResource(theme.WarningIcon())
}
