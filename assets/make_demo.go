//go:build ignore

// Make_demo writes demo-clarity.csv, the bundled recording: ten days of a
// made-up patient in the layout of a Clarity export. Run it with go generate.
package main

import (
	"fmt"
	"os"
	"strings"

	"tracedesk/cgm"
	"tracedesk/cgm/cgmtest"
)

const head = `"Index","Timestamp (YYYY-MM-DDThh:mm:ss)","Event Type","Event Subtype","Patient Info","Device Info","Source Device ID","Glucose Value (mg/dL)","Insulin Value (u)","Carb Value (grams)","Duration (hh:mm:ss)","Glucose Rate of Change (mg/dL/min)","Transmitter Time (Long Integer)","Transmitter ID"`

func main() {
	r := cgmtest.Wear(10, 5)
	rows := []string{head}
	row := func(fields ...string) {
		rows = append(rows, `"`+strings.Join(append([]string{fmt.Sprint(len(rows))}, fields...), `","`)+`"`)
	}
	row("", "FirstName", "", "Demo", "", "", "", "", "", "", "", "", "")
	row("", "LastName", "", "Patient", "", "", "", "", "", "", "", "", "")
	row("", "PatientIdentifier", "", "DEMO-0001", "", "", "", "", "", "", "", "", "")
	row("", "DateOfBirth", "", "1964-06-20", "", "", "", "", "", "", "", "", "")
	row("", "Device", "", "", r.DeviceModel, r.DeviceID, "", "", "", "", "", "", "")
	events := r.Events
	for i := range r.Readings {
		g := &r.Readings[i]
		for len(events) > 0 && events[0].Display <= g.Display {
			row(events[0].Display.String(), "Carbs", "", "", "", r.DeviceID, "", "", fmt.Sprint(events[0].Value), "", "", "")
			events = events[1:]
		}
		value := fmt.Sprint(g.MgDL)
		switch g.Flag {
		case cgm.Low:
			value = "Low"
		case cgm.High:
			value = "High"
		}
		row(g.Display.String(), "EGV", "", "", "", r.DeviceID, value, "", "", "", "", fmt.Sprint(g.TransmitterSeconds),
			r.TransmitterID)
	}
	text := "\xEF\xBB\xBF" + strings.Join(rows, "\r\n") + "\r\n"
	if err := os.WriteFile("demo-clarity.csv", []byte(text), 0o644); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
