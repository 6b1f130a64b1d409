package report

import (
	"strings"
	"time"

	"tracedesk/clinic"
	"tracedesk/report/chart"
)

// The recovery key is set in groups, to be typed without losing one's place;
// what every key begins with stands in a line of its own.
const (
	recoveryPrefix  = "AGE-SECRET-KEY-1"
	recoveryGroup   = 6
	recoveryPerLine = 4
)

// Fingerprints are what tells the practice's documents and store from forged ones, in
// hex.
type Fingerprints struct {
	Root     string // of the certificate that issues those of the clinicians
	Founding string // of the store's first record
}

// RecoveryKey is the page with a store's recovery key, to print once and lock
// away.
func RecoveryKey(
	settings clinic.Settings, store, key string, prints Fingerprints, madeAt time.Time, version string,
) (*Document, error) {
	s := newSheet(&Facts{Settings: settings, MadeAt: madeAt, Version: version}, "Recovery key of the Tracedesk store",
		"Recovery key")
	s.first("Print this page, lock it away, and delete the file.")
	s.paragraph(s.left(), s.width(),
		"This key opens the practice's store and every backup of it, without any passphrase. Whoever has it can read "+
			"all patients. There is no other copy: without it, and without a passphrase, nobody can open the store "+
			"again.", s.body())
	s.y += 12
	for _, line := range recoveryLines(key) {
		s.y += titleSize * 1.9
		s.put(s.left()+20, s.y, line, titleSize, true, chart.Left)
	}
	s.y += 24
	s.factsIn(1, []fact{{"Store", store}, {"Made", madeAt.Format("2006-01-02 15:04")}})
	s.heading("Fingerprints")
	s.paragraph(s.left(), s.width(),
		"They are no secret. The practice's root stands on every document's first page, and a document that was signed "+
			"elsewhere shows another one. The founding is that of the store itself: “Practice” in the window shows "+
			"both.", s.body())
	s.factsIn(1, []fact{{"Practice root", Grouped(prints.Root)}, {"Founding", Grouped(prints.Founding)}})
	s.heading("When it is needed")
	s.paragraph(s.left(), s.width(),
		"An administrator forgot the passphrase: in the window choose “Forgot the passphrase” and type the key, with or "+
			"without spaces, in capitals or not. Or: tracedesk user recover --store FOLDER --user LOGIN.", s.body())
	s.paragraph(s.left(), s.width(),
		"The computer is lost: tracedesk store restore BACKUP --store FOLDER --recovery-key-file FILE. A backup is a "+
			"file of the public format “age”, too: any program for that format opens it with this key.", s.body())
	s.heading("Kept by")
	s.blanks([]fact{{"Name", ""}, {"Place", ""}, {"Date", ""}})
	return s.finish()
}

func recoveryLines(key string) []string {
	lines := []string{recoveryPrefix}
	key = strings.TrimPrefix(key, recoveryPrefix)
	var line []string
	for len(key) > 0 {
		n := min(recoveryGroup, len(key))
		line, key = append(line, key[:n]), key[n:]
		if len(line) == recoveryPerLine || key == "" {
			lines, line = append(lines, strings.Join(line, "  ")), nil
		}
	}
	return lines
}
