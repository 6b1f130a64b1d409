package main

import (
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"tracedesk/clinic/wording"
	"tracedesk/report"
	"tracedesk/storage"
	"tracedesk/workflow"
)

type wearJSON struct {
	ID            string  `json:"id"`
	PatientID     string  `json:"patient_id"`
	TransmitterID string  `json:"transmitter_id,omitempty"`
	First         string  `json:"first,omitempty"`
	Last          string  `json:"last,omitempty"`
	HoursRecorded float64 `json:"hours_recorded"`
	Result        string  `json:"result,omitempty"`
	Documents     int     `json:"documents"`
	Stage         string  `json:"stage"`
}

func wearCommand() *cobra.Command {
	group := &cobra.Command{Use: "wear", Short: "Follow a wear from its order to its signed report", Args: needNothing, RunE: needsMore}
	list := withStore(&cobra.Command{Use: "list --store DIR", Short: "List the wears", Args: needNothing}, runWearList)
	list.Flags().String("patient", "", "only this patient's, by id or record number")
	issue := withStore(&cobra.Command{Use: "report --store DIR --wear ID --out DIR", Short: "Make both PDFs of a stored wear and keep them", Args: needNothing},
		func(cmd *cobra.Command, s *storage.Store, _ []string) error {
			if err := required(cmd, "wear", "out"); err != nil {
				return err
			}
			wear, _ := cmd.Flags().GetString("wear")
			dir, _ := cmd.Flags().GetString("out")
			out, err := issueInto(s, wear, func(d *workflow.Documents) (string, string, error) { return d.Write(dir) })
			if err != nil {
				return err
			}
			return answer(cmd, out, out.print)
		})
	issue.Flags().String("wear", "", "the wear's id, see “tracedesk wear list”")
	issue.Flags().String("out", "", "the folder for the PDFs")
	group.AddCommand(list, issue, patientPageCommand(), showCommand(), interpretCommand(), assignCommand(), trayCommand())
	group.AddCommand(stepCommands()...)
	return group
}

// issueInto makes and keeps both documents, and writes them where write does.
func issueInto(s *storage.Store, wearID string, write func(*workflow.Documents) (printout, interpretation string, err error)) (documentsJSON, error) {
	d, err := workflow.Issue(s, wearID, time.Now())
	if err != nil {
		return documentsJSON{}, err
	}
	warnUndrawable(d.Printout)
	printout, interpretation, err := write(d)
	return describeDocuments(d, printout, interpretation), err
}

func runWearList(cmd *cobra.Command, s *storage.Store, _ []string) error {
	patientID, _ := cmd.Flags().GetString("patient")
	if patientID != "" {
		p, err := patientNamed(s, patientID)
		if err != nil {
			return err
		}
		patientID = p.ID
	}
	wears, err := s.Wears(patientID)
	if err != nil {
		return err
	}
	out := struct {
		Wears []wearJSON `json:"wears"`
	}{[]wearJSON{}}
	for _, w := range wears {
		documents, err := s.Documents(w.Wear.ID)
		if err != nil {
			return err
		}
		one := wearJSON{ID: w.Wear.ID, PatientID: w.Wear.PatientID, TransmitterID: w.Wear.TransmitterID, Documents: len(documents), Stage: string(w.Brief.Stage(workflow.Today(time.Now())))}
		if w.Wear.RecordingID != "" {
			one.First, one.Last, one.HoursRecorded, one.Result = w.First.String(), w.Last.String(), w.Check.HoursRecorded, string(w.Check.Result)
		}
		out.Wears = append(out.Wears, one)
	}
	return answer(cmd, out, func(w io.Writer) {
		for _, x := range out.Wears {
			if x.Result == "" {
				fmt.Fprintf(w, "%s  transmitter %s  %s\n", x.ID, orNotNamed(x.TransmitterID), x.Stage)
				continue
			}
			fmt.Fprintf(w, "%s  transmitter %s  %s to %s  %s recorded: 72 hours %s, %s  %s\n", x.ID, orNotNamed(x.TransmitterID), x.First, x.Last, wording.Hours(x.HoursRecorded), x.Result, count(x.Documents, "document"), x.Stage)
		}
	})
}

// patientPageCommand writes the page for the patient.
func patientPageCommand() *cobra.Command {
	cmd := withStore(&cobra.Command{Use: "summary --store DIR --wear ID --out FILE.pdf", Short: "Write a page for the patient, in plain words and large type", Args: needNothing}, func(cmd *cobra.Command, s *storage.Store, _ []string) error {
		if err := required(cmd, "wear", "out"); err != nil {
			return err
		}
		wear, _ := cmd.Flags().GetString("wear")
		path, _ := cmd.Flags().GetString("out")
		language, _ := cmd.Flags().GetString("language")
		if language != string(report.English) && language != string(report.Spanish) {
			return usageError{fmt.Errorf("--language “%s” is neither en nor es", language)}
		}
		facts, err := workflow.WearFacts(s, wear, time.Now())
		if err != nil {
			return err
		}
		d, err := report.PatientPage(facts, report.Language(language))
		if err != nil {
			return err
		}
		if err := workflow.WriteFile(path, d.PDF); err != nil {
			return err
		}
		if err := s.Note(storage.ActExported, storage.KindWear, wear, "page for the patient"); err != nil {
			return err
		}
		return answer(cmd, documentJSON{path, d.Pages, d.SHA256}, func(w io.Writer) { fmt.Fprintln(w, path) })
	})
	cmd.Flags().String("wear", "", "the wear's id, see “tracedesk wear list”")
	cmd.Flags().String("out", "", "where the PDF goes")
	cmd.Flags().String("language", string(report.English), "en or es")
	return cmd
}
