package wire

import "fmt"

// Partition is a ring of pages that hold records of one kind.
type Partition byte

// The partitions that are read, and two that are known.
const (
	ManufacturingData Partition = 0
	SensorData        Partition = 3
	EGVData           Partition = 4
	CalSet            Partition = 5
	InsertionTime     Partition = 7
	MeterData         Partition = 10
	UserEventData     Partition = 11
	UserSettingData   Partition = 12
	BackfilledEGVData Partition = 18
)

var partitionNames = map[Partition]string{
	ManufacturingData: "ManufacturingData", 1: "FirmwareParameterData", 2: "PCSoftwareParameter", SensorData: "SensorData", EGVData: "EGVData",
	CalSet: "CalSet", 6: "Deviation", InsertionTime: "InsertionTime", 8: "ReceiverLogData", 9: "ReceiverErrorData",
	MeterData: "MeterData", UserEventData: "UserEventData", UserSettingData: "UserSettingData", BackfilledEGVData: "BackfilledEGVData",
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
	NoPage      = 0xFFFFFFFF // both ends of an empty partition's range
	PagesAtOnce = 4          // as the maker's own software asks
)

// RecordLength is the bytes of a record with its CRC; 0 for an unknown layout.
func RecordLength(p Partition, revision byte) int {
	choose := func(limits ...[2]int) int {
		for _, l := range limits {
			if int(revision) <= l[0] {
				return l[1]
			}
		}
		return 0
	}
	if revision == 0 && p != ManufacturingData && p != 1 && p != 2 {
		return 0
	}
	switch p {
	case ManufacturingData, 1, 2:
		return DataBytes
	case SensorData:
		return choose([2]int{1, 20})
	case EGVData, BackfilledEGVData:
		return choose([2]int{3, 13}, [2]int{4, 23}, [2]int{5, 25})
	case CalSet:
		return choose([2]int{2, 148}, [2]int{255, 249})
	case InsertionTime:
		return choose([2]int{1, 15}, [2]int{255, 25})
	case MeterData:
		return choose([2]int{2, 16}, [2]int{3, 21})
	case UserEventData:
		return choose([2]int{1, 20})
	case UserSettingData:
		return choose([2]int{4, 48}, [2]int{5, 50}, [2]int{6, 60})
	}
	return 0
}
