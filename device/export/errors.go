package export

import (
	"errors"
	"fmt"
)

// What can be wrong with a whole file; the Error says where and what to do.
var (
	ErrEmpty          = errors.New("the file is empty")
	ErrNotText        = errors.New("the file is not text")
	ErrNotRecognised  = errors.New("the file is not an export that Tracedesk knows")
	ErrNoGlucose      = errors.New("the file has no glucose column")
	ErrUnit           = errors.New("the unit of the glucose column is neither mg/dL nor mmol/L")
	ErrNoReadings     = errors.New("the file has no timed glucose rows")
	ErrCutOff         = errors.New("the file ends in the middle of a row")
	ErrTooManyBadRows = errors.New("too many rows cannot be read")
	ErrSeveralPeople  = errors.New("the file holds the data of more than one person")
	ErrTooLarge       = errors.New("the file is larger than 512 MB")
	ErrLongRow        = errors.New("a row is longer than 1 MB, which no export has")
	ErrTwoUnits       = errors.New("the column's title gives another unit than the one that was chosen")
)

// Error is a file that was refused: one line for a person, naming file and
// line, with what to do. It unwraps to what went wrong.
type Error struct {
	File string
	Line int // 0 where no single line is to blame
	Err  error
	Do   string
	// Unknown is a table whose columns a person may name (ErrNotRecognised).
	Unknown *UnknownHeader
}

func (e *Error) Error() string {
	where := e.File
	if e.Line > 0 {
		where = fmt.Sprintf("%s, line %d", e.File, e.Line)
	}
	return fmt.Sprintf("%s: %v; %s", where, e.Err, e.Do)
}

func (e *Error) Unwrap() error { return e.Err }
