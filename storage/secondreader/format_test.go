package secondreader_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/binary"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

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
		cmd.Env = append(os.Environ(), "TRACEDESK_USER=ana", "TRACEDESK_PASSPHRASE="+passphrase, "XDG_CONFIG_HOME="+dir)
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
			Proof      []byte
		}
		if err := json.Unmarshal(r.Signature, &g); err != nil {
			t.Fatalf("%s: %v", key, err)
		}
		bare := strings.Replace(string(r.Signature), `"hash":"`+g.Hash+`"`, `"hash":""`, 1)
		bare = strings.Replace(bare, `,"proof":"`+base64.StdEncoding.EncodeToString(g.Proof)+`"`, "", 1)
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
			certificate, err := x509.ParseCertificate(one.Certificate)
			if err != nil {
				t.Fatal(err)
			}
			public, _ := certificate.PublicKey.(*ecdsa.PublicKey)
			if sum := sha256.Sum256([]byte(g.Hash)); !ecdsa.VerifyASN1(public, sum[:], g.Proof) {
				t.Errorf("%s: its proof is not the certificate's", key)
			}
		}
	}
	if steps["signed"] != 1 || steps["addendum"] != 1 || steps["read"] != 1 || steps["printed"] != 1 || len(v["signers"]) != 1 {
		t.Errorf("steps %v, %d signers", steps, len(v["signers"]))
	}
}

func unlocked(t *testing.T, sealed values, login, secret string) values {
	t.Helper()
	var slots []slot
	var mine slot
	for _, text := range sealed["slots"] {
		var one slot
		if err := json.Unmarshal(text, &one); err != nil {
			t.Fatal(err)
		}
		if slots = append(slots, one); one.Login == login {
			mine = one
		}
	}
	who, founding, err := identity(slots, login, secret)
	if err != nil {
		t.Fatal(err)
	}
	key, err := dataKey(mine.Data, who)
	if err != nil {
		t.Fatal(err)
	}
	v, err := unseal(sealed, key)
	if err != nil {
		t.Fatal(err)
	}
	if first := v["authority"]["00000001"]; hashOf(first) != founding {
		t.Error("the slot is of another founding")
	}
	return v
}

func checkFacts(t *testing.T, v values) {
	t.Helper()
	if len(v["patients"]) != 2 || len(v["slots"]) != 2 || len(v["wears"]) != 2 { // with their manifests
		t.Errorf("%d patients, %d slots, %d wears", len(v["patients"]), len(v["slots"]), len(v["wears"]))
	}
	for id, text := range v["patients"] {
		if strings.HasSuffix(id, "/manifest") {
			continue
		}
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

// rights is what the records say, as far as a reader needs it.
type rights struct {
	keys         map[string][]byte // by user id, and recovery
	admin        map[string]bool
	slots        map[string]string
	certificates map[string]string // the user's id by the certificate's hash
	header       string
	root         []byte
	head         string
}

type entry struct {
	Seq                int
	At                 time.Time
	By, Previous, Root string
	Writes             []struct{ Key, SHA256 string }
}

// checkTrail follows the trail with the rights of its authors, and compares all that
// it wrote with what is stored.
func checkTrail(t *testing.T, v values) {
	t.Helper()
	var h header
	var state struct {
		Count int    `json:"audit_count"`
		Head  string `json:"audit_head"`
		Root  string
	}
	if err := errors.Join(json.Unmarshal(v["meta"]["state"], &state), json.Unmarshal(v["meta"]["header"], &h)); err != nil {
		t.Fatal(err)
	}
	r := &rights{keys: map[string][]byte{}, admin: map[string]bool{}, slots: map[string]string{}, certificates: map[string]string{}}
	previous, last := "", map[string]string{}
	for n := range state.Count {
		stored := v["audit"][fmt.Sprintf("%016x", n+1)]
		var e entry
		if err := json.Unmarshal(stored[64:], &e); err != nil || e.Seq != n+1 || e.Previous != previous {
			t.Fatalf("entry %d: %s, %v", n+1, stored[64:], err)
		}
		before := r.keys[e.By]
		for _, w := range e.Writes {
			last[w.Key] = w.SHA256
			if number, of := strings.CutPrefix(w.Key, "authority/"); of {
				r.take(t, h.Store, number, v["authority"][number])
			}
		}
		signed := append([]byte("tracedesk act "+h.Store+"\x00"), stored[64:]...)
		if !verified(before, signed, stored[:64]) && !verified(r.keys[e.By], signed, stored[:64]) {
			t.Errorf("entry %d is not signed by %s", n+1, e.By)
		}
		previous = hashOf(stored)
		if n == state.Count-1 && e.Root != state.Root {
			t.Error("the last entry's root is not the state's")
		}
	}
	if previous != state.Head || len(v["audit"]) != state.Count {
		t.Error("the trail does not end in the head")
	}
	checkWritten(t, v, last)
	checkRights(t, v, r)
	checkTree(t, v, state.Root)
}

func verified(key, text, signature []byte) bool {
	return len(key) == ed25519.PublicKeySize && ed25519.Verify(key, text, signature)
}

// take follows one record.
func (r *rights) take(t *testing.T, store, number string, stored []byte) {
	t.Helper()
	var c struct {
		Seq                              int
		By, Previous, Of, Header         string
		Key, Root, Recovery, Certificate []byte
		Slots                            map[string]string
		User                             *struct {
			ID                     string
			Administrator, Removed bool
		}
	}
	if err := json.Unmarshal(stored[64:], &c); err != nil || fmt.Sprintf("%08d", c.Seq) != number || c.Previous != r.head {
		t.Fatalf("record %s: %v", number, err)
	}
	key := r.keys[c.By]
	if c.Seq == 1 {
		key = c.Key
	}
	if !verified(key, append([]byte("tracedesk record "+store+"\x00"), stored[64:]...), stored[:64]) {
		t.Errorf("record %s is not signed by %s", number, c.By)
	}
	if c.Seq > 1 && !r.admin[c.By] && (c.User != nil || c.Header != "" || c.Certificate != nil || c.Of != c.By) {
		t.Errorf("record %s is by %s, who had no right to it", number, c.By)
	}
	r.head = hashOf(stored)
	if c.User != nil {
		r.admin[c.User.ID] = c.User.Administrator && !c.User.Removed
	}
	if c.Key != nil {
		r.keys[c.Of] = c.Key
	}
	if c.Root != nil {
		r.root, r.keys["recovery"] = c.Root, c.Recovery
	}
	if c.Header != "" {
		r.header = c.Header
	}
	if c.Certificate != nil {
		r.certificates[hashOf(c.Certificate)] = c.Of
		checkIssued(t, r.root, c.Certificate)
	}
	for id, sum := range c.Slots {
		r.slots[id] = sum
	}
}

func checkIssued(t *testing.T, root, certificate []byte) {
	t.Helper()
	issuer, err := x509.ParseCertificate(root)
	if err != nil {
		t.Fatal(err)
	}
	c, err := x509.ParseCertificate(certificate)
	if err != nil || c.CheckSignatureFrom(issuer) != nil {
		t.Errorf("a certificate is not the root's: %v", err)
	}
}

// checkWritten compares the hash of every value with the last entry that wrote it.
func checkWritten(t *testing.T, v values, last map[string]string) {
	t.Helper()
	for bucket, all := range v {
		for key, value := range all {
			if outside(bucket, key) {
				continue
			}
			name := bucket + "/" + key
			if last[name] != hashOf(value) {
				t.Errorf("%s is not what the trail says", name)
			}
			delete(last, name)
		}
	}
	for name, sum := range last {
		if sum != "" {
			t.Errorf("%s is missing", name)
		}
	}
}

// outside says what stands in no manifest.
func outside(bucket, key string) bool {
	return bucket == "audit" || bucket == "manifests" ||
		(bucket == "wears" || bucket == "patients") && strings.HasSuffix(key, "/manifest") ||
		bucket == "meta" && (key == "state" || key == "compact" || key == "failures" || key == "backed-up")
}

func checkRights(t *testing.T, v values, r *rights) {
	t.Helper()
	if hashOf(v["meta"]["header"]) != r.header || len(v["slots"]) != len(r.slots) || len(r.certificates) != 1 {
		t.Errorf("header, %d slots of %d, %d certificates", len(v["slots"]), len(r.slots), len(r.certificates))
	}
	for id, text := range v["slots"] {
		if r.slots[id] != hashOf(text) {
			t.Errorf("the slot of %s is not the recorded one", id)
		}
	}
}

// checkTree rebuilds the manifests' tree, and each manifest from its values.
func checkTree(t *testing.T, v values, root string) {
	t.Helper()
	manifests := maps.Clone(v["manifests"])
	for _, bucket := range []string{"wears", "patients"} {
		for key, text := range v[bucket] {
			if id, is := strings.CutSuffix(key, "/manifest"); is {
				manifests[bucket+"/"+id] = text
			}
		}
	}
	leaves, listed := map[string]string{}, 0
	for owner, text := range manifests {
		leaves[owner] = hashOf(text)
		for len(text) > 0 {
			n, used := binary.Uvarint(text)
			name := string(text[used : used+int(n)])
			text = text[used+int(n):]
			bucket, key, _ := strings.Cut(name, "/")
			if got := hashOf(v[bucket][key]); got != hex.EncodeToString(text[:32]) {
				t.Errorf("%s: %s is not what its manifest says", owner, name)
			}
			text, listed = text[32:], listed+1
		}
	}
	values := 0
	for bucket, all := range v {
		for key := range all {
			if !outside(bucket, key) {
				values++
			}
		}
	}
	if listed != values {
		t.Errorf("%d values in manifests, %d stored", listed, values)
	}
	places := map[string]string{}
	for owner := range leaves {
		places[hashOf([]byte(owner))] = owner
	}
	if got := hex.EncodeToString(treeHash(leaves, places, "")); got != root {
		t.Errorf("the tree's root is %s, the state says %s", got, root)
	}
}

// treeHash is the hash of the node of all owners whose places begin with the digits.
func treeHash(leaves, places map[string]string, digits string) []byte {
	var owners []string
	for place, owner := range places {
		if strings.HasPrefix(place, digits) {
			owners = append(owners, owner)
		}
	}
	switch len(owners) {
	case 0:
		return make([]byte, 32)
	case 1:
		leaf, _ := hex.DecodeString(leaves[owners[0]])
		sum := sha256.Sum256(slices.Concat([]byte{0}, []byte(owners[0]), []byte{0}, leaf))
		return sum[:]
	}
	text := []byte{1}
	for _, digit := range "0123456789abcdef" {
		text = append(text, treeHash(leaves, places, digits+string(digit))...)
	}
	sum := sha256.Sum256(text)
	return sum[:]
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
	who, _, err := identity(slots, "ana", passphrase)
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
