package storage

import (
	"bytes"
	"compress/flate"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"tracedesk/cgm/cgmtest"
)

// TestBackupsGoByWhatTheyAre fills folders of all kinds of names with files that
// are none of the store's, by a clock that is set back, and backs up into them.
func TestBackupsGoByWhatTheyAre(t *testing.T) {
	for _, name := range []string{"plain", "with [brackets]", "with * and ?", "[a-z]"} {
		dir := filepath.Join(t.TempDir(), name)
		s, other := newStore(t), newStore(t)
		foreign, err := other.Backup(dir)
		if err != nil {
			t.Fatal(err)
		}
		now := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
		s.now = func() time.Time { return now }
		ours := func(at string) string { return filepath.Join(dir, backupPrefix+s.header.Store+"-"+at+backupSuffix) }
		stay := []string{foreign, ours("20990101T000000.000"), ours("19990101T000000.000"), ours("notes"), filepath.Join(dir, "letter.docx")}
		for i, path := range stay[1:] {
			if err := os.WriteFile(path, []byte(strings.Repeat("no backup", i)), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if err := os.Rename(foreign, ours("20260101T000000.000")); err != nil { // another store's, under our name
			t.Fatal(err)
		}
		stay[0] = ours("20260101T000000.000")
		if err := os.MkdirAll(ours("20260102T000000.000"), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := s.PlanBackups(dir, 2); err != nil {
			t.Fatal(err)
		}
		var made []string
		for n := range 5 {
			path, err := s.Backup(dir)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := os.Stat(path); err != nil {
				t.Fatalf("%s: the backup that was just made is gone: %v", name, err)
			}
			made = append(made, path)
			if n != 2 {
				now = now.Add(-24 * time.Hour) // and once it stands still
			}
		}
		list, err := s.Backups(dir)
		if err != nil || len(list) != 2 || list[0].Path != made[4] || list[1].Path != made[3] {
			t.Errorf("%s: %v, %v; made %v", name, list, err, made)
		}
		for _, path := range stay {
			if _, err := os.Stat(path); err != nil {
				t.Errorf("%s: a file that is none of the store's backups is gone: %v", name, err)
			}
		}
	}
}

// TestTheOnlyReadableBackupStays: with one to keep, and a full folder of others
// that look newer.
func TestTheOnlyReadableBackupStays(t *testing.T) {
	dir := t.TempDir()
	s, recovery := newKeptStore(t, t.TempDir())
	if err := s.PlanBackups(dir, 1); err != nil {
		t.Fatal(err)
	}
	first, err := s.Backup(dir)
	if err != nil {
		t.Fatal(err)
	}
	cut := fileBytes(t, first)
	cut = cut[:len(cut)-20] // its label is whole
	for n := range 3 {
		if err := os.WriteFile(filepath.Join(dir, backupPrefix+s.header.Store+fmt.Sprintf("-209%d0101T000000.000", n)+backupSuffix), cut, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	last, err := s.Backup(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := Restore(last, filepath.Join(t.TempDir(), "again"), Secret{RecoveryKey: []byte(recovery)}); err != nil {
		t.Errorf("no backup can be read: %v", err)
	}
}

func TestWhatAKilledBackupLeftIsRemovedByTheNext(t *testing.T) {
	dir := t.TempDir()
	s, other := newStore(t), newStore(t)
	theirs, err := other.Backup(dir)
	if err != nil {
		t.Fatal(err)
	}
	ours, err := s.Backup(dir)
	if err != nil {
		t.Fatal(err)
	}
	left := map[string]string{ // by name, what is in it
		leftoverPrefix + s.header.Store + "-123":     "half a backup",
		leftoverPrefix + "456":                       string(fileBytes(t, ours)[:2000]),
		leftoverPrefix + other.header.Store + "-789": "half a backup of another",
		leftoverPrefix + "1011":                      string(fileBytes(t, theirs)[:2000]),
		leftoverPrefix + "of somebody":               "a note",
	}
	for name, content := range left {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.Backup(dir); err != nil {
		t.Fatal(err)
	}
	for name, stays := range map[string]bool{leftoverPrefix + s.header.Store + "-123": false, leftoverPrefix + "456": false, leftoverPrefix + other.header.Store + "-789": true, leftoverPrefix + "1011": true, leftoverPrefix + "of somebody": true} {
		if _, err := os.Stat(filepath.Join(dir, name)); (err == nil) != stays {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// crafted is a backup that somebody made with the practice's public keys.
func crafted(t *testing.T, s *Store, write func(d *dumper)) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "crafted.age")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	out, _, err := s.keyring().EncryptSelf(f, s.header.Store, "1")
	if err != nil {
		t.Fatal(err)
	}
	d := &dumper{w: out, sum: sha256.New()}
	d.write([]byte(dumpMagic))
	write(d)
	for range 3 {
		d.part(nil)
	}
	d.write(d.sum.Sum(nil))
	if err := errors.Join(d.err, out.Close(), f.Close()); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestACraftedBackupIsRefusedWithinLimits: what a file asks for is neither taken
// nor made room for.
func TestACraftedBackupIsRefusedWithinLimits(t *testing.T) {
	s, recovery := newKeptStore(t, t.TempDir())
	entry := func(d *dumper, bucket, key string, value []byte) {
		for _, b := range [][]byte{[]byte(bucket), []byte(key), value} {
			d.part(b)
		}
	}
	long := filepath.Join(t.TempDir(), "long.age")
	if err := os.WriteFile(long, append([]byte("age-encryption.org/v1\n-> X25519 "), bytes.Repeat([]byte("a"), 50<<20)...), 0o600); err != nil {
		t.Fatal(err)
	}
	stanzas := filepath.Join(t.TempDir(), "stanzas.age")
	if err := os.WriteFile(stanzas, append([]byte("age-encryption.org/v1\n"), bytes.Repeat([]byte("-> X25519 a\nabcd\n"), 3_000_000)...), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, path := range map[string]string{
		"a header of one line": long, "three million recipients": stanzas,
		"no header":       crafted(t, s, func(d *dumper) { entry(d, bucketPatients, "p", []byte("x")) }),
		"a later version": crafted(t, s, func(d *dumper) { entry(d, bucketMeta, keyHeader, []byte(`{"version":99}`)) }),
		"no JSON":         crafted(t, s, func(d *dumper) { entry(d, bucketMeta, keyHeader, []byte(`{`)) }),
		"another bucket":  crafted(t, s, func(d *dumper) { entry(d, strings.Repeat("b", 1<<20), "k", nil) }),
		"a part of a terabyte": crafted(t, s, func(d *dumper) {
			d.write([]byte{0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x40})
		}),
		"large values": crafted(t, s, func(d *dumper) {
			for n := range 40 {
				entry(d, bucketFiles, fmt.Sprint(n), make([]byte, 4<<20))
			}
		}),
	} {
		dir := filepath.Join(t.TempDir(), "new")
		runtime.GC()
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		begun := time.Now()
		err := Restore(path, dir, Secret{RecoveryKey: []byte(recovery)})
		runtime.ReadMemStats(&after)
		if !errors.Is(err, ErrNotBackup) && !errors.Is(err, ErrVersion) && !errors.Is(err, ErrDamaged) {
			t.Errorf("%s: %v", name, err)
		}
		if took := time.Since(begun); took > 10*time.Second {
			t.Errorf("%s took %v", name, took)
		}
		if grown := int64(after.HeapSys) - int64(before.HeapSys); grown > 200<<20 {
			t.Errorf("%s took %d MB", name, grown>>20)
		}
		if left, _ := filepath.Glob(filepath.Join(dir, "*")); len(left) > 0 {
			t.Errorf("%s left %v", name, left)
		}
	}
}

// TestARecordingThatInflatesWithoutEndIsRefused packs a bomb.
func TestARecordingThatInflatesWithoutEndIsRefused(t *testing.T) {
	packed, _ := pack(&stored{Recording: *cgmtest.Wear(1, 1)})
	if _, err := unpack(packed); err != nil {
		t.Fatal(err)
	}
	bomb := append([]byte(packMagic), deflatedZeros(t, 200<<20)...)
	if _, err := unpack(bomb); !errors.Is(err, errPacked) {
		t.Errorf("%v", err)
	}
}

func deflatedZeros(t *testing.T, n int) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := flate.NewWriter(&b, flate.BestSpeed)
	if err != nil {
		t.Fatal(err)
	}
	for ; n > 0; n -= 1 << 20 {
		_, _ = w.Write(make([]byte, 1<<20)) // a buffer takes every byte
	}
	_ = w.Close()
	return b.Bytes()
}
