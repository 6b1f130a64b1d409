// Package wording says numbers, checks and findings in words, for screens,
// documents and the terminal alike: lengths of time, shares, the draft of each
// finding, the names of files. It describes and never advises.
package wording
