package screens

import (
	"fmt"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"tracedesk/clinic"
	"tracedesk/clinic/billing"
	"tracedesk/clinic/forms"
	"tracedesk/clinic/steps"
	"tracedesk/ui/present"
	"tracedesk/ui/say"
	"tracedesk/ui/shell"
)

// openCase shows a wear's documentation below a message, if there is one.
func (w *Workstation) openCase(id, message string) {
	openView(w, id, w.desk.Case, func(c *present.Case) { w.showCase(c, message) })
}

// The views of a wear, in the order of their buttons and keys.
const (
	viewTrace          = "Trace"
	viewProfile        = "Profile"
	viewEvidence       = "Evidence"
	viewInterpretation = "Interpretation"
)

// wearScreen is a view of a wear. Above it stand the patient, the steps of the wear,
// and the buttons of the other views.
func (w *Workstation) wearScreen(h present.Head, current string, body fyne.CanvasObject) shell.Screen {
	back := shell.NewButtonWithIcon(say.L("To do"), theme.NavigateBackIcon(), w.showHome)
	s := shell.Screen{Body: body, Back: w.showHome}
	views := container.NewHBox()
	for _, v := range []struct {
		name string
		open func()
	}{
		{say.L(viewTrace), func() { w.openTrace(h.ID) }}, {say.L(viewProfile), func() { w.openWear(h.ID, "") }},
		{say.L(viewEvidence), func() { w.openCase(h.ID, "") }},
		{say.L(viewInterpretation), func() { w.openInterpretation(h.ID, "") }},
	} {
		b := shell.NewButton(v.name, v.open)
		if v.name == current {
			b.Importance = widget.HighImportance
		}
		if !h.Read && v.name != say.L(viewEvidence) {
			b.Disable()
		}
		views.Add(b)
		s.Views = append(s.Views, b)
	}
	s.Head = container.NewVBox(
		container.NewBorder(nil, nil, container.NewCenter(back), nil,
			container.NewVBox(shell.Title(h.Identity), shell.Quiet(h.Below))),
		container.NewBorder(nil, nil, nil, views,
			container.New(layout.NewCustomPaddedLayout(theme.InnerPadding(), 0, 0, 0), container.NewHScroll(wayStrip(h.Way)))))
	return s
}

// wayStrip draws the steps of a wear: those taken with a check mark, the next one
// bold with an arrow.
func wayStrip(way []steps.Mark) fyne.CanvasObject {
	strip := container.New(layout.NewCustomPaddedHBoxLayout(0))
	for _, m := range way {
		icon := theme.RadioButtonIcon()
		switch {
		case m.Done:
			icon = theme.ConfirmIcon()
		case m.Next:
			icon = theme.NavigateNextIcon()
		}
		name := widget.NewLabel(say.L(string(m.Step)))
		name.SizeName = theme.SizeNameCaptionText
		name.TextStyle.Bold = m.Next
		if !m.Done && !m.Next {
			name.Importance = widget.LowImportance
		}
		strip.Add(container.NewCenter(container.NewGridWrap(fyne.NewSquareSize(14), widget.NewIcon(icon))))
		strip.Add(name)
	}
	return strip
}

// caseView is the documentation of one wear.
type caseView struct {
	w *Workstation
	c *present.Case
}

func (w *Workstation) showCase(c *present.Case, message string) {
	v := &caseView{w, c}
	left := shell.Column()
	if message != "" {
		left.Add(doneMessage(message))
	}
	left.Add(shell.Heading(say.L("Next")))
	left.Add(v.steps())
	left.Add(widget.NewSeparator())
	for _, code := range billing.Codes {
		left.Add(v.status(code))
	}
	history := shell.Column(shell.Heading(say.L("What happened, the latest first")))
	for _, l := range c.Lines() {
		line := widget.NewLabelWithStyle(l.Title, fyne.TextAlignLeading, fyne.TextStyle{Bold: true})
		line.Wrapping = fyne.TextWrapWord
		history.Add(line)
		if l.Text != "" {
			history.Add(shell.Quiet(l.Text))
		}
	}
	split := container.NewHSplit(shell.Scrolling(left), shell.Scrolling(history))
	split.SetOffset(0.58)
	w.Show(w.wearScreen(c.Head(), say.L(viewEvidence), split))
}

// doneMessage is a message behind an information sign.
func doneMessage(text string) fyne.CanvasObject {
	return container.NewBorder(nil, nil, container.NewVBox(widget.NewIcon(theme.InfoIcon())), nil, shell.Words(text))
}

// steps are the buttons that record a step, the next one first.
func (v *caseView) steps() fyne.CanvasObject {
	var buttons []fyne.CanvasObject
	cell := fyne.NewSize(0, 0)
	next := map[steps.Stage]string{steps.StageOrdered: "place", steps.StageOut: "return", steps.StageDue: "return",
		steps.StageOverdue: "return", steps.StageToFile: "file", steps.StageReady: "bill"}[v.c.Stage]
	for _, use := range []string{"place", "return", "clean", "answer", "file", "bill", "reorder", "fail", "lose"} {
		kind := forms.KindOf(use)
		b := shell.NewButton(say.L(kind.Title), func() { v.step(use, nil) })
		if use == next {
			b.Importance = widget.HighImportance
		}
		buttons = append(buttons, b)
		cell = cell.Max(b.MinSize())
	}
	packet := shell.NewButtonWithIcon(say.L("Save the evidence packet"), theme.DocumentSaveIcon(), v.export)
	return shell.Column(container.NewGridWrap(cell, buttons...), container.NewHBox(packet))
}

func (v *caseView) step(use string, preset func(*forms.Input)) {
	v.w.askStep(use, v.c.ID, v.c.Identity(), preset,
		func() { v.w.openCase(v.c.ID, say.L(forms.KindOf(use).Title)+say.L(": recorded.")) })
}

func (v *caseView) export() {
	dir := v.w.folder()
	doing(v.w, say.L("Making the packet"), func() (string, error) { return v.w.desk.Documents().Export(v.c.ID, dir) },
		v.w.Fail, func(path string) {
			v.w.OpenPath(path)
			v.w.openCase(v.c.ID, say.L("The packet is saved as ")+path+".")
		})
}

// status is the state of the documentation for a code: the sentence, the missing
// requirements with their buttons, and the number of those that are met.
func (v *caseView) status(code clinic.Code) fyne.CanvasObject {
	s := v.c.Status(code)
	day := say.L("date of service not known yet")
	if d, known := v.c.ServiceDate(code); known {
		day = say.L("date of service ") + v.c.Settings.Date(d)
	}
	state := say.L("Documentation incomplete for ")
	if s.Complete {
		state = say.L("Documentation complete for ")
	}
	head := shell.Heading(state + string(code))
	box := shell.Column(container.NewBorder(nil, nil, container.NewCenter(widget.NewIcon(checkIcon(s.Complete))), nil,
		head), shell.Quiet(day+say.L(", under these settings. Whether it is paid, the payer decides.")))
	for _, q := range v.c.Missing(code) {
		box.Add(v.requirement(q))
	}
	box.Add(shell.Quiet(fmt.Sprintf(say.L("%d requirements are met."), v.c.Met(code))))
	return box
}

// requirement is a missing requirement with the button that answers it.
func (v *caseView) requirement(q clinic.Requirement) fyne.CanvasObject {
	text := q.Rule + ", " + string(q.Answer) + ": " + q.Title + ". " + q.Sentence
	icon := theme.QuestionIcon()
	switch {
	case q.Answer == billing.Overridden:
		text += fmt.Sprintf(say.L(" Overridden by %s: %s"), q.By, q.Reason)
		icon = theme.InfoIcon()
	case q.Answer == billing.NotMet:
		icon = theme.WarningIcon()
	}
	buttons := container.NewHBox()
	if kind, ok := present.Mend(q); ok && q.Answer != billing.Overridden {
		label := say.L("Mend…")
		if kind.Step == steps.Answered {
			label = say.L("Answer…")
		}
		buttons.Add(shell.NewButton(label, func() {
			v.step(kind.Use, func(in *forms.Input) {
				if in.Answer != nil {
					in.Answer.Question = present.QuestionOf(q.Rule)
				}
			})
		}))
	}
	if rule, _ := billing.RuleByID(q.Rule); rule.Overridable && q.Answer != billing.Overridden {
		over := shell.NewButton(say.L("Override…"), func() {
			v.step("override", func(in *forms.Input) { in.Override.Rule, in.Override.Code = q.Rule, q.Code })
		})
		over.Importance = widget.LowImportance
		buttons.Add(over)
	}
	return container.NewBorder(nil, nil, container.NewVBox(widget.NewIcon(icon)), container.NewVBox(buttons),
		shell.Words(text))
}
