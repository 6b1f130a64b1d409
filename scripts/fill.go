//go:build ignore

// Fill stores made-up patients with three wears of ten days each, for a look at a
// large store: go run scripts/fill.go STORE LOGIN PATIENTS, with the passphrase in
// TRACEDESK_PASSPHRASE.
package main

import (
	"fmt"
	"os"
	"strconv"

	"tracedesk/cgm/cgmtest"
	"tracedesk/storage"
	"tracedesk/storage/storagetest"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "fill:", err)
		os.Exit(1)
	}
}

func run() error {
	if len(os.Args) != 4 {
		return fmt.Errorf("STORE LOGIN PATIENTS")
	}
	patients, err := strconv.Atoi(os.Args[3])
	if err != nil {
		return err
	}
	s, err := storage.Open(os.Args[1])
	if err != nil {
		return err
	}
	defer s.Close()
	if err := s.Unlock(os.Args[2], []byte(os.Getenv("TRACEDESK_PASSPHRASE"))); err != nil {
		return err
	}
	for n := range patients {
		if err := storagetest.Store(s, n, cgmtest.Wear(10, uint64(n%16))); err != nil {
			return err
		}
	}
	return nil
}
