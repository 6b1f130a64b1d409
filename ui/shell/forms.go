package shell

import (
	"encoding/json"
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/dialog"
	"fyne.io/fyne/v2/widget"

	"tracedesk/ui/present"
	"tracedesk/ui/say"
)

// FormKey names a form so that it can be opened again after a lock: which one, and
// of which wear or patient. The zero value is of a form that is not kept.
type FormKey struct{ Kind, ID string }

// Form is what is being typed.
type Form struct {
	key     FormKey
	overlay fyne.CanvasObject // the dialog that it is in, or nil for the screen
	inputs  []input
	extra   func() any // what is no field, or nil
}

// NewForm is what is typed on a screen itself, with what is no field.
func NewForm(key FormKey, content fyne.CanvasObject, extra func() any) *Form {
	return &Form{key: key, inputs: inputsOf(content), extra: extra}
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
		case *Entry:
			if !x.Password {
				out = append(out, input{func() string { return x.Text }, x.SetText})
			}
		case *ChoiceEntry:
			out = append(out, input{func() string { return x.Text }, x.SetText})
		case *Select:
			out = append(out, input{func() string { return x.Selected }, x.SetSelected})
		case *Check:
			get := func() string { return map[bool]string{true: "yes"}[x.Checked] }
			out = append(out, input{get, func(s string) { x.SetChecked(s == "yes") }})
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
		case *Entry:
			out = append(out, &x.Entry)
		case *ChoiceEntry:
			out = append(out, &x.Entry)
		}
	}
	return out
}

// FirstField is the first entry of a form that is seen, or nil.
func FirstField(o fyne.CanvasObject) fyne.Focusable {
	for _, field := range fieldsOf(o, false) {
		switch x := field.(type) {
		case *Entry:
			return x
		case *ChoiceEntry:
			return x
		}
	}
	return nil
}

// AskItems asks for several things in a dialog.
func (w *Window) AskItems(key FormKey, title, act string, items []*widget.FormItem, do func(failed func(error))) {
	w.AskForm(key, title, act, widget.NewForm(items...), do)
}

// AskForm is a dialog with a form that may scroll. Enter in a line of it means
// yes, Escape means no, and the first field has the keys. What failed is said, and
// then the form is there again, as it was typed. confirm means yes.
func (w *Window) AskForm(
	key FormKey, title, act string, content fyne.CanvasObject, do func(failed func(error)),
) (confirm func()) {
	var d *dialog.ConfirmDialog
	var open func()
	failed := func(err error) {
		if present.WrongPassphrase(err) {
			clearPassphrases(content)
		}
		w.failThen(err, open)
	}
	open = func() {
		d = dialog.NewCustomConfirm(title, act, say.L("Cancel"), FormScroll(content), func(ok bool) {
			if ok {
				do(failed)
			}
		}, w.win)
		size := w.win.Canvas().Size()
		d.Resize(fyne.NewSize(min(760, size.Width-40), min(content.MinSize().Height+150, size.Height-60)))
		d.Show()
		if first := FirstField(content); first != nil {
			w.Focus(first)
		}
		w.open = append(w.open, &Form{key, w.win.Canvas().Overlays().Top(), inputsOf(content), nil})
	}
	confirm = func() { d.Confirm() }
	Enters(content, confirm)
	open()
	return confirm
}

// FormScroll is a form that scrolls, to the field that is reached by Tab, too.
func FormScroll(content fyne.CanvasObject) *container.Scroll {
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

// Enters has Enter in a line of a form do what its button does, where it does
// nothing else.
func Enters(content fyne.CanvasObject, do func()) {
	for _, e := range entriesOf(content) {
		if !e.MultiLine && e.OnSubmitted == nil {
			e.OnSubmitted = func(string) { do() }
		}
	}
}

// typed is the form on top that is still open, or nil.
func (w *Window) typed() *Form {
	for _, f := range slices.Backward(w.open) {
		if f.overlay == nil || slices.Contains(w.win.Canvas().Overlays().List(), f.overlay) {
			return f
		}
	}
	return nil
}

// Typed is what is being typed in the form on top, or nil; of a form without a name
// nothing is kept.
func (w *Window) Typed() *present.KeptForm {
	f := w.typed()
	if f == nil || f.key.Kind == "" {
		return nil
	}
	out := &present.KeptForm{Kind: f.key.Kind, ID: f.key.ID}
	for _, in := range f.inputs {
		out.Values = append(out.Values, in.get())
	}
	if f.extra != nil {
		out.Extra, _ = json.Marshal(f.extra()) // only types of ours
	}
	return out
}

// Fill types into the form on top what was typed before, if it is the same form
// still.
func (w *Window) Fill(f *present.KeptForm) {
	now := w.typed()
	if now == nil || now.key != (FormKey{f.Kind, f.ID}) || len(now.inputs) != len(f.Values) {
		return
	}
	for i, in := range now.inputs {
		in.set(f.Values[i])
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
