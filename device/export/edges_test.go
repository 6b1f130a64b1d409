package export

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"tracedesk/cgm"
)

// TestUpToOneRowInAHundredMayBeBad: 3 of 300 are 1 per cent and 3 of 299 are more.
// One bad row is none too many in a short file.
func TestUpToOneRowInAHundredMayBeBad(t *testing.T) {
	for _, c := range []struct {
		good, bad int
		refused   bool
	}{{297, 3, false}, {296, 3, true}, {198, 2, false}, {197, 2, true}, {1, 1, false}, {0, 1, true}} {
		t.Run(fmt.Sprintf("%d of %d", c.bad, c.good+c.bad), func(t *testing.T) {
			var b strings.Builder
			b.WriteString(englishHeader + "\n")
			for n := range c.good + c.bad {
				v := "120"
				if n >= c.good {
					v = "abc"
				}
				b.WriteString(egv(n+1, n, v))
			}
			f, err := readText(b.String())
			if errors.Is(err, ErrTooManyBadRows) != c.refused || c.refused != (err != nil) {
				t.Fatalf("%v", err)
			}
			if !c.refused && (only(t, f).BadRows != c.bad || len(f.Recordings[0].Readings) != c.good) {
				t.Errorf("%d bad rows, %d readings", f.Recordings[0].BadRows, len(f.Recordings[0].Readings))
			}
		})
	}
}

// TestAnOpenQuoteAtTheEndIsACutFile: the last row has no line end, so that only its
// quotation marks tell whether it is whole.
func TestAnOpenQuoteAtTheEndIsACutFile(t *testing.T) {
	stem := englishHeader + "\n" + egv(1, 0, "120") + egv(2, 1, "121") + strings.TrimSuffix(egv(3, 2, "122"), "8ABCDE\n")
	for end, cut := range map[string]bool{
		`8ABCDE`: false, `"8ABCDE"`: false, "8ABCDE\n": false, "\"8ABCDE\"\r\n": false,
		`"8ABCDE`: true, `"8ABC`: true, `"`: true,
	} {
		f, err := readText(stem + end)
		if errors.Is(err, ErrCutOff) != cut || !cut && err != nil {
			t.Errorf("%q: %v", end, err)
			continue
		}
		if !cut && len(only(t, f).Readings) != 3 {
			t.Errorf("%q: %d readings", end, len(f.Recordings[0].Readings))
		}
	}
}

// TestAValueBeyondTheSensorIsFlagged: a sensor measures 40 to 400 mg/dL; some programs
// write 39 and 401 for Low and High, and mmol/L says 2.2 and 22.2 for the limits.
func TestAValueBeyondTheSensorIsFlagged(t *testing.T) {
	for _, c := range []struct {
		unit, value string
		mgDL        float64
		flag        cgm.Flag
	}{
		{"mg/dL", "401", 401, cgm.High}, {"mg/dL", "400", 400, cgm.InRange}, {"mg/dL", "40", 40, cgm.InRange}, {"mg/dL", "39", 39, cgm.Low},
		{"mg/dL", "High", 401, cgm.High}, {"mg/dL", "Low", 39, cgm.Low},
		{"mmol/L", "22.2", 400, cgm.InRange}, {"mmol/L", "22.3", 402, cgm.High}, {"mmol/L", "2.2", 40, cgm.InRange}, {"mmol/L", "2.1", 38, cgm.Low},
	} {
		header := strings.Replace(englishHeader, "Value (mg/dL)", "Value ("+c.unit+")", 1)
		r := only(t, read(t, header+"\n"+egv(1, 0, c.value)+egv(2, 1, c.value)+egv(3, 2, c.value)))
		if g := r.Readings[0]; g.MgDL != c.mgDL || g.Flag != c.flag {
			t.Errorf("%s %s is %g, %q; want %g, %q", c.value, c.unit, g.MgDL, g.Flag, c.mgDL, c.flag)
		}
	}
	plain := only(t, read(t, "id,time,gl\nS 1,2024-03-04 10:00:00,401\nS 1,2024-03-04 10:05:00,400\nS 1,2024-03-04 10:10:00,39\n"))
	for i, want := range []cgm.Flag{cgm.High, cgm.InRange, cgm.Low} {
		if plain.Readings[i].Flag != want {
			t.Errorf("plain reading %d is %q", i, plain.Readings[i].Flag)
		}
	}
}

// TestATimeOfDayHasItsBounds: the row is bad where one is passed.
func TestATimeOfDayHasItsBounds(t *testing.T) {
	for at, good := range map[string]bool{
		"2024-03-04T00:00:00": true, "2024-03-04T23:59:59": true, "2024-03-04T24:00:00": false, "2024-03-04T10:60:00": false, "2024-03-04T10:00:60": false,
		"2024-02-29T10:00:00": true, "2023-02-29T10:00:00": false, "2024-13-04T10:00:00": false, "2024-00-04T10:00:00": false, "2024-03-32T10:00:00": false,
		"2024/03-04T10:00:00": false,
	} {
		row := strings.Replace(egv(1, 0, "120"), start.String(), at, 1)
		f, err := readText(englishHeader + "\n" + row + row + row)
		if ok := err == nil && len(f.Recordings) > 0; ok != good {
			t.Errorf("%s: read is %v, %v", at, ok, err)
		}
	}
}
