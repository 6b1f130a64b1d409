// Tracedesk-desktop is the window.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime"

	"fyne.io/fyne/v2/app"

	"tracedesk/storage"
	"tracedesk/ui"
)

func main() {
	dir := flag.String("store", "", "the store's folder (the account's own)")
	port := flag.String("port", "", "the receiver's port, where the system does not say which it is")
	flag.Parse()
	if runtime.GOOS == "linux" && os.Getenv("DISPLAY") == "" && os.Getenv("WAYLAND_DISPLAY") == "" {
		fmt.Fprintln(os.Stderr, "tracedesk-desktop: there is no display here; use “tracedesk” on the terminal")
		os.Exit(1)
	}
	app.SetMetadata(ui.Metadata())
	a := app.NewWithID(ui.AppID)
	s, err := openStore(*dir)
	if err != nil {
		fmt.Fprintln(os.Stderr, "tracedesk-desktop:", err)
		ui.ShowFailure(a, err)
		a.Run()
		os.Exit(1)
	}
	defer s.Close()
	w := ui.New(a, s)
	w.UsePort(*port)
	w.Show()
	if flag.NArg() == 1 { // “open with” of the file manager
		w.OpenFile(flag.Arg(0))
	}
	a.Run()
}

// openStore opens the store, and makes the account's own at the first start.
func openStore(dir string) (*storage.Store, error) {
	if dir != "" {
		return storage.Open(dir)
	}
	config, err := os.UserConfigDir()
	if err != nil {
		return nil, fmt.Errorf("finding the folder for the store: %w", err)
	}
	dir = filepath.Join(config, "Tracedesk", "store")
	if _, err := os.Stat(filepath.Join(dir, storage.FileName)); os.IsNotExist(err) {
		return storage.Create(dir)
	}
	return storage.Open(dir)
}
