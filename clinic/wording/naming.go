package wording

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"unicode"

	"tracedesk/cgm"
	"tracedesk/clinic"
)

// DefaultDocumentNames is how documents are called where the practice does not
// say otherwise.
const DefaultDocumentNames = "{last}-{first}_{date}_{kind}"

// errDocumentNames is of a pattern by which documents cannot be called.
var errDocumentNames = errors.New("file names need {kind}, and may hold {last}, {first}, {birth}, {number} and " +
	"{date} (first day of the recording), and text")

// errFileName is of a pattern that some file system takes for something else.
var errFileName = errors.New("file names neither begin nor end with a dot or a blank, " +
	`hold none of / \ : * ? " < > |, and are no name of a device such as CON or NUL`)

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
			return fmt.Errorf("“%s”: %w", part, errDocumentNames)
		}
	}
	if !strings.Contains(pattern, "{kind}") {
		return errDocumentNames
	}
	cannot := strings.ContainsAny(pattern, `/\:*?"<>|`) || pattern != strings.Trim(pattern, edges)
	if clinic.CheckName(pattern) != nil || cannot || ofDevice(pattern) {
		return fmt.Errorf("“%s”: %w", pattern, errFileName)
	}
	return nil
}

// edges may not stand at the beginning or the end of a name: a dot hides a file
// or leads to another folder, and Windows drops both at the end.
const edges = ". "

// device is a name that Windows keeps for a device, with any ending: Naming
// Files, Paths, and Namespaces (Microsoft, Win32).
var device = regexp.MustCompile(`(?i)^(CON|PRN|AUX|NUL|CONIN\$|CONOUT\$|(COM|LPT)[0-9¹²³])$`)

func ofDevice(name string) bool {
	stem, _, _ := strings.Cut(name, ".")
	return device.MatchString(strings.TrimRight(stem, " "))
}

// safe is a name that no file system takes for something else, whatever the
// patient is called.
func safe(name string) string {
	name = strings.Trim(name, edges)
	if name == "" || ofDevice(name) {
		return "_" + name
	}
	return name
}

// DocumentName is what a document is called in a folder, without its ending: by
// the practice's pattern, with each part in letters and digits alone, since any
// file system and any EHR's import has to take it. A pattern without a name
// names nobody.
func DocumentName(s clinic.Settings, p clinic.Patient, first cgm.Date, kind clinic.DocumentKind) string {
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
	parts := map[string]string{
		"{last}": p.LastName, "{first}": p.FirstName, "{birth}": p.BirthDate, "{number}": p.Identifier,
		"{date}": first.String(), "{kind}": string(kind),
	}
	out := namePart.ReplaceAllStringFunc(pattern, func(part string) string { return PlainName(parts[part]) })
	return safe(cleaned(out, "-_ .,()+", longestName))
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
