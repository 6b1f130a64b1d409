package billing

import (
	"cmp"
	"fmt"
	"strings"

	"tracedesk/clinic"
	"tracedesk/clinic/steps"
)

// signingRules are of the interpretation and its signature.
var signingRules = []Rule{
	{
		ID: "B10", Codes: reading, Title: "Date of service is that of the signature", Required: true,
		Basis: "general knowledge; no source read",
		Mend:  steps.Signed, Proof: "Interpretation: Signature", judge: dateOfSigning,
	},
	{
		ID: "B11", Codes: reading, Title: "Interpreted after the recording was read", Required: true,
		Basis: "Abbott, Libre Pro coverage page",
		Mend:  steps.Signed, Proof: "What happened: read, signed", judge: readBeforeSigned,
	},
	{
		ID: "B12", Codes: reading, Title: "Signed by one who may", Required: true,
		Basis: "AACE coding FAQ; Medtronic FAQ",
		Mend:  steps.Signed, Proof: "Interpretation: Signature", judge: maySign,
	},
	{
		ID: "B23", Codes: reading, Title: "Signed by the interpreter", Required: true,
		Basis: "Medicare Program Integrity Manual 3.3.2.4",
		Mend:  steps.Signed, Proof: "Interpretation: Signature; Documents", judge: signedByInterpreter,
	},
	{
		ID: "B27", Codes: reading, Title: "Corrections are addenda", Required: true,
		Basis: "Medicare Program Integrity Manual 3.3.2.4",
		Mend:  NothingMends, Proof: "Interpretation and Addenda; Audit trail", judge: unchanged,
	},
}

// dateOfSigning: B10.
func dateOfSigning(c *Case, code clinic.Code) verdict {
	if day, known := c.ServiceDate(code); known {
		return met("The date of service is "+day.String()+", when the interpretation was signed.", "signed "+
			c.Signing().At.String())
	}
	return cannotTell("The interpretation is not signed.")
}

// readBeforeSigned: B11.
func readBeforeSigned(c *Case, _ clinic.Code) verdict {
	signed, read := c.Signing(), c.FirstRead()
	switch {
	case read == nil:
		return cannotTell("The recording has not been read.")
	case signed == nil:
		return cannotTell("The interpretation is not signed.")
	}
	facts := []string{"read " + read.At.String(), "signed " + signed.At.String()}
	if signed.At < read.At {
		return notMet("The interpretation is dated before the recording was read.", facts...)
	}
	return met("The recording was read before it was interpreted.", facts...)
}

// maySign: B12, by the credential at signing.
func maySign(c *Case, _ clinic.Code) verdict {
	s := c.Signing()
	if s == nil {
		return cannotTell("The interpretation is not signed.")
	}
	by := s.Signature.By
	facts := []string{"signed by " + by.Title(), "may sign: " + strings.Join(c.Profile.SignersOrAll(), ", ")}
	if by.MaySign(c.Profile.SignersOrAll()) {
		return met(by.Title()+" may sign.", facts...)
	}
	return notMet(cmp.Or(by.Credential, "Nobody without a credential")+
		" may not sign an interpretation under this payer profile.", facts...)
}

// signedByInterpreter: B23.
func signedByInterpreter(c *Case, _ clinic.Code) verdict {
	s := c.Signing()
	if s == nil {
		return notMet("The interpretation is not signed.")
	}
	facts := []string{
		"signed by " + s.Signature.By.Title() + " at " + s.At.String(), "recording " + s.Signature.RecordingHash,
	}
	if !c.SignedNow() {
		return notMet("The recording has changed since the interpretation was signed. "+c.WhatChanged(), facts...)
	}
	return met("Signed by "+s.Signature.By.Title()+".", facts...)
}

// unchanged: B27. What was signed must still be what its signature binds.
func unchanged(c *Case, _ clinic.Code) verdict {
	addenda := 0
	for i := range c.History {
		r := &c.History[i]
		if r.Step == steps.Addendum {
			addenda++
		}
		if (r.Step == steps.Signed || r.Step == steps.Addendum) && !r.Bound() {
			return notMet("What was signed at "+r.At.String()+" is not what its signature binds.", "signature "+
				r.Signature.Hash)
		}
	}
	if c.Signing() == nil {
		return met("Nothing is signed yet, so nothing could be changed after it.")
	}
	return met(fmt.Sprintf("What was signed is as it was signed; addenda since: %d.", addenda))
}

// MaySign says what hinders the user from signing the case's interpretation now.
func (c *Case) MaySign(u clinic.User) error {
	written := c.Latest(steps.Interpreted)
	switch {
	case !u.MaySign() || !u.AsPerson().MaySign(c.Profile.SignersOrAll()):
		return clinic.ErrMayNotSign
	case c.Check == nil:
		return clinic.ErrNotRead
	case c.Interpretation == nil || written == nil:
		return clinic.ErrNotWritten
	case c.SignedNow():
		return clinic.ErrSignedOnce
	}
	return c.Interpretation.Ready(c.Check.RecordingHash)
}
