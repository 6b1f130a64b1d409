package storage

import (
	"bufio"
	"bytes"
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"tracedesk/cgm"
	"tracedesk/cgm/cgmtest"
	"tracedesk/clinic"
	"tracedesk/clinic/steps"
	"tracedesk/storage/engine"
	"tracedesk/storage/seal"
)

var kills = flag.Int("kills", 20, "how often the writer is killed")

// killsPerStore keeps a store small, since all of it is verified after each.
const killsPerStore = 20

// envWriter makes the test program a writer that is going to be killed.
const envWriter = "TRACEDESK_TEST_WRITER"

func TestMain(m *testing.M) {
	flag.Parse()
	seal.DefaultCost = testSetup().Cost // of every passphrase that a test sets
	if dir := os.Getenv(envWriter); dir != "" {
		writeUntilKilled(dir)
		return
	}
	os.Exit(m.Run())
}

// writeUntilKilled imports, adds documents, changes users and deletes, and says
// on standard output which wear is stored once the store has confirmed it.
func writeUntilKilled(dir string) {
	must := func(err error) {
		if err != nil {
			fmt.Println("failed", err)
			os.Exit(1)
		}
	}
	must(limitFiles(os.Getenv(envLimit)))
	s, err := Open(dir)
	must(err)
	must(s.Unlock("tess", []byte(testPassphrase)))
	for n := 0; ; n++ {
		r := cgmtest.Wear(2, uint64(n))
		r.TransmitterID = newID()
		got, err := s.Import(clinic.Patient{LastName: newID()}, file(newID()), []*cgm.Recording{r}, false)
		must(err)
		fmt.Println("wear", got[0].WearID, r.Hash())
		pdf := []byte("%PDF " + newID())
		must(s.SaveDocuments(Issued{clinic.Document{WearID: got[0].WearID, SHA256: clinic.HashOf(pdf)}, pdf}))
		fmt.Println("document", got[0].WearID, clinic.HashOf(pdf))
		signature, err := signOne(s, got[0].WearID)
		must(err)
		fmt.Println("signature", got[0].WearID, signature)
		switch n % 7 {
		case 3:
			must(s.Rotate())
		case 5:
			p, err := s.SavePatient(clinic.Patient{LastName: "Short"})
			must(err)
			must(s.DeletePatient(p.ID))
		}
	}
}

// signOne writes and signs the interpretation of a wear.
func signOne(s *Store, wear string) (hash string, err error) {
	if err := s.SaveInterpretation(wear, writtenByHand()); err != nil {
		return "", err
	}
	r, err := s.Sign(wear, Signing{Passphrase: []byte(testPassphrase)}, page)
	if err != nil {
		return "", err
	}
	return r.Signature.Hash, nil
}

// TestAKilledWriterLosesNothingThatWasConfirmed kills a writer at random
// moments. After each, the store opens, verifies, and holds what was confirmed.
func TestAKilledWriterLosesNothingThatWasConfirmed(t *testing.T) {
	var dir string
	var confirmed map[string]string
	for n := range *kills {
		if n%killsPerStore == 0 {
			dir, confirmed = t.TempDir(), map[string]string{}
			s, _ := newKeptStore(t, dir)
			_ = s.Close()
		}
		if failure := readConfirmed(killed(t, dir), confirmed); failure != "" {
			t.Fatal(failure)
		}
		holds(t, dir, confirmed)
	}
	if len(confirmed) < killsPerStore {
		t.Errorf("only %d things were confirmed in the last store", len(confirmed))
	}
}

func killed(t *testing.T, dir string) (lines []string) {
	t.Helper()
	cmd := writer(dir)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	time.AfterFunc(time.Duration(50+rand.IntN(250))*time.Millisecond, func() { _ = cmd.Process.Kill() })
	for in := bufio.NewScanner(out); in.Scan(); {
		lines = append(lines, in.Text())
	}
	_ = cmd.Wait() // it was killed
	return lines
}

// writer is this program as a writer.
func writer(dir string, env ...string) *exec.Cmd {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(append(os.Environ(), envWriter+"="+dir), env...)
	return cmd
}

// readConfirmed takes up what a writer said, and gives why it ended itself.
func readConfirmed(lines []string, confirmed map[string]string) (failure string) {
	for _, line := range lines {
		if f := strings.Fields(line); strings.HasPrefix(line, "failed") {
			failure = line
		} else if len(f) == 3 {
			confirmed[f[0]+" "+f[1]] = f[2]
		}
	}
	return failure
}

func holds(t *testing.T, dir string, confirmed map[string]string) {
	t.Helper()
	s, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := s.Unlock("tess", []byte(testPassphrase)); err != nil {
		t.Fatal(err)
	}
	if _, faults := s.Verify(); len(faults) > 0 {
		t.Fatal(faults)
	}
	for what, hash := range confirmed {
		kind, id, _ := strings.Cut(what, " ")
		switch kind {
		case "wear":
			if w, err := s.Wear(id); err != nil || w.Recording.Hash() != hash {
				t.Fatalf("%s is lost: %v", what, err)
			}
		case "document":
			if d, err := s.Documents(id); err != nil || !slices.ContainsFunc(d, func(d clinic.Document) bool { return d.SHA256 == hash }) {
				t.Fatalf("%s is lost: %v", what, err)
			}
		case "signature":
			c, err := s.Case(id)
			if err != nil {
				t.Fatal(err)
			}
			if r := c.Latest(steps.Signed); r == nil || r.Signature.Hash != hash || !r.Bound() {
				t.Fatalf("%s is lost", what)
			}
		}
	}
}

// writtenByHand is an interpretation that can be signed.
func writtenByHand() clinic.Interpretation {
	return clinic.Interpretation{
		Findings: []clinic.DraftFinding{{Text: newID(), State: clinic.FindingKept}}, Assessment: newID(),
	}
}

// sealedValues are all sealed values of the store after each other.
func sealedValues(t *testing.T, s *Store) (all []byte) {
	t.Helper()
	raw(t, s, func(e engine.Tx) error {
		for _, bucket := range known {
			err := e.Scan(bucket, "", func(key string, value []byte) error {
				if !unsealed(bucket, key) {
					all = append(all, value[1:]...)
				}
				return nil
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	return all
}

// entropy is Shannon's, in bits a byte.
func entropy(b []byte) (bits float64) {
	var counts [256]float64
	for _, c := range b {
		counts[c]++
	}
	for _, n := range counts {
		if n > 0 {
			bits -= n / float64(len(b)) * math.Log2(n/float64(len(b)))
		}
	}
	return bits
}

// TestNoFileHoldsATraceOfAPatient looks for a distinctive patient in all that
// the store writes.
func TestNoFileHoldsATraceOfAPatient(t *testing.T) {
	dir := t.TempDir()
	s, _ := newKeptStore(t, filepath.Join(dir, "store"))
	p, err := s.SavePatient(clinic.Patient{FirstName: "Xanthippe", LastName: "Quillfeather", BirthDate: "1931-07-19", Identifier: "MRN-774411"})
	if err != nil {
		t.Fatal(err)
	}
	r := cgmtest.Wear(3, 5)
	r.TransmitterID = "8ZQXJV"
	source := file("Quillfeather.csv")
	source.Named = p
	got := mustImport(t, s, p.ID, source, r)
	if err := s.SaveDocuments(Issued{clinic.Document{WearID: got.WearID, SHA256: clinic.HashOf([]byte("Quillfeather"))}, []byte("Quillfeather")}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Backup(filepath.Join(dir, "backups")); err != nil {
		t.Fatal(err)
	}
	if err := s.SaveSettings(clinic.Settings{Practice: "Quillfeather & Sons"}); err != nil {
		t.Fatal(err)
	}
	traces := []string{"Xanthippe", "Quillfeather", "1931-07-19", "MRN-774411", "8ZQXJV", r.Readings[0].Display.String(), r.Hash(), packMagic, "mg/dL"}
	if got := entropy(sealedValues(t, s)); got < 7.9 {
		t.Errorf("the sealed values hold %.3f bits a byte; what cannot be told from chance holds 8", got)
	}
	files := 0
	err = filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		files++
		b := fileBytes(t, path)
		for _, trace := range traces {
			if bytes.Contains(bytes.ToLower(b), []byte(strings.ToLower(trace))) {
				t.Errorf("%s holds %q", filepath.Base(path), trace)
			}
		}
		return nil
	})
	if err != nil || files != 3 { // the store, who has it open, the backup
		t.Errorf("%d files, %v", files, err)
	}
}
