package export

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"

	"tracedesk/cgm"
)

// decodeText is the field as UTF-8: older German exports are Latin-1, which
// is told by bytes that UTF-8 cannot have.
func decodeText(s string) string {
	if utf8.ValidString(s) {
		return strings.Clone(s)
	}
	t, err := charmap.Windows1252.NewDecoder().String(s)
	if err != nil {
		return strings.ToValidUTF8(s, "�")
	}
	return t
}

// isBlank says of a character that nobody sees it: blanks of every width, byte
// order marks, control characters.
func isBlank(r rune) bool {
	return unicode.IsSpace(r) || unicode.IsControl(r) || r == '\uFEFF' || r >= '\u200B' && r <= '\u200F' || r == '\u2060'
}

// trim takes off what surrounds a value without being seen, and how a
// spreadsheet marks a number as text: ="145" and '145.
func trim(s string) string {
	if s == "" || s[0] > ' ' && s[0] < 0x7F && s[0] != '=' && s[0] != '\'' && s[len(s)-1] > ' ' && s[len(s)-1] < 0x7F {
		return s
	}
	s = trimText(s)
	if inner, marked := strings.CutPrefix(s, `="`); marked {
		s = strings.TrimSuffix(inner, `"`)
	}
	return strings.TrimFunc(strings.TrimPrefix(s, "'"), isBlank)
}

// trimText is trim for words, which may begin with an apostrophe ('t Hooft).
func trimText(s string) string { return strings.TrimFunc(decodeText(s), isBlank) }

// parseNumber reads a number with a point or a decimal comma.
func parseNumber(s string) (float64, bool) {
	s = trim(s)
	if s == "" || (s[0] < '0' || s[0] > '9') && s[0] != '-' {
		return 0, false
	}
	if n, err := strconv.Atoi(s); err == nil {
		return float64(n), true
	}
	if strings.IndexByte(s, ',') >= 0 {
		s = strings.Replace(s, ",", ".", 1)
	}
	v, err := strconv.ParseFloat(s, 64)
	return v, err == nil
}

// clockText is what a field of the transmitter's time holds.
type clockText uint8

const (
	clockRead    clockText = iota // whole seconds
	clockMissing                  // nothing
	clockDamaged                  // what a spreadsheet makes of them: 711,200 or 1.23E+05
	clockBad                      // something else
)

var (
	wholeWithZeros = regexp.MustCompile(`^(\d+)[.,](0+)$`)
	damagedNumber  = regexp.MustCompile(`^\d[\d.,'’  \x{00A0}\x{202F}]*([Ee][+-]?\d+)?$`)
)

// parseSeconds reads the transmitter's time. It must be whole seconds as they
// were exported: a number that was rounded or grouped is no key to a reading.
func parseSeconds(s string) (int64, clockText) {
	if s = trim(s); s == "" {
		return 0, clockMissing
	}
	n, err := strconv.ParseUint(s, 10, 32)
	if err == nil {
		return int64(n), clockRead
	}
	// 720.000 may be 720 or 720 thousand; 7200.0 is 7200.
	if m := wholeWithZeros.FindStringSubmatch(s); m != nil && (len(m[2]) != 3 || len(m[1]) > 3) {
		if n, err := strconv.ParseUint(m[1], 10, 32); err == nil {
			return int64(n), clockRead
		}
	}
	if damagedNumber.MatchString(s) && !isDigits(s) {
		return 0, clockDamaged
	}
	return 0, clockBad
}

func isDigits(s string) bool {
	return s != "" && strings.TrimLeft(s, "0123456789") == ""
}

// scientific is a transmitter's number as a spreadsheet keeps it.
var scientific = regexp.MustCompile(`^(\d)(?:[.,](\d+))?[Ee]\+?(\d{1,2})$`)

// parseTransmitterID reads a transmitter's id. One that a spreadsheet rounded
// (3.47631E+11), or that could not stand in a recording's CSV, is damaged and names
// nobody; one that was only written otherwise is put right.
func parseTransmitterID(s string) (id string, damaged bool) {
	if id, damaged = writtenID(s); !cgm.FitsCSV(id) {
		return "", true
	}
	return id, damaged
}

func writtenID(s string) (id string, damaged bool) {
	s = strings.ToUpper(trim(s))
	if m := scientific.FindStringSubmatch(s); m != nil && strings.ContainsAny(s, "+.,") {
		places, _ := strconv.Atoi(m[3])
		if len(m[2]) == places {
			return m[1] + m[2], false
		}
		return "", true
	}
	if m := wholeWithZeros.FindStringSubmatch(s); m != nil && len(m[1]) > 3 {
		return m[1], false
	}
	if grouped := strings.Map(withoutGroups, s); grouped != s && isDigits(grouped) && len(grouped) > 6 {
		return grouped, false
	}
	return s, false
}

func withoutGroups(r rune) rune {
	if strings.ContainsRune(".,'’   ", r) {
		return -1
	}
	return r
}

// minutesOf reads a duration hh:mm:ss, or a part of a day as a workbook keeps it.
func minutesOf(s string) float64 {
	var h, m, sec int
	if n, _ := fmt.Sscanf(trim(s), "%d:%d:%d", &h, &m, &sec); n < 2 {
		if day, ok := parseNumber(s); ok && day > 0 && day <= 1 {
			return float64(int(day*1440*60+0.5)) / 60
		}
		return 0
	}
	return float64(h*60+m) + float64(sec)/60
}

// unseen are characters that a message has to name to be understood.
var unseen = strings.NewReplacer("\u00A0", "[no-break space]", "\u202F", "[narrow no-break space]",
	"\uFEFF", "[byte order mark]", "\u200B", "[zero-width space]", "\t", "[tab]")

// excerpt is a short piece of a field for a message.
func excerpt(s string) string {
	r := []rune(strings.TrimRight(strings.TrimLeft(decodeText(s), " "), " \r\n"))
	if len(r) > 24 {
		r = append(r[:23], '…')
	}
	text := []rune(unseen.Replace(string(r)))
	for i := range text {
		if unicode.IsControl(text[i]) {
			text[i] = ' '
		}
	}
	return string(text)
}
