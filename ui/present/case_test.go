package present

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"tracedesk/cgm"
	"tracedesk/clinic"
	"tracedesk/clinic/billing"
	"tracedesk/clinic/forms"
	"tracedesk/clinic/steps"
	"tracedesk/storage"
	"tracedesk/storage/storagetest"
)

// atDesk is a desk whose clock, and that of its store, can be moved.
func atDesk(t *testing.T, now *time.Time) *Desk {
	t.Helper()
	clock := func() time.Time { return *now }
	return &Desk{Store: storagetest.NewAt(t, clock), Now: clock}
}

// kept is the bundled recording, stored.
func kept(t *testing.T, d *Desk) string {
	t.Helper()
	r := read(t, d, demo(t, nil))
	k, err := d.Reading().Keep(r, r.Named, false)
	if err != nil {
		t.Fatal(err)
	}
	return k.WearID
}

// written is an interpretation that waits for a signature.
func written(t *testing.T, d *Desk, wear string) *Interpretation {
	t.Helper()
	i, err := d.Interpretations().Open(wear)
	if err != nil {
		t.Fatal(err)
	}
	for n := range i.Draft.Findings {
		i.Draft.Findings[n].State = clinic.FindingKept
	}
	i.Draft.Assessment = "Lows at night."
	if err := d.Interpretations().Save(wear, i.Draft); err != nil {
		t.Fatal(err)
	}
	return i
}

// TestWhatHindersStandsFirst orders requirements that are not simply met: not met,
// cannot be told though required, open questions, overridden.
func TestWhatHindersStandsFirst(t *testing.T) {
	q := func(rule string, a clinic.Answer, required bool, code clinic.Code) clinic.Requirement {
		return clinic.Requirement{Rule: rule, Answer: a, Required: required, Code: code}
	}
	c := &Case{Requirements: []clinic.Requirement{
		q("1", billing.Overridden, true, clinic.Code95250), q("2", billing.CannotTell, false, clinic.Code95250), q("3", billing.Met, true, clinic.Code95250),
		q("4", billing.CannotTell, true, clinic.Code95250), q("5", billing.NotMet, false, clinic.Code95250), q("6", billing.NotMet, true, clinic.Code95251),
		q("7", billing.NotMet, true, clinic.Code95250), q("8", billing.Met, false, clinic.Code95251),
	}}
	var got []string
	for _, x := range c.Missing(clinic.Code95250) {
		got = append(got, x.Rule)
	}
	if want := []string{"5", "7", "4", "2", "1"}; !slices.Equal(got, want) {
		t.Errorf("%q, not %q", got, want)
	}
	if c.Met(clinic.Code95250) != 1 || c.Met(clinic.Code95251) != 1 {
		t.Errorf("%d and %d are met", c.Met(clinic.Code95250), c.Met(clinic.Code95251))
	}
}

// TestEveryStepThatMendsIsAStep, and each question's rule asks one that there is.
func TestEveryStepThatMendsIsAStep(t *testing.T) {
	for _, rule := range billing.Rules {
		kind, ok := Mend(clinic.Requirement{Rule: rule.ID})
		if ok && forms.KindOf(kind.Use).Use != kind.Use {
			t.Errorf("%s is mended by %q, which is no step", rule.ID, kind.Use)
		}
		question := QuestionOf(rule.ID)
		if question != "" && billing.QuestionAsked(question) == nil {
			t.Errorf("%s asks %q", rule.ID, question)
		}
		if (kind.Use == "answer") != (question != "") {
			t.Errorf("%s is mended by %q and asks %q", rule.ID, kind.Use, question)
		}
	}
}

func TestAStepIsEnteredCorrectedAndListed(t *testing.T) {
	now := time.Date(2026, time.May, 14, 16, 0, 0, 0, time.UTC)
	d := atDesk(t, &now)
	wear := kept(t, d)
	kind := forms.KindOf("place")
	enter := func(lot, at, reason string) error {
		f, err := d.NewStep(kind, wear)
		if err != nil {
			t.Fatal(err)
		}
		var values []string
		for _, field := range kind.Fields {
			v := field.Get(f.Input)
			if field.Label == "Sensor lot" {
				v = lot
			}
			values = append(values, v)
		}
		if err := f.Enter(values, at, reason); err != nil {
			return err
		}
		return d.KeepStep(f, true)
	}
	if err := enter("L1", "2026-05-04 10:10", ""); err != nil { // typed with a blank, without seconds
		t.Fatal(err)
	}
	if err := enter("L2", "yesterday", "typing error"); err == nil {
		t.Error("a time that is none was taken")
	}
	if err := enter("L2", "2026-05-04T10:10:00", ""); !errors.Is(err, forms.ErrReason) {
		t.Errorf("a correction without a reason: %v", err)
	}
	if err := enter("L2", "2026-05-04T10:10:00", "typing error"); err != nil {
		t.Fatal(err)
	}
	c, err := d.Case(wear)
	if err != nil {
		t.Fatal(err)
	}
	if p := c.Latest(steps.Placed).Placement; p.SensorLot != "L2" {
		t.Errorf("%+v", p)
	}
	lines := c.Lines()
	if n := len(c.History); len(lines) != n || !strings.Contains(lines[0].Text, "typing error") || !strings.Contains(lines[0].Text, "Sensor lot: L2") ||
		!strings.Contains(lines[1].Text, "Sensor lot: L1") || !strings.Contains(lines[0].Title, "placed – May 4, 2026 10:10, entered late: May 14, 2026 16:00, entered by Terry Tester, MD") {
		t.Errorf("%+v", lines)
	}
}

// TestALateSignatureIsCountedAndGivenWithItsReason is on the seventh and the eighth day
// after the text was written.
func TestALateSignatureIsCountedAndGivenWithItsReason(t *testing.T) {
	now := time.Date(2026, time.May, 14, 16, 0, 0, 0, time.UTC)
	d := atDesk(t, &now)
	wear := kept(t, d)
	written(t, d, wear)
	open := func() *Interpretation {
		i, err := d.Interpretations().Open(wear)
		if err != nil {
			t.Fatal(err)
		}
		return i
	}
	now = now.AddDate(0, 0, 7)
	if i := open(); i.LateBy != 0 || i.Signed != nil {
		t.Errorf("on the seventh day late by %d", i.LateBy)
	}
	now = now.AddDate(0, 0, 1)
	i := open()
	if i.LateBy != 8 {
		t.Errorf("on the eighth day late by %d", i.LateBy)
	}
	if err := d.Interpretations().Sign(i, storagetest.Passphrase, " "); !errors.Is(err, clinic.ErrLate) {
		t.Errorf("without a reason: %v", err)
	}
	if err := d.Interpretations().Sign(i, "wrong", "on leave"); !WrongPassphrase(err) {
		t.Errorf("with a wrong passphrase: %v", err)
	}
	if open().Signed != nil {
		t.Fatal("it is signed")
	}
	if err := d.Interpretations().Sign(i, storagetest.Passphrase, " on leave "); err != nil {
		t.Fatal(err)
	}
	i = open()
	if i.Signed == nil || i.Signed.Signature.Reason != "on leave" || i.Stale != "" {
		t.Errorf("%+v", i.Signed)
	}
	if err := d.Interpretations().AddAddendum(wear, " The log came later. ", storagetest.Passphrase); err != nil {
		t.Fatal(err)
	}
	w, err := d.Wear(wear)
	if err != nil || len(w.Documents) != 2 || w.Documents[0].Kind != clinic.AddendumDocument || !strings.HasPrefix(DocumentTitle(w.Documents[1]), "Interpretation (95251), signed · ") {
		t.Errorf("%+v, %v", w.Documents, err)
	}
}

// TestTheWorkQueueStandsInItsOrder: what is overdue is first, what is only ordered last,
// and what is done is not in it.
func TestTheWorkQueueStandsInItsOrder(t *testing.T) {
	now := time.Date(2026, time.May, 14, 16, 0, 0, 0, time.UTC)
	d := atDesk(t, &now)
	open := func(name string, reviewer clinic.Person, placed string) string {
		p, err := d.Patients().Add(name, "X", "1964-06-20", name)
		if err != nil {
			t.Fatal(err)
		}
		id, err := d.Store.OpenWear(p.ID, &steps.Record{At: cgm.NewWallTime(2026, 5, 1, 9, 0, 0), Order: &steps.Order{Reviewer: reviewer}})
		if err != nil {
			t.Fatal(err)
		}
		if placed != "" {
			at, err := cgm.ParseWallTime(placed + "T10:00:00")
			if err != nil {
				t.Fatal(err)
			}
			if err := d.Store.AddStep(id, &steps.Record{Step: steps.Placed, At: at, Placement: &steps.Placement{Transmitter: "8" + name}}, false); err != nil {
				t.Fatal(err)
			}
		}
		return id
	}
	me := d.User().AsPerson()
	open("ordered", me, "")
	open("out", clinic.Person{}, "2026-05-10")
	lost := open("lost", me, "2026-05-03")
	open("overdue", me, "2026-05-03") // due on 13 May
	open("due", clinic.Person{}, "2026-05-04")
	if err := d.Store.AddStep(lost, &steps.Record{Step: steps.Lost, At: cgm.NewWallTime(2026, 5, 13, 9, 0, 0), Reason: "moved away"}, false); err != nil {
		t.Fatal(err)
	}
	names := func(mine bool) (out []string) {
		all, err := d.ToDo("", mine)
		if err != nil {
			t.Fatal(err)
		}
		for _, w := range all {
			first, _, _ := strings.Cut(d.Line(w, true).Patient, " ")
			out = append(out, first+": "+d.Action(w))
		}
		return out
	}
	if got, want := names(false), []string{"overdue: overdue: ask after it, May 13, 2026", "due: due back: record the return, May 14, 2026", "out: out, May 20, 2026", "ordered: record the insertion"}; !slices.Equal(got, want) {
		t.Errorf("%q, not %q", got, want)
	}
	if got := names(true); len(got) != 2 || !strings.HasPrefix(got[0], "overdue") || !strings.HasPrefix(got[1], "ordered") {
		t.Errorf("mine: %q", got)
	}
}

// TestAPatientsNextFreeDateIsSaid: a service on 2 May bars May, and 30 days are over on
// 1 June.
func TestAPatientsNextFreeDateIsSaid(t *testing.T) {
	d := newDesk(t)
	p, err := d.Patients().Add("Ana", "García", "6/20/1964", "A-1")
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Patients().AddService(p, " 95250 ", "5/2/2026", " Other Clinic "); err != nil {
		t.Fatal(err)
	}
	if err := d.Patients().AddService(p, "9525", "5/2/2026", ""); err == nil {
		t.Error("a code of four digits was taken")
	}
	if err := d.Patients().AddService(p, "95250", "soon", ""); err == nil {
		t.Error("a day that is none was taken")
	}
	o, err := d.Patients().Open(p)
	if err != nil {
		t.Fatal(err)
	}
	if got := value(o.Next, "Next free date for 95250"); got != "Jun 1, 2026, strictly; 1 in 2026" {
		t.Error(got)
	}
	if got := value(o.Next, "Next free date for 95251"); got != "May 14, 2026, strictly; 0 in 2026" {
		t.Error(got)
	}
	if len(o.Services) != 1 || o.Services[0] != "May 2, 2026 · 95250 · Other Clinic" {
		t.Errorf("%q", o.Services)
	}
}

// TestSomeDaysAreLookedAtAlone: 4 to 14 May 2026 are a Monday to a Thursday, with one
// Saturday and Sunday between.
func TestSomeDaysAreLookedAtAlone(t *testing.T) {
	d := newDesk(t)
	w, err := d.Wear(kept(t, d))
	if err != nil {
		t.Fatal(err)
	}
	choices := w.DayChoices()
	if len(choices) != 14 || choices[3] != "Mon, May 4" || choices[13] != "Thu, May 14" {
		t.Errorf("%q", choices)
	}
	for choice, want := range map[string]int{"All days": 11, "Monday to Friday": 9, "Saturday and Sunday": 2, "Sat, May 9": 1} {
		some, days, ok := w.OnDays(choice)
		if !ok || days != want || some.Facts.Check.Coverage.Slots != w.Facts.Check.Coverage.Slots {
			t.Errorf("%s: %d days, %v", choice, days, ok)
			continue
		}
		if shown := value(some.Figures(), "Sensor active") != "no such fact"; shown != (choice == "All days") {
			t.Errorf("%s: what the sensor was active is shown: %v", choice, shown)
		}
	}
	if _, _, ok := w.OnDays("Fri, May 15"); ok {
		t.Error("a day without readings is there")
	}
	sum := 0
	for _, choice := range []string{"Monday to Friday", "Saturday and Sunday"} {
		some, _, _ := w.OnDays(choice)
		sum += len(some.Facts.Recording.Readings)
	}
	if sum != 2824 {
		t.Errorf("%d readings on all days", sum)
	}
	if got := w.DayTitle(0); got != "Mon, May 4 · mean 159 mg/dL · 74 % in range · 141 readings" {
		t.Error(got)
	}
	for label, want := range map[string]string{"Hours recorded": "235 h 20 min", "First to last reading": "238 h", "Slots with a reading": "2824 (864 needed)", "Longest gap": "50 min", "Gaps from 30 min": "4"} {
		if got := value(w.Reasons(), label); got != want {
			t.Errorf("%s: %s", label, got)
		}
	}
}

// TestAFigureThatIsABoundIsMarked: over 1 per cent LOW and HIGH.
func TestAFigureThatIsABoundIsMarked(t *testing.T) {
	d := newDesk(t)
	w, err := d.Wear(kept(t, d))
	if err != nil {
		t.Fatal(err)
	}
	plain := w.Figures() // 11 of 2824 are 0.4 per cent
	r := *w.Facts.Recording
	r.Readings = slices.Clone(r.Readings)
	for i := range 18 { // 29 of 2824 are 1.03 per cent
		r.Readings[i].MgDL, r.Readings[i].Flag = cgm.HighMgDL, cgm.High
	}
	w.Facts.Recording, w.Facts.Analysis = &r, cgm.Analyse(&r)
	marked := w.Figures()
	for _, label := range []string{"Mean glucose", "GMI (2018)", "Variation (CV)"} {
		if strings.HasSuffix(value(plain, label), "*") || !strings.HasSuffix(value(marked, label), "*") {
			t.Errorf("%s: %s and %s", label, value(plain, label), value(marked, label))
		}
	}
	if got := value(marked, "* a bound"); got != "1.0 % LOW or HIGH" {
		t.Error(got)
	}
}

func TestThePracticesTablesTakeWhatIsTyped(t *testing.T) {
	d := newDesk(t)
	office := d.Office()
	p := billing.StrictProfile()
	p.ID, p.Name = "", "County Plan"
	for _, wrong := range []string{"-1", "two", "1.5"} {
		if err := office.SaveProfile(p, []string{wrong, ""}, ""); err == nil {
			t.Errorf("a cap of %q was taken", wrong)
		}
	}
	if err := office.SaveProfile(p, []string{" 4 ", ""}, "99999, 88888"); err != nil {
		t.Fatal(err)
	}
	all, err := office.Profiles()
	if err != nil || len(all) != 2 {
		t.Fatalf("%+v, %v", all, err)
	}
	county := all[slices.IndexFunc(all, func(p billing.PayerProfile) bool { return p.Name == "County Plan" })]
	if county.YearlyCap[clinic.Code95250] != 4 || county.YearlyCap[clinic.Code95251] != 0 || !slices.Equal(county.DoNotCombine, []string{"99999", "88888"}) || CapText(county, clinic.Code95250) != "4" || CapText(county, clinic.Code95251) != "" {
		t.Errorf("%+v", county)
	}
	if line := ProfileLine(county); !strings.Contains(line, "once a calendar month and 30 days apart, 95250 at most 4 a year") {
		t.Error(line)
	}
	path, err := office.ExportProfile(county, t.TempDir())
	if err != nil || !strings.HasSuffix(path, "payer-profile_county-plan.json") {
		t.Fatalf("%s, %v", path, err)
	}
	if back, err := office.ImportProfile(path); err != nil || back.ID != county.ID || back.Version != county.Version+1 {
		t.Errorf("%+v, %v", back, err)
	}
	if err := office.SaveFee("County Plan", "95250", "2026", "$159.90", false); err != nil {
		t.Fatal(err)
	}
	if err := office.SaveFee("County Plan", "95250", "", "1", false); err == nil {
		t.Error("a fee of no year was taken")
	}
	if lines, err := office.FeeLines(); err != nil || len(lines) != 1 || lines[0] != "County Plan · 95250 · 2026 · 159.90" {
		t.Errorf("%q, %v", lines, err)
	}
	if _, err := office.Services("May"); err == nil {
		t.Error("a month that is none was taken")
	}
	if got := office.ThisMonth(); got != "2026-05" {
		t.Error(got)
	}
}

func TestAnErrorIsASentence(t *testing.T) {
	for text, want := range map[string]string{
		"the disk is full": "The disk is full.", "it ends so.": "It ends so.",
		"export.csv: line 3 is bad": "export.csv: line 3 is bad.", "/home/x: gone": "/home/x: gone.", "C:\\x: gone": "C:\\x: gone.",
	} {
		if got := Sentence(errors.New(text)); got != want {
			t.Errorf("%q, not %q", got, want)
		}
	}
}

// TestOnlyTheLastDocumentsArePrintedTogether, and none that is not what was issued.
func TestOnlyTheLastDocumentsArePrintedTogether(t *testing.T) {
	d := newDesk(t)
	wear := kept(t, d)
	for range 2 {
		if _, err := d.Documents().Issue(wear, t.TempDir()); err != nil {
			t.Fatal(err)
		}
	}
	w, err := d.Wear(wear)
	if err != nil {
		t.Fatal(err)
	}
	latest := w.Latest()
	if len(latest) != 2 || latest[0].Kind != clinic.PrintoutDocument || latest[1].Kind != clinic.InterpretationDocument {
		t.Fatalf("%+v", latest)
	}
	for _, doc := range latest {
		for _, other := range w.Documents {
			if other.Kind == doc.Kind && other.MadeAt.After(doc.MadeAt) {
				t.Errorf("%s is not the latest", doc.ID)
			}
		}
	}
	wrong := latest[0]
	wrong.SHA256 = strings.Repeat("0", 64)
	if _, err := d.Documents().WriteAgain(w, t.TempDir(), wrong); !errors.Is(err, storage.ErrDamaged) {
		t.Errorf("a document of another hash: %v", err)
	}
	filed, all, err := d.Documents().Filed("")
	if err != nil || !all || len(filed) != len(w.Documents) {
		t.Errorf("%d documents, all %v, %v", len(filed), all, err)
	}
	if none, _, _ := d.Documents().Filed("smith"); len(none) != 0 {
		t.Errorf("%+v", none)
	}
}

// TestTheStoreLocksWhenItsMinutesAreOver, to the second.
func TestTheStoreLocksWhenItsMinutesAreOver(t *testing.T) {
	now := time.Date(2026, time.May, 14, 16, 0, 0, 0, time.UTC)
	d := atDesk(t, &now)
	minutes := time.Duration(d.Settings().LockAfter()) * time.Minute
	for since, want := range map[time.Duration]bool{0: false, minutes - time.Second: false, minutes: true, time.Hour * 24: true} {
		if got := d.Access().Idle(now.Add(-since)); got != want {
			t.Errorf("after %v: %v", since, got)
		}
	}
}
