package export

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"tracedesk/cgm"
)

// Headers as Clarity wrote them, from published exports.
var metHeaders = map[string]string{
	"Italian":                     "Indice;Data e ora (AAAA-MM-GGThh:mm:ss);Tipo di evento;Sottotipo di evento;Informazioni del paziente;Info dispositivo;ID dispositivo sorgente;Valore glicemico (mg/dL);Valore insulina (u);Valore carboidrati (grammi);Durata (hh:mm:ss);Velocità di variazione della glicemia (mg/dL/min);Ora trasmettitore (Intero lungo);ID trasmettitore",
	"Czech":                       "Obsah;Časové razítko (RRRR-MM-DDThh:mm:ss);Typ události;Podtyp události;Údaje pacienta;Informace o zařízení;ID zdrojového zařízení;Hodnota glukózy (mmol/L);Hodnota inzulinu (j);Hodnota sacharidů (gramů);Trvání (hh:mm:ss);Rychlost změny glukózy (mmol/L/min);Čas vysílače (Dlouhá celočíselná hodnota);ID vysílače",
	"Spanish":                     "Índice;Marca temporal (AAAA-MM-DDThh:mm:ss);Tipo de evento;Subtipo de evento;Información del paciente;Información del dispositivo;ID del dispositivo de origen;Nivel de glucosa (mg/dl);Nivel de insulina (u);Nivel de carbohidratos (gramos);Duración (hh:mm:ss);Índice de cambio de glucosa (mg/dl/min);Hora del transmisor (número entero largo);ID del transmisor",
	"Polish":                      "Indeks;Znacznik czasu (RRRR-MM-DDTgg:mm:ss);Typ zdarzenia;Podtyp zdarzenia;Informacje o pacjencie;Informacje o urządzeniu;ID urządzenia źródłowego;Wartość glukozy (mg/dL);Wartość insuliny (j);Wartość węglowodanów (gramy);Czas trwania (gg:mm:ss);Szybkość zmian glukozy (mg/dL/min);Czas nadajnika (długa liczba);ID nadajnika",
	"of no language in the table": "Sıra;Zaman damgası (YYYY-AA-GGTss:dd:nn);Olay;Alt;Hasta;Cihaz;Kaynak;Glukoz değeri (mg/dL);İ;K;Süre;Değişim (mg/dL/dk);Verici zamanı;Verici",
	"Turkish":                     "Sıra;Zaman damgası (YYYY-AA-GGTss:dd:nn);Olay türü;Alt tür;Hasta bilgisi;Cihaz bilgisi;Kaynak cihaz;Glukoz değeri (mg/dL);İnsülin;Karbonhidrat;Süre (ss:dd:nn);Glukoz değişim hızı (mg/dL/min);Verici zamanı (uzun tam sayı);Verici kimliği",
}

// What a language calls things, from published exports and the makers' manuals.
var metWords = map[string]struct{ egv, low, high, name, alert string }{
	"Italian": {"EGV", "Basso", "Alto", "Nome", "Avviso"},
	"Czech":   {"Odhadovaná hodnota glukózy", "Nízká", "Vysoká", "Jméno", "Výstraha"},
	"Spanish": {"Niveles estimados de glucosa", "Bajo", "Alto", "Nombre", "Alerta"},
	"Polish":  {"EGV", "Niski", "Wysoki", "Imię", "Alert"},
	"Turkish": {"EGV", "Low", "High", "FirstName", "Alert"},
}

func TestHeadersAsTheyWereMet(t *testing.T) {
	for name, words := range metWords {
		t.Run(name, func(t *testing.T) {
			value, want := "145", 145.0
			if strings.Contains(metHeaders[name], "mmol") {
				value, want = "8,0", 144
			}
			row := func(n int, v string) string {
				return fmt.Sprintf("%d;%s;%s;;;;iPhone G6;%s;;;;;%d;8A1B2C\n", n, start+cgm.WallTime(300*n), words.egv, v, 7200+300*n)
			}
			text := "\uFEFF" + metHeaders[name] + "\n0;;" + words.name + ";;Testa;;;;;;;;;\n0;;" + words.alert + ";;;;iPhone G6;" + value + ";;;;;;\n" +
				row(1, value) + row(2, words.low) + row(3, words.high)
			f := read(t, text)
			wantAccounted(t, f)
			r := only(t, f)
			wantValues(t, r, want, 39, 401)
			if f.Patient.FirstName != "Testa" || r.TransmitterID != "8A1B2C" || r.NoDeviceClock || len(f.Problems) != 0 {
				t.Errorf("%+v, transmitter %s, %v", f.Patient, r.TransmitterID, f.Problems)
			}
		})
	}
}

func TestAHeaderOfNoLanguageInAnotherShapeIsAskedAbout(t *testing.T) {
	text := metHeaders["of no language in the table"] + "\n1;2026-03-03T08:02:11;EGV;;;;iPhone G6;145;;;;;7200;8A1B2C\n2;2026-03-03T08:07:11;EGV;;;;iPhone G6;145;;;;;7500;8A1B2C\n"
	_, err := readText(text)
	var refused *Error
	if !errors.As(err, &refused) || refused.Unknown == nil {
		t.Fatalf("%v", err)
	}
	want := Columns{Time: "Zaman damgası (YYYY-AA-GGTss:dd:nn)", Glucose: "Glukoz değeri (mg/dL)", Unit: cgm.MgDL, EventType: "Olay", Device: "Kaynak", Transmitter: "Verici", TransmitterTime: "Verici zamanı"}
	if refused.Unknown.Guess != want {
		t.Errorf("the columns seem to be %+v", refused.Unknown.Guess)
	}
}

// Each language of the table reads an export made of its own words: no word is
// taken for another in it.
func TestEveryLanguageReadsItsOwnWords(t *testing.T) {
	lines := strings.Split(strings.TrimSpace(languagesTSV), "\n")
	titles := strings.Split(lines[0], "\t")
	at := map[string]int{}
	for i, title := range titles {
		at[title] = i
	}
	if len(lines) < 16 {
		t.Errorf("%d languages", len(lines)-1)
	}
	for _, line := range lines[1:] {
		cells := strings.Split(line, "\t")
		if len(cells) != len(titles) {
			t.Fatalf("%s has %d words, not %d", cells[0], len(cells), len(titles))
		}
		for spelling := range 6 {
			word := func(what string) string {
				all := strings.Split(cells[at[what]], "|")
				return all[min(spelling, len(all)-1)]
			}
			var header []string
			for _, col := range titles[1 : clarityColumns+1] {
				header = append(header, word(col))
			}
			header[colTimestamp] += " (YYYY-MM-DDThh:mm:ss)"
			header[colGlucose] += " (mmol/L)"
			row := func(kind, value, count, carbs string) string {
				return fmt.Sprintf("1;2026-03-03T08:0%s:00;%s;;;;x;%s;;%s;;;%s;8A1B2C\n", count, word(kind), value, carbs, "7"+count+"00")
			}
			text := strings.Join(header, ";") + "\n1;;" + word("first_name") + ";;Vor;;;;;;;;;\n1;;" + word("last_name") + ";;Nach;;;;;;;;;\n1;;" + word("birth_date") + ";;1970-01-01;;;;;;;;;\n" +
				"1;;" + word("device") + ";;;Modell;x;;;;;;;\n" + row("EGV", "7,8", "0", "") + row("EGV", word("low"), "5", "") + row("calibration", "8,0", "6", "") +
				row("carbs_event", "", "7", "45") + row("exercise", "", "8", "") + row("note", "", "9", "") + row("ignored", "3,9", "9", "")
			f, err := readText(text)
			if err != nil {
				t.Errorf("%s, spelling %d: %v", cells[0], spelling, err)
				continue
			}
			wantAccounted(t, f)
			r := only(t, f)
			if fmt.Sprint(values(r)) != "[140 39]" || len(r.Calibrations) != 1 || len(r.Events) != 3 || r.Events[0].Value != 45 || len(f.LeftOut) != 0 {
				t.Errorf("%s, spelling %d: %v, %d calibrations, %+v, left out %v", cells[0], spelling, values(r), len(r.Calibrations), r.Events, f.LeftOut)
			}
			if f.Patient != (Patient{FirstName: "Vor", LastName: "Nach", BirthDate: "1970-01-01"}) || r.DeviceModel != "Modell" || r.TransmitterID != "8A1B2C" {
				t.Errorf("%s, spelling %d: %+v, %s, %s", cells[0], spelling, f.Patient, r.DeviceModel, r.TransmitterID)
			}
		}
	}
}

// Words that mean two things in the columns, the rows or the values would make
// one language read another wrongly.
func TestNoWordMeansTwoThings(t *testing.T) {
	seen := map[string]string{}
	lines := strings.Split(strings.TrimSpace(languagesTSV), "\n")
	titles := strings.Split(lines[0], "\t")
	for _, line := range lines[1:] {
		cells := strings.Split(line, "\t")
		for i, cell := range cells[1:] {
			group := "column"
			if i >= clarityColumns {
				group = "row"
			}
			if i >= len(cells)-3 {
				group = "value"
			}
			for word := range strings.SplitSeq(cell, "|") {
				key := group + " " + fold(word)
				if before := seen[key]; before != "" && before != titles[i+1] {
					t.Errorf("“%s” (%s) means %s and %s", word, cells[0], before, titles[i+1])
				}
				seen[key] = titles[i+1]
			}
		}
	}
}
