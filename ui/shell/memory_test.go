package shell

import (
	"os"
	"os/exec"
	"strings"
	"testing"
)

// TestMemoryIsInitialisedBeforeFyne looks at the order in this very program.
func TestMemoryIsInitialisedBeforeFyne(t *testing.T) {
	cmd := exec.Command(os.Args[0], "-test.run=^$")
	cmd.Env = append(os.Environ(), "GODEBUG=inittrace=1")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatal(err)
	}
	ours, fynes := strings.Index(string(out), "init tracedesk/ui/memory "),
		strings.Index(string(out), "init fyne.io/fyne/v2/internal/cache ")
	if ours < 0 || fynes < 0 || ours > fynes {
		t.Errorf("ui/memory at %d, Fyne's cache at %d of what is initialised", ours, fynes)
	}
}
