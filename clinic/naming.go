package clinic

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"unicode"

	"tracedesk/cgm"
)

// DefaultDocumentNames is how documents are called where the practice does not
// say otherwise.
const DefaultDocumentNames = "{last}-{first}_{date}_{kind}"

// ErrDocumentNames is of a pattern by which documents cannot be called.
var ErrDocumentNames = errors.New("file names need {kind}, and may hold {last}, {first}, {birth}, {number} and {date} (first day of the recording), and text")

var namePart = regexp.MustCompile(`\{[^{}]*\}`)

// CheckDocumentNames says whether documents can be called by the pattern, which
// may be empty for the usual one.
func CheckDocumentNames(pattern string) error {
	if pattern == "" {
		return nil
	}
	for _, part := range namePart.FindAllString(pattern, -1) {
		switch part {
		case "{last}", "{first}", "{birth}", "{number}", "{date}", "{kind}":
		default:
			return fmt.Errorf("“%s”: %w", part, ErrDocumentNames)
		}
	}
	if !strings.Contains(pattern, "{kind}") {
		return ErrDocumentNames
	}
	return nil
}

// DocumentName is what a document is called in a folder, without its ending: by
// the practice's pattern, with each part in letters and digits alone, since any
// file system and any EHR's import has to take it. A pattern without a name
// names nobody.
func (s Settings) DocumentName(p Patient, first cgm.Date, kind DocumentKind) string {
	pattern := s.DocumentNames
	if pattern == "" || CheckDocumentNames(pattern) != nil {
		pattern = DefaultDocumentNames
		if p.FirstName == "" || p.LastName == "" {
			pattern = "{last}{first}_{date}_{kind}"
		}
		if p.FirstName == "" && p.LastName == "" {
			p.LastName = p.Name()
		}
	}
	parts := map[string]string{"{last}": p.LastName, "{first}": p.FirstName, "{birth}": p.BirthDate, "{number}": p.Identifier, "{date}": first.String(), "{kind}": string(kind)}
	out := namePart.ReplaceAllStringFunc(pattern, func(part string) string { return PlainName(parts[part]) })
	return cleaned(out, "-_ .,()+", longestName)
}

// The longest part of a name, and the longest name: with its ending under 255
// bytes in any script.
const (
	longestPart = 60
	longestName = 80
)

// PlainName is text that every file system takes as part of a name.
func PlainName(s string) string { return cleaned(s, "", longestPart) }

// cleaned keeps letters, digits and what else is allowed, and makes the rest
// hyphens.
func cleaned(s, also string, longest int) string {
	out := []rune(strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) || strings.ContainsRune(also, r) {
			return r
		}
		return '-'
	}, s))
	return string(out[:min(len(out), longest)])
}
