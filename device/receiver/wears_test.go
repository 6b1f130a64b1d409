package receiver

import (
	"fmt"
	"testing"
	"time"

	"tracedesk/cgm"
	"tracedesk/device/receiver/wire"
)

// scene is a receiver's records as a hostile world may leave them.
type scene struct {
	data records
}

const sceneStart = 500_000_000 // a system second in 2024

// put adds a reading; the value carries which wear it is of.
func (s *scene) put(system, transmitter int64, value int, stored int64) {
	e := storedEGV{on: pageKey{wire.EGVData, uint32(len(s.data.egvs) / 20)}}
	if stored > system+600 {
		e.backfillPartition, e.on.partition = true, wire.BackfilledEGVData
	}
	e.System, e.Display, e.Measured = uint32(stored), uint32(stored-18000), uint32(system)
	e.MgDL, e.TransmitterSeconds = value, transmitter
	e.stored, e.measured = stored, system
	s.data.egvs = append(s.data.egvs, e)
}

// live adds n readings of a transmitter that was started at the given second, as
// they were heard.
func (s *scene) live(started, from int64, n, value int, drift float64) {
	for i := range n {
		tx := from + int64(i)*300
		system := started + tx + int64(float64(tx)*drift)
		s.put(system, tx, value, system+8)
	}
}

func (s *scene) collected(started, from int64, n, value int, at int64) {
	for i := range n {
		tx := from + int64(i)*300
		s.put(started+tx, tx, value, at+int64(i)/20)
	}
}

func (s *scene) inserted(system int64, id string, elapsed uint32) {
	s.data.insertions = append(s.data.insertions, insertion{stamp: stamp{uint32(system), uint32(system - 18000)}, Time: uint32(system), State: started, Elapsed: elapsed, Transmitter: id})
}

func (s *scene) set(system int64, id string) {
	s.data.settings = append(s.data.settings, userSetting{stamp: stamp{uint32(system), uint32(system - 18000)}, DisplayOffset: -18000, Transmitter: id})
}

func (s *scene) read() *readout {
	r := &readout{result: &Result{}, options: Options{}.filled(), data: s.data}
	r.clock = clockReading{system: sceneStart + 80*86400, utc: time.Unix(1_780_000_000, 0), known: true}
	r.egvWears("")
	return r
}

// want is a recording by its transmitter and its readings, which all carry one
// value.
type want struct {
	id    string
	n     int
	value float64
}

func (s *scene) check(t *testing.T, wants ...want) *readout {
	t.Helper()
	r := s.read()
	var got []want
	for _, rec := range r.result.Recordings {
		w := want{rec.TransmitterID, len(rec.Readings), rec.Readings[0].MgDL}
		for _, g := range rec.Readings {
			if g.MgDL != w.value {
				t.Errorf("transmitter %q: a reading of %v among those of %v", rec.TransmitterID, g.MgDL, w.value)
				break
			}
		}
		got = append(got, w)
	}
	if fmt.Sprint(got) != fmt.Sprint(wants) {
		t.Errorf("got %v, want %v; problems %q", got, wants, r.result.Problems)
	}
	return r
}

const day = 86400

func TestTwoTransmittersFortyMinutesApartAreTwoPatients(t *testing.T) {
	var s scene
	s.live(sceneStart, 7200, 1000, 100, 0)
	s.live(sceneStart+2400, 20*day, 1000, 200, 0)
	s.check(t, want{"", 1000, 100}, want{"", 1000, 200})
	s.inserted(sceneStart, "8AAAAA", 0)
	s.inserted(sceneStart+20*day, "8BBBBB", 20*day-2400)
	s.check(t, want{"8AAAAA", 1000, 100}, want{"8BBBBB", 1000, 200})
}

func TestTransmittersStartedSecondsApartStayApart(t *testing.T) {
	for _, apart := range []int64{2, 5, 30, 90} {
		var s scene
		s.inserted(sceneStart, "8AAAAA", 0)
		s.inserted(sceneStart+apart, "8BBBBB", 0)
		s.set(sceneStart-60, "8AAAAA")
		s.set(sceneStart+apart-1, "8BBBBB")
		s.collected(sceneStart, 7200, 800, 100, sceneStart+11*day)
		s.collected(sceneStart+apart, 7200, 800, 200, sceneStart+12*day)
		r := s.check(t, want{"8AAAAA", 800, 100}, want{"8BBBBB", 800, 200})
		if len(r.result.Problems) == 0 {
			t.Errorf("%d s apart: nothing is said", apart)
		}
	}
}

// Two patients one after the other, each collected afterwards, whose transmitters
// were started within seconds or minutes: a gap of ten days makes no one of them.
func TestCollectedWearsFarApartAreTwoPatients(t *testing.T) {
	for _, apart := range []int64{0, 3, 40, 300, 2400} {
		for _, collected := range []int64{10 * day, 21 * day} { // while its own transmitter was set, and after
			for _, elapsed := range []bool{true, false} {
				var s scene
				s.set(sceneStart-30, "8AAAAA")
				s.set(sceneStart+20*day-30, "8BBBBB")
				s.inserted(sceneStart, "8AAAAA", 0)
				s.inserted(sceneStart+20*day, "8BBBBB", uint32(20*day-apart))
				if !elapsed {
					s.data.insertions[0].Elapsed, s.data.insertions[1].Elapsed = noTime, noTime
				}
				s.collected(sceneStart, 7200, 2700, 100, sceneStart+collected)
				s.collected(sceneStart+apart, 20*day+7200, 2700, 200, sceneStart+30*day)
				s.check(t, want{"8AAAAA", 2700, 100}, want{"8BBBBB", 2700, 200})
			}
		}
	}
	var next scene // some hours apart, and no record tells when the clocks began
	next.set(sceneStart-30, "8AAAAA")
	next.set(sceneStart+5*day-30, "8BBBBB")
	next.live(sceneStart, 7200, 1400, 100, 0)
	next.collected(sceneStart+3, 5*day+7200, 1000, 200, sceneStart+10*day)
	next.check(t, want{"8AAAAA", 1400, 100}, want{"8BBBBB", 1000, 200})
	var s scene // the second is set only when it is collected, and no record tells of its insertion
	s.set(sceneStart-30, "8AAAAA")
	s.set(sceneStart+30*day-30, "8BBBBB")
	s.live(sceneStart, 7200, 2700, 100, 0)
	s.collected(sceneStart+40, 20*day+7200, 2700, 200, sceneStart+30*day)
	if r := s.check(t, want{"8AAAAA", 2700, 100}, want{"8BBBBB", 2700, 200}); len(r.result.Problems) == 0 {
		t.Error("nothing is said of what the clocks alone do not tell")
	}
}

// The rest of a wear is collected after the next sensor was inserted: by its clock
// it is the earlier one's, with or without a record of when that clock began.
func TestTheRestOfAWearIsCollectedWhileTheNextOneRuns(t *testing.T) {
	for _, elapsed := range []uint32{400, noTime} {
		var s scene
		s.set(sceneStart-30, "8AAAAA")
		s.inserted(sceneStart, "8AAAAA", 0)
		s.inserted(sceneStart+5*day, "8BBBBB", elapsed)
		s.live(sceneStart, 7200, 1300, 100, 0)
		s.collected(sceneStart, 7200+1300*300, 100, 100, sceneStart+5*day+3600)
		s.live(sceneStart+5*day-400, 7200+400, 1000, 200, 0)
		s.check(t, want{"8AAAAA", 1400, 100}, want{"8BBBBB", 1000, 200})
	}
}

// The same clock start, one after the other: only the records in force tell them
// apart.
func TestTheRecordsInForceComeBeforeTheClocks(t *testing.T) {
	var s scene
	s.set(sceneStart, "8AAAAA")
	s.set(sceneStart+10*day, "8BBBBB")
	s.live(sceneStart, 7200, 1000, 100, 0)
	s.live(sceneStart+3, 11*day, 1000, 200, 0)
	s.check(t, want{"8AAAAA", 1000, 100}, want{"8BBBBB", 1000, 200})
}

// Wears that overlap, each collected after its end: the transmitter in force
// when a reading was measured is not its own in the second half of the first.
func TestOverlappingWears(t *testing.T) {
	for _, withSettings := range []bool{false, true} {
		var s scene
		s.inserted(sceneStart, "8AAAAA", 0)
		s.inserted(sceneStart+4*day, "8BBBBB", 0)
		if withSettings {
			s.set(sceneStart-30, "8AAAAA")
			s.set(sceneStart+4*day-30, "8BBBBB")
		}
		s.collected(sceneStart, 7200, 2800, 100, sceneStart+10*day)
		s.collected(sceneStart+4*day, 7200, 2800, 200, sceneStart+15*day)
		s.check(t, want{"8AAAAA", 2800, 100}, want{"8BBBBB", 2800, 200})
	}
	var s scene // both heard live
	s.inserted(sceneStart, "8AAAAA", 0)
	s.inserted(sceneStart+4*day, "8BBBBB", 0)
	s.live(sceneStart, 7200, 2800, 100, 0)
	s.live(sceneStart+4*day, 7200, 2800, 200, 0)
	s.check(t, want{"8AAAAA", 2800, 100}, want{"8BBBBB", 2800, 200})
}

// A transmitter whose clock began when another one's sensor was inserted is
// named by what was in force at its readings.
func TestTheInsertionInForceNamesTheTransmitter(t *testing.T) {
	var s scene
	s.inserted(sceneStart, "8AAAAA", 0)
	s.live(sceneStart+1800, 7200, 500, 100, 0)
	s.inserted(sceneStart+12*day, "8BBBBB", 12*day)
	s.live(sceneStart+30, 12*day+7200, 500, 200, 0)
	s.check(t, want{"8AAAAA", 500, 100}, want{"8BBBBB", 500, 200})
}

// One transmitter, one sensor after another: two wears, one name.
func TestATransmitterThatIsUsedAgain(t *testing.T) {
	var s scene
	s.inserted(sceneStart, "8AAAAA", 0)
	s.live(sceneStart, 7200, 1000, 100, 20e-6)
	s.inserted(sceneStart+10*day, "8AAAAA", 10*day)
	s.live(sceneStart, 10*day+7200, 1000, 200, 20e-6)
	s.check(t, want{"8AAAAA", 1000, 100}, want{"8AAAAA", 1000, 200})
	s = scene{} // its clock began anew
	s.inserted(sceneStart, "8AAAAA", 0)
	s.live(sceneStart, 7200, 1000, 100, 0)
	s.inserted(sceneStart+10*day, "8AAAAA", 0)
	s.live(sceneStart+10*day, 7200, 1000, 200, 0)
	s.check(t, want{"8AAAAA", 1000, 100}, want{"8AAAAA", 1000, 200})
}

// A crystal drifts by 100 ppm at most: over ninety days one transmitter stays one.
func TestADriftingTransmitterStaysOne(t *testing.T) {
	for _, ppm := range []float64{-100, -40, 40, 100} {
		var s scene
		s.inserted(sceneStart, "8AAAAA", 0)
		s.live(sceneStart, 7200, 2000, 100, ppm*1e-6)
		s.live(sceneStart, 30*day, 2000, 100, ppm*1e-6)
		s.check(t, want{"8AAAAA", 4000, 100})
	}
}

func TestTenWears(t *testing.T) {
	var s scene
	var wants []want
	for i := range 10 {
		began := int64(sceneStart + i*8*day)
		id := fmt.Sprintf("8AAAA%d", i)
		s.set(began-30, id)
		s.inserted(began, id, 0)
		if i%2 == 0 {
			s.live(began, 7200, 2000, 100+i, 0)
		} else {
			s.collected(began, 7200, 2000, 100+i, began+7*day+3600)
		}
		wants = append(wants, want{id, 2000, float64(100 + i)})
	}
	s.check(t, wants...)
}

// Times that are none make no wear in another century; a reading whose stored
// time is known keeps it.
func TestTimesThatAreNone(t *testing.T) {
	var s scene
	s.inserted(sceneStart, "8AAAAA", 0)
	s.live(sceneStart, 7200, 100, 100, 0)
	s.data.egvs[50].Measured, s.data.egvs[50].measured = noTime, noTime
	s.data.egvs[60].Measured, s.data.egvs[60].measured = noTime, noTime
	s.data.egvs[60].System, s.data.egvs[60].stored = noTime, noTime
	s.data.egvs[70].TransmitterSeconds = cgm.NoTransmitterTime
	s.data.insertions = append(s.data.insertions, insertion{stamp: stamp{noTime, noTime}, Time: noTime, State: started, Elapsed: noTime, Transmitter: "8AAAAA"})
	r := s.check(t, want{"8AAAAA", 99, 100})
	if rec := r.result.Recordings[0]; rec.Lost != 1 || rec.Last().UTC().Year() > 2030 {
		t.Errorf("lost %d, last %s", rec.Lost, rec.Last())
	}
}

// The receiver's clock is set back in the middle of a wear: one wear, its elapsed
// time as the transmitter has it.
func TestASystemClockSetBackCutsNoWear(t *testing.T) {
	for _, known := range []bool{false, true} {
		var s scene
		s.set(sceneStart-30, "8AAAAA")
		s.inserted(sceneStart, "8AAAAA", 0)
		s.live(sceneStart, 7200, 500, 100, 0)
		s.live(sceneStart-10752, 7200+500*300, 500, 100, 0)
		for i := range s.data.egvs {
			s.data.egvs[i].on.number = uint32(i / 20)
		}
		if known {
			moved := s.data.settings[0]
			moved.System, moved.SystemOffset = uint32(sceneStart+7200+500*300-10752), -10752
			s.data.settings = append(s.data.settings, moved)
		}
		r := s.check(t, want{"8AAAAA", 1000, 100})
		rec := r.result.Recordings[0]
		if span := rec.Readings[999].System - rec.Readings[0].System; span != 999*300 {
			t.Errorf("known %v: from first to last %d s, want %d", known, span, 999*300)
		}
	}
}

func TestUnknownEventsAreOneLineAKind(t *testing.T) {
	var s scene
	s.live(sceneStart, 7200, 100, 100, 0)
	for i := range 500 {
		s.data.events = append(s.data.events, userEvent{stamp: stamp{sceneStart + 9000, sceneStart - 9000}, Type: 77 + i%2})
	}
	if r := s.read(); len(r.result.Problems) != 2 {
		t.Errorf("%q", r.result.Problems)
	}
}

func TestACopyInBothPartitionsIsOneReading(t *testing.T) {
	var s scene
	s.inserted(sceneStart, "8AAAAA", 0)
	s.live(sceneStart, 7200, 300, 100, 0)
	s.collected(sceneStart, 7200, 300, 100, sceneStart+2*day)
	r := s.check(t, want{"8AAAAA", 300, 100})
	if r.result.LeftOut.Twice != 300 {
		t.Errorf("%d stood twice, want 300", r.result.LeftOut.Twice)
	}
}

// A record lies before or after the moment when the clock was set; the settings
// that were written with it tell which.
func TestASettingBesideARecordTellsWhetherTheClockWasSetBefore(t *testing.T) {
	const contact, set, back = 600_000_000, 600_020_000, -25200
	at := func(system int64) stamp { return stamp{uint32(system), uint32(system - 18000)} }
	setting := func(system int64, offset int32) userSetting {
		return userSetting{stamp: at(system), SystemOffset: offset, DisplayOffset: -18000}
	}
	for _, c := range []struct {
		name     string
		settings []userSetting
		by       int64
		sure     bool
	}{
		{"before", []userSetting{setting(contact-10, 0), setting(contact+2, 0), setting(set+back, back)}, back, true},
		{"after", []userSetting{setting(set-9000, 0), setting(set+back, back), setting(contact-10, back)}, 0, true},
		{"neither", []userSetting{setting(contact-900, 0), setting(set+back, back), setting(contact+900, back)}, 0, false},
	} {
		d := records{settings: c.settings}
		if by, sure := d.movedSince(d.clockMoves(), at(contact)); sure != c.sure || sure && by != c.by {
			t.Errorf("%s: moved by %d (%v), want %d (%v)", c.name, by, sure, c.by, c.sure)
		}
	}
}

// A log whose XML or records are damaged ends no read; a strict reader of XML
// would refuse a header for one letter.
func TestTolerantXML(t *testing.T) {
	a, err := element([]byte("<FirmwareHeader ProductId='G\xe9n & <Co>' FirmwareVersion=\"3.1\"/>"), "FirmwareHeader")
	if err != nil || a["FirmwareVersion"] != "3.1" || a["ProductId"] == "" {
		t.Errorf("%v, %v", a, err)
	}
	info, unclear, err := parsePartitionInfo([]byte(`<PartitionInfo PageDataLength='500'><Partition Name='EGVData' Id='4' RecordRevision='3.1' RecordLength='25'/><Partition Id='20' RecordRevision='5' RecordLength='1'/></PartitionInfo>`))
	if err != nil || len(unclear) != 1 || !info[4].vague || info[20].revision != 5 {
		t.Errorf("%v, %q, %v", info, unclear, err)
	}
	if _, _, err := parsePartitionInfo([]byte(`<PartitionInfo PageDataLength='512'/>`)); err == nil {
		t.Error("pages of 512 bytes are taken")
	}
}
