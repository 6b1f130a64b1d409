package clinic

import (
	"errors"
	"fmt"
	"strings"

	"tracedesk/cgm"
)

// Patient is whom a recording belongs to, as the practice knows them.
type Patient struct {
	ID         string `json:"id,omitempty"` // ours, random, without meaning
	FirstName  string `json:"first_name,omitempty"`
	LastName   string `json:"last_name,omitempty"`
	BirthDate  string `json:"birth_date,omitempty"` // YYYY-MM-DD, empty when not known
	Identifier string `json:"identifier,omitempty"` // the practice's record number
}

// NewPatient is a patient as a source names them, for a person to check: the
// birth date as YYYY-MM-DD where it can be read in one way, else as written.
func (s Settings) NewPatient(firstName, lastName, birthDate, identifier string) Patient {
	p := Patient{
		FirstName: strings.TrimSpace(firstName), LastName: strings.TrimSpace(lastName),
		BirthDate: strings.TrimSpace(birthDate), Identifier: strings.TrimSpace(identifier),
	}
	if d, err := s.ParseDate(birthDate); err == nil {
		p.BirthDate = d.String()
	}
	return p
}

// HasLastName says whether that was typed which confirms that this patient is
// meant; capitals do not count.
func (p Patient) HasLastName(typed string) bool {
	return strings.EqualFold(strings.TrimSpace(typed), strings.TrimSpace(p.LastName))
}

// Name is first and last name, or the record number of a patient without a name.
func (p Patient) Name() string {
	name := strings.TrimSpace(p.FirstName + " " + p.LastName)
	switch {
	case name != "":
		return name
	case p.Identifier != "":
		return p.Identifier
	}
	return "Patient not named"
}

// Why a patient's facts cannot be taken.
var (
	ErrNoIdentity  = errors.New("a patient needs a name or a record number")
	ErrBirthDate   = errors.New("the birth date is not a date of the form YYYY-MM-DD")
	ErrBornInTime  = errors.New("the birth date lies in the future")
	ErrBornLongAgo = errors.New("the birth date lies more than 130 years back")
)

// Validate says what is wrong with the patient's facts on the given day.
func (p Patient) Validate(today cgm.Date) error {
	if strings.TrimSpace(p.FirstName+p.LastName+p.Identifier) == "" {
		return ErrNoIdentity
	}
	if err := p.CheckNames(); err != nil {
		return err
	}
	if p.BirthDate == "" {
		return nil
	}
	born, err := cgm.ParseDate(p.BirthDate)
	switch {
	case err != nil:
		return ErrBirthDate
	case born > today:
		return ErrBornInTime
	case today-born > 130*366:
		return ErrBornLongAgo
	}
	return nil
}

// CheckNames says why the patient's names or number cannot be taken.
func (p Patient) CheckNames() error { return CheckName(p.FirstName, p.LastName, p.Identifier) }

// SameAs says whether two records may well be one person: the same record
// number, or the same name and birth date.
func (p Patient) SameAs(other Patient) bool {
	same := func(a, b string) bool {
		return a != "" && strings.EqualFold(strings.TrimSpace(a), strings.TrimSpace(b))
	}
	return same(p.Identifier, other.Identifier) ||
		same(p.FirstName+" "+p.LastName, other.FirstName+" "+other.LastName) && p.BirthDate != "" &&
			compareBirths(p.BirthDate, other.BirthDate) == bornSame
}

// Mismatch compares the patient with whom a source names: the facts that both
// give and that differ, in words for a person to confirm; empty when none do.
func (p Patient) Mismatch(source Patient) []string {
	var out []string
	differ := func(what, ours, theirs string) {
		if ours != "" && theirs != "" && !strings.EqualFold(strings.TrimSpace(ours), strings.TrimSpace(theirs)) {
			out = append(out, fmt.Sprintf("%s is “%s” here and “%s” in the file", what, ours, theirs))
		}
	}
	differ("first name", p.FirstName, source.FirstName)
	differ("last name", p.LastName, source.LastName)
	if p.BirthDate != "" && source.BirthDate != "" {
		switch compareBirths(p.BirthDate, source.BirthDate) {
		case bornOtherwise:
			differ("birth date", p.BirthDate, source.BirthDate)
		case bornExchanged:
			out = append(out,
				fmt.Sprintf("birth date is “%s” here and “%s” in the file, the same only if day and month are exchanged",
					p.BirthDate, source.BirthDate))
		}
	}
	differ("record number", p.Identifier, source.Identifier)
	return out
}
