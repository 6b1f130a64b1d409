package storage

import (
	"bytes"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"tracedesk/cgm"
	"tracedesk/cgm/cgmtest"
	"tracedesk/clinic"
)

// An act writes its pages, waits for the disk, writes one of the two meta pages, and
// waits again. What a loss of power leaves is the file of before with some of the
// pages of after: of those before the first wait any, the meta page not among them.
type loss struct {
	before, after []byte
	changed       []int // offsets of the pages that differ, without the meta pages
	page          int
}

func lossOf(before, after []byte) *loss {
	l := &loss{before: before, after: after, page: os.Getpagesize()}
	for at := 2 * l.page; at < len(after); at += l.page {
		if at+l.page > len(before) || !bytes.Equal(before[at:at+l.page], after[at:at+l.page]) {
			l.changed = append(l.changed, at)
		}
	}
	return l
}

// with is the file with these pages of after; torn is how much of the last is there.
func (l *loss) with(pages []int, torn int) []byte {
	b := make([]byte, len(l.after))
	copy(b, l.before)
	for i, at := range pages {
		n := l.page
		if i == len(pages)-1 && torn > 0 {
			n = torn
		}
		copy(b[at:at+n], l.after[at:])
	}
	return b
}

// TestALossOfPowerAtAnyWriteLosesNothingThatWasConfirmed forgets what was not synced,
// at every write of every act: the store opens, verifies, and holds what was confirmed
// before that act.
func TestALossOfPowerAtAnyWriteLosesNothingThatWasConfirmed(t *testing.T) {
	dir := t.TempDir()
	s, _ := newKeptStore(t, dir)
	path, confirmed := s.Path(), map[string]string{}
	wear := ""
	acts := []func() error{ // each is one transaction
		func() error {
			r := cgmtest.Wear(2, 7)
			got, err := s.Import(clinic.Patient{LastName: "Doe"}, file("a"), []*cgm.Recording{r}, false)
			if err == nil {
				wear = got[0].WearID
				confirmed["wear "+wear] = r.Hash()
			}
			return err
		},
		func() error {
			pdf := []byte("%PDF " + newID())
			err := s.SaveDocuments(Issued{clinic.Document{WearID: wear, SHA256: clinic.HashOf(pdf)}, pdf})
			confirmed["document "+wear] = clinic.HashOf(pdf)
			return err
		},
		func() error { return s.SaveInterpretation(wear, writtenByHand()) },
		func() error {
			r, err := s.Sign(wear, Signing{Passphrase: []byte(testPassphrase)}, page)
			if err == nil {
				confirmed["signature "+wear] = r.Signature.Hash
			}
			return err
		},
		func() error { return s.SaveSettings(clinic.Settings{Practice: "P"}) },
		func() error {
			_, err := s.AddUser(clinic.User{Login: "bo", Name: "Bo"}, []byte("bo's own passphrase"))
			return err
		},
		s.Rotate,
	}
	lost := 0
	for number, act := range acts {
		held := map[string]string{}
		for k, v := range confirmed {
			held[k] = v
		}
		before := fileBytes(t, path)
		if err := act(); err != nil {
			t.Fatal(err)
		}
		l := lossOf(before, fileBytes(t, path))
		for n := range len(l.changed) + 1 {
			some := append([]int{}, l.changed...)
			rand.Shuffle(len(some), func(i, k int) { some[i], some[k] = some[k], some[i] })
			for _, left := range [][]byte{l.with(l.changed[:n], 0), l.with(some[:n], 512)} {
				lost++
				opened := t.TempDir()
				if err := os.WriteFile(filepath.Join(opened, FileName), left, 0o600); err != nil {
					t.Fatal(err)
				}
				if !t.Run("", func(t *testing.T) { holds(t, opened, held) }) {
					t.Fatalf("act %d, %d of %d pages", number, n, len(l.changed))
				}
			}
		}
	}
	if lost < 50 {
		t.Errorf("only %d losses were tried", lost)
	}
}
