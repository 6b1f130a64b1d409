package main

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"tracedesk/cgm"
	"tracedesk/clinic"
	"tracedesk/clinic/wording"
	"tracedesk/device/export"
)

type fileJSON struct {
	Path       string          `json:"path"`
	Format     string          `json:"format"`
	Patient    patientJSON     `json:"patient"`
	Recordings []recordingJSON `json:"recordings"`
	Problems   []problemJSON   `json:"problems"`
	// Every row after the header: the recordings' readings, duplicates,
	// calibrations and events, the other rows, and those that were left out.
	Rows      int           `json:"rows"`
	OtherRows int           `json:"other_rows"`
	LeftOut   []leftOutJSON `json:"left_out"`
}

type leftOutJSON struct {
	Line   int    `json:"line"`
	Reason string `json:"reason"`
}

type clockChangeJSON struct {
	At      string `json:"at"`
	Seconds int64  `json:"seconds"`
}

type patientJSON struct {
	FirstName  string `json:"first_name,omitempty"`
	LastName   string `json:"last_name,omitempty"`
	BirthDate  string `json:"birth_date,omitempty"`
	Identifier string `json:"identifier,omitempty"`
}

type recordingJSON struct {
	TransmitterID   string   `json:"transmitter_id,omitempty"`
	DeviceModel     string   `json:"device_model,omitempty"`
	DeviceID        string   `json:"device_id,omitempty"`
	Unit            cgm.Unit `json:"unit"`
	IntervalSeconds int      `json:"interval_seconds"`
	Readings        int      `json:"readings"`
	Low             int      `json:"low"`
	High            int      `json:"high"`
	Duplicates      int      `json:"duplicates"`
	First           string   `json:"first"`
	Last            string   `json:"last"`
	Calibrations    int      `json:"calibrations"`
	Events          int      `json:"events"`

	ClockChanges []clockChangeJSON `json:"clock_changes"`
	notes        []string
}

type problemJSON struct {
	Line    int    `json:"line,omitempty"`
	Message string `json:"message"`
}

func describeFile(path string, f *export.File) fileJSON {
	out := fileJSON{
		Path: path, Format: f.Format, Patient: patientJSON(f.Patient),
		Recordings: []recordingJSON{}, Problems: []problemJSON{}, Rows: f.Rows, OtherRows: f.OtherRows,
		LeftOut: []leftOutJSON{},
	}
	for _, r := range f.Recordings {
		out.Recordings = append(out.Recordings, describeRecording(r))
	}
	for _, p := range f.Problems {
		out.Problems = append(out.Problems, problemJSON(p))
	}
	for _, l := range f.LeftOut {
		out.LeftOut = append(out.LeftOut, leftOutJSON(l))
	}
	return out
}

func describeRecording(r *cgm.Recording) recordingJSON {
	out := recordingJSON{
		TransmitterID: r.TransmitterID, DeviceModel: r.DeviceModel, DeviceID: r.DeviceID, Unit: r.Unit,
		IntervalSeconds: r.IntervalSeconds,
		Readings:        len(r.Readings), Low: r.Count(cgm.Low), High: r.Count(cgm.High), Duplicates: r.Duplicates,
		First: r.First().String(), Last: r.Last().String(), Calibrations: len(r.Calibrations), Events: len(r.Events),
		ClockChanges: []clockChangeJSON{}, notes: wording.CheckNotes(clinic.CheckRecording(r), r),
	}
	for _, c := range r.ClockChanges() {
		out.ClockChanges = append(out.ClockChanges, clockChangeJSON{c.At.String(), c.Seconds})
	}
	return out
}

// columnFlags name the columns of a file that has a header in an unknown language.
var columnFlags = []struct {
	name, use string
	title     func(*export.Columns) *string
}{
	{
		"time-column", "for a header in an unknown language: the title of the column of times",
		func(c *export.Columns) *string { return &c.Time },
	},
	{"glucose-column", "… and of glucose", func(c *export.Columns) *string { return &c.Glucose }},
	{
		"event-column", "… and of event types, where there is one; what is not named is looked for in the rows",
		func(c *export.Columns) *string { return &c.EventType },
	},
	{"device-column", "… and of display devices", func(c *export.Columns) *string { return &c.Device }},
	{"transmitter-column", "… and of transmitter ids", func(c *export.Columns) *string { return &c.Transmitter }},
	{
		"transmitter-time-column", "… and of the transmitter's time",
		func(c *export.Columns) *string { return &c.TransmitterTime },
	},
}

// addColumnFlags adds columnFlags and the unit to a command.
func addColumnFlags(cmd *cobra.Command) *cobra.Command {
	for _, flag := range columnFlags {
		cmd.Flags().String(flag.name, "", flag.use)
	}
	cmd.Flags().String("column-unit", "", "the unit of the glucose column, mg/dL or mmol/L")
	return cmd
}

func namedColumns(cmd *cobra.Command) ([]export.Columns, error) {
	var out export.Columns
	all := ""
	for _, flag := range columnFlags {
		title, _ := cmd.Flags().GetString(flag.name)
		*flag.title(&out) = title
		all += title
	}
	unit := flagText(cmd, "column-unit")
	if all+unit == "" {
		return nil, nil
	}
	if err := required(cmd, "time-column", "glucose-column", "column-unit"); err != nil {
		return nil, err
	}
	known, ok := units[strings.ToLower(unit)]
	if !ok {
		return nil, usageError{fmt.Errorf("--column-unit is mg/dL or mmol/L, not “%s”", unit)}
	}
	out.Unit = known
	return []export.Columns{out}, nil
}

// units has the units by their names in lower case.
var units = map[string]cgm.Unit{"mg/dl": cgm.MgDL, "mmol/l": cgm.MmolL}

func inspectCommand() *cobra.Command {
	return addColumnFlags(&cobra.Command{
		Use:   "inspect FILE…",
		Short: "Say what is in export files",
		Args:  needFiles,
		RunE: func(cmd *cobra.Command, args []string) error {
			return answerFiles(cmd, args, nil, func(path string, f *export.File) (*fileJSON, error) {
				out := describeFile(path, f)
				return &out, nil
			})
		},
	})
}

// printed is a result that prints itself on the terminal.
type printed interface{ print(w io.Writer) }

// answerRecordings reads a file and answers with something of each of its recordings.
func answerRecordings[T printed](cmd *cobra.Command, path string, describe func(*cgm.Recording) T) error {
	f, err := openOne(cmd, path)
	if err != nil {
		return err
	}
	out := struct {
		Recordings []T `json:"recordings"`
	}{}
	for _, r := range f.Recordings {
		out.Recordings = append(out.Recordings, describe(r))
	}
	return answer(cmd, out, func(w io.Writer) {
		for _, r := range out.Recordings {
			r.print(w)
		}
	})
}

// answerFiles reads files and answers with something of each.
func answerFiles[T printed](
	cmd *cobra.Command, paths []string, known []export.Columns, describe func(path string, f *export.File) (T, error),
) error {
	out := struct {
		Files []T `json:"files"`
	}{[]T{}}
	failed, err := eachFile(cmd, paths, known, func(path string, f *export.File) error {
		one, err := describe(path, f)
		if err == nil {
			out.Files = append(out.Files, one)
		}
		return err
	})
	if err != nil {
		return err
	}
	err = answer(cmd, out, func(w io.Writer) {
		for _, f := range out.Files {
			f.print(w)
		}
	})
	return errors.Join(failed, err)
}

// eachFile reads the files in turn. A file that is refused does not keep the others
// from being read: its refusal is said at once, and the last one is given as failed.
func eachFile(
	cmd *cobra.Command, paths []string, known []export.Columns, do func(path string, f *export.File) error,
) (failed, err error) {
	named, err := namedColumns(cmd)
	if err != nil {
		return nil, err
	}
	known = append(named, known...)
	for _, path := range paths {
		f, err := export.Open(cmd.Context(), path, known, nil)
		if cmd.Context().Err() != nil {
			return nil, errors.New("stopped; nothing was changed")
		}
		if err == nil {
			err = do(path, f)
		}
		if err == nil {
			continue
		}
		if failed != nil {
			say("tracedesk: %s", explain(failed))
		}
		failed = err
	}
	return failed, nil
}

func (f *fileJSON) print(w io.Writer) {
	fmt.Fprintf(w, "%s: %s\n", f.Path, f.Format)
	p := clinic.Patient{FirstName: f.Patient.FirstName, LastName: f.Patient.LastName, Identifier: f.Patient.Identifier}
	fmt.Fprintf(w, "  patient      %s", p.Name())
	if f.Patient.BirthDate != "" {
		fmt.Fprintf(w, ", born %s", f.Patient.BirthDate)
	}
	if f.Patient.Identifier != "" {
		fmt.Fprintf(w, ", record number %s", f.Patient.Identifier)
	}
	fmt.Fprintln(w)
	for _, r := range f.Recordings {
		fmt.Fprintf(w, "  transmitter  %s\n", orNotNamed(r.TransmitterID))
		fmt.Fprintf(w, "    device     %s %s\n", orNotNamed(r.DeviceModel), r.DeviceID)
		fmt.Fprintf(w, "    readings   %d every %d s (%d LOW, %d HIGH, %s left out), written in %s\n", r.Readings,
			r.IntervalSeconds, r.Low, r.High, wording.Counted(r.Duplicates, "duplicate"), r.Unit)
		fmt.Fprintf(w, "    from       %s to %s\n", r.First, r.Last)
		fmt.Fprintf(w, "    also       %s, %s\n", wording.Counted(r.Calibrations, "calibration"),
			wording.Counted(r.Events, "event"))
		for _, note := range r.notes {
			fmt.Fprintf(w, "    note       %s\n", note)
		}
	}
	fmt.Fprintf(w, "  rows         %d, of them %d left out\n", f.Rows, len(f.LeftOut))
	for _, p := range f.Problems {
		fmt.Fprintf(w, "  problem      %s\n", p.text())
	}
	for _, l := range f.LeftOut {
		if p := (problemJSON{Line: l.Line, Message: l.Reason}); !slices.Contains(f.Problems, p) {
			fmt.Fprintf(w, "  left out     %s\n", p.text())
		}
	}
}

func (p problemJSON) text() string {
	if p.Line > 0 {
		return fmt.Sprintf("line %d: %s", p.Line, p.Message)
	}
	return p.Message
}

func orNotNamed(s string) string {
	if s == "" {
		return "not named"
	}
	return s
}

// openOne reads one file and says on standard error what is wrong in it.
func openOne(cmd *cobra.Command, path string) (*export.File, error) {
	known, err := namedColumns(cmd)
	if err != nil {
		return nil, err
	}
	f, err := export.Open(cmd.Context(), path, known, nil)
	if err != nil {
		if cmd.Context().Err() != nil {
			return nil, errors.New("stopped; nothing was changed")
		}
		return nil, err
	}
	for _, p := range f.Problems {
		say("%s: %s", path, problemJSON(p).text())
	}
	return f, nil
}
