package export

import (
	"context"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tracedesk/cgm"
)

// Exports that were once read wrongly, each the smallest of its kind, lie
// beside the project; the figures are from their list.
func caseText(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("..", "..", "..", "shared", "cases", "export", name+".csv"))
	if err != nil {
		t.Skipf("the case is not here: %v", err)
	}
	return string(b)
}

var polish = []Columns{{Time: "Znacznik czasu (RRRR-MM-DDTgg:mm:ss)", Glucose: "Wartość glukozy (mg/dL)", Unit: cgm.MgDL}}

func TestExportsThatWereReadWrongly(t *testing.T) {
	for _, c := range []struct {
		name        string
		known       []Columns
		recordings  []int // readings of each
		transmitter string
		first, last string
		mean        float64
		wallClock   bool
		note        string // within a problem
	}{
		{name: "tx_reset", recordings: []int{20, 20}, transmitter: "8A1B2C", first: "2026-03-03T08:02:11", mean: 186.75, note: "counts its time from the start again before 2026-03-03T14:02:11"},
		{name: "tt_thousands", recordings: []int{40}, transmitter: "8A1B2C", wallClock: true, note: "Transmitter Time (Long Integer)"},
		{name: "store_once_a", recordings: []int{1000}, transmitter: "341112223334"},
		{name: "store_once_b", recordings: []int{1000}, note: "Transmitter ID"},
		{name: "cols_two_devices", known: polish, recordings: []int{40}, transmitter: "8A1B2C", mean: 178.55},
		{name: "cols_two_devices", recordings: []int{40}, transmitter: "8A1B2C", mean: 178.55},
		{name: "cols_two_transmitters", known: polish, recordings: []int{20, 20}, transmitter: "8A1B2C"},
		{name: "copies_9s_apart", recordings: []int{40}, wallClock: true},
		{name: "es_niveles_estimados", recordings: []int{40}, transmitter: "8A1B2C", mean: 178.55},
		{name: "activity_rows", recordings: []int{300}, transmitter: "341112223334"},
		{name: "blank_id_first_row", recordings: []int{40}, transmitter: "8A1B2C"},
		{name: "calibration_first", recordings: []int{40}, transmitter: "8A1B2C"},
		{name: "iso_day_month_swapped", recordings: []int{40}, transmitter: "8A1B2C", first: "2026-12-03T22:02:11", note: "the wall clock and the transmitter's clock disagree"},
		{name: "snake_header", known: []Columns{{Time: "timestamp", Glucose: "glucose", Unit: cgm.MgDL}}, recordings: []int{40}},
		{name: "dash_dates", recordings: []int{40}, transmitter: "8A1B2C", first: "2026-03-03T08:02:00", last: "2026-03-03T11:17:00"},
		{name: "sep_line", recordings: []int{40}, transmitter: "8A1B2C"},
		{name: "blank_before_number", recordings: []int{40}, transmitter: "8A1B2C"},
		{name: "birthdate_us", recordings: []int{40}, transmitter: "8A1B2C"},
	} {
		t.Run(c.name, func(t *testing.T) {
			text := caseText(t, c.name)
			f, err := Read(context.Background(), c.name, strings.NewReader(text), int64(len(text)), c.known, nil)
			if err != nil {
				t.Fatal(err)
			}
			wantAccounted(t, f)
			var got []int
			sum, n := 0.0, 0
			for _, r := range f.Recordings {
				got = append(got, len(r.Readings))
				if r.IntervalSeconds != 300 || r.BadRows+r.Conflicts != 0 || r.NoDeviceClock != c.wallClock {
					t.Errorf("every %d s, %d bad rows, %d conflicts, without a device clock: %v", r.IntervalSeconds, r.BadRows, r.Conflicts, r.NoDeviceClock)
				}
				for _, v := range values(r) {
					sum, n = sum+v, n+1
				}
			}
			if fmt.Sprint(got) != fmt.Sprint(c.recordings) || len(f.LeftOut) != 0 {
				t.Fatalf("readings %v, left out %v; want %v", got, f.LeftOut, c.recordings)
			}
			r := f.Recordings[0]
			if c.mean != 0 && math.Abs(sum/float64(n)-c.mean) > 1e-9 {
				t.Errorf("mean %v, want %v", sum/float64(n), c.mean)
			}
			if r.TransmitterID != c.transmitter || c.first != "" && r.First().String() != c.first || c.last != "" && r.Last().String() != c.last {
				t.Errorf("transmitter %q from %s to %s", r.TransmitterID, r.First(), r.Last())
			}
			if said := fmt.Sprint(f.Problems); (c.note == "") != (len(f.Problems) == 0) || !strings.Contains(said, c.note) {
				t.Errorf("problems %v, want %q", f.Problems, c.note)
			}
		})
	}
}

func wantAccounted(t *testing.T, f *File) {
	t.Helper()
	if sum := accounted(f); sum != f.Rows {
		t.Errorf("%d of %d rows are accounted for", sum, f.Rows)
	}
}

func TestWhatTheCasesHoldBesideReadings(t *testing.T) {
	f := read(t, caseText(t, "activity_rows"))
	for _, e := range only(t, f).Events {
		if e.Kind != cgm.Exercise || e.Value != 60 {
			t.Errorf("event %+v", e)
		}
	}
	if n := len(f.Recordings[0].Events); n != 3 {
		t.Errorf("%d exercise events, want 3", n)
	}
	f = read(t, caseText(t, "calibration_first"))
	if c := only(t, f).Calibrations; len(c) != 1 || c[0].MgDL != 130 || c[0].System != 7200-1800 {
		t.Errorf("calibrations %+v", c)
	}
	f = read(t, caseText(t, "tx_reset"))
	if first := f.Recordings[1].First().String(); first != "2026-03-03T14:02:11" {
		t.Errorf("the second run begins at %s", first)
	}
	changes := only(t, read(t, caseText(t, "iso_day_month_swapped"))).ClockChanges()
	if len(changes) != 1 || changes[0].Seconds != int64(changes[0].At-changes[0].Before)-300 {
		t.Errorf("clock changes %+v", changes)
	}
}
