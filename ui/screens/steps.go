package screens

import (
	"context"
	"errors"
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"tracedesk/clinic"
	"tracedesk/clinic/forms"
	"tracedesk/device"
	"tracedesk/ui/present"
	"tracedesk/ui/say"
	"tracedesk/ui/shell"
)

// stepEntries are the entries of a step's form.
type stepEntries struct {
	at, reason *shell.Entry
	fields     []*widget.Entry
	form       *widget.Form
}

// newStepEntries fills the entries with the earlier record.
func newStepEntries(f *present.StepForm) *stepEntries {
	e := &stepEntries{at: shell.NewEntry(), reason: shell.NewEntry(), form: widget.NewForm()}
	e.at.SetText(f.At)
	e.form.Append(say.L("When"), e.at)
	for _, field := range f.Kind.Fields {
		entry, object := fieldEntry(field, f.Input)
		e.fields = append(e.fields, entry)
		e.form.Append(say.L(field.Label), object)
	}
	if f.Before {
		e.reason.SetPlaceHolder(say.L("the reason for the correction"))
	}
	e.form.Append(say.L("Reason"), e.reason)
	return e
}

// fieldEntry is an entry for a field, with its choices where it has some.
func fieldEntry(field forms.Field, in *forms.Input) (*widget.Entry, fyne.CanvasObject) {
	choices := field.Choices
	if field.Kind == forms.PersonField {
		choices = in.People()
	}
	if len(choices) > 0 {
		s := shell.NewChoiceEntry(choices)
		s.SetText(field.Get(in))
		s.SetPlaceHolder(say.L(field.Hint))
		return &s.Entry, s
	}
	e := shell.NewEntry()
	e.SetText(field.Get(in))
	e.SetPlaceHolder(say.L(field.Hint))
	return &e.Entry, e
}

func (e *stepEntries) values() (out []string) {
	for _, entry := range e.fields {
		out = append(out, entry.Text)
	}
	return out
}

// askStep asks for a step of a wear and records it. The title names the patient.
func (w *Workstation) askStep(use, wearID, identity string, preset func(*forms.Input), done func()) {
	f, err := w.desk.NewStep(forms.KindOf(use), wearID)
	if err != nil {
		w.Fail(err)
		return
	}
	if preset != nil {
		preset(f.Input)
	}
	e := newStepEntries(f)
	w.AskForm(shell.FormKey{Kind: formStep + f.Kind.Use, ID: f.WearID}, say.L(f.Kind.Title)+" – "+identity,
		say.L("Record"), e.form, func(failed func(error)) {
			if err := f.Enter(e.values(), e.at.Text, e.reason.Text); err != nil {
				failed(err)
				return
			}
			w.keepStep(f, false, failed, done)
		})
}

func (w *Workstation) keepStep(f *present.StepForm, confirmed bool, failed func(error), done func()) {
	w.Work(say.L("Recording"), func(context.Context, device.Progress) error { return w.desk.KeepStep(f, confirmed) },
		func(err error) {
			switch {
			case err == nil:
				done()
			case present.IsMismatch(err):
				w.Ask(say.L("Stop: is this the right patient?"), present.Sentence(err)+
					say.L(" Record it only if you have checked. Your confirmation is kept."), say.L("Yes, I checked – record it"),
					say.L("No, go back"), func() { w.keepStep(f, true, failed, done) })
			default:
				failed(err)
			}
		})
}

var errNobody = errors.New("nobody is chosen: choose a patient, or enter a new one")

// newWear asks for the patient, then for the order.
func (w *Workstation) newWear() {
	var found []clinic.Patient
	var chosen clinic.Patient
	set := w.desk.Settings()
	picked := shell.Words(say.L("Nobody is chosen yet."))
	list := shell.NewList(func() int { return len(found) }, shell.NewBoldLine,
		func(i widget.ListItemID, row fyne.CanvasObject) {
			shell.SetLine(row, present.Identity(found[i], set))
		})
	list.OnSelected = func(i widget.ListItemID) {
		chosen = found[i]
		picked.SetText(say.L("For ") + present.Identity(chosen, set))
	}
	load := func(query string) {
		list.UnselectAll()
		found, _ = w.desk.Patients().Find(query)
		list.Refresh()
	}
	search := shell.NewSearch(say.L("Search by name, record number or birth date"), load)
	load("")
	var confirm func()
	search.OnSubmitted = func(string) { // the first that fits, and then on
		switch {
		case len(found) == 0:
		case chosen.ID == found[0].ID:
			confirm()
		default:
			list.Select(0)
		}
	}
	first, last, birth, number := shell.NewEntry(), shell.NewEntry(), shell.NewEntry(), shell.NewEntry()
	isNew := widget.NewForm(widget.NewFormItem(say.L("First name"), first),
		widget.NewFormItem(say.L("Last name"), last), widget.NewFormItem(say.L("Birth date"), birth),
		widget.NewFormItem(say.L("Record number"), number))
	room := canvas.NewRectangle(color.Transparent) // a list alone asks for one line
	room.SetMinSize(fyne.NewSize(0, 220))
	stored := container.NewBorder(search, picked, nil, nil, container.NewStack(room, list))
	tabs := container.NewAppTabs(container.NewTabItem(say.L(inTheStore), stored),
		container.NewTabItem(say.L(newPatient), isNew))
	if len(found) == 0 {
		tabs.SelectIndex(1)
	}
	confirm = w.AskForm(shell.FormKey{Kind: formWhose}, say.L("New wear – whose?"), say.L("Go on to the order"), tabs,
		func(failed func(error)) {
			if tabs.SelectedIndex() == 0 {
				if chosen.ID == "" {
					failed(errNobody)
					return
				}
				w.askOrder(chosen)
				return
			}
			p, err := w.desk.Patients().Add(first.Text, last.Text, birth.Text, number.Text)
			if err != nil {
				failed(err)
				return
			}
			w.askOrder(p)
		})
}

// askOrder asks for the order of a new wear.
func (w *Workstation) askOrder(p clinic.Patient) {
	f, err := w.desk.NewStep(forms.OrderKind, "")
	if err != nil {
		w.Fail(err)
		return
	}
	e := newStepEntries(f)
	w.AskForm(shell.FormKey{Kind: formOrder, ID: p.ID}, say.L("Order – ")+present.Identity(p, w.desk.Settings()),
		say.L("Order"), e.form, func(failed func(error)) {
			err := f.Enter(e.values(), e.at.Text, e.reason.Text)
			var id string
			if err == nil {
				id, err = w.desk.OrderWear(p.ID, f)
			}
			if err != nil {
				failed(err)
				return
			}
			w.openCase(id, say.L("The wear is ordered. Record the insertion when the sensor is placed."))
		})
}
