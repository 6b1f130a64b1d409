package export

import (
	_ "embed"
	"strings"
	"sync"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"tracedesk/cgm"
)

// Columns of a Clarity export, in the order in which Clarity writes them.
const (
	colIndex = iota
	colTimestamp
	colEventType
	colSubtype
	colPatientInfo
	colDeviceInfo
	colDeviceID
	colGlucose
	colInsulin
	colCarbs
	colDuration
	colRate
	colTransmitterTime
	colTransmitterID
	clarityColumns
)

// rowKind is what a row of a Clarity export is about.
type rowKind uint8

const (
	unknownRow rowKind = iota
	glucoseRow
	calibrationRow
	carbsRow
	insulinRow
	exerciseRow
	healthRow
	noteRow
	ignoredRow // alerts, sensors and what else carries no fact of ours
	deviceRow
	firstNameRow
	lastNameRow
	identifierRow
	birthDateRow
	rowKinds
)

// languagesTSV has one row a language: its header words in Clarity's order, its
// event types and preamble words in the order of rowKind, and its words for LOW
// and HIGH. Other spellings of a word stand beside it, parted by a bar.
//
//go:embed languages.tsv
var languagesTSV string

// vocabulary is what the words of all languages mean, folded.
type vocabulary struct {
	columns map[string]int
	rows    map[string]rowKind
	limits  map[string]cgm.Flag
}

// words is the vocabulary of languages.tsv.
var words = sync.OnceValue(func() *vocabulary {
	v := &vocabulary{map[string]int{}, map[string]rowKind{}, map[string]cgm.Flag{}}
	lines := strings.Split(strings.TrimSpace(languagesTSV), "\n")
	for _, line := range lines[1:] {
		v.learn(strings.Split(line, "\t")[1:])
	}
	return v
})

// learn takes in the cells of one language.
func (v *vocabulary) learn(cells []string) {
	for i, cell := range cells {
		for word := range strings.SplitSeq(cell, "|") {
			if word = fold(word); word == "" {
				continue
			}
			kind := rowKind(i - clarityColumns + 1)
			switch {
			case i < clarityColumns:
				v.columns[word] = i
			case kind < rowKinds:
				v.rows[word] = kind
			case kind == rowKinds:
				v.limits[word] = cgm.Low
			default:
				v.limits[word] = cgm.High
			}
		}
	}
}

// column is the column that a folded title names, or -1.
func (v *vocabulary) column(word string) int {
	if col, known := v.columns[word]; known {
		return col
	}
	return -1
}

// formerBrackets are what is left of Clarity's brackets in titles that a script
// made into names (glucose_value_mg_dl, Timestamp..YYYY.MM.DDThh.mm.ss.).
var formerBrackets = []struct{ word, bracket string }{
	{"mgdl", "mg/dL"}, {"mmoll", "mmol/L"}, {"yyyymmddthhmmss", ""}, {"hhmmss", ""}, {"mgdlmin", ""}, {"mmollmin", ""},
	{"longinteger", ""}, {"grams", ""}, {"u", ""},
}

// title is the column that a title names, or -1, and what its bracket holds.
func (v *vocabulary) title(text string) (col int, bracket string) {
	word, bracket := headerWord(text)
	if col = v.column(word); col >= 0 || bracket != "" {
		return col, bracket
	}
	for _, former := range formerBrackets {
		if stem, cut := strings.CutSuffix(word, former.word); cut && v.column(stem) >= 0 {
			return v.column(stem), former.bracket
		}
	}
	return -1, ""
}

// letters are those that decomposing leaves whole.
var letters = strings.NewReplacer("ł", "l", "ø", "o", "æ", "ae", "œ", "oe", "ß", "ss", "đ", "d", "ı", "i")

// fold makes header and event words comparable over languages and files: lower
// case, without accents, blanks and punctuation.
func fold(s string) string {
	var b strings.Builder
	for _, r := range norm.NFD.String(decodeText(s)) {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			b.WriteRune(unicode.ToLower(r))
		}
	}
	return letters.Replace(b.String())
}

// headerWord is the folded header before its bracket, and what the bracket holds.
func headerWord(s string) (word, bracket string) {
	s = decodeText(s)
	if i := strings.IndexByte(s, '('); i >= 0 {
		bracket = strings.TrimSpace(strings.TrimRight(strings.TrimSpace(s[i+1:]), ")"))
		s = s[:i]
	}
	return fold(s), bracket
}
