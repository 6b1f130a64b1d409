//go:build goexperiment.runtimesecret

package seal

import "runtime/secret"

// guarded runs what handles secrets. What the libraries copy on the way cannot be
// reached to overwrite it: Go's runtime does that, for registers and stack when f
// returns, and for what f allocated when the collector finds it unused.
func guarded(f func()) { secret.Do(f) }

// Guarded says whether the program was built so that copies are overwritten.
const Guarded = true
