package screens

import (
	"bytes"
	"context"
	"fmt"
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

// readReceiver reads the receiver that is plugged in. The first time on this
// workstation it warns that the maker's upload clears a reader.
func (w *Workstation) readReceiver() {
	if w.Preferences().ReaderNoteSeen() {
		w.readPort("")
		return
	}
	w.Ask(say.L("Read here first, upload later"),
		say.L("Uploading a G6 Pro reader with the maker's software clears the reader: a recording that was not read "+
			"here before is lost. Reading here changes nothing on it but its own log and settings, so it can still be "+
			"uploaded afterwards. This message appears once."),
		say.L("Read it now"), say.L("Cancel"), func() {
			w.Preferences().SetReaderNoteSeen()
			w.readPort("")
		})
}

// readPort reads the receiver on a port, or without a name the only one, beside the
// window and with progress by page. Then it shows the review.
func (w *Workstation) readPort(port string) {
	var review *present.Review
	var exchange bytes.Buffer
	w.Work(say.L("Reading the receiver"), func(ctx context.Context, progress device.Progress) (err error) {
		review, err = w.desk.Reading().ReadReceiver(ctx, port, &exchange, progress)
		return err
	}, func(err error) {
		if err != nil {
			w.FailWith(err, w.afterRead(err, exchange.Bytes())...)
			return
		}
		w.showReview(review)
	})
}

// afterRead has the buttons after a read that failed: one for each of several
// receivers, or one that saves the exchange if it helps to find out why.
func (w *Workstation) afterRead(err error, exchange []byte) (out []fyne.CanvasObject) {
	for _, port := range present.Ports(err) {
		out = append(out, shell.NewButton(port, func() {
			w.CloseMessage()
			w.readPort(port)
		}))
	}
	if len(exchange) > 0 && present.CaptureHelps(err) {
		out = append(out,
			shell.NewButtonWithIcon(say.L("Save the diagnostic capture…"), theme.DocumentSaveIcon(),
				func() { w.saveCapture(exchange) }))
	}
	return out
}

func (w *Workstation) saveCapture(exchange []byte) {
	path, err := w.desk.Reading().SaveCapture(w.folder(), exchange)
	if err != nil {
		w.Fail(err)
		return
	}
	w.Tell(say.L("The diagnostic capture is saved"),
		fmt.Sprintf(say.L("It is at %s. It holds what the receiver answered, with serial numbers and times, but no "+
			"glucose values; its last line says what is inside. Look at it before you give it to anybody."), path))
}
