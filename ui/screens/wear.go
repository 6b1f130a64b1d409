package screens

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"tracedesk/cgm"
	"tracedesk/clinic"
	"tracedesk/clinic/wording"
	"tracedesk/device"
	"tracedesk/report/chart"
	"tracedesk/ui/present"
	"tracedesk/ui/say"
	"tracedesk/ui/shell"
	"tracedesk/workflow"
)

// openView reads one view of a wear beside the window and shows it.
func openView[V any](w *Workstation, id string, read func(id string) (V, error), show func(V)) {
	doing(w, say.L("Opening the wear"), func() (V, error) { return read(id) }, func(err error) {
		w.clearSelection()
		w.Fail(err)
	}, show)
}

// openWear shows a stored wear's profile below a message, if there is one.
func (w *Workstation) openWear(id, message string) {
	openView(w, id, w.desk.Wear, func(wear *present.Wear) { w.showWear(wear, message) })
}

// openTrace shows a stored wear's trace.
func (w *Workstation) openTrace(id string) {
	openView(w, id, w.desk.Wear, w.showTrace)
}

// wearView is one wear: the check and the documents at the left, the profile
// and the days at the right, the patient above all.
type wearView struct {
	w    *Workstation
	wear *present.Wear
}

func (w *Workstation) showWear(wear *present.Wear, message string) {
	v := &wearView{w, wear}
	left := shell.Column()
	if message != "" {
		left.Add(v.banner(theme.InfoIcon(), theme.ColorNamePrimary, message))
	}
	left.Add(v.check())
	left.Add(widget.NewSeparator())
	left.Add(v.documents())
	split := container.NewHSplit(shell.Scrolling(left), v.profiles())
	split.SetOffset(0.36)
	s := w.wearScreen(wear.Head(), say.L(viewProfile), split)
	s.Primary = v.issue
	w.Show(s)
}

// showTrace shows the trace of the whole wear, and day by day.
func (w *Workstation) showTrace(wear *present.Wear) {
	v := &wearView{w, wear}
	trace := newTraceView(wear.Facts)
	trace.add = v.askEvent
	tabs := container.NewAppTabs(container.NewTabItem(say.L("Whole wear"), trace.tab()),
		container.NewTabItem(say.L("Day by day"), v.days()))
	s := w.wearScreen(wear.Head(), say.L(viewTrace), tabs)
	s.Primary, s.Focus = v.issue, trace
	w.Show(s)
}

// askEvent asks what happened at a time: meal, insulin, exercise.
func (v *wearView) askEvent(at cgm.WallTime) {
	when, amount, text := shell.NewEntry(), shell.NewEntry(), shell.NewEntry()
	when.SetText(strings.TrimSuffix(at.String(), ":00"))
	kind := shell.NewSelect(present.EventKinds, nil)
	kind.SetSelectedIndex(0)
	amount.SetPlaceHolder(say.L("grams, units or minutes; may be empty"))
	v.w.AskItems(shell.FormKey{Kind: formEvent, ID: v.wear.ID}, say.L("Add to the patient's log – ")+v.wear.Identity(),
		say.L("Add"), []*widget.FormItem{
			widget.NewFormItem(say.L("When"), when), widget.NewFormItem(say.L("What"), kind),
			widget.NewFormItem(say.L("How much"), amount), widget.NewFormItem(say.L("Words"), text),
		}, func(failed func(error)) {
			if err := v.w.desk.Interpretations().AddEvent(v.wear.ID, when.Text, kind.Selected, amount.Text,
				text.Text); err != nil {
				failed(err)
				return
			}
			v.w.openTrace(v.wear.ID)
		})
}

// profiles is the profile with the choice of its days.
func (v *wearView) profiles() fyne.CanvasObject {
	room := container.NewStack(v.profile())
	said := shell.Quiet("")
	said.Hide()
	choice := shell.NewSelect(v.wear.DayChoices(), nil)
	choice.SetSelected(present.AllDays)
	choice.OnChanged = func(chosen string) {
		some, days, ok := v.wear.OnDays(chosen)
		switch {
		case !ok:
			said.SetText(say.L("There is no reading on these days."))
			some = v.wear
		case chosen == present.AllDays:
			said.SetText("")
		default:
			said.SetText(fmt.Sprintf(say.L("Figures and profile of %s out of %d. The check and the documents are of the "+
				"whole wear."), wording.Counted(days, "day"), len(v.wear.Facts.Analysis.Days)))
		}
		said.Hidden = said.Text == ""
		room.Objects = []fyne.CanvasObject{(&wearView{v.w, some}).profile()}
		room.Refresh()
	}
	return container.NewBorder(container.NewBorder(nil, nil, container.NewHBox(widget.NewLabel(say.L("Days")), choice),
		nil, said), nil, nil, nil, container.NewScroll(room))
}

// banner is a statement in a frame with an icon.
func (v *wearView) banner(icon fyne.Resource, name fyne.ThemeColorName, text string) fyne.CanvasObject {
	frame := canvas.NewRectangle(theme.Color(theme.ColorNameInputBackground))
	frame.StrokeColor, frame.StrokeWidth, frame.CornerRadius = theme.Color(name), 2, 6
	said := shell.Heading(text)
	said.Wrapping = fyne.TextWrapWord
	return container.NewStack(frame, container.NewBorder(nil, nil, container.NewPadded(widget.NewIcon(icon)), nil, said))
}

// check is the answer of the 72-hour check with its reasons.
func (v *wearView) check() fyne.CanvasObject {
	check := v.wear.Facts.Check
	color := theme.ColorNameWarning
	switch check.Result {
	case clinic.Met:
		color = theme.ColorNameSuccess
	case clinic.NotMet:
		color = theme.ColorNameError
	}
	box := shell.Column(v.banner(checkIcon(check.Result == clinic.Met), color, v.wear.CheckTitle()),
		shell.Words(wording.CheckSentence(check)), shell.Facts(v.wear.Reasons()))
	box.Add(shell.NewChart(fyne.NewSize(200, 52), v.wear.Facts.Settings, say.L("What was recorded along the wear: ")+
		wording.CheckSentence(check), func(on chart.Surface, b chart.Box, style chart.Style) {
		chart.Timeline(on, chart.Box{X: b.X + 8, Y: b.Y + style.Small*1.7, W: b.W - 16, H: 12},
			v.wear.Facts.Recording, style)
	}))
	box.Add(shell.Quiet(say.L("Counted by ") + wording.CheckMethod(check) + "."))
	for _, note := range v.wear.Facts.Notes {
		box.Add(shell.Warning(note))
	}
	return box
}

// documents makes both PDFs, prints them, and lists those that were made.
func (v *wearView) documents() fyne.CanvasObject {
	folder := shell.Quiet(say.L("Saved to ") + v.w.folder())
	change := shell.NewButton(say.L("Change…"), func() {
		v.w.PickFolder(func(dir string) {
			v.w.Preferences().SetFolder(dir)
			folder.SetText(say.L("Saved to ") + dir)
		})
	})
	change.Importance = widget.LowImportance
	both := shell.NewButtonWithIcon(say.L("Print both"), theme.DocumentPrintIcon(),
		func() { v.print(v.wear.Latest()...) })
	if len(v.wear.Latest()) < 2 {
		both.Disable()
	}
	language := shell.NewSelect(present.PatientLanguages, nil)
	language.SetSelectedIndex(0)
	page := shell.NewButton(say.L("Page for the patient"), func() { v.patientPage(language.Selected) })
	box := shell.Column(
		shell.Heading(say.L("Documents")),
		container.NewGridWithColumns(2,
			shell.PrimaryButton(say.L("Make both PDFs"), theme.DocumentCreateIcon(), v.issue), both),
		container.NewBorder(nil, nil, nil, language, page),
		container.NewBorder(nil, nil, nil, change, folder))
	for _, d := range v.wear.Documents {
		open := shell.NewButtonWithIcon(say.L("Open"), theme.VisibilityIcon(), func() { v.open(d) })
		print := shell.NewButtonWithIcon("", theme.DocumentPrintIcon(), func() { v.print(d) })
		box.Add(container.NewBorder(nil, nil, nil, container.NewHBox(open, print), shell.Words(present.DocumentTitle(d))))
	}
	if len(v.wear.Documents) == 0 {
		box.Add(shell.Quiet(say.L("None made yet. The printout is for 95250; the interpretation for 95251 is a draft " +
			"that the clinician completes and signs.")))
	}
	return box
}

// patientPage saves the page for the patient and opens it.
func (v *wearView) patientPage(language string) {
	dir := v.w.folder()
	doing(v.w, say.L("Making the page"),
		func() (string, error) { return v.w.desk.Documents().PatientPage(v.wear, language, dir) }, v.w.Fail, v.w.OpenPath)
}

// print gives documents to the printer, or opens them where there is none.
func (v *wearView) print(documents ...clinic.Document) {
	var paths []string
	dir := v.w.folder()
	v.w.Work(say.L("Printing"), func(context.Context, device.Progress) (err error) {
		paths, err = v.w.desk.Documents().Print(v.wear, dir, documents...)
		return err
	}, func(err error) {
		switch {
		case errors.Is(err, workflow.ErrNoPrinter):
			for _, path := range paths {
				v.w.OpenPath(path)
			}
			v.w.Tell(say.L("Print from the viewer"), present.Sentence(err)+
				say.L(" The documents are opened in the viewer: print them from there."))
		case err != nil:
			v.w.Fail(err)
		default:
			v.w.Tell(say.L("Printing"), wording.Counted(len(paths), "document")+say.L(" given to the printer."))
		}
	})
}

func (v *wearView) issue() {
	dir := v.w.folder()
	doing(v.w, say.L("Making both PDFs"),
		func() (*workflow.Documents, error) { return v.w.desk.Documents().Issue(v.wear.ID, dir) }, v.w.Fail,
		func(issued *workflow.Documents) {
			message := say.L("Both PDFs are made and saved.")
			if undrawable := string(issued.Printout.Undrawable); undrawable != "" {
				message += fmt.Sprintf(say.L(" Their font cannot draw “%s”: it is printed as Unicode numbers, and the pages "+
					"say so."), undrawable)
			}
			v.w.openWear(v.wear.ID, message)
		})
}

func (v *wearView) open(d clinic.Document) {
	dir := v.w.folder()
	doing(v.w, say.L("Opening the document"),
		func() ([]string, error) { return v.w.desk.Documents().WriteAgain(v.wear, dir, d) }, v.w.Fail, func(paths []string) {
			v.w.OpenPath(paths[0])
		})
}

// profile is the time in ranges, the figures, and the ambulatory profile.
func (v *wearView) profile() fyne.CanvasObject {
	f := v.wear.Facts
	shares := f.Analysis.Summary.Shares
	ranges := shell.NewChart(fyne.NewSize(380, 196), f.Settings, v.wear.RangesInWords(),
		func(on chart.Surface, b chart.Box, style chart.Style) {
			chart.Ranges(on, chart.Box{X: 4, Y: 6, W: b.W - 12, H: b.H - 12}, shares, style)
		})
	days := wording.Counted(len(f.Analysis.Days), "day")
	profile := shell.NewChart(fyne.NewSize(420, 220), f.Settings, say.L("The ambulatory profile of ")+days,
		func(on chart.Surface, b chart.Box, style chart.Style) {
			left, right := style.Small*3, style.Small*3.4
			box := chart.Box{X: left, Y: 8, W: b.W - left - right, H: b.H - 8 - style.Small*1.7}
			if !chart.Profile(on, box, f.Analysis.Profile, style) {
				on.Text(chart.Point{X: box.X + box.W/2, Y: box.Y + 24},
					say.L("No profile: an hour needs readings from at least two days."),
					chart.Text{Size: style.Small * 1.1, Color: style.Palette.Ink, Align: chart.Center})
			}
		})
	top := container.NewBorder(nil, nil, shell.Figures(v.wear.Figures()), nil, ranges)
	return container.NewBorder(top,
		shell.Quiet(fmt.Sprintf(say.L("%s against the hour of the day, all days together. Based on %s; 14 are "+
			"recommended."), f.Settings.Unit, days)), nil, nil, profile)
}

// days are the daily traces, one below the other.
func (v *wearView) days() fyne.CanvasObject {
	days := v.wear.Facts.Analysis.Days
	return shell.NewList(
		func() int { return len(days) },
		func() fyne.CanvasObject {
			return container.NewBorder(shell.Bold(""), nil, nil, nil,
				shell.NewChart(fyne.NewSize(420, 112), v.wear.Facts.Settings, "", nil))
		},
		func(i widget.ListItemID, row fyne.CanvasObject) {
			parts := row.(*fyne.Container).Objects
			parts[1].(*widget.Label).SetText(v.wear.DayTitle(i))
			view := parts[0].(*shell.Chart)
			view.Label = v.wear.DayTitle(i)
			view.Draw = func(on chart.Surface, b chart.Box, style chart.Style) { v.day(&days[i], on, b, style) }
			view.Refresh()
		},
	)
}

func (v *wearView) day(d *cgm.Day, on chart.Surface, b chart.Box, style chart.Style) {
	r := v.wear.Facts.Recording
	left := style.Small * 3
	box := chart.Box{X: left, Y: 4, W: b.W - left - 18, H: b.H - 4 - style.Small*1.7}
	chart.Day(on, box, d, style,
		chart.DayOptions{
			IntervalSeconds: r.IntervalSeconds, HourLabels: true, ValueLabels: true, Events: r.Events,
			Episodes: v.wear.Facts.Analysis.Episodes,
		})
}
