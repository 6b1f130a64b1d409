//go:build !unix

package storage

const envLimit = "TRACEDESK_TEST_LIMIT"

func limitFiles(string) error { return nil }
