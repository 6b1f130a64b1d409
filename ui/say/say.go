// Package say is the catalogue of what the window says. Every text of a screen
// goes through L: its key is the English text itself, and assets/texts holds one
// file a language. Numbers, names and what the documents say are put into the
// texts, not into the catalogue. A language is added by a file beside en.json.
package say

import (
	"fyne.io/fyne/v2/lang"

	"tracedesk/assets"
)

func init() {
	if err := lang.AddTranslationsFS(assets.Texts, "texts"); err != nil {
		panic(err) // the catalogue is built in
	}
}

// translate is another function in tests.
var translate = func(text string) string { return lang.L(text) }

// L is the text in the language of the system, or in English where the catalogue
// does not have it.
func L(text string) string {
	if text == "" {
		return ""
	}
	return translate(text)
}

// With replaces the catalogue until the returned function is called: a test then
// sees which texts come from it.
func With(other func(text string) string) (restore func()) {
	before := translate
	translate = other
	return func() { translate = before }
}
