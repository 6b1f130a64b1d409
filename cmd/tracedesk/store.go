package main

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"tracedesk/cgm"
	"tracedesk/clinic"
	"tracedesk/clinic/wording"
	"tracedesk/device/export"
	"tracedesk/report"
	"tracedesk/storage"
	"tracedesk/workflow"
)

func storeCommand() *cobra.Command {
	group := commandGroup("store", "Make, check, back up and describe the practice's store")
	group.AddCommand(
		addSetupFlags(&cobra.Command{
			Use: "init --store DIR --user LOGIN", Short: "Make a new, empty store and its administrator", Args: needNothing,
			RunE: runInit,
		}),
		addSetupFlags(&cobra.Command{
			Use: "seal --store DIR --user LOGIN", Short: "Seal a store of version 0.1, keeping an encrypted backup",
			Args: needNothing, RunE: runSeal,
		}),
		withStore(command("unlock-check --store DIR", "Say whether the passphrase opens the store"), runUnlockCheck),
		withStore(command("verify --store DIR", "Read and authenticate everything"), runVerify),
		withStore(command("stats --store DIR", "Count what the store holds"), runStats),
		withStore(command("rotate --store DIR", "Seal everything anew with another key"), runRotate),
		withStore(command("fingerprints --store DIR",
			"Show what the practice's documents and store are told from forged ones by"),
			runFingerprints),
		withStore(&cobra.Command{
			Use: "code CODE --store DIR", Short: "Say whether the trail holds the entry that a document's code names",
			Args: cobra.ExactArgs(1),
		}, runCode),
		settingsCommand(), backupCommand(), restoreCommand(), auditCommand(),
	)
	return group
}

// addSetupFlags adds the first administrator's flags.
func addSetupFlags(cmd *cobra.Command) *cobra.Command {
	addUnlockFlags(cmd)
	addUserFlags(cmd)
	cmd.Flags().String("recovery-pdf", "",
		"where the page with the recovery key goes; it is shown once on the terminal otherwise")
	addStyleFlags(cmd)
	return cmd
}

// setupOf reads the store's first administrator from the flags.
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

// noLogo in place of a path removes the logo.
const noLogo = "none"

func settingsCommand() *cobra.Command {
	cmd := withStore(command("settings --store DIR", "Show or change the practice's settings"), runSettings)
	addStyleFlags(cmd)
	cmd.Flags().String("logo", "", "a PNG or JPEG for the head of documents; “none” removes it")
	cmd.Flags().String("document-names", "",
		"how documents are called in a folder, such as {number}_{date}_{kind}; empty for "+wording.DefaultDocumentNames)
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
		set.DocumentNames = flagText(cmd, "document-names")
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
	if path := flagText(cmd, "logo"); path != "" {
		if path == noLogo {
			path = ""
		}
		if err := workflow.SaveLogo(s, path); err != nil {
			return err
		}
	}
	return answer(cmd, set, func(w io.Writer) {
		fmt.Fprintf(w, "practice   %s, %s\nunit       %s\npaper      %s\nlock       after %d minutes\n", set.Practice,
			set.Address, set.Unit, set.Paper, set.LockAfter())
	})
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
	dir := flagText(cmd, "store")
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
	dir := flagText(cmd, "store")
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

// showNewStore gives the recovery key. It is never shown again.
func showNewStore(cmd *cobra.Command, s *storage.Store, recovery []byte) error {
	out := map[string]string{"store": s.Path(), "recovery_key": string(recovery)}
	if path := flagText(cmd, "recovery-pdf"); path != "" {
		page, err := workflow.RecoveryPage(s, recovery, time.Now())
		if err == nil {
			_, err = workflow.SaveRecoveryPage(page, workflow.AtPath(path))
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
			fmt.Fprintf(w,
				"recovery key    %s\nWrite it down and lock it away: it is shown this once, and opens the store and its "+
					"backups without a passphrase.\n", recovery)
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
		fmt.Fprintf(w, "%s, %s, %s with %s, %s, %s, %d lines of audit trail; %d kB\n",
			wording.Counted(stats.Patients, "patient"), wording.Counted(stats.Wears, "wear"),
			wording.Counted(stats.Recordings, "recording"), wording.Counted(stats.Readings, "reading"),
			wording.Counted(stats.Documents, "document"), wording.Counted(stats.Users, "user"), stats.AuditEntries,
			stats.FileBytes/1000)
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
		fmt.Fprintf(w, "practice root   %s\nfounding        %s\ntrail           %s\n", report.Grouped(prints.Root),
			report.Grouped(prints.Founding), code)
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
			fmt.Fprintln(w,
				"the trail does NOT hold the entry that the code names: the store was put back to an earlier state, or the "+
					"document is another store's")
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
		dir := flagText(cmd, "to")
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
		return answer(cmd, map[string]any{"path": path, "verified": true},
			func(w io.Writer) { fmt.Fprintf(w, "backed up to %s and read back\n", path) })
	})
	cmd.Flags().String("to", "", "the folder for the backup (that of the automatic ones)")
	cmd.Flags().Int("keep", 0, "make this folder the place of the automatic backups, and keep this many")
	return cmd
}

func restoreCommand() *cobra.Command {
	cmd := addUnlockFlags(&cobra.Command{
		Use: "restore BACKUP --store DIR", Short: "Make a store again from a backup, in an empty place", Args: needOneFile,
	})
	cmd.Flags().String("recovery-key-file", "", "a file with the recovery key, in place of a passphrase")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if err := required(cmd, "store"); err != nil {
			return err
		}
		var by storage.Secret
		var err error
		if path := flagText(cmd, "recovery-key-file"); path != "" {
			by.RecoveryKey, err = secret(cmd, "recovery-key-file", "", "Recovery key")
		} else if err = required(cmd, "user"); err == nil {
			by.Login = flagText(cmd, "user")
			by.Passphrase,
				err = secret(cmd, "passphrase-file", envPassphrase, "Passphrase of "+by.Login+" at the time of the backup")
		}
		if err != nil {
			return err
		}
		dir := flagText(cmd, "store")
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
	cmd := withStore(command("audit --store DIR", "Show or export who did what when"), runAudit)
	cmd.Flags().String("csv", "", "write the whole trail to this CSV file")
	return cmd
}

func runAudit(cmd *cobra.Command, s *storage.Store, _ []string) error {
	entries, err := s.Audit()
	if err != nil {
		return err
	}
	if path := flagText(cmd, "csv"); path != "" {
		if _, err := workflow.DeliverTrail(s, entries, workflow.AtPath(path), time.Now()); err != nil {
			return err
		}
	}
	return answer(cmd, map[string][]storage.Entry{"entries": entries}, func(w io.Writer) {
		for _, e := range entries {
			fmt.Fprintf(w, "%6d  %s  %-12s %s %s %s  %s\n", e.Seq, e.At.Local().Format("2006-01-02 15:04:05"), e.Login, e.Act,
				e.Kind, e.ID, e.Detail)
		}
	})
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
		fmt.Fprintf(w, "%s checked, %s\n", wording.Counted(checked, "value"), wording.Counted(len(faults), "fault"))
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
	group := commandGroup("patient", "Add and list patients")
	add := withStore(command("add --store DIR", "Add a patient"), runAddPatient)
	add.Flags().String("first-name", "", "first name")
	add.Flags().String("last-name", "", "last name")
	add.Flags().String("birth-date", "", "birth date, YYYY-MM-DD")
	add.Flags().String("identifier", "", "the practice's record number")
	list := withStore(command("list --store DIR", "List the patients"), runPatients)
	remove := withStore(command("delete --store DIR --patient ID",
		"Delete a patient with all wears and documents, and overwrite them"), runDeletePatient)
	remove.Flags().String("patient", "", "the patient's id or record number")
	remove.Flags().String("confirm", "", "the patient's last name, to show that it is the right one")
	group.AddCommand(add, list, remove)
	return group
}

func runPatients(cmd *cobra.Command, s *storage.Store, _ []string) error {
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
}

func runDeletePatient(cmd *cobra.Command, s *storage.Store, _ []string) error {
	if err := required(cmd, "patient", "confirm"); err != nil {
		return err
	}
	name := flagText(cmd, "patient")
	confirm := flagText(cmd, "confirm")
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
	p, err := workflow.NewPatient(settings, flagText(cmd, "first-name"), flagText(cmd, "last-name"),
		flagText(cmd, "birth-date"), flagText(cmd, "identifier"), time.Now())
	if err != nil {
		return usageError{err}
	}
	if p, err = s.SavePatient(p); err != nil {
		return err
	}
	return answer(cmd, map[string]clinic.Patient{"patient": p},
		func(w io.Writer) { fmt.Fprintf(w, "added %s as %s\n", p.Name(), p.ID) })
}

// patientOf finds the patient that --patient names.
func patientOf(cmd *cobra.Command, s *storage.Store) (clinic.Patient, error) {
	if err := required(cmd, "patient"); err != nil {
		return clinic.Patient{}, err
	}
	return patientNamed(s, flagText(cmd, "patient"))
}

// patientNamed finds a patient by id or by the practice's record number.
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
	return clinic.Patient{},
		fmt.Errorf("%d patients have the record number “%s”; use the id that “tracedesk patient list” shows",
			len(found), name)
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

// describeImported gives the outcome of storing each recording.
func describeImported(recordings []*cgm.Recording, stored []storage.Imported) (out []importedJSON) {
	for i, x := range stored {
		out = append(out, importedJSON{
			recordings[i].TransmitterID, x.WearID, x.RecordingID, x.New, x.There, x.Conflicts, x.SameFile, x.TrayID,
		})
	}
	return out
}

func importCommand() *cobra.Command {
	cmd := withStore(&cobra.Command{
		Use: "import --store DIR (--patient ID | --match) FILE…", Short: "Store the recordings of export files",
		Args: needFiles,
		Long: `With --patient the recordings are stored with that patient, in the wear that
waits for the same transmitter where there is one. With --match each recording
finds its wear by the transmitter's serial; one that fits no wear, or several,
waits in the tray (“tracedesk wear tray”).`,
	}, runImport)
	cmd.Flags().String("patient", "", "the patient's id or record number")
	cmd.Flags().Bool("match", false, "find each recording's wear by its transmitter")
	cmd.Flags().Bool("confirm-mismatch", false,
		"you checked that the file is this patient's although it names another; it is recorded")
	return addColumnFlags(cmd)
}

func runImport(cmd *cobra.Command, s *storage.Store, args []string) error {
	match := flagSet(cmd, "match")
	confirmed := flagSet(cmd, "confirm-mismatch")
	var patient clinic.Patient
	if !match {
		var err error
		if patient, err = patientOf(cmd, s); err != nil {
			return err
		}
	}
	settings, err := s.Settings()
	if err != nil {
		return err
	}
	store := func(path string, f *export.File) (*importedFileJSON, error) {
		from := workflow.FromFile(f, settings)
		var stored []storage.Imported
		var err error
		if match {
			stored, err = from.StoreMatched(s, confirmed, time.Now())
		} else {
			stored, err = from.Store(s, patient, f.Recordings, confirmed, time.Now())
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		return &importedFileJSON{
			Path: path, SHA256: f.SHA256, Problems: describeFile(path, f).Problems,
			Recordings: append([]importedJSON{}, describeImported(f.Recordings, stored)...),
		}, nil
	}
	return answerFiles(cmd, args, workflow.KnownColumns(settings), store)
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
		return wording.Counted(r.New, "reading") + " stored"
	}
	return fmt.Sprintf("%s added, %d were there", wording.Counted(r.New, "reading"), r.There)
}

// demoStore is the folder of the demo's store.
func demoStore(out string) string { return filepath.Join(out, "store") }
