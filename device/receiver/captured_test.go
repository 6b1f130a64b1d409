package receiver

import (
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tracedesk/cgm"
	"tracedesk/device/receiver/wire"
)

// vectors is the folder of captured pages, or the test says that it is not here.
func vectors(t testing.TB) string {
	dir := filepath.Join("..", "..", "..", "shared", "reference", "receiver-vectors")
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("the captured pages are not here (%s): not compared", dir)
	}
	return dir
}

func capturedPage(t testing.TB, name string) *page {
	text, err := os.ReadFile(filepath.Join(vectors(t), name+".hex"))
	if err != nil {
		t.Fatal(err)
	}
	b, err := hex.DecodeString(strings.Join(strings.Fields(string(text)), ""))
	if err != nil {
		t.Fatal(err)
	}
	p, err := parsePage(b)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return p
}

// capturedRecord is one record of the decoded files; of its times only the
// wall-clock part counts.
type capturedRecord struct {
	Timestamp struct{ SystemTime, DisplayTime string }
	EGV       *struct {
		Glucose, Noise, Trend int
		DisplayOnly           bool
	}
	Sensor      *struct{ Unfiltered, Filtered, RSSI int }
	XML         map[string]string
	Calibration *struct{ Slope, Intercept, Scale, Decay float64 }
}

func capturedRecords(t testing.TB, name string) []capturedRecord {
	b, err := os.ReadFile(filepath.Join(vectors(t), name+".json"))
	if err != nil {
		t.Fatal(err)
	}
	var out []capturedRecord
	if err := json.Unmarshal(b, &out); err != nil {
		t.Fatal(err)
	}
	for i, j := 0, len(out)-1; i < j; i, j = i+1, j-1 { // newest first there, oldest first in the page
		out[i], out[j] = out[j], out[i]
	}
	return out
}

func wall(seconds uint32) string { return (cgm.DexcomEpoch + cgm.WallTime(seconds)).String() }

// sameTime compares an RFC 3339 time, without its zone, to the second.
func sameTime(seconds uint32, want string) bool {
	t, err := time.Parse(time.RFC3339, want)
	return err == nil && t.Format("2006-01-02T15:04:05") == wall(seconds)
}

func TestCapturedPagesDecode(t *testing.T) {
	for _, name := range []string{"0.0", "3.469", "4.312", "5.252", "5.1432-1"} {
		p, want := capturedPage(t, name), capturedRecords(t, name)
		if len(p.records) != len(want) {
			t.Errorf("%s: %d records, want %d", name, len(p.records), len(want))
			continue
		}
		for i, b := range p.records {
			s := stampOf(b)
			// The decoder that wrote these files subtracted the zone's summer
			// hour from some; system and display move together.
			if !sameTime(s.System, want[i].Timestamp.SystemTime) && !sameTime(s.System+3600, want[i].Timestamp.SystemTime) && !sameTime(s.System-3600, want[i].Timestamp.SystemTime) {
				t.Errorf("%s, record %d: system time %s, want %s", name, i, wall(s.System), want[i].Timestamp.SystemTime)
			}
			switch {
			case want[i].EGV != nil:
				e, w := parseEGV(p.revision, b), want[i].EGV
				if e.MgDL != w.Glucose || e.DisplayOnly != w.DisplayOnly || e.Trend != w.Trend || e.Noise != w.Noise {
					t.Errorf("%s, record %d: %+v, want %+v", name, i, e, *w)
				}
			case want[i].XML != nil:
				a, err := element(xmlRecord(b), "ManufacturingParameters")
				if err != nil || a["SerialNumber"] != want[i].XML["SerialNumber"] || a["HardwareId"] != want[i].XML["HardwareId"] {
					t.Errorf("%s: %v, %v", name, a, err)
				}
			case want[i].Sensor != nil:
				if got := le.Uint32(b[8:]); int(got) != want[i].Sensor.Unfiltered {
					t.Errorf("%s, record %d: unfiltered %d, want %d", name, i, got, want[i].Sensor.Unfiltered)
				}
			}
		}
	}
}

// transfer is a line of the captured conversation.
type transfer struct {
	T   float64
	Dir string
	Hex string
}

func conversation(t testing.TB) []transfer {
	b, err := os.ReadFile(filepath.Join(vectors(t), "studio-session-g4.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	var out []transfer
	for _, line := range strings.Split(strings.TrimSpace(string(b)), "\n") {
		var x transfer
		if err := json.Unmarshal([]byte(line), &x); err != nil {
			t.Fatal(err)
		}
		out = append(out, x)
	}
	return out
}

func TestEveryPacketOfTheCapturedConversation(t *testing.T) {
	pages := map[wire.Partition]int{}
	held := map[wire.Partition]int{}
	var asked []byte
	for i, x := range conversation(t) {
		b, err := hex.DecodeString(x.Hex)
		if err != nil {
			t.Fatal(err)
		}
		if x.Dir == "host" {
			if !wire.Checked(b) {
				t.Fatalf("transfer %d: a request with a wrong checksum", i)
			}
			asked = b[3 : len(b)-2]
			continue
		}
		code, payload, rest, ok := wire.Next(b, wire.MostXML, false)
		if !ok || len(rest) != 0 {
			t.Fatalf("transfer %d is no packet", i)
		}
		if code != wire.ACK || wire.Command(asked[0]) != wire.Pages {
			continue
		}
		for ; len(payload) >= wire.PageBytes; payload = payload[wire.PageBytes:] {
			p, err := parsePage(payload[:wire.PageBytes])
			if err != nil {
				if wire.Partition(asked[1]) == 8 { // the log has no known layout
					continue
				}
				t.Errorf("transfer %d: %v", i, err)
				continue
			}
			pages[p.partition]++
			held[p.partition] += len(p.records)
			var d records
			for _, b := range p.records {
				d.add(p, b)
			}
		}
	}
	for _, p := range []wire.Partition{wire.ManufacturingData, wire.SensorData, wire.EGVData, wire.CalSet, wire.InsertionTime, wire.MeterData, wire.UserEventData} {
		if pages[p] == 0 || held[p] == 0 {
			t.Errorf("%s: %d pages with %d records", p, pages[p], held[p])
		}
	}
	t.Logf("pages %v, records %v", pages, held)
}

func TestCRCOfKnownPackets(t *testing.T) {
	for _, known := range []string{"0106000a5e65", "0106000b7f75", "0106000ffb35", "01070010048bb8", "01070010127cca", "010c00110438010000 01b83b", "010600 0135d4"} {
		b, err := hex.DecodeString(strings.ReplaceAll(known, " ", ""))
		if err != nil {
			t.Fatal(err)
		}
		if !wire.Checked(b) || string(wire.Packet(b[3], b[4:len(b)-2])) != string(b) {
			t.Errorf("%s", known)
		}
	}
}
