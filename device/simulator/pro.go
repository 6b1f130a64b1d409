package simulator

import (
	"fmt"
	"math/rand/v2"
	"time"

	"tracedesk/cgm"
	"tracedesk/device/receiver/wire"
)

// ProState is what became of the last wear on a Pro reader.
type ProState string

// The states that a Pro reader is played in; the empty one is collected.
const (
	ProCollected  ProState = "collected"
	ProCollecting ProState = "collecting"
	ProIdle       ProState = "idle"    // nothing was collected yet
	ProCleared    ProState = "cleared" // uploaded by the maker's program
)

// Working states in a Pro reader's settings.
const (
	workIdle, workConnecting, workConnected, workCollecting = 1, 2, 3, 5
	workCollected, workRead, workUploaded                   = 6, 8, 14
)

// What a Pro reader writes where nothing is.
const (
	proNobody       = "333333"
	proNoActivation = 1239676928
	proFlags        = 0x3530
)

// proRevisions are a Pro reader's partitions with the revision and length of
// their records.
var proRevisions = map[wire.Partition][2]int{
	0: {1, 500}, 1: {1, 500}, 2: {1, 500}, 3: {1, 20}, 4: {5, 25}, 5: {3, 249}, 6: {1, 15}, 7: {2, 25}, 8: {1, 20},
	9:  {1, 500},
	10: {3, 21}, 11: {1, 20}, 12: {6, 60}, 13: {1, 50}, 14: {1, 35}, 16: {1, 500}, 17: {1, 500}, 18: {5, 25},
	20: {5, 1}, 21: {2, 1},
}

// proFirmware is a real reader's firmware header, but for the address of its radio.
const proFirmware = "<FirmwareHeader SchemaVersion='1' ApiVersion='3.2.0.0' TestApiVersion='2.11.0.0' " +
	"ProductId='%s' ProductName='Dexcom Pro Reader' SoftwareNumber='SW12011' FirmwareVersion='1.0.3.2' " +
	"PortVersion='4.6.7.84' RFVersion='1' BLESoftwareVersion='1.1.2.09/0.2.0.1' BLEHardwareVersion='HW0138' " +
	"BLEDeviceAddress='000000000000' DexBootVersion='9' TinyBooterVersion='1' FlashType='1' MinimumBoardRevision='0' " +
	"MaximumBoardRevision='2' MaxWriteSize='64'/>"

// proBuilder lays what a Pro reader holds into partitions.
type proBuilder struct {
	builder
	id       string
	work     byte
	system   int64 // the system offset in the settings
	firstOf  map[wire.Partition]uint32
	wasRead  bool
	answered int
}

// newPro is a G6 Pro reader. The last wear is on it; of those before, its
// history knows the transmitters.
func newPro(o Options) (*Model, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Zone == nil {
		o.Zone = time.Local
	}
	b := &proBuilder{
		id: proNobody, work: workIdle, system: systemOffset,
		firstOf: map[wire.Partition]uint32{wire.UserSettingData: 15, wire.TransmitterInfoData: 10, wire.ReceiverLogData: 3},
	}
	_, east := o.Now().In(o.Zone).Zone()
	b.builder = builder{options: o, records: map[wire.Partition][][]byte{}, offset: int64(east)}
	product := o.ProductID
	if product == "" {
		product = "ProReader"
	}
	var stream []byte
	for i, w := range o.Wears {
		if len(w.Recording.Readings) == 0 {
			return nil, fmt.Errorf("a wear without readings cannot be played")
		}
		last := i == len(o.Wears)-1
		stream = b.wear(w, i+1, last)
	}
	if len(o.Wears) == 0 {
		b.setting(systemOf(o.Now()) - 3600)
	}
	b.add(wire.ManufacturingData, 0, manufacturing("SM00000000")) // as the unit was made
	b.add(wire.ManufacturingData, 1, manufacturing(o.Serial))     // and as it was reworked
	b.add(wire.FirmwareParameterData, 0,
		pad([]byte(`<FPR><FirmwareSettings FirmwareImageId="{00000000-0000-0000-0000-000000000000}" /></FPR>`), 490))
	b.add(wire.PCSoftwareParameter, 0, pad([]byte(`<PCParameterRecord Nickname="WRITTEN BY A PERSON" />`), 490))
	return b.model(product, stream), nil
}

// systemOf is a moment on a system clock that was set to UTC.
func systemOf(t time.Time) int64 { return t.Unix() - int64(cgm.DexcomEpoch) }

// started is when a recording's transmitter was started, on a system clock that
// is UTC: its first reading's wall clock, in the practice's zone, less its age.
func (b *proBuilder) started(r *cgm.Recording) int64 {
	first := &r.Readings[0]
	w := first.Display.UTC()
	at := time.Date(w.Year(), w.Month(), w.Day(), w.Hour(), w.Minute(), w.Second(), 0, b.options.Zone)
	return systemOf(at) - b.transmitterSeconds(r, first)
}

// wear writes a wear's records, and gives its stream where it is the one that
// lies on the reader.
func (b *proBuilder) wear(w Wear, n int, last bool) []byte {
	r := w.Recording
	id := transmitterID(r.TransmitterID, n, ProReader)
	start := b.started(r)
	b.contact(start+900, id, start)
	state := b.options.State
	if last && state == ProIdle {
		return nil
	}
	end := start + b.transmitterSeconds(r, &r.Readings[len(r.Readings)-1]) + 3600
	b.contact(end, id, start)
	b.collect(end+5, last && state == ProCollecting)
	if !last || state == ProCleared {
		b.upload(end + 3600)
		return nil
	}
	if moved := int64(b.options.ClockMoved); moved != 0 {
		b.moveClock(end+7200, moved)
	}
	return b.stream(r)
}

// setting writes the settings as they are after a change.
func (b *proBuilder) setting(system int64) {
	body := le.AppendUint32(nil, uint32(int32(b.system)))
	body = le.AppendUint32(body, uint32(int32(b.offset)))
	body = append(body, b.id...)
	body = le.AppendUint32(body, proFlags)
	body = pad(body, 60-10)
	body[43-8] = 2 // its set-up state
	copy(body[47-8:], "0000")
	body[51-8] = b.work
	b.add(wire.UserSettingData, system, body)
}

// contact is a visit to a transmitter: entered, connected, asked.
func (b *proBuilder) contact(system int64, id string, start int64) {
	b.transmitter(system, proNobody, proNoActivation, false)
	b.id, b.work = id, workIdle
	b.setting(system)
	b.transmitter(system+10, id, proNoActivation, false)
	b.work = workConnecting
	b.setting(system + 10)
	b.transmitter(system+15, id, start, true)
	const inserted, age = 21, 76
	body := append(le.AppendUint32(nil, uint32(start+age)), inserted)
	body = append(le.AppendUint32(body, age), id...)
	b.add(wire.InsertionTime, system+15, body)
	b.work = workConnected
	b.setting(system + 15)
}

func (b *proBuilder) transmitter(system int64, id string, activation int64, asked bool) {
	body := append([]byte(nil), id...)
	if asked {
		body = append(body, 2, 24, 2, 88)
		body = le.AppendUint32(body, 11957)
		body = append(body, 11, 0)
	} else {
		body = append(body, make([]byte, 10)...)
	}
	body = le.AppendUint32(body, uint32(activation))
	body = le.AppendUint32(body, uint32(activation))
	body = append(body, 3)
	b.add(wire.TransmitterInfoData, system, body)
}

func (b *proBuilder) collect(system int64, still bool) {
	b.work = workCollecting
	b.setting(system)
	if !still {
		b.work = workCollected
		b.setting(system + 20)
	}
}

// upload is what the maker's program does: the reader is empty afterwards.
func (b *proBuilder) upload(system int64) {
	b.work = workRead
	b.setting(system)
	b.id, b.work = proNobody, workUploaded
	b.setting(system + 30)
	b.work = workIdle
	b.setting(system + 60)
	b.records[wire.TransmitterInfoData] = nil
}

// moveClock sets the system clock; what was written before keeps its times.
func (b *proBuilder) moveClock(system, by int64) {
	b.setting(system)
	b.system += by
	b.offset -= by // the wall clock stays
	b.setting(system + by)
}

// stream is the recording as the reader keeps it: warm-up, readings, and where
// readings are missing the sensor's errors.
func (b *proBuilder) stream(r *cgm.Recording) (out []byte) {
	entry := func(at int64, word uint16, state byte) {
		out = le.AppendUint32(out, uint32(at))
		out = le.AppendUint16(out, word)
		out = append(out, state, 0x7F)
	}
	const warming, warmUpWord, good, failing, failingWord, step = 2, 5, 6, 18, 6, 300
	first := b.transmitterSeconds(r, &r.Readings[0])
	for at := first - min(first/step, 24)*step; at < first; at += step {
		entry(at, warmUpWord, warming)
	}
	before := first
	for i := range r.Readings {
		at := b.transmitterSeconds(r, &r.Readings[i])
		for missing := before + step; b.options.Extras && missing < at-step/2; missing += step {
			entry(missing, failingWord, failing)
		}
		entry(at, proWord(&r.Readings[i]), good)
		before = at
	}
	return out
}

// proWord is a reading's value as a G6 keeps it: 39 for LOW.
func proWord(g *cgm.Reading) uint16 {
	switch g.Flag {
	case cgm.Low:
		return cgm.LowMgDL
	case cgm.High:
		return cgm.HighMgDL
	}
	return uint16(g.MgDL + 0.5)
}

// model lays the records into pages and answers the rest.
func (b *proBuilder) model(product string, stream []byte) *Model {
	m := &Model{Pages: map[wire.Partition][]Page{}, Answers: map[wire.Command][]byte{}}
	info := "<PartitionInfo SchemaVersion='1' PageHeaderVersion='1' PageDataLength='500'>"
	for p := range wire.Defined {
		layout, defined := proRevisions[p]
		if !defined {
			continue
		}
		info += fmt.Sprintf("<Partition Name='%s' Id='%d' RecordRevision='%d' RecordLength='%d'/>", p, byte(p),
			layout[0], layout[1])
		m.Pages[p] = layOut(p, byte(layout[0]), b.firstOf[p], b.records[p])
	}
	if stream != nil {
		m.Pages[wire.ProReadings] = layOutStream(wire.ProReadings, 5, stream)
		m.Pages[wire.ProCompanion] = layOutStream(wire.ProCompanion, 2, companion(len(stream)))
	}
	m.Answers[wire.PartitionInfo] = []byte(info + "</PartitionInfo>")
	m.Answers[wire.FirmwareHeader] = fmt.Appendf(nil, proFirmware, product)
	m.Answers[wire.Ping] = nil
	m.rest()
	m.Answers[wire.TransmitterID] = []byte(b.id)
	m.Answers[wire.BatteryLevel] = le.AppendUint32(nil, 87)
	m.Answers[wire.BlindedMode] = []byte{0}
	m.Answers[systemTimeOffset] = le.AppendUint32(nil, uint32(int32(b.system)))
	m.Answers[wire.DisplayOffset] = le.AppendUint32(nil, uint32(int32(b.offset)+int32(b.options.ClockAhead)))
	now := b.options.Now()
	m.clock = clock{system: systemOf(now) + int64(b.options.ClockMoved), from: now, now: b.options.Now}
	if b.options.Growing {
		m.busy = b
	}
	return m
}

// companion is bytes like those of the enciphered partition.
func companion(n int) (out []byte) {
	random := rand.New(rand.NewPCG(20, 21))
	out = append(out, 0)
	out = le.AppendUint16(out, uint16(n/16*16))
	for range n / 16 * 16 {
		out = append(out, byte(random.IntN(256)))
	}
	return out
}

func layOutStream(p wire.Partition, revision byte, stream []byte) (out []Page) {
	for n := uint32(0); len(stream) > 0; n++ {
		held := stream[:min(len(stream), wire.DataBytes)]
		stream = stream[len(held):]
		page := append(pageHead(p, revision, n, 0, len(held)), held...)
		out = append(out, Page{n, pad(page, wire.PageBytes)})
	}
	return out
}

// asked writes the reader's own records of being read: its log at each request,
// its settings at the first page.
func (b *proBuilder) asked(m *Model, c wire.Command) {
	now := int64(m.clock.read())
	b.answered++
	b.add(wire.ReceiverLogData, now, []byte{127, 0, 0, 1, 1, 0, 0, 0, 1, 121})
	if c == wire.Pages && !b.wasRead {
		b.wasRead = true
		b.work = workRead
		b.setting(now)
	}
	for _, p := range []wire.Partition{wire.ReceiverLogData, wire.UserSettingData} {
		m.Pages[p] = layOut(p, byte(proRevisions[p][0]), b.firstOf[p], b.records[p])
	}
}
