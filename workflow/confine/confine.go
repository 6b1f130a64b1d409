// Package confine limits the harm that a file from outside can do. A Work reads the
// file in a process of its own, which is this program again, with limits on memory,
// stack, time and output. Whatever happens to that process, the program that asked
// goes on. The package knows nothing about the work itself.
package confine

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime/debug"
	"runtime/metrics"
	"strings"
	"time"
)

// Work reads its input and writes its answer, within the limits.
type Work func(input io.Reader, output io.Writer) error

// Limits of one piece of work.
type Limits struct {
	MemoryBytes uint64        // of all that the process holds
	Time        time.Duration // from its start on
	OutputBytes int64
}

// Why there is no answer.
var (
	ErrTooMuch = errors.New("it took more memory or time than any file needs, and was stopped")
	ErrNotHere = errors.New("this program cannot start itself for a piece of work")
)

// workArgument is the first argument of a process that works; it stands in no
// help, since nobody types it.
const workArgument = "confined-work"

// mostStack bounds recursion: Go ends the program beyond it, whatever it does.
const mostStack = 32 << 20

// envLimits carries the limits to the process that works.
const envLimits = "TRACEDESK_LIMITS"

// exitTooMuch is the status of a process that noticed itself that it holds too
// much.
const exitTooMuch = 77

// prepared says that Main was called, so that the program may be started for
// work without doing something else.
var prepared bool

// Main does a piece of work and ends the program, if it was started for that. It
// is to be called before anything else, with all works that there are.
func Main(works map[string]Work) {
	prepared = true
	if len(os.Args) != 3 || os.Args[1] != workArgument {
		return
	}
	NoDumps()
	var l Limits
	var nanoseconds int64
	if _, err := fmt.Sscanf(os.Getenv(envLimits), "%d %d %d", &l.MemoryBytes, &nanoseconds, &l.OutputBytes); err != nil {
		os.Exit(1)
	}
	l.Time = time.Duration(nanoseconds)
	work := works[os.Args[2]]
	if work == nil || confineProcess(l) != nil {
		os.Exit(1)
	}
	debug.SetMaxStack(mostStack)
	debug.SetMemoryLimit(int64(l.MemoryBytes / 4 * 3))
	go watch(l)
	if err := work(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// watch ends the process that holds too much or takes too long, where the
// system does not.
func watch(l Limits) {
	sample := []metrics.Sample{{Name: "/memory/classes/total:bytes"}}
	for end := time.Now().Add(l.Time); ; time.Sleep(5 * time.Millisecond) {
		metrics.Read(sample)
		if sample[0].Value.Uint64() > l.MemoryBytes || time.Now().After(end) {
			os.Exit(exitTooMuch)
		}
	}
}

// Run has a work read the input in a process of its own and gives its answer.
// ErrTooMuch where it was stopped or ended itself: no file needs that.
func Run(ctx context.Context, work string, input *os.File, l Limits) ([]byte, error) {
	if !prepared {
		return nil, ErrNotHere
	}
	self, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNotHere, err)
	}
	ctx, stop := context.WithTimeout(ctx, l.Time+time.Second)
	defer stop()
	cmd := exec.CommandContext(ctx, self, workArgument, work)
	// Nothing of this program's environment: a passphrase may be in it.
	limits := fmt.Sprintf("%s=%d %d %d", envLimits, l.MemoryBytes, int64(l.Time), l.OutputBytes)
	cmd.Env = []string{limits, "GOTRACEBACK=none", "SystemRoot=" + os.Getenv("SystemRoot")}
	cmd.Stdin, cmd.WaitDelay = input, time.Second
	var out, said limited
	out.left, said.left = l.OutputBytes, 4096
	cmd.Stdout, cmd.Stderr = &out, &said
	hide(cmd)
	err = cmd.Run()
	var exit *exec.ExitError
	switch {
	case err == nil && !out.over:
		return out.Bytes(), nil
	case errors.Is(ctx.Err(), context.Canceled):
		return nil, ctx.Err()
	case errors.As(err, &exit) && exit.ExitCode() == 1:
		return nil, fmt.Errorf("%w: %s", ErrNotHere, strings.TrimSpace(said.String()))
	case err == nil, errors.As(err, &exit), errors.Is(ctx.Err(), context.DeadlineExceeded):
		return nil, ErrTooMuch
	}
	return nil, fmt.Errorf("%w: %w", ErrNotHere, err)
}

// limited keeps a number of bytes and drops the rest without an error, so that the
// process that writes them goes on to its end.
type limited struct {
	bytes.Buffer
	left int64
	over bool
}

func (l *limited) Write(b []byte) (int, error) {
	take := min(l.left, int64(len(b)))
	l.left -= take
	l.over = l.over || take < int64(len(b))
	l.Buffer.Write(b[:take])
	return len(b), nil
}
