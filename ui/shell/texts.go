package shell

import (
	"fyne.io/fyne/v2/lang"

	"tracedesk/assets"
	"tracedesk/ui/say"
)

func init() {
	if err := lang.AddTranslationsFS(assets.Texts, "texts"); err != nil {
		panic(err) // the catalogues are built in
	}
	say.Through(func(text string) string { return lang.L(text) })
}
