package simulator

import (
	"fmt"
	"io"
	"os"

	"github.com/creack/pty"
	"golang.org/x/term"
)

// Pty is a pseudo-terminal to answer on, with a symbolic link to its other end.
type Pty struct {
	*os.File
	other *os.File // held open, so that a reader may come and go
	link  string
}

// OpenPty makes a pseudo-terminal; link becomes a symbolic link to it.
func OpenPty(link string) (*Pty, error) {
	ours, other, err := pty.Open()
	if err != nil {
		return nil, fmt.Errorf("making a pseudo-terminal: %w", err)
	}
	if _, err := term.MakeRaw(int(other.Fd())); err != nil {
		return nil, fmt.Errorf("setting the pseudo-terminal: %w", err)
	}
	_ = os.Remove(link) // a link that an ended simulator left
	if err := os.Symlink(other.Name(), link); err != nil {
		return nil, fmt.Errorf("linking the pseudo-terminal: %w", err)
	}
	return &Pty{ours, other, link}, nil
}

// Close ends both ends and removes the link.
func (p *Pty) Close() error {
	_ = os.Remove(p.link)
	_ = p.other.Close()
	return p.File.Close()
}

// OpenTTY opens a named serial device to answer on.
func OpenTTY(path string) (io.ReadWriteCloser, error) {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return nil, fmt.Errorf("opening %s: %w", path, err)
	}
	if _, err := term.MakeRaw(int(f.Fd())); err != nil {
		_ = f.Close()
		return nil, fmt.Errorf("setting %s: %w", path, err)
	}
	return f, nil
}
