package screens

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"

	"tracedesk/ui/shell"
)

// words are what a screen says: labels, buttons, fields and choices, in their order.
func words(w *Workstation) string {
	var b strings.Builder
	say := func(parts ...string) {
		if line := strings.TrimSpace(strings.Join(parts, "")); line != "" {
			b.WriteString(line + "\n")
		}
	}
	each(w, func(o fyne.CanvasObject) {
		if !o.Visible() {
			return
		}
		switch x := o.(type) {
		case *widget.Label:
			say(x.Text)
		case *widget.Button:
			say("[", x.Text, "]")
		case *widget.Check:
			say(map[bool]string{true: "[x] ", false: "[ ] "}[x.Checked], x.Text)
		case *widget.Select:
			say("‹", x.Selected, "›")
		case *widget.RadioGroup:
			say("(", x.Selected, ") of ", strings.Join(x.Options, ", "))
		case *shell.Entry:
			say("“", x.Text, "” ", x.PlaceHolder)
		}
	})
	return ofItsRun.ReplaceAllString(b.String(), "…")
}

// ofItsRun is what is another each time, or in the dark: ids, hashes of what holds them,
// and the appearance that is chosen.
var ofItsRun = regexp.MustCompile(`[0-9a-f]{64}|[0-9a-f]{8}…|\((?:Light|Dark)\)`)

// compareWords sets what a screen says against its golden text, to the letter: a picture
// lets a wrong figure of a few pixels pass. Light and dark say the same.
func compareWords(t *testing.T, w *Workstation, name string) {
	t.Helper()
	name = strings.TrimSuffix(strings.TrimSuffix(name, "-light"), "-dark")
	golden, got := filepath.Join("testdata", name+".txt"), words(w)
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	b, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if want := string(b); got != want {
		g, n := strings.Split(got, "\n"), strings.Split(want, "\n")
		for i := range max(len(g), len(n)) {
			if i >= len(g) || i >= len(n) || g[i] != n[i] {
				t.Errorf("%s: from line %d on the screen says %q, not %q", name, i+1, g[min(i, len(g)):min(i+3, len(g))], n[min(i, len(n)):min(i+3, len(n))])
				return
			}
		}
	}
}
