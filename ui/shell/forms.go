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

// FormKey names a form and its wear or patient, so that it can be opened again after
// a lock. A form with the zero value is not kept.
type FormKey struct{ Kind, ID string }

// Form is a form that a person is filling in.
type Form struct {
	key     FormKey
	overlay fyne.CanvasObject // the dialog that it is in, or nil for the screen
	inputs  []input
	extra   func() any // what is no field, or nil
}

// NewForm is a form on a screen itself. extra gives what its fields do not hold.
func NewForm(key FormKey, content fyne.CanvasObject, extra func() any) *Form {
	return &Form{key: key, inputs: inputsOf(content), extra: extra}
}

// input is a field as text.
type input struct {
	get func() string
	set func(string)
}

// fieldsOf gives the fields of a form in their order, with tabs before the fields in
// them. Without all it gives only those of the tab in view.
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

// inputsOf gives the fields of a form that are kept. Passphrases are not: a person
// types them again.
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

// FirstField is the first entry of a form in view, or nil.
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

// AskForm shows a form in a dialog. Enter in a line means yes, Escape means no, and
// the first field has the keys. After a failure the form stands there again as it was
// typed. confirm means yes.
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

// FormScroll is a form that scrolls, also to the field that Tab reaches.
func FormScroll(content fyne.CanvasObject) *container.Scroll {
	scroll := container.NewScroll(content)
	for _, field := range fieldsOf(content, true) {
		if f, ok := field.(interface{ in(*container.Scroll) }); ok {
			f.in(scroll)
		}
	}
	return scroll
}

// clearPassphrases empties the passphrases of a form.
func clearPassphrases(content fyne.CanvasObject) {
	for _, e := range entriesOf(content) {
		if e.Password {
			e.SetText("")
		}
	}
}

// Enters makes Enter in a line of a form press its button, unless the line has
// another use for Enter.
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

// Typed gives the values in the form on top, or nil. A form without a key gives nil.
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

// Fill types values into the form on top, if it is the same form.
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
