package export

// rowReader understands the rows of one format.
type rowReader interface {
	name() string
	// row is given every row after the header: where it begins, how many
	// lines it runs over, and its fields, which are only lent.
	row(line, lines int, fields []string)
	collected() *collector
}

// formats try to recognise a header, in this order. A format gives (nil, nil)
// for a header that is not its own, and an error for its own that it cannot use.
var formats = []func(header []string) (rowReader, error){
	recogniseClarity,
	recognisePlain,
}

func recognise(header []string) (rowReader, error) {
	for _, try := range formats {
		if reader, err := try(header); reader != nil || err != nil {
			return reader, err
		}
	}
	return nil, ErrNotRecognised
}
