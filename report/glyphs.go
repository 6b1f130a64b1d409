package report

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"unicode"

	"golang.org/x/image/font/sfnt"
	"golang.org/x/text/unicode/norm"

	"tracedesk/assets"
)

var printed = sync.OnceValue(func() *sfnt.Font {
	f, err := sfnt.Parse(assets.SansRegular)
	if err != nil {
		panic(err) // the font is built in and tested
	}
	return f
})

// Undrawable lists the characters of s that the documents' font cannot draw:
// without a glyph, or of a script whose letters must be joined or reordered.
func Undrawable(s string) []rune {
	var out []rune
	for _, r := range norm.NFC.String(s) {
		if !drawable(r) && !slices.Contains(out, r) {
			out = append(out, r)
		}
	}
	return out
}

func drawable(r rune) bool {
	if r >= ' ' && r < 0x7F {
		return true
	}
	if r > 0xFFFF || !unicode.In(r, unicode.Latin, unicode.Greek, unicode.Cyrillic, unicode.Common, unicode.Inherited) {
		return false
	}
	var b sfnt.Buffer
	glyph, err := printed().GlyphIndex(&b, r)
	return err == nil && glyph != 0
}

// spelled replaces what the font cannot draw by codes; no letter is dropped.
func spelled(s string) string {
	if isASCII(s) {
		return s
	}
	s = norm.NFC.String(s)
	if strings.IndexFunc(s, func(r rune) bool { return !drawable(r) }) < 0 {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		if drawable(r) {
			b.WriteRune(r)
		} else {
			fmt.Fprintf(&b, "[U+%04X]", r)
		}
	}
	return b.String()
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] >= 0x7F {
			return false
		}
	}
	return true
}
