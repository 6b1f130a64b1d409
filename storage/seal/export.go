package seal

import "bytes"

// RawForTest is the key's bytes where they lie; CloneForTest a copy of the key.
// Only tests ask for them.
func RawForTest(k *Key) []byte { return k.raw }

// CloneForTest is a copy of the key that outlives it.
func CloneForTest(k *Key) *Key { return &Key{bytes.Clone(k.raw)} }
