package storage

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Every stored value belongs to an owner: the wear or patient that it is about,
// else its bucket. What an owner has stands in its manifest, with the hash of each
// value; the hashes of all manifests make the tree, and its root stands in the
// sealed state and in every act. So no value can be taken away, put back, added or
// exchanged without the manifest, the root or the trail telling.

// bucketManifests holds the manifests of buckets, by name. Those of wears and patients
// lie beside them, since an act that changes something of theirs mostly writes that
// page anyway.
const (
	bucketManifests = "manifests"
	manifestSuffix  = "/manifest"
)

// placeOf is where an owner's manifest lies.
func placeOf(owner string) (bucket, key string) {
	if bucket, id, of := strings.Cut(owner, "/"); of {
		return bucket, id + manifestSuffix
	}
	return bucketManifests, owner
}

// manifestAt is whose manifest lies there, where one does.
func manifestAt(bucket, key string) (owner string, is bool) {
	switch bucket {
	case bucketManifests:
		return key, true
	case bucketWears, bucketPatients:
		id, is := strings.CutSuffix(key, manifestSuffix)
		return nameOf(bucket, id), is
	}
	return "", false
}

// wearOwner is the owner of what belongs to a wear.
func wearOwner(id string) string { return nameOf(bucketWears, id) }

type digest [sha256.Size]byte

func (d digest) String() string { return hex.EncodeToString(d[:]) }

// committed says whether a value stands in a manifest. The trail is chained by
// itself; what is written without a key cannot be committed to; and the note that
// deleted values still lie in the file goes with them, without an act.
func committed(bucket, key string) bool {
	switch bucket {
	case bucketAudit:
		return false
	case bucketMeta:
		return key != keyState && key != keyFailures && key != keyOutcome && key != keyCompact
	}
	_, is := manifestAt(bucket, key)
	return !is
}

// ownerOf is whose manifest a value stands in. A recording and a PDF are their
// wear's, which their key does not name: ownerOf gives the bucket for them.
func ownerOf(bucket, key string) string {
	switch bucket {
	case bucketPatients, bucketWears:
		return nameOf(bucket, key)
	case bucketDrafts:
		return wearOwner(key)
	case bucketSteps, bucketDocuments, bucketServices:
		id, _, _ := strings.Cut(key, "/")
		if bucket == bucketServices {
			return nameOf(bucketPatients, id)
		}
		return wearOwner(id)
	}
	return bucket
}

// nameOf is a value's name in manifests and acts.
func nameOf(bucket, key string) string { return bucket + "/" + key }

// manifest is what an owner has: the SHA-256 of each value, not sealed, by name.
type manifest map[string]digest

// bytes is the stored form: for each name in order its length as a uvarint, the
// name, and the hash.
func (m manifest) bytes() []byte {
	var out []byte
	for _, name := range sortedKeys(m) {
		d := m[name]
		out = binary.AppendUvarint(out, uint64(len(name)))
		out = append(append(out, name...), d[:]...)
	}
	return out
}

func parseManifest(b []byte) (manifest, error) {
	m := manifest{}
	err := eachListed(b, func(name []byte, of digest) { m[string(name)] = of })
	return m, err
}

// eachListed visits what a stored manifest lists.
func eachListed(b []byte, visit func(name []byte, of digest)) error {
	for len(b) > 0 {
		n, used := binary.Uvarint(b)
		if used <= 0 || n > uint64(len(b)-used) || len(b)-used-int(n) < sha256.Size {
			return ErrDamaged
		}
		name := b[used : used+int(n)]
		b = b[used+int(n):]
		visit(name, digest(b[:sha256.Size]))
		b = b[sha256.Size:]
	}
	return nil
}

// tree is the Merkle tree over all manifests, in memory while the store is
// unlocked. An owner's place is the SHA-256 of its name, digit by digit in base 16.
type tree struct {
	leaves   map[string]digest // of the manifests, by owner
	top      *node
	suspects map[string]error // what is known to be changed, by owner
}

// node is empty, one owner, or sixteen nodes below.
type node struct {
	below []*node // nil, or 16
	owner string
	place digest
	leaf  digest
	count int
	hash  digest
	known bool // hash is that of what is below
}

func newTree() *tree { return &tree{leaves: map[string]digest{}, top: &node{}} }

// set gives an owner's manifest another hash; the zero one takes the owner away.
// It gives the hash from before.
func (t *tree) set(owner string, of digest) (before digest) {
	before = t.leaves[owner]
	if before == of {
		return before
	}
	place := sha256.Sum256([]byte(owner))
	if before != (digest{}) {
		t.top.remove(place, 0)
		delete(t.leaves, owner)
	}
	if of != (digest{}) {
		t.leaves[owner] = of
		t.top.add(&node{owner: owner, place: place, leaf: of, count: 1}, 0)
	}
	return before
}

func digit(place digest, depth int) int {
	return int(place[depth/2]>>(4*(1-depth%2))) & 15
}

func (n *node) add(one *node, depth int) {
	switch {
	case n.below == nil && n.count == 0:
		*n = *one
	case n.below == nil:
		old := *n
		*n = node{below: make([]*node, 16)}
		n.add(&old, depth)
		n.add(one, depth)
	default:
		at := digit(one.place, depth)
		if n.below[at] == nil {
			n.below[at] = &node{}
		}
		n.below[at].add(one, depth+1)
		n.count++
		n.known = false
	}
}

// remove takes an owner out; a node with a single owner below becomes that owner.
func (n *node) remove(place digest, depth int) {
	if n.below == nil {
		*n = node{}
		return
	}
	n.below[digit(place, depth)].remove(place, depth+1)
	n.count--
	n.known = false
	if n.count == 1 {
		for _, b := range n.below {
			if b != nil && b.count == 1 {
				*n = *b
				return
			}
		}
	}
}

// sum is the node's hash: 32 zero bytes where nothing is, SHA-256 of 0, owner, 0
// and manifest's hash for one owner, SHA-256 of 1 and the sixteen hashes below.
func (n *node) sum() digest {
	if n == nil || n.count == 0 {
		return digest{}
	}
	if n.known {
		return n.hash
	}
	if n.below == nil {
		n.hash = sha256.Sum256(slices.Concat([]byte{0}, []byte(n.owner), []byte{0}, n.leaf[:]))
	} else {
		text := make([]byte, 1, 1+16*sha256.Size)
		text[0] = 1
		for _, b := range n.below {
			h := b.sum()
			text = append(text, h[:]...)
		}
		n.hash = sha256.Sum256(text)
	}
	n.known = true
	return n.hash
}

func (t *tree) root() string { return t.top.sum().String() }

// loadTree reads the manifests, and gives what they list of patients and wears. A
// manifest that does not open is left out, and the root tells.
func loadTree(t *tx) (*tree, manifest, error) {
	type leaf struct {
		sum    digest
		listed []keyed[digest]
	}
	patients, wears := []byte(bucketPatients+"/"), []byte(bucketWears+"/")
	out, listed := newTree(), manifest{}
	for _, bucket := range []string{bucketManifests, bucketPatients, bucketWears} {
		all, err := eachParallel(t, bucket, true, func(value []byte) (leaf, bool) {
			l := leaf{sum: sha256.Sum256(value)}
			err := eachListed(value, func(name []byte, of digest) {
				if bytes.HasPrefix(name, patients) || bytes.HasPrefix(name, wears) {
					l.listed = append(l.listed, keyed[digest]{string(name), of})
				}
			})
			return l, err == nil
		})
		if err != nil && !errors.Is(err, ErrPage) { // what a damaged page held is missing, and named
			return nil, nil, err
		}
		for _, one := range all {
			owner, _ := manifestAt(bucket, one.key)
			out.set(owner, one.value.sum)
			for _, l := range one.value.listed {
				listed[l.key] = l.value
			}
		}
	}
	return out, listed, nil
}

// sheet is a manifest within a transaction.
type sheet struct {
	manifest
	changed bool
}

// manifestOf is an owner's manifest, checked against the tree.
func (t *tx) manifestOf(owner string) (*sheet, error) {
	if p, there := t.pages[owner]; there {
		return p, nil
	}
	if err := t.tree.suspects[owner]; err != nil {
		return nil, err
	}
	bucket, key := placeOf(owner)
	stored, err := t.e.Get(bucket, key)
	if err != nil {
		return nil, err
	}
	p := &sheet{manifest: manifest{}}
	var sum digest
	if stored != nil {
		value, err := t.key.Open(bucket, key, stored)
		if err != nil {
			return nil, err
		}
		if p.manifest, err = parseManifest(value); err != nil {
			return nil, fmt.Errorf("%s %s: %w", bucket, key, err)
		}
		sum = sha256.Sum256(value)
	}
	if sum != t.tree.leaves[owner] {
		return nil, fmt.Errorf("%s %s is not as it was left: %w", bucket, key, ErrDamaged)
	}
	t.pages[owner] = p
	return p, nil
}

// check says whether a value that was read is the one that was written last.
// Nothing is there for a nil value.
func (m manifest) check(bucket, key string, value []byte) error {
	want, listed := m[nameOf(bucket, key)]
	switch {
	case value == nil && listed:
		return fmt.Errorf("%s %s is missing: %w", bucket, key, ErrDamaged)
	case value != nil && !listed:
		return fmt.Errorf("%s %s was added by another program: %w", bucket, key, ErrDamaged)
	case value != nil && sha256.Sum256(value) != want:
		return fmt.Errorf("%s %s is not what was written last: %w", bucket, key, ErrDamaged)
	}
	return nil
}

// list enters a written value, or for nil a deleted one, into its owner's manifest.
func (t *tx) list(owner, bucket, key string, value []byte) error {
	p, err := t.manifestOf(owner)
	if err != nil {
		return err
	}
	name := nameOf(bucket, key)
	w := effect{Key: name}
	if value == nil {
		if _, listed := p.manifest[name]; !listed {
			return nil
		}
		delete(p.manifest, name)
	} else {
		sum := digest(sha256.Sum256(value))
		p.manifest[name] = sum
		w.SHA256 = sum.String()
	}
	p.changed = true
	t.writes = append(t.writes, w)
	return nil
}

// flush writes the changed manifests, and changes the tree by them. undo takes the
// tree back, where the transaction is not kept.
func (t *tx) flush() (undo func(), err error) {
	type leaf struct {
		owner  string
		before digest
	}
	var done []leaf
	undo = func() {
		for _, l := range slices.Backward(done) {
			t.tree.set(l.owner, l.before)
		}
	}
	for _, owner := range sortedKeys(t.pages) {
		p := t.pages[owner]
		if !p.changed {
			continue
		}
		p.changed = false
		bucket, key := placeOf(owner)
		if len(p.manifest) == 0 {
			err = t.e.Delete(bucket, key)
			done = append(done, leaf{owner, t.tree.set(owner, digest{})})
		} else {
			text := p.manifest.bytes()
			err = t.e.Put(bucket, key, t.key.Seal(bucket, key, text))
			done = append(done, leaf{owner, t.tree.set(owner, sha256.Sum256(text))})
		}
		if err != nil {
			return undo, fmt.Errorf("writing %s: %w", bucket, err)
		}
	}
	return undo, nil
}

// stored is everything that is committed to, as it is now: its hash by name, and
// the owner in whose manifest it was found.
type inventory struct {
	values map[string]digest
	owners map[string]string // by value's name
	listed map[string]digest // by the manifests
	faults []error
}

// takeInventory hashes every committed value and reads every manifest.
func (t *tx) takeInventory() (*inventory, error) {
	v := &inventory{values: map[string]digest{}, owners: map[string]string{}, listed: map[string]digest{}}
	names, err := t.e.Buckets()
	if err != nil {
		return nil, err
	}
	for _, bucket := range names {
		scanned := t.e.Scan(bucket, "", func(key string, stored []byte) error {
			owner, is := manifestAt(bucket, key)
			switch {
			case is:
				v.take(t, owner, stored)
			case committed(bucket, key) && slices.Contains(known, bucket):
				value, err := t.open(bucket, key, stored)
				if err != nil {
					v.values[nameOf(bucket, key)] = digest{} // there, and damaged
					return nil
				}
				v.values[nameOf(bucket, key)] = sha256.Sum256(value)
			}
			return nil
		})
		if errors.Is(scanned, ErrPage) {
			v.faults = append(v.faults, scanned)
			continue
		}
		err = errors.Join(err, scanned)
	}
	return v, err
}

func (v *inventory) take(t *tx, owner string, stored []byte) {
	bucket, key := placeOf(owner)
	value, err := t.key.Open(bucket, key, stored)
	var m manifest
	if err == nil {
		m, err = parseManifest(value)
	}
	if err != nil {
		v.faults = append(v.faults, fmt.Errorf("%s %s: %w", bucket, key, cmp.Or(err, ErrDamaged)))
		return
	}
	for name, sum := range m {
		v.listed[name] = sum
		v.owners[name] = owner
	}
}
