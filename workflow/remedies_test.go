package workflow

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"tracedesk/device"
	"tracedesk/device/receiver"
	"tracedesk/device/receiver/wire"
)

// receiverErrors is what can go wrong with a receiver.
var receiverErrors = map[string]error{
	"none":       device.ErrNoReceiver,
	"no port":    device.ErrNoPort,
	"permission": device.ErrNoPermission,
	"busy port":  device.ErrBusy,
	"settings":   device.ErrSettings,
	"hangs":      device.ErrHangs,
	"G7":         device.ErrOtherModel,
	"several":    &device.SeveralError{Ports: []string{"COM3", "COM7"}},
	"unplugged":  receiver.ErrUnplugged,
	"silent":     receiver.ErrSilent,
	"garbled":    receiver.ErrGarbled,
	"unfitting":  receiver.ErrUnfitting,
	"page gone":  receiver.ErrPageGone,
	"collecting": &receiver.NothingError{State: receiver.StateCollecting},
	"cleared":    &receiver.NothingError{State: receiver.StateCleared},
	"idle":       &receiver.NothingError{State: receiver.StateIdle},
	"nothing":    &receiver.NothingError{},
	"unread":     &receiver.NothingError{Unread: []receiver.Unread{{Partition: 22, Revision: 7, Length: 9}}},
	"with self":  receiver.StatusError(wire.InvalidMode),
	"refuses":    receiver.StatusError(wire.ReceiverError),
}

// Each error of a receiver has a remedy of its own.
func TestEachErrorOfAReceiverHasItsOwnRemedy(t *testing.T) {
	seen := map[string]string{}
	for name, err := range receiverErrors {
		what, do := Explain(fmt.Errorf("reading: %w", err))
		if do == "" || what == "" {
			t.Errorf("%s: what %q, do %q", name, what, do)
		}
		if other, twice := seen[do]; twice {
			t.Errorf("%s and %s have one remedy: %q", name, other, do)
		}
		seen[do] = name
	}
}

// No remedy may lead to data being cleared: uploading clears a Pro reader. Where
// it is named at all, it is named to be left alone, or as what is over.
func TestNoRemedyLeadsToDataBeingCleared(t *testing.T) {
	harmless := []string{"do not upload it", "before it is uploaded", "was uploaded already", "export of that upload", "such as the uploader of"}
	check := func(name, text string) {
		rest := strings.ToLower(text)
		for _, phrase := range harmless {
			rest = strings.ReplaceAll(rest, phrase, "")
		}
		for _, word := range []string{"upload", "erase", "reset", "clear the"} {
			if strings.Contains(rest, word) {
				t.Errorf("%s: %q", name, text)
			}
		}
	}
	for name, err := range receiverErrors {
		_, do := Explain(err)
		check(name, do)
	}
	for _, r := range remedies {
		check(errors.Join(r.of...).Error(), r.do)
	}
}

// The advice about permission fits the system.
func TestAdviceFitsTheSystem(t *testing.T) {
	for _, system := range []string{"windows", "darwin"} {
		if strings.Contains(permission(system), "udev") {
			t.Errorf("%s: %s", system, permission(system))
		}
	}
	if !strings.Contains(permission("linux"), "make udev") {
		t.Error(permission("linux"))
	}
}
