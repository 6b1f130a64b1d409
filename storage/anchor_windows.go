package storage

import (
	"bytes"
	"fmt"
	"unsafe"

	"golang.org/x/sys/windows"
)

// systemProtector is Windows' own, DPAPI: the account's credentials seal the mark.
var systemProtector Protector = dpapi{}

type dpapi struct{}

// purpose parts what we sealed from what other programs of the account did.
var purpose = []byte("tracedesk anchor")

// Protect implements Protector.
func (dpapi) Protect(plain []byte) ([]byte, error) {
	var out windows.DataBlob
	err := windows.CryptProtectData(blob(plain), nil, blob(purpose), 0, nil, windows.CRYPTPROTECT_UI_FORBIDDEN, &out)
	if err != nil {
		return nil, fmt.Errorf("protecting a mark: %w", err)
	}
	return taken(out)
}

// Unprotect implements Protector.
func (dpapi) Unprotect(sealed []byte) ([]byte, error) {
	var out windows.DataBlob
	err := windows.CryptUnprotectData(blob(sealed), nil, blob(purpose), 0, nil, windows.CRYPTPROTECT_UI_FORBIDDEN, &out)
	if err != nil {
		return nil, fmt.Errorf("opening a protected mark: %w", err)
	}
	return taken(out)
}

func blob(b []byte) *windows.DataBlob {
	if len(b) == 0 {
		return &windows.DataBlob{}
	}
	return &windows.DataBlob{Size: uint32(len(b)), Data: &b[0]}
}

// taken copies what Windows allocated, and gives it back.
func taken(from windows.DataBlob) ([]byte, error) {
	out := bytes.Clone(unsafe.Slice(from.Data, from.Size))
	_, err := windows.LocalFree(windows.Handle(unsafe.Pointer(from.Data)))
	return out, err
}
