package clinic

import (
	"errors"
	"fmt"
	"unicode"
	"unicode/utf8"
)

// longestText is how many characters a name may have. The longest that ICAO
// Doc 9303 and HL7 expect have fewer.
const longestText = 200

// Why a name cannot be taken.
var (
	ErrControl = errors.New("a name or number holds a character that cannot be printed, a line break, " +
		"or one that turns the direction of writing")
	ErrLongName = fmt.Errorf("a name or number has more than %d characters", longestText)
)

// CheckName says why a name, or any other text of one line that stands on
// screens, documents and in file names, cannot be taken: it is printable, in one
// line, and does not show other text than it holds.
func CheckName(names ...string) error {
	for _, s := range names {
		switch {
		case !utf8.ValidString(s):
			return ErrControl
		case utf8.RuneCountInString(s) > longestText:
			return ErrLongName
		}
		for _, r := range s {
			if unicode.IsControl(r) || unprintable(r) {
				return ErrControl
			}
		}
	}
	return nil
}

// unprintable is of the characters that break a line (U+2028, U+2029) and those
// that override the direction of writing, or isolate from it (Unicode Standard
// Annex 9, section 2). The marks U+200E and U+200F only lend a direction.
func unprintable(r rune) bool {
	return r >= 0x2028 && r <= 0x202E || r >= 0x2066 && r <= 0x2069
}
