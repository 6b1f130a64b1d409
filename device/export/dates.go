package export

import (
	"regexp"
	"strconv"
	"strings"
	"time"

	"tracedesk/cgm"
)

// Times outside these years are a device whose clock was lost, or a wrong column.
const (
	firstYear = 2005
	lastYear  = 2099
)

// mostSerial is after every date that a workbook counts in days.
const mostSerial = 100_000

// slashed is a timestamp that may have the month or the day first: both
// readings of it, and whether each is a date that exists.
type slashed struct {
	monthFirst, dayFirst cgm.WallTime
	isMonth, isDay       bool
	dashed               bool // 3-4-2026, not 3/4/2026
}

// stampReader reads timestamps; rows of one day share the work for the date.
type stampReader struct {
	date     string // the last YYYY-MM-DD
	midnight cgm.WallTime
	serials  func(days float64) cgm.WallTime // of a workbook's dates; nil for text
}

// read understands YYYY-MM-DDThh:mm:ss, the same with a blank, and what
// spreadsheets make of it; either is set where the date may be read two ways.
func (r *stampReader) read(s string) (at cgm.WallTime, either *slashed, ok bool) {
	if len(s) != 19 || s[4] != '-' || s[7] != '-' || (s[10] != 'T' && s[10] != ' ') || s[13] != ':' || s[16] != ':' {
		return r.readResaved(s)
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

// resaved is a timestamp in the shapes that spreadsheets and scripts leave
// behind: three numbers of a date with one sign between them, a time with
// colons or points, and half of the day in the words of several languages.
var resaved = regexp.MustCompile(`^(\d{1,4})([-/.])(\d{1,2}|[A-Za-z]{3})([-/.])(\d{1,4})(?:[T,]\s*|\s+)` +
	`(\d{1,2})[:.](\d{2})(?:[:.](\d{2})(?:[.,]\d+)?)?\s*([AaPp])?\.?\s*([Mm])?\.?\s*(?:Z|[+-]\d{2}:?\d{2})?$`)

// readResaved reads the shapes that a spreadsheet or a script leaves behind.
func (r *stampReader) readResaved(s string) (at cgm.WallTime, either *slashed, ok bool) {
	s = trim(s)
	if r.serials != nil {
		if days, isNumber := parseNumber(s); isNumber && days > 0 && days < mostSerial {
			at = r.serials(days)
			year := at.UTC().Year()
			return at, nil, year >= firstYear && year <= lastYear
		}
	}
	m := resaved.FindStringSubmatch(strings.Map(plainBlank, s))
	if m == nil || m[2] != m[4] || (m[9] == "") != (m[10] == "") {
		return 0, nil, false
	}
	clock, ok := secondsOf(m[6], m[7], m[8], strings.ToLower(m[9]))
	if !ok {
		return 0, nil, false
	}
	if len(m[1]) == 4 {
		day, ok := dateOf(m[1], m[3], m[5])
		return day + clock, nil, ok
	}
	d := slashed{dashed: m[2] == "-"}
	if d.dayFirst, d.isDay = dateOf(m[5], m[3], m[1]); m[2] == "." || len(m[3]) == 3 {
		return d.dayFirst + clock, nil, d.isDay // points and names of months go with the day first
	}
	d.monthFirst, d.isMonth = dateOf(m[5], m[1], m[3])
	d.monthFirst, d.dayFirst = d.monthFirst+clock, d.dayFirst+clock
	return d.monthFirst, &d, d.isMonth || d.isDay
}

func plainBlank(r rune) rune {
	if isBlank(r) {
		return ' '
	}
	return r
}

// secondsOf is a time of day; half is a or p on a clock of twelve hours.
func secondsOf(hour, minute, second, half string) (cgm.WallTime, bool) {
	h, _ := strconv.Atoi(hour)
	m, _ := strconv.Atoi(minute)
	sec, _ := strconv.Atoi(second)
	if half != "" {
		if h < 1 || h > 12 {
			return 0, false
		}
		if h %= 12; half == "p" {
			h += 12
		}
	}
	return cgm.WallTime(h*3600 + m*60 + sec), h < 24 && m < 60 && sec < 60
}

var monthNames = map[string]time.Month{
	"jan": 1, "feb": 2, "mar": 3, "apr": 4, "may": 5, "jun": 6,
	"jul": 7, "aug": 8, "sep": 9, "oct": 10, "nov": 11, "dec": 12,
}

// dateOf is the midnight of a date; a year of two digits is of this century.
func dateOf(year, month, day string) (cgm.WallTime, bool) {
	y, _ := strconv.Atoi(year)
	d, _ := strconv.Atoi(day)
	m := monthNames[strings.ToLower(month)]
	if n, err := strconv.Atoi(month); err == nil {
		m = time.Month(n)
	}
	if len(year) == 2 {
		y += 2000
	}
	t := time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
	exists := t.Year() == y && t.Month() == m && t.Day() == d && len(year) != 3
	return cgm.WallTime(t.Unix()), exists && y >= firstYear && y <= lastYear
}
