package wording

import (
	"fmt"

	"tracedesk/cgm"
	"tracedesk/clinic"
)

// AttestationOf is the statement of a late signature, after the form that the
// Medicare Program Integrity Manual, 3.3.2.4, gives for an attestation.
func AttestationOf(by clinic.Person, day cgm.Date, p clinic.Patient, s clinic.Settings) string {
	return fmt.Sprintf("I, %s, attest that the interpretation of the glucose recording of %s, %s, dated %s, "+
		"accurately reflects what I noted in my capacity as %s when I interpreted it. I understand that a false "+
		"statement or the concealment of a material fact may be prosecuted.",
		by.Title(), p.Name(), s.Born(p), s.Date(day), by.Credential)
}
