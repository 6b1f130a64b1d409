package report

import (
	"fmt"
	"time"

	"tracedesk/cgm"
	"tracedesk/clinic"
	"tracedesk/report/chart"
)

// Language is that of the patient's page.
type Language string

// The languages of the patient's page.
const (
	English Language = "en"
	Spanish Language = "es"
)

// patientWords are the page's sentences. They describe; they advise nothing.
type patientWords struct {
	title, between, ranges, mean, how, profile, picture, noProfile, talk string
	date                                                                 func(cgm.Date) string
}

var spanishMonths = [...]string{
	"enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "octubre", "noviembre",
	"diciembre",
}

var patientLanguages = map[Language]patientWords{
	English: {
		title:   "Your glucose recording",
		between: "From %s to %s the sensor measured your glucose for %s.",
		ranges:  "Of every 24 hours, about %s were between %s and %s, about %s below, and about %s above.",
		mean:    "Your average was %s.",
		how:     "%d hours", profile: "Your days on top of each other",
		picture: "The dark line is the middle of your days at each time of day. The wider the colored band, the more " +
			"your days differ there. The green band is the target range.",
		noProfile: "There were too few days to lay them on top of each other.",
		talk: "Your clinician will talk with you about what this means. This page only describes what was " +
			"measured. Please change nothing because of it.",
		date: func(d cgm.Date) string { return d.Midnight().UTC().Format("January 2, 2006") },
	},
	Spanish: {
		title:   "Su registro de glucosa",
		between: "Del %s al %s el sensor midió su glucosa durante %s.",
		ranges:  "De cada 24 horas, unas %s estuvieron entre %s y %s, unas %s por debajo y unas %s por encima.",
		mean:    "Su promedio fue de %s.",
		how:     "%d horas", profile: "Sus días, uno sobre otro",
		picture: "La línea oscura es el punto medio de sus días a cada hora. Cuanto más ancha es la banda de color, " +
			"más se diferencian sus días a esa hora. La banda verde es el rango objetivo.",
		noProfile: "Hubo muy pocos días para ponerlos uno sobre otro.",
		talk: "Su médico hablará con usted sobre lo que esto significa. Esta hoja solo describe lo que se midió. " +
			"Por favor, no cambie nada a causa de ella.",
		date: func(d cgm.Date) string {
			t := d.Midnight().UTC()
			return fmt.Sprintf("%d de %s de %d", t.Day(), spanishMonths[t.Month()-time.January], t.Year())
		},
	},
}

// Type sizes of the patient's page: large, for eyes that need it.
const (
	patientSize    = 16
	patientHeading = 19
)

// PatientPage is one page for the patient, in plain words and large type: what
// was measured, and the profile. An unknown language is English. What the
// clinician writes is not in it, nor in what it carries.
func PatientPage(f *Facts, language Language) (*Document, error) {
	words, ok := patientLanguages[language]
	if !ok {
		language, words = English, patientLanguages[English]
	}
	own := *f
	own.Interpretation, own.Signed, own.Before, own.SourceName, own.SourceHash = clinic.Interpretation{}, nil, nil, "", ""
	f = &own
	s := newSheet(f, words.title, words.title)
	s.says.Language = string(language)
	s.prove(clinic.PatientDocument)
	s.first(f.Patient.Name() + " · " + words.date(f.Recording.First().Date()))
	large := chart.Text{Size: patientSize, Color: s.palette.Ink}
	for _, sentence := range s.patientSentences(words) {
		s.y += 8
		s.paragraph(s.left(), s.width(), sentence, large)
	}
	s.y += patientHeading * 1.8
	s.put(s.left(), s.y, words.profile, patientHeading, true, chart.Left)
	s.y += 10
	style := s.style()
	style.Small = 12
	box := chart.Box{X: s.left() + 38, Y: s.y + 4, W: s.width() - 38 - 40, H: 190}
	explanation := words.picture
	if !chart.Profile(s, box, f.Analysis.Profile, style) {
		explanation = words.noProfile
	}
	s.y = box.Bottom() + style.Small*1.6
	s.paragraph(s.left(), s.width(), explanation, chart.Text{Size: 13, Color: s.palette.Muted})
	s.y += 10
	s.paragraph(s.left(), s.width(), words.talk, chart.Text{Size: patientSize, Bold: true, Color: s.palette.Ink})
	return s.finish()
}

func (s *sheet) patientSentences(w patientWords) []string {
	f, set := s.facts, s.facts.Settings
	shares := f.Analysis.Summary.Shares
	return []string{
		fmt.Sprintf(w.between, w.date(f.Recording.First().Date()), w.date(f.Recording.Last().Date()),
			fmt.Sprintf(w.how, int(f.Check.Coverage.HoursRecorded))),
		fmt.Sprintf(w.ranges, hoursADay(shares.InRange), set.Glucose(cgm.TargetLow), set.GlucoseWithUnit(cgm.TargetHigh),
			hoursADay(shares.VeryLow+shares.Low), hoursADay(shares.High+shares.VeryHigh)),
		fmt.Sprintf(w.mean, set.GlucoseWithUnit(f.Analysis.Summary.Mean)),
	}
}

// hoursADay is a share of the readings as hours of a day, to the half hour.
func hoursADay(percent float64) string {
	halves := int(percent/100*48 + 0.5)
	if halves == 0 && percent > 0 {
		return "< ½"
	}
	whole := fmt.Sprint(halves / 2)
	switch {
	case halves%2 == 0:
		return whole
	case halves == 1:
		return "½"
	}
	return whole + "½"
}
