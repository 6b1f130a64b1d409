package cgm_test

import (
	"fmt"
	"testing"

	"tracedesk/cgm"
	"tracedesk/cgm/cgmtest"
)

// BenchmarkAnalyse is all metrics, the profile, the episodes and the patterns
// of wears of three lengths: the cost of a day must not grow with the days.
func BenchmarkAnalyse(b *testing.B) {
	for _, days := range []int{10, 90, 900} {
		r := cgmtest.Wear(days, 5)
		b.Run(fmt.Sprintf("days=%d", days), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				cgm.Findings(r, cgm.Analyse(r))
			}
			b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N*days), "µs/day")
		})
	}
}
