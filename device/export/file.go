package export

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"

	"tracedesk/assets"
	"tracedesk/cgm"
	"tracedesk/device"
)

// MaxBytes is the largest file that is opened: five years of two display
// devices are about a fifth of it.
const MaxBytes = 512 << 20

// Patient is whom a file says it is about, as written there; empty where it
// does not say.
type Patient struct {
	FirstName, LastName, BirthDate, Identifier string
}

// Problem is something in the file that a person should know of: a row that
// was not read, or readings that were left out. Line is 0 for the whole file.
type Problem struct {
	Line    int
	Message string
}

// File is what an export file held.
type File struct {
	Name       string // without its folder
	Format     string
	SHA256     string // of the file's bytes, in hex
	Patient    Patient
	Recordings []*cgm.Recording // one a transmitter, in order of their first reading
	Problems   []Problem
}

// Open reads the export file at path. A header that no format knows is read by
// the known columns that it has. It gives *Error for a file that is refused,
// the context's error when cancelled.
func Open(ctx context.Context, path string, known []Columns, report device.Progress) (*File, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, openError(path, err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, openError(path, err)
	}
	if info.IsDir() {
		return nil, &Error{File: path, Err: errors.New("this is a folder"), Do: "choose the export file in it"}
	}
	return Read(ctx, path, f, info.Size(), known, report)
}

func openError(path string, err error) error {
	switch {
	case errors.Is(err, os.ErrNotExist):
		return &Error{File: path, Err: errors.New("there is no such file"), Do: "check the name and the folder"}
	case errors.Is(err, os.ErrPermission):
		return &Error{File: path, Err: errors.New("this account may not read the file"), Do: "ask for access or copy it to a folder of yours"}
	}
	return &Error{File: path, Err: err, Do: "check that the disk is there and try again"}
}

// Read reads an export of the given size from r; path is what errors call it.
func Read(ctx context.Context, path string, r io.Reader, size int64, known []Columns, report device.Progress) (*File, error) {
	if size > MaxBytes {
		return nil, &Error{File: path, Err: ErrTooLarge, Do: "export a shorter range of dates"}
	}
	if report == nil {
		report = func(int64, int64, string) {}
	}
	in := &source{r: io.LimitReader(r, MaxBytes+1), hash: newHasher()}
	defer in.hash.sum() // ends its goroutine however this ends
	head := bufio.NewReaderSize(in, blockBytes)
	if err := refuseOtherKinds(path, head); err != nil {
		return nil, err
	}
	p := &parser{ctx: ctx, path: path, size: size, known: known, report: report, in: in}
	file, err := p.parse(decoded(head))
	if err != nil {
		return nil, err
	}
	file.Name = filepath.Base(path)
	file.SHA256 = in.hash.sum()
	return file, nil
}

// blockBytes is how much is read at once.
const blockBytes = 1 << 13

// source counts, hashes and remembers the end of the bytes that pass through.
type source struct {
	r    io.Reader
	hash *hasher
	n    int64
	last [2]byte
}

func (s *source) Read(b []byte) (int, error) {
	n, err := s.r.Read(b)
	s.hash.write(b[:n])
	s.n += int64(n)
	for _, c := range b[max(0, n-2):n] {
		s.last = [2]byte{s.last[1], c}
	}
	return n, err
}

// lastCharacter is the last byte that is not half of a UTF-16 character.
func (s *source) lastCharacter() byte {
	for _, c := range [2]byte{s.last[1], s.last[0]} {
		if c != 0 {
			return c
		}
	}
	return '\n'
}

// refuseOtherKinds looks at the first bytes for what is no text at all.
func refuseOtherKinds(path string, head *bufio.Reader) error {
	start, err := head.Peek(4096)
	switch {
	case len(start) == 0 && (err == nil || err == io.EOF):
		return &Error{File: path, Err: ErrEmpty, Do: "export it again"}
	case len(start) == 0:
		return &Error{File: path, Err: fmt.Errorf("reading failed: %w", err), Do: "check the disk and try again"}
	case bytes.HasPrefix(start, []byte("PK\x03\x04")):
		return &Error{File: path, Err: ErrNotText, Do: "it looks like an Excel workbook or a zip file: save it as CSV, or export it from Clarity again"}
	case bytes.HasPrefix(start, []byte("%PDF")):
		return &Error{File: path, Err: ErrNotText, Do: "it is a PDF: export the data from Clarity as CSV instead"}
	case bytes.IndexByte(start, 0) >= 0 && !isUTF16(start):
		return &Error{File: path, Err: ErrNotText, Do: "choose the CSV file that Clarity exported"}
	}
	return nil
}

func isUTF16(b []byte) bool {
	return bytes.HasPrefix(b, []byte{0xFF, 0xFE}) || bytes.HasPrefix(b, []byte{0xFE, 0xFF})
}

// decoded takes off a byte order mark, and turns UTF-16 (a spreadsheet's
// “Unicode text”) into UTF-8. Other encodings are told apart field by field,
// see decodeText.
func decoded(head *bufio.Reader) *bufio.Reader {
	start, _ := head.Peek(3)
	switch {
	case isUTF16(start):
		return bufio.NewReaderSize(transform.NewReader(head, unicode.BOMOverride(unicode.UTF8.NewDecoder())), blockBytes)
	case bytes.HasPrefix(start, []byte("\xEF\xBB\xBF")):
		_, _ = head.Discard(3)
	}
	return head
}

// parser walks the rows of one file.
type parser struct {
	ctx    context.Context
	path   string
	size   int64
	known  []Columns
	report device.Progress
	in     *source
	quoted bool
	rows   *rows
}

func (p *parser) refuse(line int, err error, do string) *Error {
	return &Error{File: p.path, Line: line, Err: err, Do: do}
}

// rowsBetweenChecks is how many rows pass between looks at the context.
const rowsBetweenChecks = 1024

func (p *parser) parse(text *bufio.Reader) (*File, error) {
	first, err := text.Peek(1 << 12)
	if len(first) == 0 {
		if err == io.EOF {
			return nil, p.refuse(0, ErrEmpty, "export it again")
		}
		return nil, p.refuse(0, fmt.Errorf("reading failed: %w", err), "check the disk and try again")
	}
	p.quoted = first[0] == '"'
	p.rows = newRows(text, separatorOf(first))
	header, err := p.rows.read()
	if err != nil {
		return nil, p.refuse(1, ErrNotRecognised, "choose the CSV file that Clarity exported")
	}
	reader, err := recognise(header)
	if errors.Is(err, ErrNotRecognised) {
		if c := recogniseChosen(header, p.known); c != nil {
			reader, err = c, nil
		}
	}
	if err != nil {
		line, _ := p.rows.extent(header)
		refused := p.refuse(line, err, remedy(err))
		if errors.Is(err, ErrNotRecognised) {
			refused.Unknown = p.unknownHeader(header)
		}
		return nil, refused
	}
	reader.collected().expect(p.in, p.size)
	if err := p.readRows(reader); err != nil {
		return nil, err
	}
	return p.finish(reader)
}

func remedy(err error) string {
	switch {
	case errors.Is(err, ErrUnit):
		return "set the unit in Clarity and export it again"
	case errors.Is(err, ErrNoGlucose):
		return "export it again with all columns"
	}
	return "choose the CSV file that Clarity exported"
}

func (p *parser) readRows(reader rowReader) error {
	for n := 0; ; n++ {
		if n%rowsBetweenChecks == 0 {
			if err := p.ctx.Err(); err != nil {
				return err
			}
			p.report(p.in.n, p.size, "reading the file")
		}
		fields, err := p.rows.read()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return p.refuse(0, fmt.Errorf("reading failed: %w", err), "check the disk and try again")
		}
		line, lines := p.rows.extent(fields)
		reader.row(line, lines, fields)
	}
}

// finish decides whether the rows make a file, and puts the recordings together.
func (p *parser) finish(reader rowReader) (*File, error) {
	c := reader.collected()
	c.ended(p.quoted, p.in.lastCharacter())
	switch {
	case p.in.n > MaxBytes:
		return nil, p.refuse(0, ErrTooLarge, "export a shorter range of dates")
	case c.cutOffLine > 0:
		return nil, p.refuse(c.cutOffLine, ErrCutOff, "it was cut off while being saved or copied: export it again")
	case c.secondPersonLine > 0:
		return nil, p.refuse(c.secondPersonLine, ErrSeveralPeople, "export one file for each patient")
	case c.bad > 1 && c.bad*100 > c.bad+len(c.rows.readings), c.bad > 0 && len(c.rows.readings) == 0:
		worst := c.problems[0]
		return nil, p.refuse(worst.Line, fmt.Errorf("%w: %d of %d, the first: %s", ErrTooManyBadRows, c.bad, c.bad+len(c.rows.readings), worst.Message), "export it again")
	case c.mixedDates():
		return nil, p.refuse(0, errors.New("day and month cannot be told apart in its dates"), "export it again and do not save it from a spreadsheet")
	case len(c.rows.readings) == 0:
		return nil, p.refuse(0, ErrNoReadings, "check the range of dates and export it again")
	}
	p.report(p.size, p.size, "putting the readings in order")
	file := &File{Format: reader.name(), Patient: c.patient}
	file.Recordings, file.Problems = c.assemble()
	return file, nil
}

// separatorOf is the character that the first line has most of, outside quotes.
func separatorOf(text []byte) rune {
	counts := map[byte]int{}
	quoted := false
	for _, b := range text {
		switch {
		case b == '"':
			quoted = !quoted
		case quoted:
		case b == '\n' || b == '\r':
			if counts[','] == 0 && counts[';'] == 0 && counts['\t'] == 0 {
				continue
			}
			return most(counts)
		default:
			counts[b]++
		}
	}
	return most(counts)
}

func most(counts map[byte]int) rune {
	best := byte(',')
	for _, c := range []byte{';', '\t'} {
		if counts[c] > counts[best] {
			best = c
		}
	}
	return rune(best)
}

// Bundled reads the recording that the program carries with it.
func Bundled(ctx context.Context) (*File, error) {
	return Read(ctx, assets.DemoName, bytes.NewReader(assets.DemoRecording), int64(len(assets.DemoRecording)), nil, nil)
}
