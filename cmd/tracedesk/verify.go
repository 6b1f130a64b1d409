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
	Trust        []string `json:"trust,omitempty"`         // why a signature is not proven
	decided      bool     // with --trust or --store
}

func verifyCommand() *cobra.Command {
	cmd := addUnlockFlags(&cobra.Command{
		Use:   "verify FILE.pdf",
		Short: "Say whether a PDF of ours is unchanged, and with --store whether it matches what is stored",
		Args:  needOneFile, RunE: runVerifyPDF,
		Long: `A document carries the recording and all else that it was made from. It is made
again from these and compared to the byte, its figures are computed again, and of a signed one
the signature is checked over the whole file. Whose signature it is, the certificate
says, and that is worth what the practice's root is worth which issued it: compare its
fingerprint with the practice's, or give it with --trust, or let the practice's --store
decide. A document that this version cannot make again is not proven. One that nobody
signed says only that its pages are what this program makes of its own facts: whoever
has the program can make one. Status 3 where something does not match.`,
	})
	cmd.Flags().String("trust", "", "the fingerprint of the practice's root, as the practice printed it")
	return cmd
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
	if err := out.decide(cmd); err != nil {
		return err
	}
	err = answer(cmd, out, func(w io.Writer) {
		out.print(w, args[0])
		if out.anybodys() {
			fmt.Fprintln(w, "  nobody signed it: whoever has this program can make such a document")
		}
	})
	if err != nil {
		return err
	}
	if !v.Unchanged || out.MatchesStore != nil && !*out.MatchesStore || out.decided && !v.Proven {
		return errAnswerNo
	}
	return nil
}

// decide says whose the document is proven to be, by what was given to compare with.
func (v *verifyJSON) decide(cmd *cobra.Command) error {
	trust := workflow.TrustIn(v.Verdict)
	defer func() { v.Trust = trust.Faults }()
	if fingerprint, _ := cmd.Flags().GetString("trust"); fingerprint != "" {
		var err error
		trust, err = workflow.Decide(v.Verdict,
			func(t *workflow.Trust, _ *report.Verdict) error { return t.By(fingerprint) })
		if err != nil {
			return usageError{err}
		}
		v.decided = true
		v.Proven = v.Proven && v.SignedBy != "" // an unsigned one is nobody's
	}
	if dir, _ := cmd.Flags().GetString("store"); dir == "" {
		return nil
	}
	byStore, err := v.matchStore(cmd)
	if byStore != nil {
		trust = byStore
	}
	return err
}

// matchStore compares with what is stored, and decides a signature by the store.
func (v *verifyJSON) matchStore(cmd *cobra.Command) (trust *workflow.Trust, err error) {
	s, err := openLocked(cmd)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	if err := unlock(cmd, s); err != nil {
		return nil, err
	}
	before := !v.decided || v.Proven
	trust, err = workflow.Decide(v.Verdict,
		func(t *workflow.Trust, one *report.Verdict) error { return t.ByStore(s, one) })
	if err != nil {
		return nil, err
	}
	v.Store, err = workflow.AgainstStore(s, v.Verdict)
	matches := err == nil && len(v.Store) == 0
	v.MatchesStore, v.decided = &matches, true
	v.Proven = v.Proven && matches && before
	return trust, err
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
	v.printTrust(w)
	v.printRest(w, path)
}

// anybodys says whether nothing but the document itself speaks for it.
func (v *verifyJSON) anybodys() bool {
	return v.SignedBy == "" && (v.MatchesStore == nil || !*v.MatchesStore)
}

func (v *verifyJSON) printTrust(w io.Writer) {
	switch {
	case v.Certificate == "":
		return
	case v.decided && v.Proven:
		fmt.Fprintln(w, "  its certificate was issued by the practice")
	case !v.decided && v.Issuer != "" && v.Issuer != v.Certificate:
		fmt.Fprintf(w,
			"  its certificate was issued by a root with the fingerprint\n    %s\n  compare it with the practice's\n",
			report.Grouped(v.Issuer))
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
