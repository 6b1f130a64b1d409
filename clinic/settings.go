package clinic

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"tracedesk/cgm"
)

// Paper is a page size.
type Paper string

// The two page sizes.
const (
	Letter Paper = "Letter"
	A4     Paper = "A4"
)

// Settings are the practice's choices for what it prints and sees.
type Settings struct {
	Practice    string   `json:"practice,omitempty"` // name, printed at the head; may be empty
	Address     string   `json:"address,omitempty"`  // in one line, printed beside it
	Unit        cgm.Unit `json:"unit"`
	Paper       Paper    `json:"paper"`
	ISODates    bool     `json:"iso_dates"`              // 2024-03-04, not Mar 4, 2024
	LockMinutes int      `json:"lock_minutes,omitempty"` // without use until the window locks; 0 is DefaultLockMinutes
	// RetentionYears is how long the practice keeps recordings: older ones are
	// pointed out and never deleted by themselves. 0 points nothing out.
	RetentionYears int `json:"retention_years,omitempty"`
	// DocumentNames is how documents are called in a folder (DocumentName); empty
	// for the usual names.
	DocumentNames string `json:"document_names,omitempty"`
	// TimeZone is the practice's, by its name in the tz database (America/Chicago);
	// empty for the workstation's.
	TimeZone string `json:"time_zone,omitempty"`
	// Demo marks a store of made-up data, on every screen and page.
	Demo bool `json:"demo,omitempty"`
	// Columns are those that were chosen for files with an unknown header.
	Columns []ExportColumns `json:"columns,omitempty"`
}

// ExportColumns say which columns of a file with an unknown header hold what, by
// their titles, and in which unit glucose is. Time, glucose and unit are there.
type ExportColumns struct {
	Time            string   `json:"time"`
	Glucose         string   `json:"glucose"`
	Unit            cgm.Unit `json:"unit"`
	EventType       string   `json:"event_type,omitempty"`
	Device          string   `json:"device,omitempty"`
	Transmitter     string   `json:"transmitter,omitempty"`
	TransmitterTime string   `json:"transmitter_time,omitempty"`
}

// DefaultSettings are those of a practice in the United States.
func DefaultSettings() Settings { return Settings{Unit: cgm.MgDL, Paper: Letter} }

// DefaultLockMinutes is how long the window stays open without use.
// 45 CFR 164.312(a)(2)(iii), automatic log-off.
const DefaultLockMinutes = 15

// LockAfter is how many minutes without use the window stays open.
func (s Settings) LockAfter() int {
	if s.LockMinutes > 0 {
		return s.LockMinutes
	}
	return DefaultLockMinutes
}

// Zone is the practice's time zone: the workstation's where none is set, or
// where the set one is not known here.
func (s Settings) Zone() *time.Location {
	if zone, err := ParseZone(s.TimeZone); err == nil {
		return zone
	}
	return time.Local
}

// ParseZone is a time zone by its name in the tz database; the workstation's for
// an empty name.
func ParseZone(name string) (*time.Location, error) {
	if name = strings.TrimSpace(name); name == "" {
		return time.Local, nil
	}
	zone, err := time.LoadLocation(name)
	if err != nil || name == "Local" {
		return nil, fmt.Errorf("%w: “%s”", errZone, name)
	}
	return zone, nil
}

// errZone is a time zone that is not known.
var errZone = errors.New("there is no such time zone; write it as America/Chicago")

// Glucose is a value in the chosen unit, without it: whole mg/dL, or one
// decimal of mmol/L.
func (s Settings) Glucose(mgDL float64) string {
	if s.Unit == cgm.MmolL {
		return fmt.Sprintf("%.1f", mgDL/cgm.MgDLPerMmolL)
	}
	return fmt.Sprintf("%.0f", mgDL)
}

// Reading is a reading's value as printed: LOW and HIGH stay words.
func (s Settings) Reading(g *cgm.Reading) string {
	if g.Flag == cgm.InRange {
		return s.Glucose(g.MgDL)
	}
	return s.Recorded(g.MgDL)
}

// Recorded is a recorded value as printed, be it a reading's or the lowest or
// highest of many: what stands for LOW and HIGH is printed as that word.
func (s Settings) Recorded(mgDL float64) string {
	switch mgDL {
	case cgm.LowMgDL:
		return "LOW"
	case cgm.HighMgDL:
		return "HIGH"
	}
	return s.Glucose(mgDL)
}

// RecordedWithUnit is Recorded with the unit behind a number; a word has none.
func (s Settings) RecordedWithUnit(mgDL float64) string {
	if mgDL == cgm.LowMgDL || mgDL == cgm.HighMgDL {
		return s.Recorded(mgDL)
	}
	return s.GlucoseWithUnit(mgDL)
}

// GlucoseWithUnit is Glucose with the unit behind it.
func (s Settings) GlucoseWithUnit(mgDL float64) string { return s.Glucose(mgDL) + " " + string(s.Unit) }

// Date is a day as the practice writes it.
func (s Settings) Date(d cgm.Date) string {
	if s.ISODates {
		return d.String()
	}
	return d.Midnight().UTC().Format("Jan 2, 2006")
}

// ParseDate reads a day as people of the practice type it: YYYY-MM-DD always,
// and month/day/year where dates are American.
func (s Settings) ParseDate(text string) (cgm.Date, error) {
	text = strings.TrimSpace(text)
	d, err := cgm.ParseDate(text)
	if err == nil || s.ISODates {
		return d, err
	}
	for _, layout := range []string{"1/2/2006", "1-2-2006", "Jan 2, 2006"} {
		if t, err := time.Parse(layout, text); err == nil {
			return cgm.NewDate(t.Year(), t.Month(), t.Day()), nil
		}
	}
	return 0, fmt.Errorf("%q is no date: write it as month/day/year or YYYY-MM-DD", text)
}

// ShortDate is a day with its weekday and without its year.
func (s Settings) ShortDate(d cgm.Date) string {
	if s.ISODates {
		return d.Midnight().UTC().Format("Mon 01-02")
	}
	return d.Midnight().UTC().Format("Mon, Jan 2")
}

// DateTime is a day and a time to the minute.
func (s Settings) DateTime(t cgm.WallTime) string { return s.Date(t.Date()) + " " + t.Clock() }

// DateOf is a date kept as YYYY-MM-DD as the practice writes it; what is no
// date stays as it is, and nothing is “not given”.
func (s Settings) DateOf(iso string) string {
	if iso == "" {
		return "not given"
	}
	d, err := cgm.ParseDate(iso)
	if err != nil {
		return iso
	}
	return s.Date(d)
}

// Born is a patient's birth date in words.
func (s Settings) Born(p Patient) string {
	if p.BirthDate == "" {
		return "birth date not given"
	}
	return "born " + s.DateOf(p.BirthDate)
}

// Change is a difference of glucose in words, with the unit.
func (s Settings) Change(mgDL float64) string {
	switch {
	case mgDL > 0:
		return "up " + s.GlucoseWithUnit(mgDL)
	case mgDL < 0:
		return "down " + s.GlucoseWithUnit(-mgDL)
	}
	return "unchanged"
}
