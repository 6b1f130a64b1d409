package say_test

import (
	"encoding/json"
	"flag"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"sort"
	"strconv"
	"strings"
	"testing"

	"tracedesk/cgm"
	"tracedesk/clinic"
	"tracedesk/clinic/forms"
	"tracedesk/clinic/steps"
)

var update = flag.Bool("update", false, "write the catalogue anew from the source")

const catalogue = "../../assets/texts/en.json"

// source is what the window says, by the source of its packages: the texts in
// say.L, constants among them, what to do after an error, and the names of
// steps, fields and groups, which the terminal shares.
func source(t *testing.T) map[string]bool {
	t.Helper()
	texts := map[string]bool{}
	add := func(all ...string) {
		for _, s := range all {
			if s != "" {
				texts[s] = true
			}
		}
	}
	parsed := sourceFiles(t)
	constants := constantsOf(parsed)
	for _, text := range asked(parsed, constants) {
		add(text)
	}
	add(constants["AppearanceSystem"], constants["AppearanceLight"], constants["AppearanceDark"], constants["AppearanceContrast"])
	add(sentences(t, "../../workflow/remedies.go")...)
	for _, k := range append([]forms.Kind{forms.OrderKind}, forms.Kinds...) {
		add(k.Title)
		for _, f := range k.Fields {
			add(f.Label, f.Hint)
		}
	}
	for _, r := range []clinic.CheckResult{clinic.Met, clinic.SpanOnly, clinic.NotMet} {
		add("72 hours: " + string(r))
	}
	whole := steps.Brief{}
	for _, m := range whole.Way("") {
		add(string(m.Step))
	}
	add(string(steps.Failed), string(steps.Lost))
	for _, g := range []cgm.FindingGroup{cgm.Lows, cgm.Highs, cgm.Variability, cgm.DataLimits} {
		add(clinic.GroupTitle(g))
	}
	for _, text := range mapped(t, "../present/case.go", "actions") {
		add(text)
	}
	return texts
}

// sourceFiles are the files of the window's packages, without tests.
func sourceFiles(t *testing.T) (out []*ast.File) {
	t.Helper()
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		f, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		out = append(out, f)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// constantsOf are the texts of variables and constants by their names.
func constantsOf(files []*ast.File) map[string]string {
	out := map[string]string{}
	inspect(files, func(n ast.Node) {
		v, ok := n.(*ast.ValueSpec)
		if !ok {
			return
		}
		for i, name := range v.Names {
			if i < len(v.Values) {
				if s, ok := literal(v.Values[i]); ok {
					out[name.Name] = s
				}
			}
		}
	})
	return out
}

// asked are the texts that say.L is called with.
func asked(files []*ast.File, constants map[string]string) (out []string) {
	inspect(files, func(n ast.Node) {
		c, ok := n.(*ast.CallExpr)
		if !ok || len(c.Args) != 1 {
			return
		}
		if s, ok := c.Fun.(*ast.SelectorExpr); !ok || s.Sel.Name != "L" {
			return
		}
		if text, ok := literal(c.Args[0]); ok {
			out = append(out, text)
		} else if name, ok := c.Args[0].(*ast.Ident); ok {
			out = append(out, constants[name.Name])
		}
	})
	return out
}

func inspect(files []*ast.File, visit func(ast.Node)) {
	for _, f := range files {
		ast.Inspect(f, func(n ast.Node) bool {
			visit(n)
			return true
		})
	}
}

// literal is a text, also one that is written in several parts.
func literal(e ast.Expr) (string, bool) {
	if b, ok := e.(*ast.BinaryExpr); ok && b.Op == token.ADD {
		left, leftOK := literal(b.X)
		right, rightOK := literal(b.Y)
		return left + right, leftOK && rightOK
	}
	l, ok := e.(*ast.BasicLit)
	if !ok || l.Kind != token.STRING {
		return "", false
	}
	s, err := strconv.Unquote(l.Value)
	return s, err == nil
}

// sentences are the texts of a file that hold several words.
func sentences(t *testing.T, path string) (out []string) {
	t.Helper()
	f, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(f, func(n ast.Node) bool {
		e, ok := n.(ast.Expr)
		if !ok {
			return true
		}
		s, ok := literal(e)
		if ok && len(strings.Fields(s)) > 1 {
			out = append(out, s)
		}
		return !ok // the parts of a text are none of their own
	})
	if len(out) < 30 {
		t.Fatalf("%s has only %d texts: it is not read as it was", path, len(out))
	}
	return out
}

// mapped are the values of a map of texts in a file.
func mapped(t *testing.T, path, name string) (out []string) {
	t.Helper()
	walk(t, path, func(n ast.Node) {
		v, ok := n.(*ast.ValueSpec)
		if !ok || v.Names[0].Name != name {
			return
		}
		for _, e := range v.Values[0].(*ast.CompositeLit).Elts {
			if s, ok := literal(e.(*ast.KeyValueExpr).Value); ok {
				out = append(out, s)
			}
		}
	})
	return out
}

func walk(t *testing.T, path string, visit func(ast.Node)) {
	t.Helper()
	f, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	inspect([]*ast.File{f}, visit)
}

// TestTheCatalogueHasEveryTextAndNoOther sets the catalogue against the source.
func TestTheCatalogueHasEveryTextAndNoOther(t *testing.T) {
	texts := source(t)
	if *update {
		out := map[string]string{}
		for text := range texts {
			out[text] = text
		}
		b, err := json.MarshalIndent(out, "", "  ")
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(catalogue, append(b, '\n'), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	b, err := os.ReadFile(catalogue)
	if err != nil {
		t.Fatal(err)
	}
	var kept map[string]string
	if err := json.Unmarshal(b, &kept); err != nil {
		t.Fatal(err)
	}
	var missing, dead []string
	for text := range texts {
		if kept[text] == "" {
			missing = append(missing, text)
		}
	}
	for text := range kept {
		if !texts[text] {
			dead = append(dead, text)
		}
	}
	sort.Strings(missing)
	sort.Strings(dead)
	if len(missing)+len(dead) > 0 {
		t.Errorf("the catalogue is to be written anew (make texts): missing %q, dead %q", missing, dead)
	}
	if len(kept) < 300 {
		t.Errorf("only %d texts: the source is not read as it was", len(kept))
	}
}

// TestACatalogueOfAnotherLanguageHasTheSameTexts looks at every file beside the
// English one: the same keys, and the same places for numbers and names.
func TestACatalogueOfAnotherLanguageHasTheSameTexts(t *testing.T) {
	texts := source(t)
	files, err := filepath.Glob(filepath.Join(filepath.Dir(catalogue), "*.json"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range files {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		var kept map[string]string
		if err := json.Unmarshal(b, &kept); err != nil {
			t.Fatal(err)
		}
		for key, text := range kept {
			if !texts[key] {
				t.Errorf("%s: no text is %q", path, key)
			}
			if strings.Count(key, "%") != strings.Count(text, "%") {
				t.Errorf("%s: %q and %q have other places for numbers", path, key, text)
			}
		}
	}
}
