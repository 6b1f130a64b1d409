package seal

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"filippo.io/age"
	"golang.org/x/crypto/argon2"
	"golang.org/x/crypto/chacha20poly1305"
)

// ErrCost says that a slot asks for more work than any slot of ours: opening it
// would only keep the workstation busy.
var ErrCost = errors.New("a user's key asks for more memory or time than Tracedesk ever does")

// Cost is what guessing a passphrase costs: Argon2id's parameters.
type Cost struct {
	Passes    uint32 `json:"passes"`
	MemoryKiB uint32 `json:"memory_kib"`
	Threads   uint8  `json:"threads"`
}

// DefaultCost takes about half a second on a workstation of two cores: four times
// the memory, and as many passes, as RFC 9106 (section 4) recommends at the least.
var DefaultCost = Cost{Passes: 3, MemoryKiB: 256 << 10, Threads: 4}

// mostCost bounds what a slot may ask for; mostCostV2 what one of format 2 may,
// whose usual cost was 16 passes.
var (
	mostCost   = Cost{Passes: 10, MemoryKiB: 1 << 20, Threads: 64}
	mostCostV2 = Cost{Passes: 16, MemoryKiB: 64 << 10, Threads: 64}
)

func (c Cost) within(most Cost) bool {
	return c.Passes > 0 && c.Threads > 0 && c.MemoryKiB >= 8*uint32(c.Threads) &&
		c.Passes <= most.Passes && c.MemoryKiB <= most.MemoryKiB && c.Threads <= most.Threads
}

// slotFormat is the format of the slots made now. Those of format 2 have none.
const slotFormat = 3

// Slot is how one user gets in. Their passphrase opens the age identity, and the
// identity opens the data key and the key that signs their acts. With the identity
// lies the fingerprint of the store's founding: a passphrase opens no other store
// than the one that the slot was made for.
type Slot struct {
	Format    int    `json:"format,omitempty"`
	UserID    string `json:"user_id"`
	Login     string `json:"login"`
	Salt      []byte `json:"salt"`
	Cost      Cost   `json:"cost"`
	Recipient string `json:"recipient"`
	Identity  []byte `json:"identity"`         // nonce and ciphertext
	Data      []byte `json:"data,omitempty"`   // an age file of the data key
	Author    []byte `json:"author,omitempty"` // an age file of the seed of the signing key
}

// inSlot is what a passphrase opens.
type inSlot struct {
	Identity string `json:"identity"`
	Founding string `json:"founding"`
}

// NewSlot makes a user's slot for the store with that founding. It holds nothing
// yet.
func NewSlot(userID, login string, passphrase []byte, cost Cost, founding string) (s Slot, err error) {
	guarded(func() { s, err = newSlot(userID, login, passphrase, cost, founding) })
	return s, err
}

func newSlot(userID, login string, passphrase []byte, cost Cost, founding string) (Slot, error) {
	identity, err := age.GenerateX25519Identity()
	if err != nil {
		return Slot{}, fmt.Errorf("making a user's key: %w", err)
	}
	s := Slot{
		Format: slotFormat, UserID: userID, Login: login, Salt: random(16), Cost: cost,
		Recipient: identity.Recipient().String(),
	}
	plain, err := json.Marshal(inSlot{identity.String(), founding})
	if err != nil {
		return Slot{}, err
	}
	defer clear(plain)
	nonce := random(chacha20poly1305.NonceSizeX)
	key := s.derive(passphrase)
	defer clear(key)
	s.Identity = cipherOf(key).Seal(bytes.Clone(nonce), nonce, plain, s.bound())
	return s, nil
}

// Hold puts the data key and the user's signing key into the slot. No passphrase
// is needed for it.
func (s *Slot) Hold(k *Key, a *Author) (err error) {
	guarded(func() { err = s.hold(k, a) })
	return err
}

func (s *Slot) hold(k *Key, a *Author) (err error) {
	if s.Data, err = encryptFor(k.raw, s.Recipient); err != nil {
		return err
	}
	seed := a.private.Seed()
	defer clear(seed)
	s.Author, err = encryptFor(seed, s.Recipient)
	return err
}

// Rewrap puts another data key into the slot.
func (s *Slot) Rewrap(k *Key) (err error) {
	guarded(func() { s.Data, err = encryptFor(k.raw, s.Recipient) })
	return err
}

func (s Slot) derive(passphrase []byte) []byte {
	return argon2.IDKey(passphrase, s.Salt, s.Cost.Passes, s.Cost.MemoryKiB, s.Cost.Threads, keySize)
}

// bound is what the passphrase authenticates beside what it opens: all of the slot
// that stands open.
func (s Slot) bound() []byte {
	if s.Format != slotFormat {
		return binding("slot", s.UserID)
	}
	return fmt.Appendf(nil, "slot3\x00%s\x00%s\x00%x\x00%d\x00%d\x00%d\x00%s",
		s.UserID, s.Login, s.Salt, s.Cost.Passes, s.Cost.MemoryKiB, s.Cost.Threads, s.Recipient)
}

func (s Slot) affordable() bool {
	if s.Format == slotFormat {
		return s.Cost.within(mostCost)
	}
	return s.Cost.within(mostCostV2)
}

// Old says whether the slot is of an earlier format, and should be made anew as
// soon as its passphrase is there.
func (s Slot) Old() bool { return s.Format != slotFormat }

// Opened is what a passphrase or the recovery key opened.
type Opened struct {
	Founding string // of the slot's store; empty where the slot does not say
	identity *age.X25519Identity
}

// Open opens the slot. ErrPassphrase for a wrong passphrase, ErrCost for a slot
// that is none of ours.
func (s Slot) Open(passphrase []byte) (o *Opened, err error) {
	guarded(func() { o, err = s.open(passphrase) })
	return o, err
}

func (s Slot) open(passphrase []byte) (*Opened, error) {
	if !s.affordable() {
		return nil, fmt.Errorf("the key of %s: %w", s.Login, ErrCost)
	}
	key := s.derive(passphrase)
	defer clear(key)
	plain, err := open(cipherOf(key), s.Identity, s.bound())
	if err != nil {
		return nil, ErrPassphrase
	}
	defer clear(plain)
	in := inSlot{Identity: string(plain)}
	if s.Format == slotFormat {
		if in = (inSlot{}); json.Unmarshal(plain, &in) != nil {
			return nil, fmt.Errorf("the key of %s: %w", s.Login, ErrDamaged)
		}
	}
	identity, err := age.ParseX25519Identity(in.Identity)
	if err != nil || identity.Recipient().String() != s.Recipient {
		return nil, fmt.Errorf("the key of %s: %w", s.Login, ErrDamaged)
	}
	return &Opened{in.Founding, identity}, nil
}

// Key is the data key of an age file that is for the opened identity.
func (o *Opened) Key(data []byte) (k *Key, err error) {
	guarded(func() { k, err = o.key(data) })
	return k, err
}

func (o *Opened) key(data []byte) (*Key, error) {
	raw, err := o.Read(data)
	if err != nil || len(raw) != keySize {
		return nil, fmt.Errorf("the data key: %w", ErrDamaged)
	}
	return keyOf(raw), nil
}

// Author is the signing key of an age file that is for the opened identity.
func (o *Opened) Author(file []byte) (a *Author, err error) {
	guarded(func() { a, err = o.author(file) })
	return a, err
}

func (o *Opened) author(file []byte) (*Author, error) {
	seed, err := o.Read(file)
	if err != nil {
		return nil, fmt.Errorf("the signing key: %w", ErrDamaged)
	}
	defer clear(seed)
	return authorOf(seed)
}

// mostRead bounds an age file of keys.
const mostRead = 1 << 16

// Read opens an age file that is for the opened identity.
func (o *Opened) Read(file []byte) (plain []byte, err error) {
	guarded(func() { plain, err = o.read(file) })
	return plain, err
}

func (o *Opened) read(file []byte) ([]byte, error) {
	r, err := age.Decrypt(bytes.NewReader(file), o.identity)
	if err != nil {
		return nil, ErrNoSigner
	}
	return io.ReadAll(io.LimitReader(r, mostRead))
}

// encryptFor makes an age file of a key for the recipients.
func encryptFor(plain []byte, recipients ...string) ([]byte, error) {
	to, err := parseRecipients(recipients)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	w, err := age.Encrypt(&out, to...)
	if err == nil {
		_, err = w.Write(plain)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		return nil, fmt.Errorf("sealing a key: %w", err)
	}
	return out.Bytes(), nil
}

func parseRecipients(texts []string) (out []age.Recipient, err error) {
	for _, text := range texts {
		one, err := age.ParseX25519Recipient(text)
		if err != nil {
			return nil, fmt.Errorf("a user's or the recovery key: %w", ErrDamaged)
		}
		out = append(out, one)
	}
	return out, nil
}

// Recovery is how the printed recovery key gets in. Like a user's slot it holds
// the data key and a signing key, which signs a new passphrase for an
// administrator and nothing else.
type Recovery struct {
	Recipient string `json:"recipient"`
	Data      []byte `json:"data"`
	Author    []byte `json:"author"`
}

// NewRecovery makes a recovery key to print, and its public recipient.
func NewRecovery() (secret []byte, recipient string, err error) {
	identity, err := age.GenerateX25519Identity()
	if err != nil {
		return nil, "", fmt.Errorf("making the recovery key: %w", err)
	}
	guarded(func() { secret = []byte(identity.String()) })
	return secret, identity.Recipient().String(), nil
}

// Hold puts the data key and the recovery key's own signing key in.
func (r *Recovery) Hold(k *Key, a *Author) error {
	slot := Slot{Recipient: r.Recipient}
	err := slot.Hold(k, a)
	r.Data, r.Author = slot.Data, slot.Author
	return err
}

// Rewrap puts another data key in.
func (r *Recovery) Rewrap(k *Key) (err error) {
	guarded(func() { r.Data, err = encryptFor(k.raw, r.Recipient) })
	return err
}

// Open opens what the recovery key opens. ErrRecovery for another one.
func (r Recovery) Open(secret []byte) (o *Opened, err error) {
	guarded(func() { o, err = r.open(secret) })
	return o, err
}

func (r Recovery) open(secret []byte) (*Opened, error) {
	identity, err := parseRecovery(secret)
	if err != nil {
		return nil, err
	}
	if identity.Recipient().String() != r.Recipient {
		return nil, ErrRecovery
	}
	return &Opened{identity: identity}, nil
}

// parseRecovery reads a recovery key as it was typed from paper: in any case,
// with spaces and line ends.
func parseRecovery(secret []byte) (*age.X25519Identity, error) {
	identity, err := age.ParseX25519Identity(string(bytes.ToUpper(bytes.Join(bytes.Fields(secret), nil))))
	if err != nil {
		return nil, fmt.Errorf("%w: it is mistyped or incomplete", ErrRecovery)
	}
	return identity, nil
}

// Keyring is all that can open a store. It is stored as it is, since each part is
// useless without a passphrase or the recovery key.
type Keyring struct {
	Slots    []Slot
	Recovery Recovery
}

func (r *Keyring) recipients() []string {
	var out []string
	for _, s := range r.Slots {
		out = append(out, s.Recipient)
	}
	return append(out, r.Recovery.Recipient)
}

// Slot finds a user's slot by what they log in as.
func (r *Keyring) Slot(login string) (Slot, bool) {
	for _, s := range r.Slots {
		if strings.EqualFold(s.Login, strings.TrimSpace(login)) {
			return s, true
		}
	}
	return Slot{}, false
}

// Open opens a user's slot. ErrPassphrase for a wrong passphrase, also where there
// is no such user.
func (r *Keyring) Open(login string, passphrase []byte) (Slot, *Opened, error) {
	slot, ok := r.Slot(login)
	if !ok {
		return slot, nil, ErrPassphrase
	}
	opened, err := slot.Open(passphrase)
	return slot, opened, err
}

// KeyringV2 is the keyring of format 2: one data key for all.
type KeyringV2 struct {
	Slots    []Slot `json:"slots"`
	Recovery string `json:"recovery"`
	Data     []byte `json:"data"`
}
