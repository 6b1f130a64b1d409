// Package simulator is a receiver that is not there: it answers reading
// commands from a recording that it is given, or from a captured exchange, over
// any line, and misbehaves where it is told to. It stands in for the receiver in
// tests, in the demo and as the program receiversim. It refuses writing
// commands, and keeps count of them.
//
// Source: the receiver-protocol reference, sections 2 to 6.
package simulator

import (
	"encoding/binary"
	"fmt"
	"strings"
	"time"

	"tracedesk/cgm"
	"tracedesk/device/receiver/wire"
)

// Generation is which receivers are played.
type Generation string

// The generations, and a device that calls itself something else.
const (
	G4 Generation = "g4"
	G5 Generation = "g5"
	G6 Generation = "g6"
	// ProReader is the G6 Pro reader of a clinic.
	ProReader Generation = "proreader"
)

// Model is what a receiver holds: its pages and its answers to what is asked
// without a parameter.
type Model struct {
	// in order of their numbers, without holes; nil for a partition that is defined and empty
	Pages   map[wire.Partition][]Page
	Answers map[wire.Command][]byte
	Single  bool // gives no more than one page in an answer

	grown []Page // the readings' pages after the fault “grow”
	clock clock
	busy  *proBuilder // what writes the Pro reader's own log while it is read; nil elsewhere
}

// clock is the receiver's own clock, which runs on while it is played.
type clock struct {
	system int64            // seconds at the moment from
	from   time.Time        // by this computer's clock
	now    func() time.Time // this computer's clock; nil for a clock that stands still
	// aligned makes an answer wait until the middle between question and answer is
	// whole seconds after from, so that what hangs on the clock comes out as it
	// did then.
	aligned bool
}

func (c clock) read() uint32 {
	if c.now == nil {
		return uint32(c.system)
	}
	since := c.now().Sub(c.from)
	if !c.aligned {
		return uint32(c.system + int64(since.Round(time.Second)/time.Second))
	}
	next := since.Truncate(time.Second) + time.Second
	time.Sleep(2 * (next - since))
	return uint32(c.system + int64(next/time.Second))
}

// Page is a page's bytes with its number.
type Page struct {
	Number uint32
	Bytes  []byte
}

// Wear is one sensor's recording in the receiver's memory.
type Wear struct {
	Recording  *cgm.Recording
	Backfilled bool // collected from the transmitter after the wear, all of it
	Mixed      bool // half of it, and some readings in both partitions
}

// Options say what receiver it is.
type Options struct {
	Generation  Generation
	Serial      string
	Wears       []Wear
	Extras      bool   // display-only copies and state values between the readings
	ProductID   string // in place of the generation's own
	EGVRevision int    // in place of the generation's own
	ClockAhead  int    // seconds that its wall clock is off
	Blinded     bool   // its settings say that it shows no glucose
	// in use: the last reading is of now, and some come with the fault “grow”; a Pro reader
	// writes its log while it is read
	Growing    bool
	NoBackfill bool // nothing in the partition of readings that were collected later, which real receivers have

	// Of a Pro reader:
	State      ProState
	Zone       *time.Location   // the practice's; nil for this computer's
	Now        func() time.Time // this computer's clock; nil for the real one
	ClockMoved int              // seconds that the system clock was set by after the wear was collected
}

// generation is what differs between generations.
type generation struct {
	product, name, software, firmware string
	api, testAPI                      string
	egv, insertion, settings, meter   byte
	hasBackfill                       bool
	egvLength                         int
}

var generations = map[Generation]generation{
	G4: {"G4Receiver", "Dexcom G4 Receiver", "SW10050", "2.0.1.104", "2.2.0.0", "2.4.0.0", 2, 1, 3, 1, false, 13},
	G5: {
		"ScoutReceiver", "Dexcom G5 Mobile Receiver", "SW10751", "5.0.1.043", "3.0.0.0", "2.10.0.0", 5, 2, 5, 3, true, 25,
	},
	G6: {"OrionReceiver", "Dexcom G6 Receiver", "SW11163", "5.1.1.022", "3.0.0.0", "2.10.0.0", 5, 2, 6, 3, true, 25},
}

// partitions are those of the generation with the revision and length of their
// records: a G4 has 0 to 12, later receivers 0 to 14 and 16 to 18. One without
// records is defined and empty, as on a real receiver.
func (g generation) partitions() map[wire.Partition][2]int {
	out := map[wire.Partition][2]int{}
	for p, layout := range proRevisions {
		if p <= wire.UserSettingData || g.hasBackfill && p <= wire.BackfilledEGVData {
			out[p] = layout
		}
	}
	if !g.hasBackfill {
		out[wire.CalSet] = [2]int{2, 148}
	}
	for p, revision := range map[wire.Partition]byte{
		wire.InsertionTime: g.insertion, wire.UserSettingData: g.settings, wire.MeterData: g.meter,
	} {
		out[p] = [2]int{int(revision), wire.RecordLength(p, revision)}
	}
	for _, p := range []wire.Partition{wire.EGVData, wire.BackfilledEGVData} {
		if _, has := out[p]; has {
			out[p] = [2]int{int(g.egv), g.egvLength}
		}
	}
	return out
}

// displayOffset is how far the simulated wall clock is ahead of the receiver's
// own at first: some hours west, and the seconds by which nobody sets a clock.
const displayOffset = -4*3600 - 37

var le = binary.LittleEndian

// builder lays the records of wears into partitions.
type builder struct {
	options Options
	generation
	records map[wire.Partition][][]byte
	offset  int64 // display less system, now
	wears   int
	now     int64 // system seconds of the latest record
}

// New is a receiver that holds the given wears.
func New(o Options) (*Model, error) {
	if o.Serial == "" {
		o.Serial = "SM00000001"
	}
	if o.Generation == ProReader {
		return newPro(o)
	}
	g, ok := generations[o.Generation]
	if !ok {
		return nil, fmt.Errorf("there is no generation “%s”: g4, g5, g6 or proreader", o.Generation)
	}
	if o.EGVRevision != 0 {
		g.egv = byte(o.EGVRevision)
		if n := wire.RecordLength(wire.EGVData, g.egv); n > 0 {
			g.egvLength = n
		}
	}
	if o.ProductID != "" {
		g.product = o.ProductID
	}
	b := &builder{options: o, generation: g, records: map[wire.Partition][][]byte{}, offset: displayOffset}
	for _, w := range o.Wears {
		if w.Backfilled && !g.hasBackfill {
			return nil, fmt.Errorf("a receiver of generation %s knows no backfilled readings", o.Generation)
		}
		if err := b.wear(w); err != nil {
			return nil, err
		}
	}
	return b.model(), nil
}

// system is the receiver's own second at which a reading was measured: elapsed
// time is the recording's own, anchored where its wall clock stood at first.
func (b *builder) system(r *cgm.Recording, g *cgm.Reading) int64 {
	first := &r.Readings[0]
	return int64(first.Display-cgm.DexcomEpoch) - displayOffset + g.System - first.System
}

// warmUp is how long before its first reading a sensor is inserted.
const warmUp = 2 * 3600

func (b *builder) wear(w Wear) error {
	r := w.Recording
	if len(r.Readings) == 0 {
		return fmt.Errorf("a wear without readings cannot be played")
	}
	b.wears++
	id := transmitterID(r.TransmitterID, b.wears, b.options.Generation)
	inserted := b.system(r, &r.Readings[0]) - warmUp
	b.setting(inserted-30, displayOffset, id)
	b.insertion(inserted, b.transmitterSeconds(r, &r.Readings[0])-warmUp, id)
	var late []*cgm.Reading
	for i := range r.Readings {
		g := &r.Readings[i]
		system := b.system(r, g)
		if offset := int64(g.Display-cgm.DexcomEpoch) - system; offset-b.offset > 60 || b.offset-offset > 60 {
			b.setting(system-20, offset, id)
		}
		switch {
		case w.Backfilled, w.Mixed && i%2 == 1, b.missedByRadio(w, i):
			late = append(late, g)
		default:
			b.egv(wire.EGVData, r, g, system+storedAfter(b.egvRevision()), false)
			if w.Mixed && i%6 == 0 {
				late = append(late, g) // in both partitions
			}
		}
		if b.options.Extras && i%50 == 7 {
			b.extras(r, g, system)
		}
	}
	b.logged(r)
	collected := b.system(r, &r.Readings[len(r.Readings)-1]) + 3600
	for i, g := range late {
		stored := collected + int64(i/20)
		if !w.Backfilled && !w.Mixed {
			stored = b.system(r, g) + 25*60
		}
		b.egv(wire.BackfilledEGVData, r, g, stored, true)
	}
	return nil
}

// missedByRadio are readings that a receiver did not hear and collected soon
// after: every real one has some.
func (b *builder) missedByRadio(w Wear, i int) bool {
	return b.hasBackfill && !b.options.NoBackfill && !w.Mixed && (i == 10 || i == 11)
}

func (b *builder) egvRevision() byte { return b.generation.egv }

// storedAfter is how long after it was measured a live reading is stored.
func storedAfter(revision byte) int64 {
	if revision <= 3 {
		return 0
	}
	return 8
}

// transmitterID is an id of the generation's length; the nth wear has one of
// its own where its recording names none.
func transmitterID(id string, n int, g Generation) string {
	if id == "" {
		id = fmt.Sprintf("8SM%d", n)
	}
	length := 6
	if g == G4 {
		length = 5
	}
	for len(id) < length {
		id += "0"
	}
	return strings.ToUpper(id[:length])
}

// add seals a record with its checksum.
func (b *builder) add(p wire.Partition, system int64, body []byte) {
	record := le.AppendUint32(nil, uint32(system))
	record = le.AppendUint32(record, uint32(system+b.offset))
	record = append(record, body...)
	record = le.AppendUint16(record, wire.CRC(record))
	b.records[p] = append(b.records[p], record)
	b.now = max(b.now, system)
}

const (
	displayOnlyBit   = 0x8000
	onTransmitterBit = 0x4000
	backfilledBit    = 0x2000
)

// word is a reading's glucose word: LOW and HIGH as values beyond the limits.
func word(g *cgm.Reading) uint16 {
	switch g.Flag {
	case cgm.Low:
		return 30
	case cgm.High:
		return 420
	}
	return uint16(g.MgDL)
}

func (b *builder) egv(p wire.Partition, r *cgm.Recording, g *cgm.Reading, stored int64, backfilled bool) {
	b.glucose(p, r, g, stored, word(g), backfilled)
}

func (b *builder) glucose(
	p wire.Partition, r *cgm.Recording, g *cgm.Reading, stored int64, w uint16, backfilled bool,
) {
	const flat, clean = 4, 1
	if b.egvRevision() <= 3 {
		b.add(p, stored, append(le.AppendUint16(nil, w), clean<<4|flat))
		return
	}
	if b.egvRevision() >= 5 {
		w |= onTransmitterBit
		if backfilled {
			w |= backfilledBit
		}
	}
	body := le.AppendUint16(nil, w)
	body = le.AppendUint32(body, uint32(b.system(r, g)))
	body = le.AppendUint32(body, uint32(b.transmitterSeconds(r, g)))
	body = append(body, 0x7F, clean<<4|flat, 6)
	if b.egvRevision() >= 5 {
		body = le.AppendUint16(body, 13) // no prediction
	}
	b.add(p, stored, body)
}

func (b *builder) transmitterSeconds(r *cgm.Recording, g *cgm.Reading) int64 {
	if g.TransmitterSeconds != cgm.NoTransmitterTime {
		return g.TransmitterSeconds
	}
	return g.System - r.Readings[0].System + warmUp
}

// extras are what stands between readings and is none.
func (b *builder) extras(r *cgm.Recording, g *cgm.Reading, system int64) {
	for _, state := range []uint16{1, 5, 12} {
		b.glucose(wire.EGVData, r, g, system+20, state, false)
	}
	b.glucose(wire.EGVData, r, g, system+25, word(g)|displayOnlyBit, false)
}

// insertion writes that a sensor was inserted; age is that of its transmitter,
// in seconds, negative where it is not known.
func (b *builder) insertion(system, age int64, id string) {
	const started, unknown = 7, 0xFFFFFFFF
	body := append(le.AppendUint32(nil, uint32(system)), started)
	if age < 0 {
		age = unknown
	}
	if b.generation.insertion >= 2 {
		body = le.AppendUint32(body, uint32(age))
		body = append(body, id...)
	}
	b.add(wire.InsertionTime, system, body)
}

// Flags of the settings: blinded, and the alarms that a receiver begins with.
const (
	flagBlinded = 0x1
	flagAlarms  = 0x130 // low, high, out of range
)

// setting writes the user settings as they are after a change.
func (b *builder) setting(system, offset int64, id string) {
	b.offset = offset
	flags := uint32(flagAlarms)
	if b.options.Blinded {
		flags |= flagBlinded
	}
	body := le.AppendUint32(nil, systemOffset)
	body = le.AppendUint32(body, uint32(int32(offset)))
	if b.settings <= 4 {
		body = le.AppendUint32(body, packID(id))
	} else {
		body = append(body, id...)
	}
	body = le.AppendUint32(body, flags)
	const high, low, minutes, rate, english, loud, setUp = 200, 80, 30, 3, 0x0409, 3, 6
	for _, alert := range []uint16{high, minutes, low, minutes, rate, rate, minutes, english} {
		body = le.AppendUint16(body, alert)
	}
	body = append(body, loud, setUp)
	b.add(wire.UserSettingData, system, pad(body, wire.RecordLength(wire.UserSettingData, b.settings)-10))
}

// manufacturing is the body of a manufacturing record.
func manufacturing(serial string) []byte {
	xml := fmt.Sprintf("<ManufacturingParameters SerialNumber=\"%s\" HardwarePartNumber=\"MT20649\" "+
		"HardwareRevision=\"23\" DateTimeCreated=\"2024-01-01 00:00:00.000 -08:00\" "+
		"HardwareId=\"{00000000-0000-0000-0000-000000000000}\" />", serial)
	return pad([]byte(xml), wire.DataBytes-10)
}

func pad(b []byte, n int) []byte { return append(b, make([]byte, max(0, n-len(b)))...) }

const packedAlphabet = "0123456789ABCDEFGHJKLMNPQRSTUWXY"

func packID(id string) (v uint32) {
	for _, c := range id[:5] {
		v = v<<5 | uint32(max(0, strings.IndexRune(packedAlphabet, c)))
	}
	return v
}

// logged writes fingersticks and events.
func (b *builder) logged(r *cgm.Recording) {
	first := &r.Readings[0]
	at := func(system int64) int64 {
		return int64(first.Display-cgm.DexcomEpoch) - displayOffset + system - first.System
	}
	for _, c := range r.Calibrations {
		body := le.AppendUint16(nil, uint16(c.MgDL))
		if b.meter >= 3 {
			body = append(body, 1)
		}
		body = le.AppendUint32(body, uint32(at(c.System)))
		b.add(wire.MeterData, at(c.System), pad(body, wire.RecordLength(wire.MeterData, b.meter)-10))
	}
	kinds := map[cgm.EventKind]byte{cgm.Carbs: 1, cgm.Insulin: 2, cgm.Health: 3, cgm.Exercise: 4}
	for _, e := range r.Events {
		kind, has := kinds[e.Kind]
		if !has {
			continue
		}
		value := e.Value
		if e.Kind == cgm.Insulin {
			value *= 100
		}
		body := append([]byte{}, kind, 0)
		body = le.AppendUint32(body, uint32(e.Display-cgm.DexcomEpoch))
		body = le.AppendUint32(body, uint32(value))
		b.add(wire.UserEventData, at(e.System), body)
	}
}

// model lays the records into pages and answers the rest.
func (b *builder) model() *Model {
	m := &Model{Pages: map[wire.Partition][]Page{}, Answers: map[wire.Command][]byte{}}
	b.add(wire.ManufacturingData, 0, manufacturing(b.options.Serial))
	partitions := b.partitions()
	info := "<PartitionInfo SchemaVersion='1' PageHeaderVersion='1' PageDataLength='500'>"
	for p := range wire.Defined {
		layout, defined := partitions[p]
		if !defined {
			continue
		}
		info += fmt.Sprintf("<Partition Name='%s' Id='%d' RecordRevision='%d' RecordLength='%d'/>", p, byte(p),
			layout[0], layout[1])
		first := uint32(0) // a ring of one page never went around
		if holdsReadings := p == wire.EGVData || p == wire.BackfilledEGVData; holdsReadings &&
			len(b.records[p])*layout[1] > wire.DataBytes {
			first = firstPage
		}
		m.Pages[p] = layOut(p, byte(layout[0]), first, b.records[p])
	}
	m.Answers[wire.PartitionInfo] = []byte(info + "</PartitionInfo>")
	m.Answers[wire.FirmwareHeader] = fmt.Appendf(nil,
		"<FirmwareHeader SchemaVersion='1' ApiVersion='%s' TestApiVersion='%s' ProductId='%s' ProductName='%s' "+
			"SoftwareNumber='%s' FirmwareVersion='%s' PortVersion='4.6.4.45' RFVersion='1.0.0.27' DexBootVersion='3'/>",
		b.api, b.testAPI, b.product, b.name, b.software, b.firmware)
	m.Answers[wire.Ping] = nil
	m.rest()
	now := b.now + 3600
	if all := b.records[wire.EGVData]; b.options.Growing && len(all) > growsBy {
		m.grown = m.Pages[wire.EGVData]
		m.Pages[wire.EGVData] = layOut(wire.EGVData, b.egvRevision(), firstPage, all[:len(all)-growsBy])
		now = b.now + 60
	}
	m.clock = clock{system: now}
	m.Answers[wire.DisplayOffset] = le.AppendUint32(nil, uint32(int32(b.offset)+int32(b.options.ClockAhead)))
	m.Answers[wire.BatteryLevel] = le.AppendUint32(nil, 87)
	m.Answers[wire.BlindedMode] = []byte{0}
	if b.options.Blinded {
		m.Answers[wire.BlindedMode] = []byte{1}
	}
	if n := len(b.options.Wears); n > 0 {
		m.Answers[wire.TransmitterID] = []byte(transmitterID(b.options.Wears[n-1].Recording.TransmitterID, n,
			b.options.Generation))
	}
	return m
}

// Commands that the reader of this program does not use, and others do.
const (
	pageHeader       wire.Command = 18
	language         wire.Command = 27
	rtc              wire.Command = 31
	systemTimeOffset wire.Command = 35
	glucoseUnit      wire.Command = 37
	clockMode        wire.Command = 41
	chargerSetting   wire.Command = 59
	deviceMode       wire.Command = 43
	batteryState     wire.Command = 48
	boardID          wire.Command = 49
	firmwareSettings wire.Command = 54
)

// rest are the answers that other programs ask for.
func (m *Model) rest() {
	const english, mgDL, notCharging = 0x0409, 1, 2
	m.Answers[language] = le.AppendUint16(nil, english)
	m.Answers[systemTimeOffset] = le.AppendUint32(nil, systemOffset)
	m.Answers[glucoseUnit] = []byte{mgDL}
	m.Answers[clockMode] = []byte{0}
	m.Answers[chargerSetting] = []byte{2} // 500 mA
	m.Answers[deviceMode] = []byte{0}
	m.Answers[batteryState] = []byte{notCharging}
	m.Answers[boardID] = []byte{0, 0}
	m.Answers[firmwareSettings] = []byte("<FirmwareSettings FirmwareImageId='SW11163' />")
}

// growsBy is how many readings come with the fault “grow”.
const growsBy = 2

// systemOffset is how far a receiver's system time is ahead of its RTC, seconds.
const systemOffset = 371858092

// firstPage is the number of the oldest page left in a ring that went around.
const firstPage = 40

func layOut(p wire.Partition, revision byte, first uint32, records [][]byte) []Page {
	if len(records) == 0 {
		return nil
	}
	perPage := wire.DataBytes / len(records[0])
	var out []Page
	for i := 0; i < len(records); i += perPage {
		n := first + uint32(len(out))
		held := records[i:min(i+perPage, len(records))]
		out = append(out, Page{n, pageOf(p, revision, n, uint32(n)*uint32(perPage), held)})
	}
	return out
}

// pageHead is a page's header; count is its records, or of a stream its bytes.
func pageHead(p wire.Partition, revision byte, number, index uint32, count int) []byte {
	b := le.AppendUint32(nil, index)
	b = le.AppendUint32(b, uint32(count))
	b = append(b, byte(p), revision)
	b = le.AppendUint32(b, number)
	b = append(b, make([]byte, 12)...)
	return le.AppendUint16(b, wire.CRC(b))
}

func pageOf(p wire.Partition, revision byte, number, index uint32, records [][]byte) []byte {
	b := pageHead(p, revision, number, index, len(records))
	for _, r := range records {
		b = append(b, r...)
	}
	for len(b) < wire.PageBytes {
		b = append(b, 0xFF)
	}
	return b
}
