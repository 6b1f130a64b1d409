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
	"tracedesk/device/connect"
	"tracedesk/device/export"
	"tracedesk/device/receiver"
	"tracedesk/storage"
	"tracedesk/workflow"
)

type receiverJSON struct {
	ProductID          string   `json:"product_id"`
	SerialNumber       string   `json:"serial_number,omitempty"`
	Firmware           string   `json:"firmware,omitempty"`
	BatteryPercent     *int     `json:"battery_percent,omitempty"`
	ClockOffsetSeconds *float64 `json:"clock_offset_seconds,omitempty"`
	Blinded            bool     `json:"blinded"`
}

type readJSON struct {
	Files    []fileJSON     `json:"files"`
	Receiver receiverJSON   `json:"receiver"`
	Stored   []importedJSON `json:"stored,omitempty"` // with --match
}

func readCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "read",
		Short: "Read the receiver that is plugged in",
		Long: `Read the receiver that is plugged in, over USB or a serial port. Nothing is ever
written to it. The result is every wear in its memory, whole, or an error.`,
		Args: needNothing,
		RunE: runRead,
	}
	f := cmd.Flags()
	f.String("port", connect.Auto, "auto, usb, or a serial port's name")
	f.Duration("wait", 2*time.Second, "how long to wait for a receiver that is just being plugged in")
	f.String("csv", "", "write every reading to this CSV file")
	f.String("save", "", "write the recordings to this file, packed")
	f.String("capture", "", "keep the whole exchange in this file, without glucose values, to find out why a receiver misbehaves")
	f.Bool("match", false, "store each wear with the one of its transmitter in the store; what fits none waits in the tray")
	f.Bool("confirm-mismatch", false, "you checked what did not fit; it is recorded")
	addUnlockFlags(cmd)
	f.Bool("capture-values", false, "keep glucose values and what the patient logged in the capture, too")
	return cmd
}

func runRead(cmd *cobra.Command, _ []string) error {
	text := func(name string) string { v, _ := cmd.Flags().GetString(name); return v }
	patience, _ := cmd.Flags().GetDuration("wait")
	values, _ := cmd.Flags().GetBool("capture-values")
	store, err := storeToMatch(cmd)
	if err != nil {
		return err
	}
	if store != nil {
		defer store.Close()
	}
	var kept bytes.Buffer
	var keep io.Writer
	if text("capture") != "" {
		keep = &kept
	}
	asJSON, _ := cmd.Flags().GetBool("json")
	r, err := workflow.ReadReceiver(cmd.Context(), text("port"), patience, keep, values, showProgress(asJSON))
	if keep != nil && kept.Len() > 0 {
		err = errors.Join(err, workflow.WriteFile(text("capture"), kept.Bytes()))
	}
	if cmd.Context().Err() != nil {
		return errors.New("stopped; nothing was changed")
	}
	if err != nil {
		return err
	}
	if path := text("csv"); path != "" {
		if err := workflow.WriteFile(path, workflow.ReadingsCSV(r.Recordings)); err != nil {
			return err
		}
	}
	if path := text("save"); path != "" {
		if err := workflow.WriteFile(path, storage.PackFile(r.Recordings)); err != nil {
			return err
		}
	}
	out := describeRead(text("port"), r)
	if store != nil {
		if out.Stored, err = storeMatched(cmd, store, r); err != nil {
			return err
		}
	}
	return answer(cmd, out, func(w io.Writer) { out.print(w, r) })
}

// storeToMatch is the unlocked store that is read into, or nil: unlocked before
// the receiver is read, so that a wrong passphrase costs no waiting.
func storeToMatch(cmd *cobra.Command) (*storage.Store, error) {
	if match, _ := cmd.Flags().GetBool("match"); !match {
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
	confirmed, _ := cmd.Flags().GetBool("confirm-mismatch")
	kept, err := workflow.KeepMatched(s, workflow.OfReceiver(r), r.Recordings, confirmed, time.Now())
	if err != nil {
		return nil, err
	}
	for i, k := range kept {
		out = append(out, importedJSON{r.Recordings[i].TransmitterID, k.WearID, k.RecordingID, k.New, k.There, k.Conflicts, k.SameFile, k.TrayID})
	}
	return out, nil
}

// showProgress writes one line that is written over, on a terminal only.
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
	out := readJSON{Receiver: receiverJSON{ProductID: x.ProductID, SerialNumber: x.SerialNumber, Firmware: x.Firmware, Blinded: x.Blinded}}
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
	fmt.Fprintf(w, "%s %s, firmware %s\n", x.Model(), x.SerialNumber, x.Firmware)
	if x.BatteryPercent >= 0 {
		fmt.Fprintf(w, "  battery      %d %%\n", x.BatteryPercent)
	}
	if x.ClockKnown {
		fmt.Fprintf(w, "  clock        %s from this computer's\n", x.ClockOffset)
	}
	if x.ClockOffset.Abs() >= 2*time.Minute {
		fmt.Fprintf(w, "  note         times of day are by the receiver's clock; it is never set from here\n")
	}
	for i, recording := range r.Recordings {
		d := out.Files[0].Recordings[i]
		c := clinic.CheckRecording(recording)
		fmt.Fprintf(w, "  wear         transmitter %s, %s to %s\n", orNotNamed(d.TransmitterID), d.First, d.Last)
		fmt.Fprintf(w, "    readings   %d (%d LOW, %d HIGH); %s recorded: 72 hours %s\n", d.Readings, d.Low, d.High, clinic.Hours(c.Coverage.HoursRecorded), c.Result)
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
	fmt.Fprintf(w, "  left out     %s made for the screen only, %s without glucose, %s seen before\n", count(r.LeftOut.DisplayOnly, "record"), count(r.LeftOut.States, "record"), count(r.LeftOut.Twice, "record"))
}
