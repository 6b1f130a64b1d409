package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"tracedesk/report"
	"tracedesk/workflow"
)

type verifyJSON struct {
	*report.Verdict
	MatchesStore *bool    `json:"matches_store,omitempty"` // with --store
	Store        []string `json:"store,omitempty"`         // what does not match
}

func verifyCommand() *cobra.Command {
	return addUnlockFlags(&cobra.Command{
		Use:   "verify FILE.pdf",
		Short: "Say whether a PDF of ours is unchanged, and with --store whether it matches what is stored",
		Args:  needOneFile, RunE: runVerifyPDF,
		Long: `A document carries the recording and all else that it was made from. It is made
again from these and compared to the byte, its figures are computed again, and of a
signed one the signature is checked over the whole file. Who signed is proven with
--store; without one, compare the certificate's fingerprint with the practice's.
A document that this version cannot make again is not proven. Status 3 where
something does not match.`,
	})
}

func runVerifyPDF(cmd *cobra.Command, args []string) error {
	v, err := workflow.VerifyFile(cmd.Context(), args[0])
	var path *os.PathError
	switch {
	case errors.As(err, &path):
		return err
	case err != nil:
		return fmt.Errorf("%s: %w", args[0], err)
	}
	out := verifyJSON{Verdict: v}
	if dir := flagText(cmd, "store"); dir != "" {
		if err := matchStore(cmd, &out); err != nil {
			return err
		}
	}
	if err := answer(cmd, out, func(w io.Writer) { out.print(w, args[0]) }); err != nil {
		return err
	}
	if !v.Unchanged || out.MatchesStore != nil && !*out.MatchesStore {
		return errAnswerNo
	}
	return nil
}

func matchStore(cmd *cobra.Command, out *verifyJSON) (err error) {
	s, err := openLocked(cmd)
	if err != nil {
		return err
	}
	defer func() {
		if again := s.Close(); err == nil {
			err = again
		}
	}()
	if err := unlock(cmd, s); err != nil {
		return err
	}
	out.Store, err = workflow.AgainstStore(s, out.Verdict)
	matches := err == nil && len(out.Store) == 0
	out.MatchesStore = &matches
	// The store knows each signed document that was issued from it, to the byte.
	out.Decide(func(string, string) bool { return matches })
	out.Proven = out.Proven && matches
	return err
}

func (v *verifyJSON) print(w io.Writer, path string) {
	state := "unchanged"
	if !v.Unchanged {
		state = "NOT as it was made"
	}
	fmt.Fprintf(w, "%s: %s, %s of %s, made %s by version %s\n", path, state, v.Document, orNotNamed(v.Patient.Name()),
		v.MadeAt.Format("2006-01-02 15:04 -0700"), v.Program)
	if v.SignedBy != "" {
		fmt.Fprintf(w, "  signed by %s at %s\n", v.SignedBy, v.SignedAt)
	}
	if v.Certificate != "" {
		v.printCertificate(w)
	}
	v.printRest(w, path)
}

// printCertificate prints the signer's certificate, and says if it is not proven.
func (v *verifyJSON) printCertificate(w io.Writer) {
	fingerprint := v.Certificate
	if v.Issuer != "" {
		fingerprint = v.Issuer
	}
	fmt.Fprintf(w, "  certificate's fingerprint (SHA-256) %s\n", fingerprint)
	if !v.Proven {
		fmt.Fprintln(w, "  who signed is not proven: anybody can make a certificate with this name;",
			"compare the fingerprint with the practice's")
	}
}

func (v *verifyJSON) printRest(w io.Writer, path string) {
	for _, f := range append(append([]string{}, v.Faults...), v.Store...) {
		fmt.Fprintf(w, "  %s\n", f)
	}
	if v.MatchesStore != nil && *v.MatchesStore {
		fmt.Fprintln(w, "  it matches what is stored")
	}
	for i, a := range v.Attached {
		one := verifyJSON{Verdict: a}
		one.print(w, fmt.Sprintf("%s, document %d", strings.TrimSuffix(path, ".pdf"), i+1))
	}
}
