package clinic_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// mostNames is what somebody who reads clinic for the first time can still survey.
// What needs more belongs into a room of its own.
const mostNames = 80

func TestClinicStaysSmall(t *testing.T) {
	names := exported(t, ".")
	t.Logf("clinic exports %d names", len(names))
	if len(names) < 40 || len(names) >= mostNames {
		t.Errorf("clinic exports %d names, and less than %d are allowed: %s", len(names), mostNames, strings.Join(names, ", "))
	}
	rooms, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, room := range rooms {
		if !room.IsDir() {
			continue
		}
		if n := len(exported(t, room.Name())); n == 0 || n >= mostNames {
			t.Errorf("clinic/%s exports %d names", room.Name(), n)
		}
	}
}

// exported are the names that a package gives to others, without methods and fields.
func exported(t *testing.T, dir string) (names []string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range files {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range file.Decls {
			names = append(names, exportedBy(d)...)
		}
	}
	return names
}

func exportedBy(d ast.Decl) (names []string) {
	add := func(ids ...*ast.Ident) {
		for _, id := range ids {
			if id.IsExported() {
				names = append(names, id.Name)
			}
		}
	}
	switch d := d.(type) {
	case *ast.FuncDecl:
		if d.Recv == nil {
			add(d.Name)
		}
	case *ast.GenDecl:
		for _, spec := range d.Specs {
			switch s := spec.(type) {
			case *ast.TypeSpec:
				add(s.Name)
			case *ast.ValueSpec:
				add(s.Names...)
			}
		}
	}
	return names
}
