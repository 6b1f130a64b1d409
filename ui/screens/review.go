package screens

import (
	"context"
	"fmt"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"tracedesk/clinic"
	"tracedesk/device"
	"tracedesk/ui/present"
	"tracedesk/ui/say"
	"tracedesk/ui/shell"
	"tracedesk/workflow"
)

// OpenFile reads a file beside the window and then shows the review.
func (w *Workstation) OpenFile(path string) {
	if w.Locked() {
		w.pending = path // opened once somebody has unlocked the store
		return
	}
	var review *present.Review
	w.Work(say.L("Reading the file"), func(ctx context.Context, progress device.Progress) (err error) {
		review, err = w.desk.Reading().Read(ctx, path, progress)
		return err
	}, func(err error) {
		if unknown := present.UnknownHeader(err); unknown != nil {
			w.askColumns(unknown, func() { w.OpenFile(path) })
			return
		}
		if err != nil {
			w.Fail(err)
			return
		}
		w.showReview(review)
	})
}

// reviewView is a file that was read and the choice of its patient.
type reviewView struct {
	w       *Workstation
	review  *present.Review
	problem *widget.Label
	store   *shell.Button

	chosen clinic.Patient // of the store; without an id none is chosen
	isNew  bool
	first, last, birth,
	number *shell.Entry
}

func (w *Workstation) showReview(review *present.Review) {
	v := &reviewView{w: w, review: review, problem: shell.Words("")}
	v.problem.Importance = widget.DangerImportance
	v.store = shell.PrimaryButton("", theme.DocumentSaveIcon(), v.keep)
	s := shell.Screen{Back: w.showHome}
	s.Head = container.NewBorder(nil, nil, shell.NewButtonWithIcon(say.L("Cancel"), theme.CancelIcon(), w.showHome),
		nil, shell.Title(say.L("Read – whose is it?")))
	buttons := container.NewHBox(layout.NewSpacer())
	if review.Matches() {
		buttons.Add(shell.NewButtonWithIcon(say.L("Store each with the wear that waits for it"), theme.MailForwardIcon(),
			func() { v.keepMatched(false, v.open) }))
		buttons.Add(shell.PrimaryButton(say.L("Store and print"), theme.DocumentPrintIcon(),
			func() { v.keepMatched(false, v.print) }))
		s.Primary = func() { v.keepMatched(false, v.print) }
		v.store.Importance = widget.MediumImportance
	}
	buttons.Add(v.store)
	whose, search := v.patient()
	if review.Certain() {
		whose = v.waitedFor(whose)
	}
	right := container.NewBorder(nil, container.NewVBox(v.problem, buttons), nil, nil, whose)
	split := container.NewHSplit(shell.Scrolling(v.whatWasRead()), right)
	split.SetOffset(0.48)
	s.Body, s.Search = split, search
	w.Show(s)
	v.update()
}

// whatWasRead is the file's facts, warnings first.
func (v *reviewView) whatWasRead() *fyne.Container {
	box := shell.Column(shell.Heading(say.L("What was read")), shell.Facts(v.review.Facts()))
	for _, text := range v.review.Warnings() {
		box.Add(shell.Warning(text))
	}
	for n := range v.review.Recordings {
		i := len(v.review.Recordings) - 1 - n // the latest first
		if len(v.review.Recordings) > 1 {
			tick := shell.NewCheck(fmt.Sprintf(say.L("Store recording %d"), i+1), func(on bool) { v.review.Chosen[i] = on })
			tick.SetChecked(v.review.Chosen[i])
			box.Add(tick)
		} else {
			box.Add(shell.Heading(say.L("Recording")))
		}
		box.Add(shell.Facts(v.review.RecordingFacts(i)))
	}
	return box
}

// waitedFor names the patients who wait for the recordings. A person can still choose
// another one.
func (v *reviewView) waitedFor(another fyne.CanvasObject) fyne.CanvasObject {
	box := shell.Column(shell.Heading(say.L("Waited for")))
	for _, who := range v.review.Waiting {
		if who != "" {
			box.Add(shell.Bold(who))
		}
	}
	box.Add(shell.Quiet(say.L("By the transmitter's serial, which was recorded when the sensor was placed. Check the " +
		"name against the chart.")))
	var other *shell.Button
	other = shell.NewButton(say.L("It is another patient's…"), func() {
		other.Hide()
		another.Show()
		v.store.Show()
	})
	another.Hide()
	v.store.Hide()
	return container.NewBorder(container.NewVBox(box, container.NewHBox(other)), nil, nil, nil, another)
}

const (
	inTheStore = "A patient in the store"
	newPatient = "A new patient"
)

// patient is the choice between a stored patient and a new one.
func (v *reviewView) patient() (fyne.CanvasObject, *shell.Entry) {
	known, search := v.knownPatients()
	form := v.newPatient()
	choice := widget.NewRadioGroup([]string{say.L(inTheStore), say.L(newPatient)}, nil)
	choice.Horizontal, choice.Required = true, true
	choice.OnChanged = func(which string) {
		v.isNew = which == say.L(newPatient)
		known.Hide()
		form.Hide()
		if v.isNew {
			form.Show()
		} else {
			known.Show()
		}
		v.update()
	}
	choice.SetSelected(say.L(newPatient))
	if v.review.LikelyStored() {
		choice.SetSelected(say.L(inTheStore))
	}
	return container.NewBorder(container.NewVBox(shell.Heading(say.L("Patient")), choice), nil, nil, nil,
		container.NewStack(known, form)), search
}

func (v *reviewView) knownPatients() (fyne.CanvasObject, *shell.Entry) {
	var found []clinic.Patient
	set := v.w.desk.Settings()
	list := shell.NewList(
		func() int { return len(found) },
		shell.NewBoldLine,
		func(i widget.ListItemID, row fyne.CanvasObject) {
			shell.SetLine(row, present.Identity(found[i], set))
		},
	)
	list.OnSelected = func(i widget.ListItemID) {
		v.chosen = found[i]
		v.update()
	}
	load := func(query string) {
		var err error
		if found, err = v.w.desk.Patients().Find(query); err != nil {
			v.w.Fail(err)
		}
		list.UnselectAll()
		v.chosen = clinic.Patient{}
		list.Refresh()
		v.update()
	}
	search := shell.NewSearch(say.L("Search by name, record number or birth date"), load)
	load("")
	for i, p := range found { // whom the file seems to name
		if len(v.review.Known) == 1 && p.ID == v.review.Known[0].ID {
			list.Select(i)
		}
	}
	return container.NewBorder(search, nil, nil, nil, list), search
}

func (v *reviewView) newPatient() fyne.CanvasObject {
	entry := func(text, hint string) *shell.Entry {
		e := shell.NewEntry()
		e.SetText(text)
		e.SetPlaceHolder(hint)
		e.OnChanged = func(string) { v.update() }
		e.OnSubmitted = func(string) { v.keep() }
		return e
	}
	set, named := v.w.desk.Settings(), v.review.Named
	birth, hint := named.BirthDate, say.L("month/day/year")
	if birth != "" {
		birth = set.DateOf(birth)
	}
	if set.ISODates {
		hint = "YYYY-MM-DD"
	}
	v.first, v.last = entry(named.FirstName, ""), entry(named.LastName, "")
	v.birth, v.number = entry(birth, hint), entry(named.Identifier, say.L("the practice's own number"))
	form := widget.NewForm(
		widget.NewFormItem(say.L("First name"), v.first), widget.NewFormItem(say.L("Last name"), v.last),
		widget.NewFormItem(say.L("Birth date"), v.birth), widget.NewFormItem(say.L("Record number"), v.number))
	note := shell.Quiet("")
	switch {
	case v.review.Receiver != nil:
		note.SetText(say.L("A receiver names no patient. Check the transmitter's serial number against the chart."))
	case named.Name() != (clinic.Patient{}).Name():
		note.SetText(say.L("Filled in from the file. Check it against the chart."))
	}
	return container.NewVScroll(container.NewVBox(form, note))
}

// selected is the chosen patient.
func (v *reviewView) selected() clinic.Patient {
	if v.isNew {
		return clinic.Patient{
			FirstName: v.first.Text, LastName: v.last.Text, BirthDate: v.birth.Text, Identifier: v.number.Text,
		}
	}
	return v.chosen
}

// update puts the chosen patient's name on the button that stores.
func (v *reviewView) update() {
	if v.first == nil {
		return // still being built
	}
	v.problem.SetText("")
	p := v.selected()
	if p.ID == "" && p.FirstName+p.LastName+p.Identifier == "" {
		v.store.SetText(say.L("Choose the patient first"))
		v.store.Disable()
		return
	}
	v.store.SetText(say.L("Store with ") + p.Name() + v.born(p))
	v.store.Enable()
}

// born gives the birth date, which tells two patients with the same name apart.
func (v *reviewView) born(p clinic.Patient) string {
	if p.ID == "" || p.BirthDate == "" {
		return ""
	}
	return ", " + v.w.desk.Settings().Born(p)
}

// open shows the wear that was stored.
func (v *reviewView) open(stored present.Stored) { v.w.openWear(stored.WearID, stored.Message) }

// print makes the wear's documents, opens the printout, and shows the wear.
func (v *reviewView) print(stored present.Stored) {
	dir := v.w.folder()
	doing(v.w, say.L("Making both PDFs"),
		func() (*workflow.Documents, error) { return v.w.desk.Documents().Issue(stored.WearID, dir) }, v.w.Fail,
		func(issued *workflow.Documents) {
			v.w.OpenPath(issued.Printout.Path)
			v.w.openWear(stored.WearID, stored.Message+say.L(" Both PDFs are made and saved."))
		})
}

// keepMatched stores each recording with the wear of its transmitter, and goes on.
func (v *reviewView) keepMatched(confirmed bool, then func(present.Stored)) {
	var stored present.Stored
	v.w.Work(say.L("Storing"), func(context.Context, device.Progress) (err error) {
		stored, err = v.w.desk.Reading().KeepMatched(v.review, confirmed)
		return err
	}, func(err error) {
		switch {
		case present.IsMismatch(err):
			v.w.Ask(say.L("Stop: is this the right patient?"), present.Question(err, clinic.Patient{}),
				say.L("Yes, I checked – store it"), say.L("No, go back"), func() { v.keepMatched(true, then) })
		case err != nil:
			v.w.Fail(err)
		default:
			then(stored)
		}
	})
}

func (v *reviewView) keep() { v.keepWith(v.selected(), false) }

func (v *reviewView) keepWith(p clinic.Patient, confirmed bool) {
	var stored present.Stored
	v.w.Work(say.L("Storing"), func(context.Context, device.Progress) (err error) {
		stored, err = v.w.desk.Reading().Keep(v.review, p, confirmed)
		return err
	}, func(err error) {
		switch {
		case err == nil:
			v.w.openWear(stored.WearID, stored.Message)
		case present.IsMismatch(err):
			v.w.Ask(say.L("Stop: is this the right patient?"), present.Question(err, p), say.L("Yes, I checked – store it"),
				say.L("No, go back"), func() { v.keepWith(p, true) })
		case present.IsEntry(err):
			v.problem.SetText(present.Sentence(err))
		default:
			v.w.Fail(err)
		}
	})
}
