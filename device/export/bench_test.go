package export

import (
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"strings"
	"testing"

	"tracedesk/cgm"
)

// clarityText is an export of the given length: quoted as Clarity writes it
// now, or bare as it did before.
func clarityText(days int, quoted bool) string {
	var b strings.Builder
	b.WriteString(englishHeader + "\r\n")
	for n := range days * 288 {
		fmt.Fprintf(&b, "%d,%s,EGV,,,,iPhone G6,%d,,,,0.%d,%d,8ABCDE\r\n", n+1, start+cgm.WallTime(300*n), 100+n%150, n%10, 7200+300*n)
	}
	if !quoted {
		return b.String()
	}
	return "\xEF\xBB\xBF\"" + strings.NewReplacer(",", `","`, "\r\n", "\"\r\n\"").Replace(strings.TrimSuffix(b.String(), "\r\n")) + "\"\r\n"
}

// BenchmarkRead sets reading a file against the yardstick: the same bytes
// through encoding/csv with its records reused, and nothing done with them.
func BenchmarkRead(b *testing.B) {
	for _, quoted := range []bool{true, false} {
		for _, days := range []int{10, 90, 900} {
			text := clarityText(days, quoted)
			name := fmt.Sprintf("quoted=%v/days=%d", quoted, days)
			b.Run(name+"/clarity", func(b *testing.B) { benchmark(b, text, readWhole) })
			b.Run(name+"/bare-csv", func(b *testing.B) { benchmark(b, text, bareCSV) })
		}
	}
}

func benchmark(b *testing.B, text string, read func(string) error) {
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		if err := read(text); err != nil {
			b.Fatal(err)
		}
	}
}

func readWhole(text string) error {
	_, err := Read(context.Background(), "x", strings.NewReader(text), int64(len(text)), nil, nil)
	return err
}

func bareCSV(text string) error {
	r := csv.NewReader(strings.NewReader(strings.TrimPrefix(text, "\xEF\xBB\xBF")))
	r.ReuseRecord = true
	for {
		if _, err := r.Read(); err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
	}
}
