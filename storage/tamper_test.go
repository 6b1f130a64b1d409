package storage

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"tracedesk/cgm"
	"tracedesk/cgm/cgmtest"
	"tracedesk/clinic"
	"tracedesk/storage/engine"
	"tracedesk/storage/engine/bolt"
	"tracedesk/storage/seal"
)

// smallStore holds something of every kind.
func smallStore(t *testing.T, dir string) *Store {
	t.Helper()
	s, _ := newKeptStore(t, dir)
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	settings := clinic.DefaultSettings()
	settings.Practice = "Small Practice"
	must(s.SaveSettings(settings))
	_, err := s.AddUser(clinic.User{Login: "nora", Name: "Nora Nurse", Credential: "RN"}, noraPassphrase)
	must(err)
	p := newPatient(t, s, "Ana", "García")
	got := mustImport(t, s, p.ID, file("a"), part(cgmtest.Wear(4, 5), 0, 500))
	_, err = signOne(s, got.WearID)
	must(err)
	must(s.PlanBackups(filepath.Join(dir, "backups"), 3))
	r := cgmtest.Wear(1, 6)
	r.TransmitterID = "8TRAY1"
	_, err = s.ImportMatched(file("t"), []*cgm.Recording{r}, false)
	must(err)
	must(s.AddService(p.ID, clinic.Service{Code: "95250", Date: 20000, Where: "elsewhere"}))
	must(s.KeepForm(KeptForm{Kind: "x", Values: []string{"a"}}))
	profile := clinic.StrictProfile()
	profile.ID, profile.Name = "", "Payer"
	_, err = s.SaveProfile(profile)
	must(err)
	_, err = s.SaveDevice(clinic.Device{Kind: clinic.ReaderDevice, Serial: "R1"})
	must(err)
	must(s.SaveFee(clinic.Fee{Payer: "Payer", Code: "95250", Year: 2026, Cents: 100}))
	must(s.SaveLogo([]byte("logo")))
	return s
}

const noraPassphrase = "nora's own passphrase"

// change does every value over again, so that each has an earlier one.
func change(t *testing.T, s *Store) {
	t.Helper()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	patients, err := s.Patients()
	must(err)
	p := patients[0]
	p.FirstName = "Anna"
	_, err = s.SavePatient(p)
	must(err)
	whole := cgmtest.Wear(4, 5)
	mustImport(t, s, p.ID, file("b"), whole)
	settings, err := s.Settings()
	must(err)
	settings.Address = "Another street"
	must(s.SaveSettings(settings))
	must(s.KeepForm(KeptForm{Kind: "y"}))
	must(s.SaveLogo([]byte("another logo")))
	must(s.SaveFee(clinic.Fee{Payer: "Payer", Code: "95251", Year: 2026, Cents: 100}))
	must(s.PlanBackups("/elsewhere", 3))
	must(s.ChangePassphrase(testPassphrase, testPassphrase+"!"))
	must(s.ChangePassphrase(testPassphrase+"!", testPassphrase))
	_, err = s.Certify("tess", "")
	must(err)
}

// rawValues are all stored bytes of a store's file.
func rawValues(t *testing.T, path string) map[[2]string][]byte {
	t.Helper()
	out := map[[2]string][]byte{}
	e, err := bolt.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	err = e.View(func(e engine.Tx) error {
		names, err := e.Buckets()
		for _, bucket := range names {
			err = errors.Join(err, e.Scan(bucket, "", func(key string, v []byte) error {
				out[[2]string{bucket, key}] = bytes.Clone(v)
				return nil
			}))
		}
		return err
	})
	if err := errors.Join(err, e.Close()); err != nil {
		t.Fatal(err)
	}
	return out
}

// noticed opens the store and gives all that it says of changes.
func noticed(t *testing.T, dir string) string {
	t.Helper()
	s, err := Open(dir)
	if err != nil {
		return err.Error()
	}
	defer s.Close()
	if err := s.Unlock("tess", testPassphrase); err != nil {
		return err.Error()
	}
	_, faults := s.Verify()
	if len(faults) == 0 {
		return ""
	}
	return errors.Join(faults...).Error()
}

// TestEveryValueThatIsTamperedWithIsNamed takes each value of a small store in turn:
// deletes it, puts an earlier one back, puts another store's there, and adds one
// beside it. It is always named, or the store does not open and says whose key it is.
func TestEveryValueThatIsTamperedWithIsNamed(t *testing.T) {
	dir := t.TempDir()
	s := smallStore(t, dir)
	path := s.Path()
	_ = s.Close()
	older := rawValues(t, path)
	s = unlocked(t, dir)
	change(t, s)
	_ = s.Close()
	whole := fileBytes(t, path)
	now := rawValues(t, path)
	otherDir := t.TempDir()
	other := smallStore(t, otherDir)
	_ = other.Close()
	strange := rawValues(t, other.Path())
	if said := noticed(t, dir); said != "" {
		t.Fatalf("untouched: %s", said)
	}
	tries := 0
	for at, value := range now {
		bucket, key := at[0], at[1]
		if bucket == bucketMeta && (key == keyFailures || key == keyOutcome) {
			continue
		}
		changes := map[string]func(e engine.Tx) error{
			"deleted": func(e engine.Tx) error { return e.Delete(bucket, key) },
			"added":   func(e engine.Tx) error { return e.Put(bucket, key+"x", value) },
		}
		if before := older[at]; before != nil && !bytes.Equal(before, value) {
			changes["put back"] = func(e engine.Tx) error { return e.Put(bucket, key, before) }
		}
		if another := of2(strange, bucket, key); another != nil {
			changes["another store's"] = func(e engine.Tx) error { return e.Put(bucket, key, another) }
		}
		for what, change := range changes {
			tries++
			dir := t.TempDir()
			if err := os.WriteFile(filepath.Join(dir, FileName), whole, 0o600); err != nil {
				t.Fatal(err)
			}
			tampered(t, filepath.Join(dir, FileName), change)
			if said := noticed(t, dir); !names(said, bucket, key) {
				t.Errorf("%s/%s %s: %q", bucket, key, what, said)
			}
		}
	}
	if tries < 100 {
		t.Errorf("only %d were tried", tries)
	}
}

// of2 is another store's value of the key, or any of the bucket.
func of2(all map[[2]string][]byte, bucket, key string) []byte {
	if v := all[[2]string{bucket, key}]; v != nil {
		return v
	}
	for at, v := range all {
		if at[0] == bucket {
			return v
		}
	}
	return nil
}

// names says whether a text names the value, or refuses the store for it.
func names(said, bucket, key string) bool {
	switch {
	case bucket == bucketAudit:
		return strings.Contains(said, "audit")
	case bucket == bucketSlots:
		return strings.Contains(said, ErrHeader.Error()) || strings.Contains(said, ErrPassphrase.Error())
	case bucket == bucketAuthority:
		return strings.Contains(said, ErrAuthority.Error()) || strings.Contains(said, "authority "+key)
	case bucket == bucketMeta && key == keyHeader:
		return strings.Contains(said, ErrHeader.Error()) || strings.Contains(said, ErrNotStore.Error()) || strings.Contains(said, "meta header")
	case bucket == bucketMeta && key == keyState:
		return strings.Contains(said, "meta state") || strings.Contains(said, "audit")
	}
	return strings.Contains(said, bucket+" "+key)
}

var _ = fmt.Sprint
var _ = maps.Keys[map[string]int]
var _ = slices.Sorted[string]
var _ = json.Marshal
var _ = time.Now
var _ seal.Slot
