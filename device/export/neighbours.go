package export

import (
	"cmp"
	"slices"

	"tracedesk/cgm"
)

const (
	// neighbourSeconds is how far a row without the transmitter's time may be
	// from the row that it takes its place from.
	neighbourSeconds = 12 * 3600
	// neighboursEachWay is how many rows before and after are asked. Where an
	// hour stands twice, rows of both of its runs lie beside each other.
	neighboursEachWay = 3
)

// joinNeighbours gives rows without a count the place that rows beside them in
// the file say: the nearest of them whose answer is a place that is free, or
// holds the same value.
func joinNeighbours(items []item, runs []*run) {
	if len(runs) == 0 {
		return
	}
	var counted []int
	for i := range items {
		if items[i].run >= 0 {
			counted = append(counted, i)
		}
	}
	taken := takenPlaces(items, runs)
	at := 0 // of the first counted row after i
	for i := range items {
		for at < len(counted) && counted[at] < i {
			at++
		}
		taken.place(items, runs, i, counted[max(0, at-neighboursEachWay):min(len(counted), at+neighboursEachWay)])
	}
	// A longer stretch without counts goes on from row to row, to both sides.
	for i := 1; i < len(items); i++ {
		taken.place(items, runs, i, []int{i - 1})
	}
	for i := len(items) - 2; i >= 0; i-- {
		taken.place(items, runs, i, []int{i + 1})
	}
}

// place gives row i its place by the best of the rows near it that have one.
func (p *places) place(items []item, runs []*run, i int, near []int) {
	if items[i].run >= 0 {
		return
	}
	if best, ok := p.choose(items, runs, i, near); ok {
		items[i].run, items[i].System = items[best].run, placeBy(items, i, best)
		p.late[late{items[i].run, items[i].System}] = items[i].MgDL
	}
}

// placeBy is where row i lies on the count, by a row that has its place.
func placeBy(items []item, i, by int) int64 {
	return items[by].System + int64(items[i].Display-items[by].Display)
}

// late is a place that a row without a count took.
type late struct {
	run    int
	system int64
}

// places are those that are taken: of each run the counted rows in order, and
// the rows without a count that were placed.
type places struct {
	counted [][]*cgm.Reading
	late    map[late]float64
}

func takenPlaces(items []item, runs []*run) *places {
	p := &places{make([][]*cgm.Reading, len(runs)), map[late]float64{}}
	for i := range items {
		if n := items[i].run; n >= 0 {
			p.counted[n] = append(p.counted[n], &items[i].Reading)
		}
	}
	for n := range p.counted {
		slices.SortStableFunc(p.counted[n], func(a, b *cgm.Reading) int {
			return cmp.Compare(a.TransmitterSeconds, b.TransmitterSeconds)
		})
	}
	return p
}

// choose is the row that says best where row i belongs; ok is false for none.
func (p *places) choose(items []item, runs []*run, i int, near []int) (best int, ok bool) {
	bestFree := false
	for _, n := range near {
		apart := abs(items[i].Display - items[n].Display)
		if items[n].run < 0 || apart > neighbourSeconds ||
			!sameTransmitter(runs[items[n].run].transmitter, items[i].transmitter) {
			continue
		}
		free := p.free(items[n].run, placeBy(items, i, n), items[i].MgDL)
		if !ok || free && !bestFree || free == bestFree && apart < abs(items[i].Display-items[best].Display) {
			best, bestFree, ok = n, free, true
		}
	}
	return best, ok
}

// free says whether no other value has the place.
func (p *places) free(run int, system int64, mgDL float64) bool {
	if v, there := p.late[late{run, system}]; there && v != mgDL {
		return false
	}
	all := p.counted[run]
	at, _ := slices.BinarySearchFunc(all, system-sameCountSeconds, func(g *cgm.Reading, s int64) int {
		return cmp.Compare(g.TransmitterSeconds, s)
	})
	for ; at < len(all) && all[at].TransmitterSeconds <= system+sameCountSeconds; at++ {
		if all[at].MgDL != mgDL {
			return false
		}
	}
	return true
}
