package secondreader_test

import (
	"bytes"
	"encoding/base64"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"filippo.io/age"

	"tracedesk/assets"
)

func decode64(b []byte) ([]byte, error) { return base64.RawStdEncoding.DecodeString(string(b)) }

const passphrase = "a passphrase of the test"

// made is a store with a recording, documents, two users and a backup, made by
// the program itself.
func made(t *testing.T) (store, backup string) {
	t.Helper()
	dir := t.TempDir()
	program := filepath.Join(dir, "tracedesk")
	run := func(name string, args ...string) []byte {
		t.Helper()
		cmd := exec.Command(name, args...)
		cmd.Env = append(os.Environ(), "TRACEDESK_USER=ana", "TRACEDESK_PASSPHRASE="+passphrase)
		var errs bytes.Buffer
		cmd.Stderr = &errs
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("%s %q: %v: %s", name, args, err, errs.String())
		}
		return out
	}
	run("go", "build", "-o", program, "tracedesk/cmd/tracedesk")
	store = filepath.Join(dir, "store")
	export, second := filepath.Join(dir, "demo.csv"), filepath.Join(dir, "second")
	for path, content := range map[string][]byte{export: assets.DemoRecording, second: []byte("another passphrase\n")} {
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	run(program, "store", "init", "--store", store, "--user", "ana", "--name", "Ana Ruiz", "--credential", "MD", "--recovery-pdf", filepath.Join(dir, "recovery.pdf"))
	run(program, "patient", "add", "--store", store, "--first-name", "Demo", "--last-name", "Patient", "--birth-date", "1964-06-20", "--identifier", "DEMO-0001")
	run(program, "import", "--store", store, "--patient", "DEMO-0001", export)
	var wears struct{ Wears []struct{ ID string } }
	if err := json.Unmarshal(run(program, "wear", "list", "--store", store, "--json"), &wears); err != nil || len(wears.Wears) != 1 {
		t.Fatalf("%+v, %v", wears, err)
	}
	run(program, "wear", "report", "--store", store, "--wear", wears.Wears[0].ID, "--out", dir)
	wear := wears.Wears[0].ID
	run(program, "wear", "interpret", "--store", store, "--wear", wear, "--keep-all", "--assessment", "Lows < 54 & more at night.")
	run(program, "sign", "--store", store, "--wear", wear)
	run(program, "sign", "--store", store, "--wear", wear, "--addendum", "One more word.")
	run(program, "user", "add", "--store", store, "--login", "bo", "--name", "Bo Lee", "--new-passphrase-file", second)
	run(program, "store", "backup", "--store", store, "--to", filepath.Join(dir, "backups"))
	names, _ := filepath.Glob(filepath.Join(dir, "backups", "*.tdbackup.age"))
	if len(names) != 1 {
		t.Fatalf("backups: %v", names)
	}
	return filepath.Join(store, "tracedesk.db"), names[0]
}

func TestTheDocumentIsEnough(t *testing.T) {
	store, backup := made(t)
	t.Run("to read a store", func(t *testing.T) { checkStore(t, store) })
	t.Run("to read a backup", func(t *testing.T) { checkBackup(t, backup) })
}

func checkStore(t *testing.T, store string) {
	t.Helper()
	sealed, err := readFile(store)
	if err != nil {
		t.Fatal(err)
	}
	for login, secret := range map[string]string{"ana": passphrase, "bo": "another passphrase"} {
		v := unlocked(t, sealed, login, secret)
		checkFacts(t, v)
		checkRecording(t, v)
		checkDocuments(t, v)
		checkTrail(t, v)
		checkSignatures(t, v)
	}
}

// checkSignatures checks what each signature binds that is stored as it is.
func checkSignatures(t *testing.T, v values) {
	t.Helper()
	steps := map[string]int{}
	for key, text := range v["steps"] {
		var r struct {
			Step, Text string
			Signature  json.RawMessage
		}
		if err := json.Unmarshal(text, &r); err != nil {
			t.Fatalf("%s: %v", key, err)
		}
		steps[r.Step]++
		if r.Signature == nil {
			continue
		}
		var g struct {
			Hash       string
			Text       string `json:"text_sha256"`
			PDF        string `json:"pdf_sha256"`
			DocumentID string `json:"document_id"`
			Certified  string `json:"certificate_sha256"`
		}
		if err := json.Unmarshal(r.Signature, &g); err != nil {
			t.Fatalf("%s: %v", key, err)
		}
		bare := strings.Replace(string(r.Signature), `"hash":"`+g.Hash+`"`, `"hash":""`, 1)
		switch {
		case hashOf([]byte(bare)) != g.Hash:
			t.Errorf("%s: the signature's hash is not that of its own JSON", key)
		case hashOf(v["files"][g.DocumentID]) != g.PDF:
			t.Errorf("%s: the signature's PDF is not the stored one", key)
		case r.Step == "addendum" && hashOf([]byte(r.Text)) != g.Text:
			t.Errorf("%s: the signature's text is not the addendum's", key)
		}
		for _, signer := range v["signers"] {
			var one struct{ Certificate []byte }
			if err := json.Unmarshal(signer, &one); err != nil || hashOf(one.Certificate) != g.Certified {
				t.Errorf("%s: it names another certificate than is stored: %v", key, err)
			}
		}
	}
	if steps["signed"] != 1 || steps["addendum"] != 1 || steps["read"] != 1 || steps["printed"] != 1 || len(v["signers"]) != 1 {
		t.Errorf("steps %v, %d signers", steps, len(v["signers"]))
	}
}

func unlocked(t *testing.T, sealed values, login, secret string) values {
	t.Helper()
	var h header
	if err := json.Unmarshal(sealed["meta"]["header"], &h); err != nil {
		t.Fatal(err)
	}
	who, err := identity(h.Keys.Slots, login, secret)
	if err != nil {
		t.Fatal(err)
	}
	key, err := dataKey(h, who)
	if err != nil {
		t.Fatal(err)
	}
	v, err := unseal(sealed, key)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func checkFacts(t *testing.T, v values) {
	t.Helper()
	if len(v["patients"]) != 1 || len(v["users"]) != 2 || len(v["wears"]) != 1 {
		t.Errorf("%d patients, %d users, %d wears", len(v["patients"]), len(v["users"]), len(v["wears"]))
	}
	for id, text := range v["patients"] {
		var p map[string]string
		if err := json.Unmarshal(text, &p); err != nil || p["id"] != id || p["last_name"] != "Patient" || p["birth_date"] != "1964-06-20" {
			t.Errorf("%s: %s, %v", id, text, err)
		}
	}
}

// checkRecording compares the readings with the exported file's own lines.
func checkRecording(t *testing.T, v values) {
	t.Helper()
	rows := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(assets.DemoRecording, []byte("\ufeff"))))
	rows.FieldsPerRecord = -1
	all, err := rows.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var expected []string
	for _, row := range all {
		if row[2] == "EGV" {
			expected = append(expected, row[1]+" "+row[7]+" "+row[12])
		}
	}
	for id, packed := range v["recordings"] {
		r, err := unpack(packed)
		if err != nil {
			t.Fatalf("%s: %v", id, err)
		}
		if r.hash() != r.Head.Check.Hash {
			t.Errorf("another hash: %s", r.hash())
		}
		var got []string
		for _, line := range r.Lines {
			f := strings.Split(line, ",")
			value := f[2]
			switch f[3] {
			case "low":
				value = "Low"
			case "high":
				value = "High"
			}
			got = append(got, f[1]+" "+value+" "+f[5])
		}
		if !slices.Equal(got, expected) {
			t.Errorf("%d readings, expected %d", len(got), len(expected))
		}
	}
}

func checkDocuments(t *testing.T, v values) {
	t.Helper()
	if len(v["documents"]) != 4 {
		t.Errorf("%d documents", len(v["documents"]))
	}
	for key, text := range v["documents"] {
		var d struct {
			ID, SHA256 string
			WearID     string `json:"wear_id"`
		}
		if err := json.Unmarshal(text, &d); err != nil || key != d.WearID+"/"+d.ID {
			t.Errorf("%s: %s, %v", key, text, err)
		}
		if pdf := v["files"][d.ID]; !bytes.HasPrefix(pdf, []byte("%PDF")) || hashOf(pdf) != d.SHA256 {
			t.Errorf("%s: its PDF does not match", key)
		}
	}
}

func checkTrail(t *testing.T, v values) {
	t.Helper()
	var state struct {
		Header string `json:"header_sha256"`
		Count  int    `json:"audit_count"`
		Head   string `json:"audit_head"`
	}
	if err := json.Unmarshal(v["meta"]["state"], &state); err != nil {
		t.Fatal(err)
	}
	if hashOf(v["meta"]["header"]) != state.Header {
		t.Error("the header does not match the state")
	}
	previous := ""
	for n := range state.Count {
		text := v["audit"][fmt.Sprintf("%016x", n+1)]
		var e struct {
			Seq      int
			Previous string
		}
		if err := json.Unmarshal(text, &e); err != nil || e.Seq != n+1 || e.Previous != previous {
			t.Fatalf("entry %d: %s, %v", n+1, text, err)
		}
		previous = hashOf(text)
	}
	if previous != state.Head || len(v["audit"]) != state.Count {
		t.Error("the trail does not end in the head")
	}
}

func checkBackup(t *testing.T, backup string) {
	t.Helper()
	text, err := os.ReadFile(backup)
	if err != nil {
		t.Fatal(err)
	}
	slots, err := backupSlots(text)
	if err != nil {
		t.Fatal(err)
	}
	who, err := identity(slots, "ana", passphrase)
	if err != nil {
		t.Fatal(err)
	}
	plain, err := age.Decrypt(bytes.NewReader(text), who)
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := readBackup(plain)
	if err != nil {
		t.Fatal(err)
	}
	v := unlocked(t, sealed, "ana", passphrase)
	checkRecording(t, v)
	checkDocuments(t, v)
	checkTrail(t, v)
	checkSignatures(t, v)
}
