// Receiversim is the simulated receiver as a program: it answers on a
// pseudo-terminal or on a serial device until it is ended.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tracedesk/assets"
	"tracedesk/cgm"
	"tracedesk/device/export"
	"tracedesk/device/simulator"
)

func main() {
	if err := command().Execute(); err != nil {
		fmt.Fprintln(os.Stderr, "receiversim:", err)
		os.Exit(1)
	}
}

func command() *cobra.Command {
	var o settings
	cmd := &cobra.Command{
		Use:   "receiversim (--pty LINK | --tty PATH)",
		Short: "Answer like a Dexcom receiver, from a recording or a capture",
		Long: "Answer like a Dexcom receiver, from a recording or a capture, and print “ready”.\nWriting commands are " +
			"refused.\n\nFaults, as NAME@REQUEST, or NAME@REQUEST+ to stay:\n" + faultList(),
		Args: cobra.NoArgs, Version: assets.Version, SilenceErrors: true, SilenceUsage: true,
		RunE: func(cmd *cobra.Command, _ []string) error { return o.run(cmd.Context(), cmd.OutOrStdout()) },
	}
	f := cmd.Flags()
	f.StringVar(&o.pty, "pty", "", "a symbolic link to make to a new pseudo-terminal")
	f.StringVar(&o.tty, "tty", "", "a serial device to answer on")
	f.StringArrayVar(&o.recordings, "recording", nil,
		"an export file to play; several are several wears (the bundled recording)")
	f.StringVar(&o.capture, "capture", "", "a captured exchange to play")
	f.StringVar(&o.dump, "dump", "", "a dump of a Pro reader's pages to play, as JSON")
	f.StringVar((*string)(&o.state), "state", "", "a Pro reader's: collected (the usual), collecting, idle or cleared")
	f.IntVar(&o.clockMoved, "clock-moved", 0,
		"seconds that a Pro reader's system clock was set by after the wear was collected")
	f.BoolVar(&o.noBackfill, "no-backfill", false, "nothing in the partition of readings that were collected later")
	f.StringVar((*string)(&o.generation), "generation", "g6", "g4, g5, g6 or proreader")
	f.BoolVar(&o.backfilled, "backfilled", false, "all readings were collected after the wear")
	f.BoolVar(&o.mixed, "mixed", false, "half of them were, and some stand twice")
	f.BoolVar(&o.blinded, "blinded", false, "its settings say that it shows no glucose")
	f.BoolVar(&o.extras, "extras", false, "display-only copies and state values between the readings")
	f.BoolVar(&o.pieces, "pieces", false, "answers arrive in pieces of random size")
	f.BoolVar(&o.slow, "slow", false, "answers take as long as a real receiver's")
	f.StringVar(&o.serial, "serial", "", "serial number")
	f.StringVar(&o.product, "product", "", "what it calls itself, in place of the generation's")
	f.IntVar(&o.revision, "egv-revision", 0, "the revision of its glucose records, in place of the generation's")
	f.BoolVar(&o.growing, "growing", false,
		"in use: readings come with the fault grow; a Pro reader writes its log while it is read")
	f.StringVar(&o.clockChange, "clock-change", "",
		"SECONDS@READING: the wall clock is set by so much at this reading of the last wear")
	f.StringArrayVar(&o.faults, "fault", nil, "a fault, NAME@REQUEST")
	return cmd
}

func faultList() (out string) {
	var names []string
	for n := range simulator.FaultNames {
		names = append(names, n)
	}
	slices.Sort(names)
	for _, n := range names {
		out += fmt.Sprintf("  %-11s %s\n", n, simulator.FaultNames[n])
	}
	return out
}

type settings struct {
	pty, tty, capture, dump, serial, product, clockChange                 string
	generation                                                            simulator.Generation
	state                                                                 simulator.ProState
	recordings, faults                                                    []string
	backfilled, mixed, extras, pieces, slow, growing, noBackfill, blinded bool
	revision, clockMoved                                                  int
}

func (o *settings) run(ctx context.Context, out io.Writer) error {
	s, err := o.server(ctx)
	if err != nil {
		return err
	}
	line, err := o.line()
	if err != nil {
		return err
	}
	defer line.Close()
	fmt.Fprintln(out, "ready")
	err = s.Serve(line)
	if refused := s.Refused(); len(refused) > 0 {
		return fmt.Errorf("writing commands came and were refused: %v", refused)
	}
	return err
}

func (o *settings) line() (io.ReadWriteCloser, error) {
	switch {
	case o.capture != "" && o.dump != "":
		return nil, errors.New("play a capture or a dump, not both")
	case o.pty != "" && o.tty == "":
		return simulator.OpenPty(o.pty)
	case o.tty != "" && o.pty == "":
		return simulator.OpenTTY(o.tty)
	}
	return nil, errors.New("say where to answer: --pty LINK or --tty PATH")
}

func (o *settings) server(ctx context.Context) (*simulator.Server, error) {
	s := &simulator.Server{Pieces: o.pieces}
	if o.slow {
		s.Delay = simulator.CapturedDelay
	}
	for _, text := range o.faults {
		f, err := simulator.ParseFault(text)
		if err != nil {
			return nil, err
		}
		s.Faults = append(s.Faults, f)
	}
	var err error
	s.Model, err = o.model(ctx)
	return s, err
}

func (o *settings) model(ctx context.Context) (*simulator.Model, error) {
	if path := o.capture + o.dump; path != "" {
		f, err := os.Open(path)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		if o.dump != "" {
			return simulator.FromDump(f, time.Now)
		}
		return simulator.Replay(f)
	}
	switch o.state {
	case "", simulator.ProCollected, simulator.ProCollecting, simulator.ProIdle, simulator.ProCleared:
	default:
		return nil, fmt.Errorf("there is no state “%s”: collected, collecting, idle or cleared", o.state)
	}
	options := simulator.Options{
		Generation: o.generation, Serial: o.serial, ProductID: o.product, Extras: o.extras, EGVRevision: o.revision,
		Growing:    o.growing,
		NoBackfill: o.noBackfill, Blinded: o.blinded, State: o.state, ClockMoved: o.clockMoved,
	}
	files, err := o.files(ctx)
	if err != nil {
		return nil, err
	}
	for _, f := range files {
		for _, r := range f.Recordings {
			options.Wears = append(options.Wears, simulator.Wear{Recording: r, Backfilled: o.backfilled, Mixed: o.mixed})
		}
	}
	if o.clockChange != "" {
		if err := setClock(options.Wears[len(options.Wears)-1].Recording, o.clockChange); err != nil {
			return nil, err
		}
	}
	return simulator.New(options)
}

// setClock sets a recording's wall clock by SECONDS from READING on.
func setClock(r *cgm.Recording, change string) error {
	seconds, reading, ok := strings.Cut(change, "@")
	by, err := strconv.Atoi(seconds)
	from, err2 := strconv.Atoi(reading)
	if !ok || err != nil || err2 != nil || from < 0 || from >= len(r.Readings) {
		return fmt.Errorf("“%s” is no change of the clock: SECONDS@READING, as -3600@700", change)
	}
	for i := range r.Readings[from:] {
		r.Readings[from+i].Display += cgm.WallTime(by)
	}
	return nil
}

func (o *settings) files(ctx context.Context) ([]*export.File, error) {
	if len(o.recordings) == 0 {
		f, err := export.Bundled(ctx)
		return []*export.File{f}, err
	}
	var out []*export.File
	for _, path := range o.recordings {
		f, err := export.Open(ctx, path, nil, nil)
		if err != nil {
			return nil, err
		}
		out = append(out, f)
	}
	return out, nil
}
