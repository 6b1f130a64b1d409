package storage

import (
	"bytes"
	"compress/flate"
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tracedesk/cgm/cgmtest"
	"tracedesk/clinic"
	"tracedesk/storage/engine"
	"tracedesk/storage/engine/bolt"
)

func fileBytes(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestABackupBecomesTheStoreAgain(t *testing.T) {
	s, key := newKeptStore(t, t.TempDir())
	p := newPatient(t, s, "Ana", "García")
	got := mustImport(t, s, p.ID, file("a"), cgmtest.Wear(3, 5))
	keepDocument(t, s, []byte("%PDF"))
	want := everything(t, s)
	path, err := s.Backup(filepath.Join(t.TempDir(), "new", "folder"))
	if err != nil {
		t.Fatal(err)
	}
	for name, by := range map[string]Secret{"passphrase": {Login: "tess", Passphrase: []byte(testPassphrase)}, "recovery key": {RecoveryKey: []byte(key)}} {
		dir := filepath.Join(t.TempDir(), "restored")
		if err := Restore(path, dir, by); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if err := Restore(path, dir, by); !errors.Is(err, ErrNotEmpty) {
			t.Errorf("over a store: %v", err)
		}
		back := unlocked(t, dir)
		if everything(t, back) != want {
			t.Errorf("%s: the store came back changed", name)
		}
		if _, err := back.Wear(got.WearID); err != nil {
			t.Error(err)
		}
		if _, faults := back.Verify(); len(faults) > 0 {
			t.Errorf("%s: %v", name, faults)
		}
	}
	dir := t.TempDir()
	for name, by := range map[string]Secret{"wrong passphrase": {Login: "tess", Passphrase: []byte("something else")}, "nobody": {Login: "nobody", Passphrase: []byte(testPassphrase)}} {
		if err := Restore(path, dir, by); !errors.Is(err, ErrPassphrase) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := Restore(path, dir, Secret{RecoveryKey: []byte(strings.ToUpper("age-secret-key-1" + strings.Repeat("q", 58)))}); !errors.Is(err, ErrRecovery) {
		t.Errorf("%v", err)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "*")); len(left) > 0 {
		t.Errorf("a failed restore left %v", left)
	}
}

func TestADamagedBackupIsRefusedWhole(t *testing.T) {
	s, key := newKeptStore(t, t.TempDir())
	newPatient(t, s, "Ana", "García")
	path, err := s.Backup(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	whole := fileBytes(t, path)
	try := func(what string, b []byte) {
		t.Helper()
		bad := filepath.Join(t.TempDir(), "bad.age")
		if err := os.WriteFile(bad, b, 0o600); err != nil {
			t.Fatal(err)
		}
		dir := t.TempDir()
		if err := Restore(bad, dir, Secret{RecoveryKey: []byte(key)}); err == nil {
			t.Errorf("%s: restored", what)
		}
		if left, _ := filepath.Glob(filepath.Join(dir, "*")); len(left) > 0 {
			t.Errorf("%s: left %v", what, left)
		}
	}
	try("empty", nil)
	try("another file", []byte("PK\x03\x04 not a backup"))
	for cut := 0; cut < len(whole); cut += max(1, len(whole)/60) {
		try("cut short", whole[:cut])
		flipped := bytes.Clone(whole)
		flipped[cut] ^= 0x10
		try("a flipped bit", flipped)
	}
	try("cut by a byte", whole[:len(whole)-1])
	try("longer", append(bytes.Clone(whole), 0))
}

func TestTheOldestBackupsGo(t *testing.T) {
	s := newStore(t)
	dir, now := t.TempDir(), time.Now()
	s.now = func() time.Time { now = now.Add(time.Minute); return now }
	if err := s.PlanBackups(dir, 3); err != nil {
		t.Fatal(err)
	}
	other := filepath.Join(dir, "somebody's.age")
	if err := os.WriteFile(other, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	var last string
	for range 5 {
		path, err := s.Backup(dir)
		if err != nil {
			t.Fatal(err)
		}
		last = path
	}
	list, err := s.Backups(dir)
	if err != nil || len(list) != 3 || list[0].Path != last {
		t.Errorf("%v, %v", list, err)
	}
	if _, err := os.Stat(other); err != nil {
		t.Error("another file is gone")
	}
}

func TestAFailedBackupIsRememberedUntilOneWorks(t *testing.T) {
	dir := t.TempDir()
	s, _ := newKeptStore(t, dir)
	blocked := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(blocked, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Backup(blocked); err == nil {
		t.Fatal("backed up into a file")
	}
	_ = s.Close()
	s = unlocked(t, dir)
	if plan, _ := s.BackupPlan(); plan.Failure == "" || plan.FailedAt.IsZero() || len(acts(t, s, ActBackupFailed)) != 1 {
		t.Errorf("%+v", plan)
	}
	if _, err := s.Backup(t.TempDir()); err != nil {
		t.Fatal(err)
	}
	if plan, _ := s.BackupPlan(); plan.Failure != "" || plan.LastAt.IsZero() {
		t.Errorf("%+v", plan)
	}
}

func TestABackupOfALockedStoreIsRecordedAtTheNextUnlocking(t *testing.T) {
	dir, to := t.TempDir(), t.TempDir()
	s, recovery := newKeptStore(t, dir)
	if _, err := s.SavePatient(clinic.Patient{LastName: "Doe"}); err != nil {
		t.Fatal(err)
	}
	s.Lock()
	path, err := s.BackupBy(BackupPlan{Folder: to})
	if err != nil {
		t.Fatal(err)
	}
	if err := Restore(path, filepath.Join(dir, "again"), Secret{RecoveryKey: []byte(recovery)}); err != nil {
		t.Fatal(err)
	}
	if err := s.Unlock("tess", []byte(testPassphrase)); err != nil {
		t.Fatal(err)
	}
	plan, err := s.BackupPlan()
	if err != nil || plan.LastPath != path || plan.Failure != "" {
		t.Errorf("%+v, %v", plan, err)
	}
	if got := acts(t, s, ActBackedUp); len(got) != 1 || got[0].Detail != filepath.Base(path) {
		t.Errorf("%+v", got)
	}
	s.Lock()
	blocked := filepath.Join(to, "a file")
	if err := os.WriteFile(blocked, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := s.BackupBy(BackupPlan{Folder: blocked}); err == nil {
		t.Error("a backup into a file")
	}
	for range 2 { // it is taken up once
		if err := s.Unlock("tess", []byte(testPassphrase)); err != nil {
			t.Fatal(err)
		}
	}
	if plan, _ = s.BackupPlan(); plan.Failure == "" || plan.LastPath != path {
		t.Errorf("%+v", plan)
	}
	if got := acts(t, s, ActBackupFailed); len(got) != 1 {
		t.Errorf("%+v", got)
	}
	if _, faults := s.Verify(); len(faults) > 0 {
		t.Error(faults)
	}
}

// putV1 stores a value as version 1 did.
func putV1(e engine.Tx, bucket, key string, value []byte) error {
	stored := append([]byte{markerV1, 0, 0, 0, 0}, value...)
	sum := crcV1(bucket, key, value)
	stored[1], stored[2], stored[3], stored[4] = byte(sum), byte(sum>>8), byte(sum>>16), byte(sum>>24)
	return e.Put(bucket, key, stored)
}

// packV1 packs as version 1 did: the head as it is, the columns deflated.
func packV1(t *testing.T, packed []byte) []byte {
	t.Helper()
	raw, err := inflate(packed)
	if err != nil {
		t.Fatal(err)
	}
	n, used := binary.Uvarint(raw)
	head := used + int(n)
	b := bytes.NewBufferString("TDR1" + string(raw[:head]))
	w, _ := flate.NewWriter(b, flate.BestCompression)
	_, _ = w.Write(raw[head:])
	_ = w.Close()
	return b.Bytes()
}

func TestAnUnsealedStoreIsSealedWithABackup(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, FileName)
	r := cgmtest.Wear(3, 5)
	pdf := []byte("%PDF of Zebulonia")
	e, err := bolt.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	packed, _ := pack(&stored{PatientID: "p1", Recording: *r, Sources: []clinic.Source{file("a")}})
	err = e.Update(func(e engine.Tx) error {
		return errors.Join(
			putV1(e, "meta", "format", []byte(`{"version":1}`)), putV1(e, "meta", "settings", []byte(`{"practice":"Old Practice","unit":"mmol/L","paper":"A4"}`)),
			putV1(e, "patients", "p1", []byte(`{"id":"p1","last_name":"Zebulonia"}`)),
			putV1(e, "wears", "w1", []byte(`{"id":"w1","patient_id":"p1","recording_id":"r1","transmitter_id":"`+r.TransmitterID+`"}`)),
			putV1(e, "recordings", "r1", packV1(t, packed)), putV1(e, "files", "d1", pdf),
			putV1(e, "documents", "d1", toJSON(clinic.Document{ID: "d1", WearID: "w1", Kind: clinic.PrintoutDocument, SHA256: clinic.HashOf(pdf)})))
	})
	if err = errors.Join(err, e.Close()); err != nil {
		t.Fatal(err)
	}
	old := fileBytes(t, path)
	if _, err := Open(dir); !errors.Is(err, ErrUnsealed) {
		t.Fatalf("%v", err)
	}
	s, _, err := Migrate(dir, testSetup())
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	w, err := s.Wear("w1")
	if err != nil || w.Recording.Hash() != r.Hash() || len(w.Sources) != 1 {
		t.Errorf("%+v, %v", w, err)
	}
	documents, err := s.Documents("w1")
	if err != nil || len(documents) != 1 {
		t.Fatalf("%v, %v", documents, err)
	}
	if got, err := s.PDF(documents[0]); err != nil || !bytes.Equal(got, pdf) {
		t.Errorf("%q, %v", got, err)
	}
	if set, _ := s.Settings(); set.Practice != "Old Practice" {
		t.Errorf("%+v", set)
	}
	for _, name := range []string{FileName, BackupNameV1} {
		if bytes.Contains(fileBytes(t, filepath.Join(dir, name)), []byte("Zebulonia")) {
			t.Errorf("%s holds the patient's name", name)
		}
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "*")); len(left) != 3 { // the store, its backup, and who has it open
		t.Errorf("left: %v", left)
	}
	// A damaged one is left as it is.
	other := t.TempDir()
	at := bytes.LastIndex(old, []byte("Zebulonia"))
	old[at] ^= 1
	if err := os.WriteFile(filepath.Join(other, FileName), old, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, _, err := Migrate(other, testSetup()); !errors.Is(err, ErrDamaged) {
		t.Errorf("%v", err)
	}
	if !bytes.Equal(fileBytes(t, filepath.Join(other, FileName)), old) {
		t.Error("a store that could not be sealed was changed")
	}
}
