package main

import (
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"tracedesk/cgm"
	"tracedesk/clinic/forms"
	"tracedesk/clinic/steps"
	"tracedesk/storage"
	"tracedesk/workflow"
)

func addEvidenceFlags(cmd *cobra.Command, all []forms.Field) {
	for _, e := range all {
		cmd.Flags().String(e.Name, "", e.Hint)
	}
	cmd.Flags().String("at", "", "when it was, YYYY-MM-DDThh:mm:ss on the clinic's clock (now)")
	cmd.Flags().String("reason", "", "the reason, where one is asked for; of a correction too")
}

// stepCommands are the commands that record the order and the steps of a wear.
func stepCommands() (out []*cobra.Command) {
	order := withStore(command("order --store DIR --patient ID", "Begin a wear with its order"), runOrder)
	order.Flags().String("patient", "", "the patient's id or record number")
	addEvidenceFlags(order, forms.OrderKind.Fields)
	out = append(out, order)
	for _, k := range forms.Kinds {
		cmd := withStore(&cobra.Command{Use: k.Use + " --store DIR --wear ID", Short: k.Short, Args: needNothing},
			func(cmd *cobra.Command, s *storage.Store, _ []string) error { return runStep(cmd, s, k) })
		cmd.Flags().String("wear", "", "the wear's id, see “tracedesk wear list”")
		cmd.Flags().Bool("confirm-mismatch", false,
			"you checked that it is this patient's although the transmitter is stored with another; it is recorded")
		addEvidenceFlags(cmd, k.Fields)
		out = append(out, cmd)
	}
	return out
}

func runOrder(cmd *cobra.Command, s *storage.Store, _ []string) error {
	p, err := patientOf(cmd, s)
	if err != nil {
		return err
	}
	r, err := stepOf(cmd, s, forms.OrderKind, "")
	if err != nil {
		return err
	}
	id, err := s.OpenWear(p.ID, r)
	if err != nil {
		return stepError(err)
	}
	return answer(cmd, map[string]string{"wear_id": id},
		func(w io.Writer) { fmt.Fprintf(w, "wear %s is ordered for %s\n", id, p.Name()) })
}

func runStep(cmd *cobra.Command, s *storage.Store, k forms.Kind) error {
	if err := required(cmd, "wear"); err != nil {
		return err
	}
	wear := flagText(cmd, "wear")
	r, err := stepOf(cmd, s, k, wear)
	if err != nil {
		return err
	}
	if err := s.AddStep(wear, r, flagSet(cmd, "confirm-mismatch")); err != nil {
		return stepError(err)
	}
	return answer(cmd, map[string]any{"wear_id": wear, "step": r.Step, "seq": r.Seq},
		func(w io.Writer) { fmt.Fprintf(w, "wear %s: %s\n", wear, r.Step) })
}

// stepOf begins a step and enters what the flags give.
func stepOf(cmd *cobra.Command, s *storage.Store, k forms.Kind, wear string) (*steps.Record, error) {
	in, _, err := workflow.NewStep(s, k, wear)
	if err != nil {
		return nil, err
	}
	for _, field := range k.Fields {
		if !cmd.Flags().Changed(field.Name) {
			continue
		}
		if err := field.Put(in, flagText(cmd, field.Name)); err != nil {
			return nil, usageError{err}
		}
	}
	in.Tidy()
	in.Reason = flagText(cmd, "reason")
	if at := flagText(cmd, "at"); at != "" {
		if in.At, err = cgm.ParseWallTime(at); err != nil {
			return nil, usageError{err}
		}
	}
	return in.Record, nil
}

// stepError makes a usage error of an entry that is wrong.
func stepError(err error) error {
	for _, wrong := range []error{
		forms.ErrEmpty, forms.ErrFuture, steps.ErrDate, steps.ErrWord, forms.ErrOverride,
	} {
		if errors.Is(err, wrong) {
			return usageError{err}
		}
	}
	return err
}
