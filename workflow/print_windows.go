package workflow

import (
	"errors"
	"fmt"

	"golang.org/x/sys/windows"
)

// printFile asks the program that opens PDFs to print one, as the desktop's own
// “Print” does.
func printFile(path string) error {
	verb, err := windows.UTF16PtrFromString("print")
	if err != nil {
		return err
	}
	file, err := windows.UTF16PtrFromString(path)
	if err != nil {
		return err
	}
	err = windows.ShellExecute(0, verb, file, nil, nil, windows.SW_HIDE)
	if errors.Is(err, windows.ERROR_FILE_NOT_FOUND) || errors.Is(err, windows.ERROR_PATH_NOT_FOUND) {
		return err
	}
	if err != nil { // no program takes the verb
		return fmt.Errorf("%w (%w)", ErrNoPrinter, err)
	}
	return nil
}
