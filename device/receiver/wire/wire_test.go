package wire

import (
	"bytes"
	"fmt"
	"slices"
	"testing"
)

// TestTheChecksumIsXMODEMs: 0x31C3 is the check value of CRC-16/XMODEM over
// “123456789” in the catalogue of parametrised CRC algorithms (G. Cook).
func TestTheChecksumIsXMODEMs(t *testing.T) {
	if got := CRC([]byte("123456789")); got != 0x31C3 {
		t.Errorf("%#x", got)
	}
	if got := CRC(nil); got != 0 {
		t.Errorf("of nothing %#x", got)
	}
	if Checked(nil) || Checked([]byte{0}) || Checked([]byte{0, 0}) {
		t.Error("nothing with a checksum passes")
	}
}

// TestAPacketIsFramed: a start byte, the length of all in two bytes, the code, what it
// holds, and the checksum, low byte first.
func TestAPacketIsFramed(t *testing.T) {
	for _, c := range []struct { // as the reference prints them, captured ones among them
		code    byte
		payload []byte
		want    string
	}{
		{byte(Ping), nil, "01 06 00 0A 5E 65"}, {byte(FirmwareHeader), nil, "01 06 00 0B 7F 75"}, {byte(PartitionInfo), nil, "01 06 00 0F FB 35"},
		{byte(PageRange), []byte{4}, "01 07 00 10 04 8B B8"}, {byte(PageRange), []byte{18}, "01 07 00 10 12 7C CA"}, {byte(PageRange), []byte{20}, "01 07 00 10 14 BA AA"},
		{byte(Pages), []byte{4, 0x38, 1, 0, 0, 1}, "01 0C 00 11 04 38 01 00 00 01 B8 3B"}, {byte(Pages), []byte{20, 0, 0, 0, 0, 4}, "01 0C 00 11 14 00 00 00 00 04 EE 09"},
		{byte(TransmitterID), nil, "01 06 00 19 0C 47"}, {byte(DisplayOffset), nil, "01 06 00 1D 88 07"}, {byte(BatteryLevel), nil, "01 06 00 21 57 F0"}, {byte(SystemTime), nil, "01 06 00 22 34 C0"},
		{ACK, nil, "01 06 00 01 35 D4"}, {ACK, []byte{255, 255, 255, 255, 255, 255, 255, 255}, "01 0E 00 01 FF FF FF FF FF FF FF FF CD 1D"}, {NAK, nil, "01 06 00 02 56 E4"},
		{InvalidCommand, nil, "01 06 00 03 77 F4"}, {InvalidParameter, []byte{0}, "01 07 00 04 00 B8 37"}, {InvalidParameter, []byte{1}, "01 07 00 04 01 99 27"},
		{Incomplete, nil, "01 06 00 05 B1 94"}, {ReceiverError, nil, "01 06 00 06 D2 A4"}, {InvalidMode, nil, "01 06 00 07 F3 B4"},
	} {
		if got := fmt.Sprintf("% X", Packet(c.code, c.payload)); got != c.want {
			t.Errorf("code %d: %s, want %s", c.code, got, c.want)
		}
	}
	long := Packet(ACK, make([]byte, 300))
	if len(long) != 306 || long[1] != 306&0xFF || long[2] != 306>>8 || !Checked(long) {
		t.Errorf("% X …", long[:8])
	}
}

// changed is a packet with another byte.
func changed(b []byte, at int, to byte) []byte {
	b = slices.Clone(b)
	b[at] = to
	return b
}

func TestTheNextAnswerIsFoundBehindWhateverStandsBefore(t *testing.T) {
	answer, other := Packet(ACK, []byte("abc")), Packet(NAK, nil)
	join := func(parts ...[]byte) []byte { return slices.Concat(parts...) }
	for _, c := range []struct {
		what    string
		bytes   []byte
		most    int
		hurry   bool
		ok      bool
		payload string
		rest    []byte
	}{
		{"an answer", answer, MostPacket, false, true, "abc", nil},
		{"two", join(answer, other), MostPacket, false, true, "abc", other},
		{"behind other bytes", join([]byte("AT\r\n"), answer), MostPacket, false, true, "abc", nil},
		{"behind a start byte", join([]byte{1}, answer), MostPacket, true, true, "abc", nil},
		{"behind a start and an impossible length", join([]byte{1, 0, 0, ACK, 0, 0}, answer), MostPacket, false, true, "abc", nil},
		{"half of one", answer[:5], MostPacket, false, false, "", answer[:5]},
		{"not whole yet", answer[:8], MostPacket, false, false, "", answer[:8]},
		{"not whole, in a hurry", answer[:8], MostPacket, true, false, "", nil},
		{"a wrong checksum", changed(answer, 8, answer[8]^1), MostPacket, false, false, "", nil},
		{"a wrong byte", changed(answer, 5, 'x'), MostPacket, false, false, "", nil},
		{"longer than may be", answer, 8, false, false, "", nil},
		{"as long as may be", answer, 9, false, true, "abc", nil},
		{"a status that there is not", Packet(mostStatus+1, nil), MostPacket, false, false, "", nil},
		{"status nought", Packet(0, nil), MostPacket, false, false, "", nil},
		{"a refusal with its four bytes", Packet(InvalidParameter, []byte("1234")), MostPacket, false, true, "1234", nil},
		{"a refusal that is too long", Packet(InvalidParameter, []byte("12345")), MostPacket, false, false, "", nil},
		{"nothing", nil, MostPacket, false, false, "", nil},
	} {
		_, payload, rest, ok := Next(c.bytes, c.most, c.hurry)
		if ok != c.ok || string(payload) != c.payload || ok && !bytes.Equal(rest, c.rest) || c.rest != nil && !bytes.Equal(rest, c.rest) {
			t.Errorf("%s: %v, %q, rest % X", c.what, ok, payload, rest)
		}
	}
}

// TestOnlyXMLIsLong: four pages of 528 bytes and six of the frame are 2118.
func TestOnlyXMLIsLong(t *testing.T) {
	for c, want := range map[Command]int{Ping: 2118, Pages: 2118, PartitionInfo: 0xFFFF, FirmwareHeader: 0xFFFF} {
		if got := MostAnswer(c); got != want {
			t.Errorf("command %d: %d", c, got)
		}
	}
}

// TestRecordsHaveTheLengthsOfTheReference, section 4.0, and what is not in it none.
func TestRecordsHaveTheLengthsOfTheReference(t *testing.T) {
	for _, c := range []struct {
		p        Partition
		revision byte
		want     int
	}{
		{EGVData, 0, 0}, {EGVData, 1, 13}, {EGVData, 2, 13}, {EGVData, 3, 13}, {EGVData, 4, 23}, {EGVData, 5, 25}, {EGVData, 6, 0},
		{BackfilledEGVData, 5, 25}, {InsertionTime, 1, 15}, {InsertionTime, 2, 25}, {InsertionTime, 3, 0}, {MeterData, 2, 16}, {MeterData, 3, 21},
		{UserEventData, 1, 20}, {UserSettingData, 4, 48}, {UserSettingData, 6, 60}, {TransmitterInfoData, 1, 35},
		{ProReadings, 5, 1}, {ProReadings, 4, 0}, {ProCompanion, 2, 1}, {Partition(31), 1, 0},
	} {
		if got := RecordLength(c.p, c.revision); got != c.want {
			t.Errorf("%s, revision %d: %d bytes, want %d", c.p, c.revision, got, c.want)
		}
		if c.want > DataBytes {
			t.Errorf("%s: a record of %d bytes fits no page", c.p, c.want)
		}
	}
	for p, want := range map[Partition]bool{ProReadings: true, ProCompanion: true, EGVData: false, BackfilledEGVData: false} {
		if Stream(p) != want {
			t.Errorf("%s is a stream: %v", p, !want)
		}
	}
	if EGVData.String() != "EGVData" || Partition(31).String() != "partition 31" {
		t.Errorf("%s, %s", EGVData, Partition(31))
	}
}
