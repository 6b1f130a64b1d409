package report

import (
	"runtime"
	"testing"
	"time"

	"tracedesk/cgm/cgmtest"
	"tracedesk/clinic"
	"tracedesk/clinic/billing"
	"tracedesk/clinic/steps"
)

// BenchmarkPacket is the evidence packet of a ten-day wear, its documents made
// before.
func BenchmarkPacket(b *testing.B) {
	f := factsOf(cgmtest.Wear(10, 5), clinic.DefaultSettings())
	check := f.Check.Record()
	e := &EvidenceFacts{Facts: f, Case: &billing.Case{Case: steps.Case{Wear: clinic.Wear{ID: "w"}, Check: &check}, Profile: billing.StrictProfile()}}
	e.Requirements = e.Case.Requirements()
	for _, d := range both(b, f) {
		e.Files = append(e.Files, File{Document: clinic.Document{Kind: clinic.PrintoutDocument, SHA256: d.SHA256, Pages: d.Pages, MadeAt: time.Unix(0, 0)}, PDF: d.PDF})
	}
	for b.Loop() {
		if _, err := Evidence(e); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkMemory is what stays in memory after 200 pairs of documents, set
// against what stays after 20.
func BenchmarkMemory(b *testing.B) {
	f := factsOf(cgmtest.Wear(10, 5), clinic.DefaultSettings())
	kept := func(reports int) float64 {
		for range reports {
			both(b, f)
		}
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return float64(m.HeapAlloc)
	}
	for b.Loop() {
		early := kept(20)
		b.ReportMetric(kept(180)/early, "after-200/after-20")
	}
}
