package screens

import (
	"encoding/json"
	"strings"

	"tracedesk/ui/present"
)

// The forms that are kept through a lock.
const (
	formStep           = "step/" // and the step's command
	formOrder          = "order"
	formWhose          = "whose"
	formAddendum       = "addendum"
	formEvent          = "event"
	formService        = "service"
	formInterpretation = "interpretation"
)

// takeForm opens again what the user was typing when the window locked.
func (w *Workstation) takeForm() {
	if f := w.desk.Access().TakeForm(); f != nil {
		w.reopen(f)
	}
}

// reopen opens a form again and fills it. If its wear or patient is gone by now, it
// does nothing.
func (w *Workstation) reopen(f *present.KeptForm) {
	if use, ok := strings.CutPrefix(f.Kind, formStep); ok {
		openView(w, f.ID, w.desk.Case, func(c *present.Case) {
			w.showCase(c, "")
			(&caseView{w, c}).step(use, nil)
			w.Fill(f)
		})
		return
	}
	switch f.Kind {
	case formOrder, formService:
		p, err := w.desk.Patients().ByID(f.ID)
		if err != nil {
			return
		}
		w.showPatient(p)
		if f.Kind == formOrder {
			w.askOrder(p)
		} else {
			patientView{w, p}.askService()
		}
		w.Fill(f)
	case formWhose:
		w.newWear()
		w.Fill(f)
	case formEvent:
		openView(w, f.ID, w.desk.Wear, func(wear *present.Wear) {
			w.showTrace(wear)
			(&wearView{w, wear}).askEvent(wear.Facts.Recording.First())
			w.Fill(f)
		})
	case formAddendum, formInterpretation:
		openView(w, f.ID, w.desk.Interpretations().Open, func(i *present.Interpretation) {
			if len(f.Extra) > 0 && i.Signed == nil {
				_ = json.Unmarshal(f.Extra, &i.Draft.Findings) // as it was written
			}
			v := w.showInterpretation(i, "")
			if f.Kind == formAddendum && i.Signed != nil {
				v.askAddendum()
			}
			w.Fill(f)
		})
	}
}
