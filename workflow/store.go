package workflow

import (
	"strconv"
	"strings"
	"time"

	"tracedesk/assets"
	"tracedesk/clinic"
	"tracedesk/report"
	"tracedesk/storage"
)

// RecoveryPage is the PDF with a store's recovery key, to print and lock away.
func RecoveryPage(s *storage.Store, key []byte, now time.Time) ([]byte, error) {
	settings, err := s.Settings()
	if err != nil {
		return nil, err
	}
	prints, err := Fingerprints(s)
	if err != nil {
		return nil, err
	}
	d, err := report.RecoveryKey(settings, s.Path(), string(key), prints, now, assets.Version)
	if err != nil {
		return nil, err
	}
	return d.PDF, nil
}

// Fingerprints are the practice's, to compare with what is printed elsewhere.
func Fingerprints(s *storage.Store) (report.Fingerprints, error) {
	root, err := s.PracticeRoot()
	return report.Fingerprints{Root: storage.Fingerprint(root), Founding: s.Founding()}, err
}

// AuditCSV is the audit trail as a table. What is unproven was taken from where
// anybody can write who can write the store's file.
func AuditCSV(entries []storage.Entry) []byte {
	rows := [][]string{{"number", "at_utc", "user_id", "login", "act", "kind", "record", "detail", "clock_back", "previous_sha256", "unproven"}}
	for _, e := range entries {
		rows = append(rows, []string{
			strconv.FormatUint(e.Seq, 10), e.At.UTC().Format(time.RFC3339), e.UserID, e.Login, string(e.Act), string(e.Kind), e.ID,
			e.Detail, strconv.FormatBool(e.ClockBack), e.Previous, strconv.FormatBool(e.Unproven),
		})
	}
	return table(rows)
}

// ServicesCSV is the services of a month as a table, for the biller.
func ServicesCSV(lines []clinic.ServiceLine) []byte {
	rows := [][]string{{
		"patient", "birth_date", "record_number", "code", "date_of_service", "diagnoses", "reminders", "place", "supervising_practitioner", "supervising_npi",
		"signing_practitioner", "signing_npi", "payer", "profile", "documentation", "exceptions", "expected_amount", "outpatient_schedule", "billing", "wear",
	}}
	for _, l := range lines {
		amount := ""
		if l.Expected != nil {
			amount = clinic.Dollars(*l.Expected)
		}
		var billing []string
		for _, b := range l.Billing {
			billing = append(billing, strings.TrimSpace(string(b.State)+" "+b.Reason))
		}
		rows = append(rows, []string{
			l.Patient, l.BirthDate, l.Identifier, string(l.Code), l.Date, strings.Join(l.Diagnoses, " "), strings.Join(l.Reminders, "; "), l.Place, l.Supervisor.Title(), l.Supervisor.NPI,
			l.Signer.Title(), l.Signer.NPI, l.Payer, l.Profile, l.Status.Sentence(), strings.Join(l.Exceptions, "; "), amount, strconv.FormatBool(l.Outpatient), strings.Join(billing, "; "), l.WearID,
		})
	}
	return table(rows)
}
