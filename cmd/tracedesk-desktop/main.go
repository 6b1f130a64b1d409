// Tracedesk-desktop is the window.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/app"

	"tracedesk/ui/screens"
	"tracedesk/ui/shell"
	"tracedesk/workflow"
	"tracedesk/workflow/confine"
)

// envPassphrase unlocks the store at the start, as for the terminal program.
const envPassphrase = "TRACEDESK_PASSPHRASE"

func main() {
	confine.Main(workflow.Works)
	confine.NoDumps()
	debug.SetGCPercent(25) // the computers are old: rather more work than more memory
	dir := flag.String("store", "", "the store's folder (the account's own)")
	user := flag.String("user", "", "who works, where several people use the store")
	port := flag.String("port", "", "the receiver's port, where the system does not say which it is")
	flag.Parse()
	if runtime.GOOS == "linux" && os.Getenv("DISPLAY") == "" && os.Getenv("WAYLAND_DISPLAY") == "" {
		fmt.Fprintln(os.Stderr, "tracedesk-desktop: there is no display here; use “tracedesk” on the terminal")
		os.Exit(1)
	}
	app.SetMetadata(shell.Metadata())
	a := app.NewWithID(shell.AppID)
	w, err := open(a, *dir, *user)
	if err != nil {
		fmt.Fprintln(os.Stderr, "tracedesk-desktop:", err)
		shell.ShowFailure(a, err)
		a.Run()
		os.Exit(1)
	}
	w.UsePort(*port)
	w.Start()
	if flag.NArg() == 1 { // “open with” of the file manager
		w.OpenFile(flag.Arg(0))
	}
	a.Run()
	if err := w.Close(); err != nil {
		fmt.Fprintln(os.Stderr, "tracedesk-desktop:", err)
		os.Exit(1)
	}
}

// open opens the window on the store in the folder, or on the account's own.
func open(a fyne.App, dir, user string) (*screens.Workstation, error) {
	if dir == "" {
		config, err := os.UserConfigDir()
		if err != nil {
			return nil, fmt.Errorf("finding the folder for the store: %w", err)
		}
		dir = filepath.Join(config, "Tracedesk", "store")
	}
	passphrase := os.Getenv(envPassphrase)
	_ = os.Unsetenv(envPassphrase) // no program started from here inherits it
	return screens.New(a, dir, user, passphrase)
}
