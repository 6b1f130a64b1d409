// Package wire is what is said on the line to a Dexcom receiver: how packets
// are framed and checked, which commands ask for something, how pages are laid
// out and how long records are. The reader and the simulated receiver share it.
// Source: the receiver-protocol reference, sections 2 to 4.
package wire

import (
	"bytes"
	"encoding/binary"
)

// Command is what a receiver is asked. Only reading commands have names here.
type Command byte

// The reading commands in use.
const (
	Ping           Command = 10
	FirmwareHeader Command = 11
	PartitionInfo  Command = 15
	PageRange      Command = 16
	Pages          Command = 17
	TransmitterID  Command = 25
	DisplayOffset  Command = 29
	BatteryLevel   Command = 33
	SystemTime     Command = 34
	BlindedMode    Command = 39
)

// Statuses of answers.
const (
	ACK              = 1
	NAK              = 2
	InvalidCommand   = 3
	InvalidParameter = 4
	Incomplete       = 5
	ReceiverError    = 6
	InvalidMode      = 7
	mostStatus       = InvalidMode
)

// What a refusal with InvalidParameter says is wrong, in its one byte.
const (
	NoPartition = 0
	NoPage      = 1
)

// Bounds of a packet. Only XML answers may be longer than MostPacket.
const (
	packetStart = 1
	leastPacket = 6
	MostPacket  = leastPacket + PagesAtOnce*PageBytes
	MostXML     = 0xFFFF
	mostRefusal = leastPacket + 4 // a status, and what it says beside
)

// MostAnswer is the longest packet, in bytes, that a command is answered with.
func MostAnswer(c Command) int {
	if c == PartitionInfo || c == FirmwareHeader {
		return MostXML
	}
	return MostPacket
}

// CRC is the receiver's checksum: polynomial 0x1021, from 0, not reflected (XMODEM).
func CRC(b []byte) uint16 {
	crc := uint16(0)
	for _, c := range b {
		crc = crc<<8 ^ crcTable[byte(crc>>8)^c]
	}
	return crc
}

var crcTable = func() (table [256]uint16) {
	for i := range table {
		crc := uint16(i) << 8
		for range 8 {
			if crc&0x8000 != 0 {
				crc = crc<<1 ^ 0x1021
			} else {
				crc <<= 1
			}
		}
		table[i] = crc
	}
	return table
}()

// Checked says whether b ends in the CRC of what is before it.
func Checked(b []byte) bool {
	n := len(b) - 2
	return n > 0 && CRC(b[:n]) == binary.LittleEndian.Uint16(b[n:])
}

// Packet frames a command or an answer.
func Packet(code byte, payload []byte) []byte {
	b := make([]byte, 0, leastPacket+len(payload))
	b = append(b, packetStart)
	b = binary.LittleEndian.AppendUint16(b, uint16(leastPacket+len(payload)))
	b = append(b, code)
	b = append(b, payload...)
	return binary.LittleEndian.AppendUint16(b, CRC(b))
}

// Next finds the first whole answer in b: one that begins with a start byte,
// has a status and a length up to most that can be, and a CRC that is right.
// rest is what lies behind it; without an answer, what may still become one.
// While bytes may still come, an answer that is not whole is waited for (hurry
// false); in a hurry, its start byte is taken for a stray one.
func Next(b []byte, most int, hurry bool) (code byte, payload, rest []byte, ok bool) {
	for {
		at := bytes.IndexByte(b, packetStart)
		if at < 0 {
			return 0, nil, nil, false
		}
		b = b[at:]
		if len(b) < leastPacket {
			return 0, nil, b, false
		}
		n := int(binary.LittleEndian.Uint16(b[1:]))
		switch {
		case n < leastPacket || n > most || b[3] != ACK && (n > mostRefusal || b[3] == 0 || b[3] > mostStatus):
			b = b[1:]
		case len(b) < n && !hurry:
			return 0, nil, b, false
		case len(b) >= n && Checked(b[:n]):
			return b[3], b[4 : n-2], b[n:], true
		default:
			b = b[1:]
		}
	}
}
