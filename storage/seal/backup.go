package seal

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"filippo.io/age"
)

// A backup is an age file for the recovery key and for every user, so that the
// age program opens it with the printed recovery key alone. One stanza more
// carries the users' slots, through which a passphrase opens it too.
const slotsStanza = "tracedesk-slots"

// slotsRecipient writes the slots into the header, and the words of its label;
// it wraps nothing.
type slotsRecipient struct {
	slots []Slot
	label []string
}

func (s slotsRecipient) Wrap([]byte) ([]*age.Stanza, error) {
	body, err := json.Marshal(s.slots)
	if err != nil {
		return nil, err
	}
	return []*age.Stanza{{Type: slotsStanza, Args: append([]string{"1"}, s.label...), Body: body}}, nil
}

// slotIdentity opens a backup with a user's passphrase.
type slotIdentity struct {
	login      string
	passphrase []byte
}

func (i slotIdentity) Unwrap(stanzas []*age.Stanza) ([]byte, error) {
	for _, s := range stanzas {
		var ring Keyring
		if s.Type != slotsStanza || json.Unmarshal(s.Body, &ring.Slots) != nil {
			continue
		}
		slot, ok := ring.Slot(i.login)
		if !ok {
			return nil, ErrPassphrase
		}
		opened, err := slot.Open(i.passphrase)
		if err != nil {
			return nil, err
		}
		return opened.identity.Unwrap(stanzas)
	}
	return nil, age.ErrIncorrectIdentity
}

// EncryptSelf is Encrypt for reading back at once as well: the given function
// opens what was written, without anybody's secret. The label's words can be read
// by everybody, see ReadLabel.
func (r *Keyring) EncryptSelf(w io.Writer, label ...string) (
	out io.WriteCloser, reopen func(io.Reader) (io.Reader, error), err error) {
	self, err := age.GenerateX25519Identity()
	if err != nil {
		return nil, nil, fmt.Errorf("encrypting the backup: %w", err)
	}
	to, err := parseRecipients(r.recipients())
	if err != nil {
		return nil, nil, err
	}
	out, err = age.Encrypt(w, append(to, slotsRecipient{r.Slots, label}, self.Recipient())...)
	if err != nil {
		return nil, nil, fmt.Errorf("encrypting the backup: %w", err)
	}
	return out, func(b io.Reader) (io.Reader, error) { return age.Decrypt(b, self) }, nil
}

// Decrypt opens a backup with a user's passphrase as it was then.
func Decrypt(b io.Reader, login string, passphrase []byte) (io.Reader, error) {
	return decrypt(b, slotIdentity{login, passphrase}, ErrPassphrase)
}

// DecryptRecovery opens a backup with the recovery key.
func DecryptRecovery(b io.Reader, secret []byte) (io.Reader, error) {
	identity, err := parseRecovery(secret)
	if err != nil {
		return nil, err
	}
	return decrypt(b, identity, ErrRecovery)
}

func decrypt(b io.Reader, identity age.Identity, wrong error) (io.Reader, error) {
	b, err := bounded(b)
	if err != nil {
		return nil, err
	}
	plain, err := age.Decrypt(b, identity)
	var none *age.NoIdentityMatchError
	switch {
	case errors.Is(err, ErrPassphrase), errors.As(err, &none):
		return nil, wrong
	case err != nil:
		return nil, fmt.Errorf("%w: the backup is not one of Tracedesk's, or it was cut short or changed (%w)",
			ErrDamaged, err)
	}
	return plain, nil
}
