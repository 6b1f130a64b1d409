package export

import (
	"encoding/json"
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
	f.Add("1,2024-03-04T10:00:00,EGV,,,,\"open,100,,,,,300,8A\n2,2024-03-04T10:05:00,EGV,,,,b,101,,,,,600,8B")
	f.Fuzz(func(t *testing.T, rows string) { checkAny(t, englishHeader+"\n"+rows) })
}

func checkAny(t *testing.T, text string) {
	file, err := readText(text)
	if err != nil {
		return
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
