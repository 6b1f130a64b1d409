package report

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"tracedesk/cgm"
	"tracedesk/cgm/cgmtest"
	"tracedesk/clinic"
	"tracedesk/clinic/wording"
)

// without leaves out the readings of a calendar day.
func without(r *cgm.Recording, day int) *cgm.Recording {
	first := r.First().Date()
	var kept []cgm.Reading
	for _, g := range r.Readings {
		if g.Display.Date() != first+cgm.Date(day) {
			kept = append(kept, g)
		}
	}
	r.Readings = kept
	return r
}

func named(f *Facts, first, last string) *Facts {
	f.Patient.FirstName, f.Patient.LastName = first, last
	return f
}

// longText is an assessment of several pages.
func longText(paragraphs int) string {
	var b strings.Builder
	for n := range paragraphs {
		fmt.Fprintf(&b, "Paragraph %d. The glucose of this patient was looked at day by day, beginning with the nights, and what was seen was compared with what the patient had noted on the log sheet about meals, sleep and work.\n", n+1)
	}
	return b.String()
}

func manyFindings(n int) (out []clinic.DraftFinding) {
	for i := range n {
		out = append(out, clinic.DraftFinding{Group: cgm.FindingGroup(i * 4 / n), Text: fmt.Sprintf("Finding %d of %d, which a clinician added in words of their own, long enough for a second line of the page it stands on.", i+1, n), State: clinic.FindingAdded, Days: []string{cgmtest.Start.Date().String()}})
	}
	return out
}

// stripe is a logo of the given size, as a person may give it.
func stripe(t *testing.T, width, height int) []byte {
	t.Helper()
	picture := image.NewPaletted(image.Rect(0, 0, width, height), color.Palette{color.White, color.RGBA{20, 90, 160, 255}})
	for x := range width {
		for y := range height {
			picture.SetColorIndex(x, y, uint8((x+y)/30%2))
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, picture); err != nil {
		t.Fatal(err)
	}
	logo, err := PrepareLogo(b.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	return logo
}

func TestLogosThatCannotBeTaken(t *testing.T) {
	for _, file := range [][]byte{nil, []byte("no picture"), []byte("\x89PNG\r\n\x1a\n")} {
		if _, err := PrepareLogo(file); !errors.Is(err, ErrLogo) {
			t.Errorf("%q: %v", file, err)
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 5000, 20))); err != nil {
		t.Fatal(err)
	}
	if _, err := PrepareLogo(b.Bytes()); !errors.Is(err, ErrLogoLarge) {
		t.Errorf("%v", err)
	}
}

// hardCase is a document, and the page of it that matters.
type hardCase struct {
	facts *Facts
	make  func(*Facts) (*Document, error)
	page  int
}

// hardCases are all, by the name of their golden files.
func hardCases(t *testing.T) map[string]hardCase {
	t.Helper()
	set := clinic.DefaultSettings()
	ten := func() *Facts { return factsOf(cgmtest.Wear(10, 5), set) }
	long, many, odd := ten(), ten(), ten()
	odd.Logo, odd.Settings.Practice, odd.Settings.Address = stripe(t, 900, 60), "Lakeside Family Medicine", "12 Shore Road, Lakeside"
	long.Interpretation.Assessment, long.Interpretation.Plan = longText(40), longText(30)
	many.Interpretation.Findings = manyFindings(30)
	return map[string]hardCase{
		"three-days":    {factsOf(cgmtest.Wear(3, 5), set), Printout, 1},
		"a-day-missing": {factsOf(without(cgmtest.Wear(10, 5), 4), set), Printout, 2},
		"low-for-hours": {factsOf(changed(4, func(i int, g *cgm.Reading) {
			if i%288 < 70 {
				g.MgDL, g.Flag = cgm.LowMgDL, cgm.Low
			}
		}), set), Printout, 2},
		"everything-in-range": {factsOf(changed(6, func(i int, g *cgm.Reading) { g.MgDL, g.Flag = float64(95+i%40), cgm.InRange }), set), Printout, 1},
		"everything-above":    {factsOf(changed(6, func(i int, g *cgm.Reading) { g.MgDL, g.Flag = float64(260+i%120), cgm.InRange }), set), Printout, 1},
		"one-reading":         {factsOf(first(cgmtest.Wear(1, 5), 1), set), Printout, 1},
		"clock-change":        {factsOf(changed(4, func(i int, g *cgm.Reading) { g.Display -= cgm.WallTime(i / 500 * 3600) }), set), Printout, 2},
		"name-of-60":          {named(ten(), "Maximiliane Charlotte Eleonore", "von Hohenstein-Wittgenstein-Berg"), Interpretation, 1},
		"vietnamese":          {named(ten(), "Thị Minh Khai", "Nguyễn"), Interpretation, 1},
		"greek":               {named(ten(), "Ελένη", "Παπαδοπούλου"), Interpretation, 2},
		"script-lacking":      {named(ten(), "小明", "李"), Interpretation, 1},
		"four-pages":          {long, Interpretation, 4},
		"odd-logo":            {odd, Printout, 1},
		"thirty-findings":     {many, Interpretation, 3},
	}
}

// TestHardCases sets the page that matters of each hard case against its
// golden picture.
func TestHardCases(t *testing.T) {
	for name, c := range hardCases(t) {
		d, err := c.make(c.facts)
		if err != nil {
			t.Fatal(err)
		}
		comparePage(t, pageOf(t, d, c.page), filepath.Join("testdata", "hard-"+name+".png"))
	}
}

// pageOf is a page as a grey picture.
func pageOf(t *testing.T, d *Document, page int) string {
	t.Helper()
	dir := t.TempDir()
	path := filepath.Join(dir, "x.pdf")
	if err := os.WriteFile(path, d.PDF, 0o600); err != nil {
		t.Fatal(err)
	}
	n := strconv.Itoa(page)
	if out, err := exec.Command("pdftoppm", "-r", "50", "-f", n, "-l", n, "-gray", "-singlefile", "-png", path, filepath.Join(dir, "x")).CombinedOutput(); err != nil {
		t.Skipf("pdftoppm (package poppler-utils): %v: %s", err, out)
	}
	return filepath.Join(dir, "x.png")
}

var numbers = regexp.MustCompile(`-?\d+(?:\.\d+)?`)

// TestTheFiguresOnPaperAreThoseOfMetricsAndCheck reads the summary back from
// both documents and compares it with the metrics, rounded as printed.
func TestTheFiguresOnPaperAreThoseOfMetricsAndCheck(t *testing.T) {
	for seed := range uint64(4) {
		r := cgmtest.Wear(int(3+2*seed), seed)
		m, check := cgm.Analyse(r).Metrics, clinic.CheckRecording(r)
		for kind, d := range both(t, factsOf(r, clinic.DefaultSettings())) {
			text := strings.Join(textOf(t, d), "\n")
			_, summary, _ := strings.Cut(text, "Summary")
			for label, want := range map[string]struct {
				value    float64
				decimals int // or more, near a goal
			}{
				"Mean glucose": {m.Mean.Value, 0}, "GMI (2018 formula)": {m.GMIPercent.Value, 1}, "Variation (CV)": {m.CVPercent.Value, 1},
				"Median": {m.Median.Value, 0}, "Calendar days with data": {float64(m.DaysWithData), 0}, "Sensor active": {m.ActivePercent.Value, 1},
			} {
				_, rest, found := strings.Cut(summary, label)
				got := numbers.FindString(rest)
				_, fraction, _ := strings.Cut(got, ".")
				if !found || len(fraction) < want.decimals || got != strconv.FormatFloat(want.value, 'f', len(fraction), 64) {
					t.Errorf("%s, seed %d: %s is %q, not %v", kind, seed, label, got, want.value)
				}
			}
			if want := wording.Hours(check.Coverage.HoursRecorded) + " were recorded"; !strings.Contains(strings.Join(strings.Fields(text), " "), want) {
				t.Errorf("%s, seed %d: it does not say %q", kind, seed, want)
			}
			if sum := bandSum(summary); math.Abs(sum-100) > 1e-6 {
				t.Errorf("%s, seed %d: the bands add to %v", kind, seed, sum)
			}
		}
	}
}

// bandSum adds the printed shares of the five bands; “< 1” is 0 of the hundred.
func bandSum(text string) (sum float64) {
	for _, band := range []string{"Very high", "High", "In range", "Low", "Very low"} {
		share := regexp.MustCompile(`(?m)^(?:.*\s\s)?` + band + `\s\s+(<?\s?[\d.]+)\s?%`).FindStringSubmatch(text)
		if share == nil {
			return -1
		}
		if n, err := strconv.ParseFloat(share[1], 64); err == nil {
			sum += n
		}
	}
	return sum
}

func TestThePatientsPageSaysWhatWasMeasuredAndAdvisesNothing(t *testing.T) {
	f := factsOf(cgmtest.Wear(10, 5), clinic.DefaultSettings())
	for language, want := range map[Language][]string{
		English: {"Your glucose recording", "Of every 24 hours", "Please change nothing"},
		Spanish: {"Su registro de glucosa", "De cada 24 horas", "no cambie nada"},
	} {
		d, err := PatientPage(f, language)
		if err != nil || d.Pages != 1 {
			t.Fatalf("%d pages, %v", d.Pages, err)
		}
		text := strings.Join(strings.Fields(strings.Join(textOf(t, d), " ")), " ")
		for _, w := range append(want, f.Settings.GlucoseWithUnit(f.Analysis.Summary.Mean)) {
			if !strings.Contains(text, w) {
				t.Errorf("%s: it does not say %q: %s", language, w, text)
			}
		}
	}
	for _, c := range []struct {
		percent float64
		want    string
	}{{100, "24"}, {0, "0"}, {0.4, "< ½"}, {2.1, "½"}, {50, "12"}, {52.1, "12½"}} {
		if got := hoursADay(c.percent); got != c.want {
			t.Errorf("%g %%: %s, not %s", c.percent, got, c.want)
		}
	}
}

func TestEveryPageOfADemonstrationSaysSo(t *testing.T) {
	set := clinic.DefaultSettings()
	set.Demo = true
	for kind, d := range both(t, factsOf(cgmtest.Wear(4, 5), set)) {
		for n, page := range textOf(t, d) {
			if !strings.Contains(page, "DEMONSTRATION") {
				t.Errorf("page %d of the %s does not say so", n+1, kind)
			}
		}
	}
}
