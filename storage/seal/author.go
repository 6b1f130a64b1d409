package seal

import (
	"crypto/ed25519"
	"crypto/rand"
	"fmt"
)

// Author signs what one user does. Only their passphrase opens the key.
type Author struct{ private ed25519.PrivateKey }

// NewAuthor makes a signing key.
func NewAuthor() *Author {
	_, private, _ := ed25519.GenerateKey(rand.Reader) // never fails
	return &Author{private}
}

func authorOf(seed []byte) (*Author, error) {
	if len(seed) != ed25519.SeedSize {
		return nil, fmt.Errorf("the signing key: %w", ErrDamaged)
	}
	return &Author{ed25519.NewKeyFromSeed(seed)}, nil
}

// Public is the key by which others check what the author signed.
func (a *Author) Public() []byte {
	public, _ := a.private.Public().(ed25519.PublicKey)
	return public
}

// Destroy overwrites the key.
func (a *Author) Destroy() { clear(a.private) }

// SignatureSize is how long an author's signature is, in bytes.
const SignatureSize = ed25519.SignatureSize

// Sign signs a text for a purpose, so that it can stand for no other: purpose,
// 0x00, text.
func (a *Author) Sign(purpose string, text []byte) []byte {
	return ed25519.Sign(a.private, append([]byte(purpose+"\x00"), text...))
}

// SignedBy says whether the signature of the text is the key's, for that purpose.
func SignedBy(public []byte, purpose string, text, signature []byte) bool {
	return len(public) == ed25519.PublicKeySize &&
		ed25519.Verify(public, append([]byte(purpose+"\x00"), text...), signature)
}
