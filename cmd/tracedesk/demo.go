package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"tracedesk/workflow"
)

type demoJSON struct {
	Store string `json:"store"`
	documentsJSON
	Check checkJSON `json:"check"`
}

func demoCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Do the whole job on the bundled recording of a made-up patient",
		Args:  needNothing,
		RunE: func(cmd *cobra.Command, _ []string) error {
			out := flagText(cmd, "out")
			result, err := demo(cmd.Context(), out)
			if err != nil {
				return err
			}
			if err := answer(cmd, result, result.print); err != nil {
				return err
			}
			if flagSet(cmd, "open") {
				return showDemo(cmd.Context(), result.Store)
			}
			return nil
		},
	}
	cmd.Flags().String("out", "demo", "the folder for the store and both PDFs")
	cmd.Flags().Bool("open", false, "then open the desktop on the store, where there is a display")
	return cmd
}

// demo reads the bundled recording through the simulated receiver, stores it, checks
// it and makes both documents.
func demo(ctx context.Context, out string) (*demoJSON, error) {
	dir := demoStore(out)
	s, err := workflow.OpenDemo(dir)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", dir, err)
	}
	defer s.Close()
	wear, err := workflow.StoreDemo(ctx, s, time.Now())
	if err != nil {
		return nil, err
	}
	// The names stay the same, so that a demo replaces the documents of the one before.
	printout, interpretation := filepath.Join(out, "printout.pdf"), filepath.Join(out, "interpretation.pdf")
	documents, err := issueInto(s, wear, workflow.AtPath(printout), workflow.AtPath(interpretation))
	if err != nil {
		return nil, err
	}
	w, err := s.Wear(wear)
	if err != nil {
		return nil, err
	}
	return &demoJSON{Store: dir, documentsJSON: documents, Check: checkOf(w.Recording)}, nil
}

func (d *demoJSON) print(w io.Writer) {
	fmt.Fprintln(w,
		"The bundled recording of a made-up patient was read from the simulated receiver, stored and checked.")
	d.Check.print(w)
	d.documentsJSON.print(w)
	fmt.Fprintf(w, "store           %s, user %s, passphrase “%s”\n", d.Store, workflow.DemoUser.Login,
		workflow.DemoPassphrase)
}

func showDemo(ctx context.Context, store string) error {
	if !hasDisplay() {
		say("There is no display here, so the window stays closed; look at the PDFs instead.")
		return nil
	}
	say("Opening the window on this store; close it to end.")
	if err := os.Setenv(envPassphrase, workflow.DemoPassphrase); err != nil {
		return err
	}
	if err := openDesktop(ctx, "--store", store, "--user", workflow.DemoUser.Login); err != nil && ctx.Err() == nil {
		say("The window could not be opened (%v); look at the PDFs instead.", err)
	}
	return nil
}
