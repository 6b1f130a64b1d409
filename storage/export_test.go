package storage

// DataKey is the key of an unlocked store, for the tests that look for it.
func DataKey(s *Store) []byte { return s.key.Raw() }
