package present

import (
	"strconv"
	"testing"
	"time"

	"tracedesk/storage/storagetest"
)

// BenchmarkKeystroke is what a letter typed into the start screen's search
// costs, and the first one after something was stored.
func BenchmarkKeystroke(b *testing.B) {
	for _, patients := range []int{100, 1000, 10000} {
		b.Run("patients="+strconv.Itoa(patients), func(b *testing.B) {
			d := &Desk{Store: storagetest.New(b), Now: time.Now}
			storagetest.Fill(b, d.Store, patients)
			search := func(b *testing.B, query string) {
				if found, err := d.Wears(query); err != nil || len(found) == 0 {
					b.Fatalf("%q: %d found, %v", query, len(found), err)
				}
			}
			b.Run("later", func(b *testing.B) {
				search(b, "f") // showing the screen has done this
				for n := 0; b.Loop(); n++ {
					search(b, []string{"f", "fam", "family9", "given9 family9"}[n%4])
				}
			})
			b.Run("first", func(b *testing.B) {
				for b.Loop() {
					d.lines = lines{}
					search(b, "family9")
				}
			})
		})
	}
}
