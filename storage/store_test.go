package storage

import (
	"errors"
	"fmt"
	"os"
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
	"tracedesk/storage/engine/bolt"
	"tracedesk/storage/seal"
)

func newStore(t *testing.T) *Store {
	t.Helper()
	s, _ := newKeptStore(t, t.TempDir())
	return s
}

// The administrator of test stores; a passphrase that costs nothing to check.
const testPassphrase = "correct horse battery"

func testSetup() Setup {
	return Setup{Administrator: clinic.User{Login: "tess", Name: "Tess Adams", Credential: "MD"}, Passphrase: []byte(testPassphrase), Cost: seal.Cost{Passes: 1, MemoryKiB: 8, Threads: 1}}
}

func newKeptStore(t testing.TB, dir string) (s *Store, recoveryKey string) {
	t.Helper()
	s, key, err := Create(dir, testSetup())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s, string(key)
}

func unlocked(t *testing.T, dir string) *Store {
	t.Helper()
	s, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	if err := s.Unlock("tess", []byte(testPassphrase)); err != nil {
		t.Fatal(err)
	}
	return s
}

func newPatient(t *testing.T, s *Store, first, last string) clinic.Patient {
	t.Helper()
	p, err := s.SavePatient(clinic.Patient{FirstName: first, LastName: last, BirthDate: "1964-06-20"})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func file(name string) clinic.Source {
	return clinic.Source{FileName: name, SHA256: clinic.HashOf([]byte(name)), At: time.Unix(1700000000, 0).UTC()}
}

// part is some of the readings of a wear, as a later or shorter export has them.
func part(r *cgm.Recording, from, to int) *cgm.Recording {
	p := *r
	p.Readings = slices.Clone(r.Readings[from:to])
	p.Events, p.Calibrations = nil, nil
	return &p
}

func mustImport(t *testing.T, s *Store, patient string, source clinic.Source, r *cgm.Recording) Imported {
	t.Helper()
	got, err := s.Import(clinic.Patient{ID: patient}, source, []*cgm.Recording{r}, false)
	if err != nil {
		t.Fatal(err)
	}
	return got[0]
}

func TestARecordingComesBackAsItWasStored(t *testing.T) {
	s := newStore(t)
	p := newPatient(t, s, "Ana", "García")
	r := cgmtest.Wear(10, 5)
	got := mustImport(t, s, p.ID, file("a"), r)
	if got.New != len(r.Readings) || got.There != 0 || got.SameFile {
		t.Errorf("%+v", got)
	}
	w, err := s.Wear(got.WearID)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(w.Recording.Readings, r.Readings) || w.Recording.Hash() != r.Hash() || !slices.Equal(w.Recording.Events, r.Events) {
		t.Error("the recording came back changed")
	}
	if w.Wear.PatientID != p.ID || len(w.Sources) != 1 || w.Sources[0].New != len(r.Readings) {
		t.Errorf("%+v", w.Sources)
	}
}

func TestImportingTheSameFileAgainChangesNothing(t *testing.T) {
	s := newStore(t)
	p := newPatient(t, s, "Ana", "García")
	r := cgmtest.Wear(3, 5)
	mustImport(t, s, p.ID, file("a"), r)
	before := everything(t, s)
	again := mustImport(t, s, p.ID, file("a"), r)
	if !again.SameFile || again.New != 0 || again.There != len(r.Readings) {
		t.Errorf("%+v", again)
	}
	if everything(t, s) != before {
		t.Error("the store changed")
	}
}

// everything is all stored bytes but the audit trail.
func everything(t *testing.T, s *Store) string {
	t.Helper()
	var b strings.Builder
	raw(t, s, func(e engine.Tx) error {
		for _, bucket := range known {
			if bucket == bucketAudit {
				continue
			}
			_ = e.Scan(bucket, "", func(key string, value []byte) error {
				if key != keyState {
					fmt.Fprintf(&b, "%s %s %x\n", bucket, key, value)
				}
				return nil
			})
		}
		return nil
	})
	return b.String()
}

// raw changes the file behind the store's back.
func raw(t *testing.T, s *Store, f func(engine.Tx) error) {
	t.Helper()
	if err := s.engine.Update(f); err != nil {
		t.Fatal(err)
	}
}

func TestAnOverlappingExportAddsOnlyWhatIsNew(t *testing.T) {
	s := newStore(t)
	p := newPatient(t, s, "Ana", "García")
	whole := cgmtest.Wear(10, 5)
	mustImport(t, s, p.ID, file("a"), part(whole, 500, 1500))
	later := mustImport(t, s, p.ID, file("b"), part(whole, 1000, len(whole.Readings)))
	if later.New != len(whole.Readings)-1500 || later.There != 500 {
		t.Errorf("later: %+v", later)
	}
	earlier := mustImport(t, s, p.ID, file("c"), part(whole, 0, 700))
	if earlier.New != 500 || earlier.There != 200 {
		t.Errorf("earlier: %+v", earlier)
	}
	w, err := s.Wear(earlier.WearID)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(w.Recording.Readings, whole.Readings) {
		t.Error("the parts do not make the whole")
	}
	wears, _ := s.Wears(p.ID)
	if len(wears) != 1 || len(w.Sources) != 3 {
		t.Errorf("%d wears, %d sources", len(wears), len(w.Sources))
	}
}

func TestAnotherValueForAStoredReadingIsCountedAndNotTaken(t *testing.T) {
	s := newStore(t)
	p := newPatient(t, s, "Ana", "García")
	r := cgmtest.Wear(3, 5)
	mustImport(t, s, p.ID, file("a"), r)
	other := part(r, 0, len(r.Readings))
	other.Readings[10].MgDL += 5
	got := mustImport(t, s, p.ID, file("b"), other)
	w, _ := s.Wear(got.WearID)
	if got.Conflicts != 1 || got.New != 0 || w.Recording.Readings[10] != r.Readings[10] || w.Recording.Conflicts != 1 {
		t.Errorf("%+v", got)
	}
}

func TestTwoTransmittersAreTwoWears(t *testing.T) {
	s := newStore(t)
	p := newPatient(t, s, "Ana", "García")
	a, b := cgmtest.Wear(3, 5), cgmtest.Wear(3, 6)
	b.TransmitterID = "8OTHER"
	got, err := s.Import(p, file("both"), []*cgm.Recording{a, b}, false)
	if err != nil || len(got) != 2 || got[0].WearID == got[1].WearID {
		t.Fatalf("%+v, %v", got, err)
	}
}

func TestWearsWithoutATransmitterAreJoinedOnlyBySharedReadings(t *testing.T) {
	s := newStore(t)
	p := newPatient(t, s, "Ana", "García")
	first, second := cgmtest.Wear(3, 5), cgmtest.Wear(3, 6)
	first.TransmitterID, second.TransmitterID = "", ""
	for i := range second.Readings { // another transmitter, a month later, of the same age
		second.Readings[i].Display += 30 * cgm.SecondsPerDay
	}
	mustImport(t, s, p.ID, file("a"), first)
	if got := mustImport(t, s, p.ID, file("b"), second); got.New != len(second.Readings) {
		t.Errorf("a second wear was joined to the first: %+v", got)
	}
	if wears, _ := s.Wears(p.ID); len(wears) != 2 {
		t.Errorf("%d wears", len(wears))
	}
}

func TestTwoSensorsOfOneTransmitterAreTwoWears(t *testing.T) {
	s := newStore(t)
	p := newPatient(t, s, "Ana", "García")
	whole := cgmtest.Wear(10, 5)
	first, second := part(whole, 0, 1000), part(whole, 1030, 2000)
	first.InsertedAt, second.InsertedAt = 10, first.Readings[999].System+60
	got, err := s.Import(p, file("receiver"), []*cgm.Recording{first, second}, false)
	if err != nil || got[0].WearID == got[1].WearID {
		t.Fatalf("%+v, %v", got, err)
	}
	again, err := s.Import(p, file("receiver, later"), []*cgm.Recording{first, second}, false)
	if err != nil || again[0].WearID != got[0].WearID || again[1].WearID != got[1].WearID || again[1].New != 0 {
		t.Errorf("%+v, %v", again, err)
	}
	// The same wear from an export, which does not know of insertions.
	export := part(whole, 1200, 2100)
	for i := range export.Readings {
		export.Readings[i].Display += 40 // a phone's clock is not the receiver's
	}
	joined := mustImport(t, s, p.ID, file("export"), export)
	if joined.WearID != got[1].WearID || joined.New != 100 || joined.There != 800 {
		t.Errorf("%+v", joined)
	}
}

func TestAMismatchIsRefusedUntilConfirmedAndThenRecorded(t *testing.T) {
	s := newStore(t)
	ana, bo := newPatient(t, s, "Ana", "García"), newPatient(t, s, "Bo", "Lind")
	r := cgmtest.Wear(3, 5)
	source := file("a")
	source.Named = clinic.Patient{FirstName: "Bo", LastName: "Lind"}
	var mismatch *MismatchError
	if _, err := s.Import(ana, source, []*cgm.Recording{r}, false); !errors.As(err, &mismatch) || len(mismatch.Reasons) != 2 {
		t.Fatalf("%v", err)
	}
	if wears, _ := s.Wears(""); len(wears) != 0 {
		t.Error("a refused import stored something")
	}
	got, err := s.Import(ana, source, []*cgm.Recording{r}, true)
	if err != nil {
		t.Fatal(err)
	}
	if w, _ := s.Wear(got[0].WearID); len(w.Sources[0].Confirmed) != 2 {
		t.Error("the confirmation is not kept")
	}
	// The same transmitter for another patient.
	if _, err := s.Import(bo, file("b"), []*cgm.Recording{r}, false); !errors.As(err, &mismatch) || !strings.Contains(err.Error(), "Ana García") {
		t.Errorf("%v", err)
	}
}

func TestANewPatientIsStoredWithTheFirstRecordingOrNotAtAll(t *testing.T) {
	s := newStore(t)
	newPatient(t, s, "Ana", "García")
	r := cgmtest.Wear(3, 5)
	again := clinic.Patient{FirstName: "ana", LastName: "garcía", BirthDate: "1964-06-20"}
	var mismatch *MismatchError
	if _, err := s.Import(again, file("a"), []*cgm.Recording{r}, false); !errors.As(err, &mismatch) || !strings.Contains(err.Error(), "in the store already") {
		t.Fatalf("%v", err)
	}
	if all, _ := s.Patients(); len(all) != 1 {
		t.Errorf("a refused import left %d patients", len(all))
	}
	if _, err := s.Import(clinic.Patient{FirstName: "Bo"}, file("a"), []*cgm.Recording{r}, false); err != nil {
		t.Fatal(err)
	}
	if all, _ := s.Patients(); len(all) != 2 {
		t.Errorf("%d patients", len(all))
	}
	wears, err := s.Wears("")
	if err != nil || len(wears) != 1 || wears[0].First != r.First() || wears[0].Check.Result != clinic.NotMet || wears[0].Check.Readings != len(r.Readings) {
		t.Errorf("%+v, %v", wears, err)
	}
}

func TestImportIsAllOrNothing(t *testing.T) {
	s := newStore(t)
	if _, err := s.Import(clinic.Patient{ID: "nobody"}, file("a"), []*cgm.Recording{cgmtest.Wear(3, 5)}, false); !errors.Is(err, ErrNotAny) {
		t.Errorf("%v", err)
	}
	stats, _ := s.Stats()
	if stats.Wears != 0 || stats.Recordings != 0 {
		t.Errorf("%+v", stats)
	}
}

func TestATenDayRecordingIsSmall(t *testing.T) {
	r := cgmtest.Wear(10, 5)
	packed, _ := pack(&stored{Recording: *r})
	if n := len(packed) + seal.Overhead; n > 12_000 {
		t.Errorf("%d readings take %d bytes", len(r.Readings), n)
	}
}

func TestDocumentsAreKeptAsIssued(t *testing.T) {
	s := newStore(t)
	pdf := []byte("%PDF-1.4 …")
	d := keepDocument(t, s, pdf)
	if got, err := s.PDF(d); err != nil || string(got) != string(pdf) {
		t.Errorf("%q, %v", got, err)
	}
	if list, _ := s.Documents("x"); len(list) != 0 {
		t.Error("a document of another wear")
	}
}

// keepDocument keeps a printout, of the first wear or one made for it.
func keepDocument(t *testing.T, s *Store, pdf []byte) clinic.Document {
	t.Helper()
	id := ""
	if wears, _ := s.Wears(""); len(wears) > 0 {
		id = wears[0].Wear.ID
	} else {
		var err error
		if id, err = s.OpenWear(newPatient(t, s, "Of", "Document").ID, &steps.Record{Order: &steps.Order{}}); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.SaveDocuments(Issued{clinic.Document{Kind: clinic.PrintoutDocument, WearID: id, SHA256: clinic.HashOf(pdf), MadeAt: time.Unix(5, 0)}, pdf}); err != nil {
		t.Fatal(err)
	}
	list, err := s.Documents(id)
	if err != nil || len(list) != 1 || list[0].Kind != clinic.PrintoutDocument {
		t.Fatalf("%+v, %v", list, err)
	}
	return list[0]
}

func TestOneProcessHasTheStore(t *testing.T) {
	s := newStore(t)
	if _, err := Open(filepath.Dir(s.Path())); !errors.Is(err, ErrInUse) || !strings.Contains(err.Error(), fmt.Sprintf("process %d, since", os.Getpid())) {
		t.Errorf("%v", err)
	}
	if _, _, err := Create(filepath.Dir(s.Path()), testSetup()); !errors.Is(err, ErrExists) {
		t.Errorf("%v", err)
	}
	if _, err := Open(t.TempDir()); !errors.Is(err, ErrNoStore) {
		t.Errorf("%v", err)
	}
}

func TestFilesThatAreNoStoreAreRefused(t *testing.T) {
	write := func(b []byte) string {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, FileName), b, 0o600); err != nil {
			t.Fatal(err)
		}
		return dir
	}
	s := newStore(t)
	p := newPatient(t, s, "Ana", "García")
	mustImport(t, s, p.ID, file("a"), cgmtest.Wear(10, 5))
	path := s.Path()
	_ = s.Close()
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	other := t.TempDir()
	e, err := bolt.Open(filepath.Join(other, FileName))
	if err != nil {
		t.Fatal(err)
	}
	_ = e.Update(func(x engine.Tx) error { return x.Put("somebody's", "key", []byte("value")) })
	_ = e.Close()
	for name, dir := range map[string]string{
		"text":              write([]byte(strings.Repeat("not a store\n", 9000))),
		"cut off":           write(whole[:3*4096]),
		"another program's": other,
	} {
		if s, err := Open(dir); !errors.Is(err, ErrNotStore) {
			t.Errorf("%s: %v", name, err)
			if err == nil {
				_ = s.Close()
			}
		}
	}
}

func TestANewerStoreIsLeftAlone(t *testing.T) {
	s := newStore(t)
	raw(t, s, func(e engine.Tx) error { return e.Put(bucketMeta, keyHeader, []byte(`{"version":99}`)) })
	dir := filepath.Dir(s.Path())
	_ = s.Close()
	if _, err := Open(dir); !errors.Is(err, ErrVersion) {
		t.Errorf("%v", err)
	}
}

func TestVerifyNamesWhatIsDamaged(t *testing.T) {
	s := newStore(t)
	p := newPatient(t, s, "Ana", "García")
	got := mustImport(t, s, p.ID, file("a"), cgmtest.Wear(3, 5))
	d := keepDocument(t, s, []byte("%PDF"))
	if n, faults := s.Verify(); n < 6 || len(faults) != 0 {
		t.Fatalf("%d values, %v", n, faults)
	}
	value := func(bucket, key string) (out []byte) {
		raw(t, s, func(e engine.Tx) error {
			v, err := e.Get(bucket, key)
			out = slices.Clone(v)
			return err
		})
		return out
	}
	set := func(bucket, key string, v []byte) {
		raw(t, s, func(e engine.Tx) error {
			if v == nil {
				return e.Delete(bucket, key)
			}
			return e.Put(bucket, key, v)
		})
	}
	for _, c := range []struct {
		what, bucket, key string
		change            func(v []byte) []byte
		want              string
	}{
		{"a changed byte", bucketPatients, p.ID, func(v []byte) []byte { v[len(v)-3] ^= 1; return v }, "patients " + p.ID},
		{"a value cut short", bucketPatients, p.ID, func(v []byte) []byte { return v[:20] }, "patients " + p.ID},
		{"a moved value", bucketPatients, "elsewhere", func([]byte) []byte { return value(bucketPatients, p.ID) }, "patients elsewhere"},
		{"another bucket's value", bucketFiles, "elsewhere", func([]byte) []byte { return value(bucketPatients, p.ID) }, "files elsewhere"},
		{"another PDF", bucketFiles, d.ID, func([]byte) []byte { return s.key.Seal(bucketFiles, d.ID, []byte("%PDF of another")) }, "files " + d.ID},
		{"no PDF", bucketFiles, d.ID, func([]byte) []byte { return nil }, "files " + d.ID + " is missing"},
		{"no recording", bucketRecordings, got.RecordingID, func([]byte) []byte { return nil }, "recordings " + got.RecordingID + " is missing"},
		{"another's bucket", "somebody's", "x", func([]byte) []byte { return []byte("x") }, "not one of ours"},
	} {
		before := value(c.bucket, c.key)
		set(c.bucket, c.key, c.change(slices.Clone(before)))
		_, faults := s.Verify()
		if len(faults) != 1 || !strings.Contains(faults[0].Error(), c.want) || !errors.Is(faults[0], ErrDamaged) {
			t.Errorf("%s: %v", c.what, faults)
		}
		set(c.bucket, c.key, before)
	}
}

func FuzzUnpack(f *testing.F) {
	r := cgmtest.Wear(1, 5)
	r.Readings = r.Readings[:20]
	plain, _ := pack(&stored{Recording: *r})
	f.Add(plain)
	r.Readings[3].MgDL = 99.123456
	odd, _ := pack(&stored{Recording: *r})
	f.Add(odd)
	f.Add([]byte(packMagic))
	f.Fuzz(func(t *testing.T, b []byte) {
		s, err := unpack(b)
		if err != nil {
			return
		}
		packed, _ := pack(s)
		again, err := unpack(packed)
		if err != nil || !slices.Equal(again.Recording.Readings, s.Recording.Readings) {
			t.Fatalf("not the same again: %v", err)
		}
	})
}
