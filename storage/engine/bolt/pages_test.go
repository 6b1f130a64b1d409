package bolt

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"tracedesk/storage/engine"
)

// TestAFileThatBboltWroteHasNoFault puts and deletes at random, values of all
// sizes, whole buckets too, and opens the file after each act.
func TestAFileThatBboltWroteHasNoFault(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 7))
	path := filepath.Join(t.TempDir(), "file")
	held := map[string]string{}
	for round := range 125 {
		b, err := Open(path)
		if err != nil {
			t.Fatal(err)
		}
		if b.readOnly != nil || len(b.faults) > 0 {
			t.Fatalf("round %d: %v", round, b.faults)
		}
		err = b.Update(func(e engine.Tx) error {
			for range 1 + r.IntN(200) {
				bucket, key := fmt.Sprintf("bucket-%d", r.IntN(5)), fmt.Sprintf("%0*d", 1+r.IntN(60), r.IntN(400))
				if r.IntN(10) < round%11 {
					delete(held, bucket+" "+key)
					if err := e.Delete(bucket, key); err != nil {
						return err
					}
					continue
				}
				value := make([]byte, r.IntN(1<<r.IntN(17)))
				held[bucket+" "+key] = string(value)
				if err := e.Put(bucket, key, value); err != nil {
					return err
				}
			}
			if round%30 == 29 { // empty them all
				for name := range held {
					var bucket, key string
					_, _ = fmt.Sscan(name, &bucket, &key)
					delete(held, name)
					if err := e.Delete(bucket, key); err != nil {
						return err
					}
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if faults := b.Check(); len(faults) > 0 {
			t.Fatalf("round %d: %v", round, faults)
		}
		if err := b.Close(); err != nil {
			t.Fatal(err)
		}
	}
	same(t, path, held)
}

// same compares what bbolt gives, and what the reader of damaged files gives.
func same(t *testing.T, path string, held map[string]string) {
	t.Helper()
	b, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	m, _, err := latestMeta(f)
	if err != nil {
		t.Fatal(err)
	}
	s, err := salvage(path, m)
	if err != nil {
		t.Fatal(err)
	}
	defer s.f.Close()
	for what, view := range map[string]func(func(engine.Tx) error) error{
		"bbolt": b.View, "the reader": func(f func(engine.Tx) error) error { return f(s) },
	} {
		got := map[string]string{}
		err := view(func(e engine.Tx) error {
			names, err := e.Buckets()
			for _, bucket := range names {
				if err := e.Scan(bucket, "", func(key string, value []byte) error {
					got[bucket+" "+key] = string(value)
					return nil
				}); err != nil {
					return err
				}
			}
			return err
		})
		if err != nil || len(got) != len(held) {
			t.Errorf("%s: %d of %d, %v", what, len(got), len(held), err)
		}
		for name, value := range held {
			if got[name] != value {
				t.Errorf("%s: %s differs", what, name)
			}
		}
	}
}
