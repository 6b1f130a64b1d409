package screens

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"tracedesk/cgm"
	"tracedesk/clinic"
	"tracedesk/clinic/steps"
	"tracedesk/device"
	"tracedesk/report/chart"
	"tracedesk/ui/present"
	"tracedesk/ui/say"
	"tracedesk/ui/shell"
)

// openInterpretation shows the interpretation of a wear, in the making or signed.
func (w *Workstation) openInterpretation(id, message string) {
	openView(w, id, w.desk.Interpretations().Open,
		func(i *present.Interpretation) { _ = w.showInterpretation(i, message) })
}

// interpretView is the interpretation being written.
type interpretView struct {
	w        *Workstation
	i        *present.Interpretation
	findings *fyne.Container
	before   [][]clinic.DraftFinding // the findings as they were before each change
	takeBack *shell.Button

	indication, therapy, a1c, assessment, plan, followUp, told, log *shell.Entry
}

// The states of a finding in the words of the screen.
const (
	keepIt = "keep"
	dropIt = "drop"
)

func (w *Workstation) showInterpretation(i *present.Interpretation, message string) *interpretView {
	v := &interpretView{w: w, i: i}
	body := shell.Column()
	if message != "" {
		body.Add(doneMessage(message))
	}
	if i.Stale != "" {
		body.Add(shell.Warning(i.Stale))
	}
	if i.Signed != nil {
		w.Show(w.wearScreen(i.Head(), say.L(viewInterpretation), shell.Scrolling(v.signed(body))))
		return v
	}
	v.findings = shell.Column()
	v.takeBack = shell.NewButtonWithIcon(say.L("Undo"), theme.ContentUndoIcon(), v.undo)
	v.takeBack.Disable()
	v.fillFindings()
	v.entries()
	left := container.NewBorder(container.NewVBox(body, shell.Heading(say.L("Findings drafted from the numbers")),
		shell.Quiet(say.L("They describe the data only. Check each against the trace; keep it, change its words, or "+
			"drop it."))), v.addFinding(), nil, nil, shell.Scrolling(v.findings))
	form := widget.NewForm(
		widget.NewFormItem(say.L("Indication"), v.indication), widget.NewFormItem(say.L("Therapy"), v.therapy),
		widget.NewFormItem(say.L("A1C and date"), v.a1c),
		widget.NewFormItem(say.L("Assessment"), v.assessment), widget.NewFormItem(say.L("Plan"), v.plan),
		widget.NewFormItem(say.L("Follow-up"), v.followUp), widget.NewFormItem(say.L("Told to patient"), v.told),
		&widget.FormItem{
			Text: say.L("Patient's log"), Widget: v.log,
			HintText: say.L("drawn on the traces; a line each: 2026-05-05 08:05,carbs,45,toast"),
		})
	save := shell.NewButtonWithIcon(say.L("Save"), theme.DocumentSaveIcon(), func() {
		v.save(func() { w.openInterpretation(i.ID, say.L("Saved. It is not signed yet.")) })
	})
	preview := shell.NewButtonWithIcon(say.L("Save and preview"), theme.VisibilityIcon(), func() { v.save(v.preview) })
	sign := shell.PrimaryButton(say.L("Save and sign…"), theme.ConfirmIcon(), func() { v.save(v.askSignature) })
	if !w.desk.User().MaySign() {
		sign.Disable()
	}
	right := container.NewBorder(shell.Heading(say.L("The clinician's part")),
		container.NewHScroll(container.NewHBox(save, preview, sign)), nil, nil, shell.FormScroll(form))
	split := container.NewHSplit(left, right)
	split.SetOffset(0.54)
	s := w.wearScreen(i.Head(), say.L(viewInterpretation), split)
	s.Save, s.Undo = save.OnTapped, v.undo
	s.Form = shell.NewForm(shell.FormKey{Kind: formInterpretation, ID: i.ID}, form,
		func() any { return v.i.Draft.Findings })
	w.Show(s)
	return v
}

func (v *interpretView) entries() {
	d := &v.i.Draft
	line := func(text string) *shell.Entry {
		e := shell.NewEntry()
		e.SetText(text)
		return e
	}
	several := func(text string, rows int) *shell.Entry {
		e := shell.NewMultiLineEntry()
		e.Wrapping = fyne.TextWrapWord
		e.SetMinRowsVisible(rows)
		e.SetText(text)
		return e
	}
	v.indication, v.therapy, v.a1c = line(d.Indication), line(d.Therapy), line(d.A1C)
	v.assessment, v.plan, v.followUp, v.told = several(d.Assessment, 4), several(d.Plan, 3), several(d.FollowUp, 2),
		several(d.Told, 2)
	var lines []string
	for _, e := range d.Log {
		lines = append(lines, e.Line())
	}
	v.log = several(strings.Join(lines, "\n"), 3)
}

// changing keeps the findings for undo. It is called before each change.
func (v *interpretView) changing() {
	v.before = append(v.before, slices.Clone(v.i.Draft.Findings))
	v.takeBack.Enable()
}

// undo takes back the last change to the findings.
func (v *interpretView) undo() {
	if n := len(v.before); n > 0 {
		v.i.Draft.Findings = v.before[n-1]
		v.before = v.before[:n-1]
		v.fillFindings()
	}
	if len(v.before) == 0 {
		v.takeBack.Disable()
	}
}

// fillFindings shows each finding with its state and its buttons.
func (v *interpretView) fillFindings() {
	v.findings.RemoveAll()
	group := cgm.FindingGroup(255)
	for n := range v.i.Draft.Findings {
		f := &v.i.Draft.Findings[n]
		if f.Group != group {
			group = f.Group
			v.findings.Add(shell.Bold(say.L(clinic.GroupTitle(group))))
		}
		v.findings.Add(v.finding(f))
	}
}

func (v *interpretView) finding(f *clinic.DraftFinding) fyne.CanvasObject {
	choice := widget.NewRadioGroup([]string{say.L(keepIt), say.L(dropIt)}, nil)
	choice.Horizontal = true
	switch f.State {
	case clinic.FindingDropped:
		choice.SetSelected(say.L(dropIt))
	case clinic.FindingKept, clinic.FindingChanged, clinic.FindingAdded:
		choice.SetSelected(say.L(keepIt))
	}
	choice.OnChanged = func(which string) {
		v.changing()
		switch {
		case which == say.L(dropIt):
			f.State = clinic.FindingDropped
		case which == "":
			f.State = ""
		case f.Draft == "":
			f.State = clinic.FindingAdded
		case f.Text != f.Draft:
			f.State = clinic.FindingChanged
		default:
			f.State = clinic.FindingKept
		}
	}
	text := shell.Words(f.Text)
	change := shell.NewButtonWithIcon("", theme.DocumentCreateIcon(), func() { v.change(f) })
	change.Importance = widget.LowImportance
	right := container.NewVBox(container.NewHBox(choice, change))
	if day := v.i.ExampleDay(f); day != nil {
		right.Add(v.picture(day))
	}
	return container.NewBorder(nil, nil, nil, right, text)
}

// picture draws a day on which a finding can be checked.
func (v *interpretView) picture(day *cgm.Day) fyne.CanvasObject {
	name := v.i.Settings.ShortDate(day.Date)
	return shell.NewChart(fyne.NewSize(150, 58), v.i.Settings, say.L("The trace of ")+name,
		func(on chart.Surface, b chart.Box, style chart.Style) {
			on.Text(chart.Point{X: 0, Y: style.Small}, name, chart.Text{Size: style.Small, Color: style.Palette.Muted})
			chart.Day(on, chart.Box{X: 1, Y: style.Small * 1.4, W: b.W - 4, H: b.H - style.Small*1.6}, day, style,
				chart.DayOptions{IntervalSeconds: v.i.Facts.Recording.IntervalSeconds, Episodes: v.i.Facts.Analysis.Episodes})
		})
}

// change words a finding anew.
func (v *interpretView) change(f *clinic.DraftFinding) {
	e := shell.NewMultiLineEntry()
	e.Wrapping = fyne.TextWrapWord
	e.SetMinRowsVisible(4)
	e.SetText(f.Text)
	v.w.AskForm(shell.FormKey{}, say.L("Word the finding – ")+v.i.Identity(), say.L("Use these words"), e,
		func(func(error)) {
			v.changing()
			f.Text = strings.TrimSpace(e.Text)
			if f.State = clinic.FindingChanged; f.Draft == "" {
				f.State = clinic.FindingAdded
			}
			v.fillFindings()
		})
}

// addFinding has the buttons that add a finding of the clinician's own, and that keep
// all findings without a decision.
func (v *interpretView) addFinding() fyne.CanvasObject {
	groups := []string{
		say.L(clinic.GroupTitle(cgm.Lows)), say.L(clinic.GroupTitle(cgm.Highs)), say.L(clinic.GroupTitle(cgm.Variability)),
		say.L(clinic.GroupTitle(cgm.DataLimits)),
	}
	add := shell.NewButtonWithIcon(say.L("Add a finding…"), theme.ContentAddIcon(), func() {
		group := shell.NewSelect(groups, nil)
		group.SetSelectedIndex(0)
		e := shell.NewMultiLineEntry()
		e.SetMinRowsVisible(3)
		v.w.AskForm(shell.FormKey{}, say.L("Add a finding – ")+v.i.Identity(), say.L("Add"), container.NewVBox(group, e),
			func(func(error)) {
				if text := strings.TrimSpace(e.Text); text != "" {
					v.changing()
					v.i.Draft.AddFinding(cgm.FindingGroup(group.SelectedIndex()), text)
					v.fillFindings()
				}
			})
	})
	all := shell.NewButton(say.L("Keep all the rest"), func() {
		v.changing()
		for n := range v.i.Draft.Findings {
			if f := &v.i.Draft.Findings[n]; f.State == "" {
				f.State = clinic.FindingKept
			}
		}
		v.fillFindings()
	})
	return container.NewHScroll(container.NewHBox(add, all, v.takeBack))
}

// written gives the draft with the typed texts.
func (v *interpretView) written() (clinic.Interpretation, error) {
	d := v.i.Draft
	d.Log = nil
	for _, line := range strings.Split(v.log.Text, "\n") {
		if strings.TrimSpace(line) == "" {
			continue
		}
		e, err := clinic.ParseLogEntry(line)
		if err != nil {
			return d, err
		}
		d.Log = append(d.Log, e)
	}
	d.Indication, d.Therapy, d.A1C = v.indication.Text, v.therapy.Text, v.a1c.Text
	d.Assessment, d.Plan, d.FollowUp, d.Told = v.assessment.Text, v.plan.Text, v.followUp.Text, v.told.Text
	return d, nil
}

func (v *interpretView) save(then func()) {
	d, err := v.written()
	if err != nil {
		v.w.Fail(err)
		return
	}
	v.w.Work(say.L("Saving"),
		func(context.Context, device.Progress) error { return v.w.desk.Interpretations().Save(v.i.ID, d) },
		orElse(v.w.Fail, then))
}

// preview opens the draft as a PDF.
func (v *interpretView) preview() {
	dir := v.w.folder()
	doing(v.w, say.L("Making the preview"), func() (string, error) { return v.w.desk.Documents().Preview(v.i.ID, dir) },
		v.w.Fail, v.w.OpenPath)
}

// askSignature asks for the passphrase, which is the signature.
func (v *interpretView) askSignature() {
	passphrase, reason := shell.NewPasswordEntry(), shell.NewEntry()
	u := v.w.desk.User()
	form := widget.NewForm(widget.NewFormItem(say.L("Passphrase"), passphrase))
	text := say.L("You sign as ") + u.Title() +
		say.L(" that you reviewed the glucose trace itself and that this interpretation is yours. It binds the text, "+
			"the recording, the settings and the PDF; later changes are addenda.")
	if v.i.LateBy > 0 {
		text += fmt.Sprintf(say.L(" It was written %d days ago: the signature is late and is given with an attestation."),
			v.i.LateBy)
		form.Append(say.L("Reason of the delay"), reason)
	}
	v.w.AskForm(shell.FormKey{}, say.L("Sign – ")+v.i.Identity(), say.L("Sign"),
		container.NewVBox(shell.Words(text), form), func(failed func(error)) {
			v.w.Work(say.L("Signing"), func(context.Context, device.Progress) error {
				return v.w.desk.Interpretations().Sign(v.i, passphrase.Text, reason.Text)
			}, func(err error) {
				switch {
				case present.WrongPassphrase(err):
					failed(err)
				case err != nil: // there is something to do before it can be signed
					v.w.Fail(err)
				default:
					v.w.openInterpretation(v.i.ID, say.L("Signed."))
				}
			})
		})
}

// signed is the signed interpretation with its addenda.
func (v *interpretView) signed(box *fyne.Container) *fyne.Container {
	g := v.i.Signed.Signature
	box.Add(shell.Heading(say.L("Electronically signed by ") + g.By.Title()))
	box.Add(shell.Quiet(g.At + ", " + string(g.Meaning)))
	box.Add(shell.Words(v.i.Signed.Interpretation.Plain()))
	for n := range v.i.History {
		if r := &v.i.History[n]; r.Step == steps.Addendum {
			box.Add(shell.Heading(say.L("Addendum by ") + r.Signature.By.Title() + ", " + r.Signature.At))
			box.Add(shell.Words(r.Text))
		}
	}
	add := shell.NewButtonWithIcon(say.L("Sign an addendum…"), theme.ContentAddIcon(), v.askAddendum)
	if !v.w.desk.User().MaySign() {
		add.Disable()
	}
	box.Add(container.NewHBox(add))
	return box
}

func (v *interpretView) askAddendum() {
	text, passphrase := shell.NewMultiLineEntry(), shell.NewPasswordEntry()
	text.Wrapping = fyne.TextWrapWord
	text.SetMinRowsVisible(4)
	v.w.AskForm(shell.FormKey{Kind: formAddendum, ID: v.i.ID}, say.L("Addendum – ")+v.i.Identity(), say.L("Sign"),
		container.NewVBox(shell.Words(say.L("The addendum is added. The signed text stays as it is.")), text,
			widget.NewForm(widget.NewFormItem(say.L("Passphrase"), passphrase))), func(failed func(error)) {
			v.w.Work(say.L("Signing"), func(context.Context, device.Progress) error {
				return v.w.desk.Interpretations().AddAddendum(v.i.ID, text.Text, passphrase.Text)
			}, orElse(failed, func() {
				v.w.openInterpretation(v.i.ID, say.L("The addendum is signed."))
			}))
		})
}
