//go:build !windows

package storage

// systemProtector: the file's permissions are all the protection there is.
var systemProtector Protector
