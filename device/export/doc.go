// Package export reads the files that other programs save recordings into. A
// file is recognised by its header, never by its name; reading it gives the
// recordings in it, one for each run of each transmitter's count, whom the file
// names as the patient, its hash, and what became of every row: those that are in
// no recording by line and reason. Nothing is guessed: a row that cannot be
// understood is a problem with a line number, a file with many such rows, or one
// that was cut off, is refused whole, and what can be read in two ways is a doubt
// that a person has to confirm.
//
// Files are streamed: memory grows with the readings, not with the text.
package export
