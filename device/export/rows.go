package export

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"io"
	"strings"
)

// rows gives a file's rows as encoding/csv does, with lazy quotes and any
// number of fields. Lines as exports have them, each field wholly quoted or
// without a quote, are split here, in a third of the time; from the first other
// line on, encoding/csv reads. What a row is, is its decision alone:
// FuzzRows sets the two against each other.
type rows struct {
	in     *bufio.Reader
	text   string // whole lines that were taken from in, not read yet
	comma  byte
	line   int // of the last row, from 1
	fields []string
	slow   *csv.Reader // once it reads
	feed   *bounded    // what it reads from
	base   int         // lines before it
}

func newRows(in *bufio.Reader, comma rune) *rows { return &rows{in: in, comma: byte(comma)} }

// mostRowBytes is the longest row. An export's has some hundred bytes; what is
// longer is no table, or a quotation mark that takes the rest of the file in.
const mostRowBytes = 1 << 20

// bounded gives a row's bytes, and no more than a row may have.
type bounded struct {
	r    io.Reader
	left int
}

func (b *bounded) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, ErrLongRow
	}
	n, err := b.r.Read(p[:min(len(p), b.left)])
	b.left -= n
	return n, err
}

// read gives the next row, valid until the one after, or io.EOF.
func (r *rows) read() ([]string, error) {
	for r.slow == nil {
		if r.text == "" {
			if err := r.fill(); err != nil {
				return nil, err
			}
			continue
		}
		line, rest := r.text, ""
		if end := strings.IndexByte(r.text, '\n'); end >= 0 {
			line, rest = r.text[:end], r.text[end+1:]
		}
		if !r.split(strings.TrimSuffix(line, "\r")) {
			r.handOver()
			break
		}
		r.line, r.text = r.line+1, rest
		if len(r.fields) > 0 {
			return r.fields, nil
		} // an empty line is no row
	}
	r.feed.left = mostRowBytes
	return r.slow.Read()
}

// fill takes the whole lines that are there, as one string; a line that is
// longer than the buffer is encoding/csv's.
func (r *rows) fill() error {
	if _, err := r.in.Peek(1); err != nil {
		return err
	}
	b, _ := r.in.Peek(r.in.Buffered()) // what is buffered is there
	end := bytes.LastIndexByte(b, '\n') + 1
	if end == 0 {
		var err error
		if b, err = r.in.Peek(r.in.Size()); err != nil && err != io.EOF {
			return err
		}
		if end = bytes.LastIndexByte(b, '\n') + 1; end == 0 && err == io.EOF {
			end = len(b) // the last line, without its end
		}
	}
	if end == 0 {
		r.handOver()
		return nil
	}
	r.text = string(b[:end])
	_, err := r.in.Discard(end)
	return err
}

// handOver lets encoding/csv read from here on.
func (r *rows) handOver() {
	r.base = r.line
	r.feed = &bounded{r: io.MultiReader(strings.NewReader(r.text), r.in)}
	r.slow = csv.NewReader(r.feed)
	r.slow.Comma, r.slow.FieldsPerRecord, r.slow.LazyQuotes, r.slow.ReuseRecord = rune(r.comma), -1, true, true
}

// split makes fields of a line, and says whether it is a plain one.
func (r *rows) split(text string) bool {
	r.fields = r.fields[:0]
	if text == "" {
		return true
	}
	if strings.IndexByte(text, '"') < 0 {
		for {
			end := strings.IndexByte(text, r.comma)
			if end < 0 {
				r.fields = append(r.fields, text)
				return true
			}
			r.fields, text = append(r.fields, text[:end]), text[end+1:]
		}
	}
	for {
		field, rest, more, plain := r.next(text)
		if !plain {
			return false
		}
		r.fields = append(r.fields, field)
		if !more {
			return true
		}
		text = rest
	}
}

// next takes a field off the front; more says whether another follows.
func (r *rows) next(text string) (field, rest string, more, plain bool) {
	if len(text) > 0 && text[0] == '"' {
		end := strings.IndexByte(text[1:], '"')
		if end < 0 {
			return "", "", false, false // it goes on in the next line
		}
		field, rest = text[1:end+1], text[end+2:]
		if rest == "" {
			return field, "", false, true
		}
		return field, rest[1:], true, rest[0] == r.comma
	}
	end := strings.IndexByte(text, r.comma)
	field = text
	if more = end >= 0; more {
		field, rest = text[:end], text[end+1:]
	}
	return field, rest, more, strings.IndexByte(field, '"') < 0
}

// extent is the line that the last row begins on, and how many lines it runs
// over.
func (r *rows) extent(fields []string) (line, lines int) {
	if r.slow == nil {
		return r.line, 1
	}
	line, _ = r.slow.FieldPos(0)
	last, _ := r.slow.FieldPos(len(fields) - 1)
	lines = last - line + 1
	if f := fields[len(fields)-1]; len(f) > 16 { // no shorter field holds rows
		lines += strings.Count(f, "\n")
	}
	return r.base + line, lines
}
