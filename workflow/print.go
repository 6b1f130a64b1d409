package workflow

import (
	"errors"
	"fmt"
)

// ErrNoPrinter says that the system has no printer that takes documents straight from
// a program. They can be opened in the viewer and printed from there.
var ErrNoPrinter = errors.New("this computer has no default printer that takes documents from programs")

// printFiles gives documents to the system's default printer, each once, in their
// order.
func printFiles(paths ...string) error {
	for _, path := range paths {
		if err := printFile(path); err != nil {
			return fmt.Errorf("printing %s: %w", path, err)
		}
	}
	return nil
}
