package shell

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/dialog"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"tracedesk/device"
	"tracedesk/ui/present"
	"tracedesk/ui/say"
	"tracedesk/workflow"
)

// dialogs is the one place that asks, tells and shows progress.
type dialogs struct {
	Patience time.Duration // before progress is shown; a quarter of a second where it is 0

	win      fyne.Window
	busy     bool                         // long work is under way
	running  atomic.Int32                 // works whose end is not dealt with yet
	messages map[fyne.CanvasObject]func() // the messages that are shown, and what closes them
	open     []*Form                      // what is being typed, the last on top, to be kept through a lock
}

const dialogWidth = 520

// told wraps a text to a dialog's width.
func told(text string) fyne.CanvasObject {
	label := widget.NewLabel(text)
	label.Wrapping = fyne.TextWrapWord
	return container.NewGridWrap(fyne.NewSize(dialogWidth, wrappedHeight(text)), label)
}

// wrappedHeight is a height that the text fits into at a dialog's width.
func wrappedHeight(text string) float32 {
	line := fyne.MeasureText("x", theme.TextSize(), fyne.TextStyle{})
	lines := 1
	for _, part := range strings.Split(text, "\n") {
		lines += 1 + int(fyne.MeasureText(part, theme.TextSize(), fyne.TextStyle{}).Width/(dialogWidth-3*theme.Padding()))
	}
	return float32(lines) * (line.Height + theme.LineSpacing())
}

// Tell shows a message.
func (d *dialogs) Tell(title, text string) {
	d.message(dialog.NewCustom(title, "OK", told(text), d.win))
}

// message shows a message, which Enter and Escape close as its button does.
func (d *dialogs) message(shown *dialog.CustomDialog) {
	shown.Show()
	overlay := d.win.Canvas().Overlays().Top()
	shown.SetOnClosed(func() { delete(d.messages, overlay) })
	if d.messages == nil {
		d.messages = map[fyne.CanvasObject]func(){}
	}
	d.messages[overlay] = shown.Hide
}

// CloseMessage closes the message on top, if there is one.
func (d *dialogs) CloseMessage() bool {
	hide := d.messages[d.win.Canvas().Overlays().Top()]
	if hide == nil {
		return false
	}
	hide()
	return true
}

// explained words an error for a person. What to do comes from the catalogue.
func explained(err error) (what, do string) {
	what, do = workflow.Explain(err)
	return what, say.L(do)
}

// Fail says what happened and what to do, with the words to copy.
func (d *dialogs) Fail(err error) { d.FailWith(err) }

// FailWith is Fail with more buttons.
func (d *dialogs) FailWith(err error, beside ...fyne.CanvasObject) {
	d.message(d.failure(err, "OK", beside...))
}

// failure is the dialog of an error, which a button closes.
func (d *dialogs) failure(err error, button string, beside ...fyne.CanvasObject) *dialog.CustomDialog {
	what, do := explained(err)
	text := present.Sentence(errors.New(what))
	if do != "" {
		text += say.L("\n\nWhat to do: ") + do + "."
	}
	copyText := NewButtonWithIcon(say.L("Copy the details"), theme.ContentCopyIcon(), func() {
		fyne.CurrentApp().Clipboard().SetContent(text)
	})
	buttons := container.NewHBox(append([]fyne.CanvasObject{copyText}, beside...)...)
	return dialog.NewCustom(say.L("That did not work"), button, container.NewVBox(told(text), buttons), d.win)
}

// Ask shows a question. Its safe answer is no.
func (d *dialogs) Ask(title, text, yes, no string, answered func()) {
	question := dialog.NewCustomConfirm(title, yes, no, told(text), func(ok bool) {
		if ok {
			answered()
		}
	}, d.win)
	question.SetConfirmImportance(widget.WarningImportance)
	question.Show()
}

// Confirm shows content of the given size between two buttons, and gives the answer.
func (d *dialogs) Confirm(title, yes, no string, content fyne.CanvasObject, size fyne.Size, answered func(ok bool)) {
	question := dialog.NewCustomConfirm(title, yes, no, content, answered, d.win)
	question.Show()
	question.Resize(size)
}

// settle is how long the window waits for quick work, so that the next frame shows
// its result.
const settle = 20 * time.Millisecond

// patience is how long work may take before its progress is shown.
const patience = 250 * time.Millisecond

// Running says whether work is under way, or its end has not been handled yet.
func (d *dialogs) Running() bool { return d.running.Load() > 0 }

// Work does long work beside the window, with progress and a way to cancel. Then it
// calls done with the error, on the window's goroutine. It does not call done for
// cancelled work.
func (d *dialogs) Work(title string, do func(context.Context, device.Progress) error, done func(error)) {
	if d.busy {
		return
	}
	d.busy = true
	ctx, cancel := context.WithCancel(context.Background())
	bar, what, left := widget.NewProgressBar(), widget.NewLabel(""), Quiet("")
	begun := time.Now()
	var shown *dialog.CustomDialog
	later := time.AfterFunc(cmp.Or(d.Patience, patience), func() {
		fyne.Do(func() {
			if d.busy && shown == nil {
				stop := NewButton(say.L("Cancel"), cancel)
				wide := container.NewGridWrap(fyne.NewSize(dialogWidth, bar.MinSize().Height), bar)
				content := container.NewVBox(what, wide, left, container.NewCenter(stop))
				shown = dialog.NewCustomWithoutButtons(title, content, d.win)
				shown.Show()
			}
		})
	})
	end := func(err error) {
		later.Stop()
		d.busy = false
		cancel()
		if shown != nil {
			shown.Hide()
		}
		if !errors.Is(err, context.Canceled) {
			done(err)
		}
		d.running.Add(-1)
	}
	d.running.Add(1)
	ended := make(chan error, 1)
	go func() {
		ended <- do(ctx, throttled(func(done, total int64, text string) {
			fyne.Do(func() {
				what.SetText(text)
				if total > 0 {
					bar.SetValue(float64(done) / float64(total))
					left.SetText(remaining(time.Since(begun), float64(done)/float64(total)))
				}
			})
		}))
	}()
	select {
	case err := <-ended:
		end(err)
	case <-time.After(settle):
		go func() {
			err := <-ended
			fyne.Do(func() { end(err) })
		}()
	}
}

// remaining estimates the time that is left from the share that is done. It is empty
// in the first moments, which tell too little.
func remaining(taken time.Duration, share float64) string {
	if taken < time.Second || share <= 0.02 || share >= 1 {
		return ""
	}
	left := time.Duration(float64(taken) * (1 - share) / share)
	if left < time.Minute {
		return fmt.Sprintf(say.L("about %d s left"), int(left.Seconds())+1)
	}
	return fmt.Sprintf(say.L("about %d min left"), int(left.Minutes())+1)
}

// throttled passes on at most some twenty reports a second.
func throttled(report device.Progress) device.Progress {
	var last time.Time
	return func(done, total int64, what string) {
		if now := time.Now(); now.Sub(last) > 50*time.Millisecond {
			last = now
			report(done, total, what)
		}
	}
}
