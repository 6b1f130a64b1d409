package storage

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/user"
	"time"

	"tracedesk/storage/private"
)

// holderSuffix is of the small file that says who has the store open. The lock
// itself is the engine's; this file only names who holds it.
const holderSuffix = ".open"

// mostHolder bounds the file.
const mostHolder = 64 << 10

// holder is who has the store open: nothing of a patient.
type holder struct {
	Host    string    `json:"host"`
	Account string    `json:"account"` // of the operating system
	Process int       `json:"process"`
	Since   time.Time `json:"since"`
}

// hold says that this process has the store open; that it cannot be said is no
// reason not to open it.
func hold(path string, now time.Time) {
	h := holder{Process: os.Getpid(), Since: now.Truncate(time.Second)}
	h.Host, _ = os.Hostname()
	if u, err := user.Current(); err == nil {
		h.Account = u.Username
	}
	_ = private.WriteFile(path+holderSuffix, toJSON(h))
}

// release ends it.
func release(path string) { _ = os.Remove(path + holderSuffix) }

// heldBy names who has the store open, where the error is that it is in use.
func heldBy(path string, err error) error {
	if !errors.Is(err, ErrInUse) {
		return err
	}
	b, readErr := private.ReadFile(path+holderSuffix, mostHolder)
	var h holder
	if readErr != nil || json.Unmarshal(b, &h) != nil {
		return err
	}
	return fmt.Errorf("%w: by %s on %s, process %d, since %s", err, h.Account, h.Host, h.Process,
		h.Since.Local().Format("2006-01-02 15:04"))
}
