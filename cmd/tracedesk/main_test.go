package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"tracedesk/assets"
	"tracedesk/storage"
	"tracedesk/storage/seal"
	"tracedesk/storage/storagetest"
	"tracedesk/workflow"
	"tracedesk/workflow/confine"
)

// program is the command: this test's own file, which is the program where
// asProgram is set. Nothing has to be linked again, and a passphrase costs nothing to
// guess: the tests unlock stores a hundred times.
var program string

const asProgram = "TRACEDESK_TEST_AS_PROGRAM"

func TestMain(m *testing.M) {
	confine.Main(workflow.Works) // the program starts itself for a piece of work
	if os.Getenv(asProgram) != "" {
		seal.DefaultCost = storagetest.QuickCost
		main()
	}
	self, err := os.Executable()
	if err != nil {
		panic(err)
	}
	dir, err := os.MkdirTemp("", "tracedesk-test-")
	if err != nil {
		panic(err)
	}
	_ = os.Setenv("XDG_CONFIG_HOME", filepath.Join(dir, "config")) // nothing of the tests beside the account's settings
	program = filepath.Join(dir, "tracedesk")
	if err := os.Symlink(self, program); err != nil {
		program = self
	}
	code := m.Run()
	_ = os.RemoveAll(dir)
	os.Exit(code)
}

// testPassphrase is that of every store in these tests; the demo's has its own.
const testPassphrase = workflow.DemoPassphrase

type result struct {
	stdout, stderr string
	status         int
}

func tracedesk(t *testing.T, args ...string) result {
	t.Helper()
	cmd := exec.Command(program, args...)
	cmd.Env = append(os.Environ(), "TRACEDESK_PASSPHRASE="+testPassphrase, asProgram+"=yes")
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return result{out.String(), errs.String(), cmd.ProcessState.ExitCode()}
}

// jsonOf runs a command with --json and reads its one document.
func jsonOf(t *testing.T, into any, status int, args ...string) result {
	t.Helper()
	r := tracedesk(t, append(args, "--json")...)
	if r.status != status {
		t.Fatalf("%q: exit %d, want %d: %s", args, r.status, status, r.stderr)
	}
	d := json.NewDecoder(strings.NewReader(r.stdout))
	if err := d.Decode(into); err != nil {
		t.Fatalf("%q: %v in %q", args, err, r.stdout)
	}
	if d.More() {
		t.Errorf("%q: more than one document", args)
	}
	return r
}

func write(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func demoFile(t *testing.T) string { return write(t, "demo.csv", string(assets.DemoRecording)) }

// reference is a file of the shared reference, or the test says that it is not here.
func reference(t *testing.T, parts ...string) string {
	t.Helper()
	path := filepath.Join(append([]string{"..", "..", "..", "shared"}, parts...)...)
	if _, err := os.Stat(path); err != nil {
		t.Skipf("the shared reference is not here (%s): not compared", path)
	}
	return path
}

func TestInspectGivesTheFixedDocument(t *testing.T) {
	var got struct {
		Files []struct {
			Path, Format string
			Patient      map[string]string
			Recordings   []map[string]any
			Problems     []any
		}
	}
	jsonOf(t, &got, 0, "inspect", demoFile(t))
	f := got.Files[0]
	if f.Patient["first_name"] != "Demo" || f.Patient["birth_date"] != "1964-06-20" || f.Patient["identifier"] != "DEMO-0001" {
		t.Errorf("%v", f.Patient)
	}
	r := f.Recordings[0]
	for field, want := range map[string]any{"transmitter_id": "8DEM01", "unit": "mg/dL", "interval_seconds": 300.0, "readings": 2824.0, "duplicates": 0.0, "first": "2026-05-04T12:17:08", "calibrations": 0.0} {
		if r[field] != want {
			t.Errorf("%s is %v, want %v", field, r[field], want)
		}
	}
	if f.Problems == nil {
		t.Error("problems is null, not an empty list")
	}
	bare := write(t, "plain.csv", "id,time,gl\nS 1,2024-03-04 10:00:00,120\n")
	got.Files = nil
	jsonOf(t, &got, 0, "inspect", bare)
	for _, unknown := range []string{"transmitter_id", "device_id", "device_model"} {
		if _, there := got.Files[0].Recordings[0][unknown]; there {
			t.Errorf("an unknown %s is not absent", unknown)
		}
	}
}

// TestMetricsAgreesWithIglu runs the command itself on the shared series; the
// figures one by one are compared in package cgm.
func TestMetricsAgreesWithIglu(t *testing.T) {
	goldens := reference(t, "reference", "goldens")
	b, err := os.ReadFile(filepath.Join(goldens, "expected.json"))
	if err != nil {
		t.Fatal(err)
	}
	var expected map[string]map[string]json.RawMessage
	if err := json.Unmarshal(b, &expected); err != nil {
		t.Fatal(err)
	}
	keys := []struct {
		ours, key, field string
		relative         float64
	}{
		{"mean", "mean", "mean", 1e-6}, {"sd", "sd", "SD", 1e-6}, {"cv_percent", "cv", "CV", 1e-6}, {"gmi_percent", "gmi", "GMI", 1e-6},
		{"time_in_range_percent", "in_range", "in_range_70_180", 1e-6}, {"gri", "gri", "GRI", 1e-6}, {"lbgi", "lbgi", "LBGI", 1e-6},
		{"modd", "modd", "MODD", 1e-6}, {"mage", "mage_ma", "MAGE", 1e-6}, {"auc_hourly", "auc", "hourly_auc", 5e-3}, {"p95", "quantile", "95", 1e-6},
	}
	for name, figures := range expected {
		file := filepath.Join(goldens, name+".csv")
		if strings.HasPrefix(name, "clarity-") {
			file = reference(t, "samples", "clarity", name+".csv")
		}
		var got struct{ Recordings []map[string]any }
		jsonOf(t, &got, 0, "metrics", file)
		if len(got.Recordings) != 1 {
			t.Fatalf("%s: %d recordings", name, len(got.Recordings))
		}
		for _, k := range keys {
			var want map[string]any
			if err := json.Unmarshal(figures[k.key], &want); err != nil {
				t.Fatal(err)
			}
			a, _ := got.Recordings[0][k.ours].(float64)
			b, _ := want[k.field].(float64)
			if math.Abs(a-b) > k.relative*math.Abs(b) {
				t.Errorf("%s: %s is %v, want %v", name, k.ours, a, b)
			}
		}
		agp := got.Recordings[0]["agp"].([]any)
		if len(agp) != 24 || agp[0].(map[string]any)["minute_of_day"] != 30.0 {
			t.Errorf("%s: %d bins", name, len(agp))
		}
	}
}

// A day with 10 LOW readings off the grid, of 288: 3.47 %, and no other low.
func TestMetricsSaysGoalsAndLowsInWords(t *testing.T) {
	var b strings.Builder
	b.WriteString("id,time,gl\n")
	for i := range 288 {
		value := "120"
		if i >= 100 && i < 110 {
			value = "39"
		}
		fmt.Fprintf(&b, "S 1,2024-03-04 %02d:%02d:30,%s\n", i/12, i%12*5, value)
	}
	path := write(t, "x.csv", b.String())
	text := tracedesk(t, "metrics", path).stdout
	for _, want := range []string{
		"time below 54 mg/dL 3.5 %, goal < 1 %: not met", "time below 70 mg/dL 3.5 %, goal < 4 %: met", "time above 180 mg/dL 0 %, goal < 25 %: met",
		"episode  very low       2024-03-04T08:20:00    50 min  LOW\n",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not said in:\n%s", want, text)
		}
	}
	var got struct {
		Recordings []struct {
			Goals []struct {
				Band    string
				Percent float64
				Met     bool
			}
			Episodes []struct {
				Extreme float64 `json:"extreme_mg_dl"`
				Flag    string  `json:"extreme_flag"`
			}
		}
	}
	jsonOf(t, &got, 0, "metrics", path)
	r := got.Recordings[0]
	if g := r.Goals[0]; g.Band != "very_low" || math.Abs(g.Percent-1000./288) > 1e-8 || g.Met {
		t.Errorf("%+v", g)
	}
	for _, e := range r.Episodes {
		if e.Extreme != 39 || e.Flag != "low" {
			t.Errorf("%+v", e)
		}
	}
}

func TestCheckAnswersWithItsExitStatus(t *testing.T) {
	rows := func(n int) string {
		var b strings.Builder
		b.WriteString("id,time,gl\n")
		for i := range n {
			fmt.Fprintf(&b, "S 1,2024-03-%02d %02d:%02d:00,120\n", 4+i/288, i%288/12, i%12*5)
		}
		return b.String()
	}
	for n, want := range map[int]struct {
		status int
		result string
	}{864: {0, "met"}, 863: {3, "not met"}, 1: {3, "not met"}} {
		var got struct{ Recordings []map[string]any }
		jsonOf(t, &got, want.status, "check", write(t, "x.csv", rows(n)))
		r := got.Recordings[0]
		if r["result"] != want.result || r["slots"] != float64(n) || r["method_version"] != 1.0 || len(r["recording_sha256"].(string)) != 64 || !strings.Contains(r["method"].(string), "5-minute slots") {
			t.Errorf("%d readings: %v", n, r)
		}
	}
	// 864 readings with one slot missing and one more at the end: 72 hours span, 71:55 recorded.
	lines := strings.Split(rows(864), "\n")
	var got struct{ Recordings []map[string]any }
	jsonOf(t, &got, 3, "check", write(t, "x.csv", strings.Join(append(lines[:100:100], lines[101:]...), "\n")))
	if got.Recordings[0]["result"] != "span only" {
		t.Errorf("%v", got.Recordings[0])
	}
}

func TestNamedColumns(t *testing.T) {
	path := write(t, "x.csv", "Mittauspäivä;Glukoosi\n2024-03-04 10:00;5,6\n2024-03-04 10:05;10,0\n")
	if r := tracedesk(t, "inspect", path); r.status != 1 {
		t.Errorf("%+v", r)
	}
	var got struct{ Recordings []map[string]any }
	jsonOf(t, &got, 0, "metrics", path, "--time-column", "Mittauspäivä", "--glucose-column", "Glukoosi", "--column-unit", "mmol/L")
	if r := got.Recordings[0]; r["readings"] != 2.0 || r["max"] != 180.0 {
		t.Errorf("%v", r)
	}
	if r := tracedesk(t, "inspect", path, "--time-column", "Mittauspäivä"); r.status != 2 {
		t.Errorf("%+v", r)
	}
}

func TestReportWritesBothOrNeither(t *testing.T) {
	dir := t.TempDir()
	p, i := filepath.Join(dir, "p.pdf"), filepath.Join(dir, "i.pdf")
	var got map[string]struct {
		Path, SHA256 string
		Pages        int
	}
	jsonOf(t, &got, 0, "report", demoFile(t), "--printout", p, "--interpretation", i, "--paper", "a4", "--unit", "mmol/l")
	for name, path := range map[string]string{"printout": p, "interpretation": i} {
		b, err := os.ReadFile(path)
		if err != nil || !bytes.HasPrefix(b, []byte("%PDF-")) || got[name].Path != path || got[name].Pages < 3 {
			t.Errorf("%s: %v, %+v", name, err, got[name])
		}
	}
	broken := filepath.Join(dir, "broken.pdf")
	if r := tracedesk(t, "report", write(t, "x.csv", "nothing"), "--printout", broken, "--interpretation", i+"2"); r.status != 1 {
		t.Errorf("exit %d", r.status)
	}
	if files, _ := os.ReadDir(dir); len(files) != 2 {
		t.Errorf("%d files after a refused file", len(files))
	}
}

func TestABirthDateInTheFutureIsSaidOnThePages(t *testing.T) {
	dir := t.TempDir()
	p := filepath.Join(dir, "p.pdf")
	file := write(t, "x.csv", strings.Replace(string(assets.DemoRecording), "1964-06-20", "2164-06-20", 1))
	r := tracedesk(t, "report", file, "--printout", p, "--interpretation", filepath.Join(dir, "i.pdf"))
	if r.status != 0 || !strings.Contains(r.stderr, "the birth date lies in the future") {
		t.Errorf("%+v", r)
	}
	store := filepath.Join(dir, "store")
	tracedesk(t, "store", "init", "--store", store, "--user", "tess")
	if r := tracedesk(t, "patient", "add", "--store", store, "--first-name", "Ana", "--birth-date", "2164-06-20"); r.status != 2 {
		t.Errorf("%+v", r)
	}
}

// TestBadFiles: one line that names file and line and says what to do, exit 1,
// nothing stored.
func TestBadFiles(t *testing.T) {
	header, _, _ := strings.Cut(string(assets.DemoRecording), "\r\n")
	row := `"6","2026-05-04T12:17:08","EGV","","","","R","122","","","","","7200","8DEM01"`
	whole := string(assets.DemoRecording)
	store := filepath.Join(t.TempDir(), "store")
	if r := tracedesk(t, "store", "init", "--store", store, "--user", "tess"); r.status != 0 {
		t.Fatal(r.stderr)
	}
	if r := tracedesk(t, "patient", "add", "--store", store, "--first-name", "Ana", "--identifier", "A-1"); r.status != 0 {
		t.Fatal(r.stderr)
	}
	for name, c := range map[string]struct{ text, want string }{
		"empty":        {"", "empty"},
		"binary":       {"\x7fELF\x00\x00\x01", "not text"},
		"workbook":     {"PK\x03\x04\x00", "save it as CSV"},
		"pdf":          {"%PDF-1.4\n", "PDF"},
		"letter":       {"Dear colleague,\nthank you\n", "not an export"},
		"header only":  {header + "\r\n", "no timed glucose rows"},
		"unknown unit": {strings.Replace(header, "mg/dL", "g/L", 1) + "\r\n" + row + "\r\n", "neither mg/dL nor mmol/L"},
		"cut off":      {whole[:len(whole)-30], "cut off"},
		"bad values":   {header + "\r\n" + strings.Repeat(strings.Replace(row, `"122"`, `"abc"`, 1)+"\r\n", 5), "“abc”"},
		"bad times":    {header + "\r\n" + strings.Repeat(strings.Replace(row, "2026-05-04T12:17:08", "yesterday", 1)+"\r\n", 5), "“yesterday”"},
		"two people":   {strings.Replace(whole, `"1","","FirstName"`, "\"1\",\"\",\"FirstName\",\"\",\"Other\",\"\",\"\",\"\",\"\",\"\",\"\",\"\",\"\",\"\"\r\n\"1\",\"\",\"FirstName\"", 1), "more than one person"},
	} {
		path := write(t, name+".csv", c.text)
		for _, args := range [][]string{{"inspect", path}, {"metrics", path}, {"check", path}, {"import", "--store", store, "--patient", "A-1", path}} {
			r := tracedesk(t, args...)
			if r.status != 1 || strings.Count(r.stderr, "\n") != 1 || !strings.Contains(r.stderr, path) || !strings.Contains(r.stderr, c.want) {
				t.Errorf("%s of %s: exit %d, %q", args[0], name, r.status, r.stderr)
			}
		}
	}
	var stats map[string]int
	jsonOf(t, &stats, 0, "store", "stats", "--store", store)
	if stats["wears"] != 0 || stats["recordings"] != 0 {
		t.Errorf("%v", stats)
	}
	if r := tracedesk(t, "inspect", filepath.Join(t.TempDir(), "no such file.csv")); r.status != 1 || !strings.Contains(r.stderr, "no such file") {
		t.Errorf("%+v", r)
	}
}

func TestImportSaysWhatIsNewAndWhatWasThere(t *testing.T) {
	store := filepath.Join(t.TempDir(), "store")
	tracedesk(t, "store", "init", "--store", store, "--user", "tess")
	var added map[string]map[string]string
	jsonOf(t, &added, 0, "patient", "add", "--store", store, "--first-name", "Demo", "--last-name", "Patient", "--birth-date", "6/20/1964", "--identifier", "DEMO-0001")
	if added["patient"]["birth_date"] != "1964-06-20" {
		t.Errorf("%v", added)
	}
	type imported struct {
		Files []struct {
			Recordings []struct {
				New, There int
				SameFile   bool   `json:"same_file"`
				WearID     string `json:"wear_id"`
			}
		}
	}
	var first, again imported
	file := demoFile(t)
	jsonOf(t, &first, 0, "import", "--store", store, "--patient", "DEMO-0001", file)
	jsonOf(t, &again, 0, "import", "--store", store, "--patient", added["patient"]["id"], file)
	if a, b := first.Files[0].Recordings[0], again.Files[0].Recordings[0]; a.New != 2824 || !b.SameFile || b.New != 0 || a.WearID != b.WearID {
		t.Errorf("%+v, %+v", a, b)
	}
	tracedesk(t, "patient", "add", "--store", store, "--first-name", "Bo", "--identifier", "B-2")
	if r := tracedesk(t, "import", "--store", store, "--patient", "B-2", file); r.status != 1 || !strings.Contains(r.stderr, "--confirm-mismatch") || strings.Count(r.stderr, "\n") != 1 {
		t.Errorf("%+v", r)
	}
	out := t.TempDir()
	if r := tracedesk(t, "wear", "report", "--store", store, "--wear", first.Files[0].Recordings[0].WearID, "--out", out); r.status != 0 {
		t.Error(r.stderr)
	}
	var wears struct{ Wears []map[string]any }
	jsonOf(t, &wears, 0, "wear", "list", "--store", store, "--patient", "DEMO-0001")
	if len(wears.Wears) != 1 || wears.Wears[0]["result"] != "met" || wears.Wears[0]["documents"] != 2.0 {
		t.Errorf("%v", wears.Wears)
	}
	if r := tracedesk(t, "store", "verify", "--store", store); r.status != 0 {
		t.Error(r.stdout, r.stderr)
	}
	if r := tracedesk(t, "store", "init", "--store", store, "--user", "tess"); r.status != 1 {
		t.Errorf("a store was made over a store: %+v", r)
	}
}

// builtReceiversim is the simulated receiver as a program.
var builtReceiversim = sync.OnceValues(func() (string, error) {
	sim := filepath.Join(filepath.Dir(program), "receiversim")
	if out, err := exec.Command("go", "build", "-o", sim, "../receiversim").CombinedOutput(); err != nil {
		return "", fmt.Errorf("%w\n%s", err, out)
	}
	return sim, nil
})

// receiversim runs the simulated receiver as a program and waits until it answers.
func receiversim(t *testing.T, args ...string) (port string) {
	t.Helper()
	sim, err := builtReceiversim()
	if err != nil {
		t.Fatal(err)
	}
	port = filepath.Join(t.TempDir(), "receiver")
	cmd := exec.Command(sim, append([]string{"--pty", port}, args...)...)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	if line, err := bufio.NewReader(out).ReadString('\n'); err != nil || line != "ready\n" {
		t.Skipf("the simulated receiver has no pseudo-terminal here: %q, %v", line, err)
	}
	return port
}

func TestReadOverAPseudoTerminal(t *testing.T) {
	for _, generation := range []string{"g4", "g5", "g6"} {
		t.Run(generation, func(t *testing.T) { readOverAPseudoTerminal(t, generation) })
	}
}

func readOverAPseudoTerminal(t *testing.T, generation string) {
	t.Parallel() // most of the time it waits for an answer that a fault holds back
	port := receiversim(t, "--generation", generation, "--blinded", "--extras", "--pieces", "--serial", "SM42", "--fault", "garbage@1", "--fault", "packet-crc@9", "--fault", "record-crc@20", "--fault", "nak@25")
	var got struct {
		Files []struct {
			Recordings []struct {
				Readings, Low int
				First, Last   string
			}
		}
		Receiver map[string]any
	}
	csv := filepath.Join(t.TempDir(), "r.csv")
	jsonOf(t, &got, 0, "read", "--port", port, "--csv", csv, "--save", csv+".tdr")
	if r := got.Files[0].Recordings; len(r) != 1 || r[0].Readings != 2824 || r[0].Low != 11 || r[0].First != "2026-05-04T12:17:08" {
		t.Errorf("%s: %+v", generation, r)
	}
	if got.Receiver["serial_number"] != "SM42" || got.Receiver["battery_percent"] != 87.0 || got.Receiver["blinded"] != true {
		t.Errorf("%s: %v", generation, got.Receiver)
	}
	b, err := os.ReadFile(csv)
	if err != nil || bytes.Count(b, []byte("\n")) != 2825 || !bytes.HasPrefix(b, []byte("system_seconds,display_time,mg_dl,flag,transmitter_id,transmitter_seconds,backfilled\n")) {
		t.Errorf("%s: %v, %d lines", generation, err, bytes.Count(b, []byte("\n")))
	}
	packed, err := os.ReadFile(csv + ".tdr")
	if err != nil {
		t.Fatal(err)
	}
	if back, err := storage.UnpackFile(packed); err != nil || len(back) != 1 || len(back[0].Readings) != 2824 {
		t.Errorf("%s: %v", generation, err)
	}
}

func TestAReadThatFailsLeavesNoFile(t *testing.T) {
	t.Parallel()
	port := receiversim(t, "--fault", "unplug@20")
	dir := t.TempDir()
	r := tracedesk(t, "read", "--port", port, "--csv", filepath.Join(dir, "r.csv"), "--save", filepath.Join(dir, "r.tdr"), "--json")
	if r.status != 1 || r.stdout != "" || !strings.Contains(r.stderr, "check the cable") || strings.Count(r.stderr, "\n") != 1 {
		t.Errorf("%+v", r)
	}
	if files, _ := os.ReadDir(dir); len(files) != 0 {
		t.Errorf("%d files are left", len(files))
	}
	if r := tracedesk(t, "read", "--port", filepath.Join(dir, "nothing"), "--wait", "0s"); r.status != 1 || !strings.Contains(r.stderr, "there is no such port") {
		t.Errorf("%+v", r)
	}
}

func TestAPortThatAppearsLateIsWaitedFor(t *testing.T) {
	t.Parallel()
	port := receiversim(t, "--clock-change", "-3600@700")
	late := filepath.Join(t.TempDir(), "late")
	time.AfterFunc(time.Second, func() { _ = os.Symlink(port, late) })
	var got struct {
		Files []struct{ Recordings []struct{ Readings int } }
	}
	jsonOf(t, &got, 0, "read", "--port", late, "--wait", "10s")
	if got.Files[0].Recordings[0].Readings != 2824 {
		t.Errorf("%+v", got)
	}
}

func TestACaptureHasValuesOnlyWhenAsked(t *testing.T) {
	t.Parallel()
	port := receiversim(t)
	for _, values := range []bool{false, true} {
		path := filepath.Join(t.TempDir(), "x.jsonl")
		csv := path + ".csv"
		args := []string{"read", "--port", port, "--capture", path}
		if values {
			args = append(args, "--capture-values")
		}
		if r := tracedesk(t, args...); r.status != 0 {
			t.Fatal(r.stderr)
		}
		tracedesk(t, "read", "--port", receiversim(t, "--capture", path), "--csv", csv)
		b, err := os.ReadFile(csv)
		if err != nil || bytes.Count(b, []byte("\n")) != 2825 {
			t.Fatalf("%v, %d lines", err, bytes.Count(b, []byte("\n")))
		}
		if low := bytes.Contains(b, []byte(",low,")); low != values {
			t.Errorf("asked for values %v: LOW is in the replay: %v", values, low)
		}
	}
}

func TestAFailedReadKeepsItsCapture(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "x.jsonl")
	if r := tracedesk(t, "read", "--port", receiversim(t, "--fault", "unplug@20"), "--capture", path); r.status != 1 {
		t.Errorf("%+v", r)
	}
	var got struct {
		Files []struct{ Recordings []struct{ Readings int } }
	}
	// What was read until then, played: as much of it as the capture holds.
	jsonOf(t, &got, 0, "read", "--port", receiversim(t, "--capture", path))
	if n := got.Files[0].Recordings[0].Readings; n < 100 || n >= 2824 {
		t.Errorf("%d readings from half a capture", n)
	}
}

func TestDemoTwice(t *testing.T) {
	out := t.TempDir()
	for range 2 {
		var got struct {
			Store    string
			Printout struct{ Path string }
			Check    struct{ Result string }
		}
		jsonOf(t, &got, 0, "demo", "--out", out)
		if _, err := os.Stat(got.Printout.Path); err != nil || got.Check.Result != "met" {
			t.Errorf("%+v, %v", got, err)
		}
	}
	var stats map[string]int
	jsonOf(t, &stats, 0, "store", "stats", "--store", filepath.Join(out, "store"))
	if stats["wears"] != 1 || stats["readings"] != 2824 || stats["patients"] != 1 {
		t.Errorf("%v", stats)
	}
}

func TestWrongUsage(t *testing.T) {
	for _, args := range [][]string{{"frobnicate"}, {"check"}, {"check", "a", "b"}, {"check", "--what", "a"}, {"report", "a"}, {"store"}, {"store", "frob"}, {"import", "a"}, {"report", "a", "--printout", "p", "--interpretation", "./p"}, {"demo", "x"}} {
		if r := tracedesk(t, args...); r.status != 2 || strings.Count(r.stderr, "\n") != 1 || r.stdout != "" {
			t.Errorf("%q: %+v", args, r)
		}
	}
}

// arrows are the packages that a package may not reach, by what style and
// architecture say: imports run one way, and each library has one room.
func TestTheHousesArrows(t *testing.T) {
	lookAtSources(t)
	deps := func(pkg string) []string {
		out, err := exec.Command("go", "list", "-deps", pkg).Output()
		if err != nil {
			t.Fatal(err)
		}
		return strings.Fields(string(out))
	}
	for pkg, never := range map[string][]string{
		"tracedesk/cgm":           {"tracedesk/clinic", "tracedesk/device"},
		"tracedesk/clinic/forms":  {"tracedesk/device", "tracedesk/storage", "tracedesk/report"},
		"tracedesk/clinic":        {"tracedesk/device", "tracedesk/storage", "tracedesk/report"},
		"tracedesk/device/export": {"tracedesk/clinic", "tracedesk/storage", "net/http"},
		"tracedesk/report":        {"tracedesk/storage", "tracedesk/device", "fyne.io/fyne/v2", "go.etcd.io/bbolt"},
		"tracedesk/storage":       {"tracedesk/report", "tracedesk/device", "fyne.io/fyne/v2", "github.com/jung-kurt/gofpdf"},
		"tracedesk/ui/present":    {"fyne.io/fyne/v2", "tracedesk/ui/shell", "tracedesk/ui/screens"},
		"tracedesk/ui/shell":      {"tracedesk/ui/screens"},
		"tracedesk/cmd/tracedesk": {"fyne.io/fyne/v2", "tracedesk/ui/say", "tracedesk/ui/present", "tracedesk/ui/shell", "tracedesk/ui/screens"},
		"tracedesk/storage/seal":  {"net/http"},
	} {
		all := deps(pkg)
		for _, n := range never {
			if slices.Contains(all, n) {
				t.Errorf("%s reaches %s", pkg, n)
			}
		}
	}
	// pdfsign can ask time and revocation servers and links net/http for it; it is
	// given no address of any, and nothing of ours knows the network.
	rooms := map[string]string{"net/http": "nobody", "github.com/digitorus/pdfsign/sign": "tracedesk/report", "github.com/digitorus/pdf": "tracedesk/report", "github.com/digitorus/pkcs7": "tracedesk/report", "go.etcd.io/bbolt": "tracedesk/storage/engine/bolt", "filippo.io/age": "tracedesk/storage/seal", "golang.org/x/crypto/argon2": "tracedesk/storage/seal", "golang.org/x/crypto/chacha20poly1305": "tracedesk/storage/seal", "github.com/jung-kurt/gofpdf": "tracedesk/report", "github.com/google/gousb": "tracedesk/device/usb", "github.com/xuri/excelize/v2": "tracedesk/device/export", "go.bug.st/serial": "tracedesk/device/serial"}
	out, err := exec.Command("go", "list", "-f", "{{.ImportPath}}{{range .Imports}} {{.}}{{end}}", "tracedesk/...").Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range strings.Split(strings.TrimSpace(string(out)), "\n") {
		parts := strings.Fields(line)
		for _, imported := range parts[1:] {
			if pure := parts[0] == "tracedesk/cgm" || strings.HasPrefix(parts[0], "tracedesk/clinic"); pure && (imported == "os" || strings.HasPrefix(imported, "net")) {
				t.Errorf("%s imports %s", parts[0], imported)
			}
			if room, ours := rooms[imported]; ours && parts[0] != room {
				t.Errorf("%s imports %s, which belongs to %s", parts[0], imported, room)
			}
			if why := againstTheArrows(parts[0], imported); why != "" {
				t.Errorf("%s imports %s: %s", parts[0], imported, why)
			}
		}
	}
}

// lookAtSources opens every source, so that go test asks again when one has changed:
// it does not see what go list reads.
func lookAtSources(t *testing.T) {
	t.Helper()
	err := filepath.WalkDir("../..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".go") {
			return err
		}
		_, err = os.Stat(path)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// floors are the rooms of the house from its ground up: what is above stands on what
// is below, and rooms of one floor stand beside each other. A room that is not named
// is on the ground, which all may use, and which uses nothing of ours above it.
var floors = map[string]int{"cgm": 1, "clinic": 2, "report": 3, "storage": 3, "device": 3, "workflow": 4, "ui": 5, "cmd": 6}

// practice are the rooms of clinic from their ground up, in the same way.
var practice = map[string]int{
	"tracedesk/clinic": 1, "tracedesk/clinic/wording": 2, "tracedesk/clinic/steps": 3, "tracedesk/clinic/billing": 4, "tracedesk/clinic/stock": 4,
	"tracedesk/clinic/forms": 5,
}

// againstTheArrows says what speaks against an import, or nothing.
func againstTheArrows(pkg, imported string) string {
	room := func(path string) string {
		rest, ours := strings.CutPrefix(path, "tracedesk/")
		if !ours {
			return ""
		}
		name, _, _ := strings.Cut(rest, "/")
		return name
	}
	from, to := room(pkg), room(imported)
	if to == "" {
		return ""
	}
	below, above := practice[pkg], practice[imported]
	view := strings.HasPrefix(pkg, "tracedesk/ui/shell") || strings.HasPrefix(pkg, "tracedesk/ui/screens")
	switch {
	case floors[from] < floors[to]:
		return from + " stands below " + to
	case floors[from] > 0 && floors[from] == floors[to] && from != to:
		return from + " stands beside " + to
	case from == "clinic" && to == "clinic" && (below == 0 || above == 0):
		return "a room of clinic has no floor"
	case from == "clinic" && to == "clinic" && below <= above:
		return pkg + " does not stand above " + imported
	case view && to == "storage":
		return "views never touch the store"
	case pkg == "tracedesk/cmd/tracedesk" && to == "ui":
		return "the terminal has no window"
	}
	return ""
}

// TestTheArrowsOfTheHouse is that of the rule itself.
func TestTheArrowsOfTheHouse(t *testing.T) {
	for _, c := range []struct {
		pkg, imported string
		allowed       bool
	}{
		{"tracedesk/ui/screens", "tracedesk/ui/present", true}, {"tracedesk/ui/present", "tracedesk/storage", true}, {"tracedesk/ui/screens", "tracedesk/workflow", true},
		{"tracedesk/ui/screens", "tracedesk/storage", false}, {"tracedesk/ui/screens/wear", "tracedesk/storage/seal", false}, {"tracedesk/ui/shell", "tracedesk/storage", false},
		{"tracedesk/cmd/tracedesk", "tracedesk/ui/say", false}, {"tracedesk/cmd/tracedesk-desktop", "tracedesk/ui/shell", true},
		{"tracedesk/workflow", "tracedesk/ui/say", false}, {"tracedesk/report", "tracedesk/storage", false}, {"tracedesk/storage", "tracedesk/workflow", false},
		{"tracedesk/clinic", "tracedesk/cgm", true}, {"tracedesk/clinic", "tracedesk/clinic/steps", false}, {"tracedesk/clinic", "tracedesk/clinic/wording", false},
		{"tracedesk/clinic/billing", "tracedesk/clinic/steps", true}, {"tracedesk/clinic/steps", "tracedesk/clinic/billing", false},
		{"tracedesk/clinic/billing", "tracedesk/clinic/forms", false}, {"tracedesk/clinic/stock", "tracedesk/clinic/billing", false},
		{"tracedesk/clinic/wording", "tracedesk/clinic/billing", false}, {"tracedesk/clinic/unknown", "tracedesk/clinic", false},
		{"tracedesk/clinic/forms", "tracedesk/storage", false}, {"tracedesk/storage", "tracedesk/clinic/forms", true},
		{"tracedesk/report/chart", "tracedesk/cgm", true}, {"tracedesk/assets", "tracedesk/cgm", false}, {"tracedesk/cgm", "tracedesk/assets", true}, {"tracedesk/cgm", "strings", true},
	} {
		if why := againstTheArrows(c.pkg, c.imported); (why == "") != c.allowed {
			t.Errorf("%s importing %s: %q", c.pkg, c.imported, why)
		}
	}
}
