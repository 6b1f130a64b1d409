package export

import (
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/unicode/norm"

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

// fold makes header and event words comparable over languages and files: lower
// case, without accents, blanks and punctuation.
func fold(s string) string {
	var b strings.Builder
	for _, r := range norm.NFD.String(decodeText(s)) {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			b.WriteRune(unicode.ToLower(r))
		}
	}
	return b.String()
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

// parseNumber reads a number with a point or a decimal comma.
func parseNumber(s string) (float64, bool) {
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

// Times outside these years are a device whose clock was lost, or a wrong column.
const (
	firstYear = 2005
	lastYear  = 2099
)

// slashed is a timestamp with a slashed date, which may be month or day
// first: both readings of it, and whether each is a date that exists.
type slashed struct {
	monthFirst, dayFirst cgm.WallTime
	isMonth, isDay       bool
}

// stampReader reads timestamps; rows of one day share the work for the date.
type stampReader struct {
	date     string // the last YYYY-MM-DD
	midnight cgm.WallTime
}

// read understands YYYY-MM-DDThh:mm:ss, the same with a blank, and what
// spreadsheets make of it; either is set where the date may be read two ways.
func (r *stampReader) read(s string) (at cgm.WallTime, either *slashed, ok bool) {
	if len(s) != 19 || s[4] != '-' || s[7] != '-' || (s[10] != 'T' && s[10] != ' ') || s[13] != ':' || s[16] != ':' {
		return readResaved(s)
	}
	h, m, sec := twoDigits(s[11:]), twoDigits(s[14:]), twoDigits(s[17:])
	if uint(h) > 23 || uint(m) > 59 || uint(sec) > 59 || s[:10] != r.date && !r.day(s[:10]) {
		return 0, nil, false
	}
	return r.midnight + cgm.WallTime(h*3600+m*60+sec), nil, true
}

// day moves on to another date.
func (r *stampReader) day(date string) bool {
	t, err := time.Parse("2006-01-02", date)
	if err != nil || t.Year() < firstYear || t.Year() > lastYear {
		return false
	}
	r.date, r.midnight = strings.Clone(date), cgm.WallTime(t.Unix())
	return true
}

func twoDigits(s string) int {
	a, b := int(s[0])-'0', int(s[1])-'0'
	if uint(a) > 9 || uint(b) > 9 {
		return -1
	}
	return a*10 + b
}

var isoLayouts = []string{"2006-01-02T15:04:05.999999999", "2006-01-02 15:04:05.999999999", "2006-01-02T15:04", "2006-01-02 15:04", "2006-01-02T15:04:05Z07:00"}

var clockLayouts = []string{"15:04:05", "15:04", "3:04:05 PM", "3:04 PM", "3:04:05PM", "3:04PM"}

// readResaved reads the shapes that a spreadsheet or a script leaves behind.
func readResaved(s string) (at cgm.WallTime, either *slashed, ok bool) {
	s = strings.TrimSpace(s)
	for _, layout := range isoLayouts {
		if t, err := time.Parse(layout, s); err == nil {
			at = cgm.NewWallTime(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second())
			return at, nil, t.Year() >= firstYear && t.Year() <= lastYear
		}
	}
	date, clock, found := strings.Cut(strings.Replace(s, "T", " ", 1), " ")
	if !found {
		return 0, nil, false
	}
	for _, layout := range clockLayouts {
		if t, err := time.Parse(layout, strings.ToUpper(strings.TrimSpace(clock))); err == nil {
			d := slashedDate(date, cgm.WallTime(t.Hour()*3600+t.Minute()*60+t.Second()))
			return d.monthFirst, &d, d.isMonth || d.isDay
		}
	}
	return 0, nil, false
}

// slashedDate reads M/D/YYYY or D/M/YYYY; with dots the day comes first.
func slashedDate(date string, clock cgm.WallTime) (s slashed) {
	layouts := [2]string{"1/2/", "2/1/"}
	if strings.IndexByte(date, '.') >= 0 {
		date = strings.ReplaceAll(date, ".", "/")
		layouts[0] = layouts[1]
	}
	year := "2006"
	if i := strings.LastIndexByte(date, '/'); i >= 0 && len(date)-i == 3 {
		year = "06"
	}
	read := func(layout string) (cgm.WallTime, bool) {
		t, err := time.Parse(layout+year, date)
		return cgm.WallTime(t.Unix()) + clock, err == nil && t.Year() >= firstYear && t.Year() <= lastYear
	}
	s.monthFirst, s.isMonth = read(layouts[0])
	s.dayFirst, s.isDay = read(layouts[1])
	return s
}
