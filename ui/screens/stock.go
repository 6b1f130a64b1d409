package screens

import (
	"fmt"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"tracedesk/clinic/stock"
	"tracedesk/ui/present"
	"tracedesk/ui/say"
	"tracedesk/ui/shell"
)

// stockTab is the inventory.
func (w practiceView) stockTab() fyne.CanvasObject {
	all, err := w.desk.Office().Devices()
	if err != nil {
		return shell.Warning(present.Sentence(err))
	}
	rows := shell.Column()
	for _, d := range all {
		change := shell.NewButton(say.L("Change…"), func() { w.askDevice(d) })
		rows.Add(container.NewBorder(nil, nil, nil, change, shell.Words(w.desk.Office().DeviceLine(d))))
	}
	if len(all) == 0 {
		rows.Add(shell.Words(say.L("Nothing is listed yet. Add the reader and the boxes of sensors: inserting a sensor " +
			"then counts its lot down, and cleaning is noted with the reader.")))
	}
	add := shell.NewButtonWithIcon(say.L("Add…"), theme.ContentAddIcon(),
		func() { w.askDevice(stock.Device{Kind: stock.ReaderDevice}) })
	return container.NewBorder(container.NewHBox(add), nil, nil, nil, shell.Scrolling(rows))
}

func (w practiceView) askDevice(d stock.Device) {
	kind := shell.NewSelect([]string{string(stock.ReaderDevice), string(stock.TransmitterDevice),
		string(stock.SensorDevice)}, nil)
	kind.SetSelected(string(d.Kind))
	entry := func(text, hint string) *shell.Entry {
		e := shell.NewEntry()
		e.SetText(text)
		e.SetPlaceHolder(hint)
		return e
	}
	count := ""
	if d.Count > 0 {
		count = fmt.Sprint(d.Count)
	}
	serial, lot, expiry, number, place := entry(d.Serial, say.L("of a reader or transmitter")),
		entry(d.Lot, say.L("of sensors")), entry(d.Expiry, "YYYY-MM-DD"), entry(count, say.L("of sensors")),
		entry(d.Place, say.L("where it is"))
	retired := shell.NewCheck(say.L("not in use any more"), nil)
	retired.SetChecked(d.Retired)
	w.AskItems(shell.FormKey{}, say.L("Reader, transmitter or sensors"), say.L("Save"), []*widget.FormItem{
		widget.NewFormItem(say.L("Kind"), kind), widget.NewFormItem(say.L("Serial"), serial),
		widget.NewFormItem(say.L("Lot"), lot), widget.NewFormItem(say.L("Expiry"), expiry),
		widget.NewFormItem(say.L("Count"), number), widget.NewFormItem(say.L("Place"), place),
		widget.NewFormItem("", retired),
	}, func(failed func(error)) {
		d.Kind, d.Serial, d.Lot, d.Expiry, d.Place, d.Retired = stock.DeviceKind(kind.Selected), serial.Text, lot.Text,
			expiry.Text, place.Text, retired.Checked
		if err := w.desk.Office().SaveDevice(d, number.Text); err != nil {
			failed(err)
			return
		}
		w.showPractice()
	})
}
