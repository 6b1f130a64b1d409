// Package seal is the store's cryptography, and the only place that knows it.
// A random data key seals every value, bound to its bucket and key. Each user
// has an age identity (X25519) that their passphrase opens, through Argon2id;
// the data key is kept encrypted, with age, for the identities of all users and
// for the recovery key, which is an age identity on paper. So users come and go,
// and the data key changes, without anybody else's passphrase. Nothing here is
// a primitive of ours: golang.org/x/crypto and filippo.io/age do the work.
package seal

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"strings"

	"filippo.io/age"
	"golang.org/x/crypto/argon2"
	"golang.org/x/crypto/chacha20poly1305"
)

// Why something stays closed.
var (
	ErrDamaged    = errors.New("a stored value is damaged")
	ErrPassphrase = errors.New("the passphrase is not right")
	ErrRecovery   = errors.New("this is not the store's recovery key")
)

// marker is the first byte of a sealed value.
const marker = 2

const keySize = chacha20poly1305.KeySize

// Overhead is how many bytes longer a sealed value is.
const Overhead = 1 + chacha20poly1305.NonceSizeX + chacha20poly1305.Overhead

// Key is a data key. Its zero value seals nothing.
type Key struct{ raw []byte }

// NewKey makes a random data key.
func NewKey() *Key { return &Key{random(keySize)} }

func random(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails
	return b
}

// Destroy overwrites the key; it opens nothing any more.
func (k *Key) Destroy() { clear(k.raw) }

// binding is what a sealed value is bound to.
func binding(bucket, key string) []byte { return []byte(bucket + "\x00" + key) }

// Seal encrypts and authenticates a value for its place: marker, a random
// nonce, XChaCha20-Poly1305 with bucket, 0x00 and key as associated data.
func (k *Key) Seal(bucket, key string, value []byte) []byte {
	out := make([]byte, 1+chacha20poly1305.NonceSizeX, len(value)+Overhead)
	out[0] = marker
	_, _ = rand.Read(out[1:])
	return seal(k.raw, out, out[1:], value, binding(bucket, key))
}

// Open gives a value back, or ErrDamaged for one that was changed or moved, or
// sealed with another key.
func (k *Key) Open(bucket, key string, sealed []byte) ([]byte, error) {
	if len(sealed) < Overhead || sealed[0] != marker {
		return nil, fmt.Errorf("%s %s: %w", bucket, key, ErrDamaged)
	}
	value, err := open(k.raw, sealed[1:], binding(bucket, key))
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", bucket, key, ErrDamaged)
	}
	return value, nil
}

func seal(key, to, nonce, plain, bound []byte) []byte {
	aead, err := chacha20poly1305.NewX(key)
	if err != nil {
		panic(err) // only for a key of another length
	}
	return aead.Seal(to, nonce, plain, bound)
}

// open opens nonce and ciphertext.
func open(key, sealed, bound []byte) ([]byte, error) {
	if len(sealed) < chacha20poly1305.NonceSizeX {
		return nil, ErrDamaged
	}
	aead, err := chacha20poly1305.NewX(key)
	if err != nil {
		return nil, err
	}
	return aead.Open(nil, sealed[:chacha20poly1305.NonceSizeX], sealed[chacha20poly1305.NonceSizeX:], bound)
}

// Cost is what guessing a passphrase costs: Argon2id's parameters.
type Cost struct {
	Passes    uint32 `json:"passes"`
	MemoryKiB uint32 `json:"memory_kib"`
	Threads   uint8  `json:"threads"`
}

// DefaultCost takes about half a second on a workstation of two cores, and more
// than RFC 9106 (section 4) recommends at the least for 64 MiB.
var DefaultCost = Cost{Passes: 16, MemoryKiB: 64 << 10, Threads: 4}

// mostCost bounds what a damaged header may ask for.
var mostCost = Cost{Passes: 100, MemoryKiB: 2 << 20, Threads: 64}

func (c Cost) sane() bool {
	return c.Passes > 0 && c.Threads > 0 && c.MemoryKiB >= 8*uint32(c.Threads) &&
		c.Passes <= mostCost.Passes && c.MemoryKiB <= mostCost.MemoryKiB && c.Threads <= mostCost.Threads
}

// Slot is how one user gets in: an age identity, sealed by their passphrase,
// and its public recipient.
type Slot struct {
	UserID    string `json:"user_id"`
	Login     string `json:"login"`
	Salt      []byte `json:"salt"`
	Cost      Cost   `json:"cost"`
	Recipient string `json:"recipient"`
	Identity  []byte `json:"identity"` // nonce and ciphertext
}

// NewSlot makes a user's slot. An earlier slot of theirs is replaced by it.
func NewSlot(userID, login, passphrase string, cost Cost) (Slot, error) {
	identity, err := age.GenerateX25519Identity()
	if err != nil {
		return Slot{}, fmt.Errorf("making a user's key: %w", err)
	}
	s := Slot{UserID: userID, Login: login, Salt: random(16), Cost: cost, Recipient: identity.Recipient().String()}
	nonce := random(chacha20poly1305.NonceSizeX)
	key := s.derive(passphrase)
	defer clear(key)
	s.Identity = seal(key, bytes.Clone(nonce), nonce, []byte(identity.String()), s.bound())
	return s, nil
}

func (s Slot) derive(passphrase string) []byte {
	return argon2.IDKey([]byte(passphrase), s.Salt, s.Cost.Passes, s.Cost.MemoryKiB, s.Cost.Threads, keySize)
}

func (s Slot) bound() []byte { return binding("slot", s.UserID) }

// identity opens the slot.
func (s Slot) identity(passphrase string) (*age.X25519Identity, error) {
	if !s.Cost.sane() {
		return nil, fmt.Errorf("the key of %s: %w", s.Login, ErrDamaged)
	}
	key := s.derive(passphrase)
	defer clear(key)
	plain, err := open(key, s.Identity, s.bound())
	if err != nil {
		return nil, ErrPassphrase
	}
	defer clear(plain)
	identity, err := age.ParseX25519Identity(string(plain))
	if err != nil {
		return nil, fmt.Errorf("the key of %s: %w", s.Login, ErrDamaged)
	}
	return identity, nil
}

// Keyring is all that can open a store: it is stored as it is, since each part
// is useless without a passphrase or the recovery key.
type Keyring struct {
	Slots    []Slot `json:"slots"`
	Recovery string `json:"recovery"` // the recovery key's public recipient
	Data     []byte `json:"data"`     // the data key, an age file for all of them
}

// NewRecovery makes a recovery key to print, and its public recipient.
func NewRecovery() (secret, recipient string, err error) {
	identity, err := age.GenerateX25519Identity()
	if err != nil {
		return "", "", fmt.Errorf("making the recovery key: %w", err)
	}
	return identity.String(), identity.Recipient().String(), nil
}

// Wrap encrypts the data key for all slots and the recovery key.
func (r *Keyring) Wrap(k *Key) error {
	to, err := r.recipients()
	if err != nil {
		return err
	}
	var b bytes.Buffer
	w, err := age.Encrypt(&b, to...)
	if err == nil {
		_, err = w.Write(k.raw)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		return fmt.Errorf("wrapping the data key: %w", err)
	}
	r.Data = b.Bytes()
	return nil
}

func (r *Keyring) recipients() ([]age.Recipient, error) {
	var out []age.Recipient
	for _, text := range append(slotRecipients(r.Slots), r.Recovery) {
		one, err := age.ParseX25519Recipient(text)
		if err != nil {
			return nil, fmt.Errorf("a user's or the recovery key: %w", ErrDamaged)
		}
		out = append(out, one)
	}
	return out, nil
}

func slotRecipients(slots []Slot) (out []string) {
	for _, s := range slots {
		out = append(out, s.Recipient)
	}
	return out
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

// Unlock gives the data key to a user's passphrase. ErrPassphrase for a wrong
// one, also where there is no such user.
func (r *Keyring) Unlock(login, passphrase string) (*Key, error) {
	slot, ok := r.Slot(login)
	if !ok {
		return nil, ErrPassphrase
	}
	identity, err := slot.identity(passphrase)
	if err != nil {
		return nil, err
	}
	return r.open(identity)
}

// Recover gives the data key to the recovery key.
func (r *Keyring) Recover(secret string) (*Key, error) {
	identity, err := parseRecovery(secret)
	if err != nil {
		return nil, err
	}
	if identity.Recipient().String() != r.Recovery {
		return nil, ErrRecovery
	}
	return r.open(identity)
}

// parseRecovery reads a recovery key as it was typed from paper: in any case,
// with spaces and line ends.
func parseRecovery(secret string) (*age.X25519Identity, error) {
	identity, err := age.ParseX25519Identity(strings.ToUpper(strings.Join(strings.Fields(secret), "")))
	if err != nil {
		return nil, fmt.Errorf("%w: it is mistyped or incomplete", ErrRecovery)
	}
	return identity, nil
}

func (r *Keyring) open(identity age.Identity) (*Key, error) {
	d, err := age.Decrypt(bytes.NewReader(r.Data), identity)
	if err != nil {
		return nil, fmt.Errorf("the data key: %w", ErrDamaged)
	}
	raw, err := io.ReadAll(io.LimitReader(d, keySize+1))
	if err != nil || len(raw) != keySize {
		return nil, fmt.Errorf("the data key: %w", ErrDamaged)
	}
	return &Key{raw}, nil
}
