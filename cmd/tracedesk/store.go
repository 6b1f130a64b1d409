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
	"tracedesk/report"
	"tracedesk/storage"
	"tracedesk/storage/private"
	"tracedesk/workflow"
)

func storeCommand() *cobra.Command {
	group := &cobra.Command{Use: "store", Short: "Make, check, back up and describe the practice's store", Args: needNothing, RunE: needsMore}
	group.AddCommand(
		addSetupFlags(&cobra.Command{Use: "init --store DIR --user LOGIN", Short: "Make a new, empty store and its administrator", Args: needNothing, RunE: runInit}),
		addSetupFlags(&cobra.Command{Use: "seal --store DIR --user LOGIN", Short: "Seal a store of version 0.1, keeping an encrypted backup", Args: needNothing, RunE: runSeal}),
		withStore(&cobra.Command{Use: "unlock-check --store DIR", Short: "Say whether the passphrase opens the store", Args: needNothing}, runUnlockCheck),
		withStore(&cobra.Command{Use: "verify --store DIR", Short: "Read and authenticate everything", Args: needNothing}, runVerify),
		withStore(&cobra.Command{Use: "stats --store DIR", Short: "Count what the store holds", Args: needNothing}, runStats),
		withStore(&cobra.Command{Use: "rotate --store DIR", Short: "Seal everything anew with another key", Args: needNothing}, runRotate),
		withStore(&cobra.Command{Use: "fingerprints --store DIR", Short: "Show what the practice's documents and store are told from forged ones by", Args: needNothing}, runFingerprints),
		withStore(&cobra.Command{Use: "code CODE --store DIR", Short: "Say whether the trail holds the entry that a document's code names", Args: cobra.ExactArgs(1)}, runCode),
		settingsCommand(), backupCommand(), restoreCommand(), auditCommand(),
	)
	return group
}

// addSetupFlags are the first administrator's.
func addSetupFlags(cmd *cobra.Command) *cobra.Command {
	addUnlockFlags(cmd)
	addUserFlags(cmd)
	cmd.Flags().String("recovery-pdf", "", "where the page with the recovery key goes; it is shown once on the terminal otherwise")
	addStyleFlags(cmd)
	return cmd
}

// setupOf is the store's first administrator, by the flags.
func setupOf(cmd *cobra.Command) (storage.Setup, error) {
	if err := required(cmd, "store", "user"); err != nil {
		return storage.Setup{}, err
	}
	user := userOf(cmd)
	if err := user.Validate(); err != nil {
		return storage.Setup{}, usageError{err}
	}
	passphrase, err := newSecret(cmd, "passphrase-file", envPassphrase, "Passphrase for "+user.Login)
	practice, _ := cmd.Flags().GetString("practice")
	return storage.Setup{Practice: practice, Administrator: user, Passphrase: passphrase}, err
}

func settingsCommand() *cobra.Command {
	cmd := withStore(&cobra.Command{Use: "settings --store DIR", Short: "Show or change the practice's settings", Args: needNothing}, runSettings)
	addStyleFlags(cmd)
	cmd.Flags().String("logo", "", "a PNG or JPEG for the head of documents; “none” takes it away")
	cmd.Flags().String("document-names", "", "how documents are called in a folder, such as {number}_{date}_{kind}; empty for "+clinic.DefaultDocumentNames)
	cmd.Flags().Int("retention-years", 0, "point out recordings that ended longer ago; 0 points nothing out")
	cmd.Flags().Int("lock-minutes", 0, "lock the window after so many minutes without use")
	return cmd
}

func runSettings(cmd *cobra.Command, s *storage.Store, _ []string) error {
	before, err := s.Settings()
	if err != nil {
		return err
	}
	set, err := styleOf(cmd, before)
	if err != nil {
		return err
	}
	if cmd.Flags().Changed("document-names") {
		set.DocumentNames, _ = cmd.Flags().GetString("document-names")
	}
	if cmd.Flags().Changed("retention-years") {
		set.RetentionYears, _ = cmd.Flags().GetInt("retention-years")
	}
	if cmd.Flags().Changed("lock-minutes") {
		set.LockMinutes, _ = cmd.Flags().GetInt("lock-minutes")
	}
	if fmt.Sprintf("%+v", set) != fmt.Sprintf("%+v", before) {
		if err := s.SaveSettings(set); err != nil {
			return err
		}
	}
	if path, _ := cmd.Flags().GetString("logo"); path != "" {
		if err := saveLogo(s, path); err != nil {
			return err
		}
	}
	return answer(cmd, set, func(w io.Writer) {
		fmt.Fprintf(w, "practice   %s, %s\nunit       %s\npaper      %s\nlock       after %d minutes\n", set.Practice, set.Address, set.Unit, set.Paper, set.LockAfter())
	})
}

func saveLogo(s *storage.Store, path string) error {
	if path == "none" {
		return s.SaveLogo(nil)
	}
	file, err := private.ReadFile(path, report.MostLogoFile)
	if err != nil {
		return err
	}
	logo, err := report.PrepareLogo(file)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return s.SaveLogo(logo)
}

func runInit(cmd *cobra.Command, _ []string) error {
	settings, err := styleOf(cmd, clinic.DefaultSettings())
	if err != nil {
		return err
	}
	setup, err := setupOf(cmd)
	if err != nil {
		return err
	}
	dir, _ := cmd.Flags().GetString("store")
	defer clear(setup.Passphrase)
	s, recovery, err := storage.Create(dir, setup)
	if err != nil {
		return fmt.Errorf("%s: %w", dir, err)
	}
	defer clear(recovery)
	anchored(s)
	return errors.Join(s.SaveSettings(settings), showNewStore(cmd, s, recovery), s.Close())
}

func runSeal(cmd *cobra.Command, _ []string) error {
	setup, err := setupOf(cmd)
	if err != nil {
		return err
	}
	dir, _ := cmd.Flags().GetString("store")
	defer clear(setup.Passphrase)
	s, recovery, err := storage.Migrate(dir, setup)
	if err != nil {
		return fmt.Errorf("%s: %w", dir, err)
	}
	defer clear(recovery)
	anchored(s)
	say("the unsealed file is kept as %s, encrypted for the recovery key", filepath.Join(dir, storage.BackupNameV1))
	return errors.Join(showNewStore(cmd, s, recovery), s.Close())
}

// showNewStore gives the recovery key, this once.
func showNewStore(cmd *cobra.Command, s *storage.Store, recovery []byte) error {
	out := map[string]string{"store": s.Path(), "recovery_key": string(recovery)}
	if path, _ := cmd.Flags().GetString("recovery-pdf"); path != "" {
		pdf, err := workflow.RecoveryPage(s, recovery, time.Now())
		if err == nil {
			err = workflow.WriteFile(path, pdf)
		}
		if err != nil {
			return err
		}
		out["recovery_pdf"] = path
		delete(out, "recovery_key")
	}
	return answer(cmd, out, func(w io.Writer) {
		fmt.Fprintf(w, "made the store %s\n", s.Path())
		if path := out["recovery_pdf"]; path != "" {
			fmt.Fprintf(w, "recovery key    %s; print it, lock it away, and delete the file\n", path)
		} else {
			fmt.Fprintf(w, "recovery key    %s\nWrite it down and lock it away: it is shown this once, and opens the store and its backups without a passphrase.\n", recovery)
		}
	})
}

func runUnlockCheck(cmd *cobra.Command, s *storage.Store, _ []string) error {
	u := s.User()
	out := map[string]any{"unlocked": true, "user": u.Login, "role": u.Role(), "may_sign": u.MaySign()}
	return answer(cmd, out, func(w io.Writer) { fmt.Fprintf(w, "the store opens for %s (%s)\n", u.Title(), u.Role()) })
}

func runStats(cmd *cobra.Command, s *storage.Store, _ []string) error {
	stats, err := s.Stats()
	if err != nil {
		return err
	}
	return answer(cmd, stats, func(w io.Writer) {
		fmt.Fprintf(w, "%s, %s, %s with %s, %s, %s, %d lines of audit trail; %d kB\n", count(stats.Patients, "patient"), count(stats.Wears, "wear"), count(stats.Recordings, "recording"), count(stats.Readings, "reading"), count(stats.Documents, "document"), count(stats.Users, "user"), stats.AuditEntries, stats.FileBytes/1000)
	})
}

func runRotate(cmd *cobra.Command, s *storage.Store, _ []string) error {
	if err := s.Rotate(); err != nil {
		return err
	}
	return answer(cmd, map[string]bool{"rotated": true}, func(w io.Writer) {
		fmt.Fprintln(w, "everything is sealed with a new key; passphrases and the recovery key stay")
	})
}

func runFingerprints(cmd *cobra.Command, s *storage.Store, _ []string) error {
	prints, err := workflow.Fingerprints(s)
	if err != nil {
		return err
	}
	code, err := s.Code()
	if err != nil {
		return err
	}
	out := map[string]string{"root_sha256": prints.Root, "founding_sha256": prints.Founding, "trail": code}
	return answer(cmd, out, func(w io.Writer) {
		fmt.Fprintf(w, "practice root   %s\nfounding        %s\ntrail           %s\n", report.Grouped(prints.Root), report.Grouped(prints.Founding), code)
	})
}

// runCode compares a document's code of the trail with the trail.
func runCode(cmd *cobra.Command, s *storage.Store, args []string) error {
	holds, err := s.CheckCode(args[0])
	if err != nil {
		return usageError{err}
	}
	err = answer(cmd, map[string]bool{"holds": holds}, func(w io.Writer) {
		if holds {
			fmt.Fprintln(w, "the trail holds the entry that the code names")
		} else {
			fmt.Fprintln(w, "the trail does NOT hold the entry that the code names: the store was put back to an earlier state, or the document is another store's")
		}
	})
	if err == nil && !holds {
		err = errAnswerNo
	}
	return err
}

func backupCommand() *cobra.Command {
	cmd := withStore(&cobra.Command{
		Use: "backup --store DIR --to FOLDER", Short: "Back the store up into one encrypted file, and read it back",
		Long: `Back the store up into one file, encrypted for the recovery key and every user's
passphrase, and read it back. With --keep the folder becomes the place of the
automatic backups, too, and the oldest beyond that many go.`, Args: needNothing,
	}, func(cmd *cobra.Command, s *storage.Store, _ []string) error {
		plan, err := s.BackupPlan()
		if err != nil {
			return err
		}
		dir, _ := cmd.Flags().GetString("to")
		if keep, _ := cmd.Flags().GetInt("keep"); keep > 0 && dir != "" {
			if dir, err = filepath.Abs(dir); err != nil {
				return err
			}
			if err := s.PlanBackups(dir, keep); err != nil {
				return err
			}
		}
		if dir == "" {
			dir = plan.Folder
		}
		if dir == "" {
			return usageError{errors.New("--to is missing: the folder for the backup")}
		}
		path, err := s.Backup(dir)
		if err != nil {
			return err
		}
		return answer(cmd, map[string]any{"path": path, "verified": true}, func(w io.Writer) { fmt.Fprintf(w, "backed up to %s and read back\n", path) })
	})
	cmd.Flags().String("to", "", "the folder for the backup (that of the automatic ones)")
	cmd.Flags().Int("keep", 0, "make this folder the place of the automatic backups, and keep this many")
	return cmd
}

func restoreCommand() *cobra.Command {
	cmd := addUnlockFlags(&cobra.Command{Use: "restore BACKUP --store DIR", Short: "Make a store again from a backup, in an empty place", Args: needOneFile})
	cmd.Flags().String("recovery-key-file", "", "a file with the recovery key, in place of a passphrase")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if err := required(cmd, "store"); err != nil {
			return err
		}
		var by storage.Secret
		var err error
		if path, _ := cmd.Flags().GetString("recovery-key-file"); path != "" {
			by.RecoveryKey, err = secret(cmd, "recovery-key-file", "", "Recovery key")
		} else if err = required(cmd, "user"); err == nil {
			by.Login, _ = cmd.Flags().GetString("user")
			by.Passphrase, err = secret(cmd, "passphrase-file", envPassphrase, "Passphrase of "+by.Login+" at the time of the backup")
		}
		if err != nil {
			return err
		}
		dir, _ := cmd.Flags().GetString("store")
		defer clear(by.Passphrase)
		defer clear(by.RecoveryKey)
		if err := storage.Restore(args[0], dir, by); err != nil {
			return fmt.Errorf("%s: %w", args[0], err)
		}
		path := filepath.Join(dir, storage.FileName)
		return answer(cmd, map[string]string{"store": path}, func(w io.Writer) {
			fmt.Fprintf(w, "restored %s; it opens with the passphrases of the time of the backup\n", path)
		})
	}
	return cmd
}

func auditCommand() *cobra.Command {
	cmd := withStore(&cobra.Command{Use: "audit --store DIR", Short: "Show or export who did what when", Args: needNothing}, func(cmd *cobra.Command, s *storage.Store, _ []string) error {
		entries, err := s.Audit()
		if err != nil {
			return err
		}
		if path, _ := cmd.Flags().GetString("csv"); path != "" {
			if err := workflow.WriteFile(path, workflow.AuditCSV(entries)); err != nil {
				return err
			}
			if err := s.Note(storage.ActExported, storage.KindAudit, "", ""); err != nil {
				return err
			}
		}
		return answer(cmd, map[string][]storage.Entry{"entries": entries}, func(w io.Writer) {
			for _, e := range entries {
				fmt.Fprintf(w, "%6d  %s  %-12s %s %s %s  %s\n", e.Seq, e.At.Local().Format("2006-01-02 15:04:05"), e.Login, e.Act, e.Kind, e.ID, e.Detail)
			}
		})
	})
	cmd.Flags().String("csv", "", "write the whole trail to this CSV file")
	return cmd
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
	remove := withStore(&cobra.Command{Use: "delete --store DIR --patient ID", Short: "Remove a patient with all that is stored of them, and overwrite it", Args: needNothing}, runDeletePatient)
	remove.Flags().String("patient", "", "the patient's id or record number")
	remove.Flags().String("confirm", "", "the patient's last name, to show that it is the right one")
	group.AddCommand(add, list, remove)
	return group
}

func runDeletePatient(cmd *cobra.Command, s *storage.Store, _ []string) error {
	if err := required(cmd, "patient", "confirm"); err != nil {
		return err
	}
	name, _ := cmd.Flags().GetString("patient")
	confirm, _ := cmd.Flags().GetString("confirm")
	p, err := patientNamed(s, name)
	if err != nil {
		return err
	}
	if !p.HasLastName(confirm) {
		return usageError{fmt.Errorf("--confirm is not the last name of patient %s; nothing was deleted", p.ID)}
	}
	if err := s.DeletePatient(p.ID); err != nil {
		return err
	}
	return answer(cmd, map[string]string{"deleted": p.ID}, func(w io.Writer) {
		fmt.Fprintf(w, "patient %s is deleted and overwritten; backups made before still hold them\n", p.ID)
	})
}

func runAddPatient(cmd *cobra.Command, s *storage.Store, _ []string) error {
	settings, err := s.Settings()
	if err != nil {
		return err
	}
	text := func(name string) string { v, _ := cmd.Flags().GetString(name); return v }
	p := settings.NewPatient(text("first-name"), text("last-name"), text("birth-date"), text("identifier"))
	if err := p.Validate(workflow.Today(time.Now())); err != nil {
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
	TrayID        string `json:"tray_id,omitempty"` // where it waits in the tray
}

type importedFileJSON struct {
	Path       string         `json:"path"`
	SHA256     string         `json:"sha256"`
	Recordings []importedJSON `json:"recordings"`
	Problems   []problemJSON  `json:"problems"`
}

func importCommand() *cobra.Command {
	cmd := withStore(&cobra.Command{
		Use: "import --store DIR (--patient ID | --match) FILE…", Short: "Store the recordings of export files", Args: needFiles,
		Long: `With --patient the recordings are stored with that patient, in the wear that
waits for the same transmitter where there is one. With --match each recording
finds its wear by the transmitter's serial; one that fits no wear, or several,
waits in the tray (“tracedesk wear tray”).`,
	}, runImport)
	cmd.Flags().String("patient", "", "the patient's id or record number")
	cmd.Flags().Bool("match", false, "find each recording's wear by its transmitter")
	cmd.Flags().Bool("confirm-mismatch", false, "you checked that the file is this patient's although it names another; it is recorded")
	return addColumnFlags(cmd)
}

func runImport(cmd *cobra.Command, s *storage.Store, args []string) error {
	match, _ := cmd.Flags().GetBool("match")
	confirmed, _ := cmd.Flags().GetBool("confirm-mismatch")
	var patient clinic.Patient
	if !match {
		if err := required(cmd, "patient"); err != nil {
			return err
		}
		name, _ := cmd.Flags().GetString("patient")
		var err error
		if patient, err = patientNamed(s, name); err != nil {
			return err
		}
	}
	settings, err := s.Settings()
	if err != nil {
		return err
	}
	out := struct {
		Files []importedFileJSON `json:"files"`
	}{[]importedFileJSON{}}
	failed, err := eachFile(cmd, args, workflow.KnownColumns(settings), func(path string, f *export.File) error {
		file := importedFileJSON{Path: path, SHA256: f.SHA256, Recordings: []importedJSON{}, Problems: describeFile(path, f).Problems}
		from := workflow.OfFile(f, settings)
		var kept []storage.Imported
		var err error
		if match {
			kept, err = workflow.KeepMatched(s, from, f.Recordings, confirmed, time.Now())
		} else {
			kept, err = workflow.Keep(s, patient, from, f.Recordings, confirmed, time.Now())
		}
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		for i, k := range kept {
			file.Recordings = append(file.Recordings, importedJSON{f.Recordings[i].TransmitterID, k.WearID, k.RecordingID, k.New, k.There, k.Conflicts, k.SameFile, k.TrayID})
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
		line := f.Path + ": " + r.text()
		if r.WearID != "" {
			line += ", wear " + r.WearID
		}
		fmt.Fprintln(w, line)
	}
	for _, p := range f.Problems {
		fmt.Fprintf(w, "  problem: %s\n", p.text())
	}
}

func (r importedJSON) text() string {
	switch {
	case r.TrayID != "":
		return "fits no wear, or several; it waits in the tray as " + r.TrayID
	case r.SameFile:
		return "the same file was imported before; nothing was changed"
	case r.There == 0:
		return count(r.New, "reading") + " stored"
	}
	return fmt.Sprintf("%s added, %d were there", count(r.New, "reading"), r.There)
}

// demoStore is where demo keeps its store, below its folder.
func demoStore(out string) string { return filepath.Join(out, "store") }
