package report

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/draw"
	_ "image/jpeg" // a logo may be one
	"image/png"

	"github.com/jung-kurt/gofpdf"
)

// Why a picture cannot be the practice's logo.
var (
	ErrLogo      = errors.New("the logo is neither a PNG nor a JPEG picture")
	ErrLogoLarge = errors.New("the logo is too large: at most 1200 × 1200 points and 300 kB")
)

const (
	// MostLogoFile bounds a picture before it is read: a photograph at most.
	MostLogoFile = 32 << 20

	mostLogoPoints = 1200
	mostLogoBytes  = 300_000
)

// PrepareLogo makes of a PNG or JPEG what every document can draw: an opaque PNG
// of eight bits a channel, on the white of the paper where it was transparent.
func PrepareLogo(file []byte) ([]byte, error) {
	size, _, err := image.DecodeConfig(bytes.NewReader(file))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrLogo, err)
	}
	if size.Width > mostLogoPoints || size.Height > mostLogoPoints || size.Width == 0 || size.Height == 0 {
		return nil, ErrLogoLarge
	}
	picture, _, err := image.Decode(bytes.NewReader(file))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrLogo, err)
	}
	plain := image.NewNRGBA(image.Rect(0, 0, size.Width, size.Height))
	draw.Draw(plain, plain.Bounds(), image.White, image.Point{}, draw.Src)
	draw.Draw(plain, plain.Bounds(), picture, picture.Bounds().Min, draw.Over)
	var out bytes.Buffer
	if err := png.Encode(&out, plain); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrLogo, err)
	}
	if out.Len() > mostLogoBytes {
		return nil, ErrLogoLarge
	}
	return out.Bytes(), nil
}

// The room of the logo at a document's head.
const (
	logoWidth  = 130
	logoHeight = 34
)

// logo draws the logo at the upper right, in its own proportions, and says how
// wide it is.
func (s *sheet) logo() (width float64) {
	if len(s.facts.Logo) == 0 {
		return 0
	}
	options := gofpdf.ImageOptions{ImageType: "PNG"}
	info := s.pdf.RegisterImageOptionsReader("logo", options, bytes.NewReader(s.facts.Logo))
	if info == nil || s.pdf.Err() {
		s.pdf.ClearError() // a document without its logo is better than none
		return 0
	}
	scale := min(logoWidth/info.Width(), logoHeight/info.Height())
	width, height := info.Width()*scale, info.Height()*scale
	s.pdf.ImageOptions("logo", s.right()-width, topMargin-8, width, height, false, options, 0, "")
	return width
}
