// Package charttest compares pictures with golden ones, for tests.
package charttest

import (
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"testing"
)

// Tolerance says how much a picture may differ from its golden one: a pixel
// differs by more than Grey of 255, and Share of all pixels may.
type Tolerance struct {
	Grey  int
	Share float64
}

// Drawn is for what this program draws itself: other processors may round an
// edge's grey otherwise.
var Drawn = Tolerance{24, 0.005}

// Compare sets a picture against the golden one at path; with update it takes
// its place. A picture that fails is kept for a look, and named.
func Compare(t *testing.T, path string, got image.Image, allowed Tolerance, update bool) {
	t.Helper()
	if update {
		save(t, path, got)
		return
	}
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	want, err := png.Decode(f)
	if err != nil {
		t.Fatal(err)
	}
	if got.Bounds() != want.Bounds() {
		t.Fatalf("%s: %v, want %v", path, got.Bounds(), want.Bounds())
	}
	if share := difference(got, want, allowed.Grey); share > allowed.Share {
		failed := filepath.Join(os.TempDir(), "tracedesk-"+filepath.Base(path))
		save(t, failed, got)
		t.Errorf("%s: %.2f %% of the picture differs; it is %s", path, 100*share, failed)
	}
}

func difference(a, b image.Image, grey int) float64 {
	off := 0
	for y := range a.Bounds().Dy() {
		for x := range a.Bounds().Dx() {
			p, q := color.GrayModel.Convert(a.At(x, y)).(color.Gray), color.GrayModel.Convert(b.At(x, y)).(color.Gray)
			if d := int(p.Y) - int(q.Y); d > grey || d < -grey {
				off++
			}
		}
	}
	return float64(off) / float64(a.Bounds().Dx()*a.Bounds().Dy())
}

func save(t *testing.T, path string, img image.Image) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := png.Encode(f, img); err != nil {
		t.Fatal(err)
	}
}
