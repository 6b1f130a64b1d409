package wire

import "fmt"

// Partition is a ring of pages that hold records of one kind.
type Partition byte

// The partitions that have names here.
const (
	ManufacturingData     Partition = 0
	FirmwareParameterData Partition = 1
	PCSoftwareParameter   Partition = 2 // holds a nickname that a person typed: never read
	SensorData            Partition = 3
	EGVData               Partition = 4
	CalSet                Partition = 5
	InsertionTime         Partition = 7
	ReceiverLogData       Partition = 8
	MeterData             Partition = 10
	UserEventData         Partition = 11
	UserSettingData       Partition = 12
	TransmitterInfoData   Partition = 14
	BackfilledEGVData     Partition = 18
	ProReadings           Partition = 20 // a G6 Pro reader's wear, a stream
	ProCompanion          Partition = 21 // the same download, enciphered, a stream
)

// Defined is above every partition that receivers are known to have.
const Defined Partition = 32

var partitionNames = map[Partition]string{
	ManufacturingData: "ManufacturingData", FirmwareParameterData: "FirmwareParameterData",
	PCSoftwareParameter: "PCSoftwareParameter",
	SensorData:          "SensorData", EGVData: "EGVData", CalSet: "CalSet", 6: "Aberration",
	InsertionTime:   "InsertionTime",
	ReceiverLogData: "ReceiverLogData", 9: "ReceiverErrorData", MeterData: "MeterData", UserEventData: "UserEventData",
	UserSettingData: "UserSettingData", 13: "SessionCommandData", TransmitterInfoData: "TransmitterInfoData",
	16: "TransmitterPrivateData", 17: "TransmitterManifest", BackfilledEGVData: "BackfilledEGV",
}

// String is the name that the receiver gives it.
func (p Partition) String() string {
	if n := partitionNames[p]; n != "" {
		return n
	}
	return fmt.Sprintf("partition %d", byte(p))
}

// Sizes of pages and bounds of ranges.
const (
	PageBytes   = 528
	HeaderBytes = 28
	DataBytes   = PageBytes - HeaderBytes
	Empty       = 0xFFFFFFFF // both ends of an empty partition's range
	PagesAtOnce = 4          // as the maker's own software asks
)

// Stream says whether a partition is one run of bytes over its pages, without
// records of its own that end in a CRC.
func Stream(p Partition) bool { return p == ProReadings || p == ProCompanion }

// layout says which revisions of a partition's records are known: those from
// first to last have length bytes, with their CRC.
type layout struct {
	first, last byte
	length      int
}

// layouts is the table of the receiver-protocol reference, section 4.0. A revision
// that is not in it is not known, however near it lies to one that is.
var layouts = map[Partition][]layout{
	ManufacturingData: {{0, 1, DataBytes}}, FirmwareParameterData: {{0, 1, DataBytes}},
	PCSoftwareParameter: {{0, 1, DataBytes}},
	SensorData:          {{1, 1, 20}}, EGVData: {{1, 3, 13}, {4, 4, 23}, {5, 5, 25}}, CalSet: {{1, 2, 148}, {3, 3, 249}},
	InsertionTime: {{1, 1, 15}, {2, 2, 25}}, ReceiverLogData: {{1, 1, 20}}, MeterData: {{1, 2, 16}, {3, 3, 21}},
	UserEventData: {{1, 1, 20}}, UserSettingData: {{1, 4, 48}, {5, 5, 50}, {6, 6, 60}}, TransmitterInfoData: {{1, 1, 35}},
	BackfilledEGVData: {{1, 3, 13}, {4, 4, 23}, {5, 5, 25}}, ProReadings: {{5, 5, 1}}, ProCompanion: {{2, 2, 1}},
}

// RecordLength is the bytes of a record with its CRC, 1 for a stream, and 0 for
// an unknown layout.
func RecordLength(p Partition, revision byte) int {
	for _, l := range layouts[p] {
		if revision >= l.first && revision <= l.last {
			return l.length
		}
	}
	return 0
}
