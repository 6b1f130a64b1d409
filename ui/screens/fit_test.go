package screens

import (
	"testing"

	"fyne.io/fyne/v2"

	"tracedesk/assets"
	"tracedesk/clinic/billing"
	"tracedesk/clinic/stock"
)

// A screen of 1366 × 768 points at 200 per cent, in the window's units.
const smallWidth, smallHeight = 1366 / 2.0, 768 / 2.0

// TestEveryScreenFitsASmallScreenEnlarged asks each screen for the least room
// that it needs.
func TestEveryScreenFitsASmallScreenEnlarged(t *testing.T) {
	w := openWindow(t)
	fits := func(name string) {
		if size := win(w).Content().MinSize(); size.Width > smallWidth || size.Height > smallHeight {
			t.Errorf("%s needs %.0f × %.0f of %.0f × %.0f", name, size.Width, size.Height, smallWidth, smallHeight)
		}
		if top := win(w).Canvas().Overlays().Top(); top != nil {
			if size := top.MinSize(); size.Width > smallWidth || size.Height > smallHeight {
				t.Errorf("the dialog %s needs %.0f × %.0f", name, size.Width, size.Height)
			}
		}
	}
	fits("start")
	drop(t, w, write(t, "export.csv", string(assets.DemoRecording)))
	fits("review")
	tap(t, w, "Store with Demo Patient")
	fits("profile")
	id := firstWear(t, w)
	for _, s := range []struct {
		name string
		open func()
	}{
		{"trace", func() { w.openTrace(id) }}, {"evidence", func() { w.openCase(id, "") }}, {"interpretation", func() { w.openInterpretation(id, "") }},
		{"patients", w.showPatients}, {"documents", w.showFiled}, {"practice", w.showPractice}, {"tray", w.showTray},
		{"settings", w.showSettings}, {"payer", func() { practiceView{w}.askProfile(billing.StrictProfile()) }}, {"device", func() { practiceView{w}.askDevice(stock.Device{}) }}, {"fees", practiceView{w}.showFees},
		{"user", practiceView{w}.addUser}, {"insertion", func() { w.askStep("place", id, "Demo Patient", nil, func() {}) }},
	} {
		s.open()
		idle(t, w)
		fits(s.name)
		if win(w).Canvas().Overlays().Top() != nil {
			win(w).Canvas().OnTypedKey()(&fyne.KeyEvent{Name: fyne.KeyEscape})
		}
	}
	for _, part := range practiceParts(t, w).Items {
		showPart(t, w, part.Text)
		fits("the practice's " + part.Text)
	}
	w.showHome()
	w.newWear()
	fits("new wear")
	win(w).Canvas().OnTypedKey()(&fyne.KeyEvent{Name: fyne.KeyEscape})
	win(w).Canvas().OnTypedKey()(&fyne.KeyEvent{Name: fyne.KeyF1})
	fits("keys")
	w.Lock()
	fits("locked")
	gates{w}.showSetup(t.TempDir(), false)
	fits("setup")
	gates{w}.showRecoveryPage(nil)
	fits("recovery")
}
