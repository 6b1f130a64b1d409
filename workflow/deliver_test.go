package workflow

import (
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"tracedesk/cgm"
	"tracedesk/cgm/cgmtest"
	"tracedesk/clinic"
	"tracedesk/report"
	"tracedesk/storage"
	"tracedesk/storage/storagetest"
)

// writers are the functions that write files, by the package that has them.
var writers = map[string][]string{
	"os": {
		"WriteFile", "Create", "CreateTemp", "OpenFile", "Rename", "Link", "Symlink", "Mkdir", "MkdirAll", "MkdirTemp",
		"CopyFS", "Root", "OpenRoot", "OpenInRoot",
	},
	"tracedesk/storage/private": {"WriteFile", "CreateTemp", "MkdirAll"},
	"fyne.io/fyne/v2/storage":   {"Writer", "Move", "Copy"},
	"fyne.io/fyne/v2/dialog":    {"NewFileSave", "ShowFileSave"},
}

// makers make documents, or take them out of the store.
var makers = []string{"Printout", "Interpretation", "Addendum", "Evidence", "PatientPage", "RecoveryKey"}

// pastDelivery gives the places of a source that write a file, make a document,
// take one out of the store, or write into the trail.
func pastDelivery(name string, source any) (found []string, err error) {
	files := token.NewFileSet()
	f, err := parser.ParseFile(files, name, source, 0)
	if err != nil {
		return nil, err
	}
	packages := map[string]string{} // by the name in this file
	for _, i := range f.Imports {
		imported, _ := strconv.Unquote(i.Path.Value)
		local := path.Base(imported)
		if i.Name != nil {
			local = i.Name.Name
		}
		packages[local] = imported
	}
	ast.Inspect(f, func(n ast.Node) bool {
		s, ok := n.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		from := ""
		if x, ok := s.X.(*ast.Ident); ok {
			from = packages[x.Name]
		}
		switch {
		case slices.Contains(writers[from], s.Sel.Name),
			from == "tracedesk/report" && slices.Contains(makers, s.Sel.Name),
			from == "" && (s.Sel.Name == "Note" || s.Sel.Name == "SaveDocuments"):
			found = append(found, files.Position(s.Pos()).String()+": "+s.Sel.Name)
		case from == "" && s.Sel.Name == "PDF" && isCalled(f, s):
			found = append(found, files.Position(s.Pos()).String()+": "+s.Sel.Name)
		}
		return true
	})
	return found, nil
}

// isCalled says whether the selector is that of a call, not of a field.
func isCalled(f *ast.File, s *ast.SelectorExpr) (called bool) {
	ast.Inspect(f, func(n ast.Node) bool {
		if c, ok := n.(*ast.CallExpr); ok && c.Fun == s {
			called = true
		}
		return !called
	})
	return called
}

// mayMake are the files of workflow that make documents to be kept or attached, and
// write none.
var mayMake = map[string][]string{
	"sign.go":     {"Interpretation", "Addendum"},
	"facts.go":    {"PDF"}, // the packet's attachments
	"practice.go": {"RecoveryKey"},
	"forms.go":    {"Note"}, // the field of an answer
}

// TestNobodyWritesAFilePastDelivery walks the sources of both programs.
func TestNobodyWritesAFilePastDelivery(t *testing.T) {
	seen, inDelivery := 0, 0
	for _, room := range []string{".", "../cmd/tracedesk", "../cmd/tracedesk-desktop", "../ui"} {
		err := filepath.WalkDir(room, func(name string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
				return err
			}
			found, err := pastDelivery(name, nil)
			if name == "deliver.go" {
				inDelivery = len(found)
				return err
			}
			seen++
			for _, place := range found {
				made := place[strings.LastIndex(place, " ")+1:]
				if !slices.Contains(mayMake[name], made) {
					t.Error(place)
				}
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if seen < 70 || inDelivery < 15 {
		t.Errorf("%d files were looked at, and deliver.go has %d places: the sources are not seen", seen, inDelivery)
	}
}

// TestWritingPastDeliveryIsSeen tries each way, under other names, too.
func TestWritingPastDeliveryIsSeen(t *testing.T) {
	for _, body := range []string{
		`import "os"; func f() { os.WriteFile("x", nil, 0o600) }`,
		`import "os"; var write = os.WriteFile`,
		`import system "os"; func f() { system.Create("x") }`,
		`import "tracedesk/storage/private"; func f() { private.WriteFile("x", nil) }`,
		`import p "tracedesk/storage/private"; func f() { p.MkdirAll("x") }`,
		`import "tracedesk/report"; func f() { report.Evidence(nil) }`,
		`func f(s S) { s.Note("exported", "wear", "1", "") }`,
		`func f(d D) { d.Store.Note("exported", "wear", "1", "") }`,
		`func f(s S) { s.PDF("1") }`,
	} {
		if found, err := pastDelivery("x.go", "package p; "+body); err != nil || len(found) != 1 {
			t.Errorf("%s: %q, %v", body, found, err)
		}
	}
	allowed := `package p
		import ("os"; "tracedesk/storage/private")
		func f(d D) { os.Open("x"); private.ReadFile("x", 1); g(d.PDF) }`
	if found, err := pastDelivery("x.go", allowed); err != nil || len(found) != 0 {
		t.Errorf("what only reads is taken for writing: %q, %v", found, err)
	}
}

// storedWear is a store with a wear that has a recording.
func storedWear(t *testing.T) (s *storage.Store, wearID string) {
	t.Helper()
	s = storagetest.New(t)
	p := clinic.Patient{FirstName: "Ana", LastName: "Doe", BirthDate: "1960-02-03"}
	stored, err := s.Import(p, clinic.Source{FileName: "a.csv", SHA256: "a"},
		[]*cgm.Recording{cgmtest.Wear(10, 5)}, false)
	if err != nil {
		t.Fatal(err)
	}
	return s, stored[0].WearID
}

// delivered is a way out of the program, and the entry that it should leave.
type delivered struct {
	what    string
	deliver func() (paths []string, err error)
	act     storage.Act
	kind    storage.Kind
	detail  string
}

// everyDelivery gives everything that tells of a stored patient.
func everyDelivery(t *testing.T, s *storage.Store, wear, dir string) []delivered {
	now := time.Now()
	facts, err := WearFacts(s, wear, now)
	if err != nil {
		t.Fatal(err)
	}
	documents := func() []clinic.Document {
		all, err := s.Documents(wear)
		if err != nil {
			t.Fatal(err)
		}
		return all
	}
	one := func(path string, err error) ([]string, error) { return []string{path}, err }
	return []delivered{
		{"both documents", func() ([]string, error) {
			d, err := DeliverDocuments(s, wear, InFolder(dir), InFolder(dir), now)
			return []string{d.Printout.Path, d.Interpretation.Path}, err
		}, storage.ActPrinted, storage.KindDocument, ""},
		{"a document again", func() ([]string, error) {
			return DeliverAgain(s, facts, InFolder(dir), documents()[0])
		}, storage.ActExported, storage.KindDocument, "wear " + wear},
		{"a preview", func() ([]string, error) {
			return one(DeliverPreview(s, wear, InFolder(dir), now))
		}, storage.ActExported, storage.KindWear, "preview of the interpretation"},
		{"the patient's page", func() ([]string, error) {
			page, err := DeliverPatientPage(s, wear, facts, report.Spanish, AtPath(filepath.Join(dir, "page.pdf")))
			return []string{page.Path}, err
		}, storage.ActExported, storage.KindWear, "page for the patient"},
		{"the packet", func() ([]string, error) {
			return one(DeliverPacket(s, wear, InFolder(dir), now))
		}, storage.ActExported, storage.KindWear, ""},
		{"the evidence", func() ([]string, error) {
			e, err := DeliverEvidence(s, wear, dir, "an audit", now)
			return []string{filepath.Join(dir, e.Files[0].Name), filepath.Join(dir, e.Files[1].Name), e.Manifest}, err
		}, storage.ActExported, storage.KindWear, "an audit"},
		{"the services", func() ([]string, error) {
			return one(DeliverServices(s, "2026-05", InFolder(dir)))
		}, storage.ActExported, storage.KindService, "2026-05"},
		{"the trail", func() ([]string, error) {
			return one(DeliverTrail(s, nil, AtPath(filepath.Join(dir, "trail.csv")), now))
		}, storage.ActExported, storage.KindAudit, ""},
		{"a look at the patient", func() ([]string, error) {
			return nil, RecordView(s, facts.Patient.ID, wear)
		}, storage.ActViewed, storage.KindPatient, "wear " + wear},
	}
}

// TestEachDeliveryLeavesItsEntry delivers everything that tells of a stored patient.
func TestEachDeliveryLeavesItsEntry(t *testing.T) {
	s, wear := storedWear(t)
	for _, c := range everyDelivery(t, s, wear, t.TempDir()) {
		before := trail(t, s)
		paths, err := c.deliver()
		if err != nil {
			t.Fatalf("%s: %v", c.what, err)
		}
		for _, path := range paths {
			if info, err := os.Stat(path); err != nil || info.Size() == 0 {
				t.Errorf("%s: %s was not written: %v", c.what, path, err)
			}
		}
		entries := trail(t, s)[len(before):]
		if len(entries) != 1 {
			t.Errorf("%s: %d entries: %+v", c.what, len(entries), entries)
			continue
		}
		e := entries[0]
		if e.Act != c.act || e.Kind != c.kind || c.detail != "" && e.Detail != c.detail {
			t.Errorf("%s: the entry is %s %s “%s”", c.what, e.Act, e.Kind, e.Detail)
		}
		if c.kind == storage.KindWear && e.ID != wear {
			t.Errorf("%s: the entry is of %s", c.what, e.ID)
		}
	}
}

func trail(t *testing.T, s *storage.Store) []storage.Entry {
	t.Helper()
	entries, err := s.Audit()
	if err != nil {
		t.Fatal(err)
	}
	return entries
}

// TestAFileThatWasNotWrittenIsNotInTheTrail delivers below a file, where no folder
// can be made.
func TestAFileThatWasNotWrittenIsNotInTheTrail(t *testing.T) {
	s, wear := storedWear(t)
	blocked := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(blocked, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	before := len(trail(t, s))
	if _, err := DeliverPacket(s, wear, InFolder(filepath.Join(blocked, "below")), time.Now()); err == nil {
		t.Error("a packet was written below a file")
	}
	if _, err := DeliverServices(s, "2026-05", AtPath(filepath.Join(blocked, "services.csv"))); err == nil {
		t.Error("a table was written below a file")
	}
	for _, month := range []string{"May", "2026-13", "../2026-05", ""} {
		if _, err := DeliverServices(s, month, InFolder(t.TempDir())); !errors.Is(err, ErrMonth) {
			t.Errorf("the services of the month “%s”: %v", month, err)
		}
	}
	if after := len(trail(t, s)); after != before {
		t.Errorf("the trail has %d entries more", after-before)
	}
}

// TestADamagedDocumentIsNotDelivered gives a hash that the stored PDF has not.
func TestADamagedDocumentIsNotDelivered(t *testing.T) {
	s, wear := storedWear(t)
	d, err := Issue(s, wear, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	all, err := s.Documents(wear)
	if err != nil {
		t.Fatal(err)
	}
	all[0].SHA256 = clinic.HashOf([]byte("another"))
	dir := t.TempDir()
	if _, err := DeliverAgain(s, d.Facts, InFolder(dir), all[0]); !errors.Is(err, storage.ErrDamaged) {
		t.Error(err)
	}
	if files, _ := os.ReadDir(dir); len(files) != 0 {
		t.Errorf("%d files were written", len(files))
	}
}

// TestAFolderKeepsWhatIsThere writes another file of the same name, and the same again.
func TestAFolderKeepsWhatIsThere(t *testing.T) {
	dir := t.TempDir()
	for _, c := range []struct{ page, name string }{
		{"of one store", "Tracedesk recovery key.pdf"},
		{"of another", "Tracedesk recovery key-2.pdf"},
		{"of one store", "Tracedesk recovery key.pdf"},
	} {
		path, err := SaveRecoveryPage([]byte(c.page), InFolder(dir))
		if err != nil || filepath.Base(path) != c.name {
			t.Errorf("%s is %s, %v", c.page, path, err)
		}
		if b, err := os.ReadFile(path); err != nil || string(b) != c.page {
			t.Errorf("%s holds %s, %v", path, b, err)
		}
	}
}
