package screens

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"tracedesk/clinic/billing"
	"tracedesk/ui/shell"
)

// codesTab explains the three codes.
func (w practiceView) codesTab() fyne.CanvasObject {
	tabs := container.NewAppTabs()
	for _, p := range billing.CodePages {
		box := shell.Column()
		for _, s := range p.Sections {
			box.Add(shell.Heading(s.Heading))
			for _, x := range s.Statements {
				box.Add(shell.Words(x.Text))
				box.Add(shell.Quiet(x.Source + ", " + x.Date))
			}
		}
		box.Add(shell.Words(p.Notice))
		tabs.Append(container.NewTabItem(string(p.Code)+" "+p.Title, shell.Scrolling(box)))
	}
	return tabs
}
