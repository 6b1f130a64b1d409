package job

import (
	"bytes"
	"encoding/csv"
	"strconv"
	"strings"
	"time"

	"tracedesk/assets"
	"tracedesk/report"
	"tracedesk/storage"
)

// RecoveryPage is the PDF with a store's recovery key, to print and lock away.
func RecoveryPage(s *storage.Store, key string, now time.Time) ([]byte, error) {
	settings, err := s.Settings()
	if err != nil {
		return nil, err
	}
	d, err := report.RecoveryKey(settings, s.Path(), key, now, assets.Version)
	if err != nil {
		return nil, err
	}
	return d.PDF, nil
}

// AuditCSV is the audit trail as a table.
func AuditCSV(entries []storage.Entry) []byte {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	_ = w.Write([]string{"number", "at_utc", "user_id", "login", "act", "kind", "record", "detail", "clock_back", "previous_sha256"}) // a buffer takes every byte
	for _, e := range entries {
		row := []string{strconv.FormatUint(e.Seq, 10), e.At.UTC().Format(time.RFC3339), e.UserID, e.Login, string(e.Act), string(e.Kind), e.ID, e.Detail, strconv.FormatBool(e.ClockBack), e.Previous}
		for i := range row {
			row[i] = harmless(row[i])
		}
		_ = w.Write(row)
	}
	w.Flush()
	return b.Bytes()
}

// harmless keeps a spreadsheet from taking a text for a formula.
func harmless(cell string) string {
	if strings.ContainsAny(cell[:min(1, len(cell))], "=+-@\t\r") {
		return "'" + cell
	}
	return cell
}
