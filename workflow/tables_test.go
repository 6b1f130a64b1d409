package workflow

import (
	"encoding/csv"
	"strings"
	"testing"

	"tracedesk/cgm"
	"tracedesk/cgm/cgmtest"
	"tracedesk/clinic"
	"tracedesk/clinic/billing"
	"tracedesk/clinic/steps"
	"tracedesk/storage"
)

// formulas begin what a spreadsheet would reckon with.
var formulas = []string{
	"=1+1", "+1+1", "-1+1", "@SUM(1)", "\t=1", "\r=1", "\n=1", " =1+1", "\u00a0=1", "＝1+1", "＠SUM", "\"=1", "x;=1+1",
	"x\t=1+1", "x,\n=1", "a\r\n=cmd|' /C calc'!A0",
}

// cells are a table's cells as spreadsheets part them, by comma or, as in other
// countries, by semicolon or tab.
func cells(t *testing.T, table []byte) (out []string) {
	t.Helper()
	for _, comma := range ",;\t" {
		r := csv.NewReader(strings.NewReader(string(table)))
		r.Comma, r.FieldsPerRecord, r.LazyQuotes = comma, -1, comma != ','
		rows, err := r.ReadAll()
		if err != nil {
			t.Fatalf("%v in %q", err, table)
		}
		for _, row := range rows {
			out = append(out, row...)
		}
	}
	return out
}

// TestNoTableHoldsAFormula puts each into every column that takes a text.
func TestNoTableHoldsAFormula(t *testing.T) {
	for _, f := range formulas {
		line := billing.ServiceLine{Patient: f, BirthDate: f, Identifier: f, Code: clinic.Code(f), Date: f,
			Diagnoses: []string{f}, Reminders: []string{f}, Place: f, Payer: f, Profile: f, Exceptions: []string{f}, WearID: f,
			Supervisor: clinic.Person{Name: f, NPI: f}, Signer: clinic.Person{Name: f, NPI: f},
			Billing: []steps.Billing{{State: steps.BillingState(f), Reason: f}}}
		entry := storage.Entry{
			UserID: f, Login: f, Act: storage.Act(f), Kind: storage.Kind(f), ID: f, Detail: f, Previous: f,
		}
		r := cgmtest.Wear(1, 1)
		r.TransmitterID = f
		for what, table := range map[string][]byte{
			"services": servicesCSV([]billing.ServiceLine{line}), "trail": auditCSV([]storage.Entry{entry}),
			"readings": readingsCSV([]*cgm.Recording{r}),
		} {
			for _, cell := range cells(t, table) {
				trimmed := strings.TrimLeft(cell, " \u00a0\"")
				if trimmed != "" && strings.ContainsRune("=+-@\t\r＝＠", []rune(trimmed)[0]) && !number(cell) {
					t.Errorf("%s: %q gives the cell %q", what, f, cell)
				}
			}
		}
	}
}

func TestTheTrailSaysWhatIsUnproven(t *testing.T) {
	lines := strings.Split(string(auditCSV([]storage.Entry{{Seq: 1}, {Seq: 2, Unproven: true}})), "\n")
	for i, want := range []string{",unproven", ",false", ",true"} {
		if !strings.HasSuffix(lines[i], want) {
			t.Errorf("line %d is %q", i+1, lines[i])
		}
	}
}

// TestATableOfReadingsIsTheRecordingsOwn where nothing has to be made harmless.
func TestATableOfReadingsIsTheRecordingsOwn(t *testing.T) {
	r := cgmtest.Wear(1, 1)
	var own strings.Builder
	if err := r.WriteCSV(&own); err != nil {
		t.Fatal(err)
	}
	if got := string(readingsCSV([]*cgm.Recording{r})); got != own.String() {
		t.Errorf("%.200s", got)
	}
}
