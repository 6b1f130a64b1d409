package workflow

import (
	"bytes"
	"compress/zlib"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"tracedesk/cgm/cgmtest"
	"tracedesk/clinic"
	"tracedesk/report"
	"tracedesk/workflow/confine"
)

func TestMain(m *testing.M) {
	confine.Main(Works)
	os.Exit(m.Run())
}

// pdfOf is a file of the objects, the first being number 1 and the catalogue.
func pdfOf(objects ...string) []byte {
	out := []byte("%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
	places := make([]int, len(objects))
	for i, object := range objects {
		places[i] = len(out)
		out = fmt.Appendf(out, "%d 0 obj\n%s\nendobj\n", i+1, object)
	}
	table := len(out)
	out = fmt.Appendf(out, "xref\n0 %d\n0000000000 65535 f \n", len(objects)+1)
	for _, at := range places {
		out = fmt.Appendf(out, "%010d 00000 n \n", at)
	}
	return fmt.Appendf(out, "trailer\n<<\n/Size %d\n/Root 1 0 R\n>>\nstartxref\n%d\n%%%%EOF\n", len(objects)+1, table)
}

// bomb is that many zeros, deflated so many times.
func bomb(t *testing.T, zeros int64, times int) string {
	t.Helper()
	var out bytes.Buffer
	var w io.Writer = &out
	var closers []io.Closer
	for range times {
		z := zlib.NewWriter(w)
		closers, w = append([]io.Closer{z}, closers...), z
	}
	block := make([]byte, 1<<20)
	for ; zeros > 0; zeros -= int64(len(block)) {
		if _, err := w.Write(block); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range closers {
		if err := c.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return out.String()
}

const catalogWithFile = "<< /Type /Catalog /Names << /EmbeddedFiles << /Names [(a) 2 0 R] >> >> >>"

// foreign is a file of the objects that is not laid out as ours are.
func foreign(objects ...string) []byte { return bytes.TrimSuffix(pdfOf(objects...), []byte("\n")) }

// hostile are files that keep a reader of PDFs busy, or end it.
func hostile(t *testing.T) map[string][]byte {
	spec := "<< /Type /Filespec /F (facts.json) /AFRelationship /Source /UF (facts.json) /EF << /F 3 0 R >> /Desc (x)\n>>"
	one := bomb(t, 700<<20, 1)
	three := bomb(t, 700<<20, 3)
	ended := func(text string) []byte {
		return fmt.Appendf(nil, "%%PDF-1.7\n%s\n%%%s\nstartxref\n9\n%%%%EOF\n", text, strings.Repeat(" room", 200))
	}
	names := strings.Repeat("(a) 2 0 R ", 1_000_000)
	many := []string{
		"<< /Type /Catalog >>",
		"<< /Type /EmbeddedFile /Subtype /a /Length 8 /Filter /FlateDecode /Params << /Size 0 >> >>\nstream\n" +
			bomb(t, 0, 1) + "\nendstream",
	}
	for i := range 300_000 {
		many = append(many,
			fmt.Sprintf("<< /Type /Filespec /F (%d.pdf) /AFRelationship /Source /UF (x) /EF << /F 2 0 R >> /Desc (x)\n>>", i))
	}
	deep := func(open string) []byte {
		return foreign("<< /Type /Catalog /Names "+strings.Repeat(open, (20<<20)/len(open)), "null")
	}
	return map[string][]byte{
		"an xref of two thousand million": ended("xref\n1999999999 1\n0000000009 00000 n \ntrailer\n<< /Size " +
			"2000000000 /Root 1 0 R >>"),
		"an xref that says so": ended("xref\n0 2000000000\n0000000009 00000 n \ntrailer\n<< /Size " +
			"2000000000 /Root 1 0 R >>"),
		"an xref stream of that size": ended("1 0 obj\n<< /Type /XRef /Size 2000000000 /W [1 2 1] /Index [0 " +
			"2000000000] /Root 1 0 R /Length 4 >>\nstream\n\x01\x00\x09\x00\nendstream\nendobj"),
		"a bomb in our layout": pdfOf("<< /Type /Catalog >>", spec,
			fmt.Sprintf("<< /Type /EmbeddedFile /Subtype /application#2Fjson /Length %d /Filter /FlateDecode /Params << "+
				"/Size 1 >> >>\nstream\n%s\nendstream", len(one), one)),
		"a bomb in bombs": foreign(catalogWithFile, spec+" ",
			fmt.Sprintf("<< /Filter [/FlateDecode /FlateDecode /FlateDecode] /Length %d >>\nstream\n%s\nendstream",
				len(three), three)),
		"twenty megabytes of brackets":     deep("["),
		"twenty megabytes of dictionaries": deep("<</A"),
		"brackets for an xref":             ended(strings.Repeat("[", 20<<20)),
		"a million attachments": foreign("<< /Type /Catalog /Names << /EmbeddedFiles << /Names ["+names+
			"] >> >> >>", spec+" ", "<< /Length 2 >>\nstream\n{}\nendstream"),
		"attachments in our layout": pdfOf(many...),
		"an object stream in itself": foreign(catalogWithFile,
			"<< /Type /ObjStm /N 1 /First 4 /Extends 2 0 R /Length 2 0 R >>\nstream\n2 0 << >>\nendstream"),
		"a length that is itself": foreign("<< /Type /Catalog /Names 2 0 R >>", "2 0 R"),
		"a table that follows itself": ended("xref\n0 1\n0000000000 65535 f \ntrailer\n<< /Size 1 /Prev 9 /Root 1 " +
			"0 R >>"),
		"a predictor of a thousand million": foreign(catalogWithFile, spec+" ",
			"<< /Filter /FlateDecode /DecodeParms << /Predictor 12 /Columns 2000000000 >> /Length 8 >>\nstream\n"+
				bomb(t, 0, 1)+"\nendstream"),
		"nothing":                nil,
		"zeros":                  make([]byte, 10<<20),
		"more than any document": make([]byte, report.MostBytes+1),
	}
}

// TestNoFileHurtsTheProgramThatVerifiesIt: each is answered within seconds, and
// the memory of this program stays small.
func TestNoFileHurtsTheProgramThatVerifiesIt(t *testing.T) {
	path := filepath.Join(t.TempDir(), "hostile.pdf")
	for name, file := range hostile(t) {
		if err := os.WriteFile(path, file, 0o600); err != nil {
			t.Fatal(err)
		}
		file = nil
		runtime.GC()
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		begun := time.Now()
		v, err := VerifyFile(context.Background(), path)
		took := time.Since(begun)
		runtime.ReadMemStats(&after)
		if !errors.Is(err, report.ErrNotPDF) && !errors.Is(err, report.ErrNotOurs) {
			t.Errorf("%s: %+v, %v", name, v, err)
		}
		if took > 10*time.Second {
			t.Errorf("%s took %v", name, took)
		}
		if took := after.TotalAlloc - before.TotalAlloc; took > 1<<20 {
			t.Errorf("%s took %d kB of this program's memory", name, took>>10)
		}
		t.Logf("%-36s %7s  %v", name, took.Round(time.Millisecond), err)
	}
}

// TestAHealthyDocumentIsVerifiedTheSame: the process in between changes nothing.
func TestAHealthyDocumentIsVerifiedTheSame(t *testing.T) {
	f := report.NewFacts(clinic.Patient{LastName: "Doe"}, cgmtest.Wear(3, 1), clinic.DefaultSettings(),
		time.Now(), "0.1.0")
	d, err := report.Printout(f)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "printout.pdf")
	if err := os.WriteFile(path, d.PDF, 0o600); err != nil {
		t.Fatal(err)
	}
	v, err := VerifyFile(context.Background(), path)
	if err != nil || !v.Unchanged || !v.Remade || v.SHA256 != d.SHA256 || v.Patient.LastName != "Doe" {
		t.Errorf("%+v, %v", v, err)
	}
	ctx, stop := context.WithCancel(context.Background())
	stop()
	if _, err := VerifyFile(ctx, path); !errors.Is(err, context.Canceled) {
		t.Errorf("canceled: %v", err)
	}
}
