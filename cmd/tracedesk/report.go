package main

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tracedesk/cgm"
	"tracedesk/clinic"
	"tracedesk/clinic/wording"
	"tracedesk/device/export"
	"tracedesk/workflow"
)

type documentJSON struct {
	Path   string `json:"path"`
	Pages  int    `json:"pages"`
	SHA256 string `json:"sha256"`
}

type documentsJSON struct {
	Printout       documentJSON `json:"printout"`
	Interpretation documentJSON `json:"interpretation"`
}

func describeDocument(d workflow.Document) documentJSON {
	return documentJSON{d.Path, d.Pages, d.SHA256}
}

func describeDocuments(d *workflow.Documents) documentsJSON {
	return documentsJSON{describeDocument(d.Printout), describeDocument(d.Interpretation)}
}

func (d documentsJSON) print(w io.Writer) {
	fmt.Fprintf(w, "printout        %s (%s)\n", d.Printout.Path, wording.Counted(d.Printout.Pages, "page"))
	fmt.Fprintf(w, "interpretation  %s (%s, draft, not signed)\n", d.Interpretation.Path,
		wording.Counted(d.Interpretation.Pages, "page"))
}

func reportCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "report FILE --printout P.pdf --interpretation I.pdf",
		Short: "Make both PDFs straight from a file, without a store",
		Args:  needOneFile,
		RunE:  runReport,
	}
	f := cmd.Flags()
	f.String("printout", "", "where the printout goes")
	f.String("interpretation", "", "where the draft of the interpretation goes")
	f.String("transmitter", "", "which recording, where the file holds several")
	addStyleFlags(cmd)
	return addColumnFlags(cmd)
}

func runReport(cmd *cobra.Command, args []string) error {
	if err := required(cmd, "printout", "interpretation"); err != nil {
		return err
	}
	printout := flagText(cmd, "printout")
	interpretation := flagText(cmd, "interpretation")
	if filepath.Clean(printout) == filepath.Clean(interpretation) {
		return usageError{errors.New("--printout and --interpretation name the same file")}
	}
	f, err := openOne(cmd, args[0])
	if err != nil {
		return err
	}
	r, err := chosenRecording(cmd, f)
	if err != nil {
		return err
	}
	settings, err := styleOf(cmd, clinic.Settings{Unit: r.Unit, Paper: clinic.Letter})
	if err != nil {
		return err
	}
	facts := workflow.IntakeFacts(workflow.FromFile(f, settings), r, settings, time.Now())
	for _, note := range facts.Notes {
		say("%s: %s", args[0], note)
	}
	d, err := workflow.DeliverFacts(facts, workflow.AtPath(printout), workflow.AtPath(interpretation))
	if d != nil {
		warnUndrawable(d)
	}
	if err != nil {
		return err
	}
	out := describeDocuments(d)
	return answer(cmd, out, out.print)
}

func warnUndrawable(d *workflow.Documents) {
	if undrawable := string(d.Printout.Undrawable); undrawable != "" {
		say("the PDFs' font cannot draw “%s”: it is printed as Unicode numbers, and the pages say so", undrawable)
	}
}

// chosenRecording gives the file's only recording, or the one that --transmitter names.
func chosenRecording(cmd *cobra.Command, f *export.File) (*cgm.Recording, error) {
	id := flagText(cmd, "transmitter")
	var ids []string
	for _, r := range f.Recordings {
		if r.TransmitterID == id && id != "" || id == "" && len(f.Recordings) == 1 {
			return r, nil
		}
		ids = append(ids, fmt.Sprintf("%s (%s to %s)", orNotNamed(r.TransmitterID), r.First(), r.Last()))
	}
	if id != "" {
		return nil, fmt.Errorf("%s: there is no recording of transmitter %s, but of %s; choose with --transmitter", f.Name,
			id, strings.Join(ids, ", "))
	}
	return nil, fmt.Errorf("%s: it holds recordings of several transmitters: %s; choose with --transmitter", f.Name,
		strings.Join(ids, ", "))
}

// addStyleFlags adds the flags for the look of documents.
func addStyleFlags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.String("unit", "", "mg/dL or mmol/L (as in the file)")
	f.String("paper", "", "Letter or A4 (Letter)")
	f.Bool("iso-dates", false, "dates as YYYY-MM-DD")
	f.String("practice", "", "the practice's name, printed at the head")
	f.String("address", "", "the practice's address in one line, printed beside it")
}

// styleOf changes base as the flags say.
func styleOf(cmd *cobra.Command, base clinic.Settings) (clinic.Settings, error) {
	f := cmd.Flags()
	unit, _ := f.GetString("unit")
	if chosen, ok := units[strings.ToLower(unit)]; ok {
		base.Unit = chosen
	} else if unit != "" {
		return base, usageError{fmt.Errorf("--unit is mg/dL or mmol/L, not “%s”", unit)}
	}
	paper, _ := f.GetString("paper")
	switch strings.ToLower(paper) {
	case "":
	case "letter":
		base.Paper = clinic.Letter
	case "a4":
		base.Paper = clinic.A4
	default:
		return base, usageError{fmt.Errorf("--paper is Letter or A4, not “%s”", paper)}
	}
	if f.Changed("iso-dates") {
		base.ISODates, _ = f.GetBool("iso-dates")
	}
	if f.Changed("address") {
		base.Address, _ = f.GetString("address")
	}
	if f.Changed("practice") {
		base.Practice, _ = f.GetString("practice")
	}
	return base, nil
}
