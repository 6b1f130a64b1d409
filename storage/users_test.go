package storage

import (
	"bytes"
	"encoding/json"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"tracedesk/cgm/cgmtest"
	"tracedesk/clinic"
	"tracedesk/storage/engine"
	"tracedesk/storage/seal"
)

func TestALockedStoreGivesNothing(t *testing.T) {
	s := newStore(t)
	p := newPatient(t, s, "Ana", "García")
	got := mustImport(t, s, p.ID, file("a"), cgmtest.Wear(1, 5))
	key, author, root := s.key, s.author, s.root
	public := bytes.Clone(author.Public())
	slot, _ := s.keyring().Slot("tess")
	sealed := key.Seal("bucket", "key", []byte("value"))
	s.Lock()
	if _, err := key.Open("bucket", "key", sealed); !errors.Is(err, ErrDamaged) {
		t.Error("the key is still in memory")
	}
	if seal.SignedBy(public, "x", []byte("y"), author.Sign("x", []byte("y"))) {
		t.Error("the signing key is still in memory")
	}
	if _, err := seal.NewSigner(slot, root, "Tess Adams, MD", "", time.Now()); err == nil {
		t.Error("the root's key is still in memory")
	}
	for what, f := range map[string]func() error{
		"patient":  func() error { _, err := s.Patient(p.ID); return err },
		"patients": func() error { _, err := s.Patients(); return err },
		"wears":    func() error { _, err := s.Wears(""); return err },
		"wear":     func() error { _, err := s.Wear(got.WearID); return err },
		"settings": func() error { _, err := s.Settings(); return err },
		"audit":    func() error { _, err := s.Audit(); return err },
		"save":     func() error { _, err := s.SavePatient(p); return err },
		"backup":   func() error { _, err := s.Backup(t.TempDir()); return err },
		"rotate":   s.Rotate,
	} {
		if err := f(); !errors.Is(err, ErrLocked) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if s.User() != (clinic.User{}) || s.index != nil {
		t.Error("somebody is still there")
	}
	if err := s.Unlock("TESS", []byte(testPassphrase)); err != nil {
		t.Fatal(err)
	}
	if w, err := s.Wear(got.WearID); err != nil || len(w.Recording.Readings) == 0 {
		t.Errorf("%v", err)
	}
}

func TestWrongPassphrasesSlowDownAndAreRecorded(t *testing.T) {
	dir := t.TempDir()
	s, _ := newKeptStore(t, dir)
	_ = s.Close()
	s, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 5, 14, 16, 0, 0, 0, time.UTC)
	s.now = func() time.Time { return now }
	for i := range 3 {
		if err := s.Unlock("tess", []byte("not this one")); !errors.Is(err, ErrPassphrase) {
			t.Fatalf("%d: %v", i, err)
		}
	}
	// A new start does not forget: the wait is in the file.
	_ = s.Close()
	if s, err = Open(dir); err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	s.now = func() time.Time { return now }
	var wait *WaitError
	if err := s.Unlock("tess", []byte(testPassphrase)); !errors.As(err, &wait) || !wait.Until.Equal(now.Add(time.Second)) {
		t.Fatalf("%v", err)
	}
	now = now.Add(time.Second)
	if err := s.Unlock("nobody", []byte("whatever it is")); !errors.Is(err, ErrPassphrase) {
		t.Fatal(err)
	}
	if err := s.Unlock("tess", []byte(testPassphrase)); !errors.As(err, &wait) || !wait.Until.Equal(now.Add(2*time.Second)) {
		t.Fatalf("the second wait is not twice as long: %v", err)
	}
	now = now.Add(2 * time.Second)
	if err := s.Unlock("tess", []byte(testPassphrase)); err != nil {
		t.Fatal(err)
	}
	var logins []string
	for _, e := range acts(t, s, ActUnlockFailed) {
		logins = append(logins, e.Login)
	}
	if !slices.Equal(logins, []string{"tess", "tess", "tess", "nobody"}) {
		t.Errorf("recorded: %v", logins)
	}
	if failed, _ := s.failures(); len(failed) != 0 {
		t.Error("the failures are still waiting")
	}
}

func TestNoWaitIsLongerThanAMinute(t *testing.T) {
	for failures, want := range map[int]time.Duration{0: 0, 2: 0, 3: time.Second, 4: 2 * time.Second, 8: 32 * time.Second, 9: time.Minute, 900: time.Minute} {
		if got := waitAfter(failures); got != want {
			t.Errorf("after %d: %s, want %s", failures, got, want)
		}
	}
}

// acts are the audit entries of one act.
func acts(t *testing.T, s *Store, act Act) (out []Entry) {
	t.Helper()
	entries, err := s.Audit()
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if e.Act == act {
			out = append(out, e)
		}
	}
	return out
}

func TestUsersComeAndGoWithoutRewritingRecords(t *testing.T) {
	dir := t.TempDir()
	s, _ := newKeptStore(t, dir)
	p := newPatient(t, s, "Ana", "García")
	record := func() (out []byte) {
		raw(t, s, func(e engine.Tx) error {
			v, err := e.Get(bucketPatients, p.ID)
			out = bytes.Clone(v)
			return err
		})
		return out
	}
	before := record()
	bo, err := s.AddUser(clinic.User{Login: "bo", Name: "Bo Lind", Credential: "MA"}, []byte("bo's own passphrase"))
	if err != nil || bo.MaySign() {
		t.Fatal(err)
	}
	if _, err := s.AddUser(clinic.User{Login: "Bo", Name: "Another"}, []byte("some passphrase")); !errors.Is(err, ErrLoginTaken) {
		t.Errorf("%v", err)
	}
	if _, err := s.AddUser(clinic.User{Login: "c", Name: "C"}, []byte("short")); !errors.Is(err, clinic.ErrShort) {
		t.Errorf("%v", err)
	}
	s.Lock()
	if err := s.Unlock("bo", []byte("bo's own passphrase")); err != nil {
		t.Fatal(err)
	}
	for what, err := range map[string]error{
		"add": func() error {
			_, err := s.AddUser(clinic.User{Login: "x", Name: "X"}, []byte("some passphrase"))
			return err
		}(), "remove": s.RemoveUser("tess"),
		"rotate": s.Rotate(), "delete": s.DeletePatient(p.ID),
	} {
		if !errors.Is(err, ErrNotAllowed) {
			t.Errorf("staff may %s: %v", what, err)
		}
	}
	if err := s.ChangePassphrase([]byte("wrong one"), []byte("bo's new passphrase")); !errors.Is(err, ErrPassphrase) {
		t.Errorf("%v", err)
	}
	if err := s.ChangePassphrase([]byte("bo's own passphrase"), []byte("bo's new passphrase")); err != nil {
		t.Fatal(err)
	}
	s.Lock()
	if err := s.Unlock("bo", []byte("bo's own passphrase")); !errors.Is(err, ErrPassphrase) {
		t.Error("the earlier passphrase still opens")
	}
	if err := s.Unlock("tess", []byte(testPassphrase)); err != nil {
		t.Fatal(err)
	}
	if err := s.RemoveUser("tess"); !errors.Is(err, ErrLastAdmin) {
		t.Errorf("%v", err)
	}
	if err := s.RemoveUser("bo"); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(before, record()) {
		t.Error("a record was rewritten")
	}
	s.Lock()
	if err := s.Unlock("bo", []byte("bo's new passphrase")); !errors.Is(err, ErrPassphrase) {
		t.Error("a removed user still gets in")
	}
	if err := s.Unlock("tess", []byte(testPassphrase)); err != nil {
		t.Fatal(err)
	}
	users, err := s.Users()
	if err != nil || len(users) != 2 || !users[0].Removed || users[0].Name != "Bo Lind" {
		t.Errorf("%+v, %v", users, err)
	}
}

func TestTheRecoveryKeyGivesAnAdministratorANewPassphrase(t *testing.T) {
	dir := t.TempDir()
	s, key := newKeptStore(t, dir)
	newPatient(t, s, "Ana", "García")
	_, err := s.AddUser(clinic.User{Login: "bo", Name: "Bo"}, []byte("bo's own passphrase"))
	if err != nil {
		t.Fatal(err)
	}
	s.Lock()
	_, other := newKeptStore(t, t.TempDir())
	last := "Q"
	if strings.HasSuffix(key, last) {
		last = "P"
	}
	for _, wrong := range []string{other, "", key[:len(key)-1], key[:len(key)-1] + last} {
		s.now = func() time.Time { return time.Now().Add(time.Hour) } // past any wait
		if err := s.Recover([]byte(wrong), "tess", []byte("a new passphrase")); !errors.Is(err, ErrRecovery) {
			t.Errorf("%q: %v", wrong, err)
		}
		raw(t, s, func(e engine.Tx) error { return e.Delete(bucketMeta, keyFailures) })
	}
	if err := s.Recover([]byte(key), "bo", []byte("a new passphrase")); !errors.Is(err, ErrNotAllowed) || !s.Locked() {
		t.Errorf("staff: %v", err)
	}
	typed := strings.ToLower(key[:20]) + " \n " + strings.ToLower(key[20:])
	if err := s.Recover([]byte(typed), "tess", []byte("a new passphrase")); err != nil {
		t.Fatal(err)
	}
	s.Lock()
	if err := s.Unlock("tess", []byte("a new passphrase")); err != nil {
		t.Fatal(err)
	}
	if len(acts(t, s, ActRecovered)) != 1 {
		t.Error("it is not in the audit trail")
	}
}

func TestRotatingSealsEverythingAnew(t *testing.T) {
	dir := t.TempDir()
	s, key := newKeptStore(t, dir)
	p := newPatient(t, s, "Ana", "García")
	got := mustImport(t, s, p.ID, file("a"), cgmtest.Wear(1, 5))
	before := everything(t, s)
	slot, opened, err := s.keyring().Open("tess", []byte(testPassphrase))
	if err != nil {
		t.Fatal(err)
	}
	old, err := opened.Key(slot.Data)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Rotate(); err != nil {
		t.Fatal(err)
	}
	after := strings.Split(everything(t, s), "\n")
	for _, line := range strings.Split(before, "\n") {
		if line != "" && !strings.HasPrefix(line, "meta failures") && slices.Contains(after, line) {
			t.Errorf("kept as it was: %.60s", line)
		}
	}
	raw(t, s, func(e engine.Tx) error {
		v, _ := e.Get(bucketPatients, p.ID)
		if _, err := old.Open(bucketPatients, p.ID, v); !errors.Is(err, ErrDamaged) {
			t.Error("the earlier key still opens")
		}
		return nil
	})
	_ = s.Close()
	s = unlocked(t, dir)
	if _, err := s.Wear(got.WearID); err != nil {
		t.Error(err)
	}
	if n, faults := s.Verify(); len(faults) > 0 || n == 0 {
		t.Error(faults)
	}
	s.Lock()
	if err := s.Recover([]byte(key), "tess", []byte("a new passphrase")); err != nil {
		t.Errorf("the recovery key: %v", err)
	}
}

func TestAnotherRecoveryKeyInTheHeaderIsNoticed(t *testing.T) {
	dir := t.TempDir()
	s, _ := newKeptStore(t, dir)
	s.Lock()
	raw(t, s, func(e engine.Tx) error {
		h := s.header
		_, recipient, err := seal.NewRecovery()
		if err != nil {
			return err
		}
		h.Recovery.Recipient = recipient // backups would be written for it
		text, _ := json.Marshal(h)
		return e.Put(bucketMeta, keyHeader, text)
	})
	_ = s.Close()
	s, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := s.Unlock("tess", []byte(testPassphrase)); !errors.Is(err, ErrHeader) || !s.Locked() {
		t.Errorf("%v", err)
	}
}

func TestTheAuditTrailShowsWhatWasDoneToIt(t *testing.T) {
	s := newStore(t)
	for range 5 {
		newPatient(t, s, "Ana", "García")
	}
	get := func(seq uint64) (out []byte) {
		raw(t, s, func(e engine.Tx) error {
			v, err := e.Get(bucketAudit, auditKey(seq))
			out = bytes.Clone(v)
			return err
		})
		return out
	}
	set := func(seq uint64, v []byte) {
		raw(t, s, func(e engine.Tx) error {
			if v == nil {
				return e.Delete(bucketAudit, auditKey(seq))
			}
			return e.Put(bucketAudit, auditKey(seq), v)
		})
	}
	forged := func(seq uint64) []byte { // by somebody who has the data key
		text := toJSON(act{Entry: Entry{Seq: seq, Login: "nobody", Act: ActViewed}})
		return s.key.Seal(bucketAudit, auditKey(seq), append(seal.NewAuthor().Sign("tracedesk act", text), text...))
	}
	if entries, err := s.Audit(); err != nil || len(entries) != 6 || entries[5].Act != ActAdded || entries[5].Login != "tess" || entries[5].Kind != KindPatient {
		t.Fatalf("%+v, %v", entries, err)
	}
	for _, c := range []struct {
		what string
		do   func()
		want string
	}{
		{"changed", func() { v := get(3); v[40] ^= 1; set(3, v) }, "audit entry 3 is changed"},
		{"removed", func() { set(3, nil) }, "audit entry 3 is missing"},
		{"first removed", func() { set(1, nil) }, "audit entry 1 is missing"},
		{"last removed", func() { set(6, nil) }, "audit entry 6 is missing"},
		{"reordered", func() { a, b := get(3), get(4); set(3, b); set(4, a) }, "audit entry 3 is changed"},
		{"forged", func() { set(3, forged(3)) }, "audit entry 4 does not follow"},
		{"last forged", func() { set(6, forged(6)) }, "does not end as it was left"},
		{"added", func() { set(7, forged(7)) }, "does not end as it was left"},
	} {
		var before [8][]byte
		for i := range before {
			before[i] = get(uint64(i))
		}
		c.do()
		_, faults := s.Verify()
		if text := errors.Join(faults...); text == nil || !strings.Contains(text.Error(), c.want) {
			t.Errorf("%s: %v", c.what, text)
		}
		for i := 1; i < len(before); i++ {
			set(uint64(i), before[i])
		}
		if _, faults := s.Verify(); len(faults) > 0 {
			t.Fatalf("after %s: %v", c.what, faults)
		}
	}
}

func TestAClockSetBackIsFlagged(t *testing.T) {
	s := newStore(t)
	s.now = func() time.Time { return time.Now().Add(-48 * time.Hour) }
	newPatient(t, s, "Ana", "García")
	newPatient(t, s, "Bo", "Lind")
	entries, err := s.Audit()
	if err != nil || entries[0].ClockBack || !entries[1].ClockBack || entries[2].ClockBack {
		t.Errorf("%+v, %v", entries, err)
	}
}

func TestADeletedPatientIsGoneFromTheFile(t *testing.T) {
	dir := t.TempDir()
	s, _ := newKeptStore(t, dir)
	ana, bo := newPatient(t, s, "Ana", "García"), newPatient(t, s, "Bo", "Lind")
	r, q := cgmtest.Wear(2, 5), cgmtest.Wear(2, 6)
	q.TransmitterID = "8OTHER"
	got := mustImport(t, s, ana.ID, file("a"), r)
	kept := mustImport(t, s, bo.ID, file("b"), q)
	if err := s.SaveDocuments(Issued{clinic.Document{WearID: got.WearID, SHA256: clinic.HashOf([]byte("%PDF"))}, []byte("%PDF")}); err != nil {
		t.Fatal(err)
	}
	var sealed []byte
	raw(t, s, func(e engine.Tx) error {
		v, err := e.Get(bucketRecordings, got.RecordingID)
		sealed = bytes.Clone(v)
		return err
	})
	if err := s.DeletePatient(ana.ID); err != nil {
		t.Fatal(err)
	}
	if err := s.DeletePatient(ana.ID); !errors.Is(err, ErrNotAny) {
		t.Errorf("%v", err)
	}
	if whole := fileBytes(t, s.Path()); bytes.Contains(whole, sealed[100:200]) || bytes.Contains(whole, []byte(ana.ID)) {
		t.Error("what was deleted is still in the file")
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "*")); len(left) != 2 { // the store, and who has it open
		t.Errorf("left beside the store: %v", left)
	}
	if list := acts(t, s, ActDeleted); len(list) != 1 || list[0].ID != ana.ID || list[0].At.IsZero() {
		t.Errorf("%+v", list)
	}
	if _, err := s.Wear(kept.WearID); err != nil {
		t.Error(err)
	}
	if n, faults := s.Verify(); len(faults) > 0 || n == 0 {
		t.Error(faults)
	}
	if stats, _ := s.Stats(); stats.Patients != 1 || stats.Wears != 1 || stats.Documents != 0 {
		t.Errorf("%+v", stats)
	}
}
