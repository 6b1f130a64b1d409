package receiver_test

import (
	"bytes"
	"encoding/csv"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"tracedesk/cgm"
	"tracedesk/clinic"
	"tracedesk/clinic/wording"
	"tracedesk/device/receiver"
	"tracedesk/device/receiver/wire"
	"tracedesk/device/simulator"
)

var everyByte = flag.Bool("every-byte", false, "flip each byte of a page, not a sample")

// vectors is the folder of captured bytes, or the test says that it is not here.
func vectors(t testing.TB) string {
	dir := filepath.Join("..", "..", "..", "shared", "reference", "receiver-vectors")
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("the captured bytes are not here (%s): not compared", dir)
	}
	return dir
}

// dump plays a dump of a real reader.
func dump(t testing.TB, name string) *simulator.Server {
	t.Helper()
	f, err := os.Open(filepath.Join(vectors(t), name))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	m, err := simulator.FromDump(f, at)
	if err != nil {
		t.Fatal(err)
	}
	return &simulator.Server{Model: m}
}

// captured are the entries of the file beside the dump, by its columns.
func captured(t testing.TB) (out []map[string]string) {
	f, err := os.Open(filepath.Join(vectors(t), "g6pro-a-readings.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows[1:] {
		entry := map[string]string{}
		for i, name := range rows[0] {
			entry[name] = row[i]
		}
		out = append(out, entry)
	}
	return out
}

func number(t testing.TB, s string) int64 {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// The bytes of a real reader give the readings that were decoded from them by
// hand: those in state 6, with transmitter seconds, values and LOW.
func TestARealProReadersWear(t *testing.T) {
	s := dump(t, "g6pro-a.json")
	r, err := play(t, s)
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Recordings) != 1 {
		t.Fatalf("%d recordings", len(r.Recordings))
	}
	got := r.Recordings[0]
	var want []map[string]string
	for _, entry := range captured(t) {
		if entry["state"] == "6" {
			want = append(want, entry)
		}
	}
	if len(want) != 422 || len(got.Readings) != len(want) {
		t.Fatalf("%d readings, want %d of 422", len(got.Readings), len(want))
	}
	// The clock is played from a minute after the last settings record on.
	system := int64(0)
	for i, w := range want {
		g := got.Readings[i]
		if g.TransmitterSeconds != number(t, w["transmitter_s"]) || g.MgDL != float64(number(t, w["mg_dl"])) || (g.Flag == cgm.Low) != (w["mg_dl"] == "39") {
			t.Fatalf("reading %d: %+v, want %v", i, g, w)
		}
		if off := g.System - number(t, w["system_s"]); off < -5 || off > 5 {
			t.Fatalf("reading %d: system second %d, want %s", i, g.System, w["system_s"])
		}
		system = g.System
	}
	if lows := got.Count(cgm.Low); lows != 22 {
		t.Errorf("%d LOW, want 22", lows)
	}
	if r.LeftOut.WarmUp != 24 || r.LeftOut.States != 20 {
		t.Errorf("left out %+v, want 24 of the warm-up and 20 without glucose", r.LeftOut)
	}
	if got.TransmitterID != "3131NN" || r.Receiver.State != receiver.StateCollected || r.Receiver.Names() != "Dexcom G6 Pro reader, serial MX95008810" {
		t.Errorf("transmitter %q, state %s, %s", got.TransmitterID, r.Receiver.State, r.Receiver.Names())
	}
	check := clinic.CheckRecording(got)
	if check.Result != clinic.NotMet || check.Coverage.Slots != 422 || wording.Hours(check.Coverage.HoursRecorded) != "35 h 10 min" {
		t.Errorf("%s, %d slots, %s", check.Result, check.Coverage.Slots, wording.Hours(check.Coverage.HoursRecorded))
	}
	_ = system
	t.Logf("%s: problems %q", r, r.Problems)
}

// The times of the dump's readings follow the formula: this computer's UTC less
// what passed since on the reader's clock, on the wall of the practice's zone.
func TestTheTimesOfAProWearFollowThisComputersClock(t *testing.T) {
	zone, err := time.LoadLocation("America/New_York")
	if err != nil {
		t.Fatal(err)
	}
	s := dump(t, "g6pro-a.json")
	// The dump's last settings record is of 2020-10-29 00:12:26 by the reader's
	// clock; it is played from a minute later on.
	lastSetting := int64(cgm.NewWallTime(2020, time.October, 29, 0, 12, 26) - cgm.DexcomEpoch)
	utc := time.Date(2020, 10, 29, 0, 20, 0, 0, time.UTC)
	r, err := playAt(t, s, receiver.Options{Now: func() time.Time { return utc }, Zone: zone})
	if err != nil {
		t.Fatal(err)
	}
	for _, g := range r.Recordings[0].Readings {
		want := utc.Add(time.Duration(372534271+g.TransmitterSeconds-lastSetting-60) * time.Second).In(zone)
		if got := g.Display.String(); got != want.Format("2006-01-02T15:04:05") {
			t.Fatalf("%d s: %s, want %s", g.TransmitterSeconds, got, want)
		}
	}
}

func TestAClearedReaderSaysSo(t *testing.T) {
	r, err := play(t, dump(t, "g6pro-b.json"))
	var nothing *receiver.NothingError
	if !errors.As(err, &nothing) || !errors.Is(err, receiver.ErrNoReadings) || nothing.State != receiver.StateCleared {
		t.Fatalf("%v", err)
	}
	if len(r.Recordings) != 0 || r.Receiver.State != receiver.StateCleared || !strings.Contains(err.Error(), "already uploaded and cleared: nothing is left on it") {
		t.Errorf("%v, %+v", err, r.Receiver)
	}
	var met []string
	for _, m := range nothing.Met {
		met = append(met, m.TransmitterID)
	}
	if !slices.Equal(met, []string{"311FH9", "3133K3", "3133LK", "3131NN", "3133L7"}) {
		t.Errorf("it met %v", met)
	}
}

// proWear is a ten-day wear with LOW, HIGH and gaps.
func proWear() *cgm.Recording {
	r := wearOf(10, 8, "31PRO1", secondStart)
	r.Events, r.Calibrations = nil, nil
	for i := range r.Readings {
		switch {
		case i >= 300 && i < 320:
			r.Readings[i].MgDL, r.Readings[i].Flag = cgm.LowMgDL, cgm.Low
		case i >= 900 && i < 915:
			r.Readings[i].MgDL, r.Readings[i].Flag = cgm.HighMgDL, cgm.High
		}
	}
	r.Readings = slices.Delete(r.Readings, 1200, 1300)
	return r
}

func proModel(t testing.TB, o simulator.Options) *simulator.Server {
	o.Generation, o.Now, o.Zone = simulator.ProReader, at, time.UTC
	return model(t, o)
}

func TestATenDayProWear(t *testing.T) {
	a, old := proWear(), wearOf(4, 3, "31OLD1", firstStart)
	s := proModel(t, simulator.Options{Serial: "SM44440000", Wears: []simulator.Wear{{Recording: old}, {Recording: a}}, Extras: true, Growing: true})
	start := time.Now()
	r, err := play(t, s)
	if err != nil {
		t.Fatal(err)
	}
	took := time.Since(start)
	if len(r.Recordings) != 1 || len(r.Problems) != 0 {
		t.Fatalf("%d recordings, problems %q", len(r.Recordings), r.Problems)
	}
	same(t, "pro", r.Recordings[0], a)
	if got := r.Recordings[0]; got.TransmitterID != "31PRO1" || got.Count(cgm.Low) < 20 || got.Count(cgm.High) < 15 || got.DeviceID != "SM44440000" {
		t.Errorf("%s, %d LOW, %d HIGH, %s", got.TransmitterID, got.Count(cgm.Low), got.Count(cgm.High), got.DeviceID)
	}
	if r.LeftOut.WarmUp != 24 || r.LeftOut.States < 100 {
		t.Errorf("left out %+v", r.LeftOut)
	}
	if r.Requests > 30 {
		t.Errorf("%d requests, want 30 at most", r.Requests)
	}
	t.Logf("%s in %v", r, took)
}

func TestTheStatesOfAProReader(t *testing.T) {
	wears := []simulator.Wear{{Recording: proWear()}}
	for _, c := range []struct {
		name  string
		o     simulator.Options
		is    error
		state receiver.State
		words string
	}{
		{"collecting", simulator.Options{Wears: wears, State: simulator.ProCollecting}, receiver.ErrCollecting, receiver.StateCollecting, "collecting from the transmitter just now"},
		{"cleared", simulator.Options{Wears: wears, State: simulator.ProCleared}, receiver.ErrNoReadings, receiver.StateCleared, "already uploaded and cleared"},
		{"never collected", simulator.Options{Wears: wears, State: simulator.ProIdle}, receiver.ErrNoReadings, receiver.StateIdle, "has collected no recording"},
		{"new", simulator.Options{}, receiver.ErrNoReadings, receiver.StateIdle, "has collected no recording"},
	} {
		r, err := play(t, proModel(t, c.o))
		if !errors.Is(err, c.is) || r.Receiver.State != c.state || !strings.Contains(err.Error(), c.words) || len(r.Recordings) != 0 {
			t.Errorf("%s: %v, %s", c.name, err, r.Receiver.State)
		}
	}
}

// Data in a partition that is not known are never passed over in silence.
func TestDataThatCannotBeReadAreNamed(t *testing.T) {
	add := func(s *simulator.Server, number, revision, length string) {
		info := string(s.Model.Answers[wire.PartitionInfo])
		entry := "<Partition Name='New' Id='" + number + "' RecordRevision='" + revision + "' RecordLength='" + length + "'/></PartitionInfo>"
		s.Model.Answers[wire.PartitionInfo] = []byte(strings.Replace(info, "</PartitionInfo>", entry, 1))
	}
	empty := proModel(t, simulator.Options{})
	add(empty, "22", "7", "9")
	empty.Model.Pages[22] = []simulator.Page{{Number: 0, Bytes: make([]byte, wire.PageBytes)}}
	_, err := play(t, empty)
	if !errors.Is(err, receiver.ErrUnread) || !strings.Contains(err.Error(), "partition 22") || !strings.Contains(err.Error(), "revision 7 with 9 bytes") {
		t.Errorf("%v", err)
	}
	full := proModel(t, simulator.Options{Wears: []simulator.Wear{{Recording: proWear()}}})
	add(full, "22", "7", "9")
	full.Model.Pages[22] = empty.Model.Pages[22]
	r, err := play(t, full)
	if err != nil || len(r.Receiver.Unread) != 1 || r.Receiver.Unread[0] != (receiver.Unread{Partition: 22, Revision: 7, Length: 9}) {
		t.Errorf("%v, %+v", err, r.Receiver.Unread)
	}
	newer := proModel(t, simulator.Options{Wears: []simulator.Wear{{Recording: proWear()}}})
	info := string(newer.Model.Answers[wire.PartitionInfo])
	newer.Model.Answers[wire.PartitionInfo] = []byte(strings.Replace(info, "Id='20' RecordRevision='5' RecordLength='1'", "Id='20' RecordRevision='6' RecordLength='9'", 1))
	r, err = play(t, newer)
	for _, named := range []string{"ProReader", "Dexcom Pro Reader", "1.0.3.2", "partition 20", "revision 6", "9 bytes"} {
		if !errors.Is(err, receiver.ErrUnsupported) || !strings.Contains(err.Error(), named) || len(r.Recordings) != 0 {
			t.Errorf("%q is not named: %v", named, err)
		}
	}
}

// The first request for several pages may fail in four ways; each time the read
// goes on page by page.
func TestFourPagesAtATimeAreACourtesy(t *testing.T) { synctest.Test(t, fourPagesAtATimeAreACourtesy) }

func fourPagesAtATimeAreACourtesy(t *testing.T) {
	for name, refuse := range map[string]func(s *simulator.Server){
		"status with a payload": func(s *simulator.Server) { s.Model.Single = true },
		"nak":                   func(s *simulator.Server) { s.Refuse = simulator.RefuseNAK },
		"silence":               func(s *simulator.Server) { s.Refuse = simulator.RefuseSilence },
		"short answer":          func(s *simulator.Server) { s.Refuse = simulator.RefuseShort },
		"bare status":           func(s *simulator.Server) { s.Refuse = simulator.RefuseBare },
	} {
		a := proWear()
		s := proModel(t, simulator.Options{Wears: []simulator.Wear{{Recording: a}}})
		refuse(s)
		r, err := play(t, s)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		same(t, name, r.Recordings[0], a)
		if several := s.Several(); several != 1 {
			t.Errorf("%s: asked %d times for several pages, want once", name, several)
		}
	}
}

// The system clock was set after the wear was collected, forward and back: the
// times of the readings stay.
func TestAReaderWithASetSystemClock(t *testing.T) {
	for _, by := range []int{-10752, 5000, -30, 86400} {
		a := proWear()
		r, err := play(t, proModel(t, simulator.Options{Wears: []simulator.Wear{{Recording: a}}, ClockMoved: by}))
		if err != nil {
			t.Errorf("%d: %v", by, err)
			continue
		}
		same(t, strconv.Itoa(by), r.Recordings[0], a)
	}
}

// changed plays a Pro reader whose stream pages were changed by f.
func changed(t *testing.T, f func(pages []simulator.Page) []simulator.Page) (*receiver.Result, error) {
	a := proWear()
	s := proModel(t, simulator.Options{Wears: []simulator.Wear{{Recording: a}}})
	var pages []simulator.Page
	for _, p := range s.Model.Pages[wire.ProReadings] {
		pages = append(pages, simulator.Page{Number: p.Number, Bytes: slices.Clone(p.Bytes)})
	}
	s.Model.Pages[wire.ProReadings] = f(pages)
	return play(t, s)
}

// Pages that are dropped, doubled, swapped or cut give an error that names what
// support needs, never another recording.
func TestADamagedProStreamIsNotBelieved(t *testing.T) {
	synctest.Test(t, aDamagedProStreamIsNotBelieved)
}

func aDamagedProStreamIsNotBelieved(t *testing.T) {
	renumber := func(pages []simulator.Page) []simulator.Page {
		for i := range pages {
			pages[i].Number = uint32(i)
			pages[i].Bytes = slices.Clone(pages[i].Bytes)
			head(pages[i].Bytes, uint32(i), uint32(count(pages[i].Bytes)))
		}
		return pages
	}
	cut := func(n int) func(int, []simulator.Page) []simulator.Page {
		return func(i int, pages []simulator.Page) []simulator.Page {
			head(pages[i].Bytes, pages[i].Number, uint32(max(0, count(pages[i].Bytes)-n)))
			return pages
		}
	}
	var all sync.WaitGroup
	room := make(chan struct{}, 256)
	for name, f := range map[string]func(i int, pages []simulator.Page) []simulator.Page{
		"dropped": func(i int, p []simulator.Page) []simulator.Page { return renumber(slices.Delete(p, i, i+1)) },
		"dropped, with its number": func(i int, p []simulator.Page) []simulator.Page {
			return slices.Delete(p, i, i+1)
		},
		"doubled":           func(i int, p []simulator.Page) []simulator.Page { return renumber(slices.Insert(p, i, p[i])) },
		"cut by a reading":  cut(8),
		"cut by four bytes": cut(4),
		"empty":             cut(500),
	} {
		for i := range 45 {
			all.Go(func() {
				room <- struct{}{}
				defer func() { <-room }()
				r, err := changed(t, func(p []simulator.Page) []simulator.Page { return f(min(i, len(p)-1), p) })
				switch {
				case err != nil && (errors.Is(err, receiver.ErrImplausible) || !strings.Contains(name, "cut")):
				case err == nil && r.Recordings[0].MayContinue: // it ends with a full page, and says so
				default:
					t.Errorf("%s, page %d: %v, %d recordings", name, i, err, len(r.Recordings))
				}
			})
		}
	}
	all.Wait()
}

func count(page []byte) int { return int(page[4]) | int(page[5])<<8 }

// head writes a page's number and count, with a right checksum.
func head(page []byte, number, count uint32) {
	page[4], page[5] = byte(count), byte(count>>8)
	page[10], page[11] = byte(number), byte(number>>8)
	crc := wire.CRC(page[:26])
	page[26], page[27] = byte(crc), byte(crc>>8)
}

// Every byte of the pages of the stream, changed on the wire or in the header in
// memory: the same recording, or an error.
func TestEveryFlippedByteOfTheStream(t *testing.T) { synctest.Test(t, everyFlippedByteOfTheStream) }

func everyFlippedByteOfTheStream(t *testing.T) {
	a := proWear()
	a.Readings = a.Readings[:200]
	whole, err := play(t, proModel(t, simulator.Options{Wears: []simulator.Wear{{Recording: a}}}))
	if err != nil {
		t.Fatal(err)
	}
	step := 1
	if testing.Short() || !*everyByte {
		step = 9 // of what the packet's checksum covers, a sample
	}
	var all sync.WaitGroup
	room := make(chan struct{}, 256) // most of the time they wait
	for at := 0; at < wire.PageBytes; at++ {
		if at >= wire.HeaderBytes && at%step != 0 {
			continue
		}
		all.Go(func() {
			room <- struct{}{}
			defer func() { <-room }()
			s := proModel(t, simulator.Options{Wears: []simulator.Wear{{Recording: a}}})
			s.Flip = &simulator.Flip{Partition: wire.ProReadings, At: at, OnTheWire: at >= wire.HeaderBytes}
			r, err := play(t, s)
			if err == nil && !slices.Equal(r.Recordings[0].Readings, whole.Recordings[0].Readings) {
				t.Errorf("byte %d gives another recording", at)
			}
		})
	}
	all.Wait()
}

// A reader that somebody else's program clears while it is read gives the whole
// recording or an error.
func TestAReaderThatIsClearedWhileItIsRead(t *testing.T) {
	synctest.Test(t, aReaderThatIsClearedWhileItIsRead)
}

func aReaderThatIsClearedWhileItIsRead(t *testing.T) {
	a := proWear()
	for place := 10; place < 32; place++ {
		s := proModel(t, simulator.Options{Wears: []simulator.Wear{{Recording: a}}})
		s.Faults = []simulator.Fault{{Name: "erased", Place: place, Stays: true}}
		r, err := play(t, s)
		if err == nil {
			same(t, strconv.Itoa(place), r.Recordings[0], a)
		}
	}
}

// The nickname that a person typed is never read.
func TestTheNicknameIsNeverRead(t *testing.T) {
	s := proModel(t, simulator.Options{Wears: []simulator.Wear{{Recording: proWear()}}})
	line := &listener{}
	s.Heard = line.heard
	if _, err := playAt(t, s, receiver.Options{Now: at, Zone: time.UTC, Survey: receiver.SurveyAlways}); err != nil {
		t.Fatal(err)
	}
	for _, asked := range line.all {
		if asked[0] == byte(wire.Pages) && wire.Partition(asked[1]) == wire.PCSoftwareParameter {
			t.Fatal("a page of the nickname's partition was asked for")
		}
	}
	if !slices.ContainsFunc(line.all, func(a []byte) bool { return bytes.HasPrefix(a, []byte{byte(wire.Pages), byte(wire.ProCompanion)}) }) {
		t.Error("the survey left out partition 21")
	}
}

type listener struct{ all [][]byte }

func (l *listener) heard(c wire.Command, payload []byte) {
	l.all = append(l.all, append([]byte{byte(c)}, payload...))
}
