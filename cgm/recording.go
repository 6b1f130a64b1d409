package cgm

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Flag says that a reading is not a measured value but a limit of the sensor.
type Flag uint8

const (
	// InRange is a measured value, 40 to 400 mg/dL on a Dexcom sensor.
	InRange Flag = iota
	// Low is below what the sensor reports; counted as LowMgDL.
	Low
	// High is above what the sensor reports; counted as HighMgDL.
	High
)

// LowMgDL and HighMgDL stand for LOW and HIGH where a value is needed, just
// outside the sensor's range of 40 to 400 mg/dL.
const (
	LowMgDL  = 39
	HighMgDL = 401
)

// String is the word of exported CSV files: empty, low or high.
func (f Flag) String() string { return [...]string{"", "low", "high"}[f] }

// FlagOf is the flag of a value that arrived as a number.
func FlagOf(mgDL float64) Flag {
	switch {
	case mgDL < 40:
		return Low
	case mgDL > 400:
		return High
	}
	return InRange
}

// NoTransmitterTime stands where a source does not give the transmitter's clock.
const NoTransmitterTime = -1

// Reading is one glucose value.
type Reading struct {
	System             int64    // seconds on the device's own clock; its zero is the source's
	Display            WallTime // what the wall clock showed
	TransmitterSeconds int64    // since the transmitter was started, or NoTransmitterTime
	MgDL               float64  // LowMgDL or HighMgDL where flagged so by a word
	Flag               Flag
	Backfilled         bool // collected from the transmitter afterwards
}

// Calibration is a fingerstick value that was entered into the device.
type Calibration struct {
	System  int64    `json:"system"`
	Display WallTime `json:"display"`
	MgDL    float64  `json:"mg_dl"`
}

// EventKind is what a patient logged.
type EventKind uint8

// The kinds of events; Value's unit is in brackets.
const (
	Carbs    EventKind = iota + 1 // grams
	Insulin                       // units
	Exercise                      // minutes
	Health                        // none
	Note                          // none
)

// String is the kind's English name.
func (k EventKind) String() string {
	return [...]string{"", "carbs", "insulin", "exercise", "health", "note"}[k]
}

// Event is what the patient logged in the app or receiver.
type Event struct {
	System  int64     `json:"system"`
	Display WallTime  `json:"display"`
	Kind    EventKind `json:"kind"`
	Subtype string    `json:"subtype,omitempty"` // the device's word: Fast-Acting, Heavy, Illness …
	Value   float64   `json:"value,omitempty"`
	Text    string    `json:"text,omitempty"`
}

// Unit is a unit of glucose concentration.
type Unit string

// The two units in use.
const (
	MgDL  Unit = "mg/dL"
	MmolL Unit = "mmol/L"
)

// MgDLPerMmolL converts between the units (the molar mass of glucose, 180.18 g/mol).
const MgDLPerMmolL = 18.018

// DexcomEpoch is where the clocks of Dexcom devices begin, 2009-01-01T00:00:00.
var DexcomEpoch = NewWallTime(2009, time.January, 1, 0, 0, 0)

// Recording is what one transmitter recorded: readings in the order of the
// device's clock, each slot once, gaps left open. What could not be told is
// empty; what was left out is counted.
type Recording struct {
	TransmitterID   string        `json:"transmitter_id,omitempty"` // empty where the source does not say
	DeviceModel     string        `json:"device_model,omitempty"`
	DeviceID        string        `json:"device_id,omitempty"`
	Unit            Unit          `json:"unit"`             // as the source writes values; Readings are always mg/dL
	IntervalSeconds int           `json:"interval_seconds"` // 300 for Dexcom G4 to G6
	Readings        []Reading     `json:"-"`
	Calibrations    []Calibration `json:"calibrations,omitempty"`
	Events          []Event       `json:"events,omitempty"`

	Duplicates int `json:"duplicates,omitempty"` // readings that stood in the source more than once
	// readings left out because another display device gave another value for the same slot
	Conflicts int `json:"conflicts,omitempty"`
	// rows of the source that could not be read; not 0 means readings may be missing
	BadRows int `json:"bad_rows,omitempty"`
	// Lost is how many readings are known to have been on the device and could
	// not be read from it.
	Lost int `json:"lost,omitempty"`
	// MayContinue says that the source does not show where the recording ends:
	// more readings may have followed.
	MayContinue bool `json:"may_continue,omitempty"`
	// InsertedAt is when the sensor was inserted, on the device's clock; 0 where
	// the source does not say. A transmitter may carry one sensor after another.
	InsertedAt int64 `json:"inserted_at,omitempty"`
	// NoDeviceClock says that the source has wall-clock times only, so that
	// a set clock cannot be told from elapsed time.
	NoDeviceClock bool `json:"no_device_clock,omitempty"`
}

// First and Last are the display times of the first and last reading. They
// must not be asked of a recording without readings.
func (r *Recording) First() WallTime { return r.Readings[0].Display }

// Last is the display time of the last reading.
func (r *Recording) Last() WallTime { return r.Readings[len(r.Readings)-1].Display }

// Count is the number of readings with the given flag.
func (r *Recording) Count(f Flag) int {
	n := 0
	for i := range r.Readings {
		if r.Readings[i].Flag == f {
			n++
		}
	}
	return n
}

// ClampedPercent is the share of readings that are LOW or HIGH; over 1 they
// distort mean and SD enough to be said (metrics-detail, section 1).
func (r *Recording) ClampedPercent() float64 {
	if len(r.Readings) == 0 {
		return 0
	}
	return 100 * float64(r.Count(Low)+r.Count(High)) / float64(len(r.Readings))
}

// DetectInterval is the seconds between readings: the median difference of
// their device times, rounded to a minute and made to divide a day (over 20
// minutes to 20, else to a multiple of 5); 300 for fewer than two readings.
// iglu 4.3.0, CGMS2DayByDay.
func DetectInterval(readings []Reading) int {
	if len(readings) < 2 {
		return 300
	}
	diffs := make([]int64, len(readings)-1)
	for i := range diffs {
		diffs[i] = readings[i+1].System - readings[i].System
	}
	slices.Sort(diffs)
	n := len(diffs)
	median := float64(diffs[(n-1)/2]+diffs[n/2]) / 2
	minutes := int(median/60 + 0.5)
	switch {
	case minutes < 1:
		minutes = 1
	case 1440%minutes == 0:
	case minutes > 20:
		minutes = 20
	case minutes%5 > 2:
		minutes += 5 - minutes%5
	default:
		minutes = max(5, minutes-minutes%5)
	}
	return minutes * 60
}

// CSVHeader is the first line of a recording's CSV.
const CSVHeader = "system_seconds,display_time,mg_dl,flag,transmitter_id,transmitter_seconds,backfilled\n"

// WriteCSV writes the recording as CSV, one line a reading, oldest first. It
// is the canonical form of the recording: Hash is the SHA-256 of these bytes,
// so that anybody can check it with sha256sum.
func (r *Recording) WriteCSV(w io.Writer) error {
	b := bufio.NewWriterSize(w, 1<<15)
	b.WriteString(CSVHeader)
	line := make([]byte, 0, 96)
	for i := range r.Readings {
		line = r.appendCSV(line[:0], &r.Readings[i])
		b.Write(line)
	}
	return b.Flush()
}

// FitsCSV says whether a transmitter's id can stand in the CSV, which holds it as it
// is: without what parts cells and rows, or is not printed. Whoever makes a recording
// of another id leaves it empty.
func FitsCSV(id string) bool {
	return utf8.ValidString(id) && !strings.ContainsFunc(id, func(r rune) bool {
		return r == ',' || r == '"' || !unicode.IsPrint(r)
	})
}

func (r *Recording) appendCSV(b []byte, g *Reading) []byte {
	b = strconv.AppendInt(b, g.System, 10)
	b = append(b, ',')
	b = appendWallTime(b, g.Display)
	b = append(b, ',')
	b = strconv.AppendFloat(b, g.MgDL, 'f', -1, 64)
	b = append(b, ',')
	b = append(b, g.Flag.String()...)
	b = append(b, ',')
	b = append(b, r.TransmitterID...)
	b = append(b, ',')
	if g.TransmitterSeconds != NoTransmitterTime {
		b = strconv.AppendInt(b, g.TransmitterSeconds, 10)
	}
	b = append(b, ',')
	b = strconv.AppendBool(b, g.Backfilled)
	return append(b, '\n')
}

func appendWallTime(b []byte, t WallTime) []byte {
	return t.UTC().AppendFormat(b, "2006-01-02T15:04:05")
}

// Hash is the SHA-256 of WriteCSV's bytes, in hex: what the printed documents
// name the recording by.
func (r *Recording) Hash() string {
	h := sha256.New()
	_ = r.WriteCSV(h) // a hash never fails to take bytes
	return hex.EncodeToString(h.Sum(nil))
}
