// Package memory keeps the window small. Fyne holds what it has drawn for a minute
// after it was last seen, which is a hundred megabytes where a person goes quickly
// from wear to wear, and another patient's texts with them; here it is five seconds,
// after which a screen that stood still is drawn anew from its parts.
//
// Fyne reads that time from the environment when it is initialised, so that this
// package has to be initialised before. It is: it imports nothing but os, and Go
// initialises packages as soon as their imports are, in the order of their paths;
// Fyne waits for packages that stand behind this one. Language specification,
// “Program initialization”. A test of package shell looks at the order.
package memory

import "os"

func init() {
	if os.Getenv("FYNE_CACHE") == "" {
		_ = os.Setenv("FYNE_CACHE", "5s")
	}
}
