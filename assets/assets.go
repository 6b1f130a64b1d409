// Package assets holds what the programs carry with them: the fonts of paper
// and screen, the bundled recording, and the version.
package assets

import "embed"

// Version is the program's version, printed in every footer.
const Version = "0.1.0"

// SansRegular and SansBold are Noto Sans (SIL Open Font License 1.1,
// fonts/LICENSE.txt): tabular figures, and Latin with all its accents, Greek
// and Cyrillic.
var (
	//go:embed fonts/NotoSans-Regular.ttf
	SansRegular []byte
	//go:embed fonts/NotoSans-Bold.ttf
	SansBold []byte
)

// Icon is the program's icon, a PNG of 256 pixels.
//
//go:embed icon.png
var Icon []byte

//go:generate go run make_icon.go
//go:generate go run make_demo.go

// DemoRecording is a Clarity export of ten days of a made-up patient, and
// DemoName what the file is called.
//
//go:embed demo-clarity.csv
var DemoRecording []byte

// DemoName is the bundled recording's file name.
const DemoName = "demo-clarity.csv"

// SRGB is the colour profile of the documents, sRGB (IEC 61966-2-1) as an ICC
// profile of version 2. Little CMS made it, and says in it: no copyright, use
// freely.
//
//go:embed sRGB.icc
var SRGB []byte

// Texts are the catalogues of the window's texts, one file a language.
//
//go:embed texts/*.json
var Texts embed.FS
