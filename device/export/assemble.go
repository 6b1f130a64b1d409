package export

import (
	"cmp"
	"slices"
	"sort"

	"tracedesk/cgm"
)

// sameSlotSeconds is how far apart two display devices may log one reading.
const sameSlotSeconds = 150

// assemble makes a recording of each group of rows.
func (c *collector) assemble() ([]*cgm.Recording, []Problem) {
	c.settleDates()
	var out []*cgm.Recording
	ofGroup := map[uint16]*cgm.Recording{}
	for i := range c.groups {
		if c.groups[i].rows > 0 {
			r := c.recording(uint16(i))
			ofGroup[uint16(i)] = r
			out = append(out, r)
		}
	}
	slices.SortStableFunc(out, func(a, b *cgm.Recording) int { return cmp.Compare(a.First(), b.First()) })
	c.placeCalibrations(ofGroup)
	for i := range c.events {
		e := &c.events[i]
		r := nearestRecording(out, e.event.Display)
		e.event.System = systemAt(r, e.event.Display)
		r.Events = append(r.Events, e.event)
	}
	for _, r := range out {
		r.Events = slices.Compact(r.Events)
		slices.SortStableFunc(r.Events, func(a, b cgm.Event) int { return cmp.Compare(a.System, b.System) })
		r.Events = slices.Compact(r.Events)
	}
	return out, c.notes(out)
}

// recording puts the rows of one group in order, each reading once.
func (c *collector) recording(n uint16) *cgm.Recording {
	g := &c.groups[n]
	r := &cgm.Recording{TransmitterID: g.transmitter, Unit: c.unit, BadRows: c.bad, NoDeviceClock: !g.hasStart}
	readings, origins := c.rowsOf(n)
	var perDevice [256]int
	for i := range readings {
		setSystem(&readings[i], g)
		perDevice[origins[i].device]++
	}
	if !strictlyRising(readings) || len(c.devices) > 1 {
		readings = keepOnce(r, inOrder(readings, origins), &perDevice)
	}
	r.Readings = readings
	r.IntervalSeconds = cgm.DetectInterval(r.Readings)
	if len(c.devices) > 0 {
		main := 0
		for d := range c.devices {
			if perDevice[d] > perDevice[main] {
				main = d
			}
		}
		r.DeviceID, r.DeviceModel = c.devices[main].id, c.devices[main].model
	}
	return r
}

// rowsOf are the rows of a group; the usual file of one transmitter gives its
// slices away, without copying.
func (c *collector) rowsOf(n uint16) ([]cgm.Reading, []origin) {
	if len(c.groups) == 1 {
		return c.rows.readings, c.rows.origins
	}
	readings, origins := make([]cgm.Reading, 0, c.groups[n].rows), make([]origin, 0, c.groups[n].rows)
	for i, from := range c.rows.origins {
		if from.group == n {
			readings, origins = append(readings, c.rows.readings[i]), append(origins, from)
		}
	}
	return readings, origins
}

func strictlyRising(readings []cgm.Reading) bool {
	for i := 1; i < len(readings); i++ {
		if readings[i].System <= readings[i-1].System {
			return false
		}
	}
	return true
}

// row is a reading with its display device, for putting rows in order.
type row struct {
	cgm.Reading
	device uint8
}

func inOrder(readings []cgm.Reading, origins []origin) []row {
	rows := make([]row, len(readings))
	for i := range rows {
		rows[i] = row{readings[i], origins[i].device}
	}
	slices.SortStableFunc(rows, func(a, b row) int { return cmp.Compare(a.System, b.System) })
	return rows
}

// setSystem gives a reading its place on the device's clock: the transmitter's
// seconds; for a row that lacks them, what the rows beside it say; without any
// in the file, the wall clock.
func setSystem(g *cgm.Reading, of *group) {
	switch {
	case g.TransmitterSeconds != cgm.NoTransmitterTime:
		g.System = g.TransmitterSeconds
	case of.hasStart:
		g.System = int64(g.Display) - of.start
	default:
		g.System = int64(g.Display - cgm.DexcomEpoch)
	}
}

// keepOnce leaves each reading once: the same time from the same device is the
// same reading; from two display devices so is a time within half an interval,
// where the device with more readings is kept.
func keepOnce(r *cgm.Recording, rows []row, perDevice *[256]int) []cgm.Reading {
	kept := rows[:0]
	for _, next := range rows {
		if len(kept) == 0 {
			kept = append(kept, next)
			continue
		}
		last := &kept[len(kept)-1]
		apart := next.System - last.System
		if apart > 0 && (next.device == last.device || apart > sameSlotSeconds) {
			kept = append(kept, next)
			continue
		}
		if next.MgDL == last.MgDL {
			r.Duplicates++
		} else {
			r.Conflicts++
		}
		if next.device != last.device && perDevice[next.device] > perDevice[last.device] {
			*last = next
		}
	}
	readings := make([]cgm.Reading, len(kept))
	for i := range kept {
		readings[i] = kept[i].Reading
	}
	return readings
}

func (c *collector) placeCalibrations(ofGroup map[uint16]*cgm.Recording) {
	for i, g := range c.calibrations.readings {
		group := c.calibrations.origins[i].group
		r := ofGroup[group]
		if r == nil {
			continue // a transmitter with calibrations and no reading has no recording
		}
		setSystem(&g, &c.groups[group])
		r.Calibrations = append(r.Calibrations, cgm.Calibration{System: g.System, Display: g.Display, MgDL: g.MgDL})
	}
	for _, r := range ofGroup {
		slices.SortStableFunc(r.Calibrations, func(a, b cgm.Calibration) int { return cmp.Compare(a.System, b.System) })
		r.Calibrations = slices.CompactFunc(r.Calibrations, func(a, b cgm.Calibration) bool {
			return b.System-a.System <= sameSlotSeconds && a.MgDL == b.MgDL
		})
	}
}

// nearestRecording is the recording that t lies in, or is nearest to.
func nearestRecording(recordings []*cgm.Recording, t cgm.WallTime) *cgm.Recording {
	return slices.MinFunc(recordings, func(a, b *cgm.Recording) int {
		return cmp.Compare(distance(a, t), distance(b, t))
	})
}

func distance(r *cgm.Recording, t cgm.WallTime) cgm.WallTime {
	return max(0, r.First()-t, t-r.Last())
}

// systemAt is the device time at which the display clock showed t: by the
// reading next to it.
func systemAt(r *cgm.Recording, t cgm.WallTime) int64 {
	i := sort.Search(len(r.Readings), func(i int) bool { return r.Readings[i].Display >= t })
	g := &r.Readings[min(i, len(r.Readings)-1)]
	return g.System + int64(t-g.Display)
}
