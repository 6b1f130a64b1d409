package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"tracedesk/storage"
)

// answer prints a command's result: the JSON document, or what text writes.
func answer(cmd *cobra.Command, document any, text func(w io.Writer)) error {
	out := cmd.OutOrStdout()
	if asJSON, _ := cmd.Flags().GetBool("json"); asJSON {
		e := json.NewEncoder(out)
		e.SetEscapeHTML(false)
		return e.Encode(document)
	}
	var b strings.Builder
	text(&b)
	_, err := io.WriteString(out, b.String())
	return err
}

// say is a message that is no result.
func say(format string, args ...any) { fmt.Fprintf(os.Stderr, format+"\n", args...) }

// explain words an error for a person: what happened and what to do, in one line.
func explain(err error) string {
	do := ""
	switch {
	case errors.Is(err, storage.ErrNoStore):
		do = "check the folder, or make a store with “tracedesk store init --store DIR”"
	case errors.Is(err, storage.ErrExists):
		do = "use it as it is, or choose another folder"
	case errors.Is(err, storage.ErrInUse):
		do = "close the window or program that has it open"
	case errors.Is(err, storage.ErrVersion):
		do = "install the newer version of Tracedesk"
	case errors.Is(err, storage.ErrNotStore), errors.Is(err, storage.ErrDamaged):
		do = "do not use it further; restore it from a backup"
	case errors.Is(err, syscall.ENOSPC):
		do = "make room on the disk and try again; nothing half done was kept"
	}
	var mismatch *storage.MismatchError
	if errors.As(err, &mismatch) {
		do = "nothing was stored; if it is this patient's all the same, repeat with --confirm-mismatch, which is recorded"
	}
	if do == "" {
		return oneLine(err.Error())
	}
	return oneLine(err.Error() + "; " + do)
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

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

// required makes a usage error of the first flag that was not given.
func required(cmd *cobra.Command, names ...string) error {
	for _, name := range names {
		if v, _ := cmd.Flags().GetString(name); v == "" {
			return usageError{fmt.Errorf("--%s is missing", name)}
		}
	}
	return nil
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
