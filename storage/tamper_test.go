package storage

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tracedesk/cgm"
	"tracedesk/cgm/cgmtest"
	"tracedesk/clinic"
	"tracedesk/clinic/billing"
	"tracedesk/clinic/steps"
	"tracedesk/clinic/stock"
	"tracedesk/storage/engine"
	"tracedesk/storage/engine/bolt"
	"tracedesk/storage/seal"
)

// tamperedStore holds something of every kind.
func tamperedStore(t *testing.T, dir string) *Store {
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
	_, err := s.AddUser(clinic.User{Login: "nora", Name: "Nora Nurse", Credential: "RN"}, []byte(noraPassphrase))
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
	profile := billing.StrictProfile()
	profile.ID, profile.Name = "", "Payer"
	_, err = s.SaveProfile(profile)
	must(err)
	_, err = s.SaveDevice(stock.Device{Kind: stock.ReaderDevice, Serial: "R1"})
	must(err)
	must(s.SaveFee(billing.Fee{Payer: "Payer", Code: "95250", Year: 2026, Cents: 100}))
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
	must(s.SaveFee(billing.Fee{Payer: "Payer", Code: "95251", Year: 2026, Cents: 100}))
	must(s.PlanBackups("/elsewhere", 3))
	must(s.ChangePassphrase([]byte(testPassphrase), []byte(testPassphrase+"!")))
	must(s.ChangePassphrase([]byte(testPassphrase+"!"), []byte(testPassphrase)))
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
	err = s.Unlock("tess", []byte(testPassphrase))
	if errors.Is(err, ErrPassphrase) { // not hers any more: does the nurse see it?
		err = errors.Join(err, s.Unlock("nora", []byte(noraPassphrase)))
	}
	if err != nil {
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
	s := tamperedStore(t, dir)
	path := s.Path()
	_ = s.Close()
	older := rawValues(t, path)
	s = unlocked(t, dir)
	change(t, s)
	_ = s.Close()
	whole := fileBytes(t, path)
	now := rawValues(t, path)
	otherDir := t.TempDir()
	other := tamperedStore(t, otherDir)
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
	case bucket == bucketMeta && key == keyHeader && !strings.Contains(said, "meta headerx"):
		return strings.Contains(said, ErrHeader.Error()) || strings.Contains(said, ErrNotStore.Error()) || strings.Contains(said, ErrAuthority.Error())
	case bucket == bucketMeta && key == keyState:
		return strings.Contains(said, "meta state") || strings.Contains(said, "audit")
	}
	return strings.Contains(said, bucket+" "+key)
}

// asNora gives a transaction of the nurse's, with everything that her passphrase
// opens, and none of the program's rules: an act that she signs is kept, whatever it
// writes.
func asNora(t *testing.T, dir string, act Act, f func(*tx) error) {
	t.Helper()
	s, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := s.Unlock("nora", []byte(noraPassphrase)); err != nil {
		t.Fatal(err)
	}
	if err := s.update(Entry{Act: act, Kind: KindUser}, f); err != nil {
		t.Fatal(err)
	}
}

// force keeps a record that the rules refuse, signed by the nurse.
func (t *tx) force(r record) error {
	r.Seq, r.At, r.Previous, r.By = t.authority.count+1, t.now.UTC().Truncate(time.Second), t.authority.head, t.user.ID
	text := toJSON(r)
	stored := append(t.author.Sign(purposeOf("record", t.authority.store), text), text...)
	return t.put(bucketAuthority, recordKey(r.Seq), stored)
}

// userID is that of a login.
func (t *tx) userID(login string) string {
	for id, m := range t.authority.members {
		if m.User.Login == login {
			return id
		}
	}
	return ""
}

// forgery is what the nurse does, and what is said of it.
type forgery struct {
	act  Act
	do   func(*tx) error
	want string
}

// takenRights are what she has no right to.
var takenRights = map[string]forgery{
	"makes herself administrator": {ActChanged, func(t *tx) error {
		u := t.user
		u.Administrator = true
		return t.force(record{What: "user", User: &u})
	}, "only an administrator may do this"},
	"makes herself administrator in the administrator's name": {ActChanged, func(t *tx) error {
		u := t.user
		u.Administrator = true
		t.user.ID = t.userID("tess")
		defer func() { t.user.ID = u.ID }()
		return t.force(record{What: "user", User: &u})
	}, "is not signed by who it says"},
	"puts her passphrase on the doctor's slot": {ActPassphrase, func(t *tx) error {
		slot, err := seal.NewSlot(t.userID("tess"), "tess", []byte(noraPassphrase), testSetup().Cost, t.authority.founding)
		if err != nil {
			return err
		}
		if err := slot.Hold(t.key, t.author); err != nil {
			return err
		}
		return t.put(bucketSlots, slot.UserID, toJSON(slot))
	}, ErrHeader.Error()},
	"puts her passphrase on the doctor's slot, with a record": {ActPassphrase, func(t *tx) error {
		slot, err := seal.NewSlot(t.userID("tess"), "tess", []byte(noraPassphrase), testSetup().Cost, t.authority.founding)
		if err != nil {
			return err
		}
		text := toJSON(slot)
		r := record{What: "passphrase", Of: slot.UserID, Key: t.author.Public(), Slots: map[string]string{slot.UserID: hashOf(text)}}
		return errors.Join(t.put(bucketSlots, slot.UserID, text), t.force(r))
	}, "only an administrator may do this"},
	"issues herself the doctor's certificate": {ActCertified, func(t *tx) error {
		root, err := seal.NewRoot("Small Practice", t.authority.store, t.now)
		if err != nil {
			return err
		}
		slot, _ := t.slot(t.user.ID)
		signer, err := seal.NewSigner(slot, root, "Tess Adams, MD", "Small Practice", t.now)
		if err != nil {
			return err
		}
		return t.force(record{What: "certificate", Of: t.userID("tess"), Certificate: signer.Certificate})
	}, "only an administrator may do this"},
}

// forgedRecords are what was never so.
var forgedRecords = map[string]forgery{
	"signs in the doctor's name": {Act(steps.Signed), func(t *tx) error {
		return t.plantSignature(func(g *clinic.Signature) {})
	}, "is not signed with the key of its certificate"},
	"signs with a certificate of her own": {Act(steps.Signed), func(t *tx) error {
		return t.plantSignature(func(g *clinic.Signature) { g.Certificate = hashOf([]byte("mine")) })
	}, "a certificate that the practice did not issue to that person"},
	"changes a step": {ActChanged, func(t *tx) error {
		return t.firstStep(func(key string, value []byte) error {
			return t.put(bucketSteps, key, bytes.Replace(value, []byte(`"reason":""`), nil, 1))
		})
	}, "had no right to write steps"},
	"deletes a step": {ActDeleted, func(t *tx) error {
		return t.firstStep(func(key string, _ []byte) error { return t.delete(bucketSteps, key) })
	}, "had no right to write steps"},
	"deletes the patient": {ActDeleted, func(t *tx) error {
		for id := range t.index.patients {
			return t.delete(bucketPatients, id)
		}
		return nil
	}, "had no right to write patients"},
	"sends the backups elsewhere": {ActChanged, func(t *tx) error {
		return t.putJSON(bucketMeta, keyBackups, plannedBackups{Folder: "/mine"})
	}, "had no right to write meta backups"},
	"acts in the doctor's name": {ActPrinted, func(t *tx) error {
		t.user.ID, t.user.Login = t.userID("tess"), "tess"
		return nil
	}, "is not signed by who it says"},
	"changes a value and tells nobody": {ActPrinted, func(t *tx) error {
		for id := range t.index.patients {
			return t.e.Put(bucketPatients, id, t.key.Seal(bucketPatients, id, []byte(`{"id":"`+id+`"}`)))
		}
		return nil
	}, "is not what audit entry"},
	"changes a value with its manifest and leaves it out of the act": {ActPrinted, func(t *tx) error {
		for id := range t.index.patients {
			err := t.put(bucketPatients, id, []byte(`{"id":"`+id+`"}`))
			t.writes = nil
			return err
		}
		return nil
	}, "is not what audit entry"},
}

// TestANurseWithToolsIsNoticed lets somebody do what their passphrase and a program
// of their own can do to the file.
func TestANurseWithToolsIsNoticed(t *testing.T) {
	for _, all := range []map[string]forgery{takenRights, forgedRecords} {
		for what, c := range all {
			t.Run(what, func(t *testing.T) { tryForgery(t, c) })
		}
	}
}

func tryForgery(t *testing.T, c forgery) {
	t.Helper()
	dir := t.TempDir()
	_ = tamperedStore(t, dir).Close()
	asNora(t, dir, c.act, c.do)
	if said := noticed(t, dir); !strings.Contains(said, c.want) {
		t.Errorf("it says: %q", said)
	}
	s, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := s.Unlock("tess", []byte(noraPassphrase)); err == nil {
		t.Error("the nurse is in as the doctor")
	}
}

func (t *tx) firstStep(f func(key string, value []byte) error) error {
	var key string
	var value []byte
	for id := range t.index.wears {
		err := t.each(bucketSteps, id+"/", func(k string, v []byte) error {
			if key == "" {
				key, value = k, bytes.Clone(v)
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return f(key, value)
}

// plantSignature adds a signed step in the doctor's name: with her certificate, but
// without her key.
func (t *tx) plantSignature(change func(*clinic.Signature)) error {
	for id := range t.index.wears {
		past, err := t.history(id)
		if err != nil {
			return err
		}
		r := past[len(past)-1]
		g := *r.Signature
		g.Reason = "planted"
		change(&g)
		g.Seal()
		r.Signature, r.Seq = &g, len(past)+1
		return t.putJSON(bucketSteps, stepKey(id, r.Seq), r)
	}
	return nil
}

// TestASignatureThatIsNotThePracticesIsNoticedWhenItsWearIsOpened is the same, as the
// clinician sees it.
func TestASignatureThatIsNotThePracticesIsNoticedWhenItsWearIsOpened(t *testing.T) {
	dir := t.TempDir()
	_ = tamperedStore(t, dir).Close()
	asNora(t, dir, Act(steps.Signed), func(t *tx) error { return t.plantSignature(func(*clinic.Signature) {}) })
	s := unlocked(t, dir)
	wears, _ := s.Wears("")
	if _, err := s.Case(wears[0].Wear.ID); !errors.Is(err, errNotProved) {
		t.Errorf("%v", err)
	}
}

// TestAStoreForgedAroundAStolenSlotDoesNotOpen builds a whole store with keys of the
// attacker's, and puts the doctor's own slot into it: her passphrase must not open it.
func TestAStoreForgedAroundAStolenSlotDoesNotOpen(t *testing.T) {
	dir, other := t.TempDir(), t.TempDir()
	s := tamperedStore(t, dir)
	slot, _ := s.keyring().Slot("tess")
	_ = s.Close()
	setup := testSetup()
	setup.Administrator.Login = "mallory"
	forged, _, err := Create(other, setup)
	if err != nil {
		t.Fatal(err)
	}
	err = forged.update(Entry{Act: ActAdded}, func(t *tx) error {
		author := seal.NewAuthor()
		if err := slot.Hold(t.key, author); err != nil { // her recipient is for all to see
			return err
		}
		tess := t.user
		tess.ID, tess.Login = slot.UserID, slot.Login
		return t.keepKeys(record{What: "user", User: &tess, Of: tess.ID, Key: author.Public()}, nil, slot)
	})
	if err := errors.Join(err, forged.Close()); err != nil {
		t.Fatal(err)
	}
	if said := noticed(t, other); !strings.Contains(said, "it is not the store that the passphrase is for") {
		t.Errorf("it says: %q", said)
	}
}

// TestAListThatLacksAValueIsAnError deletes what is shown in lists.
func TestAListThatLacksAValueIsAnError(t *testing.T) {
	for bucket, list := range map[string]func(*Store) error{
		bucketProfiles: func(s *Store) error { _, err := s.Profiles(); return err },
		bucketDevices:  func(s *Store) error { _, err := s.Devices(); return err },
		bucketTray:     func(s *Store) error { _, err := s.Tray(); return err },
		bucketServices: func(s *Store) error {
			patients, err := s.Patients()
			if err == nil {
				_, err = s.Services(patients[0].ID)
			}
			return err
		},
	} {
		dir := t.TempDir()
		s := tamperedStore(t, dir)
		if err := list(s); err != nil {
			t.Fatal(err)
		}
		_ = s.Close()
		tampered(t, s.Path(), func(e engine.Tx) error { return deleteAll(e, bucket, "") })
		if err := list(unlocked(t, dir)); !errors.Is(err, ErrDamaged) {
			t.Errorf("%s: %v", bucket, err)
		}
	}
}

// TestARecipientInTheHeaderIsNobodyElses puts another recovery recipient and another
// slot there, as somebody without a passphrase can.
func TestARecipientInTheHeaderIsNobodyElses(t *testing.T) {
	for what, change := range map[string]func(e engine.Tx) error{
		"the recovery key's": func(e engine.Tx) error {
			var h header
			stored, _ := e.Get(bucketMeta, keyHeader)
			if err := json.Unmarshal(stored, &h); err != nil {
				return err
			}
			_, recipient, err := seal.NewRecovery()
			h.Recovery.Recipient = recipient
			return errors.Join(err, e.Put(bucketMeta, keyHeader, toJSON(h)))
		},
		"a user's": func(e engine.Tx) error {
			return changeSlot(e, func(s *seal.Slot) { _, s.Recipient, _ = seal.NewRecovery() })
		},
		"one more": func(e engine.Tx) error {
			slot, err := seal.NewSlot("another", "another", []byte("whatever it may be"), testSetup().Cost, "")
			return errors.Join(err, e.Put(bucketSlots, "another", toJSON(slot)))
		},
		"a cheaper cost": func(e engine.Tx) error { return changeSlot(e, func(s *seal.Slot) { s.Cost.Threads = 0 }) },
		"a cost that takes all memory": func(e engine.Tx) error {
			return changeSlot(e, func(s *seal.Slot) { s.Cost = seal.Cost{Passes: 11, MemoryKiB: 8 << 20, Threads: 4} })
		},
	} {
		t.Run(what, func(t *testing.T) {
			dir := t.TempDir()
			s := tamperedStore(t, dir)
			_ = s.Close()
			tampered(t, s.Path(), change)
			for login, passphrase := range map[string]string{"tess": testPassphrase, "nora": noraPassphrase} {
				s, err := Open(dir)
				if err != nil {
					t.Fatal(err)
				}
				if err := s.Unlock(login, []byte(passphrase)); err == nil {
					t.Errorf("it opens for %s", login)
				}
				_ = s.Close()
			}
		})
	}
}

// changeSlot changes every slot.
func changeSlot(e engine.Tx, change func(*seal.Slot)) error {
	all := map[string][]byte{}
	err := e.Scan(bucketSlots, "", func(key string, stored []byte) error {
		var slot seal.Slot
		err := json.Unmarshal(stored, &slot)
		change(&slot)
		all[key] = toJSON(slot)
		return err
	})
	for key, v := range all {
		err = errors.Join(err, e.Put(bucketSlots, key, v))
	}
	return err
}

// TestAStorePutBackToAnEarlierStateIsNoticed needs the mark outside the file.
func TestAStorePutBackToAnEarlierStateIsNoticed(t *testing.T) {
	dir := t.TempDir()
	anchor := FileAnchor{Folder: filepath.Join(t.TempDir(), "anchors")}
	open := func() *Store {
		t.Helper()
		s, err := Open(dir)
		if err != nil {
			t.Fatal(err)
		}
		s.UseAnchor(anchor)
		return s
	}
	s := tamperedStore(t, dir)
	_ = s.Close()
	earlier := fileBytes(t, s.Path())
	s = open()
	if err := s.Unlock("tess", []byte(testPassphrase)); err != nil {
		t.Fatal(err)
	}
	newPatient(t, s, "Bo", "Lind")
	code, err := s.Code()
	if err != nil {
		t.Fatal(err)
	}
	if holds, err := s.CheckCode(code); err != nil || !holds {
		t.Errorf("%s: %v, %v", code, holds, err)
	}
	_ = s.Close()
	s = open() // as it was left
	if err := s.Unlock("tess", []byte(testPassphrase)); err != nil {
		t.Fatal(err)
	}
	_ = s.Close()
	if err := os.WriteFile(s.Path(), earlier, 0o600); err != nil {
		t.Fatal(err)
	}
	s = open()
	var older *OlderError
	if err := s.Unlock("tess", []byte(testPassphrase)); !errors.As(err, &older) || older.Other || older.Seen.Count <= older.Now.Count || !s.Locked() {
		t.Fatalf("%v", err)
	}
	s.AcceptOlder()
	if err := s.Unlock("tess", []byte(testPassphrase)); err != nil {
		t.Fatal(err)
	}
	if len(acts(t, s, ActOlder)) != 1 {
		t.Error("it is not in the trail")
	}
	if holds, err := s.CheckCode(code); err != nil || holds {
		t.Errorf("the document's code still holds: %v", err)
	}
	_ = s.Close()
	s = open() // accepted once
	if err := s.Unlock("tess", []byte(testPassphrase)); err != nil {
		t.Fatal(err)
	}
	_ = s.Close()
	_ = os.Remove(s.Path())
	_ = tamperedStore(t, dir).Close()
	s = open()
	defer s.Close()
	if err := s.Unlock("tess", []byte(testPassphrase)); !errors.As(err, &older) || !older.Other {
		t.Errorf("another store: %v", err)
	}
}

// TestWhatStandsUnsealedIsNotBelieved plants what anybody can plant who can write the
// file.
func TestWhatStandsUnsealedIsNotBelieved(t *testing.T) {
	many := strings.TrimSuffix(strings.Repeat(`{"login":"tess","at":"2026-05-14T16:00:00Z"},`, 5000), ",")
	now := time.Date(2026, 5, 14, 16, 0, 0, 0, time.UTC)
	for what, c := range map[string]struct{ key, value string }{
		"a year that has no JSON":     {keyFailures, `[{"login":"tess","at":"9999-12-31T23:59:59-23:00"}]`},
		"a year before all":           {keyFailures, `[{"login":"tess","at":"0000-01-01T00:00:00+23:00"}]`},
		"a name without end":          {keyFailures, `[{"login":"` + strings.Repeat("x", 100000) + `","at":"2026-05-14T15:00:00Z"}]`},
		"no list":                     {keyFailures, `{"a":1}`},
		"a list without end":          {keyFailures, "[" + strings.Repeat(many+",", 10) + many + "]"},
		"lock-out":                    {keyFailures, "[" + many + "]"},
		"a backup that never was":     {keyOutcome, `{"at":"2026-05-14T15:00:00Z","path":"/planted"}`},
		"a backup at the end of time": {keyOutcome, `{"at":"9999-12-31T23:59:59-23:00","path":"/planted"}`},
		"a failure that never was":    {keyOutcome, `{"at":"0000-01-01T00:00:00+23:00","failure":"planted"}`},
		"no outcome":                  {keyOutcome, `[`},
	} {
		t.Run(what, func(t *testing.T) {
			dir := t.TempDir()
			s := tamperedStore(t, dir)
			_ = s.Close()
			tampered(t, s.Path(), func(e engine.Tx) error { return e.Put(bucketMeta, c.key, []byte(c.value)) })
			s, err := Open(dir)
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			atTime(s, now)
			var wait *WaitError
			if err := s.Unlock("tess", []byte(testPassphrase)); errors.As(err, &wait) {
				if wait.Until.Sub(now) > time.Minute {
					t.Errorf("locked out until %s", wait.Until)
				}
				atTime(s, now.Add(time.Minute))
				err = s.Unlock("tess", []byte(testPassphrase))
				if err != nil {
					t.Fatal(err)
				}
			} else if err != nil {
				t.Fatal(err)
			}
			for _, e := range append(acts(t, s, ActUnlockFailed), append(acts(t, s, ActBackedUp), acts(t, s, ActBackupFailed)...)...) {
				if !e.Unproven || len(e.Login) > 100 || e.At.After(now.Add(time.Hour)) {
					t.Errorf("%+v", e)
				}
			}
			if plan, err := s.BackupPlan(); err != nil || plan.LastPath == "/planted" && !plan.Unproven || plan.Failure != "" && !plan.Unproven {
				t.Errorf("%+v, %v", plan, err)
			}
			if _, faults := s.Verify(); len(faults) > 0 {
				t.Error(faults)
			}
		})
	}
}

// TestStaffMayNotWeakenWhatProtectsThePractice
func TestStaffMayNotWeakenWhatProtectsThePractice(t *testing.T) {
	dir := t.TempDir()
	s := tamperedStore(t, dir)
	settings, err := s.Settings()
	if err != nil {
		t.Fatal(err)
	}
	settings.LockMinutes = 10
	if err := s.SaveSettings(settings); err != nil {
		t.Fatal(err)
	}
	s.Lock()
	if err := s.Unlock("nora", []byte(noraPassphrase)); err != nil {
		t.Fatal(err)
	}
	for minutes, want := range map[int]error{5: nil, 10: nil, 11: ErrLockLimit, 600: ErrLockLimit} {
		settings.LockMinutes = minutes
		if err := s.SaveSettings(settings); !errors.Is(err, want) {
			t.Errorf("%d minutes: %v", minutes, err)
		}
	}
	for what, f := range map[string]func() error{
		"plan backups": func() error { return s.PlanBackups("/mine", 0) },
		"certify":      func() error { _, err := s.Certify("tess", ""); return err },
		"revoke":       func() error { return s.Revoke("tess", "x") },
	} {
		if err := f(); !errors.Is(err, ErrNotAllowed) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// TestAnOldSlotIsOverwritten looks for the bytes of a slot in the whole file.
func TestAnOldSlotIsOverwritten(t *testing.T) {
	dir := t.TempDir()
	s := tamperedStore(t, dir)
	tess, _ := s.keyring().Slot("tess")
	nora, _ := s.keyring().Slot("nora")
	for _, slot := range []seal.Slot{tess, nora} {
		if !bytes.Contains(fileBytes(t, s.Path()), []byte(slot.Recipient)) {
			t.Fatal("a slot is not to be found")
		}
	}
	if err := s.ChangePassphrase([]byte(testPassphrase), []byte("another fine passphrase")); err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(fileBytes(t, s.Path()), []byte(tess.Recipient)) {
		t.Error("the old passphrase's slot is still in the file")
	}
	raw(t, s, func(e engine.Tx) error {
		if v, err := e.Get(bucketMeta, keyCompact); err != nil || v != nil {
			t.Error("the file is to be written anew once more")
		}
		return nil
	})
	if err := s.RemoveUser("nora"); err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(fileBytes(t, s.Path()), []byte(nora.Recipient)) {
		t.Error("the removed user's slot is still in the file")
	}
	if _, faults := s.Verify(); len(faults) > 0 {
		t.Error(faults)
	}
}
