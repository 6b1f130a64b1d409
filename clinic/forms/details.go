package forms

import (
	"fmt"
	"strings"

	"tracedesk/clinic"
	"tracedesk/clinic/billing"
	"tracedesk/clinic/steps"
	"tracedesk/clinic/wording"
)

// Said is a label with its value.
type Said struct {
	Label string `json:"label"`
	Value string `json:"value"`
}

// teller gathers what is given, in order; what is not given is left out.
type teller struct{ out []Said }

func (t *teller) say(label, value string) {
	if value = strings.TrimSpace(value); value != "" {
		t.out = append(t.out, Said{label, value})
	}
}

func (t *teller) person(label string, p clinic.Person) {
	if p.Given() {
		name := p.Title()
		if p.NPI != "" {
			name += ", NPI " + p.NPI
		}
		t.say(label, name)
	}
}

func (t *teller) answer(label string, a steps.YesNo) { t.say(label, string(a)) }

func (t *teller) number(label string, n int, unit string) {
	if n != 0 {
		t.say(label, strings.TrimSpace(fmt.Sprintf("%d %s", n, unit)))
	}
}

// Details are what a record says beside its step, in words.
func Details(r *steps.Record) []Said {
	t := &teller{}
	if r.Corrects {
		t.say("Corrects the earlier record", "yes")
	}
	t.say("Reason", r.Reason)
	if r.Order != nil {
		tellOrder(r.Order, t)
	}
	if r.Placement != nil {
		tellPlacement(r.Placement, t)
	}
	if r.Return != nil {
		tellReturn(r.Return, t)
	}
	if r.Download != nil {
		tellDownload(r.Download, t)
	}
	if p := r.Print; p != nil {
		t.number("Pages", p.Pages, "")
		t.say("PDF, SHA-256", p.SHA256)
	}
	if g := r.Signature; g != nil {
		tellSignature(g, t)
	}
	t.say(map[steps.Step]string{steps.Addendum: "Addendum", steps.Filed: "Filed at"}[r.Step], r.Text)
	if c := r.Cleaning; c != nil {
		t.say("Items", c.Items)
		t.say("Product", c.Product)
		t.person("By", c.By)
	}
	if a := r.Answer; a != nil {
		if q := billing.QuestionAsked(a.Question); q != nil {
			t.say(q.Text, string(a.Answer))
		}
		t.say("Note", a.Note)
	}
	if o := r.Override; o != nil {
		t.say("Requirement", o.Rule+" for "+string(o.Code))
	}
	if b := r.Billing; b != nil {
		t.say("Code", string(b.Code))
		t.say("State", string(b.State))
		if b.Cents != 0 {
			t.say("Amount", billing.Dollars(b.Cents))
		}
		t.say("Denied because", b.Reason)
		t.say("Should have been caught by", b.Rule)
	}
	if x := r.Result; x != nil {
		for _, code := range billing.Codes {
			t.say("Result", billing.StatusOf(x.Requirements, code).Sentence())
		}
		t.say("Payer profile", fmt.Sprintf("%s, version %d", x.ProfileID, x.ProfileVersion))
	}
	return t.out
}

func tellOrder(o *steps.Order, t *teller) {
	t.person("Ordering clinician", o.Clinician)
	t.say("Indication", o.Indication)
	t.say("Diagnoses", wording.Listed(o.Diagnoses))
	t.say("Therapy", o.Therapy)
	t.say("A1C", o.A1C)
	t.person("Supervising practitioner", o.Supervisor)
	t.person("To be interpreted by", o.Reviewer)
	if a := o.Authorisation; a != nil {
		t.say("Prior authorisation", strings.TrimSpace(a.Number+" "+a.From+" to "+a.To))
	}
}

func tellPlacement(p *steps.Placement, t *teller) {
	t.person("Placed by", p.By)
	t.say("Place", p.Place)
	t.answer("In person", p.InPerson)
	t.answer("Identity checked", p.IdentityChecked)
	t.answer("Agreement to wear and return", p.Agreement)
	t.say("Mode", p.Mode)
	t.say("Sensor lot", p.SensorLot)
	t.say("Sensor expiry", p.SensorExpiry)
	t.say("Sensor code", p.SensorCode)
	t.answer("Factory calibrated", p.FactoryCalibrated)
	t.say("Transmitter", p.Transmitter)
	t.say("Reader", p.Reader)
	t.say("Site", strings.TrimSpace(p.Side+" "+p.Site))
	t.say("Skin", p.Skin)
	t.say("Due back", p.DueBack)
	if x := p.Training; x != nil {
		t.person("Trained by", x.By)
		t.answer("Training in person", x.InPerson)
		t.say("Topics", wording.Listed(x.Topics))
		t.answer("Teach-back", x.TeachBack)
		t.answer("Handout given", x.Handout)
		t.answer("Log sheet given", x.LogSheet)
		t.number("Training", x.Minutes, "min")
	}
}

func tellReturn(b *steps.Return, t *teller) {
	t.person("Removed by", b.By)
	t.say("Place", b.Place)
	t.answer("In person", b.InPerson)
	t.answer("Identity checked", b.IdentityChecked)
	t.say("Skin", b.Skin)
	t.say("Outcome", b.Outcome)
}

func tellDownload(d *steps.Download, t *teller) {
	t.say("Source", d.Source)
	t.say("Source, SHA-256", d.SourceSHA256)
	t.say("Recording, SHA-256", d.RecordingHash)
	t.say("Readings", fmt.Sprintf("%d, new %d; %s recorded", d.Readings, d.New, wording.Hours(d.HoursRecorded)))
	t.say("Transmitter", d.Transmitter)
	t.say("Reader", d.Reader)
	t.say("Firmware", d.Firmware)
	if d.ClockOffset != nil {
		t.say("Receiver's clock", fmt.Sprintf("%+d s from this computer's", *d.ClockOffset))
	}
	t.say("Confirmed", strings.Join(d.Confirmed, "; "))
}

func tellSignature(g *clinic.Signature, t *teller) {
	t.person("Signed by", g.By)
	t.say("At", g.At)
	t.say("Meaning", string(g.Meaning))
	t.say("Attestation", g.Attestation)
	t.say("Reason of the delay", g.Reason)
	t.say("Text, SHA-256", g.TextSHA256)
	t.say("Recording, SHA-256", g.RecordingHash)
	t.say("Settings, SHA-256", g.SettingsHash)
	t.say("PDF, SHA-256", g.PDFSHA256)
	t.say("Certificate, SHA-256", g.Certificate)
	t.say("Signature, SHA-256", g.Hash)
}
