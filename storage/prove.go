package storage

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"tracedesk/clinic"
	"tracedesk/clinic/steps"
	"tracedesk/storage/seal"
)

// loadMemory reads what the store holds in memory while it is unlocked, and says
// what of it another program changed.
func (t *tx) loadMemory() (unproven []error, err error) {
	var listed manifest
	if t.tree, listed, err = loadTree(t); err != nil {
		return nil, err
	}
	st, err := t.state()
	if err != nil {
		return nil, err
	}
	suspects := map[string]error{}
	for _, owner := range st.Suspect {
		suspects[owner] = fmt.Errorf("%s was found changed by another program before: %w", owner, ErrDamaged)
		unproven = append(unproven, suspects[owner])
	}
	if t.tree.root() != st.Root {
		found, err := t.prove()
		if err != nil {
			return nil, err
		}
		for _, f := range found {
			if suspects[f.owner] == nil && f.owner != "" {
				suspects[f.owner] = f.err
			}
			unproven = append(unproven, f.err)
		}
		if len(found) == 0 {
			unproven = append(unproven, errRoot)
		}
	}
	t.tree.suspects = suspects
	if t.index, err = loadIndex(t, listed); err != nil {
		return nil, err
	}
	return append(unproven, t.index.faults...), nil
}

var errRoot = fmt.Errorf("the store is not as the last act left it: %w", ErrDamaged)

// keepSuspects notes in the sealed state what unlocking found changed, so that the
// next act does not make it good.
func (t *tx) keepSuspects(unproven []error) error {
	if len(unproven) == 0 {
		return nil
	}
	st, err := t.state()
	if err != nil {
		return err
	}
	st.Suspect = sortedKeys(t.tree.suspects)
	return t.putJSON(bucketMeta, keyState, st)
}

// finding is a value that is not as the trail says, and whose it is.
type finding struct {
	owner string
	name  string // of the value, where it is one
	err   error
}

// last is who wrote a value last.
type last struct {
	sum string // empty: deleted
	seq uint64
}

// replay follows the trail from its first entry, with the rights as they were then.
type replay struct {
	t         *tx
	authority *authority
	last      map[string]last
	earlier   map[string][]string // hashes that a value had before
	inventory *inventory
	found     []finding
	root      string
	seen      uint64
	founder   string // while the entries of the founding act last
}

func (p *replay) fault(owner, format string, args ...any) {
	p.found = append(p.found, finding{owner: owner, err: fmt.Errorf(format+": %w", append(args, ErrDamaged)...)})
}

// prove follows the whole trail: each act's signature, its author's rights at that
// time, and what it wrote; then it compares with what is stored. Every value that
// was removed, added, exchanged or put back is named, with every manifest.
func (t *tx) prove() ([]finding, error) {
	v, err := t.takeInventory()
	if err != nil {
		return nil, err
	}
	p := &replay{
		t: t, authority: newAuthority(t.authority.store), last: map[string]last{}, earlier: map[string][]string{},
		inventory: v,
	}
	broken, err := t.trail(p.act)
	if errors.Is(err, ErrPage) { // what can be read of the trail is proven
		broken, err = append(broken, err), nil
	}
	for _, fault := range broken {
		p.found = append(p.found, finding{err: fault})
	}
	for _, fault := range v.faults {
		p.found = append(p.found, finding{err: fault})
	}
	p.compare()
	if st, again := t.state(); again != nil || st.Root != p.root || st.Count != p.seen {
		p.fault("", "meta state is not as the last act left it")
	}
	return p.found, err
}

func (p *replay) act(a *act, signature, text []byte) {
	p.seen = a.Seq
	before := p.authority
	if signature == nil {
		if before.count > 0 {
			p.fault("", "audit entry %d is not signed", a.Seq)
		}
		return
	}
	p.authority = before.clone()
	for _, w := range a.Writes {
		if key, of := strings.CutPrefix(w.Key, bucketAuthority+"/"); of {
			p.takeRecord(a, key, w)
		}
	}
	p.signature(a, before, signature, text)
	rights := before
	if before.count == 0 {
		rights, p.founder = p.authority, a.By
	} else if a.Act != ActConverted || a.By != p.founder {
		p.founder = ""
	}
	for _, w := range a.Writes {
		p.write(a, w, rights, p.founder != "")
	}
	p.root = a.Root
}

// takeRecord follows a record that the act wrote. It checks itself.
func (p *replay) takeRecord(a *act, key string, w effect) {
	stored, err := p.t.e.Get(bucketAuthority, key)
	var value []byte
	if err == nil && stored != nil {
		value, err = p.t.open(bucketAuthority, key, stored)
	}
	if err != nil || value == nil || hashOf(value) != w.SHA256 {
		return // it is named among the values
	}
	if err := p.authority.take(value); err != nil {
		p.fault("", "audit entry %d: %v", a.Seq, err)
	}
}

func (p *replay) signature(a *act, before *authority, signature, text []byte) {
	// Who founds the store, or comes back with the recovery key, has a key only then.
	signs := func(rights *authority) bool {
		return seal.SignedBy(rights.keyOf(a.By), purposeOf("act", before.store), text, signature)
	}
	if !signs(before) && !signs(p.authority) {
		p.fault("", "audit entry %d is not signed by who it says", a.Seq)
	} else if a.By != byRecovery && a.UserID != a.By && !(a.UserID == "" && a.Unproven) {
		p.fault("", "audit entry %d was signed by another user than it names", a.Seq)
	}
}

func (p *replay) write(a *act, w effect, rights *authority, first bool) {
	before, there := p.last[w.Key]
	there = there && before.sum != ""
	if there {
		p.earlier[w.Key] = append(p.earlier[w.Key], before.sum)
	}
	p.last[w.Key] = last{w.SHA256, a.Seq}
	bucket, key, _ := strings.Cut(w.Key, "/")
	if !first && !p.may(rights, a, bucket, key, w.SHA256, there) {
		p.fault(ownerOf(bucket, key), "audit entry %d: %s had no right to write %s %s", a.Seq, a.Login, bucket, key)
	}
	if bucket == bucketSteps && w.SHA256 != "" {
		p.step(a, key, w, first)
	}
}

// may says whether who acted had the right to write a value.
func (p *replay) may(rights *authority, a *act, bucket, key, sum string, there bool) bool {
	admin := rights.administrator(a.By)
	deleted := sum == ""
	switch bucket {
	case bucketAuthority:
		return !deleted && !there // each record was checked
	case bucketSlots:
		return p.authority.members[key].Slot == sum // as a record says
	case bucketMeta:
		switch key {
		case keyHeader:
			return p.authority.header == sum
		case keyRoot, keyBackups:
			return admin || p.authority.administrator(a.By)
		}
	case bucketProfiles:
		return admin && !deleted && !there
	case bucketSteps, bucketDocuments, bucketFiles:
		return !there || deleted && admin // what was recorded is never changed
	case bucketPatients, bucketWears, bucketRecordings:
		return !deleted || admin
	case bucketSigners:
		return admin || key == a.By
	case bucketForms:
		return deleted || key == a.By
	}
	return true
}

// step checks a signature within a wear's history at the time when it was entered.
func (p *replay) step(a *act, key string, w effect, first bool) {
	stored, err := p.t.e.Get(bucketSteps, key)
	if err != nil || stored == nil {
		return
	}
	value, err := p.t.open(bucketSteps, key, stored)
	var r steps.Record
	if err != nil || hashOf(value) != w.SHA256 || fromJSON(bucketSteps, key, value, &r) != nil || r.Signature == nil {
		return
	}
	owner := ownerOf(bucketSteps, key)
	if err := p.authority.proves(&r, a.At, first); err != nil {
		p.fault(owner, "steps %s: %v", key, err)
	} else if !first && r.Signature.By.UserID != a.By {
		p.fault(owner, "steps %s was signed in the name of %s, and entered by %s", key, r.Signature.By.Name, a.Login)
	}
}

// What is wrong with a signature within a wear's history.
var (
	errNotCertified = errors.New("it is signed with a certificate that the practice did not issue to that person")
	errNotProved    = errors.New("it is not signed with the key of its certificate")
	errOutdated     = errors.New("it is signed with a certificate that was not valid then")
)

// proves says whether the signature of a step counts: by a certificate of the
// practice, of that person, valid at the time. A signature from before there was a
// root counts where the store was converted with it.
func (a *authority) proves(r *steps.Record, at time.Time, converted bool) error {
	g := r.Signature
	c, there := a.byFingerprint(g.Certificate)
	switch {
	case g.Certificate == "" && converted: // before there were keys
		return nil
	case !there || c.UserID != g.By.UserID:
		return errNotCertified
	case c.Earlier && converted:
		return nil
	case c.Earlier || !c.ValidAt(at):
		return errOutdated
	}
	parsed, err := seal.ReadCertificate(a.root, c.DER, false)
	if err != nil || !seal.Proved(parsed, []byte(g.Hash), g.Proof) {
		return errNotProved
	}
	return nil
}

// compare sets what is stored against what the trail says, and against the
// manifests.
func (p *replay) compare() {
	v := p.inventory
	names := map[string]bool{}
	for _, all := range []map[string]digest{v.values, v.listed} {
		for name := range all {
			names[name] = true
		}
	}
	for name := range p.last {
		names[name] = true
	}
	for _, name := range slices.Sorted(maps.Keys(names)) {
		p.compareOne(name)
	}
}

func (p *replay) compareOne(name string) {
	before := len(p.found)
	defer func() {
		for i := before; i < len(p.found); i++ {
			p.found[i].name = name
		}
	}()
	bucket, key, _ := strings.Cut(name, "/")
	sum, there := p.inventory.values[name]
	wrote, ever := p.last[name]
	owner, listed := p.inventory.owners[name]
	if !listed {
		owner = ownerOf(bucket, key)
	}
	switch {
	case wrote.sum != "" && !there:
		p.fault(owner, "%s %s is missing, which audit entry %d wrote", bucket, key, wrote.seq)
	case there && !ever:
		p.fault(owner, "%s %s was added by another program", bucket, key)
	case there && wrote.sum == "":
		p.fault(owner, "%s %s is there again, which audit entry %d deleted", bucket, key, wrote.seq)
	case there && sum.String() != wrote.sum && slices.Contains(p.earlier[name], sum.String()):
		p.fault(owner, "%s %s is an earlier value put back; audit entry %d wrote the last", bucket, key, wrote.seq)
	case there && sum.String() != wrote.sum:
		p.fault(owner, "%s %s is not what audit entry %d wrote", bucket, key, wrote.seq)
	case listed != (wrote.sum != ""), listed && p.inventory.listed[name].String() != wrote.sum:
		place, at := placeOf(owner)
		p.fault(owner, "%s %s is not as it was left: it does not list %s %s as it is", place, at, bucket, key)
	}
}

// settings are the practice's, or the default ones.
func (t *tx) settings() (clinic.Settings, error) {
	settings := clinic.DefaultSettings()
	err := t.getJSON(bucketMeta, keySettings, &settings)
	if errors.Is(err, ErrNotAny) {
		err = nil
	}
	if most := t.authority.limits.LockMinutes; most > 0 && settings.LockAfter() > most {
		settings.LockMinutes = most
	}
	return settings, err
}

// Code is the trail's head as a document prints it: how many entries there are, and
// the first digits of the last one's hash.
func (s *Store) Code() (code string, err error) {
	return code, s.view(func(t *tx) error {
		st, err := t.state()
		if err == nil {
			code = codeOf(st.Count, st.Head)
		}
		return err
	})
}

// codeDigits is how much of a hash a person compares.
const codeDigits = 12

func codeOf(count uint64, head string) string {
	return strconv.FormatUint(count, 10) + "-" + head[:min(codeDigits, len(head))]
}

// CheckCode says whether the trail still holds the entry that a document's code
// names. A store that was put back to an earlier state does not.
func (s *Store) CheckCode(code string) (holds bool, err error) {
	number, digits, ok := strings.Cut(strings.ToLower(strings.TrimSpace(code)), "-")
	seq, numberErr := strconv.ParseUint(number, 10, 64)
	if !ok || numberErr != nil || len(digits) != codeDigits {
		return false, errCode
	}
	err = s.view(func(t *tx) error {
		hash, err := t.hashAt(seq)
		holds = strings.HasPrefix(hash, digits)
		return err
	})
	return holds, err
}

var errCode = errors.New("a code of the trail is a number, a hyphen and twelve letters or digits")

// hashAt is the hash of an entry, or nothing where there is none.
func (t *tx) hashAt(seq uint64) (string, error) {
	stored, err := t.e.Get(bucketAudit, auditKey(seq))
	if err != nil || stored == nil {
		return "", err
	}
	value, err := t.open(bucketAudit, auditKey(seq), stored)
	if err != nil {
		return "", err
	}
	return hashOf(value), nil
}
