package receiver

import (
	"encoding/binary"
	"testing"

	"tracedesk/cgm"
)

// TestAWordOf401IsHigh: ten bits hold a value. Up to 19 they are a state, 20 to 39
// LOW, 40 to 400 measured, and from 401 on HIGH.
func TestAWordOf401IsHigh(t *testing.T) {
	for word, want := range map[int]struct {
		mgDL float64
		flag cgm.Flag
	}{
		20: {39, cgm.Low}, 39: {39, cgm.Low}, 40: {40, cgm.InRange}, 400: {400, cgm.InRange}, 401: {401, cgm.High}, 1023: {401, cgm.High},
	} {
		if mgDL, flag := flagged(word); mgDL != want.mgDL || flag != want.flag {
			t.Errorf("%d: %g, %q", word, mgDL, flag)
		}
	}
}

// TestTheBitsAboveAValueAreNoneOfIt sets all the flags of a record's word.
func TestTheBitsAboveAValueAreNoneOfIt(t *testing.T) {
	record := make([]byte, 23)
	binary.LittleEndian.PutUint16(record[8:], 0xC000|120)
	e := parseEGV(5, record)
	if e.MgDL != 120 || !e.DisplayOnly || !e.OnTransmitter || e.Backfilled {
		t.Errorf("%+v", e)
	}
	binary.LittleEndian.PutUint16(record[8:], 0x2000|401)
	if e := parseEGV(5, record); e.MgDL != 401 || e.DisplayOnly || e.OnTransmitter || !e.Backfilled {
		t.Errorf("%+v", e)
	}
	if e := parseEGV(4, record); e.Backfilled {
		t.Error("revision 4 knows no backfilled readings")
	}
}
