package present

import (
	"fmt"
	"slices"

	"tracedesk/clinic"
	"tracedesk/clinic/wording"
	"tracedesk/report"
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
	return fmt.Sprintf(say.L("%s · %s · made %s"), kind, wording.Counted(d.Pages, "page"),
		d.MadeAt.Format("2006-01-02 15:04"))
}

// Issue makes both documents, keeps them, and writes them into the folder.
func (d Documents) Issue(wearID, dir string) (*workflow.Documents, error) {
	return workflow.DeliverDocuments(d.Store, wearID, workflow.InFolder(dir), workflow.InFolder(dir), d.Now())
}

// WriteAgain writes documents that were issued before into the folder, as they
// were issued.
func (d Documents) WriteAgain(w *Wear, dir string, documents ...clinic.Document) (paths []string, err error) {
	return workflow.DeliverAgain(d.Store, w.Facts, workflow.InFolder(dir), documents...)
}

// Print writes documents into the folder and gives them to the printer. Where
// there is none, the error is workflow.ErrNoPrinter, and they can be opened.
func (d Documents) Print(w *Wear, dir string, documents ...clinic.Document) (paths []string, err error) {
	return workflow.PrintAgain(d.Store, w.Facts, workflow.InFolder(dir), documents...)
}

// Latest gives the last printout and the last interpretation of the wear, signed
// or not. They are printed together.
func (w *Wear) Latest() (out []clinic.Document) {
	for _, kind := range []clinic.DocumentKind{clinic.PrintoutDocument, clinic.InterpretationDocument} {
		if i := slices.IndexFunc(w.Documents, func(d clinic.Document) bool { return d.Kind == kind }); i >= 0 {
			out = append(out, w.Documents[i])
		}
	}
	return out
}

// mostFiled limits the list of documents. The search finds the others.
const mostFiled = 200

// FiledDocument is an issued document with its wear.
type FiledDocument struct {
	Document clinic.Document
	WearID   string
	Whose    string // patient and dates
}

// Title names it in one line.
func (f FiledDocument) Title() string { return f.Whose + " · " + DocumentTitle(f.Document) }

// Filed gives the documents of the wears that match every word of the query, the
// latest wear first. all is false if there are more.
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

// PatientLanguages are the languages of the patient's page, in the order of the choice.
var PatientLanguages = []string{"English", "Español"}

// PatientPage writes the page for the patient into the folder.
func (d Documents) PatientPage(w *Wear, language, dir string) (string, error) {
	code := report.English
	if language == PatientLanguages[1] {
		code = report.Spanish
	}
	page, err := workflow.DeliverPatientPage(d.Store, w.ID, w.Facts, code, workflow.InFolder(dir))
	return page.Path, err
}
