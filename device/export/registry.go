package export

// rowReader understands the rows of one format.
type rowReader interface {
	// format is what the format is called.
	format() string
	// row is given every row after the header: where it begins, how many
	// lines it runs over, and its fields, which are only lent. It accounts for
	// every one of them in its collector.
	row(line, lines int, fields []string)
	collected() *collector
	// dates is what reads its timestamps.
	dates() *stampReader
}

// formats try to recognise a header, in this order, with the columns that a
// person named before. A format gives (nil, nil) for a header that is not its
// own, and an error for its own that it cannot use.
var formats = []func(header []string, known []Columns) (rowReader, error){
	recogniseClarity,
	recognisePlain,
}

func recognise(header []string, known []Columns) (rowReader, error) {
	for _, try := range formats {
		if reader, err := try(header, known); reader != nil || err != nil {
			return reader, err
		}
	}
	return nil, ErrNotRecognised
}
