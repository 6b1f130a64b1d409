package storage

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"tracedesk/cgm"
	"tracedesk/cgm/cgmtest"
	"tracedesk/clinic"
	"tracedesk/clinic/billing"
	"tracedesk/clinic/forms"
	"tracedesk/clinic/steps"
	"tracedesk/clinic/stock"
	"tracedesk/storage/engine"
)

// afterTheWear is when these tests happen: the made recordings end on 14 May.
var afterTheWear = time.Date(2026, time.May, 14, 12, 0, 0, 0, time.FixedZone("", -5*3600))

// atTime sets the store's clock.
func atTime(s *Store, t time.Time) { s.now = func() time.Time { return t } }

// newStoreAt is a store that was made at that time, and whose clock stands there.
func newStoreAt(t *testing.T, at time.Time) *Store {
	t.Helper()
	s, _ := newKeptStoreAt(t, at)
	return s
}

func newKeptStoreAt(t *testing.T, at time.Time) (s *Store, recoveryKey string) {
	t.Helper()
	setup := testSetup()
	setup.Now = func() time.Time { return at }
	s, key, err := Create(t.TempDir(), setup)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s, string(key)
}

func order(t *testing.T, s *Store, p clinic.Patient, o steps.Order) string {
	t.Helper()
	id, err := s.OpenWear(p.ID, &steps.Record{Order: &o, At: cgm.NewWallTime(2026, time.May, 1, 9, 0, 0)})
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func place(t *testing.T, s *Store, wear, transmitter string) {
	t.Helper()
	err := s.AddStep(wear, &steps.Record{Step: steps.Placed, At: cgm.NewWallTime(2026, time.May, 4, 10, 0, 0), Placement: &steps.Placement{Transmitter: transmitter}}, false)
	if err != nil {
		t.Fatal(err)
	}
}

func caseOf(t *testing.T, s *Store, wear string) *billing.Case {
	t.Helper()
	c, err := s.Case(wear)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func of(transmitter string, seed uint64) *cgm.Recording {
	r := cgmtest.Wear(10, seed)
	r.TransmitterID = transmitter
	return r
}

func TestARecordingFindsItsWearByTheTransmitter(t *testing.T) {
	s := newStoreAt(t, afterTheWear)
	ana, bo := newPatient(t, s, "Ana", "García"), newPatient(t, s, "Bo", "Lee")
	first, second := order(t, s, ana, steps.Order{}), order(t, s, bo, steps.Order{})
	place(t, s, first, "8aaa01")
	place(t, s, second, "8BBB02")
	got, err := s.ImportMatched(file("reader"), []*cgm.Recording{of("8BBB02", 1), of("8AAA01", 2), of("8CCC03", 3)}, false)
	if err != nil {
		t.Fatal(err)
	}
	if got[0].WearID != second || got[1].WearID != first || got[2].WearID != "" || got[2].TrayID == "" {
		t.Errorf("%+v", got)
	}
	c := caseOf(t, s, first)
	if r := c.Latest(steps.Read); r == nil || r.Download.Transmitter != "8AAA01" || c.Check.Result != clinic.Met || c.Check.RecordingHash != of("8AAA01", 2).Hash() {
		t.Errorf("%+v", c.Latest(steps.Read))
	}
	waiting, err := s.Tray()
	if err != nil || len(waiting) != 1 || waiting[0].Recording.Hash() != of("8CCC03", 3).Hash() {
		t.Fatalf("%+v, %v", waiting, err)
	}
	again, err := s.ImportMatched(file("reader again"), []*cgm.Recording{of("8CCC03", 3)}, false)
	if err != nil || again[0].TrayID != got[2].TrayID {
		t.Errorf("it lies in the tray twice: %+v, %v", again, err)
	}
	// A third patient's wear was placed without its serial: offered by its dates.
	third := order(t, s, newPatient(t, s, "Cy", "Park"), steps.Order{})
	place(t, s, third, "")
	found, err := s.Candidates(waiting[0].Recording)
	if err != nil || len(found) != 1 || found[0].Wear.Wear.ID != third || found[0].Serial {
		t.Errorf("%+v, %v", found, err)
	}
	if _, err := s.FromTray(waiting[0].ID, third, clinic.Patient{}, false); err != nil {
		t.Fatal(err)
	}
	if left, _ := s.Tray(); len(left) != 0 || caseOf(t, s, third).Wear.TransmitterID != "8CCC03" {
		t.Errorf("still in the tray: %+v", left)
	}
	if _, faults := s.Verify(); len(faults) > 0 {
		t.Error(faults)
	}
}

func TestAnotherPatientsTransmitterIsAskedAbout(t *testing.T) {
	s := newStoreAt(t, afterTheWear)
	ana, bo := newPatient(t, s, "Ana", "García"), newPatient(t, s, "Bo", "Lee")
	mine, theirs := order(t, s, ana, steps.Order{}), order(t, s, bo, steps.Order{})
	place(t, s, mine, "8AAA01")
	var mismatch *MismatchError
	r := &steps.Record{Step: steps.Placed, Placement: &steps.Placement{Transmitter: "8AAA01"}}
	if err := s.AddStep(theirs, r, false); !errors.As(err, &mismatch) || !strings.Contains(err.Error(), "Ana García") {
		t.Errorf("placed with two patients: %v", err)
	}
	if caseOf(t, s, theirs).Latest(steps.Placed) != nil {
		t.Error("it was recorded all the same")
	}
	place(t, s, theirs, "8BBB02")
	if _, err := s.ImportInto(theirs, file("x"), of("8CCC03", 1), false); !errors.As(err, &mismatch) {
		t.Errorf("another transmitter than was placed: %v", err)
	}
	if _, err := s.ImportInto(theirs, file("x"), of("8CCC03", 1), true); err != nil {
		t.Fatal(err)
	}
	c := caseOf(t, s, theirs)
	if got := c.Latest(steps.Read).Download.Confirmed; len(got) != 1 || !strings.Contains(got[0], "8BBB02 was placed") {
		t.Errorf("the confirmation is not evidence: %q", got)
	}
	if i := slices.IndexFunc(c.Requirements(), func(q clinic.Requirement) bool { return q.Rule == "B03" && q.Answer == billing.NotMet }); i < 0 {
		t.Error("B03 does not say that it is another transmitter")
	}
}

func TestAHistoryIsOnlyAddedTo(t *testing.T) {
	s := newStoreAt(t, afterTheWear)
	wear := order(t, s, newPatient(t, s, "Ana", "García"), steps.Order{})
	place(t, s, wear, "8AAA01")
	again := &steps.Record{Step: steps.Placed, Placement: &steps.Placement{Transmitter: "8AAA02"}}
	if err := s.AddStep(wear, again, false); !errors.Is(err, forms.ErrReason) {
		t.Errorf("corrected without a reason: %v", err)
	}
	again.Reason = "mistyped"
	if err := s.AddStep(wear, again, false); err != nil {
		t.Fatal(err)
	}
	c := caseOf(t, s, wear)
	if len(c.History) != 3 || c.History[1].Placement.Transmitter != "8AAA01" || !c.Latest(steps.Placed).Corrects || c.Wear.TransmitterID != "8AAA02" {
		t.Errorf("%+v", c.History)
	}
	if r := c.History[1]; !r.Late() || r.EnteredBy.Name != s.User().Name || r.EnteredAt.IsZero() {
		t.Errorf("entered ten days later, and not said: %+v", r)
	}
	for _, step := range []steps.Step{steps.Signed, steps.Read, steps.Printed, steps.Addendum, steps.Interpreted} {
		if err := s.AddStep(wear, &steps.Record{Step: step}, false); !errors.Is(err, ErrSignOnly) {
			t.Errorf("%s entered by hand: %v", step, err)
		}
	}
	future := &steps.Record{Step: steps.Returned, At: cgm.NewWallTime(2026, time.May, 15, 9, 0, 0), Return: &steps.Return{}}
	if err := s.AddStep(wear, future, false); !errors.Is(err, forms.ErrFuture) {
		t.Errorf("%v", err)
	}
}

// written is a wear whose interpretation only wants signing.
func written(t *testing.T, s *Store) string {
	t.Helper()
	wear := order(t, s, newPatient(t, s, "Ana", "García"), steps.Order{})
	place(t, s, wear, "8AAA01")
	if _, err := s.ImportMatched(file("a"), []*cgm.Recording{part(of("8AAA01", 1), 0, 2000)}, false); err != nil {
		t.Fatal(err)
	}
	write(t, s, wear)
	return wear
}

func write(t *testing.T, s *Store, wear string) {
	t.Helper()
	err := s.SaveInterpretation(wear, clinic.Interpretation{Findings: []clinic.DraftFinding{{Text: "Low at night.", State: clinic.FindingKept}}, Assessment: "Lows."})
	if err != nil {
		t.Fatal(err)
	}
}

// page makes a document that holds who signed.
func page(c *billing.Case, r *steps.Record, by *Signer) (Issued, error) {
	pdf := []byte("%PDF signed by " + by.Certificate.Subject.CommonName + " at " + r.Signature.At)
	return Issued{clinic.Document{Kind: clinic.InterpretationDocument, WearID: c.Wear.ID, PatientID: c.Wear.PatientID, SHA256: clinic.HashOf(pdf), Signed: true}, pdf}, nil
}

func TestSigning(t *testing.T) {
	s := newStoreAt(t, afterTheWear)
	wear := written(t, s)
	if _, err := s.Sign(wear, Signing{Passphrase: []byte("not this one")}, page); !errors.Is(err, ErrPassphrase) {
		t.Errorf("%v", err)
	}
	r, err := s.Sign(wear, Signing{Passphrase: []byte(testPassphrase)}, page)
	if err != nil {
		t.Fatal(err)
	}
	g := r.Signature
	pdf, err := s.PDF(clinic.Document{ID: g.DocumentID, WearID: wear})
	if err != nil || clinic.HashOf(pdf) != g.PDFSHA256 || !r.Bound() || g.By.Credential != "MD" || g.At != "2026-05-14T12:00:00-05:00" {
		t.Errorf("%+v, %v", g, err)
	}
	if failed := acts(t, s, ActUnlockFailed); len(failed) != 1 {
		t.Errorf("the wrong passphrase is not in the trail: %+v", failed)
	}
	if signed := acts(t, s, Act(steps.Signed)); len(signed) != 1 || !strings.Contains(signed[0].Detail, g.Hash) {
		t.Errorf("%+v", signed)
	}
	if err := s.SaveInterpretation(wear, clinic.Interpretation{}); !errors.Is(err, clinic.ErrSignedOnce) {
		t.Errorf("a signed text can be written over: %v", err)
	}
	if _, err := s.Sign(wear, Signing{Passphrase: []byte(testPassphrase)}, page); !errors.Is(err, clinic.ErrSignedOnce) {
		t.Errorf("%v", err)
	}
	if _, err := s.AddAddendum(wear, "One more word.", Signing{Passphrase: []byte(testPassphrase)}, page); err != nil {
		t.Fatal(err)
	}
	c := caseOf(t, s, wear)
	if a := c.Latest(steps.Addendum); a == nil || a.Text != "One more word." || !a.Bound() {
		t.Errorf("%+v", a)
	}
	if _, faults := s.Verify(); len(faults) > 0 {
		t.Error(faults)
	}
}

func TestMoreReadingsMakeASignedInterpretationStale(t *testing.T) {
	s := newStoreAt(t, afterTheWear)
	wear := written(t, s)
	if _, err := s.Sign(wear, Signing{Passphrase: []byte(testPassphrase)}, page); err != nil {
		t.Fatal(err)
	}
	before := caseOf(t, s, wear).Latest(steps.Signed)
	if _, err := s.ImportMatched(file("b"), []*cgm.Recording{of("8AAA01", 1)}, false); err != nil {
		t.Fatal(err)
	}
	c := caseOf(t, s, wear)
	for _, q := range c.Requirements() {
		if q.Rule == "B23" && (q.Answer != billing.NotMet || !strings.Contains(q.Sentence, "readings added from b")) {
			t.Errorf("%s: %s", q.Answer, q.Sentence)
		}
	}
	if _, err := s.Sign(wear, Signing{Passphrase: []byte(testPassphrase)}, page); !errors.Is(err, clinic.ErrOtherData) {
		t.Errorf("signed without looking at the new readings: %v", err)
	}
	write(t, s, wear)
	if _, err := s.Sign(wear, Signing{Passphrase: []byte(testPassphrase)}, page); err != nil {
		t.Fatal(err)
	}
	c = caseOf(t, s, wear)
	if kept := c.History[before.Seq-1]; kept.Signature.Hash != before.Signature.Hash || !kept.Bound() {
		t.Error("the earlier signature is not as it was")
	}
}

func TestWhoMayNotSignAndWhat(t *testing.T) {
	s := newStoreAt(t, afterTheWear)
	wear := written(t, s)
	if _, err := s.AddUser(clinic.User{Login: "jo", Name: "Jo", Credential: "RN", Administrator: true}, []byte("jo's passphrase")); err != nil {
		t.Fatal(err)
	}
	s.Lock()
	if err := s.Unlock("jo", []byte("jo's passphrase")); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Sign(wear, Signing{Passphrase: []byte("jo's passphrase")}, page); !errors.Is(err, clinic.ErrMayNotSign) {
		t.Errorf("a nurse signed: %v", err)
	}
	s.Lock()
	if err := s.Unlock("tess", []byte(testPassphrase)); err != nil {
		t.Fatal(err)
	}
	other := order(t, s, newPatient(t, s, "Bo", "Lee"), steps.Order{})
	if _, err := s.Sign(other, Signing{Passphrase: []byte(testPassphrase)}, page); !errors.Is(err, clinic.ErrNotRead) {
		t.Errorf("%v", err)
	}
	got, err := s.ImportInto(other, file("o"), of("8OOO01", 3), false)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Sign(got.WearID, Signing{Passphrase: []byte(testPassphrase)}, page); !errors.Is(err, clinic.ErrNotWritten) {
		t.Errorf("%v", err)
	}
	for want, i := range map[error]clinic.Interpretation{
		clinic.ErrNotReviewed:  {Findings: []clinic.DraftFinding{{Text: "x"}}, Assessment: "a"},
		clinic.ErrNoAssessment: {Findings: []clinic.DraftFinding{{Text: "x", State: clinic.FindingDropped}}},
	} {
		if err := s.SaveInterpretation(other, i); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Sign(other, Signing{Passphrase: []byte(testPassphrase)}, page); !errors.Is(err, want) {
			t.Errorf("%v, not %v", err, want)
		}
	}
	if _, err := s.AddAddendum(other, "x", Signing{Passphrase: []byte(testPassphrase)}, page); !errors.Is(err, clinic.ErrNotSigned) {
		t.Errorf("%v", err)
	}
}

func TestALateSignatureTakesAnAttestation(t *testing.T) {
	s := newStoreAt(t, afterTheWear)
	wear := written(t, s)
	atTime(s, afterTheWear.AddDate(0, 0, 8))
	if _, err := s.Sign(wear, Signing{Passphrase: []byte(testPassphrase)}, page); !errors.Is(err, clinic.ErrLate) {
		t.Errorf("%v", err)
	}
	if _, err := s.Sign(wear, Signing{Passphrase: []byte(testPassphrase), Attest: true}, page); !errors.Is(err, clinic.ErrLate) {
		t.Errorf("without a reason: %v", err)
	}
	r, err := s.Sign(wear, Signing{Passphrase: []byte(testPassphrase), Attest: true, Reason: "on leave"}, page)
	if err != nil {
		t.Fatal(err)
	}
	if g := r.Signature; !strings.Contains(g.Attestation, "I, Tess Adams, MD, attest") || !strings.Contains(g.Attestation, "Ana García") || g.Reason != "on leave" || !r.Bound() {
		t.Errorf("%+v", g)
	}
}

func TestWhatWasFiledStaysAsItWasDecided(t *testing.T) {
	s := newStoreAt(t, afterTheWear)
	profile := billing.StrictProfile()
	profile.ID, profile.Name = "", "County Plan"
	profile, err := s.SaveProfile(profile)
	if err != nil || profile.Version != 1 {
		t.Fatalf("%+v, %v", profile, err)
	}
	wear := order(t, s, newPatient(t, s, "Ana", "García"), steps.Order{ProfileID: profile.ID})
	place(t, s, wear, "8AAA01")
	if _, err := s.ImportMatched(file("a"), []*cgm.Recording{of("8AAA01", 1)}, false); err != nil {
		t.Fatal(err)
	}
	if err := s.AddStep(wear, &steps.Record{Step: steps.Filed, Text: "chart"}, false); err != nil {
		t.Fatal(err)
	}
	profile.PriorAuthorisation = true
	if profile, err = s.SaveProfile(profile); err != nil || profile.Version != 2 {
		t.Fatalf("%+v, %v", profile, err)
	}
	c := caseOf(t, s, wear)
	if filed := c.Latest(steps.Filed).Result; filed.ProfileVersion != 1 || c.Profile.Version != 1 || c.Profile.PriorAuthorisation {
		t.Errorf("decided under version %d, shown under %d", filed.ProfileVersion, c.Profile.Version)
	}
	other := order(t, s, newPatient(t, s, "Bo", "Lee"), steps.Order{ProfileID: profile.ID})
	if got := caseOf(t, s, other).Profile; got.Version != 2 || !got.PriorAuthorisation {
		t.Errorf("a new wear has version %d", got.Version)
	}
	strict := billing.StrictProfile()
	if _, err := s.SaveProfile(strict); !errors.Is(err, billing.ErrProfileStrict) {
		t.Errorf("%v", err)
	}
	if _, err := s.OpenWear(newPatient(t, s, "Cy", "Park").ID, &steps.Record{Order: &steps.Order{ProfileID: "none"}}); !errors.Is(err, ErrNotAny) {
		t.Errorf("a profile that is not there: %v", err)
	}
}

func TestServicesOfOtherWearsAndOfElsewhereCount(t *testing.T) {
	s := newStoreAt(t, afterTheWear)
	p := newPatient(t, s, "Ana", "García")
	first := order(t, s, p, steps.Order{})
	place(t, s, first, "8AAA01")
	back := func(wear string) {
		if err := s.AddStep(wear, &steps.Record{Step: steps.Returned, Return: &steps.Return{}}, false); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.ImportMatched(file("a"), []*cgm.Recording{of("8AAA01", 1)}, false); err != nil {
		t.Fatal(err)
	}
	back(first)
	atTime(s, afterTheWear.AddDate(0, 0, 20))
	second := order(t, s, p, steps.Order{})
	if _, err := s.ImportInto(second, file("b"), of("8BBB02", 2), false); err != nil {
		t.Fatal(err)
	}
	back(second)
	sentence := func(wear, rule string) string {
		for _, q := range caseOf(t, s, wear).Requirements() {
			if q.Rule == rule && q.Answer == billing.NotMet {
				return q.Sentence
			}
		}
		return ""
	}
	if got := sentence(second, "B06"); !strings.Contains(got, "2026-05-14") || !strings.Contains(got, "2026-06-13") {
		t.Errorf("the second does not see the first: %q", got)
	}
	if got := sentence(first, "B06"); got != "" {
		t.Errorf("the first is hindered by the second: %s", got)
	}
	if err := s.AddService(p.ID, clinic.Service{Code: clinic.Code95250, Date: cgm.NewDate(2026, time.May, 2), Where: "Other Clinic"}); err != nil {
		t.Fatal(err)
	}
	if got := sentence(first, "B06"); !strings.Contains(got, "Other Clinic") {
		t.Errorf("the first does not see what was done elsewhere: %q", got)
	}
	if all, err := s.Services(p.ID); err != nil || len(all) != 3 {
		t.Errorf("%+v, %v", all, err)
	}
	if err := s.AddStep(first, &steps.Record{Step: steps.Failed, Reason: "fell off"}, false); err != nil {
		t.Fatal(err)
	}
	if got := sentence(second, "B06"); got != "" {
		t.Errorf("a failed wear uses up the month: %s", got)
	}
}

func TestADeletedPatientTakesTheHistoryAlong(t *testing.T) {
	s := newStoreAt(t, afterTheWear)
	wear := written(t, s)
	c := caseOf(t, s, wear)
	if err := s.AddService(c.Wear.PatientID, clinic.Service{Code: clinic.Code95250}); err != nil {
		t.Fatal(err)
	}
	if err := s.DeletePatient(c.Wear.PatientID); err != nil {
		t.Fatal(err)
	}
	for _, bucket := range []string{bucketSteps, bucketDrafts, bucketServices, bucketWears, bucketRecordings} {
		raw(t, s, func(e engine.Tx) error {
			return e.Scan(bucket, "", func(key string, _ []byte) error {
				t.Errorf("%s still holds %s", bucket, key)
				return nil
			})
		})
	}
}

func TestTheInventoryGoesAlong(t *testing.T) {
	s := newStoreAt(t, afterTheWear)
	for _, d := range []stock.Device{{Kind: stock.SensorDevice, Lot: "L1", Count: 2, Expiry: "2026-05-13"}, {Kind: stock.ReaderDevice, Serial: "SM1"}, {Kind: stock.TransmitterDevice, Serial: "8AAA01"}, {Kind: stock.ReaderDevice, Serial: "SM2"}} {
		if _, err := s.SaveDevice(d); err != nil {
			t.Fatal(err)
		}
	}
	wear := order(t, s, newPatient(t, s, "Ana", "García"), steps.Order{})
	placed := &steps.Record{Step: steps.Placed, Placement: &steps.Placement{SensorLot: "L1", Transmitter: "8AAA01", Reader: "SM1"}}
	cleaned := &steps.Record{Step: steps.Cleaned, Cleaning: &steps.Cleaning{Items: "reader", By: clinic.Person{Name: "Jo"}}}
	again := &steps.Record{Step: steps.Placed, Reason: "site", Placement: &steps.Placement{SensorLot: "L1", Transmitter: "8AAA01", Reader: "SM1", Site: "arm"}}
	for _, r := range []*steps.Record{placed, again, cleaned} {
		if err := s.AddStep(wear, r, false); err != nil {
			t.Fatal(err)
		}
	}
	all, err := s.Devices()
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range all {
		switch {
		case d.Lot == "L1" && (d.Count != 1 || !d.Expired(cgm.NewDate(2026, time.May, 14)) || d.Expired(cgm.NewDate(2026, time.May, 13))),
			d.Serial == "SM1" && (d.CleanedAt != "2026-05-14" || d.CleanedBy.Name != "Jo"),
			d.Serial == "SM2" && d.CleanedAt != "",
			d.Serial == "8AAA01" && d.Place != "worn, wear "+wear:
			t.Errorf("%+v", d)
		}
	}
}

// certificateOf signs one wear and gives the hash of the certificate.
func certificateOf(t *testing.T, s *Store, wear, passphrase string) string {
	t.Helper()
	r, err := s.AddAddendum(wear, newID(), Signing{Passphrase: []byte(passphrase)}, page)
	if err != nil {
		t.Fatal(err)
	}
	return r.Signature.Certificate
}

func TestASigningKeyIsOnesOwnAndOutlivesAChangeOfPassphrase(t *testing.T) {
	s, recovery := newKeptStoreAt(t, afterTheWear)
	wear := written(t, s)
	first, err := s.Sign(wear, Signing{Passphrase: []byte(testPassphrase)}, page)
	if err != nil {
		t.Fatal(err)
	}
	if again := certificateOf(t, s, wear, testPassphrase); again != first.Signature.Certificate {
		t.Error("another certificate for the second signature")
	}
	if err := s.ChangePassphrase([]byte(testPassphrase), []byte("another fine passphrase")); err != nil {
		t.Fatal(err)
	}
	if again := certificateOf(t, s, wear, "another fine passphrase"); again != first.Signature.Certificate {
		t.Error("another certificate after the passphrase was changed")
	}
	if err := s.Rotate(); err != nil {
		t.Fatal(err)
	}
	if again := certificateOf(t, s, wear, "another fine passphrase"); again != first.Signature.Certificate {
		t.Error("another certificate after the data key was changed")
	}
	s.Lock()
	if err := s.Recover([]byte(recovery), "tess", []byte("a third fine passphrase")); err != nil {
		t.Fatal(err)
	}
	if again := certificateOf(t, s, wear, "a third fine passphrase"); again == first.Signature.Certificate {
		t.Error("the recovery key opened somebody's signing key")
	}
	if _, faults := s.Verify(); len(faults) > 0 {
		t.Error(faults)
	}
}
