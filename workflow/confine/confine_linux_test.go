package confine

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// works are those of the tests.
var works = map[string]Work{
	"count": func(in io.Reader, out io.Writer) error {
		b, err := io.ReadAll(in)
		_, _ = io.WriteString(out, strings.Repeat("x", len(b)))
		return err
	},
	"memory": func(io.Reader, io.Writer) error {
		for {
			b := make([]byte, 1<<20)
			for i := range b {
				b[i] = 1
			}
			kept = append(kept, b)
		}
	},
	"one large": func(_ io.Reader, out io.Writer) error {
		b := make([]byte, 8<<30)
		_, err := out.Write(b[:1])
		return err
	},
	"stack": func(_ io.Reader, out io.Writer) error {
		var deeper func(int) int
		deeper = func(n int) int { return deeper(n+1) + n }
		_, err := out.Write([]byte{byte(deeper(0))})
		return err
	},
	"time": func(io.Reader, io.Writer) error { select {} },
	"spin": func(io.Reader, io.Writer) error {
		for n := 0; ; n++ {
			_ = n
		}
	},
	"output": func(_ io.Reader, out io.Writer) error {
		for {
			if _, err := out.Write(make([]byte, 1<<20)); err != nil {
				return err
			}
		}
	},
	"write a file": func(io.Reader, io.Writer) error {
		return os.WriteFile(os.TempDir()+"/tracedesk-confined", []byte("x"), 0o600)
	},
	"passphrase": func(_ io.Reader, out io.Writer) error {
		_, err := io.WriteString(out, os.Getenv("TRACEDESK_PASSPHRASE"))
		return err
	},
}

// kept is held for good.
var kept [][]byte

func TestMain(m *testing.M) {
	Main(works)
	os.Exit(m.Run())
}

func TestWorkIsDoneWithinItsLimits(t *testing.T) {
	t.Setenv("TRACEDESK_PASSPHRASE", "not for the other process")
	path := filepath.Join(t.TempDir(), "input")
	if err := os.WriteFile(path, []byte("12345"), 0o600); err != nil {
		t.Fatal(err)
	}
	l := Limits{MemoryBytes: 256 << 20, Time: 2 * time.Second, OutputBytes: 1000}
	for work, want := range map[string]error{
		"count": nil, "passphrase": nil, "memory": ErrTooMuch, "one large": ErrTooMuch, "stack": ErrTooMuch,
		"time": ErrTooMuch, "spin": ErrTooMuch, "output": ErrTooMuch, "write a file": ErrTooMuch, "unknown": ErrNotHere,
	} {
		f, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		begun := time.Now()
		out, err := Run(context.Background(), work, f, l)
		if work == "write a file" && err != nil {
			err = ErrTooMuch // by a signal or an error: it was not written
		}
		if !errors.Is(err, want) || time.Since(begun) > 30*time.Second {
			t.Errorf("%s: %v after %v", work, err, time.Since(begun))
		}
		if want := map[string]string{"count": "xxxxx"}[work]; string(out) != want {
			t.Errorf("%s: %q", work, out)
		}
		_ = f.Close()
	}
}

func TestMemoryStaysOutOfCoreFiles(t *testing.T) {
	NoDumps()
	var core unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_CORE, &core); err != nil || core.Cur != 0 || core.Max != 0 {
		t.Errorf("%+v, %v", core, err)
	}
	if got, err := unix.PrctlRetInt(unix.PR_GET_DUMPABLE, 0, 0, 0, 0); err != nil || got != 0 {
		t.Errorf("dumpable: %d, %v", got, err)
	}
}
