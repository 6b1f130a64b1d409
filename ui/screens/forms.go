package screens

import (
	"encoding/json"
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/dialog"
	"fyne.io/fyne/v2/widget"

	"tracedesk/ui/present"
	"tracedesk/ui/say"
)

// kept names a form so that it can be opened again after a lock: which one, and
// of which wear or patient. The zero value is of a form that is not kept.
type kept struct {
	kind formKind
	id   string
}

// formKind says which form it is.
type formKind string

// The forms that are kept.
const (
	formStep           formKind = "step/" // and the step's command
	formOrder          formKind = "order"
	formWhose          formKind = "whose"
	formAddendum       formKind = "addendum"
	formEvent          formKind = "event"
	formService        formKind = "service"
	formInterpretation formKind = "interpretation"
)

// openForm is what is being typed.
type openForm struct {
	kept
	overlay fyne.CanvasObject // the dialog that it is in, or nil for the screen
	inputs  []input
	extra   func() any // what is no field, or nil
}

// input is one field as text.
type input struct {
	get func() string
	set func(string)
}

// fieldsOf are the fields of a form in their order: what can be typed into, ticked
// or chosen, and the tabs themselves before what is in them. Without all, only
// the tab that is seen counts.
func fieldsOf(o fyne.CanvasObject, all bool) (out []fyne.CanvasObject) {
	switch x := o.(type) {
	case *widget.Form:
		for _, item := range x.Items {
			out = append(out, fieldsOf(item.Widget, all)...)
		}
	case *container.AppTabs:
		out = append(out, x)
		for i, item := range x.Items {
			if all || i == x.SelectedIndex() {
				out = append(out, fieldsOf(item.Content, all)...)
			}
		}
	case *container.Scroll:
		out = fieldsOf(x.Content, all)
	case *fyne.Container:
		for _, child := range x.Objects {
			out = append(out, fieldsOf(child, all)...)
		}
	default:
		out = append(out, o)
	}
	return out
}

// inputsOf are the fields of a form as they are kept. Passphrases are not among
// them: they are typed again.
func inputsOf(o fyne.CanvasObject) (out []input) {
	for _, field := range fieldsOf(o, true) {
		switch x := field.(type) {
		case *entry:
			if !x.Password {
				out = append(out, input{func() string { return x.Text }, x.SetText})
			}
		case *choiceEntry:
			out = append(out, input{func() string { return x.Text }, x.SetText})
		case *keyedSelect:
			out = append(out, input{func() string { return x.Selected }, x.SetSelected})
		case *keyedCheck:
			out = append(out, input{func() string { return map[bool]string{true: "yes"}[x.Checked] }, func(s string) { x.SetChecked(s == "yes") }})
		case *container.AppTabs:
			out = append(out, input{func() string { return x.Selected().Text }, func(name string) { selectTab(x, name) }})
		}
	}
	return out
}

func selectTab(tabs *container.AppTabs, name string) {
	for i, item := range tabs.Items {
		if item.Text == name {
			tabs.SelectIndex(i)
		}
	}
}

// entriesOf are the entries of a form, passphrases too.
func entriesOf(o fyne.CanvasObject) (out []*widget.Entry) {
	for _, field := range fieldsOf(o, true) {
		switch x := field.(type) {
		case *entry:
			out = append(out, &x.Entry)
		case *choiceEntry:
			out = append(out, &x.Entry)
		}
	}
	return out
}

// firstField is the first entry of a form that is seen, or nil.
func firstField(o fyne.CanvasObject) fyne.Focusable {
	for _, field := range fieldsOf(o, false) {
		switch x := field.(type) {
		case *entry:
			return x
		case *choiceEntry:
			return x
		}
	}
	return nil
}

// form asks for several things in a dialog.
func (w *Window) form(k kept, title, act string, items []*widget.FormItem, do func(failed func(error))) {
	content := widget.NewForm(items...)
	w.large(k, title, act, content, do)
}

// large is a dialog with a form that may scroll. Enter in a line of it means
// yes, Escape means no, and the first field has the keys. What failed is said, and
// then the form is there again, as it was typed. confirm means yes.
func (w *Window) large(k kept, title, act string, content fyne.CanvasObject, do func(failed func(error))) (confirm func()) {
	var d *dialog.ConfirmDialog
	var open func()
	failed := func(err error) {
		if present.WrongPassphrase(err) {
			clearPassphrases(content)
		}
		w.failThen(err, open)
	}
	open = func() {
		d = dialog.NewCustomConfirm(title, act, say.L("Cancel"), formScroll(content), func(ok bool) {
			if ok {
				do(failed)
			}
		}, w.win)
		size := w.win.Canvas().Size()
		d.Resize(fyne.NewSize(min(760, size.Width-40), min(content.MinSize().Height+150, size.Height-60)))
		d.Show()
		w.focusFirst(content)
		w.open = append(w.open, &openForm{k, w.win.Canvas().Overlays().Top(), inputsOf(content), nil})
	}
	confirm = func() { d.Confirm() }
	enters(content, confirm)
	open()
	return confirm
}

// formScroll is a form that scrolls, to the field that is reached by Tab, too.
func formScroll(content fyne.CanvasObject) *container.Scroll {
	scroll := container.NewScroll(content)
	for _, field := range fieldsOf(content, true) {
		if f, ok := field.(interface{ in(*container.Scroll) }); ok {
			f.in(scroll)
		}
	}
	return scroll
}

// clearPassphrases empties what has to be typed anew.
func clearPassphrases(content fyne.CanvasObject) {
	for _, e := range entriesOf(content) {
		if e.Password {
			e.SetText("")
		}
	}
}

// enters has Enter in a line of a form do what its button does, where it does
// nothing else.
func enters(content fyne.CanvasObject, do func()) {
	for _, e := range entriesOf(content) {
		if !e.MultiLine && e.OnSubmitted == nil {
			e.OnSubmitted = func(string) { do() }
		}
	}
}

// focusFirst gives the first field the keys.
func (w *Window) focusFirst(content fyne.CanvasObject) {
	if first := firstField(content); first != nil {
		w.win.Canvas().Focus(first)
	}
}

// typed is the form on top that is still open, or nil.
func (w *Window) typed() *openForm {
	for _, f := range slices.Backward(w.open) {
		if f.overlay == nil || slices.Contains(w.win.Canvas().Overlays().List(), f.overlay) {
			return f
		}
	}
	return nil
}

// keepForm seals what is being typed, before the key is taken away.
func (w *Window) keepForm() {
	f := w.typed()
	w.open = nil
	if f == nil || f.kind == "" {
		return
	}
	out := present.KeptForm{Kind: string(f.kind), ID: f.id}
	for _, in := range f.inputs {
		out.Values = append(out.Values, in.get())
	}
	if f.extra != nil {
		out.Extra, _ = json.Marshal(f.extra()) // only types of ours
	}
	w.desk.Access().KeepForm(out)
}

// takeForm opens again what the user was typing when the window locked.
func (w *Window) takeForm() {
	f := w.desk.Access().TakeForm()
	if f == nil {
		return
	}
	w.reopen(kept{formKind(f.Kind), f.ID}, f.Extra, func() {
		now := w.typed()
		if now == nil || string(now.kind) != f.Kind || now.id != f.ID || len(now.inputs) != len(f.Values) {
			return // it is another form by now
		}
		for i, in := range now.inputs {
			in.set(f.Values[i])
		}
	})
}

// reopen opens the form as if it had been asked for, and then fills it. A wear
// or patient that is gone by now has none.
func (w *Window) reopen(k kept, extra json.RawMessage, fill func()) {
	if use, ok := strings.CutPrefix(string(k.kind), string(formStep)); ok {
		openView(w, k.id, w.desk.Case, func(c *present.Case) {
			w.showCase(c, "")
			(&caseView{w, c}).step(use, nil)
			fill()
		})
		return
	}
	switch k.kind {
	case formOrder, formService:
		p, err := w.desk.Patients().ByID(k.id)
		if err != nil {
			return
		}
		w.showPatient(p)
		if k.kind == formOrder {
			w.askOrder(p)
		} else {
			w.askService(p)
		}
		fill()
	case formWhose:
		w.newWear()
		fill()
	case formEvent:
		openView(w, k.id, w.desk.Wear, func(wear *present.Wear) {
			w.showTrace(wear)
			(&wearView{w, wear}).askEvent(wear.Facts.Recording.First())
			fill()
		})
	case formAddendum, formInterpretation:
		openView(w, k.id, w.desk.Interpretations().Open, func(i *present.Interpretation) {
			if len(extra) > 0 && i.Signed == nil {
				_ = json.Unmarshal(extra, &i.Draft.Findings) // as it was written
			}
			v := w.showInterpretation(i, "")
			if k.kind == formAddendum && i.Signed != nil {
				v.askAddendum()
			}
			fill()
		})
	}
}

// failThen says what went wrong and then goes on, so that nothing typed is lost.
func (w *Window) failThen(err error, then func()) {
	d := w.failure(err, say.L("Back"))
	d.SetOnClosed(then)
	w.message(d)
	if n := len(w.open); n > 0 { // what was typed waits behind the message
		w.open[n-1].overlay = w.win.Canvas().Overlays().Top()
	}
}
