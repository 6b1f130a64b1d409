package screens

import (
	"strconv"
	"strings"

	"fyne.io/fyne/v2/widget"

	"tracedesk/assets"
	"tracedesk/cgm"
	"tracedesk/clinic"
	"tracedesk/clinic/wording"
	"tracedesk/ui/say"
	"tracedesk/ui/shell"
)

const (
	datesUS  = "Mar 4, 2024"
	datesISO = "2024-03-04"
	notSet   = "not set"
)

// showSettings asks for the practice's choices and this workstation's.
func (w *Workstation) showSettings() {
	set := w.desk.Settings()
	practice := shell.NewEntry()
	practice.SetText(set.Practice)
	practice.SetPlaceHolder(say.L("printed at the head of documents"))
	address := shell.NewEntry()
	address.SetText(set.Address)
	address.SetPlaceHolder(say.L("in one line, printed beside the name"))
	logo := shell.NewButton(say.L("Choose a picture…"), func() {
		w.PickFile(func(path string) {
			if err := w.desk.Office().SaveLogo(path); err != nil {
				w.Fail(err)
			}
		})
	})
	called := shell.NewEntry()
	called.SetText(set.DocumentNames)
	called.SetPlaceHolder(wording.DefaultDocumentNames)
	zone := shell.NewEntry()
	zone.SetText(set.TimeZone)
	zone.SetPlaceHolder(say.L("this computer's, or as America/Chicago"))
	choice := func(now string, all ...string) *widget.RadioGroup {
		r := widget.NewRadioGroup(all, nil)
		r.Horizontal, r.Required = true, true
		r.SetSelected(now)
		return r
	}
	unit := choice(string(set.Unit), string(cgm.MgDL), string(cgm.MmolL))
	paper := choice(string(set.Paper), string(clinic.Letter), string(clinic.A4))
	dates := choice(map[bool]string{false: say.L(datesUS), true: say.L(datesISO)}[set.ISODates], say.L(datesUS), say.L(datesISO))
	names := map[string]shell.Appearance{} // as they are shown
	var shown []string
	for _, a := range []shell.Appearance{shell.AppearanceSystem, shell.AppearanceLight, shell.AppearanceDark, shell.AppearanceContrast} {
		shown = append(shown, say.L(string(a)))
		names[say.L(string(a))] = a
	}
	appearance := choice(say.L(string(w.Preferences().Appearance())), shown...)
	minutes := shell.NewSelect([]string{"5", "10", "15", "30", "60"}, nil)
	minutes.SetSelected(strconv.Itoa(set.LockAfter()))
	years := shell.NewSelect([]string{say.L(notSet), "6", "7", "8", "10", "15", "20", "30"}, nil)
	years.SetSelected(say.L(notSet))
	if set.RetentionYears > 0 {
		years.SetSelected(strconv.Itoa(set.RetentionYears))
	}
	about := shell.Quiet(say.L("Tracedesk ") + assets.Version + say.L(". Computed findings are drafts until a clinician has reviewed the trace and signed. Billing indicators show whether documentation is present under these settings; they do not decide coverage or payment."))
	w.AskItems(shell.FormKey{}, say.L("Settings"), say.L("Save"), []*widget.FormItem{
		widget.NewFormItem(say.L("Practice"), practice),
		widget.NewFormItem(say.L("Address"), address),
		widget.NewFormItem(say.L("Logo"), logo),
		widget.NewFormItem(say.L("Unit"), unit),
		widget.NewFormItem(say.L("Paper"), paper),
		widget.NewFormItem(say.L("Dates"), dates),
		{Text: say.L("Time zone"), Widget: zone, HintText: say.L("times of day of a G6 Pro reader's wear")},
		{Text: say.L("File names"), Widget: called, HintText: say.L("{last} {first} {birth} {number} {date} {kind}, for the import of an EHR")},
		widget.NewFormItem(say.L("Appearance"), appearance),
		widget.NewFormItem(say.L("Lock after minutes"), minutes),
		{Text: say.L("Point out after years"), Widget: years, HintText: say.L("recordings older than that; nothing is deleted by itself")},
		widget.NewFormItem("", about),
	}, func(failed func(error)) {
		set.Practice, set.Address, set.Unit, set.Paper, set.ISODates = practice.Text, address.Text, cgm.Unit(unit.Selected), clinic.Paper(paper.Selected), dates.Selected == say.L(datesISO)
		if _, err := clinic.ParseZone(zone.Text); err != nil {
			failed(err)
			return
		}
		set.TimeZone = strings.TrimSpace(zone.Text)
		set.DocumentNames = strings.TrimSpace(called.Text)
		set.LockMinutes, _ = strconv.Atoi(minutes.Selected)  // always one of the numbers above
		set.RetentionYears, _ = strconv.Atoi(years.Selected) // 0 where it is not set
		if err := w.desk.Office().SaveSettings(set); err != nil {
			failed(err)
			return
		}
		w.Preferences().SetAppearance(names[appearance.Selected])
		w.showHome()
	})
}
