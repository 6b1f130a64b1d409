package workflow

import (
	"context"
	"io/fs"
	"math/rand/v2"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"tracedesk/cgm"
	"tracedesk/cgm/cgmtest"
	"tracedesk/clinic"
	"tracedesk/clinic/steps"
	"tracedesk/clinic/wording"
	"tracedesk/device/export"
	"tracedesk/storage/storagetest"
)

// Real and made recordings that may lie beside the project.
var samples = []string{"../../../shared/samples", "../../../shared/reference/goldens"}

// therapy are words of advice, which a draft must not hold: medicines, doses,
// and what somebody should do. “Recommends” stands once, of the consensus's
// fourteen days.
var therapy = regexp.MustCompile(`(?i)\b(insulin|basal|bolus|dose|units?|metformin|sulfonylurea|glp-?1|sglt2?|increase|decrease|reduce|raise|lower the|adjust|titrate|start|stop|switch|consider|should|must|advise|suggest|treat|therapy|prescri\w*|recommend\w*|diagnos\w*)\b`)

const consensus = "The 14 days that the consensus recommends cannot be reached"

func checkDraft(t *testing.T, what string, i clinic.Interpretation) {
	t.Helper()
	if i.Assessment != "" || i.Plan != "" || i.FollowUp != "" || i.Told != "" {
		t.Errorf("%s: the clinician's parts do not start empty: %+v", what, i)
	}
	for _, f := range i.Findings {
		if f.State != "" || f.Text != f.Draft {
			t.Errorf("%s: a finding was looked at by nobody: %+v", what, f)
		}
		if found := therapy.FindString(strings.Replace(f.Text, consensus, "", 1)); found != "" {
			t.Errorf("%s: “%s” in: %s", what, found, f.Text)
		}
	}
}

func draftOf(t *testing.T, what string, r *cgm.Recording) {
	t.Helper()
	if len(r.Readings) == 0 {
		return
	}
	for _, unit := range []cgm.Unit{cgm.MgDL, cgm.MmolL} {
		set := clinic.DefaultSettings()
		set.Unit = unit
		var i clinic.Interpretation
		i.Findings = wording.DraftFindings(cgm.Findings(r, cgm.Analyse(r)), set)
		checkDraft(t, what, i)
	}
}

func TestDraftsOfRandomRecordingsSuggestNothing(t *testing.T) {
	for seed := range uint64(60) {
		rnd := rand.New(rand.NewPCG(seed, 3))
		r := cgmtest.Wear(1+rnd.IntN(12), seed)
		for i := range r.Readings { // any values at all, LOW and HIGH among them
			if g := &r.Readings[i]; seed%2 == 1 {
				g.MgDL, g.Flag = float64(39+rnd.IntN(363)), cgm.InRange
				switch {
				case g.MgDL < 40:
					g.MgDL, g.Flag = cgm.LowMgDL, cgm.Low
				case g.MgDL > 400:
					g.MgDL, g.Flag = cgm.HighMgDL, cgm.High
				}
			}
		}
		draftOf(t, "random recording", r)
	}
}

func TestDraftsOfTheSamplesSuggestNothing(t *testing.T) {
	read := 0
	for _, dir := range samples {
		err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || filepath.Ext(path) != ".csv" {
				return err
			}
			f, err := export.Open(context.Background(), path, nil, nil)
			if err != nil {
				return nil // not a recording
			}
			for _, r := range f.Recordings {
				read++
				draftOf(t, filepath.Base(path), r)
			}
			return nil
		})
		if err != nil {
			t.Skipf("the samples are not here: %v", err)
		}
	}
	if read < 10 {
		t.Errorf("only %d recordings among the samples", read)
	}
}

// TestADraftIsSignedByNobody takes a stored wear from its order to the draft:
// what stands in it is the order's and the numbers', and it cannot be signed.
func TestADraftIsSignedByNobody(t *testing.T) {
	s := storagetest.New(t)
	p, err := s.SavePatient(clinic.Patient{LastName: "Doe"})
	if err != nil {
		t.Fatal(err)
	}
	wear, err := s.OpenWear(p.ID, &steps.Record{Order: &steps.Order{Indication: "Lows at night?", Therapy: "basal insulin", Diagnoses: []string{"E11.65"}}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.ImportInto(wear, clinic.Source{SHA256: "x"}, cgmtest.Wear(10, 5), false); err != nil {
		t.Fatal(err)
	}
	i, err := Draft(s, wear, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	checkDraft(t, "stored wear", i)
	if i.Indication != "Lows at night?" || i.Therapy != "basal insulin" || i.Diagnoses != "E11.65" || len(i.Findings) == 0 {
		t.Errorf("%+v", i)
	}
	if err := i.Ready(i.RecordingHash); err == nil {
		t.Error("a draft that nobody looked at can be signed")
	}
	d, err := Issue(s, wear, time.Now())
	if err != nil || d.Facts.Signed != nil {
		t.Errorf("%+v, %v", d, err)
	}
	c, err := s.Case(wear)
	if err != nil || c.Latest(steps.Signed) != nil || c.Latest(steps.Interpreted) != nil {
		t.Errorf("%+v, %v", c, err)
	}
}
