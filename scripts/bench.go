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
	check, bare, err := processes()
	if err != nil {
		return err
	}
	fmt.Printf("%s, %d × %s/%s, %s; medians of %d rounds.\n\n", runtime.Version(), runtime.NumCPU(), runtime.GOOS, runtime.GOARCH, time.Now().Format("2006-01-02"), rounds)
	fmt.Println("| What | Measured | Ratio | Wanted |\n| --- | --- | --- | --- |")
	for _, quoted := range []string{"true", "false"} {
		for _, days := range []string{"10", "90", "900"} {
			name := "BenchmarkRead/quoted=" + quoted + "/days=" + days
			ours, csv := read[name+"/clarity"], read[name+"/bare-csv"]
			row("Clarity file of "+days+" days, quoted "+quoted, ms(ours)+" against "+ms(csv)+" for encoding/csv alone", ratio(ours, csv), "≤ 1.6")
		}
	}
	ten := analyse["BenchmarkAnalyse/days=10"]
	for _, days := range []float64{10, 90, 900} {
		v := analyse[fmt.Sprintf("BenchmarkAnalyse/days=%.0f", days)]
		row(fmt.Sprintf("Metrics, profile, episodes, patterns of %.0f days", days), ms(v), ratio(v/days, ten/10)+" of ten days' cost a day", map[bool]string{true: "≤ 2 ms", false: "about 1"}[days == 10])
	}
	for _, days := range []float64{10, 90} {
		v := documents[fmt.Sprintf("BenchmarkBothDocuments/days=%.0f", days)]
		row(fmt.Sprintf("Both PDFs of %.0f days", days), ms(v), "", map[bool]string{true: "≤ 300 ms", false: ""}[days == 10])
	}
	row("tracedesk check of ten days, whole process", ms(check), ratio(check, bare)+" of tracedesk --version", "≤ 30 ms")
	if err := receivers(); err != nil {
		return err
	}
	return sizes()
}

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
		row("Reading a G6 wear of ten days, "+what, fmt.Sprintf("%.2f s, %.1f MB above an idle start", r.seconds, r.megabytes-idle.megabytes), "", want)
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

// benchmarks gives the median nanoseconds of each benchmark by its name.
func benchmarks(pkg, which string) (map[string]float64, error) {
	out, err := exec.Command("go", "test", pkg, "-run", "^$", "-bench", which, "-count", strconv.Itoa(rounds), "-benchtime", "200ms").CombinedOutput()
	if err != nil {
		return nil, fmt.Errorf("%w: %s", err, out)
	}
	all := map[string][]float64{}
	for _, line := range strings.Split(string(out), "\n") {
		f := strings.Fields(line)
		if len(f) < 4 || f[3] != "ns/op" {
			continue
		}
		v, err := strconv.ParseFloat(f[2], 64)
		if err != nil {
			return nil, err
		}
		name := f[0][:strings.LastIndex(f[0], "-")]
		all[name] = append(all[name], v)
	}
	medians := map[string]float64{}
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
		row("Size of the "+strings.TrimSuffix(name, ".pdf")+" of ten days", fmt.Sprintf("%d kB", info.Size()/1000), "", "≤ 500 kB")
	}
	return nil
}
