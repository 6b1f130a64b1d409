package report

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"image"
	"image/png"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tracedesk/cgm"
	"tracedesk/cgm/cgmtest"
	"tracedesk/clinic"
	"tracedesk/clinic/billing"
	"tracedesk/clinic/steps"
)

// odd is a recording with everything that facts.json has to carry.
func odd() *Facts {
	r := cgmtest.Wear(4, 9)
	r.Calibrations = []cgm.Calibration{{System: 9000, Display: cgmtest.Start + 1800, MgDL: 111}}
	r.Conflicts, r.BadRows, r.NoDeviceClock = 2, 1, true
	for i := range r.Readings {
		if i%7 == 0 {
			r.Readings[i].TransmitterSeconds = cgm.NoTransmitterTime
		}
		if i%11 == 0 {
			r.Readings[i].MgDL, r.Readings[i].Backfilled = 101.37, true
		}
	}
	set := clinic.Settings{Practice: "Praxis Ő & Söhne", Unit: cgm.MmolL, Paper: clinic.A4, ISODates: true}
	f := NewFacts(clinic.Patient{FirstName: "Thị Minh", LastName: "Nguyễn", BirthDate: "1964-06-20", Identifier: "7"}, r, set, time.Date(2026, 5, 14, 16, 0, 7, 0, time.FixedZone("", -5*3600)), "0.1.0")
	f.SourceName, f.SourceHash = "export.csv", "abc"
	f.Logo = oddLogo
	f.Interpretation.Indication = "Lows?"
	f.Interpretation.Log = []clinic.LogEntry{{At: cgmtest.Start + 7200, Kind: cgm.Carbs, Value: 45, Text: "toast"}}
	return f
}

// oddLogo is a picture of two points.
var oddLogo = func() []byte {
	var b bytes.Buffer
	_ = png.Encode(&b, image.NewNRGBA(image.Rect(0, 0, 2, 1))) // a buffer takes every byte
	logo, err := PrepareLogo(b.Bytes())
	if err != nil {
		panic(err)
	}
	return logo
}()

func madeOf(t *testing.T, f *Facts, make func(*Facts) (*Document, error)) *Document {
	t.Helper()
	d, err := make(f)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestADocumentProvesItself(t *testing.T) {
	for kind, make := range map[clinic.DocumentKind]func(*Facts) (*Document, error){
		clinic.PrintoutDocument: Printout, clinic.InterpretationDocument: Interpretation,
		clinic.PatientDocument: func(f *Facts) (*Document, error) { return PatientPage(f, Spanish) },
	} {
		f := odd()
		d := madeOf(t, f, make)
		v, err := Verify(d.PDF)
		if err != nil {
			t.Fatal(err)
		}
		if !v.Unchanged || !v.Remade || v.Document != kind || v.RecordingHash != f.Recording.Hash() || v.Patient != f.Patient || v.SHA256 != d.SHA256 {
			t.Errorf("%+v", v)
		}
	}
}

// TestAChangedDocumentIsNoticed changes bytes all over a printout, and the ones
// that matter.
func TestAChangedDocumentIsNoticed(t *testing.T) {
	d := madeOf(t, odd(), Printout)
	for at := 20; at < len(d.PDF); at += len(d.PDF) / 150 {
		changed := bytes.Clone(d.PDF)
		changed[at] ^= 1
		if v, err := Verify(changed); err == nil && v.Unchanged {
			t.Errorf("a changed byte at %d of %d is not noticed", at, len(d.PDF))
		}
	}
	if v, err := Verify(append(bytes.Clone(d.PDF), "\n% added"...)); err == nil && v.Unchanged {
		t.Error("something added is not noticed")
	}
	for _, other := range [][]byte{nil, []byte("no pdf"), d.PDF[:len(d.PDF)/2], madeOf(t, &Facts{Settings: clinic.DefaultSettings()}, func(f *Facts) (*Document, error) {
		return RecoveryKey(f.Settings, "s", "AGE-SECRET-KEY-1ABC", Fingerprints{Root: strings.Repeat("ab", 32), Founding: strings.Repeat("cd", 32)}, time.Now(), "0.1.0")
	}).PDF} {
		if v, err := Verify(other); err == nil {
			t.Errorf("%d bytes that are no document: %+v", len(other), v)
		}
	}
}

// testSigner is a clinician's key.
func testSigner(t *testing.T) (*ecdsa.PrivateKey, *x509.Certificate) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(7), Subject: pkix.Name{CommonName: "Ana Ruiz, MD"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().AddDate(30, 0, 0), KeyUsage: x509.KeyUsageDigitalSignature}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return key, certificate
}

func signedDocument(t *testing.T) []byte {
	t.Helper()
	key, certificate := testSigner(t)
	f := odd()
	f.Interpretation.Assessment = "Lows at night."
	g := &clinic.Signature{Meaning: clinic.Interpreted, By: clinic.Person{Name: "Ana Ruiz", Credential: "MD"}, At: "2026-05-14T16:00:07-05:00", RecordingHash: f.Check.RecordingHash, Certificate: clinic.HashOf(certificate.Raw)}
	f.Signed = &steps.Record{Step: steps.Signed, EnteredAt: f.MadeAt, Interpretation: &f.Interpretation, Signature: g}
	d := madeOf(t, f, Interpretation)
	if err := d.Sign(key, certificate, g.By, string(g.Meaning), f.MadeAt); err != nil {
		t.Fatal(err)
	}
	return d.PDF
}

func TestASignedDocumentProvesItself(t *testing.T) {
	file := signedDocument(t)
	v, err := Verify(file)
	if err != nil || !v.Unchanged || !v.Remade || v.SignedBy != "Ana Ruiz, MD" || v.SignedAt != "2026-05-14T16:00:07-05:00" {
		t.Fatalf("%+v, %v", v, err)
	}
	for at := 20; at < len(file); at += len(file) / 100 {
		changed := bytes.Clone(file)
		changed[at] ^= 1
		if v, err := Verify(changed); err == nil && v.Unchanged {
			t.Errorf("a changed byte at %d of %d is not noticed", at, len(file))
		}
	}
	if v, err := Verify(append(bytes.Clone(file), "\n% added"...)); err == nil && v.Unchanged {
		t.Error("something added after the signature is not noticed")
	}
	base := bytes.Clone(file[:bytes.LastIndex(file[:len(file)-10], []byte("%%EOF"))+6])
	if v, err := Verify(base); err == nil && v.Unchanged {
		t.Error("the file without its signature passes for a signed one")
	}
	if other := signedDocument(t); bytes.Equal(other, file) {
		t.Error("two keys made the same signature")
	}
}

// TestViewersTakeTheDocuments asks poppler's pdfsig and qpdf, where they are.
func TestViewersTakeTheDocuments(t *testing.T) {
	path := filepath.Join(t.TempDir(), "signed.pdf")
	file := signedDocument(t)
	write := func(b []byte) {
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(file)
	if out, err := exec.Command("pdfsig", path).CombinedOutput(); err == nil || len(out) > 0 {
		if text := string(out); !strings.Contains(text, "Signature is Valid") || !strings.Contains(text, "Total document signed") {
			t.Errorf("pdfsig: %s", text)
		}
		changed := bytes.Clone(file)
		changed[len(changed)/3] ^= 1
		write(changed)
		if out, _ := exec.Command("pdfsig", path).CombinedOutput(); strings.Contains(string(out), "Signature is Valid") {
			t.Errorf("pdfsig takes a changed file: %s", out)
		}
	} else {
		t.Logf("pdfsig is not here: %v", err)
	}
	qpdf, err := exec.LookPath("qpdf")
	if err != nil {
		t.Skip("qpdf is not here")
	}
	for _, b := range [][]byte{file, madeOf(t, odd(), Printout).PDF} {
		write(b)
		if out, err := exec.Command(qpdf, "--check", path).CombinedOutput(); err != nil {
			t.Errorf("qpdf: %v: %s", err, out)
		}
	}
}

// packetOf is the packet of a wear with a history, its documents issued before.
func packetOf(t *testing.T, f *Facts) *EvidenceFacts {
	t.Helper()
	check := f.Check.Record()
	order := steps.Record{Seq: 1, Step: steps.Ordered, At: cgmtest.Start - 86400, EnteredAt: f.MadeAt, Order: &steps.Order{Indication: "Lows?", Diagnoses: []string{"E11.65"}}}
	e := &EvidenceFacts{Facts: f, Case: &billing.Case{Case: steps.Case{Wear: clinic.Wear{ID: "w"}, History: []steps.Record{order}, Check: &check}, Profile: billing.StrictProfile()}}
	e.Requirements = e.Case.Requirements()
	e.Trail = []TrailLine{{Seq: 1, At: time.Date(2026, 5, 1, 9, 0, 0, 123, time.UTC), Login: "ruiz", Act: "wear-opened"}}
	for i, make := range []func(*Facts) (*Document, error){Printout, Interpretation} {
		d := madeOf(t, f, make)
		e.Files = append(e.Files, File{Document: clinic.Document{ID: string(rune('a' + i)), Kind: []clinic.DocumentKind{clinic.PrintoutDocument, clinic.InterpretationDocument}[i], SHA256: d.SHA256, Pages: d.Pages, MadeAt: f.MadeAt}, PDF: d.PDF})
	}
	return e
}

func evidenceOf(t *testing.T, e *EvidenceFacts) []byte {
	t.Helper()
	d, err := Evidence(e)
	if err != nil {
		t.Fatal(err)
	}
	return d.PDF
}

func TestAPacketProvesItsPagesAndItsDocuments(t *testing.T) {
	file := evidenceOf(t, packetOf(t, odd()))
	v, err := Verify(file)
	if err != nil {
		t.Fatal(err)
	}
	if !v.Unchanged || !v.Remade || v.Document != clinic.EvidenceDocument || len(v.Attached) != 2 || !v.Attached[0].Remade || !v.Attached[1].Remade {
		t.Errorf("%+v", v)
	}
	for at := 20; at < len(file); at += len(file) / 25 {
		changed := bytes.Clone(file)
		changed[at] ^= 1
		if v, err := Verify(changed); err == nil && v.Unchanged {
			t.Errorf("a changed byte at %d of %d is not noticed", at, len(file))
		}
	}
}

// TestAPacketWithAnotherDocumentIsNoticed exchanges an issued document for one
// that is unchanged too, of another recording.
func TestAPacketWithAnotherDocumentIsNoticed(t *testing.T) {
	e := packetOf(t, odd())
	e.Files[0].PDF = madeOf(t, factsOf(cgmtest.Wear(5, 3), clinic.DefaultSettings()), Printout).PDF
	v, err := Verify(evidenceOf(t, e))
	if err != nil {
		t.Fatal(err)
	}
	if v.Unchanged || len(v.Faults) != 1 || !strings.Contains(v.Faults[0], "not the file that the packet names") {
		t.Errorf("%+v", v)
	}
}

func TestAPacketOfAWearThatWasNotReadProvesItself(t *testing.T) {
	e := packetOf(t, odd())
	e.Facts = WithoutRecording(e.Patient, e.Settings, e.MadeAt, e.Version)
	e.Files, e.Case.Check = nil, nil
	v, err := Verify(evidenceOf(t, e))
	if err != nil {
		t.Fatal(err)
	}
	if !v.Unchanged || !v.Remade {
		t.Errorf("%+v", v)
	}
}

// TestThePatientsPageCarriesNothingThatTheClinicianWrote looks into what is
// attached.
func TestThePatientsPageCarriesNothingThatTheClinicianWrote(t *testing.T) {
	f := odd()
	f.Interpretation.Assessment = "not for the patient yet"
	c, err := carriedBy(madeOf(t, f, func(f *Facts) (*Document, error) { return PatientPage(f, English) }).PDF, &budget{mostInflated}, false)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(c.files[attachedFacts]), "not for the patient") || strings.Contains(string(c.files[attachedFacts]), "Lows?") {
		t.Error("the patient's page carries the interpretation")
	}
}
