package screens

import (
	"context"
	"fmt"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"tracedesk/clinic"
	"tracedesk/clinic/wording"
	"tracedesk/device"
	"tracedesk/ui/present"
	"tracedesk/ui/say"
	"tracedesk/ui/shell"
	"tracedesk/workflow"
)

// trayNotice is shown on the start screen while recordings wait for an owner.
func (w homeView) trayNotice() fyne.CanvasObject {
	waiting, err := w.desk.Reading().Tray()
	if err != nil {
		return shell.Warning(present.Sentence(err))
	}
	if len(waiting) == 0 {
		return nil
	}
	open := shell.NewButton(say.L("Look at the tray…"), w.showTray)
	return container.NewBorder(nil, nil, nil, open,
		shell.Warning(wording.Counted(len(waiting), "recording")+say.L(" in the tray: nobody has chosen the patient yet.")))
}

// trayView lists the recordings that wait for an owner.
type trayView struct{ *Workstation }

// showTray lists the recordings with the wears that each may belong to.
func (w *Workstation) showTray() {
	waiting, err := w.desk.Reading().Tray()
	if err != nil {
		w.Fail(err)
		return
	}
	rows := shell.Column()
	for _, l := range waiting {
		rows.Add(shell.Heading(say.L("Transmitter ") + l.TransmitterID + say.L(", from ") + l.FileName))
		rows.Add(shell.Words(fmt.Sprintf(say.L("%s to %s, %s, %s recorded"), l.First, l.Last,
			wording.Counted(l.Readings, "reading"), wording.Hours(l.HoursRecorded))))
		for _, k := range l.Candidates {
			give := shell.NewButton(say.L("It is this patient's"), func() { trayView{w}.giveFromTray(l, k, false) })
			rows.Add(container.NewBorder(nil, nil, nil, give, shell.Words(k.Patient+": "+k.Why)))
		}
		if len(l.Candidates) == 0 {
			rows.Add(shell.Quiet(say.L("No wear was out then. Order and insertion of the wear can be recorded now; it is " +
				"then offered here.")))
		}
		rows.Add(widget.NewSeparator())
	}
	head := container.NewBorder(nil, nil, shell.NewButtonWithIcon(say.L("Back"), theme.NavigateBackIcon(), w.showHome),
		nil, shell.Title(say.L("Recordings that wait for an owner")))
	w.Show(shell.Screen{Head: head, Body: shell.Scrolling(rows), Back: w.showHome})
}

func (w trayView) giveFromTray(l workflow.TrayLine, to workflow.CandidateLine, confirmed bool) {
	var stored present.Stored
	w.Work(say.L("Storing"), func(context.Context, device.Progress) (err error) {
		stored, err = w.desk.Reading().FromTray(l.ID, to.WearID, clinic.Patient{}, confirmed)
		return err
	}, func(err error) {
		switch {
		case present.IsMismatch(err):
			w.Ask(say.L("Stop: is this the right patient?"), say.L("You are about to give the recording to ")+to.Patient+
				say.L(", but ")+present.Sentence(err)+say.L(" Your confirmation is kept."), say.L("Yes, I checked – store it"),
				say.L("No, go back"), func() { w.giveFromTray(l, to, true) })
		case err != nil:
			w.Fail(err)
		default:
			w.openWear(stored.WearID, stored.Message)
		}
	})
}
