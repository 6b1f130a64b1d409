package workflow

import (
	"bytes"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"tracedesk/cgm"
)

// table is rows as CSV (RFC 4180), harmless to a spreadsheet in every column:
// all tables that people open go through here.
func table(rows [][]string) []byte {
	var b bytes.Buffer
	for _, row := range rows {
		for i, cell := range row {
			if i > 0 {
				b.WriteByte(',')
			}
			b.WriteString(quoted(harmless(cell)))
		}
		b.WriteByte('\n')
	}
	return b.Bytes()
}

// begins are the characters with which a spreadsheet takes a text for a formula
// (OWASP, CSV Injection), the wide forms of Asian keyboards, too.
const begins = "=+-@\t\r\n＝＋－＠"

// inside is such a character after what parts cells or rows in other countries,
// where a quote within a line means nothing: there it would begin a cell.
var inside = regexp.MustCompile(`([;|\t\r\n][\pZ\s"\x00-\x1f]*)([=+\-@＝＋－＠])`)

// harmless keeps a spreadsheet from taking a text for a formula: an apostrophe
// says that it is text. Blanks and what is not printed before it are skipped, as
// some spreadsheets do.
func harmless(cell string) string {
	cell = inside.ReplaceAllString(cell, "$1'$2")
	begin := strings.TrimLeftFunc(cell, func(r rune) bool {
		unseen := unicode.IsSpace(r) || !unicode.IsPrint(r) && r != utf8.RuneError || r == '"'
		return unseen && !strings.ContainsRune(begins, r)
	})
	if r, _ := utf8.DecodeRuneInString(begin); begin != "" && strings.ContainsRune(begins, r) && !number(cell) {
		return "'" + cell
	}
	return cell
}

// number says whether a cell is a plain number, which may be negative.
func number(cell string) bool {
	digits := strings.TrimPrefix(cell, "-")
	return digits != "" && strings.Trim(digits, "0123456789") == ""
}

// quoted is a cell in quotes where it holds what parts cells anywhere: in other
// countries a semicolon does, and what follows it would be a cell of its own.
func quoted(cell string) string {
	if !strings.ContainsAny(cell, ",;|\"\t\r\n") && strings.TrimSpace(cell) == cell {
		return cell
	}
	return `"` + strings.ReplaceAll(cell, `"`, `""`) + `"`
}

// ReadingsCSV is the CSV of all recordings below one header, for people: what
// the transmitter called itself is harmless to a spreadsheet. A recording's hash
// is of cgm's own CSV, which this is to the byte where there is nothing to do.
func ReadingsCSV(recordings []*cgm.Recording) []byte {
	b := bytes.NewBufferString(cgm.CSVHeader)
	for _, r := range recordings {
		safe := *r
		safe.TransmitterID = quoted(harmless(r.TransmitterID))
		var one bytes.Buffer
		_ = safe.WriteCSV(&one) // a buffer takes every byte
		b.Write(bytes.TrimPrefix(one.Bytes(), []byte(cgm.CSVHeader)))
	}
	return b.Bytes()
}
