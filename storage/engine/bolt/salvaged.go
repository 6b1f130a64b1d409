package bolt

import (
	"fmt"
	"os"
	"slices"
	"strings"

	"tracedesk/storage/engine"
)

// salvaged is what can be read of a damaged file, by its own reader: the places
// of all values that hang together, and which keys are lost. It is read only.
type salvaged struct {
	f       *os.File
	buckets map[string]*salvagedBucket
}

type salvagedBucket struct {
	keys   []string // in order
	places []place
	lost   []keyRange
}

type place struct{ at, length uint64 }

// salvage reads the places of all that can be read.
func salvage(path string, m meta) (*salvaged, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("opening the store: %w", err)
	}
	info, err := f.Stat()
	if err != nil {
		return nil, fmt.Errorf("opening the store: %w", err)
	}
	s := &salvaged{f: f, buckets: map[string]*salvagedBucket{}}
	g := &pages{f: f, size: uint64(info.Size())}
	g.entry = func(bucket, key string, at, length uint64) {
		b := s.bucket(bucket)
		b.keys, b.places = append(b.keys, key), append(b.places, place{at, length})
	}
	g.lost = func(bucket string, r keyRange) {
		b := s.bucket(bucket)
		b.lost = append(b.lost, r)
	}
	g.walk(m)
	return s, nil
}

func (s *salvaged) bucket(name string) *salvagedBucket {
	if s.buckets[name] == nil {
		s.buckets[name] = &salvagedBucket{}
	}
	return s.buckets[name]
}

// anyLost says whether buckets themselves are lost: they stand under no name.
func (s *salvaged) anyLost(name string) bool {
	all := s.buckets[""]
	return all != nil && slices.ContainsFunc(all.lost, func(r keyRange) bool { return r.holds(name) })
}

func errLost(bucket, key string) error {
	return fmt.Errorf("%w: %s %s lies on a page that cannot be read", engine.ErrDamaged, bucket, key)
}

// Get implements engine.Tx: a key that may have stood on a lost page is an
// error, not a missing one.
func (s *salvaged) Get(bucket, key string) ([]byte, error) {
	b := s.buckets[bucket]
	if b == nil {
		if s.anyLost(bucket) {
			return nil, errLost(bucket, key)
		}
		return nil, nil
	}
	if i, ok := slices.BinarySearch(b.keys, key); ok {
		return s.value(b.places[i])
	}
	if slices.ContainsFunc(b.lost, func(r keyRange) bool { return r.holds(key) }) {
		return nil, errLost(bucket, key)
	}
	return nil, nil
}

func (s *salvaged) value(p place) ([]byte, error) {
	value := make([]byte, p.length) // it lies within the file
	if _, err := s.f.ReadAt(value, int64(p.at)); err != nil {
		return nil, fmt.Errorf("%w: %w", engine.ErrDamaged, err)
	}
	return value, nil
}

// Scan implements engine.Tx: it visits all that can be read, and then says
// whether something is lost among it.
func (s *salvaged) Scan(bucket, prefix string, f func(key string, value []byte) error) error {
	b := s.buckets[bucket]
	if b == nil {
		if s.anyLost(bucket) {
			return errLost(bucket, prefix)
		}
		return nil
	}
	from, _ := slices.BinarySearch(b.keys, prefix)
	for i := from; i < len(b.keys) && strings.HasPrefix(b.keys[i], prefix); i++ {
		value, err := s.value(b.places[i])
		if err != nil {
			return err
		}
		if err := f(b.keys[i], value); err != nil {
			return err
		}
	}
	for _, r := range b.lost {
		if r.from < prefix+"\xff" && (r.last || r.to > prefix) {
			return errLost(bucket, prefix)
		}
	}
	return nil
}

// Buckets implements engine.Tx.
func (s *salvaged) Buckets() (names []string, err error) {
	for name := range s.buckets {
		if name != "" {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names, nil
}

// Put implements engine.Tx.
func (*salvaged) Put(string, string, []byte) error { return engine.ErrReadOnlyDamaged }

// Delete implements engine.Tx.
func (*salvaged) Delete(string, string) error { return engine.ErrReadOnlyDamaged }
