package export

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"sync"
)

// hasher takes the SHA-256 of what is read beside the reading of it: on a
// second core a file's hash costs next to no time.
type hasher struct {
	blocks chan *bytes.Buffer
	block  *bytes.Buffer
	sum    func() string // ends the hashing; the hash in hex, the same each time
}

// hashBlockBytes is how much is handed over at once: waking the other side
// costs as much as hashing some kilobytes.
const hashBlockBytes = 1 << 16

// hashBlocks are the blocks' memory, used again and again.
var hashBlocks = sync.Pool{New: func() any { return bytes.NewBuffer(make([]byte, 0, hashBlockBytes)) }}

func newHasher() *hasher {
	h := &hasher{blocks: make(chan *bytes.Buffer, 4), block: hashBlocks.Get().(*bytes.Buffer)}
	done := make(chan string, 1)
	go func() {
		hash := sha256.New()
		for b := range h.blocks {
			hash.Write(b.Bytes())
			b.Reset()
			hashBlocks.Put(b)
		}
		done <- hex.EncodeToString(hash.Sum(nil))
	}()
	h.sum = sync.OnceValue(func() string {
		h.blocks <- h.block
		close(h.blocks)
		return <-done
	})
	return h
}

func (h *hasher) write(b []byte) {
	if h.block.Len()+len(b) > hashBlockBytes {
		h.blocks <- h.block
		h.block = hashBlocks.Get().(*bytes.Buffer)
	}
	h.block.Write(b)
}
