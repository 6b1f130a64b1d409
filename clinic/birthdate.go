package clinic

import (
	"regexp"
	"strconv"
	"strings"
	"time"

	"tracedesk/cgm"
)

// writtenDate is a date as files write it: three numbers, and perhaps a time
// that a spreadsheet added.
var writtenDate = regexp.MustCompile(`^(\d{1,4})([-/.])\s?(\d{1,2})([-/.])\s?(\d{1,4})` +
	`(?:[T ]\d{1,2}:\d{2}(?::\d{2})?(?:\s?[AaPp]\.?\s?[Mm]\.?)?)?$`)

// namedMonths are the ways to write a date with the name of its month.
var namedMonths = []string{"2-Jan-2006", "2 Jan 2006", "Jan 2, 2006", "January 2, 2006", "2 January 2006", "2-Jan-06"}

// birthDates are the days that a written birth date may mean: with the month
// first, and with the day first. A year of two digits is of this century or of
// the last. Points always go with the day first.
func birthDates(text string) (monthFirst, dayFirst []cgm.Date) {
	text = strings.TrimSpace(text)
	for _, layout := range namedMonths {
		if t, err := time.Parse(layout, text); err == nil {
			year := t.Format(layout[strings.LastIndexAny(layout, " -")+1:]) // in as many digits as it was written
			day := daysOf(year, strconv.Itoa(int(t.Month())), strconv.Itoa(t.Day()))
			return day, day
		}
	}
	m := writtenDate.FindStringSubmatch(text)
	if m == nil || m[2] != m[4] {
		return nil, nil
	}
	if len(m[1]) == 4 {
		day := daysOf(m[1], m[3], m[5])
		return day, day
	}
	dayFirst = daysOf(m[5], m[3], m[1])
	if m[2] == "." {
		return dayFirst, dayFirst
	}
	return daysOf(m[5], m[1], m[3]), dayFirst
}

// daysOf are the days of a year of four digits, or of two in either century,
// that exist.
func daysOf(year, month, day string) (out []cgm.Date) {
	y, _ := strconv.Atoi(year)
	m, _ := strconv.Atoi(month)
	d, _ := strconv.Atoi(day)
	years := []int{y}
	if len(year) == 2 {
		years = []int{1900 + y, 2000 + y}
	}
	for _, y := range years {
		t := time.Date(y, time.Month(m), d, 0, 0, 0, 0, time.UTC)
		if len(year)%2 == 0 && t.Month() == time.Month(m) && t.Day() == d {
			out = append(out, cgm.NewDate(y, time.Month(m), d))
		}
	}
	return out
}

// bornAlike says how two written birth dates stand to each other.
type bornAlike uint8

const (
	bornOtherwise bornAlike = iota
	bornExchanged           // the same with day and month exchanged: a person has to say
	bornSame
)

// compareBirths compares two birth dates in any way of writing. Slashes and
// hyphens have the month first, as in the United States, unless no such date
// exists.
func compareBirths(a, b string) bornAlike {
	if strings.EqualFold(strings.TrimSpace(a), strings.TrimSpace(b)) {
		return bornSame
	}
	aMonth, aDay := birthDates(a)
	bMonth, bDay := birthDates(b)
	switch {
	case shareDay(likely(aMonth, aDay), likely(bMonth, bDay)):
		return bornSame
	case shareDay(append(aMonth, aDay...), append(bMonth, bDay...)):
		return bornExchanged
	}
	return bornOtherwise
}

func likely(monthFirst, dayFirst []cgm.Date) []cgm.Date {
	if len(monthFirst) > 0 {
		return monthFirst
	}
	return dayFirst
}

func shareDay(a, b []cgm.Date) bool {
	for _, x := range a {
		for _, y := range b {
			if x == y {
				return true
			}
		}
	}
	return false
}
