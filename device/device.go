// Package device is where recordings come from: the receiver over a wire and
// the export files of other programs. What lies here is what all of these
// share; each way in has a package of its own below.
package device

// Progress is told how much of a long work is done, in the work's own measure
// (bytes, pages), and what is being done. It may be called often and must
// return fast.
type Progress func(done, total int64, what string)
