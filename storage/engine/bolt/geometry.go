package bolt

import (
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"os"

	"tracedesk/storage/engine"
)

// bbolt's own check follows offsets of a damaged page out of the mapped file,
// on a goroutine of its own where nobody can catch the fault, and the program
// ends. So the geometry is checked before, by reading: every page that can be
// reached is one page of the file, reached once, and holds its elements. The
// layout is bbolt's, file version 2 (internal/common: page.go, meta.go).
const (
	pageHeader    = 16 // id 8, flags 2, count 2, overflow 4
	elementSize   = 16
	metaSize      = 64
	metaMagic     = 0xED0CDAED
	branchFlag    = 0x01
	leafFlag      = 0x02
	freelistFlag  = 0x10
	bucketElement = 0x01
	bucketHeader  = 16 // root page 8, sequence 8
	noFreelist    = ^uint64(0)
)

var order = binary.LittleEndian // of every system that this runs on

type geometry struct {
	f        *os.File
	pageSize uint64
	pages    uint64 // below the high-water mark
	reached  map[uint64]bool
	faults   []error
}

// checkGeometry names what is wrong with the pages of a file whose meta pages
// bbolt has accepted.
func checkGeometry(path string, pageSize int) []error {
	f, err := os.Open(path)
	if err != nil {
		return []error{err}
	}
	defer f.Close()
	g := &geometry{f: f, pageSize: uint64(pageSize), reached: map[uint64]bool{0: true, 1: true}}
	root, freelist, ok := g.meta()
	if !ok {
		return []error{fmt.Errorf("%w: neither of its first two pages is whole", engine.ErrDamaged)}
	}
	if freelist != noFreelist {
		g.freelist(freelist)
	}
	g.page(root)
	return g.faults
}

func (g *geometry) fault(page uint64, what string) {
	if len(g.faults) < mostFaults {
		g.faults = append(g.faults, fmt.Errorf("%w: page %d: %s", engine.ErrDamaged, page, what))
	}
}

// meta is that of the later of the two meta pages that are whole.
func (g *geometry) meta() (root, freelist uint64, ok bool) {
	latest := uint64(0)
	for i := range uint64(2) {
		m, err := g.read(i*g.pageSize+pageHeader, metaSize)
		if err != nil || order.Uint32(m) != metaMagic {
			continue
		}
		sum := fnv.New64a()
		_, _ = sum.Write(m[:metaSize-8]) // a hash takes every byte
		txid := order.Uint64(m[48:])
		if sum.Sum64() != order.Uint64(m[56:]) || ok && txid < latest {
			continue
		}
		latest, ok = txid, true
		root, freelist, g.pages = order.Uint64(m[16:]), order.Uint64(m[32:]), order.Uint64(m[40:])
	}
	return root, freelist, ok
}

func (g *geometry) read(at, n uint64) ([]byte, error) {
	b := make([]byte, n)
	_, err := g.f.ReadAt(b, int64(at))
	return b, err
}

// header reads a page's header and takes its pages; ok is false where the page
// cannot be used.
func (g *geometry) header(id uint64) (flags uint16, count, size uint64, ok bool) {
	if id < 2 || id >= g.pages {
		g.fault(id, "there is no such page")
		return 0, 0, 0, false
	}
	h, err := g.read(id*g.pageSize, pageHeader)
	if err != nil {
		g.fault(id, "it cannot be read: "+err.Error())
		return 0, 0, 0, false
	}
	span := uint64(order.Uint32(h[12:])) + 1
	if order.Uint64(h) != id || span > g.pages-id {
		g.fault(id, "its head is damaged")
		return 0, 0, 0, false
	}
	for i := range span {
		if g.reached[id+i] {
			g.fault(id+i, "it is used twice")
			return 0, 0, 0, false
		}
		g.reached[id+i] = true
	}
	return order.Uint16(h[8:]), uint64(order.Uint16(h[10:])), span * g.pageSize, true
}

// freelist checks the list of free pages: one written over would be a loss.
func (g *geometry) freelist(id uint64) {
	flags, count, size, ok := g.header(id)
	if !ok {
		return
	}
	if flags != freelistFlag {
		g.fault(id, "it is not the list of free pages")
		return
	}
	room := (size - pageHeader) / 8
	if count == 0xFFFF { // the count is too large for the head, and stands before the list
		b, err := g.read(id*g.pageSize+pageHeader, 8)
		if err != nil {
			g.fault(id, err.Error())
			return
		}
		count, room = order.Uint64(b), room-1
	}
	if count > room {
		g.fault(id, "the list of free pages is longer than its page")
	}
}

// page checks a page of a bucket, and the pages below it.
func (g *geometry) page(id uint64) {
	flags, count, size, ok := g.header(id)
	if !ok {
		return
	}
	if pageHeader+count*elementSize > size {
		g.fault(id, "it holds more entries than it has room for")
		return
	}
	elements, err := g.read(id*g.pageSize+pageHeader, count*elementSize)
	if err != nil {
		g.fault(id, err.Error())
		return
	}
	switch flags {
	case branchFlag:
		g.branch(id, elements, size)
	case leafFlag:
		g.leaf(id, elements, size)
	default:
		g.fault(id, "it is of no known kind")
	}
}

// fits says whether an element's bytes lie in its page; pos counts from the
// element itself.
func fits(i int, pos, length, size uint64) bool {
	return pos >= elementSize && pageHeader+uint64(i)+pos+length <= size
}

func (g *geometry) branch(id uint64, elements []byte, size uint64) {
	for i := 0; i < len(elements); i += elementSize {
		e := elements[i:]
		if !fits(i, uint64(order.Uint32(e)), uint64(order.Uint32(e[4:])), size) {
			g.fault(id, "an entry reaches out of it")
			continue
		}
		g.page(order.Uint64(e[8:]))
	}
}

func (g *geometry) leaf(id uint64, elements []byte, size uint64) {
	for i := 0; i < len(elements); i += elementSize {
		e := elements[i:]
		pos, key, value := uint64(order.Uint32(e[4:])), uint64(order.Uint32(e[8:])), uint64(order.Uint32(e[12:]))
		if !fits(i, pos, key+value, size) {
			g.fault(id, "an entry reaches out of it")
			continue
		}
		switch order.Uint32(e) {
		case 0:
		case bucketElement:
			g.bucket(id, id*g.pageSize+pageHeader+uint64(i)+pos+key, value)
		default:
			g.fault(id, "an entry is of no known kind")
		}
	}
}

// bucket checks a bucket: its own tree, or a small one written in its place.
func (g *geometry) bucket(id, at, length uint64) {
	if length < bucketHeader {
		g.fault(id, "a bucket's head is cut off")
		return
	}
	b, err := g.read(at, length)
	if err != nil {
		g.fault(id, err.Error())
		return
	}
	if root := order.Uint64(b); root != 0 {
		g.page(root)
		return
	}
	inline := b[bucketHeader:]
	if uint64(len(inline)) < pageHeader || order.Uint16(inline[8:]) != leafFlag {
		g.fault(id, "a small bucket is damaged")
		return
	}
	count := uint64(order.Uint16(inline[10:]))
	if pageHeader+count*elementSize > uint64(len(inline)) {
		g.fault(id, "a small bucket holds more entries than it has room for")
		return
	}
	for i := range int(count) {
		e := inline[pageHeader+i*elementSize:]
		if order.Uint32(e) != 0 || !fits(i*elementSize, uint64(order.Uint32(e[4:])), uint64(order.Uint32(e[8:]))+uint64(order.Uint32(e[12:])), uint64(len(inline))) {
			g.fault(id, "an entry of a small bucket reaches out of it")
		}
	}
}
