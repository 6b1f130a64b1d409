package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tracedesk/clinic"
	"tracedesk/clinic/wording"
	"tracedesk/device/capture"
	"tracedesk/device/connect"
	"tracedesk/device/export"
	"tracedesk/device/receiver"
	"tracedesk/storage"
	"tracedesk/workflow"
)

type receiverJSON struct {
	ProductID          string   `json:"product_id"`
	Product            string   `json:"product,omitempty"`
	Model              string   `json:"model"`
	SerialNumber       string   `json:"serial_number,omitempty"`
	Firmware           string   `json:"firmware,omitempty"`
	BatteryPercent     *int     `json:"battery_percent,omitempty"`
	ClockOffsetSeconds *float64 `json:"clock_offset_seconds,omitempty"`
	Blinded            bool     `json:"blinded"`

	State  receiver.State `json:"state,omitempty"` // of a G6 Pro reader
	Unread []unreadJSON   `json:"unread"`
	Met    []metJSON      `json:"met,omitempty"` // transmitters, of a reader with nothing left on it
}

type unreadJSON struct {
	ID       byte `json:"id"`
	Revision byte `json:"revision"`
	Length   int  `json:"length"`
}

type metJSON struct {
	TransmitterID string `json:"transmitter_id"`
	At            string `json:"at"`
}

// recordsJSON counts the receiver's records without a reading.
type recordsJSON struct {
	WarmUp      int `json:"warm_up"`
	States      int `json:"states"`
	DisplayOnly int `json:"display_only"`
	Twice       int `json:"twice"`
}

type readJSON struct {
	Files    []fileJSON     `json:"files"`
	Receiver receiverJSON   `json:"receiver"`
	Records  recordsJSON    `json:"records_left_out"`
	Stored   []importedJSON `json:"stored,omitempty"` // with --match
}

func readCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "read",
		Short: "Read the receiver that is plugged in",
		Long: `Read the receiver that is plugged in, over USB or a serial port. Nothing is ever
written to it. The result is every wear in its memory, whole, or an error.

Read a G6 Pro reader here before it is uploaded with the maker's software: that
upload clears the reader. Reading here changes nothing on it but its own log.`,
		Args: needNothing,
		RunE: runRead,
	}
	f := cmd.Flags()
	f.String("port", connect.Auto, "auto, usb, or a serial port's name")
	f.Duration("wait", 2*time.Second, "how long to wait for a receiver that is just being plugged in")
	f.String("csv", "", "write every reading to this CSV file")
	f.String("save", "", "write the recordings to this file, packed")
	f.String("time-zone", "",
		"the practice's time zone, as America/Chicago (this computer's, or with --match the store's)")
	f.String("capture", "",
		"keep the whole exchange in this file, with all partitions and without glucose values, to support a receiver "+
			"that cannot be read")
	f.Bool("capture-unknown", false,
		"include data without a known layout in the capture, too: it may hold glucose values")
	f.String("replay", "", "read a capture in place of a receiver")
	f.Bool("match", false,
		"store each wear with the one of its transmitter in the store; what fits none waits in the tray")
	f.Bool("confirm-mismatch", false, "you checked what did not fit; it is recorded")
	addUnlockFlags(cmd)
	f.Bool("capture-values", false, "keep glucose values and what the patient logged in the capture, too")
	return cmd
}

func runRead(cmd *cobra.Command, _ []string) error {
	store, err := storeToMatch(cmd)
	if err != nil {
		return err
	}
	if store != nil {
		defer store.Close()
	}
	zone, err := zoneToRead(cmd, store)
	if err != nil {
		return err
	}
	port := flagText(cmd, "port")
	r, err := readAsAsked(cmd, zone)
	if cmd.Context().Err() != nil {
		return errors.New("stopped; nothing was changed")
	}
	if err != nil {
		return readFailed(cmd, port, r, err)
	}
	if err := writeRead(cmd, r); err != nil {
		return err
	}
	out := describeRead(port, r)
	if store != nil {
		if out.Stored, err = storeMatched(cmd, store, r); err != nil {
			return err
		}
	}
	return answer(cmd, out, func(w io.Writer) { out.print(w, r) })
}

// zoneToRead gives the named time zone, else the store's, else this computer's.
func zoneToRead(cmd *cobra.Command, store *storage.Store) (*time.Location, error) {
	name := flagText(cmd, "time-zone")
	if name == "" && store != nil {
		settings, err := store.Settings()
		return settings.Zone(), err
	}
	zone, err := clinic.ParseZone(name)
	if err != nil {
		return nil, usageError{err}
	}
	return zone, nil
}

// readAsAsked reads the receiver, or a capture in its place. It keeps a capture of
// the exchange if --capture asks for one.
func readAsAsked(cmd *cobra.Command, zone *time.Location) (*receiver.Result, error) {
	if path := flagText(cmd, "replay"); path != "" {
		f, err := os.Open(path)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		return workflow.ReplayCapture(cmd.Context(), f, zone)
	}
	how := workflow.Reading{Port: flagText(cmd, "port"), Zone: zone, Progress: showProgress(flagSet(cmd, "json"))}
	how.Patience, _ = cmd.Flags().GetDuration("wait")
	how.Capture = capture.Options{Values: flagSet(cmd, "capture-values"), Unknown: flagSet(cmd, "capture-unknown")}
	var kept bytes.Buffer
	if flagText(cmd, "capture") != "" {
		how.Keep, how.Survey = &kept, receiver.SurveyAlways
	}
	r, err := workflow.ReadReceiver(cmd.Context(), how)
	if kept.Len() > 0 {
		_, captureErr := workflow.SaveCapture(kept.Bytes(), workflow.AtPath(flagText(cmd, "capture")), time.Now())
		err = errors.Join(err, captureErr)
	}
	return r, err
}

// readFailed answers for a receiver without a recording.
func readFailed(cmd *cobra.Command, port string, r *receiver.Result, err error) error {
	var nothing *receiver.NothingError
	if r == nil || !flagSet(cmd, "json") || !errors.As(err, &nothing) {
		return err
	}
	out := describeRead(port, r)
	for _, m := range nothing.Met {
		out.Receiver.Met = append(out.Receiver.Met, metJSON{m.TransmitterID, m.At.String()})
	}
	return errors.Join(answer(cmd, out, func(io.Writer) {}), err)
}

// writeRead writes the files that were asked for.
func writeRead(cmd *cobra.Command, r *receiver.Result) error {
	if path := flagText(cmd, "csv"); path != "" {
		if _, err := workflow.SaveReadings(r.Recordings, workflow.AtPath(path)); err != nil {
			return err
		}
	}
	if path := flagText(cmd, "save"); path != "" {
		_, err := workflow.SavePacked(r.Recordings, workflow.AtPath(path))
		return err
	}
	return nil
}

// storeToMatch unlocks the store for --match, or gives nil without it. It does so
// before the receiver is read, so that a wrong passphrase costs no waiting.
func storeToMatch(cmd *cobra.Command) (*storage.Store, error) {
	if !flagSet(cmd, "match") {
		return nil, nil
	}
	s, err := openLocked(cmd)
	if err != nil {
		return nil, err
	}
	if err := unlock(cmd, s); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

func storeMatched(cmd *cobra.Command, s *storage.Store, r *receiver.Result) (out []importedJSON, err error) {
	confirmed := flagSet(cmd, "confirm-mismatch")
	stored, err := workflow.FromReceiver(r).StoreMatched(s, confirmed, time.Now())
	return describeImported(r.Recordings, stored), err
}

// showProgress writes its reports over each other in one line, on a terminal only.
func showProgress(quiet bool) func(done, total int64, what string) {
	info, err := os.Stderr.Stat()
	if quiet || err != nil || info.Mode()&os.ModeCharDevice == 0 {
		return func(int64, int64, string) {}
	}
	return func(done, total int64, what string) {
		fmt.Fprintf(os.Stderr, "\r%-70s", fmt.Sprintf("%s (%d of %d pages)", what, done, total))
		if done == total && total > 0 {
			fmt.Fprint(os.Stderr, "\r"+strings.Repeat(" ", 70)+"\r")
		}
	}
}

func describeRead(port string, r *receiver.Result) readJSON {
	x := r.Receiver
	out := readJSON{Receiver: receiverJSON{
		ProductID: x.ProductID, Product: x.ProductName, Model: x.Model(), SerialNumber: x.SerialNumber, Firmware: x.Firmware,
		Blinded: x.Blinded, State: x.State, Unread: []unreadJSON{},
	}}
	out.Records = recordsJSON{r.LeftOut.WarmUp, r.LeftOut.States, r.LeftOut.DisplayOnly, r.LeftOut.Twice}
	for _, u := range x.Unread {
		out.Receiver.Unread = append(out.Receiver.Unread, unreadJSON{u.Partition, u.Revision, u.Length})
	}
	if x.BatteryPercent >= 0 {
		out.Receiver.BatteryPercent = &x.BatteryPercent
	}
	if offset := x.ClockOffset.Seconds(); x.ClockKnown {
		out.Receiver.ClockOffsetSeconds = &offset
	}
	f := &export.File{Format: x.Model(), Recordings: r.Recordings}
	for _, p := range r.Problems {
		f.Problems = append(f.Problems, export.Problem{Message: p})
	}
	out.Files = []fileJSON{describeFile(port, f)}
	return out
}

func (out *readJSON) print(w io.Writer, r *receiver.Result) {
	x := r.Receiver
	fmt.Fprintf(w, "%s, firmware %s\n", x.Names(), x.Firmware)
	if x.State == receiver.StateCollected {
		fmt.Fprintf(w, "  state        collected, not yet uploaded\n")
	}
	if x.BatteryPercent >= 0 {
		fmt.Fprintf(w, "  battery      %d %%\n", x.BatteryPercent)
	}
	if x.ClockKnown {
		fmt.Fprintf(w, "  clock        %s\n", clockWords(x.ClockOffset))
	}
	if x.ClockOffset.Abs() >= 2*time.Minute {
		fmt.Fprintf(w, "  note         %s\n", workflow.ClockNote(x))
	}
	for i, recording := range r.Recordings {
		d := out.Files[0].Recordings[i]
		c := clinic.CheckRecording(recording)
		fmt.Fprintf(w, "  wear         transmitter %s, %s to %s\n", orNotNamed(d.TransmitterID), d.First, d.Last)
		fmt.Fprintf(w, "    readings   %d (%d LOW, %d HIGH); %s recorded: 72 hours %s\n", d.Readings, d.Low, d.High,
			wording.Hours(c.Coverage.HoursRecorded), c.Result)
	}
	for _, k := range out.Stored {
		line := k.text()
		if k.WearID != "" {
			line += ", wear " + k.WearID
		}
		fmt.Fprintf(w, "  stored       transmitter %s: %s\n", orNotNamed(k.TransmitterID), line)
	}
	for _, p := range out.Files[0].Problems {
		fmt.Fprintf(w, "  problem      %s\n", p.text())
	}
	fmt.Fprintf(w,
		"  left out     %s of the warm-up, %s made for the screen only, %s without glucose, %s seen before\n",
		wording.Counted(r.LeftOut.WarmUp, "record"), wording.Counted(r.LeftOut.DisplayOnly, "record"),
		wording.Counted(r.LeftOut.States, "record"), wording.Counted(r.LeftOut.Twice, "record"))
}

// clockWords says how far a receiver's clock is off.
func clockWords(offset time.Duration) string {
	side, off := "ahead of", offset.Abs()
	if offset < 0 {
		side = "behind"
	}
	switch {
	case off < time.Minute:
		return "as this computer's"
	case off >= 48*time.Hour:
		return wording.Counted(int(off/(24*time.Hour)), "day") + " " + side + " this computer's"
	}
	return wording.Minutes(off.Minutes()) + " " + side + " this computer's"
}
