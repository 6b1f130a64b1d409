package screens

import (
	"errors"
	"slices"
	"strings"

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

// payersTab lists the payer profiles, which come from files and go to files.
func (w practiceView) payersTab() fyne.CanvasObject {
	all, err := w.desk.Office().Profiles()
	if err != nil {
		return shell.Warning(present.Sentence(err))
	}
	admin := w.desk.User().Administrator
	rows := shell.Column(shell.Words(say.L("How each payer reads the rules. A changed profile is another version; " +
		"what was filed under an earlier one stays as it was decided.")))
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
		if !admin || p.ID == billing.StrictID {
			change.Disable()
		}
		rows.Add(container.NewBorder(nil, nil, nil, container.NewHBox(container.NewVBox(change), container.NewVBox(save)),
			shell.Words(present.ProfileLine(p))))
	}
	read := shell.NewButtonWithIcon(say.L("Read a profile from a file…"), theme.FolderOpenIcon(), func() {
		w.PickFile(func(path string) {
			_, err := w.desk.Office().ImportProfile(path)
			w.practiceAfter(err)
		})
	})
	add := shell.NewButtonWithIcon(say.L("Add a payer…"), theme.ContentAddIcon(), func() {
		p := billing.StrictProfile()
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
func (w practiceView) askProfile(p billing.PayerProfile) {
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
	name, source, date := line(p.Name, ""), line(p.Source, say.L("the policy that this was taken from")),
		line(p.Date, "YYYY-MM-DD")
	hours := widget.NewRadioGroup([]string{say.L(hoursCaptured), say.L(hoursSpan)}, nil)
	hours.Required = true
	hours.SetSelected(hours.Options[slices.Index(present.HoursChoices, p.Hours)])
	month, thirty := tick(say.L("at most one a calendar month"), p.CalendarMonth),
		tick(say.L("at least 30 days between"), p.ThirtyDays)
	var caps []*shell.Entry
	for _, code := range billing.Codes {
		caps = append(caps, line(present.CapText(p, code), say.L("a year; empty for no limit")))
	}
	period := shell.NewSelect([]string{say.L(calendarYear), say.L(twelveMonths)}, nil)
	period.SetSelectedIndex(max(0, slices.Index(present.CapPeriods, p.CapPeriod)))
	prior, home, combine := tick(say.L("asked for before the wear"), p.PriorAuthorisation),
		tick(say.L("the sensor may be removed at home"), p.HomeRemoval),
		tick(say.L("sensors of one training may be counted together"), p.CombineSensors)
	further := line(strings.Join(p.DoNotCombine, ", "), say.L("codes, with commas between"))
	signers := widget.NewCheckGroup(clinic.SigningCredentials, nil)
	signers.Horizontal = true
	signers.SetSelected(p.SignersOrAll())
	w.AskItems(shell.FormKey{}, say.L("Payer profile"), say.L("Save"), []*widget.FormItem{
		widget.NewFormItem(say.L("Payer"), name), widget.NewFormItem(say.L("Source"), source),
		widget.NewFormItem(say.L("Its date"), date),
		widget.NewFormItem(say.L("The 72 hours are"), hours),
		widget.NewFormItem(say.L("How often"), container.NewVBox(month, thirty)),
		widget.NewFormItem("95250", caps[0]), widget.NewFormItem("95251", caps[1]),
		widget.NewFormItem(say.L("Counted over"), period),
		widget.NewFormItem(say.L("Authorisation"), prior), widget.NewFormItem(say.L("Removal"), home),
		widget.NewFormItem(say.L("Sensors"), combine),
		widget.NewFormItem(say.L("Not in one month"), further), widget.NewFormItem(say.L("May sign"), signers),
	}, func(failed func(error)) {
		if len(signers.Selected) == 0 {
			failed(errNoSigner)
			return
		}
		p.Name, p.Source, p.Date = name.Text, source.Text, date.Text
		p.Hours, p.CapPeriod = present.HoursChoices[slices.Index(hours.Options, hours.Selected)],
			present.CapPeriods[period.SelectedIndex()]
		p.CalendarMonth, p.ThirtyDays, p.PriorAuthorisation, p.HomeRemoval, p.CombineSensors = month.Checked,
			thirty.Checked, prior.Checked, home.Checked, combine.Checked
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
