package storage

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"tracedesk/clinic"
	"tracedesk/storage/engine"
	"tracedesk/storage/seal"
)

// headerV2 is the header of format 2: the slots stand in it, and one age file
// holds the data key for all.
type headerV2 struct {
	Version int            `json:"version"`
	Store   string         `json:"store"`
	Keys    seal.KeyringV2 `json:"keys"`
}

func (s *Store) readHeaderV2(stored []byte) error {
	s.before = &headerV2{}
	if err := json.Unmarshal(stored, s.before); err != nil {
		return fmt.Errorf("%w: its header cannot be read", ErrNotStore)
	}
	s.slots = s.before.Keys.Slots
	s.header.Recovery = seal.Recovery{Recipient: s.before.Keys.Recovery}
	return nil
}

// BackupNameV2 is the backup of the store of format 2 that converting leaves
// beside it. It opens with every passphrase of then, and with the recovery key.
const BackupNameV2 = "tracedesk-before-format-3.tdbackup.age"

// convert makes a store of format 3 of one of format 2, in one transaction, for the
// administrator who unlocks it first: from now on all rights come from them.
func (s *Store) convert(in entrance) (err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	key, err := in.opened.Key(s.before.Keys.Data)
	if err != nil {
		return err
	}
	defer key.Destroy()
	var users []clinic.User
	err = s.engine.View(func(e engine.Tx) error {
		users, err = s.usersV2(e, key)
		return err
	})
	if err != nil {
		return err
	}
	var admin clinic.User
	for _, u := range users {
		if u.ID == in.userID {
			admin = u
		}
	}
	if !admin.Administrator || admin.Removed {
		return ErrUpgrade
	}
	if err := s.keepV2(); err != nil {
		return err
	}
	var t *tx
	err = s.engine.Update(func(e engine.Tx) error {
		t = &tx{
			e: e, key: key, user: admin, now: s.now(), author: seal.NewAuthor(), authority: newAuthority(s.before.Store),
			tree: newTree(), pages: map[string]*sheet{}, slots: s.before.Keys.Slots,
			header: header{Version: FormatVersion, Store: s.before.Store, Recovery: s.header.Recovery},
		}
		return t.convert(users)
	})
	if err != nil {
		return fmt.Errorf("converting the store to format 3: %w", err)
	}
	t.author.Destroy()
	t.root.Destroy()
	s.header, s.slots, s.before = t.header, t.slots, nil
	return nil
}

// usersV2 checks the header of format 2 as that format did, and reads the users.
func (s *Store) usersV2(e engine.Tx, key *seal.Key) (users []clinic.User, err error) {
	open := func(bucket, k string, into any) error {
		stored, err := e.Get(bucket, k)
		if err != nil {
			return err
		}
		value, err := key.Open(bucket, k, stored)
		if err != nil {
			return err
		}
		return fromJSON(bucket, k, value, into)
	}
	var st state
	if err := open(bucketMeta, keyState, &st); err != nil {
		return nil, err
	}
	stored, err := e.Get(bucketMeta, keyHeader)
	if err != nil {
		return nil, err
	}
	if hashOf(stored) != st.Header {
		return nil, ErrHeader
	}
	return users, e.Scan(bucketUsers, "", func(id string, _ []byte) error {
		var u clinic.User
		if err := open(bucketUsers, id, &u); err != nil {
			return err
		}
		users = append(users, u)
		return nil
	})
}

// keepV2 backs the store of format 2 up beside it.
func (s *Store) keepV2() error {
	dir := filepath.Dir(s.path)
	f, err := os.CreateTemp(dir, ".tracedesk-before-*")
	if err != nil {
		return fmt.Errorf("keeping the store as it was: %w", err)
	}
	err = s.writeBackupOf(f, s.header.Store, &seal.Keyring{Slots: s.slots, Recovery: s.header.Recovery}, 1)
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), filepath.Join(dir, BackupNameV2))
	}
	if err != nil {
		_ = os.Remove(f.Name())
		return fmt.Errorf("keeping the store as it was: %w", err)
	}
	return syncFolder(dir)
}

// convert founds the store anew around the values that it holds: the
// administrator's records vouch for the users, their certificates and all values
// as they are now.
func (t *tx) convert(users []clinic.User) (err error) {
	if err := t.adopt(); err != nil {
		return err
	}
	settings := clinic.DefaultSettings()
	if err := t.getJSON(bucketMeta, keySettings, &settings); err != nil && !errors.Is(err, ErrNotAny) {
		return err
	}
	if t.root, err = seal.NewRoot(settings.Practice, t.authority.store, t.now); err != nil {
		return err
	}
	if err := t.begin(settings.LockAfter(), true); err != nil {
		return err
	}
	slots := t.slots
	for i := range slots {
		author := t.author
		if slots[i].UserID != t.user.ID {
			author = seal.NewAuthor()
			if err := t.enrol(record{What: "key", Of: slots[i].UserID, Key: author.Public()}); err != nil {
				return err
			}
		}
		if err := slots[i].Hold(t.key, author); err != nil {
			return err
		}
	}
	for _, u := range users {
		if u.ID == t.user.ID {
			continue
		}
		if err := t.enrol(record{What: "user", User: &u}); err != nil {
			return err
		}
	}
	if err := t.keepKeys(record{What: "keys"}, &t.header, slots...); err != nil {
		return err
	}
	if err := t.convertSigners(users); err != nil {
		return err
	}
	if err := errors.Join(t.shareRoot(), t.splitBackups(), t.putJSON(bucketMeta, keyCompact, true)); err != nil {
		return err
	}
	entry := Entry{Act: ActConverted, Kind: kindStore, ID: t.authority.store}
	_, err = t.finish(&entry)
	return err
}

// adopt enters every value of format 2 into the manifests, each under its owner.
func (t *tx) adopt() error {
	var users []string
	err := t.e.Scan(bucketUsers, "", func(id string, _ []byte) error { users = append(users, id); return nil })
	for _, id := range users { // they stand in the records now
		err = errors.Join(err, t.e.Delete(bucketUsers, id))
	}
	if err != nil {
		return err
	}
	owners := map[string]string{}
	names, err := t.e.Buckets()
	if err != nil {
		return err
	}
	// Wears and documents stand before recordings and files only in this list.
	for _, bucket := range append([]string{bucketWears, bucketDocuments}, names...) {
		err := t.e.Scan(bucket, "", func(key string, stored []byte) error {
			if !committed(bucket, key) || bucket == bucketMeta && key == keyHeader {
				return nil
			}
			value, err := t.open(bucket, key, stored)
			if err != nil {
				return err
			}
			return t.adoptOne(owners, bucket, key, value)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (t *tx) adoptOne(owners map[string]string, bucket, key string, value []byte) error {
	owner := ownerOf(bucket, key)
	if p := t.pages[owner]; p != nil {
		if _, there := p.manifest[nameOf(bucket, key)]; there {
			return nil
		}
	}
	switch bucket {
	case bucketWears:
		var w WearSummary
		if err := fromJSON(bucket, key, value, &w); err != nil {
			return err
		}
		owners[nameOf(bucketRecordings, w.Wear.RecordingID)] = wearOwner(w.Wear.ID)
	case bucketDocuments:
		wear, id, _ := strings.Cut(key, "/")
		owners[nameOf(bucketFiles, id)] = wearOwner(wear)
	case bucketRecordings, bucketFiles:
		if of := owners[nameOf(bucket, key)]; of != "" {
			owner = of
		}
	}
	return t.list(owner, bucket, key, value)
}

// convertSigners keeps the certificates of before as what they were, and issues new
// ones to the same keys.
func (t *tx) convertSigners(users []clinic.User) error {
	for _, u := range users {
		slot, there := t.slot(u.ID)
		if u.Removed || !there {
			continue
		}
		var signer seal.SealedSigner
		err := t.getJSON(bucketSigners, u.ID, &signer)
		if err == nil {
			err = t.enrol(record{What: "earlier certificate", Of: u.ID, Certificate: signer.Certificate, Earlier: true})
		}
		if err != nil && !errors.Is(err, ErrNotAny) {
			return err
		}
		if !u.MaySign() {
			continue
		}
		if err := t.certify(u, slot, ""); err != nil {
			return err
		}
	}
	return nil
}

// splitBackups parts the plan, which is an administrator's, from how the last
// backup went, which every backup writes.
func (t *tx) splitBackups() error {
	var both struct {
		plannedBackups
		backupResult
	}
	err := t.getJSON(bucketMeta, keyBackups, &both)
	if errors.Is(err, ErrNotAny) {
		return nil
	}
	if err != nil {
		return err
	}
	return errors.Join(
		t.putJSON(bucketMeta, keyBackups, both.plannedBackups), t.putJSON(bucketMeta, keyBackedUp, both.backupResult))
}
