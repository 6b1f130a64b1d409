package main

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tracedesk/cgm"
	"tracedesk/clinic"
	"tracedesk/clinic/billing"
	"tracedesk/clinic/forms"
	"tracedesk/clinic/steps"
	"tracedesk/clinic/wording"
	"tracedesk/storage"
	"tracedesk/workflow"
)

// printCase prints a case with its requirements and its history.
func printCase(w io.Writer, c *workflow.CaseSummary, set clinic.Settings) {
	fmt.Fprintf(w, "%s, %s, record number %s\nwear %s, transmitter %s: %s\n", c.Patient.Name(), set.Born(c.Patient),
		orNotNamed(c.Patient.Identifier), c.WearID, orNotNamed(c.TransmitterID), c.Stage)
	fmt.Fprintf(w, "payer profile %s, version %d\n", c.Profile.Name, c.Profile.Version)
	for _, s := range c.Status {
		fmt.Fprintf(w, "\n%s\n", s.Sentence())
		for _, q := range c.Requirements {
			if q.Code == s.Code {
				fmt.Fprintf(w, "  %s  %-11s  %s. %s\n", q.Rule, q.Answer, q.Title, q.Sentence)
				if q.Answer == billing.Overridden {
					fmt.Fprintf(w, "                    overridden by %s at %s: %s\n", q.By, q.At, q.Reason)
				}
			}
		}
	}
	fmt.Fprintln(w, "\nHistory")
	for i := range c.History {
		r := &c.History[i]
		fmt.Fprintf(w, "  %d. %s – %s, entered by %s\n", r.Seq, r.Step, r.When(set), r.EnteredBy.Title())
		for _, d := range forms.Details(r) {
			fmt.Fprintf(w, "       %s: %s\n", d.Label, d.Value)
		}
	}
}

func showCommand() *cobra.Command {
	cmd := withStore(command("show --store DIR --wear ID",
		"Show a wear: its requirements, what is missing, its history"), runShow)
	cmd.Flags().String("wear", "", "the wear's id, see “tracedesk wear list”")
	cmd.Flags().Bool("complete", false, "end with status 3 where the documentation is not complete for both codes")
	return cmd
}

func runShow(cmd *cobra.Command, s *storage.Store, _ []string) error {
	c, p, err := caseNamed(cmd, s)
	if err != nil {
		return err
	}
	set, err := s.Settings()
	if err != nil {
		return err
	}
	if err := workflow.RecordView(s, p.ID, c.Wear.ID); err != nil {
		return err
	}
	out := workflow.Summarize(c, p, workflow.Today(time.Now()))
	if err := answer(cmd, out, func(w io.Writer) { printCase(w, &out, set) }); err != nil {
		return err
	}
	if strict := flagSet(cmd, "complete"); strict && (!out.Status[0].Complete || !out.Status[1].Complete) {
		return errAnswerNo
	}
	return nil
}

func caseNamed(cmd *cobra.Command, s *storage.Store) (*billing.Case, clinic.Patient, error) {
	if err := required(cmd, "wear"); err != nil {
		return nil, clinic.Patient{}, err
	}
	wear := flagText(cmd, "wear")
	c, err := s.Case(wear)
	if err != nil {
		return nil, clinic.Patient{}, err
	}
	p, err := s.Patient(c.Wear.PatientID)
	return c, p, err
}

func interpretCommand() *cobra.Command {
	cmd := withStore(&cobra.Command{
		Use:   "interpret --store DIR --wear ID",
		Short: "Write the interpretation: look at each drafted finding, add assessment and plan", Args: needNothing,
		Long: `Without further flags it shows the interpretation with its findings by number.
Each finding is kept, changed or dropped before it can be signed; assessment,
plan and follow-up start empty and are yours.`,
	}, runInterpret)
	f := cmd.Flags()
	f.String("wear", "", "the wear's id, see “tracedesk wear list”")
	f.Bool("keep-all", false, "keep every finding that was not looked at yet")
	f.StringArray("keep", nil, "keep the finding of this number")
	f.StringArray("drop", nil, "drop the finding of this number")
	f.StringArray("change", nil, "NUMBER=TEXT: word the finding anew")
	f.StringArray("add", nil, "GROUP=TEXT: add a finding of yours (lows, highs, variability or limits)")
	for _, n := range []string{"assessment", "plan", "follow-up", "told", "indication", "therapy", "a1c"} {
		f.String(n, "", "the "+strings.ReplaceAll(n, "-", " "))
	}
	f.StringArray("log", nil,
		"YYYY-MM-DDThh:mm:ss,KIND,VALUE,TEXT: a line of the patient's log (carbs, insulin, exercise, health, note)")
	return cmd
}

func runInterpret(cmd *cobra.Command, s *storage.Store, _ []string) error {
	c, _, err := caseNamed(cmd, s)
	if err != nil {
		return err
	}
	i, err := workflow.Draft(s, c.Wear.ID, time.Now())
	if err != nil {
		return err
	}
	changed, err := writeInto(cmd, &i)
	if err != nil {
		return usageError{err}
	}
	if changed {
		if err := s.SaveInterpretation(c.Wear.ID, i); err != nil {
			return err
		}
	}
	return answer(cmd, i, func(w io.Writer) { printInterpretation(w, &i) })
}

func printInterpretation(w io.Writer, i *clinic.Interpretation) {
	for n, f := range i.Findings {
		state := string(f.State)
		if state == "" {
			state = "not looked at"
		}
		fmt.Fprintf(w, "%2d  %-13s  %s: %s\n", n+1, state, clinic.GroupTitle(f.Group), f.Text)
	}
	for _, part := range []struct{ title, text string }{
		{"Assessment", i.Assessment}, {"Plan", i.Plan}, {"Follow-up", i.FollowUp}, {"Told to the patient", i.Told},
	} {
		if part.text == "" {
			part.text = "(empty)"
		}
		fmt.Fprintf(w, "%s: %s\n", part.title, part.text)
	}
}

// writeInto applies the flags to the interpretation.
func writeInto(cmd *cobra.Command, i *clinic.Interpretation) (changed bool, err error) {
	f := cmd.Flags()
	for name, at := range map[string]*string{
		"assessment": &i.Assessment, "plan": &i.Plan, "follow-up": &i.FollowUp, "told": &i.Told,
		"indication": &i.Indication, "therapy": &i.Therapy, "a1c": &i.A1C,
	} {
		if f.Changed(name) {
			*at, _ = f.GetString(name)
			changed = true
		}
	}
	for name, apply := range map[string]func(*clinic.Interpretation, string) error{
		"keep": keepFinding, "drop": dropFinding, "change": changeFinding, "add": addFinding, "log": addLog,
	} {
		values, _ := f.GetStringArray(name)
		for _, v := range values {
			if err := apply(i, v); err != nil {
				return false, fmt.Errorf("--%s: %w", name, err)
			}
			changed = true
		}
	}
	if all, _ := f.GetBool("keep-all"); all {
		changed = true
		for n := range i.Findings {
			if i.Findings[n].State == "" {
				i.Findings[n].State = clinic.FindingKept
			}
		}
	}
	return changed, nil
}

func findingAt(i *clinic.Interpretation, text string) (*clinic.DraftFinding, error) {
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > len(i.Findings) {
		return nil, fmt.Errorf("there is no finding “%s”; there are %d", text, len(i.Findings))
	}
	return &i.Findings[n-1], nil
}

func keepFinding(i *clinic.Interpretation, v string) error {
	f, err := findingAt(i, v)
	if err == nil {
		f.State = clinic.FindingKept
	}
	return err
}

func dropFinding(i *clinic.Interpretation, v string) error {
	f, err := findingAt(i, v)
	if err == nil {
		f.State = clinic.FindingDropped
	}
	return err
}

func changeFinding(i *clinic.Interpretation, v string) error {
	at, text, ok := strings.Cut(v, "=")
	if !ok {
		return errors.New("write it as NUMBER=TEXT")
	}
	f, err := findingAt(i, at)
	if err == nil {
		f.Text, f.State = text, clinic.FindingChanged
	}
	return err
}

var groupNames = map[string]cgm.FindingGroup{
	"lows": cgm.Lows, "highs": cgm.Highs, "variability": cgm.Variability, "limits": cgm.DataLimits,
}

func addFinding(i *clinic.Interpretation, v string) error {
	name, text, ok := strings.Cut(v, "=")
	group, known := groupNames[name]
	if !ok || !known {
		return errors.New("write it as GROUP=TEXT, with lows, highs, variability or limits")
	}
	i.AddFinding(group, text)
	return nil
}

func addLog(i *clinic.Interpretation, v string) error {
	e, err := clinic.ParseLogEntry(v)
	if err == nil {
		i.Log = append(i.Log, e)
	}
	return err
}

func signCommand() *cobra.Command {
	cmd := addUnlockFlags(&cobra.Command{
		Use: "sign --store DIR --user LOGIN --wear ID", Short: "Sign the interpretation of a wear, or an addendum to it",
		Args: needNothing, RunE: runSign,
		Long: `The passphrase that is given to this command is your signature's: nobody signs
for another. It binds your name and credential, the time, the text, the
recording, the settings and the PDF.`,
	})
	cmd.Flags().String("wear", "", "the wear's id, see “tracedesk wear list”")
	cmd.Flags().String("addendum", "", "sign this text as an addendum to the signed interpretation")
	cmd.Flags().Bool("attest", false, "sign late, with an attestation")
	cmd.Flags().String("reason", "", "why it is late")
	return cmd
}

func runSign(cmd *cobra.Command, _ []string) (err error) {
	if err := required(cmd, "wear"); err != nil {
		return err
	}
	s, err := openLocked(cmd)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	login, err := loginOf(cmd, s)
	if err != nil {
		return err
	}
	passphrase, err := secret(cmd, "passphrase-file", envPassphrase, "Passphrase of "+login+", to sign")
	if err != nil {
		return err
	}
	defer clear(passphrase)
	if err := s.Unlock(login, passphrase); err != nil {
		return err
	}
	wear := flagText(cmd, "wear")
	addendum := flagText(cmd, "addendum")
	by := storage.Signing{Passphrase: passphrase}
	by.Attest = flagSet(cmd, "attest")
	by.Reason = flagText(cmd, "reason")
	var r *steps.Record
	if addendum != "" {
		r, err = workflow.AddAddendum(s, wear, addendum, by, time.Now())
	} else {
		r, err = workflow.Sign(s, wear, by, time.Now())
	}
	if err != nil {
		return err
	}
	return answer(cmd, r.Signature, func(w io.Writer) {
		fmt.Fprintf(w, "wear %s: %s, signed by %s at %s\n", wear, r.Signature.Meaning, r.Signature.By.Title(),
			r.Signature.At)
	})
}

func exportCommand() *cobra.Command {
	cmd := withStore(command("export --store DIR --wear ID --out FOLDER",
		"Write the evidence of one wear, as one PDF packet and as JSON"), runExport)
	cmd.Flags().String("wear", "", "the wear's id, see “tracedesk wear list”")
	cmd.Flags().String("out", "", "the folder for the files")
	cmd.Flags().String("reason", "", "the reason for the export")
	return cmd
}

func runExport(cmd *cobra.Command, s *storage.Store, _ []string) error {
	if err := required(cmd, "wear", "out"); err != nil {
		return err
	}
	wear := flagText(cmd, "wear")
	dir := flagText(cmd, "out")
	reason := flagText(cmd, "reason")
	files, err := workflow.DeliverEvidence(s, wear, dir, reason, time.Now())
	if err != nil {
		return err
	}
	out := map[string]any{
		"wear_id": wear, "folder": dir, "files": files.Files, "pages": files.Pages, "manifest": files.Manifest,
	}
	return answer(cmd, out, func(w io.Writer) {
		fmt.Fprintf(w, "%s written: %s\n", filepath.Join(dir, files.Files[0].Name), wording.Counted(files.Pages, "page"))
	})
}

func queueCommand() *cobra.Command {
	cmd := withStore(command("queue --store DIR",
		"What there is to do: overdue, to read, to print, to interpret, to sign …"), runQueue)
	cmd.Flags().Bool("mine", false, "only those that you are going to interpret")
	return cmd
}

func runQueue(cmd *cobra.Command, s *storage.Store, _ []string) error {
	mine := flagSet(cmd, "mine")
	reviewer := ""
	if mine {
		reviewer = s.User().ID
	}
	lines, err := workflow.QueueLines(s, reviewer, workflow.Today(time.Now()))
	if err != nil {
		return err
	}
	return answer(cmd, map[string][]workflow.QueueLine{"queue": append([]workflow.QueueLine{}, lines...)},
		func(w io.Writer) {
			for _, l := range lines {
				fmt.Fprintf(w, "%-13s  %s  wear %s%s\n", l.Stage, l.Patient, l.WearID, l.Due())
			}
		})
}

func trayCommand() *cobra.Command {
	return withStore(command("tray --store DIR",
		"List the recordings that belong to nobody yet, with the wears they may belong to"), runTray)
}

func runTray(cmd *cobra.Command, s *storage.Store, _ []string) error {
	out, err := workflow.Tray(s)
	if err != nil {
		return err
	}
	return answer(cmd, map[string][]workflow.TrayLine{"tray": append([]workflow.TrayLine{}, out...)}, func(w io.Writer) {
		for _, l := range out {
			fmt.Fprintf(w, "%s  %s  transmitter %s  %s to %s  %s\n", l.ID, l.FileName, orNotNamed(l.TransmitterID), l.First,
				l.Last, wording.Counted(l.Readings, "reading"))
			for _, k := range l.Candidates {
				fmt.Fprintf(w, "    may be wear %s of %s: %s\n", k.WearID, k.Patient, k.Why)
			}
		}
	})
}

func assignCommand() *cobra.Command {
	cmd := withStore(command("assign --store DIR --recording ID --wear ID",
		"Give a recording of the tray to a wear, or to a patient"), runAssign)
	cmd.Flags().String("recording", "", "the recording's id in the tray, see “tracedesk wear tray”")
	cmd.Flags().String("wear", "", "the wear that it belongs to")
	cmd.Flags().String("patient", "", "or the patient, by id or record number, for a wear without an order")
	cmd.Flags().Bool("confirm-mismatch", false, "you checked that it is this patient's; it is recorded")
	return cmd
}

func runAssign(cmd *cobra.Command, s *storage.Store, _ []string) error {
	if err := required(cmd, "recording"); err != nil {
		return err
	}
	id := flagText(cmd, "recording")
	wear := flagText(cmd, "wear")
	name := flagText(cmd, "patient")
	confirmed := flagSet(cmd, "confirm-mismatch")
	var p clinic.Patient
	var err error
	switch {
	case wear == "" && name == "":
		return usageError{errors.New("--wear or --patient is missing")}
	case wear == "":
		if p, err = patientNamed(s, name); err != nil {
			return err
		}
	}
	k, err := s.FromTray(id, wear, p, confirmed)
	if err != nil {
		return err
	}
	out := importedJSON{WearID: k.WearID, RecordingID: k.RecordingID, New: k.New, There: k.There, Conflicts: k.Conflicts}
	return answer(cmd, out, func(w io.Writer) { fmt.Fprintf(w, "%s, wear %s\n", out.text(), k.WearID) })
}
