package storage

import (
	"encoding/json"
	"errors"
)

// KeptForm is what a user had typed into a form and not recorded yet when the
// window locked: which form, of which record, and its fields in their order. A
// passphrase is never among them.
type KeptForm struct {
	Kind   string          `json:"kind"`
	ID     string          `json:"id,omitempty"` // of the wear or patient it is about
	Values []string        `json:"values"`
	Extra  json.RawMessage `json:"extra,omitempty"` // what is no field
}

// KeepForm seals a form for the user who is logged in, in the place of the one
// before. It is no act: nothing is recorded by it.
func (s *Store) KeepForm(f KeptForm) error {
	return s.update(Entry{}, func(t *tx) error { return t.putJSON(bucketForms, t.user.ID, f) })
}

// TakeForm gives the form that was kept for the user, once, or nil.
func (s *Store) TakeForm() (*KeptForm, error) {
	f := &KeptForm{}
	id := s.User().ID
	err := s.view(func(t *tx) error { return t.getJSON(bucketForms, id, f) })
	if errors.Is(err, ErrNotAny) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return f, s.update(Entry{}, func(t *tx) error { return t.delete(bucketForms, id) })
}
