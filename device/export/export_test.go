package export

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tracedesk/cgm"
)

const englishHeader = "Index,Timestamp (YYYY-MM-DDThh:mm:ss),Event Type,Event Subtype,Patient Info,Device Info,Source Device ID,Glucose Value (mg/dL),Insulin Value (u),Carb Value (grams),Duration (hh:mm:ss),Glucose Rate of Change (mg/dL/min),Transmitter Time (Long Integer),Transmitter ID"

const preamble = `1,,FirstName,,Anna,,,,,,,,
2,,LastName,,"O'Hara, Müller",,,,,,,,
3,,DateOfBirth,,1964-06-20,,,,,,,,
4,,PatientIdentifier,,MRN 12,,,,,,,,
5,,Device,,,Dexcom G6 Mobile App,iPhone G6,,,,,,
6,,Alert,Low,,,iPhone G6,70,,,,,
`

var start = cgm.NewWallTime(2024, 3, 4, 10, 0, 0)

// egv is a glucose row n slots after start.
func egv(index, n int, value string) string {
	return fmt.Sprintf("%d,%s,EGV,,,,iPhone G6,%s,,,,,%d,8ABCDE\n", index, start+cgm.WallTime(300*n), value, 7200+300*n)
}

func read(t *testing.T, text string) *File {
	t.Helper()
	f, err := readText(text)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func readText(text string) (*File, error) {
	return Read(context.Background(), "test.csv", strings.NewReader(text), int64(len(text)), nil, nil)
}

func only(t *testing.T, f *File) *cgm.Recording {
	t.Helper()
	if len(f.Recordings) != 1 {
		t.Fatalf("%d recordings, want 1", len(f.Recordings))
	}
	return f.Recordings[0]
}

func values(r *cgm.Recording) (out []float64) {
	for _, g := range r.Readings {
		out = append(out, g.MgDL)
	}
	return out
}

func wantValues(t *testing.T, r *cgm.Recording, want ...float64) {
	t.Helper()
	if fmt.Sprint(values(r)) != fmt.Sprint(want) {
		t.Errorf("values %v, want %v", values(r), want)
	}
}

func simple() string {
	return englishHeader + "\n" + preamble + egv(7, 0, "120") + egv(8, 1, "Low") + egv(9, 2, "High")
}

func TestClarityGivesPatientDeviceAndReadings(t *testing.T) {
	f := read(t, simple())
	if want := (Patient{"Anna", "O'Hara, Müller", "1964-06-20", "MRN 12"}); f.Patient != want {
		t.Errorf("patient %+v", f.Patient)
	}
	r := only(t, f)
	wantValues(t, r, 120, 39, 401)
	g := r.Readings[1]
	if g.Flag != cgm.Low || g.System != 7500 || g.TransmitterSeconds != 7500 || g.Display != start+300 {
		t.Errorf("second reading %+v", g)
	}
	if r.TransmitterID != "8ABCDE" || r.DeviceModel != "Dexcom G6 Mobile App" || r.DeviceID != "iPhone G6" || r.Unit != cgm.MgDL || r.IntervalSeconds != 300 {
		t.Errorf("recording %+v", r)
	}
	if len(f.Problems) != 0 {
		t.Errorf("problems %v", f.Problems)
	}
}

// The same three readings in every dress that Clarity and spreadsheets give them.
func TestClarityDresses(t *testing.T) {
	quoteAll := func(s string) string {
		var out []string
		for _, line := range strings.Split(strings.TrimSuffix(s, "\n"), "\n") {
			line = strings.ReplaceAll(line, `"O'Hara, Müller"`, "Muller")
			out = append(out, `"`+strings.ReplaceAll(line, ",", `","`)+`"`)
		}
		return strings.Join(out, "\n") + "\n"
	}
	noQuotes := strings.ReplaceAll(simple(), `"O'Hara, Müller"`, "Muller")
	cut := func(columns int) string {
		var out []string
		for _, line := range strings.Split(strings.TrimSuffix(noQuotes, "\n"), "\n") {
			f := strings.Split(line, ",")
			out = append(out, strings.Join(f[:min(len(f), 14-columns)], ","))
		}
		return strings.Join(out, "\n") + "\n"
	}
	for name, text := range map[string]string{
		"BOM, quotes and CRLF":          "\xEF\xBB\xBF" + strings.ReplaceAll(quoteAll(simple()), "\n", "\r\n"),
		"no line end at the end":        strings.TrimSuffix(simple(), "\n"),
		"without transmitter id":        cut(1),
		"without transmitter columns":   cut(2),
		"semicolons":                    strings.ReplaceAll(noQuotes, ",", ";"),
		"tabs":                          strings.ReplaceAll(noQuotes, ",", "\t"),
		"blank for T and decimals":      strings.NewReplacer("2024-03-04T", "2024-03-04 ", ",120,", ",120.0,", ",7200,", ",7200.0,").Replace(simple()),
		"blanks after the commas":       strings.Replace(simple(), englishHeader, strings.ReplaceAll(englishHeader, ",", ", "), 1),
		"UTF-16":                        utf16(simple()),
		"a blank line":                  strings.Replace(simple(), "7,2024", "\n7,2024", 1),
		"spreadsheet dates":             slash(simple(), "3/4/2024"),
		"spreadsheet dates, day first":  slash(simple(), "13/03/2024"),
		"spreadsheet dates with points": slash(simple(), "04.03.2024"),
		"short years":                   slash(simple(), "3/4/24"),
	} {
		t.Run(name, func(t *testing.T) {
			f := read(t, text)
			r := only(t, f)
			wantValues(t, r, 120, 39, 401)
			day := 4
			if strings.Contains(name, "day first") {
				day = 13
			}
			if want := cgm.NewWallTime(2024, 3, day, 10, 5, 0); r.Readings[1].Display != want {
				t.Errorf("second reading at %s, want %s", r.Readings[1].Display, want)
			}
			if f.Patient.FirstName != "Anna" {
				t.Errorf("patient %+v", f.Patient)
			}
			if r.NoDeviceClock != strings.Contains(name, "transmitter columns") {
				t.Errorf("NoDeviceClock = %v", r.NoDeviceClock)
			}
		})
	}
}

// slash writes the times as a spreadsheet does, without seconds.
func slash(s, date string) string {
	for n, clock := range []string{"10:00", "10:05", "10:10"} {
		s = strings.ReplaceAll(s, (start + cgm.WallTime(300*n)).String(), date+" "+clock)
	}
	return s
}

func utf16(s string) string {
	out := []byte{0xFF, 0xFE}
	for _, r := range s {
		out = append(out, byte(r), byte(r>>8))
	}
	return string(out)
}

// Two readings: 5.6 and 10.0 mmol/L, the words of each language around them.
func TestClarityLanguages(t *testing.T) {
	for name, text := range map[string]string{
		"German, semicolons, decimal commas, Latin-1": "Index;Zeitstempel (JJJJ-MM-TTThh:mm:ss);Ereignistyp;Ereignissubtyp;Patienteninfo;Ger\xe4teinfo;Quellger\xe4te-ID;Glukosewert (mmol/L);Insulinwert (u);Kohlenhydratwert (Gramm);Dauer (hh:mm:ss);Glukose\xe4nderungsrate (mmol/L/min);Transmitterzeit (Lange Ganzzahl);Transmitter-ID\n" +
			"1;;Vorname;;J\xf6rg;;;;;;;;;\n2;2024-03-04T10:00:00;EGW;;;;iPhone G6;5,6;;;;0,1;7200;8ABCDE\n3;2024-03-04T10:05:00;EGV;;;;iPhone G6;10,0;;;;0,1;7500;8ABCDE\n4;2024-03-04T10:10:00;EGV;;;;iPhone G6;Niedrig;;;;;7800;8ABCDE\n5;2024-03-04T10:15:00;EGV;;;;iPhone G6;Hoch;;;;;8100;8ABCDE\n",
		"German, other words": "Index,Zeitstempel (JJJJ-MM-TTThh:mm:ss),Ereignisart,Unbekannt,Unbekannt,Unbekannt,Unbekannt,Glukosewert (mmol/L),a,b,c,d,e,f\n" +
			"1,,Vorname,,Jörg,,,,,,,,,\n2,2024-03-04T10:00:00,EGV,,,,iPhone G6,5.6,,,,,7200,8ABCDE\n3,2024-03-04T10:05:00,EGV,,,,iPhone G6,10.0,,,,,7500,8ABCDE\n4,2024-03-04T10:10:00,EGV,,,,iPhone G6,niedrig,,,,,7800,8ABCDE\n5,2024-03-04T10:15:00,EGV,,,,iPhone G6,hoch,,,,,8100,8ABCDE\n",
		"Spanish": "Índice,Marca temporal (AAAA-MM-DDThh:mm:ss),Tipo de evento,Subtipo de evento,Información del paciente,Información del dispositivo,ID del dispositivo de origen,Nivel de glucosa (mmol/L),Valor de insulina (u),Valor de carbohidratos (gramos),Duración (hh:mm:ss),Tasa de cambio de glucosa (mmol/L/min),Hora del transmisor (entero largo),ID del transmisor\n" +
			"1,,Nombre,,Jörg,,,,,,,,\n2,2024-03-04T10:00:00,EGV,,,,iPhone G6,5.6,,,,,7200,8ABCDE\n3,2024-03-04T10:05:00,EGV,,,,iPhone G6,10.0,,,,,7500,8ABCDE\n4,2024-03-04T10:10:00,EGV,,,,iPhone G6,Bajo,,,,,7800,8ABCDE\n5,2024-03-04T10:15:00,EGV,,,,iPhone G6,Alto,,,,,8100,8ABCDE\n",
		"French": "Index,Horodatage (AAAA-MM-JJThh:mm:ss),Type d’événement,Sous-type d’événement,Informations sur le patient,Informations sur l’appareil,ID de l’appareil source,Valeur de glucose (mmol/L),Valeur d’insuline (u),Valeur de glucides (grammes),Durée (hh:mm:ss),Taux de variation de glucose (mmol/L/min),Heure de l’émetteur (entier long),ID de l’émetteur\n" +
			"1,,Prénom,,Jörg,,,,,,,,\n2,2024-03-04T10:00:00,EGV,,,,iPhone G6,5.6,,,,,7200,8ABCDE\n3,2024-03-04T10:05:00,EGV,,,,iPhone G6,10.0,,,,,7500,8ABCDE\n4,2024-03-04T10:10:00,EGV,,,,iPhone G6,Bas,,,,,7800,8ABCDE\n5,2024-03-04T10:15:00,EGV,,,,iPhone G6,Haut,,,,,8100,8ABCDE\n",
		"Italian": "Indice,Data e ora (AAAA-MM-GGThh:mm:ss),Tipo di evento,Sottotipo di evento,Informazioni del paziente,Info dispositivo,ID dispositivo sorgente,Valore glicemico (mmol/L),Valore insulina (u),Valore carboidrati (grammi),Durata (hh:mm:ss),Velocità di variazione della glicemia (mmol/L/min),Ora trasmettitore (Intero lungo),ID trasmettitore\n" +
			"1,,Nome,,Jörg,,,,,,,,\n,,Avviso,,,,,,,,,,\n2,2024-03-04T10:00:00,EGV,,,,iPhone G6,5.6,,,,,7200,8ABCDE\n3,2024-03-04T10:05:00,EGV,,,,iPhone G6,10.0,,,,,7500,8ABCDE\n4,2024-03-04T10:10:00,EGV,,,,iPhone G6,Basso,,,,,7800,8ABCDE\n5,2024-03-04T10:15:00,EGV,,,,iPhone G6,Alto,,,,,8100,8ABCDE\n",
		"Swedish": "Index,Tidstämpel (ÅÅÅÅ-MM-DDThh:mm:ss),Händelsetyp,Händelseundertyp,Patientinformation,Enhetsinformation,Källenhets-ID,Glukosvärde (mmol/L),Insulinvärde (u),Kolhydratvärde (gram),Varaktighet (hh:mm:ss),Förändring (mmol/L/min),Sändartid (långt heltal),Sändar-ID\n" +
			"1,,Förnamn,,Jörg,,,,,,,,\n2,2024-03-04T10:00:00,EGV,,,,iPhone G6,5.6,,,,,7200,8ABCDE\n3,2024-03-04T10:05:00,EGV,,,,iPhone G6,10.0,,,,,7500,8ABCDE\n4,2024-03-04T10:10:00,EGV,,,,iPhone G6,Låg,,,,,7800,8ABCDE\n5,2024-03-04T10:15:00,EGV,,,,iPhone G6,Hög,,,,,8100,8ABCDE\n",
	} {
		t.Run(name, func(t *testing.T) {
			f := read(t, text)
			r := only(t, f)
			wantValues(t, r, 101, 180, 39, 401) // 5.6 × 18.018 = 100.9; 10.0 is 180, in range
			if f.Patient.FirstName != "Jörg" || r.TransmitterID != "8ABCDE" || r.Unit != cgm.MmolL || r.DeviceID != "iPhone G6" {
				t.Errorf("%+v of %+v", r, f.Patient)
			}
		})
	}
}

func TestSameReadingTwiceIsKeptOnceAndCounted(t *testing.T) {
	r := only(t, read(t, simple()+egv(10, 1, "Low")+egv(11, 1, "Low")))
	wantValues(t, r, 120, 39, 401)
	if r.Duplicates != 2 || r.Conflicts != 0 {
		t.Errorf("%d duplicates, %d conflicts", r.Duplicates, r.Conflicts)
	}
}

func TestTwoDisplayDevicesGiveEachReadingOnce(t *testing.T) {
	text := englishHeader + "\n"
	for n := range 6 {
		text += egv(n, n, fmt.Sprint(100+n))
		if n < 4 { // the receiver logs some seconds later, and once differs
			value := 100 + n
			if n == 2 {
				value = 150
			}
			text += fmt.Sprintf("9%d,%s,EGV,,,,SM123,%d,,,,,%d,8ABCDE\n", n, start+cgm.WallTime(300*n+4), value, 7200+300*n)
		}
	}
	f := read(t, text)
	r := only(t, f)
	wantValues(t, r, 100, 101, 102, 103, 104, 105)
	if r.Duplicates != 3 || r.Conflicts != 1 || r.DeviceID != "iPhone G6" {
		t.Errorf("%d duplicates, %d conflicts, device %s", r.Duplicates, r.Conflicts, r.DeviceID)
	}
	if len(f.Problems) == 0 || !strings.Contains(f.Problems[len(f.Problems)-1].Message, "iPhone G6") {
		t.Errorf("the conflict is not said: %v", f.Problems)
	}
}

func TestSeveralTransmittersAreSeveralRecordings(t *testing.T) {
	other := func(n int) string {
		return strings.Replace(strings.Replace(egv(50+n, n+3000, "200"), "8ABCDE", "8ZZZZZ", 1), fmt.Sprint(7200+300*(n+3000)), fmt.Sprint(7200+300*n), 1)
	}
	f := read(t, simple()+other(0)+other(1))
	if len(f.Recordings) != 2 || f.Recordings[0].TransmitterID != "8ABCDE" || f.Recordings[1].TransmitterID != "8ZZZZZ" {
		t.Fatalf("%d recordings", len(f.Recordings))
	}
	wantValues(t, f.Recordings[1], 200, 200)
	// Without ids, the restarted clock of the second tells it from the first.
	f = read(t, strings.NewReplacer("8ABCDE", "", "8ZZZZZ", "").Replace(simple()+other(0)+other(1)))
	if len(f.Recordings) != 2 || len(f.Recordings[0].Readings) != 3 || len(f.Recordings[1].Readings) != 2 {
		t.Errorf("without ids: %d recordings", len(f.Recordings))
	}
}

func TestTheRepeatedHourInAutumnIsToldApartByTheTransmitter(t *testing.T) {
	// 01:00 to 02:00 twice; Clarity sorts by timestamp, so the two interleave.
	first := cgm.NewWallTime(2024, 11, 3, 1, 0, 0)
	text := englishHeader + "\n"
	row := func(n int, display cgm.WallTime) string {
		return fmt.Sprintf("%d,%s,EGV,,,,iPhone G6,%d,,,,,%d,8ABCDE\n", n+1, display, 100+n, 7200+300*n)
	}
	for n := range 12 {
		text += row(n, first+cgm.WallTime(300*n)) + row(n+12, first+cgm.WallTime(300*n))
	}
	r := only(t, read(t, text))
	if len(r.Readings) != 24 || r.Duplicates != 0 {
		t.Fatalf("%d readings, %d duplicates", len(r.Readings), r.Duplicates)
	}
	for n, g := range r.Readings {
		if g.MgDL != float64(100+n) {
			t.Fatalf("reading %d is %v", n, g.MgDL)
		}
	}
	if c := r.Coverage(); c.HoursRecorded != 2 || c.HoursSpan != 2 {
		t.Errorf("%v hours recorded over %v", c.HoursRecorded, c.HoursSpan)
	}
}

func TestCalibrationsAndEventsAreKeptBesideTheReadings(t *testing.T) {
	text := simple() +
		"10,2024-03-04T10:03:00,Calibration,,,,iPhone G6,118,,,,,7380,8ABCDE\n" +
		"11,2024-03-04T10:04:00,Carbs,,,,iPhone G6,,,45,,,\n" +
		"12,2024-03-04T10:04:30,Insulin,Fast-Acting,,,iPhone G6,,3.5,,,,\n" +
		"13,2024-03-04T10:06:00,Exercise,Heavy,,,iPhone G6,,,,00:30:00,,\n" +
		"14,2024-03-04T10:07:00,Health,Illness,,,iPhone G6,,,,,,\n" +
		"15,2024-03-04T10:08:00,Notes,,\"felt odd\nlay down\",,iPhone G6,,,,,,\n"
	r := only(t, read(t, text))
	if len(r.Calibrations) != 1 || r.Calibrations[0].MgDL != 118 || r.Calibrations[0].System != 7380 {
		t.Errorf("calibrations %+v", r.Calibrations)
	}
	if len(r.Events) != 5 {
		t.Fatalf("events %+v", r.Events)
	}
	if e := r.Events[0]; e.Kind != cgm.Carbs || e.Value != 45 || e.System != 7440 {
		t.Errorf("carbs %+v", e)
	}
	if e := r.Events[1]; e.Kind != cgm.Insulin || e.Value != 3.5 || e.Subtype != "Fast-Acting" {
		t.Errorf("insulin %+v", e)
	}
	if e := r.Events[2]; e.Kind != cgm.Exercise || e.Value != 30 {
		t.Errorf("exercise %+v", e)
	}
	wantValues(t, r, 120, 39, 401)
}

func TestRefusals(t *testing.T) {
	long := englishHeader + "\n"
	for n := range 300 {
		long += egv(n+1, n, "120")
	}
	for name, c := range map[string]struct {
		text string
		want error
		line int
	}{
		"empty":                       {"", ErrEmpty, 0},
		"only a BOM":                  {"\xEF\xBB\xBF", ErrEmpty, 0},
		"binary":                      {"\x7fELF\x00\x01", ErrNotText, 0},
		"a workbook":                  {"PK\x03\x04rest", ErrNotText, 0},
		"a PDF":                       {"%PDF-1.7", ErrNotText, 0},
		"another CSV":                 {"name,age\nAnna,60\n", ErrNotRecognised, 1},
		"no glucose column":           {strings.Replace(simple(), "Glucose Value (mg/dL)", "Something", 1), ErrNoGlucose, 1},
		"an unknown unit":             {strings.Replace(simple(), "Glucose Value (mg/dL)", "Glucose Value (g/L)", 1), ErrUnit, 1},
		"the header alone":            {englishHeader + "\n" + preamble, ErrNoReadings, 0},
		"many bad values":             {strings.ReplaceAll(long, ",120,", ",abc,"), ErrTooManyBadRows, 2},
		"mmol/L values under mg/dL":   {strings.ReplaceAll(long, ",120,", ",6.7,"), ErrTooManyBadRows, 2},
		"mg/dL values under mmol/L":   {strings.ReplaceAll(long, "Value (mg/dL)", "Value (mmol/L)"), ErrTooManyBadRows, 2},
		"two people":                  {simple() + "10,,FirstName,,Berta,,,,,,,,\n", ErrSeveralPeople, 11},
		"cut in the timestamp":        {long[:len(long)-52], ErrCutOff, 301},
		"cut in the value":            {strings.TrimSuffix(long, "20,,,,,96900,8ABCDE\n"), ErrCutOff, 301},
		"cut in the transmitter time": {strings.TrimSuffix(long, "00,8ABCDE\n"), ErrCutOff, 301},
		"cut in the transmitter id":   {strings.TrimSuffix(long, "DE\n"), ErrCutOff, 301},
		"an open quotation mark":      {strings.Replace(long, "5,2024", "\"5,2024", 1), ErrTooManyBadRows, 6},
	} {
		t.Run(name, func(t *testing.T) {
			f, err := readText(c.text)
			if !errors.Is(err, c.want) {
				t.Fatalf("%v, %v; want %v", f, err, c.want)
			}
			var e *Error
			if !errors.As(err, &e) || e.Line != c.line || e.Do == "" || strings.Contains(e.Error(), "\n") {
				t.Errorf("error %q, line %d, want line %d", err, e.Line, c.line)
			}
		})
	}
}

func TestOneBadRowIsNamedAndTheRestIsRead(t *testing.T) {
	for name, bad := range map[string]string{
		"value":            "10,2024-03-04T10:15:00,EGV,,,,iPhone G6,abc,,,,,8100,8ABCDE\n",
		"no value":         "10,2024-03-04T10:15:00,EGV,,,,iPhone G6,,,,,,8100,8ABCDE\n",
		"NaN":              "10,2024-03-04T10:15:00,EGV,,,,iPhone G6,NaN,,,,,8100,8ABCDE\n",
		"zero":             "10,2024-03-04T10:15:00,EGV,,,,iPhone G6,0,,,,,8100,8ABCDE\n",
		"time":             "10,2024-13-04T10:15:00,EGV,,,,iPhone G6,120,,,,,8100,8ABCDE\n",
		"no time":          "10,,EGV,,,,iPhone G6,120,,,,,8100,8ABCDE\n",
		"a lost clock":     "10,1970-01-01T00:00:00,EGV,,,,iPhone G6,120,,,,,8100,8ABCDE\n",
		"transmitter time": "10,2024-03-04T10:15:00,EGV,,,,iPhone G6,120,,,,,x,8ABCDE\n",
		"event type":       "10,2024-03-04T10:15:00,Lunch,,,,iPhone G6,120,,,,,8100,8ABCDE\n",
	} {
		t.Run(name, func(t *testing.T) {
			f := read(t, simple()+bad+egv(11, 4, "130"))
			r := only(t, f)
			wantValues(t, r, 120, 39, 401, 130)
			if r.BadRows != 1 || len(f.Problems) != 1 || f.Problems[0].Line != 11 {
				t.Errorf("%d bad rows, problems %v", r.BadRows, f.Problems)
			}
		})
	}
}

func TestRemovedRowsAreNoticedByTheirIndex(t *testing.T) {
	f := read(t, simple()+egv(20, 13, "130"))
	if len(f.Problems) != 1 || !strings.Contains(f.Problems[0].Message, "skips 10 numbers") {
		t.Errorf("problems %v", f.Problems)
	}
}

func TestPlainFormat(t *testing.T) {
	f := read(t, "id,time,gl\nS 1,2024-03-04 10:00:00,120\nS 1,2024-03-04 10:05:00,NA\nS 1,2024-03-04 10:10:00,61.5\n")
	r := only(t, f)
	wantValues(t, r, 120, 61.5)
	if f.Patient.Identifier != "S 1" || !r.NoDeviceClock {
		t.Errorf("%+v, %+v", f.Patient, r)
	}
	if _, err := readText("id,time,gl\nS 1,2024-03-04 10:00:00,120\nS 2,2024-03-04 10:05:00,120\n"); !errors.Is(err, ErrSeveralPeople) {
		t.Errorf("two people: %v", err)
	}
}

func TestReadingStopsWhenCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Read(ctx, "x", strings.NewReader(simple()), 10, nil, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
}

func TestSamplesReadWhole(t *testing.T) {
	dir := filepath.Join("..", "..", "..", "shared", "samples", "clarity")
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("the sample recordings are not here (%s): not read", dir)
	}
	// Counts and ends as the samples' README gives them.
	for name, want := range map[string]struct {
		n           int
		first, last string
	}{
		"clarity-001": {2561, "2020-02-13T17:23:32", "2020-02-22T17:53:23"},
		"clarity-002": {2119, "2020-02-21T11:08:36", "2020-02-29T09:38:24"},
		"clarity-005": {2558, "2020-02-27T13:30:13", "2020-03-07T11:46:05"},
		"clarity-009": {2306, "2020-03-21T10:51:51", "2020-03-29T11:01:41"},
		"clarity-012": {2169, "2020-05-03T17:52:13", "2020-05-11T09:31:59"},
	} {
		f, err := Open(context.Background(), filepath.Join(dir, name+".csv"), nil, nil)
		if err != nil {
			t.Error(err)
			continue
		}
		r := only(t, f)
		if len(r.Readings) != want.n || r.First().String() != want.first || r.Last().String() != want.last || r.Duplicates+r.Conflicts+r.BadRows != 0 {
			t.Errorf("%s: %d readings, %s to %s, %d duplicates, %d conflicts", name, len(r.Readings), r.First(), r.Last(), r.Duplicates, r.Conflicts)
		}
	}
}

func TestAnUnknownHeaderIsShownAndReadByChosenColumns(t *testing.T) {
	text := "Mittauspäivä;Laji;Glukoosi\n2024-03-04T10:00:00;EGV;5,6\n2024-03-04T10:02:00;Ateria;\n2024-03-04T10:05:00;EGV;Low\n2024-03-04T10:10:00;EGV;10,0\n"
	_, err := readText(text)
	var refused *Error
	if !errors.As(err, &refused) || refused.Unknown == nil {
		t.Fatalf("%v", err)
	}
	if u := refused.Unknown; strings.Join(u.Header, "|") != "Mittauspäivä|Laji|Glukoosi" || len(u.Rows) != 4 || u.Rows[0][2] != "5,6" {
		t.Errorf("%+v", u)
	}
	known := []Columns{{Time: "Time", Glucose: "Value", Unit: cgm.MgDL}, {Time: "Mittauspäivä", Glucose: "Glukoosi", Unit: cgm.MmolL}}
	f, err := Read(context.Background(), "x", strings.NewReader(text), int64(len(text)), known, nil)
	if err != nil {
		t.Fatal(err)
	}
	r := only(t, f)
	if len(r.Readings) != 3 || r.Readings[0].MgDL != 101 || r.Readings[1].Flag != cgm.Low || r.Readings[2].MgDL != 180 || len(f.Problems) != 0 || !r.NoDeviceClock {
		t.Errorf("%+v, %+v", r, f.Problems)
	}
	if _, err := readText("one column\n1\n2\n"); !errors.As(err, &refused) || refused.Unknown != nil {
		t.Errorf("one column is offered as a table: %v", err)
	}
}
