// Package say is where every text of the window passes, on its way from English
// into the language of the system: the key of a text in a catalogue is the English
// text itself. Numbers, names and what the documents say are put into the texts,
// not into the catalogue. The catalogues are assets/texts, a file a language; the
// window hands in what looks texts up in them, and without it all is English.
package say

var translate = func(text string) string { return text }

// L is the text in the language of the system, or in English where the catalogue
// does not have it.
func L(text string) string {
	if text == "" {
		return ""
	}
	return translate(text)
}

// Through has every text looked up by a function until the returned one is called.
func Through(look func(text string) string) (restore func()) {
	before := translate
	translate = look
	return func() { translate = before }
}
