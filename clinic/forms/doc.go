// Package forms is what people enter of a wear's steps. A Kind is a step with its
// Fields; a Field is one fact, declared once: the terminal makes a flag of it, the
// window an entry, and Validate and Details ask it what may stand in it and how it
// is said.
package forms
