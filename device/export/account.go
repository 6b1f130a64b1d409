package export

import (
	"cmp"
	"fmt"
	"slices"

	"tracedesk/cgm"
)

// LeftOut is a row of which nothing is in the recordings, and why.
type LeftOut struct {
	Line   int
	Reason string
}

// account says what became of every row of a file. When it is closed,
// readings + copies + calibrations + events + other rows + rows left out are
// the rows.
type account struct {
	rowsSeen int // after the header
	other    int // known rows without a reading, calibration or event of their own
	bad      int // rows that could not be read
	leftOut  []LeftOut
	problems []Problem
	doubts   []string // problems that a person has to decide on before storing
}

func (a *account) leaveOut(line int, format string, args ...any) {
	a.leftOut = append(a.leftOut, LeftOut{line, fmt.Sprintf(format, args...)})
}

// badRow leaves out a row that cannot be understood: a reading may be missing.
func (a *account) badRow(line int, message string) {
	a.bad++
	a.problems = append(a.problems, Problem{line, message})
	a.leaveOut(line, "%s", message)
}

// say notes what a person should know of the whole file.
func (a *account) say(format string, args ...any) {
	a.problems = append(a.problems, Problem{0, fmt.Sprintf(format, args...)})
}

// doubt notes what a person has to check before the file is stored.
func (a *account) doubt(format string, args ...any) {
	message := fmt.Sprintf(format, args...)
	a.say("%s", message)
	a.doubts = append(a.doubts, message)
}

// close sorts what was left out by line.
func (a *account) close() {
	slices.SortStableFunc(a.leftOut, func(x, y LeftOut) int { return cmp.Compare(x.Line, y.Line) })
}

// accounted is the sum that must be the rows.
func accounted(f *File) int {
	sum := f.OtherRows + len(f.LeftOut)
	for _, r := range f.Recordings {
		sum += rowsOf(r)
	}
	return sum
}

// rowsOf is how many rows of the file a recording accounts for.
func rowsOf(r *cgm.Recording) int {
	return len(r.Readings) + r.Duplicates + len(r.Calibrations) + len(r.Events)
}
