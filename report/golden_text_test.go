package report

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"tracedesk/cgm/cgmtest"
	"tracedesk/clinic"
	"tracedesk/clinic/steps"
)

// compareText sets the text of a page against its golden one, to the letter. How
// wide the blanks between two words are is left to the picture beside it: versions
// of poppler fill a line otherwise.
func compareText(t *testing.T, golden, page string) {
	t.Helper()
	got := foldBlanks(page)
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	b, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if want := string(b); got != want {
		t.Errorf("%s: the page says other words:\n%s", golden, differing(got, want))
	}
}

// foldBlanks is a page line by line, without empty lines and with one blank
// between two words.
func foldBlanks(page string) string {
	var b strings.Builder
	for _, line := range strings.Split(page, "\n") {
		if words := strings.Fields(line); len(words) > 0 {
			b.WriteString(strings.Join(words, " ") + "\n")
		}
	}
	return b.String()
}

// differing are the first lines that are not the same.
func differing(got, want string) string {
	var b strings.Builder
	g, w := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := 0; i < max(len(g), len(w)) && b.Len() < 2000; i++ {
		switch {
		case i >= len(g):
			fmt.Fprintf(&b, "line %d is missing: %q\n", i+1, w[i])
		case i >= len(w):
			fmt.Fprintf(&b, "line %d is more: %q\n", i+1, g[i])
		case g[i] != w[i]:
			fmt.Fprintf(&b, "line %d is  %q\n", i+1, g[i])
			fmt.Fprintf(&b, "       not %q\n", w[i])
		}
	}
	return b.String()
}

// TestPagesSayWhatTheySaid sets every page of every golden document against its
// golden text: a picture lets one wrong figure of five pixels pass.
func TestPagesSayWhatTheySaid(t *testing.T) {
	for kind, facts := range goldenFacts() {
		for name, d := range both(t, facts) {
			for i, page := range textOf(t, d) {
				compareText(t, filepath.Join("testdata", fmt.Sprintf("%s-%s-%d.txt", name, kind, i+1)), page)
			}
		}
	}
	for language, name := range map[Language]string{English: "patient-en", Spanish: "patient-es"} {
		d, err := PatientPage(goldenFacts()["letter"], language)
		if err != nil {
			t.Fatal(err)
		}
		compareText(t, filepath.Join("testdata", name+".txt"), textOf(t, d)[0])
	}
}

// TestHardCasesSayWhatTheySaid is the same for the page that matters of each
// hard case.
func TestHardCasesSayWhatTheySaid(t *testing.T) {
	for name, c := range hardCases(t) {
		d, err := c.make(c.facts)
		if err != nil {
			t.Fatal(err)
		}
		compareText(t, filepath.Join("testdata", "hard-"+name+".txt"), textOf(t, d)[c.page-1])
	}
}

// TestEveryGoldenPictureHasItsText holds for pictures that are added later.
func TestEveryGoldenPictureHasItsText(t *testing.T) {
	pictures, err := filepath.Glob("testdata/*.png")
	if err != nil || len(pictures) < 30 {
		t.Fatalf("%d pictures, %v", len(pictures), err)
	}
	for _, picture := range pictures {
		if _, err := os.Stat(strings.TrimSuffix(picture, ".png") + ".txt"); err != nil {
			t.Errorf("%s has no text beside it", picture)
		}
	}
}

// signedFacts are facts with a signature whose words are always the same; no key is
// needed to print them.
func signedFacts() *Facts {
	f := odd()
	f.Interpretation.Assessment, f.Interpretation.Plan = "Lows at night.", "Discuss the evening snack.\nRepeat in three months."
	for i := range f.Interpretation.Findings {
		f.Interpretation.Findings[i].State = clinic.FindingKept
	}
	by := clinic.Person{Name: "Ana Ruiz", Credential: "MD", NPI: "1234567893"}
	g := &clinic.Signature{Meaning: clinic.Interpreted, By: by, At: "2026-05-24T16:00:07-05:00", RecordingHash: f.Check.RecordingHash,
		TextSHA256: "7e57", SettingsHash: "5e77", Attestation: "I, Ana Ruiz, MD, attest.", Reason: "on leave"}
	f.Signed = &steps.Record{Step: steps.Signed, At: cgmtest.Start, EnteredAt: f.MadeAt, Interpretation: &f.Interpretation, Signature: g}
	return f
}

// TestSignedPagesAndThePacketSayWhatTheySaid is for the documents that have no golden
// picture: what is signed, what is added to it, and the evidence.
func TestSignedPagesAndThePacketSayWhatTheySaid(t *testing.T) {
	signed, added := signedFacts(), signedFacts()
	added.Before = added.Signed
	addendum := *added.Signed
	addendum.Step, addendum.Text, addendum.Interpretation = steps.Addendum, "The log sheet came later: toast at 14:00.", nil
	added.Signed = &addendum
	packet, err := Evidence(packetOf(t, odd()))
	if err != nil {
		t.Fatal(err)
	}
	for name, d := range map[string]*Document{"signed": madeOf(t, signed, Interpretation), "addendum": madeOf(t, added, Addendum), "evidence": packet} {
		for i, page := range textOf(t, d) {
			compareText(t, filepath.Join("testdata", fmt.Sprintf("%s-%d.txt", name, i+1)), hashes.ReplaceAllString(page, "(hash)"))
		}
	}
}

// hashes of files are left out: another version of the compiler may pack a PDF otherwise.
var hashes = regexp.MustCompile(`[0-9a-f]{32,}`)
