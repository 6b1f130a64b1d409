package screens

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"tracedesk/assets"
	"tracedesk/ui/say"
	"tracedesk/ui/shell"
)

// marked is a text that comes from the catalogue, in these tests.
var marked = regexp.MustCompile(`⟦[^⟦⟧]*⟧`)

// data is what the catalogue does not hold: names, dates, codes, units, what a
// document or a rule says, and the name of the program.
var data = regexp.MustCompile(`^(Tracedesk|mg/dL|mmol/L|Letter|A4|English|Español|95\d{3}.*|(Mon|Tue|Wed|Thu|Fri|Sat|Sun),? .*|Mar 4, 2024|\d.*|Terry Tester.*|Demo Patient.*|carbs|insulin|exercise|health|note|reader|transmitter|sensors|MD|OK|Yes|No|NPI|YYYY|YYYY-MM-DD|AGE-SECRET-KEY-1…|\{last\}.*|/.*|method \d.*|Source: .*)$`)

// checkTexts gives each text of a widget to check.
func checkTexts(o fyne.CanvasObject, check func(what, text string)) {
	switch x := o.(type) {
	case *widget.Button:
		check("button", x.Text)
	case *widget.Label:
		if x.SizeName != "" { // a heading, or quiet words
			check("heading", x.Text)
		}
	case *widget.Form:
		for _, item := range x.Items {
			check("label", item.Text)
			check("hint", item.HintText)
		}
	case *shell.Entry:
		check("hint", x.PlaceHolder)
	case *widget.RadioGroup:
		for _, text := range x.Options {
			check("choice", text)
		}
	case *widget.Check:
		check("choice", x.Text)
	case *container.AppTabs:
		for _, item := range x.Items {
			check("tab", item.Text)
		}
	}
}

// TestEveryTextOfAScreenIsFromTheCatalogue replaces the catalogue by marks and
// looks at what every screen says in its buttons, titles, tabs, labels of fields,
// hints and choices.
func TestEveryTextOfAScreenIsFromTheCatalogue(t *testing.T) {
	defer say.Through(func(text string) string { return "⟦" + text + "⟧" })()
	w := openWindow(t)
	at := ""
	check := func(what, text string) {
		rest := strings.TrimSpace(strings.Trim(marked.ReplaceAllString(text, ""), " –·.,:()?"))
		if rest != "" && regexp.MustCompile(`\pL{3,}`).MatchString(rest) && !data.MatchString(rest) {
			t.Errorf("%s: the %s %q is not from the catalogue", at, what, text)
		}
	}
	look := func(name string) {
		at = name
		each(w, func(o fyne.CanvasObject) { checkTexts(o, check) })
	}
	close := func() {
		win(w).Canvas().OnTypedKey()(&fyne.KeyEvent{Name: fyne.KeyEscape})
	}
	look("start")
	drop(t, w, write(t, "export.csv", string(assets.DemoRecording)))
	look("review")
	tap(t, w, "⟦Store with ⟧")
	look("profile")
	id := firstWear(t, w)
	for name, open := range map[string]func(){
		"trace": func() { w.openTrace(id) }, "evidence": func() { w.openCase(id, "") },
		"interpretation": func() { w.openInterpretation(id, "") },
		"patients":       w.showPatients, "documents": w.showFiled, "practice": w.showPractice, "settings": w.showSettings,
		"new wear": w.newWear, "fees": practiceView{w}.showFees,
		"tray": w.showTray, "keys": func() { win(w).Canvas().OnTypedKey()(&fyne.KeyEvent{Name: fyne.KeyF1}) },
	} {
		open()
		idle(t, w)
		look(name)
		close()
		w.showHome()
	}
	w.openCase(id, "")
	idle(t, w)
	for _, use := range []string{
		"place", "return", "clean", "answer", "override", "file", "fail", "lose", "bill", "reorder",
	} {
		w.askStep(use, id, "Demo Patient", nil, func() {})
		look("step " + use)
		close()
	}
	w.Lock()
	look("locked")
	gates{w}.showRecover("ruiz")
	look("recover")
	gates{w}.showSetup(t.TempDir(), false)
	look("setup")
	gates{w}.showRecoveryPage(nil)
	look("recovery page")
}

// TestATextIsItselfInEnglish asks the catalogue for every key that it has.
func TestATextIsItselfInEnglish(t *testing.T) {
	b, err := assets.Texts.ReadFile("texts/en.json")
	if err != nil {
		t.Fatal(err)
	}
	var texts map[string]string
	if err := json.Unmarshal(b, &texts); err != nil {
		t.Fatal(err)
	}
	for key := range texts {
		if got := say.L(key); got != key {
			t.Errorf("%q is said as %q", key, got)
		}
	}
}
