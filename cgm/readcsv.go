package cgm

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// ErrCSV says that a text is not a recording's CSV.
var ErrCSV = errors.New("it is not a recording's CSV")

// ReadCSV reads the readings of WriteCSV's text. Whether nothing of it was
// changed, the recording's hash tells.
func ReadCSV(r io.Reader) ([]Reading, error) {
	in := bufio.NewScanner(r)
	if !in.Scan() || in.Text()+"\n" != CSVHeader {
		return nil, fmt.Errorf("%w: its first line is another", ErrCSV)
	}
	var out []Reading
	for n := 2; in.Scan(); n++ {
		g, err := parseCSV(in.Text())
		if err != nil {
			return nil, fmt.Errorf("%w: line %d: %w", ErrCSV, n, err)
		}
		out = append(out, g)
	}
	return out, in.Err()
}

func parseCSV(line string) (g Reading, err error) {
	f := strings.Split(line, ",")
	if len(f) != 7 {
		return g, fmt.Errorf("%d fields", len(f))
	}
	g.TransmitterSeconds = NoTransmitterTime
	if g.System, err = strconv.ParseInt(f[0], 10, 64); err != nil {
		return g, err
	}
	if g.Display, err = ParseWallTime(f[1]); err != nil {
		return g, err
	}
	if g.MgDL, err = strconv.ParseFloat(f[2], 64); err != nil {
		return g, err
	}
	flag, known := map[string]Flag{"": InRange, "low": Low, "high": High}[f[3]]
	if !known {
		return g, fmt.Errorf("flag %q", f[3])
	}
	g.Flag = flag
	if f[5] != "" {
		if g.TransmitterSeconds, err = strconv.ParseInt(f[5], 10, 64); err != nil {
			return g, err
		}
	}
	g.Backfilled, err = strconv.ParseBool(f[6])
	return g, err
}
