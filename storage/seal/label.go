package seal

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"strings"
)

// Label is what a backup says of itself before anybody decrypts it: whatever
// the program wrote beside the slots, and the slots. Nothing in it is proven.
type Label struct {
	Words []string
	Slots []Slot
}

// mostHeader bounds the header of an age file: a slot takes less than 1 kB.
const mostHeader = 1 << 20

// The lines of an age file's header, after its specification, version 1.
const (
	ageFirst  = "age-encryption.org/v1"
	ageStanza = "-> "
	ageLast   = "---"
	ageFull   = 64 // characters of a body's line but for the last
)

// ReadLabel reads the label of a backup; an error says that it is none.
func ReadLabel(b io.Reader) (l Label, err error) {
	lines, err := ageHeader(bufio.NewReader(b))
	if err != nil {
		return l, err
	}
	for i := 1; i < len(lines); i++ {
		words := strings.Fields(strings.TrimPrefix(lines[i], ageStanza))
		if !strings.HasPrefix(lines[i], ageStanza) || len(words) < 2 || words[0] != slotsStanza {
			continue
		}
		var body strings.Builder
		for i++; i < len(lines); i++ {
			body.WriteString(lines[i])
			if len(lines[i]) < ageFull {
				break
			}
		}
		slots, err := base64.RawStdEncoding.Strict().DecodeString(body.String())
		if err != nil || json.Unmarshal(slots, &l.Slots) != nil {
			return l, notOurs(err)
		}
		l.Words = words[2:]
		return l, nil
	}
	return l, notOurs(nil)
}

func notOurs(why error) error {
	if why == nil {
		return fmt.Errorf("%w: the file is no backup of Tracedesk", ErrDamaged)
	}
	return fmt.Errorf("%w: the file is no backup of Tracedesk (%w)", ErrDamaged, why)
}

// ageHeader are the lines of an age file's header, without their ends.
func ageHeader(b *bufio.Reader) (lines []string, err error) {
	for left := mostHeader; ; {
		line, err := b.ReadSlice('\n') // of at most the reader's size
		if left -= len(line); err != nil || left < 0 {
			return nil, notOurs(err)
		}
		text := string(bytes.TrimSuffix(line, []byte("\n")))
		lines = append(lines, text)
		switch {
		case len(lines) == 1 && text != ageFirst:
			return nil, notOurs(nil)
		case strings.HasPrefix(text, ageLast):
			return lines, nil
		}
	}
}

// bounded is a backup whose header is no longer than any; age itself would read
// it to whatever end.
func bounded(b io.Reader) (io.Reader, error) {
	in := bufio.NewReader(b)
	lines, err := ageHeader(in)
	if err != nil {
		return nil, err
	}
	return io.MultiReader(strings.NewReader(strings.Join(lines, "\n")+"\n"), in), nil
}
