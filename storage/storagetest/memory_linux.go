package storagetest

import (
	"bufio"
	"bytes"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
)

// Hidden is a secret to look for, kept so that looking does not find itself.
type Hidden []byte

const hiding = 0xa5

// Hide makes it of a secret.
func Hide(secret []byte) Hidden {
	out := make(Hidden, len(secret))
	for i, b := range secret {
		out[i] = b ^ hiding
	}
	return out
}

// windowBytes is read of the memory at a time.
const windowBytes = 1 << 20

// InMemory counts in how many places the writable memory of the process holds the
// secret, after what is not used any more was collected.
func InMemory(secret Hidden) (places int, err error) {
	for range 3 { // the collector overwrites what it frees when it sweeps
		runtime.GC()
	}
	debug.FreeOSMemory()
	maps, err := os.ReadFile("/proc/self/maps")
	if err != nil {
		return 0, err
	}
	memory, err := os.Open("/proc/self/mem")
	if err != nil {
		return 0, err
	}
	defer memory.Close()
	window := make([]byte, windowBytes)
	lines := bufio.NewScanner(bytes.NewReader(maps))
	for lines.Scan() {
		from, to, ok := writable(lines.Text())
		for at := from; ok && at < to; at += windowBytes - uint64(len(secret)) {
			n, err := memory.ReadAt(window[:min(windowBytes, to-at)], int64(at))
			if err != nil {
				break // of a device, or gone
			}
			for i := range window[:n] {
				window[i] ^= hiding
			}
			places += bytes.Count(window[:n], secret)
			clear(window)
		}
	}
	return places, nil
}

// writable is where a line of /proc/self/maps says that writable memory lies.
func writable(line string) (from, to uint64, ok bool) {
	fields := strings.Fields(line)
	if len(fields) < 2 || !strings.HasPrefix(fields[1], "rw") {
		return 0, 0, false
	}
	first, last, _ := strings.Cut(fields[0], "-")
	from, errFrom := strconv.ParseUint(first, 16, 64)
	to, errTo := strconv.ParseUint(last, 16, 64)
	return from, to, errFrom == nil && errTo == nil
}
