package present

import (
	"fmt"
	"slices"

	"tracedesk/clinic"
	"tracedesk/clinic/wording"
	"tracedesk/report"
	"tracedesk/storage"
	"tracedesk/ui/say"
	"tracedesk/workflow"
)

// DocumentTitle names a document that was issued.
func DocumentTitle(d clinic.Document) string {
	kind := say.L("Printout (95250)")
	switch {
	case d.Kind == clinic.AddendumDocument:
		kind = say.L("Addendum, signed")
	case d.Kind == clinic.InterpretationDocument && d.Signed:
		kind = say.L("Interpretation (95251), signed")
	case d.Kind == clinic.InterpretationDocument:
		kind = say.L("Interpretation (95251), draft")
	}
	return fmt.Sprintf(say.L("%s · %s · made %s"), kind, wording.Counted(d.Pages, "page"), d.MadeAt.Format("2006-01-02 15:04"))
}

// Issued are the paths of a wear's documents.
type Issued struct {
	Printout, Interpretation string
	Undrawable               string // characters that the documents spell out
}

// Issue makes both documents, keeps them, and writes them into the folder.
func (d Documents) Issue(wearID, dir string) (Issued, error) {
	documents, err := workflow.Issue(d.Store, wearID, d.Now())
	if err != nil {
		return Issued{}, err
	}
	printout, interpretation, err := documents.Write(dir)
	return Issued{printout, interpretation, string(documents.Printout.Undrawable)}, err
}

// WriteAgain writes documents that were issued before into the folder, as they
// were issued.
func (d Documents) WriteAgain(w *Wear, dir string, documents ...clinic.Document) (paths []string, err error) {
	for _, doc := range documents {
		pdf, err := d.Store.PDF(doc.ID)
		if err != nil {
			return nil, err
		}
		if clinic.HashOf(pdf) != doc.SHA256 {
			return nil, storage.ErrDamaged
		}
		path, err := workflow.WriteNew(dir, workflow.FileName(w.Facts, doc.Kind), pdf)
		if err == nil {
			err = d.Store.Note(storage.ActExported, storage.KindDocument, doc.ID, "wear "+w.ID)
		}
		if err != nil {
			return nil, err
		}
		paths = append(paths, path)
	}
	return paths, nil
}

// Print writes documents into the folder and gives them to the printer. Where
// there is none, the error is workflow.ErrNoPrinter, and they can be opened.
func (d Documents) Print(w *Wear, dir string, documents ...clinic.Document) (paths []string, err error) {
	if paths, err = d.WriteAgain(w, dir, documents...); err != nil {
		return nil, err
	}
	if err := workflow.Print(paths...); err != nil {
		return paths, err
	}
	for _, doc := range documents {
		if err := d.Store.Note(storage.ActPrinted, storage.KindDocument, doc.ID, "wear "+w.ID); err != nil {
			return paths, err
		}
	}
	return paths, nil
}

// Latest are the last printout and the last interpretation of the wear, signed
// or not: what is printed together.
func (w *Wear) Latest() (out []clinic.Document) {
	for _, kind := range []clinic.DocumentKind{clinic.PrintoutDocument, clinic.InterpretationDocument} {
		if i := slices.IndexFunc(w.Documents, func(d clinic.Document) bool { return d.Kind == kind }); i >= 0 {
			out = append(out, w.Documents[i])
		}
	}
	return out
}

// mostFiled is how many documents a list shows: more are found by searching.
const mostFiled = 200

// FiledDocument is a document that was issued, with the wear it is of.
type FiledDocument struct {
	Document clinic.Document
	WearID   string
	Whose    string // patient and dates
}

// Title names it in one line.
func (f FiledDocument) Title() string { return f.Whose + " · " + DocumentTitle(f.Document) }

// Filed are the documents of the wears that hold every word of the query, the
// latest wear first; all is false where there are more than are given.
func (d Documents) Filed(query string) (out []FiledDocument, all bool, err error) {
	wears, err := d.Wears(query)
	if err != nil {
		return nil, false, err
	}
	for _, w := range wears {
		if !w.Brief.Printed && !w.Brief.Signed && w.Wear.RecordingID == "" {
			continue // nothing can have been issued
		}
		documents, err := d.Store.Documents(w.Wear.ID)
		if err != nil {
			return nil, false, err
		}
		line := d.Line(w, false)
		for _, doc := range slices.Backward(documents) {
			if len(out) == mostFiled {
				return out, false, nil
			}
			out = append(out, FiledDocument{doc, w.Wear.ID, line.Patient + " · " + line.Dates})
		}
	}
	return out, true, nil
}

// PatientLanguages are the languages of the patient's page, as they are chosen.
var PatientLanguages = []string{"English", "Español"}

// PatientPage writes the page for the patient into the folder, which is an act.
func (d Documents) PatientPage(w *Wear, language, dir string) (string, error) {
	code := report.English
	if language == PatientLanguages[1] {
		code = report.Spanish
	}
	page, err := report.PatientPage(w.Facts, code)
	if err != nil {
		return "", err
	}
	path, err := workflow.WriteNew(dir, workflow.FileName(w.Facts, clinic.PatientDocument), page.PDF)
	if err != nil {
		return "", err
	}
	return path, d.Store.Note(storage.ActExported, storage.KindWear, w.ID, "page for the patient")
}
