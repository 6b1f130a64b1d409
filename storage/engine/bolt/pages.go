package bolt

import (
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"io"

	"tracedesk/storage/engine"
)

// bbolt follows offsets of a damaged page out of the mapped file: what it makes
// of them are pointers that end the program when memory is next collected, on
// whatever goroutine. So nothing of a file reaches bbolt that was not read here
// first: every page that can be reached is one page of the file, reached once,
// holds its elements, in the order of their keys, at its depth; every other page
// is on the list of free ones. A file with a fault is never read through the
// mapping at all, but through this reader; see salvaged. The layout is bbolt's,
// file version 2 (internal/common: page.go, meta.go).
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

	smallestPage = 1 << 10
	largestPage  = 1 << 16
	deepest      = 32 // levels of a tree; 4 hold millions of keys
	longestKey   = 1 << 15
)

var order = binary.LittleEndian // of every system that this runs on

// pages reads the pages of a file.
type pages struct {
	f        io.ReaderAt
	size     uint64 // of the file
	pageSize uint64
	count    uint64 // below the high-water mark
	reached  bits
	faults   []error

	// entry takes a key with the place of its value, lost a range of keys, from
	// the first up to the second, that cannot be read; both may be nil.
	entry func(bucket, key string, at, length uint64)
	lost  func(bucket string, r keyRange)
}

// keyRange is the keys of a page: from the first on, below the second where
// there is one.
type keyRange struct {
	from, to string
	last     bool // there is no second
}

func (r keyRange) holds(key string) bool { return key >= r.from && (r.last || key < r.to) }

// bits are a set of page numbers.
type bits []uint64

func newBits(n uint64) bits             { return make(bits, n/64+1) }
func (b bits) has(i uint64) bool        { return b[i/64]&(1<<(i%64)) != 0 }
func (b bits) put(i uint64)             { b[i/64] |= 1 << (i % 64) }
func (b bits) take(i uint64) (was bool) { was = b.has(i); b.put(i); return was }

// meta is one of the two first pages that is whole.
type meta struct{ pageSize, root, freelist, pages, txid uint64 }

// readMeta reads the meta page that begins at the place.
func readMeta(f io.ReaderAt, at uint64) (m meta, ok bool) {
	b := make([]byte, metaSize)
	if _, err := f.ReadAt(b, int64(at+pageHeader)); err != nil || order.Uint32(b) != metaMagic {
		return meta{}, false
	}
	sum := fnv.New64a()
	_, _ = sum.Write(b[:metaSize-8]) // a hash takes every byte
	if sum.Sum64() != order.Uint64(b[56:]) {
		return meta{}, false
	}
	m = meta{
		pageSize: uint64(order.Uint32(b[8:])), root: order.Uint64(b[16:]), freelist: order.Uint64(b[32:]),
		pages: order.Uint64(b[40:]), txid: order.Uint64(b[48:]),
	}
	return m, m.pageSize >= smallestPage && m.pageSize <= largestPage && m.pageSize&(m.pageSize-1) == 0
}

// latestMeta is the later of the two meta pages that are whole; both says that
// both are.
func latestMeta(f io.ReaderAt) (latest meta, both bool, err error) {
	first, ok := readMeta(f, 0)
	second, too := first, false
	if ok {
		second, too = readMeta(f, first.pageSize)
	}
	for size := uint64(smallestPage); !ok && !too && size <= largestPage; size *= 2 {
		second, too = readMeta(f, size)
		too = too && second.pageSize == size
	}
	switch {
	case !ok && !too:
		return meta{}, false, fmt.Errorf("%w: neither of its first two pages is whole", engine.ErrNotStore)
	case !ok, too && second.txid > first.txid:
		return second, ok, nil
	}
	return first, too, nil
}

// walk reads all pages of a file by its meta page.
func (g *pages) walk(m meta) {
	g.pageSize, g.count = m.pageSize, m.pages
	g.reached = newBits(g.count)
	g.reached.put(0)
	g.reached.put(1)
	freed := g.freelist(m.freelist)
	g.page(m.root, branchOf{last: true})
	for i := uint64(2); freed != nil && i < g.count; i++ {
		switch used := g.reached.has(i); {
		case used && freed.has(i):
			g.fault(i, "it is used and on the list of free pages")
		case !used && !freed.has(i):
			g.fault(i, "it is neither used nor on the list of free pages")
		}
	}
}

func (g *pages) fault(page uint64, what string) {
	if len(g.faults) < mostFaults {
		g.faults = append(g.faults, fmt.Errorf("%w: page %d: %s", engine.ErrDamaged, page, what))
	}
}

func (g *pages) read(at, n uint64) ([]byte, error) {
	if at > g.size || n > g.size-at {
		return nil, io.ErrUnexpectedEOF
	}
	b := make([]byte, n)
	_, err := g.f.ReadAt(b, int64(at))
	return b, err
}

// node is a page that was read: its header, and the bytes of the first of its
// pages.
type node struct {
	id, size     uint64
	flags, count uint64
	bytes        []byte
	inline       bool // a small bucket, in the page of another
}

// head reads a page and takes its pages; ok is false where it cannot be used.
func (g *pages) head(id uint64) (p node, ok bool) {
	if id < 2 || id >= g.count {
		g.fault(id, "there is no such page")
		return p, false
	}
	b, err := g.read(id*g.pageSize, g.pageSize)
	if err != nil {
		g.fault(id, "it cannot be read: "+err.Error())
		return p, false
	}
	span := uint64(order.Uint32(b[12:])) + 1
	if order.Uint64(b) != id || span > g.count-id {
		g.fault(id, "its head is damaged")
		return p, false
	}
	for i := range span {
		if g.reached.take(id + i) {
			g.fault(id+i, "it is used twice")
			return p, false
		}
	}
	p = node{id: id, size: span * g.pageSize, bytes: b}
	p.flags, p.count = uint64(order.Uint16(b[8:])), uint64(order.Uint16(b[10:]))
	return p, true
}

// part are bytes of a page, by their place in it.
func (g *pages) part(p node, at, n uint64) ([]byte, bool) {
	if at > p.size || n > p.size-at {
		return nil, false
	}
	if at+n <= uint64(len(p.bytes)) {
		return p.bytes[at : at+n], true
	}
	b, err := g.read(p.id*g.pageSize+at, n)
	return b, err == nil
}

// freelist are the free pages; nil where the list cannot be used.
func (g *pages) freelist(id uint64) bits {
	if id == noFreelist {
		return nil
	}
	p, ok := g.head(id)
	if !ok {
		return nil
	}
	if p.flags != freelistFlag {
		g.fault(id, "it is not the list of free pages")
		return nil
	}
	at := uint64(pageHeader)
	if p.count == 0xFFFF { // the count is too large for the head, and stands before the list
		if b, ok := g.part(p, at, 8); ok {
			p.count, at = order.Uint64(b), at+8
		}
	}
	if p.count > p.size/8 {
		g.fault(id, "the list of free pages is longer than its page")
		return nil
	}
	list, ok := g.part(p, at, p.count*8)
	if !ok {
		g.fault(id, "the list of free pages is longer than its page")
		return nil
	}
	freed := newBits(g.count)
	for ; len(list) > 0; list = list[8:] {
		free := order.Uint64(list)
		if free < 2 || free >= g.count || freed.take(free) {
			g.fault(id, "the list of free pages names one that there is not, or one twice")
			return nil
		}
	}
	return freed
}

// branchOf is where a page hangs: in which bucket, none for the tree of buckets,
// how deep, and which keys it may hold.
type branchOf struct {
	bucket   string
	inBucket bool
	depth    int
	min, max string
	last     bool // there is no max
}

func (w branchOf) span() keyRange { return keyRange{w.min, w.max, w.last} }

// gone tells that the keys of a page are lost.
func (g *pages) gone(w branchOf) {
	if g.lost != nil {
		g.lost(w.bucket, w.span())
	}
}

// page reads a page of a tree, and the pages below it, and gives the last key
// that it holds.
func (g *pages) page(id uint64, w branchOf) (last string) {
	p, ok := g.head(id)
	if ok && w.depth > deepest {
		g.fault(id, "it lies too deep")
		ok = false
	}
	var elements []byte
	if ok {
		if elements, ok = g.part(p, pageHeader, p.count*elementSize); !ok {
			g.fault(id, "it holds more entries than it has room for")
		}
	}
	if !ok {
		g.gone(w)
		return w.min
	}
	switch {
	case p.flags == branchFlag && p.count > 0:
		return g.branch(p, elements, w)
	case p.flags == leafFlag && (p.count > 0 || !w.inBucket && w.depth == 0): // an empty bucket is a small one
		return g.leaf(p, elements, w)
	}
	g.fault(id, "it is of no known kind")
	g.gone(w)
	return w.min
}

// key is the key of an element that stands at i; pos counts from the element
// itself. bbolt writes keys and values one after the other behind the elements:
// one that begins elsewhere than at next says that the page was changed, such as
// the number of its elements.
func (g *pages) key(p node, i int, pos, length, more uint64, next *uint64) (key string, at uint64, ok bool) {
	at = pageHeader + uint64(i) + pos
	if at != *next || length > longestKey || at+length+more > p.size {
		g.fault(p.id, "an entry lies where none can")
		return "", 0, false
	}
	*next = at + length + more
	b, ok := g.part(p, at, length)
	if !ok {
		g.fault(p.id, "an entry cannot be read")
	}
	return string(b), at, ok
}

// inOrder says whether a key stands where it may.
func (g *pages) inOrder(p node, first bool, before, key string, w branchOf) bool {
	if key < before || !first && key == before || !w.last && key >= w.max {
		g.fault(p.id, "its keys are not in order")
		return false
	}
	return true
}

func (g *pages) branch(p node, elements []byte, w branchOf) (last string) {
	type child struct {
		id  uint64
		key string
	}
	var children []child
	before, next := w.min, pageHeader+uint64(len(elements))
	for i := 0; i < len(elements); i += elementSize {
		e := elements[i:]
		key, _, ok := g.key(p, i, uint64(order.Uint32(e)), uint64(order.Uint32(e[4:])), 0, &next)
		if !ok || !g.inOrder(p, i == 0, before, key, w) {
			g.gone(w)
			return w.min
		}
		children, before = append(children, child{order.Uint64(e[8:]), key}), key
	}
	last = w.min
	for i, c := range children {
		below := branchOf{w.bucket, w.inBucket, w.depth + 1, c.key, w.max, w.last}
		if i+1 < len(children) {
			below.max, below.last = children[i+1].key, false
		}
		if i > 0 && last >= c.key {
			g.fault(p.id, "its keys are not in order")
		}
		last = max(last, g.page(c.id, below))
	}
	return last
}

func (g *pages) leaf(p node, elements []byte, w branchOf) (last string) {
	before, next := w.min, pageHeader+uint64(len(elements))
	for i := 0; i < len(elements); i += elementSize {
		e := elements[i:]
		length := uint64(order.Uint32(e[12:]))
		key, at, ok := g.key(p, i, uint64(order.Uint32(e[4:])), uint64(order.Uint32(e[8:])), length, &next)
		if ok && len(key) == 0 {
			g.fault(p.id, "an entry has no key")
			ok = false
		}
		if !ok || !g.inOrder(p, i == 0, before, key, w) {
			g.gone(branchOf{bucket: w.bucket, inBucket: w.inBucket, min: before, max: w.max, last: w.last})
			return before
		}
		g.value(p, order.Uint32(e), key, at+uint64(len(key)), length, w)
		before = key
	}
	if p.inline && next != p.size {
		g.fault(p.id, "a small bucket holds something beside its entries")
		g.gone(w)
	}
	return before
}

// value takes an entry: of a bucket a value, of the tree of buckets a bucket.
func (g *pages) value(p node, flags uint32, key string, at, length uint64, w branchOf) {
	switch {
	case w.inBucket && flags == 0:
		if g.entry != nil {
			g.entry(w.bucket, key, p.id*g.pageSize+at, length)
		}
	case !w.inBucket && flags == bucketElement:
		g.bucket(p, key, at, length)
	default:
		g.fault(p.id, "an entry is of no known kind")
		lost := branchOf{bucket: w.bucket, inBucket: w.inBucket, min: key, max: key + "\x00"}
		if !w.inBucket {
			lost = branchOf{bucket: key, last: true}
		}
		g.gone(lost)
	}
}

// bucket reads a bucket: its own tree, or a small one written in its place.
func (g *pages) bucket(p node, name string, at, length uint64) {
	w := branchOf{bucket: name, inBucket: true, last: true}
	b, ok := g.part(p, at, min(length, g.pageSize))
	if !ok || length < bucketHeader {
		g.fault(p.id, "a bucket's head is cut off")
		g.gone(w)
		return
	}
	if root := order.Uint64(b); root != 0 {
		w.depth = 1
		g.page(root, w)
		return
	}
	inline := b[bucketHeader:]
	if uint64(len(inline)) < pageHeader || order.Uint16(inline[8:]) != leafFlag {
		g.fault(p.id, "a small bucket is damaged")
		g.gone(w)
		return
	}
	// Its places count from its own head: a page within the page.
	count := uint64(order.Uint16(inline[10:]))
	small := node{id: p.id, size: uint64(len(inline)), flags: leafFlag, count: count, bytes: inline, inline: true}
	if pageHeader+small.count*elementSize > small.size {
		g.fault(p.id, "a small bucket holds more entries than it has room for")
		g.gone(w)
		return
	}
	inner := *g
	inner.faults = nil
	if g.entry != nil {
		inner.entry = func(bucket, key string, offset, length uint64) { g.entry(bucket, key, offset+at+bucketHeader, length) }
	}
	inner.leaf(small, inline[pageHeader:pageHeader+small.count*elementSize], w)
	g.faults = append(g.faults, inner.faults...)
}
