package main

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// exportCases are made-up exports that were once read wrongly.
func exportCase(t *testing.T, name string) string {
	t.Helper()
	return reference(t, "cases", "export", name+".csv")
}

type inspected struct {
	Files []struct {
		Rows      int
		OtherRows int `json:"other_rows"`
		LeftOut   []struct {
			Line   int
			Reason string
		} `json:"left_out"`
		Problems   []struct{ Message string }
		Recordings []struct {
			Readings, Duplicates, Calibrations, Events int
			ClockChanges                               []struct {
				At      string
				Seconds int64
			} `json:"clock_changes"`
		}
	}
}

func TestInspectAccountsForEveryRow(t *testing.T) {
	dir := filepath.Dir(exportCase(t, "tx_reset"))
	files, _ := filepath.Glob(filepath.Join(dir, "*.csv"))
	for _, path := range files {
		var got inspected
		args := []string{"inspect", path}
		if strings.Contains(path, "snake_header") {
			args = append(args, "--time-column", "timestamp", "--glucose-column", "glucose", "--column-unit", "mg/dL")
		}
		jsonOf(t, &got, 0, args...)
		f := got.Files[0]
		sum := f.OtherRows + len(f.LeftOut)
		for _, r := range f.Recordings {
			sum += r.Readings + r.Duplicates + r.Calibrations + r.Events
		}
		if sum != f.Rows || f.Rows == 0 {
			t.Errorf("%s: %d of %d rows", filepath.Base(path), sum, f.Rows)
		}
	}
}

func TestInspectNamesAClockThatJumps(t *testing.T) {
	var got inspected
	jsonOf(t, &got, 0, "inspect", exportCase(t, "iso_day_month_swapped"))
	f := got.Files[0]
	changes := f.Recordings[0].ClockChanges
	if len(changes) != 1 || changes[0].At != "2026-03-13T00:02:11" || len(f.Problems) != 1 {
		t.Errorf("%+v", f)
	}
	out := t.TempDir()
	printout := filepath.Join(out, "p.pdf")
	if r := tracedesk(t, "report", exportCase(t, "iso_day_month_swapped"), "--printout", printout, "--interpretation",
		filepath.Join(out, "i.pdf")); r.status != 0 {
		t.Fatal(r.stderr)
	}
	text, err := exec.Command("pdftotext", "-layout", printout, "-").Output()
	if err != nil {
		t.Skipf("pdftotext is not here: the printout was not looked at (%v)", err)
	}
	if !strings.Contains(string(text), "set back by 266 days: after 2026-12-03 23:57 it showed 2026-03-13 00:02") {
		t.Errorf("the printout does not say it:\n%s", text)
	}
}

func TestAnUnknownHeaderSaysWhichColumnsToName(t *testing.T) {
	r := tracedesk(t, "inspect", exportCase(t, "snake_header"))
	if r.status != 1 || !strings.Contains(r.stderr, "--time-column “timestamp” --glucose-column “glucose”") ||
		strings.Count(r.stderr, "\n") != 1 {
		t.Errorf("%+v", r)
	}
}

func TestImportKnowsReadingsAgain(t *testing.T) {
	store := ""
	fresh := func() {
		store = filepath.Join(t.TempDir(), "store")
		tracedesk(t, "store", "init", "--store", store, "--user", "tess")
	}
	fresh()
	add := func(number, born string) {
		t.Helper()
		if r := tracedesk(t, "patient", "add", "--store", store, "--first-name", "Testa", "--last-name", "Muster",
			"--birth-date", born, "--identifier", number); r.status != 0 {
			t.Fatal(r.stderr)
		}
	}
	type imported struct {
		Files []struct {
			Recordings []struct {
				New, There int
				WearID     string `json:"wear_id"`
			}
		}
	}
	do := func(number string, status int, name string, flags ...string) (out imported) {
		t.Helper()
		args := append([]string{"import", "--store", store, "--patient", number, exportCase(t, name)}, flags...)
		if status != 0 {
			if r := tracedesk(t, args...); r.status != status || !strings.Contains(r.stderr, "--confirm-mismatch") {
				t.Errorf("%s: %+v", name, r)
			}
			return out
		}
		jsonOf(t, &out, 0, args...)
		return out
	}
	add("A-1", "1970-01-01")
	a, b := do("A-1", 0, "store_once_a"), do("A-1", 0, "store_once_b")
	if x, y := a.Files[0].Recordings[0], b.Files[0].Recordings[0]; x.New != 1000 || y.New != 0 || y.There != 1000 ||
		x.WearID != y.WearID {
		t.Errorf("%+v, then %+v", x, y)
	}
	fresh()
	add("A-1", "1970-01-01")
	reset := do("A-1", 0, "tx_reset").Files[0].Recordings
	if len(reset) != 2 || reset[0].New != 20 || reset[1].New != 20 || reset[0].WearID == reset[1].WearID {
		t.Errorf("%+v", reset)
	}
	do("A-1", 1, "iso_day_month_swapped") // dates that contradict the transmitter's clock are a question
	add("A-2", "2/23/1968")
	if got := do("A-2", 1, "birthdate_us"); len(got.Files) != 0 {
		t.Errorf("%+v", got) // its transmitter is stored with the other patient
	}
	fresh()
	add("A-2", "1968-02-23")
	if got := do("A-2", 0, "birthdate_us").Files[0].Recordings; got[0].New != 40 {
		t.Errorf("%+v", got)
	}
}
