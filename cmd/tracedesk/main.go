// Tracedesk on the terminal: every step of the main job as a command, for
// scripts and tests. It links no window; without a command it starts the
// desktop that lies beside it.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"

	"github.com/spf13/cobra"

	"tracedesk/assets"
	"tracedesk/workflow"
	"tracedesk/workflow/confine"
)

// Exit statuses; scripts rely on them.
const (
	exitDone     = 0
	exitFailed   = 1
	exitUsage    = 2
	exitAnswerNo = 3 // done, but the answer is no
)

// errAnswerNo ends a command that did its work, with no as the answer.
var errAnswerNo = errors.New("the answer is no")

// usageError says that the command line was not understood.
type usageError struct{ err error }

func (e usageError) Error() string { return e.err.Error() }
func (e usageError) Unwrap() error { return e.err }

func main() {
	confine.Main(workflow.Works)
	confine.NoDumps()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	os.Exit(run(ctx, os.Args[1:]))
}

func run(ctx context.Context, args []string) int {
	root := newRoot()
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	var usage usageError
	switch {
	case err == nil:
		return exitDone
	case errors.Is(err, errAnswerNo):
		return exitAnswerNo
	case errors.As(err, &usage):
		fmt.Fprintf(os.Stderr, "tracedesk: %v; see “tracedesk --help”\n", err)
		return exitUsage
	}
	fmt.Fprintf(os.Stderr, "tracedesk: %s\n", explain(err))
	return exitFailed
}

func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:   "tracedesk",
		Short: "Professional CGM recordings: read, check 72 hours, print and keep",
		Long: `Tracedesk reads the recording of a professional CGM wear, checks that at least
72 hours were recorded, stores it, and makes the printout (CPT 95250) and the
draft of the interpretation (CPT 95251). It works offline.

Without a command it opens the desktop.`,
		Version:       assets.Version,
		SilenceErrors: true,
		SilenceUsage:  true,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 0 {
				return usageError{fmt.Errorf("there is no command “%s”", args[0])}
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, _ []string) error { return openDesktop(cmd.Context()) },
	}
	root.PersistentFlags().Bool("json", false, "print one JSON document on standard output")
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usageError{err} })
	root.CompletionOptions.HiddenDefaultCmd = true
	root.AddCommand(inspectCommand(), metricsCommand(), checkCommand(), reportCommand(), readCommand(),
		storeCommand(), userCommand(), patientCommand(), importCommand(), wearCommand(), signCommand(), exportCommand(),
		verifyCommand(), queueCommand(), profileCommand(), billingCommand(), codesCommand(), inventoryCommand(),
		demoCommand())
	return root
}

// openDesktop starts the desktop program, which lies beside this one.
func openDesktop(ctx context.Context, args ...string) error {
	self, err := os.Executable()
	if err != nil {
		return fmt.Errorf("finding the desktop: %w", err)
	}
	name := "tracedesk-desktop"
	if runtime.GOOS == "windows" {
		name += ".exe"
	}
	desktop := exec.CommandContext(ctx, filepath.Join(filepath.Dir(self), name), args...)
	desktop.Stdout, desktop.Stderr = os.Stderr, os.Stderr
	if err := desktop.Run(); err != nil {
		return fmt.Errorf("opening the desktop (%s): %w", desktop.Path, err)
	}
	return nil
}

// hasDisplay says whether this session can show a window.
func hasDisplay() bool {
	return runtime.GOOS != "linux" || os.Getenv("DISPLAY") != "" || os.Getenv("WAYLAND_DISPLAY") != ""
}
