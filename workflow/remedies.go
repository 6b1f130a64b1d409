package workflow

import (
	"errors"
	"os"
	"runtime"
	"strings"
	"syscall"

	"tracedesk/clinic"
	"tracedesk/clinic/forms"
	"tracedesk/device"
	"tracedesk/device/receiver"
	"tracedesk/report"
	"tracedesk/storage"
	"tracedesk/workflow/confine"
)

// remedy says what a person can do about errors.
type remedy struct {
	of []error
	do string
}

// remedies are searched in order. The first that fits counts.
var remedies = []remedy{
	{is(storage.ErrNoStore), "check the folder, or make a store in it first"},
	{is(storage.ErrExists), "use it as it is, or choose another folder"},
	{is(storage.ErrInUse), "close the window or program that has it open"},
	{is(storage.ErrUnsealed), "open it in the window once, or use “tracedesk store seal”; a backup is kept"},
	{is(storage.ErrPassphrase), "check the user and the passphrase; capitals count"},
	{is(storage.ErrRecovery), "type it as it is printed; spaces and capitals do not matter"},
	{is(storage.ErrLocked), "unlock it first"},
	{is(storage.ErrNoRecord), "read the receiver or import the export first"},
	{is(clinic.ErrMayNotSign), "log in as the interpreting clinician; nobody signs for another"},
	{
		is(clinic.ErrNotReviewed, clinic.ErrNoAssessment, clinic.ErrNotWritten),
		"finish the interpretation, then sign; nothing was signed",
	},
	{is(clinic.ErrOtherData), "save the interpretation again after looking at the new readings; nothing was signed"},
	{is(clinic.ErrLate), "sign with an attestation and the reason for the delay"},
	{is(clinic.ErrSignedOnce), "sign an addendum; the signed text stays as it is"},
	{is(forms.ErrReason), "give the reason; it is kept with the record"},
	{is(storage.ErrNotAllowed), "ask an administrator of the practice"},
	{
		is(storage.ErrUpgrade),
		"ask an administrator to unlock it; nothing is lost, and a backup of the store as it was is kept beside it",
	},
	{
		is(storage.ErrNoCertificate),
		"an administrator issues or renews it in Practice, Signatures, or with “tracedesk user certify”; nothing was signed",
	},
	{is(storage.ErrLockLimit), "ask an administrator of the practice"},
	{
		is(storage.ErrHeader, storage.ErrAuthority, storage.ErrCost),
		"do not use it further; restore it from a backup, and find out who had access to this computer",
	},
	{is(storage.ErrNotBackup), "try an earlier backup"},
	{is(storage.ErrNotEmpty), "choose an empty folder; nothing was changed"},
	{is(storage.ErrReadBack), "back up to another disk; this one may be failing"},
	{
		is(storage.ErrGone),
		"put the folder back where it was, or connect its drive, and start again; nothing was stored meanwhile",
	},
	{
		is(storage.ErrReadOnlyMedium),
		"copy the store's folder to a disk that can be written to, or allow this account to write it; " +
			"everything in the store can still be read",
	},
	{is(storage.ErrReadOnly), "restore it from a backup; everything that can be read is still shown"},
	{is(storage.ErrVersion), "install the newer version of Tracedesk"},
	{is(storage.ErrNotStore, storage.ErrDamaged, storage.ErrPage), "do not use it further; restore it from a backup"},
	{is(confine.ErrTooMuch), "do not trust this file; ask for it again where it came from"},
	{
		is(report.ErrNotPDF, report.ErrNotOurs),
		"choose a printout, an interpretation, an addendum or a packet that this program made",
	},
	{
		is(device.ErrNoReceiver),
		"plug the receiver into this computer with a data cable, switch it on, and try again; a charging cable carries " +
			"no data",
	},
	{is(device.ErrNoPort), "check the port's name; a receiver gets another one when it is plugged in elsewhere"},
	{is(device.ErrNoPermission), permission(runtime.GOOS)},
	{
		is(device.ErrBusy),
		"close the other program that reads receivers, such as the uploader of Clarity or Glooko, then try again",
	},
	{is(device.ErrSettings), "choose the receiver's own port: this one does not belong to a receiver"},
	{is(device.ErrHangs), "unplug the receiver, and plug it in again"},
	{is(device.ErrOtherModel), "open the file that was exported from Clarity instead"},
	{is(receiver.ErrUnplugged), "check the cable at both ends and read again; nothing was stored"},
	{
		is(receiver.ErrSilent),
		"unplug the receiver, wait until its screen is on, plug it in again and read again; try another cable or port " +
			"if it stays so; nothing was stored",
	},
	{
		is(receiver.ErrGarbled),
		"plug the receiver into another port of this computer, without a hub, and read again; try another cable if it " +
			"stays so; nothing was stored",
	},
	{
		is(receiver.ErrUnfitting),
		"unplug the receiver, close other programs that may read it, plug it in again and read again; nothing was stored",
	},
	{is(receiver.ErrPageGone), "leave the receiver alone for a minute and read again; nothing was stored"},
	{is(receiver.ErrCollecting), "wait until the reader says that it is done, then read again"},
	{
		is(receiver.ErrUnread, receiver.ErrImplausible, receiver.ErrUnsupported),
		"leave the data on the reader: do not upload it with other software yet, since that clears the reader. Save " +
			"the diagnostic capture and give it to the people who support Tracedesk; nothing was stored",
	},
	{
		is(receiver.ErrBusyWithItself),
		"wait until the receiver is set up and its charging fault is gone, then read again; nothing was stored",
	},
	{is(receiver.ErrRefused), "switch the receiver off and on, and read again; nothing was stored"},
	{
		is(storage.ErrNotOverwritten),
		"make room on the disk and unlock the store again, which finishes it; no list and no document names the patient " +
			"any more",
	},
	{is(syscall.ENOSPC, syscall.EFBIG), "make room on the disk and try again; nothing half done was kept"},
	{is(os.ErrPermission), "ask for access to it or choose another folder"},
}

func is(all ...error) []error { return all }

// permission says how to let an account open a receiver.
func permission(system string) string {
	switch system {
	case "windows":
		return "close other programs that may use the port, and unplug the receiver and plug it in again; if it stays " +
			"so, ask the administrator of this computer"
	case "darwin":
		return "unplug the receiver and plug it in again; if it stays so, ask the administrator of this computer"
	}
	return "run “make udev” once as administrator, then unplug the receiver and plug it in again"
}

// noReadings says what to do about a receiver without readings, by its state. Nothing
// here may lead to data being cleared.
func noReadings(e *receiver.NothingError) string {
	switch e.State {
	case receiver.StateCleared:
		return "open the Clarity export of that upload instead"
	case receiver.StateIdle:
		return "bring the transmitter near the reader and collect first, then read it here before it is uploaded; if " +
			"its recording was uploaded already, open the Clarity export instead"
	}
	return "check that the transmitter's readings were collected onto this receiver first"
}

// Explain words an error for a person: what happened, and what to do. The second is
// empty if the first says it.
func Explain(err error) (what, do string) {
	what = strings.Join(strings.Fields(err.Error()), " ")
	var several *device.SeveralError
	if errors.As(err, &several) {
		return what, "unplug all but one, or choose one by its port"
	}
	var older *storage.OlderError
	if errors.As(err, &older) {
		return what, "if you have restored a backup, open it all the same (--older on the terminal); if not, find out " +
			"who had access to this computer"
	}
	for _, r := range remedies {
		for _, of := range r.of {
			if errors.Is(err, of) {
				return what, r.do
			}
		}
	}
	var nothing *receiver.NothingError
	if errors.As(err, &nothing) {
		return what, noReadings(nothing)
	}
	return what, ""
}
