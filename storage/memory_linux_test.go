package storage_test

import (
	"os"
	"os/exec"
	"testing"

	"tracedesk/clinic"
	"tracedesk/storage"
	"tracedesk/storage/seal"
	"tracedesk/storage/storagetest"
)

// envLooks names what the child of the test works with.
const envLooks = "TRACEDESK_TEST_LOOKS_AT_ITS_MEMORY"

// TestAfterLockingMemoryHoldsNeitherKeyNorPassphrase works with a store in a process
// of its own, which then looks through all of its writable memory.
func TestAfterLockingMemoryHoldsNeitherKeyNorPassphrase(t *testing.T) {
	if dir := os.Getenv(envLooks); dir != "" {
		lockAndLook(t, dir)
		return
	}
	dir := t.TempDir()
	s, _, err := storage.Create(dir, storagetest.Setup())
	if err != nil {
		t.Fatal(err)
	}
	storagetest.Fill(t, s, 3)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(dir+"/passphrase", []byte(storagetest.Passphrase), 0o600); err != nil {
		t.Fatal(err)
	}
	child := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$", "-test.v")
	child.Env = append(os.Environ(), envLooks+"="+dir)
	out, err := child.CombinedOutput()
	t.Logf("%s", out)
	if err != nil {
		t.Error(err)
	}
}

func lockAndLook(t *testing.T, dir string) {
	passphrase, err := os.ReadFile(dir + "/passphrase")
	if err != nil {
		t.Fatal(err)
	}
	typed := storagetest.Hide(passphrase)
	s, err := storage.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Unlock(storagetest.Login, passphrase); err != nil {
		t.Fatal(err)
	}
	for range 20 {
		if _, err := s.SavePatient(clinic.Patient{FirstName: "Ana", LastName: "García", BirthDate: "1964-06-20"}); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Confirm(passphrase); err != nil {
		t.Fatal(err)
	}
	key := storagetest.Hide(storage.DataKey(s))
	if places(t, key) == 0 || places(t, typed) == 0 {
		t.Fatal("looking does not find what is there")
	}
	clear(passphrase)
	s.Lock()
	keys, passphrases := places(t, key), places(t, typed)
	t.Logf("after locking: the data key in %d places, the passphrase in %d", keys, passphrases)
	if !seal.Guarded {
		t.Skip("built without GOEXPERIMENT=runtimesecret: libraries leave copies behind")
	}
	if keys > 0 || passphrases > 0 {
		t.Error("the secrets are still in memory")
	}
}

func places(t *testing.T, secret storagetest.Hidden) int {
	t.Helper()
	n, err := storagetest.InMemory(secret)
	if err != nil {
		t.Fatal(err)
	}
	return n
}
