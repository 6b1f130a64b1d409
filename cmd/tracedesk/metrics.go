package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"tracedesk/cgm"
	"tracedesk/clinic"
	"tracedesk/clinic/wording"
)

type metricsJSON struct {
	TransmitterID string `json:"transmitter_id,omitempty"`
	cgm.Metrics
	Goals    []goalJSON    `json:"goals"`
	Episodes []episodeJSON `json:"episodes"`
	AGP      []binJSON     `json:"agp"`
}

// goalJSON is a goal with the share that it is for, unrounded: of low and high the
// totals with very low and very high.
type goalJSON struct {
	Band    string  `json:"band"`
	Percent float64 `json:"percent"`
	Over    bool    `json:"over,omitempty"` // the share is to be over the limit, else under it
	Limit   float64 `json:"limit_percent"`
	Met     bool    `json:"met"`

	line string
}

type episodeJSON struct {
	Kind    cgm.EpisodeKind `json:"kind"`
	Start   string          `json:"start"`
	Minutes float64         `json:"minutes"`
	Extreme float64         `json:"extreme_mg_dl"`
	Flag    string          `json:"extreme_flag,omitempty"` // low or high where the device gave the word
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
			return answerRecordings(cmd, args[0], metricsOf)
		},
	})
}

func metricsOf(r *cgm.Recording) *metricsJSON {
	a := cgm.Analyse(r)
	out := &metricsJSON{TransmitterID: r.TransmitterID, Metrics: a.Metrics, Episodes: []episodeJSON{}, AGP: []binJSON{}}
	lines := clinic.DefaultSettings().GoalLines(a.Summary.Shares)
	for i, g := range cgm.Goals(a.Summary.Shares) {
		out.Goals = append(out.Goals, goalJSON{g.Band, g.Percent, g.Over, g.Limit, g.Met, lines[i]})
	}
	for _, e := range a.Episodes {
		episode := episodeJSON{e.Kind, e.Start.String(), e.Minutes, e.ExtremeMgDL, e.ExtremeFlag.String()}
		out.Episodes = append(out.Episodes, episode)
	}
	for _, b := range a.Profile {
		out.AGP = append(out.AGP, binJSON{b.MinuteOfDay, b.P5, b.P25, b.P50, b.P75, b.P95, b.Days})
	}
	return out
}

// recorded are the figures that are readings themselves, LOW and HIGH in words.
var recorded = map[string]bool{"min": true, "max": true}

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
		if v, ok := value.(float64); ok && recorded[fmt.Sprint(name)] {
			fmt.Fprintf(w, "%-34s %10s\n", name, clinic.DefaultSettings().Recorded(v))
		} else if ok {
			fmt.Fprintf(w, "%-34s %10s\n", name, strings.TrimSuffix(fmt.Sprintf("%.3f", v), ".000"))
		} else {
			fmt.Fprintf(w, "%-34s %10s\n", name, "–")
		}
	}
	for _, g := range m.Goals {
		fmt.Fprintln(w, g.line)
	}
	for _, e := range m.Episodes {
		kind, extreme := strings.ReplaceAll(string(e.Kind), "_", " "), clinic.DefaultSettings().RecordedWithUnit(e.Extreme)
		fmt.Fprintf(w, "episode  %-14s %s  %8s  %s\n", kind, e.Start, wording.Minutes(e.Minutes), extreme)
	}
}
