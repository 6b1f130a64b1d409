package export

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"tracedesk/cgm"
)

// FuzzRead gives the whole importer any bytes: it must answer with an error or
// with recordings that everything after it can work on.
func FuzzRead(f *testing.F) {
	f.Add([]byte(simple()))
	f.Add([]byte("\xEF\xBB\xBF" + simple()))
	f.Add([]byte(utf16(simple())))
	f.Add([]byte(slash(simple(), "3/4/2024")))
	f.Add([]byte("id,time,gl\nS 1,2024-03-04 10:00:00,120\n"))
	f.Add([]byte("Indice;Data e ora (AAAA);Tipo di evento;;;;;Valore glicemico (mmol/L);;;;\n1;2024-03-04 10:00;EGV;;;;;5,6;;;;\n"))
	f.Fuzz(func(t *testing.T, data []byte) { checkAny(t, string(data)) })
}

// FuzzClarityRows gives it any rows under a good header.
func FuzzClarityRows(f *testing.F) {
	f.Add(preamble + egv(7, 0, "120") + egv(8, 1, "Low"))
	f.Add(egv(7, 0, "120") + egv(8, 0, "121") + "9,2024-03-04 10:03,Carbs,,,,x,,,45,,,\n")
	f.Add("1,3/4/2024 1:05 PM,EGV,,,,a,100,,,,,300.0,8A\n2,4/3/2024 1:10 PM,EGV,,,,b,101,,,,,600,8B\n")
	f.Add(egv(7, 0, "120") + egv(8, 1, "121") + strings.ReplaceAll(egv(9, 100, "122"), "37200", "7200") + egv(10, 101, "x"))
	f.Add("1,2024-11-03T01:00:00,EGV,,,,a,100,,,,,,8A\n2,2024-11-03T01:00:00,EGV,,,,a,101,,,,,\"7,200\",3.4E+11\n3,2024-11-03T01:05:00,Mood,,,,a,,,,,,,\n")
	f.Add("1,2024-03-04T10:00:00,EGV,,,,\"open,100,,,,,300,8A\n2,2024-03-04T10:05:00,EGV,,,,b,101,,,,,600,8B")
	f.Fuzz(func(t *testing.T, rows string) { checkAny(t, englishHeader+"\n"+rows) })
}

// FuzzNamedColumns gives any table, with columns that a person named.
func FuzzNamedColumns(f *testing.F) {
	f.Add("t;g\n2024-03-04T10:00:00;100\n2024-03-04T10:05:00;101\n")
	f.Add("t;a;g;id;n\n2024-03-04 10:00;EGV;100;8A1B2C;7200\n2024-03-04 10:05;EGV;101;8A1B2C;7500\n2024-03-04 10:05;Alert;55;;\n")
	f.Add("sep=;\nt;g\n3-4-2026 8:02 p. m.;5,6\n4-4-2026 8:02 a. m.;7,8\n")
	f.Fuzz(func(t *testing.T, text string) {
		file, err := Read(context.Background(), "x", strings.NewReader(text), int64(len(text)), []Columns{{Time: "t", Glucose: "g", Unit: cgm.MmolL}, {Time: "t", Glucose: "a", Unit: cgm.MgDL}}, nil)
		if err == nil {
			checkFile(t, file)
		}
	})
}

// FuzzDates reads any timestamp: both ways to read one must be a day that exists.
func FuzzDates(f *testing.F) {
	for _, s := range []string{"2024-03-04T10:00:00", "3/4/2024 1:05 PM", "4.3.24 10.05", "3-Mar-2026 8:02 a. m.", "46084.33", "2026-03-04T10:00:00Z"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		var r stampReader
		at, either, ok := r.read(s)
		if y := at.UTC().Year(); ok && either == nil && (y < firstYear || y > lastYear) {
			t.Fatalf("%q is read as %s", s, at)
		}
	})
}

func checkAny(t *testing.T, text string) {
	file, err := readText(text)
	if err != nil {
		return
	}
	checkFile(t, file)
}

func checkFile(t *testing.T, file *File) {
	if sum := accounted(file); sum != file.Rows {
		t.Fatalf("%d of %d rows are accounted for", sum, file.Rows)
	}
	if len(file.Recordings) == 0 {
		t.Fatal("no error and no recording")
	}
	for _, r := range file.Recordings {
		for i := range r.Readings {
			g := &r.Readings[i]
			if g.MgDL < leastMgDL || g.MgDL > mostMgDL {
				t.Fatalf("a reading of %v mg/dL", g.MgDL)
			}
			if i > 0 && g.System <= r.Readings[i-1].System {
				t.Fatalf("reading %d is not after the one before", i)
			}
		}
		if span := r.Last() - r.First(); span > 400*cgm.SecondsPerDay || span < -cgm.SecondsPerDay {
			continue // figures of years are right but slow
		}
		if _, err := json.Marshal(cgm.Analyse(r)); err != nil {
			t.Fatal(err)
		}
	}
}
