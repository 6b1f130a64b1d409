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
	group := commandGroup("wear", "Follow a wear from its order to its signed report")
	list := withStore(command("list --store DIR", "List the wears"), runWearList)
	list.Flags().String("patient", "", "only this patient's, by id or record number")
	issue := withStore(command("report --store DIR --wear ID --out DIR",
		"Make both PDFs of a stored wear and keep them"), runWearReport)
	issue.Flags().String("wear", "", "the wear's id, see “tracedesk wear list”")
	issue.Flags().String("out", "", "the folder for the PDFs")
	group.AddCommand(list, issue, patientPageCommand(), showCommand(), interpretCommand(), assignCommand(), trayCommand())
	group.AddCommand(stepCommands()...)
	return group
}

func runWearReport(cmd *cobra.Command, s *storage.Store, _ []string) error {
	if err := required(cmd, "wear", "out"); err != nil {
		return err
	}
	wear := flagText(cmd, "wear")
	dir := flagText(cmd, "out")
	out, err := issueInto(s, wear, workflow.InFolder(dir), workflow.InFolder(dir))
	if err != nil {
		return err
	}
	return answer(cmd, out, out.print)
}

// issueInto issues both documents of a wear and writes them.
func issueInto(s *storage.Store, wearID string, printout, interpretation workflow.Place) (documentsJSON, error) {
	d, err := workflow.DeliverDocuments(s, wearID, printout, interpretation, time.Now())
	if d == nil {
		return documentsJSON{}, err
	}
	warnUndrawable(d)
	return describeDocuments(d), err
}

func runWearList(cmd *cobra.Command, s *storage.Store, _ []string) error {
	patientID := flagText(cmd, "patient")
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
		one := wearJSON{
			ID: w.Wear.ID, PatientID: w.Wear.PatientID, TransmitterID: w.Wear.TransmitterID, Documents: len(documents),
			Stage: string(w.Brief.Stage(workflow.Today(time.Now()))),
		}
		if w.Wear.RecordingID != "" {
			one.First, one.Last, one.HoursRecorded, one.Result = w.First.String(), w.Last.String(), w.Check.HoursRecorded,
				string(w.Check.Result)
		}
		out.Wears = append(out.Wears, one)
	}
	return answer(cmd, out, func(w io.Writer) {
		for _, x := range out.Wears {
			if x.Result == "" {
				fmt.Fprintf(w, "%s  transmitter %s  %s\n", x.ID, orNotNamed(x.TransmitterID), x.Stage)
				continue
			}
			fmt.Fprintf(w, "%s  transmitter %s  %s to %s  %s recorded: 72 hours %s, %s  %s\n", x.ID,
				orNotNamed(x.TransmitterID), x.First, x.Last, wording.Hours(x.HoursRecorded), x.Result,
				wording.Counted(x.Documents, "document"), x.Stage)
		}
	})
}

// patientPageCommand writes the page for the patient.
func patientPageCommand() *cobra.Command {
	cmd := withStore(command("summary --store DIR --wear ID --out FILE.pdf",
		"Write a page for the patient, in plain words and large type"), runPatientPage)
	cmd.Flags().String("wear", "", "the wear's id, see “tracedesk wear list”")
	cmd.Flags().String("out", "", "where the PDF goes")
	cmd.Flags().String("language", string(report.English), "en or es")
	return cmd
}

func runPatientPage(cmd *cobra.Command, s *storage.Store, _ []string) error {
	if err := required(cmd, "wear", "out"); err != nil {
		return err
	}
	wear := flagText(cmd, "wear")
	path := flagText(cmd, "out")
	language := flagText(cmd, "language")
	if language != string(report.English) && language != string(report.Spanish) {
		return usageError{fmt.Errorf("--language “%s” is neither en nor es", language)}
	}
	facts, err := workflow.WearFacts(s, wear, time.Now())
	if err != nil {
		return err
	}
	page, err := workflow.DeliverPatientPage(s, wear, facts, report.Language(language), workflow.AtPath(path))
	if err != nil {
		return err
	}
	return answer(cmd, describeDocument(page), func(w io.Writer) { fmt.Fprintln(w, page.Path) })
}
