//go:build !linux

package bolt

import "go.etcd.io/bbolt"

func forget(*bbolt.Tx) {}
