package export

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"tracedesk/cgm"
)

// wearRow is a row of a made-up export, field by field.
type wearRow [clarityColumns]string

// wear is an export that is made to measure: count readings every 300 s.
type wear struct {
	header []string
	rows   []wearRow
}

func newWear() *wear { return &wear{header: strings.Split(englishHeader, ",")} }

// add gives a reading at the wall time with the transmitter's count.
func (w *wear) add(at cgm.WallTime, count int64, value, id string) *wear {
	row := wearRow{colIndex: fmt.Sprint(len(w.rows) + 1), colTimestamp: at.String(), colEventType: "EGV", colDeviceID: "iPhone G6", colGlucose: value, colTransmitterID: id}
	if count >= 0 {
		row[colTransmitterTime] = fmt.Sprint(count)
	}
	w.rows = append(w.rows, row)
	return w
}

// session adds n readings.
func (w *wear) session(at cgm.WallTime, count int64, n int, id string) *wear {
	for i := range n {
		c := int64(-1)
		if count >= 0 {
			c = count + int64(300*i)
		}
		w.add(at+cgm.WallTime(300*i), c, fmt.Sprint(100+(int(at/60)+i*7919)%151), id)
	}
	return w
}

// each changes every row.
func (w *wear) each(change func(i int, r *wearRow)) *wear {
	for i := range w.rows {
		change(i, &w.rows[i])
	}
	return w
}

// text is the export with the columns in the given order; nil for Clarity's.
func (w *wear) text(comma string, columns []int) string {
	if columns == nil {
		for i := range clarityColumns {
			columns = append(columns, i)
		}
	}
	var b strings.Builder
	line := func(of func(col int) string) {
		for n, col := range columns {
			if n > 0 {
				b.WriteString(comma)
			}
			f := of(col)
			if strings.Contains(f, comma) {
				f = `"` + f + `"`
			}
			b.WriteString(f)
		}
		b.WriteString("\r\n")
	}
	line(func(col int) string { return w.header[col] })
	for _, r := range w.rows {
		line(func(col int) string { return r[col] })
	}
	return b.String()
}

func (w *wear) read(t *testing.T) *File {
	t.Helper()
	f := read(t, w.text(",", nil))
	wantAccounted(t, f)
	return f
}

func readings(f *File) (out []int) {
	for _, r := range f.Recordings {
		out = append(out, len(r.Readings))
	}
	return out
}

func wantReadings(t *testing.T, f *File, want ...int) {
	t.Helper()
	wantAccounted(t, f)
	if fmt.Sprint(readings(f)) != fmt.Sprint(want) {
		t.Fatalf("readings %v, want %v; left out %v; problems %v", readings(f), want, f.LeftOut, f.Problems)
	}
}

func TestACountThatFallsBeginsAnotherRecording(t *testing.T) {
	at := cgm.NewWallTime(2026, 3, 3, 8, 2, 11)
	for name, c := range map[string]struct {
		w    *wear
		want []int
	}{
		"a reset after some days":     {newWear().session(at, 7200, 600, "8A1B2C").session(at+3*cgm.SecondsPerDay, 7200, 300, "8A1B2C"), []int{600, 300}},
		"two resets":                  {newWear().session(at, 90000, 40, "8A1B2C").session(at+20000, 1800, 30, "8A1B2C").session(at+40000, 1900, 20, "8A1B2C"), []int{40, 30, 20}},
		"a reset without an id":       {newWear().session(at, 7200, 40, "").session(at+50000, 7300, 30, ""), []int{40, 30}},
		"the count does not overlap":  {newWear().session(at, 500000, 40, "8A1B2C").session(at+50000, 7200, 30, "8A1B2C"), []int{40, 30}},
		"newest first":                {reversed(newWear().session(at, 7200, 20, "8A1B2C").session(at+6*3600, 7200, 20, "8A1B2C")), []int{20, 20}},
		"one id, two sensors at once": {newWear().session(at, 860000, 60, "3.41112E+11").session(at+3000, 1800, 60, "3.41112E+11"), []int{60, 60}},
		"a gap is no reset":           {newWear().session(at, 7200, 20, "8A1B2C").session(at+200000, 207200, 20, "8A1B2C"), []int{40}},
	} {
		t.Run(name, func(t *testing.T) {
			f := c.w.read(t)
			wantReadings(t, f, c.want...)
			for _, r := range f.Recordings {
				if r.Conflicts+r.Duplicates != 0 || len(r.ClockChanges()) != 0 || r.NoDeviceClock {
					t.Errorf("%d conflicts, %d copies, clock changes %v", r.Conflicts, r.Duplicates, r.ClockChanges())
				}
			}
		})
	}
}

func reversed(w *wear) *wear {
	slices.Reverse(w.rows)
	return w
}

func TestAWallClockThatWasSetStaysOneRecordingAndIsNamed(t *testing.T) {
	at := cgm.NewWallTime(2026, 3, 3, 8, 2, 11)
	for name, shift := range map[string]int64{
		"spring": 3600, "autumn": -3600, "west": -6 * 3600, "east": 9 * 3600,
		"a wrong year": -365 * cgm.SecondsPerDay, "a year ahead": 365 * cgm.SecondsPerDay, "twelve hours": 12 * 3600,
	} {
		for _, sorted := range []bool{false, true} {
			t.Run(fmt.Sprint(name, ", sorted ", sorted), func(t *testing.T) {
				w := newWear().session(at, 7200, 100, "8A1B2C").session(at+30000+cgm.WallTime(shift), 37200, 100, "8A1B2C")
				if sorted {
					slices.SortStableFunc(w.rows, func(a, b wearRow) int { return strings.Compare(a[colTimestamp], b[colTimestamp]) })
				}
				r := only(t, w.read(t))
				changes := r.ClockChanges()
				if len(r.Readings) != 200 || len(changes) != 1 || changes[0].Seconds != shift || r.Conflicts != 0 {
					t.Fatalf("%d readings, changes %+v, %d conflicts", len(r.Readings), changes, r.Conflicts)
				}
				for i := range r.Readings {
					if r.Readings[i].TransmitterSeconds != int64(7200+300*i) {
						t.Fatalf("reading %d has count %d", i, r.Readings[i].TransmitterSeconds)
					}
				}
			})
		}
	}
}

func TestDisplaysWithDifferentClocksGiveEachReadingOnce(t *testing.T) {
	at := cgm.NewWallTime(2026, 3, 3, 8, 2, 11)
	w := newWear().session(at, 7200, 80, "8A1B2C").session(at+420, 7200, 60, "8A1B2C")
	w.each(func(i int, r *wearRow) {
		if i >= 80 {
			r[colDeviceID], r[colGlucose] = "SM00000000", w.rows[i-80][colGlucose]
		}
	})
	f := w.read(t)
	wantReadings(t, f, 80)
	if r := f.Recordings[0]; r.Duplicates != 60 || len(r.ClockChanges()) != 0 {
		t.Errorf("%d copies, clock changes %v", r.Duplicates, r.ClockChanges())
	}
}

func TestDamagedTransmitterTimesGiveWayToTheWallClock(t *testing.T) {
	at := cgm.NewWallTime(2026, 3, 3, 8, 2, 11)
	grouped := func(sep string) func(n int64) string {
		return func(n int64) string { return fmt.Sprintf("%d%s%03d", n/1000, sep, n%1000) }
	}
	round := func(to int64) func(n int64) string {
		return func(n int64) string { return fmt.Sprint((n + to/2) / to * to) }
	}
	for name, write := range map[string]func(int64) string{
		"commas": grouped(","), "points": grouped("."), "no-break spaces": grouped("\u00a0"), "apostrophes": grouped("’"),
		"scientific, three figures": func(n int64) string { return strings.ToUpper(fmt.Sprintf("%.2e", float64(n))) },
		"scientific, small e":       func(n int64) string { return fmt.Sprintf("%.1e", float64(n)) },
		"rounded to 1000":           round(1000), "rounded to 600": round(600), "rounded to 10000": round(10000), "all the same": func(int64) string { return "711200" },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWear().session(at, 711200, 60, "8A1B2C").each(func(i int, r *wearRow) { r[colTransmitterTime] = write(711200 + int64(300*i)) })
			f := w.read(t)
			wantReadings(t, f, 60)
			r := f.Recordings[0]
			if !r.NoDeviceClock || r.IntervalSeconds != 300 || r.Coverage().HoursRecorded != 5 || r.TransmitterID != "8A1B2C" {
				t.Errorf("every %d s, %v h, device clock missing: %v", r.IntervalSeconds, r.Coverage().HoursRecorded, r.NoDeviceClock)
			}
			if len(f.Problems) == 0 || !strings.Contains(strings.ToLower(f.Problems[0].Message), "transmitter") {
				t.Errorf("nothing is said: %v", f.Problems)
			}
		})
	}
}

func TestTransmitterTimesThatWereOnlyWrittenOtherwiseAreRead(t *testing.T) {
	at := cgm.NewWallTime(2026, 3, 3, 8, 2, 11)
	for name, suffix := range map[string]string{"a decimal": ".0", "a decimal comma": ",00", "a blank": " ", "a no-break space": "\u00a0"} {
		w := newWear().session(at, 7200, 40, "8A1B2C").each(func(_ int, r *wearRow) { r[colTransmitterTime] += suffix })
		f := w.read(t)
		if r := only(t, f); r.NoDeviceClock || r.Readings[1].TransmitterSeconds != 7500 || len(f.Problems) != 0 {
			t.Errorf("%s: %+v, %v", name, r.Readings[1], f.Problems)
		}
	}
}

func TestTransmitterIDsOfSpreadsheets(t *testing.T) {
	for text, want := range map[string]string{
		"341112223334": "341112223334", "341112223334.0": "341112223334", "3.41112223334E+11": "341112223334", "341,112,223,334": "341112223334",
		" 8a1b2c": "8A1B2C", "8E1234": "8E1234", `="8A1B2C"`: "8A1B2C", "'341112223334": "341112223334",
		"3.41112E+11": "", "3,47631E+11": "", "3E+11": "",
		"8A,1B2C": "", "8A\"1B2C": "", "8A\n1B2C": "", "8A\r1B2C": "", "8A1\u2028B2C": "", "8A1\u202eB2C": "", "8A1\x00B2C": "",
	} {
		id, damaged := parseTransmitterID(text)
		if id != want || damaged != (want == "") {
			t.Errorf("%q is read as %q, damaged: %v", text, id, damaged)
		}
	}
}

func TestRowsWithoutIDOrTimeBelongToTheirNeighbours(t *testing.T) {
	at := cgm.NewWallTime(2026, 3, 3, 8, 2, 11)
	for name, change := range map[string]func(i int, r *wearRow){
		"the first ids are empty": func(i int, r *wearRow) { r[colTransmitterID] = pick(i < 5, "", r[colTransmitterID]) },
		"every other id is empty": func(i int, r *wearRow) { r[colTransmitterID] = pick(i%2 == 0, "", r[colTransmitterID]) },
		"single times are empty":  func(i int, r *wearRow) { r[colTransmitterTime] = pick(i%7 == 3, "", r[colTransmitterTime]) },
		"the first time is empty": func(i int, r *wearRow) { r[colTransmitterTime] = pick(i == 0, "", r[colTransmitterTime]) },
		"the first rows have neither": func(i int, r *wearRow) {
			if i < 3 {
				r[colTransmitterTime], r[colTransmitterID] = "", ""
			}
		},
		"single times are damaged": func(i int, r *wearRow) { r[colTransmitterTime] = pick(i == 20, "1.3E+04", r[colTransmitterTime]) },
		"the last rows have a clock only": func(i int, r *wearRow) {
			if i > 35 {
				r[colTransmitterTime], r[colTransmitterID] = "", ""
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			f := newWear().session(at, 7200, 40, "8A1B2C").each(change).read(t)
			wantReadings(t, f, 40)
			r := f.Recordings[0]
			for i := range r.Readings {
				if r.Readings[i].System != int64(7200+300*i) {
					t.Fatalf("reading %d lies at %d", i, r.Readings[i].System)
				}
			}
			if r.TransmitterID != "8A1B2C" || r.NoDeviceClock {
				t.Errorf("%+v", r)
			}
		})
	}
}

func pick(first bool, a, b string) string {
	if first {
		return a
	}
	return b
}

func TestADayWithoutTimesAndIDsBelongsToTheWearAroundIt(t *testing.T) {
	for name, lacks := range map[string]func(i int) bool{
		"the first day": func(i int) bool { return i < 288 }, "the last day": func(i int) bool { return i >= 576 }, "all but a day": func(i int) bool { return i < 288 || i >= 576 },
	} {
		w := newWear().session(start, 7200, 864, "8A1B2C").each(func(i int, r *wearRow) {
			if lacks(i) {
				r[colTransmitterTime], r[colTransmitterID] = "", ""
			}
		})
		r := only(t, w.read(t))
		if len(r.Readings) != 864 || r.Coverage().HoursRecorded != 72 || r.NoDeviceClock || r.TransmitterID != "8A1B2C" || r.Readings[0].System != 7200 {
			t.Errorf("%s: %d readings, %v h, from %d", name, len(r.Readings), r.Coverage().HoursRecorded, r.Readings[0].System)
		}
	}
}

func TestARowWithoutTimeLiesWhereItsNeighboursDoAfterTheClockWasSet(t *testing.T) {
	at := cgm.NewWallTime(2026, 3, 3, 8, 2, 11)
	w := newWear().session(at, 7200, 40, "8A1B2C").session(at+12000+3600, 19200, 40, "8A1B2C")
	w.rows[60][colTransmitterTime] = ""
	r := only(t, w.read(t))
	if len(r.Readings) != 80 || r.Readings[60].System != 7200+300*60 || len(r.ClockChanges()) != 1 {
		t.Errorf("reading 60 lies at %d of %d readings, clock changes %v", r.Readings[60].System, len(r.Readings), r.ClockChanges())
	}
}

func TestCopiesWithoutDeviceOrTransmitterAreKeptOnce(t *testing.T) {
	for _, apart := range []int{1, 9, 10, 25} {
		text := "Timestamp (YYYY-MM-DDThh:mm:ss);Glucose Value (mmol/L);Event Type\n"
		for i := range 50 {
			at := start + cgm.WallTime(300*i)
			value := strings.Replace(fmt.Sprintf("%.1f", 5+float64(i%30)/10), ".", ",", 1)
			text += fmt.Sprintf("%s;%s;EGV\n%s;%s;EGV\n", at, value, at+cgm.WallTime(apart), value)
		}
		f := read(t, text)
		wantReadings(t, f, 50)
		if r := f.Recordings[0]; r.Duplicates != 50 || r.IntervalSeconds != 300 {
			t.Errorf("%d s apart: %d copies, every %d s", apart, r.Duplicates, r.IntervalSeconds)
		}
	}
}

func TestCopiesUnderAnotherIDAreKeptOnce(t *testing.T) {
	at := cgm.NewWallTime(2026, 3, 3, 8, 2, 11)
	f := newWear().session(at, 7200, 40, "8A1B2C").session(at+9, -1, 40, "").session(at+10, 5000, 40, "8ZZZZZ").read(t)
	wantReadings(t, f, 40)
	if r := f.Recordings[0]; r.Duplicates != 80 || len(f.LeftOut) != 0 {
		t.Errorf("%d copies, left out %v", r.Duplicates, f.LeftOut)
	}
}

// repeatedHourText is a night in autumn without the transmitter's time: the
// hour from 01:00 stands twice, the second run some seconds off.
func repeatedHourText(woven bool, shift cgm.WallTime) string {
	midnight := cgm.NewWallTime(2026, 11, 1, 0, 0, 30)
	w := newWear()
	for i := range 60 {
		at := midnight + cgm.WallTime(300*i)
		if i >= 24 {
			at += shift - 3600
		}
		w.add(at, -1, fmt.Sprint(100+i), "8A1B2C")
	}
	if woven {
		slices.SortStableFunc(w.rows, func(a, b wearRow) int { return strings.Compare(a[colTimestamp], b[colTimestamp]) })
	}
	return w.text(",", nil)
}

func TestTheRepeatedHourIsKeptAsItsSecondRunWithoutATransmitterTime(t *testing.T) {
	for _, woven := range []bool{false, true} {
		for _, shift := range []cgm.WallTime{0, 1, 20, 110, 200, 280} {
			f := read(t, repeatedHourText(woven, shift))
			wantReadings(t, f, 60)
			r := f.Recordings[0]
			for i, v := range values(r) {
				if v != float64(100+i) {
					t.Fatalf("woven %v, %d s off: reading %d is %v", woven, shift, i, v)
				}
			}
			changes := r.ClockChanges()
			if len(changes) != 1 || changes[0].Seconds != -3600 || r.Coverage().HoursRecorded != 5 || len(f.LeftOut) != 0 {
				t.Errorf("woven %v, %d s off: changes %+v, %v h, left out %v", woven, shift, changes, r.Coverage().HoursRecorded, f.LeftOut)
			}
			if strings.Contains(fmt.Sprint(f.Problems), "another value") {
				t.Errorf("problems %v", f.Problems)
			}
		}
	}
}

func TestTwoValuesForOneTimeAreNamedByLine(t *testing.T) {
	at := cgm.NewWallTime(2026, 6, 3, 12, 0, 0)
	w := newWear().session(at, -1, 40, "8A1B2C")
	w.add(at+3000, -1, "300", "8A1B2C")
	f := w.read(t)
	wantReadings(t, f, 40)
	if len(f.LeftOut) != 1 || f.LeftOut[0].Line != 42 || !strings.Contains(f.LeftOut[0].Reason, "line 12") {
		t.Errorf("left out %+v", f.LeftOut)
	}
}

func TestLimitsInTheSubtypeAloneCount(t *testing.T) {
	at := cgm.NewWallTime(2026, 3, 3, 8, 2, 11)
	w := newWear().session(at, 7200, 40, "8A1B2C")
	for i, word := range []string{"Low", "High", "Niedrig", "Wysoki", "Alhainen", "høj"} {
		w.rows[i+3][colGlucose], w.rows[i+3][colSubtype] = "", word
	}
	r := only(t, w.read(t))
	if r.Count(cgm.Low) != 3 || r.Count(cgm.High) != 3 || r.BadRows != 0 {
		t.Errorf("%d LOW, %d HIGH, %d bad rows", r.Count(cgm.Low), r.Count(cgm.High), r.BadRows)
	}
}

func TestEventTypesThatNobodyKnows(t *testing.T) {
	at := cgm.NewWallTime(2026, 3, 3, 8, 2, 11)
	w := newWear().session(at, 7200, 200, "8A1B2C")
	for i := range 6 {
		row := wearRow{colIndex: fmt.Sprint(len(w.rows) + 1), colTimestamp: (at + cgm.WallTime(600*i)).String(), colEventType: "Stimmung", colSubtype: "gut", colDeviceID: "iPhone G6"}
		w.rows = append(w.rows, row)
	}
	f := w.read(t)
	r := only(t, f)
	if len(r.Readings) != 200 || len(r.Events) != 6 || r.BadRows != 0 || len(f.Problems) != 0 || r.Events[0].Subtype != "Stimmung gut" {
		t.Errorf("%d readings, events %+v, %d bad rows, %v", len(r.Readings), r.Events, r.BadRows, f.Problems)
	}
	// A type of readings in a language that is not in the table.
	w = newWear().session(at, 7200, 200, "8A1B2C").each(func(_ int, r *wearRow) { r[colEventType] = "Glükoz tahmini" })
	f = w.read(t)
	wantReadings(t, f, 200)
	if len(f.Problems) != 1 || !strings.Contains(f.Problems[0].Message, "Glükoz tahmini") {
		t.Errorf("%v", f.Problems)
	}
}

func TestTitlesThatAScriptMadeIntoNames(t *testing.T) {
	names := map[string]func(string) string{
		"janitor": func(s string) string {
			return strings.Trim(strings.Map(func(r rune) rune {
				if strings.ContainsRune(" ()/:-", r) {
					return '_'
				}
				return r
			}, strings.ToLower(s)), "_")
		},
		"R": func(s string) string {
			return strings.NewReplacer(" ", ".", "(", ".", ")", ".", "/", ".", "-", ".", ":", ".").Replace(s)
		},
	}
	for name, rename := range names {
		for _, unit := range []cgm.Unit{cgm.MgDL, cgm.MmolL} {
			w := newWear().session(start, 7200, 40, "8A1B2C")
			for i := range w.header {
				w.header[i] = rename(strings.ReplaceAll(w.header[i], "mg/dL", string(unit)))
			}
			if unit == cgm.MmolL {
				w.each(func(_ int, r *wearRow) { r[colGlucose] = "8.0" })
			}
			f := w.read(t)
			if r := only(t, f); len(r.Readings) != 40 || r.Unit != unit || r.TransmitterID != "8A1B2C" || r.NoDeviceClock {
				t.Errorf("%s: %d readings in %s, transmitter %s", name, len(r.Readings), r.Unit, r.TransmitterID)
			}
		}
	}
}

func TestAlertsOfAnUnknownNameAreNoReadings(t *testing.T) {
	at := cgm.NewWallTime(2026, 3, 3, 8, 2, 11)
	w := newWear().session(at, 7200, 200, "8A1B2C")
	for i := range 30 {
		w.rows = append(w.rows, wearRow{colIndex: fmt.Sprint(201 + i), colTimestamp: (at + cgm.WallTime(100+600*i)).String(), colEventType: "Upozorenje", colGlucose: "55"})
	}
	f := w.read(t)
	wantReadings(t, f, 200)
	if len(f.LeftOut) != 30 || f.Recordings[0].BadRows != 0 || !strings.Contains(f.LeftOut[0].Reason, "Upozorenje") {
		t.Errorf("%d left out, %d bad rows", len(f.LeftOut), f.Recordings[0].BadRows)
	}
}

func TestEventTypesInNoLanguageAreFoundInANamedTable(t *testing.T) {
	text := "olay;wer;zaman;cihaz\n"
	for i := range 60 {
		at := start + cgm.WallTime(300*i)
		text += fmt.Sprintf("tahmin;%d;%s;iPhone G6\n", 100+i, at)
		if i%10 == 3 {
			text += fmt.Sprintf("ayarlama;90;%s;iPhone G6\nöğün;;%s;iPhone G6\n", at+60, at+90)
		}
	}
	f, err := Read(context.Background(), "x", strings.NewReader(text), int64(len(text)), []Columns{{Time: "zaman", Glucose: "wer", Unit: cgm.MgDL}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	wantReadings(t, f, 60)
}

func TestDatesOfSpreadsheets(t *testing.T) {
	first := cgm.NewWallTime(2026, 3, 13, 22, 32, 0)
	for name, format := range map[string]string{
		"day first, dashes": "2-1-2006 15:04", "day first, points": "02.01.2006 15:04", "dotted times": "2.1.2006 15.04.05", "year first, slashes": "2006/1/2 15:04",
		"month first, a clock of twelve hours": "1/2/2006 3:04 PM", "month first, dashes": "01-02-2006 03:04PM", "a comma between": "1/2/2006, 3:04:05 PM",
		"a. m.": "2/1/2006 3:04:05 pm", "short years": "1/2/06 15:04", "names of months": "2-Jan-2006 15:04", "points, short years": "02.01.06 15:04", "year first, points": "2006.01.02 15:04:05",
	} {
		t.Run(name, func(t *testing.T) {
			w := newWear().session(first, 7200, 40, "8A1B2C")
			for i := range w.rows {
				text := (first + cgm.WallTime(300*i)).UTC().Format(format)
				if name == "a. m." {
					text = strings.NewReplacer("am", "a.\u00a0m.", "pm", "p. m.").Replace(text)
				}
				w.rows[i][colTimestamp] = text
			}
			f := read(t, w.text(";", nil))
			wantReadings(t, f, 40)
			if r := f.Recordings[0]; r.First() != first || r.Last() != first+39*300 || len(f.Problems) != 0 {
				t.Errorf("%s to %s, %v", r.First(), r.Last(), f.Problems)
			}
		})
	}
}

func TestDatesThatCanBeReadInTwoWaysAreSaid(t *testing.T) {
	at := cgm.NewWallTime(2026, 3, 4, 8, 0, 0)
	for comma, want := range map[string]string{",": "2026-03-04", ";": "2026-04-03"} {
		w := newWear().session(at, 7200, 40, "8A1B2C").each(func(i int, r *wearRow) { r[colTimestamp] = (at + cgm.WallTime(300*i)).UTC().Format("1/2/2006 15:04") })
		f := read(t, w.text(comma, nil))
		if r := only(t, f); r.First().Date().String() != want || len(f.Problems) != 1 || !strings.Contains(f.Problems[0].Message, "month or the day first") {
			t.Errorf("parted by %s: %s, %v", comma, r.First(), f.Problems)
		}
	}
}

func TestColumnsInAnyOrderAreFoundByWhatTheyHold(t *testing.T) {
	at := cgm.NewWallTime(2026, 3, 3, 8, 2, 11)
	w := newWear().session(at, 7200, 40, "8A1B2C").session(at+6, 7200, 30, "8A1B2C").session(at+10*cgm.SecondsPerDay, 7200, 20, "8Z9Y8X")
	w.each(func(i int, r *wearRow) {
		if i >= 40 && i < 70 {
			r[colDeviceID] = "SM12345678"
		}
	})
	w.rows = append(w.rows, wearRow{colTimestamp: (at + 60).String(), colEventType: "Calibration", colGlucose: "130"}, wearRow{colTimestamp: (at + 90).String(), colEventType: "Alert", colGlucose: "55"})
	for i := range w.header {
		w.header[i] = fmt.Sprintf("Spalte %d", i)
	}
	known := []Columns{{Time: "Spalte 1", Glucose: "Spalte 7", Unit: cgm.MgDL}}
	order := rand.New(rand.NewPCG(1, 2))
	for range 20 {
		columns := order.Perm(clarityColumns)
		text := w.text("\t", columns)
		f, err := Read(context.Background(), "x", strings.NewReader(text), int64(len(text)), known, nil)
		if err != nil {
			t.Fatal(err)
		}
		wantReadings(t, f, 40, 20)
		if a, b := f.Recordings[0], f.Recordings[1]; a.TransmitterID != "8A1B2C" || b.TransmitterID != "8Z9Y8X" || a.Duplicates != 30 || len(a.Calibrations) != 1 || a.NoDeviceClock {
			t.Errorf("%+v and %s in the order %v", a.Calibrations, b.TransmitterID, columns)
		}
	}
}

func TestMoreColumnsCanBeNamed(t *testing.T) {
	text := "wann;was;womit;wer;zähler;wert\n"
	for i := range 30 {
		at := start + cgm.WallTime(300*i)
		text += fmt.Sprintf("%s;Messung;A;S1;%d;%d\n%s;Messung;B;S1;%d;%d\n", at, 7200+300*i, 100+i, at+40, 7200+300*i, 100+i)
		text += fmt.Sprintf("%s;Messung;A;S2;%d;%d\n", at+5*cgm.SecondsPerDay, 7200+300*i, 200+i)
	}
	known := []Columns{{Time: "wann", Glucose: "wert", Unit: cgm.MgDL, Device: "womit", Transmitter: "wer", TransmitterTime: "zähler", EventType: "was"}}
	f, err := Read(context.Background(), "x", strings.NewReader(text), int64(len(text)), known, nil)
	if err != nil {
		t.Fatal(err)
	}
	wantReadings(t, f, 30, 30)
	if r := f.Recordings[0]; r.TransmitterID != "S1" || r.Duplicates != 30 || r.NoDeviceClock || r.DeviceID != "A" {
		t.Errorf("%s of %s, %d copies", r.TransmitterID, r.DeviceID, r.Duplicates)
	}
}

func TestAUnitThatTheTitleContradictsIsRefused(t *testing.T) {
	known := []Columns{{Time: "Timestamp (YYYY-MM-DDThh:mm:ss)", Glucose: "Glucose Value (mg/dL)", Unit: cgm.MmolL}}
	text := simple()
	if _, err := Read(context.Background(), "x", strings.NewReader(text), int64(len(text)), known, nil); !errors.Is(err, ErrTwoUnits) {
		t.Errorf("%v", err)
	}
}

func TestWhatStandsBeforeTheHeaderWithoutBeingSeen(t *testing.T) {
	for name, before := range map[string]string{
		"two byte order marks": "\uFEFF\uFEFF", "a control character": "\x02", "both": "\uFEFF\x1a\uFEFF", "a zero-width space": "\u200b", "blanks": "  ",
		"sep=,": "sep=,\r\n", "quoted sep": "\"sep=,\"\n", "a mark and sep": "\uFEFFSEP=,\n", "another sep than the text has": "sep=;\n", "empty lines": "\n\r\n",
	} {
		f, err := readText(before + simple())
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		wantValues(t, only(t, f), 120, 39, 401)
	}
	f := read(t, "sep=|\n"+strings.ReplaceAll(strings.ReplaceAll(simple(), `"O'Hara, Müller"`, "Muller"), ",", "|"))
	wantValues(t, only(t, f), 120, 39, 401)
	if f := read(t, "sep=,\n"+simple()+"10,x,EGV,,,,,120,,,,,1,8ABCDE\n"); f.LeftOut[0].Line != 12 {
		t.Errorf("after a line sep=, line 12 is called %d", f.LeftOut[0].Line)
	}
}

func TestNumbersOfSpreadsheets(t *testing.T) {
	for _, value := range []string{" 145", "\u00a0145", "145\u202f", "145.0", "145,0", "\t145", "'145", `"=""145"""`} {
		f, err := readText(simple() + strings.Replace(egv(10, 3, "VALUE"), "VALUE", value2(value), 1))
		if err != nil {
			t.Errorf("%q: %v", value, err)
			continue
		}
		wantValues(t, only(t, f), 120, 39, 401, 145)
	}
	f := read(t, simple()+egv(10, 3, "1\u00a045")+egv(11, 4, "120"))
	if len(f.LeftOut) != 1 || !strings.Contains(f.LeftOut[0].Reason, "1[no-break space]45") {
		t.Errorf("%v", f.LeftOut)
	}
}

func value2(v string) string {
	if strings.Contains(v, ",") {
		return `"` + v + `"`
	}
	return v
}

func TestARowThatNeverEndsIsRefusedEarly(t *testing.T) {
	for name, text := range map[string]struct {
		before string
		with   byte
		line   int
	}{
		"one line":             {"", 'x', 1},
		"one field":            {englishHeader + "\n" + egv(1, 0, "120") + "2,", '7', 3},
		"an open quotation":    {englishHeader + "\n" + egv(1, 0, "120") + "2,\"", '\n', 3},
		"a line of separators": {englishHeader + "\n", ',', 2},
	} {
		t.Run(name, func(t *testing.T) {
			r := &endless{start: strings.NewReader(text.before), with: text.with}
			_, err := Read(context.Background(), "x", r, 500<<20, nil, nil)
			var refused *Error
			if !errors.Is(err, ErrLongRow) || !errors.As(err, &refused) || refused.Line != text.line {
				t.Fatalf("%v", err)
			}
			if r.n > 4<<20 {
				t.Errorf("%d bytes were read first", r.n)
			}
		})
	}
}

// endless gives a beginning and then one byte for ever.
type endless struct {
	start *strings.Reader
	with  byte
	n     int
}

func (e *endless) Read(p []byte) (int, error) {
	if n, err := e.start.Read(p); err != io.EOF {
		e.n += n
		return n, err
	}
	for i := range p {
		p[i] = e.with
	}
	e.n += len(p)
	return len(p), nil
}

// workbook is the text as a spreadsheet keeps it: numbers as numbers, dates as
// numbers of days.
func workbook(t *testing.T, text string, dates bool) []byte {
	t.Helper()
	book := excelize.NewFile()
	var stamps stampReader
	for n, line := range strings.Split(strings.TrimSpace(text), "\n") {
		for col, field := range strings.Split(strings.TrimSpace(line), ",") {
			var value any = field
			if v, ok := parseNumber(field); ok && isNumber(field) {
				value = v
			} else if at, _, ok := stamps.read(field); ok && dates {
				value = float64(at-cgm.NewWallTime(1899, 12, 30, 0, 0, 0)) / cgm.SecondsPerDay
			}
			cell, _ := excelize.CoordinatesToCellName(col+1, n+1)
			if err := book.SetCellValue("Sheet1", cell, value); err != nil {
				t.Fatal(err)
			}
		}
	}
	var b bytes.Buffer
	if err := book.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func isNumber(s string) bool { return strings.TrimLeft(s, "0123456789.") == "" }

func TestAWorkbookIsReadLikeItsCSV(t *testing.T) {
	at := cgm.NewWallTime(2026, 3, 3, 8, 2, 11)
	for _, id := range []string{"8A1B2C", "341112223334"} {
		for _, dates := range []bool{false, true} {
			w := newWear().session(at, 7200, 100, id)
			w.rows[7][colGlucose] = "Low"
			w.rows = append(w.rows, wearRow{colEventType: "FirstName", colPatientInfo: "Testa"}, wearRow{colTimestamp: (at + 60).String(), colEventType: "Exercise", colDuration: "00:30:00"})
			text := w.text(",", nil)
			csv, b := read(t, text), workbook(t, text, dates)
			f, err := Read(context.Background(), "x.xlsx", bytes.NewReader(b), int64(len(b)), nil, nil)
			if err != nil {
				t.Fatal(err)
			}
			wantAccounted(t, f)
			if got, want := only(t, f), only(t, csv); got.Hash() != want.Hash() || f.Rows != csv.Rows || f.Patient != csv.Patient || got.Events[0] != want.Events[0] {
				t.Errorf("dates as numbers %v: %d readings from %s, transmitter %s; %+v", dates, len(got.Readings), got.First(), got.TransmitterID, f.Patient)
			}
		}
	}
}

func TestAWorkbookThatWouldFillTheMemoryIsRefused(t *testing.T) {
	b := workbook(t, simple(), false)
	at := bytes.Index(b, []byte("PK\x01\x02")) // the first entry of the directory says 1 GB
	copy(b[at+24:], []byte{0, 0, 0, 0x40})
	_, err := Read(context.Background(), "x.xlsx", bytes.NewReader(b), int64(len(b)), nil, nil)
	if !errors.Is(err, ErrWorkbookTooLarge) {
		t.Errorf("%v", err)
	}
}

// mmolClasses reads one value and says its share in range, tight and for pregnancy.
func TestValuesInMmolKeepTheirClassThroughTheFile(t *testing.T) {
	for value, want := range map[string][3]float64{
		"3.4": {0, 0, 0}, "3.5": {0, 0, 100}, "3.9": {100, 100, 100}, "7,8": {100, 100, 100}, "7.9": {100, 0, 0}, "10.0": {100, 0, 0}, "10,1": {0, 0, 0},
	} {
		w := newWear().session(start, 7200, 20, "8A1B2C").each(func(_ int, r *wearRow) { r[colGlucose] = value })
		w.header[colGlucose] = "Glucose Value (mmol/L)"
		m := cgm.Analyse(only(t, read(t, w.text(";", nil)))).Metrics
		if got := [3]float64{m.InRangePercent.Value, m.TightRangePercent.Value, m.PregnancyRangePercent.Value}; got != want {
			t.Errorf("%s mmol/L: %v in range, tight and in pregnancy's, want %v", value, got, want)
		}
	}
}

// Whatever is done to the rows of a file, each of them is accounted for, and no
// reading is doubled or made up.
func TestEveryRowIsAccountedForWhateverHappensToTheRows(t *testing.T) {
	whole := 0
	defer func() {
		if whole < 700 {
			t.Errorf("only %d files were read at all", whole)
		}
	}()
	for seed := range uint64(400) {
		order := rand.New(rand.NewPCG(seed, 7))
		w := newWear().session(start, 7200, 30+order.IntN(40), "8A1B2C")
		if order.IntN(2) == 0 {
			w.session(start+cgm.WallTime(order.IntN(400000)), int64(order.IntN(90000)), 20, pick(order.IntN(2) == 0, "8A1B2C", "8ZZZZZ"))
		}
		for range order.IntN(30) {
			disturb(order, w)
		}
		for name, reader := range readers(t, order, w, seed%20 == 0) {
			f, err := reader()
			if err != nil {
				continue // refused whole, which loses nothing unseen
			}
			whole++
			if sum := accounted(f); sum != f.Rows || f.Rows != len(w.rows) {
				t.Fatalf("seed %d, %s: %d of %d rows are accounted for, and the file has %d", seed, name, sum, f.Rows, len(w.rows))
			}
			wantInOrder(t, f, fmt.Sprintf("seed %d, %s", seed, name))
		}
	}
}

func wantInOrder(t *testing.T, f *File, what string) {
	t.Helper()
	for _, r := range f.Recordings {
		for i := 1; i < len(r.Readings); i++ {
			if r.Readings[i].System <= r.Readings[i-1].System {
				t.Fatalf("%s: reading %d does not come after the one before", what, i)
			}
		}
	}
}

// readers are the ways in which the rows of a wear can come in a file.
func readers(t *testing.T, order *rand.Rand, w *wear, asWorkbook bool) map[string]func() (*File, error) {
	text := w.text([]string{",", ";", "\t"}[order.IntN(3)], nil)
	named := strings.NewReplacer("Timestamp (YYYY-MM-DDThh:mm:ss)", "wann", "Glucose Value (mg/dL)", "wert", "Event Type", "was").Replace(text)
	plain := "id,time,gl\n"
	for _, r := range w.rows {
		plain += "S1," + r[colTimestamp] + "," + r[colGlucose] + "\n"
	}
	out := map[string]func() (*File, error){
		"Clarity": func() (*File, error) { return readText(text) },
		"named columns": func() (*File, error) {
			return Read(context.Background(), "x", strings.NewReader(named), int64(len(named)), []Columns{{Time: "wann", Glucose: "wert", Unit: cgm.MgDL}}, nil)
		},
		"plain": func() (*File, error) { return readText(plain) },
	}
	if asWorkbook {
		b := workbook(t, w.text(",", nil), true)
		out["a workbook"] = func() (*File, error) {
			return Read(context.Background(), "x", bytes.NewReader(b), int64(len(b)), nil, nil)
		}
	}
	return out
}

// disturb does to a row what real files do.
func disturb(order *rand.Rand, w *wear) {
	i := order.IntN(len(w.rows))
	r := &w.rows[i]
	switch order.IntN(14) {
	case 0:
		r[colTransmitterTime] = ""
	case 1:
		r[colTransmitterID] = ""
	case 2:
		r[colDeviceID] = "SM123456"
	case 3:
		w.rows = append(w.rows, *r)
	case 4:
		w.rows = append(w.rows, *r)
		w.rows[len(w.rows)-1][colDeviceID] = "android G6"
	case 5:
		r[colEventType] = "Calibration"
	case 6:
		r[colEventType] = []string{"Notes", "Alert", "Mood", "Device", "Activity", ""}[order.IntN(6)]
	case 7:
		r[colGlucose] = pick(order.IntN(8) == 0, "abc", "Low")
	case 8:
		r[colGlucose] = fmt.Sprint(40 + order.IntN(300))
	case 9:
		w.rows[i], w.rows[0] = w.rows[0], w.rows[i]
	case 10:
		at := start + cgm.WallTime(order.IntN(40000))
		r[colTimestamp] = at.String()
	case 11:
		r[colTransmitterTime] = fmt.Sprint(order.IntN(40000))
	case 12:
		r[colGlucose], r[colEventType] = "", pick(order.IntN(2) == 0, "Mood", "Carbs")
	case 13:
		for n := i; n < len(w.rows); n++ {
			if at, err := cgm.ParseWallTime(w.rows[n][colTimestamp]); err == nil {
				w.rows[n][colTimestamp] = (at + 3600).String()
			}
		}
	}
}

func TestNoReadingIsLostWhenTheRowsAreShuffled(t *testing.T) {
	w := newWear().session(start, 7200, 200, "8A1B2C").session(start+90000, 7300, 100, "8A1B2C")
	want := 0.0
	for _, r := range only2(t, w.read(t)) {
		for _, v := range values(r) {
			want += v
		}
	}
	for seed := range uint64(20) {
		order := rand.New(rand.NewPCG(seed, 1))
		order.Shuffle(len(w.rows), func(i, j int) { w.rows[i], w.rows[j] = w.rows[j], w.rows[i] })
		sum := 0.0
		for _, r := range only2(t, w.read(t)) {
			for _, v := range values(r) {
				sum += v
			}
		}
		if math.Abs(sum-want) > 1e-9 {
			t.Fatalf("seed %d: the values add to %v, want %v", seed, sum, want)
		}
	}
}

func only2(t *testing.T, f *File) []*cgm.Recording {
	t.Helper()
	wantReadings(t, f, 200, 100)
	return f.Recordings
}

// A wear over ten days in a file in which a spreadsheet took D/M for M/D up to
// the twelfth of the month.
func TestDaysAndMonthsThatWereExchangedStayOneRecordingAndAreDoubted(t *testing.T) {
	at := cgm.NewWallTime(2026, 3, 3, 22, 2, 11)
	for _, sorted := range []bool{false, true} {
		w := newWear().session(at, 7200, 2880, "8A1B2C")
		for i := range w.rows {
			when := (at + cgm.WallTime(300*i)).UTC()
			if when.Day() <= 12 {
				w.rows[i][colTimestamp] = fmt.Sprintf("%d-%02d-%02d%s", when.Year(), when.Day(), when.Month(), when.Format("T15:04:05"))
			}
		}
		if sorted {
			slices.SortStableFunc(w.rows, func(a, b wearRow) int { return strings.Compare(a[colTimestamp], b[colTimestamp]) })
		}
		f := w.read(t)
		wantReadings(t, f, 2880)
		r := f.Recordings[0]
		if len(f.Doubts) != 1 || !strings.Contains(f.Doubts[0], "disagree") || r.Coverage().HoursRecorded != 240 || r.NoDeviceClock {
			t.Errorf("sorted %v: doubts %v, %v h", sorted, f.Doubts, r.Coverage().HoursRecorded)
		}
	}
}

func TestFiveYearsOfSensorsWithoutAnIDAreRunsOfTheirOwn(t *testing.T) {
	at := cgm.NewWallTime(2020, 3, 3, 8, 2, 11)
	w, want := newWear(), []int{}
	for n := range 183 {
		w.session(at+cgm.WallTime(n*10*cgm.SecondsPerDay), 1800, 40, "")
		want = append(want, 40)
	}
	wantReadings(t, w.read(t), want...)
}

func TestSessionsThatFollowAtOnceAreRunsOfTheirOwn(t *testing.T) {
	at := cgm.NewWallTime(2026, 3, 3, 8, 2, 11)
	w := newWear().session(at, 7200, 20, "8A1B2C").session(at+6300, 7200, 20, "8A1B2C").session(at+12600, 7203, 20, "8A1B2C")
	f := w.read(t)
	wantReadings(t, f, 20, 20, 20)
}

func TestRowsWithoutTimeInARepeatedHourFindTheirRun(t *testing.T) {
	midnight := cgm.NewWallTime(2026, 11, 1, 0, 0, 30)
	w := newWear()
	for i := range 60 {
		at := midnight + cgm.WallTime(300*i)
		if i >= 24 {
			at -= 3600
		}
		count := int64(7200 + 300*i)
		if i%7 == 3 || i == 14 {
			count = -1
		}
		w.add(at, count, fmt.Sprint(100+i), "8A1B2C")
	}
	slices.SortStableFunc(w.rows, func(a, b wearRow) int { return strings.Compare(a[colTimestamp], b[colTimestamp]) })
	f := w.read(t)
	wantReadings(t, f, 60)
	if c := f.Recordings[0].ClockChanges(); len(f.LeftOut) != 0 || len(c) != 1 || c[0].Seconds != -3600 {
		t.Errorf("left out %v, clock changes %v", f.LeftOut, c)
	}
}
