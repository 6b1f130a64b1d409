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

// Details are what a record says beside its step, in words.
func Details(r *steps.Record) []Said {
	t := &teller{}
	if r.Corrects {
		t.say("Corrects the earlier record", "yes")
	}
	t.say("Reason", r.Reason)
	if kind, entered := KindFor(r.Step); entered && kind.given(r) {
		kind.tell(readable(r), t)
	}
	if r.Download != nil {
		tellDownload(r.Download, t)
	}
	if p := r.Print; p != nil {
		t.say("Pages", numberInWords(p.Pages, ""))
		t.say("PDF, SHA-256", p.SHA256)
	}
	if g := r.Signature; g != nil {
		tellSignature(g, t)
	}
	if r.Step == steps.Addendum {
		t.say("Addendum", r.Text)
	}
	if x := r.Result; x != nil {
		for _, code := range billing.Codes {
			t.say("Result", billing.StatusOf(x.Requirements, code).Sentence())
		}
		t.say("Payer profile", fmt.Sprintf("%s, version %d", x.ProfileID, x.ProfileVersion))
	}
	return t.out
}

// tell says the fields of the kind, in their order.
func (k Kind) tell(r *steps.Record, t *teller) {
	for _, f := range k.Fields {
		if f.words == nil {
			continue
		}
		label := f.said
		if label == "" {
			label = questionInWords(r)
		}
		t.say(label, f.words(r))
	}
}

func personInWords(p clinic.Person) string {
	switch {
	case !p.Given():
		return ""
	case p.NPI != "":
		return p.Title() + ", NPI " + p.NPI
	}
	return p.Title()
}

func numberInWords(n int, unit string) string {
	if n == 0 {
		return ""
	}
	return strings.TrimSpace(fmt.Sprintf("%d %s", n, unit))
}

func siteInWords(r *steps.Record) string { return r.Placement.Side + " " + r.Placement.Site }

func authorisationInWords(r *steps.Record) string {
	a := r.Order.Authorisation
	if a == nil {
		return ""
	}
	return a.Number + " " + a.From + " to " + a.To
}

func questionInWords(r *steps.Record) string {
	if q := billing.QuestionAsked(r.Answer.Question); q != nil {
		return q.Text
	}
	return ""
}

// answerInWords is nothing to a question that is not asked any more.
func answerInWords(r *steps.Record) string {
	if questionInWords(r) == "" {
		return ""
	}
	return string(r.Answer.Answer)
}

func overrideInWords(r *steps.Record) string {
	return r.Override.Rule + " for " + string(r.Override.Code)
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
	t.say("Signed by", personInWords(g.By))
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
