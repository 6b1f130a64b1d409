// Package receiver reads the records out of a Dexcom receiver of the G4, G5 or
// G6 family and makes recordings of them, one for each wear. It speaks over any
// Port and knows nothing of USB. It only asks: the commands that change a
// receiver do not exist in it.
//
// The layers, from the wire up: a packet carries one command or answer (link);
// a partition is a ring of pages of 528 bytes (pages); a page holds records
// (records); the records of several partitions together make the wears
// (assemble). What is checked at each layer, packet, page header and record, is
// its CRC; what fails is asked for again, and then the read fails as a whole: a
// shortened recording never passes for a whole one.
//
// Layouts and who says them: the receiver-protocol reference, sections 2 to 5.
package receiver
