package report

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/jung-kurt/gofpdf"

	"tracedesk/cgm"
	"tracedesk/clinic"
	"tracedesk/clinic/billing"
	"tracedesk/clinic/steps"
	"tracedesk/clinic/wording"
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

// layout is the version of the pages, and of how a signature is laid out after
// them: it is raised whenever golden pages are made anew after a release, so that
// a document of an earlier layout is not called changed, but not proven.
const layout = 2

// layoutNow is layout; tests make documents of an earlier one.
var layoutNow = layout

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
	Signed         *steps.Record         `json:"signed,omitempty"`
	Before         *steps.Record         `json:"before,omitempty"`
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
	Case         *billing.Case        `json:"case"`
	Requirements []clinic.Requirement `json:"requirements"`
	Filed        *steps.Record        `json:"filed,omitempty"`
	Documents    []clinic.Document    `json:"documents,omitempty"` // their files are attached beside
	Trail        []TrailLine          `json:"trail,omitempty"`
}

// prove attaches to the document what it is made from.
func (s *sheet) prove(kind clinic.DocumentKind) { s.pdf.SetAttachments(s.proof(kind, nil)) }

// proof are the attachments from which a document can be made again.
func (s *sheet) proof(kind clinic.DocumentKind, packet *attachedPacket) (all []gofpdf.Attachment) {
	f := s.facts
	a := attached{
		Format: factsFormat, Layout: layoutNow, Document: kind, Program: f.Version, MadeAt: f.MadeAt,
		Patient: f.Patient, Settings: f.Settings,
		Interpretation: f.Interpretation, Signed: f.Signed, Before: f.Before, SourceName: f.SourceName,
		SourceHash: f.SourceHash, Notes: f.Notes, Packet: packet, Provenance: f.Provenance, Language: s.says.Language,
	}
	if f.Recording != nil {
		a.Recording, a.RecordingHash, a.Check, a.Metrics = *f.Recording, f.Check.RecordingHash, f.Check.Record(),
			f.Analysis.Metrics
		var recording bytes.Buffer
		_ = f.Recording.WriteCSV(&recording) // a buffer takes every byte
		all = append(all,
			gofpdf.Attachment{
				Content: recording.Bytes(), Filename: attachedRecording,
				Description: "the recording, one line a reading; SHA-256 " + f.Check.RecordingHash,
			})
	}
	facts, err := json.MarshalIndent(a, "", " ")
	if err != nil {
		panic(err) // only types of ours
	}
	all = append(all,
		gofpdf.Attachment{Content: facts, Filename: attachedFacts, Description: "all else that the document is made from"})
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
	Unchanged     bool                `json:"unchanged"` // made again, it is the same, and its signature fits
	Proven        bool                `json:"proven"`    // and whoever signed it is believed; see Decide
	Remade        bool                `json:"remade"`    // it was made again and is the same to the byte
	SignedBy      string              `json:"signed_by,omitempty"`
	SignedAt      string              `json:"signed_at,omitempty"`
	Certificate   string              `json:"certificate_sha256,omitempty"` // of the key that signed
	Issuer        string              `json:"issuer_sha256,omitempty"`      // of the certificate that vouches for it
	Certified     *Certified          `json:"certified,omitempty"`          // what the certificate says
	Faults        []string            `json:"faults,omitempty"`
	Attached      []*Verdict          `json:"attached,omitempty"` // of a packet: its documents
}

// Verify makes a document again from what it carries and compares: the
// recording with its hash, the figures with the recording, the file with both to
// the byte, and of a signed one the signature with the whole file. A file that
// cannot be made again is never unchanged. A file from outside can be made to
// end the program that reads it: workflow.VerifyFile gives it a process of its
// own.
func Verify(file []byte) (*Verdict, error) { return verify(file, &budget{mostInflated}, true) }

// verify is Verify within a budget; outer is false for a packet's documents.
func verify(file []byte, b *budget, outer bool) (v *Verdict, err error) {
	defer func() {
		if r := recover(); r != nil { // facts that no document of ours holds
			v, err = nil, fmt.Errorf("%w: %v", ErrNotOurs, r)
		}
	}()
	c, err := carriedBy(file, b, outer)
	if err != nil {
		return nil, err
	}
	a, err := c.facts()
	if err != nil {
		return nil, err
	}
	v = &Verdict{
		Document: a.Document, Patient: a.Patient, Program: a.Program, MadeAt: a.MadeAt,
		RecordingHash: a.RecordingHash, SHA256: clinic.HashOf(file),
	}
	if a.Packet != nil && !outer {
		v.fault("it is a packet within a packet")
		return v, nil
	}
	v.compare(a)
	v.documents(a, c.files, b)
	v.body(a, c, file)
	v.signature(a, c.end, file)
	v.Unchanged = len(v.Faults) == 0 && v.Remade
	v.Decide(nil)
	return v, nil
}

// facts are what the document was made from.
func (c *carried) facts() (*attached, error) {
	var a attached
	if c.files[attachedFacts] == nil {
		return nil, ErrNotOurs
	}
	if len(c.files[attachedFacts]) > mostFacts || len(c.files[attachedRecording]) > mostRecording {
		return nil, fmt.Errorf("%w: %w", ErrNotOurs, errTooMuch)
	}
	if err := json.Unmarshal(c.files[attachedFacts], &a); err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrNotOurs, attachedFacts, err)
	}
	var err error
	if a.RecordingHash != "" || a.Packet == nil { // only a packet may be of a wear that was not read
		if a.Recording.Readings, err = cgm.ReadCSV(bytes.NewReader(c.files[attachedRecording])); err != nil {
			return nil, fmt.Errorf("%w: %s: %w", ErrNotOurs, attachedRecording, err)
		}
	}
	a.logo = c.files[attachedLogo]
	return &a, nil
}

// Certified is what a signing certificate says: whose it is, and from when to when
// it is valid.
type Certified struct {
	Name  string    `json:"name"`
	From  time.Time `json:"from"`
	Until time.Time `json:"until"`
}

// Trust says whether the signature of a document is believed.
type Trust func(*Verdict) bool

// Decide sets what the document proves, by whom is believed: a signed one proves
// nothing without somebody who knows the practice's certificate, since anybody
// can make one with a clinician's name. A nil trust believes nobody.
func (v *Verdict) Decide(trust Trust) {
	v.Proven = v.Unchanged && (v.SignedBy == "" || trust != nil && v.Certificate != "" && trust(v))
	for _, one := range v.Attached {
		one.Decide(trust)
		v.Proven = v.Proven && one.Proven
	}
}

func (v *Verdict) fault(format string, args ...any) {
	v.Faults = append(v.Faults, fmt.Sprintf(format, args...))
}

// documents verifies those that are attached to a packet, each by itself.
func (v *Verdict) documents(a *attached, files map[string][]byte, b *budget) {
	if a.Packet == nil {
		return
	}
	for i, d := range a.Packet.Documents {
		name := attachedName(i, d)
		one, err := verify(files[name], b, false)
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
		v.fault("the 72-hour check of the attached recording gives %s of %s recorded, the document says %s of %s",
			got.Result, wording.Hours(got.HoursRecorded), a.Check.Result, wording.Hours(a.Check.HoursRecorded))
	}
	again, _ := json.Marshal(cgm.Analyse(&a.Recording).Metrics) // figures always marshal
	stated, _ := json.Marshal(a.Metrics)
	if !bytes.Equal(again, stated) {
		v.fault("the figures computed from the attached recording are not those of the document")
	}
}

// body makes the document again, without its signature, and compares it with
// the file's first revision, which is all of an unsigned file.
func (v *Verdict) body(a *attached, c *carried, file []byte) {
	make := map[clinic.DocumentKind]func(*Facts) (*Document, error){
		clinic.PrintoutDocument: Printout, clinic.InterpretationDocument: Interpretation, clinic.AddendumDocument: Addendum,
		clinic.PatientDocument:  func(f *Facts) (*Document, error) { return PatientPage(f, Language(a.Language)) },
		clinic.EvidenceDocument: func(f *Facts) (*Document, error) { return Evidence(a.evidence(f, c.files)) },
	}[a.Document]
	if make == nil || (a.Document == clinic.EvidenceDocument) != (a.Packet != nil) {
		v.fault("it says to be a document that there is not: %s", a.Document)
		return
	}
	d, err := make(a.facts())
	first := file
	if a.signed() {
		first = file[:c.end]
	}
	switch {
	case err != nil:
		v.fault("it could not be made again: %v", err)
	case bytes.Equal(first, d.PDF):
		v.Remade = true
	case a.Layout != layoutNow:
		v.fault("it is not proven: it says that it was made by version %s, whose pages were laid out otherwise, "+
			"and this version cannot tell whether its pages were changed", a.Program)
	default:
		v.fault("made again from what it carries, it is another file: its pages were changed, or it was not made by " +
			"Tracedesk")
	}
}

// signed says whether the file should carry a signature: a packet is not signed;
// its documents are.
func (a *attached) signed() bool { return a.Signed != nil && a.Packet == nil }

// facts are those that the document was made from.
func (a *attached) facts() *Facts {
	f := WithoutRecording(a.Patient, a.Settings, a.MadeAt, a.Program)
	if len(a.Recording.Readings) > 0 {
		f = NewFacts(a.Patient, &a.Recording, a.Settings, a.MadeAt, a.Program)
	}
	f.Provenance = a.Provenance
	f.Interpretation, f.Signed, f.Before, f.SourceName, f.SourceHash, f.Notes, f.Logo = a.Interpretation, a.Signed,
		a.Before, a.SourceName, a.SourceHash, a.Notes, a.logo
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
func (v *Verdict) signature(a *attached, end int, file []byte) {
	if !a.signed() {
		return
	}
	g := a.Signed.Signature
	v.SignedBy, v.SignedAt = g.By.Title(), g.At
	if end == 0 {
		v.fault("it is not laid out as it was signed")
		return
	}
	chain, err := signatureOf(file, end, g, a.Signed.EnteredAt)
	if err != nil {
		v.fault("%v", err)
	}
	if len(chain) == 0 {
		return
	}
	v.Certificate = clinic.HashOf(chain[0].Raw)
	v.Certified = &Certified{chain[0].Subject.CommonName, chain[0].NotBefore, chain[0].NotAfter}
	if issuer := issuerIn(chain); issuer != nil {
		v.Issuer = clinic.HashOf(issuer.Raw)
	}
	if v.Certificate != g.Certificate {
		v.fault("%v", errOtherSigner)
	}
}
