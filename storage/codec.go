package storage

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
)

// ErrDamaged is a stored value whose bytes are not those that were written.
var ErrDamaged = errors.New("a stored value is damaged")

// codecPlain marks a value as: this byte, CRC-32C of bucket, key and value,
// the value. The checksum covers bucket and key so that a value that was moved
// is noticed. A sealed form will have another first byte.
const codecPlain = 1

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func checksum(bucket, key string, value []byte) uint32 {
	sum := crc32.Update(0, castagnoli, []byte(bucket+"\x00"+key+"\x00"))
	return crc32.Update(sum, castagnoli, value)
}

// wrap makes the stored bytes of a value.
func wrap(bucket, key string, value []byte) []byte {
	out := make([]byte, 0, len(value)+5)
	out = append(out, codecPlain)
	out = binary.LittleEndian.AppendUint32(out, checksum(bucket, key, value))
	return append(out, value...)
}

// unwrap gives the value back; the bytes are the store's own, to be copied.
func unwrap(bucket, key string, stored []byte) ([]byte, error) {
	if len(stored) < 5 {
		return nil, fmt.Errorf("%s %s: %w", bucket, key, ErrDamaged)
	}
	if stored[0] != codecPlain {
		return nil, fmt.Errorf("%s %s: it was written by a newer version of Tracedesk: %w", bucket, key, ErrDamaged)
	}
	value := stored[5:]
	if binary.LittleEndian.Uint32(stored[1:]) != checksum(bucket, key, value) {
		return nil, fmt.Errorf("%s %s: %w", bucket, key, ErrDamaged)
	}
	return value, nil
}

func toJSON(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // only types of ours, which always marshal
	}
	return b
}
