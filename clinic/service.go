package clinic

import (
	"errors"
	"fmt"
	"strings"

	"tracedesk/cgm"
)

// Code is a CPT code, by its number alone: the descriptors are the AMA's.
type Code string

// The codes of continuous glucose monitoring.
const (
	Code95249 Code = "95249" // the patient's own equipment
	Code95250 Code = "95250" // the practice's: placement, training, removal, printout
	Code95251 Code = "95251" // interpretation and report
)

// Service is a dated service of a patient: one of the practice's wears, or one
// that was done elsewhere and entered by hand.
type Service struct {
	ID     string   `json:"id,omitempty"`
	Code   Code     `json:"code"`
	Date   cgm.Date `json:"date"`
	Where  string   `json:"where,omitempty"`   // empty: here
	WearID string   `json:"wear_id,omitempty"` // of the practice's own
	By     Person   `json:"entered_by"`
}

// Why a service cannot be taken.
var errServiceCode = errors.New("the code is not five digits")

// Validate says what is wrong with a service that was entered by hand.
func (s *Service) Validate() error {
	if len(s.Code) != 5 || strings.Trim(string(s.Code), "0123456789") != "" {
		return fmt.Errorf("%w: “%s”", errServiceCode, s.Code)
	}
	return CheckName(s.Where)
}

// Answer is what a rule says of a case.
type Answer string

// Requirement is a rule's answer for one case and code, as it is kept.
type Requirement struct {
	Rule     string   `json:"rule"`
	Code     Code     `json:"code"`
	Title    string   `json:"title"`
	Required bool     `json:"required"`
	Answer   Answer   `json:"answer"`
	Sentence string   `json:"sentence"`
	Facts    []string `json:"facts,omitempty"`
	// Of an override:
	By     string `json:"by,omitempty"`
	At     string `json:"at,omitempty"`
	Reason string `json:"reason,omitempty"`
}

// Result is what was decided when a wear was filed, with the profile that it
// was decided under: it stays, whatever changes later.
type Result struct {
	ProfileID      string        `json:"profile_id"`
	ProfileVersion int           `json:"profile_version"`
	RecordingHash  string        `json:"recording_sha256,omitempty"`
	Requirements   []Requirement `json:"requirements"`
	Services       []Service     `json:"services,omitempty"`
}
