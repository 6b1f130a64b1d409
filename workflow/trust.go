package workflow

import (
	"errors"
	"strings"
	"time"

	"tracedesk/report"
	"tracedesk/storage"
)

// Trust is whether a signed document is proven to be the practice's: that its
// signature's certificate was issued by the practice's root, for whom it says.
type Trust struct {
	Certificate string   // SHA-256 of the signing certificate; empty where nothing is signed
	Issuer      string   // that of the root which issued it; empty for one that vouches for itself
	Decided     bool     // there was something to compare with
	Faults      []string // why it is not proven
}

// Proven says whether the document is the practice's, where that was decided.
func (t *Trust) Proven() bool { return t.Decided && len(t.Faults) == 0 }

// TrustIn says who issued the certificate that the document is signed with. What the
// root's fingerprint is worth, only the practice can say, by fingerprint or by store.
func TrustIn(v *report.Verdict) *Trust {
	t := &Trust{}
	if v.SignedBy == "" {
		return t
	}
	if !v.Unchanged || v.Certified == nil {
		t.Faults = append(t.Faults, "it is not as it was made, and its signature proves nothing")
		return t
	}
	t.Certificate = v.Certificate
	if v.Issuer == "" || v.Issuer == v.Certificate {
		t.Faults = append(t.Faults, "its certificate was issued by nobody: anybody can make one with that name")
		return t
	}
	t.Issuer = v.Issuer
	t.check(v)
	return t
}

// check says whether the certificate is for whom the document says, and was valid.
func (t *Trust) check(v *report.Verdict) {
	if v.Certified.Name != v.SignedBy {
		t.Faults = append(t.Faults, v.SignedBy+" is said to have signed, and the certificate is of "+v.Certified.Name)
	}
	at, err := time.Parse(time.RFC3339, v.SignedAt)
	if err != nil || at.Before(v.Certified.From) || at.After(v.Certified.Until) {
		t.Faults = append(t.Faults, "the certificate was not valid when the document says that it was signed")
	}
}

// Decider decides whose a signed document is: by a fingerprint or by a store.
type Decider func(*Trust, *report.Verdict) error

// Decide decides a document, and each that a packet carries. The trust is that of the
// document itself.
func Decide(v *report.Verdict, by Decider) (t *Trust, err error) {
	t = TrustIn(v)
	if err = by(t, v); err != nil {
		return t, err
	}
	v.Decide(func(one *report.Verdict) bool {
		each := TrustIn(one)
		err = errors.Join(err, by(each, one))
		return each.Proven()
	})
	return t, err
}

// errFingerprint says that something is no fingerprint.
var errFingerprint = errors.New("a fingerprint is 64 letters and digits, in groups or not, as documents print it")

// By decides by the fingerprint of the practice's root, as it is printed.
func (t *Trust) By(fingerprint string) error {
	plain := strings.ToLower(strings.NewReplacer(" ", "", ":", "").Replace(fingerprint))
	if len(plain) != 64 || strings.Trim(plain, "0123456789abcdef") != "" {
		return errFingerprint
	}
	t.decide(plain)
	return nil
}

func (t *Trust) decide(root string) {
	t.Decided = true
	if t.Certificate == "" {
		if len(t.Faults) == 0 {
			t.Faults = append(t.Faults, "it is not signed")
		}
	} else if t.Issuer != root {
		t.Faults = append(t.Faults, "its certificate was not issued by this practice")
	}
}

// ByStore decides by the store of the practice, which also knows what was revoked.
// A certificate from before the practice had a root counts where the store was
// converted with it.
func (t *Trust) ByStore(s *storage.Store, v *report.Verdict) error {
	if v.SignedBy == "" { // nobody's signature is to be believed
		return nil
	}
	c, err := s.Certified(t.Certificate)
	if err == nil && c.Earlier {
		t.Decided, t.Faults = true, nil
		return nil
	}
	root, rootErr := s.PracticeRoot()
	if rootErr != nil {
		return rootErr
	}
	t.decide(storage.Fingerprint(root))
	if t.Certificate == "" {
		return nil
	}
	if errors.Is(err, storage.ErrNotAny) {
		t.Faults = append(t.Faults, "the store has no record of its certificate")
		return nil
	}
	if err != nil {
		return err
	}
	if at, err := time.Parse(time.RFC3339, v.SignedAt); err == nil && !c.RevokedAt.IsZero() && at.After(c.RevokedAt) {
		t.Faults = append(t.Faults, "its certificate was revoked before: "+c.Reason)
	}
	return nil
}

// provenance is what a document's first page says of the store.
func provenance(s *storage.Store) (*report.Provenance, error) {
	root, err := s.PracticeRoot()
	if err != nil {
		return nil, err
	}
	code, err := s.Code()
	return &report.Provenance{Root: storage.Fingerprint(root), Trail: code}, err
}
