package clinic

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// User is somebody who works with the program: each person their own.
type User struct {
	ID            string `json:"id,omitempty"`
	Login         string `json:"login"`
	Name          string `json:"name"`
	Credential    string `json:"credential,omitempty"` // MA, RN, MD …
	NPI           string `json:"npi,omitempty"`        // ten digits
	Administrator bool   `json:"administrator,omitempty"`
	Removed       bool   `json:"removed,omitempty"` // may not log in any more; the name stays for what they did
}

// SigningCredentials are those that may sign an interpretation: physician,
// nurse practitioner, physician assistant, clinical nurse specialist.
// AACE coding FAQ; billing reference section 5, rule B12.
var SigningCredentials = []string{"MD", "DO", "NP", "PA", "CNS"}

// StaffCredentials are the usual ones of those who place, train and read.
var StaffCredentials = []string{"MA", "LPN", "RN", "CDCES", "RD", "PharmD"}

// MaySign says whether the user may sign an interpretation. Being an
// administrator neither gives nor takes that.
func (u User) MaySign() bool { return !u.Removed && slices.Contains(SigningCredentials, u.Credential) }

// Role is what the user may do, in a word or two.
func (u User) Role() string {
	role := "staff"
	if slices.Contains(SigningCredentials, u.Credential) {
		role = "clinician"
	}
	if u.Administrator {
		role += ", administrator"
	}
	return role
}

// Title is the name with the credential.
func (u User) Title() string {
	if u.Credential == "" {
		return u.Name
	}
	return u.Name + ", " + u.Credential
}

// Why a user's facts cannot be taken.
var (
	errLogin     = errors.New("a user needs a name to log in with, of letters and digits without spaces")
	errUserName  = errors.New("a user needs their name")
	errNPI       = errors.New("the NPI is not ten digits with a right check digit")
	ErrShort     = errors.New("the passphrase is too short: ten characters or more, such as four words")
	errLoginPass = errors.New("the passphrase must not be the name to log in with")
)

// Validate says what is wrong with the user's facts.
func (u User) Validate() error {
	ordinary := func(r rune) bool {
		return unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune(".-_@", r)
	}
	switch {
	case u.Login == "" || strings.ContainsFunc(u.Login, func(r rune) bool { return !ordinary(r) }):
		return errLogin
	case strings.TrimSpace(u.Name) == "":
		return errUserName
	case u.NPI != "" && !validNPI(u.NPI):
		return errNPI
	}
	return CheckName(u.Login, u.Name, u.Credential)
}

// npiPrefix stands for “health care, United States” before the ten digits when
// the check digit is made. 45 CFR 162.406; ISO/IEC 7812 (Luhn).
const npiPrefix = 24 // the Luhn sum of 80840

func validNPI(npi string) bool {
	if len(npi) != 10 {
		return false
	}
	sum := npiPrefix
	for i, r := range npi {
		d := int(r - '0')
		if d < 0 || d > 9 {
			return false
		}
		if i%2 == 0 { // every second digit, counted from the check digit
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return sum%10 == 0
}

// shortestPassphrase is in characters. NIST SP 800-63B-4 section 3.1.1 asks for
// eight where it is not the only factor; this one also keeps the store.
const shortestPassphrase = 10

// CheckPassphrase says why a passphrase, as UTF-8, cannot be taken for the user.
func (u User) CheckPassphrase(passphrase []byte) error {
	trimmed := bytes.TrimSpace(passphrase)
	switch {
	case bytes.EqualFold(trimmed, []byte(u.Login)):
		return errLoginPass
	case utf8.RuneCount(trimmed) < shortestPassphrase:
		return ErrShort
	}
	return nil
}
