package export

import (
	"fmt"
	"math"
	"strings"

	"tracedesk/cgm"
)

// Columns of a Clarity export, in the order in which Clarity writes them.
const (
	colIndex = iota
	colTimestamp
	colEventType
	colSubtype
	colPatientInfo
	colDeviceInfo
	colDeviceID
	colGlucose
	colInsulin
	colCarbs
	colDuration
	colRate
	colTransmitterTime
	colTransmitterID
	clarityColumns
)

// clarityWords are the folded header words by column, in the languages met:
// English, German, Spanish, French, Italian, Swedish, Dutch, Portuguese.
var clarityWords = [clarityColumns][]string{
	colIndex:           {"index", "indice", "indexe"},
	colTimestamp:       {"timestamp", "zeitstempel", "marcatemporal", "marcadetiempo", "horodatage", "dataeora", "tidsstampel", "tidstampel", "tijdstempel", "carimbodedatahora"},
	colEventType:       {"eventtype", "ereignistyp", "ereignisart", "tipodeevento", "typedevenement", "typeevenement", "tipodievento", "handelsetyp", "gebeurtenistype", "typegebeurtenis"},
	colSubtype:         {"eventsubtype", "ereignissubtyp", "ereignisunterart", "ereignisuntertyp", "subtipodeevento", "soustypedevenement", "soustypeevenement", "sottotipodievento", "handelseundertyp", "subtypegebeurtenis"},
	colPatientInfo:     {"patientinfo", "patienteninfo", "patienteninformation", "patienteninformationen", "infodelpaciente", "informaciondelpaciente", "infopatient", "infosurlepatient", "informationssurlepatient", "informationspatient", "informazionidelpaziente", "patientinformation"},
	colDeviceInfo:      {"deviceinfo", "gerateinfo", "gerateinformation", "gerateinformationen", "infodeldispositivo", "informaciondeldispositivo", "infosurlappareil", "informationssurlappareil", "infoappareil", "infodispositivo", "enhetsinformation", "enhetsinfo"},
	colDeviceID:        {"sourcedeviceid", "quellgerateid", "idquellgerat", "gerateidderquelle", "iddeldispositivodeorigen", "iddispositivodeorigen", "iddelappareilsource", "idappareilsource", "iddispositivosorgente", "kallenhetsid", "idforkallenhet"},
	colGlucose:         {"glucosevalue", "glukosewert", "niveldeglucosa", "valordeglucosa", "valeurdeglucose", "valeurdeglycemie", "tauxdeglucose", "valoreglicemico", "valoredelglucosio", "glukosvarde", "glucosewaarde", "valordaglicose", "valordeglicose"},
	colInsulin:         {"insulinvalue", "insulinwert", "valordeinsulina", "valeurdinsuline", "valoreinsulina", "insulinvarde"},
	colCarbs:           {"carbvalue", "kohlenhydratwert", "kohlenhydrate", "valordecarbohidratos", "valeurdeglucides", "valorecarboidrati", "kolhydratvarde"},
	colDuration:        {"duration", "dauer", "duracion", "duree", "durata", "varaktighet"},
	colRate:            {"glucoserateofchange", "glukoseanderungsrate", "anderungsratederglukose", "tasadecambiodeglucosa", "tauxdevariationdeglucose", "velocitadivariazionedellaglicemia"},
	colTransmitterTime: {"transmittertime", "transmitterzeit", "senderzeit", "tiempodeltransmisor", "horadeltransmisor", "heuredelemetteur", "heuredutransmetteur", "tempsdelemetteur", "oratrasmettitore", "sandartid"},
	colTransmitterID:   {"transmitterid", "senderid", "iddeltransmisor", "idtransmisor", "identificadordeltransmisor", "iddelemetteur", "idemetteur", "iddutransmetteur", "idtrasmettitore", "sandarid"},
}

// rowKind is what a row of a Clarity export is about.
type rowKind uint8

const (
	unknownRow rowKind = iota
	glucoseRow
	calibrationRow
	carbsRow
	insulinRow
	exerciseRow
	healthRow
	noteRow
	ignoredRow
	deviceRow
	firstNameRow
	lastNameRow
	identifierRow
	birthDateRow
)

// rowWords are the folded event types and preamble words of the same languages.
var rowWords = map[string]rowKind{
	"egv": glucoseRow, "egw": glucoseRow, "vge": glucoseRow,
	"calibration": calibrationRow, "kalibrierung": calibrationRow, "calibracion": calibrationRow, "etalonnage": calibrationRow, "calibrage": calibrationRow, "calibrazione": calibrationRow, "kalibrering": calibrationRow, "kalibratie": calibrationRow,
	"carbs": carbsRow, "carb": carbsRow, "kohlenhydrate": carbsRow, "carbohidratos": carbsRow, "hidratosdecarbono": carbsRow, "glucides": carbsRow, "carboidrati": carbsRow, "kolhydrater": carbsRow, "koolhydraten": carbsRow,
	"insulin": insulinRow, "insulina": insulinRow, "insuline": insulinRow,
	"exercise": exerciseRow, "bewegung": exerciseRow, "sport": exerciseRow, "training": exerciseRow, "ejercicio": exerciseRow, "exercice": exerciseRow, "activitephysique": exerciseRow, "esercizio": exerciseRow, "eserciziofisico": exerciseRow, "traning": exerciseRow, "motion": exerciseRow,
	"health": healthRow, "gesundheit": healthRow, "salud": healthRow, "sante": healthRow, "salute": healthRow, "halsa": healthRow,
	"notes": noteRow, "note": noteRow, "notizen": noteRow, "notiz": noteRow, "notas": noteRow, "remarques": noteRow, "anteckningar": noteRow, "anteckning": noteRow,
	"alert": ignoredRow, "warnung": ignoredRow, "alarm": ignoredRow, "hinweis": ignoredRow, "alerta": ignoredRow, "alerte": ignoredRow, "avviso": ignoredRow, "varning": ignoredRow, "timechange": ignoredRow, "sensor": ignoredRow,
	"device": deviceRow, "gerat": deviceRow, "dispositivo": deviceRow, "appareil": deviceRow, "dispositif": deviceRow, "enhet": deviceRow,
	"firstname": firstNameRow, "vorname": firstNameRow, "nombre": firstNameRow, "prenom": firstNameRow, "nome": firstNameRow, "fornamn": firstNameRow,
	"lastname": lastNameRow, "nachname": lastNameRow, "apellido": lastNameRow, "apellidos": lastNameRow, "nom": lastNameRow, "nomdefamille": lastNameRow, "cognome": lastNameRow, "efternamn": lastNameRow,
	"patientidentifier": identifierRow, "patientenkennung": identifierRow, "patientenid": identifierRow, "patientid": identifierRow, "identificadordelpaciente": identifierRow, "identificadordepaciente": identifierRow, "identifiantdupatient": identifierRow, "identifiantpatient": identifierRow, "identificativopaziente": identifierRow, "identificativodelpaziente": identifierRow, "idpaziente": identifierRow,
	"dateofbirth": birthDateRow, "geburtsdatum": birthDateRow, "fechadenacimiento": birthDateRow, "datedenaissance": birthDateRow, "datadinascita": birthDateRow, "fodelsedatum": birthDateRow,
}

// limitWords are the folded words that stand for values outside the sensor's range.
var limitWords = map[string]cgm.Flag{
	"low": cgm.Low, "niedrig": cgm.Low, "tief": cgm.Low, "bajo": cgm.Low, "baja": cgm.Low, "bas": cgm.Low, "basse": cgm.Low, "basso": cgm.Low, "bassa": cgm.Low, "lag": cgm.Low, "lagt": cgm.Low, "laag": cgm.Low, "baixo": cgm.Low,
	"high": cgm.High, "hoch": cgm.High, "alto": cgm.High, "alta": cgm.High, "haut": cgm.High, "haute": cgm.High, "eleve": cgm.High, "elevee": cgm.High, "hog": cgm.High, "hogt": cgm.High, "hoog": cgm.High,
}

// clarity reads the rows of a Dexcom Clarity export.
type clarity struct {
	collector
	at                          [clarityColumns]int // column numbers, -1 where missing
	unit                        cgm.Unit
	stamps                      stampReader
	kinds                       map[string]rowKind // of event types as written
	lastType                    string
	lastKind                    rowKind
	lastDevice, lastTransmitter string
	device                      uint8
}

func recogniseClarity(header []string) (rowReader, error) {
	c := &clarity{kinds: map[string]rowKind{}}
	for i := range c.at {
		c.at[i] = -1
	}
	bracket := ""
	for i, title := range header {
		word, inside := headerWord(title)
		if col := clarityColumn(word); col >= 0 && c.at[col] < 0 {
			c.at[col] = i
			if col == colGlucose {
				bracket = inside
			}
		}
	}
	if c.at[colTimestamp] < 0 || (c.at[colEventType] < 0 && c.at[colGlucose] < 0) {
		return nil, nil
	}
	c.fillKnownOrder(header)
	if c.at[colGlucose] < 0 {
		return nil, ErrNoGlucose
	}
	switch strings.ToLower(strings.ReplaceAll(bracket, " ", "")) {
	case "mg/dl":
		c.unit = cgm.MgDL
	case "mmol/l":
		c.unit = cgm.MmolL
	default:
		return nil, ErrUnit
	}
	c.collector.unit = c.unit
	if c.at[colEventType] < 0 {
		return nil, ErrNotRecognised
	}
	return c, nil
}

func clarityColumn(word string) int {
	for col, words := range clarityWords {
		for _, w := range words {
			if w == word {
				return col
			}
		}
	}
	return -1
}

// fillKnownOrder gives columns whose words are in a language not listed their
// place in Clarity's fixed order, where timestamp and glucose stand in theirs
// and nothing else claims it.
func (c *clarity) fillKnownOrder(header []string) {
	if c.at[colTimestamp] != colTimestamp || c.at[colGlucose] != colGlucose || len(header) < colRate+1 || len(header) > clarityColumns {
		return
	}
	taken := map[int]bool{}
	for _, at := range c.at {
		taken[at] = true
	}
	for col := range c.at {
		if c.at[col] < 0 && !taken[col] && col < len(header) {
			c.at[col] = col
		}
	}
}

func (c *clarity) name() string          { return "Dexcom Clarity CSV" }
func (c *clarity) collected() *collector { return &c.collector }

func (c *clarity) field(fields []string, col int) string {
	if at := c.at[col]; at >= 0 && at < len(fields) {
		return fields[at]
	}
	return ""
}

func (c *clarity) row(line, lines int, fields []string) {
	if len(fields) <= 1 && strings.TrimSpace(fields[0]) == "" {
		return
	}
	c.startRow(line)
	kind := c.kindOf(c.field(fields, colEventType))
	if c.swallowed(line, lines, kind) {
		return
	}
	c.countIndex(c.field(fields, colIndex))
	when := c.field(fields, colTimestamp)
	switch {
	case when == "" && kind != glucoseRow:
		c.preamble(line, kind, fields)
	case kind == glucoseRow || kind == calibrationRow:
		c.glucose(line, kind, fields, when)
	case kind == unknownRow:
		c.badRow(line, fmt.Sprintf("the event type “%s” is not known", excerpt(c.field(fields, colEventType))))
	case kind != ignoredRow:
		c.logged(line, kind, fields, when)
	}
}

// swallowed notes a row that runs over several lines: a quotation mark that
// was opened and not closed takes the rows after it into itself.
func (c *clarity) swallowed(line, lines int, kind rowKind) bool {
	if lines == 1 || kind == noteRow {
		return false
	}
	c.badRow(line, "a quotation mark is opened and not closed")
	c.bad += lines - 1
	return true
}

func (c *clarity) kindOf(eventType string) rowKind {
	if eventType == c.lastType {
		return c.lastKind
	}
	kind, seen := c.kinds[eventType]
	if !seen {
		kind = rowWords[fold(eventType)]
		if len(c.kinds) < 256 {
			c.kinds[strings.Clone(eventType)] = kind
		}
	}
	c.lastType, c.lastKind = strings.Clone(eventType), kind
	return kind
}

func (c *clarity) preamble(line int, kind rowKind, fields []string) {
	value := decodeText(strings.TrimSpace(c.field(fields, colPatientInfo)))
	switch kind {
	case firstNameRow:
		c.person(line, &c.patient.FirstName, value)
	case lastNameRow:
		c.person(line, &c.patient.LastName, value)
	case identifierRow:
		c.person(line, &c.patient.Identifier, value)
	case birthDateRow:
		c.person(line, &c.patient.BirthDate, value)
	case deviceRow:
		c.addDevice(decodeText(c.field(fields, colDeviceID)), decodeText(c.field(fields, colDeviceInfo)))
	}
}

func (c *clarity) glucose(line int, kind rowKind, fields []string, when string) {
	c.glucoseFields(len(fields))
	at, either, ok := c.stamps.read(when)
	if !ok {
		c.badRow(line, fmt.Sprintf("“%s” is no timestamp", excerpt(when)))
		return
	}
	mgDL, flag, message := glucoseIn(c.unit, c.field(fields, colGlucose))
	if message != "" {
		c.badRow(line, message)
		return
	}
	g := cgm.Reading{Display: at, TransmitterSeconds: cgm.NoTransmitterTime, MgDL: mgDL, Flag: flag}
	if text := c.field(fields, colTransmitterTime); text != "" {
		v, ok := parseNumber(text)
		if !ok || v < 0 || v > math.MaxUint32 {
			c.badRow(line, fmt.Sprintf("“%s” is no transmitter time", excerpt(text)))
			return
		}
		g.TransmitterSeconds = int64(v)
	}
	if id := c.field(fields, colDeviceID); id != c.lastDevice || len(c.devices) == 0 {
		c.lastDevice = decodeText(id)
		c.device = c.deviceNumber(c.lastDevice)
	}
	if id := c.field(fields, colTransmitterID); id != c.lastTransmitter {
		c.lastTransmitter = decodeText(strings.TrimSpace(id))
	}
	to := &c.rows
	if kind == calibrationRow {
		to = &c.calibrations
	}
	c.addGlucose(to, &g, c.lastTransmitter, c.device, either)
}

// Values that a sensor or meter can give, in mg/dL; a number outside is in
// another unit or another column.
const (
	leastMgDL = 20
	mostMgDL  = 600
)

// glucoseIn is a value in the given unit, as mg/dL; message says why it is none.
func glucoseIn(unit cgm.Unit, text string) (mgDL float64, flag cgm.Flag, message string) {
	if text == "" {
		return 0, 0, "the glucose value is missing"
	}
	if v, ok := parseNumber(text); ok {
		mgDL = v
		if unit == cgm.MmolL {
			// Clarity rounds to 0.1 mmol/L; whole mg/dL puts 3.9 and 10.0
			// back on the side of the limit on which they were measured.
			mgDL = math.Round(v * cgm.MgDLPerMmolL)
		}
		if mgDL >= leastMgDL && mgDL <= mostMgDL {
			return mgDL, cgm.FlagOf(mgDL), ""
		}
		return 0, 0, fmt.Sprintf("%s %s is no glucose value", excerpt(text), unit)
	}
	switch limitWords[fold(text)] {
	case cgm.Low:
		return cgm.LowMgDL, cgm.Low, ""
	case cgm.High:
		return cgm.HighMgDL, cgm.High, ""
	}
	return 0, 0, fmt.Sprintf("“%s” is no glucose value", excerpt(text))
}

// logged reads what the patient entered. A row whose figure cannot be read
// keeps its time and words: the event happened.
func (c *clarity) logged(line int, kind rowKind, fields []string, when string) {
	at, either, ok := c.stamps.read(when)
	if !ok {
		c.badRow(line, fmt.Sprintf("“%s” is no timestamp", excerpt(when)))
		return
	}
	e := cgm.Event{Display: at, Subtype: decodeText(c.field(fields, colSubtype)), Text: decodeText(c.field(fields, colPatientInfo))}
	switch kind {
	case carbsRow:
		e.Kind = cgm.Carbs
		e.Value, _ = parseNumber(c.field(fields, colCarbs))
	case insulinRow:
		e.Kind = cgm.Insulin
		e.Value, _ = parseNumber(c.field(fields, colInsulin))
	case exerciseRow:
		e.Kind = cgm.Exercise
		e.Value = minutesOf(c.field(fields, colDuration))
	case healthRow:
		e.Kind = cgm.Health
	default:
		e.Kind = cgm.Note
	}
	c.addEvent(e, either)
}

// minutesOf reads a duration hh:mm:ss.
func minutesOf(s string) float64 {
	var h, m, sec int
	if n, _ := fmt.Sscanf(s, "%d:%d:%d", &h, &m, &sec); n < 2 {
		return 0
	}
	return float64(h*60+m) + float64(sec)/60
}

// excerpt is a short piece of a field for a message.
func excerpt(s string) string {
	r := []rune(decodeText(strings.TrimSpace(s)))
	if len(r) > 24 {
		r = append(r[:23], '…')
	}
	for i := range r {
		if r[i] < ' ' {
			r[i] = ' '
		}
	}
	return string(r)
}
