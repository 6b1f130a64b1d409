package report

import (
	"bytes"
	"flag"
	"fmt"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"tracedesk/cgm"
	"tracedesk/cgm/cgmtest"
	"tracedesk/clinic"
	"tracedesk/clinic/wording"
	"tracedesk/report/chart/charttest"
)

var madeOn = time.Date(2026, time.May, 14, 11, 2, 0, 0, time.FixedZone("", -5*3600))

func factsOf(r *cgm.Recording, s clinic.Settings) *Facts {
	f := NewFacts(clinic.Patient{FirstName: "Zoë", LastName: "O’Hara, “Jr.”", BirthDate: "1964-06-20", Identifier: "A-17"}, r, s, madeOn, "9.9.9")
	f.SourceName = "Clarity_Export.csv"
	return f
}

// both makes both documents.
func both(t testing.TB, f *Facts) map[string]*Document {
	t.Helper()
	p, err := Printout(f)
	if err != nil {
		t.Fatal(err)
	}
	i, err := Interpretation(f)
	if err != nil {
		t.Fatal(err)
	}
	return map[string]*Document{"printout": p, "interpretation": i}
}

// textOf is the text of each page, as a reader's search finds it.
func textOf(t *testing.T, d *Document) []string {
	t.Helper()
	return textIn(t, d, "-layout")
}

// textIn is the text of each page in an order that pdftotext knows: -layout as it
// stands on the page, -raw as it was drawn.
func textIn(t *testing.T, d *Document, order string) []string {
	t.Helper()
	tool, err := exec.LookPath("pdftotext")
	if err != nil {
		t.Skip("pdftotext is not here (package poppler-utils): the text of the PDFs is not compared")
	}
	path := filepath.Join(t.TempDir(), "x.pdf")
	if err := os.WriteFile(path, d.PDF, 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(tool, order, path, "-").CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	pages := strings.Split(strings.TrimSuffix(string(out), "\f"), "\f")
	if len(pages) != d.Pages {
		t.Errorf("%d pages, want %d", len(pages), d.Pages)
	}
	return pages
}

func TestEveryPageSaysWhoseItIs(t *testing.T) {
	f := factsOf(cgmtest.Wear(10, 5), clinic.DefaultSettings())
	for name, d := range both(t, f) {
		for n, page := range textOf(t, d) {
			for _, want := range []string{"Zoë O’Hara, “Jr.”", "record number A-17", "recording " + f.Check.RecordingHash[:8], "made 2026-05-14 11:02 -0500", "Tracedesk 9.9.9", "does not recommend", fmt.Sprintf("page %d of %d", n+1, d.Pages)} {
				if !strings.Contains(strings.Join(strings.Fields(page), " "), want) {
					t.Errorf("%s, page %d does not say %q", name, n+1, want)
				}
			}
			if draft := strings.Contains(page, "DRAFT, NOT SIGNED"); draft != (name == "interpretation") {
				t.Errorf("%s, page %d: draft %v", name, n+1, draft)
			}
		}
	}
}

// Of 1119 readings 12 are under 54: 1.07 %, which misses the goal by one reading.
func TestDocumentsSayWhetherGoalsAreMet(t *testing.T) {
	f := factsOf(changed(4, func(i int, g *cgm.Reading) {
		g.MgDL, g.Flag = 120, cgm.InRange
		if i >= 100 && i < 112 {
			g.MgDL, g.Flag = cgm.LowMgDL, cgm.Low
		}
	}), clinic.DefaultSettings())
	if n := len(f.Recording.Readings); n != 1119 {
		t.Fatalf("%d readings", n)
	}
	for name, d := range both(t, f) {
		text := strings.Join(strings.Fields(strings.Join(textOf(t, d), " ")), " ")
		for _, want := range []string{"1.1 %", "goal < 1 %: not met", "goal > 70 %: met", "goal < 5 %: met", "< 70 mg/dL", "> 180 mg/dL", "goal < 4 %:", "goal < 25 %:", "< 154: met"} {
			if !strings.Contains(text, want) {
				t.Errorf("%s does not say %q", name, want)
			}
		}
		if finding := strings.Contains(text, "Time below 54 mg/dL 1.1 %, goal < 1 %: not met."); finding != (name == "interpretation") {
			t.Errorf("%s: the missed goal is a finding: %v", name, finding)
		}
		if strings.Contains(text, " 39 mg/dL") || !strings.Contains(text, "LOW") {
			t.Errorf("%s prints LOW as 39", name)
		}
	}
}

func TestThePrintoutHoldsEveryReadingInOrder(t *testing.T) {
	r := cgmtest.Wear(10, 5)
	d, err := Printout(factsOf(r, clinic.DefaultSettings()))
	if err != nil {
		t.Fatal(err)
	}
	tool, err := exec.LookPath("pdftotext")
	if err != nil {
		t.Skip("pdftotext is not here (package poppler-utils): the printed readings are not compared")
	}
	path := filepath.Join(t.TempDir(), "x.pdf")
	if err := os.WriteFile(path, d.PDF, 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(tool, "-raw", path, "-").Output() // in the order of the page's content
	if err != nil {
		t.Fatal(err)
	}
	_, readings, _ := strings.Cut(string(out), "The recording: every reading")
	var got []string
	for _, m := range regexp.MustCompile(`(?m)(\d\d:\d\d)\s(LOW|HIGH|\d+)\b`).FindAllStringSubmatch(readings, -1) {
		got = append(got, m[1]+" "+m[2])
	}
	var want []string
	for i := range r.Readings {
		want = append(want, r.Readings[i].Display.Clock()+" "+clinic.DefaultSettings().Reading(&r.Readings[i]))
	}
	// The footers' own time of making is no reading.
	got = slices.DeleteFunc(got, func(s string) bool { return strings.HasPrefix(s, "11:02 -") })
	if !slices.Equal(got, want) {
		t.Errorf("%d readings printed, want %d", len(got), len(want))
		for i := range min(len(got), len(want)) {
			if got[i] != want[i] {
				t.Fatalf("the first that differs: %d, %q, want %q", i, got[i], want[i])
			}
		}
	}
}

func TestNumbersAreThoseOfCgmAndClinic(t *testing.T) {
	r := cgmtest.Wear(10, 5)
	for _, unit := range []cgm.Unit{cgm.MgDL, cgm.MmolL} {
		set := clinic.DefaultSettings()
		set.Unit = unit
		f := factsOf(r, set)
		for name, d := range both(t, f) {
			text := strings.Join(strings.Fields(strings.Join(textOf(t, d), " ")), " ")
			m := f.Analysis.Metrics
			for _, want := range []string{
				set.GlucoseWithUnit(m.Mean.Value), clinic.Beside(m.CVPercent, cgm.StableCVPercent, 1) + " %", clinic.Beside(m.GMIPercent, cgm.GMIGoalPercent, 1) + " %",
				wording.CheckSentence(f.Check), "method 1: unique 5-minute slots",
			} {
				if !strings.Contains(text, want) {
					t.Errorf("%s in %s does not say %q", name, unit, want)
				}
			}
			for _, never := range []string{"billable", "NaN", "[U+", "+Inf"} {
				if strings.Contains(text, never) {
					t.Errorf("%s in %s says %q", name, unit, never)
				}
			}
		}
	}
}

// changed is a wear with every reading passed through change.
func changed(days int, change func(i int, g *cgm.Reading)) *cgm.Recording {
	r := cgmtest.Wear(days, 5)
	for i := range r.Readings {
		change(i, &r.Readings[i])
	}
	return r
}

func first(r *cgm.Recording, n int) *cgm.Recording {
	r.Readings = r.Readings[:n]
	r.Events = nil
	return r
}

// TestOddWears: whatever was recorded, there are documents without NaN and
// with nothing beyond the page's margins.
func TestOddWears(t *testing.T) {
	for name, r := range map[string]*cgm.Recording{
		"one reading":   first(cgmtest.Wear(1, 5), 1),
		"two readings":  first(cgmtest.Wear(1, 5), 2),
		"seven hours":   first(cgmtest.Wear(1, 5), 84),
		"ninety days":   cgmtest.Wear(90, 5),
		"LOW only":      changed(4, func(_ int, g *cgm.Reading) { g.MgDL, g.Flag = cgm.LowMgDL, cgm.Low }),
		"HIGH only":     changed(4, func(_ int, g *cgm.Reading) { g.MgDL, g.Flag = cgm.HighMgDL, cgm.High }),
		"clock set":     changed(4, func(i int, g *cgm.Reading) { g.Display += cgm.WallTime(i / 400 * 5400) }),
		"clock back":    changed(4, func(i int, g *cgm.Reading) { g.Display -= cgm.WallTime(i / 300 * 3600) }),
		"every value":   changed(4, func(i int, g *cgm.Reading) { g.MgDL = float64(40 + i%360) }),
		"no device":     changed(4, func(_ int, _ *cgm.Reading) {}),
		"no event text": cgmtest.Wear(3, 9),
	} {
		if name == "no device" {
			r.TransmitterID, r.DeviceModel, r.DeviceID, r.NoDeviceClock, r.BadRows, r.Conflicts = "", "", "", true, 3, 2
		}
		for kind, d := range both(t, factsOf(r, clinic.DefaultSettings())) {
			text := strings.Join(textOf(t, d), " ")
			for _, never := range []string{"NaN", "Inf", "%!"} {
				if strings.Contains(text, never) {
					t.Errorf("%s, %s: says %q", name, kind, never)
				}
			}
		}
	}
}

func TestANameTheFontCannotDrawIsSpelledAndSaid(t *testing.T) {
	f := factsOf(cgmtest.Wear(4, 5), clinic.DefaultSettings())
	f.Patient.LastName = "李"
	for name, d := range both(t, f) {
		if len(d.Undrawable) != 1 || d.Undrawable[0] != '李' {
			t.Errorf("%s: undrawable %q", name, d.Undrawable)
		}
		if text := strings.Join(textOf(t, d), " "); !strings.Contains(text, "Zoë [U+674E]") || !strings.Contains(text, "cannot draw 1 of the characters") {
			t.Errorf("%s does not say so", name)
		}
	}
	for _, s := range []string{"Łukasz Şahin Ğ", "Ольга Иванова", "Ωμέγα", "Ngũgĩ", "Nguyễn"} {
		if u := Undrawable(s); len(u) > 0 {
			t.Errorf("%q: %q cannot be drawn", s, u)
		}
	}
}

func TestDocumentsAreSmallAndTheSameAgain(t *testing.T) {
	f := factsOf(cgmtest.Wear(10, 5), clinic.DefaultSettings())
	again := both(t, f)
	for name, d := range both(t, f) {
		if len(d.PDF) > 500_000 {
			t.Errorf("%s: %d bytes", name, len(d.PDF))
		}
		if !bytes.Equal(d.PDF, again[name].PDF) {
			t.Errorf("%s: made twice from the same facts, it is not the same", name)
		}
	}
}

func TestPaperSizes(t *testing.T) {
	tool, err := exec.LookPath("pdfinfo")
	if err != nil {
		t.Skip("pdfinfo is not here (package poppler-utils): the page sizes are not compared")
	}
	for paper, want := range map[clinic.Paper]string{clinic.Letter: "612 x 792 pts (letter)", clinic.A4: "(A4)"} {
		set := clinic.DefaultSettings()
		set.Paper = paper
		for name, d := range both(t, factsOf(cgmtest.Wear(4, 5), set)) {
			path := filepath.Join(t.TempDir(), "x.pdf")
			if err := os.WriteFile(path, d.PDF, 0o600); err != nil {
				t.Fatal(err)
			}
			out, err := exec.Command(tool, path).Output()
			if err != nil || !strings.Contains(string(out), want) {
				t.Errorf("%s on %s: %v\n%s", name, paper, err, out)
			}
		}
	}
}

var update = flag.Bool("update", false, "make the golden pages anew; look at them before you commit")

// goldenFacts are the facts of the golden documents, by the name of their files.
func goldenFacts() map[string]*Facts {
	a4 := clinic.Settings{Practice: "Lakeside Family Medicine", Unit: cgm.MmolL, Paper: clinic.A4, ISODates: true}
	return map[string]*Facts{
		"letter": factsOf(cgmtest.Wear(10, 5), clinic.DefaultSettings()),
		"a4":     factsOf(changed(4, func(i int, g *cgm.Reading) { g.MgDL = min(400, g.MgDL*1.6) }), a4),
		"low":    factsOf(changed(2, func(_ int, g *cgm.Reading) { g.MgDL, g.Flag = cgm.LowMgDL, cgm.Low }), clinic.DefaultSettings()),
	}
}

// TestPagesLookAsTheyDid sets pages against their golden pictures, loosely:
// versions of poppler draw type a little differently.
func TestPagesLookAsTheyDid(t *testing.T) {
	tool, err := exec.LookPath("pdftoppm")
	if err != nil {
		t.Skip("pdftoppm is not here (package poppler-utils): the pages are not compared as pictures")
	}
	for kind, facts := range goldenFacts() {
		for name, d := range both(t, facts) {
			dir := t.TempDir()
			path := filepath.Join(dir, "x.pdf")
			if err := os.WriteFile(path, d.PDF, 0o600); err != nil {
				t.Fatal(err)
			}
			if out, err := exec.Command(tool, "-r", "50", "-l", "3", "-gray", "-png", path, filepath.Join(dir, "x")).CombinedOutput(); err != nil {
				t.Fatalf("%v: %s", err, out)
			}
			pages, _ := filepath.Glob(filepath.Join(dir, "x-*.png"))
			for i, page := range pages {
				comparePage(t, page, filepath.Join("testdata", fmt.Sprintf("%s-%s-%d.png", name, kind, i+1)))
			}
		}
	}
}

// pageTolerance is loose: versions of poppler draw type a little differently.
var pageTolerance = charttest.Tolerance{Grey: 90, Share: 0.01}

func comparePage(t *testing.T, got, golden string) {
	t.Helper()
	f, err := os.Open(got)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	page, err := png.Decode(f)
	if err != nil {
		t.Fatal(err)
	}
	charttest.Compare(t, golden, page, pageTolerance, *update)
}

func BenchmarkBothDocuments(b *testing.B) {
	for _, days := range []int{10, 90} {
		f := factsOf(cgmtest.Wear(days, 5), clinic.DefaultSettings())
		b.Run(fmt.Sprintf("days=%d", days), func(b *testing.B) {
			for b.Loop() {
				both(b, f)
			}
		})
	}
}
