package present

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"tracedesk/clinic"
	"tracedesk/report"
	"tracedesk/storage"
	"tracedesk/ui/say"
	"tracedesk/workflow"
)

// Open opens the store in the folder, locked.
func (d *Desk) Open(dir string) (err error) {
	d.Store, err = storage.Open(dir)
	if err == nil {
		d.Store.UseAnchor(d.Anchor)
	}
	return err
}

// SetUp makes the store of a practice with its administrator, or seals one of an
// earlier version, which has its practice's name, and gives the page with the
// recovery key. The store is unlocked.
func (d *Desk) SetUp(dir string, unsealed bool, practice string, u clinic.User, passphrase string) (page []byte, err error) {
	practice = strings.TrimSpace(practice)
	setup := storage.Setup{Practice: practice, Administrator: u, Passphrase: passphrase, Cost: d.Cost}
	make := storage.Create
	if unsealed {
		make = storage.Migrate
	}
	s, recovery, err := make(dir, setup)
	if err != nil {
		return nil, err
	}
	s.UseAnchor(d.Anchor)
	d.Store = s
	if practice != "" {
		set := d.Settings()
		set.Practice = practice
		err = s.SaveSettings(set)
	}
	page, pageErr := workflow.RecoveryPage(s, recovery, d.Now())
	return page, errors.Join(err, pageErr)
}

// OpenDemo opens a store of made-up data, beside the one in dir and apart from
// it, with the bundled recording in it.
func (d *Desk) OpenDemo(ctx context.Context, dir string) error {
	s, err := workflow.OpenDemo(dir + "-demonstration")
	if err != nil {
		return err
	}
	if _, err := workflow.StoreDemo(ctx, s, d.Now()); err != nil {
		return errors.Join(err, s.Close())
	}
	d.Store = s
	return nil
}

// SavePage writes the page with the recovery key into the folder.
func (d *Desk) SavePage(dir string, page []byte) (string, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	path := filepath.Join(dir, "Tracedesk recovery key.pdf")
	return path, workflow.WriteSecret(path, page)
}

// Idle says whether the store should lock, last used at the given time.
func (d *Desk) Idle(last time.Time) bool {
	return d.Now().Sub(last) >= time.Duration(d.Settings().LockAfter())*time.Minute
}

// Lock takes the keys, and what was listed, out of memory.
func (d *Desk) Lock() {
	d.Store.Lock()
	d.lines = lines{}
}

// DueBackup is the practice's plan where a backup is due after use: something
// has changed since the last one, or that failed.
func (d *Desk) DueBackup() (plan storage.BackupPlan, due bool, err error) {
	if d.Store.Locked() {
		return plan, false, nil
	}
	plan, err = d.Store.BackupPlan()
	return plan, err == nil && plan.Folder != "" && (d.Store.Changes() != d.backedUp.Load() || plan.Failure != ""), err
}

// BackUp makes a due backup; the store may be locked by then.
func (d *Desk) BackUp(plan storage.BackupPlan) error {
	changes := d.Store.Changes()
	_, err := d.Store.BackupBy(plan)
	if err == nil {
		d.backedUp.Store(changes)
	}
	return err
}

// BackUpAfterUse makes a backup where one is due.
func (d *Desk) BackUpAfterUse() error {
	plan, due, err := d.DueBackup()
	if !due {
		return err
	}
	return d.BackUp(plan)
}

// StoreWarnings are what a person should know of the store itself.
func (d *Desk) StoreWarnings() (out []string) {
	if damaged := d.Store.Damaged(); len(damaged) > 0 {
		out = append(out, say.L("The store is damaged and open for reading only: ")+damaged[0].Error()+say.L(". Restore it from a backup."))
	}
	if changed := d.Store.Unproven(); len(changed) > 0 {
		out = append(out, fmt.Sprintf(say.L("The store was changed by another program: %s. Have an administrator verify it, and find out who had access to this computer."), changed[0].Error()))
	}
	plan, err := d.Store.BackupPlan()
	switch {
	case err != nil:
		out = append(out, Sentence(err))
	case plan.Failure != "":
		out = append(out, fmt.Sprintf(say.L("The last backup failed on %s: %s. Check the folder under Practice, Backups."), plan.FailedAt.Local().Format("2006-01-02 15:04"), plan.Failure))
	}
	if old := d.pastRetention(); old > 0 {
		out = append(out, fmt.Sprintf(say.L("%s ended more than %d years ago, which is how long the practice keeps recordings. Nothing is deleted by itself; an administrator may delete a patient."), clinic.Counted(old, "wear"), d.Settings().RetentionYears))
	}
	return out
}

// pastRetention counts the wears that are older than the practice keeps them.
func (d *Desk) pastRetention() (n int) {
	set, today := d.Settings(), workflow.Today(d.Now())
	if set.RetentionYears == 0 {
		return 0
	}
	wears, err := d.Store.Wears("")
	if err != nil {
		return 0
	}
	for _, w := range wears {
		if set.PastRetention(w.Last.Date(), today) {
			n++
		}
	}
	return n
}

// BackupFacts say where backups go and how the last went.
func (d *Desk) BackupFacts(p storage.BackupPlan) []Fact {
	folder, last := say.L("none chosen: no automatic backups"), say.L("none yet")
	if p.Folder != "" {
		folder = p.Folder
	}
	if !p.LastAt.IsZero() {
		last = p.LastAt.Local().Format("2006-01-02 15:04") + ", " + p.LastPath
	}
	out := []Fact{{say.L("Folder"), folder}, {say.L("Last backup"), last}}
	if p.Failure != "" {
		out = append(out, Fact{say.L("Failed since"), p.FailedAt.Local().Format("2006-01-02 15:04") + ": " + p.Failure})
	}
	if p.Unproven {
		out = append(out, Fact{say.L("Not proven"), say.L("this was written while the store was locked, and anybody may have written it who can write the file")})
	}
	return out
}

// RootFacts say what tells the practice's documents and store from forged ones.
func (d *Desk) RootFacts() ([]Fact, error) {
	prints, err := workflow.Fingerprints(d.Store)
	if err != nil {
		return nil, err
	}
	code, err := d.Store.Code()
	return []Fact{
		{say.L("Practice root"), report.Grouped(prints.Root)}, {say.L("Founding"), report.Grouped(prints.Founding)},
		{say.L("Audit trail"), code},
	}, err
}

// CertificateLine is a clinician's certificate in one line.
func (d *Desk) CertificateLine(u clinic.User, c storage.Certificate) string {
	line := u.Title() + say.L(" · certificate ") + c.Serial[:min(len(c.Serial), 8)]
	switch {
	case c.Earlier:
		return line + say.L(" · from before there was a root")
	case !c.RevokedAt.IsZero():
		return line + say.L(" · revoked ") + c.RevokedAt.Local().Format("2006-01-02") + ": " + c.Reason
	case d.Now().After(c.Until):
		return line + say.L(" · ended ") + c.Until.Local().Format("2006-01-02")
	}
	return line + say.L(" · valid until ") + c.Until.Local().Format("2006-01-02")
}

// UserLine is a user in one line.
func UserLine(u clinic.User) string {
	line := u.Title() + " · " + u.Role() + say.L(" · logs in as ") + u.Login
	if u.Removed {
		line += say.L(" · removed")
	}
	return line
}

// inFull is an id or a hash.
var inFull = regexp.MustCompile(`\b[0-9a-f]{16,}\b`)

// AuditLine is an entry of the audit trail in one line. A patient or wear that
// is still stored is named; other ids are shortened: the CSV has them in full.
func (d *Desk) AuditLine(e storage.Entry) string {
	line := fmt.Sprintf("%d · %s · %s · %s %s", e.Seq, e.At.Local().Format("2006-01-02 15:04:05"), e.Login, e.Act, e.Kind)
	if e.ID != "" {
		line += " " + e.ID
	}
	if w := d.listedWear(e.ID); w != nil {
		if p, err := d.Store.Patient(w.Wear.PatientID); err == nil {
			line += " " + p.Name()
		}
	}
	if e.Detail != "" {
		line += " · " + e.Detail
	}
	line = inFull.ReplaceAllStringFunc(line, d.named)
	if e.Unproven {
		line += say.L(" · not proven: written while the store was locked")
	}
	if e.ClockBack {
		line += say.L(" · the clock was set back")
	}
	return line
}

// named is what an id stands for: a patient's name, a wear's dates, or its own
// beginning.
func (d *Desk) named(id string) string {
	if p, err := d.Store.Patient(id); err == nil {
		return p.Name()
	}
	if w := d.listedWear(id); w != nil {
		return datesOf(w, d.Settings())
	}
	return id[:8] + "…"
}

// listedWear is a stored wear, or nil.
func (d *Desk) listedWear(id string) *storage.WearSummary {
	all, err := d.allLines()
	if err != nil {
		return nil
	}
	i := slices.IndexFunc(all.wears, func(w *storage.WearSummary) bool { return w.Wear.ID == id })
	if i < 0 {
		return nil
	}
	return all.wears[i]
}

// SaveAudit writes the audit trail into the folder, which is an act, too.
func (d *Desk) SaveAudit(dir string, entries []storage.Entry) (string, error) {
	path, err := workflow.WriteNew(dir, "audit-trail_"+d.Now().Format("2006-01-02")+".csv", workflow.AuditCSV(entries))
	return path, errors.Join(err, d.Store.Note(storage.ActExported, storage.KindAudit, "", ""))
}
