package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"tracedesk/storage"
	"tracedesk/storage/private"
)

// Environment variables. A passphrase is never an argument.
const (
	envPassphrase = "TRACEDESK_PASSPHRASE"
	envUser       = "TRACEDESK_USER"
)

// addUnlockFlags adds the flags that open a store.
func addUnlockFlags(cmd *cobra.Command) *cobra.Command {
	cmd.Flags().String("store", "", "the store's folder")
	cmd.Flags().String("user", "", "who you are in the store (or "+envUser+"; the only user is taken without)")
	cmd.Flags().String("passphrase-file", "", "a file with your passphrase in its first line (or "+envPassphrase+
		", or you are asked)")
	cmd.Flags().Bool("older", false,
		"open the store although it is older than it was when it was last opened here, such as one that was restored")
	return cmd
}

// withStore adds --store to a command that works in an unlocked store.
func withStore(
	cmd *cobra.Command, run func(cmd *cobra.Command, s *storage.Store, args []string) error,
) *cobra.Command {
	addUnlockFlags(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		s, err := openLocked(cmd)
		if err != nil {
			return err
		}
		err = unlock(cmd, s)
		if err == nil {
			err = run(cmd, s, args)
		}
		return errors.Join(err, s.Close())
	}
	return cmd
}

func openLocked(cmd *cobra.Command) (*storage.Store, error) {
	if err := required(cmd, "store"); err != nil {
		return nil, err
	}
	dir := flagText(cmd, "store")
	s, err := storage.Open(dir)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", dir, err)
	}
	anchored(s)
	if older, _ := cmd.Flags().GetBool("older"); older {
		s.AcceptOlder()
	}
	return s, nil
}

// anchored keeps where the store's trail stands beside the account's settings, too.
func anchored(s *storage.Store) {
	if a, err := storage.UserAnchor(); err == nil {
		s.UseAnchor(a)
	}
}

func unlock(cmd *cobra.Command, s *storage.Store) error {
	login, err := loginOf(cmd, s)
	if err != nil {
		return err
	}
	passphrase, err := secret(cmd, "passphrase-file", envPassphrase, "Passphrase of "+login)
	if err != nil {
		return err
	}
	defer clear(passphrase)
	if err := s.Unlock(login, passphrase); err != nil {
		return err
	}
	for _, fault := range s.Damaged() {
		say("the store is damaged and open for reading only: %v", fault)
	}
	if err := s.ReadOnly(); errors.Is(err, storage.ErrReadOnlyMedium) {
		say("%s: it can be shown, and nothing can be entered", err)
	}
	if err := s.Unfinished(); err != nil {
		say("note: %s; it is finished at the next unlocking", explain(err))
	}
	for _, fault := range s.Unproven() {
		say("the store was changed by another program: %v", fault)
	}
	plan, err := s.BackupPlan()
	if err == nil && plan.Failure != "" {
		say("note: the last backup failed on %s: %s", plan.FailedAt.Local().Format("2006-01-02 15:04"), plan.Failure)
	}
	return err
}

// loginOf gives the user's login from the flag or the environment, or the store's
// only login.
func loginOf(cmd *cobra.Command, s *storage.Store) (string, error) {
	login := flagText(cmd, "user")
	if login == "" {
		login = os.Getenv(envUser)
	}
	if logins := s.Logins(); login == "" && len(logins) == 1 {
		login = logins[0]
	}
	if login == "" {
		return "", usageError{errors.New("several people use this store: say who you are with --user")}
	}
	return login, nil
}

// mostSecret bounds a file with a passphrase or a key.
const mostSecret = 64 << 10

// secret is a passphrase or key: from the file that the flag names, from the
// environment where one is given, or typed. Who asks for it overwrites it after use:
// only what came from the environment stays there.
func secret(cmd *cobra.Command, fileFlag, env, prompt string) ([]byte, error) {
	if path, _ := cmd.Flags().GetString(fileFlag); path != "" {
		text, err := private.ReadFile(path, mostSecret)
		if err != nil {
			return nil, fmt.Errorf("reading --%s: %w", fileFlag, err)
		}
		defer clear(text)
		line, _, _ := bytes.Cut(text, []byte("\n"))
		return bytes.Clone(bytes.TrimRight(line, "\r")), nil
	}
	if text, ok := os.LookupEnv(env); env != "" && ok {
		return []byte(text), nil
	}
	return typed(prompt, "--"+fileFlag)
}

func typed(prompt, otherwise string) ([]byte, error) {
	if !term.IsTerminal(int(os.Stdin.Fd())) {
		return nil, usageError{
			fmt.Errorf("there is no terminal to ask for the %s; use %s", strings.ToLower(prompt[:1])+prompt[1:], otherwise),
		}
	}
	fmt.Fprint(os.Stderr, prompt+": ")
	text, err := term.ReadPassword(int(os.Stdin.Fd()))
	fmt.Fprintln(os.Stderr)
	if err != nil {
		return nil, fmt.Errorf("reading the passphrase: %w", err)
	}
	return bytes.TrimRight(text, "\r"), nil
}

// newSecret gets a new passphrase. It has to be typed twice, unless it comes from a
// file or the environment.
func newSecret(cmd *cobra.Command, fileFlag, env, prompt string) ([]byte, error) {
	first, err := secret(cmd, fileFlag, env, prompt)
	_, fromEnv := os.LookupEnv(env)
	if path, _ := cmd.Flags().GetString(fileFlag); err != nil || path != "" || env != "" && fromEnv {
		return first, err
	}
	again, err := typed("The same again", "--"+fileFlag)
	defer clear(again)
	if err == nil && !bytes.Equal(again, first) {
		err = usageError{errors.New("the two were not the same")}
	}
	return first, err
}
