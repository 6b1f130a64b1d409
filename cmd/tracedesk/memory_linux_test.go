package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/creack/pty"
	"github.com/spf13/cobra"

	"tracedesk/storage"
	"tracedesk/storage/seal"
	"tracedesk/storage/storagetest"
)

// What the child of the test works with: its arguments, and the passphrase, hidden.
const (
	envLooks  = "TRACEDESK_TEST_LOOKS_AT_ITS_MEMORY"
	envHidden = "TRACEDESK_TEST_HIDDEN"
)

// The child is this program, but for what follows its command.
func init() {
	if dir := os.Getenv(envLooks); dir != "" {
		err := workAndLook(dir)
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
}

func workAndLook(dir string) error {
	var before, after int
	hidden := storagetest.Hidden(os.Getenv(envHidden))
	cmd := withStore(&cobra.Command{}, func(_ *cobra.Command, s *storage.Store, _ []string) (err error) {
		before, err = storagetest.InMemory(hidden)
		return err
	})
	args := []string{"--store", dir}
	if path := filepath.Join(dir, "passphrase"); os.Getenv(envPassphrase) == "" {
		if _, err := os.Stat(path); err == nil {
			args = append(args, "--passphrase-file", path)
		}
	}
	cmd.SetArgs(args)
	err := cmd.Execute()
	if err == nil {
		after, err = storagetest.InMemory(hidden)
	}
	fmt.Printf("the passphrase in %d places after unlocking, in %d at the end\n", before, after)
	switch {
	case err != nil:
		return err
	case os.Getenv(envPassphrase) != "" && before == 0:
		return errors.New("looking does not find what is there")
	case os.Getenv(envPassphrase) == "" && seal.Guarded && before+after > 0:
		return errors.New("the passphrase is still in memory")
	}
	return nil
}

// TestAPassphraseLeavesTheMemoryOfTheTerminal gives a passphrase in each way. It stays
// only where the environment brought it, which shows that looking finds it.
func TestAPassphraseLeavesTheMemoryOfTheTerminal(t *testing.T) {
	for way, give := range map[string]func(t *testing.T, dir string, child *exec.Cmd) ([]byte, error){
		"file": func(t *testing.T, dir string, child *exec.Cmd) ([]byte, error) {
			if err := os.WriteFile(filepath.Join(dir, "passphrase"), []byte(storagetest.Passphrase+"\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			return child.CombinedOutput()
		},
		"prompt": answerPrompt,
		"environment": func(_ *testing.T, _ string, child *exec.Cmd) ([]byte, error) {
			child.Env = append(child.Env, envPassphrase+"="+storagetest.Passphrase)
			return child.CombinedOutput()
		},
	} {
		t.Run(way, func(t *testing.T) {
			dir := t.TempDir()
			s, _, err := storage.Create(dir, storagetest.Setup())
			if err == nil {
				err = s.Close()
			}
			if err != nil {
				t.Fatal(err)
			}
			child := exec.Command(os.Args[0])
			child.Env = append(os.Environ(), envLooks+"="+dir, envHidden+"="+string(storagetest.Hide([]byte(storagetest.Passphrase))))
			out, err := give(t, dir, child)
			t.Logf("%s", out)
			if err != nil {
				t.Error(err)
			}
			if !seal.Guarded {
				t.Skip("built without GOEXPERIMENT=runtimesecret: libraries leave copies behind")
			}
		})
	}
}

// answerPrompt types the passphrase at the prompt of a terminal.
func answerPrompt(t *testing.T, _ string, child *exec.Cmd) ([]byte, error) {
	terminal, err := pty.Start(child)
	if err != nil {
		t.Fatal(err)
	}
	defer terminal.Close()
	out := make([]byte, 0, 4096)
	typed := false
	for {
		var some [256]byte
		n, err := terminal.Read(some[:])
		out = append(out, some[:n]...)
		if !typed && n > 0 { // it asks
			typed = true
			if _, err := terminal.WriteString(storagetest.Passphrase + "\n"); err != nil {
				t.Fatal(err)
			}
		}
		if err != nil { // the child ended
			return out, child.Wait()
		}
	}
}
