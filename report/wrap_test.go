package report

import (
	"slices"
	"strings"
	"testing"
	"time"

	"tracedesk/cgm/cgmtest"
	"tracedesk/clinic"
	"tracedesk/report/chart"
)

// wrapSlowly is how lines were broken letter by letter.
func wrapSlowly(s *sheet, text string, width float64, t chart.Text) (lines []string) {
	line := ""
	for _, word := range strings.Fields(text) {
		next := strings.TrimPrefix(line+" "+word, " ")
		if s.TextWidth(next, t) <= width {
			line = next
			continue
		}
		if line != "" {
			lines = append(lines, line)
		}
		line = word
		for s.TextWidth(line, t) > width {
			runes := []rune(line)
			n := len(runes) - 1
			for n > 1 && s.TextWidth(string(runes[:n]), t) > width {
				n--
			}
			lines = append(lines, string(runes[:n]))
			line = string(runes[n:])
		}
	}
	if line != "" {
		lines = append(lines, line)
	}
	return lines
}

func TestLinesBreakWhereTheyDid(t *testing.T) {
	s := newSheet(odd(), "title", "subject")
	for _, text := range []string{"", "one", "a few words that do not fit into one line of this width at all", strings.Repeat("W", 300), strings.Repeat("i", 300) + " and " + strings.Repeat("ế", 99), "Nguyễn" + strings.Repeat("W", 40) + " Thị"} {
		for _, width := range []float64{14, 30, 77.7, 300} {
			if got, want := s.wrap(text, width, s.body()), wrapSlowly(s, text, width, s.body()); !slices.Equal(got, want) {
				t.Errorf("%.20q in %.1f: %q, not %q", text, width, got, want)
			}
		}
	}
}

// TestALongNameTakesNoLongerThanAShortOne lays out a document for a patient with
// a name of 5,000 letters, in one word and in many, and one line of a million.
func TestALongNameTakesNoLongerThanAShortOne(t *testing.T) {
	took := func(name string) time.Duration {
		f := NewFacts(clinic.Patient{FirstName: name, LastName: name, Identifier: name}, cgmtest.Wear(4, 9), clinic.DefaultSettings(), odd().MadeAt, "0.1.0")
		f.SourceName, f.Settings.Practice = name, name
		best := time.Hour
		for range 3 {
			begun := time.Now()
			madeOf(t, f, Printout)
			best = min(best, time.Since(begun))
		}
		return best
	}
	short := took("Ana")
	for what, name := range map[string]string{"one word": strings.Repeat("a", 5000), "many": strings.Repeat("ab ", 1666)} {
		if long := took(name); long > 2*short+50*time.Millisecond {
			t.Errorf("%s of 5,000 letters took %v, a short one %v", what, long, short)
		}
	}
	s := newSheet(odd(), "title", "subject")
	begun := time.Now()
	if lines := s.wrap(strings.Repeat("a", 1_000_000), 300, s.body()); len(lines) < 10_000 {
		t.Errorf("%d lines", len(lines))
	}
	if long := time.Since(begun); long > 3*time.Second {
		t.Errorf("a million letters took %v", long)
	}
}
