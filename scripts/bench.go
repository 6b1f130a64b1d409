//go:build ignore

// Bench measures what docs/benchmarks.md keeps, and prints it as a table. What
// is compared is measured in one run, so that a busy machine slows both sides.
package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

const rounds = 7

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run() error {
	read, err := benchmarks("./device/export", "^BenchmarkRead$")
	if err != nil {
		return err
	}
	analyse, err := benchmarks("./cgm", "^BenchmarkAnalyse$")
	if err != nil {
		return err
	}
	documents, err := benchmarks("./report", "^BenchmarkBothDocuments$")
	if err != nil {
		return err
	}
	packet, err := benchmarks("./report", "^BenchmarkPacket$")
	if err != nil {
		return err
	}
	memory, err := benchmarks("./report", "^BenchmarkMemory$")
	if err != nil {
		return err
	}
	check, bare, err := processes()
	if err != nil {
		return err
	}
	growth, err := benchmarks("./storage", "^BenchmarkGrowth$")
	if err != nil {
		return err
	}
	acts, err := benchmarks("./storage", "^BenchmarkAct$")
	if err != nil {
		return err
	}
	keystroke, err := benchmarks("./ui/present", "^BenchmarkKeystroke$")
	if err != nil {
		return err
	}
	window, err := benchmarks("./ui/screens", "^BenchmarkWindow$")
	if err != nil {
		return err
	}
	fmt.Printf("%s, %d × %s/%s, %s; medians of %d rounds.\n\n", runtime.Version(), runtime.NumCPU(), runtime.GOOS,
		runtime.GOARCH, time.Now().Format("2006-01-02"), rounds)
	fmt.Println("| What | Measured | Ratio | Wanted |\n| --- | --- | --- | --- |")
	for _, quoted := range []string{"true", "false"} {
		for _, days := range []string{"10", "90", "900"} {
			name := "BenchmarkRead/quoted=" + quoted + "/days=" + days
			ours, csv := read[name+"/clarity"], read[name+"/bare-csv"]
			row("Clarity file of "+days+" days, quoted "+quoted, ms(ours)+" against "+ms(csv)+" for encoding/csv alone",
				ratio(ours, csv), "≤ 1.6")
		}
	}
	ten := analyse["BenchmarkAnalyse/days=10"]
	for _, days := range []float64{10, 90, 900} {
		v := analyse[fmt.Sprintf("BenchmarkAnalyse/days=%.0f", days)]
		row(fmt.Sprintf("Metrics, profile, episodes, patterns of %.0f days", days), ms(v), ratio(v/days, ten/10)+
			" of ten days' cost a day", map[bool]string{true: "≤ 2 ms", false: "about 1"}[days == 10])
	}
	for _, days := range []float64{10, 90} {
		v := documents[fmt.Sprintf("BenchmarkBothDocuments/days=%.0f", days)]
		row(fmt.Sprintf("Both PDFs of %.0f days", days), ms(v), "", map[bool]string{true: "≤ 150 ms", false: ""}[days == 10])
	}
	row("The evidence packet of ten days", ms(packet["BenchmarkPacket"]), "", "< 1 s")
	row("Memory that stays after 200 pairs of PDFs", "",
		fmt.Sprintf("%.2f of that after 20", memory["BenchmarkMemory after-200/after-20"]), "about 1")
	row("tracedesk check of ten days, whole process", ms(check), ratio(check, bare)+" of tracedesk --version", "≤ 30 ms")
	trace, err := benchmarks("./ui/screens", "^BenchmarkTrace$")
	if err != nil {
		return err
	}
	for _, days := range []int{10, 90} {
		row(fmt.Sprintf("A frame of the trace on the screen, %d days, whole and zoomed in", days),
			ms(trace[fmt.Sprintf("BenchmarkTrace/days=%d", days)]), "", "< 33 ms")
	}
	row("The start screen after the passphrase, without Argon2id, 10000 patients, drawn",
		ms(window["BenchmarkWindow/unlocked"]), "", "< 1.5 s")
	for _, view := range []string{"profile", "trace", "evidence", "interpretation"} {
		row("From one patient's "+view+" to another's, 10000 patients, drawn",
			ms(window["BenchmarkWindow/patient-to-patient="+view]), "", map[bool]string{true: "< 100 ms"}[view == "profile"])
	}
	proofs(acts)
	stores(growth, keystroke)
	if err := receivers(); err != nil {
		return err
	}
	return sizes()
}

// proofs are what an act's proof costs: manifests, tree, hashes and signature.
func proofs(acts measured) {
	for _, a := range []struct{ name, what string }{
		{"import", "Storing a recording"}, {"document", "Storing a document"}, {"patient", "Storing a patient"},
	} {
		with, without := acts["BenchmarkAct/"+a.name+" proved-ns"], acts["BenchmarkAct/"+a.name+" bare-ns"]
		row(a.what+", with its proof", ms(with)+" against "+ms(without)+" without", ratio(with, without), "≤ 1.1")
	}
}

// stores are what a store costs as it grows, three wears a patient.
func stores(growth, keystroke measured) {
	acts := []struct{ what, name, want string }{
		{"Opening a store, its pages checked", "open", ""},
		{"Unlocking, without Argon2id", "unlock", "< 1 s"},
		{"Opening a wear", "wear", "< 20 ms"},
		{"Importing a recording, with its sync", "import", "< 60 ms"},
	}
	sizes := []int{100, 1000, 10000}
	of := func(m measured, bench, name string, patients int) float64 {
		return m[fmt.Sprintf("%s/patients=%d/%s", bench, patients, name)]
	}
	line := func(m measured, bench, what, name, want string) {
		base := of(m, bench, name, sizes[0])
		for _, n := range sizes {
			v := of(m, bench, name, n)
			row(fmt.Sprintf("%s, %d patients", what, n), ms(v), ratio(v, base)+" of 100 patients'", want)
		}
	}
	for _, a := range acts {
		line(growth, "BenchmarkGrowth", a.what, a.name, a.want)
	}
	line(keystroke, "BenchmarkKeystroke", "A letter typed into the search", "later", "< 15 ms")
	line(keystroke, "BenchmarkKeystroke", "The list made anew after a change", "first", "")
	for _, n := range sizes {
		row(fmt.Sprintf("Store's file, %d patients", n), "",
			fmt.Sprintf("%.2f of all sealed values, %.2f of the packed recordings",
				of(growth, "BenchmarkGrowth", "open file/sealed", n), of(growth, "BenchmarkGrowth", "open file/packed", n)),
			"≤ 1.3 of what is packed")
		row(fmt.Sprintf("Memory with the store open, %d patients", n),
			fmt.Sprintf("%.0f MB resident, of which %.0f MB not of the mapped file",
				of(growth, "BenchmarkGrowth", "import MB-resident", n), of(growth, "BenchmarkGrowth", "import MB-own", n)), "",
			"< 250 MB")
	}
}

// measured are medians by a benchmark's name, nanoseconds; its own measures by
// name and unit.
type measured map[string]float64

// receivers reads the simulated receiver over a pseudo-terminal, at full speed
// and with the delays of a real one.
func receivers() error {
	idle, err := read("--version")
	if err != nil {
		return err
	}
	for _, slow := range []bool{false, true} {
		link := filepath.Join(os.TempDir(), "tracedesk-bench-receiver")
		args := []string{"--pty", link}
		if slow {
			args = append(args, "--slow")
		}
		sim := exec.Command("bin/receiversim", args...)
		if err := sim.Start(); err != nil {
			return err
		}
		for range 50 {
			if _, err := os.Stat(link); err == nil {
				break
			}
			time.Sleep(20 * time.Millisecond)
		}
		r, err := read("read", "--port", link)
		_ = sim.Process.Kill()
		_ = sim.Wait()
		if err != nil {
			return err
		}
		what, want := "at full speed", "< 1 s, < 20 MB"
		if slow {
			what, want = "with a real receiver's delays", "< 3 s"
		}
		row("Reading a G6 wear of ten days, "+what,
			fmt.Sprintf("%.2f s, %.1f MB above an idle start", r.seconds, r.megabytes-idle.megabytes), "", want)
	}
	return nil
}

type reading struct{ seconds, megabytes float64 }

func read(args ...string) (reading, error) {
	start := time.Now()
	cmd := exec.Command("bin/tracedesk", args...)
	if out, err := cmd.CombinedOutput(); err != nil {
		return reading{}, fmt.Errorf("%w: %s", err, out)
	}
	usage := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	return reading{time.Since(start).Seconds(), float64(usage.Maxrss) / 1024}, nil
}

func row(cells ...string) { fmt.Println("| " + strings.Join(cells, " | ") + " |") }

func ms(ns float64) string { return fmt.Sprintf("%.2f ms", ns/1e6) }

func ratio(a, b float64) string { return fmt.Sprintf("%.2f", a/b) }

// largeRounds is for what takes long to set up.
const largeRounds = 1

// benchmarks runs a package's benchmarks.
func benchmarks(pkg, which string) (measured, error) {
	n := rounds
	if strings.Contains(which, "Memory") || strings.Contains(which, "Growth") || strings.Contains(which, "Keystroke") ||
		strings.Contains(which, "Window") {
		n = largeRounds
	}
	out, err := exec.Command("go", "test", pkg, "-run", "^$", "-bench", which, "-count", strconv.Itoa(n), "-benchtime",
		"200ms", "-timeout", "60m").CombinedOutput()
	if err != nil {
		return nil, fmt.Errorf("%w: %s", err, out)
	}
	all := map[string][]float64{}
	for _, line := range strings.Split(string(out), "\n") {
		f := strings.Fields(line)
		if len(f) < 4 || f[3] != "ns/op" {
			continue
		}
		name := f[0][:strings.LastIndex(f[0], "-")]
		for i := 2; i+1 < len(f); i += 2 {
			v, err := strconv.ParseFloat(f[i], 64)
			if err != nil {
				return nil, err
			}
			key := name
			if f[i+1] != "ns/op" {
				key += " " + f[i+1]
			}
			all[key] = append(all[key], v)
		}
	}
	medians := measured{}
	for name, v := range all {
		medians[name] = median(v)
	}
	if len(medians) == 0 {
		return nil, errors.New("no benchmark in " + pkg)
	}
	return medians, nil
}

func median(v []float64) float64 {
	slices.Sort(v)
	return v[len(v)/2]
}

// processes times whole processes in turn: the check of ten days, and a start
// that does nothing.
func processes() (check, bare float64, err error) {
	var checks, bares []float64
	for range 31 {
		for _, p := range []struct {
			to   *[]float64
			args []string
		}{{&checks, []string{"check", "assets/demo-clarity.csv"}}, {&bares, []string{"--version"}}} {
			start := time.Now()
			if out, err := exec.Command("bin/tracedesk", p.args...).CombinedOutput(); err != nil {
				return 0, 0, fmt.Errorf("%w: %s", err, out)
			}
			*p.to = append(*p.to, float64(time.Since(start)))
		}
	}
	return median(checks), median(bares), nil
}

// sizes are the PDFs of the bundled recording.
func sizes() error {
	dir, err := os.MkdirTemp("", "tracedesk-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if out, err := exec.Command("bin/tracedesk", "demo", "--out", dir).CombinedOutput(); err != nil {
		return fmt.Errorf("%w: %s", err, out)
	}
	for _, name := range []string{"printout.pdf", "interpretation.pdf"} {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil {
			return err
		}
		row("Size of the "+strings.TrimSuffix(name, ".pdf")+" of ten days", fmt.Sprintf("%d kB", info.Size()/1000), "",
			"both ≤ 300 kB")
	}
	return nil
}
