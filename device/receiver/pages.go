package receiver

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"

	"tracedesk/device/receiver/wire"
)

// page is one page with its records, oldest first, each without its CRC; of a
// stream partition, with its bytes.
type page struct {
	firstRecord uint32
	partition   wire.Partition
	revision    byte
	number      uint32
	records     [][]byte
	damaged     int    // records that were left out because their checksum is wrong
	lastDamaged bool   // the last one among them
	stream      []byte // of a stream partition: the bytes in use
	tail        []byte // and those behind them, which are filled with one value
}

// ErrPageGone is a page that the receiver dropped while it was read.
var ErrPageGone = errors.New("the receiver dropped it while it was read")

// What can be wrong with a page.
var (
	errPageCRC = errors.New("the page header's checksum is wrong")
)

// UnknownLayoutError is a revision of records whose layout is not known.
type UnknownLayoutError struct {
	Partition wire.Partition
	Revision  byte
	Length    int // as the receiver gives it, 0 where it does not
}

func (e *UnknownLayoutError) Error() string {
	length := "an unknown length"
	if e.Length > 0 {
		length = fmt.Sprintf("%d bytes", e.Length)
	}
	return fmt.Sprintf("%s has records of revision %d with %s, which this version does not know",
		describePartition(e.Partition), e.Revision, length)
}

// describePartition names a partition with its number.
func describePartition(p wire.Partition) string {
	if name := fmt.Sprintf("partition %d", byte(p)); p.String() != name {
		return fmt.Sprintf("partition %d (%s)", byte(p), p)
	}
	return p.String()
}

// parsePage takes a page apart and checks each of its checksums. A record with a
// wrong one is left out and counted.
func parsePage(b []byte) (*page, error) {
	if len(b) != wire.PageBytes || !wire.Checked(b[:wire.HeaderBytes]) {
		return nil, errPageCRC
	}
	p := &page{firstRecord: le.Uint32(b), partition: wire.Partition(b[8]), revision: b[9], number: le.Uint32(b[10:])}
	count := le.Uint32(b[4:])
	length := wire.RecordLength(p.partition, p.revision)
	if length == 0 {
		return nil, &UnknownLayoutError{p.partition, p.revision, 0}
	}
	if count > uint32(wire.DataBytes/length) {
		return nil, fmt.Errorf("page %d of %s says that it holds %d records: %w", p.number, p.partition, count, errPageCRC)
	}
	data := b[wire.HeaderBytes:]
	if wire.Stream(p.partition) {
		p.stream, p.tail = data[:count], data[count:]
		return p, nil
	}
	for i := range int(count) {
		record := data[i*length : (i+1)*length]
		p.lastDamaged = !wire.Checked(record)
		if p.lastDamaged {
			p.damaged++
			continue
		}
		p.records = append(p.records, record[:length-2])
	}
	return p, nil
}

// mostPages is more than any receiver's memory holds.
const mostPages = 1 << 20

// span is the first and last page of a partition that is not empty.
type span struct{ first, last uint32 }

// endsBefore says whether a partition's range, taken anew, ends before a page that
// was asked for after so many others had come.
func (s *span) endsBefore(page uint32, read int) bool {
	if s == nil {
		return read == 0
	}
	return s.last < page
}

// pageRange asks for the first and last page of a partition; nil for an empty
// one.
func (l *link) pageRange(ctx context.Context, p wire.Partition) (*span, error) {
	b, err := l.rangeAnswer(ctx, p)
	if err != nil {
		return nil, fmt.Errorf("the page range of %s: %w", p, err)
	}
	s := span{le.Uint32(b), le.Uint32(b[4:])}
	if s.first == wire.Empty || s.last == wire.Empty {
		return nil, nil
	}
	if s.last < s.first || s.last-s.first > mostPages {
		return nil, fmt.Errorf("the page range of %s: from %d to %d cannot be", p, s.first, s.last)
	}
	return &s, nil
}

// rangeAnswer asks for a range. An answer does not say which partition it is
// of; after trouble on the line, when a late answer to an earlier question may
// still come, it counts only if it is given twice in a row.
func (l *link) rangeAnswer(ctx context.Context, p wire.Partition) ([]byte, error) {
	one := func() ([]byte, error) {
		return l.ask(ctx, wire.PageRange, []byte{byte(p)}, func(b []byte) bool { return len(b) == 8 })
	}
	before, err := one()
	for range tries {
		if err != nil || !l.troubled() {
			return before, err
		}
		var again []byte
		if again, err = one(); err == nil && bytes.Equal(before, again) {
			return again, nil
		}
		before = again
	}
	return nil, ErrUnfitting
}

// pagesFrom asks for n pages from the first on, at most times times. A page
// with a wrong checksum is asked for again, as a packet is; a damaged record
// that stays so is damage in the receiver's memory.
func (l *link) pagesFrom(
	ctx context.Context, times int, p wire.Partition, first uint32, n int,
) (pages []*page, err error) {
	request := append([]byte{byte(p)}, binary.LittleEndian.AppendUint32(nil, first)...)
	request = append(request, byte(n))
	for range times {
		var b []byte
		fits := func(b []byte) bool { return len(b) == n*wire.PageBytes && isPage(b, p, first) }
		if b, err = l.askTimes(ctx, times, wire.Pages, request, fits); err != nil {
			return nil, err
		}
		pages, err = parsePages(b)
		var unknown *UnknownLayoutError
		if err == nil && !anyDamaged(pages) || errors.As(err, &unknown) {
			return pages, err
		}
		l.drain()
	}
	return pages, err
}

func anyDamaged(pages []*page) bool {
	for _, p := range pages {
		if p.damaged > 0 {
			return true
		}
	}
	return false
}

// isPage says whether b begins with the page that was asked for, or with one
// whose header is damaged: that is found out later, and is no stale answer.
func isPage(b []byte, p wire.Partition, number uint32) bool {
	return !wire.Checked(b[:wire.HeaderBytes]) || wire.Partition(b[8]) == p && le.Uint32(b[10:]) == number
}

func parsePages(b []byte) ([]*page, error) {
	var out []*page
	for ; len(b) > 0; b = b[wire.PageBytes:] {
		p, err := parsePage(b[:wire.PageBytes])
		if err != nil {
			return nil, err
		}
		if len(out) > 0 && (p.number != out[len(out)-1].number+1 || p.partition != out[0].partition) {
			return nil, fmt.Errorf("page %d of %s came where page %d was asked for: %w",
				p.number, p.partition, out[len(out)-1].number+1, errPageCRC)
		}
		out = append(out, p)
	}
	return out, nil
}

// reader reads whole partitions, with progress over all of them.
type reader struct {
	*link
	single   bool // the receiver gives one page at a time
	four     bool // it has given several
	progress func(done, total int64, what string)
	done     int64
	total    int64
}

// inWords names partitions for people who wait.
var inWords = map[wire.Partition]string{
	wire.ManufacturingData: "serial number", wire.InsertionTime: "sensor insertions", wire.UserSettingData: "settings",
	wire.TransmitterInfoData: "transmitters", wire.EGVData: "readings", wire.ProReadings: "readings",
	wire.BackfilledEGVData: "readings collected after the wear", wire.MeterData: "fingersticks",
	wire.UserEventData: "logged events",
}

// mostRereads bounds how often a range is asked for anew because pages vanish.
const mostRereads = 5

// pagesRead are the pages of a partition, those that it dropped meanwhile, and
// those that are damaged in its memory.
type pagesRead struct {
	pages    []*page
	vanished uint32
	damaged  []uint32
}

// partitionPages reads all pages of a partition, oldest first. Pages that the
// ring dropped since the range was asked for are gone for good; the range is
// asked for again and the read goes on with the first that is left. Where it now
// ends before the page that was asked for, or is empty where no page came, the
// first range was the answer to another question; a Pro reader's readings may
// have been cleared as well. A page with a damaged header costs itself alone
// where it holds no readings.
func (r *reader) partitionPages(ctx context.Context, p wire.Partition, s span) (out pagesRead, err error) {
	rereads := 0
	for next := s.first; next <= s.last; {
		pages, err := r.some(ctx, p, next, s.last)
		var status StatusError
		switch {
		case err == nil:
			out.pages = append(out.pages, pages...)
			next += uint32(len(pages))
			r.done += int64(len(pages))
			r.progress(r.done, r.total, fmt.Sprintf("%s: page %d of %d", inWords[p], next-s.first, s.last-s.first+1))
		case errors.As(err, &status) && status == wire.InvalidParameter && rereads < mostRereads:
			rereads++
			now, rangeErr := r.pageRange(ctx, p)
			switch {
			case rangeErr != nil:
				return out, rangeErr
			case now != nil && now.first <= next && !r.single:
				r.single = true // perhaps it gives no more than one page here
				continue
			case now.endsBefore(next, len(out.pages)) && p != wire.ProReadings:
				return out, nil
			case now == nil || now.first <= next:
				return out, fmt.Errorf("page %d of %s: %w: %w", next, p, ErrPageGone, err)
			}
			out.vanished += now.first - next // the ring moved on
			r.done += int64(now.first - next)
			next, s.last = now.first, max(s.last, now.last)
		case errors.Is(err, errPageCRC) && !holdsGlucose(p):
			out.damaged = append(out.damaged, next)
			next++
		default:
			return out, fmt.Errorf("page %d of %s: %w", next, p, err)
		}
	}
	return out, nil
}

// some reads the next pages: several at a time as long as the receiver gives
// them. Several are a courtesy: when the first request for them fails in
// whatever way, the whole read goes on with one page a request.
func (r *reader) some(ctx context.Context, p wire.Partition, next, last uint32) ([]*page, error) {
	n := int(min(wire.PagesAtOnce, last-next+1))
	if n == 1 || r.single {
		return r.pagesFrom(ctx, tries, p, next, 1)
	}
	if r.four {
		pages, err := r.pagesFrom(ctx, tries, p, next, n)
		if !errors.Is(err, errPageCRC) {
			return pages, err
		}
		return r.pagesFrom(ctx, tries, p, next, 1) // the others of the four may be whole
	}
	pages, err := r.pagesFrom(ctx, 1, p, next, n)
	var unknown *UnknownLayoutError
	switch {
	case err == nil && !anyDamaged(pages):
		r.four = true
		return pages, nil
	case errors.As(err, &unknown), errors.Is(err, ErrUnplugged), ctx.Err() != nil:
		return nil, err
	}
	r.single = true
	r.drain()
	return r.pagesFrom(ctx, tries, p, next, 1)
}
