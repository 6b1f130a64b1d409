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
	"strings"
	"unicode/utf8"

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
	Doubts     []string // problems of the whole file that a person has to confirm before it is stored

	// What became of the rows after the header: the recordings' readings,
	// duplicates, calibrations and events, with the other rows and those that
	// were left out, are all rows.
	Rows      int
	OtherRows int // known rows without a fact of their own: the patient's, devices, alerts, repeated events
	LeftOut   []LeftOut
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
		return &Error{
			File: path, Err: errors.New("this account may not read the file"),
			Do: "ask for access or copy it to a folder of yours",
		}
	}
	return &Error{File: path, Err: err, Do: "check that the disk is there and try again"}
}

// Read reads an export of the given size from r; path is what errors call it.
func Read(
	ctx context.Context, path string, r io.Reader, size int64, known []Columns, report device.Progress,
) (*File, error) {
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
	file, err := p.parse(head)
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
	odd  bool // the quotation marks of the last line are not closed
}

func (s *source) Read(b []byte) (int, error) {
	n, err := s.r.Read(b)
	s.hash.write(b[:n])
	s.n += int64(n)
	s.countQuotes(b[:n])
	for _, c := range b[max(0, n-2):n] {
		s.last = [2]byte{s.last[1], c}
	}
	return n, err
}

func (s *source) countQuotes(b []byte) {
	if end := bytes.LastIndexByte(b, '\n'); end >= 0 {
		s.odd, b = false, b[end+1:]
	}
	s.odd = s.odd != (bytes.Count(b, []byte{'"'})%2 == 1)
}

// openQuote says whether the text ends within quotation marks. One at its very end
// closes what an earlier line opened, unless it stands behind a separator.
func (s *source) openQuote() bool {
	return s.odd && (s.lastCharacter() != '"' || bytes.IndexByte([]byte(",;\t"), s.last[0]) >= 0)
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
	case isWorkbook(start):
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

// decoded turns UTF-16 (a spreadsheet's “Unicode text”) into UTF-8, and takes
// off what stands before the header without being seen: byte order marks, also
// doubled ones, and control characters. Other encodings are told apart field by
// field, see decodeText.
func decoded(head *bufio.Reader) *bufio.Reader {
	if start, _ := head.Peek(3); isUTF16(start) {
		head = bufio.NewReaderSize(transform.NewReader(head, unicode.BOMOverride(unicode.UTF8.NewDecoder())), blockBytes)
	}
	for {
		r, size, err := head.ReadRune()
		if err != nil {
			return head
		}
		if r == '\n' || r == '\r' || r == '\t' || !isBlank(r) || r == utf8.RuneError && size == 1 {
			_ = head.UnreadRune() // it was read just now
			return head
		}
	}
}

// parser walks the rows of one file.
type parser struct {
	ctx    context.Context
	path   string
	size   int64
	known  []Columns
	report device.Progress
	in     *source
	rows   rowSource

	quoted   bool
	workbook bool
	serials  func(days float64) cgm.WallTime // of a workbook's dates
	lastLine int                             // of the newest row
}

func (p *parser) refuse(line int, err error, do string) *Error {
	return &Error{File: p.path, Line: line, Err: err, Do: do}
}

// rowsBetweenChecks is how many rows pass between looks at the context.
const rowsBetweenChecks = 1024

// rowSource gives the rows of a table one by one.
type rowSource interface {
	// read gives the next row, valid until the one after, or io.EOF.
	read() ([]string, error)
	// extent is the line that the last row begins on, and how many it runs over.
	extent(fields []string) (line, lines int)
}

func (p *parser) parse(head *bufio.Reader) (*File, error) {
	if start, _ := head.Peek(4); isWorkbook(start) {
		return p.parseWorkbook(head)
	}
	text := decoded(head)
	first, err := text.Peek(1 << 12)
	if len(first) == 0 {
		if err == io.EOF {
			return nil, p.refuse(0, ErrEmpty, "export it again")
		}
		return nil, p.refuse(0, fmt.Errorf("reading failed: %w", err), "check the disk and try again")
	}
	p.quoted = first[0] == '"'
	comma, taken := separatorLine(first)
	_, _ = text.Discard(taken) // it was peeked at
	rows := newRows(text, comma)
	if taken > 0 {
		rows.line = 1
	}
	p.rows = rows
	reader, err := p.header()
	if err != nil {
		return nil, err
	}
	reader.collected().european = comma == ';'
	if err := p.readRows(reader); err != nil {
		return nil, err
	}
	return p.finish(reader)
}

// separatorLine is the character between fields: as a first line “sep=,” of a
// spreadsheet says, where the next line has it, else as the text has it. taken
// is the length of that line.
func separatorLine(text []byte) (comma rune, taken int) {
	line, rest, more := bytes.Cut(text, []byte("\n"))
	word := strings.ToLower(strings.Trim(string(line), "\"\r "))
	if !more || len(word) > len("sep=")+1 || !strings.HasPrefix(word, "sep=") {
		return separatorOf(text), 0
	}
	taken = len(line) + 1
	header, _, _ := bytes.Cut(rest, []byte("\n"))
	if said := strings.TrimPrefix(word, "sep="); said != "" && bytes.Contains(header, []byte(said)) {
		return rune(said[0]), taken
	}
	return separatorOf(rest), taken
}

// header reads the header row, and finds who understands the rows below it.
func (p *parser) header() (rowReader, error) {
	header, err := p.rows.read()
	if errors.Is(err, ErrLongRow) {
		return nil, p.longRow(1)
	}
	if err != nil {
		return nil, p.refuse(1, ErrNotRecognised, "choose the CSV file that Clarity exported")
	}
	line, lines := p.rows.extent(header)
	p.lastLine = line + lines - 1
	header = cloned(header)
	reader, err := recognise(header, p.known)
	if err != nil {
		refused := p.refuse(line, err, remedy(err))
		if errors.Is(err, ErrNotRecognised) || errors.Is(err, ErrNoGlucose) || errors.Is(err, ErrUnit) {
			refused.Unknown = p.unknownHeader(header)
		}
		return nil, refused
	}
	reader.collected().expect(p.in, p.size)
	reader.dates().serials = p.serials
	if t, ok := reader.(*table); ok && t.lacks() {
		rows, err := p.firstRows()
		if err != nil {
			return nil, err
		}
		var fields [][]string
		for _, r := range rows {
			fields = append(fields, r.fields)
		}
		t.lookAt(fields)
		for _, r := range rows {
			reader.row(r.line, r.lines, r.fields)
		}
	}
	return reader, nil
}

// fullRow is a row that is kept.
type fullRow struct {
	line, lines int
	fields      []string
}

// firstRows takes the first rows, to look at them before they are read.
func (p *parser) firstRows() (out []fullRow, err error) {
	for range lookedAtRows {
		fields, err := p.rows.read()
		if err == io.EOF {
			return out, nil
		}
		if err != nil {
			return out, p.failed(err)
		}
		line, lines := p.rows.extent(fields)
		out = append(out, fullRow{line, lines, cloned(fields)})
	}
	return out, nil
}

// cloned keeps fields that were only lent.
func cloned(fields []string) []string {
	out := make([]string, len(fields))
	for i := range fields {
		out[i] = strings.Clone(fields[i])
	}
	return out
}

func (p *parser) failed(err error) error {
	if errors.Is(err, ErrLongRow) {
		return p.longRow(p.lastLine + 1)
	}
	return p.refuse(0, fmt.Errorf("reading failed: %w", err), "check the disk and try again")
}

func (p *parser) longRow(line int) error {
	return p.refuse(line, ErrLongRow,
		"it is no export, or a quotation mark is opened there and never closed: export it again")
}

func remedy(err error) string {
	switch {
	case errors.Is(err, ErrUnit):
		return "set the unit in Clarity and export it again"
	case errors.Is(err, ErrNoGlucose):
		return "export it again with all columns"
	case errors.Is(err, ErrTwoUnits):
		return "choose the unit of the title; nothing was read"
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
			return p.failed(err)
		}
		line, lines := p.rows.extent(fields)
		p.lastLine = line + lines - 1
		reader.row(line, lines, fields)
	}
}

// finish decides whether the rows make a file, and puts the recordings together.
func (p *parser) finish(reader rowReader) (*File, error) {
	c := reader.collected()
	c.settleUnnamed()
	if !p.workbook {
		c.ended(p.quoted, p.in.openQuote(), p.in.lastCharacter())
	}
	switch {
	case p.in.n > MaxBytes:
		return nil, p.refuse(0, ErrTooLarge, "export a shorter range of dates")
	case c.cutOffLine > 0:
		return nil, p.refuse(c.cutOffLine, ErrCutOff, "it was cut off while being saved or copied: export it again")
	case c.secondPersonLine > 0:
		return nil, p.refuse(c.secondPersonLine, ErrSeveralPeople, "export one file for each patient")
	case c.bad > 1 && c.bad*100 > c.bad+len(c.rows.readings), c.bad > 0 && len(c.rows.readings) == 0:
		worst := c.problems[0]
		return nil, p.refuse(worst.Line,
			fmt.Errorf("%w: %d of %d, the first: %s", ErrTooManyBadRows, c.bad, c.bad+len(c.rows.readings), worst.Message),
			"export it again")
	case c.mixedDates():
		return nil, p.refuse(0, errors.New("day and month cannot be told apart in its dates"),
			"export it again and do not save it from a spreadsheet")
	case len(c.rows.readings) == 0:
		return nil, p.refuse(0, ErrNoReadings, "check the range of dates and export it again")
	}
	p.report(p.size, p.size, "putting the readings in order")
	file := &File{Format: reader.format(), Patient: c.patient, Recordings: c.assemble()}
	file.Problems, file.Doubts = c.problems, c.doubts
	file.Rows, file.OtherRows, file.LeftOut = c.rowsSeen, c.other, c.leftOut
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
