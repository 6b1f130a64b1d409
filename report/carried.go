package report

import (
	"bytes"
	"compress/zlib"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"time"

	"github.com/digitorus/pdf"
)

// What a file may ask for. A packet of a wear with many documents takes a few
// megabytes; more than this is somebody's attempt to keep the computer busy.
const (
	MostBytes       = 64 << 20
	mostCarried     = 200       // attachments
	mostInflated    = 128 << 20 // of all attachments together
	mostFacts       = 16 << 20
	mostRecording   = 8 << 20 // ten days take 200 kB
	mostEnds        = 8       // revisions that are looked at
	foreignPatience = 5 * time.Second
)

// errTooMuch is of a file that asks for more than any document needs.
var errTooMuch = errors.New("it asks for more than any document of Tracedesk needs")

// carried is what a file carries, and where its first revision ends. A file
// that is not laid out as archived lays one out has no end: nothing of it can
// be the same as what is made again.
type carried struct {
	files map[string][]byte
	end   int
}

// budget is how many bytes may still be inflated.
type budget struct{ left int64 }

func (b *budget) inflate(deflated io.Reader) ([]byte, error) {
	out, err := io.ReadAll(io.LimitReader(deflated, b.left+1))
	if err != nil {
		return nil, err
	}
	if b.left -= int64(len(out)); b.left < 0 {
		return nil, errTooMuch
	}
	return out, nil
}

// carriedBy reads what a file carries. A file of ours has one fixed layout and
// is read by that alone: no reference is followed, nothing is nested. Any other
// file is read as a PDF in general, only to say what it claims to be; that
// reader can be made to end the program, so a file from outside is to be
// verified in a process of its own. foreign false leaves it out.
func carriedBy(file []byte, b *budget, foreign bool) (*carried, error) {
	if len(file) > MostBytes {
		return nil, fmt.Errorf("%w: %w", ErrNotPDF, errTooMuch)
	}
	for from := 0; from < len(file) && from >= 0; {
		end, ok := endAfter(file, from)
		if !ok {
			break
		}
		if objects, err := objectsOf(file[:end]); err == nil {
			files, err := attachedTo(objects, b)
			return &carried{files, end}, err
		}
		from = end
		if bytes.Count(file[:end], endOfFile) >= mostEnds {
			break
		}
	}
	if !foreign {
		return nil, ErrNotOurs
	}
	files, err := foreignFiles(file, b)
	return &carried{files: files}, err
}

var endOfFile = []byte("%%EOF\n")

// endAfter is where the next revision ends.
func endAfter(file []byte, from int) (end int, ok bool) {
	i := bytes.Index(file[from:], endOfFile)
	return from + i + len(endOfFile), i >= 0
}

var (
	madeSpec = []byte("<< /Type /Filespec /F (")
	madeName = regexp.MustCompile(`(?s)^<< /Type /Filespec /F \(([ -'*-\[\]-~]{1,100})\) /AFRelationship /[A-Z][a-z]+ ` +
		`/UF \(.{1,400}?\) /EF << /F (\d{1,7}) 0 R >> /Desc `)
	madeStream = regexp.MustCompile(`^<< /Type /EmbeddedFile /Subtype /[a-z#0-9A-F-]{1,40} /Length (\d{1,9}) ` +
		`/Filter /FlateDecode /Params << [^\n]{1,200} >> >>\n+stream\n`)
)

// attachedTo are the files among the objects of a file of ours, by name.
func attachedTo(objects [][]byte, b *budget) (map[string][]byte, error) {
	out := map[string][]byte{}
	for _, object := range objects {
		if !bytes.HasPrefix(object, madeSpec) {
			continue
		}
		m := madeName.FindSubmatch(object)
		if m == nil {
			return nil, ErrNotOurs
		}
		number, _ := strconv.Atoi(string(m[2])) // only digits
		if number < 1 || number > len(objects) || len(out) >= mostCarried {
			return nil, fmt.Errorf("%w: %w", ErrNotOurs, errTooMuch)
		}
		content, err := embeddedFile(objects[number-1], b)
		if err != nil {
			return nil, fmt.Errorf("%w: %s: %w", ErrNotOurs, m[1], err)
		}
		out[string(m[1])] = content
	}
	if len(out) == 0 {
		return nil, ErrNotOurs
	}
	return out, nil
}

func embeddedFile(object []byte, b *budget) ([]byte, error) {
	m := madeStream.FindSubmatch(object)
	if m == nil {
		return nil, errForeign
	}
	n, _ := strconv.Atoi(string(m[1])) // only digits
	stream := object[len(m[0]):]
	if n > len(stream) {
		return nil, errForeign
	}
	z, err := zlib.NewReader(bytes.NewReader(stream[:n]))
	if err != nil {
		return nil, err
	}
	return b.inflate(z)
}

// foreignFiles are the files that any PDF carries, by name.
func foreignFiles(file []byte, b *budget) (map[string][]byte, error) {
	type answer struct {
		files map[string][]byte
		err   error
	}
	done := make(chan answer, 1)
	go func() {
		files, err := anyAttachments(file, b)
		done <- answer{files, err}
	}()
	select {
	case a := <-done:
		return a.files, a.err
	case <-time.After(foreignPatience):
		return nil, fmt.Errorf("%w: %w", ErrNotPDF, errTooMuch)
	}
}

func anyAttachments(file []byte, b *budget) (out map[string][]byte, err error) {
	defer func() {
		if r := recover(); r != nil { // the reader panics on a damaged file
			err = fmt.Errorf("%w: %v", ErrNotPDF, r)
		}
	}()
	r, err := pdf.NewReader(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNotPDF, err)
	}
	names := r.Trailer().Key("Root").Key("Names").Key("EmbeddedFiles").Key("Names")
	if names.Len() > 2*mostCarried {
		return nil, fmt.Errorf("%w: %w", ErrNotOurs, errTooMuch)
	}
	out = map[string][]byte{}
	for i := 1; i < names.Len(); i += 2 {
		spec := names.Index(i)
		content, err := b.inflate(spec.Key("EF").Key("F").Reader())
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrNotPDF, err)
		}
		out[spec.Key("UF").Text()] = content
	}
	if len(out) == 0 {
		return nil, ErrNotOurs
	}
	return out, nil
}
