package report

import (
	"bytes"
	"crypto/sha256"
	"encoding/xml"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf16"

	"tracedesk/assets"
)

// description is what a document says of itself to a viewer.
type description struct {
	Title, Subject, Author, Program string
	Language                        string // BCP 47
	At                              time.Time
	Bookmarks                       []int // the level of each, in their order
}

// errForeign is of a file that is not laid out as gofpdf 1.16.2 lays one out.
var errForeign = errors.New("the PDF is not laid out as expected")

// archived makes of what gofpdf wrote a file for keeping, PDF/A-3b
// (ISO 19005-3:2012): it names its colours' profile, describes itself in XMP,
// has a file identifier, and says of each attachment how it belongs to the
// document. gofpdf has no way to say any of these. The pages and fonts are taken
// over byte for byte; only the places of the objects move.
func archived(file []byte, d description) ([]byte, error) {
	old, err := objectsOf(file)
	if err != nil {
		return nil, err
	}
	n := len(old) // the last two, /Info and the catalogue, are written anew
	catalog := string(old[n-1])
	a := archive{description: d, objects: old[:n-2]}
	a.attachments()
	a.outline()
	profile := a.add(fmt.Sprintf("<< /N 3 /Length %d >>\nstream\n%s\nendstream", len(assets.SRGB), assets.SRGB))
	intent := a.add(fmt.Sprintf("<< /Type /OutputIntent /S /GTS_PDFA1 /OutputConditionIdentifier (sRGB IEC61966-2.1) "+
		"/Info (sRGB IEC61966-2.1) /DestOutputProfile %d 0 R >>", profile))
	xmp := a.xmp()
	metadata := a.add(fmt.Sprintf("<< /Type /Metadata /Subtype /XML /Length %d >>\nstream\n%s\nendstream", len(xmp), xmp))
	info := a.add(a.info())
	root := a.add(a.catalog(catalog, intent, metadata))
	return a.write(root, info), nil
}

// archive is a PDF in the making: its objects without “n 0 obj” and “endobj”,
// the first being number 1.
type archive struct {
	description
	objects [][]byte
	files   []attachment
}

type attachment struct {
	number int // of its file specification
	name   string
}

func (a *archive) add(object string) int {
	a.objects = append(a.objects, []byte(object))
	return len(a.objects)
}

var placeOfTable = regexp.MustCompile(`startxref\n(\d+)\n%%EOF\n$`)

// longestEnd bounds what placeOfTable looks at.
const longestEnd = 64

// objectsOf are the objects of a file by their number, from 1 on.
func objectsOf(file []byte) ([][]byte, error) {
	m := placeOfTable.FindSubmatch(file[max(0, len(file)-longestEnd):])
	if m == nil {
		return nil, errForeign
	}
	table, _ := strconv.Atoi(string(m[1])) // only digits
	if table >= len(file) {
		return nil, errForeign
	}
	lines := strings.Split(string(file[table:]), "\n")
	var count int
	if len(lines) < 4 || lines[0] != "xref" {
		return nil, errForeign
	}
	if _, err := fmt.Sscanf(lines[1], "0 %d", &count); err != nil || count < 4 || len(lines) < count+2 {
		return nil, errForeign
	}
	objects := make([][]byte, count-1)
	for i := range objects {
		at, err := strconv.Atoi(strings.TrimSuffix(lines[i+3], " 00000 n "))
		head := fmt.Appendf(nil, "%d 0 obj\n", i+1)
		if err != nil || at >= table || !bytes.HasPrefix(file[at:], head) {
			return nil, errForeign
		}
		objects[i] = file[at+len(head) : table]
	}
	return objects, cutObjects(file, lines[3:], table, objects)
}

// cutObjects ends each object where its neighbour in the file begins.
func cutObjects(file []byte, places []string, table int, objects [][]byte) error {
	type begin struct{ at, i int }
	begins := make([]begin, len(objects))
	for i := range objects {
		at, _ := strconv.Atoi(strings.TrimSuffix(places[i], " 00000 n ")) // read before
		begins[i] = begin{at, i}
	}
	slices.SortFunc(begins, func(a, b begin) int { return b.at - a.at })
	end := table
	for _, b := range begins {
		if b.at >= end { // two at one place
			return errForeign
		}
		i := b.i
		objects[i] = objects[i][:len(objects[i])-(table-end)]
		body, ok := bytes.CutSuffix(objects[i], []byte("endobj\n"))
		if !ok {
			return errForeign
		}
		objects[i], end = bytes.TrimSuffix(body, []byte("\n")), b.at
	}
	return nil
}

var (
	fileSpec     = regexp.MustCompile(`(?s)^<< /Type /Filespec /F \(\) /UF \((.*)\) /EF << /F (\d+) 0 R >> /Desc `)
	embedded     = []byte("<< /Type /EmbeddedFile ")
	outlineItem  = []byte("<</Title ")
	outlineRoot  = []byte("<</Type /Outlines ")
	closedByNone = []byte("/Count 0>>")
	kids         = regexp.MustCompile(`/Kids \[[^\]]*\]`)
	references   = regexp.MustCompile(`(\d+) 0 R`)
	destination  = regexp.MustCompile(`/Dest \[(\d+) 0 R `)
)

// attachments says of each embedded file what it is and how it belongs to the
// document (ISO 19005-3, 6.8).
func (a *archive) attachments() {
	for i, object := range a.objects {
		m := fileSpec.FindSubmatch(object)
		if m == nil {
			continue
		}
		name := plain(m[1])
		file, _ := strconv.Atoi(string(m[2])) // only digits
		kind, belongs := "application#2Foctet-stream", "Source"
		switch {
		case strings.HasSuffix(name, ".csv"):
			kind = "text#2Fcsv"
		case strings.HasSuffix(name, ".json"):
			kind = "application#2Fjson"
		case strings.HasSuffix(name, ".png"):
			kind = "image#2Fpng"
		case strings.HasSuffix(name, ".pdf"):
			kind, belongs = "application#2Fpdf", "Supplement"
		}
		a.objects[i] = replaced(object, "/F ()", fmt.Sprintf("/F %s /AFRelationship /%s", text(name), belongs))
		stream := replaced(a.objects[file-1], string(embedded), string(embedded)+"/Subtype /"+kind+" ")
		a.objects[file-1] = replaced(stream, "/Params << ", "/Params << /ModDate "+a.date()+" ")
		a.files = append(a.files, attachment{i + 1, name})
	}
}

// plain is an escaped UTF-16 string of a PDF whose characters are ASCII.
func plain(s []byte) string {
	var out []byte
	for _, b := range s {
		if b >= ' ' && b < 0x7f && b != '\\' {
			out = append(out, b)
		}
	}
	return string(out)
}

func replaced(object []byte, old, new string) []byte {
	return bytes.Replace(object, []byte(old), []byte(new), 1)
}

// outline mends the bookmarks: gofpdf says that they hold nothing, which a viewer
// need not believe (ISO 32000-1, 12.3.3), and takes it that the pages are its
// first objects, which they are not where there are attachments.
func (a *archive) outline() {
	pages := references.FindAllSubmatch(kids.Find(a.objects[0]), -1)
	at, top := 0, 0
	for i, object := range a.objects {
		switch {
		case bytes.HasPrefix(object, outlineItem) && bytes.HasSuffix(object, closedByNone) && at < len(a.Bookmarks):
			count := ">>"
			if n := a.under(at); n > 0 {
				count = fmt.Sprintf("/Count -%d>>", n) // closed
			}
			a.objects[i] = toPage(append(bytes.TrimSuffix(bytes.Clone(object), closedByNone), count...), pages)
			if a.Bookmarks[at] == 0 {
				top++
			}
			at++
		case bytes.HasPrefix(object, outlineRoot):
			a.objects[i] = append(bytes.TrimSuffix(bytes.Clone(object), []byte(">>")), fmt.Sprintf(" /Count %d>>", top)...)
		}
	}
}

// toPage leads a bookmark to the page that gofpdf meant.
func toPage(item []byte, pages [][][]byte) []byte {
	m := destination.FindSubmatchIndex(item)
	if m == nil {
		return item
	}
	meant, _ := strconv.Atoi(string(item[m[2]:m[3]])) // only digits
	page := (meant - 3) / 2
	if page < 0 || page >= len(pages) {
		return item
	}
	return append(append(bytes.Clone(item[:m[2]]), pages[page][1]...), item[m[3]:]...)
}

// under is how many bookmarks stand directly under one.
func (a *archive) under(at int) (n int) {
	for _, level := range a.Bookmarks[at+1:] {
		if level <= a.Bookmarks[at] {
			break
		}
		if level == a.Bookmarks[at]+1 {
			n++
		}
	}
	return n
}

// date is the time of making as PDF writes it.
func (a *archive) date() string {
	zone := a.At.Format("-07'00'")
	if _, offset := a.At.Zone(); offset == 0 {
		zone = "+00'00'" // Z is allowed, and some readers trip over it
	}
	if m := a.At.Format("Z07:00"); len(m) == 6 {
		zone = m[:3] + "'" + m[4:] + "'"
	}
	return "(D:" + a.At.Format("20060102150405") + zone + ")"
}

func (a *archive) info() string {
	return fmt.Sprintf("<< /Title %s /Subject %s /Author %s /Creator %s /Producer %s /CreationDate %s /ModDate %s >>",
		text(a.Title), text(a.Subject), text(a.Author), text(a.Program), text(a.Program), a.date(), a.date())
}

// text is a string object: as it is where it is plain, in UTF-16 where not
// (ISO 32000-1, 7.9.2.2).
func text(s string) string {
	ascii := strings.IndexFunc(s, func(r rune) bool { return r < ' ' || r > '~' || strings.ContainsRune(`()\`, r) }) < 0
	if ascii {
		return "(" + s + ")"
	}
	var b strings.Builder
	b.WriteString("<FEFF")
	for _, u := range utf16.Encode([]rune(s)) {
		fmt.Fprintf(&b, "%04X", u)
	}
	return b.String() + ">"
}

// xmp says the same in XML, and that the file is PDF/A-3b.
func (a *archive) xmp() string {
	at := a.At.Format("2006-01-02T15:04:05-07:00")
	return fmt.Sprintf(`<?xpacket begin="`+"\ufeff"+`" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/"><pdfaid:part>3</pdfaid:part><pdfaid:conformance>B</pdfaid:conformance></rdf:Description>
<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:format>application/pdf</dc:format><dc:title><rdf:Alt><rdf:li xml:lang="x-default">%s</rdf:li></rdf:Alt></dc:title><dc:description><rdf:Alt><rdf:li xml:lang="x-default">%s</rdf:li></rdf:Alt></dc:description><dc:creator><rdf:Seq><rdf:li>%s</rdf:li></rdf:Seq></dc:creator><dc:language><rdf:Bag><rdf:li>%s</rdf:li></rdf:Bag></dc:language></rdf:Description>
<rdf:Description rdf:about="" xmlns:xmp="http://ns.adobe.com/xap/1.0/"><xmp:CreatorTool>%s</xmp:CreatorTool><xmp:CreateDate>%s</xmp:CreateDate><xmp:ModifyDate>%s</xmp:ModifyDate></rdf:Description>
<rdf:Description rdf:about="" xmlns:pdf="http://ns.adobe.com/pdf/1.3/"><pdf:Producer>%s</pdf:Producer></rdf:Description>
</rdf:RDF></x:xmpmeta>
<?xpacket end="r"?>`, escaped(a.Title), escaped(a.Subject), escaped(a.Author), a.Language, escaped(a.Program), at,
		at, escaped(a.Program))
}

func escaped(s string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(s)) // a builder takes every byte
	return b.String()
}

var gofpdfNames = regexp.MustCompile(`(?s)/Names <<.*`)

// catalog is gofpdf's, with what it cannot say. The attachments' names are
// numbered with as many digits each: a name tree is in order.
func (a *archive) catalog(old string, intent, metadata int) string {
	var names, numbers strings.Builder
	for i, f := range a.files {
		fmt.Fprintf(&names, "(%03d) %d 0 R ", i+1, f.number)
		fmt.Fprintf(&numbers, "%d 0 R ", f.number)
	}
	out := gofpdfNames.ReplaceAllString(old, "")
	out += fmt.Sprintf("/Lang (%s)\n/Metadata %d 0 R\n/OutputIntents [%d 0 R]\n/ViewerPreferences << "+
		"/DisplayDocTitle true >>\n", a.Language, metadata, intent)
	if len(a.files) > 0 {
		out += fmt.Sprintf("/AF [ %s]\n/Names << /EmbeddedFiles << /Names [ %s] >> >>\n", numbers.String(), names.String())
	}
	return out + ">>"
}

func (a *archive) write(root, info int) []byte {
	var out bytes.Buffer
	out.WriteString("%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
	places := make([]int, len(a.objects))
	for i, object := range a.objects {
		places[i] = out.Len()
		fmt.Fprintf(&out, "%d 0 obj\n%s\nendobj\n", i+1, object)
	}
	id := sha256.Sum256(out.Bytes())
	table := out.Len()
	fmt.Fprintf(&out, "xref\n0 %d\n0000000000 65535 f \n", len(places)+1)
	for _, at := range places {
		fmt.Fprintf(&out, "%010d 00000 n \n", at)
	}
	fmt.Fprintf(&out,
		"trailer\n<<\n/Size %d\n/Root %d 0 R\n/Info %d 0 R\n/ID [<%X> <%X>]\n>>\nstartxref\n%d\n%%%%EOF\n", len(places)+1,
		root, info, id[:16], id[:16], table)
	return out.Bytes()
}
