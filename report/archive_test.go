package report

import (
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// kept are documents of every kind, as files.
func kept(t *testing.T) map[string]string {
	t.Helper()
	f := odd()
	dir, out := t.TempDir(), map[string]string{}
	for name, pdf := range map[string][]byte{
		"printout":       madeOf(t, f, Printout).PDF,
		"interpretation": madeOf(t, f, Interpretation).PDF,
		"patient":        madeOf(t, f, func(f *Facts) (*Document, error) { return PatientPage(f, Spanish) }).PDF,
		"packet":         evidenceOf(t, packetOf(t, f)),
		"signed":         signedDocument(t),
		"recovery": madeOf(t, f, func(f *Facts) (*Document, error) {
			return RecoveryKey(f.Settings, "s", "AGE-SECRET-KEY-1ABC", Fingerprints{Root: strings.Repeat("ab", 32), Founding: strings.Repeat("cd", 32)}, f.MadeAt, "0.1.0")
		}).PDF,
	} {
		out[name] = filepath.Join(dir, name+".pdf")
		if err := os.WriteFile(out[name], pdf, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return out
}

// preflight is Apache PDFBox's checker of PDF/A-1b as Debian has it
// (libpdfbox2-java with libjaxb-api-java and libactivation-java).
var preflight = []string{"pdfbox2", "preflight", "xmpbox", "fontbox2", "commons-logging", "jaxb-api", "javax.activation"}

// permitted are the findings that PDF/A-1 has and PDF/A-3 has not: there, files
// may be attached, the part is 3, and a signature that is not seen needs no
// appearance (ISO 19005-3, 6.8, 6.6.4 and 6.3.3).
var permitted = regexp.MustCompile(`^(1\.2\.9 : Body Syntax error, EmbeddedFile entry is present in a FileSpecification dictionary|1\.4\.7 : Trailer Syntax error, EmbeddedFile entry is present in the Names dictionary|7\.11\.2 : Error on MetaData, part must be 1.*|5\.3\.1 : .*widget annotation lacks an appearance dictionary.*|The file .* is not a valid PDF/A-1b file, error\(s\) :|)$`)

func TestDocumentsAreForKeeping(t *testing.T) {
	var jars []string
	for _, name := range preflight {
		jar := "/usr/share/java/" + name + ".jar"
		if _, err := os.Stat(jar); err != nil {
			t.Skipf("no checker of PDF/A here (%s); Debian has it as libpdfbox2-java, libjaxb-api-java and libactivation-java", jar)
		}
		jars = append(jars, jar)
	}
	for name, path := range kept(t) {
		out, err := exec.Command("java", "-cp", strings.Join(jars, ":"), "org.apache.pdfbox.preflight.Validator_A1b", path).CombinedOutput()
		var exit *exec.ExitError
		if err != nil && !errors.As(err, &exit) {
			t.Skipf("java: %v", err)
		}
		if !strings.Contains(string(out), "part must be 1") {
			t.Errorf("%s: the checker did not come to the metadata:\n%s", name, out)
		}
		for _, line := range strings.Split(string(out), "\n") {
			if !permitted.MatchString(strings.TrimSpace(line)) {
				t.Errorf("%s: %s", name, line)
			}
		}
	}
}

// TestBookmarksLeadToTheirPages asks qpdf where the bookmarks lead.
func TestBookmarksLeadToTheirPages(t *testing.T) {
	tool := needTool(t, "qpdf")
	files := kept(t)
	for name, want := range map[string][]string{
		"printout": {"Summary", "Daily traces", "Statistics by time of day", "Episodes", "The recording"},
		"packet":   {"Requirements", "What happened", "Documents", "Audit trail", "Printout", "Interpretation"},
	} {
		path := files[name]
		out, err := exec.Command(tool, "--json", "--json-key=outlines", path).Output()
		if err != nil {
			t.Fatal(err)
		}
		type item struct {
			Title string `json:"title"`
			Page  int    `json:"destpageposfrom1"`
			Kids  []item `json:"kids"`
		}
		var all struct {
			Outlines []item `json:"outlines"`
		}
		if err := json.Unmarshal(out, &all); err != nil {
			t.Fatal(err)
		}
		var titles []string
		var check func([]item)
		check = func(items []item) {
			for _, i := range items {
				titles = append(titles, i.Title)
				if text := strings.ToLower(pageText(t, path, max(i.Page, 1))); i.Page == 0 || !strings.Contains(text, titled(i.Title)) {
					t.Errorf("%s: %q leads to page %d, which has no such title", name, i.Title, i.Page)
				}
				check(i.Kids)
			}
		}
		check(all.Outlines)
		for _, title := range want {
			if !slices.ContainsFunc(titles, func(t string) bool { return strings.HasPrefix(t, title) }) {
				t.Errorf("%s: no bookmark %q in %q", name, title, titles)
			}
		}
	}
}

func TestFilesLaidOutOtherwiseAreRefused(t *testing.T) {
	for _, file := range []string{"", "%PDF-1.3\n", "startxref\n9\n%%EOF\n", "xref\n0 2\n0000000000 65535 f \n0000000000 00000 n \nstartxref\n0\n%%EOF\n"} {
		if _, err := archived([]byte(file), description{At: time.Now()}); !errors.Is(err, errForeign) {
			t.Errorf("%q: %v", file, err)
		}
	}
}

// TestEveryDocumentSaysItsLanguage looks for it in the catalogue.
func TestEveryDocumentSaysItsLanguage(t *testing.T) {
	for name, path := range kept(t) {
		want := "/Lang (en-US)"
		if name == "patient" {
			want = "/Lang (es)"
		}
		file, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(file), want) {
			t.Errorf("%s does not say %s", name, want)
		}
	}
}

// TestDatesAreWrittenWithTheirZone follows ISO 32000-1, 7.9.4.
func TestDatesAreWrittenWithTheirZone(t *testing.T) {
	for zone, want := range map[int]string{0: "+00'00'", -5 * 3600: "-05'00'", 5*3600 + 1800: "+05'30'"} {
		a := archive{description: description{At: time.Date(2026, 5, 14, 16, 0, 7, 0, time.FixedZone("", zone))}}
		if got := a.date(); got != "(D:20260514160007"+want+")" {
			t.Error(got)
		}
	}
}

// titled is what a page says where a bookmark leads to.
func titled(bookmark string) string {
	title, _, _ := strings.Cut(strings.ToLower(bookmark), " from ")
	if title == "assessment and plan" {
		return "assessment"
	}
	return title
}

func needTool(t *testing.T, name string) string {
	t.Helper()
	tool, err := exec.LookPath(name)
	if err != nil {
		t.Skipf("%s is not here", name)
	}
	return tool
}

func pageText(t *testing.T, path string, page int) string {
	t.Helper()
	n := strconv.Itoa(page)
	out, err := exec.Command(needTool(t, "pdftotext"), "-f", n, "-l", n, path, "-").CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %s", err, out)
	}
	return string(out)
}
