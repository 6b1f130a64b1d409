package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"tracedesk/clinic"
	"tracedesk/clinic/steps"
	"tracedesk/workflow"
)

var shellBlock = regexp.MustCompile("(?s)```sh\n(.*?)```")

// TestTheWalkthrough runs docs/walkthrough.md as it stands, and looks at what
// it left: complete documentation, and a packet with all documents.
func TestTheWalkthrough(t *testing.T) {
	doc, err := os.ReadFile(filepath.Join("..", "..", "docs", "walkthrough.md"))
	if err != nil {
		t.Fatal(err)
	}
	script := "set -e\n"
	for _, block := range shellBlock.FindAllStringSubmatch(string(doc), -1) {
		script += block[1]
	}
	kept := t.TempDir()
	script += "cp -r $DIR/packet $DIR/month.csv $DIR/documents " + kept + "\nrm -r $DIR\n"
	cmd := exec.Command("bash", "-c", script)
	cmd.Dir = filepath.Join("..", "..")
	cmd.Env = append(os.Environ(), "PATH="+filepath.Dir(program)+string(os.PathListSeparator)+os.Getenv("PATH"), asProgram+"=yes")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v:\n%s", err, out)
	}
	for _, want := range []string{"overdue", "Documentation complete for 95250 under these settings.", "Documentation complete for 95251 under these settings.", "0 faults"} {
		if !strings.Contains(string(out), want) {
			t.Errorf("it does not say %q:\n%s", want, out)
		}
	}
	checkEvidence(t, filepath.Join(kept, "packet"))
}

func checkEvidence(t *testing.T, packet string) {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(packet, "evidence.json"))
	if err != nil {
		t.Fatal(err)
	}
	var e workflow.CaseSummary
	if err := json.Unmarshal(b, &e); err != nil {
		t.Fatal(err)
	}
	if e.Stage != steps.StageReady || len(e.Documents) != 4 || len(e.Services) != 2 || !e.Status[0].Complete || !e.Status[1].Complete {
		t.Errorf("stage %s, %d documents, %+v", e.Stage, len(e.Documents), e.Status)
	}
	if err := exec.Command("pdfdetach", "-saveall", "-o", packet, filepath.Join(packet, "evidence.pdf")).Run(); err != nil {
		t.Fatal(err)
	}
	attached, _ := filepath.Glob(filepath.Join(packet, "0*.pdf"))
	hashes := map[string]bool{}
	for _, path := range attached {
		pdf, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		hashes[clinic.HashOf(pdf)] = true
	}
	for _, d := range e.Documents {
		if !hashes[d.SHA256] {
			t.Errorf("the %s of %s is not attached as it was issued", d.Kind, d.MadeAt)
		}
	}
	manifest, err := os.ReadFile(filepath.Join(packet, "manifest.json"))
	if err != nil || !strings.Contains(string(manifest), clinic.HashOf(b)) {
		t.Errorf("the manifest lacks the hash of evidence.json: %v", err)
	}
}
