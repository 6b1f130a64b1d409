// Package billing says which documentation of a wear is there for 95250 and 95251.
// A Case is a wear with its payer's profile and the patient's other services; each
// Rule answers it with a requirement, by that alone. A rule holds all that is known
// of it, so that a new one is one more rule in the file of its theme. It never says
// that a service is payable.
package billing
