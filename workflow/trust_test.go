package workflow

import (
	"context"
	"encoding/pem"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"tracedesk/clinic"
	"tracedesk/report"
	"tracedesk/storage"
	"tracedesk/storage/storagetest"
)

// signedIn signs the interpretation of the demonstration's wear, and gives the file.
func signedIn(t *testing.T, s *storage.Store) []byte {
	t.Helper()
	now := time.Now()
	wear, err := StoreDemo(context.Background(), s, now)
	if err != nil {
		t.Fatal(err)
	}
	i, err := Draft(s, wear, now)
	if err != nil {
		t.Fatal(err)
	}
	for n := range i.Findings {
		i.Findings[n].State = clinic.FindingKept
	}
	i.Assessment = "As seen."
	if err := s.SaveInterpretation(wear, i); err != nil {
		t.Fatal(err)
	}
	signed, err := Sign(s, wear, storage.Signing{Passphrase: []byte(storagetest.Passphrase)}, now)
	if err != nil {
		t.Fatal(err)
	}
	pdf, err := s.PDF(clinic.Document{ID: signed.Signature.DocumentID, WearID: wear})
	if err != nil {
		t.Fatal(err)
	}
	return pdf
}

func verdict(t *testing.T, file []byte) *report.Verdict {
	t.Helper()
	v, err := report.Verify(file)
	if err != nil || !v.Unchanged {
		t.Fatalf("%+v, %v", v, err)
	}
	return v
}

func rootOf(t *testing.T, s *storage.Store) string {
	t.Helper()
	prints, err := Fingerprints(s)
	if err != nil {
		t.Fatal(err)
	}
	return prints.Root
}

// TestACliniciansNameAloneProvesNothing has two practices with a clinician of the same
// name: only the root tells whose signature it is.
func TestACliniciansNameAloneProvesNothing(t *testing.T) {
	s, other := storagetest.New(t), storagetest.New(t)
	file := signedIn(t, s)
	forged := signedIn(t, other)
	for what, c := range map[string]struct {
		file   []byte
		decide func(*Trust, *report.Verdict) error
		proven bool
		faults int
	}{
		"nothing to compare with": {file, func(*Trust, *report.Verdict) error { return nil }, false, 0},
		"the practice's root":     {file, func(x *Trust, _ *report.Verdict) error { return x.By(rootOf(t, s)) }, true, 0},
		"as it is printed":        {file, func(x *Trust, _ *report.Verdict) error { return x.By(report.Grouped(rootOf(t, s))) }, true, 0},
		"another root":            {file, func(x *Trust, _ *report.Verdict) error { return x.By(rootOf(t, other)) }, false, 1},
		"the practice's store":    {file, func(x *Trust, v *report.Verdict) error { return x.ByStore(s, v) }, true, 0},
		"another's store":         {file, func(x *Trust, v *report.Verdict) error { return x.ByStore(other, v) }, false, 2},
		"a forged one":            {forged, func(x *Trust, _ *report.Verdict) error { return x.By(rootOf(t, s)) }, false, 1},
	} {
		v := verdict(t, c.file)
		trust := TrustIn(v)
		if err := c.decide(trust, v); err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		if trust.Proven() != c.proven || len(trust.Faults) != c.faults {
			t.Errorf("%s: %+v", what, trust)
		}
	}
	changed := verdict(t, file)
	changed.Unchanged = false
	if trust := TrustIn(changed); trust.By(rootOf(t, s)) != nil || trust.Proven() || len(trust.Faults) != 1 {
		t.Errorf("a changed file: %+v", trust)
	}
	trust := TrustIn(verdict(t, file))
	if err := trust.By("AAAA BBBB"); err == nil {
		t.Error("half a fingerprint was taken")
	}
	// What was signed before a certificate was revoked still counts.
	if err := s.Revoke(storagetest.Login, "the key was lost"); err != nil {
		t.Fatal(err)
	}
	v := verdict(t, file)
	if trust := TrustIn(v); trust.ByStore(s, v) != nil || !trust.Proven() {
		t.Errorf("%+v", trust)
	}
	v.SignedAt = time.Now().Add(time.Hour).Format(time.RFC3339)
	if trust := TrustIn(v); trust.ByStore(s, v) != nil || trust.Proven() {
		t.Errorf("signed after it was revoked: %+v", trust)
	}
	if _, err := s.Certify(storagetest.Login, ""); err != nil { // and another is issued
		t.Fatal(err)
	}
}

// TestAViewerThatIsGivenTheRootSaysValid asks poppler's pdfsig, with NSS.
func TestAViewerThatIsGivenTheRootSaysValid(t *testing.T) {
	for _, tool := range []string{"pdfsig", "certutil"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("%s is not installed", tool)
		}
	}
	s := storagetest.New(t)
	dir := t.TempDir()
	pdf, pemFile := filepath.Join(dir, "signed.pdf"), filepath.Join(dir, "root.pem")
	root, err := s.PracticeRoot()
	if err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{pdf: signedIn(t, s), pemFile: pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: root})}
	for path, b := range files {
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	run := func(name string, args ...string) string {
		t.Helper()
		out, err := exec.Command(name, args...).CombinedOutput()
		if err != nil {
			t.Fatalf("%s %q: %v: %s", name, args, err, out)
		}
		return string(out)
	}
	run("certutil", "-N", "-d", dir, "--empty-password")
	ask := func() string { return run("pdfsig", "-nssdir", dir, pdf) }
	if said := ask(); !strings.Contains(said, "Signature is Valid") || strings.Contains(said, "Certificate is Trusted") {
		t.Errorf("without the root: %s", said)
	}
	run("certutil", "-A", "-d", dir, "-n", "practice", "-t", "CT,C,C", "-i", pemFile)
	said := ask()
	for _, want := range []string{"Signature is Valid", "Certificate is Trusted", "Total document signed"} {
		if !strings.Contains(said, want) {
			t.Errorf("with the root it does not say %q: %s", want, said)
		}
	}
	if lines := strings.Split(said, "\n"); !slices.ContainsFunc(lines, func(l string) bool { return strings.Contains(l, "Terry Tester, MD") }) {
		t.Error("it does not name the clinician")
	}
}
