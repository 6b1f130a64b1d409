package export

import (
	"bufio"
	"encoding/csv"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
)

// sameRows sets rows against encoding/csv on the same text, row by row: fields,
// line, and how the text ends.
func sameRows(t *testing.T, text string, comma rune, buffer int) {
	t.Helper()
	want := csv.NewReader(strings.NewReader(text))
	want.Comma, want.FieldsPerRecord, want.LazyQuotes = comma, -1, true
	got := newRows(bufio.NewReaderSize(strings.NewReader(text), buffer), comma)
	for n := 1; ; n++ {
		expected, expectedErr := want.Read()
		fields, err := got.read()
		if (err == io.EOF) != (expectedErr == io.EOF) || (err == nil) != (expectedErr == nil) {
			t.Fatalf("row %d of %q: %v, and encoding/csv says %v", n, text, err, expectedErr)
		}
		if err != nil {
			if !errors.Is(err, io.EOF) {
				return // neither reads on
			}
			return
		}
		line, _ := got.extent(fields)
		if at, _ := want.FieldPos(0); !slices.Equal(fields, expected) || line != at {
			t.Fatalf("row %d of %q: line %d %q, and encoding/csv says line %d %q", n, text, line, fields, at, expected)
		}
	}
}

var rowTexts = []string{
	"", "\n", "\r", "\r\n\r\n", "a", "a,b\r\nc", "a,b\n\n\nc,d\r", "a,,\n,,b", ",\n,", "\"a\",\"b\"\n\"c\",\"\"\n", "\"a\",b,\"c\"\n", "\"a\"x,b\n", "a\"b,c\n", "\"a\n\"\n",
	"\"a\"\"b\",c\n", "\"a\",\n", "\"\"\n", "\"", "\",\"\n", "a,\"b\nc\",d\ne,f\n", "x\r\r\n", " \"a\",b\n", "\"a\" ,b\n", "\"a,b\",c\n", "a\rb,c\n", strings.Repeat("long", 40) + ",b\nc\n", "ok,1\n\"multi\nline\",2\nok,3\n",
}

func TestRowsAreThoseOfEncodingCSV(t *testing.T) {
	for _, text := range append(rowTexts, clarityText(1, true), clarityText(1, false)) {
		for _, comma := range ",;\t" {
			sameRows(t, strings.ReplaceAll(text, ",", string(comma)), comma, 16)
			sameRows(t, text, comma, 4096)
		}
	}
}

func FuzzRows(f *testing.F) {
	for _, text := range rowTexts {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		sameRows(t, text, ',', 16)
		sameRows(t, text, ';', 64)
	})
}
