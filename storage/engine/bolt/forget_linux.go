package bolt

import (
	"syscall"

	"go.etcd.io/bbolt"
)

// forget takes the pages of the mapped file out of the program's memory, after
// a scan that touched many and will not be repeated soon; the system keeps them
// as long as it has room. To be called within a view, which keeps the mapping
// in place.
func forget(t *bbolt.Tx) {
	size := int(t.Size())
	size -= size % syscall.Getpagesize()
	_, _, _ = syscall.Syscall(syscall.SYS_MADVISE, t.DB().Info().Data, uintptr(size), syscall.MADV_DONTNEED) // only advice
}
