package screens

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"tracedesk/ui/present"
	"tracedesk/ui/shell"
)

// TestWindowAndDeskStaySmall counts what they offer: more belongs into a group.
func TestWindowAndDeskStaySmall(t *testing.T) {
	for _, of := range []reflect.Type{
		reflect.TypeFor[*shell.Window](), reflect.TypeFor[*present.Desk](), reflect.TypeFor[Shell](),
	} {
		if n := of.NumMethod(); n == 0 || n >= 30 {
			t.Errorf("%s has %d methods", of, n)
		} else {
			t.Logf("%s has %d methods", of, n)
		}
	}
}

// TestNoViewReachesThroughTheDeskForTheStore looks for what the compiler lets pass:
// the desk has the store for its presenters, and a view could take it from there.
func TestNoViewReachesThroughTheDeskForTheStore(t *testing.T) {
	var looked int
	for _, dir := range []string{".", "../shell"} {
		files, err := filepath.Glob(filepath.Join(dir, "*.go"))
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range files {
			if strings.HasSuffix(path, "_test.go") {
				continue
			}
			set := token.NewFileSet()
			file, err := parser.ParseFile(set, path, nil, 0)
			if err != nil {
				t.Fatal(err)
			}
			looked++
			ast.Inspect(file, func(n ast.Node) bool {
				if s, ok := n.(*ast.SelectorExpr); ok && s.Sel.Name == "Store" {
					t.Errorf("%s reaches for the store", set.Position(s.Pos()))
				}
				return true
			})
		}
	}
	if looked < 20 {
		t.Errorf("only %d files were looked at", looked)
	}
}
