package bolt

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"tracedesk/storage/engine"
)

func opened(t *testing.T, path string) *Bolt {
	t.Helper()
	b, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.Close() })
	return b
}

func put(t *testing.T, b *Bolt, bucket string, pairs ...string) {
	t.Helper()
	err := b.Update(func(e engine.Tx) error {
		for i := 0; i < len(pairs); i += 2 {
			if err := e.Put(bucket, pairs[i], []byte(pairs[i+1])); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// scanned are the keys with a prefix and their values.
func scanned(t *testing.T, b *Bolt, bucket, prefix string) (out []string) {
	t.Helper()
	err := b.View(func(e engine.Tx) error {
		return e.Scan(bucket, prefix, func(key string, value []byte) error {
			out = append(out, key+"="+string(value))
			return nil
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestAScanVisitsThePrefixInOrder(t *testing.T) {
	b := opened(t, filepath.Join(t.TempDir(), "x.db"))
	put(t, b, "wears", "b/2", "4", "a", "1", "b/1", "3", "b", "2", "b0", "5", "c", "6") // “0” follows “/”
	for prefix, want := range map[string][]string{
		"": {"a=1", "b=2", "b/1=3", "b/2=4", "b0=5", "c=6"}, "b/": {"b/1=3", "b/2=4"}, "b": {"b=2", "b/1=3", "b/2=4", "b0=5"}, "z": nil, "a": {"a=1"},
	} {
		if got := scanned(t, b, "wears", prefix); !slices.Equal(got, want) {
			t.Errorf("%q: %q, want %q", prefix, got, want)
		}
	}
	if got := scanned(t, b, "no such bucket", ""); got != nil {
		t.Errorf("%q", got)
	}
	stop := errors.New("enough")
	n := 0
	err := b.View(func(e engine.Tx) error {
		return e.Scan("wears", "", func(string, []byte) error { n++; return stop })
	})
	if !errors.Is(err, stop) || n != 1 {
		t.Errorf("%v after %d keys", err, n)
	}
}

func TestAnActIsKeptWholeOrNotAtAll(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	b := opened(t, path)
	put(t, b, "a", "k", "before")
	refused := errors.New("refused")
	err := b.Update(func(e engine.Tx) error {
		if err := errors.Join(e.Put("a", "k", []byte("after")), e.Put("new", "k", []byte("x")), e.Delete("a", "nothing"), e.Delete("nothing", "k")); err != nil {
			t.Error(err)
		}
		if v, _ := e.Get("a", "k"); string(v) != "after" {
			t.Errorf("within the act: %q", v)
		}
		return refused
	})
	if !errors.Is(err, refused) {
		t.Errorf("%v", err)
	}
	err = b.Update(func(e engine.Tx) error {
		_ = e.Put("a", "k", []byte("after"))
		panic("a fault")
	})
	if !errors.Is(err, engine.ErrDamaged) {
		t.Errorf("a panic within an act: %v", err)
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	b = opened(t, path)
	if got := scanned(t, b, "a", ""); !slices.Equal(got, []string{"k=before"}) {
		t.Errorf("%q", got)
	}
	err = b.View(func(e engine.Tx) error {
		names, err := e.Buckets()
		if !slices.Equal(names, []string{"a"}) {
			t.Errorf("buckets %q", names)
		}
		if v, err := e.Get("nothing", "k"); v != nil || err != nil {
			t.Errorf("%q, %v", v, err)
		}
		if err := e.Put("a", "k", nil); err == nil {
			t.Error("a view wrote")
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

func TestOneProgramHasTheFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	first := opened(t, path)
	if _, err := Open(path); !errors.Is(err, engine.ErrInUse) {
		t.Errorf("%v", err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	second := opened(t, path)
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	if len(second.Check()) != 0 || second.Size() < 4096 {
		t.Errorf("%v, %d bytes", second.Check(), second.Size())
	}
}

// TestNothingIsWrittenIntoAFileThatIsGone: with the program it would be lost.
func TestNothingIsWrittenIntoAFileThatIsGone(t *testing.T) {
	for what, lose := range map[string]func(path string) error{
		"deleted": os.Remove,
		"another in its place": func(path string) error {
			return errors.Join(os.Rename(path, path+".away"), os.WriteFile(path, []byte("x"), 0o600))
		},
	} {
		path := filepath.Join(t.TempDir(), "x.db")
		b := opened(t, path)
		put(t, b, "a", "k", "v")
		if err := lose(path); err != nil {
			t.Fatal(err)
		}
		if err := b.Update(func(e engine.Tx) error { return e.Put("a", "k", []byte("w")) }); !errors.Is(err, engine.ErrGone) {
			t.Errorf("%s: %v", what, err)
		}
		if got := scanned(t, b, "a", ""); !slices.Equal(got, []string{"k=v"}) {
			t.Errorf("%s: %q", what, got)
		}
	}
}

func TestAFileThatIsNoStoreIsNamedSo(t *testing.T) {
	for what, content := range map[string][]byte{"text": []byte("Dear colleague"), "zeros": make([]byte, 1<<15)} {
		path := filepath.Join(t.TempDir(), "x.db")
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(path); !errors.Is(err, engine.ErrNotStore) {
			t.Errorf("%s: %v", what, err)
		}
		if now, err := os.ReadFile(path); err != nil || string(now) != string(content) {
			t.Errorf("%s: the file was changed", what)
		}
	}
}

// TestADamagedFileIsReadAndNeverWritten: a byte of each page in turn is changed, but
// the two that name the state.
func TestADamagedFileIsReadAndNeverWritten(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	b := opened(t, path)
	for n := range 60 {
		put(t, b, fmt.Sprintf("bucket-%d", n%3), fmt.Sprintf("key-%d", n), fmt.Sprintf("%0500d", n))
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	damaged := 0
	for at := 2*4096 + 8; at < len(whole); at += 4096 { // a page's kind
		broken := slices.Clone(whole)
		broken[at] ^= 0xFF
		if err := os.WriteFile(path, broken, 0o600); err != nil {
			t.Fatal(err)
		}
		b, err := Open(path)
		if err != nil {
			continue // refused is good
		}
		if faults := b.Check(); len(faults) > 0 {
			damaged++
			if err := b.Update(func(e engine.Tx) error { return e.Put("a", "k", nil) }); !errors.Is(err, engine.ErrReadOnlyDamaged) {
				t.Errorf("byte %d: it is written to: %v", at, err)
			}
		}
		_ = b.Close()
		if now, err := os.ReadFile(path); err != nil || !slices.Equal(now, broken) {
			t.Errorf("byte %d: opening changed the file", at)
		}
	}
	if damaged == 0 {
		t.Error("no fault was found")
	}
}
