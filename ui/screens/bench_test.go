package screens

import (
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"tracedesk/cgm/cgmtest"
	"tracedesk/storage/storagetest"
)

// BenchmarkWindow is what a person waits for with 10,000 patients and 30,000 wears
// stored: from the passphrase, without Argon2id, to the start screen; from one
// patient's wear to another's; from view to view. Each is drawn by software.
func BenchmarkWindow(b *testing.B) {
	const patients = 10000
	s := storagetest.New(b)
	storagetest.Fill(b, s, patients)
	for n := range 2 {
		if err := storagetest.Store(s, patients+n, cgmtest.Wear(10, uint64(n))); err != nil {
			b.Fatal(err)
		}
	}
	w := newWorkstation(test.NewApp())
	w.desk.Store, frame(w).Patience = s, time.Hour
	win(w).Resize(fyne.NewSize(1366, 768))
	w.showHome()
	drawn := func() {
		for frame(w).Running() {
			time.Sleep(100 * time.Microsecond)
		}
		win(w).Canvas().Capture()
	}
	wears := map[int]string{}
	for n := range 2 {
		found, err := w.desk.Wears("family" + []string{"10000", "10001"}[n])
		if err != nil || len(found) != 3 {
			b.Fatalf("%d wears, %v", len(found), err)
		}
		wears[n] = found[0].Wear.ID
	}
	b.Run("unlocked", func(b *testing.B) {
		for b.Loop() {
			b.StopTimer()
			w.Lock()
			b.StartTimer()
			if err := s.Unlock(storagetest.Login, []byte(storagetest.Passphrase)); err != nil {
				b.Fatal(err)
			}
			w.entered()
			drawn()
		}
	})
	for name, open := range map[string]func(id string){
		"profile": func(id string) { w.openWear(id, "") }, "trace": w.openTrace,
		"evidence":       func(id string) { w.openCase(id, "") },
		"interpretation": func(id string) { w.openInterpretation(id, "") },
	} {
		b.Run("patient-to-patient="+name, func(b *testing.B) {
			for n := 0; b.Loop(); n++ {
				open(wears[n%2])
				drawn()
			}
		})
	}
}
