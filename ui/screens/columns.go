package screens

import (
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"tracedesk/cgm"
	"tracedesk/clinic"
	"tracedesk/device/export"
	"tracedesk/ui/say"
	"tracedesk/ui/shell"
)

// columnForm asks for the columns of an unknown table. It begins with a guess from
// the rows, but never guesses the unit.
type columnForm struct {
	time, glucose, event, device, transmitter, clock *shell.Select
	unit                                             *widget.RadioGroup
}

func newColumnForm(table *export.UnknownHeader) *columnForm {
	f := &columnForm{unit: widget.NewRadioGroup([]string{string(cgm.MgDL), string(cgm.MmolL)}, nil)}
	f.unit.Horizontal, f.unit.Required = true, true
	orNone := append([]string{say.L("None")}, table.Header...)
	choice := func(options []string, guess string) *shell.Select {
		s := shell.NewSelect(options, nil)
		if slices.Contains(options, guess) {
			s.SetSelected(guess)
		} else if len(options) > len(table.Header) {
			s.SetSelected(options[0])
		}
		return s
	}
	g := table.Guess
	f.time, f.glucose = choice(table.Header, g.Time), choice(table.Header, g.Glucose)
	f.event, f.device = choice(orNone, g.EventType), choice(orNone, g.Device)
	f.transmitter, f.clock = choice(orNone, g.Transmitter), choice(orNone, g.TransmitterTime)
	return f
}

// columns gives the choice. ok is false if a needed column is missing.
func (f *columnForm) columns() (c clinic.ExportColumns, ok bool) {
	title := func(s *shell.Select) string {
		if s.Selected == say.L("None") {
			return ""
		}
		return s.Selected
	}
	c = clinic.ExportColumns{
		Time: f.time.Selected, Glucose: f.glucose.Selected, Unit: cgm.Unit(f.unit.Selected), EventType: title(f.event),
		Device: title(f.device), Transmitter: title(f.transmitter), TransmitterTime: title(f.clock),
	}
	return c, c.Time != "" && c.Glucose != "" && c.Unit != "" && c.Time != c.Glucose
}

func (f *columnForm) fields() fyne.CanvasObject {
	item := widget.NewFormItem
	return container.NewGridWithColumns(2,
		widget.NewForm(item(say.L("Time"), f.time), item(say.L("Glucose"), f.glucose), item(say.L("Unit"), f.unit)),
		widget.NewForm(item(say.L("Event type"), f.event), item(say.L("Device"), f.device),
			item(say.L("Transmitter"), f.transmitter), item(say.L("Transmitter time"), f.clock)))
}

// firstRows shows a table's titles and first rows.
func firstRows(table *export.UnknownHeader) fyne.CanvasObject {
	grid := container.NewGridWithColumns(len(table.Header))
	for _, title := range table.Header {
		grid.Add(shell.Bold(title))
	}
	for _, row := range table.Rows {
		for i := range table.Header {
			text := ""
			if i < len(row) {
				text = row[i]
			}
			cell := widget.NewLabel(text)
			cell.Truncation = fyne.TextTruncateEllipsis
			grid.Add(cell)
		}
	}
	return container.NewHScroll(grid)
}

// askColumns shows columnForm in a dialog.
func (w *Workstation) askColumns(table *export.UnknownHeader, learned func()) {
	form := newColumnForm(table)
	head := shell.Words(say.L("Tracedesk does not know this file's header. If it is a glucose export, say which " +
		"columns hold what; time, glucose and the unit are needed. The choice is remembered."))
	content := container.NewBorder(head, form.fields(), nil, nil, firstRows(table))
	w.Confirm(say.L("Which columns are these?"), say.L("Read the file"), say.L("Cancel"), content,
		fyne.NewSize(820, 480), func(ok bool) {
			if !ok {
				return
			}
			columns, complete := form.columns()
			if !complete {
				w.Tell(say.L("Not all is chosen"), say.L("Choose two different columns and the unit. Nothing was read."))
				return
			}
			if err := w.desk.Reading().LearnColumns(columns); err != nil {
				w.Fail(err)
				return
			}
			learned()
		})
}
