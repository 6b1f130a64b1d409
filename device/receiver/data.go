package receiver

import (
	"cmp"
	"slices"

	"tracedesk/device/receiver/wire"
)

// records are the parsed records of all partitions, each in the order of its
// partition.
type records struct {
	egvs         []storedEGV
	pro          []*page // the pages of a Pro reader's stream, by number
	insertions   []insertion
	settings     []userSetting
	transmitters []transmitterInfo
	meters       []meter
	events       []userEvent
	serial       string
	pages        map[wire.Partition]int // read of each partition
	taken        map[pageKey]int        // how many records of a page were taken
	unknownEnd   bool                   // what the settings said last is damaged
	lost         map[pageKey]int        // readings known to have been on it, or before it, that were not read
}

type pageKey struct {
	partition wire.Partition
	number    uint32
}

// storedEGV is a glucose record with the place it stood in.
type storedEGV struct {
	egv
	on                pageKey
	backfillPartition bool
	// stored and measured are its times on the system clock as it runs now, in
	// seconds: those of the record, moved by what the clock was set since.
	stored, measured int64
	moved            int64 // that is, by so many seconds
}

// ahead is what the wall clock showed more than the system clock as it runs now.
func (e storedEGV) ahead() int64 { return e.offset() - e.moved }

// take adds a page's records. Of a page that was read before, and grew since,
// only the new ones.
func (d *records) take(p *page) {
	if d.taken == nil {
		d.taken, d.pages = map[pageKey]int{}, map[wire.Partition]int{}
	}
	d.pages[p.partition]++
	key := pageKey{p.partition, p.number}
	if p.partition == wire.ProReadings {
		d.takeStream(p)
		return
	}
	if p.partition == wire.UserSettingData {
		d.unknownEnd = p.lastDamaged
	}
	for _, b := range p.records[min(d.taken[key], len(p.records)):] {
		d.add(p, b)
	}
	d.taken[key] = max(d.taken[key], len(p.records))
	if p.damaged > 0 {
		d.lose(p.partition, p.number, p.damaged)
	}
}

func (d *records) takeStream(p *page) {
	i, there := slices.BinarySearchFunc(d.pro, p.number, func(a *page, n uint32) int { return cmp.Compare(a.number, n) })
	if there {
		d.pro[i] = p
		return
	}
	d.pro = slices.Insert(d.pro, i, p)
}

// full says whether a page of the stream holds as much as a page can.
func (d *records) full(number uint32) bool {
	n := len(d.pro)
	return n > 0 && d.pro[n-1].number == number && len(d.pro[n-1].tail) == 0
}

// lose notes readings that are known to have been on a page, or right before
// it, and were not read.
func (d *records) lose(p wire.Partition, number uint32, readings int) {
	if !holdsGlucose(p) {
		return
	}
	if d.lost == nil {
		d.lost = map[pageKey]int{}
	}
	d.lost[pageKey{p, number}] = readings
}

func (d *records) add(p *page, b []byte) {
	switch p.partition {
	case wire.EGVData, wire.BackfilledEGVData:
		e := storedEGV{
			egv: parseEGV(p.revision, b), on: pageKey{p.partition, p.number},
			backfillPartition: p.partition == wire.BackfilledEGVData,
		}
		e.stored, e.measured = int64(e.System), int64(e.Measured)
		d.egvs = append(d.egvs, e)
	case wire.InsertionTime:
		d.insertions = append(d.insertions, parseInsertion(p.revision, b))
	case wire.UserSettingData:
		d.settings = append(d.settings, parseUserSetting(p.revision, b))
	case wire.TransmitterInfoData:
		d.transmitters = append(d.transmitters, parseTransmitterInfo(b))
	case wire.MeterData:
		d.meters = append(d.meters, parseMeter(p.revision, b))
	case wire.UserEventData:
		d.events = append(d.events, parseUserEvent(b))
	case wire.ManufacturingData:
		if a, err := element(xmlRecord(b), "ManufacturingParameters"); err == nil {
			d.serial = a["SerialNumber"]
		}
	}
}

// backfilled says whether a record was stored after the reading was measured.
func (e storedEGV) backfilled() bool {
	const late = 10 * 60
	return e.backfillPartition || e.Backfilled || e.stored-e.measured > late
}

// live says whether a partition's newest record is of just now.
func (d *records) live(p wire.Partition, clock clockReading) bool {
	for _, e := range slices.Backward(d.egvs) {
		if e.on.partition == p {
			return clock.known && int64(clock.system)-int64(e.System) < liveSeconds
		}
	}
	return false
}
