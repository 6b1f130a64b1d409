package present

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"tracedesk/clinic"
	"tracedesk/private"
	"tracedesk/storage"
	"tracedesk/ui/say"
	"tracedesk/workflow"
)

// Open opens the store in the folder, locked.
func (d *Desk) Open(dir string) (err error) {
	d.Store, err = storage.Open(dir)
	return err
}

// SetUp makes the store of a practice with its administrator, or seals one of an
// earlier version, which has its practice's name, and gives the page with the
// recovery key. The store is unlocked.
func (d *Desk) SetUp(dir string, unsealed bool, practice string, u clinic.User, passphrase string) (page []byte, err error) {
	setup := storage.Setup{Administrator: u, Passphrase: passphrase, Cost: d.Cost}
	make := storage.Create
	if unsealed {
		make = storage.Migrate
	}
	s, recovery, err := make(dir, setup)
	if err != nil {
		return nil, err
	}
	d.Store = s
	if practice = strings.TrimSpace(practice); practice != "" {
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
	if err := private.MkdirAll(dir); err != nil {
		return "", err
	}
	path := filepath.Join(dir, "Tracedesk recovery key.pdf")
	return path, workflow.WriteFile(path, page)
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
	if errors.Is(d.Store.ReadOnly(), storage.ErrReadOnlyMedium) {
		out = append(out, say.L("The store is open for reading only, since its file or its disk may not be written to. Everything can be looked at; nothing can be entered, signed or deleted."))
	}
	if err := d.Store.Unfinished(); err != nil {
		out = append(out, Sentence(err)+say.L(" Make room on the disk; it is finished at the next unlocking."))
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
	return out
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
