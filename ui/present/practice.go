package present

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"tracedesk/clinic"
	"tracedesk/clinic/wording"
	"tracedesk/report"
	"tracedesk/storage"
	"tracedesk/ui/say"
	"tracedesk/workflow"
)

// UseOwnAnchor has the account remember where the trail of the store stood, so that an
// older store in its place is noticed.
func (d Access) UseOwnAnchor() {
	if anchor, err := storage.UserAnchor(); err == nil {
		d.Anchor = anchor
	}
}

// Open opens the store in the folder, locked. NoStoreYet explains its error.
func (d Access) Open(dir string) error {
	s, err := storage.Open(dir)
	if err == nil {
		s.UseAnchor(d.Anchor)
		d.Store = s
	}
	return err
}

// SetUp makes the store of a practice with its administrator, and unlocks it. With
// unsealed it seals the store of an earlier version. The page has the recovery key.
func (d Access) SetUp(
	dir string, unsealed bool, practice string, u clinic.User, passphrase string,
) (page []byte, err error) {
	practice = strings.TrimSpace(practice)
	secret := []byte(passphrase)
	defer clear(secret)
	setup := storage.Setup{Practice: practice, Administrator: u, Passphrase: secret, Cost: d.Cost}
	make := storage.Create
	if unsealed {
		make = storage.Migrate
	}
	s, recovery, err := make(dir, setup)
	if err != nil {
		return nil, err
	}
	defer clear(recovery)
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
func (d Access) OpenDemo(ctx context.Context, dir string) error {
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
func (d Access) SavePage(dir string, page []byte) (string, error) {
	return workflow.SaveRecoveryPage(page, workflow.InFolder(dir))
}

// Idle says whether the store should lock, last used at the given time.
func (d Access) Idle(last time.Time) bool {
	return d.Now().Sub(last) >= time.Duration(d.Settings().LockAfter())*time.Minute
}

// NoStoreYet says whether opening failed because there is no store to unlock: none
// at all, or one of an earlier version that is not sealed yet.
func NoStoreYet(err error) (unsealed, ok bool) {
	unsealed = errors.Is(err, storage.ErrUnsealed)
	return unsealed, unsealed || errors.Is(err, storage.ErrNoStore)
}

// Close ends the use of the store, if one is open.
func (d Access) Close() error {
	if d.Store == nil {
		return nil
	}
	return d.Store.Close()
}

// Locked says whether nobody is in.
func (d Access) Locked() bool { return d.Store == nil || d.Store.Locked() }

// Logins are the names by which users log in.
func (d Access) Logins() []string { return d.Store.Logins() }

// Unlock lets a user in; an error of what they typed is one of NotLetIn.
// The fields of the window hold texts, which Go does not let us overwrite: here, and
// in the other acts with a passphrase, they become bytes that are.
func (d Access) Unlock(login, passphrase string) error {
	secret := []byte(passphrase)
	defer clear(secret)
	return d.Store.Unlock(login, secret)
}

// NotLetIn says whether the passphrase was wrong, or was wrong too often to be tried
// again now.
func NotLetIn(err error) bool {
	var wait *storage.WaitError
	return WrongPassphrase(err) || errors.As(err, &wait)
}

// WrongPassphrase says whether the passphrase was wrong.
func WrongPassphrase(err error) bool { return errors.Is(err, storage.ErrPassphrase) }

// IsOlder says whether an error is that the store is older than it was left, which a
// person may accept.
func IsOlder(err error) bool {
	var older *storage.OlderError
	return errors.As(err, &older)
}

// AcceptOlder lets the next unlocking open a store that is older than it was left; it
// is recorded.
func (d Access) AcceptOlder() { d.Store.AcceptOlder() }

// Recover gives an administrator a new passphrase with the recovery key.
func (d Access) Recover(key, login, passphrase string) error {
	typed, secret := []byte(key), []byte(passphrase)
	defer clear(typed)
	defer clear(secret)
	return d.Store.Recover(typed, login, secret)
}

// Restore restores a backup into the empty folder of the store, and opens it. The
// backup opens with the recovery key, or with a passphrase from when it was made.
func (d Access) Restore(backup, dir, login, passphrase, key string) error {
	by := storage.Secret{Login: login, Passphrase: []byte(passphrase), RecoveryKey: []byte(key)}
	defer clear(by.Passphrase)
	defer clear(by.RecoveryKey)
	if err := storage.Restore(backup, dir, by); err != nil {
		return err
	}
	return d.Open(dir)
}

// KeptForm is a form with its typed values, in the order of the fields.
type KeptForm struct {
	Kind, ID string // the form, and its wear or patient
	Values   []string
	Extra    json.RawMessage
}

// KeepForm seals a form for its user, until the store is unlocked again. If it cannot
// be kept it is lost, since nothing may delay locking.
func (d Access) KeepForm(f KeptForm) { _ = d.Store.KeepForm(storage.KeptForm(f)) }

// TakeForm gives back the form that KeepForm kept for the user, once, or nil. A store
// that is open for reading only keeps none.
func (d Access) TakeForm() *KeptForm {
	f, err := d.Store.TakeForm()
	if err != nil || f == nil {
		return nil
	}
	out := KeptForm(*f)
	return &out
}

// Lock removes the keys and the list of wears from memory.
func (d Access) Lock() {
	d.Store.Lock()
	d.lines = lines{}
}

// DueBackup says whether a backup is due: something has changed since the last one,
// or the last one failed.
func (d Access) DueBackup() (plan storage.BackupPlan, due bool, err error) {
	if d.Locked() {
		return plan, false, nil
	}
	plan, err = d.Store.BackupPlan()
	return plan, err == nil && plan.Folder != "" && (d.Store.Changes() != d.backedUp.Load() || plan.Failure != ""), err
}

// BackUp makes a due backup; the store may be locked by then.
func (d Access) BackUp(plan storage.BackupPlan) error {
	changes := d.Store.Changes()
	_, err := d.Store.BackupBy(plan)
	if err == nil {
		d.backedUp.Store(changes)
	}
	return err
}

// BackUpAfterUse makes a backup where one is due.
func (d Access) BackUpAfterUse() error {
	plan, due, err := d.DueBackup()
	if !due {
		return err
	}
	return d.BackUp(plan)
}

// Users are all users, with those who were removed.
func (d Practice) Users() ([]clinic.User, error) { return d.Store.Users() }

// AddUser lets another person in.
func (d Practice) AddUser(u clinic.User, passphrase string) error {
	secret := []byte(passphrase)
	defer clear(secret)
	_, err := d.Store.AddUser(u, secret)
	return err
}

// RemoveUser keeps a user out from now on.
func (d Practice) RemoveUser(u clinic.User) error { return d.Store.RemoveUser(u.Login) }

// ChangePassphrase changes the passphrase of the user who is logged in.
func (d Practice) ChangePassphrase(old, next string) error {
	before, after := []byte(old), []byte(next)
	defer clear(before)
	defer clear(after)
	return d.Store.ChangePassphrase(before, after)
}

// BackupPlan says where backups go, and how the last went.
func (d Practice) BackupPlan() (storage.BackupPlan, error) { return d.Store.BackupPlan() }

// PlanBackups has backups go to the folder from now on.
func (d Practice) PlanBackups(folder string) error {
	plan, err := d.Store.BackupPlan()
	if err != nil {
		return err
	}
	return d.Store.PlanBackups(folder, plan.Keep)
}

// BackUpNow makes a backup in the planned folder.
func (d Practice) BackUpNow() error {
	plan, err := d.Store.BackupPlan()
	if err != nil {
		return err
	}
	_, err = d.Store.Backup(plan.Folder)
	return err
}

// StoreWarnings are warnings about the store itself.
func (d Practice) StoreWarnings() (out []string) {
	if damaged := d.Store.Damaged(); len(damaged) > 0 {
		out = append(out, say.L("The store is damaged and open for reading only: ")+damaged[0].Error()+
			say.L(". Restore it from a backup."))
	}
	if errors.Is(d.Store.ReadOnly(), storage.ErrReadOnlyMedium) {
		out = append(out,
			say.L("The store is open for reading only, since its file or its disk may not be written to. Everything can be "+
				"looked at; nothing can be entered, signed or deleted."))
	}
	if err := d.Store.Unfinished(); err != nil {
		out = append(out, Sentence(err)+say.L(" Make room on the disk; the next unlocking finishes it."))
	}
	if changed := d.Store.Unproven(); len(changed) > 0 {
		out = append(out,
			fmt.Sprintf(say.L("The store was changed by another program: %s. Have an administrator verify it, and find out "+
				"who had access to this computer."), changed[0].Error()))
	}
	plan, err := d.Store.BackupPlan()
	switch {
	case err != nil:
		out = append(out, Sentence(err))
	case plan.Failure != "":
		out = append(out,
			fmt.Sprintf(say.L("The last backup failed on %s: %s. Check the folder under Practice, Backups."),
				plan.FailedAt.Local().Format("2006-01-02 15:04"), plan.Failure))
	}
	if old := d.pastRetention(); old > 0 {
		out = append(out,
			fmt.Sprintf(say.L("%s ended more than %d years ago, which is how long the practice keeps recordings. Nothing "+
				"is deleted by itself; an administrator may delete a patient."), wording.Counted(old, "wear"),
				d.Settings().RetentionYears))
	}
	return out
}

// pastRetention counts the wears beyond the practice's retention.
func (d Practice) pastRetention() (n int) {
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
func (d Practice) BackupFacts(p storage.BackupPlan) []Fact {
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
		out = append(out,
			Fact{
				say.L("Not proven"),
				say.L("this was written while the store was locked, and anybody may have written it who can write the file"),
			})
	}
	return out
}

// Certificates are those of all clinicians, ended and revoked ones too.
func (d Practice) Certificates() ([]storage.Certificate, error) { return d.Store.Certificates() }

// Certify gives a clinician a certificate by the practice's root.
func (d Practice) Certify(u clinic.User, reason string) error {
	_, err := d.Store.Certify(u.Login, reason)
	return err
}

// Revoke ends a clinician's certificate, with the reason.
func (d Practice) Revoke(u clinic.User, reason string) error { return d.Store.Revoke(u.Login, reason) }

// RootFacts say what tells the practice's documents and store from forged ones.
func (d Practice) RootFacts() ([]Fact, error) {
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
func (d Practice) CertificateLine(u clinic.User, c storage.Certificate) string {
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

// Audit gives the audit trail, the latest entry last. An error says that its chain is
// broken.
func (d Practice) Audit() ([]storage.Entry, error) { return d.Store.Audit() }

// AuditLine is an entry of the audit trail in one line. A patient or wear that
// is still stored is named; other ids are shortened: the CSV has them in full.
func (d Practice) AuditLine(e storage.Entry) string {
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

// named replaces an id by a patient's name or a wear's dates, or shortens it.
func (d Practice) named(id string) string {
	if p, err := d.Store.Patient(id); err == nil {
		return p.Name()
	}
	if w := d.listedWear(id); w != nil {
		return datesOf(*w, d.Settings())
	}
	return id[:8] + "…"
}

// listedWear is a stored wear, or nil.
func (d Practice) listedWear(id string) *Listed {
	all, err := d.allLines()
	if err != nil {
		return nil
	}
	i := slices.IndexFunc(all.wears, func(w Listed) bool { return w.Wear.ID == id })
	if i < 0 {
		return nil
	}
	return &all.wears[i]
}

// SaveAudit writes the audit trail into the folder.
func (d Practice) SaveAudit(dir string, entries []storage.Entry) (string, error) {
	return workflow.DeliverTrail(d.Store, entries, workflow.InFolder(dir), d.Now())
}
