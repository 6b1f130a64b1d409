package storage

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"runtime"
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
	longestWait  = time.Minute
	mostFailures = 1000    // kept
	mostUnsealed = 1 << 18 // bytes that are read of a value without a seal
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
		if len(stored) > mostUnsealed || json.Unmarshal(stored, &out) != nil {
			out = nil // a damaged list is as good as none
		}
		return nil
	})
	return out[max(0, len(out)-mostFailures):], err
}

// entry is a failure in the trail. Anybody who can write the file can plant one: it
// is marked, and its date is taken only where it can be true.
func (f failure) entry(store string, now time.Time) Entry {
	e := Entry{At: f.At, Act: ActUnlockFailed, Kind: kindStore, ID: store, Unproven: true}
	e.Login = strings.ToValidUTF8(f.Login[:min(len(f.Login), mostLogin)], "")
	if !plausible(f.At, now) {
		e.At = now
	}
	return e
}

// mostLogin is how much of a name that somebody typed is kept, in bytes.
const mostLogin = 64

// plausible says whether something unsealed can have been at that time.
func plausible(at, now time.Time) bool { return at.Year() >= 2020 && !at.After(now.Add(time.Minute)) }

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

// keyring is all that opens the store.
func (s *Store) keyring() *seal.Keyring {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return &seal.Keyring{Slots: slices.Clone(s.slots), Recovery: s.header.Recovery}
}

// Logins are the names that somebody may log in with. They can be read while
// the store is locked.
func (s *Store) Logins() []string {
	var out []string
	for _, slot := range s.keyring().Slots {
		out = append(out, slot.Login)
	}
	slices.Sort(out)
	return out
}

// entrance is what somebody comes in with.
type entrance struct {
	userID   string
	slot     seal.Slot // as it was opened; of the recovery key that of the user
	opened   *seal.Opened
	recovery bool
}

// Unlock opens the store for a user. ErrPassphrase for a wrong passphrase or
// user, which is recorded; after several, a *WaitError. ErrHeader or ErrAuthority
// where keys or rights were changed by another program; an *OlderError where the
// store is older than it was. A store of format 2 is converted by the first
// administrator; ErrUpgrade for everybody else before. Here and below the caller
// overwrites the passphrase afterwards.
func (s *Store) Unlock(login string, passphrase []byte) error {
	in, err := s.unlock(login, Entry{Act: ActUnlocked}, func(keys *seal.Keyring) (entrance, error) {
		slot, opened, err := keys.Open(login, passphrase)
		return entrance{userID: slot.UserID, slot: slot, opened: opened}, err
	})
	if err != nil || s.Damaged() != nil || in.recovery || !in.slot.Old() {
		return err
	}
	// A slot of an earlier format or cost is made anew, now that the passphrase is here.
	if err := s.replaceSlot(in, passphrase, "of an earlier format"); err != nil {
		s.Lock()
		return err
	}
	return nil
}

// Recover opens the store with the recovery key and gives a new passphrase to
// the administrator with that login.
func (s *Store) Recover(recoveryKey []byte, login string, passphrase []byte) error {
	slot, ok := s.keyring().Slot(login)
	if !ok {
		return fmt.Errorf("user %s: %w", login, ErrNotAny)
	}
	in, err := s.unlock(login, Entry{Act: ActRecovered}, func(keys *seal.Keyring) (entrance, error) {
		opened, err := keys.Recovery.Open(recoveryKey)
		return entrance{userID: slot.UserID, slot: slot, opened: opened, recovery: true}, err
	})
	if err != nil {
		return err
	}
	if err := s.replaceSlot(in, passphrase, ""); err != nil {
		s.Lock()
		return err
	}
	return nil
}

func (s *Store) unlock(login string, entry Entry, open func(*seal.Keyring) (entrance, error)) (in entrance, err error) {
	failed, err := s.failures()
	if err != nil {
		return in, err
	}
	if err := s.mustWait(failed); err != nil {
		return in, err
	}
	in, err = open(s.keyring())
	if errors.Is(err, ErrPassphrase) || errors.Is(err, ErrRecovery) {
		if again := s.recordFailure(failed, login); again != nil && !errors.Is(again, ErrReadOnly) {
			return in, errors.Join(err, again)
		}
		return in, err
	}
	if err != nil {
		return in, err
	}
	if s.before != nil {
		if seen := s.seen(); seen != nil && !s.acceptOlder { // it was converted before
			return in, &OlderError{Seen: *seen, Other: seen.Store != s.before.Store}
		}
		if err := s.convert(in); err != nil {
			return in, err
		}
		in.slot, _ = s.keyring().Slot(login)
	}
	if err := s.enter(in); err != nil {
		return in, err
	}
	entry.Kind, entry.ID = kindStore, s.header.Store
	err = s.checkAnchor()
	if err == nil {
		err = s.enterAudit(entry, failed)
	}
	if err == nil {
		err = s.compactIfDue()
	}
	if errors.Is(err, ErrReadOnly) { // a damaged store can still be read
		return in, nil
	}
	if err != nil {
		s.Lock()
		return in, err
	}
	s.setAnchor()
	return in, nil
}

// enter takes the keys, after checking that nobody changed who has them.
func (s *Store) enter(in entrance) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var key *seal.Key
	var author *seal.Author
	var err error
	if in.recovery {
		key, err = in.opened.Key(s.header.Recovery.Data)
	} else {
		key, err = in.opened.Key(in.slot.Data)
	}
	if err != nil {
		return err
	}
	if in.recovery {
		author, err = in.opened.Author(s.header.Recovery.Author)
	} else {
		author, err = in.opened.Author(in.slot.Author)
	}
	if err == nil {
		err = s.engine.View(func(e engine.Tx) error { return s.enterBy(e, key, author, in) })
	}
	if err != nil {
		key.Destroy()
		if author != nil {
			author.Destroy()
		}
	}
	return err
}

func (s *Store) enterBy(e engine.Tx, key *seal.Key, author *seal.Author, in entrance) error {
	t := &tx{e: e, key: key, author: author, now: s.now(), pages: map[string]*sheet{}}
	a, err := loadAuthority(t, s.header.Store)
	if err != nil {
		return err
	}
	if err := a.checkKeys(e); err != nil {
		return err
	}
	who := a.members[in.userID]
	signs := who.Key
	if in.recovery {
		signs = a.recovery
	}
	switch {
	case in.opened.Founding != "" && in.opened.Founding != a.founding:
		return fmt.Errorf("%w: it is not the store that the passphrase is for", ErrHeader)
	case who.User.Removed, !bytes.Equal(signs, author.Public()):
		return fmt.Errorf("%w: that of user %s", ErrHeader, in.userID)
	case in.recovery && !who.User.Administrator:
		return fmt.Errorf("user %s: %w", who.User.Login, ErrNotAllowed)
	}
	t.authority, t.user = a, who.User
	unproven, err := t.loadMemory()
	if err != nil {
		return err
	}
	var root *seal.Root
	if file, err := t.get(bucketMeta, keyRoot); err == nil && who.User.Administrator {
		root, _ = in.opened.Root(a.root, file) // without it certificates cannot be issued
	}
	s.key, s.author, s.user, s.root, s.authority, s.recovering = key, author, who.User, root, a, in.recovery
	s.tree, s.index, s.unproven = t.tree, t.index, unproven
	return nil
}

// Unproven says what unlocking found changed by another program: verifying names
// the rest.
func (s *Store) Unproven() []error {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return slices.Clone(s.unproven)
}

// enterAudit moves the failures since the last unlocking into the trail, before
// the entry of this one.
func (s *Store) enterAudit(entry Entry, failed []failure) error {
	return s.update(entry, func(t *tx) error {
		for _, f := range failed {
			e := f.entry(s.header.Store, t.now)
			if err := t.appendAudit(&e, t.now); err != nil {
				return err
			}
		}
		if err := t.enterOutcome(s.header.Store, t.now); err != nil {
			return err
		}
		if err := t.keepSuspects(s.unproven); err != nil || len(failed) == 0 {
			return err
		}
		return t.delete(bucketMeta, keyFailures)
	})
}

// Lock takes the keys, and all that was read with them, out of memory. What libraries
// copied is overwritten when the collector finds it unused, which is at once.
func (s *Store) Lock() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.key != nil {
		s.key.Destroy()
		defer func() { go runtime.GC() }()
	}
	if s.author != nil {
		s.author.Destroy()
	}
	if s.root != nil {
		s.root.Destroy()
	}
	s.key, s.author, s.root, s.user, s.index = nil, nil, nil, clinic.User{}, nil
	s.authority, s.tree, s.unproven, s.recovering = nil, nil, nil, false
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
func (s *Store) Users() (out []clinic.User, err error) {
	err = s.view(func(t *tx) error {
		for _, m := range t.authority.members {
			out = append(out, m.User)
		}
		return nil
	})
	slices.SortFunc(out, func(a, b clinic.User) int {
		return cmp.Or(cmp.Compare(a.Login, b.Login), cmp.Compare(a.ID, b.ID))
	})
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

// AddUser lets somebody in, with a passphrase of theirs, and issues a certificate
// to who may sign. Only an administrator may.
func (s *Store) AddUser(u clinic.User, passphrase []byte) (clinic.User, error) {
	if err := s.administrator(); err != nil {
		return u, err
	}
	u.ID, u.Login, u.Removed = newID(), strings.TrimSpace(u.Login), false
	if err := errors.Join(u.Validate(), u.CheckPassphrase(passphrase)); err != nil {
		return u, err
	}
	if _, taken := s.keyring().Slot(u.Login); taken {
		return u, ErrLoginTaken
	}
	slot, err := seal.NewSlot(u.ID, u.Login, passphrase, s.cost, s.Founding())
	if err != nil {
		return u, err
	}
	author := seal.NewAuthor()
	defer author.Destroy()
	return u, s.update(Entry{Act: ActAdded, Kind: KindUser, ID: u.ID}, func(t *tx) error {
		if err := slot.Hold(t.key, author); err != nil {
			return err
		}
		if err := t.keepKeys(record{What: "user added", User: &u, Of: u.ID, Key: author.Public()}, nil, slot); err != nil {
			return err
		}
		return t.equip(u, slot, "")
	})
}

// equip gives a new user what their role needs, or one who lost their keys, which is
// the reason.
func (t *tx) equip(u clinic.User, slot seal.Slot, reason string) error {
	if u.Administrator {
		if err := t.shareRoot(); err != nil {
			return err
		}
	}
	if !u.MaySign() {
		return nil
	}
	return t.certify(u, slot, reason)
}

// RemoveUser keeps somebody out from now on. What they did stays under their
// name. Only an administrator may. Their slot is overwritten. A copy of the store
// from before still opens with their passphrase; Rotate keeps later values from
// such a copy's key.
func (s *Store) RemoveUser(login string) error {
	if err := s.administrator(); err != nil {
		return err
	}
	slot, ok := s.keyring().Slot(login)
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
	err = s.update(Entry{Act: ActDeleted, Kind: KindUser, ID: gone.ID}, func(t *tx) error { return t.removeUser(gone) })
	if err != nil {
		return err
	}
	if gone.ID == s.User().ID {
		s.Lock()
		return nil
	}
	return s.compact()
}

func (t *tx) removeUser(gone clinic.User) error {
	if err := t.dropSlot(gone.ID); err != nil {
		return err
	}
	if gone.Administrator {
		if err := t.shareRoot(); err != nil {
			return err
		}
	}
	r := record{What: "user removed", User: &gone, Slots: map[string]string{gone.ID: ""}}
	if c, has := t.authority.certificate(gone.ID); has {
		r.Revoked, r.Reason = c.Fingerprint, "the user was removed"
	}
	return errors.Join(t.enrol(r), t.delete(bucketSigners, gone.ID), t.putJSON(bucketMeta, keyCompact, true))
}

// ChangePassphrase replaces the passphrase of the user in whose name the store
// is open. The old one is asked for again.
func (s *Store) ChangePassphrase(old, passphrase []byte) error {
	u := s.User()
	if s.Locked() {
		return ErrLocked
	}
	slot, opened, err := s.keyring().Open(u.Login, old)
	if err != nil {
		return err
	}
	return s.replaceSlot(entrance{userID: u.ID, slot: slot, opened: opened}, passphrase, "")
}

// replaceSlot gives the user another passphrase, and overwrites the slot of the
// one before. Their keys move along; with the recovery key they get new ones, since
// it does not open theirs.
func (s *Store) replaceSlot(in entrance, passphrase []byte, why string) error {
	u := s.User()
	if u.ID != in.userID {
		return ErrNotOneself
	}
	if err := u.CheckPassphrase(passphrase); err != nil && why == "" {
		return err
	}
	slot, err := seal.NewSlot(u.ID, u.Login, passphrase, s.cost, s.Founding())
	if err != nil {
		return err
	}
	author := s.author
	if in.recovery {
		author = seal.NewAuthor()
	}
	entry := Entry{Act: ActPassphrase, Kind: KindUser, ID: u.ID, Detail: why}
	if why != "" {
		entry.Act, entry.Detail = ActChanged, "the key "+why+" was made anew"
	}
	err = s.update(entry, func(t *tx) error {
		if err := slot.Hold(t.key, author); err != nil {
			return err
		}
		r := record{What: "passphrase", Of: u.ID}
		if in.recovery {
			r.Key = author.Public()
		}
		if err := t.keepKeys(r, nil, slot); err != nil {
			return err
		}
		if err := t.moveKeys(in, u, slot, author); err != nil {
			return err
		}
		return t.putJSON(bucketMeta, keyCompact, true)
	})
	if err != nil {
		return err
	}
	s.mu.Lock()
	if in.recovery {
		s.author.Destroy()
	}
	s.author, s.recovering = author, false
	s.mu.Unlock()
	return s.compact()
}

// moveKeys seals what the user's passphrase opened for the new one.
func (t *tx) moveKeys(in entrance, u clinic.User, slot seal.Slot, author *seal.Author) error {
	if in.recovery { // the record is the recovery key's; what follows is the user's
		t.author, t.recovering = author, false
		return t.equip(u, slot, "the passphrase was lost")
	}
	if u.Administrator {
		if err := t.shareRoot(); err != nil {
			return err
		}
	}
	return t.moveSigner(in.opened, slot)
}

// Rotate seals every value anew with another data key, in one transaction or
// not at all. Only an administrator may.
func (s *Store) Rotate() error {
	if err := s.administrator(); err != nil {
		return err
	}
	fresh := seal.NewKey()
	err := s.update(Entry{Act: ActRotated, Kind: kindStore, ID: s.head().Store}, func(t *tx) error {
		if err := t.reseal(fresh); err != nil {
			return err
		}
		t.key = fresh
		next := t.header
		slots := slices.Clone(t.slots)
		err := next.Recovery.Rewrap(fresh)
		for i := range slots {
			err = errors.Join(err, slots[i].Rewrap(fresh))
		}
		if err != nil {
			return err
		}
		return t.keepKeys(record{What: "data key"}, &next, slots...)
	})
	if err != nil {
		fresh.Destroy()
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.key.Destroy()
	s.key = fresh
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
			stored, err := t.e.Get(bucket, key)
			if err != nil {
				return err
			}
			value, err := t.open(bucket, key, stored)
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
