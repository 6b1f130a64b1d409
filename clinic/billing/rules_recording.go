package billing

import (
	"cmp"
	"fmt"

	"tracedesk/clinic"
	"tracedesk/clinic/steps"
	"tracedesk/clinic/wording"
)

// recordingRules are of what was recorded, by which device, and what was printed of it.
var recordingRules = []Rule{
	{
		ID: "B01", Codes: technical, Title: "72 hours recorded", Required: true, Overridable: true,
		Basis: "code descriptor, as carried by Dexcom and AACE",
		Mend:  steps.Read, Proof: "Printout", judge: hours,
	},
	{
		ID: "B02", Codes: reading, Title: "72 hours recorded", Required: true, Overridable: true,
		Basis: "code descriptor, as carried by Dexcom and AACE",
		Mend:  steps.Read, Proof: "Printout", judge: hours,
	},
	{
		ID: "B03", Codes: technical, Title: "The device that the patient was trained on", Required: true, Overridable: true,
		Basis: "Dexcom, commercial reimbursement, 2018",
		Mend:  steps.Placed, Proof: "What happened: placed, read", judge: sameDevice,
	},
	{
		ID: "B04", Codes: technical, Title: "One sensor", Required: true, Overridable: true,
		Basis: "no source settles it; the strictest reading",
		Mend:  steps.Placed, Proof: "What happened: placed; Printout", judge: oneSensor,
	},
	{
		ID: "B05", Codes: technical, Title: "Printout", Required: true,
		Basis: "code descriptor: printout of the recording",
		Mend:  steps.Printed, Proof: "Printout; Documents", judge: printed,
	},
	{
		ID: "B22", Codes: technical, Title: "The payer's description of the wear",
		Basis: "Blue Cross MN MP-038 (2023); Wisconsin Medicaid 17897",
		Mend:  steps.Read, Proof: "Printout", judge: wearDescribed,
	},
}

// hours: B01 and B02. What was not recorded within 72 hours at all, nobody can
// decide to have been; of a span, a person may decide.
func hours(c *Case, _ clinic.Code) verdict {
	k := c.Check
	if k == nil {
		return cannotTell("No recording has been read.")
	}
	facts := []string{
		fmt.Sprintf("%s recorded: %s", wording.Hours(k.HoursRecorded), wording.Counted(k.Slots, "slot")),
		"first to last reading " + wording.Hours(k.HoursSpan),
		fmt.Sprintf("longest gap %s, %s from 30 minutes on", wording.Minutes(k.LongestGapMinutes),
			wording.Counted(k.GapsOver30, "gap")), fmt.Sprintf("method %d", k.MethodVersion),
	}
	switch {
	case k.Result == clinic.Met:
		return met(wording.Hours(k.HoursRecorded)+" were recorded; 72 are asked for.", facts...)
	case k.Result == clinic.SpanOnly && c.Profile.Hours == HoursSpan:
		return met(fmt.Sprintf("From first to last reading it is %s, which this payer profile counts; %s were recorded.",
			wording.Hours(k.HoursSpan), wording.Hours(k.HoursRecorded)), facts...)
	case k.Result == clinic.SpanOnly:
		return notMet(fmt.Sprintf("Only %s were recorded, within a span of %s; 72 recorded hours are asked for.",
			wording.Hours(k.HoursRecorded), wording.Hours(k.HoursSpan)), facts...)
	}
	return notMet(fmt.Sprintf("Only %s were recorded; 72 are asked for.", wording.Hours(k.HoursRecorded)),
		facts...).finally()
}

// sameDevice: B03, by the transmitter, and the reader where both times name one.
func sameDevice(c *Case, _ clinic.Code) verdict {
	p := c.Placement()
	switch {
	case p == nil || p.Transmitter == "":
		return cannotTell("The transmitter's serial was not recorded when the sensor was placed.")
	case c.Check == nil:
		return cannotTell("No recording has been read.", "placed: transmitter "+p.Transmitter)
	case c.Wear.TransmitterID == "":
		return cannotTell("The recording does not name its transmitter.", "placed: transmitter "+p.Transmitter)
	}
	facts := []string{
		"placed: transmitter " + p.Transmitter + withReader(p.Reader), "read: transmitter " + c.Wear.TransmitterID +
			withReader(c.Reader),
	}
	if !steps.SameSerial(p.Transmitter, c.Wear.TransmitterID) {
		return notMet(fmt.Sprintf("Transmitter %s was placed, and the recording is of transmitter %s.", p.Transmitter,
			c.Wear.TransmitterID), facts...)
	}
	if p.Mode == steps.Blinded && p.Reader != "" && c.Reader != "" && !steps.SameSerial(p.Reader, c.Reader) {
		return notMet(fmt.Sprintf("Reader %s was recorded at the start, and the recording is of %s.", p.Reader,
			c.Reader), facts...)
	}
	return met("The recording is of transmitter "+p.Transmitter+", which was placed.", facts...)
}

func withReader(serial string) string {
	if serial == "" {
		return ""
	}
	return ", reader " + serial
}

// oneSensor: B04.
func oneSensor(c *Case, _ clinic.Code) verdict {
	p := c.Placement()
	if p == nil || p.SensorLot == "" && p.SensorCode == "" {
		return cannotTell("Neither the sensor's lot nor its code was recorded.")
	}
	facts := []string{
		"sensor lot " + cmp.Or(p.SensorLot, "not recorded") + ", code " + cmp.Or(p.SensorCode, "not recorded"),
	}
	if c.Check == nil {
		return cannotTell("No recording has been read.", facts...)
	}
	facts = append(facts, "first to last reading "+wording.Hours(c.Check.HoursSpan))
	if c.Check.HoursSpan <= clinic.LongestWearHours {
		return met("The recording is no longer than one sensor is worn.", facts...)
	}
	if c.Profile.CombineSensors {
		return met("The recording is longer than one sensor is worn; this payer profile allows several sensors of one "+
			"training.", facts...)
	}
	return notMet("The recording is longer than one sensor is worn: it holds more than one, whose hours must not be "+
		"added.", facts...)
}

// printed: B05.
func printed(c *Case, _ clinic.Code) verdict {
	if c.Check == nil {
		return cannotTell("No recording has been read.")
	}
	if d := c.Printout(); d != nil {
		return met(fmt.Sprintf("The printout of this recording was made on %s, %s.", d.MadeAt.Format("2006-01-02 15:04"),
			wording.Counted(d.Pages, "page")), "SHA-256 "+d.SHA256)
	}
	for _, d := range c.Documents {
		if d.Kind == clinic.PrintoutDocument {
			return notMet("The recording has changed since it was printed; print it again.", "printed: recording "+
				d.RecordingHash, "now: recording "+c.Check.RecordingHash)
		}
	}
	return notMet("The recording has not been printed.")
}

// wearDescribed: B22, for information.
func wearDescribed(c *Case, _ clinic.Code) verdict {
	if c.Check == nil {
		return cannotTell("No recording has been read.")
	}
	length := "The wear lasted " + wording.Hours(c.Check.HoursSpan) + " from first to last reading"
	if c.Profile.WearDescription == "" {
		return met(length + "; this payer profile describes no length.")
	}
	return met(length + "; this payer describes: " + c.Profile.WearDescription + ". For information.")
}
