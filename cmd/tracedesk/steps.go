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

// stepCommands are the steps of a wear, and its order.
func stepCommands() (out []*cobra.Command) {
	order := withStore(&cobra.Command{Use: "order --store DIR --patient ID", Short: "Begin a wear with its order", Args: needNothing}, runOrder)
	order.Flags().String("patient", "", "the patient's id or record number")
	addEvidenceFlags(order, forms.OrderKind.Fields)
	out = append(out, order)
	for _, k := range forms.Kinds {
		cmd := withStore(&cobra.Command{Use: k.Use + " --store DIR --wear ID", Short: k.Short, Args: needNothing},
			func(cmd *cobra.Command, s *storage.Store, _ []string) error { return runStep(cmd, s, k) })
		cmd.Flags().String("wear", "", "the wear's id, see “tracedesk wear list”")
		cmd.Flags().Bool("confirm-mismatch", false, "you checked that it is this patient's although the transmitter is stored with another; it is recorded")
		addEvidenceFlags(cmd, k.Fields)
		out = append(out, cmd)
	}
	return out
}

func runOrder(cmd *cobra.Command, s *storage.Store, _ []string) error {
	if err := required(cmd, "patient"); err != nil {
		return err
	}
	name, _ := cmd.Flags().GetString("patient")
	p, err := patientNamed(s, name)
	if err != nil {
		return err
	}
	r := &steps.Record{Order: &steps.Order{}}
	if err := fillStep(cmd, s, r, forms.OrderKind.Fields); err != nil {
		return err
	}
	id, err := s.OpenWear(p.ID, r)
	if err != nil {
		return stepError(err)
	}
	return answer(cmd, map[string]string{"wear_id": id}, func(w io.Writer) { fmt.Fprintf(w, "wear %s is ordered for %s\n", id, p.Name()) })
}

func runStep(cmd *cobra.Command, s *storage.Store, k forms.Kind) error {
	if err := required(cmd, "wear"); err != nil {
		return err
	}
	wear, _ := cmd.Flags().GetString("wear")
	confirmed, _ := cmd.Flags().GetBool("confirm-mismatch")
	c, err := s.Case(wear)
	if err != nil {
		return err
	}
	r := &steps.Record{Step: k.Step}
	k.Begin(r)
	forms.ContinueFrom(r, c.Latest(k.Step))
	if err := fillStep(cmd, s, r, k.Fields); err != nil {
		return err
	}
	if err := s.AddStep(wear, r, confirmed); err != nil {
		return stepError(err)
	}
	return answer(cmd, map[string]any{"wear_id": wear, "step": r.Step, "seq": r.Seq}, func(w io.Writer) { fmt.Fprintf(w, "wear %s: %s\n", wear, r.Step) })
}

// fillStep takes what the flags give.
func fillStep(cmd *cobra.Command, s *storage.Store, r *steps.Record, all []forms.Field) error {
	in, err := workflow.NewStepInput(s, r)
	if err != nil {
		return err
	}
	for _, e := range all {
		if !cmd.Flags().Changed(e.Name) {
			continue
		}
		v, _ := cmd.Flags().GetString(e.Name)
		if err := e.Put(in, v); err != nil {
			return usageError{err}
		}
	}
	in.Tidy()
	r.Reason, _ = cmd.Flags().GetString("reason")
	if at, _ := cmd.Flags().GetString("at"); at != "" {
		if r.At, err = cgm.ParseWallTime(at); err != nil {
			return usageError{err}
		}
	}
	return nil
}

// stepError tells wrong entries, which are the caller's to mend, from failures.
func stepError(err error) error {
	for _, wrong := range []error{forms.ErrEmpty, forms.ErrFuture, steps.ErrDate, steps.ErrWord, forms.ErrOverride} {
		if errors.Is(err, wrong) {
			return usageError{err}
		}
	}
	return err
}
