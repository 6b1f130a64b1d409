package stock

import (
	"testing"

	"tracedesk/cgm"
	"tracedesk/clinic/steps"
)

// TestTheStockGoesDownWithASensorAndSaysWhatItIs.
func TestTheStockGoesDownWithASensorAndSaysWhatItIs(t *testing.T) {
	sensors := Device{Kind: SensorDevice, Lot: "L1", Count: 1, Expiry: "2026-05-14"}
	if sensors.Expired(on("2026-05-14")) || !sensors.Expired(on("2026-05-15")) {
		t.Error("a sensor may be used on the day of its expiry, and not after it")
	}
	if got := sensors.Line(on("2026-05-15")); got != "sensors of lot L1, 1 left, expiry 2026-05-14 (expired)" {
		t.Error(got)
	}
	placed := &steps.Placement{SensorLot: "l1 ", Transmitter: "8ABC01"}
	if !sensors.Placed(placed, "w") || sensors.Count != 0 || sensors.Placed(placed, "w") || sensors.Count != 0 {
		t.Errorf("%+v", sensors)
	}
	sender := Device{Kind: TransmitterDevice, Serial: "8ABC01"}
	if !sender.Placed(placed, "w") || sender.Line(0) != "transmitter 8ABC01, worn, wear w" {
		t.Error(sender.Line(0))
	}
	for _, other := range []Device{{Kind: TransmitterDevice, Serial: "8ABC02"}, {Kind: TransmitterDevice}, {Kind: SensorDevice, Lot: "L2", Count: 3}, {Kind: SensorDevice, Lot: "L1", Count: 3, Retired: true}} {
		if other.Placed(placed, "w") {
			t.Errorf("%+v was placed", other)
		}
	}
}

func on(text string) cgm.Date {
	d, err := cgm.ParseDate(text)
	if err != nil {
		panic(err)
	}
	return d
}
