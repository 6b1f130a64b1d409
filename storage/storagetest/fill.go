package storagetest

import (
	"fmt"
	"strconv"
	"testing"

	"tracedesk/cgm"
	"tracedesk/cgm/cgmtest"
	"tracedesk/clinic"
	"tracedesk/storage"
)

// Fill stores made-up patients, Given0 Family0 with record number 100000 and so on,
// with three short wears each.
func Fill(t testing.TB, s *storage.Store, patients int) {
	t.Helper()
	short := *cgmtest.Wear(1, 1)
	short.Readings = short.Readings[:20]
	for n := range patients {
		if err := Store(s, n, &short); err != nil {
			t.Fatal(err)
		}
	}
}

// Store stores the made-up patient of that number with three wears like the
// recording.
func Store(s *storage.Store, n int, like *cgm.Recording) error {
	var three []*cgm.Recording
	for k := range 3 {
		one := *like
		one.TransmitterID = fmt.Sprintf("8%d-%d", n, k)
		three = append(three, &one)
	}
	p := clinic.Patient{
		FirstName: "Given" + strconv.Itoa(n%97), LastName: "Family" + strconv.Itoa(n), BirthDate: "1964-06-20",
		Identifier: strconv.Itoa(100000 + n),
	}
	_, err := s.Import(p, clinic.Source{SHA256: p.Identifier}, three, false)
	return err
}
