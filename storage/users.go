package storage

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"tracedesk/clinic"
	"tracedesk/storage/engine"
	"tracedesk/storage/seal"
)

// What can go wrong with users and their passphrases.
var (
	ErrPassphrase = seal.ErrPassphrase
	ErrRecovery   = seal.ErrRecovery
	ErrNotAllowed = errors.New("only an administrator may do this")
	ErrLoginTaken = errors.New("another user logs in with this name")
	ErrLastAdmin  = errors.New("the last administrator cannot be removed")
	ErrHeader     = errors.New("the store's keys were changed by another program")
	ErrNotOneself = errors.New("the passphrase of somebody else is theirs to change")
)

// WaitError says that passphrases were wrong too often, and until when the next
// one waits.
type WaitError struct{ Until time.Time }

func (e *WaitError) Error() string {
	return "the passphrase was wrong too often; the next try is at " + e.Until.Local().Format("15:04:05")
}

// failure is a wrong passphrase, kept unsealed until somebody unlocks the
// store and it goes into the audit trail.
type failure struct {
	Login string    `json:"login"`
	At    time.Time `json:"at"`
}

// Wrong passphrases are free at first and then cost twice as long each time.
const (
	freeFailures = 3
	longestWait  = 5 * time.Minute
	mostFailures = 1000 // kept
)

func waitAfter(failures int) time.Duration {
	if failures < freeFailures {
		return 0
	}
	return min(time.Second<<min(failures-freeFailures, 20), longestWait)
}

// mustWait is a *WaitError while the next try is too early.
func (s *Store) mustWait(failed []failure) error {
	n := len(failed)
	if n == 0 {
		return nil
	}
	if until := failed[n-1].At.Add(waitAfter(n)); s.now().Before(until) && !s.now().Before(failed[n-1].At) {
		return &WaitError{until}
	}
	return nil
}

func (s *Store) failures() (out []failure, err error) {
	err = s.engine.View(func(e engine.Tx) error {
		stored, err := e.Get(bucketMeta, keyFailures)
		if err != nil || stored == nil {
			return err
		}
		_ = json.Unmarshal(stored, &out) // a damaged list is as good as none
		return nil
	})
	return out, err
}

func (s *Store) recordFailure(before []failure, login string) error {
	all := append(before, failure{login, s.now().UTC().Truncate(time.Second)})
	all = all[max(0, len(all)-mostFailures):]
	return s.engine.Update(func(e engine.Tx) error { return e.Put(bucketMeta, keyFailures, toJSON(all)) })
}

// head is the header as it is now.
func (s *Store) head() header {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.header
}

// Logins are the names that somebody may log in with. They can be read while
// the store is locked.
func (s *Store) Logins() []string {
	var out []string
	for _, slot := range s.head().Keys.Slots {
		out = append(out, slot.Login)
	}
	slices.Sort(out)
	return out
}

// Unlock opens the store for a user. ErrPassphrase for a wrong passphrase or
// user, which is recorded; after several, a *WaitError.
func (s *Store) Unlock(login, passphrase string) error {
	return s.unlock(login, Entry{Act: ActUnlocked}, func(keys *seal.Keyring) (*seal.Key, string, error) {
		key, err := keys.Unlock(login, passphrase)
		slot, _ := keys.Slot(login)
		return key, slot.UserID, err
	})
}

// Recover opens the store with the recovery key and gives a new passphrase to
// the administrator with that login.
func (s *Store) Recover(recoveryKey, login, passphrase string) error {
	keys := s.head().Keys
	slot, ok := keys.Slot(login)
	if !ok {
		return fmt.Errorf("user %s: %w", login, ErrNotAny)
	}
	err := s.unlock(login, Entry{Act: ActRecovered}, func(keys *seal.Keyring) (*seal.Key, string, error) {
		key, err := keys.Recover(recoveryKey)
		return key, slot.UserID, err
	})
	if err != nil {
		return err
	}
	if !s.User().Administrator {
		s.Lock()
		return fmt.Errorf("user %s: %w", login, ErrNotAllowed)
	}
	if err := s.replaceSlot(slot.UserID, passphrase, ""); err != nil {
		s.Lock()
		return err
	}
	return nil
}

func (s *Store) unlock(login string, entry Entry, open func(*seal.Keyring) (*seal.Key, string, error)) error {
	failed, err := s.failures()
	if err != nil {
		return err
	}
	if err := s.mustWait(failed); err != nil {
		return err
	}
	head := s.head()
	key, userID, err := open(&head.Keys)
	if errors.Is(err, ErrPassphrase) || errors.Is(err, ErrRecovery) {
		if again := s.recordFailure(failed, login); again != nil && !errors.Is(again, ErrReadOnly) {
			return errors.Join(err, again)
		}
		return err
	}
	if err != nil {
		return err
	}
	if err := s.enter(key, userID); err != nil {
		key.Destroy()
		return err
	}
	entry.Kind, entry.ID = kindStore, head.Store
	err = s.enterAudit(entry, failed)
	if err == nil {
		err = s.compactIfDue()
	}
	if errors.Is(err, ErrReadOnly) { // a damaged store can still be read
		return nil
	}
	if err != nil {
		s.Lock()
	}
	return err
}

// enter takes the key, after checking that nobody changed the header.
func (s *Store) enter(key *seal.Key, userID string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.engine.View(func(e engine.Tx) error {
		t := &tx{e: e, key: key}
		st, err := t.state()
		if err != nil {
			return err
		}
		stored, err := t.get(bucketMeta, keyHeader)
		if err != nil {
			return err
		}
		if clinic.HashOf(stored) != st.Header {
			return ErrHeader
		}
		var user clinic.User
		if err := t.getJSON(bucketUsers, userID, &user); err != nil {
			return fmt.Errorf("the user: %w", err)
		}
		x, err := loadIndex(t)
		if err != nil {
			return err
		}
		s.key, s.user, s.index = key, user, x
		return nil
	})
}

// enterAudit moves the failures since the last unlocking into the trail, before
// the entry of this one.
func (s *Store) enterAudit(entry Entry, failed []failure) error {
	return s.update(entry, func(t *tx) error {
		for _, f := range failed {
			e := Entry{At: f.At, Login: f.Login, Act: ActUnlockFailed, Kind: kindStore, ID: s.header.Store}
			if err := t.appendAudit(&e, s.now()); err != nil {
				return err
			}
		}
		if err := t.enterOutcome(s.header.Store, s.now()); err != nil {
			return err
		}
		if len(failed) == 0 {
			return nil
		}
		return t.e.Delete(bucketMeta, keyFailures)
	})
}

// Lock takes the key, and all that was read with it, out of memory.
func (s *Store) Lock() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.key != nil {
		s.key.Destroy()
	}
	s.key, s.user, s.index = nil, clinic.User{}, nil
}

// Locked says whether the store is locked.
func (s *Store) Locked() bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.key == nil
}

// User is in whose name the store acts; nobody's while it is locked.
func (s *Store) User() clinic.User {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.user
}

// Users are all users by login, those who were removed too.
func (s *Store) Users() ([]clinic.User, error) {
	var out []clinic.User
	err := s.view(func(t *tx) error {
		return t.each(bucketUsers, "", func(key string, value []byte) error {
			var u clinic.User
			if err := fromJSON(bucketUsers, key, value, &u); err != nil {
				return err
			}
			out = append(out, u)
			return nil
		})
	})
	slices.SortFunc(out, func(a, b clinic.User) int { return cmp.Or(cmp.Compare(a.Login, b.Login), cmp.Compare(a.ID, b.ID)) })
	return out, err
}

func (s *Store) administrator() error {
	if s.Locked() {
		return ErrLocked
	}
	if !s.User().Administrator {
		return ErrNotAllowed
	}
	return nil
}

// cost is what the store's passphrases cost to guess.
func (s *Store) cost() seal.Cost {
	if slots := s.head().Keys.Slots; len(slots) > 0 {
		return slots[0].Cost
	}
	return seal.DefaultCost
}

// changeKeys changes who can open the store, in one act with what f does.
func (s *Store) changeKeys(entry Entry, change func(*seal.Keyring), f func(*tx) error) error {
	next := s.head()
	next.Keys.Slots = slices.Clone(next.Keys.Slots)
	change(&next.Keys)
	err := s.update(entry, func(t *tx) error {
		if err := next.Keys.Wrap(t.key); err != nil {
			return err
		}
		if err := t.putHeader(next); err != nil {
			return err
		}
		return f(t)
	})
	if err == nil {
		s.mu.Lock()
		s.header = next
		s.mu.Unlock()
	}
	return err
}

// AddUser lets somebody in, with a passphrase of theirs. Only an administrator
// may.
func (s *Store) AddUser(u clinic.User, passphrase string) (clinic.User, error) {
	if err := s.administrator(); err != nil {
		return u, err
	}
	u.ID, u.Login, u.Removed = newID(), strings.TrimSpace(u.Login), false
	if err := errors.Join(u.Validate(), u.CheckPassphrase(passphrase)); err != nil {
		return u, err
	}
	keys := s.head().Keys
	if _, taken := keys.Slot(u.Login); taken {
		return u, ErrLoginTaken
	}
	slot, err := seal.NewSlot(u.ID, u.Login, passphrase, s.cost())
	if err != nil {
		return u, err
	}
	add := func(r *seal.Keyring) { r.Slots = append(r.Slots, slot) }
	return u, s.changeKeys(Entry{Act: ActAdded, Kind: KindUser, ID: u.ID}, add, func(t *tx) error { return t.putJSON(bucketUsers, u.ID, u) })
}

// RemoveUser keeps somebody out from now on. What they did stays under their
// name. Only an administrator may. A copy of the store from before still opens
// with their passphrase; Rotate keeps later values from such a copy's key.
func (s *Store) RemoveUser(login string) error {
	if err := s.administrator(); err != nil {
		return err
	}
	keys := s.head().Keys
	slot, ok := keys.Slot(login)
	if !ok {
		return fmt.Errorf("user %s: %w", login, ErrNotAny)
	}
	users, err := s.Users()
	if err != nil {
		return err
	}
	var gone clinic.User
	others := false
	for _, u := range users {
		if u.ID == slot.UserID {
			gone = u
		} else if u.Administrator && !u.Removed {
			others = true
		}
	}
	if !others {
		return ErrLastAdmin
	}
	gone.Removed = true
	remove := func(r *seal.Keyring) {
		r.Slots = slices.DeleteFunc(r.Slots, func(x seal.Slot) bool { return x.UserID == gone.ID })
	}
	return s.changeKeys(Entry{Act: ActDeleted, Kind: KindUser, ID: gone.ID}, remove, func(t *tx) error { return t.putJSON(bucketUsers, gone.ID, gone) })
}

// ChangePassphrase replaces the passphrase of the user in whose name the store
// is open. The old one is asked for again.
func (s *Store) ChangePassphrase(old, passphrase string) error {
	u := s.User()
	if s.Locked() {
		return ErrLocked
	}
	keys := s.head().Keys
	key, err := keys.Unlock(u.Login, old)
	if err != nil {
		return err
	}
	key.Destroy()
	return s.replaceSlot(u.ID, passphrase, old)
}

// replaceSlot gives the user another passphrase. Their signing key moves along
// where the old passphrase is known; else it is forgotten, and the next signature
// makes another.
func (s *Store) replaceSlot(userID, passphrase, old string) error {
	u := s.User()
	if u.ID != userID {
		return ErrNotOneself
	}
	if err := u.CheckPassphrase(passphrase); err != nil {
		return err
	}
	slot, err := seal.NewSlot(u.ID, u.Login, passphrase, s.cost())
	if err != nil {
		return err
	}
	replace := func(r *seal.Keyring) {
		r.Slots = append(slices.DeleteFunc(r.Slots, func(x seal.Slot) bool { return x.UserID == u.ID }), slot)
	}
	keys := s.head().Keys
	before, _ := keys.Slot(u.Login)
	return s.changeKeys(Entry{Act: ActPassphrase, Kind: KindUser, ID: u.ID}, replace, func(t *tx) error { return t.moveSigner(before, old, slot) })
}

// Rotate seals every value anew with another data key, in one transaction or
// not at all. Only an administrator may.
func (s *Store) Rotate() error {
	if err := s.administrator(); err != nil {
		return err
	}
	fresh := seal.NewKey()
	next := s.head()
	if err := next.Keys.Wrap(fresh); err != nil {
		return err
	}
	err := s.update(Entry{Act: ActRotated, Kind: kindStore, ID: next.Store}, func(t *tx) error {
		if err := t.reseal(fresh); err != nil {
			return err
		}
		t.key = fresh
		return t.putHeader(next)
	})
	if err != nil {
		fresh.Destroy()
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.key.Destroy()
	s.key, s.header = fresh, next
	return nil
}

// reseal seals every value with another key.
func (t *tx) reseal(fresh *seal.Key) error {
	names, err := t.e.Buckets()
	if err != nil {
		return err
	}
	for _, bucket := range names {
		var keys []string // first: a bucket is not changed while it is scanned
		err := t.e.Scan(bucket, "", func(key string, _ []byte) error { keys = append(keys, key); return nil })
		if err != nil {
			return err
		}
		for _, key := range keys {
			if unsealed(bucket, key) {
				continue
			}
			value, err := t.get(bucket, key)
			if err != nil {
				return err
			}
			if err := t.e.Put(bucket, key, fresh.Seal(bucket, key, value)); err != nil {
				return err
			}
		}
	}
	return nil
}
