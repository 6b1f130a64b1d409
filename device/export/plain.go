package export

import (
	"fmt"
	"strings"

	"tracedesk/cgm"
)

// plain reads the three columns id, time, gl (mg/dL) that research programs
// exchange: wall-clock times, no device, no words for LOW and HIGH.
type plain struct {
	collector
	stamps stampReader
	id     string
}

func recognisePlain(header []string, _ []Columns) (rowReader, error) {
	if len(header) != 3 || fold(header[0]) != "id" || fold(header[1]) != "time" || fold(header[2]) != "gl" {
		return nil, nil
	}
	p := &plain{}
	p.collector.unit = cgm.MgDL
	return p, nil
}

func (p *plain) format() string        { return "plain id, time, gl" }
func (p *plain) collected() *collector { return &p.collector }
func (p *plain) dates() *stampReader   { return &p.stamps }

func (p *plain) row(line, lines int, fields []string) {
	p.startRow(line)
	if lines != 1 {
		p.swallow(line, lines)
		return
	}
	if len(fields) != 3 {
		p.badRow(line, "the row does not have the three fields id, time, gl")
		return
	}
	p.glucoseFields(3)
	if fields[0] != p.id {
		p.id = decodeText(fields[0])
		p.person(line, &p.patient.Identifier, p.id)
	}
	if v := strings.TrimSpace(fields[2]); v == "" || v == "NA" {
		p.other++
		return // the programs that write this format mark a missing value so
	}
	at, either, ok := p.stamps.read(fields[1])
	if !ok {
		p.badRow(line, fmt.Sprintf("“%s” is no timestamp", excerpt(fields[1])))
		return
	}
	v, ok := parseNumber(strings.TrimSpace(fields[2]))
	if !ok || v < leastMgDL || v > mostMgDL {
		p.badRow(line, fmt.Sprintf("“%s” is no glucose value", excerpt(fields[2])))
		return
	}
	g := cgm.Reading{Display: at, TransmitterSeconds: cgm.NoTransmitterTime, MgDL: v, Flag: cgm.FlagOf(v)}
	p.addReading(&g, origin{line: uint32(line)}, either)
}
