// Package seal is the store's cryptography, and the only place that knows it.
// A random data key seals every value, bound to its bucket and key. Each user
// has a slot with an age identity (X25519) that their passphrase opens, through
// Argon2id; the data key is encrypted, with age, for each user's identity and for
// the recovery key, which is an age identity on paper. So users come and go, and
// the data key changes, without anybody else's passphrase. Each user also has an
// Ed25519 key that signs what they do, and clinicians an ECDSA key for PDFs, with
// a certificate of the practice's own root. Nothing here is a primitive of ours:
// the standard library, golang.org/x/crypto and filippo.io/age do the work.
package seal

import (
	"crypto/cipher"
	"crypto/rand"
	"errors"
	"fmt"

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
type Key struct {
	raw  []byte
	aead cipher.AEAD // with a copy of the key; one, which goes with it
}

// NewKey makes a random data key.
func NewKey() (k *Key) {
	guarded(func() { k = keyOf(random(keySize)) })
	return k
}

func keyOf(raw []byte) *Key { return &Key{raw, cipherOf(raw)} }

func random(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails
	return b
}

// Destroy overwrites the key; it opens nothing any more. What the cipher holds
// cannot be reached: it is dropped, and overwritten where guarded is more than a call.
func (k *Key) Destroy() {
	clear(k.raw)
	k.aead = nil
}

// binding is what a sealed value is bound to.
func binding(bucket, key string) []byte { return []byte(bucket + "\x00" + key) }

// Seal encrypts and authenticates a value for its place: marker, a random
// nonce, XChaCha20-Poly1305 with bucket, 0x00 and key as associated data.
func (k *Key) Seal(bucket, key string, value []byte) []byte {
	out := make([]byte, 1+chacha20poly1305.NonceSizeX, len(value)+Overhead)
	out[0] = marker
	_, _ = rand.Read(out[1:])
	return k.aead.Seal(out, out[1:], value, binding(bucket, key))
}

// Open gives a value back, or ErrDamaged for one that was changed or moved, or
// sealed with another key.
func (k *Key) Open(bucket, key string, sealed []byte) ([]byte, error) {
	if k.aead == nil || len(sealed) < Overhead || sealed[0] != marker {
		return nil, fmt.Errorf("%s %s: %w", bucket, key, ErrDamaged)
	}
	value, err := open(k.aead, sealed[1:], binding(bucket, key))
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", bucket, key, ErrDamaged)
	}
	return value, nil
}

func cipherOf(key []byte) cipher.AEAD {
	aead, err := chacha20poly1305.NewX(key)
	if err != nil {
		panic(err) // only for a key of another length
	}
	return aead
}

// open opens nonce and ciphertext.
func open(aead cipher.AEAD, sealed, bound []byte) ([]byte, error) {
	if len(sealed) < chacha20poly1305.NonceSizeX {
		return nil, ErrDamaged
	}
	return aead.Open(nil, sealed[:chacha20poly1305.NonceSizeX], sealed[chacha20poly1305.NonceSizeX:], bound)
}

// Raw is the key itself, which is not to be copied: for looking whether it is gone.
func (k *Key) Raw() []byte { return k.raw }
