package screens

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"tracedesk/ui/present"
	"tracedesk/ui/say"
	"tracedesk/ui/shell"
)

// showFiled lists the documents that were issued.
func (w *Workstation) showFiled() {
	var found []present.FiledDocument
	more := shell.Quiet("")
	list := shell.NewList(func() int { return len(found) }, shell.NewLine,
		func(i widget.ListItemID, row fyne.CanvasObject) {
			shell.SetLine(row, found[i].Title())
		})
	list.OnSelected = func(i widget.ListItemID) {
		w.openWear(found[i].WearID, "")
	}
	load := func(query string) {
		documents, all, err := w.desk.Documents().Filed(query)
		if err != nil {
			w.Fail(err)
			return
		}
		found = documents
		more.SetText(map[bool]string{false: say.L("More are found by searching.")}[all])
		if len(found) == 0 {
			more.SetText(say.L("No document fits these words. Documents are made in a wear's profile."))
		}
		list.Refresh()
	}
	search := shell.NewSearch(say.L("Search by name, record number or date"), load)
	load("")
	head := container.NewBorder(nil, nil, shell.NewButtonWithIcon(say.L("Back"), theme.NavigateBackIcon(), w.showHome),
		nil, shell.Title(say.L("Documents that were made")))
	body := container.NewBorder(container.NewPadded(search), more, nil, nil, list)
	w.Show(shell.Screen{
		Head: head, Body: body, Back: w.showHome, Search: search, Focus: search, ClearSelection: list.UnselectAll,
	})
}
