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

// settingsForm is the practice's choices and this workstation's as they are typed.
type settingsForm struct {
	w                               *Workstation
	set                             clinic.Settings // as they were
	practice, address, called, zone *shell.Entry
	unit, paper, dates, appearance  *widget.RadioGroup
	minutes, years                  *shell.Select
	appearances                     map[string]shell.Appearance // as they are shown
}

// showSettings asks for the practice's choices and this workstation's.
func (w *Workstation) showSettings() {
	f := &settingsForm{w: w, set: w.desk.Settings()}
	f.enterDocuments()
	f.enterWorkstation()
	w.AskItems(shell.FormKey{}, say.L("Settings"), say.L("Save"), f.items(), f.save)
}

// enterDocuments makes the fields of what documents show.
func (f *settingsForm) enterDocuments() {
	filled := func(text, hint string) *shell.Entry {
		e := shell.NewEntry()
		e.SetText(text)
		e.SetPlaceHolder(hint)
		return e
	}
	f.practice = filled(f.set.Practice, say.L("printed at the head of documents"))
	f.address = filled(f.set.Address, say.L("in one line, printed beside the name"))
	f.called = filled(f.set.DocumentNames, wording.DefaultDocumentNames)
	f.zone = filled(f.set.TimeZone, say.L("this computer's, or as America/Chicago"))
	f.unit = oneOf(string(f.set.Unit), string(cgm.MgDL), string(cgm.MmolL))
	f.paper = oneOf(string(f.set.Paper), string(clinic.Letter), string(clinic.A4))
	dates := say.L(datesUS)
	if f.set.ISODates {
		dates = say.L(datesISO)
	}
	f.dates = oneOf(dates, say.L(datesUS), say.L(datesISO))
}

// enterWorkstation makes the fields of how the program behaves.
func (f *settingsForm) enterWorkstation() {
	f.appearances = map[string]shell.Appearance{}
	var shown []string
	for _, a := range []shell.Appearance{
		shell.AppearanceSystem, shell.AppearanceLight, shell.AppearanceDark, shell.AppearanceContrast,
	} {
		shown = append(shown, say.L(string(a)))
		f.appearances[say.L(string(a))] = a
	}
	f.appearance = oneOf(say.L(string(f.w.Preferences().Appearance())), shown...)
	f.minutes = shell.NewSelect([]string{"5", "10", "15", "30", "60"}, nil)
	f.minutes.SetSelected(strconv.Itoa(f.set.LockAfter()))
	f.years = shell.NewSelect([]string{say.L(notSet), "6", "7", "8", "10", "15", "20", "30"}, nil)
	f.years.SetSelected(say.L(notSet))
	if f.set.RetentionYears > 0 {
		f.years.SetSelected(strconv.Itoa(f.set.RetentionYears))
	}
}

func oneOf(now string, all ...string) *widget.RadioGroup {
	r := widget.NewRadioGroup(all, nil)
	r.Horizontal, r.Required = true, true
	r.SetSelected(now)
	return r
}

func (f *settingsForm) items() []*widget.FormItem {
	logo := shell.NewButton(say.L("Choose a picture…"), func() {
		f.w.PickFile(func(path string) {
			if err := f.w.desk.Office().SaveLogo(path); err != nil {
				f.w.Fail(err)
			}
		})
	})
	about := shell.Quiet(say.L("Tracedesk ") + assets.Version +
		say.L(". Computed findings are drafts until a clinician has reviewed the trace and signed. Billing indicators "+
			"show whether documentation is present under these settings; they do not decide coverage or payment."))
	return []*widget.FormItem{
		widget.NewFormItem(say.L("Practice"), f.practice),
		widget.NewFormItem(say.L("Address"), f.address),
		widget.NewFormItem(say.L("Logo"), logo),
		widget.NewFormItem(say.L("Unit"), f.unit),
		widget.NewFormItem(say.L("Paper"), f.paper),
		widget.NewFormItem(say.L("Dates"), f.dates),
		{Text: say.L("Time zone"), Widget: f.zone, HintText: say.L("times of day of a G6 Pro reader's wear")},
		{
			Text: say.L("File names"), Widget: f.called,
			HintText: say.L("{last} {first} {birth} {number} {date} {kind}, for the import of an EHR"),
		},
		widget.NewFormItem(say.L("Appearance"), f.appearance),
		widget.NewFormItem(say.L("Lock after minutes"), f.minutes),
		{
			Text: say.L("Point out after years"), Widget: f.years,
			HintText: say.L("recordings older than that; nothing is deleted by itself"),
		},
		widget.NewFormItem("", about),
	}
}

// save keeps the settings, unless the time zone is not one.
func (f *settingsForm) save(failed func(error)) {
	set := f.set
	set.Practice, set.Address = f.practice.Text, f.address.Text
	set.Unit, set.Paper = cgm.Unit(f.unit.Selected), clinic.Paper(f.paper.Selected)
	set.ISODates = f.dates.Selected == say.L(datesISO)
	if _, err := clinic.ParseZone(f.zone.Text); err != nil {
		failed(err)
		return
	}
	set.TimeZone = strings.TrimSpace(f.zone.Text)
	set.DocumentNames = strings.TrimSpace(f.called.Text)
	set.LockMinutes, _ = strconv.Atoi(f.minutes.Selected)  // always one of the choices
	set.RetentionYears, _ = strconv.Atoi(f.years.Selected) // 0 where it is not set
	if err := f.w.desk.Office().SaveSettings(set); err != nil {
		failed(err)
		return
	}
	f.w.Preferences().SetAppearance(f.appearances[f.appearance.Selected])
	f.w.showHome()
}
