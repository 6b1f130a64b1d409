//go:build !windows

package workflow

import (
	"errors"
	"fmt"
	"os/exec"
	"strings"
)

// printFile hands a document to CUPS, as Linux and macOS have it.
func printFile(path string) error {
	lp, err := exec.LookPath("lp")
	if err != nil {
		return ErrNoPrinter
	}
	// its title is in the queue, which others see
	out, err := exec.Command(lp, "-t", "Tracedesk document", "--", path).CombinedOutput()
	var refused *exec.ExitError
	switch {
	case errors.As(err, &refused):
		return fmt.Errorf("%w (%s)", ErrNoPrinter, strings.TrimSpace(string(out)))
	case err != nil:
		return err
	}
	return nil
}
