package report

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"tracedesk/clinic"
	"tracedesk/clinic/steps"
)

// updated appends an incremental update to a file, as an editor does: objects by
// their number, and before its end the text.
func updated(t *testing.T, file []byte, objects map[int]string, text string) []byte {
	t.Helper()
	starts := regexp.MustCompile(`startxref\s+(\d+)\s`).FindAllSubmatch(file, -1)
	roots := regexp.MustCompile(`/Root (\d+ \d+ R)`).FindAllSubmatch(file, -1)
	if starts == nil || roots == nil {
		t.Fatal("no file to append to")
	}
	out := append(bytes.Clone(file), '\n')
	var table strings.Builder
	for number, object := range objects {
		fmt.Fprintf(&table, "%d 1\n%010d 00000 n \n", number, len(out))
		out = fmt.Appendf(out, "%d 0 obj\n%s\nendobj\n", number, object)
	}
	out = append(out, text...)
	at := len(out)
	return fmt.Appendf(out, "xref\n%strailer\n<< /Size 9999 /Root %s /Prev %s >>\nstartxref\n%d\n%%%%EOF\n", table.String(), roots[len(roots)-1][1], starts[len(starts)-1][1], at)
}

// otherPage is the first page with other content: objects to append.
func otherPage(t *testing.T, file []byte) map[int]string {
	t.Helper()
	page := regexp.MustCompile(`(?s)\n\d+ 0 obj\n<</Type /Page\n.*?/Contents (\d+) 0 R`).FindSubmatch(file)
	if page == nil {
		t.Fatal("no page")
	}
	number, _ := strconv.Atoi(string(page[1])) // only digits
	content := "BT /F1 12 Tf 72 700 Td (Nothing was found.) Tj ET"
	return map[int]string{number: fmt.Sprintf("<< /Length %d >>\nstream\n%s\nendstream", len(content), content)}
}

// claiming is an update that holds a text, which says that all but a hole in it
// is signed.
func claiming(t *testing.T, file []byte, objects map[int]string, open, close string) (whole []byte) {
	t.Helper()
	const hole = "<3000>" // an empty signature
	text := hole
	for range 10 { // until the numbers stay as long as they are
		whole = updated(t, file, objects, open+text+close)
		at := len(file) + bytes.Index(whole[len(file):], []byte(hole))
		text = fmt.Sprintf("/ByteRange [0 %d %d %d]%s", at, at+len(hole), len(whole)-at-len(hole), hole)
	}
	return whole
}

var contents = regexp.MustCompile(`/Contents<([0-9a-fA-F]+)>`)

// signedAs is a signed document; alter changes what it carries before that.
func signedAs(t *testing.T, alter func(*Facts)) []byte {
	t.Helper()
	key, certificate := testSigner(t)
	f := odd()
	f.Interpretation.Assessment = "Lows at night."
	g := &clinic.Signature{Meaning: clinic.Interpreted, By: clinic.Person{Name: "Ana Ruiz", Credential: "MD"}, At: "2026-05-14T16:00:07-05:00", RecordingHash: f.Check.RecordingHash, Certificate: clinic.HashOf(certificate.Raw)}
	f.Signed = &steps.Record{Step: steps.Signed, EnteredAt: f.MadeAt, Interpretation: &f.Interpretation, Signature: g}
	if alter != nil {
		alter(f)
	}
	d := madeOf(t, f, Interpretation)
	if err := d.Sign(key, certificate, g.By, string(g.Meaning), f.MadeAt); err != nil {
		t.Fatal(err)
	}
	return d.PDF
}

// tampered are signed files that somebody changed who meant it.
func tampered(t *testing.T) map[string][]byte {
	file := signedDocument(t)
	pages := otherPage(t, file)
	m := contents.FindSubmatchIndex(file)
	hole := func(change func(cms []byte) []byte) []byte {
		cms, err := hex.DecodeString(string(file[m[2]:m[3]]))
		if err != nil {
			t.Fatal(err)
		}
		return append(append(bytes.Clone(file[:m[2]]), hex.EncodeToString(change(cms))...), file[m[3]:]...)
	}
	replace := func(old, new string) []byte {
		changed := bytes.Replace(file, []byte(old), []byte(new), 1)
		if bytes.Equal(changed, file) {
			t.Fatalf("no %q", old)
		}
		return changed
	}
	flip := func(at int) []byte { b := bytes.Clone(file); b[at] ^= 1; return b }
	base := bytes.Index(file, []byte("%%EOF\n")) + 6
	other := signedAs(t, func(f *Facts) { f.Interpretation.Assessment = "No lows." })
	o := contents.FindSubmatchIndex(other)
	ranges := regexp.MustCompile(`/ByteRange \[(\d+) (\d+) (\d+) (\d+)\] *`).FindSubmatch(file)
	return map[string][]byte{
		"pages replaced by an update":                     updated(t, file, pages, ""),
		"pages replaced, and a range in a comment":        claiming(t, file, pages, "\n%", "\n"),
		"pages replaced, and a range in a string":         claiming(t, file, pages, "\n(", ")\n"),
		"pages replaced, and a range in an object":        claiming(t, file, pages, "\n99 0 obj <<", ">>\nendobj\n"),
		"pages replaced, and a range in a stream":         claiming(t, file, pages, "\nstream\n", "\nendstream\n"),
		"an empty update":                                 updated(t, file, nil, ""),
		"an update with a comment":                        updated(t, file, nil, "% nothing\n"),
		"bytes before the header":                         append([]byte("%PDF-1.4\n"), file...),
		"a byte after the end":                            append(bytes.Clone(file), '\n'),
		"a range in an update":                            claiming(t, file, nil, "%", "\n"),
		"the end cut off":                                 file[:len(file)-1],
		"the signature cut off":                           file[:base],
		"a flipped byte of a page":                        flip(base / 3),
		"a flipped byte of the signed update":             flip(len(file) - 40),
		"a flipped byte of the reason":                    replace("/Reason (interpreted)", "/Reason (interpretad)"),
		"the signature of another document":               append(append(bytes.Clone(file[:m[2]]), other[o[2]:o[3]]...), file[m[3]:]...),
		"a signature of zeros":                            hole(func(cms []byte) []byte { return make([]byte, len(cms)) }),
		"a flipped byte of the signature":                 hole(func(cms []byte) []byte { cms[60] ^= 1; return cms }),
		"a hole that is larger than the signature":        replace(string(ranges[0]), fmt.Sprintf("%-*s", len(ranges[0]), fmt.Sprintf("/ByteRange [0 %d %s %s]", m[2]-1-12, ranges[3], ranges[4]))),
		"a range that begins later":                       replace("/ByteRange [0 ", "/ByteRange [9 "),
		"two signatures":                                  twice(t, file),
		"a page's reference led elsewhere":                replace("/Type /Page\n", "/Type /Pagf\n"),
		"the attached facts swapped for another's":        swapped(t, file, other),
		"the signed body of another, with this signature": append(bytes.Clone(other[:base]), file[base:]...),
	}
}

// twice is a file that another clinician signed again.
func twice(t *testing.T, file []byte) []byte {
	t.Helper()
	key, certificate := testSigner(t)
	d := &Document{PDF: bytes.Clone(file)}
	if err := d.Sign(key, certificate, clinic.Person{Name: "Ben Li", Credential: "MD"}, "interpreted", odd().MadeAt); err != nil {
		t.Fatal(err)
	}
	return d.PDF
}

// swapped is a file to which an update gives the facts of another.
func swapped(t *testing.T, file, other []byte) []byte {
	t.Helper()
	facts := regexp.MustCompile(`(?s)\n(\d+) 0 obj\n(<< /Type /EmbeddedFile /Subtype /application#2Fjson .*?endstream)`)
	here, there := facts.FindSubmatch(file), facts.FindSubmatch(other)
	if here == nil || there == nil {
		t.Fatal("no facts")
	}
	number, _ := strconv.Atoi(string(here[1])) // only digits
	return updated(t, file, map[int]string{number: string(there[2])}, "")
}

func TestATamperedDocumentIsNeverUnchanged(t *testing.T) {
	for name, file := range tampered(t) {
		if v, err := Verify(file); err == nil && v.Unchanged {
			t.Errorf("%s passes: %+v", name, v)
		}
	}
}

// TestPdfsigAgrees asks poppler's pdfsig about the same files.
func TestPdfsigAgrees(t *testing.T) {
	pdfsig, err := exec.LookPath("pdfsig")
	if err != nil {
		t.Skip("pdfsig is not here (poppler-utils)")
	}
	all := tampered(t)
	all["whole"] = signedDocument(t)
	path := filepath.Join(t.TempDir(), "signed.pdf")
	for name, file := range all {
		if err := os.WriteFile(path, file, 0o600); err != nil {
			t.Fatal(err)
		}
		said, _ := exec.Command(pdfsig, path).CombinedOutput() // its status says no, too
		out := string(said)
		theirs := strings.Count(out, "Signature #") == 1 && strings.Contains(out, "Signature is Valid") && strings.Contains(out, "- Total document signed")
		v, err := Verify(file)
		ours := err == nil && v.Unchanged
		if ours != theirs {
			t.Errorf("%s: pdfsig says %v, verify %v: %v\n%s", name, theirs, ours, err, out)
		}
	}
}

// TestOpensslTakesTheSignature takes the signed bytes and the signature out of
// the file, and asks openssl.
func TestOpensslTakesTheSignature(t *testing.T) {
	openssl, err := exec.LookPath("openssl")
	if err != nil {
		t.Skip("openssl is not here")
	}
	file, dir := signedDocument(t), t.TempDir()
	m := contents.FindSubmatchIndex(file)
	cms, err := hex.DecodeString(string(file[m[2]:m[3]]))
	if err != nil {
		t.Fatal(err)
	}
	signed := append(bytes.Clone(file[:m[2]-1]), file[m[3]+1:]...)
	check := func(content []byte) error {
		for name, b := range map[string][]byte{"cms": cms, "content": content} {
			if err := os.WriteFile(filepath.Join(dir, name), b, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		return exec.Command(openssl, "cms", "-verify", "-binary", "-noverify", "-inform", "DER", "-in", filepath.Join(dir, "cms"), "-content", filepath.Join(dir, "content"), "-out", os.DevNull).Run()
	}
	if err := check(signed); err != nil {
		t.Errorf("openssl refuses a whole one: %v", err)
	}
	signed[len(signed)/2] ^= 1
	if err := check(signed); err == nil {
		t.Error("openssl takes a changed one")
	}
}

// TestADocumentCannotCallItselfOfAnotherLayout: the comparison of pages is not
// switched off by what a document says of itself.
func TestADocumentCannotCallItselfOfAnotherLayout(t *testing.T) {
	before := layoutNow
	layoutNow = 1
	file := signedAs(t, nil)
	printout := madeOf(t, odd(), Printout).PDF
	layoutNow = before
	for name, file := range map[string][]byte{"signed": file, "printout": printout, "pages replaced": updated(t, file, otherPage(t, file), "")} {
		v, err := Verify(file)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if v.Unchanged || v.Proven || len(v.Faults) == 0 || !strings.Contains(strings.Join(v.Faults, " "), "not proven") {
			t.Errorf("%s: %+v", name, v)
		}
	}
}

// TestAForeignCertificateIsNotProven: anybody can make a certificate with a
// clinician's name; without a fingerprint to compare with, nobody is believed.
func TestAForeignCertificateIsNotProven(t *testing.T) {
	file := signedDocument(t)
	v, err := Verify(file)
	if err != nil || !v.Unchanged || v.Proven || len(v.Certificate) != 64 || v.Issuer != v.Certificate {
		t.Fatalf("%+v, %v", v, err)
	}
	v.Decide(func(one *Verdict) bool { return one.Issuer == v.Certificate })
	if !v.Proven {
		t.Error("with the practice's own fingerprint it is not proven")
	}
	v.Decide(func(*Verdict) bool { return false })
	if v.Proven {
		t.Error("with another fingerprint it is proven")
	}
	swapped := signedAs(t, func(f *Facts) { f.Signed.Signature.Certificate = strings.Repeat("0", 64) })
	if v, err := Verify(swapped); err != nil || v.Unchanged {
		t.Errorf("signed with another certificate than it names: %+v, %v", v, err)
	}
}

// TestAPacketInAPacketIsRefused: a packet carries documents, no packets.
func TestAPacketInAPacketIsRefused(t *testing.T) {
	inner := evidenceOf(t, packetOf(t, odd()))
	e := packetOf(t, odd())
	e.Files[0].PDF, e.Files[0].Document.SHA256, e.Files[0].Document.Kind = inner, clinic.HashOf(inner), clinic.EvidenceDocument
	v, err := Verify(evidenceOf(t, e))
	if err != nil || v.Unchanged {
		t.Errorf("%+v, %v", v, err)
	}
}

// TestANameOfAnyLettersIsSigned: viewers read the signature, whatever bytes the
// name has.
func TestANameOfAnyLettersIsSigned(t *testing.T) {
	qpdf, err := exec.LookPath("qpdf")
	if err != nil {
		t.Skip("qpdf is not here")
	}
	path := filepath.Join(t.TempDir(), "signed.pdf")
	for _, name := range []string{"Đặng Thị Ĩ", "Søren Łuczak", "Ana (née \\Ruiz)", "赨 賜", "Ü) /Contents<00> ("} {
		file := signedAs(t, func(f *Facts) { f.Signed.Signature.By.Name = name })
		if err := os.WriteFile(path, file, 0o600); err != nil {
			t.Fatal(err)
		}
		out, theirs := exec.Command(qpdf, "--check", path).CombinedOutput()
		if v, err := Verify(file); err != nil || !v.Unchanged || theirs != nil {
			t.Errorf("%s: %+v, %v\n%s", name, v, err, out)
		}
	}
}
