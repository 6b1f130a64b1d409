package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"tracedesk/cgm"
	"tracedesk/clinic"
	"tracedesk/clinic/wording"
)

type checkJSON struct {
	TransmitterID string `json:"transmitter_id,omitempty"`
	clinic.CheckRecord
	Method string   `json:"method"`
	Notes  []string `json:"notes,omitempty"`

	sentence string
}

func checkOf(r *cgm.Recording) checkJSON {
	c := clinic.CheckRecording(r)
	return checkJSON{
		TransmitterID: r.TransmitterID, CheckRecord: c.Record(), Method: wording.CheckMethod(c),
		Notes:    wording.CheckNotes(c, r),
		sentence: wording.CheckSentence(c),
	}
}

func (c *checkJSON) print(w io.Writer) {
	if c.TransmitterID != "" {
		fmt.Fprintf(w, "transmitter %s\n", c.TransmitterID)
	}
	fmt.Fprintf(w, "%s\n  %s\n", c.sentence, c.Method)
	fmt.Fprintf(w, "  recorded %s of %s from first to last reading; %s of 30 minutes or more",
		wording.Hours(c.HoursRecorded), wording.Hours(c.HoursSpan), wording.Counted(c.GapsOver30, "gap"))
	if c.LongestGapMinutes > 0 {
		fmt.Fprintf(w, ", the longest %s", wording.Minutes(c.LongestGapMinutes))
	}
	fmt.Fprintf(w, "\n  recording %s\n", c.RecordingHash)
	for _, note := range c.Notes {
		fmt.Fprintf(w, "  note: %s\n", note)
	}
}

func checkCommand() *cobra.Command {
	return addColumnFlags(&cobra.Command{
		Use:   "check FILE",
		Short: "Check whether at least 72 hours were recorded",
		Long: `Check whether at least 72 hours were recorded, by method 1: unique 5-minute
slots with a reading, by the device's own clock, never rounded up. Exit status
0 if every recording in the file has them, 3 if not.`,
		Args: needOneFile,
		RunE: func(cmd *cobra.Command, args []string) error {
			met := true
			err := answerRecordings(cmd, args[0], func(r *cgm.Recording) *checkJSON {
				c := checkOf(r)
				met = met && c.Result == clinic.Met
				return &c
			})
			if err == nil && !met {
				err = errAnswerNo
			}
			return err
		},
	})
}
