package ui

import (
	"strconv"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/dialog"
	"fyne.io/fyne/v2/widget"

	"tracedesk/assets"
	"tracedesk/cgm"
	"tracedesk/clinic"
)

const (
	datesUS  = "Mar 4, 2024"
	datesISO = "2024-03-04"
	notSet   = "not set"
)

// showSettings asks for the practice's choices and this workstation's.
func (w *Window) showSettings() {
	set := w.desk.Settings()
	practice := widget.NewEntry()
	practice.SetText(set.Practice)
	practice.SetPlaceHolder("printed at the head of documents")
	address := widget.NewEntry()
	address.SetText(set.Address)
	address.SetPlaceHolder("in one line, printed beside the name")
	logo := widget.NewButton("Choose a picture…", func() {
		w.pickFile(nil, func(path string) {
			if err := w.desk.SaveLogo(path); err != nil {
				w.fail(err)
			}
		})
	})
	names := widget.NewEntry()
	names.SetText(set.DocumentNames)
	names.SetPlaceHolder(clinic.DefaultDocumentNames)
	choice := func(now string, all ...string) *widget.RadioGroup {
		r := widget.NewRadioGroup(all, nil)
		r.Horizontal, r.Required = true, true
		r.SetSelected(now)
		return r
	}
	unit := choice(string(set.Unit), string(cgm.MgDL), string(cgm.MmolL))
	paper := choice(string(set.Paper), string(clinic.Letter), string(clinic.A4))
	dates := choice(map[bool]string{false: datesUS, true: datesISO}[set.ISODates], datesUS, datesISO)
	appearance := choice(w.app.Preferences().StringWithFallback(prefAppearance, string(AppearanceSystem)), string(AppearanceSystem), string(AppearanceLight), string(AppearanceDark), string(AppearanceContrast))
	minutes := widget.NewSelect([]string{"5", "10", "15", "30", "60"}, nil)
	minutes.SetSelected(strconv.Itoa(set.LockAfter()))
	years := widget.NewSelect([]string{notSet, "6", "7", "8", "10", "15", "20", "30"}, nil)
	years.SetSelected(notSet)
	if set.RetentionYears > 0 {
		years.SetSelected(strconv.Itoa(set.RetentionYears))
	}
	about := quiet("Tracedesk " + assets.Version + ". Computed findings are drafts until a clinician has reviewed the trace and signed. Billing indicators show whether documentation is present under these settings; they do not decide coverage or payment.")
	form := dialog.NewForm("Settings", "Save", "Cancel", []*widget.FormItem{
		widget.NewFormItem("Practice", practice),
		widget.NewFormItem("Address", address),
		widget.NewFormItem("Logo", logo),
		widget.NewFormItem("Unit", unit),
		widget.NewFormItem("Paper", paper),
		widget.NewFormItem("Dates", dates),
		{Text: "File names", Widget: names, HintText: "{last} {first} {birth} {number} {date} {kind}, for the import of an EHR"},
		widget.NewFormItem("Appearance", appearance),
		widget.NewFormItem("Lock after minutes", minutes),
		{Text: "Point out after years", Widget: years, HintText: "recordings older than that; nothing is deleted by itself"},
		widget.NewFormItem("", about),
	}, func(save bool) {
		if !save {
			return
		}
		set.Practice, set.Address, set.Unit, set.Paper, set.ISODates = practice.Text, address.Text, cgm.Unit(unit.Selected), clinic.Paper(paper.Selected), dates.Selected == datesISO
		set.DocumentNames = strings.TrimSpace(names.Text)
		set.LockMinutes, _ = strconv.Atoi(minutes.Selected)  // always one of the numbers above
		set.RetentionYears, _ = strconv.Atoi(years.Selected) // 0 where it is not set
		if err := w.desk.Store.SaveSettings(set); err != nil {
			w.fail(err)
			return
		}
		w.app.Preferences().SetString(prefAppearance, appearance.Selected)
		w.app.Settings().SetTheme(newTheme(Appearance(appearance.Selected)))
		w.showHome()
	}, w.win)
	form.Resize(fyne.NewSize(640, 460))
	form.Show()
}
