package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"tracedesk/cgm"
	"tracedesk/clinic/wording"
)

type metricsJSON struct {
	TransmitterID string `json:"transmitter_id,omitempty"`
	cgm.Metrics
	Episodes []episodeJSON `json:"episodes"`
	AGP      []binJSON     `json:"agp"`
}

type episodeJSON struct {
	Kind    cgm.EpisodeKind `json:"kind"`
	Start   string          `json:"start"`
	Minutes float64         `json:"minutes"`
	Extreme float64         `json:"extreme_mg_dl"`
}

type binJSON struct {
	MinuteOfDay int     `json:"minute_of_day"`
	P5          float64 `json:"p5"`
	P25         float64 `json:"p25"`
	P50         float64 `json:"p50"`
	P75         float64 `json:"p75"`
	P95         float64 `json:"p95"`
	Days        int     `json:"days"`
}

func metricsCommand() *cobra.Command {
	return addColumnFlags(&cobra.Command{
		Use:   "metrics FILE",
		Short: "Compute every figure of the recordings in a file",
		Args:  needOneFile,
		RunE: func(cmd *cobra.Command, args []string) error {
			f, err := openOne(cmd, args[0])
			if err != nil {
				return err
			}
			out := struct {
				Recordings []metricsJSON `json:"recordings"`
			}{}
			for _, r := range f.Recordings {
				out.Recordings = append(out.Recordings, metricsOf(r))
			}
			return answer(cmd, out, func(w io.Writer) {
				for i := range out.Recordings {
					out.Recordings[i].print(w)
				}
			})
		},
	})
}

func metricsOf(r *cgm.Recording) metricsJSON {
	a := cgm.Analyse(r)
	out := metricsJSON{TransmitterID: r.TransmitterID, Metrics: a.Metrics, Episodes: []episodeJSON{}, AGP: []binJSON{}}
	for _, e := range a.Episodes {
		out.Episodes = append(out.Episodes, episodeJSON{e.Kind, e.Start.String(), e.Minutes, e.ExtremeMgDL})
	}
	for _, b := range a.Profile {
		out.AGP = append(out.AGP, binJSON{b.MinuteOfDay, b.P5, b.P25, b.P50, b.P75, b.P95, b.Days})
	}
	return out
}

// print lists the figures by their names in JSON, rounded to three decimals.
func (m *metricsJSON) print(w io.Writer) {
	if m.TransmitterID != "" {
		fmt.Fprintf(w, "transmitter %s\n", m.TransmitterID)
	}
	b, err := json.Marshal(m.Metrics)
	if err != nil {
		return // figures always marshal
	}
	d := json.NewDecoder(strings.NewReader(string(b)))
	_, _ = d.Token()
	for d.More() {
		name, _ := d.Token()
		value, _ := d.Token()
		if v, ok := value.(float64); ok {
			fmt.Fprintf(w, "%-34s %10s\n", name, strings.TrimSuffix(fmt.Sprintf("%.3f", v), ".000"))
		} else {
			fmt.Fprintf(w, "%-34s %10s\n", name, "–")
		}
	}
	for _, e := range m.Episodes {
		fmt.Fprintf(w, "episode  %-14s %s  %8s  %.0f mg/dL\n", strings.ReplaceAll(string(e.Kind), "_", " "), e.Start, wording.Minutes(e.Minutes), e.Extreme)
	}
}
