package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"tracedesk/clinic"
	"tracedesk/device/export"
	"tracedesk/device/receiver"
	"tracedesk/device/simulator"
	"tracedesk/storage"
	"tracedesk/ui/job"
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
			out, _ := cmd.Flags().GetString("out")
			result, err := demo(cmd.Context(), out)
			if err != nil {
				return err
			}
			if err := answer(cmd, result, result.print); err != nil {
				return err
			}
			if open, _ := cmd.Flags().GetBool("open"); open {
				return showDemo(cmd.Context(), result.Store)
			}
			return nil
		},
	}
	cmd.Flags().String("out", "demo", "the folder for the store and both PDFs")
	cmd.Flags().Bool("open", false, "then open the desktop on the store, where there is a display")
	return cmd
}

// demo reads the bundled recording through the simulated receiver, stores it, checks it and makes both documents.
func demo(ctx context.Context, out string) (*demoJSON, error) {
	dir := demoStore(out)
	s, err := openDemo(dir)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", dir, err)
	}
	defer s.Close()
	from, named, err := demoSource(ctx)
	if err != nil {
		return nil, err
	}
	patient, err := demoPatient(s, named)
	if err != nil {
		return nil, err
	}
	kept, err := job.Keep(s, patient, from, from.Recordings, false, time.Now())
	if err != nil {
		return nil, err
	}
	documents, err := issueInto(s, kept[0].WearID, func(d *job.Documents) (string, string, error) { return writeDemo(d, out) })
	if err != nil {
		return nil, err
	}
	w, err := s.Wear(kept[0].WearID)
	if err != nil {
		return nil, err
	}
	return &demoJSON{Store: dir, documentsJSON: documents, Check: checkOf(w.Recording)}, nil
}

// Who the demo's store belongs to; its recovery key is thrown away.
var demoUser = clinic.User{Login: "demo", Name: "Demo User", Credential: "MD"}

const demoPassphrase = "only for the demo"

func openDemo(dir string) (*storage.Store, error) {
	s, err := storage.Open(dir)
	if errors.Is(err, storage.ErrNoStore) {
		s, _, err = storage.Create(dir, storage.Setup{Administrator: demoUser, Passphrase: demoPassphrase})
		return s, err
	}
	if err != nil {
		return nil, err
	}
	if err := s.Unlock(demoUser.Login, demoPassphrase); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// demoSource is the bundled recording, played by the simulated receiver and
// read from it, and the made-up patient whose it is.
func demoSource(ctx context.Context) (*job.Source, clinic.Patient, error) {
	f, err := export.Bundled(ctx)
	if err != nil {
		return nil, clinic.Patient{}, err
	}
	played, err := simulator.New(simulator.Options{Generation: simulator.G6, Serial: "DEMO-READER", Wears: []simulator.Wear{{Recording: f.Recordings[0]}}})
	if err != nil {
		return nil, clinic.Patient{}, err
	}
	here, there := net.Pipe()
	served := make(chan error, 1)
	go func() { served <- (&simulator.Server{Model: played}).Serve(there) }()
	r, err := receiver.Read(ctx, here, time.Now, nil)
	if err := errors.Join(err, here.Close(), <-served); err != nil {
		return nil, clinic.Patient{}, err
	}
	return job.OfReceiver(r), job.OfFile(f, clinic.DefaultSettings()).Named, nil
}

// writeDemo writes both documents under names that stay the same, over those of
// an earlier demo.
func writeDemo(d *job.Documents, out string) (printout, interpretation string, err error) {
	printout, interpretation = filepath.Join(out, "printout.pdf"), filepath.Join(out, "interpretation.pdf")
	return printout, interpretation, errors.Join(job.WriteFile(printout, d.Printout.PDF), job.WriteFile(interpretation, d.Interpretation.PDF))
}

// demoPatient is the made-up patient, who is in the store from the second time on.
func demoPatient(s *storage.Store, p clinic.Patient) (clinic.Patient, error) {
	patients, err := s.Patients()
	if err != nil {
		return p, err
	}
	for _, known := range patients {
		if known.Identifier == p.Identifier {
			return known, nil
		}
	}
	return s.SavePatient(p)
}

func (d *demoJSON) print(w io.Writer) {
	fmt.Fprintln(w, "The bundled recording of a made-up patient was read from the simulated receiver, stored and checked.")
	d.Check.print(w)
	d.documentsJSON.print(w)
	fmt.Fprintf(w, "store           %s, user %s, passphrase “%s”\n", d.Store, demoUser.Login, demoPassphrase)
}

func showDemo(ctx context.Context, store string) error {
	if !hasDisplay() {
		say("There is no display here, so the window stays closed; look at the PDFs instead.")
		return nil
	}
	say("Opening the window on this store; close it to end.")
	if err := os.Setenv(envPassphrase, demoPassphrase); err != nil {
		return err
	}
	if err := openDesktop(ctx, "--store", store, "--user", demoUser.Login); err != nil && ctx.Err() == nil {
		say("The window could not be opened (%v); look at the PDFs instead.", err)
	}
	return nil
}
