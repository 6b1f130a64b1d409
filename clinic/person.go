package clinic

import (
	"slices"
	"strings"
	"time"

	"tracedesk/cgm"
)

// Person is who did something: a user of the program, or somebody named.
type Person struct {
	UserID     string `json:"user_id,omitempty"`
	Name       string `json:"name,omitempty"`
	Credential string `json:"credential,omitempty"`
	NPI        string `json:"npi,omitempty"`
}

// AsPerson is the user as the person who does something now.
func (u User) AsPerson() Person { return Person{u.ID, u.Name, u.Credential, u.NPI} }

// Given says whether anybody is named.
func (p Person) Given() bool { return strings.TrimSpace(p.Name) != "" }

// Title is the name with the credential.
func (p Person) Title() string { return User{Name: p.Name, Credential: p.Credential}.Title() }

// MaySign says whether the person has one of the credentials.
func (p Person) MaySign(credentials []string) bool { return slices.Contains(credentials, p.Credential) }

// WallTimeOf is the wall clock of a time in its own zone.
func WallTimeOf(t time.Time) cgm.WallTime {
	return cgm.NewWallTime(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second())
}
