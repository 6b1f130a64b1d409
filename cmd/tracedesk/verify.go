package main

import (
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
	Proven       *bool    `json:"proven,omitempty"`        // of a signed one, with --trust or --store
	Certificate  string   `json:"certificate_sha256,omitempty"`
	Issuer       string   `json:"issuer_sha256,omitempty"`
	Trust        []string `json:"trust,omitempty"` // why it is not proven
}

func verifyCommand() *cobra.Command {
	cmd := addUnlockFlags(&cobra.Command{
		Use: "verify FILE.pdf", Short: "Say whether a PDF of ours is unchanged, and with --store whether it matches what is stored", Args: needOneFile, RunE: runVerifyPDF,
		Long: `A document carries the recording and all else that it was made from. It is made
again from these and compared, its figures are computed again, and of a signed one
the signature is checked over the whole file. Whose signature it is, the certificate
says, and that is worth what the practice's root is worth which issued it: compare its
fingerprint with the practice's, or give it with --trust, or let the practice's --store
decide. Status 3 where something does not match.`,
	})
	cmd.Flags().String("trust", "", "the fingerprint of the practice's root, as the practice printed it")
	return cmd
}

func runVerifyPDF(cmd *cobra.Command, args []string) error {
	file, err := os.ReadFile(args[0])
	if err != nil {
		return err
	}
	v, err := report.Verify(file)
	if err != nil {
		return fmt.Errorf("%s: %w", args[0], err)
	}
	out := verifyJSON{Verdict: v}
	trust := workflow.TrustIn(file, v)
	if fingerprint, _ := cmd.Flags().GetString("trust"); fingerprint != "" {
		if err := trust.By(fingerprint); err != nil {
			return usageError{err}
		}
	}
	if dir, _ := cmd.Flags().GetString("store"); dir != "" {
		if err := matchStore(cmd, &out, trust); err != nil {
			return err
		}
	}
	out.take(trust)
	if err := answer(cmd, out, func(w io.Writer) { out.print(w, args[0]) }); err != nil {
		return err
	}
	if !v.Unchanged || out.MatchesStore != nil && !*out.MatchesStore || out.Proven != nil && !*out.Proven {
		return errAnswerNo
	}
	return nil
}

// take says whose the document is proven to be.
func (v *verifyJSON) take(t *workflow.Trust) {
	v.Certificate, v.Issuer, v.Trust = t.Certificate, t.Issuer, t.Faults
	if t.Decided {
		proven := t.Proven() && v.Unchanged
		v.Proven = &proven
	}
}

func matchStore(cmd *cobra.Command, out *verifyJSON, trust *workflow.Trust) (err error) {
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
	if out.SignedBy != "" {
		if err := trust.ByStore(s, out.Verdict); err != nil {
			return err
		}
	}
	out.Store, err = workflow.AgainstStore(s, out.Verdict)
	matches := len(out.Store) == 0
	out.MatchesStore = &matches
	return err
}

func (v *verifyJSON) print(w io.Writer, path string) {
	state := "unchanged"
	if !v.Unchanged {
		state = "NOT as it was made"
	}
	fmt.Fprintf(w, "%s: %s, %s of %s, made %s by version %s\n", path, state, v.Document, orNotNamed(v.Patient.Name()), v.MadeAt.Format("2006-01-02 15:04 -0700"), v.Program)
	if v.SignedBy != "" {
		fmt.Fprintf(w, "  signed by %s at %s\n", v.SignedBy, v.SignedAt)
	}
	v.printTrust(w)
	v.printRest(w, path)
}

func (v *verifyJSON) printTrust(w io.Writer) {
	switch {
	case v.Certificate == "":
		return
	case v.Proven != nil && *v.Proven:
		fmt.Fprintln(w, "  its certificate was issued by the practice")
	case v.Proven == nil && v.Issuer != "":
		fmt.Fprintf(w, "  its certificate was issued by a root with the fingerprint\n    %s\n  compare it with the practice's\n", report.Grouped(v.Issuer))
	}
	for _, f := range v.Trust {
		fmt.Fprintf(w, "  not proven: %s\n", f)
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
