package screens

import (
	"bytes"
	"context"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"tracedesk/device"
	"tracedesk/ui/present"
	"tracedesk/ui/say"
	"tracedesk/ui/shell"
)

// The receiver's button, without and with a receiver.
const (
	readReceiver    = "Read the receiver"
	receiverPlugged = "A receiver is plugged in – read it"
)

// watchReceiver looks at each tick whether a receiver is plugged in, and says so
// on the start screen's button.
func (w *Workstation) watchReceiver(tick <-chan time.Time) {
	before := false
	for range tick {
		now := w.desk.Reading().ReceiverPresent()
		if now == before {
			continue
		}
		before = now
		fyne.Do(func() { w.sayReceiver(now) })
	}
}

func (w *Workstation) sayReceiver(plugged bool) {
	button := w.Screen().Receiver
	if button == nil {
		return
	}
	text, importance := say.L(readReceiver), widget.MediumImportance
	if plugged {
		text, importance = say.L(receiverPlugged), widget.HighImportance
	}
	button.Importance = importance
	button.SetText(text)
}

// readReceiver reads the receiver beside the window, with progress by page,
// and then shows what was found. A read that fails offers the exchange, to
// find out why.
func (w *Workstation) readReceiver() {
	var review *present.Review
	var exchange bytes.Buffer
	w.Work(say.L("Reading the receiver"), func(ctx context.Context, progress device.Progress) (err error) {
		review, err = w.desk.Reading().ReadReceiver(ctx, &exchange, progress)
		return err
	}, func(err error) {
		switch {
		case err == nil:
			w.showReview(review)
		case exchange.Len() == 0:
			w.Fail(err)
		default:
			save := shell.NewButtonWithIcon(say.L("Save the exchange…"), theme.DocumentSaveIcon(), func() { w.saveCapture(exchange.Bytes()) })
			w.FailWith(err, save)
		}
	})
}

func (w *Workstation) saveCapture(exchange []byte) {
	path, err := w.desk.Reading().SaveCapture(w.folder(), exchange)
	if err != nil {
		w.Fail(err)
		return
	}
	w.Tell(say.L("The exchange is saved"), say.L("It is at ")+path+say.L(". It holds what the receiver answered, with serial numbers and times, but no glucose values. Look at it before you give it to anybody."))
}
