package workflow

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"tracedesk/cgm"
	"tracedesk/clinic"
	"tracedesk/clinic/billing"
	"tracedesk/storage"
)

// table writes rows as CSV (RFC 4180), with every cell harmless to a spreadsheet. All
// tables for people go through it.
func table(rows [][]string) []byte {
	var b bytes.Buffer
	for _, row := range rows {
		for i, cell := range row {
			if i > 0 {
				b.WriteByte(',')
			}
			b.WriteString(quoted(harmless(cell)))
		}
		b.WriteByte('\n')
	}
	return b.Bytes()
}

// begins are the characters with which a spreadsheet takes a text for a formula
// (OWASP, CSV Injection), the wide forms of Asian keyboards, too.
const begins = "=+-@\t\r\n＝＋－＠"

// inside is such a character after a separator of other countries. Their spreadsheets
// ignore a quote within a line, so that a cell would begin there.
var inside = regexp.MustCompile(`([;|\t\r\n][\pZ\s"\x00-\x1f]*)([=+\-@＝＋－＠])`)

// harmless keeps a spreadsheet from taking a text for a formula: an apostrophe marks
// it as text. It looks past blanks and unprintable characters, as some spreadsheets do.
func harmless(cell string) string {
	cell = inside.ReplaceAllString(cell, "$1'$2")
	begin := strings.TrimLeftFunc(cell, func(r rune) bool {
		unseen := unicode.IsSpace(r) || !unicode.IsPrint(r) && r != utf8.RuneError || r == '"'
		return unseen && !strings.ContainsRune(begins, r)
	})
	if r, _ := utf8.DecodeRuneInString(begin); begin != "" && strings.ContainsRune(begins, r) && !number(cell) {
		return "'" + cell
	}
	return cell
}

// number says whether a cell is a plain number, which may be negative.
func number(cell string) bool {
	digits := strings.TrimPrefix(cell, "-")
	return digits != "" && strings.Trim(digits, "0123456789") == ""
}

// quoted puts a cell into quotes if it holds a separator of any country. Some use
// semicolons.
func quoted(cell string) string {
	if !strings.ContainsAny(cell, ",;|\"\t\r\n") && strings.TrimSpace(cell) == cell {
		return cell
	}
	return `"` + strings.ReplaceAll(cell, `"`, `""`) + `"`
}

// readingsCSV is the CSV of all recordings below one header. The transmitter's name
// is made harmless. Otherwise it is cgm's own CSV to the byte, from which a
// recording's hash is taken.
func readingsCSV(recordings []*cgm.Recording) []byte {
	b := bytes.NewBufferString(cgm.CSVHeader)
	for _, r := range recordings {
		safe := *r
		safe.TransmitterID = quoted(harmless(r.TransmitterID))
		var one bytes.Buffer
		_ = safe.WriteCSV(&one) // a buffer takes every byte
		b.Write(bytes.TrimPrefix(one.Bytes(), []byte(cgm.CSVHeader)))
	}
	return b.Bytes()
}

// auditCSV is the audit trail as a table.
func auditCSV(entries []storage.Entry) []byte {
	rows := [][]string{
		{
			"number", "at_utc", "user_id", "login", "act", "kind", "record", "detail", "clock_back", "previous_sha256",
			"unproven",
		},
	}
	for _, e := range entries {
		rows = append(rows,
			[]string{
				strconv.FormatUint(e.Seq, 10), e.At.UTC().Format(time.RFC3339), e.UserID, e.Login, string(e.Act), string(e.Kind),
				e.ID, e.Detail, strconv.FormatBool(e.ClockBack), e.Previous, strconv.FormatBool(e.Unproven),
			})
	}
	return table(rows)
}

// servicesCSV is the services of a month as a table, for the biller.
func servicesCSV(lines []billing.ServiceLine) []byte {
	rows := [][]string{{
		"patient", "birth_date", "record_number", "code", "date_of_service", "diagnoses", "reminders", "place",
		"supervising_practitioner", "supervising_npi",
		"signing_practitioner", "signing_npi", "payer", "profile", "documentation", "exceptions", "expected_amount",
		"outpatient_schedule", "billing", "wear",
	}}
	for _, l := range lines {
		amount := ""
		if l.Expected != nil {
			amount = billing.Dollars(*l.Expected)
		}
		var billing []string
		for _, b := range l.Billing {
			billing = append(billing, strings.TrimSpace(string(b.State)+" "+b.Reason))
		}
		rows = append(rows, []string{
			l.Patient, l.BirthDate, l.Identifier, string(l.Code), l.Date, strings.Join(l.Diagnoses, " "),
			strings.Join(l.Reminders, "; "), l.Place, l.Supervisor.Title(), l.Supervisor.NPI,
			l.Signer.Title(), l.Signer.NPI, l.Payer, l.Profile, l.Status.Sentence(), strings.Join(l.Exceptions, "; "), amount,
			strconv.FormatBool(l.Outpatient), strings.Join(billing, "; "), l.WearID,
		})
	}
	return table(rows)
}

// ErrMonth says that a month is not written as YYYY-MM.
var ErrMonth = errors.New("write a month as YYYY-MM")

// ServiceLines are the services of a month, written YYYY-MM, for the biller, by date.
// The error is ErrMonth where it is no month.
func ServiceLines(s *storage.Store, text string) (out []billing.ServiceLine, err error) {
	at, err := time.Parse("2006-01", strings.TrimSpace(text))
	if err != nil {
		return nil, fmt.Errorf("“%s” is no month: %w", text, ErrMonth)
	}
	year, month := at.Year(), int(at.Month())
	wears, err := s.Wears("")
	if err != nil {
		return nil, err
	}
	fees, err := s.Fees()
	if err != nil {
		return nil, err
	}
	for _, w := range wears {
		if !slices.ContainsFunc(w.Brief.Services,
			func(x clinic.Service) bool { return billing.InMonth(x.Date, year, month) }) {
			continue
		}
		c, err := s.Case(w.Wear.ID)
		if err != nil {
			return nil, err
		}
		p, err := s.Patient(w.Wear.PatientID)
		if err != nil {
			return nil, err
		}
		for _, l := range c.ServiceLines(p, fees) {
			if day, err := cgm.ParseDate(l.Date); err == nil && billing.InMonth(day, year, month) {
				out = append(out, l)
			}
		}
	}
	slices.SortStableFunc(out, func(a, b billing.ServiceLine) int {
		return cmp.Or(cmp.Compare(a.Date, b.Date), cmp.Compare(a.Patient, b.Patient), cmp.Compare(a.Code, b.Code))
	})
	return out, nil
}
