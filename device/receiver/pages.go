package receiver

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"

	"tracedesk/device/receiver/wire"
)

// page is one page with its records, oldest first, each without its CRC.
type page struct {
	firstRecord uint32
	partition   wire.Partition
	revision    byte
	number      uint32
	records     [][]byte
}

// What can be wrong with a page.
var (
	errPageCRC   = errors.New("the page header's checksum is wrong")
	errRecordCRC = errors.New("a record's checksum is wrong")
)

// UnknownLayoutError is a revision of records whose layout is not known.
type UnknownLayoutError struct {
	Partition string
	Revision  byte
	Length    int // as the receiver gives it, 0 where it does not
}

func (e *UnknownLayoutError) Error() string {
	if e.Length > 0 {
		return fmt.Sprintf("%s has records of revision %d with %d bytes, which this version does not know", e.Partition, e.Revision, e.Length)
	}
	return fmt.Sprintf("%s has records of revision %d, which this version does not know", e.Partition, e.Revision)
}

// parsePage takes a page apart and checks each of its checksums.
func parsePage(b []byte) (*page, error) {
	if len(b) != wire.PageBytes || !wire.Checked(b[:wire.HeaderBytes]) {
		return nil, errPageCRC
	}
	p := &page{firstRecord: binary.LittleEndian.Uint32(b), partition: wire.Partition(b[8]), revision: b[9], number: binary.LittleEndian.Uint32(b[10:])}
	count := binary.LittleEndian.Uint32(b[4:])
	length := wire.RecordLength(p.partition, p.revision)
	if length == 0 {
		return nil, &UnknownLayoutError{p.partition.String(), p.revision, 0}
	}
	if count > uint32(wire.DataBytes/length) {
		return nil, fmt.Errorf("page %d of %s says that it holds %d records: %w", p.number, p.partition, count, errPageCRC)
	}
	for i := range int(count) {
		record := b[wire.HeaderBytes+i*length : wire.HeaderBytes+(i+1)*length]
		if !wire.Checked(record) {
			return nil, fmt.Errorf("record %d of page %d of %s: %w", i, p.number, p.partition, errRecordCRC)
		}
		p.records = append(p.records, record[:length-2])
	}
	return p, nil
}

// mostPages is more than any receiver's memory holds.
const mostPages = 1 << 20

// pageRange asks for the first and last page of a partition; none for an empty one.
func (l *link) pageRange(ctx context.Context, p wire.Partition) (first, last uint32, any bool, err error) {
	b, err := l.rangeAnswer(ctx, p)
	if err != nil {
		return 0, 0, false, fmt.Errorf("the page range of %s: %w", p, err)
	}
	first, last = binary.LittleEndian.Uint32(b), binary.LittleEndian.Uint32(b[4:])
	if first == wire.NoPage || last == wire.NoPage {
		return 0, 0, false, nil
	}
	if last < first || last-first > mostPages {
		return 0, 0, false, fmt.Errorf("the page range of %s: from %d to %d cannot be", p, first, last)
	}
	return first, last, true, nil
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
	return nil, errUnfittingAck
}

// pagesFrom asks for n pages from the first on. A page whose checksums are
// wrong is asked for again, as a packet is.
func (l *link) pagesFrom(ctx context.Context, p wire.Partition, first uint32, n int) ([]*page, error) {
	request := append([]byte{byte(p)}, binary.LittleEndian.AppendUint32(nil, first)...)
	request = append(request, byte(n))
	var pages []*page
	var wrong error
	for range tries {
		b, err := l.ask(ctx, wire.Pages, request, func(b []byte) bool { return len(b) == n*wire.PageBytes && isPage(b, p, first) })
		if err != nil {
			return nil, err
		}
		if pages, wrong = parsePages(b); wrong == nil {
			return pages, nil
		}
		var unknown *UnknownLayoutError
		if errors.As(wrong, &unknown) {
			return nil, wrong
		}
		l.drain()
	}
	return nil, wrong
}

// isPage says whether b begins with the page that was asked for, or with one
// whose header is damaged: that is found out later, and is no stale answer.
func isPage(b []byte, p wire.Partition, number uint32) bool {
	return !wire.Checked(b[:wire.HeaderBytes]) || wire.Partition(b[8]) == p && binary.LittleEndian.Uint32(b[10:]) == number
}

func parsePages(b []byte) ([]*page, error) {
	var out []*page
	for ; len(b) > 0; b = b[wire.PageBytes:] {
		p, err := parsePage(b[:wire.PageBytes])
		if err != nil {
			return nil, err
		}
		if len(out) > 0 && (p.number != out[len(out)-1].number+1 || p.partition != out[0].partition) {
			return nil, fmt.Errorf("page %d of %s came where page %d was asked for: %w", p.number, p.partition, out[len(out)-1].number+1, errPageCRC)
		}
		out = append(out, p)
	}
	return out, nil
}

// reader reads whole partitions, with progress over all of them.
type reader struct {
	*link
	single   bool // the receiver refuses more than one page at a time
	progress func(done, total int64, what string)
	done     int64
	total    int64
}

// inWords names partitions for people who wait.
var inWords = map[wire.Partition]string{
	wire.ManufacturingData: "serial number", wire.InsertionTime: "sensor insertions", wire.UserSettingData: "settings", wire.EGVData: "readings",
	wire.BackfilledEGVData: "readings collected after the wear", wire.MeterData: "fingersticks", wire.UserEventData: "logged events",
}

// mostRereads bounds how often a range is asked for anew because pages vanish.
const mostRereads = 5

// partitionPages reads all pages of a partition, oldest first. Pages that the
// ring dropped since the range was asked for are gone for good; the range is
// asked for again and the read goes on with the first that is left.
func (r *reader) partitionPages(ctx context.Context, p wire.Partition, first, last uint32) ([]*page, error) {
	var out []*page
	rereads := 0
	for next := first; next <= last; {
		n := uint32(1)
		if !r.single {
			n = min(wire.PagesAtOnce, last-next+1)
		}
		pages, err := r.pagesFrom(ctx, p, next, int(n))
		var status StatusError
		switch {
		case err == nil:
			out = append(out, pages...)
			next += n
			r.done += int64(n)
			r.progress(r.done, r.total, fmt.Sprintf("%s: page %d of %d", inWords[p], next-first, last-first+1))
		case errors.As(err, &status) && status == wire.InvalidParameter:
			again, newLast, any, rangeErr := r.pageRange(ctx, p)
			if rangeErr != nil {
				return nil, rangeErr
			}
			if rereads++; rereads > mostRereads {
				return nil, fmt.Errorf("page %d of %s: %w", next, p, err)
			}
			switch {
			case !any:
				return out, nil
			case again > next: // the ring moved on
				r.done += int64(again - next)
				next, last = again, newLast
			case n > 1:
				r.single = true
			default:
				return nil, fmt.Errorf("page %d of %s: %w", next, p, err)
			}
		default:
			return nil, fmt.Errorf("page %d of %s: %w", next, p, err)
		}
	}
	return out, nil
}
