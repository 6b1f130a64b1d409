package export

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"time"

	"github.com/xuri/excelize/v2"

	"tracedesk/cgm"
)

// The largest workbook that is opened, packed and unpacked. A year of one
// person is about 5 MB packed and 70 MB unpacked; all of it is held in memory,
// since nothing of a patient may be left in a temporary file.
const (
	mostWorkbookBytes = 32 << 20
	mostUnpackedBytes = 256 << 20
)

// isWorkbook says of a file's first bytes that they are a zip archive, which an
// Excel workbook is.
func isWorkbook(start []byte) bool { return bytes.HasPrefix(start, []byte("PK\x03\x04")) }

// ErrWorkbookTooLarge is a workbook that would not fit into memory.
var ErrWorkbookTooLarge = errors.New("the workbook is too large to be opened")

// parseWorkbook reads the first sheet of a workbook whose header is known, by
// the same rules as a CSV.
func (p *parser) parseWorkbook(head io.Reader) (*File, error) {
	const saveAs = "it looks like an Excel workbook or a zip file: save it as CSV, or export it from Clarity again"
	content, err := io.ReadAll(io.LimitReader(head, mostWorkbookBytes+1))
	if err != nil {
		return nil, p.refuse(0, fmt.Errorf("reading failed: %w", err), "check the disk and try again")
	}
	if err := fits(content); errors.Is(err, ErrWorkbookTooLarge) {
		return nil, p.refuse(0, err, "save its first sheet as CSV, or export a shorter range of dates")
	} else if err != nil {
		return nil, p.refuse(0, ErrNotText, saveAs)
	}
	book, err := excelize.OpenReader(bytes.NewReader(content), excelize.Options{
		RawCellValue: true, UnzipSizeLimit: mostUnpackedBytes, UnzipXMLSizeLimit: mostUnpackedBytes,
	})
	if err != nil {
		return nil, p.refuse(0, ErrNotText, saveAs)
	}
	defer book.Close()
	return p.parseSheets(book)
}

// fits says whether the archive may be unpacked in memory.
func fits(content []byte) error {
	if len(content) > mostWorkbookBytes {
		return ErrWorkbookTooLarge
	}
	archive, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		return fmt.Errorf("opening the workbook: %w", err)
	}
	total := uint64(0)
	for _, f := range archive.File {
		if total += f.UncompressedSize64; f.UncompressedSize64 > mostUnpackedBytes || total > mostUnpackedBytes {
			return ErrWorkbookTooLarge
		}
	}
	return nil
}

// parseSheets reads the first sheet that has a known header; where none has,
// the refusal is that of the first.
func (p *parser) parseSheets(book *excelize.File) (*File, error) {
	p.workbook, p.serials = true, serialsOf(book)
	var refusal error
	for _, name := range book.GetSheetList() {
		cells, err := book.Rows(name)
		if err != nil {
			continue // a chart's sheet has no rows
		}
		p.rows = &sheet{cells: cells}
		reader, err := p.header()
		if err != nil {
			refusal = errors.Join(refusal, err)
			_ = cells.Close()
			continue
		}
		err = p.readRows(reader)
		if closeErr := cells.Close(); err == nil && closeErr != nil {
			err = p.failed(closeErr)
		}
		if err != nil {
			return nil, err
		}
		return p.finish(reader)
	}
	var first *Error
	if errors.As(refusal, &first) {
		return nil, first
	}
	return nil, p.refuse(0, ErrEmpty, "export it again")
}

// serialsOf turns a workbook's numbers of days into wall-clock times. A number
// keeps fractions of a second that no clock showed; it is rounded to seconds.
func serialsOf(book *excelize.File) func(days float64) cgm.WallTime {
	epoch := cgm.NewWallTime(1899, time.December, 30, 0, 0, 0)
	if props, err := book.GetWorkbookProps(); err == nil && props.Date1904 != nil && *props.Date1904 {
		epoch = cgm.NewWallTime(1904, time.January, 1, 0, 0, 0)
	}
	return func(days float64) cgm.WallTime { return epoch + cgm.WallTime(math.Round(days*cgm.SecondsPerDay)) }
}

// sheet gives the rows of a workbook's sheet. A row without a value is none.
type sheet struct {
	cells *excelize.Rows
	line  int
}

func (s *sheet) read() ([]string, error) {
	for s.cells.Next() {
		s.line++
		fields, err := s.cells.Columns()
		if err != nil {
			return nil, fmt.Errorf("row %d: %w", s.line, err)
		}
		if len(fields) > 0 {
			return fields, nil
		}
	}
	if err := s.cells.Error(); err != nil {
		return nil, err
	}
	return nil, io.EOF
}

func (s *sheet) extent([]string) (line, lines int) { return s.line, 1 }
