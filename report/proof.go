package report

import (
	"bytes"
	"encoding/asn1"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"time"

	"github.com/digitorus/pdf"
	"github.com/digitorus/pdfsign/verify"
	"github.com/jung-kurt/gofpdf"

	"tracedesk/cgm"
	"tracedesk/clinic"
)

// A document carries what it was made from: the recording as CSV and all other
// facts as JSON. From these it can be made again, byte for byte by the same
// version of the program, which proves that it says what the recording says.
const (
	attachedRecording = "recording.csv"
	attachedFacts     = "facts.json"
	attachedLogo      = "logo.png"
)

// factsFormat is the version of facts.json.
const factsFormat = 1

// layout is the version of the pages: it is raised whenever golden pages are
// made anew after a release, so that a document of an earlier layout is not
// taken for a changed one.
const layout = 2

// attached is facts.json.
type attached struct {
	Format         int                   `json:"format"`
	Layout         int                   `json:"layout"`
	Document       clinic.DocumentKind   `json:"document"`
	Program        string                `json:"program"`
	MadeAt         time.Time             `json:"made_at"`
	Patient        clinic.Patient        `json:"patient"`
	Settings       clinic.Settings       `json:"settings"`
	Recording      cgm.Recording         `json:"recording"` // without its readings
	RecordingHash  string                `json:"recording_sha256"`
	Check          clinic.CheckRecord    `json:"check"`
	Metrics        cgm.Metrics           `json:"metrics"`
	Interpretation clinic.Interpretation `json:"interpretation"`
	Signed         *clinic.StepRecord    `json:"signed,omitempty"`
	Before         *clinic.StepRecord    `json:"before,omitempty"`
	SourceName     string                `json:"source_name,omitempty"`
	SourceHash     string                `json:"source_sha256,omitempty"`
	Notes          []string              `json:"notes,omitempty"`
	Packet         *attachedPacket       `json:"packet,omitempty"`
	Provenance     *Provenance           `json:"provenance,omitempty"`
	Language       string                `json:"language"`
	logo           []byte                // attached beside
}

// attachedPacket is what a packet is made from beside the facts of its wear.
type attachedPacket struct {
	Case         *clinic.Case         `json:"case"`
	Requirements []clinic.Requirement `json:"requirements"`
	Filed        *clinic.StepRecord   `json:"filed,omitempty"`
	Documents    []clinic.Document    `json:"documents,omitempty"` // their files are attached beside
	Trail        []TrailLine          `json:"trail,omitempty"`
}

// prove attaches to the document what it is made from.
func (s *sheet) prove(kind clinic.DocumentKind) { s.pdf.SetAttachments(s.proof(kind, nil)) }

// proof are the attachments from which a document can be made again.
func (s *sheet) proof(kind clinic.DocumentKind, packet *attachedPacket) (all []gofpdf.Attachment) {
	f := s.facts
	a := attached{
		Format: factsFormat, Layout: layout, Document: kind, Program: f.Version, MadeAt: f.MadeAt, Patient: f.Patient, Settings: f.Settings,
		Interpretation: f.Interpretation, Signed: f.Signed, Before: f.Before, SourceName: f.SourceName, SourceHash: f.SourceHash, Notes: f.Notes, Packet: packet, Provenance: f.Provenance, Language: s.says.Language,
	}
	if f.Recording != nil {
		a.Recording, a.RecordingHash, a.Check, a.Metrics = *f.Recording, f.Check.RecordingHash, f.Check.Record(), f.Analysis.Metrics
		var recording bytes.Buffer
		_ = f.Recording.WriteCSV(&recording) // a buffer takes every byte
		all = append(all, gofpdf.Attachment{Content: recording.Bytes(), Filename: attachedRecording, Description: "the recording, one line a reading; SHA-256 " + f.Check.RecordingHash})
	}
	facts, err := json.MarshalIndent(a, "", " ")
	if err != nil {
		panic(err) // only types of ours
	}
	all = append(all, gofpdf.Attachment{Content: facts, Filename: attachedFacts, Description: "all else that the document is made from"})
	if len(f.Logo) > 0 {
		all = append(all, gofpdf.Attachment{Content: f.Logo, Filename: attachedLogo, Description: "the practice's logo"})
	}
	return all
}

// Why a file cannot be verified.
var (
	ErrNotPDF  = errors.New("the file is not a PDF, or it was cut off")
	ErrNotOurs = errors.New("the PDF does not carry what a document of Tracedesk carries")
)

// Verdict is what a document proves of itself.
type Verdict struct {
	Document      clinic.DocumentKind `json:"document"`
	Patient       clinic.Patient      `json:"patient"`
	Program       string              `json:"program"`
	MadeAt        time.Time           `json:"made_at"`
	RecordingHash string              `json:"recording_sha256"`
	SHA256        string              `json:"sha256"`
	Unchanged     bool                `json:"unchanged"`
	Remade        bool                `json:"remade"` // it was made again and is the same to the byte
	SignedBy      string              `json:"signed_by,omitempty"`
	SignedAt      string              `json:"signed_at,omitempty"`
	Faults        []string            `json:"faults,omitempty"`
	Attached      []*Verdict          `json:"attached,omitempty"` // of a packet: its documents
}

// Verify makes a document again from what it carries and compares: the
// recording with its hash, the figures with the recording, the pages with both,
// and of a signed one the signature with the whole file.
func Verify(file []byte) (v *Verdict, err error) {
	files, err := attachments(file)
	if err != nil {
		return nil, err
	}
	var a attached
	if files[attachedFacts] == nil {
		return nil, ErrNotOurs
	}
	if err := json.Unmarshal(files[attachedFacts], &a); err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrNotOurs, attachedFacts, err)
	}
	if a.RecordingHash != "" || a.Packet == nil { // only a packet may be of a wear that was not read
		if a.Recording.Readings, err = cgm.ReadCSV(bytes.NewReader(files[attachedRecording])); err != nil {
			return nil, fmt.Errorf("%w: %s: %w", ErrNotOurs, attachedRecording, err)
		}
	}
	v = &Verdict{Document: a.Document, Patient: a.Patient, Program: a.Program, MadeAt: a.MadeAt, RecordingHash: a.RecordingHash, SHA256: clinic.HashOf(file)}
	a.logo = files[attachedLogo]
	v.compare(&a)
	v.documents(&a, files)
	v.remake(&a, files, file)
	v.signature(&a, file)
	v.Unchanged = len(v.Faults) == 0
	return v, nil
}

func (v *Verdict) fault(format string, args ...any) {
	v.Faults = append(v.Faults, fmt.Sprintf(format, args...))
}

// documents verifies those that are attached to a packet, each by itself.
func (v *Verdict) documents(a *attached, files map[string][]byte) {
	if a.Packet == nil {
		return
	}
	for i, d := range a.Packet.Documents {
		name := attachedName(i, d)
		one, err := Verify(files[name])
		if err != nil {
			v.fault("%s: %v", name, err)
			continue
		}
		v.Attached = append(v.Attached, one)
		for _, f := range one.Faults {
			v.fault("%s: %s", name, f)
		}
		if one.SHA256 != d.SHA256 {
			v.fault("%s is not the file that the packet names", name)
		}
	}
}

// compare sets the attached figures against the attached recording.
func (v *Verdict) compare(a *attached) {
	if len(a.Recording.Readings) == 0 {
		return // a packet of a wear that was not read; it is made again below
	}
	if got := a.Recording.Hash(); got != a.RecordingHash {
		v.fault("the attached recording is not the one that the document names: its hash is %s", got)
	}
	if got := clinic.CheckRecording(&a.Recording).Record(); got != a.Check {
		v.fault("the 72-hour check of the attached recording gives %s of %s recorded, the document says %s of %s", got.Result, clinic.Hours(got.HoursRecorded), a.Check.Result, clinic.Hours(a.Check.HoursRecorded))
	}
	again, _ := json.Marshal(cgm.Analyse(&a.Recording).Metrics) // figures always marshal
	stated, _ := json.Marshal(a.Metrics)
	if !bytes.Equal(again, stated) {
		v.fault("the figures computed from the attached recording are not those of the document")
	}
}

// remake makes the document again; of another layout it cannot be the same to
// the byte, and the figures and the signature have to do.
func (v *Verdict) remake(a *attached, files map[string][]byte, file []byte) {
	make := map[clinic.DocumentKind]func(*Facts) (*Document, error){
		clinic.PrintoutDocument: Printout, clinic.InterpretationDocument: Interpretation, clinic.AddendumDocument: Addendum,
		clinic.PatientDocument:  func(f *Facts) (*Document, error) { return PatientPage(f, Language(a.Language)) },
		clinic.EvidenceDocument: func(f *Facts) (*Document, error) { return Evidence(a.evidence(f, files)) },
	}[a.Document]
	if make == nil || (a.Document == clinic.EvidenceDocument) != (a.Packet != nil) {
		v.fault("it says to be a document that there is not: %s", a.Document)
		return
	}
	d, err := make(a.facts())
	switch {
	case err != nil:
		v.fault("it could not be made again: %v", err)
	case bytes.Equal(file, d.PDF), a.Signed != nil && a.Packet == nil && bytes.HasPrefix(file, d.PDF):
		v.Remade = true
	case a.Layout == layout:
		v.fault("made again from what it carries, it is another file: its pages were changed, or it was not made by Tracedesk")
	case a.Signed == nil || a.Packet != nil:
		v.fault("it was made by version %s, whose pages were laid out otherwise, and is not signed: this version cannot tell whether its pages were changed", a.Program)
	}
}

// facts are those that the document was made from.
func (a *attached) facts() *Facts {
	f := WithoutRecording(a.Patient, a.Settings, a.MadeAt, a.Program)
	if len(a.Recording.Readings) > 0 {
		f = NewFacts(a.Patient, &a.Recording, a.Settings, a.MadeAt, a.Program)
	}
	f.Provenance = a.Provenance
	f.Interpretation, f.Signed, f.Before, f.SourceName, f.SourceHash, f.Notes, f.Logo = a.Interpretation, a.Signed, a.Before, a.SourceName, a.SourceHash, a.Notes, a.logo
	return f
}

// evidence is what a packet was made from, with the files that it carries.
func (a *attached) evidence(f *Facts, files map[string][]byte) *EvidenceFacts {
	p := a.Packet
	e := &EvidenceFacts{Facts: f, Case: p.Case, Requirements: p.Requirements, Filed: p.Filed, Trail: p.Trail}
	for i, d := range p.Documents {
		e.Files = append(e.Files, File{Document: d, PDF: files[attachedName(i, d)]})
	}
	return e
}

// signature checks that of a signed document, over the whole file.
func (v *Verdict) signature(a *attached, file []byte) {
	if a.Signed == nil || a.Packet != nil { // a packet is not signed; its documents are
		return
	}
	g := a.Signed.Signature
	v.SignedBy, v.SignedAt = g.By.Title(), g.At
	r, err := verify.Verify(bytes.NewReader(file), int64(len(file)))
	switch {
	case err != nil || len(r.Signers) == 0:
		v.fault("it says that it is signed, and carries no signature")
		return
	case !r.Signers[len(r.Signers)-1].ValidSignature:
		v.fault("its signature does not fit the file")
		return
	case !coversAll(file):
		v.fault("something was added to the file after it was signed")
	}
	certificates := r.Signers[len(r.Signers)-1].Certificates
	if len(certificates) == 0 || clinic.HashOf(certificates[0].Certificate.Raw) != g.Certificate {
		v.fault("it is signed with another certificate than it names")
	}
}

var byteRange = regexp.MustCompile(`/ByteRange\s*\[\s*(\d+)\s+(\d+)\s+(\d+)\s+(\d+)\s*\]`)

// coversAll says whether the last signature is over the file from its first to
// its last byte, but for the signature itself.
func coversAll(file []byte) bool {
	all := byteRange.FindAllSubmatch(file, -1)
	if len(all) == 0 {
		return false
	}
	var n [4]int
	for i := range n {
		n[i], _ = strconv.Atoi(string(all[len(all)-1][i+1])) // only digits
	}
	whole := n[0] == 0 && n[2] > n[1]+2 && n[2]+n[3] == len(file)
	return whole && file[n[1]] == '<' && file[n[2]-1] == '>' && onlySignature(file[n[1]+1:n[2]-1])
}

// onlySignature says whether the room that the signature leaves open holds it
// and zeros.
func onlySignature(room []byte) bool {
	b, err := hex.DecodeString(string(room))
	if err != nil {
		return false
	}
	var signature asn1.RawValue
	rest, err := asn1.Unmarshal(b, &signature)
	return err == nil && len(bytes.Trim(rest, "\x00")) == 0
}

// attachments are the files that a PDF carries, by name.
func attachments(file []byte) (out map[string][]byte, err error) {
	defer func() {
		if r := recover(); r != nil { // the reader panics on a damaged file
			err = fmt.Errorf("%w: %v", ErrNotPDF, r)
		}
	}()
	r, err := pdf.NewReader(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNotPDF, err)
	}
	names := r.Trailer().Key("Root").Key("Names").Key("EmbeddedFiles").Key("Names")
	out = map[string][]byte{}
	for i := 1; i < names.Len(); i += 2 {
		spec := names.Index(i)
		content, err := io.ReadAll(spec.Key("EF").Key("F").Reader())
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrNotPDF, err)
		}
		out[spec.Key("UF").Text()] = content
	}
	if len(out) == 0 {
		return nil, ErrNotOurs
	}
	return out, nil
}
