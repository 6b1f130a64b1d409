package screens

import (
	"runtime"
	"time"

	"fyne.io/fyne/v2"

	"tracedesk/ui/present"
	"tracedesk/ui/say"
	"tracedesk/ui/shell"
)

// program is the workstation as the shell sees it.
type program struct{ *Workstation }

var _ shell.Program = program{}

// Now is the time on the workstation's clock.
func (w program) Now() time.Time { return w.desk.Now() }

// Idle says whether the store should lock, given its last use.
func (w program) Idle(last time.Time) bool { return w.desk.Access().Idle(last) }

// Banner says above every screen that the store is a demonstration.
func (w program) Banner() string {
	if w.Locked() || !w.desk.Settings().Demo {
		return ""
	}
	return say.L("DEMONSTRATION: everything in this store is made up. Real patients belong into the practice's own " +
		"store.")
}

// Keys work with Ctrl on every screen.
func (w program) Keys() []shell.Key {
	return []shell.Key{
		{Name: fyne.KeyO, Do: w.chooseFile},
		{Name: fyne.KeyR, Do: w.readReceiver},
		{Name: fyne.KeyN, Do: w.newWear},
		{Name: fyne.KeyH, Do: w.showHome},
		{Name: fyne.KeyL, Do: w.Lock, Above: true}, // a form is kept
	}
}

// KeysHelp lists all keys, with those of the screens and of Fyne.
func (w program) KeysHelp() []present.Fact {
	control := "Ctrl+"
	if runtime.GOOS == "darwin" {
		control = "Cmd+"
	}
	return []present.Fact{
		{Label: control + "O", Value: say.L("open an export")},
		{Label: control + "R", Value: say.L("read the receiver")},
		{Label: control + "N", Value: say.L("new wear")},
		{Label: control + "F", Value: say.L("search")},
		{Label: control + "H", Value: say.L("what is to be done")},
		{Label: control + "1 … 4", Value: say.L("trace, profile, evidence, interpretation of the wear")},
		{Label: control + "P", Value: say.L("print, or make both PDFs")},
		{Label: control + "S", Value: say.L("save the interpretation")},
		{Label: control + "Z", Value: say.L("take back the last change to a finding")},
		{Label: control + "L", Value: say.L("lock")},
		{Label: "Tab", Value: say.L("the next field or button; with Shift the one before")},
		{Label: "Space", Value: say.L("press the button")},
		{Label: "Enter", Value: say.L("accept the form")},
		{Label: "Escape", Value: say.L("back")},
	}
}
