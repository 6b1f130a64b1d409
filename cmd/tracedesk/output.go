package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"tracedesk/device/export"
	"tracedesk/storage"
	"tracedesk/workflow"
)

// answer prints a command's result, as JSON or as text.
func answer(cmd *cobra.Command, document any, text func(w io.Writer)) error {
	out := cmd.OutOrStdout()
	if flagSet(cmd, "json") {
		e := json.NewEncoder(out)
		e.SetEscapeHTML(false)
		return e.Encode(document)
	}
	var b strings.Builder
	text(&b)
	_, err := io.WriteString(out, b.String())
	return err
}

// say writes a message beside the result, to standard error.
func say(format string, args ...any) { fmt.Fprintf(os.Stderr, format+"\n", args...) }

// explain words an error in one line.
func explain(err error) string {
	what, do := workflow.Explain(err)
	var mismatch *storage.MismatchError
	if errors.As(err, &mismatch) {
		do = "nothing was stored; if it is right all the same, repeat with --confirm-mismatch, which is recorded"
	}
	var refused *export.Error
	if errors.As(err, &refused) && refused.Unknown != nil {
		do = "or " + columnsToName(refused.Unknown)
	}
	if do == "" {
		return what
	}
	return what + "; " + do
}

// columnsToName gives the flags with which a table of unknown format can be read,
// filled in with a guess.
func columnsToName(u *export.UnknownHeader) string {
	out := "name its columns"
	for _, flag := range columnFlags {
		if title := *flag.title(&u.Guess); title != "" {
			out += fmt.Sprintf(" --%s “%s”", flag.name, title)
		}
	}
	if unit := u.Guess.Unit; unit != "" {
		return out + " --column-unit " + string(unit)
	}
	return out + " (--time-column, --glucose-column, --column-unit)"
}

// command is a command that takes flags alone.
func command(use, short string) *cobra.Command {
	return &cobra.Command{Use: use, Short: short, Args: needNothing}
}

// commandGroup is a command that only groups others.
func commandGroup(use, short string) *cobra.Command {
	return &cobra.Command{Use: use, Short: short, Args: needNothing, RunE: needsMore}
}

// needFiles takes at least one file.
func needFiles(_ *cobra.Command, args []string) error {
	if len(args) == 0 {
		return usageError{errors.New("name a file")}
	}
	return nil
}

// needOneFile takes one file.
func needOneFile(cmd *cobra.Command, args []string) error {
	if len(args) > 1 {
		return usageError{fmt.Errorf("one file at a time, not %d", len(args))}
	}
	return needFiles(cmd, args)
}

func needNothing(_ *cobra.Command, args []string) error {
	if len(args) > 0 {
		return usageError{fmt.Errorf("“%s” is not understood here", args[0])}
	}
	return nil
}

func flagText(cmd *cobra.Command, name string) string {
	v, _ := cmd.Flags().GetString(name)
	return v
}

func flagSet(cmd *cobra.Command, name string) bool {
	v, _ := cmd.Flags().GetBool(name)
	return v
}

// required gives a usage error for the first flag that is missing.
func required(cmd *cobra.Command, names ...string) error {
	for _, name := range names {
		if v, _ := cmd.Flags().GetString(name); v == "" {
			return usageError{fmt.Errorf("--%s is missing", name)}
		}
	}
	return nil
}
