// Package export reads the files that other programs save recordings into. A
// file is recognised by its header, never by its name; reading it gives the
// recordings in it, one for each transmitter, whom the file names as the
// patient, its hash, and every row that could not be read, by line. Nothing is
// guessed: a row that cannot be understood is a problem with a line number,
// and a file with many such rows, or one that was cut off, is refused whole.
//
// Files are streamed: memory grows with the readings, not with the text.
package export
