package main

import (
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"tracedesk/clinic"
	"tracedesk/storage"
)

// addUserFlags adds the flags that describe a user.
func addUserFlags(cmd *cobra.Command) *cobra.Command {
	cmd.Flags().String("name", "", "the user's name")
	cmd.Flags().String("credential", "", "MA, RN, CDCES …, or one that may sign: MD, DO, NP, PA, CNS")
	cmd.Flags().String("npi", "", "the National Provider Identifier, ten digits")
	return cmd
}

func userOf(cmd *cobra.Command) clinic.User {
	u := clinic.User{
		Login: flagText(cmd, "user"), Name: flagText(cmd, "name"), Credential: flagText(cmd, "credential"),
		NPI: flagText(cmd, "npi"),
	}
	if u.Name == "" {
		u.Name = u.Login
	}
	return u
}

func userCommand() *cobra.Command {
	group := commandGroup("user", "Add, list and remove users, and change a passphrase")
	add := withStore(addUserFlags(command("add --store DIR --login LOGIN", "Let somebody use the store")), runAddUser)
	add.Flags().String("login", "", "the name that the new user logs in with")
	add.Flags().Bool("administrator", false, "may add and remove users, and delete patients")
	add.Flags().String("new-passphrase-file", "", "a file with the new user's passphrase")
	remove := withStore(command("remove --store DIR --login LOGIN", "Keep somebody out from now on"), runRemoveUser)
	remove.Flags().String("login", "", "whom to keep out")
	list := withStore(command("list --store DIR", "List the users"), runListUsers)
	passphrase := withStore(command("passphrase --store DIR", "Change your passphrase"), runPassphrase)
	passphrase.Flags().String("new-passphrase-file", "", "a file with the new passphrase")
	recover := addUnlockFlags(&cobra.Command{
		Use: "recover --store DIR --user LOGIN", Short: "Give an administrator a new passphrase with the recovery key",
		Args: needNothing, RunE: runRecover,
	})
	recover.Flags().String("recovery-key-file", "", "a file with the recovery key (or you are asked)")
	recover.Flags().String("new-passphrase-file", "", "a file with the new passphrase")
	group.AddCommand(add, remove, list, passphrase, recover, certifyCommand(), revokeCommand())
	return group
}

func certifyCommand() *cobra.Command {
	cmd := withStore(&cobra.Command{
		Use: "certify --store DIR --login LOGIN", Short: "Issue a certificate to a clinician, or renew it",
		Args: needNothing,
		Long: `Issue a certificate to a clinician, or renew it for the same key. With --revoke and
a reason the one before is revoked, and the clinician gets a new key.`,
	}, func(cmd *cobra.Command, s *storage.Store, _ []string) error {
		if err := required(cmd, "login"); err != nil {
			return err
		}
		login, _ := cmd.Flags().GetString("login")
		reason, _ := cmd.Flags().GetString("revoke")
		c, err := s.Certify(login, reason)
		if err != nil {
			return err
		}
		return answer(cmd, map[string]storage.Certificate{"certificate": c}, func(w io.Writer) {
			fmt.Fprintf(w, "%s signs with certificate %s until %s\n", login, c.Serial, c.Until.Format("2006-01-02"))
		})
	})
	cmd.Flags().String("login", "", "whose certificate it is")
	cmd.Flags().String("revoke", "", "revoke the one before, for this reason")
	return cmd
}

func revokeCommand() *cobra.Command {
	cmd := withStore(&cobra.Command{Use: "revoke --store DIR --login LOGIN --reason REASON",
		Short: "End the validity of a clinician's certificate", Args: needNothing},
		func(cmd *cobra.Command, s *storage.Store, _ []string) error {
			if err := required(cmd, "login", "reason"); err != nil {
				return err
			}
			login, _ := cmd.Flags().GetString("login")
			reason, _ := cmd.Flags().GetString("reason")
			if err := s.Revoke(login, reason); err != nil {
				return err
			}
			return answer(cmd, map[string]string{"revoked": login}, func(w io.Writer) {
				fmt.Fprintf(w, "the certificate of %s is revoked; what was signed with it before still counts\n", login)
			})
		})
	cmd.Flags().String("login", "", "whose certificate it is")
	cmd.Flags().String("reason", "", "why; it is kept with the record")
	return cmd
}

func runRemoveUser(cmd *cobra.Command, s *storage.Store, _ []string) error {
	if err := required(cmd, "login"); err != nil {
		return err
	}
	login := flagText(cmd, "login")
	if err := s.RemoveUser(login); err != nil {
		return err
	}
	return answer(cmd, map[string]string{"removed": login}, func(w io.Writer) {
		fmt.Fprintf(w,
			"%s may not log in any more; “tracedesk store rotate” keeps later records from copies of the store, too\n", login)
	})
}

type userJSON struct {
	clinic.User
	Role    string `json:"role"`
	MaySign bool   `json:"may_sign"`
}

func describeUser(u clinic.User) userJSON { return userJSON{u, u.Role(), u.MaySign()} }

func runAddUser(cmd *cobra.Command, s *storage.Store, _ []string) error {
	if err := required(cmd, "login"); err != nil {
		return err
	}
	u := userOf(cmd)
	u.Login = flagText(cmd, "login")
	if name := flagText(cmd, "name"); name == "" {
		u.Name = u.Login
	}
	u.Administrator = flagSet(cmd, "administrator")
	if err := u.Validate(); err != nil {
		return usageError{err}
	}
	passphrase, err := newSecret(cmd, "new-passphrase-file", "", "Passphrase for "+u.Login)
	if err != nil {
		return err
	}
	defer clear(passphrase)
	if u, err = s.AddUser(u, passphrase); err != nil {
		return err
	}
	return answer(cmd, map[string]userJSON{"user": describeUser(u)},
		func(w io.Writer) { fmt.Fprintf(w, "added %s (%s), who logs in as %s\n", u.Title(), u.Role(), u.Login) })
}

func runListUsers(cmd *cobra.Command, s *storage.Store, _ []string) error {
	users, err := s.Users()
	if err != nil {
		return err
	}
	out := []userJSON{}
	for _, u := range users {
		out = append(out, describeUser(u))
	}
	return answer(cmd, map[string][]userJSON{"users": out}, func(w io.Writer) {
		for _, u := range out {
			removed := ""
			if u.Removed {
				removed = ", removed"
			}
			fmt.Fprintf(w, "%-12s %s (%s)%s\n", u.Login, u.Title(), u.Role, removed)
		}
	})
}

func runPassphrase(cmd *cobra.Command, s *storage.Store, _ []string) error {
	// Unlocking has just checked the old one.
	old, err := secret(cmd, "passphrase-file", envPassphrase, "Your passphrase again")
	if err != nil {
		return err
	}
	defer clear(old)
	next, err := newSecret(cmd, "new-passphrase-file", "", "New passphrase")
	if err != nil {
		return err
	}
	defer clear(next)
	if err := s.ChangePassphrase(old, next); err != nil {
		return err
	}
	return answer(cmd, map[string]bool{"changed": true},
		func(w io.Writer) { fmt.Fprintln(w, "the passphrase is changed") })
}

func runRecover(cmd *cobra.Command, _ []string) error {
	s, err := openLocked(cmd)
	if err != nil {
		return err
	}
	defer s.Close()
	login, err := loginOf(cmd, s)
	if err != nil {
		return err
	}
	key, err := secret(cmd, "recovery-key-file", "", "Recovery key")
	if err != nil {
		return err
	}
	defer clear(key)
	next, err := newSecret(cmd, "new-passphrase-file", "", "New passphrase of "+login)
	if err != nil {
		return err
	}
	defer clear(next)
	if err := s.Recover(key, login, next); err != nil {
		return err
	}
	return errors.Join(answer(cmd, map[string]bool{"changed": true},
		func(w io.Writer) { fmt.Fprintf(w, "the passphrase of %s is changed\n", login) }))
}
