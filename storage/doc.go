// Package storage keeps what the practice has: patients, wears, recordings and
// the documents as they were issued, in one bbolt file. All changes of one act
// are one transaction. Every value passes through the codec, the one place
// that turns a value into bytes and back. The stored format is written down in
// docs/format.md.
package storage
