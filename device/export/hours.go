package export

import (
	"slices"
	"time"

	"tracedesk/cgm"
)

// denseShare is how much fuller an hour must be to hold two hours.
const denseShare = 1.25

// repeatedHour looks in rows with wall-clock times alone, in order of these and
// without copies, for the hour that a clock set back in autumn shows twice. It
// gives the rows of the second run, and the end of the hour. There must be one
// such hour and no more: else values contradict each other in another way.
func repeatedHour(rows []item) (second []int, end cgm.WallTime) {
	step := wallStep(rows)
	perHour := 3600 / float64(step)
	from, to := -1, -1
	for i := 0; i < len(rows); {
		j := i
		for j < len(rows) && rows[j].Display/3600 == rows[i].Display/3600 {
			j++
		}
		if float64(j-i) > denseShare*perHour+1 {
			if from >= 0 || float64(j-i) > 2*perHour+2 || !maySetBack(rows[i:j]) {
				return nil, 0
			}
			from, to = i, j
		}
		i = j
	}
	if from < 0 {
		return nil, 0
	}
	end = (rows[from].Display/3600 + 1) * 3600
	if second = secondInOrder(rows, from, to); second == nil {
		second = secondByPhase(rows, from, to, step)
	}
	if second == nil || float64(len(second)) > perHour+2 || float64(to-from-len(second)) > perHour+2 {
		second = secondWoven(rows, from, to, step)
	}
	return second, end
}

// maySetBack says whether clocks are set back in such an hour: at night, in the
// months in which either hemisphere's summer time ends, and on one device.
func maySetBack(hour []item) bool {
	at := hour[0].Display
	month := at.UTC().Month()
	night := at.Hour() <= 3
	autumn := month == time.March || month == time.April || month >= time.September && month <= time.November
	return night && autumn && !slices.ContainsFunc(hour, func(g item) bool { return g.device != hour[0].device })
}

// wallStep is the seconds between most neighbouring readings.
func wallStep(rows []item) int64 {
	readings := make([]cgm.Reading, len(rows))
	for i := range rows {
		readings[i].System = int64(rows[i].Display)
	}
	return int64(cgm.DetectInterval(readings))
}

// secondInOrder is the second run where the file has its rows in the order in
// which they were taken: the times of the hour fall once.
func secondInOrder(rows []item, from, to int) []int {
	order := make([]int, 0, to-from)
	for i := from; i < to; i++ {
		order = append(order, i)
	}
	slices.SortStableFunc(order, func(a, b int) int { return int(rows[a].line) - int(rows[b].line) })
	fall := -1
	for n := 1; n < len(order); n++ {
		if rows[order[n]].Display < rows[order[n-1]].Display {
			if fall >= 0 {
				return nil
			}
			fall = n
		}
	}
	if fall < 0 || rows[order[fall-1]].Display-rows[order[fall]].Display < 600 {
		return nil
	}
	return order[fall:]
}

// secondByPhase is the second run where readings before the hour and after it
// come at other seconds of their interval, so that each shows whose it is.
func secondByPhase(rows []item, from, to int, step int64) (second []int) {
	const tellsApart = 8 // seconds; less may be the display's delay
	if from == 0 || to == len(rows) {
		return nil
	}
	period := cgm.WallTime(step)
	off := func(a, b cgm.WallTime) cgm.WallTime {
		d := abs(a-b) % period
		return min(d, period-d)
	}
	before, after := rows[from-1].Display, rows[to].Display
	if off(before, after) < tellsApart {
		return nil
	}
	for i := from; i < to; i++ {
		if off(rows[i].Display, after) < off(rows[i].Display, before) {
			second = append(second, i)
		}
	}
	return second
}

// secondWoven is the second run where the file is sorted by its times, so that
// the two runs stand between each other: a reading that comes before the first
// run expects one is of the second.
func secondWoven(rows []item, from, to int, step int64) (second []int) {
	next := [2]cgm.WallTime{rows[from].Display, 0}
	for i := from; i < to; i++ {
		of, at := 0, rows[i].Display
		early := next[0] - at
		switch {
		case next[1] == 0 && early > 60, next[1] != 0 && abs(at-next[1]) < abs(at-next[0]):
			of = 1
		}
		if of == 1 {
			second = append(second, i)
		}
		next[of] = at + cgm.WallTime(step)
	}
	return second
}

func abs(t cgm.WallTime) cgm.WallTime { return max(t, -t) }
