package main

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"tracedesk/clinic"
	"tracedesk/device/export"
	"tracedesk/storage"
	"tracedesk/ui/job"
)

// withStore adds --store to a command that works in a store.
func withStore(cmd *cobra.Command, run func(cmd *cobra.Command, s *storage.Store, args []string) error) *cobra.Command {
	cmd.Flags().String("store", "", "the store's folder")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if err := required(cmd, "store"); err != nil {
			return err
		}
		dir, _ := cmd.Flags().GetString("store")
		s, err := storage.Open(dir)
		if err != nil {
			return fmt.Errorf("%s: %w", dir, err)
		}
		return errors.Join(run(cmd, s, args), s.Close())
	}
	return cmd
}

func storeCommand() *cobra.Command {
	group := &cobra.Command{Use: "store", Short: "Make, check and describe the practice's store", Args: needNothing, RunE: needsMore}
	initialise := &cobra.Command{Use: "init --store DIR", Short: "Make a new, empty store", Args: needNothing}
	initialise.Flags().String("store", "", "the store's folder")
	addStyleFlags(initialise)
	initialise.RunE = func(cmd *cobra.Command, _ []string) error {
		if err := required(cmd, "store"); err != nil {
			return err
		}
		settings, err := styleOf(cmd, clinic.DefaultSettings())
		if err != nil {
			return err
		}
		dir, _ := cmd.Flags().GetString("store")
		s, err := storage.Create(dir)
		if err != nil {
			return fmt.Errorf("%s: %w", dir, err)
		}
		if err := errors.Join(s.SaveSettings(settings), s.Close()); err != nil {
			return err
		}
		return answer(cmd, map[string]string{"store": s.Path()}, func(w io.Writer) { fmt.Fprintf(w, "made the store %s\n", s.Path()) })
	}
	verify := withStore(&cobra.Command{Use: "verify --store DIR", Short: "Read everything and check every checksum", Args: needNothing}, runVerify)
	stats := withStore(&cobra.Command{Use: "stats --store DIR", Short: "Count what the store holds", Args: needNothing},
		func(cmd *cobra.Command, s *storage.Store, _ []string) error {
			stats, err := s.Stats()
			if err != nil {
				return err
			}
			return answer(cmd, stats, func(w io.Writer) {
				fmt.Fprintf(w, "%s, %s, %s with %s, %s; %d kB\n", count(stats.Patients, "patient"), count(stats.Wears, "wear"), count(stats.Recordings, "recording"), count(stats.Readings, "reading"), count(stats.Documents, "document"), stats.FileBytes/1000)
			})
		})
	group.AddCommand(initialise, verify, stats)
	return group
}

func needsMore(cmd *cobra.Command, _ []string) error {
	return usageError{fmt.Errorf("“%s” needs to know what to do", cmd.CommandPath())}
}

func runVerify(cmd *cobra.Command, s *storage.Store, _ []string) error {
	checked, faults := s.Verify()
	out := struct {
		Checked int      `json:"checked"`
		Faults  []string `json:"faults"`
	}{checked, []string{}}
	for _, f := range faults {
		out.Faults = append(out.Faults, f.Error())
	}
	err := answer(cmd, out, func(w io.Writer) {
		fmt.Fprintf(w, "%s checked, %s\n", count(checked, "value"), count(len(faults), "fault"))
		for _, f := range out.Faults {
			fmt.Fprintf(w, "  %s\n", f)
		}
	})
	if err == nil && len(faults) > 0 {
		err = errAnswerNo
	}
	return err
}

func patientCommand() *cobra.Command {
	group := &cobra.Command{Use: "patient", Short: "Add and list patients", Args: needNothing, RunE: needsMore}
	add := withStore(&cobra.Command{Use: "add --store DIR", Short: "Add a patient", Args: needNothing}, runAddPatient)
	add.Flags().String("first-name", "", "first name")
	add.Flags().String("last-name", "", "last name")
	add.Flags().String("birth-date", "", "birth date, YYYY-MM-DD")
	add.Flags().String("identifier", "", "the practice's record number")
	list := withStore(&cobra.Command{Use: "list --store DIR", Short: "List the patients", Args: needNothing},
		func(cmd *cobra.Command, s *storage.Store, _ []string) error {
			patients, err := s.Patients()
			if err != nil {
				return err
			}
			out := map[string][]clinic.Patient{"patients": append([]clinic.Patient{}, patients...)}
			return answer(cmd, out, func(w io.Writer) {
				for _, p := range patients {
					fmt.Fprintf(w, "%s  %s, born %s, record number %s\n", p.ID, p.Name(), p.BirthDate, p.Identifier)
				}
			})
		})
	group.AddCommand(add, list)
	return group
}

func runAddPatient(cmd *cobra.Command, s *storage.Store, _ []string) error {
	settings, err := s.Settings()
	if err != nil {
		return err
	}
	text := func(name string) string { v, _ := cmd.Flags().GetString(name); return v }
	p := settings.NewPatient(text("first-name"), text("last-name"), text("birth-date"), text("identifier"))
	if err := p.Validate(job.Today(time.Now())); err != nil {
		return usageError{err}
	}
	if p, err = s.SavePatient(p); err != nil {
		return err
	}
	return answer(cmd, map[string]clinic.Patient{"patient": p}, func(w io.Writer) { fmt.Fprintf(w, "added %s as %s\n", p.Name(), p.ID) })
}

// patientNamed finds a patient by our id or by the practice's record number.
func patientNamed(s *storage.Store, name string) (clinic.Patient, error) {
	patients, err := s.Patients()
	if err != nil {
		return clinic.Patient{}, err
	}
	var found []clinic.Patient
	for _, p := range patients {
		if p.ID == name || p.Identifier == name {
			found = append(found, p)
		}
	}
	switch len(found) {
	case 1:
		return found[0], nil
	case 0:
		return clinic.Patient{}, fmt.Errorf("there is no patient “%s” in the store; see “tracedesk patient list”", name)
	}
	return clinic.Patient{}, fmt.Errorf("%d patients have the record number “%s”; use the id that “tracedesk patient list” shows", len(found), name)
}

type importedJSON struct {
	TransmitterID string `json:"transmitter_id,omitempty"`
	WearID        string `json:"wear_id"`
	RecordingID   string `json:"recording_id"`
	New           int    `json:"new"`
	There         int    `json:"there"`
	Conflicts     int    `json:"conflicts"`
	SameFile      bool   `json:"same_file"`
}

type importedFileJSON struct {
	Path       string         `json:"path"`
	SHA256     string         `json:"sha256"`
	Recordings []importedJSON `json:"recordings"`
	Problems   []problemJSON  `json:"problems"`
}

func importCommand() *cobra.Command {
	cmd := withStore(&cobra.Command{Use: "import --store DIR --patient ID FILE…", Short: "Store the recordings of export files with a patient", Args: needFiles}, runImport)
	cmd.Flags().String("patient", "", "the patient's id or record number")
	cmd.Flags().Bool("confirm-mismatch", false, "you checked that the file is this patient's although it names another; it is recorded")
	return addColumnFlags(cmd)
}

func runImport(cmd *cobra.Command, s *storage.Store, args []string) error {
	if err := required(cmd, "patient"); err != nil {
		return err
	}
	name, _ := cmd.Flags().GetString("patient")
	confirmed, _ := cmd.Flags().GetBool("confirm-mismatch")
	patient, err := patientNamed(s, name)
	if err != nil {
		return err
	}
	settings, err := s.Settings()
	if err != nil {
		return err
	}
	out := struct {
		Files []importedFileJSON `json:"files"`
	}{[]importedFileJSON{}}
	failed, err := eachFile(cmd, args, job.KnownColumns(settings), func(path string, f *export.File) error {
		kept, err := job.Keep(s, patient, job.OfFile(f, settings), f.Recordings, confirmed, time.Now())
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		file := importedFileJSON{Path: path, SHA256: f.SHA256, Recordings: []importedJSON{}, Problems: describeFile(path, f).Problems}
		for i, k := range kept {
			file.Recordings = append(file.Recordings, importedJSON{f.Recordings[i].TransmitterID, k.WearID, k.RecordingID, k.New, k.There, k.Conflicts, k.SameFile})
		}
		out.Files = append(out.Files, file)
		return nil
	})
	if err != nil {
		return err
	}
	err = answer(cmd, out, func(w io.Writer) {
		for _, f := range out.Files {
			f.print(w)
		}
	})
	return errors.Join(failed, err)
}

func (f *importedFileJSON) print(w io.Writer) {
	for _, r := range f.Recordings {
		fmt.Fprintf(w, "%s: %s, wear %s\n", f.Path, r.text(), r.WearID)
	}
	for _, p := range f.Problems {
		fmt.Fprintf(w, "  problem: %s\n", p.text())
	}
}

func (r importedJSON) text() string {
	switch {
	case r.SameFile:
		return "the same file was imported before; nothing was changed"
	case r.There == 0:
		return count(r.New, "reading") + " stored"
	}
	return fmt.Sprintf("%s added, %d were there", count(r.New, "reading"), r.There)
}

type wearJSON struct {
	ID            string  `json:"id"`
	PatientID     string  `json:"patient_id"`
	TransmitterID string  `json:"transmitter_id,omitempty"`
	First         string  `json:"first"`
	Last          string  `json:"last"`
	HoursRecorded float64 `json:"hours_recorded"`
	Result        string  `json:"result"`
	Documents     int     `json:"documents"`
}

func wearCommand() *cobra.Command {
	group := &cobra.Command{Use: "wear", Short: "List stored wears and make their documents", Args: needNothing, RunE: needsMore}
	list := withStore(&cobra.Command{Use: "list --store DIR", Short: "List the wears", Args: needNothing}, runWearList)
	list.Flags().String("patient", "", "only this patient's, by id or record number")
	issue := withStore(&cobra.Command{Use: "report --store DIR --wear ID --out DIR", Short: "Make both PDFs of a stored wear and keep them", Args: needNothing},
		func(cmd *cobra.Command, s *storage.Store, _ []string) error {
			if err := required(cmd, "wear", "out"); err != nil {
				return err
			}
			wear, _ := cmd.Flags().GetString("wear")
			dir, _ := cmd.Flags().GetString("out")
			out, err := issueInto(s, wear, func(d *job.Documents) (string, string, error) { return d.Write(dir) })
			if err != nil {
				return err
			}
			return answer(cmd, out, out.print)
		})
	issue.Flags().String("wear", "", "the wear's id, see “tracedesk wear list”")
	issue.Flags().String("out", "", "the folder for the PDFs")
	group.AddCommand(list, issue)
	return group
}

// issueInto makes and keeps both documents, and writes them where write does.
func issueInto(s *storage.Store, wearID string, write func(*job.Documents) (printout, interpretation string, err error)) (documentsJSON, error) {
	d, err := job.Issue(s, wearID, time.Now())
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
		out.Wears = append(out.Wears, wearJSON{w.Wear.ID, w.Wear.PatientID, w.Wear.TransmitterID, w.First.String(), w.Last.String(), w.Check.HoursRecorded, string(w.Check.Result), len(documents)})
	}
	return answer(cmd, out, func(w io.Writer) {
		for _, x := range out.Wears {
			fmt.Fprintf(w, "%s  transmitter %s  %s to %s  %s recorded: 72 hours %s, %s\n", x.ID, orNotNamed(x.TransmitterID), x.First, x.Last, clinic.Hours(x.HoursRecorded), x.Result, count(x.Documents, "document"))
		}
	})
}

// demoStore is where demo keeps its store, below its folder.
func demoStore(out string) string { return filepath.Join(out, "store") }
